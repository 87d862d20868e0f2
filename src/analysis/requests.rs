//! Which records make one request: those under one id, parted where the id stands for several.

use super::assemble::Marks;
use super::outside::{addressed, mentioned};
use super::spans::Draft;
use super::told::asked_by;
use crate::model::{LogRecord, SpanKind, Timestamp};
use std::collections::{HashMap, HashSet};

/// Records of one service under one id.
pub struct Group<'a> {
    /// Whose.
    pub service: &'a str,
    /// Which.
    pub id: &'a str,
    /// The id is the request's, and no span's.
    pub of_request: bool,
    /// Their places among all records.
    pub places: Vec<usize>,
}

/// Some loggers write the request's id in its first record alone: what the same instance writes beside it, where it serves no other
/// request, belongs to it. What belongs to none is left.
pub fn join_requests(nameless: Vec<usize>, records: &[LogRecord], groups: &mut [Group<'_>]) -> Vec<usize> {
    // Service -> its only group, or none where it has several.
    let mut only: HashMap<&str, Option<usize>> = HashMap::new();
    for (at, group) in groups.iter().enumerate() {
        only.entry(group.service).and_modify(|known| *known = None).or_insert(Some(at));
    }
    let host_of = |at: usize| records.get(at).and_then(|record| record.host.as_deref());
    let joins = |group: &&mut Group<'_>, at: usize| {
        let first = group.places.first().and_then(|first| host_of(*first));
        group.of_request && !group.service.is_empty() && first == host_of(at)
    };
    let mut left = Vec::new();
    for at in nameless {
        let service = records.get(at).and_then(|record| record.service.as_deref()).unwrap_or_default();
        let group = only.get(service).copied().flatten().and_then(|group| groups.get_mut(group));
        match group.filter(|group| joins(group, at)) {
            Some(group) => group.places.push(at),
            None => left.push(at),
        }
    }
    left
}

pub fn begins(record: &LogRecord, mark: &str) -> bool {
    record.message.as_deref().is_some_and(|m| m.starts_with(mark))
}

pub fn closes(record: &LogRecord, marks: Marks) -> bool {
    begins(record, marks.completion) || (record.is_request() && record.duration_ms.is_some())
}

/// Two records of one moment, ms.
const SAME_MS: f64 = 2.0;

/// Some loggers have one record for how a request ended and what it raised.
pub fn closes_raising(record: &LogRecord) -> bool {
    record.status.is_some() && record.duration_ms.is_some() && record.exception.is_some()
}

/// When the request that a closing record closes began, by its own measure.
fn began(record: &LogRecord) -> Option<Timestamp> {
    let ms = record.duration_ms.filter(|ms| ms.is_finite() && *ms >= 0.0)?;
    Some(Timestamp::from_nanos(record.ended().nanos().saturating_sub((ms * 1e6) as i64)))
}

/// One id may stand for several requests (retries that hand on the caller's id): each start with the completion that fits it
/// best, and every other record where it falls.
pub fn requests_in(records: &[LogRecord], places: Vec<usize>, marks: Marks) -> Vec<Vec<usize>> {
    let of = |test: &dyn Fn(&LogRecord) -> bool| places.iter().copied().filter(|at| records.get(*at).is_some_and(test)).collect::<Vec<_>>();
    let starts = of(&|r| begins(r, marks.start));
    let mut ends = of(&|r| closes(r, marks));
    let time = |at: usize| records.get(at).map(LogRecord::ended).unwrap_or_default();
    if starts.is_empty() {
        // An exception may be told of on its own, within the request in which it was raised.
        let edges = |at: usize| (records.get(at).and_then(began).unwrap_or_else(|| time(at)), time(at));
        let closed: Vec<(Timestamp, Timestamp)> = ends.iter().map(|at| edges(*at)).collect();
        let encloses =
            |(from, to): &(Timestamp, Timestamp), at| from.millis_since(edges(at).0) <= SAME_MS && edges(at).1.millis_since(*to) <= SAME_MS;
        let apart = |at: &usize| !closed.iter().any(|request| encloses(request, *at));
        ends.extend(of(&closes_raising).into_iter().filter(apart));
        ends.sort_unstable();
    }
    if starts.len() <= 1 && ends.len() <= 1 {
        return vec![places];
    }
    // Each request as (start record, closing record).
    let mut requests: Vec<(Option<usize>, Option<usize>)> = starts.iter().map(|at| (Some(*at), None)).collect();
    for end in ends {
        let from = records.get(end).and_then(began);
        let fits = |(start, closed): &(Option<usize>, Option<usize>)| {
            let start = start.filter(|_| closed.is_none()).map(time).filter(|start| *start <= time(end))?;
            Some(from.map_or(time(end).millis_since(start), |from| from.millis_since(start).abs()))
        };
        let best = requests.iter().enumerate().filter_map(|(i, r)| Some((i, fits(r)?))).min_by(|a, b| a.1.total_cmp(&b.1));
        // A completion that no start is near to is of a request whose start record is missing.
        match best.filter(|(_, off)| from.is_none() || *off <= 250.0).and_then(|(i, _)| requests.get_mut(i)) {
            Some(request) => request.1 = Some(end),
            None => requests.push((None, Some(end))),
        }
    }
    let edges: Vec<(Timestamp, Option<Timestamp>)> = requests
        .iter()
        .map(|(start, end)| {
            let closed = end.map(time);
            let opened = start.map(time).or(end.and_then(|at| records.get(at).and_then(began))).or(closed).unwrap_or_default();
            (opened, closed)
        })
        .collect();
    let mut parts: Vec<Vec<usize>> = requests.iter().map(|(start, end)| start.iter().chain(end).copied().collect()).collect();
    let taken: HashSet<usize> = parts.iter().flatten().copied().collect();
    for at in places.into_iter().filter(|at| !taken.contains(at)) {
        let when = time(at);
        let within = |(from, to): &(Timestamp, Option<Timestamp>)| *from <= when && to.is_none_or(|to| when <= to);
        let latest = edges.iter().enumerate().filter(|(_, edge)| within(edge)).max_by_key(|(_, (from, _))| *from);
        let nearest = || {
            edges
                .iter()
                .enumerate()
                .min_by_key(|(_, (from, to))| (from.nanos() - when.nanos()).abs().min((to.unwrap_or(*from).nanos() - when.nanos()).abs()))
        };
        if let Some(part) = latest.or_else(nearest).and_then(|(i, _)| parts.get_mut(i)) {
            part.push(at);
        }
    }
    parts.iter_mut().for_each(|part| part.sort_unstable());
    parts
}

