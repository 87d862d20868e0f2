//! Errors: services by time, or by the values of a field, with what each service's own past says of it.

mod ask;
mod read;
mod state;
mod tally;

pub use ask::settled as settled_range;
pub use state::State;
pub(super) use state::is_job;

use super::{Known, Outcome, Question, Scope, Step};
use crate::model::{Completeness, Fault, Interval, Level, TimeRange, Timestamp};
use crate::query::Clause;
use crate::schema::Field;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a cell counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Measure {
    /// Records of ERROR or worse.
    #[default]
    Errors,
    /// Requests that failed.
    Failed,
    /// Failed of all requests.
    Share,
    /// Requests.
    Requests,
    /// All records.
    Records,
    /// Records with a duration above the threshold.
    Slow,
    /// 95th percentile of all durations, ms.
    P95,
}

/// What the columns are.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum By {
    /// Time.
    #[default]
    Time,
    /// The values of a field.
    Field(Field),
}

/// What to answer.
#[derive(Clone, PartialEq, Debug)]
pub struct ErrorsParams {
    /// Which records.
    pub scope: Scope,
    /// What to count.
    pub measure: Measure,
    /// In which columns.
    pub by: By,
    /// From which level on a record is an error.
    pub level: Level,
    /// List at most so many services.
    pub top: Option<usize>,
    /// Where there are more services than cells can be had of: those that are looked at. Of none, those that count most.
    pub shown: Vec<String>,
}

impl Default for ErrorsParams {
    fn default() -> Self {
        let (scope, measure, by) = (Scope::default(), Measure::default(), By::default());
        ErrorsParams { scope, measure, by, level: Level::Error, top: None, shown: Vec::new() }
    }
}

/// A column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Column {
    /// Starts then (ms).
    Start(i64),
    /// Is about this value.
    Value(String),
}

/// A version that first appears.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Marker {
    /// Of which service.
    pub service: String,
    /// Which field changed.
    pub field: Field,
    /// To what.
    pub value: String,
    /// When it was first seen.
    pub first_seen: Timestamp,
}

/// One service's row.
#[derive(Clone, PartialEq, Debug)]
pub struct ServiceErrors {
    /// Its name.
    pub service: String,
    /// The measure over the whole range.
    pub total: Option<f64>,
    /// Requests in the range.
    pub requests: u64,
    /// Those that failed.
    pub failed: u64,
    /// Started and never completed.
    pub unfinished: Option<u64>,
    /// Failed and unfinished of all.
    pub error_share: Option<f64>,
    /// The same over the baseline.
    pub usual: Option<f64>,
    /// Records a minute over the day before.
    pub usual_per_min: Option<f64>,
    /// The last record of any level.
    pub newest: Option<Timestamp>,
    /// How long records take to arrive now, ms.
    pub lag_ms: Option<f64>,
    /// How it is.
    pub state: State,
    /// How unlike its own past it is, 0 to 300.
    pub surprise: f64,
    /// The measure in each column; `None` is unknown.
    pub cells: Vec<Option<f64>>,
}

/// The answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Errors {
    /// Over which range.
    pub range: TimeRange,
    /// Width of a column of time.
    pub interval: Interval,
    /// What was counted.
    pub measure: Measure,
    /// What the columns are.
    pub by: By,
    /// What "usual" means here.
    pub baseline: Option<TimeRange>,
    /// The columns.
    pub columns: Vec<Column>,
    /// Columns cut by the range, or still filling.
    pub partial: Vec<usize>,
    /// Versions that first appeared within the day before the range's end.
    pub markers: Vec<Marker>,
    /// The roster, by total and name.
    pub services: Vec<ServiceErrors>,
    /// The source's clock when it was asked.
    pub clock: Timestamp,
    /// What the day before was like, to be handed to the next question.
    pub day: Arc<DayLook>,
    /// There are more services than cells can be had of: some have none.
    pub cells_of_some: bool,
    /// How far it can be trusted.
    pub completeness: Completeness,
}

/// From this many in the range (`PER_MS`) or a minute of a cell (`CELL_PER_MS`) on: a warning.
pub const WARNING: f64 = 10.0;
/// Critical.
pub const CRITICAL: f64 = 50.0;
/// The seed's matrix counts fifteen minutes.
pub const PER_MS: i64 = 900_000;
/// A cell is held against the same figures a minute.
pub const CELL_PER_MS: i64 = 60_000;

impl Measure {
    /// All of them, in the order in which a key steps through them.
    pub const ALL: [Measure; 7] =
        [Measure::Errors, Measure::Failed, Measure::Share, Measure::Requests, Measure::Records, Measure::Slow, Measure::P95];

    /// As the command line calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Measure::Errors => "errors",
            Measure::Failed => "failed",
            Measure::Share => "share",
            Measure::Requests => "requests",
            Measure::Records => "records",
            Measure::Slow => "slow",
            Measure::P95 => "p95",
        }
    }

    /// Whether the thresholds of the matrix hold for it.
    pub const fn has_thresholds(self) -> bool {
        matches!(self, Measure::Errors | Measure::Failed)
    }
}

impl Errors {
    /// No record in the range and none in the day before.
    pub fn is_empty(&self) -> bool {
        self.services.is_empty()
    }
}

