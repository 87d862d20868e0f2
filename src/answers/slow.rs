//! Slow: how long requests take, by service and time, against the usual.

use super::clauses::{completion, slow, start, timed};
use super::errors::settled_range;
use super::scope::most_services;
use super::trust::{Trust, replies};
use super::{Known, Outcome, Question, Scope, Step};
use crate::model::{Completeness, Fault, Interval, TimeRange, Timestamp};
use crate::query::{Agg, Bucket, Clause, Search};
use crate::schema::{Field, Group};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What to answer.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SlowParams {
    /// Which records.
    pub scope: Scope,
}

/// One interval of one service.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Point {
    /// Start, ms.
    pub start: i64,
    /// Records with a duration.
    pub requests: u64,
    /// Those above the threshold.
    pub slow: u64,
    /// Mean of those, ms: the seed's panel.
    pub avg_slow_ms: Option<f64>,
    /// Of all, ms.
    pub p95_ms: Option<f64>,
}

/// One service's row.
#[derive(Clone, PartialEq, Debug)]
pub struct ServiceSlow {
    /// Its name.
    pub service: String,
    /// Records with a duration.
    pub requests: u64,
    /// Those above the threshold.
    pub slow: u64,
    /// Their share.
    pub share_slow: Option<f64>,
    /// Their mean, ms.
    pub avg_slow_ms: Option<f64>,
    /// Median of all, ms.
    pub p50_ms: Option<f64>,
    /// 95th percentile of all, ms.
    pub p95_ms: Option<f64>,
    /// The same over the baseline.
    pub usual_p95_ms: Option<f64>,
    /// A client's time-out that cuts the durations, ms.
    pub flat_ms: Option<f64>,
    /// Started and never completed.
    pub unfinished: Option<u64>,
    /// The same over the baseline, for as long a time.
    pub usual_unfinished: Option<u64>,
    /// One for each interval.
    pub points: Vec<Point>,
}

/// The answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Slow {
    /// Over which range.
    pub range: TimeRange,
    /// Width of a point.
    pub interval: Interval,
    /// Above which a request is slow, ms.
    pub threshold_ms: f64,
    /// What "usual" means here.
    pub baseline: Option<TimeRange>,
    /// Start of each point, ms.
    pub starts: Vec<i64>,
    /// Points cut by the range, or still filling.
    pub partial: Vec<usize>,
    /// By p95 against usual, then name.
    pub services: Vec<ServiceSlow>,
    /// How far it can be trusted.
    pub completeness: Completeness,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Item {
    Newest,
    Durations,
    Points,
    Requests,
    UsualDurations,
    UsualRequests,
}

/// The question.
pub struct SlowQuestion {
    params: SlowParams,
    earlier: Option<(Arc<Slow>, Timestamp)>,
    items: Vec<Item>,
    /// How many baselines the settled part of the range is long.
    per_settled: f64,
}

/// Many requests at nearly the same top duration are cut by somebody's time-out.
const FLAT_WITHIN: f64 = 0.015;
const FLAT_REQUESTS: u64 = 50;

impl SlowQuestion {
    /// With these parameters.
    pub fn new(params: SlowParams) -> SlowQuestion {
        SlowQuestion { params, earlier: None, items: Vec::new(), per_settled: 1.0 }
    }

    /// Points that end before `changed_from` are taken from an earlier answer to the same question: they can no longer
    /// change, and are most of what an answer weighs.
    pub fn with_earlier(self, earlier: Option<(Arc<Slow>, Timestamp)>) -> SlowQuestion {
        SlowQuestion { earlier, ..self }
    }

    /// The part of the range whose points are asked.
    fn points_range(&self, range: TimeRange, interval: Interval) -> TimeRange {
        let usable = self.earlier.as_ref().filter(|(slow, _)| slow.interval == interval && slow.threshold_ms == self.params.scope.threshold_ms);
        let from = usable.map_or(range.from, |(slow, changed_from)| {
            let known_to = slow.range.to.min(*changed_from);
            Timestamp::from_millis(interval.floor(known_to.millis())).max(range.from)
        });
        // A range that begins before the earlier one has points that nobody knows.
        let covered = usable.is_none_or(|(slow, _)| slow.range.from <= range.from);
        if covered && from < range.to { TimeRange { from, to: range.to } } else { range }
    }

