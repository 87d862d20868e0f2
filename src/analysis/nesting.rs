//! Which span called which: as measured, as named by records, else by containment in time.

use super::outside::{self, is_time_out};
use super::spans::Draft;
use super::told::is_word_of;
use crate::model::{Level, LogRecord};
use std::collections::{HashMap, HashSet};

/// A span's edge may lie outside its parent's by the rounding of clocks, ns.
pub const SLACK: i64 = 2_000_000;
/// A call that begins so soon after another one was begun by the same caller rather than by that other, ns.
const TOGETHER: i64 = 2_000_000;

/// Start and end of each span, moved by what its clock is wrong by, ns.
pub type Edges = Vec<(i64, i64)>;

/// What was found out about one span.
#[derive(Clone, Default, Debug)]
pub struct Nest {
    /// Its parent's place.
    pub parent: Option<usize>,
    /// It names a parent that is not there.
    pub missing: Option<String>,
    /// Another could as well be its parent.
    pub rival: Option<usize>,
}

/// The parents that records name: measured spans all have one or are roots.
pub fn named(drafts: &[Draft]) -> Vec<Nest> {
    let by_id: HashMap<&str, usize> = drafts.iter().enumerate().map(|(i, d)| (d.span.id.as_str(), i)).collect();
    let mut nests: Vec<Nest> = drafts
        .iter()
        .enumerate()
        .map(|(i, draft)| match &draft.named_parent {
            None => Nest::default(),
            Some(parent) => match by_id.get(parent.as_str()).filter(|at| **at != i) {
                Some(at) => Nest { parent: Some(*at), ..Nest::default() },
                None => Nest { missing: Some(parent.clone()), ..Nest::default() },
            },
        })
        .collect();
    cut_cycles(&mut nests, drafts);
    nests
}

/// A ring of parents has no root: it is cut where its first span begins.
fn cut_cycles(nests: &mut [Nest], drafts: &[Draft]) {
    // 0: not looked at, 1: on the way, 2: known to end.
    let mut state = vec![0_u8; nests.len()];
    for from in 0..nests.len() {
        let mut way = Vec::new();
        let mut at = Some(from);
        while let Some(i) = at.filter(|i| state.get(*i) == Some(&0)) {
            if let Some(mark) = state.get_mut(i) {
                *mark = 1;
            }
            way.push(i);
            at = nests.get(i).and_then(|n| n.parent);
        }
        if let Some(met) = at.filter(|i| state.get(*i) == Some(&1)) {
            let ring = way.iter().skip_while(|i| **i != met);
            let first = ring.min_by_key(|i| drafts.get(**i).map(|d| d.span.start)).copied();
            if let Some((nest, draft)) = first.and_then(|i| Some((nests.get_mut(i)?, drafts.get(i)?))) {
                nest.parent = None;
                nest.missing.clone_from(&draft.named_parent);
            }
        }
        for i in way {
            if let Some(mark) = state.get_mut(i) {
                *mark = 2;
            }
        }
    }
}

/// Whether one stretch lies in another, or begins in one that never ended.
pub fn contains(outer: (i64, i64), open: bool, inner: (i64, i64)) -> bool {
    outer.0 <= inner.0 + SLACK && (inner.1 <= outer.1 + SLACK || open)
}

/// Whether it is known from a proxy's access log, which has neither levels nor messages.
fn is_access(draft: &Draft, records: &[LogRecord]) -> bool {
    let first = draft.records.first().and_then(|at| records.get(*at));
    first.is_some_and(|r| r.status.is_some() && r.level.is_none() && r.message.is_none())
}

/// Whether it says that it asked another one of these services than that one.
fn asked_another(draft: &Draft, service: &str, services: &HashSet<&str>) -> bool {
    draft.span.inferred && draft.span.peer.as_ref().is_some_and(|peer| peer.name != service && services.contains(peer.name.as_str()))
}

/// How many of the spans that are still running are looked at as parents: a bound for traces of 100,000 spans.
const MOST_RUNNING: usize = 512;

