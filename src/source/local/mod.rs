//! The local engine: NDJSON read in blocks into columns, which answer the same searches as a cluster does.
//!
//! The columns of the fields that the panes need are filled while reading goes on and answer at any time; a question about
//! another field reads the records once more for that field and keeps what it found. A hit is a place in its file.

mod aggregate;
mod columns;
mod content;
mod dictionary;
mod engine;
mod follow;
mod layout;
mod line;
mod made_up;
mod matching;
mod open;

pub use layout::layout_of;
pub use made_up::MadeUp;
pub use open::LocalSource;
