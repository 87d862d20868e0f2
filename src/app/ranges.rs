//! Choosing a range: presets, or free entry.

use super::input::Input;
use super::keymap::{Key, KeyCode};
use crate::answers::Reach;
use crate::model::{Timestamp, Zone, parse_range};

/// The presets, with their lengths in minutes.
pub const PRESETS: [(&str, i64); 7] = [("5m", 5), ("15m", 15), ("30m", 30), ("1h", 60), ("3h", 180), ("12h", 720), ("24h", 1440)];

/// The popup.
#[derive(Clone, Debug)]
pub struct RangeEntry {
    /// The preset under the cursor; none while text is typed.
    pub preset: usize,
    /// What is typed.
    pub text: Input,
    /// What is wrong with it.
    pub error: Option<String>,
}

impl Default for RangeEntry {
    fn default() -> Self {
        RangeEntry { preset: 1, text: Input::default(), error: None }
    }
}

/// What came of a key.
#[derive(Clone, PartialEq, Debug)]
pub enum Chosen {
    /// Go on.
    Nothing,
    /// This range.
    Reach(Reach),
}

impl RangeEntry {
    /// The line that is typed.
    pub fn line(&self) -> &str {
        self.text.line()
    }

    /// What a key does to it.
    pub fn key(&mut self, key: Key, now: Timestamp, zone: Zone) -> Chosen {
        self.error = None;
        match key.code {
            KeyCode::Enter => return self.choose(now, zone),
            KeyCode::Up => self.preset = self.preset.saturating_sub(1),
            KeyCode::Down => self.preset = (self.preset + 1).min(PRESETS.len() - 1),
            _ => self.text.key(key),
        }
        Chosen::Nothing
    }

    fn choose(&mut self, now: Timestamp, zone: Zone) -> Chosen {
        let line = self.line().trim().to_string();
        if line.is_empty() {
            let minutes = PRESETS.get(self.preset).map_or(15, |(_, minutes)| *minutes);
            return Chosen::Reach(Reach::Last(minutes * 60_000));
        }
        match parse_range(&line, now, zone) {
            // A length back from now goes on following it.
            Ok(range) if !line.contains("..") && range.to == now => Chosen::Reach(Reach::Last(range.millis())),
            Ok(range) => Chosen::Reach(Reach::Exactly(range)),
            Err(error) => {
                self.error = Some(error.to_string());
                Chosen::Nothing
            }
        }
    }
}
