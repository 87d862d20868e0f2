//! A line of text under the cursor: the only place that names the text area.

use super::keymap::{Key, KeyCode};
use tui_textarea::{CursorMove, TextArea};

/// One line that is being typed.
#[derive(Clone, Debug, Default)]
pub struct Input {
    area: TextArea<'static>,
}

impl Input {
    /// What is typed.
    pub fn line(&self) -> &str {
        self.area.lines().first().map(String::as_str).unwrap_or_default()
    }

    /// What is typed before the cursor.
    pub fn before(&self) -> String {
        self.line().chars().take(self.area.cursor().1).collect()
    }

    /// Column of the cursor, from 0.
    pub fn at(&self) -> usize {
        self.area.cursor().1
    }

    /// Puts this text in its place.
    pub fn set(&mut self, text: &str) {
        *self = Input::default();
        self.area.insert_str(text);
    }

    /// What a key does to it.
    pub fn key(&mut self, key: Key) {
        match key.code {
            KeyCode::Backspace => drop(self.area.delete_char()),
            KeyCode::Delete => drop(self.area.delete_next_char()),
            KeyCode::Left => self.area.move_cursor(CursorMove::Back),
            KeyCode::Right => self.area.move_cursor(CursorMove::Forward),
            KeyCode::Home => self.area.move_cursor(CursorMove::Head),
            KeyCode::End => self.area.move_cursor(CursorMove::End),
            KeyCode::Char('u') if key.ctrl => drop(self.area.delete_line_by_head()),
            KeyCode::Char('w') if key.ctrl => drop(self.area.delete_word()),
            KeyCode::Char(c) if !key.ctrl => self.area.insert_char(c),
            _ => {}
        }
    }

    /// Takes pasted text; a line break in it is a space.
    pub fn paste(&mut self, text: &str) {
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
        self.area.insert_str(line.trim());
    }
}
