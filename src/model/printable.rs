//! What may reach a terminal: no byte of a log record does so unseen.
//!
//! Control characters would move the cursor or set the clipboard, bidirectional ones reorder a line, zero-width ones hide
//! text. Each becomes a visible placeholder, because in an incident the attempt itself is evidence.

use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// `text` on one line, with everything a terminal would obey replaced by something it only shows.
pub fn line(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| !is_hostile(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\t' => out.push(' '),
            '\n' => out.push('⏎'),
            '\u{1b}' => out.push_str("[ESC]"),
            c if is_hostile(c) => out.push_str(&placeholder(c)),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn placeholder(c: char) -> String {
    match u32::from(c) {
        code @ 0..=0x1f => char::from_u32(0x2400 + code).map(String::from).unwrap_or_default(),
        0x7f => "␡".to_string(),
        code => format!("<U+{code:04X}>"),
    }
}

/// Whether a terminal or a reader could be misled by the character.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{ad}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// How many columns the text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` cut to `columns`, with `…` in its last column when something was cut.
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let mut used = 0;
    let room = columns.saturating_sub(1);
    let mut out: String = text
        .chars()
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= room
        })
        .collect();
    if columns > 0 {
        out.push('…');
    }
    Cow::Owned(out)
}

/// `text` cut or padded to exactly `columns`, flush left.
pub fn left(text: &str, columns: usize) -> String {
    let cut = cut(text, columns);
    let pad = columns.saturating_sub(cut.width());
    format!("{cut}{}", " ".repeat(pad))
}

/// `text` cut or padded to exactly `columns`, flush right.
pub fn right(text: &str, columns: usize) -> String {
    let cut = cut(text, columns);
    let pad = columns.saturating_sub(cut.width());
    format!("{}{cut}", " ".repeat(pad))
}

/// An integer with thousands separated: `11,958`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A word for a POSIX shell; characters that a terminal would obey do not survive.
pub fn shell_word(word: &str) -> String {
    let word = line(word);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '=' | '+' | ',' | '@');
    if !word.is_empty() && word.chars().all(plain) { word.into_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// Milliseconds as a person says them: `9,120`, `41`, `0.8`.
pub fn millis(ms: f64) -> String {
    if ms.abs() >= 10.0 || ms == 0.0 {
        format!("{}{}", if ms < 0.0 { "-" } else { "" }, thousands(ms.abs().round() as u64))
    } else {
        format!("{ms:.1}")
    }
}

/// A share as a person says it: `41%`, `0.3%`, `0%`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent >= 9.95 || percent == 0.0 {
        format!("{percent:.0}%")
    } else if percent < 0.05 {
        "<0.1%".to_string()
    } else {
        format!("{percent:.1}%")
    }
}

/// ` (4m late)`: how late it is since then, in ms; nothing where time has not gone on, as at the end of a file.
pub fn late(ms: i64) -> String {
    if ms < 1000 { String::new() } else { format!(" ({} late)", age(ms)) }
}

/// A length of time as a person says it: `6s`, `2m10s`, `14m`, `3h05m`, `2d`.
pub fn age(ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    match seconds {
        0..=59 => format!("{seconds}s"),
        60..=599 if seconds % 60 != 0 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        60..=3599 => format!("{}m", seconds / 60),
        3600..=86_399 => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// So many of something: `1 service`, `2,000 services`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", thousands(number as u64), if number == 1 { "" } else { "s" })
}

/// The first few of many names: `a, b and 3 more services`.
pub fn few<T: AsRef<str>>(names: &[T], most: usize, noun: &str) -> String {
    let shown = names.iter().take(most).map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more{}{noun}", if noun.is_empty() { "" } else { " " }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_shell_reads_back_what_was_meant() {
        assert_eq!(shell_word("service:cart"), "service:cart");
        assert_eq!(shell_word("logs-*"), "'logs-*'");
        assert_eq!(shell_word("it's"), "'it'\\''s'");
        assert_eq!(shell_word("a\u{1b}[2J"), "'a[ESC][2J'");
    }

    #[test]
    fn escape_sequences_become_visible() {
        assert_eq!(line("a\u{1b}[31mred\u{7}"), "a[ESC][31mred␇");
        assert_eq!(line("x\u{202e}y\u{9b}z"), "x<U+202E>y<U+009B>z");
        assert!(matches!(line("plain ✓ 日本"), Cow::Borrowed(_)));
    }

    #[test]
    fn cutting_counts_columns_and_says_so() {
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(left("ab", 4), "ab  ");
        assert_eq!(right("abcdef", 4), "abc…");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn figures_as_people_say_them() {
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!((percent(0.41), percent(0.003), percent(0.0), percent(0.0001)), ("41%".into(), "0.3%".into(), "0%".into(), "<0.1%".into()));
        assert_eq!((age(6_000), age(130_000), age(3_900_000)), ("6s".into(), "2m10s".into(), "1h05m".into()));
    }

    proptest! {
        #[test]
        fn no_control_character_survives(text in "\\PC*|[\\x00-\\xff]{0,40}") {
            let dangerous = line(&text).chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
            prop_assert!(!dangerous);
        }

        #[test]
        fn a_cut_text_fits(text in ".{0,40}", columns in 0usize..30) {
            prop_assert!(width(&cut(&line(&text), columns)) <= columns);
            prop_assert_eq!(width(&left(&line(&text), columns)), columns);
        }
    }
}