/// Of the requests under one id those without a path that lie within one that has one are calls that it made itself.
pub fn calls_out_of(requests: &mut [Draft], id: &str, records: &[LogRecord]) {
    let served = |d: &Draft| d.records.iter().filter_map(|at| records.get(*at)).any(|r| r.path.is_some());
    let edges = |d: &Draft| (d.span.start, d.span.end());
    let serving: Vec<(Timestamp, Timestamp)> = requests.iter().filter(|d| served(d)).map(edges).collect();
    for request in requests.iter_mut().filter(|d| d.named_parent.is_none() && !served(d)) {
        let (from, to) = edges(request);
        if serving.iter().any(|(start, end)| *start < from && to.millis_since(*end) <= SAME_MS) {
            request.named_parent = Some(id.to_string());
            // Nobody was served by it: what its record says is what became of the call.
            let closing = request.records.iter().rev().filter_map(|at| records.get(*at)).find(|r| r.is_request());
            request.span.said = closing.and_then(|r| r.message.clone());
            request.span.peer = closing.and_then(|r| asked_by(r).map(|name| addressed(&name)).or_else(|| mentioned(r.message.as_deref()?, &[])));
            if request.span.peer.is_some() {
                request.span.kind = SpanKind::Client;
            }
        }
    }
}

/// So many requests of one service are looked at for the one that a call lies in.
const MOST_AROUND: usize = 64;

/// Start and end of a request, and its id.
type Serving = ((Timestamp, Timestamp), String);

/// Calls that have an id of their own, and one record, which names whom they asked: they hang under the request of their service in
/// which they lie, for nobody else's are they.
pub fn calls_beside(drafts: &mut [Draft], from: usize, records: &[LogRecord]) {
    let Some(inferred) = drafts.get(from..) else { return };
    let edges = |d: &Draft| (d.span.start, d.span.end());
    let mut serving: HashMap<String, Vec<Serving>> = HashMap::new();
    for draft in inferred.iter().filter(|d| d.is_request) {
        serving.entry(draft.span.service.clone()).or_default().push((edges(draft), draft.span.id.clone()));
    }
    serving.values_mut().for_each(|requests| requests.sort());
    for draft in drafts.iter_mut().skip(from).filter(|d| d.named_parent.is_none() && !d.is_request) {
        let [only] = draft.records.as_slice() else { continue };
        let is_call = |r: &&LogRecord| r.status.is_none() && r.peer.is_some() && r.duration_ms.is_some();
        let Some(record) = records.get(*only).filter(is_call) else { continue };
        let (start, end) = edges(draft);
        let requests = serving.get(&draft.span.service).map(Vec::as_slice).unwrap_or_default();
        // Of those that began before it the latest ones: a bound for services with thousands of requests in one trace.
        let before = requests.partition_point(|((from, _), _)| from.millis_since(start) <= SAME_MS);
        let around = |((_, to), _): &&Serving| end.millis_since(*to) <= SAME_MS;
        let Some((_, id)) = requests.get(..before).unwrap_or_default().iter().rev().take(MOST_AROUND).find(around) else { continue };
        draft.named_parent = Some(id.clone());
        draft.span.kind = SpanKind::Client;
        draft.span.peer = record.peer.clone();
        draft.span.said = record.message.clone();
        let outcome = record.fields.get("event").and_then(|event| event.get("outcome")).and_then(|outcome| outcome.as_str());
        draft.span.failed = record.is_error() || outcome == Some("failure");
    }
}
