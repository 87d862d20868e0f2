//! Brief: what broke, since when, because of what, and who is hit; or that nothing is unusual; or that it cannot be told.

mod answer;
mod ask;
mod baseline;
mod counting;
mod fields;
mod finding;
mod places;
mod read;
mod silence;

pub use crate::analysis::incident::{Apart, Cause, CauseKind, Change, Confidence, PIPELINE_OF};
pub use answer::{Brief, Found, Impact};
pub(super) use fields::{FIELDS, PLACES, fields, values_of};
pub use finding::Finding;

use super::errors::ErrorsQuestion;
use super::trust::{Trust, replies};
use super::{Errors, ErrorsParams, Known, Outcome, Question, Scope, Step};
use crate::analysis::incident::{Ail, Evidence, Onset, SOME, Sample, Stop, Verdict, begun, ever, onset, symptoms, unheard, verdict};
use crate::model::{Fault, TimeRange, Timestamp, ToldChange};
use crate::query::{Reply, Search};
use crate::schema::Field;
use ask::{Asked, Item};
use std::collections::{BTreeMap, BTreeSet};

/// What to answer.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct BriefParams {
    /// Which records; its range is what is on screen, the day before it is looked at as well.
    pub scope: Scope,
    /// Names of fields that tell whose a request is, beyond the usual ones.
    pub who: Vec<String>,
    /// Changes that somebody told.
    pub told: Vec<ToldChange>,
}

/// An incident that ended longer ago than this is no news, ms.
const RECENT_MS: i64 = 90 * 60_000;
/// Less than this before the onset is no baseline.
const LEAST_BEFORE_MS: i64 = 300_000;
const LEAST_REQUESTS: u64 = 20;
/// So much likelier with a change than without one is plain.
const PLAIN_GAIN: f64 = 30.0;
/// So many times slower is plain.
const PLAIN_TIMES: f64 = 3.0;
/// Whom more than this share of the failing traces blames is where it began.
const MOST: f64 = 0.5;
/// The errors outside of traces of so many services are read.
const ERRING: usize = 8;
/// So long before the onset requests went as they always do, ms.
const UNTROUBLED_MS: i64 = 600_000;

#[derive(Default)]
enum Stage {
    #[default]
    Day,
    Traces,
    Values,
}

/// The question.
pub struct BriefQuestion {
    params: BriefParams,
    errors_question: ErrorsQuestion,
    stage: Stage,
    asked: Vec<(Item, Search)>,
    /// How many of the searches of the first request are those of `errors`.
    of_errors: usize,
    errors: Option<Errors>,
    evidence: Evidence,
    sample: Sample,
    impact: Impact,
    before: Option<TimeRange>,
    /// Since when nothing is known.
    blind_since: Option<Timestamp>,
    trust: Trust,
    now_ms: i64,
}

impl BriefQuestion {
    /// With these parameters.
    pub fn new(params: BriefParams) -> BriefQuestion {
        let of_errors = ErrorsParams { scope: params.scope.clone(), ..ErrorsParams::default() };
        BriefQuestion {
            errors_question: ErrorsQuestion::new(of_errors),
            stage: Stage::Day,
            asked: Vec::new(),
            of_errors: 0,
            errors: None,
            evidence: Evidence { who: params.who.clone(), ..Evidence::default() },
            sample: Sample::default(),
            impact: Impact::default(),
            before: None,
            blind_since: None,
            trust: Trust::default(),
            now_ms: 0,
            params,
        }
    }

    fn ask(&mut self, asked: Asked) -> Vec<Search> {
        let searches = asked.iter().map(|(_, search)| search.clone()).collect();
        self.asked = asked;
        searches
    }

