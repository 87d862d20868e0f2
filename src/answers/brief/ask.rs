//! What the brief asks, in three requests: the day by service and a sample of traces; those traces; what their requests have
//! in common.

use super::BriefParams;
use super::counting::{Counting, refused};
use super::fields::{FIELDS, PLACES, attributes, fields, values_of};
use crate::analysis::incident::{Ail, CauseKind, Onset, kind_of};
use crate::answers::Known;
use crate::answers::clauses::{error_record, failed, request, slow, start, timed};
use crate::answers::scope::most_services;
use crate::model::{Level, TimeRange, Timestamp};
use crate::query::{Agg, Clause, Hits, Name, Order, Search};
use crate::schema::{Field, FieldMap, Group};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How far back: a little more than a day, so that what happens every night at this time is known.
pub const DAY_MS: i64 = 26 * 3_600_000;
/// The width in which it is looked at.
pub const DAY_CELL_MS: i64 = 600_000;
/// The last hours are looked at more closely.
pub const HOURS_MS: i64 = 2 * 3_600_000;
/// In this width.
pub const HOURS_CELL_MS: i64 = 60_000;
/// The onset is looked for in this width, so far to either side of where it seems to be.
pub const FINE_CELL_MS: i64 = 10_000;
const FINE_MS: i64 = 16 * 60_000;

/// The last hours in slices, of each so many: records that fail, records of any request, slow ones.
const RECENT: [(i64, usize, Kind); 3] = [(16, 12, Kind::Failing), (16, 6, Kind::Any), (8, 5, Kind::Slow)];
/// The time before.
const EARLIER: [(i64, usize, Kind); 2] = [(8, 6, Kind::Failing), (10, 8, Kind::Any)];
/// The last minutes: an incident may be young.
const LATEST: [(i64, usize, Kind); 4] = [(6, 24, Kind::Failing), (6, 5, Kind::Any), (6, 4, Kind::Slow), (6, 3, Kind::Refused)];
const LATEST_MS: i64 = 12 * 60_000;

/// So many errors outside of traces are read of a service, now and before.
const LOOSE: usize = 20;
/// So many warnings and errors are read from about the onset on.
const FIRST: usize = 40;
const BEFORE_ONSET_MS: i64 = 30_000;
/// Few failures may have begun so long before they can be told from chance.
const UNNOTICED_MS: i64 = 300_000;
const EARLIER_OF: usize = 100;
const SOON_MS: i64 = 180_000;
/// Ids of so many traces go into one search.
const IDS: usize = 40;
/// The values of each that are counted.
const VALUES: usize = 100;
/// Who sends the requests is counted minute after minute for so many services, by so many fields, the most frequent so many.
const SENDERS_OF: usize = 4;
const SENDER_FIELDS: usize = 4;
const SENDERS: usize = 8;
/// From so long before the onset on, ms.
const QUIET_MS: i64 = 1_200_000;

/// What a trace was found by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// It has a failing record.
    Failing,
    /// A request, by chance.
    Any,
    /// A slow request.
    Slow,
    /// A request that was turned away.
    Refused,
}

/// What a search was for.
#[derive(Clone, PartialEq, Debug)]
pub enum Item {
    /// Counts by service and time.
    Course(Counting),
    /// First and last appearance of values, by service.
    Changes(Vec<Field>),
    /// Ids of traces.
    Ids,
    /// Traces, whole.
    Traces,
    /// Error records outside of any trace.
    Loose,
    /// The first warnings and errors since the onset.
    First,
    /// Warnings and errors from a while before where the onset seems to be, the oldest first.
    Earlier,
    /// Counts by service and time, finely, around the onset.
    Fine(Counting),
    /// Values of fields of a service, among bad requests or among all.
    Values {
        /// Whose.
        service: String,
        /// Which.
        fields: Vec<Field>,
        /// Which requests.
        part: Part,
    },
    /// Requests of a service by who sent them, minute after minute.
    Senders {
        /// Whose requests.
        service: String,
        /// Who.
        field: Field,
    },
    /// Bad records and all of them, by service and what that field tells of where it runs.
    Machines(Field),
    /// Failed and all requests, users, endpoints of the entry.
    Impact,
    /// The same endpoints before it.
    ImpactBefore,
}

/// Which requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// That went bad, in the incident.
    Bad,
    /// All, in the incident.
    All,
    /// All, before it.
    Before,
    /// That went bad before it.
    BadBefore,
}

