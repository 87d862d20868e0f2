//! From the evidence to an origin: what the traces blame, sharpened by what the bad requests have in common.

mod before;
mod causes;
mod refusing;
mod silent;

use super::apart::{Apart, Growth};
use super::begun::Begun;
use super::course::{Ail, Stretch};
use super::sample::{NAMELESS, Party, Slower, Suspect};
use super::sentence as say;
use super::stopped::{Resumed, Stop, Stopped};
use super::symptoms::{Onset, Symptom};
use super::unheard::Unheard;
use super::{BROKEN_AFTER_MS, Cause, CauseKind, Change, Confidence, SaidAnew, Service, TOLD};
use crate::analysis::outside::is_make;
use crate::analysis::parties::backend;
use crate::model::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that was found out.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Who is unlike itself, the strongest first.
    pub symptoms: Vec<Symptom>,
    /// Since when, as closely as it is known.
    pub onset: Option<Onset>,
    /// It has been so since the first record: when it began is not known, nor whether it was ever otherwise.
    pub ever: bool,
    /// Whom failing traces blame.
    pub suspects: Vec<Suspect>,
    /// Whom requests blame that were turned away, where that is what is wrong.
    pub refused: Option<Suspect>,
    /// Whose own part takes longer.
    pub slower: Vec<Slower>,
    /// Who stopped writing.
    pub stops: Vec<Stop>,
    /// Who stopped, and is back.
    pub resumed: Vec<Resumed>,
    /// Who is there and hardly does anything, or is not heard of -> who used to ask it, and goes on without it.
    pub unasked: BTreeMap<String, String>,
    /// The machine that is not heard of.
    pub unheard: Option<Unheard>,
    /// What came and went in the day.
    pub changes: Vec<Change>,
    /// Service -> what its bad requests have in common.
    pub apart: BTreeMap<String, Vec<Apart>>,
    /// Service -> the machine and the zone that set its bad requests apart.
    pub machines: BTreeMap<String, Vec<Apart>>,
    /// Who began to work just before it, and does so at no other time.
    pub begun: Vec<Begun>,
    /// Machine or zone -> how many services go bad nearly nowhere else.
    pub confined: BTreeMap<String, usize>,
    /// Service -> the values of which there is more.
    pub growth: Vec<(String, Growth)>,
    /// All services.
    pub services: Vec<Service>,
    /// What kind of thing each named party is.
    pub parties: BTreeMap<String, CauseKind>,
    /// Who calls the service that is blamed most.
    pub callers: Vec<String>,
    /// When a service first named a party in a warning or an error of the incident, by both, ms.
    pub first_named: BTreeMap<(String, String), i64>,
    /// When a service was first asked by a sender that is new, by service, field and value, ms.
    pub first_sent: BTreeMap<(String, String, String), i64>,
    /// Service -> its own time in a request before the incident, ms.
    pub usual_own: BTreeMap<String, f64>,
    /// The service that is blamed most, and whom it waits for in any request.
    pub habit: Option<(String, Party)>,
    /// What services say that go to somebody else instead, since the onset.
    pub fallbacks: Vec<String>,
    /// Service -> what it says most often in the errors that it writes outside of any trace.
    pub complaints: BTreeMap<String, String>,
    /// What only the incident's traces say.
    pub said_anew: Vec<SaidAnew>,
    /// Service -> since when it says some of that, where that is before the onset, ms.
    pub began_to_say: BTreeMap<String, i64>,
    /// Names of fields that tell whose request it is, beyond the usual ones.
    pub who: Vec<String>,
}

/// What came of it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Verdict {
    /// What broke, if anything did.
    pub cause: Option<Cause>,
    /// What else it could be, the likeliest first.
    pub alternatives: Vec<Cause>,
    /// Services of ours that suffer, the worst first.
    pub affected: Vec<String>,
    /// Failing traces that show it.
    pub examples: Vec<String>,
}

/// This share of traces that agree is evidence.
pub const SOME: f64 = 0.12;
/// A silence that began so long before another is less likely the one that matters, ms.
const LONG_SILENT_MS: i64 = 5_400_000;

/// So many traces are told.
const EXAMPLES: usize = 5;
/// A service that writes seldom may have stopped so long after its last record, ms.
const LATEST_STOP_MS: f64 = 600_000.0;

/// What was so plainly wrong, and began so long before it at most, led to it, ms.
const PLAIN: f64 = 30.0;
const LED_TO_IT_MS: i64 = 1_800_000;
/// And so long before it if it is of another one, ms.
const SHORTLY_MS: i64 = 600_000;

/// What a pipeline is called, before its machine.
pub const PIPELINE_OF: &str = "log pipeline of ";

