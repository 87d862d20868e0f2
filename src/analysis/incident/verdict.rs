//! From the evidence to an origin: what the traces blame, sharpened by what the bad requests have in common.

use super::apart::{Apart, Growth};
use super::course::{Ail, Stretch};
use super::sample::{Party, Slower, Suspect};
use super::sentence as say;
use super::stopped::Stop;
use super::symptoms::{Onset, Symptom};
use super::{BROKEN_AFTER_MS, Cause, CauseKind, Change, Confidence, SaidAnew, Service, TOLD};
use crate::analysis::outside::{is_time_out, waited_ms};
use crate::analysis::told::is_own_making;
use crate::model::Timestamp;
use std::collections::BTreeMap;

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
    /// Whose own part takes longer.
    pub slower: Vec<Slower>,
    /// Who stopped writing.
    pub stops: Vec<Stop>,
    /// What came and went in the day.
    pub changes: Vec<Change>,
    /// Service -> what its bad requests have in common.
    pub apart: BTreeMap<String, Vec<Apart>>,
    /// Service -> the machine that sets its bad requests apart.
    pub machines: BTreeMap<String, Apart>,
    /// Service -> the values of which there is more.
    pub growth: Vec<(String, Growth)>,
    /// All services.
    pub services: Vec<Service>,
    /// What kind of thing each named party is.
    pub parties: BTreeMap<String, CauseKind>,
    /// When a service first named a party in a warning or an error of the incident, by both, ms.
    pub first_named: BTreeMap<(String, String), i64>,
    /// Service -> its own time in a request before the incident, ms.
    pub usual_own: BTreeMap<String, f64>,
    /// The service that is blamed most, and whom it waits for in any request.
    pub habit: Option<(String, Party)>,
    /// What only the incident's traces say.
    pub said_anew: Vec<SaidAnew>,
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
/// And this a strong one.
const MOST: f64 = 0.6;
/// A silence that began so long before another is less likely the one that matters, ms.
const LONG_SILENT_MS: i64 = 5_400_000;
/// Of two parties that one service complains of the one that it complained of so much earlier is the cause of the other, ms.
const EARLIER_MS: i64 = 20_000;

/// A service that writes seldom may have stopped so long after its last record, ms.
const LATEST_STOP_MS: f64 = 600_000.0;
/// What a service says that has more to do than it can.
const OVERRUN: [&str; 8] = ["queue full", "queue is full", "overload", "too many requests", "rejecting", "rejected", "backpressure", "no capacity"];
/// Who is complained of within so long of the onset began it, ms.
const FIRST_MS: i64 = 120_000;
/// What a process says that runs out of memory.
const LEAKS: [&str; 6] = ["memoryerror", "outofmemory", "out of memory", "oomkilled", "cannot allocate memory", "heap limit"];

/// Fewer requests that went well do not show that a service is well.
const SERVED: u64 = 20;
/// A job of fewer requests a minute than this is slow by itself, and overruns nobody.
const FLOOD: f64 = 10.0;

