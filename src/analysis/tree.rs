//! A trace as the search for its origin looks at it: who called whom, what they told, what they waited for.

use super::hints::is_of_report;
use super::nesting::Edges;
use super::outside::{is_trouble, proxy_in};
use super::told::{Told, causes, error_beside, is_borne, is_own_making};
use crate::model::{Level, LogRecord, Peer, Span, SpanKind};

/// What the search looks at.
pub struct Tree<'a> {
    /// In tree order.
    pub spans: &'a [Span],
    /// All records.
    pub records: &'a [LogRecord],
    /// The records of each span.
    pub own: &'a [Vec<usize>],
    /// The children of each span.
    pub children: &'a [Vec<usize>],
    /// For each span those that may as well be its children.
    pub perhaps: &'a [Vec<usize>],
    /// For each span its parent's place.
    pub parents: &'a [Option<usize>],
    /// For each span whether it takes up what was sent before.
    pub detached: &'a [bool],
    /// With clocks put right, ns.
    pub edges: &'a Edges,
    /// The services of the trace.
    pub services: &'a [&'a str],
}

/// A way up is followed so far.
const DEEPEST: usize = 200;

impl Tree<'_> {
    /// Nobody called it, or nobody who is known.
    pub fn is_root(&self, at: usize) -> bool {
        self.spans.get(at).is_some_and(|s| s.parent.is_none())
    }

    /// Whose it is.
    pub fn service(&self, at: usize) -> &str {
        self.spans.get(at).map_or("", |s| s.service.as_str())
    }

    /// It failed, or never completed.
    pub fn is_broken(&self, at: usize) -> bool {
        self.spans.get(at).is_some_and(|s| s.failed || s.open)
    }

    /// From its start to its end, ns.
    pub fn length(&self, at: usize) -> i64 {
        let (from, to) = self.edge(at);
        to - from
    }

    /// Start and end with its clock put right, ns.
    pub fn edge(&self, at: usize) -> (i64, i64) {
        self.edges.get(at).copied().unwrap_or_default()
    }

    /// By how much its clock is put right, ns.
    pub fn shift(&self, at: usize) -> i64 {
        self.edge(at).0 - self.spans.get(at).map_or(0, |s| s.start.nanos())
    }

    /// It and its callers, up to a bound.
    pub fn way_up(&self, from: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(from), |at| self.parents.get(*at).copied().flatten()).take(DEEPEST)
    }

    /// It, or of a caller's side, which has no records, the span that called.
    pub fn with_records(&self, at: usize) -> usize {
        let is_side = self.spans.get(at).is_some_and(|s| s.kind == SpanKind::Client);
        self.parents.get(at).copied().flatten().filter(|_| is_side).unwrap_or(at)
    }

    /// Whether it tells of a call to that party by its caller's side: as measured, or by a proxy.
    pub fn is_caller_side(&self, at: usize) -> bool {
        self.spans.get(at).is_some_and(|s| s.kind == SpanKind::Client || s.peer.as_ref().is_some_and(|peer| s.passes_on_to(peer)))
    }

    /// Whether a span answered 4xx.
    pub fn is_refusal(&self, at: usize) -> bool {
        self.spans.get(at).and_then(|s| s.status).is_some_and(|status| (400..500).contains(&status))
    }

    /// Its records tell of an error that it did not bear.
    pub fn tells_of_error(&self, at: usize) -> bool {
        self.latest(at).any(|r| r.is_error() && tells(r)) && self.complains(at)
    }

    /// The same, or of an exception that nobody took for an error.
    pub fn complains(&self, at: usize) -> bool {
        self.latest(at).any(tells) && self.errors(at).iter().any(|told| !told.is_borne())
    }

    /// It never completed.
    pub fn is_open(&self, at: usize) -> bool {
        self.spans.get(at).is_some_and(|s| s.open)
    }

    /// The errors that a span's own records tell, last first, then what lies beneath them.
    pub fn errors(&self, at: usize) -> Vec<Told<'_>> {
        let shift = self.shift(at);
        let mut found: Vec<Told<'_>> = self.latest(at).filter(|r| tells(r)).map(|r| Told::of(r, r.timestamp.nanos() + shift)).collect();
        // What was thrown tells more than that something was.
        found.sort_by_key(|told| told.kind.is_none());
        // What was caught and warned of is no reason beside what was thrown of one's own making later.
        if found.iter().any(|told| !told.warned && told.kind.is_some_and(is_own_making)) {
            found.retain(|told| !told.warned);
        }
        // What was borne is no reason, where there is another.
        if found.iter().any(|told| !told.is_borne()) {
            found.retain(|told| !told.is_borne());
        }
        // That somebody could not be told of it is no reason, where there is another.
        found.sort_by_key(is_of_report);
        // What lies beneath is often only in the stack: Java's causes, Node's blocks.
        let beneath = self.latest(at).filter_map(|r| Some((r.timestamp.nanos() + shift, r.exception.as_ref()?.stacktrace.as_deref()?)));
        let causes = beneath.flat_map(|(at, stack)| causes(stack).map(move |line| Told { text: line.to_string(), at, ..Told::default() }));
        found.extend(causes.take(20));
        // Some programs only warn of what they fail by.
        if self.spans.get(at).is_some_and(|s| s.failed) {
            let warned = self.latest(at).filter(|r| r.level == Some(Level::Warn) && r.exception.is_none());
            let told = warned.filter_map(|r| Some(Told { text: r.message.clone()?, at: r.timestamp.nanos() + shift, ..Told::default() }));
            found.extend(told.filter(|told| is_trouble(&told.text) && !told.is_borne()).take(5));
        }
        if let Some(text) = self.spans.get(at).filter(|s| s.failed).and_then(|s| s.said.clone()) {
            found.push(Told { text, at: self.edge(at).1, ..Told::default() });
        }
        found
    }

    /// A span's own records, the last first.
    pub fn latest(&self, at: usize) -> impl Iterator<Item = &LogRecord> {
        self.own.get(at).into_iter().flatten().rev().filter_map(|i| self.records.get(*i))
    }

    /// Whom the first of these errors that names somebody names, and how it says so.
    pub fn accused(&self, at: usize, errors: &[Told<'_>]) -> Option<(Peer, String)> {
        let own = self.spans.get(at).map_or("", |s| s.service.as_str());
        let proxied = |told: &&Told<'_>| {
            let lower = told.lower();
            lower.contains("proxyerror") || lower.contains("tunnel connection failed")
        };
        // Which proxy, the program may say elsewhere.
        let proxy = errors.iter().find(proxied).and_then(|told| {
            let said = std::iter::once(told.text.as_str()).chain(self.latest(at).filter_map(|record| record.message.as_deref()));
            said.into_iter().find_map(proxy_in).map(|peer| (peer, told.sentence()))
        });
        let accuses = |told: &Told<'_>| told.accuses(own, self.services).filter(|peer| peer.name != own);
        proxy.or_else(|| errors.iter().find_map(|told| Some((accuses(told)?, told.sentence()))))
    }

    /// What it waited for. What an error says was waited for outside is none of them: the error itself is asked about it. A
    /// caller's side that did not fail itself stands for what it called.
    pub fn calls(&self, at: usize) -> Vec<usize> {
        let mut calls = Vec::new();
        let mut waiting: Vec<usize> = self.children.get(at).cloned().unwrap_or_default();
        while let Some(i) = waiting.pop() {
            let Some(span) = self.spans.get(i) else { continue };
            let passes_on = span.kind == SpanKind::Client && !span.failed && !span.open;
            match self.children.get(i).filter(|below| passes_on && !below.is_empty()) {
                Some(below) => waiting.extend(below),
                None if span.kind == SpanKind::External || self.is_late(i) => {}
                None => calls.push(i),
            }
        }
        calls.sort_unstable();
        calls
    }

    /// All that it called, directly or not, up to a bound.
    pub fn below(&self, at: usize) -> Vec<usize> {
        let (mut found, mut next) = (Vec::new(), vec![at]);
        while let Some(i) = next.pop().filter(|_| found.len() < 200) {
            for child in self.children.get(i).into_iter().flatten() {
                found.push(*child);
                next.push(*child);
            }
        }
        found
    }

    /// Nobody waited for it: it took up what was sent, or began when its parent was done.
    pub fn is_late(&self, at: usize) -> bool {
        let parent = self.parents.get(at).copied().flatten();
        let after = parent.is_some_and(|parent| self.edge(at).0 >= self.edge(parent).1 && self.edge(parent).1 > self.edge(parent).0);
        after || self.detached.get(at) == Some(&true)
    }
}

