//! Nobody below is to blame: the span itself, whom it spoke of, or whom it was still waiting for.

use super::beneath::slow_on;
use super::refusals::SENT_WRONG;
use super::unsaid::{SILENT, wrote_no_more};
use super::{MOST_LOOKED_AT, Suspect};
use crate::analysis::hints::is_node;
use crate::analysis::outside::{addressed, asked, is_make, is_of_database, is_own_request, is_time_out, is_trouble, named, says};
use crate::analysis::told::{Told, is_own_making, is_unreadable, whom};
use crate::analysis::tree::Tree;
use crate::analysis::waited::party;
use crate::model::printable::millis;
use crate::model::{Peer, Span, SpanKind};
use std::collections::HashSet;

impl Tree<'_> {
    /// A call that was too slow for its caller: whatever it was waiting for itself at that moment.
    pub(super) fn slow(&self, at: usize, moment: i64, seen: &mut HashSet<usize>, sure: u8) -> Vec<Suspect> {
        let Some(span) = self.spans.get(at) else { return Vec::new() };
        if span.failed && !seen.contains(&at) {
            return self.blame(at, seen);
        }
        let calls = self.calls(at);
        // It was done with all that it asked for long before, and gave no further sign of life.
        let silent = moment - self.edge(at).1;
        let ended = span.inferred && span.status.is_none() && !calls.iter().any(|i| self.still_running(*i, moment));
        let fell_silent = ended && silent >= SILENT && silent > 4 * self.length(at);
        let running = calls
            .iter()
            .copied()
            .filter(|i| self.edge(*i).0 < moment && (self.edge(*i).1 >= moment || self.is_open(*i)))
            // One of many calls in a row is not what takes so long.
            .filter(|i| self.is_open(*i) || (self.length(*i).max(moment - self.edge(*i).0)) * 4 >= moment - self.edge(at).0)
            .max_by_key(|i| self.length(*i));
        // Or the call that took most of its time.
        let most = calls.iter().copied().filter(|i| self.length(*i) * 2 > self.length(at)).max_by_key(|i| self.length(*i));
        if let Some(next) = running.or(most).filter(|_| !fell_silent) {
            return self.slow(next, moment, seen, sure);
        }
        let took = millis(span.duration_ms);
        let reason = match (span.open, span.duration_ms < 1.0) {
            (true, true) => format!("{} started and gave no further sign of life", span.name),
            (true, false) => format!("{} never completed: no sign of life after {took} ms", span.name),
            (false, _) if fell_silent => wrote_no_more(&span.service, silent),
            (false, _) => format!("{} took {took} ms and did not fail: too slow for its caller", span.name),
        };
        let texts = || self.latest(at).filter_map(|r| r.message.as_deref());
        let statement = || texts().find_map(|text| Some((slow_on(text)?, text.to_string())));
        let said = texts().find_map(|text| named(None, text, self.services).filter(|p| p.is_database).map(|p| (p, text.to_string())));
        let said = statement().filter(|_| said.as_ref().is_none_or(|(peer, _)| is_make(&peer.name))).or(said);
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
    pub(super) fn itself(&self, at: usize) -> Suspect {
        let Some(span) = self.spans.get(at) else { return Suspect { at, outside: None, reason: String::new(), sure: 1 } };
        let errors = self.errors(at);
        // A part of what a service did by itself: what it says of it stands beside the whole.
        if errors.iter().all(|told| told.kind.is_none())
            && span.kind == SpanKind::Service
            && self.accused(at, &errors).is_none()
            && let Some(whole) = self.parents.get(at).copied().flatten().filter(|i| self.service(*i) == span.service)
            && self.errors(whole).iter().any(|told| told.kind.is_some() || is_trouble(&told.text))
        {
            return self.itself(whole);
        }
        if self.is_caller_side(at) {
            // The callee wrote nothing: it is outside, or died without a word.
            let reason = errors.first().map_or_else(|| format!("{} failed", span.name), Told::sentence);
            let accused = self.accused(at, &errors).map(|(peer, _)| peer);
            let asked_wrongly = self.way_up(at).take(2).any(|i| self.keeps(i) || self.errors(i).iter().any(|told| is_own_request(&told.sentence())));
            let of_database = errors.iter().any(|told| is_of_database(told.kind, &told.text));
            let addressed = span.peer.clone().map(|p| Peer { is_database: p.is_database || (of_database && self.ours(at, &p, "").is_none()), ..p });
            let outside = accused.clone().filter(|p| is_node(&p.name)).or(addressed).or(accused).filter(|_| !asked_wrongly);
            // Who answers that what was sent is wrong is right, as far as can be known.
            let too_much = says(&reason, &["throughput", "throttl", "rate exceeded", "quota", "slow down"]);
            let sent_wrong = span.status.is_some_and(|status| SENT_WRONG.contains(&status)) && !asked_wrongly && !too_much;
            if let (true, Some(peer)) = (sent_wrong, outside.as_ref().filter(|peer| self.ours(at, peer, &reason).is_none())) {
                return Suspect {
                    at: self.parents.get(at).copied().flatten().unwrap_or(at),
                    reason: format!("{} answered {}: {reason}", peer.name, span.status.unwrap_or_default()),
                    sure: 2,
                    outside: None,
                };
            }
            return Suspect { at, reason, sure: if outside.is_some() || asked_wrongly { 3 } else { 2 }, outside };
        }
        if let Some(last) = errors.first() {
            // What is of its own making is nobody else's, unless it says so itself.
            let own_making = last.kind.is_some_and(is_own_making);
            let said = errors.get(..if own_making { 1 } else { errors.len() }).unwrap_or_default();
            let outside = self.accused(at, said).map(|(peer, _)| peer).filter(|p| p.name != span.service && !self.keeps(at));
            if outside.is_none() && is_unreadable(last.kind.unwrap_or_default(), &last.text) {
                let heard = self.last_asked(at, last.at).or_else(|| self.last_heard(at, last.at));
                return Suspect { at, outside: heard, reason: last.sentence(), sure: 2 };
            }
            // Who is not named by what was thrown may be by what was said before it.
            if outside.is_none()
                && !own_making
                && !self.keeps(at)
                && !is_own_request(&last.sentence())
                && let Some((peer, said)) = self.spoke_of(at)
            {
                return Suspect { at, outside: Some(peer), reason: said, sure: 2 };
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
    pub(super) fn last_asked(&self, at: usize, moment: i64) -> Option<Peer> {
        let ended = |i: &usize| (0..=50_000_000).contains(&(moment - self.edge(*i).1));
        let last = self.children.get(at)?.iter().copied().filter(ended).max_by_key(|i| self.edge(*i).1)?;
        let span = self.spans.get(last).filter(|s| s.kind != SpanKind::Service && self.children.get(last).is_none_or(Vec::is_empty))?;
        span.peer.clone().filter(|p| !p.is_database)
    }

    /// The party outside that the last record before its errors names.
    fn last_heard(&self, at: usize, moment: i64) -> Option<Peer> {
        let shift = self.shift(at);
        let before = self.latest(at).filter(|r| !r.is_error() && r.timestamp.nanos() + shift <= moment);
        let peer = addressed(&before.take(2).find_map(whom)?);
        (!peer.is_database && !self.services.contains(&peer.name.as_str()) && peer.name != self.service(at)).then_some(peer)
    }

    /// A span gave up without saying on whom: when a single other one never completed it was that.
    pub(super) fn hung(&self, at: usize) -> Option<Suspect> {
        let lost = |told: &Told<'_>| {
            is_time_out(told.kind, &told.text)
                || says(&told.lower(), &["hang up", "closed", "reset", "disconnect", "premature", "aborted", "cancel", "eof"])
        };
        let timed_out = self.spans.get(at).is_some_and(|s| s.status == Some(504)) || self.errors(at).iter().any(lost);
        let mut open = (0..self.spans.len()).filter(|i| *i != at && self.is_open(*i) && !self.way_up(at).any(|above| above == *i));
        match (open.next().filter(|_| timed_out), open.next()) {
            (Some(only), None) => Some(Suspect { sure: 2, ..self.itself(only) }),
            _ => None,
        }
    }

    /// Who failed behind one that was asked and left no record: a span whose parent is missing, within the call that failed.
    pub(super) fn behind(&self, asked: &Suspect) -> Option<Suspect> {
        let silent = asked.outside.as_ref().filter(|peer| !peer.is_database)?;
        // One that left records elsewhere lost the one that answered: what it called hangs in the air.
        let known = self.services.contains(&silent.name.as_str());
        if known && !self.is_caller_side(asked.at) {
            return None;
        }
        let (from, to) = self.edge(asked.at);
        let lies_in = |i: &usize| self.edge(*i).0 >= from && self.edge(*i).1 <= to && (self.service(*i) == silent.name) == known;
        let fails = |i: usize| self.below(i).into_iter().chain([i]).any(|below| self.spans.get(below).is_some_and(|s| s.failed));
        let orphan = |i: &usize| self.spans.get(*i).is_some_and(|s| s.missing_parent.is_some()) && fails(*i);
        let mut found = (0..self.spans.len()).filter(|i| orphan(i) && lies_in(i));
        let (only, None) = (found.next()?, found.next()) else { return None };
        self.blame(only, &mut HashSet::new()).into_iter().next().map(|s| Suspect { sure: s.sure.min(2), ..s })
    }

    /// Failures under parents that were only guessed and did not fail: any of them may be what the root answers for.
    pub(super) fn elsewhere(&self, root: usize) -> Vec<Suspect> {
        let lost = |i: usize| self.way_up(i).any(|at| self.spans.get(at).is_some_and(|s| s.missing_parent.is_some()));
        let guessed = |i: &usize| {
            let told = |s: &Span| s.failed && s.kind != SpanKind::External && (s.inferred || lost(*i)) && !self.errors(*i).is_empty();
            *i != root && !self.is_late(*i) && self.spans.get(*i).is_some_and(told)
        };
        let found = (0..self.spans.len()).filter(guessed).take(MOST_LOOKED_AT).max_by_key(|i| self.edge(*i).1);
        found.map(|at| Suspect { sure: 1, ..self.itself(at) }).into_iter().collect()
    }
}
