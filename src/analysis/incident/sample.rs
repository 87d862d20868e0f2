//! What a sample of traces tells: whom the failing ones blame, where requests spend longer, who calls whom.

mod join;
mod refused;
mod slower;
mod tally;

use super::CauseKind;
use super::symptoms::Onset;
use crate::analysis::outside;
use crate::analysis::told::error_beside;
use crate::model::{Level, LogRecord, OriginKind, Span, SpanKind, Trace};
use join::{join_nameless, join_unresolved};
use refused::is_refused;
use std::collections::{BTreeMap, BTreeSet};
use tally::Tally;

/// Traces of the incident and of the time before it, put together.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Those that a failing record led to and those found by chance.
    pub traces: Vec<Trace>,
    /// Error records of services that write them outside of any trace.
    pub loose: Vec<LogRecord>,
    /// The first warnings and errors since about the onset, of the services that are worst.
    pub first: Vec<LogRecord>,
    /// Their warnings and errors from a while before it on.
    pub earlier: Vec<LogRecord>,
}

/// Somebody whom traces blame.
#[derive(Clone, PartialEq, Debug)]
pub struct Suspect {
    /// What kind of thing.
    pub kind: CauseKind,
    /// Its name.
    pub name: String,
    /// The service of ours that is nearest.
    pub service: String,
    /// Share of the failing traces that blame it, less what is usual.
    pub share: f64,
    /// How many do.
    pub traces: usize,
    /// Of so many.
    pub of: usize,
    /// What most of them say.
    pub reason: String,
    /// What some of them say beside that.
    pub others: Vec<String>,
    /// Some of them, the newest first.
    pub examples: Vec<String>,
    /// Share of them that are sure of it.
    pub sure: f64,
    /// Hardly any of them is of the service that is most unlike itself, nor is it that one.
    pub aside: bool,
}

/// Whom a service that is slow waits for.
#[derive(Clone, PartialEq, Debug)]
pub struct Party {
    /// What kind of thing.
    pub kind: CauseKind,
    /// Its name.
    pub name: String,
    /// How that is known.
    pub known_by: String,
}

/// A service whose own part of requests takes longer.
#[derive(Clone, PartialEq, Debug)]
pub struct Slower {
    /// Which.
    pub service: String,
    /// Its own time in a request, ms.
    pub now_ms: f64,
    /// The same before, ms.
    pub usual_ms: f64,
    /// How many traces of now it is in.
    pub visits: usize,
    /// Whom its records complain of, or say that they wait for.
    pub peer: Option<Party>,
    /// Some of the slow traces.
    pub examples: Vec<String>,
}

/// A trace begins before its failure shows, ms.
pub(super) const BEFORE_MS: i64 = 20_000;
/// Fewer bad traces than this of the service that is worst are no reason to look at no others.
const FEW_BAD: usize = 3;

fn begins(trace: &Trace) -> i64 {
    trace.edges().0.millis()
}

fn ends(trace: &Trace) -> i64 {
    trace.edges().1.millis()
}

/// What ended so shortly before the newest record may lack what its callees wrote of it, ms.
const ARRIVES_MS: i64 = 15_000;

/// One trace's opinion: kind, name, nearest service, weight, why, whether it is sure.
struct Opinion {
    kind: CauseKind,
    name: String,
    service: String,
    weight: f64,
    reason: String,
    sure: bool,
}

impl Sample {
    /// All that was written until then has arrived, as far as can be known, ms.
    fn settled_ms(&self) -> i64 {
        self.traces.iter().map(ends).max().unwrap_or_default() - ARRIVES_MS
    }

    pub(super) fn during(&self, onset: &Onset) -> impl Iterator<Item = &Trace> {
        let time = onset.from_ms - BEFORE_MS..onset.to_ms;
        self.traces.iter().filter(move |t| time.contains(&begins(t)))
    }

