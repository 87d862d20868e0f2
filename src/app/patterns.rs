//! Patterns: what records say, by template.

use super::about::About;
use super::cursor::{next_where, stepped};
use super::state::PaneData;
use crate::answers::patterns::{Pattern, Patterns};

/// The pane.
#[derive(Clone, Debug, Default)]
pub struct PatternsPane {
    /// What is shown.
    pub data: PaneData<Patterns>,
    /// What it is about.
    pub about: About,
    /// The row under the cursor.
    pub row: usize,
}

impl PatternsPane {
    /// The templates, new ones first.
    pub fn rows(&self) -> &[Pattern] {
        self.data.answer.as_ref().map(|patterns| patterns.patterns.as_slice()).unwrap_or_default()
    }

    /// The one under the cursor.
    pub fn selected(&self) -> Option<&Pattern> {
        self.rows().get(self.row)
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: isize) {
        self.row = stepped(self.row, by, self.rows().len());
    }

    /// To the next (or previous) one that is new or that an error says.
    pub fn step_error(&mut self, forward: bool) {
        let is_bad = |i: usize| self.rows().get(i).is_some_and(|p| p.is_new || p.levels.keys().any(|l| matches!(*l, "ERROR" | "FATAL")));
        self.row = next_where(self.row, forward, self.rows().len(), is_bad).unwrap_or(self.row);
    }
}
