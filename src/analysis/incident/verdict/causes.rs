//! From each way of looking to a cause: whom traces blame, who only takes longer, traffic that grew, machines.

use super::{Evidence, SOME};
use crate::analysis::incident::apart::{Apart, Growth};
use crate::analysis::incident::course::Ail;
use crate::analysis::incident::sample::{Party, Slower, Suspect};
use crate::analysis::incident::sentence as say;
use crate::analysis::incident::symptoms::Symptom;
use crate::analysis::incident::{Cause, CauseKind, Change, Confidence};
use crate::analysis::outside::{is_time_out, says, waited_ms};
use crate::analysis::told::is_own_making;
use crate::model::Timestamp;
use std::collections::BTreeMap;

/// And this a strong one.
const MOST: f64 = 0.6;
/// What a service says that has more to do than it can.
const OVERRUN: [&str; 11] = [
    "too many concurrent",
    "in flight",
    "saturated",
    "queue full",
    "queue is full",
    "overload",
    "too many requests",
    "rejecting",
    "rejected",
    "backpressure",
    "no capacity",
];
/// Who is complained of within so long of the onset began it, ms.
pub(super) const FIRST_MS: i64 = 120_000;
/// Who failed so much earlier than another was not let down by it, ms.
const EARLIER_MS: i64 = 60_000;
/// Longer chains of services that wait for each other are not followed.
const MOST_WAITS: usize = 3;
/// Traffic that grew so long after a service was in trouble did not bring that about, ms.
const AFTER_MS: i64 = 60_000;
/// Traffic may grow for so long until somebody suffers under it, ms.
const BEFORE_MS: i64 = 900_000;
/// What came so near to when something began may be its cause, ms.
const CAME_WITH_MS: i64 = 300_000;
/// What a process says that runs out of memory.
const LEAKS: [&str; 6] = ["memoryerror", "outofmemory", "out of memory", "oomkilled", "cannot allocate memory", "heap limit"];
/// Fewer requests that went well do not show that a service is well.
const SERVED: u64 = 20;
/// What has been slow for less than this is not surely slow by itself, ms.
const LASTING_MS: i64 = 180_000;
/// So many times slower than usual is plain.
pub(super) const PLAINLY: f64 = 3.0;
/// Whose own part makes less of what its requests take longer waits for somebody.
const OWN_PART: f64 = 0.25;
/// A job of fewer requests a minute than this is slow by itself, and overruns nobody.
const FLOOD: f64 = 10.0;
/// So often fail requests that are wrong by themselves, and no more often those of all others.
const OWN_RATE: f64 = 0.5;
const REST_RATE: f64 = 0.03;