    pub(super) fn before(&self, onset: &Onset) -> impl Iterator<Item = &Trace> {
        let end = onset.from_ms - BEFORE_MS;
        self.traces.iter().filter(move |t| begins(t) < end)
    }

    /// Whom the failing traces of the incident blame, the most blamed first. `chronic` is how often things fail before it,
    /// as a share of how often they do in it; `focus` is the service that is most unlike itself.
    pub fn blamed(&self, onset: &Onset, chronic: f64, focus: Option<&str>, roster: &BTreeSet<String>) -> Vec<Suspect> {
        let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
        // What is still on its way has not failed.
        let settled = self.settled_ms();
        let mut now: Vec<&Trace> = self.during(onset).filter(|t| is_bad(t) && (ends(t) <= settled || !only_open(t))).collect();
        let before: Vec<&Trace> = self.before(onset).filter(|t| is_bad(t)).collect();
        let time = onset.from_ms - BEFORE_MS..onset.to_ms;
        let (mut loose, loose_before): (Vec<&LogRecord>, Vec<&LogRecord>) =
            self.loose.iter().partition(|record| time.contains(&record.timestamp.millis()));
        let mut aside = false;
        if let Some(focus) = focus {
            let concerns = |t: &&&Trace| t.spans.iter().any(|s| s.service == focus) || t.origin.as_ref().is_some_and(|o| o.name == focus);
            let of_focus = now.iter().filter(concerns).count() + loose.iter().filter(|r| r.service.as_deref() == Some(focus)).count();
            // What goes wrong elsewhere all day long tells nothing of it.
            if of_focus >= FEW_BAD {
                now.retain(|t| concerns(&t));
                loose.retain(|r| r.service.as_deref() == Some(focus));
            } else {
                aside = true;
            }
        }
        let of = now.len() + loose.len();
        for record in loose {
            for opinion in of_error(record, roster) {
                let tally = tallies.entry(key(&opinion.name)).or_default();
                tally.weight += 2.0 * opinion.weight / of as f64;
                tally.traces += 1;
                *tally.kinds.entry(opinion.kind).or_default() += opinion.weight;
                *tally.services.entry(opinion.service).or_default() += opinion.weight;
                tally.says(&opinion.reason, opinion.weight / of as f64);
            }
        }
        for trace in &now {
            for opinion in opinions(trace, roster) {
                let tally = tallies.entry(key(&opinion.name)).or_default();
                tally.weight += opinion.weight / of as f64;
                tally.traces += usize::from(opinion.weight >= 0.4);
                tally.sure += usize::from(opinion.sure);
                let plain = opinion.sure && trace.open == 0;
                *tally.kinds.entry(opinion.kind).or_default() += opinion.weight;
                *tally.services.entry(opinion.service).or_default() += opinion.weight;
                tally.says(&opinion.reason, if opinion.sure { 1.5 } else { 1.0 } * opinion.weight / of as f64);
                tally.examples.push((plain, begins(trace), trace.trace_id.clone()));
            }
        }
        let of_before = before.len() + loose_before.len();
        let usual = before.iter().flat_map(|trace| opinions(trace, roster)).chain(loose_before.iter().flat_map(|record| of_error(record, roster)));
        for opinion in usual {
            let tally = tallies.entry(key(&opinion.name)).or_default();
            tally.usual += opinion.weight / of_before as f64;
            tally.says(&opinion.reason, -chronic.min(1.0) * opinion.weight / of_before as f64);
        }
        let mut suspects: Vec<Suspect> = tallies.into_iter().filter_map(|(name, tally)| tally.suspect(name, of, chronic)).collect();
        join_nameless(&mut suspects);
        join_unresolved(&mut suspects);
        for suspect in suspects.iter_mut().filter(|s| s.kind == CauseKind::Database && outside::is_make(&s.name)) {
            let host = self.host_of(&suspect.service, &suspect.name);
            let named = || self.name_of(&outside::address_in(&suspect.reason)?, &suspect.name);
            suspect.name = host.or_else(named).unwrap_or_else(|| suspect.name.clone());
        }
        suspects.iter_mut().for_each(|s| s.aside = aside && focus != Some(&s.service));
        suspects.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.name.cmp(&b.name)));
        suspects
    }

    /// The party that a service's warnings and errors name now, and did not name as often before.
    pub fn complained_of(&self, service: &str, onset: &Onset, roster: &BTreeSet<String>) -> Option<(CauseKind, String)> {
        let named = |traces: &mut dyn Iterator<Item = &Trace>| {
            let mut counts: BTreeMap<(CauseKind, String), f64> = BTreeMap::new();
            let mut seen = 0.0;
            for trace in traces {
                let own = trace.records.iter().filter(|r| r.service.as_deref() == Some(service));
                let mut parties: BTreeSet<(CauseKind, String)> = BTreeSet::new();
                for record in own.filter(|r| r.level >= Some(Level::Warn)) {
                    parties.extend(named_by(record, roster));
                }
                parties.retain(|(_, name)| name != service);
                seen += 1.0;
                for party in parties {
                    *counts.entry(party).or_default() += 1.0;
                }
            }
            (counts, f64::max(seen, 1.0))
        };
        let (now, of) = named(&mut self.during(onset));
        let (usual, usual_of) = named(&mut self.before(onset));
        let risen = |(party, n): (&(CauseKind, String), &f64)| {
            let before = usual.get(party).copied().unwrap_or(0.0) / usual_of;
            (*n >= 2.0 && n / of >= 3.0 * before).then(|| (n / of, party.clone()))
        };
        // A name says more than "database".
        let mut found: Vec<(f64, (CauseKind, String))> = now.iter().filter_map(risen).collect();
        found.sort_by(|a, b| (a.1.1 == NAMELESS).cmp(&(b.1.1 == NAMELESS)).then_with(|| b.0.total_cmp(&a.0)));
        found.into_iter().next().map(|(_, party)| party)
    }

    /// When each service first named a party in a warning or an error of the incident, ms; and what kind of thing each party is.
    pub fn first_named(&self, onset: &Onset, roster: &BTreeSet<String>) -> (BTreeMap<(String, String), i64>, BTreeMap<String, CauseKind>) {
        let mut first: BTreeMap<(String, String), i64> = BTreeMap::new();
        let mut kinds: BTreeMap<String, CauseKind> = BTreeMap::new();
        // What is complained of may have begun before requests fail by it.
        let time = onset.from_ms - 5 * BEFORE_MS..onset.to_ms;
        let traces = self.traces.iter().filter(|t| time.contains(&begins(t)));
        for record in traces.flat_map(|trace| &trace.records).chain(&self.first).filter(|r| r.level >= Some(Level::Warn)) {
            let (Some(service), Some((kind, name))) = (record.service.clone(), named_by(record, roster)) else { continue };
            kinds.insert(name.clone(), kind);
            let at = first.entry((service, name)).or_insert(i64::MAX);
            *at = (*at).min(record.timestamp.millis());
        }
        (first, kinds)
    }

    /// The services that requests of the incident enter by, the most frequent first: of those that fail and come by `through`,
    /// else of all that come by it.
    pub fn entries(&self, onset: &Onset, through: Option<&str>) -> Vec<String> {
        let comes_by =
            |t: &&Trace| through.is_none_or(|name| t.spans.iter().any(|s| s.service == name) || t.origin.as_ref().is_some_and(|o| o.name == name));
        let roots = |traces: &mut dyn Iterator<Item = &Trace>| {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for trace in traces {
                let root = trace.spans.iter().find(|s| s.parent.is_none() && s.kind == SpanKind::Service);
                *counts.entry(root.map(|s| s.service.clone()).unwrap_or_default()).or_default() += usize::from(root.is_some());
            }
            let mut counts: Vec<(String, usize)> = counts.into_iter().filter(|(name, _)| !name.is_empty()).collect();
            counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            counts.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        let failing = roots(&mut self.during(onset).filter(|t| is_bad(t)).filter(comes_by));
        if failing.is_empty() { roots(&mut self.during(onset).filter(comes_by)) } else { failing }
    }

    /// Of the traces that began in that time and have a span of `with`: how many have one of `service`, of how many.
    pub fn together(&self, with: &str, service: &str, from_ms: i64, to_ms: i64) -> (usize, usize) {
        let has = |trace: &Trace, name: &str| trace.spans.iter().any(|s| s.service == name && s.kind == SpanKind::Service);
        let of: Vec<&Trace> = self.traces.iter().filter(|t| (from_ms..to_ms).contains(&begins(t)) && has(t, with)).collect();
        (of.iter().filter(|t| has(t, service)).count(), of.len())
    }

    /// Who used to ask a service in many of its own requests, and since then goes on without it.
    pub fn asks_no_more(&self, service: &str, since_ms: i64) -> Option<String> {
        let used_to = self.callers(service, since_ms).into_iter().filter(|(_, (with, of))| *of >= FEW_ASKED && with * 10 >= of * 4);
        let no_more = |caller: &str| {
            let (with, of) = self.together(caller, service, since_ms + MEANWHILE_MS, i64::MAX);
            of >= FEW_ASKED && with * 10 <= of
        };
        used_to.filter(|(caller, _)| no_more(caller)).max_by_key(|(_, (_, of))| *of).map(|(caller, _)| caller)
    }

    /// Who calls a service and waits for it, before that moment, with how many of that caller's traces have it.
    pub fn callers(&self, service: &str, to_ms: i64) -> BTreeMap<String, (usize, usize)> {
        let mut callers: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for trace in self.traces.iter().filter(|t| begins(t) < to_ms) {
            // A record that happens to lie in somebody's request was not asked for by that one.
            let asked = |s: &&Span| s.service == service && s.kind == SpanKind::Service && (!s.inferred || s.status.is_some());
            for span in trace.spans.iter().filter(asked) {
                if let Some(parent) = trace.spans.iter().find(|p| span.parent.as_ref() == Some(&p.id) && p.service != service) {
                    let (waited, all) = callers.entry(parent.service.clone()).or_default();
                    *waited += usize::from(span.end() <= parent.end());
                    *all += 1;
                }
            }
        }
        // Whoever ends before its callee now and then does not wait for it.
        let waits = callers.into_iter().filter(|(_, (waited, all))| waited * 20 >= all * 19);
        waits.map(|(caller, _)| (caller.clone(), self.together(&caller, service, i64::MIN, to_ms))).collect()
    }
}

