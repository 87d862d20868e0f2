//! From records to spans: measured ones as they are, all others put together from log records.

use super::assemble::Marks;
use super::outside::{addressed, says};
use super::requests::{Group, begins, calls_beside, calls_out_of, closes, closes_raising, join_requests, requests_in};
use crate::model::{Level, LogRecord, MeasuredSpan, Peer, Side, Span, SpanKind, Timestamp};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A span on its way into the tree.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What is known of it; its parent is not.
    pub span: Span,
    /// The parent that its record names, if it names one.
    pub named_parent: Option<String>,
    /// Its records: places in the list of all.
    pub records: Vec<usize>,
    /// It serves a caller that waits: it began with a start record, has a status, or was measured as a server's or client's side.
    pub is_request: bool,
    /// It takes up what was sent before: nobody waits for it.
    pub detached: bool,
}

/// Two measured spans of one id are one document in two indices, or (Zipkin) both sides of one call.
fn measured(spans: Vec<LogRecord>) -> Vec<Draft> {
    let mut seen: HashSet<(String, bool)> = HashSet::new();
    let mut drafts = Vec::new();
    for record in spans {
        let Some(span) = record.span.as_deref() else { continue };
        let is_client = span.side == Side::Client;
        if span.id.is_empty() || !seen.insert((span.id.clone(), is_client)) {
            continue;
        }
        drafts.push(of_measured(&record, span, is_client));
    }
    // Both sides under one id: the server's becomes the client's child.
    let clients: HashSet<String> = drafts.iter().filter(|d| d.span.kind == SpanKind::Client).map(|d| d.span.id.clone()).collect();
    let mut renamed: HashSet<String> = HashSet::new();
    for draft in drafts.iter_mut().filter(|d| d.span.kind != SpanKind::Client && clients.contains(&d.span.id)) {
        renamed.insert(draft.span.id.clone());
        draft.named_parent = Some(draft.span.id.clone());
        draft.span.id = format!("{}/server", draft.span.id);
    }
    for draft in drafts.iter_mut().filter(|d| !d.span.id.ends_with("/server")) {
        if let Some(parent) = draft.named_parent.as_mut().filter(|parent| renamed.contains(parent.as_str())) {
            *parent = format!("{parent}/server");
        }
    }
    drafts
}

fn of_measured(record: &LogRecord, span: &MeasuredSpan, is_client: bool) -> Draft {
    let status = record.status;
    let name = if span.name.is_empty() { record.path.clone().unwrap_or_default() } else { span.name.clone() };
    Draft {
        named_parent: span.parent.clone().filter(|parent| *parent != span.id),
        records: Vec::new(),
        is_request: matches!(span.side, Side::Server | Side::Client),
        detached: span.side == Side::Consumer,
        span: Span {
            id: span.id.clone(),
            kind: if is_client { SpanKind::Client } else { SpanKind::Service },
            service: record.service.clone().filter(|s| !s.is_empty()).unwrap_or_else(|| "unknown".to_string()),
            name,
            start: record.timestamp,
            duration_ms: span.duration_ms.unwrap_or(0.0),
            open: span.duration_ms.is_none(),
            // A status decides where there is one but for a server's 4xx: those are its answer, not its failure.
            failed: status.is_some_and(|s| s >= 500) || (span.failed == Some(true) && (is_client || status.is_none_or(|s| s < 400))),
            status,
            said: record.message.clone().filter(|said| span.failed == Some(true) && *said != span.name),
            host: record.host.clone(),
            exception: record.exception.as_ref().and_then(|e| e.kind.clone()),
            // What it listens on tells a database where its name does not.
            peer: record.peer.clone().map(|p| Peer { is_database: p.is_database || addressed(&p.name).is_database, ..p }),
            fields: Some(record.fields.clone()),
            ..Span::default()
        },
    }
}

