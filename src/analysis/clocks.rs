//! Clocks that must be wrong: children before their parents, answers before their questions.
//!
//! A caller that waits contains what it waits for. Where it does not, the clock of the callee's host must be wrong by at least
//! what is missing and at most what is left over: each pair bounds the shift from both sides (as in Cristian, "Probabilistic
//! clock synchronization", 1989, with the call as the message). Times stay as recorded; the shift is what would have to be
//! added to them.

use super::nesting::{Edges, Nest, SLACK, contains, mentions};
use super::spans::{Draft, duration};
use crate::model::{ClockShift, LogRecord, SpanKind};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A shift of less than this is not worth a word, ns.
const NOTICEABLE: i64 = 5_000_000;
const HOUR: i64 = 3_600_000_000_000;

/// The clock a span's times are of: its host's, or its service's where no host is known.
pub fn clock_of(draft: &Draft) -> &str {
    draft.span.host.as_deref().unwrap_or(&draft.span.service)
}

/// The wrong clocks, and each span's edges with their shifts added.
pub fn find(drafts: &[Draft], records: &[LogRecord], nests: &[Nest]) -> (Vec<ClockShift>, Edges) {
    let mut edges: Edges = drafts.iter().map(|d| (d.span.start.nanos(), d.span.end().nanos())).collect();
    let mut shifts = measured(drafts, nests, &mut edges);
    let known: Vec<String> = shifts.iter().map(|s| s.host.clone()).collect();
    shifts.extend(inferred(drafts, records, nests, &mut edges, &known));
    shifts.sort_by(|a, b| a.host.cmp(&b.host));
    (shifts, edges)
}

/// From pairs whose parent is named: clock after clock, away from the roots.
fn measured(drafts: &[Draft], nests: &[Nest], edges: &mut Edges) -> Vec<ClockShift> {
    let mut by_clock: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, draft) in drafts.iter().enumerate() {
        by_clock.entry(clock_of(draft)).or_default().push(i);
    }
    if by_clock.len() < 2 {
        return Vec::new();
    }
    let mut waiting: Vec<usize> = (0..drafts.len()).filter(|i| nests.get(*i).is_some_and(|n| n.parent.is_none())).collect();
    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    for (i, nest) in nests.iter().enumerate() {
        if let Some(parent) = nest.parent {
            children.entry(parent).or_default().push(i);
        }
    }
    let mut known: HashSet<&str> = HashSet::new();
    let mut shifts = Vec::new();
    // The clock of a root is taken as right.
    for root in &waiting {
        known.insert(drafts.get(*root).map_or("", clock_of));
    }
    while !waiting.is_empty() {
        let mut next: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
        let mut deeper = Vec::new();
        for parent in waiting.drain(..) {
            for child in children.get(&parent).into_iter().flatten() {
                deeper.push(*child);
                let Some(draft) = drafts.get(*child) else { continue };
                if !known.contains(clock_of(draft))
                    && (draft.is_request || draft.detached)
                    && drafts.get(parent).is_some_and(|p| clock_of(p) != clock_of(draft))
                {
                    next.entry(clock_of(draft)).or_default().push((parent, *child));
                }
            }
        }
        for (clock, pairs) in next {
            known.insert(clock);
            let bounds = pairs.iter().filter_map(|(parent, child)| {
                let (caller, callee, outer, own) = (drafts.get(*parent)?, drafts.get(*child)?, *edges.get(*parent)?, *edges.get(*child)?);
                // Only a caller's own side of a call waits for an answer: what another span set off may begin after it ended, but
                // not by a zone's hours.
                let set_off = (outer.1 + 1..outer.1 + HOUR / 2).contains(&own.0) && caller.span.kind != SpanKind::Client;
                bounds(outer, own, callee.detached || set_off)
            });
            let both = bounds.fold((i64::MIN, i64::MAX), |(low, high), (l, h)| (low.max(l), high.min(h)));
            if let Some(shift) = shift(both) {
                shifts.push(put_right(clock, shift, by_clock.get(clock).map(Vec::as_slice).unwrap_or_default(), edges));
            }
        }
        waiting = deeper;
    }
    shifts
}

/// By how much a child would have to be moved to lie within its parent: at least and at most, ns. One that outlives its
/// parent is bound by its start alone; one that nobody waits for only must not begin before.
fn bounds(parent: (i64, i64), child: (i64, i64), detached: bool) -> Option<(i64, i64)> {
    let low = parent.0 - child.0;
    let high = parent.1 - child.1;
    if detached {
        return (low > SLACK).then_some((low, low + (parent.1 - parent.0).max(0)));
    }
    if low <= high + SLACK { Some((low, high.max(low))) } else { Some((low, parent.1 - child.0)).filter(|(low, high)| low <= high) }
}

