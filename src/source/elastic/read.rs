//! From a cluster's JSON to replies and faults.

use crate::model::{Fault, Stored};
use crate::query::{Agg, Bucket, Figures, Hit, Key, Name, Reply, Search, ShardFailure, Shards, Value as Figure};
use crate::schema::Field;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

/// The answer to an `_msearch`. Records are many and large: they are kept as text.
#[derive(Deserialize)]
pub struct Answered {
    /// The cluster's own time, ms.
    #[serde(default)]
    pub took: u64,
    error: Option<Value>,
    status: Option<u16>,
    #[serde(default)]
    responses: Vec<Response>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Response {
    took: u64,
    timed_out: bool,
    status: Option<u16>,
    error: Option<Value>,
    _shards: Value,
    hits: Listed,
    aggregations: Value,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Listed {
    hits: Vec<ListedHit>,
}

#[derive(Deserialize)]
struct ListedHit {
    #[serde(default)]
    _index: String,
    #[serde(default)]
    _id: String,
    _seq_no: Option<u64>,
    _source: Option<Box<RawValue>>,
}

/// A body that a cluster sends; in one that came with 200 there may be an error all the same.
pub trait Body: DeserializeOwned {
    /// The error that it is, if it is one.
    fn error(&self) -> Option<&Value>;
}

impl Body for Value {
    fn error(&self) -> Option<&Value> {
        self.get("error").filter(|_| self.get("status").is_some())
    }
}

impl Body for Answered {
    fn error(&self) -> Option<&Value> {
        self.error.as_ref().filter(|_| self.status.is_some())
    }
}

/// One outcome for each search of an `_msearch`.
pub fn msearch(answered: Answered, searches: &[Search], target: &str) -> Vec<Result<Reply, Fault>> {
    let mut responses = answered.responses.into_iter();
    let outcome = |search: &Search| match responses.next() {
        Some(Response { error: Some(error), status, .. }) => Err(fault(status.unwrap_or(500), &error, target, target)),
        Some(response) => Ok(reply(response, search)),
        None => Err(Fault::Lost("the cluster answered fewer searches than were asked".to_string())),
    };
    searches.iter().map(outcome).collect()
}

fn reply(response: Response, search: &Search) -> Reply {
    let count = |key: &str| response._shards.get(key).and_then(Value::as_u64).unwrap_or_default();
    let failures = response._shards.get("failures").and_then(Value::as_array).into_iter().flatten();
    Reply {
        aggs: figures(&response.aggregations, &search.aggs, search),
        shards: Shards { total: count("total"), failed: count("failed"), failures: failures.map(shard_failure).collect() },
        hits: response.hits.hits.into_iter().filter_map(hit).collect(),
        timed_out: response.timed_out,
        took_ms: response.took,
        missing: Vec::new(),
    }
}

fn hit(hit: ListedHit) -> Option<Hit> {
    let fields = Stored::of_json(Box::<str>::from(hit._source?));
    Some(Hit { fields, place: format!("{}/{}", hit._index, hit._id), stored: hit._seq_no, read: None })
}

fn shard_failure(json: &Value) -> ShardFailure {
    let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_string();
    let (kind, reason) = (text("/reason/type"), text("/reason/reason"));
    let reason = match (kind.as_str(), reason.as_str()) {
        ("no_shard_available_action_exception" | "node_disconnected_exception" | "node_not_connected_exception", _) => {
            "no copy of its shard is reachable".to_string()
        }
        (_, "") => kind.clone(),
        (_, reason) => shorten(reason),
    };
    ShardFailure { index: text("/index"), reason: if reason.is_empty() { "its shard did not answer".to_string() } else { reason } }
}

fn figures(json: &Value, aggs: &[(Name, Agg)], search: &Search) -> Figures {
    Figures(aggs.iter().filter_map(|(name, agg)| Some((*name, figure(json.get(*name)?, agg, search)))).collect())
}

fn figure(json: &Value, agg: &Agg, search: &Search) -> Figure {
    let units = |field: &Field| if *field == Field::Duration { search.group.map.duration_units_per_ms } else { 1.0 };
    let number = |value: Option<&Value>, field: &Field| value.and_then(Value::as_f64).filter(|n| n.is_finite()).map(|n| n / units(field));
    match agg {
        Agg::Terms { subs, .. } | Agg::Histogram { subs, .. } => {
            let others = json.get("sum_other_doc_count").and_then(Value::as_u64).unwrap_or_default();
            let buckets = json.get("buckets").and_then(Value::as_array).into_iter().flatten();
            let is_time = matches!(agg, Agg::Histogram { .. });
            Figure::Buckets(buckets.map(|bucket| read_bucket(bucket, subs, search, is_time)).collect(), others)
        }
        Agg::Filter { subs, .. } => Figure::One(read_bucket(json, subs, search, false)),
        Agg::Min(field) | Agg::Max(field) | Agg::Avg(field) => Figure::Number(number(json.get("value"), field)),
        Agg::Distinct(_) => Figure::Number(json.get("value").and_then(Value::as_f64)),
        Agg::Latest(_) => {
            let source = json.pointer("/hits/hits/0/_source").and_then(Value::as_object);
            Figure::Stored(source.cloned().unwrap_or_default())
        }
        Agg::Percentiles(field, percents) => {
            let values = json.get("values").and_then(Value::as_array);
            let at = |percent: &f64| {
                let near = |row: &&Value| row.get("key").and_then(Value::as_f64).is_some_and(|key| (key - percent).abs() < 1e-9);
                number(values?.iter().find(near)?.get("value"), field)
            };
            Figure::Percentiles(percents.iter().map(at).collect())
        }
    }
}

fn read_bucket(json: &Value, subs: &[(Name, Agg)], search: &Search, is_time: bool) -> Bucket {
    let key = match json.get("key") {
        Some(key) if is_time => Key::Time(key.as_f64().unwrap_or_default() as i64),
        Some(Value::String(text)) => Key::Term(text.clone()),
        Some(key) => Key::Term(key.to_string()),
        None => Key::None,
    };
    Bucket { key, count: json.get("doc_count").and_then(Value::as_u64).unwrap_or_default(), aggs: figures(json, subs, search) }
}

/// An error as the cluster says it: the first root cause (or, where there is none, the cause), not its hundred copies.
pub fn fault(status: u16, error: &Value, url: &str, target: &str) -> Fault {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_string);
    let cause = error.pointer("/root_cause/0").or_else(|| error.get("caused_by")).unwrap_or(error);
    let kind = text(cause, "type").or_else(|| text(error, "type")).unwrap_or_default();
    let reason = text(cause, "reason")
        .or_else(|| text(error, "reason"))
        .or_else(|| error.as_str().map(str::to_string))
        .unwrap_or_else(|| format!("status {status}"));
    let reason = shorten(&reason);
    match (status, kind.as_str()) {
        (401, _) => Fault::Unauthenticated { url: url.to_string(), reason },
        (403, _) => Fault::Forbidden { reason },
        (404, _) | (_, "index_not_found_exception") => {
            Fault::NoSuchIndex { target: target.trim_start_matches('/').split('/').next().unwrap_or(target).to_string() }
        }
        (429 | 503, _) | (_, "circuit_breaking_exception" | "es_rejected_execution_exception") => Fault::Overloaded { reason },
        (_, "too_many_buckets_exception") => {
            Fault::Refused { reason: "it would take more buckets than the cluster allows; ask for a shorter range or wider columns".to_string() }
        }
        _ => Fault::Refused { reason },
    }
}

/// One line of at most 200 characters: clusters repeat whole queries in their reasons.
fn shorten(reason: &str) -> String {
    let line = reason.split('\n').next().unwrap_or_default();
    let line = crate::model::printable::line(line);
    crate::model::printable::cut(&line, 200).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn errors_of_real_clusters_become_one_sentence() {
        let breaker = json!({"root_cause": [{"type": "circuit_breaking_exception", "reason": "[request] Data too large"}]});
        assert_eq!(fault(429, &breaker, "u", "t"), Fault::Overloaded { reason: "[request] Data too large".into() });
        let buckets = json!({"root_cause": [], "type": "search_phase_execution_exception", "caused_by": {"type": "too_many_buckets_exception", "reason": "Trying to create too many buckets"}});
        assert!(matches!(fault(400, &buckets, "u", "t"), Fault::Refused { .. }));
        let missing = json!({"root_cause": [{"type": "index_not_found_exception", "reason": "no such index [nope]"}]});
        assert_eq!(fault(404, &missing, "u", "/nope/_search"), Fault::NoSuchIndex { target: "nope".into() });
    }
}