/// Searches with what each is for.
pub type Asked = Vec<(Item, Search)>;

fn clauses(params: &BriefParams, range: TimeRange, more: Vec<Clause>) -> Vec<Clause> {
    std::iter::once(Clause::During(range)).chain(params.scope.service_clauses()).chain(more).collect()
}

fn service_terms(size: usize, subs: Vec<(Name, Agg)>) -> Agg {
    Agg::Terms { field: Field::Service, size, subs }
}

fn range(from_ms: i64, to_ms: i64) -> TimeRange {
    TimeRange { from: Timestamp::from_millis(from_ms), to: Timestamp::from_millis(to_ms.max(from_ms + 1)) }
}

/// The first request.
pub fn first(params: &BriefParams, known: &Known, now_ms: i64) -> Asked {
    let mut asked = Vec::new();
    let day = range(now_ms - DAY_MS, now_ms);
    let hours = range(now_ms - HOURS_MS, now_ms);
    for group in known.schemas.counted() {
        for what in Counting::ALL {
            let Some(clause) = what.clauses(&group.map) else { continue };
            let histogram = |interval_ms| Agg::Histogram { interval_ms, subs: what.beside() };
            let fine = Agg::Filter { clause: Clause::During(hours), subs: vec![("minutes", histogram(HOURS_CELL_MS))] };
            let cells = (DAY_MS / DAY_CELL_MS + HOURS_MS / HOURS_CELL_MS + 4) as usize;
            let terms = service_terms(most_services(cells), vec![("day", histogram(DAY_CELL_MS)), ("hours", fine)]);
            asked.push((Item::Course(what), Search::counting(group, clauses(params, day, clause), vec![("services", terms)])));
        }
        let mut fields: Vec<Field> = [Field::Version, Field::Host].into_iter().filter(|f| group.map.countable(f)).collect();
        fields.extend(attributes(&group.map).into_iter().filter(|f| f.name().contains("image")).take(2));
        let seen = |field: &Field| Agg::Terms {
            field: field.clone(),
            size: 12,
            subs: vec![("first", Agg::Min(Field::Timestamp)), ("last", Agg::Max(Field::Timestamp))],
        };
        if !fields.is_empty() {
            let mut subs: Vec<(Name, Agg)> = PLACES.iter().copied().zip(fields.iter().map(seen)).collect();
            subs.push(("first", Agg::Min(Field::Timestamp)));
            let terms = service_terms(most_services(13 * fields.len()), subs);
            asked.push((Item::Changes(fields), Search::counting(group, clauses(params, day, Vec::new()), vec![("services", terms)])));
        }
        if group.map.has(&Field::TraceId) {
            sample(params, group, now_ms, &mut asked);
        }
    }
    asked
}

fn sample(params: &BriefParams, group: &Arc<Group>, now_ms: i64, asked: &mut Asked) {
    let map = &group.map;
    let parts =
        [(now_ms - HOURS_MS, now_ms, RECENT.as_slice()), (now_ms - DAY_MS, now_ms - HOURS_MS, &EARLIER), (now_ms - LATEST_MS, now_ms, &LATEST)];
    for (from, to, kinds) in parts {
        for (slices, each, kind) in kinds {
            let found_by = match kind {
                Kind::Failing => Clause::Either(vec![error_record(Level::Error), failed(map, Level::Error)]),
                Kind::Any => request(map),
                Kind::Slow => Clause::Above(Field::Duration, params.scope.threshold_ms),
                Kind::Refused => match refused(map) {
                    Some(clause) => clause,
                    None => continue,
                },
            };
            // A second look a little later is to read the same traces again: a statement is not to change by chance.
            for slice in range(from, to).lasting_slices(*slices) {
                let more = vec![found_by.clone(), Clause::Exists(Field::TraceId)];
                asked.push((Item::Ids, Search::listing(group, clauses(params, slice, more), *each, Order::Newest).only(&[Field::TraceId])));
            }
        }
    }
}

