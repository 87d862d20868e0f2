//! What the replies to a brief say: courses, traces, values.

use super::Impact;
use super::ask::{DAY_CELL_MS, DAY_MS, FINE_CELL_MS, HOURS_CELL_MS, HOURS_MS, Item, Lead, Part};
use super::counting::Counting;
use super::fields::PLACES;
use crate::analysis::incident::{Ail, Cell, Change, Counted, Course, Evidence, Heard, Onset, Sample, Service, Stretch, Symptom, growth, rank};
use crate::answers::Known;
use crate::answers::gather::{trace_id, traces};
use crate::model::TimeRange;
use crate::query::{Bucket, Reply, Search};
use crate::schema::{Field, read_records};
use std::collections::{BTreeMap, HashMap, HashSet};

type Asked = [(Item, Search)];

fn course(from_ms: i64, to_ms: i64, interval_ms: i64) -> Course {
    let from_ms = from_ms.div_euclid(interval_ms) * interval_ms;
    let cells = usize::try_from((to_ms - from_ms).div_euclid(interval_ms) + 1).unwrap_or(0);
    Course { from_ms, interval_ms, cells: vec![Cell::default(); cells] }
}

fn fill(course: &mut Course, what: Counting, buckets: &[Bucket]) {
    for bucket in buckets {
        let at = usize::try_from((bucket.start() - course.from_ms).div_euclid(course.interval_ms.max(1))).unwrap_or(usize::MAX);
        let Some(cell) = course.cells.get_mut(at) else { continue };
        match what {
            Counting::Records => cell.records += bucket.count,
            Counting::Errors => cell.errors += bucket.count,
            Counting::Requests => cell.requests += bucket.count,
            Counting::Failed => cell.failed += bucket.count,
            Counting::Refused => cell.refused += bucket.count,
            Counting::Starts => cell.starts += bucket.count,
            Counting::Completions => cell.completions += bucket.count,
            Counting::Traced => cell.traced += bucket.count,
            Counting::Timed => {
                cell.timed += bucket.count;
                cell.busy_ms += bucket.number("avg").unwrap_or(0.0) * bucket.count as f64;
            }
        }
    }
}

/// The courses of all services, what changed in the day, and from which machines they were heard of.
pub fn day(asked: &Asked, replies: &[Reply], now_ms: i64) -> (Vec<Service>, Vec<Change>, Vec<Heard>) {
    let mut services: BTreeMap<String, Service> = BTreeMap::new();
    let (mut changes, mut heard): (Vec<Change>, Vec<Heard>) = (Vec::new(), Vec::new());
    for ((item, _), reply) in asked.iter().zip(replies) {
        for bucket in reply.buckets("services") {
            match item {
                Item::Course(what) => {
                    let fresh = || Service {
                        name: bucket.term().to_string(),
                        day: course(now_ms - DAY_MS, now_ms, DAY_CELL_MS),
                        hours: course(now_ms - HOURS_MS, now_ms, HOURS_CELL_MS),
                    };
                    let service = services.entry(bucket.term().to_string()).or_insert_with(fresh);
                    fill(&mut service.day, *what, bucket.buckets("day"));
                    fill(&mut service.hours, *what, bucket.one("hours").map_or(&[][..], |hours| hours.buckets("minutes")));
                }
                Item::Changes(fields) => {
                    changes_of(bucket, fields, &mut changes);
                    heard_from(bucket, fields, &mut heard);
                }
                _ => {}
            }
        }
    }
    // History may be shorter than what was looked at: cells before the first record are no quiet ones.
    let first = services.values().filter_map(|s| s.day.cells.iter().position(|c| c.records > 0)).min().unwrap_or(0);
    for service in services.values_mut() {
        cut(&mut service.day, first);
        let start = service.day.from_ms;
        let skip = service.hours.at(start);
        cut(&mut service.hours, skip);
    }
    let first_minute = services.values().filter_map(|s| s.hours.cells.iter().position(|c| c.records > 0)).min().unwrap_or(0);
    services.values_mut().for_each(|s| cut(&mut s.hours, first_minute));
    (services.into_values().collect(), joined(changes), heard)
}

fn heard_from(bucket: &Bucket, fields: &[Field], heard: &mut Vec<Heard>) {
    let hosts = PLACES.iter().zip(fields).filter(|(_, field)| **field == Field::Host).flat_map(|(place, _)| bucket.buckets(place));
    let of = |host: &Bucket| {
        let (first, last) = (host.number("first")?, host.number("last")?);
        let (service, host_name) = (bucket.term().to_string(), host.term().to_string());
        Some(Heard { service, host: host_name, first_ms: first as i64, last_ms: last as i64, records: host.count })
    };
    heard.extend(hosts.filter_map(of));
}

