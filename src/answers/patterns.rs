//! Patterns: what the records say, by template, against the time before.

use super::clauses::behind;
use super::trust::{Trust, replies};
use super::{Known, Measure, Outcome, Question, Scope, Step};
use crate::analysis::patterns::{join, template, values};
use crate::analysis::significance::higher_rate;
use crate::model::printable::percent;
use crate::model::{Completeness, Fault, Level, LogRecord, TimeRange, Timestamp};
use crate::query::{Agg, Clause, Order, Search};
use crate::schema::{Field, read_record};
use std::collections::{BTreeMap, BTreeSet};

/// What to answer.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct PatternsParams {
    /// Which records, and what "before" means.
    pub scope: Scope,
    /// Only records behind a cell of this measure.
    pub behind: Option<Measure>,
    /// Read at most so many records of the range, and as many of the time before.
    pub sample: usize,
    /// List at most so many patterns.
    pub limit: usize,
}

/// One pattern.
#[derive(Clone, PartialEq, Debug)]
pub struct Pattern {
    /// The template.
    pub pattern: String,
    /// Records read that have it.
    pub count: u64,
    /// Their share of all that were read.
    pub share: f64,
    /// How much more often than before: 0.5 is half as many more; `None` when it was not there, or there is no before.
    pub change: Option<f64>,
    /// It was not there before, when others were.
    pub is_new: bool,
    /// Its change may be chance: there are few of it.
    pub by_chance: bool,
    /// First and last of them.
    pub first_seen: Timestamp,
    /// See `first_seen`.
    pub last_seen: Timestamp,
    /// Level -> how many.
    pub levels: BTreeMap<&'static str, u64>,
    /// Who says it.
    pub services: BTreeSet<String>,
    /// How many in each of `TREND` parts of the range.
    pub trend: Vec<u64>,
    /// What varies: the placeholder, how many values it had at least, and the most frequent of them with their counts.
    pub varies: Vec<Varies>,
    /// The newest of them.
    pub example: LogRecord,
}

/// The values of one placeholder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Varies {
    /// Its name.
    pub name: String,
    /// Different values; no more than `MOST_VALUES` are told apart.
    pub distinct: usize,
    /// The most frequent ones, with how many records have each.
    pub top: Vec<(String, u64)>,
}

impl Pattern {
    /// How much more or less often than before: `new`, `+50%`, `12x`; `=` where that may be chance, `?` where there is no before.
    pub fn changed(&self) -> String {
        match self.change {
            None if self.is_new => "new".to_string(),
            None => "?".to_string(),
            Some(_) if self.by_chance => "=".to_string(),
            Some(change) if change >= 9.0 => format!("{:.0}x", change + 1.0),
            Some(change) if change >= 0.095 => format!("+{}", percent(change)),
            Some(change) if change <= -0.095 => format!("-{}", percent(-change)),
            Some(_) => "=".to_string(),
        }
    }

    /// The level that most of them have.
    pub fn main_level(&self) -> Option<Level> {
        let (name, _) = self.levels.iter().max_by_key(|(_, n)| **n)?;
        Level::parse(name)
    }

    /// What varies in it, one line for each placeholder: `<number> 14 values: 3000 ×9, 3001 ×4`.
    pub fn varied(&self) -> Vec<String> {
        let line = |varies: &Varies| {
            let top: Vec<String> = varies.top.iter().map(|(value, n)| format!("{value} ×{n}")).collect();
            format!("{} {} value{}: {}", varies.name, varies.distinct, if varies.distinct == 1 { "" } else { "s" }, top.join(", "))
        };
        self.varies.iter().map(line).collect()
    }

    /// Who says it, the first two by name.
    pub fn who(&self) -> String {
        let named = self.services.iter().take(2).cloned().collect::<Vec<_>>().join(" ");
        let more = self.services.len().saturating_sub(2);
        if more > 0 { format!("{named} +{more}") } else { named }
    }
}

/// The answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Patterns {
    /// Over which range.
    pub range: TimeRange,
    /// Records in it.
    pub records: u64,
    /// Records read.
    pub read: u64,
    /// What they are held against; none where nothing was said then.
    pub before: Option<TimeRange>,
    /// New ones first, then those that changed most, then by count.
    pub patterns: Vec<Pattern>,
    /// How far it can be trusted.
    pub completeness: Completeness,
}

