//! A moment that somebody wrote down: "flag psp=adyen 5 %".

use super::Timestamp;

/// A moment with a note.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// What was done or seen; may be empty.
    pub note: String,
}