fn cut(course: &mut Course, first: usize) {
    let first = first.min(course.cells.len());
    course.cells.drain(..first);
    course.from_ms += course.interval_ms * first as i64;
}

fn changes_of(bucket: &Bucket, fields: &[Field], changes: &mut Vec<Change>) {
    let number = |bucket: &Bucket, name| bucket.number(name).map(|n| n as i64);
    let Some(service_from_ms) = number(bucket, "first") else { return };
    for (place, field) in PLACES.iter().zip(fields) {
        let values = bucket.buckets(place);
        // A machine among dozens comes and goes; one of two that changes is news.
        if values.len() < 2 || (*field == Field::Host && values.len() > 6) {
            continue;
        }
        for value in values {
            if let (Some(first_ms), Some(last_ms)) = (number(value, "first"), number(value, "last")) {
                let field = if field.name().contains("image") { "image" } else { field.name() }.to_string();
                let (service, value_name) = (bucket.term().to_string(), value.term().to_string());
                changes.push(Change { service, field, value: value_name, first_ms, last_ms, records: value.count, service_from_ms });
            }
        }
    }
}

/// Each change once: spans and the logs beside them tell of the same version.
fn joined(changes: Vec<Change>) -> Vec<Change> {
    let mut places: HashMap<[String; 3], usize> = HashMap::new();
    let mut found: Vec<Change> = Vec::new();
    for change in changes {
        let place = *places.entry([&change.service, &change.field, &change.value].map(Clone::clone)).or_insert(found.len());
        match found.get_mut(place) {
            Some(known) => known.join(&change),
            None => found.push(change),
        }
    }
    found
}

/// The ids of the traces to read, each once.
pub fn ids(asked: &Asked, replies: &[Reply]) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for ((_, search), reply) in asked.iter().zip(replies).filter(|((item, _), _)| *item == Item::Ids) {
        let listed = reply.hits.iter().filter_map(|hit| trace_id(search, hit));
        found.extend(listed.filter(|id| seen.insert(*id)).map(str::to_string));
    }
    found
}

/// The traces, put together.
pub fn sample(known: &Known, asked: &Asked, replies: &[Reply]) -> Sample {
    let mut seen = HashSet::new();
    let (mut records, mut loose, mut first, mut earlier) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for ((item, search), reply) in asked.iter().zip(replies) {
        if !matches!(item, Item::Traces | Item::Loose | Item::First | Item::Earlier) {
            continue;
        }
        for hit in &reply.hits {
            // A record may be one of a trace and one of the first as well.
            let list = [Item::First, Item::Earlier].iter().position(|own| own == item);
            if !seen.insert((list, hit.place.clone())) {
                continue;
            }
            let read = read_records(&search.group.map, hit.fields.clone());
            match item {
                Item::Loose => loose.extend(read),
                Item::First => first.extend(read),
                Item::Earlier => earlier.extend(read),
                _ => records.extend(read),
            }
        }
    }
    Sample { traces: traces(known, records).collect(), loose, first, earlier }
}

/// The fine course of a service.
pub fn fine(asked: &Asked, replies: &[Reply], service: &str) -> Option<Course> {
    let range = asked.iter().filter(|(item, _)| matches!(item, Item::Fine(_))).find_map(|(_, search)| search.during())?;
    let mut total = course(range.from.millis(), range.to.millis(), FINE_CELL_MS);
    for ((item, _), reply) in asked.iter().zip(replies) {
        let Item::Fine(what) = item else { continue };
        for bucket in reply.buckets("services").iter().filter(|b| b.term() == service) {
            fill(&mut total, *what, bucket.buckets("fine"));
        }
    }
    Some(total)
}

/// Where in the fine course of a service the change is that its symptom tells of.
pub fn onset_in(mut course: Course, symptom: &Symptom) -> Option<i64> {
    let Stretch { from_ms, to_ms, within_ms, .. } = symptom.stretch;
    let sum = course.sum(from_ms, to_ms);
    if sum.failed * 2 >= sum.bad() {
        // In cells this fine much has begun that ends in the next one.
        course.cells.iter_mut().for_each(|cell| (cell.starts, cell.completions) = (0, 0));
    }
    // The rough cell holds the onset, or the one before or after it does.
    let slack = within_ms + 60_000;
    course.turn(symptom.ail, from_ms - slack, from_ms + within_ms + slack)
}