/// Gives each inferred span without a named parent the smallest containing span of another service.
pub fn by_time(drafts: &[Draft], records: &[LogRecord], edges: &Edges, unsure: &HashSet<&str>, nests: &mut [Nest]) {
    let mut order: Vec<usize> = (0..drafts.len()).collect();
    let edge = |i: usize| edges.get(i).copied().unwrap_or_default();
    order.sort_by_key(|i| (edge(*i).0, std::cmp::Reverse(edge(*i).1), *i));
    let is_open = |at: usize| drafts.get(at).is_some_and(|d| d.span.open);
    let services: HashSet<&str> = drafts.iter().map(|d| d.span.service.as_str()).collect();
    // Spans that may still contain what comes: those that have not ended yet, or never will.
    let mut running: Vec<usize> = Vec::new();
    for (rank, i) in order.iter().copied().enumerate() {
        let Some(draft) = drafts.get(i) else { continue };
        let own = edge(i);
        running.retain(|at| edge(*at).1 + SLACK >= own.0 || is_open(*at));
        let access = is_access(draft, records);
        // By the rounding of its times a proxy may seem to be shorter than what it passed on.
        let same = |at: usize| (edge(at).0 - own.0).abs() <= SLACK && (edge(at).1 - own.1).abs() <= SLACK;
        let was_passed_on = |at: usize| access && same(at) && !drafts.get(at).is_some_and(|d| is_access(d, records));
        // Where by the rounding of their times each could lie in the other, how long they took tells which does.
        let lies_within = |at: usize| {
            let other = edge(at);
            other.1 - other.0 < own.1 - own.0 && !is_open(at) && contains(own, draft.span.open, other) && contains(other, false, own)
        };
        let can = |at: &usize| {
            let outer = edge(*at);
            let longer = is_open(*at) || outer.1 - outer.0 > own.1 - own.0 || (outer.0 < own.0 && !lies_within(*at));
            let passed_it_on = !access && same(*at) && drafts.get(*at).is_some_and(|d| is_access(d, records));
            (longer || passed_it_on)
                && !was_passed_on(*at)
                && drafts.get(*at).is_some_and(|d| {
                    // What a proxy asks on behalf of a request of its own is in that one.
                    let asks = access && d.span.service == draft.span.service && is_access(d, records);
                    let another = d.span.service != draft.span.service && !asked_another(d, &draft.span.service, &services);
                    (another || asks) && contains(outer, d.span.open, own)
                })
        };
        if draft.span.inferred && nests.get(i).is_some_and(|n| n.parent.is_none() && n.missing.is_none()) {
            // By the rounding of clocks a parent may begin just after its child.
            let soon = order.iter().skip(rank + 1).take(8).filter(|at| edge(**at).0 <= own.0 + SLACK);
            let mut around: Vec<usize> = running.iter().rev().take(MOST_RUNNING).chain(soon.clone()).copied().filter(can).collect();
            around.sort_by_key(|at| (edge(*at).1 - edge(*at).0, *at));
            if around.is_empty() {
                // It outlives who called it: a caller that gave up waiting. Its beginning lies in that caller all the same.
                let began = |at: &usize| {
                    let calls = |d: &Draft| (draft.is_request && d.is_request) || (d.span.failed && waited_in_vain(d, records));
                    !was_passed_on(*at)
                        && !lies_within(*at)
                        && edge(*at).0 <= own.0
                        && own.0 <= edge(*at).1
                        && drafts.get(*at).is_some_and(|d| calls(d) && d.span.service != draft.span.service)
                };
                // One that began with it, and is longer, is its callee when it gave up on it.
                let gave_up = |at: &usize| {
                    drafts.get(*at).is_some_and(|other| gave_up_on(other, edge(*at), draft, own, records) && other.span.service != draft.span.service)
                };
                around = running.iter().rev().take(MOST_RUNNING).copied().filter(began).chain(soon.copied().filter(gave_up)).collect();
                around.sort_by_key(|at| (edge(*at).1 - edge(*at).0, *at));
            }
            if let Some(nest) = nests.get_mut(i) {
                (nest.parent, nest.rival) = choose(draft, own, &around, drafts, records, edges);
                // Where its clock was put right only roughly, whoever else contains it could as well be its parent.
                if nest.rival.is_none() && unsure.contains(super::clocks::clock_of(draft)) {
                    nest.rival = around.iter().copied().find(|at| Some(*at) != nest.parent);
                }
            }
        }
        running.push(i);
    }
    cut_cycles(nests, drafts);
}

