//! Patterns: what the records say, by template, against the time before.

use super::clauses::behind;
use super::trust::{Trust, replies};
use super::{Known, Measure, Outcome, Question, Scope, Step};
pub use crate::analysis::patterns::TREND;
use crate::analysis::patterns::{Said, Tally, names};
use crate::analysis::significance::higher_rate;
use crate::model::printable::percent;
use crate::model::{Completeness, Fault, Level, LogRecord, TimeRange, Timestamp};
use crate::query::{Agg, Clause, Order, Reply, Search};
use crate::schema::{Field, Group, read_record};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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

/// So many values of a placeholder are shown.
const SHOWN_VALUES: usize = 5;
/// Records read by default.
pub const SAMPLE: usize = 20_000;
/// The range is sampled in so many slices, in more where more are wanted of it than clusters list at once.
const SLICES: usize = 20;
const MOST_SLICES: usize = 400;
/// So many records a cluster lists for one search, and so many are read at once.
const MOST_LISTED: usize = 10_000;
const AT_ONCE: usize = 20_000;
const READ: [Field; 7] =
    [Field::Timestamp, Field::Level, Field::Service, Field::Message, Field::ExceptionType, Field::ExceptionMessage, Field::TraceId];
/// A change this large is worth the top of the list.
const MUCH: f64 = 1.0;
/// What chance does more often than this is no change.
const UNLIKELY: f64 = 0.001;

/// The question: first how many records each slice of the range has, then as large a part of each, so that every record that is
/// read stands for as many.
pub struct PatternsQuestion {
    params: PatternsParams,
    trust: Trust,
    /// Those that are not read yet, the next one last.
    slices: Vec<Slice>,
    /// Those that are being counted or read.
    asked: Vec<Slice>,
    counted: bool,
    now: Sample,
    before: Sample,
}

/// Of the range, or of the time before.
#[derive(Default)]
struct Sample {
    tally: Tally,
    /// Records in it.
    total: u64,
    /// The part of a record by which the slices so far were rounded down.
    owed: f64,
}

struct Slice {
    group: Arc<Group>,
    range: TimeRange,
    is_before: bool,
    /// Records in it.
    total: u64,
}

impl PatternsQuestion {
    /// With these parameters.
    pub fn new(params: PatternsParams) -> PatternsQuestion {
        let (now, before) = (Sample::default(), Sample::default());
        PatternsQuestion { params, trust: Trust::default(), slices: Vec::new(), asked: Vec::new(), counted: false, now, before }
    }

    fn clauses(&self, slice: &Slice) -> Vec<Clause> {
        let mut clauses = vec![Clause::During(slice.range), Clause::Exists(Field::Message)];
        clauses.extend(self.params.scope.all_clauses());
        clauses.extend(self.params.behind.map(|measure| behind(measure, &slice.group.map, Level::Error, self.params.scope.threshold_ms)));
        clauses
    }

    fn count(&mut self, known: &Known) -> Vec<Search> {
        let (range, _) = self.params.scope.at(known.clock);
        let earlier = self.params.scope.before(range);
        let count = (self.params.sample.saturating_mul(2) / MOST_LISTED).clamp(SLICES, MOST_SLICES) as i64;
        for group in known.schemas.counted() {
            for (is_before, range) in [(false, range), (true, earlier)] {
                let slice = |range| Slice { group: group.clone(), range, is_before, total: 0 };
                self.asked.extend(range.slices(count).into_iter().map(slice));
            }
        }
        let all = || vec![("all", Agg::Filter { clause: Clause::Every(Vec::new()), subs: Vec::new() }), ("newest", Agg::Max(Field::Timestamp))];
        self.asked.iter().map(|slice| Search::counting(&slice.group, self.clauses(slice), all())).collect()
    }

    fn take_counts(&mut self, replies: &[Reply]) {
        for (mut slice, reply) in std::mem::take(&mut self.asked).into_iter().zip(replies) {
            slice.total = reply.count_of("all");
            let newest = reply.number("newest").map(|ms| Timestamp::from_millis(ms as i64)).filter(|_| !slice.is_before);
            self.trust.completeness.newest = self.trust.completeness.newest.max(newest);
            self.sample(slice.is_before).total += slice.total;
            self.slices.extend((slice.total > 0).then_some(slice));
        }
        self.slices.reverse();
        self.counted = true;
    }

    fn sample(&mut self, is_before: bool) -> &mut Sample {
        if is_before { &mut self.before } else { &mut self.now }
    }

    /// Lists records of the next slices.
    fn list(&mut self, known: &Known) -> Vec<Search> {
        let most = if known.is_file { usize::MAX } else { MOST_LISTED };
        let (mut searches, mut listed) = (Vec::new(), 0);
        while let Some(slice) = self.slices.pop_if(|_| listed < AT_ONCE) {
            let wanted = self.params.sample as f64;
            let of = self.sample(slice.is_before);
            of.owed += slice.total as f64 * (wanted / of.total.max(1) as f64).min(1.0);
            let size = (of.owed.round().max(0.0) as usize).min(most);
            of.owed -= of.owed.round();
            if size == 0 {
                continue;
            }
            listed += size;
            searches.push(Search::listing(&slice.group, self.clauses(&slice), size, Order::Newest).only(&READ));
            self.asked.push(slice);
        }
        searches
    }