/// Weighs the evidence.
pub fn verdict(evidence: &Evidence) -> Verdict {
    let mut causes: Vec<(f64, Cause)> = Vec::new();
    let fails = evidence.symptoms.iter().any(|s| matches!(s.ail, Ail::Fails | Ail::Errs));
    if fails {
        for suspect in evidence.suspects.iter().filter(|s| s.share >= SOME) {
            causes.push((suspect.share, evidence.of_suspect(suspect)));
        }
        if causes.is_empty() {
            causes.extend(evidence.of_symptoms().map(|cause| (0.1, cause)));
        }
    }
    if evidence.symptoms.iter().any(|s| s.ail == Ail::Slow) {
        // What fails is plainer than what is slow: slowness alone is the origin where nothing fails.
        let weight = if causes.is_empty() { 0.8 } else { 0.1 };
        let shown = |s: &&Slower| evidence.symptom(&s.service, &[Ail::Slow]).is_some();
        let explains = |s: &&Slower| shown(s) && !evidence.waits_for_another(s);
        let found = evidence.slower.iter().find(explains).or(evidence.slower.first());
        if let Some(slower) = found.filter(|slower| !evidence.waits_for_another(slower)) {
            causes.push((weight, evidence.of_slower(slower)));
        } else if causes.is_empty() {
            causes.extend(evidence.of_slowness().map(|cause| (weight, cause)));
        }
    }
    if let Some(cause) = evidence.of_growth() {
        causes.push((if cause.confidence >= Confidence::Medium { 2.0 } else { 0.3 }, cause));
    }
    if let Some(cause) = evidence.of_machine() {
        causes.push((1.5, cause));
    }
    let newest = evidence.stops.iter().flat_map(Stop::services).map(|s| s.last_ms).max().unwrap_or(0);
    let (long_ago, recent): (Vec<&Stop>, Vec<&Stop>) =
        evidence.stops.iter().partition(|stop| stop.services().iter().all(|s| s.last_ms < newest - LONG_SILENT_MS));
    // A job that was through hours ago is silent too.
    for stop in recent.into_iter().chain(long_ago).filter(|stop| !stop.services().iter().all(|s| evidence.is_unasked(&s.service))) {
        let began = evidence.onset.filter(|_| fails || !causes.is_empty());
        let first = stop.services().iter().map(|s| s.last_ms + s.slack_ms(LATEST_STOP_MS)).min().unwrap_or(i64::MAX);
        // What stopped after others began to fail stopped because of that.
        // Consumers whose broker is gone stop together, as if their records were not heard of.
        let idle = || stop.services().iter().all(|s| !s.serves) && evidence.suspects.iter().any(|s| s.kind == CauseKind::Database && s.share >= SOME);
        let follows = began.is_some_and(|onset| first >= onset.from_ms - 60_000) && (matches!(stop, Stop::Dead(_)) || idle());
        // Who carries the records complains of what they are stopped by.
        let is_told = matches!(stop, Stop::Unheard(..)) && causes.iter().all(|(_, cause)| silent::carries_logs(&cause.service));
        let weight = if causes.is_empty() || is_told { 1.0 } else { 0.3 };
        if !follows {
            causes.push((weight, evidence.of_stop(stop)));
        }
    }
    if let Some(unheard) = &evidence.unheard {
        // A machine that is down is missed by those who call what ran on it.
        let missed = evidence.symptoms.iter().any(|s| s.ail == Ail::Fails);
        causes.push((if missed { 0.4 } else { 1.5 }, evidence.of_unheard(unheard)));
    }
    if let Some(cause) = evidence.of_resumed() {
        causes.push((if causes.is_empty() { 1.0 } else { 0.2 }, cause));
    }
    if let Some(cause) = evidence.of_idle() {
        causes.push((if causes.is_empty() { 1.0 } else { 0.1 }, cause));
    }
    if causes.is_empty() {
        causes.extend(evidence.of_refusals().or_else(|| evidence.of_refused()).map(|cause| (1.0, cause)));
    }
    let rank = |(weight, cause): &(f64, Cause)| weight * [0.3, 2.0, 3.0].get(cause.confidence as usize).copied().unwrap_or(1.0);
    causes.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    let mut list: Vec<Cause> = Vec::new();
    let is_shared = |kind: CauseKind| matches!(kind, CauseKind::Host | CauseKind::Dependency | CauseKind::Database);
    for (_, cause) in causes {
        if !list.iter().any(|known| known.name == cause.name && (known.service == cause.service || is_shared(known.kind))) {
            list.push(cause);
        }
    }
    sharper_first(&mut list);
    name_nameless(&mut list);
    evidence.earlier_first(&mut list);
    evidence.overrun_by(&mut list);
    evidence.cache_first(&mut list);
    evidence.job_first(&mut list);
    evidence.stuck_first(&mut list);
    evidence.stalled_first(&mut list);
    let mut list = list.into_iter();
    let mut cause = list.next();
    // Who is let down by the origin, and seen from another side, is no other candidate.
    let service = cause.as_ref().map(|c| c.service.clone()).unwrap_or_default();
    let alternatives: Vec<Cause> = list.filter(|other| other.name != service).take(3).collect();
    if let (Some(cause), Some(other)) = (&mut cause, alternatives.first()) {
        cause.against.push(say::runner_up(other));
    }
    if let Some(cause) = &mut cause {
        let is_stop = evidence.stopped(&cause.service).is_some() || cause.kind == CauseKind::Pipeline;
        let over =
            super::over::since(&evidence.services, &evidence.symptoms).or_else(|| super::over::gone(cause, &evidence.changes, &evidence.services));
        // Its last record tells when it stopped better than the first failure of those that ask it.
        let stopped = evidence.stopped(&cause.name).filter(|_| cause.kind == CauseKind::Service);
        cause.since = stopped.and_then(|s| cause.since.map(|since| since.min(Timestamp::from_millis(s.last_ms)))).or(cause.since);
        // Few failures are told from chance only when there are several: the first of them tells since when.
        let said = began(evidence, cause);
        cause.since = said.map_or(cause.since, |said| cause.since.map(|since| since.min(said)));
        // Who is let down by one that says nothing more is let down by its silence.
        let silence = stopped.map(say::silent).filter(|silence| !cause.because.contains(silence));
        cause.because.extend(silence);
        cause.until = cause.until.or(over.filter(|_| !is_stop).map(Timestamp::from_millis));
        evidence.other_changes(cause);
        if evidence.ever {
            cause.confidence = cause.confidence.min(Confidence::Medium);
            cause.against.push(say::EVER.to_string());
        }
    }
    let affected = evidence.affected(cause.as_ref());
    let examples = evidence.examples(cause.as_ref());
    Verdict { cause, alternatives, affected, examples }
}