/// The shift in the middle of its bounds and how far off it may be; `None` when no shift is needed.
fn shift((low, high): (i64, i64)) -> Option<(i64, i64)> {
    if low > high || (low <= SLACK && high >= -SLACK) {
        return None;
    }
    settled(low + (high - low) / 2, (low, high))
}

/// A shift within its bounds, a whole number of hours where that is possible (a zone's), and how far off it may be; `None`
/// when it is not worth a word.
fn settled(wanted: i64, (low, high): (i64, i64)) -> Option<(i64, i64)> {
    let hours = (wanted as f64 / HOUR as f64).round() as i64 * HOUR;
    let shift = if hours != 0 && (low - SLACK..=high + SLACK).contains(&hours) { hours } else { wanted };
    (shift.abs() >= NOTICEABLE).then_some((shift, (high - shift).max(shift - low).max(0) + SLACK))
}

/// Moves a clock's spans, and says so.
fn put_right(clock: &str, (shift, plus_minus): (i64, i64), spans: &[usize], edges: &mut Edges) -> ClockShift {
    apply(shift, spans, edges);
    ClockShift { host: clock.to_string(), shift_ms: shift as f64 / 1e6, plus_minus_ms: plus_minus as f64 / 1e6 }
}

fn apply(shift: i64, spans: &[usize], edges: &mut Edges) {
    for at in spans {
        if let Some(edge) = edges.get_mut(*at) {
            *edge = (edge.0.saturating_add(shift), edge.1.saturating_add(shift));
        }
    }
}

/// From requests that nobody contains: the clock is wrong whose moving brings most of them to a place.
///
/// Where exactly a request began is not known: the plus-minus leaves it the whole of the trace.
fn inferred(drafts: &[Draft], records: &[LogRecord], nests: &[Nest], edges: &mut Edges, known: &[String]) -> Vec<ClockShift> {
    let alone = |i: &usize| drafts.get(*i).is_some_and(|d| d.span.inferred && d.is_request) && nests.get(*i).is_some_and(|n| n.parent.is_none());
    let mut requests: Vec<usize> = (0..drafts.len()).filter(alone).collect();
    // What is done without a request, from a queue, may call others at any time: that needs no other clock.
    let works = |d: &&Draft| d.span.inferred && !d.is_request;
    let done: Vec<&Draft> = drafts.iter().filter(works).take(MOST_REQUESTS).collect();
    requests.retain(|i| {
        let Some((draft, own)) = drafts.get(*i).zip(edges.get(*i)) else { return false };
        let soon = |worker: &&Draft| (worker.span.start.nanos()..=worker.span.end().nanos() + SOON_AFTER).contains(&own.0);
        !done.iter().any(|worker| worker.span.service != draft.span.service && clock_of(worker) != clock_of(draft) && soon(worker))
    });
    let mut fixed: BTreeSet<&str> = known.iter().map(String::as_str).collect();
    let mut shifts = Vec::new();
    if requests.len() > MOST_REQUESTS {
        return shifts;
    }
    let clocks: BTreeSet<&str> = requests.iter().filter_map(|i| drafts.get(*i)).map(clock_of).collect();
    loop {
        // One request is the whole: it needs no caller.
        let before = lost(&requests, drafts, edges);
        if before <= 1 {
            return shifts;
        }
        let open = clocks.iter().copied().filter(|clock| !fixed.contains(clock));
        let moves = open.flat_map(|clock| moves(clock, &requests, drafts, records, edges));
        let tried = moves.map(|m| {
            let mut moved = edges.clone();
            apply(m.shift, &spans_of(m.clock, drafts), &mut moved);
            (lost(&requests, drafts, &moved).max(1), m)
        });
        let best = tried.filter(|(left, _)| *left < before).min_by_key(|(left, m)| (*left, m.rank, !m.named, m.shift.abs() / NEAR, m.room, m.clock));
        let Some((_, best)) = best else { return shifts };
        fixed.insert(best.clock);
        // Of what is so little beside what is not known nothing can be said.
        let tells = |(shift, plus_minus): &(i64, i64)| shift.abs() >= NEAR / 2 || shift.abs() >= plus_minus / LEAST_PART;
        if let Some(shift) = settled(best.shift, best.bounds).filter(tells) {
            shifts.push(put_right(best.clock, shift, &spans_of(best.clock, drafts), edges));
        }
    }
}

/// A worker asks others so soon after it wrote, ns.
const SOON_AFTER: i64 = 100_000_000;
/// Shifts that differ by less are of one size, ns: the smaller a shift the likelier.
const NEAR: i64 = 2_000_000_000;
/// A shift of less than this part of its plus-minus is none.
const LEAST_PART: i64 = 10;
/// More requests than this are not tried against each other.
const MOST_REQUESTS: usize = 150;

