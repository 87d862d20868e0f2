//! Where a request broke: down from the root through the failures that were inherited, to the one that was not.
//!
//! At each failed span the question is who is to blame: a call that failed and was not made good, a call that was still
//! running when the span gave up waiting, somebody outside whom the error names, or the span itself.

use super::nesting::Edges;
use super::outside::{asked, is_time_out, named, waited_ms};
use crate::model::printable::millis;
use crate::model::{LogRecord, Origin, OriginKind, Peer, Span, SpanKind, Timestamp};
use std::collections::HashSet;

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
    /// With clocks put right, ns.
    pub edges: &'a Edges,
    /// The services of the trace.
    pub services: &'a [&'a str],
}

/// Who may be to blame.
#[derive(Clone, Debug)]
struct Suspect {
    /// The span that broke, or noticed.
    at: usize,
    /// Somebody outside.
    outside: Option<Peer>,
    reason: String,
    /// 3 certain, 2 likely, 1 a guess.
    sure: u8,
}

/// Where it broke; `None` when nothing failed or what failed was made good.
pub fn find(tree: &Tree<'_>) -> Option<Origin> {
    let broken: Vec<usize> = (0..tree.spans.len()).filter(|i| tree.is_root(*i) && tree.is_broken(*i)).collect();
    // A request that somebody waits for before work that outlives it; the longest of several.
    let weight = |i: &usize| (tree.children.get(*i).is_some_and(|c| !c.is_empty()), tree.length(*i));
    let root = broken.into_iter().max_by_key(weight)?;
    let mut suspects = tree.blame(root, &mut HashSet::new());
    suspects.sort_by_key(|s| std::cmp::Reverse(s.sure));
    let first = suspects.first()?.clone();
    let mut origin = tree.describe(&first);
    let mut seen = vec![origin.name.clone()];
    for other in suspects.iter().skip(1) {
        let other = tree.describe(other);
        if !seen.contains(&other.name) {
            seen.push(other.name.clone());
            origin.alternatives.push(other);
        }
    }
    origin.alternatives.truncate(3);
    let guessed = tree.way_up(first.at).any(|i| tree.spans.get(i).is_some_and(|s| s.ambiguous));
    origin.confidence = match first.sure {
        3 if origin.alternatives.is_empty() && !guessed => "high",
        3 | 2 => "medium",
        _ => "low",
    };
    Some(origin)
}

const DEEPEST: usize = 200;
/// A fault in the middle of 100,000 failed spans is told by the first of them.
const MOST_LOOKED_AT: usize = 5000;