    /// The first look: when and where something is unlike its own past.
    fn read_day(&mut self, known: &Known, mut outcomes: Vec<Outcome>) -> Result<Step<Brief>, Fault> {
        let own = outcomes.split_off(self.of_errors.min(outcomes.len()));
        let mut rest = self.take_errors(known, outcomes)?;
        self.of_errors = rest.len();
        let replies = replies(known, own, &mut self.trust)?;
        let (services, changes, heard) = read::day(&self.asked, &replies, self.now_ms);
        let (range, _) = self.params.scope.at(known.clock);
        let recent = range.from.millis().min(self.now_ms - RECENT_MS).max(self.now_ms - ask::HOURS_MS);
        self.evidence.symptoms = symptoms(&services, recent);
        let first = read::first_record(&services).unwrap_or(self.now_ms);
        if self.evidence.symptoms.is_empty() && self.unlike(known) - first < LEAST_BEFORE_MS {
            self.evidence.symptoms = ever(&services);
            self.evidence.ever = !self.evidence.symptoms.is_empty();
        }
        self.evidence.onset = onset(&self.evidence.symptoms);
        self.evidence.unheard = unheard(&heard, &services, self.now_ms);
        self.evidence.services = services;
        self.evidence.changes = changes;
        self.evidence.changes.extend(self.params.told.iter().map(Change::told));
        let ids = read::ids(&self.asked, &replies);
        let erring = self.evidence.symptoms.iter().filter(|s| matches!(s.ail, Ail::Errs | Ail::Fails)).map(|s| s.service.as_str());
        let mut erring: Vec<&str> = erring.collect();
        erring.truncate(ERRING);
        let asked = ask::second(&self.params, known, &ids, self.evidence.onset, &erring, self.now_ms);
        self.stage = Stage::Traces;
        rest.extend(self.ask(asked));
        if rest.is_empty() { self.read_traces(known, Vec::new()) } else { Ok(Step::Ask(rest)) }
    }

    /// Hands `errors` its outcomes; what it asks further.
    fn take_errors(&mut self, known: &Known, outcomes: Vec<Outcome>) -> Result<Vec<Search>, Fault> {
        Ok(match self.errors_question.resume(known, outcomes)? {
            Step::Ask(rest) => rest,
            Step::Done(errors) | Step::Part(errors, _) => {
                self.errors = Some(errors);
                Vec::new()
            }
        })
    }

    /// The second look: whom the traces of that time blame.
    fn read_traces(&mut self, known: &Known, mut outcomes: Vec<Outcome>) -> Result<Step<Brief>, Fault> {
        if self.errors.is_none() {
            let own = outcomes.split_off(self.of_errors.min(outcomes.len()));
            self.take_errors(known, outcomes)?;
            outcomes = own;
        }
        let replies = if outcomes.is_empty() { Vec::new() } else { replies(known, outcomes, &mut self.trust)? };
        self.sample = read::sample(known, &self.asked, &replies);
        let first = self.evidence.symptoms.first().map(|s| s.service.clone());
        self.refine_onset(&replies, first.as_deref());
        let roster: BTreeSet<String> = self.evidence.services.iter().map(|s| s.name.clone()).collect();
        self.blind_since = silence::blind_since(self.errors.as_ref(), self.now_ms);
        let blind = self.blind_since.is_some();
        // Where nothing arrives any more nobody can be told to have stopped.
        let stopped = if blind { Vec::new() } else { silence::stopped(self.errors.as_ref(), &self.evidence.services, self.now_ms) };
        let fails = self.evidence.symptoms.iter().any(|s| matches!(s.ail, Ail::Fails | Ail::Errs));
        self.evidence.stops = crate::analysis::incident::judge(&stopped, &self.sample, fails, self.now_ms);
        if let Some(since) = silence::unheard_since(&self.evidence.stops, &self.evidence.services, self.now_ms) {
            self.blind_since = self.blind_since.or(Some(since));
            self.evidence.stops.clear();
        }
        self.evidence.resumed = if blind { Vec::new() } else { silence::resumed(&self.evidence.services, self.now_ms) };
        self.evidence.unasked = self.unasked();
        let Some(onset) = self.evidence.onset else { return Ok(Step::Done(self.answer(known))) };
        let chronic = read::chronic(&self.evidence.services, &onset);
        let focus = self.evidence.symptoms.first().filter(|s| matches!(s.ail, Ail::Fails | Ail::Errs)).map(|s| s.service.as_str());
        self.evidence.suspects = self.sample.blamed(&onset, chronic, focus, &roster);
        let refusing = self.evidence.symptoms.first().filter(|s| s.ail == Ail::Refuses);
        self.evidence.refused = refusing.and_then(|s| self.sample.refused(&s.service, &onset, &roster));
        // Who is blamed knows best since when; where most blame others those began no later.
        let blamed = self.evidence.suspects.first().filter(|s| s.share >= SOME).map(|s| (s.service.clone(), s.share));
        let first_ms = onset.from_ms;
        self.refine_onset(&replies, blamed.as_ref().map(|(service, _)| service.as_str()));
        let of_few = blamed.is_some_and(|(_, share)| share < MOST);
        let mut onset = self.evidence.onset.unwrap_or(onset);
        onset.from_ms = if of_few { onset.from_ms.min(first_ms) } else { onset.from_ms };
        onset.from_ms = self.begun_before(&replies, onset.from_ms);
        self.evidence.onset = Some(onset);
        self.evidence.usual_own = self.sample.usual_own(&onset);
        let suspect = self.evidence.suspects.first().map(|s| s.service.clone()).unwrap_or_default();
        // Who gives up on it, as it goes wrong, seems not to wait for it.
        self.evidence.callers = self.sample.callers(&suspect, onset.from_ms - UNTROUBLED_MS).into_keys().collect();
        self.evidence.habit = self.sample.habit(&suspect, &roster).map(|party| (suspect, party));
        let slow = self.evidence.symptoms.iter().filter(|s| s.ail == Ail::Slow);
        let usual = slow.map(|s| (s.service.clone(), s.stretch.usual())).collect();
        self.evidence.slower = self.sample.slower(&onset, &roster, &usual);
        (self.evidence.first_named, self.evidence.parties) = self.sample.first_named(&onset, &roster);
        self.evidence.fallbacks = self.sample.fallbacks(&onset);
        self.evidence.complaints = self.sample.complaints(&onset);
        let heard = read::first_record(&self.evidence.services).unwrap_or(self.now_ms);
        self.evidence.begun = begun(&self.evidence.services, onset.from_ms, heard);
        self.evidence.said_anew = self.sample.said_anew(&onset);
        self.evidence.began_to_say = self.sample.began_to_say(&onset, &self.evidence.said_anew);
        let before = self.baseline(known);
        self.before = Some(before);
        let entry = {
            let blamed = self.evidence.suspects.first().filter(|s| s.share >= SOME).map(|s| s.service.as_str());
            let slow = self.evidence.slower.first().map(|s| s.service.as_str());
            let through = blamed.or(slow).or(self.evidence.symptoms.first().map(|s| s.service.as_str()));
            self.sample.entries(&onset, through).into_iter().next()
        };
        let leads = read::leads(&self.evidence, &onset, entry.as_ref());
        let asked = ask::third(&self.params, known, &leads, entry.as_deref(), &read::suffering(&self.evidence), onset, before);
        self.stage = Stage::Values;
        let searches = self.ask(asked);
        if searches.is_empty() { Ok(Step::Done(self.answer(known))) } else { Ok(Step::Ask(searches)) }
    }

