//! Who is to blame for a span that broke: a call that failed and was not made good, a call that was still running when the span gave
//! up waiting, somebody outside whom the error names, or the span itself.

use super::{MOST_LOOKED_AT, Suspect, is_same};
use crate::analysis::hints::is_cancelled;
use crate::analysis::outside::{is_address, is_time_out, proxy_in};
use crate::analysis::told::{Told, is_own_making};
use crate::analysis::tree::Tree;
use crate::model::{Peer, SpanKind};
use std::collections::HashSet;

/// How what undoes something is called.
const UNDOES: [&str; 12] =
    ["release", "cancel", "refund", "rollback", "roll-back", "compensat", "revert", "undo", "/void", "revers", "unreserve", "cleanup"];
/// How who stands in for somebody is called.
const STANDS_IN: [&str; 8] = ["fallback", "backup", "secondary", "standby", "replica", "alternat", "failover", "mirror"];
/// Who gives up several calls does so within this time, ns.
const AT_ONCE: i64 = 20_000_000;
/// Nobody tries more often than this.
const MOST_TRIES: usize = 6;

impl Tree<'_> {
    /// Who is to blame for a broken span; the likeliest first among equals.
    pub(super) fn blame(&self, at: usize, seen: &mut HashSet<usize>) -> Vec<Suspect> {
        let changed = (!seen.contains(&at)).then(|| self.changed_by_itself(at)).flatten();
        let mut found = self.blame_calls(at, seen);
        if let Some(reason) = changed {
            found.iter_mut().for_each(|s| s.sure = 1);
            found.insert(0, Suspect { at, outside: None, reason, sure: 2 });
        } else if let Some(reason) = found.first().filter(|s| s.at == at).and_then(|_| self.machine_fails(at)) {
            found.iter_mut().for_each(|s| s.sure = s.sure.min(2));
            found.insert(0, Suspect { at, outside: None, reason, sure: 2 });
        }
        found
    }

    /// What its records tell of a setting that was changed, where it fails by whom that setting is about and nobody else did.
    pub(super) fn changed_by_itself(&self, at: usize) -> Option<String> {
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

    pub(super) fn blame_calls(&self, at: usize, seen: &mut HashSet<usize>) -> Vec<Suspect> {
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
        // Who stands between is none of the calls.
        let between = |(peer, reason): &&(Peer, String)| peer.name == "dns" || proxy_in(reason).is_some_and(|proxy| proxy.name == peer.name);
        if let Some((peer, reason)) = accused.as_ref().filter(between).cloned() {
            return vec![Suspect { at, outside: Some(peer), reason, sure: 2 }];
        }
        if self.is_caller_side(at) && calls.is_empty() && span.peer.is_some() {
            return vec![self.itself(at)];
        }
        let mut failed: Vec<usize> =
            calls.iter().copied().filter(|i| self.spans.get(*i).is_some_and(|s| s.failed) && !self.made_good(*i, &calls)).collect();
        // Who was told to stop because another one failed is not what it broke by.
        if failed.iter().any(|i| !self.was_cancelled(*i)) || errors.iter().any(|told| !is_cancelled(told)) {
            failed.retain(|i| !self.was_cancelled(*i));
        }
        // So was who went on as if nothing had happened, when another one failed by itself just before.
        let broke = |i: &usize| self.fails_within(*i);
        let first_broke = failed.iter().filter(|i| broke(i)).map(|i| self.edge(*i).1).min();
        if let Some(first) = first_broke.filter(|_| !timed_out) {
            failed.retain(|i| broke(i) || !self.goes_on_after(*i) || self.edge(*i).1 < first - AT_ONCE);
        }
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
        waited.retain(|i| !hardly(i) && !self.bore(at, *i));
        waited.retain(|hung| !(self.is_open(*hung) && failed.iter().any(|i| like(*i, *hung) && !self.errors(*i).is_empty())));
        // What a program does to undo what it did before is not what it fails by.
        let ended = failed.iter().map(|i| self.edge(*i).1).min().unwrap_or(i64::MAX);
        let undone = |i: &usize| self.edge(*i).0 >= ended && self.does(*i, &UNDOES);
        let undoing: Vec<usize> = failed.iter().copied().filter(undone).collect();
        let undoes = |peer: &Peer| undoing.iter().any(|i| is_of(*i, peer)) && !failed.iter().any(|i| !undoing.contains(i) && is_of(*i, peer));
        let accused = accused.filter(|(peer, _)| !undoes(peer));
        failed.retain(|i| !undoing.contains(i));
        // Something that is not there is no failure where another call failed in earnest.
        let is_absent = |i: &usize| self.spans.get(*i).and_then(|s| s.status) == Some(404);
        if failed.iter().any(|i| !is_absent(i)) && span.status != Some(404) {
            failed.retain(|i| !is_absent(i));
        }
        // What a later try made good is not what it fails by, when something else failed after it.
        let healed = |peer: &Peer| !failed.is_empty() && calls.iter().any(|i| is_of(*i, peer) && self.made_good(*i, &calls));
        let accused = accused.filter(|(peer, _)| failed.iter().any(|i| is_of(*i, peer)) || !healed(peer));
        let borne = |peer: &Peer| !failed.is_empty() && calls.iter().any(|i| self.asks(*i, peer) && self.bore(at, *i));
        let accused = accused.filter(|(peer, _)| !borne(peer));
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
                let mut found = self.slow(slowest, moment.max(self.edge(slowest).1), seen, 2);
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
            if failed.is_empty() || !self.inherits(at, &failed, &errors) || self.is_beside(&failed, &peer, &errors) {
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
        let ran_out = timed_out && errors.first().is_some_and(|told| is_time_out(told.kind, &told.text));
        // The time was used up before the call that it ran out in.
        let spent = || {
            let little = |i: &usize| self.length(*i) * 4 < moment - self.edge(at).0;
            let all_little = waited.is_empty() && failed.iter().all(little);
            let most = self
                .children
                .get(at)
                .into_iter()
                .flatten()
                .copied()
                .filter(|i| !failed.contains(i) && !self.bore(at, *i) && self.spans.get(*i).is_some_and(|s| s.kind != SpanKind::External))
                .max_by_key(|i| self.length(*i))?;
            (all_little && self.length(most) * 10 >= (moment - self.edge(at).0) * 6).then_some(most)
        };
        if let Some(most) = Some(()).filter(|()| ran_out).and_then(|()| spent()) {
            suspects = self.slow(most, self.edge(most).1, seen, 2);
            let tried = failed.iter().flat_map(|i| self.blame(*i, seen)).map(|s| Suspect { sure: 1, ..s }).collect::<Vec<_>>();
            suspects.extend(tried);
            return suspects;
        }
        if timed_out {
            for i in &waited {
                suspects.extend(self.slow(*i, moment, seen, 2));
            }
        }
        if suspects.is_empty() {
            self.order(&mut failed, &calls, moment);
            // Whose words the error repeats is whom it is about.
            let repeats = |i: &usize| errors.first().is_some_and(|told| self.repeats(told, *i));
            failed.sort_by_key(|i| !repeats(i));
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

    /// Whether what failed was no request that anybody is known to have waited for, was over long before somebody else was complained
    /// of, and is spoken of by no word.
    fn is_beside(&self, failed: &[usize], peer: &Peer, errors: &[Told<'_>]) -> bool {
        const LONG_AGO: i64 = 50_000_000;
        let speaks = |i: usize| errors.iter().any(|told| told.text.contains(self.service(i)));
        let complained = errors.iter().filter(|told| told.text.contains(&peer.name)).map(|told| told.at).max();
        failed.iter().all(|i| {
            let no_request = self.spans.get(*i).is_some_and(|s| s.inferred && s.status.is_none() && !s.open);
            let said = self.errors(*i).iter().map(|told| told.at).filter(|at| complained.is_some_and(|to| *at <= to)).max();
            no_request && !speaks(*i) && said.zip(complained).is_some_and(|(said, complained)| complained - said > LONG_AGO)
        })
    }

    /// Whether a call is of that party: itself, or what its caller's side leads to.
    pub(super) fn asks(&self, call: usize, peer: &Peer) -> bool {
        let of =
            |i: &usize| self.spans.get(*i).is_some_and(|s| is_same(&s.service, &peer.name) || s.peer.as_ref().is_some_and(|p| p.name == peer.name));
        of(&call) || self.children.get(call).into_iter().flatten().any(of)
    }

    /// The call that turned it away, as the last it did: too many, not allowed, locked.
    pub(super) fn refused(&self, at: usize, calls: &[usize]) -> Option<usize> {
        const AWAY: [i64; 6] = [401, 403, 408, 423, 424, 429];
        let last = calls.iter().copied().max_by_key(|i| self.edge(*i).1)?;
        let soon = (0..=20_000_000).contains(&(self.edge(at).1 - self.edge(last).1));
        (soon && self.spans.get(last)?.status.is_some_and(|status| AWAY.contains(&status))).then_some(last)
    }

    /// Whether a call, by its name or by that of what it called, does one of these things.
    fn does(&self, at: usize, things: &[&str]) -> bool {
        let named = |i: &usize| {
            let name = self.spans.get(*i).map(|s| format!("{} {}", s.service, s.name).to_ascii_lowercase()).unwrap_or_default();
            things.iter().any(|thing| name.contains(thing))
        };
        named(&at) || self.children.get(at).into_iter().flatten().any(named)
    }

    /// Whether a call asks for the same as another one did, of somebody else: an attempt to make it good.
    fn instead(&self, first: usize, then: usize) -> bool {
        let names = |at: usize| {
            let below = self.children.get(at).into_iter().flatten().copied();
            below.chain([at]).filter_map(|i| self.spans.get(i)).filter(|s| s.name.contains('/')).map(|s| s.name.clone()).collect::<Vec<_>>()
        };
        let (a, b) = (names(first), names(then));
        self.does(then, &STANDS_IN) || a.iter().any(|name| b.contains(name)) || (a.is_empty() && b.is_empty())
    }

    /// Of several calls that failed the likeliest first: where others went well in between, or something else was asked for after it,
    /// the first was borne, and the last one is what the span passed on; else what came after the first was an attempt to make it good.
    pub(super) fn order(&self, failed: &mut [usize], calls: &[usize], moment: i64) {
        let first = failed.iter().copied().min_by_key(|i| self.edge(*i).1);
        let last = failed.iter().copied().max_by_key(|i| self.edge(*i).0);
        let Some((first, last)) = first.zip(last) else { return };
        let (first_end, last_start) = (self.edge(first).1, self.edge(last).0);
        let went_well = |i: &usize| !failed.contains(i) && !self.is_broken(*i) && self.edge(*i).0 >= first_end && self.edge(*i).1 <= last_start;
        let borne = calls.iter().any(went_well) || !self.instead(first, last);
        let apart = last_start >= first_end;
        failed.sort_by_key(|i| {
            let end = self.edge(*i).1.min(moment);
            (if apart && !borne { end } else { -end }, *i)
        });
    }

    /// Whether an error repeats what was said of a call.
    fn repeats(&self, error: &Told<'_>, call: usize) -> bool {
        const LEAST: usize = 12;
        let below = self.children.get(call).into_iter().flatten().copied();
        below.chain([call]).flat_map(|i| self.errors(i)).any(|told| told.text.len() >= LEAST && error.text.contains(&told.text))
    }

    /// All that it says is that it was told to stop.
    pub(super) fn was_cancelled(&self, at: usize) -> bool {
        let of = |i: usize| {
            let errors = self.errors(i);
            (!errors.is_empty()).then(|| errors.iter().all(|told| told.kind.is_none() || is_cancelled(told)) && errors.iter().any(is_cancelled))
        };
        let below = || self.children.get(at).into_iter().flatten().find_map(|i| of(*i));
        of(at).or_else(below).unwrap_or(false)
    }

    /// Whom a call reached failed as well, or said why.
    fn fails_within(&self, call: usize) -> bool {
        match self.children.get(call).map(Vec::as_slice) {
            None | Some([]) => !self.errors(call).is_empty(),
            Some(below) => below.iter().any(|i| self.is_broken(*i) || !self.errors(*i).is_empty()),
        }
    }

    /// Whom a call reached did well, and was done after the call had been given up.
    fn goes_on_after(&self, call: usize) -> bool {
        let ended = self.edge(call).1;
        let below = self.children.get(call).map(Vec::as_slice).unwrap_or_default();
        below.iter().all(|i| !self.is_broken(*i)) && below.iter().any(|i| self.edge(*i).1 > ended)
    }

    /// It was not done when its caller gave up.
    pub(super) fn still_running(&self, at: usize, moment: i64) -> bool {
        let (from, to) = self.edge(at);
        from < moment && (to > moment + 1_000_000 || self.is_open(at))
    }

    /// A later try of the same call succeeded.
    pub(super) fn made_good(&self, at: usize, calls: &[usize]) -> bool {
        let Some(span) = self.spans.get(at) else { return false };
        let like = |i: &usize| self.spans.get(*i).is_some_and(|other| other.service == span.service && is_same_call(&other.name, &span.name));
        let well = |i: &usize| !self.is_broken(*i) && self.edge(*i).0 >= self.edge(at).1;
        // So many of one kind are a loop over many things, and the next of them is no second try of this one.
        calls.iter().filter(|i| like(i)).count() <= MOST_TRIES && calls.iter().any(|i| like(i) && well(i))
    }

    /// Whether a span's own failure is its calls': not when it threw something of its own making that speaks of none of them.
    pub(super) fn inherits(&self, at: usize, failed: &[usize], errors: &[Told<'_>]) -> bool {
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
}

/// Whether two calls are the same by their names: some tracers name a statement now with its schema and now without.
fn is_same_call(a: &str, b: &str) -> bool {
    fn statement(name: &str) -> Option<(&str, &str)> {
        let (verb, what) = name.split_once(' ').filter(|_| name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.contains('/'))?;
        Some((verb, what.rsplit('.').next().unwrap_or(what)))
    }
    a == b || statement(a).is_some_and(|bare| statement(b) == Some(bare))
}
