//! From the records of a request to its spans, in a tree, with what can be said of them.
//!
//! Measured spans are taken as they are. All others are put together from log records: those of a service and span (or
//! request) id make a span, nested in the smallest span of another service that contains it. Times stay as recorded;
//! containment, the critical path and self times are those of clocks put right.

use super::nesting::{self, Edges, Nest};
use super::origin;
use super::outside::{named, waited_ms};
use super::spans::{self, Draft};
use super::tree::Tree;
use super::{clocks, critical_path, remarks};
use crate::model::{LogRecord, Span, SpanKind, Timestamp, Trace};
use std::collections::{BTreeSet, HashMap, HashSet};

/// How a schema opens and closes requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Marks {
    /// How the record that opens a request begins.
    pub start: &'static str,
    /// How the record that closes it begins.
    pub completion: &'static str,
}

impl Default for Marks {
    fn default() -> Self {
        Marks { start: "Request started", completion: "Request completed" }
    }
}

/// A clock put right no better than this leaves open who called, ms.
const UNSURE_MS: f64 = 5.0;

/// Puts a trace together from its records, in any order; records of other traces do not belong in.
pub fn assemble(trace_id: &str, mut all: Vec<LogRecord>, marks: Marks) -> Trace {
    name_by_machine(&mut all);
    let (mut measured, mut records): (Vec<LogRecord>, Vec<LogRecord>) = all.into_iter().partition(|record| record.span.is_some());
    // Ties in an order of their own: that of the input must not matter.
    records.sort_by(|a, b| {
        let rest = |r: &LogRecord| (r.level, r.status, r.duration_ms.map(f64::to_bits));
        // Within a millisecond a request begins with its start and ends with its completion.
        let turn = |r: &LogRecord| match r.message.as_deref() {
            Some(text) if text.starts_with(marks.start) => 0,
            _ if r.is_request() => 2,
            _ => 1,
        };
        let words = (&a.service, &a.span_id, turn(a), &a.message, &a.host).cmp(&(&b.service, &b.span_id, turn(b), &b.message, &b.host));
        a.timestamp.cmp(&b.timestamp).then(words).then_with(|| rest(a).cmp(&rest(b)))
    });
    measured.sort_by(|a, b| {
        let rest = |r: &LogRecord| {
            r.span.as_ref().map(|s| (s.id.clone(), s.parent.clone(), s.failed, s.side == crate::model::Side::Client, s.duration_ms.map(f64::to_bits)))
        };
        a.timestamp.cmp(&b.timestamp).then_with(|| a.service.cmp(&b.service)).then_with(|| rest(a).cmp(&rest(b)))
    });
    let mut drafts = spans::drafts(&records, measured, marks);
    let mut nests = nesting::named(&drafts);
    let (clocks, mut edges) = clocks::find(&drafts, &records, &nests);
    let unsure: HashSet<&str> = clocks.iter().filter(|c| c.plus_minus_ms > UNSURE_MS).map(|c| c.host.as_str()).collect();
    nesting::by_time(&drafts, &records, &edges, &unsure, &mut nests);
    add_outside(&mut drafts, &records, &mut nests, &mut edges);
    let forest = Forest::new(drafts, nests, edges);
    forest.into_trace(trace_id, records, clocks)
}

/// Records that name no service are of the one that writes on their machine, where it is the only one; else they go by the machine's name.
fn name_by_machine(all: &mut [LogRecord]) {
    name_proxies(all);
    if all.iter().all(|record| record.service.is_some()) {
        return;
    }
    let mut on: HashMap<String, Option<String>> = HashMap::new();
    for (host, service) in all.iter().filter_map(|r| Some((r.host.clone()?, r.service.clone()?))) {
        let known = on.entry(host).or_insert_with(|| Some(service.clone()));
        known.take_if(|known| *known != service);
    }
    for record in all.iter_mut().filter(|record| record.service.is_none()) {
        let only = record.host.as_ref().and_then(|host| on.get(host).cloned().flatten());
        record.service = only.or_else(|| record.host.clone());
    }
}

/// A proxy whose access log does not say which one it is goes by its make: where another of its logs names it, it is that one.
fn name_proxies(all: &mut [LogRecord]) {
    for make in ["envoy", "nginx", "traefik", "caddy", "haproxy"] {
        let is_make = |record: &LogRecord| record.service.as_deref() == Some(make);
        if !all.iter().any(is_make) {
            continue;
        }
        let named: BTreeSet<&String> =
            all.iter().filter(|r| !is_make(r)).flat_map(|r| [&r.service, &r.host]).flatten().filter(|name| name.contains(make)).collect();
        let only = named.first().filter(|_| named.len() == 1).map(|name| (*name).clone());
        all.iter_mut().filter(|r| is_make(r)).for_each(|r| r.service = only.clone().or(r.service.take()));
    }
}