/// Whether a record tells of an error: that a request ended badly is no reason, at whatever level it is said.
fn tells(record: &LogRecord) -> bool {
    record.exception.is_some() || (record.is_error() && (!record.is_request() || error_beside(record).is_some()))
}

impl Tree<'_> {
    /// Whether a span says, as soon as a call of it has failed, that it goes on all the same.
    pub fn bore(&self, at: usize, call: usize) -> bool {
        let shift = self.shift(at);
        let ended = self.edge(call).1;
        let soon = |r: &&LogRecord| (-1_000_000..=60_000_000).contains(&(r.timestamp.nanos() + shift - ended));
        // It may speak of another call that ended about then.
        // Of a caller's side the callee tells what was asked.
        let callee =
            |i: usize| self.children.get(i).and_then(|below| below.first()).filter(|_| self.spans.get(i).is_some_and(|s| s.kind == SpanKind::Client));
        let stem = |i: usize| {
            let span = self.spans.get(callee(i).copied().unwrap_or(i))?;
            Some(span.service.trim_end_matches('s').to_ascii_lowercase()).filter(|stem| stem.len() > 2)
        };
        let of_other = |text: &str| {
            let lower = text.to_ascii_lowercase();
            let names = |i: usize| stem(i).is_some_and(|stem| lower.contains(&stem));
            !names(call) && self.calls(at).into_iter().any(|i| i != call && names(i))
        };
        // What only helps who develops it is no word on a failure.
        let told = |r: &&LogRecord| soon(r) && r.level.is_none_or(|level| level > Level::Debug);
        self.latest(at).filter(told).any(|r| r.message.as_deref().is_some_and(|text| is_borne(text) && !of_other(text)))
    }
}