/// Parts of the range that a trend counts.
pub const TREND: usize = 12;
/// So many values of a placeholder are told apart, and so many of them shown.
const MOST_VALUES: usize = 500;
const SHOWN_VALUES: usize = 5;
/// Records read by default.
pub const SAMPLE: usize = 20_000;
/// The range is sampled in so many slices.
const SLICES: i64 = 20;
const READ: [Field; 7] =
    [Field::Timestamp, Field::Level, Field::Service, Field::Message, Field::ExceptionType, Field::ExceptionMessage, Field::TraceId];
/// A change this large is worth the top of the list.
const MUCH: f64 = 1.0;
/// What chance does more often than this is no change.
const UNLIKELY: f64 = 0.001;

/// The question.
pub struct PatternsQuestion {
    params: PatternsParams,
    /// Each search, whether it is of the time before, and whether it counts.
    asked: Vec<(Search, bool, bool)>,
}

impl PatternsQuestion {
    /// With these parameters.
    pub fn new(params: PatternsParams) -> PatternsQuestion {
        PatternsQuestion { params, asked: Vec::new() }
    }

    fn ask(&mut self, known: &Known) {
        let (range, _) = self.params.scope.at(known.clock);
        let each = (self.params.sample / SLICES as usize).clamp(1, 10_000);
        for group in known.schemas.counted() {
            for (before, range) in [(false, range), (true, self.params.scope.before(range))] {
                let clauses = |range| {
                    let mut clauses = vec![Clause::During(range), Clause::Exists(Field::Message)];
                    clauses.extend(self.params.scope.all_clauses());
                    clauses.extend(self.params.behind.map(|measure| behind(measure, &group.map, Level::Error, self.params.scope.threshold_ms)));
                    clauses
                };
                let all = vec![("all", Agg::Filter { clause: Clause::Every(Vec::new()), subs: Vec::new() }), ("newest", Agg::Max(Field::Timestamp))];
                self.asked.push((Search::counting(group, clauses(range), all), before, true));
                for slice in range.slices(SLICES) {
                    self.asked.push((Search::listing(group, clauses(slice), each, Order::Newest).only(&READ), before, false));
                }
            }
        }
    }

    fn answer(&self, known: &Known, outcomes: Vec<Outcome>) -> Result<Patterns, Fault> {
        let (range, _) = self.params.scope.at(known.clock);
        let mut trust = Trust::default();
        let replies = if outcomes.is_empty() { Vec::new() } else { replies(known, outcomes, &mut trust)? };
        let (mut now, mut before) = (Vec::new(), Vec::new());
        let (mut total_now, mut total_before, mut newest) = (0, 0, None);
        for ((search, is_before, counts), reply) in self.asked.iter().zip(replies) {
            if *counts {
                let total = if *is_before { &mut total_before } else { &mut total_now };
                *total += reply.count_of("all");
                newest = newest.max(reply.number("newest").map(|ms| ms as i64).filter(|_| !is_before));
            }
            let list = if *is_before { &mut before } else { &mut now };
            list.extend(reply.hits.into_iter().map(|hit| read_record(&search.group.map, hit.fields)));
        }
        trust.is_beyond(range, known);
        let mut completeness = trust.completeness;
        completeness.newest = completeness.newest.max(newest.map(Timestamp::from_millis));
        if (now.len() as u64) < total_now {
            completeness.note(format!("{} of {total_now} records were read, a sample over the whole range: counts are of those", now.len()));
        }
        let as_long = range.millis() as f64 / self.params.scope.before(range).millis().max(1) as f64;
        let earlier = Some(self.params.scope.before(range)).filter(|_| !before.is_empty());
        let mut patterns = patterns(&now, &before, range, (total_now as f64, total_before as f64 * as_long));
        if patterns.len() > self.params.limit {
            completeness.note(format!("the first {} of {} patterns are listed", self.params.limit, patterns.len()));
            patterns.truncate(self.params.limit);
        }
        Ok(Patterns { range, records: total_now, read: now.len() as u64, before: earlier, patterns, completeness })
    }
}

