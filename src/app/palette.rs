//! The palette: every action that is possible here, found by a few letters of its name or of what it does.

use super::actions::Action;
use super::event::Effect;
use super::input::Input;
use super::keymap::{Key, KeyCode};
use super::overlay::Overlay;
use super::state::State;
use super::update::act;

/// What is typed, and the row under the cursor.
#[derive(Clone, Debug, Default)]
pub struct Palette {
    /// What is typed.
    pub text: Input,
    /// The row under the cursor.
    pub at: usize,
}

impl Palette {
    /// The actions that what is typed may mean, the likeliest first.
    pub fn found(&self, state: &State) -> Vec<Action> {
        let wanted = self.text.line().trim().to_lowercase();
        let possible = Action::ALL.iter().copied().filter(|action| *action != Action::Palette && action.is_possible(state));
        let mut found: Vec<(usize, Action)> = possible.filter_map(|action| Some((rank(action, &wanted)?, action))).collect();
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(_, action)| action).collect()
    }
}

/// How well the words fit: the beginning of its name, within it, each in what it does; `None` where they do not.
fn rank(action: Action, wanted: &str) -> Option<usize> {
    let name = action.name().replace('_', " ");
    let doc = action.doc().to_lowercase();
    let all_in = |text: &str| wanted.split_whitespace().all(|word| text.contains(word));
    // What other programs leave by.
    let is_way_out = action == Action::Quit && wanted == "q";
    let ways = [is_way_out, name.starts_with(wanted), all_in(&name), all_in(&format!("{name} {doc}"))];
    ways.iter().position(|fits| *fits)
}

/// What a key does in it; Enter carries out the action under the cursor.
pub fn palette_key(state: &mut State, key: Key) -> Vec<Effect> {
    let Some(Overlay::Palette(palette)) = &state.overlay else { return Vec::new() };
    let mut palette = (**palette).clone();
    state.overlay = None;
    let found = palette.found(state);
    match key.code {
        KeyCode::Enter => {
            let Some(action) = found.get(palette.at).copied() else {
                state.message = Some(format!("nothing here is called '{}'", palette.text.line()));
                return Vec::new();
            };
            return act(state, action);
        }
        KeyCode::Down | KeyCode::Tab => palette.at = (palette.at + 1).min(found.len().saturating_sub(1)),
        KeyCode::Up | KeyCode::BackTab => palette.at = palette.at.saturating_sub(1),
        KeyCode::Backspace if palette.text.line().is_empty() => return Vec::new(),
        _ => {
            palette.text.key(key);
            palette.at = 0;
        }
    }
    state.overlay = Some(Overlay::Palette(Box::new(palette)));
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_letters_find_an_action() {
        let first = |wanted: &str| {
            let mut found: Vec<(usize, Action)> = Action::ALL.iter().filter_map(|a| Some((rank(*a, wanted)?, *a))).collect();
            found.sort_by_key(|(rank, _)| *rank);
            found.first().map(|(_, action)| *action)
        };
        assert_eq!(first("q"), Some(Action::Quit));
        assert_eq!(first("wrap"), Some(Action::Wrap));
        assert_eq!(first("zoom out"), Some(Action::ZoomOut));
        assert_eq!(first("tenants of mars"), None);
    }
}
