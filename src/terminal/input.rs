//! From crossterm's events to the program's own.

use crate::app::{Event, Key, KeyCode};
use crossterm::event::{Event as Raw, KeyCode as RawCode, KeyEventKind, KeyModifiers};

/// What the terminal said; `None` for what means nothing here.
pub fn event_of(raw: Raw) -> Option<Event> {
    match raw {
        Raw::Key(key) if key.kind != KeyEventKind::Release => {
            let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
            let code = match key.code {
                RawCode::Char(c) => KeyCode::Char(c),
                RawCode::Enter => KeyCode::Enter,
                RawCode::Esc => KeyCode::Esc,
                RawCode::Tab => KeyCode::Tab,
                RawCode::BackTab => KeyCode::BackTab,
                RawCode::Backspace => KeyCode::Backspace,
                RawCode::Delete => KeyCode::Delete,
                RawCode::Up => KeyCode::Up,
                RawCode::Down => KeyCode::Down,
                RawCode::Left => KeyCode::Left,
                RawCode::Right => KeyCode::Right,
                RawCode::Home => KeyCode::Home,
                RawCode::End => KeyCode::End,
                RawCode::PageUp => KeyCode::PageUp,
                RawCode::PageDown => KeyCode::PageDown,
                _ => return None,
            };
            Some(Event::Key(Key { code, ctrl }))
        }
        Raw::Paste(text) => Some(Event::Paste(text)),
        Raw::Resize(columns, rows) => Some(Event::Resize(columns, rows)),
        _ => None,
    }
}