/// Records by the template of what they say, against those of the time before; `totals` are how many there are of both in a
/// time as long as the range.
fn patterns(now: &[LogRecord], before: &[LogRecord], range: TimeRange, totals: (f64, f64)) -> Vec<Pattern> {
    let of = |record: &LogRecord| template(record.message.as_deref().unwrap_or_default());
    let templates: BTreeSet<String> = now.iter().chain(before).map(of).collect();
    let joined = join(&templates);
    let name = |record: &LogRecord| joined.get(&of(record)).cloned().unwrap_or_default();
    let mut earlier: BTreeMap<String, u64> = BTreeMap::new();
    before.iter().for_each(|record| *earlier.entry(name(record)).or_default() += 1);
    let mut found: BTreeMap<String, Pattern> = BTreeMap::new();
    // Pattern and place -> the placeholder, and value -> how many.
    let mut said: BTreeMap<(String, usize), (String, BTreeMap<String, u64>)> = BTreeMap::new();
    for record in now {
        let key = name(record);
        let fresh = || Pattern {
            pattern: key.clone(),
            count: 0,
            share: 0.0,
            change: None,
            is_new: false,
            by_chance: false,
            first_seen: record.timestamp,
            last_seen: record.timestamp,
            levels: BTreeMap::new(),
            services: BTreeSet::new(),
            trend: vec![0; TREND],
            varies: Vec::new(),
            example: record.clone(),
        };
        let pattern = found.entry(key.clone()).or_insert_with(fresh);
        pattern.count += 1;
        let part = (record.timestamp.millis() - range.from.millis()) * TREND as i64 / range.millis().max(1);
        if let Some(count) = usize::try_from(part).ok().and_then(|part| pattern.trend.get_mut(part)) {
            *count += 1;
        }
        for (at, name, value) in values(&key, record.message.as_deref().unwrap_or_default()) {
            let seen = said.entry((key.clone(), at)).or_insert_with(|| (name.to_string(), BTreeMap::new()));
            if seen.1.len() < MOST_VALUES || seen.1.contains_key(value) {
                *seen.1.entry(value.to_string()).or_default() += 1;
            }
        }
        pattern.first_seen = pattern.first_seen.min(record.timestamp);
        if record.timestamp > pattern.last_seen || (record.timestamp == pattern.last_seen && record.message > pattern.example.message) {
            pattern.last_seen = record.timestamp;
            pattern.example = record.clone();
        }
        *pattern.levels.entry(record.level.map_or("none", |level| level.name())).or_default() += 1;
        pattern.services.extend(record.service.clone());
    }
    for ((pattern, _), (name, counts)) in said {
        let distinct = counts.len();
        let mut top: Vec<(String, u64)> = counts.into_iter().collect();
        top.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        top.truncate(SHOWN_VALUES);
        if let Some(pattern) = found.get_mut(&pattern) {
            pattern.varies.push(Varies { name, distinct, top });
        }
    }
    // Of a sample each record stands for as many as were not read.
    let weight = |total: f64, read: usize| total / read.max(1) as f64;
    let (heavy, heavy_before) = (weight(totals.0, now.len()), weight(totals.1, before.len()));
    let mut patterns: Vec<Pattern> = found.into_values().collect();
    for pattern in &mut patterns {
        pattern.share = pattern.count as f64 / now.len().max(1) as f64;
        let count_before = earlier.get(&pattern.pattern).copied().unwrap_or(0);
        let was = count_before as f64 * heavy_before;
        pattern.change = (was > 0.0).then(|| (pattern.count as f64 * heavy - was) / was);
        pattern.is_new = was == 0.0 && !before.is_empty();
        // What was read of both is of so much time, in ranges.
        let (here, then) = (1.0 / heavy, 1.0 / heavy_before);
        let chance = higher_rate(pattern.count, here, count_before, then).min(higher_rate(count_before, then, pattern.count, here));
        pattern.by_chance = !before.is_empty() && chance > UNLIKELY;
    }
    let rank = |p: &Pattern| match p.change {
        None if p.is_new => 0,
        Some(change) if change >= MUCH && !p.by_chance => 1,
        _ => 2,
    };
    patterns.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| b.count.cmp(&a.count)).then_with(|| a.pattern.cmp(&b.pattern)));
    patterns
}

impl Question for PatternsQuestion {
    type Answer = Patterns;

    fn start(&mut self, known: &Known) -> Result<Step<Patterns>, Fault> {
        self.params.scope.refuse_unknown_fields(known)?;
        self.ask(known);
        if self.asked.is_empty() {
            return Ok(Step::Done(self.answer(known, Vec::new())?));
        }
        Ok(Step::Ask(self.asked.iter().map(|(search, ..)| search.clone()).collect()))
    }

    fn resume(&mut self, known: &Known, outcomes: Vec<Outcome>) -> Result<Step<Patterns>, Fault> {
        Ok(Step::Done(self.answer(known, outcomes)?))
    }
}
