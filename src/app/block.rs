//! A block of cells: from where it was begun to the cursor.

use super::errors::ErrorsPane;
use crate::model::Timestamp;
use std::ops::RangeInclusive;

/// The other corner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Anchor {
    /// Of which service.
    service: String,
    /// Start of its column, ms.
    column: i64,
}

impl ErrorsPane {
    /// Begins a block at the cursor, or drops the one there is.
    pub fn select(&mut self) {
        let here = self.selected().map(|s| s.service.clone()).zip(self.starts().get(self.column_index()).copied());
        self.anchor = match self.anchor {
            Some(_) => None,
            None => here.map(|(service, column)| Anchor { service, column }),
        };
        if let Some(anchor) = self.anchor.clone() {
            // A cursor that has been put somewhere stays there while rows and columns move on.
            (self.service, self.column, self.held) = (Some(anchor.service), Some(anchor.column), true);
        }
    }

    /// Places of its rows and columns; of one whose corner has left the screen what is left of it.
    pub fn block(&self) -> Option<(RangeInclusive<usize>, RangeInclusive<usize>)> {
        let anchor = self.anchor.as_ref()?;
        let (row, column) = (self.row(), self.column_index());
        let corner = self.rows().iter().position(|s| s.service == anchor.service).unwrap_or(row);
        let side = self.starts().partition_point(|start| *start < anchor.column).min(self.starts().len().saturating_sub(1));
        Some((corner.min(row)..=corner.max(row), side.min(column)..=side.max(column)))
    }

    /// Names of the services under the cursor or in the block.
    pub fn chosen(&self) -> Vec<String> {
        let rows = self.rows();
        let (first, last) = self.block().map_or((self.row(), self.row()), |(rows, _)| rows.into_inner());
        rows.get(first..=last).unwrap_or_default().iter().map(|s| s.service.clone()).collect()
    }

    /// When the columns under the cursor or in the block begin: the first and the last.
    pub(super) fn chosen_starts(&self) -> Option<(Timestamp, Timestamp)> {
        let at = self.column_index();
        let (first, last) = self.block().map_or((at, at), |(_, columns)| columns.into_inner());
        let start = |i: usize| self.starts().get(i).map(|ms| Timestamp::from_millis(*ms));
        Some((start(first)?, start(last)?))
    }

    /// What the cells of the block count together, where that can be added.
    pub fn block_total(&self) -> Option<f64> {
        let (rows, columns) = self.block()?;
        let all = self.rows();
        let cells = all.get(rows)?.iter().flat_map(|s| s.cells.get(columns.clone()).unwrap_or_default());
        Some(cells.flatten().sum())
    }
}
