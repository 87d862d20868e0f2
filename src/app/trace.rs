//! One trace: the waterfall and its records, moved through together.

use super::state::PaneData;
use crate::answers::TraceAnswer;
use crate::model::target::TraceId;
use crate::model::{LogRecord, Span, Trace};
use std::collections::BTreeSet;

/// The pane.
#[derive(Clone, Debug, Default)]
pub struct TracePane {
    /// What is shown.
    pub data: PaneData<TraceAnswer>,
    /// Which trace was asked for.
    pub id: Option<TraceId>,
    /// The span under the cursor.
    pub span: usize,
    /// The record under the cursor.
    pub record: usize,
    /// Keys go to the records.
    pub in_records: bool,
    /// Spans whose children are hidden, by id.
    pub folded: BTreeSet<String>,
}

impl TracePane {
    /// The trace, if it was found.
    pub fn trace(&self) -> Option<&Trace> {
        self.data.answer.as_ref()?.trace.as_ref()
    }

    /// The spans that no folded one hides.
    pub fn spans(&self) -> Vec<&Span> {
        let Some(trace) = self.trace() else { return Vec::new() };
        let mut hidden: BTreeSet<&str> = BTreeSet::new();
        let mut shown = Vec::new();
        for span in &trace.spans {
            let below = span.parent.as_deref().is_some_and(|parent| hidden.contains(parent) || self.folded.contains(parent));
            if below {
                hidden.insert(&span.id);
            } else {
                shown.push(span);
            }
        }
        shown
    }

    /// The records, by time.
    pub fn records(&self) -> &[LogRecord] {
        self.trace().map(|trace| trace.records.as_slice()).unwrap_or_default()
    }

    /// Moves the cursor; the other list follows.
    pub fn step(&mut self, by: isize) {
        if self.in_records {
            self.record = self.record.saturating_add_signed(by).min(self.records().len().saturating_sub(1));
            self.follow_record();
        } else {
            self.span = self.span.saturating_add_signed(by).min(self.spans().len().saturating_sub(1));
            self.follow_span();
        }
    }

    fn follow_span(&mut self) {
        let Some(id) = self.spans().get(self.span).map(|s| s.id.clone()) else { return };
        let own = |r: &LogRecord| r.span_id.as_deref() == Some(&id);
        // What proves it, if anything does.
        let bad = self.records().iter().position(|r| own(r) && r.is_error());
        let first = bad.or_else(|| self.records().iter().position(own));
        self.record = first.unwrap_or(self.record);
    }

    fn follow_record(&mut self) {
        let Some(id) = self.records().get(self.record).and_then(|r| r.span_id.clone()) else { return };
        let at = self.spans().iter().position(|s| s.id == id);
        self.span = at.unwrap_or(self.span);
    }

    /// To the span where it broke.
    pub fn to_origin(&mut self) {
        let Some(id) = self.trace().and_then(|t| t.origin.as_ref()).map(|o| o.span.clone()) else { return };
        self.folded.clear();
        let at = self.spans().iter().position(|s| s.id == id);
        self.span = at.unwrap_or(self.span);
        self.follow_span();
    }

    /// To the next (or previous) error record or failed span.
    pub fn step_error(&mut self, forward: bool) {
        if self.in_records {
            let is_bad = |i: &usize| self.records().get(*i).is_some_and(|r| r.is_error() || r.is_failed());
            let found = if forward { (self.record + 1..self.records().len()).find(is_bad) } else { (0..self.record).rev().find(is_bad) };
            self.record = found.unwrap_or(self.record);
            self.follow_record();
        } else {
            let spans = self.spans();
            let is_bad = |i: &usize| spans.get(*i).is_some_and(|s| s.failed || s.errors > 0);
            let found = if forward { (self.span + 1..spans.len()).find(is_bad) } else { (0..self.span).rev().find(is_bad) };
            self.span = found.unwrap_or(self.span);
            self.follow_span();
        }
    }

    /// Hides or shows the children of the span under the cursor.
    pub fn fold(&mut self, fold: bool) {
        let Some(id) = self.spans().get(self.span).map(|s| s.id.clone()) else { return };
        if fold {
            self.folded.insert(id)
        } else {
            self.folded.remove(&id)
        };
    }
}
