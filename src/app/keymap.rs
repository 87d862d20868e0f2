//! From keys to actions. Chords wait without a time limit: a slow link must not decide.

use super::Action;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A key with its modifier, as a terminal over SSH can tell it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// With Ctrl.
    pub ctrl: bool,
}

/// Which key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum KeyCode {
    /// A character as it is typed: `G` is Shift-g.
    Char(char),
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift-Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Arrow.
    Up,
    /// Arrow.
    Down,
    /// Arrow.
    Left,
    /// Arrow.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

/// Why a keymap cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeymapError {
    /// Not TOML of the right shape.
    #[error("the keymap cannot be read: {0}")]
    Malformed(String),
    /// No such key.
    #[error("the keymap names the key '{0}', which is none: write j, G, ctrl-d, enter, tab, space, pagedown, or keys with spaces between")]
    UnknownKey(String),
    /// No such action.
    #[error("the keymap binds {on} to '{run}', which is no action: `spia keys` lists them")]
    UnknownAction {
        /// The key.
        on: String,
        /// What it should run.
        run: String,
    },
    /// Two actions on one key, or a key that begins a chord.
    #[error("the keymap binds {on} twice: to {first} and to {second}")]
    Conflict {
        /// The key.
        on: String,
        /// Of one row.
        first: String,
        /// Of the other.
        second: String,
    },
}

/// Which keys do what.
#[derive(Clone, PartialEq, Debug)]
pub struct Keymap {
    rows: Vec<(Vec<Key>, Action)>,
    counts: bool,
}

#[derive(Deserialize)]
struct File {
    /// Digits before a key repeat it.
    #[serde(default)]
    counts: bool,
    #[serde(flatten)]
    layers: BTreeMap<String, Vec<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    on: String,
    run: String,
}

/// What a sequence of keys means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// This action.
    Action(Action),
    /// The beginning of a chord.
    Pending,
    /// Nothing.
    None,
}

const NAMES: [(&str, KeyCode); 14] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
];

impl Key {
    /// A character without a modifier.
    pub const fn char(c: char) -> Key {
        Key { code: KeyCode::Char(c), ctrl: false }
    }

    /// Reads `j`, `G`, `ctrl-d`, `enter`, `space`.
    pub fn parse(text: &str) -> Option<Key> {
        let (ctrl, name) = match text.strip_prefix("ctrl-") {
            Some(name) => (true, name),
            None => (false, text),
        };
        let code = match (name, name.chars().collect::<Vec<_>>().as_slice()) {
            ("space", _) => KeyCode::Char(' '),
            (_, [c]) => KeyCode::Char(*c),
            _ => NAMES.iter().find(|(n, _)| *n == name)?.1,
        };
        Some(Key { code, ctrl })
    }

    /// As a keymap writes it.
    pub fn name(self) -> String {
        let name = match self.code {
            KeyCode::Char(' ') => "space".to_string(),
            KeyCode::Char(c) => c.to_string(),
            code => NAMES.iter().find(|(_, c)| *c == code).map_or_else(String::new, |(n, _)| (*n).to_string()),
        };
        if self.ctrl { format!("ctrl-{name}") } else { name }
    }
}

impl Keymap {
    /// The keymap that this program comes with.
    pub fn default_map() -> Result<Keymap, KeymapError> {
        Keymap::parse(include_str!("../../keymaps/default.toml"))
    }

    /// The default with the rows for hands that live in vim laid over it.
    pub fn vim_map() -> Result<Keymap, KeymapError> {
        Keymap::default_map()?.with(include_str!("../../keymaps/vim.toml"))
    }

    /// Reads a keymap; a key that is bound twice, or begins a chord and is bound itself, is refused.
    pub fn parse(text: &str) -> Result<Keymap, KeymapError> {
        Keymap { rows: Vec::new(), counts: false }.with(text)
    }

    /// This keymap with another laid over it, row by row: a row of the other wins over those that share its beginning, and
    /// `run = "none"` only frees its key.
    pub fn with(mut self, text: &str) -> Result<Keymap, KeymapError> {
        let file: File = toml::from_str(text).map_err(|e| KeymapError::Malformed(one_line(&e.to_string())))?;
        let mut own: Vec<(Vec<Key>, Option<Action>)> = Vec::new();
        let share = |a: &[Key], b: &[Key]| a.starts_with(b) || b.starts_with(a);
        let name = |action: &Option<Action>| action.map_or("none", Action::name).to_string();
        for Row { on, run } in file.layers.into_values().flatten() {
            let keys: Option<Vec<Key>> = on.split_whitespace().map(Key::parse).collect();
            let keys = keys.filter(|keys| !keys.is_empty()).ok_or_else(|| KeymapError::UnknownKey(on.clone()))?;
            let action = match run.as_str() {
                "none" => None,
                _ => Some(Action::named(&run).ok_or_else(|| KeymapError::UnknownAction { on: on.clone(), run: run.clone() })?),
            };
            if let Some((_, first)) = own.iter().find(|(known, _)| share(known, &keys)) {
                return Err(KeymapError::Conflict { on, first: name(first), second: run });
            }
            own.push((keys, action));
        }
        self.rows.retain(|(keys, _)| !own.iter().any(|(other, _)| share(keys, other)));
        self.rows.extend(own.into_iter().filter_map(|(keys, action)| Some((keys, action?))));
        self.counts |= file.counts;
        Ok(self)
    }