/// The day before the range's end, by service: dear to ask, and slow to change.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct DayLook {
    /// When it was asked, by the source's clock.
    asked: Timestamp,
    /// The end of the range that it was the day before.
    to: Timestamp,
    /// Of which services.
    services: Vec<Clause>,
    days: BTreeMap<String, tally::Day>,
    /// Service -> how many of its records lie in the future, and how far the furthest (ms).
    ahead: BTreeMap<String, (u64, i64)>,
}

/// The day before is looked at again after this long.
const DAY_HOLDS_MS: i64 = 120_000;

impl DayLook {
    /// The oldest record in it: before that nothing is known.
    pub fn oldest(&self) -> Option<Timestamp> {
        self.days.values().filter_map(|day| day.oldest_ms).min().map(Timestamp::from_millis)
    }

    /// Whether it tells of these services' day as well as a new look would.
    fn holds(&self, scope: &Scope, clock: Timestamp) -> bool {
        let (range, _) = scope.at(clock);
        let near = |a: Timestamp, b: Timestamp| (a.millis() - b.millis()).abs() < DAY_HOLDS_MS;
        near(self.asked, clock) && near(self.to, range.to) && self.services == scope.service_clauses()
    }
}

/// The question.
pub struct ErrorsQuestion {
    params: ErrorsParams,
    day: Option<Arc<DayLook>>,
    items: Vec<ask::Item>,
    /// What came of those that were asked first, while more is asked.
    outcomes: Vec<Outcome>,
}

impl ErrorsQuestion {
    /// With these parameters.
    pub fn new(params: ErrorsParams) -> ErrorsQuestion {
        ErrorsQuestion { params, day: None, items: Vec::new(), outcomes: Vec::new() }
    }

    /// Without asking about the day before once more, where what is known of it still holds.
    pub fn with_day(self, day: Option<Arc<DayLook>>) -> ErrorsQuestion {
        ErrorsQuestion { day, ..self }
    }
}

impl Question for ErrorsQuestion {
    type Answer = Errors;

    fn start(&mut self, known: &Known) -> Result<Step<Errors>, Fault> {
        self.day.take_if(|day| !day.holds(&self.params.scope, known.clock));
        let (items, searches) = ask::searches(&self.params, known, self.day.is_some())?;
        self.items = items;
        if searches.is_empty() {
            return Ok(Step::Done(read::answer(&self.params, known, &[], Vec::new(), None)?));
        }
        Ok(Step::Ask(searches))
    }

    fn resume(&mut self, known: &Known, mut outcomes: Vec<Outcome>) -> Result<Step<Errors>, Fault> {
        if self.outcomes.is_empty() {
            let rest = ask::rest_of_day(&self.params, known, &mut self.items, &outcomes);
            if !rest.is_empty() {
                self.items.extend(rest.iter().map(|_| ask::Item::Day));
                self.outcomes = outcomes;
                return Ok(Step::Ask(rest));
            }
        }
        let first = std::mem::take(&mut self.outcomes);
        outcomes.splice(0..0, first);
        Ok(Step::Done(read::answer(&self.params, known, &self.items, outcomes, self.day.take())?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::slow::{SlowParams, SlowQuestion};
    use crate::schema::{Caps, DEFAULT_PRESET, Kind, Schemas, detect};

    /// Every field of the first preset, mapped.
    fn everything() -> Schemas {
        let kind = |field: &Field| match field {
            Field::Timestamp | Field::Arrival => Kind::Date,
            Field::Duration | Field::Status => Kind::Number,
            _ => Kind::Keyword,
        };
        let paths = DEFAULT_PRESET.fields.iter().flat_map(|(field, paths)| paths.iter().map(move |path| ((*path).to_string(), kind(field))));
        detect("logs-*", &Caps { indices: BTreeMap::from([("logs-a".to_string(), paths.collect())]) }, None, &[], &[])
    }

    #[test]
    fn no_search_can_take_more_buckets_than_a_cluster_allows() {
        let clock = Timestamp::from_millis(1_768_446_000_000);
        let known = Known { schemas: everything(), clock, target: "logs-*".to_string(), is_file: false };
        let scope = |minutes: i64, interval: &str| Scope {
            reach: crate::answers::Reach::Last(minutes * 60_000),
            interval: Interval::parse(interval).ok(),
            ..Scope::default()
        };
        for scope in [scope(15, "15s"), scope(30, "15s"), scope(2000, "1m")] {
            for measure in Measure::ALL {
                for by in [By::Time, By::Field(Field::Path), By::Field(Field::Level)] {
                    let params = ErrorsParams { scope: scope.clone(), measure, by, ..ErrorsParams::default() };
                    let Ok(Step::Ask(searches)) = ErrorsQuestion::new(params).start(&known) else { panic!("nothing asked") };
                    assert!(searches.iter().all(|s| s.most_buckets() <= 65_536), "{}", measure.name());
                }
            }
            let Ok(Step::Ask(searches)) = SlowQuestion::new(SlowParams { scope }).start(&known) else { panic!("nothing asked") };
            assert!(searches.iter().all(|s| s.most_buckets() <= 65_536));
        }
    }
}