/// How often requests fail before the onset, as a share of how often they do after it.
pub fn chronic(services: &[Service], onset: &Onset) -> f64 {
    let (mut now, mut before, mut before_ms) = (0.0, 0.0, 0.0);
    for service in services {
        let course = if service.hours.from_ms + 600_000 < onset.from_ms { &service.hours } else { &service.day };
        let sum = |cell: Cell| (cell.failed + cell.errors) as f64;
        now += sum(course.sum(onset.from_ms, onset.to_ms));
        before += sum(course.sum(course.from_ms, onset.from_ms));
        before_ms = f64::max(before_ms, (onset.from_ms - course.from_ms) as f64);
    }
    let now = now / (onset.to_ms - onset.from_ms).max(1) as f64;
    if before_ms <= 0.0 {
        return 0.0;
    }
    if now <= 0.0 { 1.0 } else { (before / before_ms / now).min(1.0) }
}

/// Whose requests to look at: those of the services that are blamed, of the slow and the strongest ones.
pub fn leads(evidence: &Evidence, onset: &Onset, entry: Option<&String>) -> Vec<Lead> {
    let mut names: Vec<String> = evidence.suspects.iter().filter(|s| s.share >= 0.05).take(4).map(|s| s.service.clone()).collect();
    names.extend(evidence.slower.first().map(|s| s.service.clone()));
    names.extend(evidence.symptoms.iter().find(|s| s.ail == Ail::Surges).map(|s| s.service.clone()));
    names.extend(evidence.symptoms.first().map(|s| s.service.clone()));
    // Whose requests they are is often known only where they enter.
    names.extend(entry.cloned());
    let mut seen = HashSet::new();
    names.into_iter().filter(|name| seen.insert(name.clone())).map(|name| lead(evidence, onset, name)).collect()
}

/// From how many ms on a request of a service that is slow is more like those of now than like those before.
pub fn slow_ms(symptom: &Symptom) -> f64 {
    (symptom.stretch.share() * symptom.stretch.usual().max(1.0)).sqrt()
}

/// The machines of so many services that fail are counted.
const FAILING: usize = 16;
/// Those that fail, else those that are slow, each with the duration from which on a request of it is slow.
pub fn suffering(evidence: &Evidence) -> BTreeMap<String, Option<f64>> {
    let symptoms = || evidence.symptoms.iter();
    let fails = |s: &&Symptom| matches!(s.ail, Ail::Fails | Ail::Errs);
    let failing: BTreeMap<String, Option<f64>> = symptoms().filter(fails).take(FAILING).map(|s| (s.service.clone(), None)).collect();
    let slow = || symptoms().filter(|s| s.ail == Ail::Slow).take(FAILING).map(|s| (s.service.clone(), Some(slow_ms(s)))).collect();
    if failing.is_empty() { slow() } else { failing }
}

/// What is bad about the requests of a service.
fn lead(evidence: &Evidence, onset: &Onset, service: String) -> Lead {
    let own = evidence.services.iter().find(|s| s.name == service);
    let sum = own.map(|s| s.hours.sum(onset.from_ms - HOURS_CELL_MS, onset.to_ms + HOURS_CELL_MS)).unwrap_or_default();
    let of = |ail: Ail| evidence.symptoms.iter().find(|s| s.service == service && s.ail == ail);
    let ail = evidence.symptoms.iter().find(|s| s.service == service && s.ail != Ail::Surges).map_or(onset.ail, |s| s.ail);
    let slow_ms = of(Ail::Slow).map_or(1000.0, slow_ms);
    Lead { by_errors: sum.failed * 2 < sum.errors && sum.failed < 10, ail, slow_ms, service }
}

/// Ranks what the values say, for each lead.
pub fn values(evidence: &mut Evidence, asked: &Asked, replies: &[Reply], onset: Onset, before: TimeRange) {
    type Tables = HashMap<(String, Field), [BTreeMap<String, u64>; 4]>;
    let mut tables: Tables = HashMap::new();
    let mut order: Vec<(String, Field)> = Vec::new();
    for ((item, _), reply) in asked.iter().zip(replies) {
        let Item::Values { service, fields, part } = item else { continue };
        for (place, field) in PLACES.iter().zip(fields) {
            let key = (service.clone(), field.clone());
            if !tables.contains_key(&key) {
                order.push(key.clone());
            }
            let [bad, all, earlier, bad_earlier] = tables.entry(key).or_default();
            let table = match part {
                Part::Bad => bad,
                Part::All => all,
                Part::Before => earlier,
                Part::BadBefore => bad_earlier,
            };
            for bucket in reply.buckets(place) {
                *table.entry(bucket.term().to_string()).or_default() += bucket.count;
            }
        }
    }
    let mut fields: BTreeMap<String, Vec<Counted>> = BTreeMap::new();
    let mut sizes: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let minutes = |from: i64, to: i64| (to - from).max(1) as f64 / 60_000.0;
    for key in order {
        let Some([mut bad, all, earlier, bad_earlier]) = tables.remove(&key) else { continue };
        let (service, field) = key;
        let (now, then) = (minutes(onset.from_ms, onset.to_ms), minutes(before.from.millis(), before.to.millis()));
        // What went bad as often before is no part of it.
        for (value, count) in &mut bad {
            let usual = bad_earlier.get(value).map_or(0.0, |n| *n as f64 * now / then);
            *count = count.saturating_sub(usual.round() as u64);
        }
        let size = sizes.entry(service.clone()).or_default();
        let sum = |table: &BTreeMap<String, u64>| table.values().sum::<u64>();
        *size = (size.0.max(sum(&bad)), size.1.max(sum(&all)));
        let grown = growth(field.name(), &all, now, &earlier, then);
        evidence.growth.extend(grown.into_iter().take(2).map(|g| (service.clone(), g)));
        fields.entry(service).or_default().push(Counted::new(field.name(), all, bad));
    }
    for (service, fields) in fields {
        let (bad, all) = sizes.get(&service).copied().unwrap_or_default();
        let mut ranked = rank(&fields, bad, all);
        ranked.truncate(8);
        evidence.apart.insert(service, ranked);
    }
}

