//! Records behind something: a list, and the one under the cursor in full.

use super::about::About;
use super::cursor::next_where;
use super::search::record_holds;
use super::state::PaneData;
use crate::answers::{Logs, LogsParams};
use crate::model::{LogRecord, Timestamp};
use std::ops::RangeInclusive;

/// The pane.
#[derive(Clone, Debug, Default)]
pub struct RecordsPane {
    /// What is shown.
    pub data: PaneData<Logs>,
    /// What was asked.
    pub asked: Option<LogsParams>,
    /// Which they are.
    pub about: About,
    /// Half of them from before this moment, half from after it.
    pub around: Option<Timestamp>,
    /// At most so many, where more than usual are wanted.
    pub limit: usize,
    /// The row under the cursor.
    pub row: usize,
    /// Where a selection of rows begins.
    pub anchor: Option<usize>,
    /// The detail is unfolded over the list.
    pub detail: bool,
    /// The record to put the cursor on when they come.
    pub seek: Option<Box<LogRecord>>,
    /// The cursor goes to the last record up to then.
    pub seek_time: Option<Timestamp>,
    /// First line of the unfolded detail.
    pub scroll: usize,
    /// What is searched for.
    pub search: String,
    /// The newest are asked for again and again, and the cursor is on the last.
    pub follow: bool,
}

impl RecordsPane {
    /// The rows.
    pub fn records(&self) -> &[LogRecord] {
        self.data.answer.as_ref().map(|logs| logs.records.as_slice()).unwrap_or_default()
    }

    /// Takes in what came: the cursor stays, or goes to the record that was looked for.
    pub fn arrived(&mut self) {
        let same = |r: &LogRecord, wanted: &LogRecord| r.timestamp == wanted.timestamp && r.message == wanted.message && r.span_id == wanted.span_id;
        let found = self.seek.take().and_then(|wanted| self.records().iter().position(|r| same(r, &wanted)));
        let last = self.seek_time.take().map(|at| self.records().partition_point(|r| r.timestamp <= at).saturating_sub(1));
        let newest = self.follow.then_some(usize::MAX);
        self.anchor = None;
        self.row = found.or(last).or(newest).unwrap_or(self.row).min(self.records().len().saturating_sub(1));
    }

    /// The record under the cursor.
    pub fn selected_record(&self) -> Option<&LogRecord> {
        self.records().get(self.row)
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: isize) {
        self.follow &= by > 0;
        self.row = self.row.saturating_add_signed(by).min(self.records().len().saturating_sub(1));
    }

    /// Whether so many rows on would lead beyond what has been read, and there is more.
    pub fn leads_beyond(&self, by: isize) -> bool {
        let more = !self.follow && !self.detail && self.data.answer.as_ref().is_some_and(|logs| logs.more);
        let at_end = self.row + 1 >= self.records().len();
        more && if by < 0 { self.row == 0 } else { self.around.is_some() && at_end }
    }

    /// Begins a selection at the cursor, or drops the one there is.
    pub fn select(&mut self) {
        self.anchor = if self.anchor.is_some() { None } else { Some(self.row) };
        self.follow = false;
    }

    /// Places of the selected rows; without a selection of the one under the cursor.
    pub fn chosen(&self) -> RangeInclusive<usize> {
        let other = self.anchor.unwrap_or(self.row).min(self.records().len().saturating_sub(1));
        other.min(self.row)..=other.max(self.row)
    }

    /// The selected records, if any are.
    pub fn selection(&self) -> Option<&[LogRecord]> {
        self.anchor?;
        self.records().get(self.chosen())
    }

    /// To the next (or previous) record that has what is searched for.
    pub fn step_match(&mut self, forward: bool) -> bool {
        let wanted = self.search.to_lowercase();
        let is_it = |i: usize| self.records().get(i).is_some_and(|r| record_holds(r, &wanted));
        let found = next_where(self.row, forward, self.records().len(), is_it).filter(|_| !wanted.is_empty());
        self.follow = false;
        self.row = found.unwrap_or(self.row);
        found.is_some() || wanted.is_empty()
    }

    /// To the next (or previous) error.
    pub fn step_error(&mut self, forward: bool) {
        let is_bad = |i: usize| self.records().get(i).is_some_and(|r| r.is_error() || r.is_failed());
        self.row = next_where(self.row, forward, self.records().len(), is_bad).unwrap_or(self.row);
    }
}
