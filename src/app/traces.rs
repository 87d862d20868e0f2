//! Failing traces by shape: where the cursor is.

use super::state::PaneData;
use crate::answers::traces::{MOST_TRACES, SAMPLE, Shape};
use crate::answers::{Scope, Traces, TracesParams};
use crate::model::Level;

/// The pane.
#[derive(Clone, Debug, Default)]
pub struct TracesPane {
    /// What is shown.
    pub data: PaneData<Traces>,
    /// The row under the cursor.
    pub row: usize,
}

impl TracesPane {
    /// What to ask for the pane.
    pub fn params(scope: &Scope) -> TracesParams {
        TracesParams { scope: scope.clone(), sample: SAMPLE, most_traces: MOST_TRACES, services: 0, level: Level::Error, limit: 100 }
    }

    /// The rows.
    pub fn shapes(&self) -> &[Shape] {
        self.data.answer.as_ref().map(|traces| traces.shapes.as_slice()).unwrap_or_default()
    }

    /// The shape under the cursor.
    pub fn selected_shape(&self) -> Option<&Shape> {
        self.shapes().get(self.row)
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: isize) {
        self.row = self.row.saturating_add_signed(by).min(self.shapes().len().saturating_sub(1));
    }
}
