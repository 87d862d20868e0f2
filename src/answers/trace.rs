//! One trace: found by its id in any form, read whole, put together.

use super::paging::Paging;
use super::scope::Reach;
use super::trust::{Trust, replies};
use super::usual::{self, Usual};
use super::{Known, Outcome, Question, Scope, Step};
use crate::analysis::assemble::{Marks, assemble};
use crate::model::target::TraceId;
use crate::model::{Completeness, Fault, LogRecord, TimeRange, Timestamp, Trace};
use crate::query::{Agg, Clause, Order, Reply, Search};
use crate::schema::{Field, Schemas, lookup};

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
    /// Say also what the same request usually is like.
    pub usual: bool,
}

/// The answer.
#[derive(Clone, PartialEq, Debug)]
pub struct TraceAnswer {
    /// The trace, if it was found.
    pub trace: Option<Trace>,
    /// What was searched.
    pub searched: Option<TimeRange>,
    /// It was not found, and records of now have not arrived yet.
    pub may_arrive: bool,
    /// What the same request usually is like, where that was asked for and is known.
    pub usual: Option<Usual>,
    /// How far it can be trusted.
    pub completeness: Completeness,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Reading,
    /// It was found: has a host whose clock is hours off written of it as well?
    Straying,
    /// Nothing was found: how far do the data reach, and which ids begin alike?
    Wondering,
    /// It was found: which other traces are there of the same operation?
    Sampling,
    /// Those are read.
    Comparing,
}

/// The question.
pub struct TraceQuestion {
    params: TraceParams,
    windows: Vec<Option<TimeRange>>,
    searched: Option<TimeRange>,
    paging: Option<Paging>,
    stage: Stage,
    /// What was read where it was found, and whether there is more.
    read: (Vec<LogRecord>, bool),
    /// The answer while it is compared, and what was asked for that.
    found: Option<TraceAnswer>,
    asked: Vec<Search>,
    trust: Trust,
}

