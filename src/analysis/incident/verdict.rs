//! From the evidence to an origin: what the traces blame, sharpened by what the bad requests have in common.

use super::apart::{Apart, Growth};
use super::course::{Ail, Stretch};
use super::sample::{Slower, Suspect};
use super::sentence as say;
use super::stopped::{Stop, Stopped};
use super::symptoms::{Onset, Symptom};
use super::{Cause, CauseKind, Change, Confidence, Service};
use crate::model::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that was found out.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Who is unlike itself, the strongest first.
    pub symptoms: Vec<Symptom>,
    /// Since when, as closely as it is known.
    pub onset: Option<Onset>,
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
    /// Service -> the values of which there is more.
    pub growth: Vec<(String, Growth)>,
    /// All services.
    pub services: Vec<Service>,
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

/// Traces that agree this much are evidence, and this much a strong one.
const SOME: f64 = 0.12;
const MOST: f64 = 0.6;
/// A version is taken for the cause when it came this long before the onset or after it, ms.
const DEPLOYED_BEFORE_MS: i64 = 900_000;
const DEPLOYED_AFTER_MS: i64 = 60_000;

/// An onset is not known closer than this where failures are few, ms.
const SAME_MS: i64 = 300_000;

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
    for stop in &evidence.stops {
        let began = evidence.onset.filter(|_| fails || !causes.is_empty());
        let first = stop_services(stop).iter().map(|s| s.last_ms).min().unwrap_or(i64::MAX);
        // What stopped after others began to fail stopped because of that.
        let follows = began.is_some_and(|onset| first >= onset.from_ms - 60_000) && matches!(stop, Stop::Dead(_));
        let weight = if causes.is_empty() { 1.0 } else { 0.3 };
        if !follows {
            causes.push((weight, evidence.of_stop(stop)));
        }
    }
    let rank = |(weight, cause): &(f64, Cause)| weight * [0.3, 2.0, 3.0].get(cause.confidence as usize).copied().unwrap_or(1.0);
    causes.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    let mut list: Vec<Cause> = Vec::new();
    for (_, cause) in causes {
        if !list.iter().any(|known| known.name == cause.name && known.service == cause.service) {
            list.push(cause);
        }
    }
    let mut list = list.into_iter();
    let mut cause = list.next();
    // Who is let down by the origin, and seen from another side, is no other candidate.
    let service = cause.as_ref().map(|c| c.service.clone()).unwrap_or_default();
    let alternatives: Vec<Cause> = list.filter(|other| other.name != service).take(3).collect();
    if let (Some(cause), Some(other)) = (&mut cause, alternatives.first()) {
        cause.against.push(say::runner_up(other));
    }
    if let Some(cause) = &mut cause {
        evidence.other_changes(cause);
    }
    let affected = evidence.affected(cause.as_ref());
    examples.truncate(5);
    Verdict { cause, alternatives, affected, examples }
}

fn stop_services(stop: &Stop) -> &[Stopped] {
    match stop {
        Stop::Dead(one) => std::slice::from_ref(one),
        Stop::Unheard(all, _) => all,
    }
}

impl Evidence {
    fn symptom(&self, service: &str, ails: &[Ail]) -> Option<&Symptom> {
        self.symptoms.iter().find(|s| s.service == service && ails.contains(&s.ail))
    }

    fn stretch(&self, service: &str) -> Option<(Ail, Stretch)> {
        self.symptom(service, &[Ail::Fails, Ail::Errs, Ail::Slow]).map(|s| (s.ail, s.stretch))
    }