/// An error that names somebody outside and how long it waited shows that waiting as a span.
fn add_outside(drafts: &mut Vec<Draft>, records: &[LogRecord], nests: &mut Vec<Nest>, edges: &mut Edges) {
    let services: BTreeSet<String> = drafts.iter().map(|d| d.span.service.clone()).collect();
    let services: Vec<&str> = services.iter().map(String::as_str).collect();
    let mut made: Vec<(usize, Draft, (i64, i64))> = Vec::new();
    for (i, draft) in drafts.iter().enumerate().filter(|(_, d)| d.span.inferred && (d.span.errors > 0 || d.span.exception.is_some())) {
        let edge = edges.get(i).copied().unwrap_or_default();
        let shift = edge.0 - draft.span.start.nanos();
        for (nth, record) in draft.records.iter().filter_map(|at| records.get(*at)).filter(|r| r.is_error()).enumerate() {
            let thrown = record.exception.as_ref();
            let said = thrown.and_then(|e| e.message.as_deref()).or(record.message.as_deref()).unwrap_or_default();
            let Some(peer) = named(thrown.and_then(|e| e.kind.as_deref()), said, &services).filter(|p| !services.contains(&p.name.as_str())) else {
                continue;
            };
            let Some(waited) = waited_ms(said) else { continue };
            let to = (record.timestamp.nanos() + shift).min(edge.1.max(edge.0));
            let from = (to - (waited * 1e6) as i64).max(edge.0);
            let span = Span {
                id: format!("{}/{}/{nth}", draft.span.id, peer.name),
                kind: SpanKind::External,
                service: peer.name.clone(),
                name: "no records of its own".to_string(),
                start: Timestamp::from_nanos(from - shift),
                duration_ms: (to - from) as f64 / 1e6,
                failed: true,
                inferred: true,
                peer: Some(peer),
                ..Span::default()
            };
            made.push((i, Draft { span, named_parent: None, records: Vec::new(), is_request: true, detached: false }, (from, to)));
        }
    }
    for (parent, draft, edge) in made {
        drafts.push(draft);
        nests.push(Nest { parent: Some(parent), ..Nest::default() });
        edges.push(edge);
    }
}

/// Spans in tree order, with all that hangs on them.
struct Forest {
    drafts: Vec<Draft>,
    edges: Edges,
    nests: Vec<Nest>,
    children: Vec<Vec<usize>>,
    depths: Vec<usize>,
}

impl Forest {
    /// Parents before children, siblings by start.
    fn new(drafts: Vec<Draft>, nests: Vec<Nest>, edges: Edges) -> Forest {
        let mut below: Vec<Vec<usize>> = vec![Vec::new(); drafts.len()];
        let mut roots = Vec::new();
        for (i, nest) in nests.iter().enumerate() {
            match nest.parent.and_then(|parent| below.get_mut(parent)) {
                Some(siblings) => siblings.push(i),
                None => roots.push(i),
            }
        }
        let start = |i: &usize| (edges.get(*i).copied().unwrap_or_default().0, drafts.get(*i).map(|d| d.span.id.clone()));
        below.iter_mut().for_each(|siblings| siblings.sort_by_cached_key(start));
        roots.sort_by_cached_key(start);
        let mut order: Vec<(usize, usize)> = Vec::with_capacity(drafts.len());
        let mut stack: Vec<(usize, usize)> = roots.into_iter().rev().map(|i| (i, 0)).collect();
        while let Some((i, depth)) = stack.pop() {
            order.push((i, depth));
            stack.extend(below.get(i).into_iter().flatten().rev().map(|child| (*child, depth + 1)));
        }
        let mut place = vec![0; drafts.len()];
        for (at, (i, _)) in order.iter().enumerate() {
            place.get_mut(*i).into_iter().for_each(|p| *p = at);
        }
        let moved = |i: Option<usize>| i.and_then(|i| place.get(i).copied());
        let mut slots: Vec<Option<(Draft, Nest)>> = drafts.into_iter().zip(nests).map(Some).collect();
        let mut forest = Forest { drafts: Vec::new(), edges: Vec::new(), nests: Vec::new(), children: Vec::new(), depths: Vec::new() };
        for (i, depth) in order {
            let Some((draft, nest)) = slots.get_mut(i).and_then(Option::take) else { continue };
            forest.drafts.push(draft);
            forest.edges.push(edges.get(i).copied().unwrap_or_default());
            forest.nests.push(Nest { parent: moved(nest.parent), rival: moved(nest.rival), missing: nest.missing });
            forest.children.push(below.get(i).into_iter().flatten().filter_map(|child| place.get(*child).copied()).collect());
            forest.depths.push(depth);
        }
        forest
    }

