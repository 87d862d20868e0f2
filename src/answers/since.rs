//! Since: whether requests go better or worse since a moment, service by service.

use super::clauses::{failed, request};
use super::scope::most_services;
use super::trust::{Trust, replies};
use super::{Known, Outcome, Question, Scope, Step};
use crate::analysis::significance::more_often;
use crate::model::{Completeness, Fault, Level, TimeRange, Timestamp};
use crate::query::{Agg, Clause, Name, Search};
use crate::schema::Field;
use std::collections::BTreeMap;

/// What to answer.
#[derive(Clone, PartialEq, Debug)]
pub struct SinceParams {
    /// Which records; its range says nothing here.
    pub scope: Scope,
    /// Since when.
    pub at: Timestamp,
}

/// Requests of one side of the moment.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Side {
    /// All.
    pub requests: u64,
    /// Those that failed.
    pub failed: u64,
    /// 95th percentile of their durations, ms.
    pub p95_ms: Option<f64>,
}

/// What became of a service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// Fewer of its requests fail, and not by chance.
    Better,
    /// More of them do.
    Worse,
    /// No difference that could not be chance.
    Same,
    /// Too few requests, or too little time, on one side.
    TooEarly,
}

/// One service before and after.
#[derive(Clone, PartialEq, Debug)]
pub struct ServiceSince {
    /// Which.
    pub service: String,
    /// Before the moment.
    pub before: Side,
    /// From it on.
    pub after: Side,
    /// What became of it.
    pub turn: Turn,
}

/// The answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Since {
    /// The moment.
    pub at: Timestamp,
    /// What lies before it: as long as what lies after it, but 5 minutes at least and an hour at most.
    pub before: TimeRange,
    /// From it to the source's clock.
    pub after: TimeRange,
    /// Services with requests, those first whose failures changed most.
    pub services: Vec<ServiceSince>,
    /// How far it can be trusted.
    pub completeness: Completeness,
}

const LEAST_MS: i64 = 300_000;
const MOST_MS: i64 = 3_600_000;
/// Fewer requests than this tell nothing.
const FEW: u64 = 20;
/// What chance does as rarely as this is taken for a change.
const UNLIKELY: f64 = 0.01;

/// The question.
pub struct SinceQuestion {
    params: SinceParams,
}

impl SinceQuestion {
    /// With these parameters.
    pub fn new(params: SinceParams) -> SinceQuestion {
        SinceQuestion { params }
    }

    fn ranges(&self, clock: Timestamp) -> [TimeRange; 2] {
        let at = self.params.at;
        let to = clock.max(at.plus_millis(1));
        let length = (to.millis() - at.millis()).clamp(LEAST_MS, MOST_MS);
        [TimeRange { from: at.plus_millis(-length), to: at }, TimeRange { from: at, to }]
    }

    fn answer(&self, known: &Known, outcomes: Vec<Outcome>) -> Result<Since, Fault> {
        let [before, after] = self.ranges(known.clock);
        let (_, interval) = self.params.scope.at(known.clock);
        let mut trust = Trust::default();
        let replies = if outcomes.is_empty() { Vec::new() } else { replies(known, outcomes, &mut trust)? };
        let mut sides: BTreeMap<String, [Side; 2]> = BTreeMap::new();
        let mut newest = None;
        for (i, reply) in replies.iter().enumerate() {
            newest = newest.max(reply.number("newest").map(|ms| Timestamp::from_millis(ms as i64)));
            for bucket in reply.buckets("services") {
                let [first, second] = sides.entry(bucket.term().to_string()).or_default();
                // For each group first what lies before, then what lies after.
                let side = if i % 2 == 0 { first } else { second };
                let requests = bucket.count_of("requests");
                if requests > side.requests {
                    side.p95_ms = bucket.percentile("p", 0).or(side.p95_ms);
                }
                side.requests += requests;
                side.failed += bucket.count_of("failed");
            }
        }
        // Too early to say until two columns have come in whole.
        let reached = newest.is_some_and(|newest| newest.millis() - self.params.at.millis() >= 2 * interval.millis());
        let with_requests = sides.into_iter().filter(|(_, [before, after])| before.requests + after.requests > 0);
        let mut services: Vec<ServiceSince> = with_requests
            .map(|(service, [before, after])| ServiceSince {
                service,
                turn: if reached { turn(before, after) } else { Turn::TooEarly },
                before,
                after,
            })
            .collect();
        services.sort_by(|a, b| b.moved().total_cmp(&a.moved()).then_with(|| a.service.cmp(&b.service)));
        trust.reaches(newest.map(|at| at.millis() as f64), after, interval, known);
        let mut completeness = trust.completeness;
        completeness.newest = newest;
        if !reached {
            completeness.note(format!("too early to say: no record reaches {} after it", crate::model::Interval::from_millis(2 * interval.millis())));
        }
        Ok(Since { at: self.params.at, before, after, services, completeness })
    }
}