    fn since(&self) -> Option<Timestamp> {
        self.onset.map(|onset| Timestamp::from_millis(onset.from_ms))
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
            confidence,
            because,
            against: Vec::new(),
            sets_apart: self.apart.get(&suspect.service).cloned().unwrap_or_default(),
        };
        if suspect.kind == CauseKind::Service
            && let Some(slower) = self.slower.iter().find(|s| s.service == suspect.service)
            && let Some((kind, name)) = slower.peer.clone()
        {
            cause.because.push(say::complains(&suspect.service, &name));
            (cause.kind, cause.name) = (kind, name);
        }
        self.sharpen(&mut cause);
        cause
    }

    /// No trace blames anybody: the service whose share rose most.
    fn of_symptoms(&self) -> Option<Cause> {
        let symptom = self.symptoms.iter().find(|s| matches!(s.ail, Ail::Fails | Ail::Errs))?;
        let mut cause = Cause {
            kind: CauseKind::Service,
            name: symptom.service.clone(),
            service: symptom.service.clone(),
            since: self.since(),
            confidence: Confidence::Low,
            because: vec![say::symptom(&symptom.service, symptom.ail, &symptom.stretch)],
            against: vec!["no trace of it could be read: who let it down is not known".to_string()],
            sets_apart: self.apart.get(&symptom.service).cloned().unwrap_or_default(),
        };
        self.sharpen(&mut cause);
        Some(cause)
    }

    fn of_slower(&self, slower: &Slower) -> Cause {
        let (kind, name) = slower.peer.clone().unwrap_or((CauseKind::Service, slower.service.clone()));
        let mut because = vec![say::slower(slower)];
        because.extend(slower.peer.as_ref().map(|(_, name)| say::complains(&slower.service, name)));
        because.extend(self.symptom(&slower.service, &[Ail::Slow]).map(|s| say::symptom(&slower.service, Ail::Slow, &s.stretch)));
        let clear = self.symptom(&slower.service, &[Ail::Slow]).is_some() && slower.now_ms >= 2.5 * slower.usual_ms;
        let mut cause = Cause {
            kind,
            name,
            service: slower.service.clone(),
            since: self.since(),
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
        let suffers = |service: &str| self.symptom(service, &[Ail::Fails, Ail::Errs, Ail::Slow, Ail::Refuses]).is_some();
        let clear = |(service, growth): &&(String, Growth)| {
            growth.share >= 0.5 && growth.now >= 3.0 * growth.before && (suffers(service) || !self.symptoms.is_empty())
        };
        let whose = |growth: &Growth| self.kind_of(&growth.field).filter(|kind| matches!(kind, CauseKind::Tenant | CauseKind::Client));
        // A tenant says more than one of its clients.
        let mut found: Vec<(CauseKind, &(String, Growth))> = self.growth.iter().filter(clear).filter_map(|one| Some((whose(&one.1)?, one))).collect();
        found.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.1.share.total_cmp(&a.1.1.share)));
        let (kind, (service, growth)) = found.first()?;
        let ails: BTreeSet<Ail> = self.symptoms.iter().map(|s| s.ail).collect();
        if !ails.iter().any(|ail| *ail != Ail::Surges) {
            return None;
        }
        let much = growth.share >= 0.7 && growth.now >= 4.0 * growth.before;
        let since = self.symptom(service, &[Ail::Surges]).map(|s| s.stretch.since()).or(self.since());
        Some(Cause {
            kind: *kind,
            name: growth.value.clone(),
            service: service.clone(),
            since: self.since().or(since),
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

    /// A machine on which several services go bad, each of them there and hardly elsewhere.
    fn of_machine(&self) -> Option<Cause> {
        let mut machines: BTreeMap<&str, Vec<(&str, &Apart)>> = BTreeMap::new();
        for (service, list) in &self.apart {
            // Where a version says it better, the machine is only where it runs.
            let best = list.iter().filter(|a| a.is_clear()).find(|a| self.kind_of(&a.field).is_some());
            if let Some(apart) = best.filter(|a| a.field == "host") {
                machines.entry(&apart.value).or_default().push((service, apart));
            }
        }
        let (name, found) = machines.into_iter().max_by_key(|(_, found)| found.len()).filter(|(_, found)| found.len() >= 2)?;
        let blamed = |service: &str| self.suspects.iter().position(|s| s.service == service).unwrap_or(usize::MAX);
        let (service, best) = found.iter().min_by_key(|(service, _)| blamed(service)).copied()?;
        Some(Cause {
            kind: CauseKind::Host,
            name: name.to_string(),
            service: service.to_string(),
            since: self.since(),
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
        Cause { kind, name, service, since: Some(Timestamp::from_millis(first)), confidence, because, against: Vec::new(), sets_apart: Vec::new() }
    }

    /// A version, machine, tenant or client instead of the service, where the bad requests have it in common.
    fn sharpen(&self, cause: &mut Cause) {
        let onset = self.onset.map_or(i64::MAX, |o| o.from_ms);
        let own_fault = cause.kind == CauseKind::Service;
        let mut clear: Vec<&Apart> = cause.sets_apart.iter().filter(|a| a.is_clear() && a.score >= 0.3).collect();
        clear.sort_by(|a, b| b.score.total_cmp(&a.score));
        let best = clear.iter().map(|a| a.score).fold(0.0, f64::max);
        let sharpened = clear.iter().filter(|a| a.score >= 0.92 * best).find_map(|a| Some((self.kind_of(&a.field)?, (*a).clone())));
        let came_with = |value: &str, kind: CauseKind| {
            let version = matches!(kind, CauseKind::Version | CauseKind::Image);
            let near = |c: &&Change| version && c.service == cause.service && c.value == value && c.is_new() && (c.first_ms - onset).abs() <= SAME_MS;
            self.changes.iter().find(near).map(|c| Timestamp::from_millis(c.first_ms))
        };
        // What was called tells where it breaks, and not for whom.
        let where_only = |a: &&&Apart| !matches!(a.field.as_str(), "path" | "method");
        let best = clear.iter().filter(where_only).map(|a| a.score).fold(0.0, f64::max);
        match sharpened.or_else(|| self.whose_at_the_entry(best)) {
            // Somebody outside stays to blame, whichever of our machines asks it.
            Some((kind, apart)) if own_fault || matches!(kind, CauseKind::Version | CauseKind::Image) => {
                cause.because.push(say::apart(&apart));
                // Its first record tells when it began better than its first failures do.
                cause.since = came_with(&apart.value, kind).or(cause.since);
                // What sets nearly all of them apart is evidence of its own.
                if apart.share_bad >= 0.8 && apart.bad >= 8 {
                    cause.confidence = cause.confidence.max(Confidence::Medium);
                }
                (cause.kind, cause.name) = (kind, apart.value.clone());
                cause.sets_apart.retain(|a| *a != apart);
                cause.sets_apart.insert(0, apart);
                return;
            }
            _ => {}
        }
        if !own_fault {
            return;
        }
        // All of it was replaced: nothing is left to compare with but the time before.
        let came = |c: &&Change| {
            c.service == cause.service
                && matches!(c.field.as_str(), "version" | "image")
                && c.is_new()
                && (onset - DEPLOYED_BEFORE_MS..=onset + DEPLOYED_AFTER_MS).contains(&c.first_ms)
        };
        if let Some(change) = self.changes.iter().filter(came).max_by_key(|c| (c.first_ms, c.field == "version")) {
            cause.because.push(say::deployed(change));
            cause.kind = if change.field == "version" { CauseKind::Version } else { CauseKind::Image };
            cause.name = change.value.clone();
            if (change.first_ms - onset).abs() <= SAME_MS {
                cause.since = Some(Timestamp::from_millis(change.first_ms));
            }
            let stretch = self.stretch(&cause.service).map(|(_, stretch)| stretch);
            cause.sets_apart.extend(stretch.map(|stretch| Apart {
                field: change.field.clone(),
                value: change.value.clone(),
                bad: stretch.bad as u64,
                of: stretch.of as u64,
                share_bad: 1.0,
                share_rest: 0.0,
                score: 1.0,
                rate_rest: stretch.usual(),
            }));
        }
    }

    /// Whose requests they are is often known only where they enter: a tenant or client that most bad requests come from.
    fn whose_at_the_entry(&self, best: f64) -> Option<(CauseKind, Apart)> {
        let whose = |a: &Apart| self.kind_of(&a.field).filter(|kind| matches!(kind, CauseKind::Tenant | CauseKind::Client));
        let clear = self.apart.values().flatten().filter(|a| a.is_clear() && a.share_rest < 0.4);
        let found = clear.filter_map(|a| Some((whose(a)?, a.clone())));
        found.max_by(|a, b| a.1.score.total_cmp(&b.1.score)).filter(|(_, a)| a.score >= f64::max(0.2, 0.92 * best))
    }

    /// What kind of thing a field names; `None` for one that only describes requests.
    pub fn kind_of(&self, field: &str) -> Option<CauseKind> {
        let last = field.rsplit('.').next().unwrap_or(field).to_ascii_lowercase();
        let is = |words: &[&str]| words.iter().any(|word| last == *word || last == format!("{word}_id") || last == format!("{word}_name"));
        let lower = field.to_ascii_lowercase();
        if field == "version" {
            Some(CauseKind::Version)
        } else if lower.contains("image") {
            Some(CauseKind::Image)
        } else if matches!(field, "host" | "pod") || is(&["node", "host", "hostname", "instance", "pod"]) || lower.ends_with("node.name") {
            Some(CauseKind::Host)
        } else if is(&["tenant", "org", "organization", "organisation", "account", "customer", "merchant", "workspace", "company", "shop", "partner"])
        {
            Some(CauseKind::Tenant)
        } else if field == "user"
            || is(&["user", "user_agent", "client", "client_ip", "client_version", "app_version", "app", "ip", "api_key"])
            || lower.contains("user_agent")
            || self.who.iter().any(|known| known == field)
        {
            Some(CauseKind::Client)
        } else {
            None
        }
    }

    /// What else changed about then, and is not thought to be it.
    fn other_changes(&self, cause: &mut Cause) {
        let Some(onset) = self.onset.map(|o| o.from_ms) else { return };
        let near = |c: &&Change| c.is_new() && (c.first_ms - onset).abs() <= DEPLOYED_BEFORE_MS && matches!(c.field.as_str(), "version" | "image");
        for change in self.changes.iter().filter(near).filter(|c| c.value != cause.name && c.service != cause.service).take(3) {
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
        for stop in self.stops.iter().flat_map(stop_services).filter(|s| s.service != cause.name && s.service != cause.service) {
            if !names.contains(&stop.service) {
                names.push(stop.service.clone());
            }
        }
        names
    }
}
