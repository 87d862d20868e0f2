//! Clocks that must be wrong: children before their parents, answers before their questions.
//!
//! A caller that waits contains what it waits for. Where it does not, the clock of the callee's host must be wrong by at least
//! what is missing and at most what is left over: each pair bounds the shift from both sides (as in Cristian, "Probabilistic
//! clock synchronization", 1989, with the call as the message). Times stay as recorded; the shift is what would have to be
//! added to them.

use super::nesting::{Edges, Nest, SLACK, mentions};
use super::spans::Draft;
use crate::model::{ClockShift, LogRecord};
use std::collections::{BTreeMap, HashMap};

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
    let mut known: HashMap<&str, ()> = HashMap::new();
    let mut shifts = Vec::new();
    // The clock of a root is taken as right.
    for root in &waiting {
        known.entry(drafts.get(*root).map_or("", clock_of)).or_default();
    }
    while !waiting.is_empty() {
        let mut next: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
        let mut deeper = Vec::new();
        for parent in waiting.drain(..) {
            for child in children.get(&parent).into_iter().flatten() {
                deeper.push(*child);
                let Some(draft) = drafts.get(*child) else { continue };
                if !known.contains_key(clock_of(draft))
                    && (draft.is_request || draft.detached)
                    && drafts.get(parent).is_some_and(|p| clock_of(p) != clock_of(draft))
                {
                    next.entry(clock_of(draft)).or_default().push((parent, *child));
                }
            }
        }
        for (clock, pairs) in next {
            known.insert(clock, ());
            let detached = |child: &usize| drafts.get(*child).is_some_and(|d| d.detached);
            let bounds = pairs.iter().filter_map(|(parent, child)| bounds(*edges.get(*parent)?, *edges.get(*child)?, detached(child)));
            let both = bounds.fold((i64::MIN, i64::MAX), |(low, high), (l, h)| (low.max(l), high.min(h)));
            if let Some(shift) = shift(both) {
                apply(shift.0, by_clock.get(clock).map(Vec::as_slice).unwrap_or_default(), edges);
                shifts.push(ClockShift { host: clock.to_string(), shift_ms: shift.0 as f64 / 1e6, plus_minus_ms: shift.1 as f64 / 1e6 });
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
    let middle = low + (high - low) / 2;
    // Whole hours are a zone's.
    let hours = (middle as f64 / HOUR as f64).round() as i64 * HOUR;
    let best = if hours != 0 && hours >= low - SLACK && hours <= high + SLACK { hours } else { middle };
    (best.abs() >= NOTICEABLE).then_some((best, (high - best).max(best - low).max(0) + SLACK))
}

fn apply(shift: i64, spans: &[usize], edges: &mut Edges) {
    for at in spans {
        if let Some(edge) = edges.get_mut(*at) {
            *edge = (edge.0.saturating_add(shift), edge.1.saturating_add(shift));
        }
    }
}

/// From requests that nobody contains: of the silences in which somebody else may have waited for them, the one that leaves
/// the least room and brings most spans of that clock to a place.
fn inferred(drafts: &[Draft], records: &[LogRecord], nests: &[Nest], edges: &mut Edges, known: &[String]) -> Vec<ClockShift> {
    let mut by_clock: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, draft) in drafts.iter().enumerate().filter(|(i, d)| d.span.inferred && nests.get(*i).is_some_and(|n| n.parent.is_none())) {
        by_clock.entry(clock_of(draft)).or_default().push(i);
    }
    if by_clock.len() < 2 || drafts.len() > MOST_SPANS {
        return Vec::new();
    }
    // The request in which most others begin is the one that they are part of; its clock is taken as right.
    let requests: Vec<usize> = (0..drafts.len()).filter(|i| drafts.get(*i).is_some_and(|d| d.is_request && d.span.inferred)).collect();
    let begun_in = |at: usize| {
        let (from, to) = edges.get(at).copied().unwrap_or_default();
        requests.iter().filter(|i| edges.get(**i).is_some_and(|edge| from <= edge.0 && edge.0 <= to)).count()
    };
    let whole =
        requests.iter().copied().max_by(|a, b| begun_in(*a).cmp(&begun_in(*b)).then_with(|| length(drafts, *a).total_cmp(&length(drafts, *b))));
    let Some(whole) = whole else { return Vec::new() };
    let mut right: Vec<&str> = std::iter::once(drafts.get(whole).map_or("", clock_of)).chain(known.iter().map(String::as_str)).collect();
    let mut shifts = Vec::new();
    loop {
        // Clocks of which every request lies in somebody else's are right as they are.
        let settled: Vec<&str> = by_clock
            .iter()
            .filter(|(clock, spans)| !right.contains(clock) && spans.iter().any(|i| held(*i, drafts, edges, &right)))
            .map(|(clock, _)| *clock)
            .collect();
        if !settled.is_empty() {
            right.extend(settled);
            continue;
        }
        let lost = by_clock.iter().filter(|(clock, _)| !right.contains(clock));
        let best = lost
            .filter_map(|(clock, spans)| {
                Some((*clock, spans, place(spans, drafts, records, edges, &right).or_else(|| around_all(spans, drafts, edges, &right))?))
            })
            .max_by(|a, b| {
                let rank = |found: &Place| (found.named, found.placed, std::cmp::Reverse(found.high - found.low));
                rank(&a.2).cmp(&rank(&b.2))
            });
        let Some((clock, _, found)) = best else { return shifts };
        right.push(clock);
        if let Some(shift) = shift((found.low, found.high)) {
            let all: Vec<usize> = (0..drafts.len()).filter(|i| drafts.get(*i).is_some_and(|d| clock_of(d) == clock)).collect();
            apply(shift.0, &all, edges);
            shifts.push(ClockShift { host: clock.to_string(), shift_ms: shift.0 as f64 / 1e6, plus_minus_ms: shift.1 as f64 / 1e6 });
        }
    }
}

/// More spans than this are not tried against each other.
const MOST_SPANS: usize = 3000;

fn length(drafts: &[Draft], at: usize) -> f64 {
    drafts.get(at).map_or(0.0, |d| d.span.duration_ms)
}

fn within(outer: (i64, i64), open: bool, inner: (i64, i64)) -> bool {
    outer.0 <= inner.0 + SLACK && (inner.1 <= outer.1 + SLACK || open)
}

/// Lies in a span of another service whose clock is right; what is no request needs no place.
fn held(at: usize, drafts: &[Draft], edges: &Edges, right: &[&str]) -> bool {
    let (Some(draft), Some(own)) = (drafts.get(at), edges.get(at)) else { return true };
    let holds = |(i, d): (usize, &Draft)| {
        let longer = |edge: &(i64, i64)| edge.1 - edge.0 >= own.1 - own.0 || d.span.open;
        i != at
            && d.span.service != draft.span.service
            && right.contains(&clock_of(d))
            && edges.get(i).is_some_and(|edge| longer(edge) && within(*edge, d.span.open, *own))
    };
    // A call that its caller gave up begins within it all the same.
    let begun_in = |(i, d): (usize, &Draft)| {
        i != at
            && d.span.service != draft.span.service
            && right.contains(&clock_of(d))
            && edges.get(i).is_some_and(|edge| edge.0 <= own.0 + SLACK && own.0 <= edge.1)
    };
    !draft.is_request || drafts.iter().enumerate().any(holds) || drafts.iter().enumerate().any(begun_in)
}

struct Place {
    low: i64,
    high: i64,
    /// The caller's records speak of the service.
    named: bool,
    placed: usize,
}

/// Where the spans of one clock could belong.
fn place(spans: &[usize], drafts: &[Draft], records: &[LogRecord], edges: &Edges, right: &[&str]) -> Option<Place> {
    let longest = spans
        .iter()
        .copied()
        .filter(|i| drafts.get(*i).is_some_and(|d| d.is_request))
        .max_by(|a, b| length(drafts, *a).total_cmp(&length(drafts, *b)))?;
    let own = *edges.get(longest)?;
    let service = drafts.get(longest).map(|d| d.span.service.as_str())?;
    let mut found: Vec<Place> = Vec::new();
    for (i, caller) in drafts.iter().enumerate() {
        if !right.contains(&clock_of(caller)) || caller.span.service == service || !caller.span.inferred {
            continue;
        }
        for (from, to) in silences(caller, *edges.get(i)?, records) {
            if to - from + SLACK >= own.1 - own.0 {
                let (low, high) = (from - own.0, (to - own.1).max(from - own.0));
                let placed = spans.iter().filter(|at| fits_somewhere(**at, low + (high - low) / 2, drafts, edges, right)).count();
                found.push(Place { low, high, named: mentions(caller, service, records), placed });
            }
        }
    }
    // Who speaks of the service has called it; then as many of the clock's spans as can be placed, then the tightest fit.
    let rank = |p: &Place| (p.named, p.placed);
    let best = found.iter().map(rank).max()?;
    found.retain(|p| rank(p) == best);
    let tightest = found.iter().min_by_key(|p| p.high - p.low).map(|p| (p.low, p.high))?;
    // Another silence that would do as well is within what is not known.
    let (low, high) = found.iter().fold((i64::MAX, i64::MIN), |(low, high), p| (low.min(p.low), high.max(p.high)));
    let near = |edge: i64| (edge - tightest.0).abs() < NEAR;
    let (low, high) = if near(low) && near(high) { (low, high) } else { tightest };
    Some(Place { low, high, ..best_of(best) })
}

/// Silences further apart than this are different stories, ns.
const NEAR: i64 = 2_000_000_000;

fn best_of((named, placed): (bool, usize)) -> Place {
    Place { low: 0, high: 0, named, placed }
}

/// How the clock of a span that contains all others has to be moved to do so.
fn around_all(spans: &[usize], drafts: &[Draft], edges: &Edges, right: &[&str]) -> Option<Place> {
    let longest = spans
        .iter()
        .copied()
        .filter(|i| drafts.get(*i).is_some_and(|d| d.is_request))
        .max_by(|a, b| length(drafts, *a).total_cmp(&length(drafts, *b)))?;
    let own = *edges.get(longest)?;
    let known = || drafts.iter().enumerate().filter(|(_, d)| d.is_request && right.contains(&clock_of(d))).filter_map(|(i, _)| edges.get(i));
    let (from, to) = (known().map(|e| e.0).min()?, known().map(|e| e.1).max()?);
    (own.1 - own.0 + SLACK >= to - from).then_some(Place { low: to - own.1, high: (from - own.0).max(to - own.1), named: false, placed: 0 })
}

fn fits_somewhere(at: usize, shift: i64, drafts: &[Draft], edges: &Edges, right: &[&str]) -> bool {
    let (Some(draft), Some(own)) = (drafts.get(at), edges.get(at)) else { return false };
    let moved = (own.0 + shift, own.1 + shift);
    let holds = |(i, d): (usize, &Draft)| {
        d.span.service != draft.span.service && right.contains(&clock_of(d)) && edges.get(i).is_some_and(|edge| within(*edge, d.span.open, moved))
    };
    drafts.iter().enumerate().any(holds)
}

/// The times between a span's own records in which it may have waited for somebody, ns.
fn silences(draft: &Draft, edge: (i64, i64), records: &[LogRecord]) -> Vec<(i64, i64)> {
    let shift = edge.0 - draft.span.start.nanos();
    let mut at: Vec<i64> = draft.records.iter().filter_map(|i| records.get(*i)).map(|r| r.timestamp.nanos() + shift).collect();
    at.extend([edge.0, edge.1]);
    at.sort_unstable();
    at.iter().zip(at.iter().skip(1)).map(|(a, b)| (*a, *b)).filter(|(a, b)| b > a).collect()
}