/// All spans of a trace, in no order, and each record in exactly one of them.
pub fn drafts(records: &[LogRecord], measured_spans: Vec<LogRecord>, marks: Marks) -> Vec<Draft> {
    let mut drafts = measured(measured_spans);
    let measured_count = drafts.len();
    let by_id: HashMap<String, usize> = drafts.iter().enumerate().map(|(i, d)| (d.span.id.clone(), i)).collect();
    // In the order of their first records: those come sorted.
    let mut groups: Vec<Group> = Vec::new();
    let mut group_of: HashMap<(&str, &str, &str), usize> = HashMap::new();
    let mut nameless: Vec<usize> = Vec::new();
    for (at, record) in records.iter().enumerate() {
        let service = record.service.as_deref().unwrap_or_default();
        // A request's id may be handed on: the instance tells two calls of one service apart.
        let (id, host) = match (record.span_id.as_deref(), record.request_id.as_deref()) {
            (Some(id), _) => (id, ""),
            (None, Some(id)) => (id, record.host.as_deref().unwrap_or_default()),
            (None, None) => {
                nameless.push(at);
                continue;
            }
        };
        if let Some(draft) = record.span_id.as_ref().and_then(|id| by_id.get(id)).and_then(|i| drafts.get_mut(*i)) {
            draft.records.push(at);
            continue;
        }
        let group = *group_of.entry((service, id, host)).or_insert_with(|| {
            groups.push(Group { service, id, of_request: record.span_id.is_none(), places: Vec::new() });
            groups.len() - 1
        });
        groups.get_mut(group).into_iter().for_each(|group| group.places.push(at));
    }
    let nameless = join_requests(nameless, records, &mut groups);
    for Group { service, id, mut places, .. } in groups {
        places.sort_unstable();
        let mut requests: Vec<Draft> =
            requests_in(records, places, marks).into_iter().map(|part| inferred(service, id, records, part, marks)).collect();
        calls_out_of(&mut requests, id, records);
        drafts.append(&mut requests);
    }
    calls_beside(&mut drafts, measured_count, records);
    place_nameless(records, nameless, &mut drafts, measured_count, marks);
    for draft in &mut drafts {
        read_records_of(draft, records);
    }
    unique_ids(&mut drafts);
    drafts
}

/// So many spans of a service are looked at for the one that a record lies in: those that began last before it, and the longest ones.
const MOST_AROUND: usize = 512;

/// Service -> its spans by their start, and the longest of them.
fn by_start(drafts: &[Draft]) -> HashMap<String, (Vec<usize>, Vec<usize>)> {
    let mut found: HashMap<String, (Vec<usize>, Vec<usize>)> = HashMap::new();
    for (i, draft) in drafts.iter().enumerate() {
        found.entry(draft.span.service.clone()).or_default().0.push(i);
    }
    for (starts, longest) in found.values_mut() {
        longest.clone_from(starts);
        starts.sort_by_key(|i| drafts.get(*i).map(|d| d.span.start));
        longest.sort_by(|a, b| duration(drafts, *b).total_cmp(&duration(drafts, *a)));
        longest.truncate(MOST_AROUND);
    }
    found
}