    fn searches(&mut self, group: &Arc<Group>, known: &Known, searches: &mut Vec<Search>) {
        let (range, interval) = self.params.scope.at(known.clock);
        let filters = self.params.scope.all_clauses();
        let columns = range.columns(interval).len();
        let clauses = |range, clause: Option<Clause>| std::iter::once(Clause::During(range)).chain(clause).chain(filters.clone()).collect::<Vec<_>>();
        let terms = |each, subs| vec![("services", Agg::Terms { field: Field::Service, size: most_services(each), subs })];
        self.items.push(Item::Newest);
        searches.push(Search::counting(group, clauses(range, None), vec![("newest", Agg::Max(Field::Timestamp))]));
        if group.map.has(&Field::Duration) {
            let over =
                || ("slow", Agg::Filter { clause: slow(&group.map, self.params.scope.threshold_ms), subs: vec![("avg", Agg::Avg(Field::Duration))] });
            let points = Agg::Histogram { interval_ms: interval.millis(), subs: vec![over(), ("p", Agg::Percentiles(Field::Duration, &[95.0]))] };
            let subs = vec![over(), ("p", Agg::Percentiles(Field::Duration, &[50.0, 90.0, 95.0, 99.0]))];
            let measured = Some(timed(&group.map));
            self.items.push(Item::Durations);
            searches.push(Search::counting(group, clauses(range, measured.clone()), terms(2, subs)));
            self.items.push(Item::Points);
            let changing = self.points_range(range, interval);
            searches.push(Search::counting(group, clauses(changing, measured.clone()), terms(columns * 2, vec![("points", points)])));
            self.items.push(Item::UsualDurations);
            let subs = vec![("p", Agg::Percentiles(Field::Duration, &[95.0]))];
            searches.push(Search::counting(group, clauses(self.params.scope.before(range), measured), terms(1, subs)));
        }
        if let (Some(start), Some(completion)) = (start(&group.map), completion(&group.map)) {
            let settled = settled_range(range, interval, known);
            let before = self.params.scope.baseline.unwrap_or_else(|| settled.moved(-range.millis()));
            self.per_settled = settled.millis() as f64 / before.millis().max(1) as f64;
            for (item, range) in [(Item::Requests, settled), (Item::UsualRequests, before)] {
                let filter = |clause: &Clause| Agg::Filter { clause: clause.clone(), subs: Vec::new() };
                let subs = vec![("starts", filter(&start)), ("completions", filter(&completion))];
                let either = Some(Clause::Either(vec![start.clone(), completion.clone()]));
                self.items.push(item);
                searches.push(Search::counting(group, clauses(range, either), terms(2, subs)));
            }
        }
    }
}

#[derive(Default)]
struct Row {
    requests: u64,
    slow: u64,
    slow_sum: f64,
    percentiles: Option<[Option<f64>; 4]>,
    groups: u32,
    usual_p95: Option<f64>,
    usual_groups: u32,
    unfinished: Option<(u64, u64)>,
    usual_unfinished: Option<(u64, u64)>,
    points: BTreeMap<i64, (Point, f64, u32)>,
}

impl Row {
    fn durations(&mut self, bucket: &Bucket) {
        self.requests += bucket.count;
        let (slow, sum) = slow_of(bucket);
        self.slow += slow;
        self.slow_sum += sum;
        self.groups += 1;
        self.percentiles = (self.groups == 1).then(|| [0, 1, 2, 3].map(|at| bucket.percentile("p", at)));
    }

    fn take_points(&mut self, bucket: &Bucket) {
        for cell in bucket.buckets("points") {
            let empty = Point { start: cell.start(), requests: 0, slow: 0, avg_slow_ms: None, p95_ms: None };
            let (point, total, groups) = self.points.entry(cell.start()).or_insert((empty, 0.0, 0));
            let (slow, sum) = slow_of(cell);
            point.requests += cell.count;
            point.slow += slow;
            *total += sum;
            *groups += 1;
            point.avg_slow_ms = (point.slow > 0).then(|| *total / point.slow as f64);
            point.p95_ms = if *groups == 1 { cell.percentile("p", 0) } else { None };
        }
    }

    /// A top at which many durations end within a hundredth: someone gave up there.
    fn flat_ms(&self, threshold_ms: f64) -> Option<f64> {
        let [_, p90, p95, p99] = self.percentiles?;
        let (p90, p95, p99) = (p90?, p95?, p99?);
        let flat = |a: f64, b: f64| b > 0.0 && (b - a) / b < FLAT_WITHIN;
        let enough = self.requests >= FLAT_REQUESTS && p95 > threshold_ms;
        (enough && (flat(p90, p95) || flat(p95, p99))).then_some(p95)
    }
}

fn slow_of(bucket: &Bucket) -> (u64, f64) {
    let Some(slow) = bucket.one("slow") else { return (0, 0.0) };
    (slow.count, slow.number("avg").unwrap_or(0.0) * slow.count as f64)
}

fn starts_of(bucket: &Bucket, row: &mut Option<(u64, u64)>) {
    let (starts, completions) = row.get_or_insert((0, 0));
    *starts += bucket.count_of("starts");
    *completions += bucket.count_of("completions");
}

impl Question for SlowQuestion {
    type Answer = Slow;

