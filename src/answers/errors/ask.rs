//! What `errors` asks: for each group of indices the cells, the totals, the baseline and the day before.

use super::{By, ErrorsParams, Measure};
use crate::answers::clauses::{completion, counted_by, error_record, failed, request, slow, start};
use crate::answers::scope::{DAY_MS, most_services};
use crate::answers::{Known, Outcome, scope::Scope};
use crate::model::{Fault, Interval, TimeRange, Timestamp};
use crate::query::{Agg, Clause, Name, Reply, Search};
use crate::schema::{Field, FieldMap, Group};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a search was for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Item {
    /// The measure in each column.
    Cells,
    /// Over the whole range, filtered.
    Totals,
    /// Over the whole range, unfiltered: what a service's state rests on.
    Unfiltered,
    /// Over the baseline, unfiltered.
    Baseline,
    /// Over the baseline, filtered: what is usual of what is looked at.
    Usual,
    /// The day before the range's end.
    Day,
    /// The same, of those services that write most: the others are asked about in further searches.
    DayOfMost,
    /// Records of times that have not come yet.
    Ahead,
}

/// The width in which the day before is looked at.
pub const DAY_BUCKET_MS: i64 = 600_000;
/// So many of them has a day, with a few for versions.
const DAY_BUCKETS: usize = 144 + 10;
/// The values of a field that get a column.
pub const VALUES: usize = 20;

/// The searches and what each is for.
pub fn searches(params: &ErrorsParams, known: &Known, day_known: bool) -> Result<(Vec<Item>, Vec<Search>), Fault> {
    params.scope.refuse_unknown_fields(known)?;
    let (range, interval) = params.scope.at(known.clock);
    if let By::Field(field) = &params.by {
        refuse_uncountable(field, known)?;
    }
    let mut items = Vec::new();
    let mut searches = Vec::new();
    let mut put = |item, search| {
        items.push(item);
        searches.push(search);
    };
    for group in known.schemas.counted() {
        put(Item::Cells, cells(params, group, range, interval));
        put(Item::Totals, totals(params, group, range, range, interval, known, params.scope.all_clauses()));
        if params.scope.narrows_records() {
            put(Item::Unfiltered, totals(params, group, range, range, interval, known, params.scope.service_clauses()));
            put(Item::Usual, totals(params, group, params.scope.before(range), range, interval, known, params.scope.all_clauses()));
        }
        put(Item::Baseline, totals(params, group, params.scope.before(range), range, interval, known, params.scope.service_clauses()));
        if !day_known {
            put(Item::Day, day(&params.scope, group, range, known, None));
            put(Item::Ahead, ahead(&params.scope, group, known));
        }
    }
    Ok((items, searches))
}

fn refuse_uncountable(field: &Field, known: &Known) -> Result<(), Fault> {
    if field.is_identifier() {
        return Err(Fault::Settings(format!(
            "--by {field}: nearly every record has a value of its own; count by another field, or look one up with `spia trace`"
        )));
    }
    let groups = &known.schemas.groups;
    if !groups.is_empty() && groups.iter().all(|group| !group.map.has(field)) {
        return Err(Fault::Settings(format!("--by {field}: there is no such field in {}", known.target)));
    }
    if groups.iter().any(|group| group.map.has(field) && !group.map.countable(field)) {
        return Err(Fault::Settings(format!("--by {field}: it is text without a keyword in {}, and cannot be counted by value", known.target)));
    }
    Ok(())
}

/// What is counted among them.
fn figure(params: &ErrorsParams, map: &FieldMap) -> Vec<(Name, Agg)> {
    match params.measure {
        Measure::Share => vec![("failed", Agg::Filter { clause: failed(map, params.level), subs: Vec::new() })],
        Measure::P95 => vec![("p", Agg::Percentiles(Field::Duration, &[95.0]))],
        _ => Vec::new(),
    }
}

