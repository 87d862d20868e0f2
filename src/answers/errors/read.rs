//! What the replies to `errors` mean.

use super::ask::{Item, VALUES};
use super::state::{Basis, FEW_REQUESTS, Judge};
use super::tally::{Counts, Tally, tallies};
use super::{By, Column, DayLook, Errors, ErrorsParams, Marker, Measure, ServiceErrors, State};
use crate::answers::trust::{Trust, replies};
use crate::answers::{Known, Outcome};
use crate::model::printable::few;
use crate::model::{Fault, Level, Timestamp, TimestampFlaw};
use crate::query::{Bucket, Reply};
use crate::schema::{Field, service_of_index};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A new version is one that at least this much of its service's past precedes.
const PAST_MS: i64 = 600_000;
const PAST_RECORDS: u64 = 20;

/// Service -> column -> value, with its weight where several groups have one.
type Cells = BTreeMap<String, BTreeMap<Column, Figure>>;

#[derive(Clone, Copy, Default)]
struct Figure {
    count: u64,
    part: u64,
    p95: Option<f64>,
    groups: u32,
}

impl Figure {
    fn add(&mut self, bucket: &Bucket) {
        self.count += bucket.count;
        self.part += bucket.count_of("failed");
        self.groups += 1;
        self.p95 = if self.groups == 1 { bucket.percentile("p", 0) } else { None };
    }

    fn value(&self, measure: Measure) -> Option<f64> {
        match measure {
            Measure::Share => (self.count > 0).then(|| self.part as f64 / self.count as f64),
            Measure::P95 => self.p95,
            _ => Some(self.count as f64),
        }
    }
}

/// The answer.
pub fn answer(params: &ErrorsParams, known: &Known, items: &[Item], outcomes: Vec<Outcome>, day: Option<Arc<DayLook>>) -> Result<Errors, Fault> {
    let mut trust = Trust::default();
    let replies = replies(known, outcomes, &mut trust)?;
    let (range, interval) = params.scope.at(known.clock);
    let mut tallies = tallies(items, &replies);
    let day = look_at_day(&mut tallies, day, params, known, ahead(known, items, &replies));
    let incomplete = incomplete_services(known, &trust, &mut tallies);
    note_cut_lists(items, &replies, &mut trust);
    let has_baseline = tallies.values().any(|tally| tally.baseline.records > 0);
    let (cells, columns) = cells_and_columns(params, known, items, &replies);
    let clock_ms = known.clock.millis();
    let baseline = params.scope.before(range);
    let judge = Judge::new(Basis { tallies: &tallies, range, baseline, interval, clock_ms, has_baseline, incomplete: &incomplete });
    let none = BTreeMap::new();
    // Of so many services only those with most have cells: what the others counted when is not known.
    let cut = !params.shown.is_empty() || items.iter().zip(&replies).any(|(item, reply)| *item == Item::Cells && reply.others("services") > 0);
    let mut services: Vec<ServiceErrors> = tallies
        .iter()
        .map(|(service, tally)| {
            let (state, surprise) = judge.state(service, tally);
            let row = cells.get(service).unwrap_or(&none);
            let untold = cut && row.is_empty() && total(params.measure, &tally.totals) != Some(0.0);
            let newest = tally.newest_ms().map(Timestamp::from_millis);
            let cell = |column: &Column| {
                let after_newest = matches!(column, Column::Start(start) if newest.is_none_or(|n| *start > n.millis()));
                if untold || (state == State::Late && after_newest) {
                    return None;
                }
                row.get(column).map_or_else(|| Figure::default().value(params.measure), |figure| figure.value(params.measure))
            };
            let before = if params.scope.narrows_records() { tally.usual.unwrap_or_default() } else { tally.baseline };
            let usual = (before.requests >= FEW_REQUESTS).then(|| before.error_share()).flatten();
            ServiceErrors {
                service: service.clone(),
                total: total(params.measure, &tally.totals),
                requests: tally.totals.requests,
                failed: tally.totals.failed,
                unfinished: tally.totals.unfinished(),
                error_share: tally.totals.error_share(),
                usual,
                usual_per_min: tally.day.per_minute(clock_ms.min(range.to.millis())),
                newest,
                lag_ms: tally.counts().recent_lag_ms,
                state,
                surprise,
                cells: columns.iter().map(cell).collect(),
            }
        })
        .collect();
    services.sort_by(|a, b| b.total.partial_cmp(&a.total).unwrap_or(std::cmp::Ordering::Equal).then_with(|| a.service.cmp(&b.service)));
    say_what_is_missing(params, known, &services, &tallies, &mut trust);
    say_wrong_clocks(&day, &mut trust);
    if let Some(top) = params.top.filter(|top| *top < services.len()) {
        trust.completeness.note(format!("the first {top} of {} services are listed", services.len()));
        services.truncate(top);
    }
    let partial = if params.by == By::Time { range.partial(interval, known.clock) } else { Vec::new() };
    if partial.iter().any(|at| *at + 1 == columns.len()) && params.by == By::Time {
        trust.completeness.note("the last column is still filling");
    }
    let baseline = has_baseline.then_some(baseline);
    let markers = markers(&tallies);
    Ok(Errors {
        range,
        interval,
        measure: params.measure,
        by: params.by.clone(),
        baseline,
        columns,
        partial,
        markers,
        services,
        clock: known.clock,
        day,
        cells_of_some: cut,
        completeness: trust.completeness,
    })
}