/// A clock moved so that a request of it lies where somebody may have waited for it.
struct Move<'a> {
    clock: &'a str,
    shift: i64,
    /// What the shift can be at least and at most.
    bounds: (i64, i64),
    /// How much room the silence leaves: the less the likelier.
    room: i64,
    /// The caller's records speak of the service.
    named: bool,
    /// 0: it fits into a silence; 1: it is put around all others, its own being the clock that everything hangs on; 2: it
    /// outlives the silence that it begins in.
    rank: u8,
}

fn spans_of(clock: &str, drafts: &[Draft]) -> Vec<usize> {
    (0..drafts.len()).filter(|i| drafts.get(*i).is_some_and(|d| clock_of(d) == clock)).collect()
}

/// How many requests lie in no other service's and do not begin in one that gave up.
fn lost(requests: &[usize], drafts: &[Draft], edges: &Edges) -> usize {
    let held = |i: usize| {
        let (Some(draft), Some(own)) = (drafts.get(i), edges.get(i).copied()) else { return true };
        requests.iter().copied().filter(|j| *j != i).any(|j| {
            let (Some(other), Some(edge)) = (drafts.get(j), edges.get(j).copied()) else { return false };
            // Who holds another began before it; of two that began together the longer one.
            let longer = edge.1 - edge.0 > own.1 - own.0;
            let first = edge.0 < own.0 || (longer && edge.0 <= own.0 + SLACK);
            let gave_up = edge.0 < own.0 && own.0 <= edge.1;
            other.span.service != draft.span.service && ((first && contains(edge, other.span.open, own)) || gave_up)
        })
    };
    requests.iter().filter(|i| !held(**i)).count()
}

/// How a clock can be moved: its longest request into a silence of somebody else's, or around all others.
fn moves<'a>(clock: &'a str, requests: &[usize], drafts: &[Draft], records: &[LogRecord], edges: &Edges) -> Vec<Move<'a>> {
    let of_clock = |i: &&usize| drafts.get(**i).is_some_and(|d| clock_of(d) == clock);
    let longest = requests.iter().filter(of_clock).max_by(|a, b| duration(drafts, **a).total_cmp(&duration(drafts, **b)));
    let Some((own, service)) = longest.and_then(|i| Some((*edges.get(*i)?, drafts.get(*i)?.span.service.as_str()))) else { return Vec::new() };
    let others: Vec<usize> = requests.iter().filter(|i| !of_clock(i)).copied().collect();
    let starts = || others.iter().filter_map(|i| edges.get(*i));
    let mut found = Vec::new();
    let (Some(first), Some(last)) = (starts().map(|e| e.0).min(), starts().map(|e| e.0).max()) else { return found };
    let ends = starts().map(|e| e.1).max().unwrap_or(last);
    if own.1 - own.0 + SLACK >= last - first {
        // Whatever it called began within it; it need not have waited for the end.
        let (low, high) = (last - own.1, first - own.0);
        let shift = (ends - own.1).midpoint(first - own.0).clamp(low.min(high), high.max(low));
        found.push(Move { clock, shift, bounds: (low.min(high), high.max(low)), room: high - low, named: false, rank: 1 });
    }
    for (i, caller) in others.iter().filter_map(|i| Some((*i, drafts.get(*i)?))).filter(|(_, d)| d.span.service != service) {
        let Some(edge) = edges.get(i).copied() else { continue };
        let named = mentions(caller, service, records);
        for (from, to) in silences(caller, edge, records) {
            // One that outlives the wait is a call that was given up: then only its beginning lies there.
            let fits = to - from + SLACK >= own.1 - own.0;
            let (low, high) = (from - own.0, if fits { to - own.1 } else { from - own.0 });
            let room = if fits { high - low } else { i64::MAX / 2 };
            found.push(Move {
                clock,
                shift: low.midpoint(high.max(low)),
                bounds: (first - own.0, ends - own.0),
                room,
                named,
                rank: if fits { 0 } else { 2 },
            });
        }
    }
    found
}

/// The times between a span's own records in which it may have waited for somebody, ns.
fn silences(draft: &Draft, edge: (i64, i64), records: &[LogRecord]) -> Vec<(i64, i64)> {
    let shift = edge.0 - draft.span.start.nanos();
    let mut at: Vec<i64> = draft.records.iter().take(50).filter_map(|i| records.get(*i)).map(|r| r.timestamp.nanos() + shift).collect();
    at.extend([edge.0, edge.1]);
    at.sort_unstable();
    at.iter().zip(at.iter().skip(1)).map(|(a, b)| (*a, *b)).filter(|(a, b)| b > a).collect()
}