/// Weighs the evidence.
pub fn verdict(evidence: &Evidence) -> Verdict {
    let mut causes: Vec<(f64, Cause)> = Vec::new();
    let mut examples = Vec::new();
    let fails = evidence.symptoms.iter().any(|s| matches!(s.ail, Ail::Fails | Ail::Errs));
    if fails {
        for suspect in evidence.suspects.iter().filter(|s| s.share >= SOME) {
            causes.push((suspect.share, evidence.of_suspect(suspect)));
        }
        examples.extend(evidence.suspects.first().map(|s| s.examples.clone()).unwrap_or_default());
        if causes.is_empty() {
            causes.extend(evidence.of_symptoms().map(|cause| (0.1, cause)));
        }
    }
    if evidence.symptoms.iter().any(|s| s.ail == Ail::Slow) {
        // What fails is plainer than what is slow: slowness alone is the origin where nothing fails.
        let weight = if causes.is_empty() { 0.8 } else { 0.1 };
        let shown = |s: &&Slower| evidence.symptom(&s.service, &[Ail::Slow]).is_some();
        if let Some(slower) = evidence.slower.iter().find(shown).or(evidence.slower.first()) {
            causes.push((weight, evidence.of_slower(slower)));
            examples.extend(slower.examples.clone());
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
    for stop in recent.into_iter().chain(long_ago) {
        let began = evidence.onset.filter(|_| fails || !causes.is_empty());
        let first = stop.services().iter().map(|s| s.last_ms + s.slack_ms(LATEST_STOP_MS)).min().unwrap_or(i64::MAX);
        // What stopped after others began to fail stopped because of that.
        // Consumers whose broker is gone stop together, as if their records were not heard of.
        let idle = || stop.services().iter().all(|s| !s.serves) && evidence.suspects.iter().any(|s| s.kind == CauseKind::Database && s.share >= SOME);
        let follows = began.is_some_and(|onset| first >= onset.from_ms - 60_000) && (matches!(stop, Stop::Dead(_)) || idle());
        let weight = if causes.is_empty() { 1.0 } else { 0.3 };
        if !follows {
            causes.push((weight, evidence.of_stop(stop)));
        }
    }
    let rank = |(weight, cause): &(f64, Cause)| weight * [0.3, 2.0, 3.0].get(cause.confidence as usize).copied().unwrap_or(1.0);
    causes.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    let mut list: Vec<Cause> = Vec::new();
    for (_, cause) in causes {
        if !list.iter().any(|known| known.name == cause.name && (known.service == cause.service || known.kind == CauseKind::Host)) {
            list.push(cause);
        }
    }
    sharper_first(&mut list);
    evidence.earlier_first(&mut list);
    let mut list = list.into_iter();
    let mut cause = list.next();
    // Who is let down by the origin, and seen from another side, is no other candidate.
    let service = cause.as_ref().map(|c| c.service.clone()).unwrap_or_default();
    let alternatives: Vec<Cause> = list.filter(|other| other.name != service).take(3).collect();
    if let (Some(cause), Some(other)) = (&mut cause, alternatives.first()) {
        cause.against.push(say::runner_up(other));
    }
    if let Some(cause) = &mut cause {
        let is_stop = evidence.stops.iter().flat_map(Stop::services).any(|s| s.service == cause.service) || cause.kind == CauseKind::Pipeline;
        let over =
            super::over::since(&evidence.services, &evidence.symptoms).or_else(|| super::over::gone(cause, &evidence.changes, &evidence.services));
        cause.until = over.filter(|_| !is_stop).map(Timestamp::from_millis);
        evidence.other_changes(cause);
        if evidence.ever {
            cause.confidence = cause.confidence.min(Confidence::Medium);
            cause.against.push(say::EVER.to_string());
        }
    }
    let affected = evidence.affected(cause.as_ref());
    examples.truncate(5);
    Verdict { cause, alternatives, affected, examples }
}

/// What names a version, a machine, a customer or somebody outside says more of a service than that it is the service: where two ways of
/// looking agree on the service the sharper one is told.
fn sharper_first(list: &mut [Cause]) {
    let Some(first) = list.first().filter(|first| first.kind == CauseKind::Service && first.name == first.service) else { return };
    let (service, confidence) = (first.service.clone(), first.confidence);
    if let Some(at) = list.iter().position(|c| c.service == service && c.kind != CauseKind::Service) {
        list.get_mut(..=at).unwrap_or_default().rotate_right(1);
        let because = list.get(1).map(|c| c.because.clone()).unwrap_or_default();
        if let Some(sharper) = list.first_mut() {
            sharper.confidence = sharper.confidence.max(confidence.min(Confidence::Medium));
            sharper.because.extend(because);
        }
    }
}

impl Evidence {
    pub(super) fn symptom(&self, service: &str, ails: &[Ail]) -> Option<&Symptom> {
        self.symptoms.iter().find(|s| s.service == service && ails.contains(&s.ail))
    }

    pub(super) fn stretch(&self, service: &str) -> Option<(Ail, Stretch)> {
        self.symptom(service, &[Ail::Fails, Ail::Errs, Ail::Slow]).map(|s| (s.ail, s.stretch))
    }

    fn since(&self) -> Option<Timestamp> {
        self.onset.filter(|_| !self.ever).map(|onset| Timestamp::from_millis(onset.from_ms))
    }

    fn of_suspect(&self, suspect: &Suspect) -> Cause {
        let mut because = vec![say::blamed(suspect)];
        because.extend(self.stretch(&suspect.service).map(|(ail, stretch)| say::symptom(&suspect.service, ail, &stretch)));
        let agree = suspect.share >= MOST && suspect.traces >= 8;
        let confidence = match (agree, suspect.share >= 0.35 && suspect.traces >= 3) {
            (true, _) if suspect.sure >= 0.3 => Confidence::High,
            (true, _) | (_, true) => Confidence::Medium,
            _ => Confidence::Low,
        };
        let mut cause = Cause {
            kind: suspect.kind,
            name: suspect.name.clone(),
            service: suspect.service.clone(),
            since: self.since(),
            until: None,
            confidence,
            because,
            against: Vec::new(),
            sets_apart: self.apart.get(&suspect.service).cloned().unwrap_or_default(),
        };
        self.complains_alone(&mut cause);
        // Who gives up before an answer can be there has itself to blame.
        let usual = self.usual_own.get(&suspect.service).copied();
        if suspect.kind == CauseKind::Dependency
            && let (Some(waits), Some(usual)) = (waited_ms(&suspect.reason).filter(|_| is_time_out(None, &suspect.reason)), usual)
            && waits < usual
        {
            cause.because.push(say::impatient(&suspect.service, waits, usual));
            (cause.kind, cause.name) = (CauseKind::Service, suspect.service.clone());
        }
        // A time-out that names nobody is of whom it always waits for.
        if cause.kind == CauseKind::Service
            && cause.because.len() <= 2
            && is_time_out(None, &suspect.reason)
            && let Some((_, party)) = self.habit.as_ref().filter(|(service, party)| *service == suspect.service && party.name != *service)
        {
            cause.because.push(party.known_by.clone());
            (cause.kind, cause.name, cause.confidence) = (party.kind, party.name.clone(), cause.confidence.min(Confidence::Medium));
        }
        self.overrun(&mut cause, &suspect.reason);
        // What a program throws of its own making is nobody's whom it waits for.
        let own_making = suspect.reason.split(':').next().is_some_and(is_own_making);
        if cause.kind == CauseKind::Service
            && !own_making
            && let Some(slower) = self.slower.iter().find(|s| s.service == suspect.service)
            && let Some(party) = slower.peer.clone()
        {
            cause.because.push(party.known_by);
            (cause.kind, cause.name) = (party.kind, party.name);
        }
        self.leak(&mut cause, &suspect.reason);
        self.sharpen(&mut cause);
        cause
    }

    /// One of ours that is blamed and serves everybody else as before is not what broke: who alone complains of it is.
    fn complains_alone(&self, cause: &mut Cause) {
        let Some(onset) = self.onset.filter(|_| cause.kind == CauseKind::Service && cause.name == cause.service) else { return };
        let Some(worst) = self.symptoms.first().filter(|s| matches!(s.ail, Ail::Fails | Ail::Errs) && s.service != cause.service) else { return };
        let stopped = self.stops.iter().flat_map(Stop::services).any(|s| s.service == cause.service);
        if stopped || self.symptoms.iter().any(|s| s.service == cause.service) {
            return;
        }
        let Some(own) = self.services.iter().find(|s| s.name == cause.service) else { return };
        let since = own.hours.sum(onset.from_ms, onset.to_ms);
        if since.requests >= SERVED && (since.failed as f64) < 0.05 * since.requests as f64 && since.requests as f64 >= 2.0 * worst.stretch.bad {
            cause.because.push(say::serves_others(&cause.service, since.requests, since.failed));
            (cause.name, cause.service) = (worst.service.clone(), worst.service.clone());
            cause.sets_apart = self.apart.get(&worst.service).cloned().unwrap_or_default();
            cause.confidence = cause.confidence.min(Confidence::Medium);
        }
    }

    /// A service that turns requests away because it has too many may be overrun by what began with somebody else: whom it complained of
    /// first, as the incident began.
    fn overrun(&self, cause: &mut Cause, reason: &str) {
        let lower = reason.to_ascii_lowercase();
        let Some(onset) = self.onset.filter(|_| cause.kind == CauseKind::Service && OVERRUN.iter().any(|word| lower.contains(word))) else { return };
        let own = self
            .first_named
            .iter()
            .filter(|((service, party), at)| *service == cause.service && party != service && **at <= onset.from_ms + FIRST_MS);
        let Some(((service, party), at)) = own.min_by_key(|(_, at)| **at) else { return };
        let Some(kind) = self.parties.get(party).copied().filter(|kind| *kind != CauseKind::Service) else { return };
        cause.because.push(say::began_with(service, party, *at));
        (cause.kind, cause.name) = (kind, party.clone());
        cause.confidence = cause.confidence.min(Confidence::Medium);
    }

    /// What runs out of memory for hours does so since it was deployed.
    fn leak(&self, cause: &mut Cause, reason: &str) {
        let lower = reason.to_ascii_lowercase();
        let onset = self.onset.map_or(i64::MIN, |o| o.from_ms);
        if cause.kind != CauseKind::Service || !LEAKS.iter().any(|word| lower.contains(word)) {
            return;
        }
        let own = |c: &&Change| c.field == "version" && c.service == cause.service && c.is_new() && c.first_ms < onset;
        if let Some(change) = self.changes.iter().filter(own).max_by_key(|c| c.first_ms) {
            cause.because.push(say::leaks(change));
            (cause.kind, cause.name) = (CauseKind::Version, change.value.clone());
            cause.since = Some(Timestamp::from_millis(change.first_ms));
        }
    }

    /// No trace blames anybody: the service whose share rose most.
    fn of_symptoms(&self) -> Option<Cause> {
        let symptom = self.symptoms.iter().find(|s| matches!(s.ail, Ail::Fails | Ail::Errs))?;
        let mut cause = Cause {
            kind: CauseKind::Service,
            name: symptom.service.clone(),
            service: symptom.service.clone(),
            since: self.since(),
            until: None,
            confidence: Confidence::Low,
            because: vec![say::symptom(&symptom.service, symptom.ail, &symptom.stretch)],
            against: vec!["no trace of it could be read: who let it down is not known".to_string()],
            sets_apart: self.apart.get(&symptom.service).cloned().unwrap_or_default(),
        };
        self.sharpen(&mut cause);
        Some(cause)
    }

    fn of_slower(&self, slower: &Slower) -> Cause {
        let (kind, name) = slower.peer.as_ref().map_or((CauseKind::Service, slower.service.clone()), |party| (party.kind, party.name.clone()));
        let mut because = vec![say::slower(slower)];
        because.extend(slower.peer.as_ref().map(|party| party.known_by.clone()));
        because.extend(self.symptom(&slower.service, &[Ail::Slow]).map(|s| say::symptom(&slower.service, Ail::Slow, &s.stretch)));
        let clear = self.symptom(&slower.service, &[Ail::Slow]).is_some() && slower.now_ms >= 2.5 * slower.usual_ms;
        let mut cause = Cause {
            kind,
            name,
            service: slower.service.clone(),
            since: self.since(),
            until: None,
            confidence: match (clear && slower.visits >= 8, self.symptom(&slower.service, &[Ail::Slow])) {
                (true, _) => Confidence::High,
                (false, Some(_)) => Confidence::Medium,
                // Its own counts do not show it.
                (false, None) => Confidence::Low,
            },
            because,
            against: Vec::new(),
            sets_apart: self.apart.get(&slower.service).cloned().unwrap_or_default(),
        };
        self.sharpen(&mut cause);
        cause
    }

    /// Traffic that grew from one side, where services suffer under it.
    fn of_growth(&self) -> Option<Cause> {
        // It is what breaks a service only where that service suffers as others do: a job that runs meanwhile breaks nothing.
        let worst = self.symptoms.iter().find(|s| s.ail != Ail::Surges)?.ail;
        let suffers = |service: &str, growth: &Growth| {
            let slow = self.symptom(service, &[Ail::Slow]).is_some() && (worst == Ail::Slow || growth.now >= FLOOD);
            let surges = growth.now >= FLOOD && self.symptom(service, &[Ail::Surges]).is_some();
            slow || surges || self.symptom(service, &[Ail::Fails, Ail::Errs, Ail::Refuses]).is_some()
        };
        let clear = |(service, growth): &&(String, Growth)| growth.share >= 0.5 && growth.now >= 3.0 * growth.before && suffers(service, growth);
        let whose = |growth: &Growth| self.kind_of(&growth.field).filter(|kind| matches!(kind, CauseKind::Tenant | CauseKind::Client));
        // A tenant says more than one of its clients.
        let mut found: Vec<(CauseKind, &(String, Growth))> = self.growth.iter().filter(clear).filter_map(|one| Some((whose(&one.1)?, one))).collect();
        found.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.1.share.total_cmp(&a.1.1.share)));
        let (kind, (service, growth)) = found.first()?;
        let much = growth.share >= 0.7 && growth.now >= 4.0 * growth.before;
        Some(Cause {
            kind: *kind,
            name: growth.value.clone(),
            service: service.clone(),
            since: self.since(),
            until: None,
            confidence: if much { Confidence::High } else { Confidence::Medium },
            because: vec![say::grew(service, growth)],
            against: Vec::new(),
            sets_apart: vec![Apart {
                field: growth.field.clone(),
                value: growth.value.clone(),
                bad: growth.now.round() as u64,
                of: growth.now.round() as u64,
                share_bad: growth.share.min(1.0),
                share_rest: 0.0,
                score: growth.share.min(1.0),
                rate_rest: 0.0,
            }],
        })
    }

    /// Of two outside parties of the same service the one that it named first: a database is overrun once its cache is gone.
    fn earlier_first(&self, list: &mut [Cause]) {
        let outside = |cause: &Cause| matches!(cause.kind, CauseKind::Dependency | CauseKind::Database) && cause.confidence > Confidence::Low;
        let named = |cause: &Cause| self.first_named.get(&(cause.service.clone(), cause.name.clone())).copied();
        let [first, second, ..] = list else { return };
        if first.service == second.service
            && outside(first)
            && outside(second)
            && let (Some(a), Some(b)) = (named(first), named(second))
            && b < a - EARLIER_MS
        {
            second.because.push(say::earlier(second, first));
            std::mem::swap(first, second);
        }
    }

    /// A machine on which several services go bad, each of them there and hardly elsewhere.
    fn of_machine(&self) -> Option<Cause> {
        let mut machines: BTreeMap<&str, Vec<(&str, &Apart)>> = BTreeMap::new();
        for (service, list) in &self.apart {
            // Where a version says it better, the machine is only where it runs.
            let best = list.iter().filter(|a| a.is_clear()).find(|a| self.kind_of(&a.field).is_some());
            // A pod of it is on a machine as well: whether others suffer there tells which of both it is.
            let on = best.filter(|a| matches!(a.field.as_str(), "host" | "pod")).map(|a| self.machines.get(service).unwrap_or(a));
            if let Some(apart) = on.filter(|a| a.field == "host") {
                machines.entry(&apart.value).or_default().push((service, apart));
            }
        }
        for (service, apart) in self.machines.iter().filter(|(service, _)| !self.apart.contains_key(*service)) {
            machines.entry(&apart.value).or_default().push((service, apart));
        }
        let (name, found) = machines.into_iter().max_by_key(|(_, found)| found.len()).filter(|(_, found)| found.len() >= 2)?;
        let blamed = |service: &str| self.suspects.iter().position(|s| s.service == service).unwrap_or(usize::MAX);
        let (service, best) = found.iter().min_by_key(|(service, _)| blamed(service)).copied()?;
        Some(Cause {
            kind: CauseKind::Host,
            name: name.to_string(),
            service: service.to_string(),
            since: self.since(),
            until: None,
            confidence: if found.len() >= 3 { Confidence::High } else { Confidence::Medium },
            because: found.iter().map(|(service, apart)| format!("{service}: {}", say::apart(apart))).collect(),
            against: Vec::new(),
            sets_apart: vec![best.clone()],
        })
    }

    fn of_stop(&self, stop: &Stop) -> Cause {
        let (kind, name, service, first, because, confidence) = match stop {
            Stop::Dead(one) => (CauseKind::Service, one.service.clone(), one.service.clone(), one.last_ms, vec![say::silent(one)], Confidence::High),
            Stop::Unheard(all, why) => {
                let names: Vec<&str> = all.iter().map(|s| s.service.as_str()).collect();
                let mut because: Vec<String> = all.iter().map(say::silent).collect();
                because.push(why.clone());
                let service = all.iter().max_by(|a, b| a.per_minute.total_cmp(&b.per_minute)).map(|s| s.service.clone()).unwrap_or_default();
                let first = all.iter().map(|s| s.last_ms).max().unwrap_or_default();
                let sure = if all.len() >= 3 { Confidence::High } else { Confidence::Medium };
                because.push(format!("records of {} do not arrive; the services need not be down", names.join(", ")));
                (CauseKind::Pipeline, "log pipeline".to_string(), service, first, because, sure)
            }
        };
        Cause {
            kind,
            name,
            service,
            since: Some(Timestamp::from_millis(first)),
            until: None,
            confidence,
            because,
            against: Vec::new(),
            sets_apart: Vec::new(),
        }
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
        for change in self.changes.iter().filter(near).filter(other).take(3) {
            cause.against.push(say::other_change(change, onset, cause));
        }
    }

    /// Who suffers beside the origin's own service, the worst first.
    fn affected(&self, cause: Option<&Cause>) -> Vec<String> {
        let Some(cause) = cause else { return Vec::new() };
        let mut names: Vec<String> = Vec::new();
        for symptom in self.symptoms.iter().filter(|s| s.ail != Ail::Surges && s.service != cause.name && s.service != cause.service) {
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
