//! Explain: what sets the selected records apart, value by value.

use super::about::About;
use super::cursor::stepped;
use super::state::PaneData;
use crate::answers::brief::Apart;
use crate::answers::explain::Explain;
use crate::export::against;
use crate::model::Zone;

/// The pane.
#[derive(Clone, Debug, Default)]
pub struct ExplainPane {
    /// What is shown.
    pub data: PaneData<Explain>,
    /// What it is about.
    pub about: About,
    /// It is held against the time before, not against the rest.
    pub against_before: bool,
    /// The row under the cursor.
    pub row: usize,
}

impl ExplainPane {
    /// The values, best first.
    pub fn rows(&self) -> &[Apart] {
        self.data.answer.as_ref().map(|explain| explain.attributes.as_slice()).unwrap_or_default()
    }

    /// The one under the cursor.
    pub fn selected(&self) -> Option<&Apart> {
        self.rows().get(self.row)
    }

    /// What they are held against, with how many there are.
    pub fn against(&self, zone: Zone) -> String {
        self.data.answer.as_ref().map(|explain| against(explain, zone)).unwrap_or_default()
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: isize) {
        self.row = stepped(self.row, by, self.rows().len());
    }
}