fn cells(params: &ErrorsParams, group: &Arc<Group>, range: TimeRange, interval: Interval) -> Search {
    let map = &group.map;
    let mut clauses = vec![Clause::During(range)];
    if params.measure != Measure::Records {
        clauses.push(counted_by(params.measure, map, params.level, params.scope.threshold_ms));
    }
    clauses.extend(params.scope.all_clauses());
    if !params.shown.is_empty() {
        clauses.push(Clause::AnyOf(Field::Service, params.shown.clone()));
    }
    let subs = figure(params, map);
    let each = 1 + subs.len();
    let aggs = match &params.by {
        By::Time => {
            let columns = range.columns(interval).len();
            let histogram = Agg::Histogram { interval_ms: interval.millis(), subs };
            vec![("services", Agg::Terms { field: Field::Service, size: most_services(columns * each), subs: vec![("cells", histogram)] })]
        }
        By::Field(field) => {
            let size = if *field == Field::Level { 60 } else { VALUES };
            let services = |subs| Agg::Terms { field: Field::Service, size: most_services(size * each), subs };
            let none = Agg::Filter { clause: Clause::Exists(field.clone()).negated(), subs: vec![("services", services(subs.clone()))] };
            vec![
                ("values", Agg::Terms { field: field.clone(), size, subs: vec![("services", services(subs.clone()))] }),
                ("none", none),
                ("services", services(subs)),
            ]
        }
    };
    Search::counting(group, clauses, aggs)
}

/// The figures of a service over `asked`; starts and completions only over what corresponds to the full columns of `range`.
fn totals(
    params: &ErrorsParams,
    group: &Arc<Group>,
    asked: TimeRange,
    range: TimeRange,
    interval: Interval,
    known: &Known,
    clauses: Vec<Clause>,
) -> Search {
    let map = &group.map;
    let filter = |clause| Agg::Filter { clause, subs: Vec::new() };
    let mut subs =
        vec![("errors", filter(error_record(params.level))), ("requests", filter(request(map))), ("failed", filter(failed(map, params.level)))];
    // A baseline that was chosen lies in the past: all of it is settled. The one before the range is cut as the range is.
    let settled = match params.scope.baseline {
        Some(chosen) if asked != range => chosen,
        _ => settled(range, interval, known).moved(asked.from.millis() - range.from.millis()),
    };
    if let (Some(start), Some(completion)) = (start(map), completion(map)) {
        subs.push(("starts", filter(Clause::Every(vec![start, Clause::During(settled)]))));
        subs.push(("completions", filter(Clause::Every(vec![completion, Clause::During(settled)]))));
    }
    if asked == range {
        subs.push(("newest", Agg::Max(Field::Timestamp)));
        if map.has(&Field::Arrival) {
            let recently = known.clock.plus_millis(-(2 * interval.millis()).max(60_000));
            subs.push(("recent", Agg::Filter { clause: Clause::Since(Field::Arrival, recently), subs: arrival() }));
        }
    }
    match params.measure {
        Measure::Slow => subs.push(("slow", filter(slow(map, params.scope.threshold_ms)))),
        Measure::P95 => subs.push(("p", Agg::Percentiles(Field::Duration, &[95.0]))),
        _ => {}
    }
    let size = most_services(subs.len());
    let clauses = std::iter::once(Clause::During(asked)).chain(clauses).collect();
    Search::counting(group, clauses, vec![("services", Agg::Terms { field: Field::Service, size, subs })])
}

/// Clocks differ by less than this; what lies further ahead is of a wrong clock or zone.
const AHEAD_MS: i64 = 300_000;

fn ahead(scope: &Scope, group: &Arc<Group>, known: &Known) -> Search {
    let later = TimeRange { from: known.clock.plus_millis(AHEAD_MS), to: Timestamp::MAX };
    let clauses = std::iter::once(Clause::During(later)).chain(scope.service_clauses()).collect();
    let subs = vec![("newest", Agg::Max(Field::Timestamp))];
    Search::counting(group, clauses, vec![("services", Agg::Terms { field: Field::Service, size: most_services(1), subs })])
}