    fn start(&mut self, known: &Known) -> Result<Step<Slow>, Fault> {
        self.params.scope.refuse_unknown_fields(known)?;
        let mut searches = Vec::new();
        for group in known.schemas.counted() {
            self.searches(group, known, &mut searches);
        }
        if searches.is_empty() {
            return self.resume(known, Vec::new());
        }
        Ok(Step::Ask(searches))
    }

    fn resume(&mut self, known: &Known, outcomes: Vec<Outcome>) -> Result<Step<Slow>, Fault> {
        let mut trust = Trust::default();
        let replies = replies(known, outcomes, &mut trust)?;
        let (range, interval) = self.params.scope.at(known.clock);
        trust.reaches(
            replies.iter().filter_map(|reply| reply.number("newest")).fold(None, |all: Option<f64>, ms| Some(all.map_or(ms, |a| a.max(ms)))),
            range,
            interval,
            known,
        );
        let mut rows: BTreeMap<String, Row> = BTreeMap::new();
        for (item, reply) in self.items.iter().zip(&replies) {
            for bucket in reply.buckets("services") {
                let row = rows.entry(bucket.term().to_string()).or_default();
                match item {
                    Item::Newest => {}
                    Item::Durations => row.durations(bucket),
                    Item::Points => row.take_points(bucket),
                    Item::Requests => starts_of(bucket, &mut row.unfinished),
                    Item::UsualRequests => starts_of(bucket, &mut row.usual_unfinished),
                    Item::UsualDurations => {
                        row.usual_groups += 1;
                        row.usual_p95 = if row.usual_groups == 1 { bucket.percentile("p", 0) } else { None };
                    }
                }
            }
        }
        self.keep_earlier(&mut rows, range, interval);
        let has_baseline = rows.values().any(|row| row.usual_groups > 0);
        let joined: Vec<&str> = rows.iter().filter(|(_, row)| row.groups > 1).map(|(name, _)| name.as_str()).collect();
        if !joined.is_empty() {
            trust
                .completeness
                .note(format!("{} write into indices that are mapped differently: their percentiles cannot be joined", joined.join(", ")));
        }
        let starts = range.columns(interval);
        let mut services: Vec<ServiceSlow> = rows
            .iter()
            .filter(|(_, row)| row.requests > 0 || row.unfinished.is_some_and(|(s, c)| s > c))
            .map(|(name, row)| self.service(name, row, &starts))
            .collect();
        let worse = |s: &ServiceSlow| match (s.p95_ms, s.usual_p95_ms) {
            (Some(now), Some(usual)) if usual > 0.0 => now / usual,
            (Some(_), _) => 1.0,
            _ => 0.0,
        };
        services.sort_by(|a, b| worse(b).total_cmp(&worse(a)).then_with(|| a.service.cmp(&b.service)));
        let partial = range.partial(interval, known.clock);
        let baseline = has_baseline.then(|| self.params.scope.before(range));
        Ok(Step::Done(Slow {
            range,
            interval,
            threshold_ms: self.params.scope.threshold_ms,
            baseline,
            starts,
            partial,
            services,
            completeness: trust.completeness,
        }))
    }
}

impl SlowQuestion {
    /// Puts in the points that were not asked again.
    fn keep_earlier(&self, rows: &mut BTreeMap<String, Row>, range: TimeRange, interval: Interval) {
        let asked = self.points_range(range, interval);
        let Some((slow, _)) = self.earlier.as_ref().filter(|_| asked.from > range.from) else { return };
        for service in &slow.services {
            let row = rows.entry(service.service.clone()).or_default();
            for point in service.points.iter().filter(|p| p.start < asked.from.millis() && p.start >= interval.floor(range.from.millis())) {
                row.points.entry(point.start).or_insert((*point, 0.0, 1));
            }
        }
    }

    fn service(&self, name: &str, row: &Row, starts: &[i64]) -> ServiceSlow {
        let at = |i: usize| row.percentiles.and_then(|p| p.get(i).copied().flatten());
        let empty = |start: i64| Point { start, requests: 0, slow: 0, avg_slow_ms: None, p95_ms: None };
        let left = |pair: Option<(u64, u64)>| pair.map(|(starts, completions)| starts.saturating_sub(completions));
        ServiceSlow {
            service: name.to_string(),
            requests: row.requests,
            slow: row.slow,
            share_slow: (row.requests > 0).then(|| row.slow as f64 / row.requests as f64),
            avg_slow_ms: (row.slow > 0).then(|| row.slow_sum / row.slow as f64),
            p50_ms: at(0),
            p95_ms: at(2),
            usual_p95_ms: row.usual_p95,
            flat_ms: row.flat_ms(self.params.scope.threshold_ms),
            unfinished: left(row.unfinished),
            usual_unfinished: left(row.usual_unfinished).map(|n| (n as f64 * self.per_settled).round() as u64),
            points: starts.iter().map(|start| row.points.get(start).map_or_else(|| empty(*start), |(point, ..)| *point)).collect(),
        }
    }
}
