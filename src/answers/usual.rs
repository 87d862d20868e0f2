//! What the same request usually is like: a sample of it from the hours before, read whole, less the time in which it took longer.

use super::Known;
use super::gather::{trace_id, traces};
use super::paging::Paging;
use crate::model::printable::millis;
use crate::model::{LogRecord, Span, SpanKind, TimeRange, Trace};
use crate::query::{Clause, Order, Reply, Search};
use crate::schema::{Field, FieldMap};
use std::collections::{BTreeMap, BTreeSet};

/// The same root operation over a quieter time.
#[derive(Clone, PartialEq, Debug)]
pub struct Usual {
    /// When.
    pub range: TimeRange,
    /// How many traces of it were read.
    pub traces: usize,
    /// How long it took as a whole: half of them less, one in twenty more.
    pub p50_ms: f64,
    /// See `p50_ms`.
    pub p95_ms: f64,
    /// The services' parts, the one that is furthest above its usual first.
    pub parts: Vec<UsualPart>,
    /// Services in most of those traces, and not in this one.
    pub missing: Vec<String>,
    /// Services in this one, and in none of those.
    pub new: Vec<String>,
}

/// One service's own time in a request.
#[derive(Clone, PartialEq, Debug)]
pub struct UsualPart {
    /// Whose.
    pub service: String,
    /// Usually.
    pub p50_ms: f64,
    /// One in twenty takes longer.
    pub p95_ms: f64,
    /// In this trace.
    pub now_ms: f64,
}

/// The sample lies before the trace: from so long to so long before it, ms.
const FROM_MS: i64 = 245 * 60_000;
const TO_MS: i64 = 5 * 60_000;
const SLICES: i64 = 8;
const PER_SLICE: usize = 8;
/// A half hour in which it took this much longer than in half of them is no usual one: it may be of the incident itself.
const UNUSUAL: f64 = 1.5;
/// Fewer traces than this say nothing of a usual.
const FEW: usize = 5;
const MOST_RECORDS: usize = 20_000;

fn range_of(trace: &Trace) -> TimeRange {
    let start = trace.edges().0;
    TimeRange { from: start.plus_millis(-FROM_MS), to: start.plus_millis(-TO_MS) }
}

fn root(trace: &Trace) -> Option<&Span> {
    trace.spans.iter().filter(|s| s.parent.is_none() && s.kind == SpanKind::Service).max_by(|a, b| a.duration_ms.total_cmp(&b.duration_ms))
}

/// Searches for other traces of the same root operation; none where it cannot be named.
pub fn sample(known: &Known, trace: &Trace) -> Vec<Search> {
    let Some(root) = root(trace) else { return Vec::new() };
    let range = range_of(trace);
    let at = trace.spans.iter().position(|s| s.id == root.id).unwrap_or(0);
    let path = trace.own.get(at).into_iter().flatten().find_map(|i| trace.records.get(*i)?.path.clone());
    let mut searches = Vec::new();
    for group in &known.schemas.groups {
        let Some(operation) = operation(&group.map, root, path.as_deref()) else { continue };
        for slice in range.slices(SLICES) {
            let clauses = vec![Clause::During(slice), Clause::is(Field::Service, &root.service), operation.clone(), Clause::Exists(Field::TraceId)];
            searches.push(Search::listing(group, clauses, PER_SLICE, Order::Newest).only(&[Field::TraceId]));
        }
    }
    searches
}

/// What tells the records (or spans) of an operation that went well from others of its service.
fn operation(map: &FieldMap, root: &Span, path: Option<&str>) -> Option<Clause> {
    if root.inferred && map.countable(&Field::Path) && map.has(&Field::Status) {
        return Some(Clause::Every(vec![Clause::is(Field::Path, path?), Clause::Below(Field::Status, 500.0)]));
    }
    (!root.inferred && map.countable(&Field::SpanName)).then(|| Clause::is(Field::SpanName, &root.name))
}

/// The ids in the sample.
pub fn ids(searches: &[Search], replies: &[Reply], trace: &Trace) -> Vec<String> {
    let listed = searches.iter().zip(replies).flat_map(|(search, reply)| reply.hits.iter().filter_map(|hit| trace_id(search, hit)));
    let mut ids: BTreeSet<String> = listed.map(str::to_string).collect();
    ids.remove(&trace.trace_id);
    ids.into_iter().collect()
}

/// Reads those traces whole.
pub fn reading(known: &Known, ids: &[String], trace: &Trace) -> Paging {
    let clause = Clause::AnyOf(Field::TraceId, ids.to_vec());
    let range = range_of(trace);
    let around = TimeRange { from: range.from.plus_millis(-60_000), to: range.to.plus_millis(60_000) };
    Paging::new(known.schemas.groups.iter(), &|_| vec![clause.clone()], Some(around), Order::Oldest, MOST_RECORDS)
}

