//! Of what is found the one that began before the other: a cache before the database behind it, a job before what it overruns.

use super::{Evidence, PLAIN};
use crate::analysis::incident::course::Ail;
use crate::analysis::incident::said::SaidAnew;
use crate::analysis::incident::sentence as say;
use crate::analysis::incident::symptoms::Symptom;
use crate::analysis::incident::{Cause, CauseKind, Confidence};
use crate::analysis::outside::{addressed, is_cache, is_instead};
use crate::model::Timestamp;

/// Of two parties that one service complains of the one that it complained of so much earlier is the cause of the other, ms.
const EARLIER_MS: i64 = 20_000;
/// Who is complained of so soon after the onset may have begun it, ms.
const SOON_MS: i64 = 60_000;
/// Who takes so many times as long as usual, and so long, for so many requests, is all but at a stand; that is the cause of what fails so
/// much later, ms.
const STUCK_TIMES: f64 = 50.0;
const STUCK_MS: f64 = 10_000.0;
const STUCK_OF: f64 = 5.0;
const STUCK_BEFORE_MS: i64 = 120_000;
/// Who does no more than this share of its usual work has stopped doing it.
const STALLED: f64 = 0.2;
impl Evidence {
    /// Of two outside parties of the same service the one that it named first: a database is overrun once its cache is gone.
    pub(super) fn earlier_first(&self, list: &mut [Cause]) {
        let outside = |cause: &Cause| matches!(cause.kind, CauseKind::Dependency | CauseKind::Database) && cause.confidence > Confidence::Low;
        let [first, second, ..] = list else { return };
        // By whoever complains of both.
        let both = |service: &str| {
            let named = |cause: &Cause| self.first_named.get(&(service.to_string(), cause.name.clone())).copied();
            named(second).zip(named(first)).is_some_and(|(b, a)| b < a - EARLIER_MS)
        };
        if outside(first) && outside(second) && (both(&first.service) || both(&second.service)) {
            second.because.push(say::earlier(second, first));
            std::mem::swap(first, second);
        }
    }

    /// Who is gone to instead of another one is overrun by what that one's callers brought with them: `cache unavailable, reading from db`.
    pub(super) fn overrun_by(&self, list: &mut [Cause]) {
        let Some(first) = list.first().filter(|c| matches!(c.kind, CauseKind::Dependency | CauseKind::Database)).map(|c| c.name.clone()) else {
            return;
        };
        let instead = |other: &Cause| {
            let goes_to = |text: &str| text.match_indices(first.as_str()).any(|(at, _)| is_instead(text.get(..at).unwrap_or_default()));
            let told = |text: &&String| text.contains(other.name.as_str()) && goes_to(text);
            self.fallbacks.iter().find(told).map(|text| say::instead(text))
        };
        let found = list.iter().enumerate().skip(1).find_map(|(at, other)| Some((at, instead(other)?)));
        if let Some((at, said)) = found {
            list.get_mut(..=at).unwrap_or_default().rotate_right(1);
            list.first_mut().into_iter().for_each(|cause| cause.because.push(said.clone()));
        }
    }

    /// A database that is asked for what a cache held before: the cache of which somebody complains anew, from about the onset on.
    pub(super) fn cache_first(&self, list: &mut Vec<Cause>) {
        let Some(first) = list.first().filter(|c| c.kind == CauseKind::Database && !is_cache(&c.name)).cloned() else { return };
        let Some(onset) = self.onset.map(|onset| onset.from_ms) else { return };
        let anew = |service: &str, party: &str| {
            let says = |said: &&SaidAnew| said.service == service && said.party.as_deref() == Some(party);
            self.said_anew.iter().find(says).map(|said| said.pattern.clone())
        };
        let caches = self.first_named.iter().filter(|((_, party), at)| is_cache(party) && **at <= onset + SOON_MS);
        let found = caches.filter_map(|((service, party), at)| Some((*at, service, party, anew(service, party)?)));
        let Some((at, service, party, pattern)) = found.min_by_key(|(at, ..)| *at) else { return };
        list.retain(|cause| cause.name != *party);
        let because = vec![say::cache_gone(service, &pattern, at, &first.name)].into_iter().chain(first.because.iter().cloned()).collect();
        let (service, name) = (service.clone(), party.clone());
        list.insert(0, Cause { kind: CauseKind::Database, name, service, confidence: Confidence::Medium, because, ..first });
    }