    /// Who of those that hardly do anything, or are not heard of, is not asked any more, and by whom.
    fn unasked(&self) -> BTreeMap<String, String> {
        let idle = || self.evidence.symptoms.iter().filter(|s| s.ail == Ail::Idles).map(|s| (&s.service, s.stretch.from_ms));
        // Who is silent now and then may have had nothing to do for longer.
        let began = idle().map(|(_, at)| at).min().unwrap_or(i64::MAX);
        let stopped = self.evidence.stops.iter().flat_map(Stop::services);
        let silent = stopped.chain(self.evidence.resumed.iter().map(|r| &r.stopped)).map(|s| (&s.service, s.last_ms.min(began)));
        let found = idle().chain(silent).filter_map(|(service, at)| Some((service.clone(), self.sample.asks_no_more(service, at)?)));
        found.collect()
    }

    /// The third look: what the bad requests have in common.
    fn read_values(&mut self, known: &Known, outcomes: Vec<Outcome>) -> Result<Step<Brief>, Fault> {
        let replies = replies(known, outcomes, &mut self.trust)?;
        if let (Some(onset), Some(before)) = (self.evidence.onset, self.before) {
            read::values(&mut self.evidence, &self.asked, &replies, onset, before);
        }
        places::senders(&mut self.evidence, &self.asked, &replies);
        places::machines(&mut self.evidence, &self.asked, &replies);
        self.impact = read::impact(&self.asked, &replies, known);
        Ok(Step::Done(self.answer(known)))
    }

    /// The onset to ten seconds, where the fine counts of that service show it.
    fn refine_onset(&mut self, replies: &[Reply], service: Option<&str>) {
        let (Some(rough), Some(service)) = (self.evidence.onset.filter(|_| !self.evidence.ever), service) else { return };
        let symptom = self.evidence.symptoms.iter().find(|s| s.service == service && s.ail == rough.ail);
        let fine = symptom.and_then(|symptom| read::onset_in(read::fine(&self.asked, replies, service)?, symptom));
        if let Some(from_ms) = fine {
            self.evidence.onset = Some(Onset { from_ms, ..rough });
        }
    }