/// Takes the day before from an earlier answer where it was not asked again, or keeps it for the next.
fn look_at_day(
    tallies: &mut BTreeMap<String, Tally>,
    earlier: Option<Arc<DayLook>>,
    params: &ErrorsParams,
    known: &Known,
    ahead: BTreeMap<String, (u64, i64)>,
) -> Arc<DayLook> {
    match earlier {
        Some(earlier) => {
            for (service, day) in &earlier.days {
                tallies.entry(service.clone()).or_default().day = day.clone();
            }
            earlier
        }
        None => {
            let days = tallies.iter().map(|(service, tally)| (service.clone(), tally.day.clone())).collect();
            let (range, _) = params.scope.at(known.clock);
            Arc::new(DayLook { asked: known.clock, to: range.to, services: params.scope.service_clauses(), days, ahead })
        }
    }
}

/// Services of which an index did not answer, by its name; those that have no record left get a row all the same.
fn incomplete_services(known: &Known, trust: &Trust, tallies: &mut BTreeMap<String, Tally>) -> Vec<String> {
    let lost = trust.failed_indices.iter().chain(&known.schemas.closed);
    let names: BTreeSet<String> = lost.map(|index| service_of_index(index, &known.target)).filter(|name| !name.is_empty()).collect();
    for name in &names {
        tallies.entry(name.clone()).or_default();
    }
    names.into_iter().collect()
}

fn note_cut_lists(items: &[Item], replies: &[Reply], trust: &mut Trust) {
    for (item, reply) in items.iter().zip(replies) {
        let others = reply.others("services");
        if !matches!(item, Item::Cells | Item::DayOfMost) && others > 0 {
            trust.completeness.missing(format!(
                "there are more services than can be asked for at once; {others} records are of others: narrow with --filter service:…"
            ));
            return;
        }
    }
}

fn total(measure: Measure, counts: &Counts) -> Option<f64> {
    match measure {
        Measure::Errors => Some(counts.errors as f64),
        Measure::Failed => Some(counts.failed as f64),
        Measure::Share => (counts.requests > 0).then(|| counts.failed as f64 / counts.requests as f64),
        Measure::Requests => Some(counts.requests as f64),
        Measure::Records => Some(counts.records as f64),
        Measure::Slow => Some(counts.slow as f64),
        Measure::P95 => counts.p95,
    }
}