/// Mean times of writing and of arrival.
fn arrival() -> Vec<(Name, Agg)> {
    vec![("at", Agg::Avg(Field::Timestamp)), ("arrived", Agg::Avg(Field::Arrival))]
}

/// The part of a range whose columns are full: a request that has just started is not unfinished.
pub fn settled(range: TimeRange, interval: Interval, known: &Known) -> TimeRange {
    let end = interval.floor(known.clock.millis()).min(range.to.millis());
    let to = crate::model::Timestamp::from_millis(end.max(range.from.millis()));
    TimeRange { from: range.from, to }
}

fn day(scope: &Scope, group: &Arc<Group>, range: TimeRange, known: &Known, only: Option<Clause>) -> Search {
    let map = &group.map;
    let day = TimeRange { from: range.to.plus_millis(-DAY_MS), to: range.to };
    let mut subs = vec![
        ("newest", Agg::Max(Field::Timestamp)),
        ("oldest", Agg::Min(Field::Timestamp)),
        ("h", Agg::Histogram { interval_ms: DAY_BUCKET_MS, subs: Vec::new() }),
    ];
    if map.has(&Field::Arrival) {
        subs.push(("lag", Agg::Filter { clause: Clause::Exists(Field::Arrival), subs: arrival() }));
    }
    if map.countable(&Field::Version) {
        subs.push(("versions", Agg::Terms { field: Field::Version, size: 8, subs: vec![("first", Agg::Min(Field::Timestamp))] }));
    }
    let stamps = map.stamp_paths();
    if !known.is_file && !stamps.is_empty() {
        subs.push(("latest", Agg::Latest(stamps)));
    }
    let clauses = std::iter::once(Clause::During(day)).chain(scope.service_clauses()).chain(only).collect();
    let size = most_services(DAY_BUCKETS);
    Search::counting(group, clauses, vec![("services", Agg::Terms { field: Field::Service, size, subs })])
}

/// Where more services wrote in the day than one search can tell of: searches for the others, by the names that are known from the
/// range, and one for those that have been silent since. What the first search was for is said anew.
pub fn rest_of_day(params: &ErrorsParams, known: &Known, items: &mut [Item], outcomes: &[Outcome]) -> Vec<Search> {
    let names = |reply: &Reply| reply.buckets("services").iter().map(|bucket| bucket.term().to_string()).collect::<BTreeSet<_>>();
    let of = |wanted: fn(Item) -> bool| items.iter().zip(outcomes).filter(move |(item, _)| wanted(**item)).map(|(_, outcome)| outcome);
    let in_range: BTreeSet<String> = of(|item| matches!(item, Item::Totals | Item::Unfiltered | Item::Baseline)).flatten().flat_map(names).collect();
    let (range, _) = params.scope.at(known.clock);
    let mut searches = Vec::new();
    let mut cut = Vec::new();
    for (nth, (group, outcome)) in known.schemas.counted().zip(of(|item| item == Item::Day)).enumerate() {
        let Some(reply) = outcome.as_ref().ok().filter(|reply| reply.others("services") > 0) else { continue };
        cut.push(nth);
        let told = names(reply);
        let others: Vec<String> = in_range.difference(&told).cloned().collect();
        let named = others.chunks(most_services(DAY_BUCKETS)).map(|names| Clause::AnyOf(Field::Service, names.to_vec()));
        let silent = Clause::AnyOf(Field::Service, told.union(&in_range).cloned().collect()).negated();
        searches.extend(named.chain([silent]).map(|only| day(&params.scope, group, range, known, Some(only))));
    }
    let days = items.iter_mut().filter(|item| **item == Item::Day).enumerate();
    days.filter(|(nth, _)| cut.contains(nth)).for_each(|(_, item)| *item = Item::DayOfMost);
    searches
}