/// The second request: the traces, and the time around the onset.
pub fn second(params: &BriefParams, known: &Known, ids: &[String], onset: Option<Onset>, erring: &[&str], now_ms: i64) -> Asked {
    let mut asked = Vec::new();
    let around = range(now_ms - DAY_MS - 600_000, now_ms);
    for group in &known.schemas.groups {
        for ids in ids.chunks(IDS) {
            let clauses = vec![Clause::During(around), Clause::AnyOf(Field::TraceId, ids.to_vec())];
            let hits = Some(Hits { size: 6000, order: Order::Oldest, stored_from: None, only: Vec::new(), apart: false });
            asked.push((Item::Traces, Search { group: group.clone(), clauses, aggs: Vec::new(), hits }));
        }
    }
    let Some(onset) = onset else { return asked };
    // Where spans are counted, what is said stands in the logs beside them.
    for group in known.schemas.groups.iter().filter(|group| group.map.has(&Field::TraceId)) {
        for service in erring.iter().copied() {
            let complains = || vec![Clause::is(Field::Service, service), error_record(Level::Warn)];
            let soon = range(onset.from_ms - BEFORE_ONSET_MS, onset.from_ms + SOON_MS);
            asked.push((Item::First, Search::listing(group, clauses(params, soon, complains()), FIRST, Order::Oldest)));
            let unnoticed = range(onset.from_ms - UNNOTICED_MS, onset.from_ms + SOON_MS);
            asked.push((Item::Earlier, Search::listing(group, clauses(params, unnoticed, complains()), EARLIER_OF, Order::Oldest)));
            for time in [range(onset.from_ms - HOURS_MS, onset.from_ms), range(onset.from_ms, onset.to_ms)] {
                let more = vec![Clause::is(Field::Service, service), error_record(Level::Error), Clause::Exists(Field::TraceId).negated()];
                asked.push((Item::Loose, Search::listing(group, clauses(params, time, more), LOOSE, Order::Newest)));
            }
        }
    }
    let fine = range(onset.from_ms - FINE_MS, (onset.from_ms + FINE_MS).min(now_ms));
    let whats: &[Counting] = match onset.ail {
        Ail::Fails | Ail::Refuses => &[Counting::Failed, Counting::Requests, Counting::Starts, Counting::Completions, Counting::Refused],
        Ail::Errs => &[Counting::Errors, Counting::Records],
        Ail::Slow => &[Counting::Timed],
        Ail::Surges => &[Counting::Requests],
        Ail::Idles => &[Counting::Requests, Counting::Records, Counting::Traced],
    };
    for group in known.schemas.counted() {
        for what in whats {
            let Some(clause) = what.clauses(&group.map) else { continue };
            let histogram = Agg::Histogram { interval_ms: FINE_CELL_MS, subs: what.beside() };
            let terms = service_terms(most_services((2 * FINE_MS / FINE_CELL_MS) as usize + 2), vec![("fine", histogram)]);
            asked.push((Item::Fine(*what), Search::counting(group, clauses(params, fine, clause), vec![("services", terms)])));
        }
    }
    asked
}

/// Whose requests are looked at in the third request, and which of them are bad.
#[derive(Clone, PartialEq, Debug)]
pub struct Lead {
    /// Whose.
    pub service: String,
    /// What is wrong with it.
    pub ail: Ail,
    /// Slower than this is bad, where it is slow, ms.
    pub slow_ms: f64,
    /// Its failures are seen in error records rather than in completed requests.
    pub by_errors: bool,
}

