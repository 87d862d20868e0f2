//! The terminal: raw mode and back again whatever happens, keys, the clipboard.

mod clipboard;
mod input;
mod raw;

pub use clipboard::copy;
pub use input::event_of;
pub use raw::{Screen, is_shared};
