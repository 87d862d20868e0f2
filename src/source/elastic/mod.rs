//! A cluster as a source: one `_msearch` for a batch of searches, gentle and read-only.

mod fields;
mod layouts;
mod print;
mod read;
mod transport;

pub use transport::{Access, Credentials};

use super::{Batch, Cost, Progress, SchemaQuestion, Source, machine_clock};
use crate::model::{Fault, Timestamp};
use crate::query::{Hits, Search};
use crate::schema::{Field, Schemas, read_records};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use read::Answered;
use serde_json::{Value, json};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use transport::{Sent, Transport};

/// A cluster.
pub struct ElasticSource {
    transport: Transport,
    pattern: String,
    clock: Mutex<Option<ClockOffset>>,
}

/// How far the cluster's clock is from this machine's.
#[derive(Clone, Copy)]
struct ClockOffset {
    millis: i64,
    measured: Instant,
}

/// Clocks drift slowly.
const CLOCK_HOLDS: Duration = Duration::from_secs(300);
/// So many requests for much are under way at a time.
const AT_ONCE: usize = 3;
/// For small requests: fields, clock.
const SHORT: Duration = Duration::from_secs(10);

impl ElasticSource {
    /// Prepares to ask; nothing is sent yet.
    pub fn new(access: &Access, pattern: &str) -> Result<ElasticSource, Fault> {
        if pattern.split(',').any(|part| matches!(part.trim(), "" | "*" | "_all")) {
            return Err(Fault::Settings(format!("--index '{pattern}' means every index of the cluster: name a pattern such as logs-*")));
        }
        Ok(ElasticSource { transport: Transport::new(access)?, pattern: pattern.to_string(), clock: Mutex::new(None) })
    }

    async fn ask_clock(&self) -> Result<Timestamp, Fault> {
        let before = machine_clock();
        // No record lies so far ahead: shards are skipped, and the cluster only says what "now" is.
        let ahead = json!({"range": {"@timestamp": {"gte": "now+3650d"}}});
        let now = json!({"now": {"date_range": {"field": "@timestamp", "ranges": [{"to": "now"}]}}});
        let body = json!({"size": 0, "track_total_hits": false, "query": ahead, "aggs": now}).to_string();
        let path = format!("/{}/_search?ignore_unavailable=true&allow_no_indices=true&filter_path=aggregations.now.buckets.to", self.pattern);
        let Sent::<Value> { body: json, .. } = self.transport.send(&path, Some(body), SHORT).await?;
        let after = machine_clock();
        let said = json.pointer("/aggregations/now/buckets/0/to").and_then(Value::as_f64);
        // A pattern that matches nothing says nothing, and there the machine's clock is as good as any.
        let middle = (before.millis() + after.millis()) / 2;
        let millis = said.map_or(0, |said| said as i64 - middle);
        if let Ok(mut clock) = self.clock.lock() {
            *clock = Some(ClockOffset { millis, measured: Instant::now() });
        }
        Ok(after.plus_millis(millis))
    }

    /// One request.
    async fn ask(&self, searches: &[Search], deadline: Duration) -> Result<Batch, Fault> {
        let body = print::msearch(searches, deadline);
        let path = format!("/_msearch?filter_path={}", print::FILTER_PATH);
        let Sent::<Answered> { body, bytes, wall_ms } = self.transport.send(&path, Some(body), deadline).await?;
        let took_ms = body.took;
        let mut replies = read::msearch(body, searches, &self.pattern);
        if let ([Search { group, hits: Some(Hits { apart: true, .. }), .. }], [Ok(reply)]) = (searches, replies.as_mut_slice()) {
            let (group, mut hits) = (group.clone(), std::mem::take(&mut reply.hits));
            let work = tokio::task::spawn_blocking(move || {
                hits.iter_mut().for_each(|hit| hit.read = Some(read_records(&group.map, hit.fields.clone())));
                hits
            });
            reply.hits = work.await.map_err(|e| Fault::Lost(e.to_string()))?;
        }
        Ok(Batch { replies, cost: Cost { wall_ms, took_ms, bytes, requests: 1 } })
    }

    /// Some records of each group, for the layouts in it. Without them each group is read in one way: better than not at all.
    async fn some_records(&self, schemas: &Schemas, question: &SchemaQuestion) -> Option<Value> {
        if question.only.is_some() || schemas.groups.is_empty() {
            return None;
        }
        let sent = self.transport.send("/_msearch?filter_path=responses.hits.hits._source", Some(layouts::request(schemas)), SHORT).await;
        sent.ok().map(|sent: Sent<Value>| sent.body)
    }

    /// Every attribute that can be counted by value, if that is asked for.
    async fn attributes(&self, question: &SchemaQuestion) -> Result<Vec<(String, String)>, Fault> {
        if !question.attributes {
            return Ok(Vec::new());
        }
        let sent = self.transport.send::<Value>(&fields::attributes_path(&self.pattern), None, SHORT).await?;
        Ok(fields::read_attributes(&sent.body))
    }

