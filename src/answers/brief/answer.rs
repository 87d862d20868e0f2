//! What can be said of what broke.

use super::{Cause, Change, Finding};
use crate::model::{Completeness, TimeRange, Timestamp};

/// What can be said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// Something broke.
    Found,
    /// All is as it was.
    Nothing,
    /// It cannot be told.
    Blind,
}

/// Who is hit, since the onset.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Impact {
    /// Requests of the service they enter by.
    pub requests: u64,
    /// Those that failed.
    pub failed: u64,
    /// Different users among those; `None` where records name none.
    pub users: Option<u64>,
    /// Different tenants among those; `None` where no field is known to name them.
    pub tenants: Option<u64>,
    /// Endpoint, failed, all: those that failed, the worst first.
    pub endpoints: Vec<(String, u64, u64)>,
}

/// The answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Brief {
    /// The range on screen.
    pub range: TimeRange,
    /// What can be said.
    pub found: Found,
    /// What "before" means here.
    pub baseline: Option<TimeRange>,
    /// What broke.
    pub origin: Option<Cause>,
    /// What else it could be.
    pub alternatives: Vec<Cause>,
    /// Services of ours that suffer, the worst first.
    pub affected: Vec<String>,
    /// Who is hit.
    pub impact: Impact,
    /// What is new or gone within the day.
    pub changes: Vec<Change>,
    /// What was noticed, each with a command that shows it.
    pub findings: Vec<Finding>,
    /// Failing traces that show it.
    pub traces: Vec<String>,
    /// Since when nothing is known, when it is blind.
    pub blind_since: Option<Timestamp>,
    /// The source's clock when it was asked.
    pub clock: Timestamp,
    /// How far it can be trusted.
    pub completeness: Completeness,
}

impl Brief {
    /// What is known of reaches so far: to the end of the range, or to the source's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.min(self.range.to.max(self.range.from))
    }
}

impl Found {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Found::Found => "found",
            Found::Nothing => "nothing",
            Found::Blind => "blind",
        }
    }
}