fn cells_and_columns(params: &ErrorsParams, known: &Known, items: &[Item], replies: &[Reply]) -> (Cells, Vec<Column>) {
    let of_cells = || items.iter().zip(replies).filter(|(item, _)| **item == Item::Cells).map(|(_, reply)| reply);
    let (range, interval) = params.scope.at(known.clock);
    let mut cells = Cells::new();
    match &params.by {
        By::Time => {
            for bucket in of_cells().flat_map(|reply| reply.buckets("services")) {
                let row = cells.entry(bucket.term().to_string()).or_default();
                for cell in bucket.buckets("cells") {
                    row.entry(Column::Start(cell.start())).or_default().add(cell);
                }
            }
            (cells, range.columns(interval).into_iter().map(Column::Start).collect())
        }
        By::Field(field) => by_field(field, of_cells(), cells),
    }
}

fn by_field<'a>(field: &Field, replies: impl Iterator<Item = &'a Reply>, mut cells: Cells) -> (Cells, Vec<Column>) {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut whole: BTreeMap<String, Figure> = BTreeMap::new();
    let mut without = false;
    for reply in replies {
        for value in reply.buckets("values") {
            let level = (*field == Field::Level).then(|| Level::parse(value.term())).flatten();
            let name: &str = match level {
                Some(level) => level.name(),
                None => value.term(),
            };
            *counts.entry(name.to_string()).or_default() += value.count;
            for service in value.buckets("services") {
                cells.entry(service.term().to_string()).or_default().entry(Column::Value(name.to_string())).or_default().add(service);
            }
        }
        for service in reply.one("none").map(|none| none.buckets("services")).unwrap_or_default() {
            without |= service.count > 0;
            cells.entry(service.term().to_string()).or_default().entry(Column::Value(NO_VALUE.to_string())).or_default().add(service);
        }
        for service in reply.buckets("services") {
            whole.entry(service.term().to_string()).or_default().add(service);
        }
    }
    if *field == Field::Level {
        return (cells, Level::ALL.iter().map(|level| Column::Value(level.name().to_string())).collect());
    }
    let mut values: Vec<(String, u64)> = counts.into_iter().collect();
    values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    values.truncate(VALUES);
    let mut columns: Vec<Column> = values.into_iter().map(|(name, _)| Column::Value(name)).collect();
    let others = others(&mut cells, &whole, &columns);
    if others {
        columns.push(Column::Value(OTHER_VALUES.to_string()));
    }
    if without {
        columns.push(Column::Value(NO_VALUE.to_string()));
    }
    (cells, columns)
}

const OTHER_VALUES: &str = "(other)";
const NO_VALUE: &str = "(none)";

/// What is in no listed value is in "(other)"; a percentile cannot be had by subtraction.
fn others(cells: &mut Cells, whole: &BTreeMap<String, Figure>, columns: &[Column]) -> bool {
    let mut any = false;
    for (service, all) in whole {
        let row = cells.entry(service.clone()).or_default();
        let none = Column::Value(NO_VALUE.to_string());
        let listed = columns.iter().chain([&none]).filter_map(|column| row.get(column).copied());
        let (count, part) = listed.fold((0, 0), |(count, part), figure| (count + figure.count, part + figure.part));
        let rest = Figure { count: all.count.saturating_sub(count), part: all.part.saturating_sub(part), p95: None, groups: 1 };
        any |= rest.count > 0;
        row.insert(Column::Value(OTHER_VALUES.to_string()), rest);
    }
    any
}

fn markers(tallies: &BTreeMap<String, Tally>) -> Vec<Marker> {
    let mut markers: Vec<Marker> = tallies
        .iter()
        .flat_map(|(service, tally)| {
            let new = |(_, first): &(&String, &i64)| {
                tally.day.oldest_ms.is_some_and(|oldest| **first - oldest >= PAST_MS) && tally.day.records_before(**first) >= PAST_RECORDS
            };
            let marker = |(value, first): (&String, &i64)| Marker {
                service: service.clone(),
                field: Field::Version,
                value: value.clone(),
                first_seen: Timestamp::from_millis(*first),
            };
            tally.day.versions.iter().filter(new).map(marker)
        })
        .collect();
    markers.sort_by(|a, b| a.first_seen.cmp(&b.first_seen).then_with(|| a.service.cmp(&b.service)));
    markers
}

