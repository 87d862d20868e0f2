//! What is typed and pasted.

use super::actions::Action;
use super::drill::open_target;
use super::event::Effect;
use super::keymap::{Key, KeyCode, Meaning};
use super::listing::columns_key;
use super::marks::{list_key, note_key};
use super::narrow::{edit_key, query_key};
use super::overlay::Overlay;
use super::palette::palette_key;
use super::ranges::Chosen;
use super::search::search_for;
use super::state::State;
use super::travel::go;
use super::update::act;
use super::write::write_key;
use crate::model::target;

/// A count repeats a key at most so often.
const MOST_TIMES: usize = 999;

/// Text pasted where something is typed goes there; anywhere else it is what to open.
pub fn on_paste(state: &mut State, text: &str) -> Vec<Effect> {
    let typed = match &mut state.overlay {
        Some(Overlay::Search(input) | Overlay::Write(input) | Overlay::Note { text: input, .. }) => Some(&mut **input),
        Some(Overlay::Palette(palette)) => Some(&mut palette.text),
        Some(Overlay::Range(entry)) => Some(&mut entry.text),
        Some(Overlay::Query(bar)) => Some(&mut bar.text),
        _ => None,
    };
    if let Some(input) = typed {
        input.paste(text);
        return Vec::new();
    }
    match target::parse(text) {
        Ok(target) => open_target(state, target),
        Err(error) => {
            state.message = Some(error.to_string());
            Vec::new()
        }
    }
}

/// What a key does: typed into what is open, a digit of a count, or the action the keymap gives it.
pub fn on_key(state: &mut State, key: Key) -> Vec<Effect> {
    state.message = None;
    let is_quit_now = state.keymap.meaning(&[key]) == Meaning::Action(Action::QuitNow);
    if let (Some(Overlay::Range(entry)), false, false) = (&mut state.overlay, is_quit_now, key.code == KeyCode::Esc) {
        // Typed times are of the source's clock where the answer tells it.
        let now = state.errors.data.answer.as_ref().map_or(state.now, |e| e.clock);
        if let Chosen::Reach(reach) = entry.key(key, now, state.zone) {
            return go(state, reach);
        }
        return Vec::new();
    }
    if let (Some(Overlay::Search(input)), false, false) = (&mut state.overlay, is_quit_now, key.code == KeyCode::Esc) {
        if key.code == KeyCode::Enter {
            let line = input.line().to_string();
            state.overlay = None;
            search_for(state, &line);
        } else {
            input.key(key);
        }
        return Vec::new();
    }
    if !is_quit_now && key.code != KeyCode::Esc {
        match state.overlay {
            Some(Overlay::Query(_)) => return query_key(state, key),
            Some(Overlay::Filters { at }) => return edit_key(state, key, at),
            Some(Overlay::Note { .. }) => return note_key(state, key),
            Some(Overlay::Marks { at }) => return list_key(state, key, at),
            Some(Overlay::Palette(_)) => return palette_key(state, key),
            Some(Overlay::Columns(_)) => return columns_key(state, key),
            Some(Overlay::Write(_)) => return write_key(state, key),
            _ => {}
        }
    }
    if counted(state, key) {
        return Vec::new();
    }
    state.pending.push(key);
    match state.keymap.meaning(&state.pending) {
        Meaning::Pending => Vec::new(),
        Meaning::None => {
            state.pending.clear();
            state.count = None;
            Vec::new()
        }
        Meaning::Action(action) => {
            state.pending.clear();
            let times = state.count.take().filter(|_| action.group() == super::Group::Move).unwrap_or(1);
            (0..times).flat_map(|_| act(state, action)).collect()
        }
    }
}

/// Takes a digit of a count, where the keymap knows counts; a 0 is one only behind another digit.
fn counted(state: &mut State, key: Key) -> bool {
    let digit = match key.code {
        KeyCode::Char(c) if !key.ctrl && state.keymap.counts() && state.pending.is_empty() => c.to_digit(10),
        _ => None,
    };
    let Some(digit) = digit.filter(|digit| *digit > 0 || state.count.is_some()) else { return false };
    state.count = Some((state.count.unwrap_or(0) * 10 + digit as usize).min(MOST_TIMES));
    true
}