/// The third request. `suffering` are the services whose machines are looked at, with the duration from which on a request of theirs is
/// slow where they do not fail.
pub fn third(
    params: &BriefParams,
    known: &Known,
    leads: &[Lead],
    entry: Option<&str>,
    suffering: &BTreeMap<String, Option<f64>>,
    onset: Onset,
    before: TimeRange,
) -> Asked {
    let mut asked = Vec::new();
    let during = range(onset.from_ms, onset.to_ms);
    for group in known.schemas.counted() {
        let map = &group.map;
        for lead in leads {
            let (bad, all) = bad_and_all(lead, map);
            for fields in fields(map).chunks(FIELDS) {
                let parts = [(Part::Bad, &bad, during), (Part::All, &all, during), (Part::Before, &all, before), (Part::BadBefore, &bad, before)];
                for (part, clause, range) in parts {
                    let more = vec![Clause::is(Field::Service, &lead.service), clause.clone()];
                    let item = Item::Values { service: lead.service.clone(), fields: fields.to_vec(), part };
                    asked.push((item, Search::counting(group, clauses(params, range, more), values_of(fields, VALUES))));
                }
            }
        }
        let who = |field: &Field| matches!(kind_of(field.name(), &params.who), Some(CauseKind::Tenant | CauseKind::Client));
        let senders: Vec<Field> = fields(map).into_iter().filter(who).take(SENDER_FIELDS).collect();
        let minutes = range((onset.from_ms - QUIET_MS).div_euclid(HOURS_CELL_MS) * HOURS_CELL_MS, onset.to_ms);
        for (lead, field) in leads.iter().take(SENDERS_OF).flat_map(|lead| senders.iter().map(move |field| (lead, field))) {
            let histogram = Agg::Histogram { interval_ms: HOURS_CELL_MS, subs: Vec::new() };
            let terms = Agg::Terms { field: field.clone(), size: SENDERS, subs: vec![("first", Agg::Min(Field::Timestamp)), ("minutes", histogram)] };
            let more = vec![Clause::is(Field::Service, &lead.service), request(map)];
            let item = Item::Senders { service: lead.service.clone(), field: field.clone() };
            asked.push((item, Search::counting(group, clauses(params, minutes, more), vec![("senders", terms)])));
        }
        if suffering.len() > 1 {
            for field in places(map) {
                let services = service_terms(suffering.len(), vec![("places", of_suffering(suffering, map, &field))]);
                let timed = suffering.values().any(Option::is_some).then(|| timed(map));
                // One that raised never completes: records are counted, not requests.
                let more = std::iter::once(Clause::AnyOf(Field::Service, suffering.keys().cloned().collect())).chain(timed).collect();
                asked.push((Item::Machines(field), Search::counting(group, clauses(params, during, more), vec![("services", services)])));
            }
        }
        if let Some(entry) = entry {
            let bad = failed(map, Level::Error);
            let terms = || Agg::Terms { field: Field::Path, size: 20, subs: vec![("failed", Agg::Filter { clause: bad.clone(), subs: Vec::new() })] };
            let tenant = fields(map).into_iter().find(|f| kind_of(f.name(), &params.who) == Some(CauseKind::Tenant));
            let tenants = tenant.map(|field| ("tenants", Agg::Distinct(field)));
            let users = Agg::Filter { clause: bad.clone(), subs: std::iter::once(("users", Agg::Distinct(Field::User))).chain(tenants).collect() };
            let more = vec![Clause::is(Field::Service, entry), request(map)];
            asked.push((Item::ImpactBefore, Search::counting(group, clauses(params, before, more.clone()), vec![("paths", terms())])));
            asked.push((Item::Impact, Search::counting(group, clauses(params, during, more), vec![("paths", terms()), ("failed", users)])));
        }
    }
    asked
}

/// The fields that tell where a service runs: on which machine, in which zone.
fn places(map: &FieldMap) -> Vec<Field> {
    let zone = |field: &Field| kind_of(field.name(), &[]) == Some(CauseKind::Host);
    let host = Some(Field::Host).filter(|field| map.countable(field));
    host.into_iter().chain(attributes(map).into_iter().find(zone)).collect()
}

/// How many of all records of a place are bad ones of who suffers.
fn of_suffering(suffering: &BTreeMap<String, Option<f64>>, map: &FieldMap, field: &Field) -> Agg {
    let slow = |(service, ms): (&String, &Option<f64>)| {
        ms.map(|ms| Clause::Every(vec![Clause::is(Field::Service, service), Clause::Above(Field::Duration, ms)]))
    };
    let slow: Vec<Clause> = suffering.iter().filter_map(slow).collect();
    let bad = Clause::Either(if slow.is_empty() { vec![failed(map, Level::Error), error_record(Level::Error)] } else { slow });
    Agg::Terms { field: field.clone(), size: 50, subs: vec![("bad", Agg::Filter { clause: bad, subs: Vec::new() })] }
}

/// The bad requests of a service and all of them.
fn bad_and_all(lead: &Lead, map: &FieldMap) -> (Clause, Clause) {
    match lead.ail {
        Ail::Slow => (slow(map, lead.slow_ms), timed(map)),
        Ail::Refuses => (refused(map).unwrap_or_else(|| failed(map, Level::Error)), request(map)),
        Ail::Surges | Ail::Idles => (request(map), request(map)),
        Ail::Errs => (error_record(Level::Error), Clause::Every(Vec::new())),
        // One that raised may never complete: its start is there, and its error.
        Ail::Fails if lead.by_errors => (error_record(Level::Error), start(map).unwrap_or_else(|| request(map))),
        Ail::Fails => (failed(map, Level::Error), request(map)),
    }
}