impl Evidence {
    pub(super) fn of_suspect(&self, suspect: &Suspect) -> Cause {
        let mut because = vec![say::blamed(suspect)];
        because.extend(self.stretch(&suspect.service).map(|(ail, stretch)| say::symptom(&suspect.service, ail, &stretch)));
        let agree = suspect.share >= MOST && suspect.traces >= 8;
        let confidence = match (agree, suspect.share >= 0.35 && suspect.traces >= 3) {
            _ if suspect.aside => Confidence::Low,
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
        let stopped = self.stopped(&suspect.service).is_some();
        // A time-out that names nobody is of whom it always waits for.
        if cause.kind == CauseKind::Service
            && !stopped
            && cause.because.len() <= 2
            && is_time_out(None, &suspect.reason)
            && let Some((_, party)) = self.habit.as_ref().filter(|(service, party)| *service == suspect.service && party.name != *service)
        {
            cause.because.push(party.known_by.clone());
            (cause.kind, cause.name, cause.confidence) = (party.kind, party.name.clone(), cause.confidence.min(Confidence::Medium));
        }
        self.overrun(&mut cause, suspect);
        // What a program throws of its own making is nobody's whom it waits for.
        let own_making = suspect.reason.split(':').next().is_some_and(is_own_making);
        if cause.kind == CauseKind::Service
            && !own_making
            && let Some(slower) = self.slower.iter().find(|s| s.service == suspect.service)
            && let Some(party) = slower.peer.clone()
        {
            cause.because.push(party.known_by);
            (cause.kind, cause.name) = (party.kind, party.name);
            self.whom_it_waits_for(&mut cause);
        }
        self.leak(&mut cause, &suspect.reason);
        self.sharpen(&mut cause);
        cause
    }

    /// One of ours that another waits for may wait for somebody itself.
    fn whom_it_waits_for(&self, cause: &mut Cause) {
        for _ in 0..MOST_WAITS {
            let own = |slower: &&Slower| cause.kind == CauseKind::Service && slower.service == cause.name;
            let breaks_by =
                |s: &&Suspect| s.service == cause.name && matches!(s.kind, CauseKind::Dependency | CauseKind::Database) && s.share >= SOME;
            let named = || self.suspects.iter().find(breaks_by).map(|s| Party { kind: s.kind, name: s.name.clone(), known_by: say::blamed(s) });
            let party = self.slower.iter().find(own).and_then(|slower| slower.peer.clone()).or_else(named).filter(|party| party.name != cause.name);
            let Some(party) = party else { return };
            cause.because.push(party.known_by);
            cause.service = std::mem::replace(&mut cause.name, party.name);
            cause.kind = party.kind;
        }
    }

    /// One of ours that is blamed and serves everybody else as before is not what broke: who alone complains of it is.
    fn complains_alone(&self, cause: &mut Cause) {
        let Some(onset) = self.onset.filter(|_| cause.kind == CauseKind::Service && cause.name == cause.service) else { return };
        let Some(worst) = self.symptoms.first().filter(|s| matches!(s.ail, Ail::Fails | Ail::Errs) && s.service != cause.service) else { return };
        let stopped = self.stopped(&cause.service).is_some();
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
    fn overrun(&self, cause: &mut Cause, suspect: &Suspect) {
        let overrun = || cause.kind == CauseKind::Service && suspect.others.iter().chain([&suspect.reason]).any(|text| says(text, &OVERRUN));
        let Some(onset) = self.onset.filter(|_| overrun()) else { return };
        if let Some((change, since)) = self.new_caller_failed_before(&cause.service) {
            cause.because.push(say::overrun_by(change, &cause.service, since));
            (cause.kind, cause.name, cause.service) = (CauseKind::Version, change.value.clone(), change.service.clone());
            cause.since = Some(Timestamp::from_millis(change.first_ms));
            cause.sets_apart = self.apart.get(&cause.service).cloned().unwrap_or_default();
            cause.confidence = cause.confidence.min(Confidence::Medium);
            return;
        }
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

    /// The new version of a caller that began to fail by a service before that service failed anybody: it gives up too soon, and
    /// tries again.
    fn new_caller_failed_before(&self, service: &str) -> Option<(&Change, i64)> {
        let began = |service: &str| self.symptom(service, &[Ail::Fails, Ail::Errs]).map(|s| s.stretch.from_ms);
        let own = began(service)?;
        let first = self.callers.iter().filter_map(|caller| Some((caller, began(caller)?))).filter(|(_, from)| from + EARLIER_MS <= own);
        first.into_iter().find_map(|(caller, from)| {
            let came = |c: &&Change| c.field == "version" && c.service == *caller && c.is_new() && (c.first_ms - from).abs() <= CAME_WITH_MS;
            Some((self.changes.iter().find(came)?, from))
        })
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
    pub(super) fn of_symptoms(&self) -> Option<Cause> {
        let symptom = self.symptoms.iter().find(|s| matches!(s.ail, Ail::Fails | Ail::Errs))?;
        let mut cause = self.guess(symptom, "no trace of it could be read: who let it down is not known");
        self.sharpen(&mut cause);
        Some(cause)
    }

    pub(super) fn of_slower(&self, slower: &Slower) -> Cause {
        let (kind, name) = slower.peer.as_ref().map_or((CauseKind::Service, slower.service.clone()), |party| (party.kind, party.name.clone()));
        let mut because = vec![say::slower(slower)];
        because.extend(slower.peer.as_ref().map(|party| party.known_by.clone()));
        because.extend(self.symptom(&slower.service, &[Ail::Slow]).map(|s| say::symptom(&slower.service, Ail::Slow, &s.stretch)));
        // Of requests that are still on their way the callers' part looks long: at first it is not sure whose time it is.
        let lasting = |s: &Symptom| s.stretch.to_ms - s.stretch.from_ms >= LASTING_MS;
        let clear = self.symptom(&slower.service, &[Ail::Slow]).is_some_and(lasting) && slower.now_ms >= 2.5 * slower.usual_ms;
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

    /// Whether a service's own part explains little of what its requests take longer.
    pub(super) fn waits_for_another(&self, slower: &Slower) -> bool {
        self.symptom(&slower.service, &[Ail::Slow]).is_some_and(|s| {
            let (own, whole) = (slower.now_ms - slower.usual_ms, s.stretch.share() - s.stretch.usual());
            slower.peer.is_none() && own < OWN_PART * whole
        })
    }

    /// No trace shows whose time it is: the service whose requests take how many times longer most.
    pub(super) fn of_slowness(&self) -> Option<Cause> {
        let times = |s: &Symptom| s.stretch.share() / s.stretch.usual().max(1.0);
        let slow = || self.symptoms.iter().filter(|s| s.ail == Ail::Slow);
        let symptom = slow().max_by(|a, b| times(a).total_cmp(&times(b)))?;
        // Were it one of ours that it waits for, that one would be slow as well.
        let alone = slow().count() == 1 && times(symptom) >= PLAINLY && symptom.stretch.to_ms - symptom.stretch.from_ms >= LASTING_MS;
        let guess = self.guess(symptom, "no trace shows yet whether it is slow itself or whom it waits for");
        Some(Cause { confidence: if alone { Confidence::Medium } else { Confidence::Low }, ..guess })
    }

    /// What is wrong with a service, and no more is known.
    pub(super) fn guess(&self, symptom: &Symptom, against: &str) -> Cause {
        Cause {
            kind: CauseKind::Service,
            name: symptom.service.clone(),
            service: symptom.service.clone(),
            since: self.since(),
            until: None,
            confidence: Confidence::Low,
            because: vec![say::symptom(&symptom.service, symptom.ail, &symptom.stretch)],
            against: vec![against.to_string()],
            sets_apart: self.apart.get(&symptom.service).cloned().unwrap_or_default(),
        }
    }

    /// Traffic that grew from one side, where services suffer under it.
    pub(super) fn of_growth(&self) -> Option<Cause> {
        // It is what breaks a service only where that service suffers as others do: a job that runs meanwhile breaks nothing.
        let worst = self.symptoms.iter().find(|s| !s.ail.is_of_traffic())?.ail;
        let suffers = |service: &str, growth: &Growth| {
            let slow = self.symptom(service, &[Ail::Slow]).is_some() && (worst == Ail::Slow || growth.now >= FLOOD);
            let surges = growth.now >= FLOOD && self.symptom(service, &[Ail::Surges]).is_some();
            slow || surges || self.symptom(service, &[Ail::Fails, Ail::Errs, Ail::Refuses]).is_some()
        };
        let clear = |(service, growth): &&(String, Growth)| growth.share >= 0.5 && growth.now >= 3.0 * growth.before && suffers(service, growth);
        let whose = |growth: &Growth| self.kind_of(&growth.field).filter(|kind| matches!(kind, CauseKind::Tenant | CauseKind::Client));
        // A tenant says more than one of its clients.
        let mut found: Vec<(CauseKind, &(String, Growth))> = self.growth.iter().filter(clear).filter_map(|one| Some((whose(&one.1)?, one))).collect();
        // Of the services that it reaches the one that suffers most.
        let suffering = |service: &str| self.symptoms.iter().position(|s| s.service == service && !s.ail.is_of_traffic());
        let rank = |service: &str| suffering(service).unwrap_or(usize::MAX);
        found.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| rank(&a.1.0).cmp(&rank(&b.1.0))).then_with(|| b.1.1.share.total_cmp(&a.1.1.share)));
        let (kind, (service, growth)) = found.first()?;
        let much = growth.share >= 0.7 && growth.now >= 4.0 * growth.before;
        // Who tries again because it got no answer sends more as well, a while later.
        let troubles = self.symptoms.iter().filter(|s| s.service == *service && !s.ail.is_of_traffic()).map(|s| s.stretch.from_ms);
        // Who sent plainly more before there was any trouble did not do so because of it.
        let first = |from: i64| growth.from_ms.is_some_and(|grew| grew + AFTER_MS <= from);
        let trouble = troubles.min().filter(|from| growth.since_ms.is_some_and(|since| from + AFTER_MS <= since) && !first(*from));
        let onset = self.onset.map_or(i64::MIN, |onset| onset.from_ms);
        // Where nobody else's requests suffer they are not too many: what fails is what they ask for.
        let alone = |a: &&Apart| a.value == growth.value && a.is_clear() && a.rate() >= OWN_RATE && a.rate_rest <= REST_RATE;
        let own = self.apart.get(service).into_iter().flatten().find(alone);
        let grew = growth.from_ms.filter(|grew| trouble.is_none() && (onset - BEFORE_MS..onset).contains(grew)).map(Timestamp::from_millis);
        Some(Cause {
            kind: *kind,
            name: growth.value.clone(),
            service: service.clone(),
            since: grew.or(self.since()),
            until: None,
            confidence: match (trouble, much) {
                (Some(_), _) => Confidence::Low,
                (None, true) => Confidence::High,
                (None, false) => Confidence::Medium,
            },
            because: vec![own.map_or_else(|| say::grew(service, growth), say::apart)],
            against: trouble.map(|from| say::grew_after(service, growth, from)).into_iter().collect(),
            sets_apart: vec![own.cloned().unwrap_or_else(|| Apart {
                field: growth.field.clone(),
                value: growth.value.clone(),
                bad: growth.now.round() as u64,
                of: growth.now.round() as u64,
                share_bad: growth.share.min(1.0),
                share_rest: 0.0,
                score: growth.share.min(1.0),
                rate_rest: 0.0,
            })],
        })
    }

    /// A machine on which several services go bad, each of them there and hardly elsewhere.
    pub(super) fn of_machine(&self) -> Option<Cause> {
        let mut machines: BTreeMap<&str, Vec<(&str, &Apart)>> = BTreeMap::new();
        for (service, list) in &self.apart {
            // Where a version says it better, the machine is only where it runs.
            let best: Option<&Apart> = list.iter().filter(|a| a.is_clear()).find(|a| self.kind_of(&a.field).is_some());
            if best.is_some_and(|a| self.kind_of(&a.field) == Some(CauseKind::Host)) {
                // A pod of it is on a machine as well: whether others suffer there tells which of both it is.
                let on = self.machines.get(service).map_or_else(|| best.map(std::slice::from_ref).unwrap_or_default(), Vec::as_slice);
                on.iter().filter(|a| a.field != "pod").for_each(|a| machines.entry(&a.value).or_default().push((service, a)));
            }
        }
        for (service, list) in self.machines.iter().filter(|(service, _)| !self.apart.contains_key(*service)) {
            list.iter().for_each(|a| machines.entry(&a.value).or_default().push((service, a)));
        }
        // A zone is more than the machine in it that shows it best only where others go bad elsewhere in it as well.
        let rank = |name: &str, found: &[(&str, &Apart)]| {
            let is_machine = found.iter().any(|(_, apart)| apart.field == "host");
            (found.len(), self.confined.get(name).copied().unwrap_or(0), is_machine)
        };
        let (name, found) = machines.into_iter().max_by_key(|(name, found)| rank(name, found)).filter(|(_, found)| found.len() >= 2)?;
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
}