    /// Whoever was all but at a stand some time before another one failed by what it did not find: a consumer whose work piles up.
    pub(super) fn stuck_first(&self, list: &mut Vec<Cause>) {
        let Some(first) = list.first().filter(|c| c.kind == CauseKind::Service && c.name == c.service).cloned() else { return };
        let Some(since) = first.since.map(Timestamp::millis).filter(|_| !self.ever) else { return };
        let times = |s: &Symptom| s.stretch.share() / s.stretch.usual().max(1.0);
        let stuck = |s: &&Symptom| {
            let vastly = times(s) >= STUCK_TIMES && s.stretch.share() >= STUCK_MS && s.stretch.of >= STUCK_OF;
            s.ail == Ail::Slow && s.service != first.service && vastly && s.stretch.from_ms <= since - STUCK_BEFORE_MS
        };
        let Some(symptom) = self.symptoms.iter().filter(stuck).max_by(|a, b| times(a).total_cmp(&times(b))) else { return };
        let because = vec![say::symptom(&symptom.service, symptom.ail, &symptom.stretch), say::before_failures(&first.service, since)];
        let guess = self.guess(symptom, say::ONLY_TIME);
        list.retain(|cause| cause.name != symptom.service);
        list.insert(0, Cause { since: Some(Timestamp::from_millis(symptom.stretch.from_ms)), confidence: Confidence::Medium, because, ..guess });
    }

    /// Whoever complains and gets nothing done since then, of whom nobody's request waits: a consumer that is stuck, before the one that does
    /// not find what it should have written.
    pub(super) fn stalled_first(&self, list: &mut Vec<Cause>) {
        let Some(first) = list.first().filter(|c| c.kind == CauseKind::Service && c.name == c.service).cloned() else { return };
        let Some(since) = first.since.map(Timestamp::millis).filter(|_| !self.ever) else { return };
        let complains = |service: &str| {
            let errs = self.symptom(service, &[Ail::Errs]);
            errs.map(|s| s.stretch).filter(|stretch| stretch.gain >= PLAIN && stretch.from_ms <= since + SOON_MS)
        };
        let stalled = |s: &&Symptom| {
            let stands = s.ail == Ail::Idles && s.stretch.share() <= STALLED * s.stretch.usual() && s.stretch.from_ms <= since + EARLIER_MS + SOON_MS;
            stands && s.service != first.service && !self.callers.contains(&s.service) && self.symptom(&s.service, &[Ail::Fails]).is_none()
        };
        let found = self.symptoms.iter().filter(stalled).filter_map(|s| Some((complains(&s.service)?, s)));
        let Some((errs, symptom)) = found.max_by(|a, b| a.0.gain.total_cmp(&b.0.gain)) else { return };
        let service = &symptom.service;
        let said = self.complaints.get(service).map(|text| say::complaint(service, text));
        let signs = [say::symptom(service, Ail::Errs, &errs), say::symptom(service, Ail::Idles, &symptom.stretch)];
        let because = said.into_iter().chain(signs).collect();
        let since = Some(Timestamp::from_millis(errs.from_ms.min(since)));
        let cause = Cause { since, confidence: Confidence::Medium, because, ..self.guess(symptom, say::ONLY_TIME) };
        list.retain(|cause| cause.name != *service);
        list.insert(0, cause);
    }

    /// A database under which all suffer since somebody began to work who else does not at this time.
    pub(super) fn job_first(&self, list: &mut Vec<Cause>) {
        let ([begun], Some(first)) = (self.begun.as_slice(), list.first()) else { return };
        let is_database = first.kind == CauseKind::Database || addressed(&first.name).is_database;
        // Who is heard of only by what it complains of did not begin it.
        if !is_database || self.said_anew.iter().any(|said| said.service == begun.service) {
            return;
        }
        let because = vec![say::began_to_work(&begun.service, begun.since_ms)].into_iter().chain(first.because.iter().cloned()).collect();
        let cause = Cause {
            kind: CauseKind::Service,
            name: begun.service.clone(),
            service: begun.service.clone(),
            since: Some(Timestamp::from_millis(begun.since_ms)),
            confidence: Confidence::Medium,
            because,
            against: vec![say::only_at_that_time(&first.name)],
            sets_apart: Vec::new(),
            ..first.clone()
        };
        list.retain(|other| other.name != begun.service);
        list.insert(0, cause);
    }
}