/// Nothing tells that it failed but that it has not ended.
fn only_open(trace: &Trace) -> bool {
    let span = trace.origin.as_ref().and_then(|origin| trace.spans.iter().find(|s| s.id == origin.span));
    span.is_some_and(|s| s.open && s.errors == 0)
}

/// Of fewer requests nothing is said, and what was under way at that moment belongs to neither side, ms.
const FEW_ASKED: usize = 8;
const MEANWHILE_MS: i64 = 5000;
/// A database of which no more is known.
pub(super) const NAMELESS: &str = "database";

fn is_bad(trace: &Trace) -> bool {
    (trace.origin.is_some() && !is_refused(trace)) || trace.records.iter().any(LogRecord::is_error)
}

fn key(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// The party that a warning or an error names.
pub(super) fn named_by(record: &LogRecord, roster: &BTreeSet<String>) -> Option<(CauseKind, String)> {
    let thrown = record.exception.as_ref();
    let kind = thrown.and_then(|e| e.kind.as_deref());
    let said = [record.message.as_deref(), thrown.and_then(|e| e.message.as_deref()), error_beside(record)];
    let texts = || said.into_iter().flatten();
    let party = texts().find_map(|text| outside::named(kind, text, &[])).or_else(|| texts().find_map(|text| outside::spoken_of(text, &[])));
    party.map(|peer| of_peer(&peer.name, peer.is_database, roster))
}

/// Who is blamed by its own name: one of ours where it is one.
fn of_peer(name: &str, is_database: bool, roster: &BTreeSet<String>) -> (CauseKind, String) {
    match roster.iter().find(|service| service.eq_ignore_ascii_case(name) || outside::is_pod_of(name, service)) {
        Some(service) => (CauseKind::Service, service.clone()),
        None if is_database => (CauseKind::Database, name.to_string()),
        None => (CauseKind::Dependency, name.to_string()),
    }
}

fn opinions(trace: &Trace, roster: &BTreeSet<String>) -> Vec<Opinion> {
    let Some(origin) = &trace.origin else { return of_handled(trace, roster) };
    let of = |origin: &crate::model::Origin, weight: f64, sure: bool| {
        let (kind, name) = match origin.kind {
            OriginKind::Service => (CauseKind::Service, origin.name.clone()),
            OriginKind::Dependency => of_peer(&origin.name, false, roster),
            OriginKind::Database => of_peer(&origin.name, true, roster),
            OriginKind::Host => (CauseKind::Host, origin.name.clone()),
        };
        let vague = kind == CauseKind::Service || kind == CauseKind::Dependency && outside::is_bare(&name);
        let (kind, name) = unasked(&origin.reason, trace, roster).filter(|_| vague).map_or((kind, name), |other| (CauseKind::Service, other));
        let service = if kind == CauseKind::Service { name.clone() } else { origin.service.clone() };
        Opinion { kind, name, service, weight, reason: origin.reason.clone(), sure }
    };
    let others = origin.alternatives.len();
    let main = if others == 0 { 1.0 } else { 0.7 };
    let mut opinions = vec![of(origin, main, origin.confidence == "high")];
    opinions.extend(origin.alternatives.iter().map(|other| of(other, 0.3 / others as f64, false)));
    opinions
}

/// The one of ours that a failure speaks of and that the request did not ask: `ledger is 337 s behind (writer: ledger-writer)`. Names of one
/// word may be any word.
fn unasked(text: &str, trace: &Trace, roster: &BTreeSet<String>) -> Option<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')).map(|word| word.trim_end_matches('.'));
    let others = words.filter(|word| word.contains(['-', '_']) && roster.contains(*word) && !trace.spans.iter().any(|s| s.service == *word));
    let spoken_of: BTreeSet<&str> = others.collect();
    spoken_of.first().filter(|_| spoken_of.len() == 1 && !outside::is_unresolved(text)).map(|name| (*name).to_string())
}

/// Errors of a request that went well all the same, or of work that nobody waits for.
fn of_handled(trace: &Trace, roster: &BTreeSet<String>) -> Vec<Opinion> {
    trace.records.iter().find(|r| r.is_error()).map(|record| of_error(record, roster)).unwrap_or_default()
}

/// Whom an error alone blames.
fn of_error(record: &LogRecord, roster: &BTreeSet<String>) -> Vec<Opinion> {
    let exception = record.exception.as_ref();
    let kind = exception.and_then(|e| e.kind.as_deref());
    let message = record.message.as_deref().unwrap_or_default();
    let text = match exception.and_then(|e| e.message.as_deref()).or_else(|| error_beside(record)) {
        Some(said) if !message.contains(said) => format!("{message} {said}"),
        _ => message.to_string(),
    };
    let service = record.service.clone().unwrap_or_default();
    let (kind, name) = match outside::named(kind, &text, &[]) {
        Some(peer) => of_peer(&peer.name, peer.is_database, roster),
        None => (CauseKind::Service, service.clone()),
    };
    let service = if kind == CauseKind::Service { name.clone() } else { service };
    vec![Opinion { kind, name, service, weight: 0.5, reason: text, sure: false }]
}