fn turn(before: Side, after: Side) -> Turn {
    if before.requests < FEW || after.requests < FEW {
        return Turn::TooEarly;
    }
    if more_often(after.failed, after.requests, before.failed, before.requests) < UNLIKELY {
        Turn::Worse
    } else if more_often(before.failed, before.requests, after.failed, after.requests) < UNLIKELY {
        Turn::Better
    } else {
        Turn::Same
    }
}

impl Side {
    /// Failed of all.
    pub fn share(&self) -> Option<f64> {
        (self.requests > 0).then(|| self.failed as f64 / self.requests as f64)
    }
}

impl ServiceSince {
    /// By how many requests its failures are off what they were.
    fn moved(&self) -> f64 {
        let (before, after) = (self.before.share().unwrap_or(0.0), self.after.share().unwrap_or(0.0));
        (after - before).abs() * self.after.requests as f64
    }
}

impl Turn {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Turn::Better => "better",
            Turn::Worse => "worse",
            Turn::Same => "same",
            Turn::TooEarly => "too_early",
        }
    }
}

impl Since {
    /// That service, else the one whose failures changed most.
    pub fn of(&self, service: Option<&str>) -> Option<&ServiceSince> {
        self.services.iter().find(|s| Some(s.service.as_str()) == service).or(self.services.first())
    }
}

impl Question for SinceQuestion {
    type Answer = Since;

    fn start(&mut self, known: &Known) -> Result<Step<Since>, Fault> {
        self.params.scope.refuse_unknown_fields(known)?;
        if self.params.at > known.clock {
            return Err(Fault::Settings(format!("{} has not come yet: the source's clock says {}", self.params.at.rfc3339(), known.clock.rfc3339())));
        }
        let mut searches = Vec::new();
        for group in known.schemas.counted() {
            let filter = |clause: Clause| Agg::Filter { clause, subs: Vec::new() };
            for range in self.ranges(known.clock) {
                let subs: Vec<(Name, Agg)> = vec![
                    ("requests", filter(request(&group.map))),
                    ("failed", filter(failed(&group.map, Level::Error))),
                    ("p", Agg::Percentiles(Field::Duration, &[95.0])),
                ];
                let services = Agg::Terms { field: Field::Service, size: most_services(4), subs };
                let clauses = std::iter::once(Clause::During(range)).chain(self.params.scope.all_clauses()).collect();
                searches.push(Search::counting(group, clauses, vec![("services", services), ("newest", Agg::Max(Field::Timestamp))]));
            }
        }
        if searches.is_empty() { Ok(Step::Done(self.answer(known, Vec::new())?)) } else { Ok(Step::Ask(searches)) }
    }

    fn resume(&mut self, known: &Known, outcomes: Vec<Outcome>) -> Result<Step<Since>, Fault> {
        Ok(Step::Done(self.answer(known, outcomes)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_one_only_beyond_chance() {
        let side = |failed: u64, requests: u64| Side { requests, failed, p95_ms: None };
        assert_eq!(turn(side(200, 500), side(3, 300)), Turn::Better);
        assert_eq!(turn(side(3, 300), side(200, 500)), Turn::Worse);
        assert_eq!(turn(side(205, 500), side(115, 300)), Turn::Same);
        assert_eq!(turn(side(200, 500), side(0, 12)), Turn::TooEarly);
    }
}