    fn answer(&mut self, known: &Known) -> Brief {
        let (range, _) = self.params.scope.at(known.clock);
        let Verdict { cause, alternatives, affected, examples } = verdict(&self.evidence);
        let beyond = self.trust.is_beyond(range, known);
        let mut completeness = std::mem::take(&mut self.trust.completeness);
        let errors = self.errors.take();
        let others = self.params.scope.filters.iter().filter(|f| Field::parse(&f.field) != Field::Service).map(ToString::to_string);
        let others: Vec<String> = others.chain(self.params.scope.query.iter().map(|_| "the query".to_string())).collect();
        if !others.is_empty() {
            completeness.note(format!("{} narrow no brief: it looks at all records of the services", others.join(", ")));
        }
        if self.evidence.services.iter().flat_map(|s| &s.day.cells).all(|cell| cell.requests == 0) {
            completeness.note("no request is told here: what is said rests on records and their levels".to_string());
        }
        if self.evidence.services.is_empty() {
            completeness.missing(format!("there is no record in {} in this range nor in the 24 h before it", known.target));
        }
        completeness.join(&errors.as_ref().map(|e| e.completeness.clone()).unwrap_or_default());
        let before = self.before.unwrap_or_else(|| self.baseline(known));
        let before = cause.as_ref().and_then(|cause| cause.since).map_or(before, |since| self.until(before, since));
        let (requests, in_all) = read::requests_in(&self.evidence.services, before);
        let has_baseline = before.millis() >= LEAST_BEFORE_MS && requests >= LEAST_REQUESTS.min(in_all.max(1));
        let blind_since = beyond.then_some(known.clock).or(self.blind_since).or_else(|| silence::blind_since(errors.as_ref(), self.now_ms));
        let certain = cause.as_ref().is_some_and(|c| c.confidence > Confidence::Low);
        let slow = |service: &str| self.evidence.symptom(service, &[Ail::Slow]).map(|s| s.stretch);
        let plainly = self.evidence.symptoms.first().is_some_and(|first| match first.ail {
            Ail::Fails => first.stretch.gain >= PLAIN_GAIN,
            Ail::Slow => cause.as_ref().and_then(|c| slow(&c.service)).is_some_and(|s| s.share() >= PLAIN_TIMES * s.usual()),
            _ => false,
        });
        let found = match &cause {
            Some(_) if certain && blind_since.is_none() => Found::Found,
            // A guess is one where something plainly fails or waits, and none where services are only unlike themselves.
            Some(_) if has_baseline && blind_since.is_none() && plainly => Found::Found,
            _ if blind_since.is_some() || !completeness.complete || !has_baseline => Found::Blind,
            _ => Found::Nothing,
        };
        let plain = !beyond && cause.as_ref().is_some_and(|c| c.confidence == Confidence::High);
        let found = if found == Found::Blind && plain && cause.as_ref().is_some_and(|c| c.since < blind_since) { Found::Found } else { found };
        let findings = finding::all(&self.evidence, errors.as_ref(), self.now_ms);
        let (origin, alternatives) = if found == Found::Found { (cause, alternatives) } else { (None, Vec::new()) };
        let changes = self.evidence.changes.iter().filter(|c| c.is_new() || c.last_ms < self.now_ms - LEAST_BEFORE_MS).cloned().collect();
        Brief {
            range,
            found,
            baseline: has_baseline.then_some(before),
            affected: if origin.is_some() { affected } else { Vec::new() },
            traces: if origin.is_some() { examples } else { Vec::new() },
            origin,
            alternatives,
            impact: if beyond { Impact::default() } else { self.impact.clone() },
            changes,
            findings,
            blind_since,
            clock: known.clock,
            completeness,
        }
    }
}

impl Question for BriefQuestion {
    type Answer = Brief;

    fn start(&mut self, known: &Known) -> Result<Step<Brief>, Fault> {
        let (range, _) = self.params.scope.at(known.clock);
        self.now_ms = range.to.min(known.clock.plus_millis(1)).millis();
        let mut searches = match self.errors_question.start(known)? {
            Step::Ask(searches) => searches,
            Step::Part(_, searches) => searches,
            Step::Done(_) => Vec::new(),
        };
        self.of_errors = searches.len();
        let asked = ask::first(&self.params, known, self.now_ms);
        searches.extend(self.ask(asked));
        if searches.is_empty() { Ok(Step::Done(self.answer(known))) } else { Ok(Step::Ask(searches)) }
    }

    fn resume(&mut self, known: &Known, outcomes: Vec<Outcome>) -> Result<Step<Brief>, Fault> {
        match self.stage {
            Stage::Day => self.read_day(known, outcomes),
            Stage::Traces => self.read_traces(known, outcomes),
            Stage::Values => self.read_values(known, outcomes),
        }
    }
}
