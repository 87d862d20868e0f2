//! Failing traces: a sample over the whole range, read whole, by shape.

use super::clauses::{error_record, failed};
use super::gather::traces;
use super::paging::Paging;
use super::trust::{Trust, replies};
use super::{Known, Outcome, Question, Scope, Step};
pub use crate::analysis::shapes::{Shape, Summary};
use crate::analysis::shapes::{group, summary};
use crate::model::{Completeness, Fault, Level, TimeRange, Timestamp};
use crate::query::{Agg, Clause, Order, Search};
use crate::schema::{Field, read_record};
use std::collections::HashSet;

/// What to answer.
#[derive(Clone, PartialEq, Debug)]
pub struct TracesParams {
    /// Which records.
    pub scope: Scope,
    /// Take at most so many failing records.
    pub sample: usize,
    /// Read at most so many traces whole.
    pub most_traces: usize,
    /// Error records in more than so many services.
    pub services: usize,
    /// From which level on a record is an error.
    pub level: Level,
    /// Print at most so many traces.
    pub limit: usize,
}

/// Failing records taken by default.
pub const SAMPLE: usize = 2000;
/// Traces read whole by default.
pub const MOST_TRACES: usize = 300;
/// The range is sampled in so many slices, for errors come in bursts.
const SLICES: i64 = 20;
/// A trace whose last sign of life is younger may still be running.
const RUNNING_MS: i64 = 10_000;
/// A request that began before the range may fail in it.
const BEFORE_MS: i64 = 60_000;

/// The answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Traces {
    /// Over which range.
    pub range: TimeRange,
    /// Not every failing record, or not every trace of them, was looked at.
    pub sampled: bool,
    /// Failing records in the range.
    pub errors_total: u64,
    /// Traces read.
    pub traces_seen: u64,
    /// Of those not counted, because they may still be running.
    pub running: u64,
    /// Most frequent first.
    pub shapes: Vec<Shape>,
    /// Newest first, cut to the limit.
    pub traces: Vec<Summary>,
    /// How far it can be trusted.
    pub completeness: Completeness,
}

#[derive(Default)]
enum Stage {
    #[default]
    Sampling,
    Reading(Box<Reading>),
}

struct Reading {
    paging: Paging,
    ids: HashSet<String>,
    sampled: bool,
    errors_total: u64,
}

/// The question.
pub struct TracesQuestion {
    params: TracesParams,
    stage: Stage,
    trust: Trust,
}

/// The fields that a shape needs.
const READ: [Field; 25] = [
    Field::Timestamp,
    Field::Level,
    Field::Service,
    Field::TraceId,
    Field::SpanId,
    Field::RequestId,
    Field::Message,
    Field::Method,
    Field::Path,
    Field::Status,
    Field::Duration,
    Field::ExceptionType,
    Field::ExceptionMessage,
    Field::Pod,
    Field::Host,
    // What lies beneath an exception is often only in its stack.
    Field::Stacktrace,
    Field::ParentId,
    Field::SpanName,
    Field::SpanKind,
    Field::Outcome,
    Field::StartMicros,
    Field::End,
    Field::Peer,
    Field::Database,
    Field::Url,
];

impl TracesQuestion {
    /// With these parameters.
    pub fn new(params: TracesParams) -> TracesQuestion {
        TracesQuestion { params, stage: Stage::Sampling, trust: Trust::default() }
    }

    /// How many records a slice may give.
    fn per_slice(&self) -> usize {
        (self.params.sample / SLICES as usize).clamp(1, 10_000)
    }

    fn first(&self, known: &Known) -> Vec<Search> {
        let (range, _) = self.params.scope.at(known.clock);
        let each = self.per_slice();
        let mut searches = Vec::new();
        for group in known.schemas.counted() {
            let bad = Clause::Either(vec![error_record(self.params.level), failed(&group.map, self.params.level)]);
            let clauses = |range| {
                let mut clauses = vec![Clause::During(range), bad.clone()];
                clauses.extend(self.params.scope.all_clauses());
                clauses
            };
            let all = Agg::Filter { clause: Clause::Every(Vec::new()), subs: Vec::new() };
            searches.push(Search::counting(group, clauses(range), vec![("all", all)]));
            for slice in range.slices(SLICES) {
                let mut with_trace = clauses(slice);
                with_trace.push(Clause::Exists(Field::TraceId));
                searches.push(Search::listing(group, with_trace, each, Order::Newest).only(&[Field::TraceId, Field::Timestamp]));
            }
        }
        searches
    }