/// Of the spans that contain one, the smallest first: its parent, and who could as well be it.
fn choose(
    draft: &Draft,
    own: (i64, i64),
    around: &[usize],
    drafts: &[Draft],
    records: &[LogRecord],
    edges: &Edges,
) -> (Option<usize>, Option<usize>) {
    let Some(smallest) = around.first().copied() else { return (None, None) };
    let edge = |i: usize| edges.get(i).copied().unwrap_or_default();
    let open = |i: usize| drafts.get(i).is_some_and(|d| d.span.open);
    // Who speaks of a service by its name has called it.
    let speaks = |at: &&usize| drafts.get(**at).is_some_and(|caller| mentions(caller, &draft.span.service, records));
    if let Some(caller) = around.iter().take(8).find(speaks) {
        return (Some(*caller), None);
    }
    // Whom it complains of itself it has called, and whom it gave up on goes on without it: neither called it.
    let called = |at: &usize| {
        drafts.get(*at).is_some_and(|other| complains_of(draft, &other.span.service, records) || gave_up_on(draft, own, other, edge(*at), records))
    };
    if around.iter().take(8).any(called) {
        let others: Vec<usize> = around.iter().copied().filter(|at| !called(at)).collect();
        return choose(draft, own, &others, drafts, records, edges);
    }
    let above = around.iter().copied().skip(1).find(|at| contains(edge(*at), open(*at), edge(smallest)));
    if let Some(above) = above.filter(|_| (own.0 - edge(smallest).0).abs() <= TOGETHER) {
        return (Some(above), Some(smallest));
    }
    let rival = around.iter().copied().skip(1).find(|at| !contains(edge(*at), open(*at), edge(smallest)));
    (Some(smallest), rival)
}

/// Whether a span ran out of time, by its status or by what it says.
fn waited_in_vain(span: &Draft, records: &[LogRecord]) -> bool {
    let mut bad = span.records.iter().filter_map(|at| records.get(*at)).filter(|r| r.level >= Some(Level::Warn));
    let says = |r: &LogRecord| {
        r.message.as_deref().into_iter().chain(r.exception.as_ref().and_then(|e| e.message.as_deref())).any(|text| is_time_out(None, text))
    };
    span.span.status == Some(504) || bad.any(says)
}

/// Whether a span waited in vain while the other, which began no earlier, went on and did well.
fn gave_up_on(span: &Draft, own: (i64, i64), other: &Draft, edge: (i64, i64), records: &[LogRecord]) -> bool {
    span.is_request && !other.span.failed && edge.0 >= own.0 && edge.1 > own.1 && waited_in_vain(span, records)
}

/// Whether its warnings and errors blame a service: that it is spoken of is not enough, things may be called as services are.
fn complains_of(span: &Draft, service: &str, records: &[LogRecord]) -> bool {
    let bad = span.records.iter().take(200).filter_map(|at| records.get(*at)).filter(|r| r.level >= Some(Level::Warn));
    let blames = |r: &LogRecord| {
        let thrown = r.exception.as_ref();
        let text = thrown.and_then(|e| e.message.as_deref()).or(r.message.as_deref()).unwrap_or_default();
        outside::named(thrown.and_then(|e| e.kind.as_deref()), text, &[service]).is_some_and(|peer| peer.name == service)
    };
    span.is_request && bad.into_iter().any(blames)
}

/// Whether the caller's records speak of a service by its name.
pub fn mentions(caller: &Draft, service: &str, records: &[LogRecord]) -> bool {
    let asked = caller.span.peer.as_ref().map(|peer| peer.name.split(['.', ':']).next().unwrap_or_default());
    if asked == Some(service) {
        return true;
    }
    // Two letters may be anything, but for where they stand alone in front.
    let speaks = |text: &str| {
        if service.len() < 3 { text.strip_prefix(service).is_some_and(|rest| rest.starts_with(':')) } else { is_word_of(text, service) }
    };
    !service.is_empty() && caller.records.iter().take(200).filter_map(|at| records.get(*at)).any(|r| r.message.as_deref().is_some_and(speaks))
}
