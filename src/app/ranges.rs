//! Choosing a range: presets, or free entry.

use super::keymap::{Key, KeyCode};
use crate::answers::Reach;
use crate::model::{Timestamp, Zone, parse_range};
use tui_textarea::{CursorMove, TextArea};

/// The presets, with their lengths in minutes.
pub const PRESETS: [(&str, i64); 7] = [("5m", 5), ("15m", 15), ("30m", 30), ("1h", 60), ("3h", 180), ("12h", 720), ("24h", 1440)];

/// The popup.
#[derive(Clone, Debug)]
pub struct RangeEntry {
    /// The preset under the cursor; none while text is typed.
    pub preset: usize,
    /// What is typed.
    pub text: TextArea<'static>,
    /// What is wrong with it.
    pub error: Option<String>,
}

impl Default for RangeEntry {
    fn default() -> Self {
        RangeEntry { preset: 1, text: TextArea::default(), error: None }
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
        self.text.lines().first().map(String::as_str).unwrap_or_default()
    }

    /// What a key does to it.
    pub fn key(&mut self, key: Key, now: Timestamp, zone: Zone) -> Chosen {
        self.error = None;
        match key.code {
            KeyCode::Enter => return self.choose(now, zone),
            KeyCode::Up => self.preset = self.preset.saturating_sub(1),
            KeyCode::Down => self.preset = (self.preset + 1).min(PRESETS.len() - 1),
            KeyCode::Backspace => drop(self.text.delete_char()),
            KeyCode::Left => self.text.move_cursor(CursorMove::Back),
            KeyCode::Right => self.text.move_cursor(CursorMove::Forward),
            KeyCode::Char(c) if !key.ctrl => self.text.insert_char(c),
            _ => {}
        }
        Chosen::Nothing
    }

    /// Takes pasted text; a line break in it is a space.
    pub fn paste(&mut self, text: &str) {
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
        self.text.insert_str(line.trim());
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