    async fn closed_indices(&self) -> Vec<String> {
        let path = format!("/_resolve/index/{}?expand_wildcards=closed&filter_path=indices.name,indices.attributes", self.pattern);
        // Without the privilege to see it, it is not known.
        let Ok(Sent::<Value> { body: json, .. }) = self.transport.send(&path, None, SHORT).await else { return Vec::new() };
        let names = json.get("indices").and_then(Value::as_array).into_iter().flatten();
        // An index that is named, and not meant by a pattern, is there whatever was asked for.
        let is_closed = |index: &&Value| {
            let attributes = index.get("attributes").and_then(Value::as_array);
            attributes.is_some_and(|all| all.iter().any(|attribute| attribute.as_str() == Some("closed")))
        };
        names.filter(is_closed).filter_map(|index| index.get("name").and_then(Value::as_str)).map(str::to_string).collect()
    }
}

impl Source for ElasticSource {
    fn search<'a>(&'a self, searches: &'a [Search], deadline: Duration) -> BoxFuture<'a, Result<Batch, Fault>> {
        Box::pin(async move {
            let began = Instant::now();
            let is_apart = |search: &Search| search.hits.as_ref().is_some_and(|hits| hits.apart);
            // Searches that lie between two large ones go with the first of those.
            let requests: Vec<_> = searches.chunk_by(|_, next| !is_apart(next)).map(|searches| self.ask(searches, deadline)).collect();
            let mut outcomes = stream::iter(requests).buffered(AT_ONCE);
            let mut batch = Batch::default();
            while let Some(outcome) = outcomes.next().await {
                let Batch { replies, cost } = outcome?;
                batch.replies.extend(replies);
                batch.cost.add(cost);
            }
            batch.cost.wall_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            Ok(batch)
        })
    }

    fn schemas<'a>(&'a self, question: &'a SchemaQuestion) -> BoxFuture<'a, Result<Schemas, Fault>> {
        Box::pin(async move {
            let path = fields::path(&self.pattern, question);
            let (caps, closed) = tokio::join!(self.transport.send::<Value>(&path, None, SHORT), self.closed_indices());
            let caps = fields::read(&caps?.body);
            if caps.indices.is_empty() && closed.is_empty() {
                return Err(Fault::NoIndexMatches { target: self.pattern.clone() });
            }
            let mut schemas = crate::schema::detect(&self.pattern, &caps, question.only, &question.renames, &question.named);
            let (some, more) = tokio::join!(self.some_records(&schemas, question), self.attributes(question));
            if let Some(some) = some {
                layouts::split(&mut schemas, &caps, &some, question);
            }
            schemas.add_attributes(&more?);
            schemas.closed = closed;
            if schemas.groups.is_empty() && schemas.closed.is_empty() {
                let example = schemas.unknown.first().cloned().unwrap_or_default();
                let why = schemas.notes.first().cloned().unwrap_or(example);
                return Err(Fault::UnknownSchema { target: self.pattern.clone(), count: caps.indices.len(), example: why });
            }
            Ok(schemas)
        })
    }

    fn clock(&self) -> BoxFuture<'_, Result<Timestamp, Fault>> {
        Box::pin(async move {
            let known = self.clock.lock().ok().and_then(|clock| *clock).filter(|offset| offset.measured.elapsed() < CLOCK_HOLDS);
            match known {
                Some(offset) => Ok(machine_clock().plus_millis(offset.millis)),
                None => self.ask_clock().await,
            }
        })
    }

    fn progress(&self) -> Progress {
        Progress { done: true, ..Progress::default() }
    }

    fn name(&self) -> String {
        self.transport.host()
    }

    fn target(&self) -> String {
        self.pattern.clone()
    }
}

/// The name by which exact matches and aggregations know a field in a group.
fn exact<'a>(search: &'a Search, field: &Field) -> Option<&'a str> {
    search.group.map.fields.get(field)?.exact.as_deref()
}

/// Reads the body of an `_msearch` that asked for points by service, as `slow` does: for the benchmark.
#[doc(hidden)]
pub fn read_answer(body: &str) -> usize {
    use crate::query::{Agg, Clause};
    let points = Agg::Histogram {
        interval_ms: 15_000,
        subs: vec![
            ("slow", Agg::Filter { clause: Clause::Every(Vec::new()), subs: vec![("avg", Agg::Avg(Field::Duration))] }),
            ("p", Agg::Percentiles(Field::Duration, &[95.0])),
        ],
    };
    let map = crate::schema::FieldMap::of(crate::schema::DEFAULT_PRESET);
    let group = crate::schema::Group { target: String::new(), indices: Vec::new(), map: std::sync::Arc::new(map), only: Vec::new() };
    let search = Search::counting(
        &std::sync::Arc::new(group),
        Vec::new(),
        vec![("services", Agg::Terms { field: Field::Service, size: 100, subs: vec![("points", points)] })],
    );
    let Ok(answered) = serde_json::from_str(body) else { return 0 };
    read::msearch(answered, &[search], "").iter().flatten().map(|reply| reply.buckets("services").len()).sum()
}