/// What is usual by those records; `None` when they are too few.
pub fn usual(known: &Known, trace: &Trace, records: Vec<LogRecord>) -> Option<Usual> {
    let others = of_usual_times(range_of(trace), traces(known, records).collect());
    let mut whole: Vec<f64> = others.iter().filter_map(|other| root(other).map(|root| root.duration_ms)).collect();
    if whole.len() < FEW {
        return None;
    }
    let now = own_times(trace);
    let mut usual: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for other in &others {
        for (service, ms) in own_times(other) {
            usual.entry(service).or_default().push(ms);
        }
    }
    let missing = usual
        .iter()
        .filter(|(service, times)| times.len() * 2 > others.len() && !now.contains_key(*service))
        .map(|(service, _)| service.clone())
        .collect();
    let new = now.keys().filter(|service| !usual.contains_key(*service)).cloned().collect();
    let mut parts: Vec<UsualPart> = now
        .into_iter()
        .filter_map(|(service, now_ms)| {
            let mut times = usual.remove(&service)?;
            Some(UsualPart { p50_ms: rank(&mut times, 0.5), p95_ms: rank(&mut times, 0.95), now_ms, service })
        })
        .collect();
    parts.sort_by(|a, b| (b.now_ms - b.p50_ms).total_cmp(&(a.now_ms - a.p50_ms)));
    Some(Usual { range: range_of(trace), traces: whole.len(), p50_ms: rank(&mut whole, 0.5), p95_ms: rank(&mut whole, 0.95), parts, missing, new })
}

/// The traces of those parts of the range in which they took about as long as in half of its parts, or less.
fn of_usual_times(range: TimeRange, others: Vec<Trace>) -> Vec<Trace> {
    let slices = range.slices(SLICES);
    let slice_of = |trace: &Trace| slices.iter().position(|slice| slice.contains(trace.edges().0));
    let mut times: BTreeMap<Option<usize>, Vec<f64>> = BTreeMap::new();
    for other in &others {
        times.entry(slice_of(other)).or_default().extend(root(other).map(|root| root.duration_ms));
    }
    let medians: BTreeMap<Option<usize>, f64> = times.into_iter().filter(|(_, t)| !t.is_empty()).map(|(at, mut t)| (at, rank(&mut t, 0.5))).collect();
    let mut usual: Vec<f64> = medians.values().copied().collect();
    usual.sort_by(f64::total_cmp);
    let Some(middle) = usual.get(usual.len().saturating_sub(1) / 2).copied() else { return others };
    others.into_iter().filter(|other| medians.get(&slice_of(other)).is_some_and(|median| *median <= UNUSUAL * middle)).collect()
}

/// Each service's own time in a trace: what its spans did not spend waiting for others of it.
fn own_times(trace: &Trace) -> BTreeMap<String, f64> {
    let mut times = BTreeMap::new();
    // Waiting for somebody who writes nothing is the waiting service's.
    for (i, span) in trace.spans.iter().enumerate().filter(|(_, s)| s.kind != SpanKind::External) {
        let outside =
            trace.children.get(i).into_iter().flatten().filter_map(|child| trace.spans.get(*child)).filter(|s| s.kind == SpanKind::External);
        *times.entry(span.service.clone()).or_insert(0.0) += span.self_ms + outside.map(|s| s.self_ms).sum::<f64>();
    }
    times
}

/// The value at a rank of a list that is not empty.
fn rank(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = ((values.len().saturating_sub(1)) as f64 * share).round() as usize;
    values.get(at).copied().unwrap_or(0.0)
}

/// What is unusual, in a sentence or two.
pub fn sentences(usual: &Usual) -> Vec<String> {
    let over = usual.parts.first().filter(|part| part.now_ms > 2.0 * part.p95_ms.max(1.0));
    let most =
        over.map_or(String::new(), |part| format!("; {} of its own {} ms here, usual {}", part.service, millis(part.now_ms), millis(part.p50_ms)));
    let mut said = vec![format!(
        "usual of this request ({} traces of the hours before): p50 {} ms, p95 {} ms{most}",
        usual.traces,
        millis(usual.p50_ms),
        millis(usual.p95_ms)
    )];
    if !usual.missing.is_empty() {
        said.push(format!("usually here, missing now: {}", usual.missing.join(", ")));
    }
    if !usual.new.is_empty() {
        said.push(format!("not usually here: {}", usual.new.join(", ")));
    }
    said
}