    fn read_sample(&mut self, known: &Known, outcomes: Vec<Outcome>) -> Result<Step<Traces>, Fault> {
        let (range, _) = self.params.scope.at(known.clock);
        let replies = replies(known, outcomes, &mut self.trust)?;
        let per_group = range.slices(SLICES).len() + 1;
        let each = self.per_slice();
        let mut errors_total = 0;
        let mut sampled = false;
        let mut found: Vec<(Timestamp, String)> = Vec::new();
        for (group, replies) in known.schemas.counted().zip(replies.chunks(per_group)) {
            for reply in replies {
                errors_total += reply.one("all").map_or(0, |all| all.count);
                sampled |= reply.hits.len() >= each;
                let records = reply.hits.iter().map(|hit| read_record(&group.map, hit.fields.clone()));
                found.extend(records.filter_map(|record| Some((record.timestamp, record.trace_id?))));
            }
        }
        found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let mut seen = HashSet::new();
        let mut ids: Vec<String> = found.into_iter().map(|(_, id)| id).filter(|id| seen.insert(id.clone())).collect();
        if ids.len() > self.params.most_traces {
            // From the whole range, not only from its end.
            sampled = true;
            ids = evenly(ids, self.params.most_traces);
        }
        if ids.is_empty() {
            return Ok(Step::Done(self.answer(known, Vec::new(), sampled, errors_total)));
        }
        let around = TimeRange { from: range.from.plus_millis(-BEFORE_MS), to: range.to };
        let clause = Clause::AnyOf(Field::TraceId, ids.clone());
        let mut paging = Paging::new(known.schemas.groups.iter(), &|_| vec![clause.clone()], Some(around), Order::Oldest, 200_000).only(&READ);
        let searches = paging.next();
        self.stage = Stage::Reading(Box::new(Reading { paging, ids: ids.into_iter().collect(), sampled, errors_total }));
        Ok(Step::Ask(searches))
    }

    fn read_traces(&mut self, known: &Known, mut reading: Box<Reading>, outcomes: Vec<Outcome>) -> Result<Step<Traces>, Fault> {
        reading.paging.take(replies(known, outcomes, &mut self.trust)?);
        let searches = reading.paging.next();
        if !searches.is_empty() {
            self.stage = Stage::Reading(reading);
            return Ok(Step::Ask(searches));
        }
        let Reading { paging, ids, sampled, errors_total } = *reading;
        let (records, more) = paging.finish();
        if more {
            self.trust.completeness.missing("the sampled traces have more than 200,000 records: some are not read whole");
        }
        let asked_for = records.into_iter().filter(|record| record.trace_id.as_ref().is_some_and(|id| ids.contains(id)));
        let summaries = traces(known, asked_for).map(|trace| summary(&trace)).collect();
        Ok(Step::Done(self.answer(known, summaries, sampled, errors_total)))
    }

    fn answer(&mut self, known: &Known, summaries: Vec<Summary>, sampled: bool, errors_total: u64) -> Traces {
        let (range, _) = self.params.scope.at(known.clock);
        let young = known.clock.plus_millis(-RUNNING_MS);
        let (running, mut seen): (Vec<Summary>, Vec<Summary>) = summaries.into_iter().partition(|one| one.open && one.newest > young);
        seen.retain(|one| one.error_services.len() > self.params.services || self.params.services == 0);
        seen.sort_by(|a, b| b.start.cmp(&a.start).then_with(|| a.trace_id.cmp(&b.trace_id)));
        let shapes = group(&seen);
        let traces_seen = seen.len() as u64;
        self.trust.is_beyond(range, known);
        let mut completeness = std::mem::take(&mut self.trust.completeness);
        if sampled {
            completeness.note(format!("{traces_seen} failing traces were read, a sample over the whole range; {errors_total} records fail in it"));
        }
        if seen.len() > self.params.limit {
            completeness.note(format!("the newest {} of {} traces are listed", self.params.limit, seen.len()));
            seen.truncate(self.params.limit);
        }
        completeness.newest = completeness.newest.max(seen.iter().map(|one| one.newest).max());
        Traces { range, sampled, errors_total, traces_seen, running: running.len() as u64, shapes, traces: seen, completeness }
    }
}

/// So many of a list, spread over all of it.
fn evenly(ids: Vec<String>, wanted: usize) -> Vec<String> {
    let all = ids.len();
    ids.into_iter().enumerate().filter(|(i, _)| (i * wanted) / all != ((i + 1) * wanted) / all).map(|(_, id)| id).collect()
}

impl Question for TracesQuestion {
    type Answer = Traces;

    fn start(&mut self, known: &Known) -> Result<Step<Traces>, Fault> {
        self.params.scope.refuse_unknown_fields(known)?;
        let searches = self.first(known);
        if searches.is_empty() { Ok(Step::Done(self.answer(known, Vec::new(), false, 0))) } else { Ok(Step::Ask(searches)) }
    }

    fn resume(&mut self, known: &Known, outcomes: Vec<Outcome>) -> Result<Step<Traces>, Fault> {
        match std::mem::take(&mut self.stage) {
            Stage::Sampling => self.read_sample(known, outcomes),
            Stage::Reading(reading) => self.read_traces(known, reading, outcomes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::evenly;

    #[test]
    fn a_sample_is_spread_over_the_whole_list() {
        let ids: Vec<String> = (0..10).map(|i| i.to_string()).collect();
        assert_eq!(evenly(ids.clone(), 5), ["1", "3", "5", "7", "9"]);
        assert_eq!(evenly(ids, 10).len(), 10);
    }
}
