//! A change that somebody told: a deployment, a flag, a configuration, which no record shows by itself.

use super::Timestamp;

/// What was changed, when, and whose.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ToldChange {
    /// When.
    pub at: Timestamp,
    /// Whose; none where it concerns them all.
    pub service: Option<String>,
    /// What, in the words of whoever tells it.
    pub what: String,
}