    /// Whether digits before a key repeat it.
    pub fn counts(&self) -> bool {
        self.counts
    }

    /// What these keys mean.
    pub fn meaning(&self, keys: &[Key]) -> Meaning {
        match self.rows.iter().find(|(on, _)| on == keys) {
            Some((_, action)) => Meaning::Action(*action),
            None if self.rows.iter().any(|(on, _)| on.starts_with(keys)) => Meaning::Pending,
            None => Meaning::None,
        }
    }

    /// What can follow these keys of a chord, each with its action.
    pub fn follow(&self, keys: &[Key]) -> Vec<(String, Action)> {
        let next = |on: &Vec<Key>| on.strip_prefix(keys)?.first().map(|key| key.name());
        self.rows.iter().filter_map(|(on, action)| Some((next(on)?, *action))).collect()
    }

    /// The keys of an action, in the order of the keymap; one that has none is found by its name in the palette.
    pub fn keys_of(&self, action: Action) -> Vec<String> {
        let bound = self.bound(action);
        if !bound.is_empty() {
            return bound;
        }
        self.bound(Action::Palette).iter().map(|palette| format!("{palette} {}", action.name().replace('_', " "))).collect()
    }

    fn bound(&self, action: Action) -> Vec<String> {
        let name = |keys: &Vec<Key>| keys.iter().map(|k| k.name()).collect::<Vec<_>>().join(" ");
        self.rows.iter().filter(|(_, a)| *a == action).map(|(keys, _)| name(keys)).collect()
    }
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_key() {
        let keymap = Keymap::default_map().unwrap();
        for action in Action::ALL {
            assert!(!keymap.keys_of(*action).is_empty(), "{}", action.name());
        }
    }

    #[test]
    fn another_keymap_lies_over_the_default() {
        let vim = Keymap::vim_map().unwrap();
        let keys = |text: &str| text.split(' ').filter_map(Key::parse).collect::<Vec<_>>();
        assert!(vim.counts() && !Keymap::default_map().unwrap().counts());
        assert_eq!(vim.meaning(&keys("1")), Meaning::None, "digits are counts");
        assert_eq!(vim.meaning(&keys("g 1")), Meaning::Action(Action::PaneErrors));
        assert_eq!(vim.meaning(&keys("Z")), Meaning::Pending, "a chord wins over the key that it begins with");
        assert_eq!(vim.meaning(&keys("j")), Meaning::Action(Action::Down), "what is not laid over stays");
        for action in Action::ALL {
            assert!(!vim.keys_of(*action).is_empty(), "{} has a key", action.name());
        }
        let freed = Keymap::default_map().unwrap().with("[[all]]\non = 'q'\nrun = 'none'").unwrap();
        assert_eq!(freed.meaning(&keys("q")), Meaning::None);
    }

    #[test]
    fn no_key_that_terminals_or_tmux_take_for_themselves() {
        let keymap = Keymap::default_map().unwrap();
        for (keys, action) in &keymap.rows {
            for taken in ["ctrl-a", "ctrl-b", "ctrl-s", "ctrl-q", "ctrl-\\"] {
                assert!(!keys.iter().any(|k| k.name() == taken), "{} is on {taken}", action.name());
            }
        }
    }

    #[test]
    fn chords_and_conflicts() {
        let keymap = Keymap::default_map().unwrap();
        let g = Key::char('g');
        assert_eq!((keymap.meaning(&[g]), keymap.meaning(&[g, g])), (Meaning::Pending, Meaning::Action(Action::First)));
        assert_eq!(keymap.meaning(&[g, Key::char('x')]), Meaning::None);
        let refuse = |text: &str| Keymap::parse(text).unwrap_err();
        assert!(matches!(refuse("[[all]]\non='x'\nrun='up'\n[[all]]\non='x y'\nrun='down'"), KeymapError::Conflict { .. }));
        assert!(matches!(refuse("[[all]]\non='x'\nrun='fly'"), KeymapError::UnknownAction { .. }));
        assert!(matches!(refuse("[[all]]\non='hyper-x'\nrun='up'"), KeymapError::UnknownKey(_)));
        assert!(matches!(refuse("nonsense"), KeymapError::Malformed(_)));
    }
}