/// Since when the service, or whoever asks one that says nothing itself, says what it did not say before; a new version is as old as its
/// first record.
fn began(evidence: &Evidence, cause: &Cause) -> Option<Timestamp> {
    let since = |service: &String| {
        let fails = evidence.symptom(service, &[Ail::Fails, Ail::Errs]).is_some();
        evidence.began_to_say.get(service).copied().filter(|_| fails)
    };
    let told = !matches!(cause.kind, CauseKind::Version | CauseKind::Image | CauseKind::Pipeline);
    let asked = || evidence.callers.iter().filter_map(since).min().filter(|_| cause.kind == CauseKind::Service);
    let said = since(&cause.service).or_else(asked);
    said.into_iter().chain(evidence.ailed_before(cause)).min().filter(|_| told).map(Timestamp::from_millis)
}

/// What names a version, a machine, a customer or somebody outside says more of a service than that it is the service: where two ways of
/// looking agree on the service the sharper one is told.
fn sharper_first(list: &mut [Cause]) {
    let Some(first) = list.first().filter(|first| first.kind == CauseKind::Service && first.name == first.service) else { return };
    let (service, confidence) = (first.service.clone(), first.confidence);
    // What few say of somebody outside is not sharper than what most say.
    let outside = |c: &Cause| matches!(c.kind, CauseKind::Dependency | CauseKind::Database);
    let sharper = |c: &Cause| c.service == service && c.kind != CauseKind::Service && !(outside(c) && c.confidence == Confidence::Low);
    if let Some(at) = list.iter().position(sharper) {
        list.get_mut(..=at).unwrap_or_default().rotate_right(1);
        let because = list.get(1).map(|c| c.because.clone()).unwrap_or_default();
        if let Some(sharper) = list.first_mut() {
            sharper.confidence = sharper.confidence.max(confidence.min(Confidence::Medium));
            sharper.because.extend(because);
        }
    }
}

/// A database that is known by its make alone is the one that the same service is found to wait for.
fn name_nameless(list: &mut Vec<Cause>) {
    let Some(first) = list.first().filter(|first| first.kind == CauseKind::Database && is_make(&first.name)) else { return };
    // One that is called after another make is another one.
    let may_be = |name: &str| !is_make(name) && backend(name).is_none_or(|(make, _)| make == first.name || make == NAMELESS);
    let named = |c: &Cause| c.kind == CauseKind::Database && c.service == first.service && c.confidence > Confidence::Low && may_be(&c.name);
    let Some(other) = list.iter().position(named).map(|at| list.remove(at)) else { return };
    if let Some(first) = list.first_mut() {
        first.because.extend(other.because.into_iter().take(1));
        (first.name, first.confidence) = (other.name, first.confidence.max(other.confidence));
    }
}

