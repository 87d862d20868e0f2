//! A search as JSON.

use super::exact;
use crate::model::{Level, Timestamp};
use crate::query::{Agg, Clause, Hits, Name, Order, Search};
use crate::schema::{Field, Kind, Only};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// What of an answer is read. What says how much of the data answered is never left out.
pub const FILTER_PATH: &str = "took,error,status,responses.took,responses.timed_out,responses.status,responses.error.type,responses.error.reason,\
responses.error.root_cause.type,responses.error.root_cause.reason,responses.error.caused_by.type,responses.error.caused_by.reason,\
responses._shards.total,responses._shards.failed,responses._shards.failures.index,responses._shards.failures.reason.type,\
responses._shards.failures.reason.reason,responses.hits.hits._index,responses.hits.hits._id,responses.hits.hits._seq_no,responses.hits.hits._source,\
responses.aggregations,-responses.aggregations.**.key_as_string,-responses.aggregations.**.value_as_string,\
-responses.aggregations.**.doc_count_error_upper_bound,-responses.aggregations.**.values.value_as_string,\
-responses.aggregations.**.hits.total,-responses.aggregations.**.hits.max_score,-responses.aggregations.**.hits.hits._index,\
-responses.aggregations.**.hits.hits._id,-responses.aggregations.**.hits.hits._score,-responses.aggregations.**.hits.hits.sort";

/// The body of an `_msearch`.
pub fn msearch(searches: &[Search], deadline: Duration) -> String {
    let mut body = String::new();
    // The cluster gives up first, and gives what it has.
    let timeout = format!("{}ms", deadline.as_millis().saturating_sub(500).max(500));
    for search in searches {
        let header = json!({"index": search.group.target, "ignore_unavailable": true, "allow_no_indices": true});
        body.push_str(&header.to_string());
        body.push('\n');
        body.push_str(&one(search, &timeout).to_string());
        body.push('\n');
    }
    body
}

fn one(search: &Search, timeout: &str) -> Value {
    let exists = |only: &Only| {
        let exists = json!({"exists": {"field": only.path}});
        if only.there { exists } else { json!({"bool": {"must_not": exists}}) }
    };
    let of_layout = search.group.only.iter().map(exists);
    let filter: Vec<Value> = search.clauses.iter().map(|clause| query(search, clause)).chain(of_layout).collect();
    let mut body = json!({"track_total_hits": false, "timeout": timeout, "query": {"bool": {"filter": filter}}});
    let size = search.hits.as_ref().map_or(0, |hits| hits.size);
    if let Some(map) = body.as_object_mut() {
        map.insert("size".to_string(), size.into());
        if !search.aggs.is_empty() {
            map.insert("aggs".to_string(), aggs(search, &search.aggs));
        }
        if let Some(hits) = &search.hits {
            map.extend(sort(search, hits));
            if !hits.only.is_empty() {
                map.insert("_source".to_string(), hits.only.clone().into());
            }
        }
    }
    body
}

/// Elasticsearch and OpenSearch differ in their points in time, and old or plain builds have none; sequence numbers they all have.
fn sort(search: &Search, hits: &Hits) -> Map<String, Value> {
    let by_time = |order: &str| json!([{path(search, &Field::Timestamp): {"order": order, "unmapped_type": "date"}}]);
    let mut sort = Map::new();
    sort.insert(
        "sort".to_string(),
        match hits.order {
            Order::Newest => by_time("desc"),
            Order::Oldest => by_time("asc"),
            Order::Stored => json!([{"_seq_no": "asc"}]),
        },
    );
    if hits.order == Order::Stored {
        sort.insert("seq_no_primary_term".to_string(), true.into());
        let before = hits.stored_from.and_then(|from| from.checked_sub(1));
        sort.extend(before.map(|before| ("search_after".to_string(), json!([before]))));
    }
    sort
}

/// The path of a field; one that the group does not have is asked for by a name no index has, and matches nothing.
fn path<'a>(search: &'a Search, field: &'a Field) -> &'a str {
    search.group.map.path(field).unwrap_or("__no_such_field")
}

fn units(search: &Search, field: &Field) -> f64 {
    if *field == Field::Duration { search.group.map.duration_units_per_ms } else { 1.0 }
}

