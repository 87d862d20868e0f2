//! One trace: the waterfall and its records, moved through together.

use super::cursor::next_where;
use super::search::{record_holds, span_holds};
use super::state::PaneData;
use crate::answers::TraceAnswer;
use crate::answers::usual::Usual;
use crate::model::target::TraceId;
use crate::model::{Level, LogRecord, Span, SpanKind, TimeRange, Timestamp, Trace};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A row of the waterfall.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// The place of its span in the trace.
    pub span: usize,
    /// So many like it in a row are shown as this one.
    pub times: usize,
}

/// Which spans are shown.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Only {
    /// All of them.
    #[default]
    All,
    /// What failed, erred or never completed, with its callers.
    Errors,
    /// Those of one service, with their callers.
    Service(String),
}

/// The pane.
#[derive(Clone, Debug, Default)]
pub struct TracePane {
    /// What is shown.
    pub data: PaneData<TraceAnswer>,
    /// Which trace was asked for.
    pub id: Option<TraceId>,
    /// Where to look for it first, as its link said.
    pub around: Option<TimeRange>,
    /// So many days back it is looked for, once that has been asked for.
    pub days_back: Option<i64>,
    /// When it was last looked for.
    pub looked: Option<Timestamp>,
    /// The cursor has been moved by hand: it stays when the rest of a trace comes.
    pub moved: bool,
    /// The row under the cursor.
    pub row: usize,
    /// The record under the cursor.
    pub record: usize,
    /// Keys go to the records.
    pub in_records: bool,
    /// What the cursor is on is shown in full.
    pub detail: bool,
    /// First line of the detail.
    pub scroll: usize,
    /// Times as wrong clocks should have told them, not as recorded.
    pub put_right: bool,
    /// Each service's own time beside its usual one, instead of each span's.
    pub compare: bool,
    /// Which spans are shown.
    pub only: Only,
    /// What is searched for.
    pub search: String,
    /// The rows, made anew when something changes what is shown: a frame looks at those that it draws.
    pub rows: Arc<Vec<Row>>,
    /// The rows whose spans failed.
    pub failed_rows: Arc<Vec<usize>>,
    /// The span of ours that took most of the time itself.
    pub slowest: Option<usize>,
    /// The first error records of each span that has some.
    pub error_records: Arc<BTreeMap<usize, Vec<usize>>>,
    folded: BTreeSet<usize>,
    spread: BTreeSet<usize>,
}

/// The same call so often in a row is one row with a count.
const REPEATED: usize = 8;
/// More errors than this on one bar cannot be told apart.
const ERRORS_OF_A_SPAN: usize = 20;

impl TracePane {
    /// For a trace that is asked for.
    pub fn asking(id: TraceId, around: Option<TimeRange>) -> TracePane {
        TracePane { id: Some(id), around, ..TracePane::default() }
    }

    /// The trace, if it was found.
    pub fn trace(&self) -> Option<&Trace> {
        self.data.answer.as_ref()?.trace.as_ref()
    }

    /// What the same request usually is like, where that is known.
    pub fn usual(&self) -> Option<&Usual> {
        self.data.answer.as_ref()?.usual.as_ref()
    }

    /// The same, while it is to be compared with.
    pub fn compared(&self) -> Option<&Usual> {
        self.usual().filter(|_| self.compare)
    }

    /// The records, by time.
    pub fn records(&self) -> &[LogRecord] {
        self.trace().map(|trace| trace.records.as_slice()).unwrap_or_default()
    }

    /// The span under the cursor.
    pub fn selected(&self) -> Option<&Span> {
        let row = self.rows.get(self.row)?;
        self.trace()?.spans.get(row.span)
    }

    /// The record under the cursor.
    pub fn selected_record(&self) -> Option<&LogRecord> {
        self.records().get(self.record)
    }

    /// The other trace that the span under the cursor links to, in any of the ways in which tracers keep links.
    pub fn link(&self) -> Option<String> {
        let fields = self.selected()?.fields.as_ref()?;
        let own = self.trace().map(|trace| trace.trace_id.as_str());
        let lists = ["links", "span.links", "references"].into_iter().filter_map(|name| fields.get(name)?.as_array());
        let ids = lists.flatten().filter_map(|link| {
            ["trace_id", "traceId", "traceID"].iter().find_map(|key| link.get(*key)?.as_str()).or_else(|| link.get("trace")?.get("id")?.as_str())
        });
        ids.into_iter().find(|id| Some(*id) != own).map(str::to_string)
    }

    /// Whether a span's children are hidden.
    pub fn is_folded(&self, span: usize) -> bool {
        self.folded.contains(&span)
    }

