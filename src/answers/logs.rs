//! Records: the newest of a range, or what surrounds a moment.

use super::Measure;
use super::clauses::behind;
use super::paging::Paging;
use super::trust::{Trust, replies};
use super::{Known, Outcome, Question, Scope, Step};
use crate::model::{Completeness, Fault, Level, LogRecord, TimeRange, Timestamp};
use crate::query::Order;
use crate::schema::FieldMap;

/// What to answer.
#[derive(Clone, PartialEq, Debug)]
pub struct LogsParams {
    /// Which records.
    pub scope: Scope,
    /// Only records behind a cell of this measure.
    pub behind: Option<Measure>,
    /// At most so many.
    pub limit: usize,
    /// Half of them before this moment and half from it on.
    pub around: Option<Timestamp>,
}

/// The answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Logs {
    /// Over which range.
    pub range: TimeRange,
    /// Oldest first.
    pub records: Vec<LogRecord>,
    /// There are more in the range.
    pub more: bool,
    /// How far it can be trusted.
    pub completeness: Completeness,
}

/// The question.
pub struct LogsQuestion {
    params: LogsParams,
    range: Option<TimeRange>,
    pages: Vec<Paging>,
    asked: Vec<usize>,
    trust: Trust,
}

impl LogsQuestion {
    /// With these parameters.
    pub fn new(params: LogsParams) -> LogsQuestion {
        LogsQuestion { params, range: None, pages: Vec::new(), asked: Vec::new(), trust: Trust::default() }
    }

    fn next(&mut self) -> Step<Logs> {
        self.asked.clear();
        let mut searches = Vec::new();
        for paging in &mut self.pages {
            let next = paging.next();
            self.asked.push(next.len());
            searches.extend(next);
        }
        if !searches.is_empty() {
            return Step::Ask(searches);
        }
        let mut records = Vec::new();
        let mut more = false;
        for paging in self.pages.drain(..) {
            let (list, cut) = paging.finish();
            records.extend(list);
            more |= cut;
        }
        records.sort_by_key(|r| r.timestamp);
        if more {
            self.trust.completeness.note(format!("{} records are listed; there are more in the range", records.len()));
        }
        let mut completeness = std::mem::take(&mut self.trust.completeness);
        completeness.newest = completeness.newest.max(records.last().map(|r| r.timestamp));
        let range = self.range.unwrap_or(TimeRange { from: Timestamp::MIN, to: Timestamp::MAX });
        Step::Done(Logs { range, records, more, completeness })
    }
}

impl Question for LogsQuestion {
    type Answer = Logs;

    fn start(&mut self, known: &Known) -> Result<Step<Logs>, Fault> {
        self.params.scope.refuse_unknown_fields(known)?;
        let (range, _) = self.params.scope.at(known.clock);
        self.range = Some(range);
        let params = self.params.clone();
        let clauses = move |map: &FieldMap| {
            let behind = params.behind.map(|measure| behind(measure, map, Level::Error, params.scope.threshold_ms));
            params.scope.all_clauses().into_iter().chain(behind).collect::<Vec<_>>()
        };
        self.pages = match self.params.around {
            None => vec![Paging::new(known.schemas.counted(), &clauses, Some(range), Order::Newest, self.params.limit)],
            Some(at) => {
                let half = self.params.limit.div_ceil(2);
                let before = TimeRange { from: range.from.min(at.plus_millis(-1)), to: at };
                let after = TimeRange { from: at, to: range.to.max(at.plus_millis(1)) };
                vec![
                    Paging::new(known.schemas.counted(), &clauses, Some(before), Order::Newest, half),
                    Paging::new(known.schemas.counted(), &clauses, Some(after), Order::Oldest, self.params.limit - half),
                ]
            }
        };
        Ok(self.next())
    }

    fn resume(&mut self, known: &Known, outcomes: Vec<Outcome>) -> Result<Step<Logs>, Fault> {
        let mut replies = replies(known, outcomes, &mut self.trust)?.into_iter();
        for (paging, count) in self.pages.iter_mut().zip(&self.asked) {
            paging.take(replies.by_ref().take(*count).collect());
        }
        Ok(self.next())
    }
}