/// Records without any id: with a span of their service that contains them (the smallest), else the nearest of their service
/// that is no measured one, else a span of their own.
fn place_nameless(records: &[LogRecord], nameless: Vec<usize>, drafts: &mut Vec<Draft>, measured: usize, marks: Marks) {
    let mut alone: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    let by_service = if nameless.is_empty() { HashMap::new() } else { by_start(drafts) };
    for at in nameless {
        let Some(record) = records.get(at) else { continue };
        let service = record.service.clone().unwrap_or_default();
        let when = record.timestamp;
        let contains = |d: &Draft| {
            d.span.start <= when && when <= d.span.end() && (record.host.is_none() || d.span.host.is_none() || d.span.host == record.host)
        };
        let (starts, longest) = by_service.get(&service).map(|(starts, longest)| (starts.as_slice(), longest.as_slice())).unwrap_or_default();
        let begun = starts.partition_point(|i| drafts.get(*i).is_some_and(|d| d.span.start <= when));
        let latest = starts.get(..begun).unwrap_or_default().iter().rev().take(MOST_AROUND);
        let smallest = |of: &mut dyn Iterator<Item = &usize>| {
            of.copied().filter(|i| drafts.get(*i).is_some_and(contains)).min_by(|a, b| duration(drafts, *a).total_cmp(&duration(drafts, *b)))
        };
        let around = smallest(&mut latest.into_iter()).or_else(|| smallest(&mut longest.iter()));
        let near = || starts.iter().copied().filter(|i| *i >= measured).min();
        match around.or_else(near).and_then(|i| drafts.get_mut(i)) {
            Some(draft) => draft.records.push(at),
            None => alone.entry((service, record.host.clone().unwrap_or_default())).or_default().push(at),
        }
    }
    // Of two ways of logging one may leave out the machine.
    let hostless: Vec<(String, String)> = alone.keys().filter(|(_, host)| host.is_empty()).cloned().collect();
    for key in hostless {
        let mut others = alone.keys().filter(|other| other.0 == key.0 && **other != key).cloned();
        if let (Some(only), None) = (others.next(), others.next()) {
            let places = alone.remove(&key).unwrap_or_default();
            alone.entry(only).or_default().extend(places);
        }
    }
    for ((service, _), mut places) in alone {
        places.sort_unstable();
        for part in requests_in(records, places, marks) {
            drafts.push(inferred(&service, "", records, part, marks));
        }
    }
}

/// Milliseconds of the span at a place.
pub fn duration(drafts: &[Draft], at: usize) -> f64 {
    drafts.get(at).map_or(0.0, |d| d.span.duration_ms)
}

/// A span from the records of one request. It starts at its first record, or at the completing record's time less its
/// duration, and ends at its last; one that never completed is open to its last sign of life.
fn inferred(service: &str, id: &str, all: &[LogRecord], places: Vec<usize>, marks: Marks) -> Draft {
    let records: Vec<&LogRecord> = places.iter().filter_map(|at| all.get(*at)).collect();
    let started = records.iter().find(|r| begins(r, marks.start));
    let completed = records.iter().rev().find(|r| begins(r, marks.completion));
    let closed = completed.or_else(|| records.iter().rev().find(|r| closes(r, marks)));
    let closed = closed.or_else(|| records.iter().rev().find(|r| started.is_none() && closes_raising(r)));
    // Some say how it ended, and not how long it took.
    let closed = closed.or_else(|| records.iter().max_by_key(|r| r.timestamp).filter(|r| started.is_none() && r.is_request()));
    // A call out of a request has one record, and no status that it answered with.
    let closed = closed.or_else(|| records.first().filter(|r| records.len() == 1 && r.duration_ms.is_some()));
    let first = records.iter().map(|r| r.timestamp).min().unwrap_or_default();
    let last = records.iter().map(|r| r.ended()).max().unwrap_or_default();
    let measured = closed.and_then(|r| Some((r.ended(), r.duration_ms.filter(|ms| ms.is_finite() && *ms >= 0.0)?)));
    let mut odd_duration = None;
    let (start, duration_ms) = match (started, measured, closed) {
        (Some(started), Some((end, ms)), _) => {
            let wall = end.millis_since(started.timestamp);
            // A thousandfold of the time between the two records is another unit.
            let off = ms / wall.max(0.001);
            if (500.0..2000.0).contains(&off) || (0.0005..0.002).contains(&off) && wall > 100.0 {
                odd_duration = Some(ms);
                (started.timestamp, wall)
            } else {
                (started.timestamp, ms)
            }
        }
        (Some(started), None, Some(closed)) => (started.timestamp, closed.timestamp.millis_since(started.timestamp)),
        (Some(started), None, None) => (started.timestamp, last.millis_since(started.timestamp)),
        (None, Some((end, ms)), _) => {
            let begin = Timestamp::from_nanos(end.nanos().saturating_sub((ms.min(1e11) * 1e6) as i64));
            (first.min(begin), end.millis_since(first.min(begin)))
        }
        (None, None, _) => (first, last.millis_since(first)),
    };
    let named = records.iter().find(|r| r.path.is_some()).or(records.first());
    let name = match named.map(|r| (r.method.as_deref(), r.path.as_deref())) {
        Some((method, Some(path))) => format!("{} {path}", method.unwrap_or("")).trim().to_string(),
        _ => records.first().and_then(|r| r.message.clone()).unwrap_or_default(),
    };
    let status = closed.and_then(|r| r.status);
    let is_request = started.is_some() || status.is_some();
    let passed_on = closed.and_then(|r| r.passed_on.as_deref());
    Draft {
        named_parent: records.iter().find_map(|r| r.parent_id.clone()).filter(|parent| parent != id),
        is_request,
        detached: false,
        span: Span {
            id: id.to_string(),
            service: service.to_string(),
            name,
            start,
            duration_ms: duration_ms.max(0.0),
            inferred: true,
            open: started.is_some() && closed.is_none(),
            host: records.iter().find_map(|r| r.host.clone()),
            status,
            peer: passed_on.and_then(|passed| passed.to.clone()),
            said: passed_on.and_then(|passed| passed.said.clone()),
            odd_duration,
            ..Span::default()
        },
        records: places,
    }
}