    fn into_trace(self, trace_id: &str, records: Vec<LogRecord>, clocks: Vec<crate::model::ClockShift>) -> Trace {
        let Forest { drafts, edges, nests, children, depths } = self;
        let ids: Vec<String> = drafts.iter().map(|d| d.span.id.clone()).collect();
        let shifts: HashMap<&str, f64> = clocks.iter().map(|c| (c.host.as_str(), c.shift_ms)).collect();
        let mut places = vec![0; records.len()];
        let mut own: Vec<Vec<usize>> = Vec::with_capacity(drafts.len());
        let mut detached: Vec<bool> = Vec::with_capacity(drafts.len());
        let mut spans: Vec<Span> = Vec::with_capacity(drafts.len());
        for (i, (draft, nest)) in drafts.into_iter().zip(&nests).enumerate() {
            for at in &draft.records {
                places.get_mut(*at).into_iter().for_each(|p| *p = i);
            }
            let shift_ms = shifts.get(clocks::clock_of(&draft)).copied().unwrap_or(0.0);
            detached.push(draft.detached);
            own.push(draft.records);
            spans.push(Span {
                parent: nest.parent.and_then(|parent| ids.get(parent).cloned()),
                missing_parent: nest.missing.clone(),
                ambiguous: nest.rival.is_some(),
                self_ms: self_ms(i, &children, &edges),
                shift_ms,
                ..draft.span
            });
        }
        own.iter_mut().for_each(|list| list.sort_unstable());
        let mut perhaps: Vec<Vec<usize>> = vec![Vec::new(); spans.len()];
        for (i, nest) in nests.iter().enumerate() {
            nest.rival.and_then(|rival| perhaps.get_mut(rival)).into_iter().for_each(|list| list.push(i));
        }
        let of_spans = spans.iter().filter(|s| s.kind != SpanKind::External).map(|s| s.service.as_str());
        let services: BTreeSet<&str> = of_spans.chain(records.iter().filter_map(|r| r.service.as_deref())).filter(|name| !name.is_empty()).collect();
        let services: Vec<String> = services.into_iter().map(str::to_string).collect();
        let names: Vec<&str> = services.iter().map(String::as_str).collect();
        let parents: Vec<Option<usize>> = nests.iter().map(|nest| nest.parent).collect();
        let tree = Tree {
            parents: &parents,
            detached: &detached,
            spans: &spans,
            records: &records,
            own: &own,
            children: &children,
            perhaps: &perhaps,
            edges: &edges,
            services: &names,
        };
        let origin = origin::find(&tree);
        let slowest = if origin.is_none() { origin::slowest(&tree) } else { None };
        let start = edges.iter().map(|edge| edge.0).min().unwrap_or_default();
        let end = edges.iter().map(|edge| edge.1).max().unwrap_or_default();
        // The request is its longest root: what it set off and nobody waited for is not on its path.
        let root = (0..spans.len()).filter(|i| depths.get(*i) == Some(&0)).max_by_key(|i| edges.get(*i).map(|e| (e.1 - e.0, std::cmp::Reverse(*i))));
        let path = root.map(|root| critical_path::find(root, &children, &edges)).unwrap_or_default();
        let failed = spans.iter().filter(|s| s.failed).count();
        let open = spans.iter().filter(|s| s.open).count();
        let mut on_path = vec![false; spans.len()];
        path.iter().for_each(|(at, ..)| on_path.get_mut(*at).into_iter().for_each(|on| *on = true));
        let remarks = remarks::of(&tree, origin.as_ref(), &clocks, &path);
        let critical_path = path
            .into_iter()
            .filter_map(|(at, from, to)| Some((ids.get(at)?.clone(), (from - start) as f64 / 1e6, (to - start) as f64 / 1e6)))
            .collect();
        Trace {
            trace_id: trace_id.to_string(),
            spans,
            records,
            origin,
            slowest,
            critical_path,
            clocks,
            edges: (Timestamp::from_nanos(start), Timestamp::from_nanos(end)),
            depths,
            children,
            places,
            own,
            on_path,
            failed,
            open,
            services,
            remarks,
        }
    }
}

/// Milliseconds of a span in which none of its children ran.
fn self_ms(at: usize, children: &[Vec<usize>], edges: &Edges) -> f64 {
    let (start, end) = edges.get(at).copied().unwrap_or_default();
    let mut busy: Vec<(i64, i64)> =
        children.get(at).into_iter().flatten().filter_map(|i| edges.get(*i)).map(|(a, b)| ((*a).clamp(start, end), (*b).clamp(start, end))).collect();
    busy.sort_unstable();
    let mut covered = 0;
    let mut reach = start;
    for (from, to) in busy {
        covered += (to - from.max(reach)).max(0);
        reach = reach.max(to);
    }
    ((end - start - covered) as f64 / 1e6).max(0.0)
}

#[cfg(test)]
mod tests;