    /// Takes in a trace: the cursor goes to where it broke, but when the rest of a trace comes it stays where one is.
    pub fn arrived(&mut self, at: Timestamp) {
        self.looked = Some(at);
        self.folded.clear();
        self.spread.clear();
        let mut errors: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, place) in self.trace().iter().flat_map(|t| t.places.iter().enumerate()) {
            if self.records().get(at).is_some_and(LogRecord::is_error) {
                let of_span = errors.entry(*place).or_default();
                of_span.extend((of_span.len() < ERRORS_OF_A_SPAN).then_some(at));
            }
        }
        self.error_records = Arc::new(errors);
        let own = self.trace().into_iter().flat_map(|t| t.spans.iter().enumerate()).filter(|(_, s)| s.kind == SpanKind::Service);
        self.slowest = own.max_by(|a, b| a.1.self_ms.total_cmp(&b.1.self_ms)).map(|(at, _)| at);
        self.lay_out();
        if !self.moved {
            self.to_origin();
        }
    }

    /// Which rows there are.
    fn lay_out(&mut self) {
        let kept = self.rows.get(self.row).map(|row| row.span);
        let rows = self.trace().map(|trace| self.visible(trace)).unwrap_or_default();
        let is_failed = |row: &Row| self.trace().and_then(|t| t.spans.get(row.span)).is_some_and(|s| s.failed);
        self.failed_rows = Arc::new((0..).zip(&rows).filter(|(_, row)| is_failed(row)).map(|(at, _)| at).collect());
        self.rows = Arc::new(rows);
        self.row = kept.and_then(|span| self.place_of(span)).unwrap_or(0);
    }

    fn visible(&self, trace: &Trace) -> Vec<Row> {
        let wanted = self.wanted(trace);
        let mut rows: Vec<Row> = Vec::with_capacity(trace.spans.len());
        let mut hidden_below: Option<usize> = None;
        for (at, span) in trace.spans.iter().enumerate() {
            let depth = trace.depths.get(at).copied().unwrap_or(0);
            if hidden_below.is_some_and(|limit| depth > limit) {
                continue;
            }
            hidden_below = self.folded.contains(&at).then_some(depth);
            if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&at)) {
                continue;
            }
            let like = |row: &Row| {
                let first = trace.spans.get(row.span)?;
                let plain = |at: usize, span: &Span| !span.failed && !span.open && trace.children.get(at).is_none_or(Vec::is_empty);
                let alike = first.parent == span.parent && first.service == span.service && first.name == span.name;
                (alike && plain(row.span, first) && plain(at, span)).then_some(row.span)
            };
            match rows.last_mut() {
                Some(row) if like(row).is_some_and(|first| !self.spread.contains(&first)) => row.times += 1,
                _ => rows.push(Row { span: at, times: 1 }),
            }
        }
        if rows.iter().any(|row| (2..REPEATED).contains(&row.times)) {
            rows = rows
                .into_iter()
                .flat_map(|row| {
                    let each = if row.times < REPEATED { 1 } else { row.times };
                    (0..row.times.div_ceil(each)).map(move |i| Row { span: row.span + i * each, times: each })
                })
                .collect();
        }
        rows
    }

    /// The spans that the filter keeps, with the way down to them; `None` keeps all.
    fn wanted(&self, trace: &Trace) -> Option<BTreeSet<usize>> {
        let matches = |span: &Span| match &self.only {
            Only::All => true,
            Only::Errors => span.failed || span.errors > 0 || span.open,
            Only::Service(service) => span.service == *service,
        };
        if self.only == Only::All {
            return None;
        }
        let mut wanted = BTreeSet::new();
        let mut way: Vec<usize> = Vec::new();
        for (at, span) in trace.spans.iter().enumerate() {
            way.truncate(trace.depths.get(at).copied().unwrap_or(0));
            way.push(at);
            if matches(span) {
                wanted.extend(way.iter().copied());
            }
        }
        Some(wanted)
    }

    /// The row that shows a span, or the nearest above it.
    fn place_of(&self, span: usize) -> Option<usize> {
        match self.rows.binary_search_by_key(&span, |row| row.span) {
            Ok(at) => Some(at),
            Err(after) => after.checked_sub(1),
        }
    }

    /// Moves the cursor; the other list follows.
    pub fn step(&mut self, by: isize) {
        self.moved = true;
        if self.in_records {
            self.record = self.record.saturating_add_signed(by).min(self.records().len().saturating_sub(1));
            self.follow_record();
        } else {
            self.row = self.row.saturating_add_signed(by).min(self.rows.len().saturating_sub(1));
            self.follow_span();
        }
    }

    fn follow_span(&mut self) {
        let Some(span) = self.rows.get(self.row).map(|row| row.span) else { return };
        let Some(trace) = self.trace() else { return };
        // What proves it, if anything does.
        let bad = self.error_records.get(&span).and_then(|own| own.first());
        let own = || trace.own.get(span).into_iter().flatten();
        let is = |test: fn(&LogRecord) -> bool| own().find(move |i| trace.records.get(**i).is_some_and(test));
        let found = bad.or_else(|| is(LogRecord::is_failed)).or_else(|| is(|r| r.level == Some(Level::Warn))).or_else(|| own().next()).copied();
        self.record = found.unwrap_or(self.record);
    }

    fn follow_record(&mut self) {
        let Some(span) = self.trace().and_then(|trace| trace.places.get(self.record).copied()) else { return };
        self.row = self.place_of(span).unwrap_or(self.row);
    }

    /// To a span, unfolding what hides it.
    fn go_to(&mut self, span: usize) {
        if self.rows.binary_search_by_key(&span, |row| row.span).is_err() {
            self.folded.clear();
            self.only = Only::All;
            self.lay_out();
        }
        self.row = self.place_of(span).unwrap_or(self.row);
        self.follow_span();
    }

    /// To the span where it broke; where nothing did, to the one of ours that took most of the time itself.
    pub fn to_origin(&mut self) {
        let at = self.trace().and_then(|t| match &t.origin {
            Some(origin) => t.spans.iter().position(|s| s.id == origin.span),
            None => self.slowest,
        });
        if let Some(at) = at {
            self.go_to(at);
        }
    }

    /// To the next (or previous) error record or failed span.
    pub fn step_error(&mut self, forward: bool) {
        self.moved = true;
        if self.in_records {
            self.seek_record(forward, &|r| r.is_error() || r.is_failed());
        } else {
            self.seek_span(forward, &|s, _| s.failed || s.errors > 0 || s.open);
        }
    }

    fn seek_record(&mut self, forward: bool, is_it: &dyn Fn(&LogRecord) -> bool) -> bool {
        let is_it = |i: usize| self.records().get(i).is_some_and(is_it);
        let found = next_where(self.record, forward, self.records().len(), is_it);
        self.record = found.unwrap_or(self.record);
        self.follow_record();
        found.is_some()
    }

    fn seek_span(&mut self, forward: bool, is_it: &dyn Fn(&Span, usize) -> bool) -> bool {
        let is_it = |i: usize| self.rows.get(i).and_then(|row| Some(is_it(self.trace()?.spans.get(row.span)?, row.span))).unwrap_or(false);
        let found = next_where(self.row, forward, self.rows.len(), is_it);
        self.row = found.unwrap_or(self.row);
        self.follow_span();
        found.is_some()
    }

    /// To the next (or previous) span or record that holds what is searched for: in names, attributes and messages.
    pub fn step_match(&mut self, forward: bool) -> bool {
        self.moved = true;
        let wanted = self.search.to_lowercase();
        if wanted.is_empty() {
            return true;
        }
        if self.in_records {
            return self.seek_record(forward, &|r| record_holds(r, &wanted));
        }
        let Some(answer) = self.data.answer.clone() else { return false };
        let Some(trace) = answer.trace.as_ref() else { return false };
        let with_record: BTreeSet<usize> =
            trace.records.iter().zip(&trace.places).filter(|(record, _)| record_holds(record, &wanted)).map(|(_, place)| *place).collect();
        self.seek_span(forward, &|span, at| span_holds(span, &wanted) || with_record.contains(&at))
    }

    /// Hides the children of the span under the cursor, else goes to its parent; or shows them.
    pub fn fold(&mut self, fold: bool) {
        self.moved = true;
        let Some(row) = self.rows.get(self.row).copied() else { return };
        let has_children = self.trace().and_then(|t| t.children.get(row.span)).is_some_and(|c| !c.is_empty());
        match fold {
            true if has_children && self.folded.insert(row.span) => self.lay_out(),
            true => {
                let parent = self.trace().and_then(|t| {
                    let id = t.spans.get(row.span)?.parent.as_ref()?;
                    (0..row.span).rev().find(|i| t.spans.get(*i).is_some_and(|s| s.id == *id))
                });
                if let Some(parent) = parent {
                    self.go_to(parent);
                }
            }
            false => {
                if row.times > 1 {
                    self.spread.insert(row.span);
                }
                if self.folded.remove(&row.span) || row.times > 1 {
                    self.lay_out();
                }
            }
        }
    }

    /// Shows what failed only, then the service under the cursor only, then all again.
    pub fn next_only(&mut self) {
        let service = self.selected().map(|s| s.service.clone());
        self.only = match (&self.only, service) {
            (Only::All, _) => Only::Errors,
            (Only::Errors, Some(service)) => Only::Service(service),
            _ => Only::All,
        };
        self.lay_out();
    }
}