/// What a span's records say of it.
fn read_records_of(draft: &mut Draft, all: &[LogRecord]) {
    let records = || draft.records.iter().filter_map(|at| all.get(*at));
    let errors = records().filter(|r| r.is_error()).count() as u64;
    let thrown = records().rfind(|r| r.exception.is_some()).and_then(|r| r.exception.as_ref()?.kind.clone());
    let not_passed_on = records().any(|r| r.passed_on.as_ref().is_some_and(|passed| passed.said.is_some()));
    let span = &mut draft.span;
    span.errors = errors;
    if span.inferred {
        span.failed = match span.status {
            // A proxy may turn away what it did not get through.
            Some(status) => status >= 500 || not_passed_on || (status >= 400 && errors > 0 && span.kind == SpanKind::Client),
            None => span.failed || ((thrown.is_some() || errors > 0) && !went_on(records())),
        };
    }
    if span.exception.is_none() {
        span.exception = thrown;
    }
}

/// Whether work that nobody waits for, and that stumbled, says at its end that it is done after all: delivered again it was found to be
/// done, or it was done then.
fn went_on<'r>(records: impl DoubleEndedIterator<Item = &'r LogRecord> + Clone) -> bool {
    const DONE: [&str; 7] =
        ["committed offset", "exists already, skipp", "already processed", "already exists, skipp", "duplicate, skipp", "recovered", "acked"];
    const NOT: [&str; 6] = ["dlq", "dead letter", "dead-letter", "parked", "giving up", "rolled back"];
    let told = |record: &LogRecord, words: &[&str]| record.message.as_deref().is_some_and(|text| says(text, words));
    let after = records.clone().rev().take_while(|r| !r.is_error() && r.exception.is_none());
    let well = after.into_iter().any(|r| r.level.is_none_or(|level| level < Level::Warn) && told(r, &DONE));
    well && !records.into_iter().any(|r| told(r, &NOT))
}

/// Two services may use one id, and some records have none.
fn unique_ids(drafts: &mut [Draft]) {
    let mut seen: HashSet<String> = HashSet::new();
    drafts.sort_by(|a, b| {
        let rest = |d: &Draft| (d.span.service.clone(), d.span.duration_ms.to_bits(), d.records.clone());
        a.span.inferred.cmp(&b.span.inferred).then_with(|| a.span.start.cmp(&b.span.start)).then_with(|| rest(a).cmp(&rest(b)))
    });
    for draft in drafts {
        let span = &mut draft.span;
        let base = if span.id.is_empty() { format!("{}/?", span.service) } else { span.id.clone() };
        let mut id = base.clone();
        let mut times = 1;
        while !seen.insert(id.clone()) {
            id = if times == 1 { format!("{}/{base}", span.service) } else { format!("{}/{base}#{times}", span.service) };
            times += 1;
        }
        span.id = id;
    }
}
