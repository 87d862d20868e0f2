//! Where a request broke: down from the root through the failures that were inherited, to the one that was not.
//!
//! At each failed span the question is who is to blame: a call that failed and was not made good, a call that was still
//! running when the span gave up waiting, somebody outside whom the error names, or the span itself.

use super::hints::is_of_machine;
use super::outside::{asked, is_address, is_of_database, is_own_request, is_time_out, is_trouble, named, waited_ms};
use super::told::{Told, is_own_making, is_unreadable};
use super::tree::Tree;
use super::waited::party;
use crate::model::printable::millis;
use crate::model::{Origin, OriginKind, Peer, Span, SpanKind, Timestamp};
use std::collections::HashSet;

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
    let mut broken: Vec<usize> = (0..tree.spans.len()).filter(|i| tree.is_root(*i) && tree.is_broken(*i) && !tree.is_late(*i)).collect();
    let answered = !broken.is_empty();
    if !answered {
        broken = tree.unanswered();
    }
    if broken.is_empty() {
        broken = tree.partly();
    }
    // A request that calls others before work that stands alone; of several the one that began first.
    let weight = |i: &usize| (tree.children.get(*i).is_some_and(|c| !c.is_empty()), std::cmp::Reverse(tree.edge(*i).0), std::cmp::Reverse(*i));
    let root = broken.into_iter().max_by_key(weight)?;
    let mut suspects = tree.blame(root, &mut HashSet::new());
    // Nobody is known to have been let down by it.
    suspects.iter_mut().filter(|_| !answered).for_each(|s| s.sure = s.sure.min(2));
    suspects.sort_by_key(|s| std::cmp::Reverse(s.sure));
    if let Some(at) = suspects.first().filter(|s| s.outside.is_none() && s.sure < 3 && tree.errors(s.at).is_empty()).map(|s| s.at) {
        suspects.extend(tree.elsewhere(at));
    }
    if let Some(hung) = suspects.first().filter(|s| s.outside.is_none()).and_then(|s| tree.hung(s.at)) {
        suspects.insert(0, hung);
    }
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

/// Nobody tries more often than this.
const MOST_TRIES: usize = 6;
/// A fault in the middle of 100,000 failed spans is told by the first of them.
const MOST_LOOKED_AT: usize = 5000;