    fn take_records(&mut self, known: &Known, replies: Vec<Reply>) {
        let (now, _) = self.params.scope.at(known.clock);
        let before = self.params.scope.before(now);
        for (slice, reply) in std::mem::take(&mut self.asked).into_iter().zip(replies) {
            let records = reply.hits.into_iter().map(|hit| read_record(&slice.group.map, hit.fields));
            records.for_each(|record| self.sample(slice.is_before).tally.add(record, if slice.is_before { before } else { now }));
        }
    }

    fn answer(&mut self, known: &Known) -> Patterns {
        let (range, _) = self.params.scope.at(known.clock);
        self.trust.is_beyond(range, known);
        let mut completeness = std::mem::take(&mut self.trust.completeness);
        let (now, before) = (std::mem::take(&mut self.now), std::mem::take(&mut self.before));
        let (records, read) = (now.total, now.tally.read());
        if read < records {
            completeness.note(format!("{read} of {records} records were read, a sample over the whole range: counts are of those"));
        }
        let earlier = Some(self.params.scope.before(range)).filter(|_| before.tally.read() > 0);
        let as_long = range.millis() as f64 / self.params.scope.before(range).millis().max(1) as f64;
        let mut patterns = patterns(now, before, as_long);
        if patterns.len() > self.params.limit {
            completeness.note(format!("the first {} of {} patterns are listed", self.params.limit, patterns.len()));
            patterns.truncate(self.params.limit);
        }
        Patterns { range, records, read, before: earlier, patterns, completeness }
    }
}

/// Templates of now against those of the time before; the range is so many times as long as that.
fn patterns(now: Sample, before: Sample, as_long: f64) -> Vec<Pattern> {
    // Of a sample each record stands for as many as were not read.
    let (read, read_before) = (now.tally.read(), before.tally.read());
    let heavy = now.total as f64 / read.max(1) as f64;
    let heavy_before = before.total as f64 * as_long / read_before.max(1) as f64;
    let names = names(&now.tally, &before.tally);
    let earlier = before.tally.joined(&names);
    let pattern = |(pattern, said): (String, Said)| {
        let count_before = earlier.get(&pattern).map_or(0, |said| said.count);
        let was = count_before as f64 * heavy_before;
        // What was read of both is of so much time, in ranges.
        let (here, then) = (1.0 / heavy, 1.0 / heavy_before);
        let chance = higher_rate(said.count, here, count_before, then).min(higher_rate(count_before, then, said.count, here));
        Pattern {
            share: said.count as f64 / read.max(1) as f64,
            change: (was > 0.0).then(|| (said.count as f64 * heavy - was) / was),
            is_new: was == 0.0 && read_before > 0,
            by_chance: read_before > 0 && chance > UNLIKELY,
            varies: said.values.into_values().map(varies).collect(),
            pattern,
            count: said.count,
            first_seen: said.first_seen,
            last_seen: said.last_seen,
            levels: said.levels,
            services: said.services,
            trend: said.trend,
            example: said.example,
        }
    };
    let mut patterns: Vec<Pattern> = now.tally.joined(&names).into_iter().map(pattern).collect();
    let rank = |p: &Pattern| match p.change {
        None if p.is_new => 0,
        Some(change) if change >= MUCH && !p.by_chance => 1,
        _ => 2,
    };
    patterns.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| b.count.cmp(&a.count)).then_with(|| a.pattern.cmp(&b.pattern)));
    patterns
}

fn varies((name, counts): (String, BTreeMap<String, u64>)) -> Varies {
    let distinct = counts.len();
    let mut top: Vec<(String, u64)> = counts.into_iter().collect();
    top.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    top.truncate(SHOWN_VALUES);
    Varies { name, distinct, top }
}

impl Question for PatternsQuestion {
    type Answer = Patterns;

    fn start(&mut self, known: &Known) -> Result<Step<Patterns>, Fault> {
        self.params.scope.refuse_unknown_fields(known)?;
        let searches = self.count(known);
        Ok(if searches.is_empty() { Step::Done(self.answer(known)) } else { Step::Ask(searches) })
    }

    fn resume(&mut self, known: &Known, outcomes: Vec<Outcome>) -> Result<Step<Patterns>, Fault> {
        let replies = replies(known, outcomes, &mut self.trust)?;
        if self.counted {
            self.take_records(known, replies)
        } else {
            self.take_counts(&replies)
        }
        let searches = self.list(known);
        Ok(if searches.is_empty() { Step::Done(self.answer(known)) } else { Step::Ask(searches) })
    }
}