impl Tree<'_> {
    fn is_root(&self, at: usize) -> bool {
        self.spans.get(at).is_some_and(|s| s.parent.is_none())
    }

    fn is_broken(&self, at: usize) -> bool {
        self.spans.get(at).is_some_and(|s| s.failed || s.open)
    }

    fn length(&self, at: usize) -> i64 {
        let (from, to) = self.edge(at);
        to - from
    }

    fn edge(&self, at: usize) -> (i64, i64) {
        self.edges.get(at).copied().unwrap_or_default()
    }

    fn way_up(&self, from: usize) -> impl Iterator<Item = usize> {
        let parent = |at: &usize| {
            let id = self.spans.get(*at)?.parent.as_deref()?;
            // Parents stand before their children.
            (0..*at).rev().find(|i| self.spans.get(*i).is_some_and(|s| s.id == id))
        };
        std::iter::successors(Some(from), parent).take(DEEPEST)
    }

    /// The errors that a span's own records tell, last first: class, text, time with its clock put right.
    fn errors(&self, at: usize) -> Vec<(Option<&str>, String, i64)> {
        let shift = self.edge(at).0 - self.spans.get(at).map_or(0, |s| s.start.nanos());
        let own = self.own.get(at).map(Vec::as_slice).unwrap_or_default();
        let records = own.iter().rev().filter_map(|i| self.records.get(*i)).filter(|r| r.is_error() || r.exception.is_some());
        let mut found: Vec<(Option<&str>, String, i64)> = records
            .map(|r| {
                let thrown = r.exception.as_ref();
                let said = thrown.and_then(|e| e.message.clone()).or_else(|| r.message.clone()).unwrap_or_default();
                (thrown.and_then(|e| e.kind.as_deref()), said, r.timestamp.nanos() + shift)
            })
            .collect();
        if let Some(said) = self.spans.get(at).filter(|s| s.failed).and_then(|s| s.said.clone()) {
            found.push((None, said, self.edge(at).1));
        }
        found
    }

    /// Who is to blame for a broken span; the likeliest first among equals.
    fn blame(&self, at: usize, seen: &mut HashSet<usize>) -> Vec<Suspect> {
        let Some(span) = self.spans.get(at) else { return Vec::new() };
        // Each span is looked at once: where parents are guessed, ways may cross.
        if seen.len() > MOST_LOOKED_AT || !seen.insert(at) {
            return Vec::new();
        }
        let errors = self.errors(at);
        let moment = errors.iter().map(|e| e.2).max().unwrap_or(self.edge(at).1);
        let accused = errors.iter().find_map(|(kind, text, _)| named(*kind, text, self.services));
        let timed_out = span.status == Some(504) || errors.iter().any(|(kind, text, _)| is_time_out(*kind, text));
        let is_of = |i: usize, peer: &Peer| {
            self.spans.get(i).is_some_and(|s| s.service.eq_ignore_ascii_case(&peer.name) || s.peer.as_ref().is_some_and(|p| p.name == peer.name))
        };
        // What an error says was waited for outside is no call of its own: the error itself is asked about it.
        let own_calls: Vec<usize> = self
            .children
            .get(at)
            .into_iter()
            .flatten()
            .copied()
            .filter(|i| self.spans.get(*i).is_some_and(|s| s.kind != SpanKind::External))
            .collect();
        let calls = own_calls.as_slice();
        let mut failed: Vec<usize> =
            calls.iter().copied().filter(|i| self.spans.get(*i).is_some_and(|s| s.failed) && !self.made_good(*i, calls)).collect();
        let mut waited: Vec<usize> = calls
            .iter()
            .copied()
            .filter(|i| !failed.contains(i) && (self.still_running(*i, moment) || (span.open && self.is_open(*i))))
            .filter(|_| timed_out || span.open || span.failed)
            .collect();
        if let Some(peer) = accused.as_ref().filter(|peer| calls.iter().any(|i| is_of(*i, peer))) {
            // The error says which of the calls it was.
            let right = |i: &usize| is_of(*i, peer);
            if failed.iter().chain(&waited).any(right) {
                failed.retain(right);
                waited.retain(right);
            } else if timed_out {
                // It came back, but too late: the caller had given it up.
                let slowest = calls.iter().copied().filter(|i| right(i)).max_by_key(|i| self.length(*i));
                return slowest.map_or_else(Vec::new, |i| self.slow(i, self.edge(i).1, seen, 2));
            }
        } else if let Some(peer) = accused.clone().filter(|peer| !peer.is_database || failed.is_empty()) {
            // Somebody who is none of its calls: outside, or one of ours that left no record.
            if failed.is_empty() || !self.inherits(at, &failed, &errors) {
                let (kind, text, _) = errors.iter().find(|(kind, text, _)| named(*kind, text, self.services).is_some()).cloned().unwrap_or_default();
                return vec![Suspect { at, outside: Some(peer), reason: sentence(kind, &text), sure: 3 }];
            }
        }
        if !failed.is_empty() && !self.inherits(at, &failed, &errors) {
            failed.clear();
        }
        let mut suspects = Vec::new();
        if timed_out {
            for i in &waited {
                suspects.extend(self.slow(*i, moment, seen, 2));
            }
        }
        if suspects.is_empty() {
            // The failure that came last before its own is the one that it passed on.
            failed.sort_by_key(|i| (std::cmp::Reverse(self.edge(*i).1.min(moment)), *i));
            for (rank, i) in failed.iter().enumerate() {
                let mut found = self.blame(*i, seen);
                found.iter_mut().filter(|_| rank > 0).for_each(|s| s.sure = s.sure.min(2));
                suspects.extend(found);
            }
        }
        if suspects.is_empty() {
            for i in &waited {
                suspects.extend(if self.is_open(*i) { self.blame(*i, seen) } else { self.slow(*i, moment, seen, 2) });
            }
        }
        let perhaps = self.perhaps.get(at).map(Vec::as_slice).unwrap_or_default();
        for i in perhaps.iter().filter(|i| self.is_broken(**i)) {
            let mut found = self.blame(*i, seen);
            found.iter_mut().for_each(|s| s.sure = s.sure.min(2));
            suspects.extend(found);
        }
        if suspects.is_empty() { vec![self.itself(at)] } else { suspects }
    }

    fn is_open(&self, at: usize) -> bool {
        self.spans.get(at).is_some_and(|s| s.open)
    }

    /// It was not done when its caller gave up.
    fn still_running(&self, at: usize, moment: i64) -> bool {
        let (from, to) = self.edge(at);
        from < moment && (to > moment + 1_000_000 || self.is_open(at))
    }

    /// A later try of the same call succeeded.
    fn made_good(&self, at: usize, calls: &[usize]) -> bool {
        let Some(span) = self.spans.get(at) else { return false };
        let again = |i: &usize| {
            self.spans.get(*i).is_some_and(|other| other.service == span.service && other.name == span.name && !other.failed && !other.open)
                && self.edge(*i).0 >= self.edge(at).1
        };
        calls.iter().any(again)
    }

    /// Whether a span's own failure is its calls': not when it threw something of its own making that speaks of none of them.
    fn inherits(&self, at: usize, failed: &[usize], errors: &[(Option<&str>, String, i64)]) -> bool {
        let Some((kind, text, when)) = errors.first() else { return true };
        let own_making = kind.is_some_and(is_own_making);
        if !own_making {
            return true;
        }
        let speaks = failed.iter().filter_map(|i| self.spans.get(*i)).any(|s| text.contains(&s.service) || s.exception.as_deref() == *kind);
        // Thrown at once when the call came back it is still about that call.
        let at_once = failed.iter().any(|i| (0..=5_000_000).contains(&(when - self.edge(*i).1)));
        let gateway = self.spans.get(at).and_then(|s| s.status).is_some_and(|s| s > 500);
        speaks || at_once || gateway
    }

    /// A call that was too slow for its caller: whatever it was waiting for itself at that moment.
    fn slow(&self, at: usize, moment: i64, seen: &mut HashSet<usize>, sure: u8) -> Vec<Suspect> {
        let Some(span) = self.spans.get(at) else { return Vec::new() };
        if span.failed && !seen.contains(&at) {
            return self.blame(at, seen);
        }
        let calls: Vec<usize> = self
            .children
            .get(at)
            .into_iter()
            .flatten()
            .copied()
            .filter(|i| self.spans.get(*i).is_some_and(|s| s.kind != SpanKind::External))
            .collect();
        let running = calls
            .iter()
            .copied()
            .filter(|i| self.edge(*i).0 < moment && (self.edge(*i).1 >= moment || self.is_open(*i)))
            .max_by_key(|i| self.length(*i));
        // Or the call that took most of its time.
        let most = calls.iter().copied().filter(|i| self.length(*i) * 2 > self.length(at)).max_by_key(|i| self.length(*i));
        if let Some(next) = running.or(most) {
            return self.slow(next, moment, seen, sure);
        }
        let took = millis(span.duration_ms);
        let open = if span.open { "and never completed" } else { "after the caller gave up" };
        let reason = format!("{} took {took} ms {}", span.name, if span.open { open } else { "and did not fail: too slow for its caller" });
        let own = self.own.get(at).map(Vec::as_slice).unwrap_or_default();
        let texts = || own.iter().rev().filter_map(|i| self.records.get(*i)?.message.as_deref());
        let said = texts().find_map(|text| named(None, text, self.services).filter(|p| p.is_database).map(|p| (p, text.to_string())));
        let database = said.or_else(|| {
            texts().find_map(|text| asked(text, self.services).filter(|p| !self.services.contains(&p.name.as_str())).map(|p| (p, text.to_string())))
        });
        let outside = span.peer.clone().filter(|_| span.kind == SpanKind::Client).map(|p| (p, reason.clone()));
        match outside.or(database) {
            Some((peer, text)) => vec![Suspect { at, outside: Some(peer), reason: text, sure }],
            None => vec![Suspect { at, outside: None, reason, sure }],
        }
    }

    /// Nobody below is to blame.
    fn itself(&self, at: usize) -> Suspect {
        let Some(span) = self.spans.get(at) else { return Suspect { at, outside: None, reason: String::new(), sure: 1 } };
        let errors = self.errors(at);
        if span.kind == SpanKind::Client {
            // The callee wrote nothing: it is outside, or died without a word.
            let said = errors.first().map(|(kind, text, _)| sentence(*kind, text)).unwrap_or_else(|| format!("{} failed", span.name));
            let accused = errors.iter().find_map(|(kind, text, _)| named(*kind, text, self.services));
            return Suspect { at, outside: span.peer.clone().or(accused), reason: said, sure: if span.peer.is_some() { 3 } else { 2 } };
        }
        if let Some((kind, text, _)) = errors.first() {
            let outside = errors.iter().find_map(|(kind, text, _)| named(*kind, text, self.services)).filter(|p| p.name != span.service);
            return Suspect { at, outside, reason: sentence(*kind, text), sure: 3 };
        }
        if span.open {
            let own = self.own.get(at).map(Vec::as_slice).unwrap_or_default();
            let last = own.iter().rev().filter_map(|i| self.records.get(*i)?.message.as_deref()).next();
            let outside = last.and_then(|text| asked(text, self.services)).filter(|p| p.name != span.service);
            let reason = match (&outside, last) {
                (Some(_), Some(text)) => format!("its last word was \"{text}\", then nothing"),
                _ => format!("{} started and never completed", span.name),
            };
            return Suspect { at, outside, reason, sure: 2 };
        }
        let reason = match span.status {
            Some(status) => format!("{} answered {status} and called nothing that failed", span.name),
            None => format!("{} failed and called nothing that failed", span.name),
        };
        Suspect { at, outside: None, reason, sure: 2 }
    }

    fn describe(&self, suspect: &Suspect) -> Origin {
        let Some(span) = self.spans.get(suspect.at) else { return Origin::default() };
        let own = self.own.get(suspect.at).map(Vec::as_slice).unwrap_or_default();
        let bad = own.iter().filter_map(|i| self.records.get(*i)).find(|r| r.is_error() || r.is_failed() || r.exception.is_some());
        let waited = bad.and_then(|r| waited_ms(r.message.as_deref().unwrap_or_default()));
        let first_seen = bad.map_or(span.start, |r| Timestamp::from_nanos(r.timestamp.nanos() - (waited.unwrap_or(0.0) * 1e6) as i64));
        let (kind, name) = match &suspect.outside {
            Some(peer) if self.services.contains(&peer.name.as_str()) => (OriginKind::Service, peer.name.clone()),
            Some(peer) if peer.is_database => (OriginKind::Database, peer.name.clone()),
            Some(peer) => (OriginKind::Dependency, peer.name.clone()),
            None => (OriginKind::Service, span.service.clone()),
        };
        Origin {
            kind,
            name,
            service: span.service.clone(),
            span: span.id.clone(),
            timestamp: first_seen.max(span.start),
            reason: suspect.reason.clone(),
            confidence: "medium",
            alternatives: Vec::new(),
        }
    }
}

fn sentence(kind: Option<&str>, text: &str) -> String {
    match kind {
        Some(kind) if !text.is_empty() && !text.starts_with(kind) => format!("{kind}: {text}"),
        Some(kind) if text.is_empty() => kind.to_string(),
        _ => text.to_string(),
    }
}

/// Classes of what a program does wrong by itself, in the languages that services are written in.
fn is_own_making(kind: &str) -> bool {
    const CLASSES: [&str; 26] = [
        "ValueError",
        "KeyError",
        "TypeError",
        "AttributeError",
        "IndexError",
        "NameError",
        "ImportError",
        "ModuleNotFoundError",
        "AssertionError",
        "ZeroDivisionError",
        "MemoryError",
        "RecursionError",
        "UnicodeDecodeError",
        "NotImplementedError",
        "NullPointerException",
        "IllegalArgumentException",
        "IllegalStateException",
        "ClassCastException",
        "IndexOutOfBoundsException",
        "OutOfMemoryError",
        "StackOverflowError",
        "ReferenceError",
        "RangeError",
        "NullReferenceException",
        "InvalidOperationException",
        "panic",
    ];
    let name = kind.rsplit(['.', ':']).next().unwrap_or(kind);
    CLASSES.contains(&name)
}
