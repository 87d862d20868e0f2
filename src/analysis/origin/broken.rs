//! Where to begin when no request that somebody waited for is known to have failed.

use super::MOST_LOOKED_AT;
use crate::analysis::outside::says;
use crate::analysis::tree::Tree;
use crate::model::LogRecord;
use std::collections::BTreeMap;

/// Who goes away sooner did not do so because it took too long, ns.
const PATIENCE: i64 = 2_000_000_000;

impl Tree<'_> {
    /// A request whose client did not wait for the answer any longer: nginx's 499.
    pub(super) fn given_up(&self) -> Option<usize> {
        let went_away = |i: &usize| self.spans.get(*i).and_then(|s| s.status) == Some(499);
        (0..self.spans.len()).find(|i| self.is_root(*i) && went_away(i) && self.length(*i) >= PATIENCE)
    }

    /// What broke although no request that somebody waited for is known to have: under callers whose own outcome is not
    /// known, in what was set off, or below a parent that is missing.
    pub(super) fn unanswered(&self) -> Vec<usize> {
        let went_well = |i: usize| self.spans.get(i).is_some_and(|s| !s.inferred || s.status.is_some()) && !self.is_broken(i);
        let stands = |i: &usize| {
            let late = self.way_up(*i).any(|at| self.is_late(at) || self.goes_on_alone(at));
            let above_well = self.way_up(*i).skip(1).any(went_well);
            let above_broken = self.way_up(*i).skip(1).any(|at| self.is_broken(at));
            !above_broken && (late || !above_well) && !self.was_done_later(*i)
        };
        (0..self.spans.len()).filter(|i| self.is_broken(*i)).take(MOST_LOOKED_AT).filter(stands).collect()
    }

    /// Whether it was at work long after whoever set it off had answered well: nobody waited for it.
    fn goes_on_alone(&self, at: usize) -> bool {
        const LONG: i64 = 100_000_000;
        let Some(parent) = self.parents.get(at).copied().flatten().filter(|parent| !self.is_broken(*parent)) else { return false };
        let answered = self.spans.get(parent).is_some_and(|s| !s.inferred && !s.open);
        let beyond = self.edge(at).1 - self.edge(parent).1;
        answered && !self.is_caller_side(at) && beyond >= LONG && beyond > self.length(parent) && self.service(at) == self.service(parent)
    }

    /// Whether it says that it will be tried again, and its service did well in this request later.
    pub(super) fn was_done_later(&self, at: usize) -> bool {
        const AGAIN: [&str; 8] =
            ["requeued", "be retried", "will retry", "redeliver", "re-deliver", "re-queued", "returned to the queue", "put back"];
        let again = self.latest(at).any(|r| r.message.as_deref().is_some_and(|text| says(text, &AGAIN)));
        let same = |i: usize| self.service(i) == self.service(at);
        again && (0..self.spans.len()).any(|i| i != at && same(i) && !self.is_broken(i) && self.edge(i).0 >= self.edge(at).1)
    }

    /// What broke under callers that answered well all the same, and told of it as an error: a part of the answer is missing.
    pub(super) fn partly(&self) -> Vec<usize> {
        let made_good = |i: usize| {
            let parent = self.parents.get(i).copied().flatten();
            parent.is_some_and(|parent| self.made_good(i, &self.calls(parent)) || self.done_by_another(i, parent))
        };
        let stands = |i: &usize| {
            let above: Vec<usize> = self.way_up(*i).skip(1).collect();
            !self.way_up(*i).any(made_good) && !above.iter().any(|at| self.is_broken(*at)) && above.iter().any(|at| self.tells_of_error(*at))
        };
        (0..self.spans.len()).filter(|i| self.is_broken(*i) && !self.is_late(*i)).take(MOST_LOOKED_AT).filter(stands).collect()
    }

    /// Whether another one was asked for the same after it, and did it.
    fn done_by_another(&self, call: usize, parent: usize) -> bool {
        let verb = |i: usize| self.spans.get(i).and_then(|s| s.name.split(' ').next());
        let peer = |i: usize| self.spans.get(i).and_then(|s| s.peer.as_ref()).map(|peer| &peer.name);
        let other = |i: usize| self.edge(i).0 >= self.edge(call).1 && !self.is_broken(i) && peer(i).is_some() && peer(i) != peer(call);
        self.is_caller_side(call) && self.children.get(parent).into_iter().flatten().any(|i| *i != call && other(*i) && verb(*i) == verb(call))
    }

    /// Who failed in several parts of what was answered well, where somebody above it says that they are missing.
    pub(super) fn piecemeal(&self) -> Vec<usize> {
        const INCOMPLETE: [&str; 8] = ["incomplete", "missing", "without", "gaps", "placeholder", "partial", "skipped", "left out"];
        let parts = |i: &usize| self.latest(*i).filter(|r| r.is_error() && !r.is_request()).count();
        let mut failures: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for i in (0..self.spans.len()).filter(|i| !self.is_root(*i) && self.tells_of_error(*i)).take(MOST_LOOKED_AT) {
            failures.entry(self.service(i)).or_insert((i, 0)).1 += parts(&i);
        }
        let lacks = |r: &LogRecord| r.message.as_deref().is_some_and(|text| says(text, &INCOMPLETE));
        let noticed = |i: usize| self.way_up(i).skip(1).filter(|up| self.service(*up) != self.service(i)).any(|up| self.latest(up).any(lacks));
        let several = failures.into_values().filter(|(i, parts)| *parts > 1 && noticed(*i));
        several.max_by_key(|(_, parts)| *parts).map(|(i, _)| i).into_iter().collect()
    }

    /// Who complained under a request that was turned away, by a way on which nobody answered well; where nobody did, who first said
    /// that it was too much.
    pub(super) fn turned_away(&self) -> Vec<usize> {
        const TOO_MUCH: [i64; 3] = [408, 423, 429];
        let refused = |i: &usize| self.is_root(*i) && self.is_refusal(*i);
        let Some(root) = (0..self.spans.len()).find(refused) else { return Vec::new() };
        let status = |i: usize| self.spans.get(i).and_then(|s| s.status);
        let unwell = |i: usize| status(i).is_none_or(|status| status >= 400);
        let under = || (0..self.spans.len()).filter(|i| self.way_up(*i).any(|up| up == root) && self.way_up(*i).all(unwell));
        let deepest = |found: Vec<usize>| found.into_iter().max_by_key(|i| (self.way_up(*i).count(), std::cmp::Reverse(*i)));
        // That something is not there is what one is told on any day.
        let is_absent = status(root).is_some_and(|status| [404, 410].contains(&status));
        let speaks = |i: usize| if is_absent { self.tells_of_error(i) } else { self.complains(i) };
        let complained = deepest(under().filter(|i| speaks(*i)).collect());
        let too_much = || status(root).filter(|status| TOO_MUCH.contains(status));
        let limited = || too_much().and_then(|limit| deepest(under().filter(|i| status(*i) == Some(limit)).collect()));
        complained.or_else(limited).into_iter().collect()
    }
}
