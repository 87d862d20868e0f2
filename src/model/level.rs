//! Severity, however a logger spells or numbers it.

use std::fmt;

/// From least to worst.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// Finer than debugging.
    Trace,
    /// For developers.
    Debug,
    /// The normal course.
    Info,
    /// Worth a look.
    Warn,
    /// Something failed.
    Error,
    /// The process cannot go on.
    Fatal,
}

/// What a number in a level field means. Numbers collide (30 is pino's INFO and Python's WARNING), so the field's name and
/// its companions decide the scale, never the value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LevelScale {
    /// Python's `levelno`: 10 to 50.
    Python,
    /// pino and bunyan: 10 to 60.
    Pino,
    /// OpenTelemetry's `severity_number`: 1 to 24.
    OpenTelemetry,
    /// Syslog: 0 to 7, lower is worse.
    Syslog,
}

const SPELLINGS: [(Level, &[&str]); 6] = [
    (Level::Trace, &["TRACE", "VERBOSE", "FINEST"]),
    (Level::Debug, &["DEBUG", "DBG", "FINE"]),
    (Level::Info, &["INFO", "INFORMATION", "INFORMATIONAL", "NOTICE"]),
    (Level::Warn, &["WARN", "WARNING", "WRN"]),
    (Level::Error, &["ERROR", "ERR", "SEVERE"]),
    (Level::Fatal, &["FATAL", "CRITICAL", "CRIT", "EMERG", "EMERGENCY", "ALERT", "PANIC", "DPANIC"]),
];

impl Level {
    /// All of them, least first: the columns of the seed's matrix.
    pub const ALL: [Level; 6] = [Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error, Level::Fatal];

    /// Reads any spelling in any case, with OpenTelemetry's digit (`DEBUG2`) or slog's offset (`ERROR+2`) behind it.
    pub fn parse(text: &str) -> Option<Level> {
        let word = text.trim().trim_end_matches(|c: char| c.is_ascii_digit() || c == '+' || c == '-');
        SPELLINGS.iter().find(|(_, words)| words.iter().any(|w| w.eq_ignore_ascii_case(word))).map(|(level, _)| *level)
    }

    /// What a number means on a scale; `None` for OpenTelemetry's 0 (unspecified).
    pub fn from_number(number: i64, scale: LevelScale) -> Option<Level> {
        let steps = |n: i64| match n {
            i64::MIN..=9 => Level::Trace,
            10..=19 => Level::Debug,
            20..=29 => Level::Info,
            30..=39 => Level::Warn,
            40..=49 => Level::Error,
            _ => Level::Fatal,
        };
        match scale {
            LevelScale::Python => Some(steps(number)),
            LevelScale::Pino => Some(steps(number - 10)),
            LevelScale::OpenTelemetry => match number {
                i64::MIN..=0 => None,
                1..=4 => Some(Level::Trace),
                5..=8 => Some(Level::Debug),
                9..=12 => Some(Level::Info),
                13..=16 => Some(Level::Warn),
                17..=20 => Some(Level::Error),
                _ => Some(Level::Fatal),
            },
            LevelScale::Syslog => Some(match number {
                i64::MIN..=2 => Level::Fatal,
                3 => Level::Error,
                4 => Level::Warn,
                5 | 6 => Level::Info,
                _ => Level::Debug,
            }),
        }
    }

    /// Every spelling of this level or a worse one, in upper, lower and capitalised form: a keyword field matches exactly.
    pub fn spellings_from(self) -> Vec<String> {
        let words = SPELLINGS.iter().filter(|(level, _)| *level >= self).flat_map(|(_, words)| words.iter());
        words
            .flat_map(|word| {
                let lower = word.to_ascii_lowercase();
                let mut letters = lower.chars();
                let capitalised = letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters).collect();
                [(*word).to_string(), lower.clone(), capitalised]
            })
            .collect()
    }

    /// Its name in capitals.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Trace => "TRACE",
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warn => "WARN",
            Level::Error => "ERROR",
            Level::Fatal => "FATAL",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_many_loggers() {
        for (text, level) in [
            ("warning", Level::Warn),
            ("Information", Level::Info),
            ("dpanic", Level::Fatal),
            ("DEBUG2", Level::Debug),
            ("ERROR+2", Level::Error),
            (" err ", Level::Error),
        ] {
            assert_eq!(Level::parse(text), Some(level), "{text}");
        }
        assert_eq!(Level::parse("loud"), None);
        assert_eq!(Level::parse(""), None);
    }

    #[test]
    fn the_same_number_on_different_scales() {
        assert_eq!(Level::from_number(30, LevelScale::Python), Some(Level::Warn));
        assert_eq!(Level::from_number(30, LevelScale::Pino), Some(Level::Info));
        assert_eq!(Level::from_number(17, LevelScale::OpenTelemetry), Some(Level::Error));
        assert_eq!(Level::from_number(0, LevelScale::OpenTelemetry), None);
        assert_eq!(Level::from_number(0, LevelScale::Syslog), Some(Level::Fatal));
    }

    #[test]
    fn every_spelling_reads_back_as_that_level_or_worse() {
        for level in Level::ALL {
            assert!(level.spellings_from().iter().all(|word| Level::parse(word).is_some_and(|read| read >= level)));
        }
    }
}