fn query(search: &Search, clause: &Clause) -> Value {
    let kind = |field: &Field| search.group.map.fields.get(field).map(|m| m.kind);
    let date = |at: Timestamp| at.rfc3339_precise();
    let compare = |field: &Field, relation: &str, limit: f64| json!({"range": {path(search, field): {relation: limit * units(search, field)}}});
    match clause {
        Clause::During(range) => {
            json!({"range": {path(search, &Field::Timestamp): {"gte": date(range.from), "lt": date(range.to), "format": "strict_date_optional_time"}}})
        }
        Clause::Since(field, at) => json!({"range": {path(search, field): {"gte": date(*at), "format": "strict_date_optional_time"}}}),
        Clause::AnyOf(field, values) => match exact(search, field) {
            Some(name) => json!({"terms": {name: numbers_where(kind(field), values)}}),
            None if kind(field) == Some(Kind::Text) => {
                let phrases: Vec<Value> = values.iter().map(|value| json!({"match_phrase": {path(search, field): value}})).collect();
                json!({"bool": {"should": phrases, "minimum_should_match": 1}})
            }
            None => json!({"match_none": {}}),
        },
        Clause::LevelFrom(level) => level_from(search, *level, kind(&Field::Level)),
        Clause::Exists(field) => json!({"exists": {"field": path(search, field)}}),
        Clause::Above(field, limit) => compare(field, "gt", *limit),
        Clause::AtLeast(field, limit) => compare(field, "gte", *limit),
        Clause::Below(field, limit) => compare(field, "lt", *limit),
        Clause::AtMost(field, limit) => compare(field, "lte", *limit),
        Clause::Phrase(field, phrase) => match kind(field) {
            Some(Kind::Text) => json!({"match_phrase": {path(search, field): phrase}}),
            // Looking inside every value of a keyword would be a leading wildcard: its beginning must do.
            Some(_) => json!({"prefix": {path(search, field): phrase}}),
            None => json!({"match_none": {}}),
        },
        Clause::Prefix(field, prefix) => match exact(search, field) {
            Some(name) => json!({"prefix": {name: prefix}}),
            None if kind(field).is_some() => json!({"match_phrase_prefix": {path(search, field): prefix}}),
            None => json!({"match_none": {}}),
        },
        Clause::Not(inner) => json!({"bool": {"must_not": [query(search, inner)]}}),
        Clause::Every(all) if all.is_empty() => json!({"match_all": {}}),
        Clause::Every(all) => json!({"bool": {"filter": all.iter().map(|c| query(search, c)).collect::<Vec<_>>()}}),
        Clause::Either(any) => json!({"bool": {"should": any.iter().map(|c| query(search, c)).collect::<Vec<_>>(), "minimum_should_match": 1}}),
    }
}

/// A value of a number field that is no number would fail the whole search.
fn numbers_where(kind: Option<Kind>, values: &[String]) -> Vec<Value> {
    match kind {
        Some(Kind::Number) => values.iter().filter_map(|v| v.parse::<f64>().ok()).map(Value::from).collect(),
        Some(Kind::Boolean) => values.iter().filter_map(|v| v.parse::<bool>().ok()).map(Value::from).collect(),
        _ => values.iter().cloned().map(Value::from).collect(),
    }
}

fn level_from(search: &Search, level: Level, kind: Option<Kind>) -> Value {
    if search.group.map.level_of_none().is_some_and(|own| own >= level) {
        let none = query(search, &Clause::Exists(Field::Level).negated());
        return json!({"bool": {"should": [told_level_from(search, level, kind), none], "minimum_should_match": 1}});
    }
    told_level_from(search, level, kind)
}

fn told_level_from(search: &Search, level: Level, kind: Option<Kind>) -> Value {
    if kind == Some(Kind::Number) {
        let bad: Vec<i64> = (0..=1000).filter(|n| Level::from_number(*n, search.group.map.level_scale).is_some_and(|l| l >= level)).collect();
        let (least, most) = (bad.first().copied().unwrap_or(i64::MAX), bad.last().copied().unwrap_or(i64::MAX));
        return json!({"range": {path(search, &Field::Level): {"gte": least, "lte": most}}});
    }
    query(search, &Clause::AnyOf(Field::Level, level.spellings_from()))
}

fn aggs(search: &Search, aggs: &[(Name, Agg)]) -> Value {
    let printed: Map<String, Value> = aggs.iter().map(|(name, agg)| ((*name).to_string(), agg_json(search, agg))).collect();
    Value::Object(printed)
}

fn agg_json(search: &Search, agg: &Agg) -> Value {
    let number = |field: &Field| path(search, field).to_string();
    let with = |mut printed: Value, subs: &[(Name, Agg)]| {
        if let Some(map) = printed.as_object_mut().filter(|_| !subs.is_empty()) {
            map.insert("aggs".to_string(), aggs(search, subs));
        }
        printed
    };
    match agg {
        Agg::Terms { field, size, subs } => {
            let name = exact(search, field).unwrap_or("__no_such_field");
            with(json!({"terms": {"field": name, "size": size}}), subs)
        }
        Agg::Histogram { interval_ms, subs } => {
            let histogram = json!({"field": number(&Field::Timestamp), "fixed_interval": format!("{interval_ms}ms"), "min_doc_count": 1});
            with(json!({"date_histogram": histogram}), subs)
        }
        Agg::Filter { clause, subs } => with(json!({"filter": query(search, clause)}), subs),
        Agg::Min(field) => json!({"min": {"field": number(field)}}),
        Agg::Max(field) => json!({"max": {"field": number(field)}}),
        Agg::Avg(field) => json!({"avg": {"field": number(field)}}),
        Agg::Distinct(field) => {
            let name = exact(search, field).unwrap_or("__no_such_field");
            json!({"cardinality": {"field": name, "precision_threshold": 3000}})
        }
        Agg::Latest(paths) => {
            json!({"top_hits": {"size": 1, "_source": paths, "sort": [{number(&Field::Timestamp): {"order": "desc", "unmapped_type": "date"}}]}})
        }
        Agg::Percentiles(field, percents) => json!({"percentiles": {"field": number(field), "percents": percents, "keyed": false}}),
    }
}