/// How far back is looked without being told to: an hour, then a day.
const HOURS: [i64; 2] = [1, 24];
/// More than this is not read unless asked for.
pub const TRACE_RECORDS: usize = 200_000;
/// Zones reach from 12 hours behind to 14 ahead.
const ZONES_MS: i64 = 14 * 3_600_000;
/// Traces up to this size are shown at once, however often that has to be done again.
const AT_ONCE: usize = 10_000;
/// What is newer than this may still be on its way.
const ARRIVES_MS: i64 = 120_000;
/// Ids that begin with so many of the same digits are worth a word.
const ALIKE: usize = 8;

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
        TraceQuestion {
            params,
            windows: Vec::new(),
            searched: None,
            paging: None,
            stage: Stage::Reading,
            read: Default::default(),
            found: None,
            asked: Vec::new(),
            trust: Trust::default(),
        }
    }

    fn next(&mut self, known: &Known) -> Step<TraceAnswer> {
        loop {
            let paging = match &mut self.paging {
                Some(paging) => paging,
                None => {
                    // On a cluster that does not answer whole nothing further is asked for by itself.
                    let Some(window) = self.windows.pop().filter(|_| self.searched.is_none() || self.trust.completeness.complete) else {
                        return self.wonder(known);
                    };
                    self.searched = window;
                    let clause = Clause::AnyOf(Field::TraceId, self.params.id.forms());
                    self.paging
                        .insert(Paging::new(known.schemas.groups.iter(), &|_| vec![clause.clone()], window, Order::Oldest, self.params.limit).whole())
                }
            };
            let searches = paging.next();
            if !searches.is_empty() {
                let first_page = self.stage == Stage::Reading && !paging.records.is_empty() && paging.pages == 1;
                return match first_page.then(|| paging.records.clone()) {
                    Some(records) => Step::Part(self.so_far(known, records), searches),
                    None => Step::Ask(searches),
                };
            }
            let Some(paging) = self.paging.take() else { continue };
            let (mut records, mut more) = paging.finish();
            if self.stage == Stage::Straying {
                let read = std::mem::take(&mut self.read);
                records.extend(read.0);
                records.sort_by_key(|r| r.timestamp);
                more |= read.1;
            } else if let Some(strays) = self.strays(known, &records).filter(|_| !more) {
                self.stage = Stage::Straying;
                let searches = self.paging.insert(strays).next();
                let so_far = (records.len() <= AT_ONCE).then(|| self.so_far(known, records.clone()));
                self.read = (records, more);
                return so_far.map_or(Step::Ask(searches.clone()), |so_far| Step::Part(so_far, searches));
            }
            if !records.is_empty() {
                let answer = self.found(known, records, more);
                return self.compare(known, answer);
            }
        }
    }

    /// The rest of a day around what was found: a host in another zone writes hours away from all others.
    fn strays(&self, known: &Known, found: &[LogRecord]) -> Option<Paging> {
        let searched = self.searched.filter(|_| !self.params.only && self.trust.completeness.complete)?;
        let (first, last) = (found.first()?.timestamp, found.last()?.timestamp);
        let before = TimeRange::new(first.plus_millis(-ZONES_MS), searched.from).ok();
        let after = TimeRange::new(searched.to, last.plus_millis(ZONES_MS)).ok();
        let elsewhere = Clause::Either(before.into_iter().chain(after).map(Clause::During).collect());
        let clauses = vec![Clause::AnyOf(Field::TraceId, self.params.id.forms()), elsewhere];
        Some(Paging::new(known.schemas.groups.iter(), &|_| clauses.clone(), None, Order::Oldest, self.params.limit))
    }

    /// Asks for other traces of the same operation, with the answer as it stands.
    fn compare(&mut self, known: &Known, answer: TraceAnswer) -> Step<TraceAnswer> {
        let searches = answer.trace.as_ref().filter(|_| self.params.usual).map(|trace| usual::sample(known, trace)).unwrap_or_default();
        if searches.is_empty() {
            return Step::Done(answer);
        }
        self.stage = Stage::Sampling;
        self.asked.clone_from(&searches);
        self.found = Some(answer.clone());
        Step::Part(answer, searches)
    }

    /// The usual is beside the point: without an answer to it the trace stands as it is.
    fn compared(&mut self, known: &Known, outcomes: Vec<Outcome>) -> Step<TraceAnswer> {
        let Some(mut answer) = self.found.take() else { return Step::Done(self.not_found(known, &[])) };
        let Some(trace) = &mut answer.trace else { return Step::Done(answer) };
        let replies: Vec<Reply> = outcomes.into_iter().map(Result::unwrap_or_default).collect();
        if self.stage == Stage::Sampling {
            let ids = usual::ids(&self.asked, &replies, trace);
            if ids.is_empty() {
                return Step::Done(answer);
            }
            self.stage = Stage::Comparing;
            self.paging = Some(usual::reading(known, &ids, trace));
        } else if let Some(paging) = &mut self.paging {
            paging.take(replies);
        }
        let searches = self.paging.as_mut().map(Paging::next).unwrap_or_default();
        if !searches.is_empty() {
            self.found = Some(answer);
            return Step::Ask(searches);
        }
        let records = self.paging.take().map(|paging| paging.finish().0).unwrap_or_default();
        answer.usual = usual::usual(known, trace, records);
        if let Some(usual) = &answer.usual {
            let at = trace.remarks.len().min(1);
            trace.remarks.splice(at..at, usual::sentences(usual));
        }
        Step::Done(answer)
    }

    fn so_far(&self, known: &Known, records: Vec<LogRecord>) -> TraceAnswer {
        let mut completeness = self.trust.completeness.clone();
        completeness.missing("the rest of the trace is still being read");
        let trace = self.put_together(known, records);
        TraceAnswer { trace: Some(trace), searched: self.searched, may_arrive: false, usual: None, completeness }
    }

    fn put_together(&self, known: &Known, records: Vec<LogRecord>) -> Trace {
        let id = records.iter().find_map(|r| r.trace_id.clone()).unwrap_or_else(|| self.params.id.text().to_string());
        let mut trace = assemble(&id, records, marks(&known.schemas));
        // Who looks at one that did not fail wants to know where its time went.
        trace.origin = trace.origin.or(trace.slowest.take());
        trace
    }

    fn found(&mut self, known: &Known, records: Vec<LogRecord>, more: bool) -> TraceAnswer {
        let newest = records.last().map(|r| r.timestamp);
        let last = |n: usize| records.iter().rev().take(n).filter_map(|r| r.service.clone()).collect::<std::collections::BTreeSet<_>>();
        if more {
            let services = last(200).into_iter().take(5).collect::<Vec<_>>().join(", ");
            let limit = self.params.limit;
            self.trust
                .completeness
                .missing(format!("the trace has more than {limit} records: what comes after them ({services}) is not read; raise --limit"));
        }
        let trace = self.put_together(known, records);
        let said = &mut self.trust.completeness;
        said.newest = newest;
        match trace.spans.iter().filter(|s| s.inferred).count() {
            0 => {}
            n if n == trace.spans.len() => said.note("spans are put together from records: no tracer measured them"),
            n => said.note(format!("{n} of {} spans are put together from records", trace.spans.len())),
        }
        let completeness = std::mem::take(said);
        TraceAnswer { trace: Some(trace), searched: self.searched, may_arrive: false, usual: None, completeness }
    }

    /// Nothing was found: asks how far the data reach, and which ids begin alike.
    fn wonder(&mut self, known: &Known) -> Step<TraceAnswer> {
        if self.stage == Stage::Wondering || known.schemas.groups.is_empty() {
            return Step::Done(self.not_found(known, &[]));
        }
        self.stage = Stage::Wondering;
        let range = self.searched.map(|range| TimeRange { from: range.from.min(range.to.plus_millis(-3_600_000)), to: range.to });
        let beginning: String = self.params.id.text().chars().take(ALIKE).collect();
        let mut searches = Vec::new();
        for group in &known.schemas.groups {
            let within = |clauses: Vec<Clause>| range.map(Clause::During).into_iter().chain(clauses).collect::<Vec<_>>();
            searches.push(Search::counting(group, within(Vec::new()), vec![("newest", Agg::Max(Field::Timestamp))]));
            let forms = [beginning.clone(), beginning.to_ascii_lowercase(), beginning.to_ascii_uppercase()];
            let alike = Clause::Either(forms.into_iter().map(|form| Clause::Prefix(Field::TraceId, form)).collect());
            searches.push(Search::listing(group, within(vec![alike]), 20, Order::Newest).only(&[Field::TraceId]));
        }
        Step::Ask(searches)
    }

    fn not_found(&mut self, known: &Known, replies: &[Reply]) -> TraceAnswer {
        let newest = replies.iter().filter_map(|reply| reply.number("newest")).fold(None, |max: Option<f64>, n| Some(max.map_or(n, |m| m.max(n))));
        let newest = newest.map(|ms| Timestamp::from_millis(ms as i64));
        let mut alike: Vec<String> = Vec::new();
        for (i, hit) in replies.iter().enumerate().flat_map(|(i, reply)| reply.hits.iter().map(move |hit| (i, hit))) {
            let path = known.schemas.groups.get(i / 2).and_then(|group| group.map.path(&Field::TraceId).map(str::to_string));
            let id = path.and_then(|path| lookup(&hit.fields, &path)?.as_str().map(str::to_string));
            alike.extend(id.filter(|id| !alike.contains(id)));
        }
        alike.truncate(5);
        let looked_to = self.searched.map_or(known.clock, |range| range.to.min(known.clock));
        let may_arrive = !known.is_file && known.clock.millis() - looked_to.millis() < ARRIVES_MS;
        let said = &mut self.trust.completeness;
        said.newest = newest;
        let how_far = match self.searched {
            Some(range) => format!("from {} to {}", range.from.rfc3339(), range.to.rfc3339()),
            None => "in all records".to_string(),
        };
        if let Some(newest) = newest.filter(|_| may_arrive) {
            let age = crate::model::printable::age(known.clock.millis() - newest.millis());
            said.note(format!("the newest record of all is of {} ({age} ago): a request after it has not arrived yet", newest.rfc3339()));
        }
        if !said.complete {
            said.note("nothing further back was searched, as the cluster does not answer whole");
        }
        if !alike.is_empty() {
            said.note(format!("ids that begin alike: {}", alike.join(", ")));
        }
        said.note(format!("no record of {} was found in {} {how_far}; look further back with --from", self.params.id.text(), known.target));
        TraceAnswer { trace: None, searched: self.searched, may_arrive, usual: None, completeness: std::mem::take(said) }
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
        if matches!(self.stage, Stage::Sampling | Stage::Comparing) {
            return Ok(self.compared(known, outcomes));
        }
        let replies = match replies(known, outcomes, &mut self.trust) {
            // What was found already is not lost for it.
            Err(fault) if self.stage == Stage::Straying => {
                self.trust.completeness.missing(format!("whether hosts whose clocks are hours off wrote of it as well is not known: {fault}"));
                Vec::new()
            }
            replies => replies?,
        };
        if self.stage == Stage::Wondering {
            return Ok(Step::Done(self.not_found(known, &replies)));
        }
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
