//! What every question is about: a range, a width of columns, filters.

use super::Known;
use super::clauses::filter_clause;
use crate::model::{Fault, Filter, Interval, TimeRange, Timestamp};
use crate::query::Clause;
use crate::schema::Field;

/// How far back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// The last so many milliseconds of the source's clock, in whole columns.
    Last(i64),
    /// Exactly this range.
    Exactly(TimeRange),
}

/// What a question is about.
#[derive(Clone, PartialEq, Debug)]
pub struct Scope {
    /// How far back.
    pub reach: Reach,
    /// Width of a column; the default fits the range into `columns`.
    pub interval: Option<Interval>,
    /// At most so many columns by default.
    pub columns: usize,
    /// Values to keep or leave out.
    pub filters: Vec<Filter>,
    /// What the query bar holds.
    pub query: Option<Clause>,
    /// Above how many ms a request is slow.
    pub threshold_ms: f64,
    /// What "before" means; the range of equal length before it by default.
    pub baseline: Option<TimeRange>,
}

/// Fifteen minutes.
const DEFAULT_REACH_MS: i64 = 15 * 60_000;
/// The roster's and the usual rates' look back.
pub const DAY_MS: i64 = 86_400_000;
/// What clusters allow is 65,536 buckets; this leaves room for what else is in the answer.
const MOST_BUCKETS: usize = 60_000;

impl Default for Scope {
    fn default() -> Self {
        Scope {
            reach: Reach::Last(DEFAULT_REACH_MS),
            interval: None,
            columns: 60,
            filters: Vec::new(),
            query: None,
            threshold_ms: 1000.0,
            baseline: None,
        }
    }
}

impl Scope {
    /// The range and the width of its columns at that time.
    pub fn at(&self, clock: Timestamp) -> (TimeRange, Interval) {
        match self.reach {
            Reach::Last(ms) => {
                let interval = self.interval.unwrap_or_else(|| Interval::fitting(ms, self.columns));
                (TimeRange::last(clock, ms, interval), interval)
            }
            Reach::Exactly(range) => (range, self.interval.unwrap_or_else(|| aligned_fitting(range, self.columns))),
        }
    }

    /// What a range is held against.
    pub fn before(&self, range: TimeRange) -> TimeRange {
        self.baseline.unwrap_or_else(|| range.before())
    }

    /// The clauses of filters on service, which narrow the roster.
    pub fn service_clauses(&self) -> Vec<Clause> {
        clauses(self.filters.iter().filter(|f| is_service(f)))
    }

    /// The clauses of all filters and the query.
    pub fn all_clauses(&self) -> Vec<Clause> {
        clauses(self.filters.iter()).into_iter().chain(self.query.clone()).collect()
    }

    /// Whether anything narrows the records of a service.
    pub fn narrows_records(&self) -> bool {
        self.query.is_some() || self.filters.iter().any(|f| !is_service(f))
    }

    /// A filter on a field that no group has would match nothing, and look like nothing wrong.
    pub fn refuse_unknown_fields(&self, known: &Known) -> Result<(), Fault> {
        let groups = &known.schemas.groups;
        let clauses = self.all_clauses();
        let missing = clauses.iter().flat_map(Clause::fields).find(|field| !groups.is_empty() && groups.iter().all(|group| !group.map.has(field)));
        match missing {
            Some(field) => Err(Fault::Settings(format!("--filter or --query names '{field}': there is no such field in {}", known.target))),
            None => Ok(()),
        }
    }

    /// Fields that filters name by their path.
    pub fn named_fields(&self) -> Vec<Field> {
        let of_query = self.query.iter().flat_map(|query| query.fields().into_iter().cloned());
        let mut named: Vec<Field> =
            self.filters.iter().map(|f| Field::parse(&f.field)).chain(of_query).filter(|f| matches!(f, Field::Named(_))).collect();
        named.sort();
        named.dedup();
        named
    }
}

/// Values of one field that are kept are alternatives; all else must hold together.
fn clauses<'a>(filters: impl Iterator<Item = &'a Filter>) -> Vec<Clause> {
    let mut kept: Vec<(Field, Vec<Clause>)> = Vec::new();
    let mut all = Vec::new();
    for filter in filters {
        let field = Field::parse(&filter.field);
        match kept.iter_mut().find(|(known, _)| *known == field) {
            _ if filter.exclude => all.push(filter_clause(filter)),
            Some((_, values)) => values.push(filter_clause(filter)),
            None => kept.push((field, vec![filter_clause(filter)])),
        }
    }
    let of_field = |(_, mut values): (Field, Vec<Clause>)| if values.len() == 1 { values.remove(0) } else { Clause::Either(values) };
    all.extend(kept.into_iter().map(of_field));
    all
}

fn is_service(filter: &Filter) -> bool {
    Field::parse(&filter.field) == Field::Service
}

/// The smallest readable width for which the aligned columns of an explicit range are not more than `columns`.
fn aligned_fitting(range: TimeRange, columns: usize) -> Interval {
    let mut wanted = range.millis();
    loop {
        let interval = Interval::fitting(wanted, columns);
        if range.columns(interval).len() <= columns || wanted > range.millis() * 2 {
            return interval;
        }
        wanted += interval.millis();
    }
}

/// How many services may be asked for, if each takes so many buckets.
pub fn most_services(buckets_each: usize) -> usize {
    (MOST_BUCKETS / (buckets_each + 1)).clamp(1, 5000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_values_of_one_field_are_alternatives_and_the_rest_holds_together() {
        let filter = |text: &str| Filter::parse(text).unwrap();
        let filters = ["service:cart", "service:tax", "-path:/a", "-path:/b", "level:ERROR"].map(filter).to_vec();
        let scope = Scope { filters, ..Scope::default() };
        let is = |text: &str| filter_clause(&filter(text));
        let services = Clause::Either(vec![is("service:cart"), is("service:tax")]);
        assert_eq!(scope.all_clauses(), vec![is("-path:/a"), is("-path:/b"), services.clone(), is("level:ERROR")]);
        assert_eq!(scope.service_clauses(), vec![services]);
    }
}