fn say_what_is_missing(params: &ErrorsParams, known: &Known, services: &[ServiceErrors], tallies: &BTreeMap<String, Tally>, trust: &mut Trust) {
    let (range, interval) = params.scope.at(known.clock);
    let newest = services.iter().filter_map(|s| s.newest).max();
    trust.reaches(newest.map(|at| at.millis() as f64), range, interval, known);
    let said = &mut trust.completeness;
    let of = |state: State| services.iter().filter(|s| s.state == state).map(|s| s.service.as_str()).collect::<Vec<_>>().join(", ");
    let late = of(State::Late);
    if !late.is_empty() {
        said.missing(format!("records of {late} have not arrived yet"));
    }
    let incomplete = of(State::Incomplete);
    if !incomplete.is_empty() {
        said.missing(format!("figures of {incomplete} are lower bounds"));
    }
    let oldest = tallies.values().filter_map(|tally| tally.day.oldest_ms).min();
    if let Some(oldest) = oldest.filter(|oldest| range.to.millis() - oldest < crate::answers::scope::DAY_MS - 600_000) {
        said.note(format!(
            "history only since {}: roster and usual rates come from that",
            Timestamp::from_millis(oldest / 1000 * 1000).rfc3339().replace(".000", "")
        ));
    }
    let joined: Vec<&str> = tallies.iter().filter(|(_, t)| t.totals.groups > 1).map(|(name, _)| name.as_str()).collect();
    if params.measure == Measure::P95 && !joined.is_empty() {
        said.note(format!("{} write into indices that are mapped differently: their percentiles cannot be joined", joined.join(", ")));
    }
}

/// A clock that prints another zone is off by whole hours, give or take what records take to arrive.
fn whole_hours(lag_ms: f64) -> Option<i64> {
    let hours = (lag_ms / 3_600_000.0).round();
    (hours.abs() >= 1.0 && (lag_ms - hours * 3_600_000.0).abs() < 120_000.0).then_some(hours as i64)
}

/// Records of times that have not come yet, by service: how many, and how far ahead the furthest (ms).
fn ahead(known: &Known, items: &[Item], replies: &[Reply]) -> BTreeMap<String, (u64, i64)> {
    let mut ahead: BTreeMap<String, (u64, i64)> = BTreeMap::new();
    for bucket in items.iter().zip(replies).filter(|(item, _)| **item == Item::Ahead).flat_map(|(_, reply)| reply.buckets("services")) {
        let by_ms = bucket.number("newest").map_or(0, |newest| newest as i64 - known.clock.millis());
        let entry = ahead.entry(bucket.term().to_string()).or_default();
        *entry = (entry.0 + bucket.count, entry.1.max(by_ms));
    }
    ahead
}

fn say_wrong_clocks(day: &DayLook, trust: &mut Trust) {
    for (service, (count, by_ms)) in &day.ahead {
        let by = crate::model::printable::age(*by_ms);
        trust.completeness.missing(format!(
            "{count} {} of {service} {} in the future, up to {by} ahead, and in no count: its clock or zone is wrong",
            if *count == 1 { "record" } else { "records" },
            if *count == 1 { "lies" } else { "lie" }
        ));
    }
    for (service, day) in &day.days {
        if let Some(hours) = day.usual_lag_ms.and_then(whole_hours) {
            trust.completeness.note(format!("records of {service} arrive {hours} h after the time they carry: its clock may print another zone"));
        }
    }
    for flaw in [TimestampFlaw::NoFraction, TimestampFlaw::LiteralPercentF, TimestampFlaw::NoZone] {
        let names: Vec<&str> = day.days.iter().filter(|(_, day)| day.flaw == Some(flaw)).map(|(name, _)| name.as_str()).collect();
        if !names.is_empty() {
            trust.completeness.note(format!("timestamps of {} {}", few(&names, 5, "services"), flaw.says()));
        }
    }
}

impl PartialOrd for Column {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Column {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Column::Start(a), Column::Start(b)) => a.cmp(b),
            (Column::Value(a), Column::Value(b)) => a.cmp(b),
            (Column::Start(_), Column::Value(_)) => std::cmp::Ordering::Less,
            (Column::Value(_), Column::Start(_)) => std::cmp::Ordering::Greater,
        }
    }
}