impl Tree<'_> {
    /// Who is to blame for a broken span; the likeliest first among equals.
    fn blame(&self, at: usize, seen: &mut HashSet<usize>) -> Vec<Suspect> {
        let changed = (!seen.contains(&at)).then(|| self.changed_by_itself(at)).flatten();
        let mut found = self.blame_calls(at, seen);
        if let Some(reason) = changed {
            found.iter_mut().for_each(|s| s.sure = 1);
            found.insert(0, Suspect { at, outside: None, reason, sure: 2 });
        }
        found
    }

    /// What its records tell of a setting that was changed, where it fails by whom that setting is about and nobody else did.
    fn changed_by_itself(&self, at: usize) -> Option<String> {
        let errors = self.errors(at);
        let failed = |i: usize| self.spans.get(i).is_some_and(|s| s.kind == SpanKind::Service && s.failed);
        let calls = self.calls(at);
        let below = calls.iter().flat_map(|i| self.children.get(*i).into_iter().flatten().chain(Some(i)));
        if errors.is_empty() || below.into_iter().any(|i| failed(*i)) {
            return None;
        }
        let peers = calls.iter().filter_map(|i| self.spans.get(*i)?.peer.clone()).map(|peer| peer.name);
        let names: Vec<String> =
            self.accused(at, &errors).map(|(peer, _)| peer.name).into_iter().chain(peers).map(|n| n.to_ascii_lowercase()).collect();
        let mut about: Vec<&str> = names.iter().map(String::as_str).filter(|name| name.len() > 2).collect();
        if errors.iter().any(|told| is_time_out(told.kind, &told.text)) {
            about.extend(["timeout", "deadline"]);
        }
        self.setting_changed(at, &about)
    }

    fn blame_calls(&self, at: usize, seen: &mut HashSet<usize>) -> Vec<Suspect> {
        let Some(span) = self.spans.get(at) else { return Vec::new() };
        // Each span is looked at once: where parents are guessed, ways may cross.
        if seen.len() > MOST_LOOKED_AT || !seen.insert(at) {
            return Vec::new();
        }
        let errors = self.errors(at);
        let moment = errors.iter().map(|told| told.at).max().unwrap_or(self.edge(at).1);
        // A bare address that nobody outside is known by is that of a call, where there is one.
        let nameless = |peer: &Peer| !peer.is_database && is_address(&peer.name);
        let calls = self.calls(at);
        let accused = self.accused(at, &errors).filter(|(peer, _)| (!nameless(peer) || calls.is_empty()) && !self.keeps(at));
        let timed_out = span.status == Some(504) || errors.iter().any(|told| is_time_out(told.kind, &told.text));
        let is_of = |i: usize, peer: &Peer| {
            self.spans.get(i).is_some_and(|s| is_same(&s.service, &peer.name) || s.peer.as_ref().is_some_and(|p| p.name == peer.name))
        };
        if let Some((peer, reason)) = accused.clone().filter(|(peer, _)| peer.name == "dns") {
            return vec![Suspect { at, outside: Some(peer), reason, sure: 2 }];
        }
        if span.kind == SpanKind::Client && calls.is_empty() && span.peer.is_some() {
            return vec![self.itself(at)];
        }
        let mut failed: Vec<usize> =
            calls.iter().copied().filter(|i| self.spans.get(*i).is_some_and(|s| s.failed) && !self.made_good(*i, &calls)).collect();
        // What a program says that it bears is not what it broke by.
        if failed.iter().any(|i| !self.bore(at, *i)) || !errors.is_empty() {
            failed.retain(|i| !self.bore(at, *i));
        }
        let mut waited: Vec<usize> = calls
            .iter()
            .copied()
            .filter(|i| !failed.contains(i) && (self.still_running(*i, moment) || (span.open && self.is_open(*i))))
            .filter(|_| timed_out || span.open || span.failed)
            .collect();
        // A try that hung tells less than another try of the same call that failed with a word.
        let like = |a: usize, b: usize| match (self.spans.get(a), self.spans.get(b)) {
            (Some(a), Some(b)) => a.service == b.service && a.name == b.name,
            _ => false,
        };
        // Who had hardly begun when time was up did not use it up.
        let hardly = |i: &usize| !self.is_open(*i) && (moment - self.edge(*i).0) * 4 < moment - self.edge(at).0;
        waited.retain(|i| !hardly(i));
        waited.retain(|hung| !(self.is_open(*hung) && failed.iter().any(|i| like(*i, *hung) && !self.errors(*i).is_empty())));
        // What a later try made good is not what it fails by, when something else failed after it.
        let healed = |peer: &Peer| !failed.is_empty() && calls.iter().any(|i| is_of(*i, peer) && self.made_good(*i, &calls));
        let accused = accused.filter(|(peer, _)| failed.iter().any(|i| is_of(*i, peer)) || !healed(peer));
        if let Some((peer, _)) = accused.as_ref().filter(|(peer, _)| calls.iter().any(|i| is_of(*i, peer))) {
            // The error says which of the calls it was.
            let right = |i: &usize| is_of(*i, peer);
            if failed.iter().chain(&waited).any(right) {
                failed.retain(right);
                waited.retain(right);
            } else if timed_out {
                // It came back, but too late: the caller had given it up.
                let slowest = calls.iter().copied().filter(|i| right(i)).max_by_key(|i| self.length(*i));
                let Some(slowest) = slowest else { return Vec::new() };
                let mut found = self.slow(slowest, self.edge(slowest).1, seen, 2);
                if hardly(&slowest) {
                    // It was left little of the time: whoever asked it had used up the rest.
                    found.iter_mut().for_each(|s| s.sure = 1);
                    let reason = format!("{} left little of its time to what it waited for", span.name);
                    found.insert(0, Suspect { at, outside: None, reason, sure: 2 });
                }
                return found;
            }
        } else if let Some((peer, reason)) = accused.clone().filter(|(peer, _)| !peer.is_database || failed.is_empty()) {
            // Somebody who is none of its calls: outside, or one of ours that left no record.
            if failed.is_empty() || !self.inherits(at, &failed, &errors) {
                // One of ours that left records elsewhere in the trace has its own reasons.
                let theirs = (0..self.spans.len()).find(|i| {
                    let own = self.spans.get(*i).is_some_and(|s| s.kind != SpanKind::External && is_same(&s.service, &peer.name));
                    own && self.is_broken(*i) && !seen.contains(i)
                });
                if let Some(theirs) = theirs {
                    let mut found = self.blame(theirs, seen);
                    found.iter_mut().for_each(|s| s.sure = s.sure.min(2));
                    return found;
                }
                // "A database", and no word which, is half an answer; so is a bare address.
                let sure = if ["database", "aws", "s3", "dns"].contains(&peer.name.as_str()) || nameless(&peer) { 2 } else { 3 };
                return vec![Suspect { at, outside: Some(peer), reason, sure }];
            }
        }
        // A failure of its own making after a call that failed: it may have been that of the call all the same.
        let mut doubted = Vec::new();
        if !failed.is_empty() && !self.inherits(at, &failed, &errors) {
            doubted = std::mem::take(&mut failed);
        }
        let mut suspects = Vec::new();
        if timed_out {
            for i in &waited {
                suspects.extend(self.slow(*i, moment, seen, 2));
            }
        }
        if suspects.is_empty() {
            self.order(&mut failed, &calls, moment);
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
        if suspects.is_empty() && errors.is_empty() {
            suspects.extend(self.refused(at, &calls).into_iter().flat_map(|i| self.blame(i, seen)).map(|s| Suspect { sure: s.sure.min(2), ..s }));
        }
        let perhaps = self.perhaps.get(at).map(Vec::as_slice).unwrap_or_default();
        for i in perhaps.iter().filter(|i| self.is_broken(**i)) {
            let mut found = self.blame(*i, seen);
            found.iter_mut().for_each(|s| s.sure = s.sure.min(2));
            suspects.extend(found);
        }
        if suspects.is_empty() {
            suspects.push(self.itself(at));
            for i in doubted {
                suspects.extend(self.blame(i, seen).into_iter().map(|s| Suspect { sure: 1, ..s }));
            }
        }
        suspects
    }

    /// The call that turned it away, as the last it did: too many, not allowed, locked.
    fn refused(&self, at: usize, calls: &[usize]) -> Option<usize> {
        const AWAY: [i64; 6] = [401, 403, 408, 423, 424, 429];
        let last = calls.iter().copied().max_by_key(|i| self.edge(*i).1)?;
        let soon = (0..=20_000_000).contains(&(self.edge(at).1 - self.edge(last).1));
        (soon && self.spans.get(last)?.status.is_some_and(|status| AWAY.contains(&status))).then_some(last)
    }

    /// Of several calls that failed the likeliest first: where others went well in between the first was borne, and the last
    /// one is what the span passed on; else what came after the first was an attempt to make it good.
    fn order(&self, failed: &mut [usize], calls: &[usize], moment: i64) {
        let ends: Vec<(i64, i64)> = failed.iter().map(|i| self.edge(*i)).collect();
        let (first_end, last_start) = (ends.iter().map(|e| e.1).min().unwrap_or(0), ends.iter().map(|e| e.0).max().unwrap_or(0));
        let went_well = |i: &usize| !failed.contains(i) && !self.is_broken(*i) && self.edge(*i).0 >= first_end && self.edge(*i).1 <= last_start;
        let borne = calls.iter().any(went_well);
        let apart = last_start >= first_end;
        failed.sort_by_key(|i| {
            let end = self.edge(*i).1.min(moment);
            (if apart && !borne { end } else { -end }, *i)
        });
    }

    /// What broke although no request that somebody waited for is known to have: under callers whose own outcome is not
    /// known, in what was set off, or below a parent that is missing.
    fn unanswered(&self) -> Vec<usize> {
        let went_well = |i: usize| self.spans.get(i).is_some_and(|s| !s.inferred || s.status.is_some()) && !self.is_broken(i);
        let stands = |i: &usize| {
            let late = self.way_up(*i).any(|at| self.is_late(at));
            let above_well = self.way_up(*i).skip(1).any(went_well);
            let above_broken = self.way_up(*i).skip(1).any(|at| self.is_broken(at));
            !above_broken && (late || !above_well)
        };
        (0..self.spans.len()).filter(|i| self.is_broken(*i)).take(MOST_LOOKED_AT).filter(stands).collect()
    }

    /// What broke under callers that answered well all the same, and told of it as an error: a part of the answer is missing.
    fn partly(&self) -> Vec<usize> {
        let tells = |i: usize| self.latest(i).any(|r| r.is_error() && !r.is_request()) && self.errors(i).iter().any(|told| !told.is_borne());
        let made_good = |i: usize| {
            let parent = self.parents.get(i).copied().flatten();
            parent.is_some_and(|parent| self.made_good(i, &self.calls(parent)))
        };
        let stands = |i: &usize| {
            let above: Vec<usize> = self.way_up(*i).skip(1).collect();
            !self.way_up(*i).any(made_good) && !above.iter().any(|at| self.is_broken(*at)) && above.iter().any(|at| tells(*at))
        };
        (0..self.spans.len()).filter(|i| self.is_broken(*i) && !self.is_late(*i)).take(MOST_LOOKED_AT).filter(stands).collect()
    }

    /// It was not done when its caller gave up.
    fn still_running(&self, at: usize, moment: i64) -> bool {
        let (from, to) = self.edge(at);
        from < moment && (to > moment + 1_000_000 || self.is_open(at))
    }

    /// A later try of the same call succeeded.
    fn made_good(&self, at: usize, calls: &[usize]) -> bool {
        let Some(span) = self.spans.get(at) else { return false };
        let like = |i: &usize| self.spans.get(*i).is_some_and(|other| other.service == span.service && other.name == span.name);
        let well = |i: &usize| !self.is_broken(*i) && self.edge(*i).0 >= self.edge(at).1;
        // So many of one kind are a loop over many things, and the next of them is no second try of this one.
        calls.iter().filter(|i| like(i)).count() <= MOST_TRIES && calls.iter().any(|i| like(i) && well(i))
    }

    /// Whether a span's own failure is its calls': not when it threw something of its own making that speaks of none of them.
    fn inherits(&self, at: usize, failed: &[usize], errors: &[Told<'_>]) -> bool {
        let Some(last) = errors.first().filter(|told| told.kind.is_some_and(is_own_making)) else { return true };
        let speaks = failed.iter().filter_map(|i| self.spans.get(*i)).any(|s| last.text.contains(&s.service) || s.exception.as_deref() == last.kind);
        // Thrown at once when the call came back it is still about that call; so is what began to be said then.
        let calls = self.calls(at);
        let at_once = failed.iter().any(|i| {
            let ended = self.edge(*i).1;
            let none_between = !calls.iter().any(|other| other != i && self.edge(*other).0 >= ended && self.edge(*other).0 <= last.at);
            let first = errors.iter().map(|told| told.at).filter(|said| *said >= ended).min().unwrap_or(last.at);
            (0..=5_000_000).contains(&(last.at - ended)) || (none_between && first - ended <= 5_000_000 && last.at - ended <= 50_000_000)
        });
        let gateway = self.spans.get(at).and_then(|s| s.status).is_some_and(|s| s > 500);
        // A refusal is an answer: what is thrown while it is dealt with is one's own.
        let refusals = failed.iter().all(|i| self.spans.get(*i).and_then(|s| s.status).is_some_and(|status| (400..500).contains(&status)));
        if refusals && !speaks && !gateway {
            return false;
        }
        speaks || at_once || gateway
    }

    /// A call that was too slow for its caller: whatever it was waiting for itself at that moment.
    fn slow(&self, at: usize, moment: i64, seen: &mut HashSet<usize>, sure: u8) -> Vec<Suspect> {
        let Some(span) = self.spans.get(at) else { return Vec::new() };
        if span.failed && !seen.contains(&at) {
            return self.blame(at, seen);
        }
        let calls = self.calls(at);
        let running = calls
            .iter()
            .copied()
            .filter(|i| self.edge(*i).0 < moment && (self.edge(*i).1 >= moment || self.is_open(*i)))
            // One of many calls in a row is not what takes so long.
            .filter(|i| self.is_open(*i) || (self.length(*i).max(moment - self.edge(*i).0)) * 4 >= moment - self.edge(at).0)
            .max_by_key(|i| self.length(*i));
        // Or the call that took most of its time.
        let most = calls.iter().copied().filter(|i| self.length(*i) * 2 > self.length(at)).max_by_key(|i| self.length(*i));
        if let Some(next) = running.or(most) {
            return self.slow(next, moment, seen, sure);
        }
        let took = millis(span.duration_ms);
        let reason = match (span.open, span.duration_ms < 1.0) {
            (true, true) => format!("{} started and gave no further sign of life", span.name),
            (true, false) => format!("{} never completed: no sign of life after {took} ms", span.name),
            (false, _) => format!("{} took {took} ms and did not fail: too slow for its caller", span.name),
        };
        let texts = || self.latest(at).filter_map(|r| r.message.as_deref());
        let said = texts().find_map(|text| named(None, text, self.services).filter(|p| p.is_database).map(|p| (p, text.to_string())));
        let database = said.or_else(|| {
            texts().find_map(|text| asked(text, self.services).filter(|p| !self.services.contains(&p.name.as_str())).map(|p| (p, text.to_string())))
        });
        let waited = || {
            if span.open {
                return None;
            }
            let own: Vec<_> = self.own.get(at).into_iter().flatten().filter_map(|i| self.records.get(*i)).collect();
            let found = party(&own, span.start, |ms| ms >= 0.6 * span.duration_ms && ms <= 1.1 * span.duration_ms);
            found.filter(|p| p.name != span.service && !self.services.contains(&p.name.as_str())).map(|p| (p, reason.clone()))
        };
        let database = database.or_else(waited);
        let outside = span.peer.clone().filter(|_| span.kind == SpanKind::Client).map(|p| (p, reason.clone()));
        let (outside, reason) = outside.or(database).map_or((None, reason), |(peer, text)| (Some(peer), text));
        vec![Suspect { at, outside, reason, sure }]
    }

    /// Nobody below is to blame.
    fn itself(&self, at: usize) -> Suspect {
        let Some(span) = self.spans.get(at) else { return Suspect { at, outside: None, reason: String::new(), sure: 1 } };
        let errors = self.errors(at);
        if span.kind == SpanKind::Client {
            // The callee wrote nothing: it is outside, or died without a word.
            let reason = errors.first().map_or_else(|| format!("{} failed", span.name), Told::sentence);
            let accused = self.accused(at, &errors).map(|(peer, _)| peer);
            let asked_wrongly = self.way_up(at).take(2).any(|i| self.keeps(i) || self.errors(i).iter().any(|told| is_own_request(&told.sentence())));
            let of_database = errors.iter().any(|told| is_of_database(told.kind, &told.text));
            let addressed = span.peer.clone().map(|p| Peer { is_database: p.is_database || (of_database && self.ours(at, &p, "").is_none()), ..p });
            let outside = addressed.or(accused).filter(|_| !asked_wrongly);
            return Suspect { at, reason, sure: if outside.is_some() || asked_wrongly { 3 } else { 2 }, outside };
        }
        if let Some(last) = errors.first() {
            // What is of its own making is nobody else's, unless it says so itself.
            let own_making = last.kind.is_some_and(is_own_making);
            let said = errors.get(..if own_making { 1 } else { errors.len() }).unwrap_or_default();
            let outside = self.accused(at, said).map(|(peer, _)| peer).filter(|p| p.name != span.service && !self.keeps(at));
            if outside.is_none() && is_unreadable(last.kind.unwrap_or_default(), &last.text) {
                return Suspect { at, outside: self.last_asked(at, last.at), reason: last.sentence(), sure: 2 };
            }
            // It complains of somebody, and no word of it says of whom.
            let nameless = outside.is_none() && !own_making && is_trouble(&last.sentence());
            return Suspect { at, outside, reason: last.sentence(), sure: if nameless { 2 } else { 3 } };
        }
        if span.open {
            let last = self.latest(at).find_map(|r| r.message.as_deref());
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

    /// The party outside that answered last before that moment (ns).
    fn last_asked(&self, at: usize, moment: i64) -> Option<Peer> {
        let ended = |i: &usize| (0..=50_000_000).contains(&(moment - self.edge(*i).1));
        let last = self.children.get(at)?.iter().copied().filter(ended).max_by_key(|i| self.edge(*i).1)?;
        let span = self.spans.get(last).filter(|s| s.kind != SpanKind::Service && self.children.get(last).is_none_or(Vec::is_empty))?;
        span.peer.clone().filter(|p| !p.is_database)
    }

    /// A span gave up without saying on whom: when a single other one never completed it was that.
    fn hung(&self, at: usize) -> Option<Suspect> {
        let lost = |told: &Told<'_>| {
            let lower = format!("{} {}", told.kind.unwrap_or_default(), told.text).to_ascii_lowercase();
            is_time_out(told.kind, &told.text)
                || ["hang up", "closed", "reset", "disconnect", "premature", "aborted", "cancel", "eof"].iter().any(|word| lower.contains(word))
        };
        let timed_out = self.spans.get(at).is_some_and(|s| s.status == Some(504)) || self.errors(at).iter().any(lost);
        let mut open = (0..self.spans.len()).filter(|i| *i != at && self.is_open(*i) && !self.way_up(at).any(|above| above == *i));
        match (open.next().filter(|_| timed_out), open.next()) {
            (Some(only), None) => Some(Suspect { sure: 2, ..self.itself(only) }),
            _ => None,
        }
    }

    /// Failures under parents that were only guessed and did not fail: any of them may be what the root answers for.
    fn elsewhere(&self, root: usize) -> Vec<Suspect> {
        let lost = |i: usize| self.way_up(i).any(|at| self.spans.get(at).is_some_and(|s| s.missing_parent.is_some()));
        let guessed = |i: &usize| {
            let told = |s: &Span| s.failed && s.kind != SpanKind::External && (s.inferred || lost(*i)) && !self.errors(*i).is_empty();
            *i != root && !self.is_late(*i) && self.spans.get(*i).is_some_and(told)
        };
        let found = (0..self.spans.len()).filter(guessed).take(MOST_LOOKED_AT).max_by_key(|i| self.edge(*i).1);
        found.map(|at| Suspect { sure: 1, ..self.itself(at) }).into_iter().collect()
    }

    /// The service of ours that a party is: one of the trace, or one that is addressed as only one's own are and left no record.
    fn ours(&self, at: usize, peer: &Peer, reason: &str) -> Option<String> {
        let (host, port) = peer.name.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).unwrap_or((&peer.name, ""));
        let internal = !port.is_empty() && !peer.is_database && !host.contains('.') && !is_address(host);
        (self.services.contains(&host) || internal || self.is_internal(at, peer, reason)).then(|| host.to_string())
    }

    fn describe(&self, suspect: &Suspect) -> Origin {
        let Some(span) = self.spans.get(suspect.at) else { return Origin::default() };
        let own = self.own.get(suspect.at).map(Vec::as_slice).unwrap_or_default();
        let bad = own.iter().filter_map(|i| self.records.get(*i)).find(|r| r.is_error() || r.is_failed() || r.exception.is_some());
        let waited = bad.and_then(|r| waited_ms(r.message.as_deref().unwrap_or_default()));
        let first_seen = bad.map_or(span.start, |r| Timestamp::from_nanos(r.timestamp.nanos() - (waited.unwrap_or(0.0) * 1e6) as i64));
        let ours = |peer: &Peer| self.ours(suspect.at, peer, &suspect.reason);
        let (kind, name) = match &suspect.outside {
            _ if is_of_machine(&suspect.reason) && !suspect.outside.as_ref().is_some_and(|peer| peer.is_database) => {
                let named = suspect.outside.as_ref().map(|peer| peer.name.as_str());
                self.machine(suspect.at, named, &suspect.reason).map_or((OriginKind::Service, span.service.clone()), |name| (OriginKind::Host, name))
            }
            Some(peer) if ours(peer).is_some() => (OriginKind::Service, ours(peer).unwrap_or_default()),
            Some(peer) if peer.is_database => (OriginKind::Database, peer.name.clone()),
            Some(peer) => (OriginKind::Dependency, peer.name.clone()),
            None => (OriginKind::Service, span.service.clone()),
        };
        Origin {
            service: if kind == OriginKind::Service { name.clone() } else { span.service.clone() },
            kind,
            name,
            span: span.id.clone(),
            timestamp: first_seen.max(span.start),
            reason: suspect.reason.clone(),
            confidence: "medium",
            alternatives: Vec::new(),
        }
    }
}

/// A service by its own name, or by a host's that leaves out or adds what kind of thing it is.
fn is_same(service: &str, name: &str) -> bool {
    let bare = |text: &str| {
        let text = text.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(text, |(host, _)| host);
        ["-service", "-svc", "-api", "-server", "_service"].iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text).to_ascii_lowercase()
    };
    service.eq_ignore_ascii_case(name) || bare(service) == bare(name)
}
