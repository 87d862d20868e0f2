//! One trace: found by its id in any form, read whole, put together.

use super::paging::Paging;
use super::scope::Reach;
use super::trust::{Trust, replies};
use super::{Known, Outcome, Question, Scope, Step};
use crate::analysis::assemble::{Marks, assemble};
use crate::model::target::TraceId;
use crate::model::{Completeness, Fault, TimeRange, Timestamp, Trace};
use crate::query::{Clause, Order};
use crate::schema::{Field, Schemas};

/// What to answer.
#[derive(Clone, PartialEq, Debug)]
pub struct TraceParams {
    /// Which trace.
    pub id: TraceId,
    /// Where to look first, and nowhere else when `only` is set.
    pub around: Option<TimeRange>,
    /// Look nowhere but in `around`.
    pub only: bool,
    /// Read at most so many records.
    pub limit: usize,
}

/// The answer.
#[derive(Clone, PartialEq, Debug)]
pub struct TraceAnswer {
    /// The trace, if it was found.
    pub trace: Option<Trace>,
    /// What was searched.
    pub searched: Option<TimeRange>,
    /// How far it can be trusted.
    pub completeness: Completeness,
}

/// The question.
pub struct TraceQuestion {
    params: TraceParams,
    windows: Vec<Option<TimeRange>>,
    searched: Option<TimeRange>,
    paging: Option<Paging>,
    trust: Trust,
}

/// How far back is looked without being told to: an hour, then a day.
const HOURS: [i64; 2] = [1, 24];
/// More than this is not read unless asked for.
pub const TRACE_RECORDS: usize = 20_000;

/// How the schemas of all groups open and close requests.
pub fn marks(schemas: &Schemas) -> Marks {
    let first = |read: fn(&crate::schema::FieldMap) -> Option<&'static str>| schemas.groups.iter().find_map(|group| read(&group.map));
    let usual = Marks::default();
    Marks {
        start: first(|map| map.start_message).unwrap_or(usual.start),
        completion: first(|map| map.completion_message).unwrap_or(usual.completion),
    }
}

impl TraceQuestion {
    /// With these parameters.
    pub fn new(params: TraceParams) -> TraceQuestion {
        TraceQuestion { params, windows: Vec::new(), searched: None, paging: None, trust: Trust::default() }
    }

    fn next(&mut self, known: &Known) -> Step<TraceAnswer> {
        loop {
            let paging = match &mut self.paging {
                Some(paging) => paging,
                None => {
                    let Some(window) = self.windows.pop() else { return Step::Done(self.not_found(known)) };
                    self.searched = window;
                    let clause = Clause::AnyOf(Field::TraceId, self.params.id.forms());
                    self.paging.insert(Paging::new(known, &|_| vec![clause.clone()], window, Order::Oldest, self.params.limit))
                }
            };
            let searches = paging.next();
            if !searches.is_empty() {
                return Step::Ask(searches);
            }
            let Some(paging) = self.paging.take() else { continue };
            let (records, more) = paging.finish();
            if !records.is_empty() {
                return Step::Done(self.found(known, records, more));
            }
        }
    }

    fn found(&mut self, known: &Known, records: Vec<crate::model::LogRecord>, more: bool) -> TraceAnswer {
        let said = &mut self.trust.completeness;
        if more {
            said.missing(format!("the trace has more than {} records: the rest is not read; raise --limit", self.params.limit));
        }
        said.newest = records.last().map(|r| r.timestamp);
        let id = records.iter().find_map(|r| r.trace_id.clone()).unwrap_or_else(|| self.params.id.text().to_string());
        said.note("spans are put together from records: no tracer measured them");
        let trace = assemble(&id, records, marks(&known.schemas));
        TraceAnswer { trace: Some(trace), searched: self.searched, completeness: std::mem::take(said) }
    }

    fn not_found(&mut self, known: &Known) -> TraceAnswer {
        let said = &mut self.trust.completeness;
        let how_far = match self.searched {
            Some(range) => format!("from {} to {}", range.from.rfc3339(), range.to.rfc3339()),
            None => "in all records".to_string(),
        };
        said.note(format!("no record of {} was found in {} {how_far}; look further back with --from", self.params.id.text(), known.target));
        TraceAnswer { trace: None, searched: self.searched, completeness: std::mem::take(said) }
    }
}

impl Question for TraceQuestion {
    type Answer = TraceAnswer;

    fn start(&mut self, known: &Known) -> Result<Step<TraceAnswer>, Fault> {
        let end = known.clock.plus_millis(60_000);
        let back = |hours: i64| Some(TimeRange { from: known.clock.plus_millis(-hours * 3_600_000), to: end });
        self.windows = match (self.params.around, known.is_file) {
            (Some(range), _) if self.params.only => vec![Some(range)],
            (_, true) => vec![None],
            (Some(range), _) => vec![back(24), Some(range)],
            (None, _) => HOURS.iter().rev().map(|hours| back(*hours)).collect(),
        };
        Ok(self.next(known))
    }

    fn resume(&mut self, known: &Known, outcomes: Vec<Outcome>) -> Result<Step<TraceAnswer>, Fault> {
        let replies = replies(known, outcomes, &mut self.trust)?;
        if let Some(paging) = &mut self.paging {
            paging.take(replies);
        }
        Ok(self.next(known))
    }
}

/// The range that a scope names, if it names one.
pub fn named_range(scope: &Scope) -> Option<TimeRange> {
    match scope.reach {
        Reach::Exactly(range) => Some(range),
        Reach::Last(_) => None,
    }
}

/// From a quarter of an hour before a trace to now: where to look for what else went wrong.
pub fn range_of(trace: &Trace, clock: Timestamp) -> Option<TimeRange> {
    let start = trace.spans.iter().map(|s| s.start).min()?;
    TimeRange::new(start.plus_millis(-900_000), clock.max(start.plus_millis(1))).ok()
}
