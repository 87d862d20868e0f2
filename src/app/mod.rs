//! The dashboard's state, and what each event does to it: (State, Event) -> Effects. No I/O, no clock, no drawing.

mod about;
pub mod actions;
mod baseline;
pub mod block;
mod brief;
mod command;
mod cursor;
mod drill;
pub mod errors;
mod event;
pub mod explain;
pub mod filters;
mod input;
mod keymap;
mod keys;
pub mod marks;
pub mod narrow;
pub mod patterns;
pub mod query_bar;
pub mod ranges;
pub mod records;
mod search;
pub mod slow;
mod state;
mod steps;
pub mod trace;
pub mod traces;
mod travel;
mod update;

pub use actions::{Action, Group};
pub use command::resume_command;
pub use event::{Answered, Effect, Event, Lane, PaneAnswer, PaneQuestion, Seen};
pub use keymap::{Key, KeyCode, Keymap, KeymapError, Meaning};
pub use state::{Overlay, Pane, PaneData, Shown, Start, State, View};
pub use update::update;