/// Who is hit.
pub fn impact(asked: &Asked, replies: &[Reply], known: &Known) -> Impact {
    let mut impact = Impact::default();
    let names_users = known.schemas.groups.iter().any(|group| group.map.countable(&Field::User));
    type Paths = BTreeMap<String, (u64, u64)>;
    let count = |paths: &mut Paths, reply: &Reply| {
        for path in reply.buckets("paths") {
            let (failed, all) = paths.entry(path.term().to_string()).or_default();
            *failed += path.count_of("failed");
            *all += path.count;
        }
    };
    let (mut endpoints, mut before) = (Paths::new(), Paths::new());
    for ((item, _), reply) in asked.iter().zip(replies) {
        match item {
            Item::ImpactBefore => count(&mut before, reply),
            Item::Impact => {
                count(&mut endpoints, reply);
                impact.requests += reply.buckets("paths").iter().map(|path| path.count).sum::<u64>() + reply.others("paths");
                impact.failed += reply.count_of("failed");
                if let Some(users) = reply.one("failed").and_then(|bucket| bucket.number("users")).filter(|_| names_users) {
                    *impact.users.get_or_insert(0) += users as u64;
                }
                if let Some(tenants) = reply.one("failed").and_then(|bucket| bucket.number("tenants")) {
                    *impact.tenants.get_or_insert(0) += tenants as u64;
                }
            }
            _ => {}
        }
    }
    let mut listed: Vec<(String, u64, u64)> = endpoints.into_iter().map(|(p, (f, a))| (p, f, a)).collect();
    // What fails on any day is nobody's impact.
    let excess = |(path, failed, all): &(String, u64, u64)| {
        let usual = before.get(path).filter(|(_, all)| *all > 0).map_or(0.0, |(failed, all)| *failed as f64 / *all as f64);
        *failed as f64 - usual * *all as f64
    };
    listed.retain(|endpoint| excess(endpoint) > 0.0 && excess(endpoint) >= 0.4 * endpoint.1 as f64);
    listed.sort_by(|a, b| excess(b).total_cmp(&excess(a)).then_with(|| a.0.cmp(&b.0)));
    listed.truncate(5);
    impact.endpoints = listed;
    impact
}

/// The first record of all that was looked at, to the cell, ms.
pub fn first_record(services: &[Service]) -> Option<i64> {
    let in_course = |course: &Course| {
        let at = course.cells.iter().position(|c| c.records > 0)?;
        Some(course.from_ms + course.interval_ms * at as i64)
    };
    let fine = services.iter().filter_map(|s| in_course(&s.hours)).min();
    let coarse = services.iter().filter_map(|s| in_course(&s.day)).min();
    // The fine cells know the first record better where there is none before them.
    match (fine, coarse) {
        (Some(fine), Some(coarse)) if fine - coarse < DAY_CELL_MS => Some(fine),
        (fine, coarse) => coarse.or(fine),
    }
}

/// Requests in a range, and how many there are at all; records where none of them is a request.
pub fn requests_in(services: &[Service], range: TimeRange) -> (u64, u64) {
    let counted = |of: fn(&Cell) -> u64| {
        let within =
            |s: &Service| of(&s.hours.sum(range.from.millis(), range.to.millis())).max(of(&s.day.sum(range.from.millis(), range.to.millis())));
        let all = services.iter().flat_map(|s| &s.day.cells).map(of).sum();
        (services.iter().map(within).sum(), all)
    };
    let (requests, in_all) = counted(|cell| cell.requests);
    if in_all == 0 { counted(|cell| cell.records) } else { (requests, in_all) }
}