impl Evidence {
    /// That a service stopped writing, if it did.
    pub(super) fn stopped(&self, service: &str) -> Option<&Stopped> {
        self.stops.iter().flat_map(Stop::services).find(|s| s.service == service)
    }

    /// What of that kind is wrong with a service.
    pub fn symptom(&self, service: &str, ails: &[Ail]) -> Option<&Symptom> {
        self.symptoms.iter().find(|s| s.service == service && ails.contains(&s.ail))
    }

    pub(super) fn stretch(&self, service: &str) -> Option<(Ail, Stretch)> {
        self.symptom(service, &[Ail::Fails, Ail::Errs, Ail::Slow]).map(|s| (s.ail, s.stretch))
    }

    /// Since when the service that is nearest was plainly unlike itself, or one that waits for it, and went on being so until it failed: what
    /// slows down and then breaks, ms.
    fn ailed_before(&self, cause: &Cause) -> Option<i64> {
        let since = cause.since.filter(|_| !self.ever)?.millis();
        let led = |s: &Symptom| {
            let near = s.stretch.from_ms >= since - LED_TO_IT_MS && s.stretch.from_ms < since - s.stretch.within_ms * 3 / 2;
            near && s.stretch.to_ms >= since && s.stretch.gain >= PLAIN && matches!(s.ail, Ail::Fails | Ail::Errs | Ail::Slow)
        };
        let waits = |s: &Symptom| cause.kind == CauseKind::Service && self.callers.contains(&s.service) && s.stretch.from_ms >= since - SHORTLY_MS;
        let own = matches!(cause.kind, CauseKind::Service | CauseKind::Database | CauseKind::Dependency);
        let found = self.symptoms.iter().filter(|s| own && led(s) && (s.service == cause.service || waits(s)));
        found.map(|s| s.stretch.from_ms).min()
    }

    fn since(&self) -> Option<Timestamp> {
        self.onset.filter(|_| !self.ever).map(|onset| Timestamp::from_millis(onset.from_ms))
    }

    /// What else changed about then, and is not thought to be it.
    fn other_changes(&self, cause: &mut Cause) {
        let Some(onset) = self.onset.map(|o| o.from_ms) else { return };
        // What somebody told of the service itself is no proof, and what one looks at first.
        for told in self.changes.iter().filter(|c| c.field == TOLD && c.may_break(&cause.service, onset)) {
            cause.because.push(say::told(told, onset));
        }
        let near =
            |c: &&Change| c.is_new() && (c.first_ms - onset).abs() <= BROKEN_AFTER_MS && matches!(c.field.as_str(), "version" | "image" | TOLD);
        let other = |c: &&Change| c.value != cause.name && c.service != cause.service && !c.service.is_empty();
        let since = cause.since.map_or(onset, Timestamp::millis);
        for change in self.changes.iter().filter(near).filter(other).take(3) {
            cause.against.push(say::other_change(change, since, cause));
        }
    }

    /// Traces that show it: those of what it is that is wrong most with the origin's own service first.
    fn examples(&self, cause: Option<&Cause>) -> Vec<String> {
        let Some(cause) = cause else { return Vec::new() };
        let own = |s: &&Suspect| s.service == cause.service || s.name == cause.name;
        let failing = self.suspects.iter().chain(&self.refused).filter(own).flat_map(|s| &s.examples);
        let slow = self.slower.iter().filter(|s| s.service == cause.service).flat_map(|s| &s.examples);
        let others = self.suspects.first().or(self.refused.as_ref()).into_iter().flat_map(|s| &s.examples);
        let (mut first, second): (Vec<&String>, Vec<&String>) = (failing.collect(), slow.collect());
        if self.symptoms.iter().find(|s| s.service == cause.service).is_some_and(|s| s.ail == Ail::Slow) {
            first.splice(0..0, second);
        } else {
            first.extend(second);
        }
        let mut seen = BTreeSet::new();
        first.into_iter().chain(others).filter(|id| seen.insert(id.as_str())).take(EXAMPLES).cloned().collect()
    }

    /// Who suffers beside the origin's own service, the worst first.
    fn affected(&self, cause: Option<&Cause>) -> Vec<String> {
        let Some(cause) = cause else { return Vec::new() };
        let mut names: Vec<String> = Vec::new();
        for symptom in self.symptoms.iter().filter(|s| !s.ail.is_of_traffic() && s.service != cause.name && s.service != cause.service) {
            if !names.contains(&symptom.service) {
                names.push(symptom.service.clone());
            }
        }
        for stop in self.stops.iter().flat_map(Stop::services).filter(|s| s.service != cause.name && s.service != cause.service) {
            if !names.contains(&stop.service) {
                names.push(stop.service.clone());
            }
        }
        names
    }
}

#[cfg(test)]
mod tests;
