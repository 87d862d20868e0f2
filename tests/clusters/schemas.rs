//! Traces in every schema, with mappings of their own: what comes back is what was made.

use crate::agree::elastic;
use crate::cluster::Cluster;
use crate::truth;
use crate::wait;
use serde_json::{Value, json};
use spia::answers::trace::{TRACE_RECORDS, TraceQuestion};
use spia::answers::{Known, TraceParams};
use spia::demo::{Failure, MadeTrace, Telemetry, failing};
use spia::model::{Timestamp, Trace, target};
use spia::runtime::drive::{drive, know};
use spia::source::{SchemaQuestion, Source};
use std::collections::BTreeMap;
use std::time::Duration;

const SEEDS: u64 = 3;

fn start() -> Timestamp {
    Timestamp::parse("2026-11-23T03:10:00Z").expect("a time").0
}

/// The mappings of each schema's own templates, as far as the test clusters have the types.
fn mapping(telemetry: Telemetry, index: &str) -> Value {
    let strings = json!([{"strings": {"match_mapping_type": "string", "mapping": {"type": "keyword", "ignore_above": 1024}}}]);
    let properties = match telemetry {
        Telemetry::Spia => json!({"timestamp": {"type": "date"}, "message": {"type": "text"}}),
        Telemetry::Ecs => {
            json!({"@timestamp": {"type": "date"}, "message": {"type": "text"}, "event": {"properties": {"duration": {"type": "long"}}}})
        }
        Telemetry::Apm => json!({"@timestamp": {"type": "date"}, "timestamp": {"properties": {"us": {"type": "long"}}},
            "error": {"properties": {"exception": {"properties": {"message": {"type": "text"}}}}}}),
        Telemetry::Otel => {
            json!({"@timestamp": {"type": "date_nanos"}, "body": {"properties": {"text": {"type": "text"}}}, "duration": {"type": "long"}})
        }
        Telemetry::Jaeger => {
            let pairs = json!({"type": "nested", "dynamic": false, "properties": {"key": {"type": "keyword"}, "value": {"type": "keyword"}}});
            json!({"traceID": {"type": "keyword"}, "spanID": {"type": "keyword"}, "startTime": {"type": "long"}, "startTimeMillis": {"type": "date", "format": "epoch_millis"},
                "duration": {"type": "long"}, "tags": pairs, "references": {"type": "nested", "dynamic": false, "properties": {"spanID": {"type": "keyword"}}},
                "logs": {"type": "nested", "dynamic": false, "properties": {"timestamp": {"type": "long"}}},
                "process": {"properties": {"serviceName": {"type": "keyword"}, "tags": pairs}}})
        }
        Telemetry::DataPrepper => json!({"startTime": {"type": "date_nanos"}, "endTime": {"type": "date_nanos"}, "durationInNanos": {"type": "long"},
            "events": {"type": "nested", "dynamic": false}}),
    };
    // OpenTelemetry's template for logs answers to the names of others as well: that must not mislead.
    let aliases = json!({"trace": {"properties": {"id": {"type": "alias", "path": "trace_id"}}}, "message": {"type": "alias", "path": "body.text"}});
    let mut mapping = json!({"dynamic_templates": strings, "properties": properties});
    if telemetry == Telemetry::Otel && index.starts_with("logs") {
        let own = mapping["properties"].as_object_mut().expect("an object");
        own.insert("trace_id".to_string(), json!({"type": "keyword"}));
        own.extend(aliases.as_object().expect("an object").clone());
    }
    mapping
}

fn load(cluster: &Cluster, telemetry: Telemetry, documents: impl Iterator<Item = (String, Value)>) {
    let mut by_index: BTreeMap<String, String> = BTreeMap::new();
    for (index, document) in documents {
        let body = by_index.entry(index.clone()).or_default();
        body.push_str(&format!("{{\"create\":{{\"_index\":\"{index}\"}}}}\n{document}\n"));
    }
    for (index, body) in by_index {
        let made = cluster.send(
            "PUT",
            &format!("/{index}"),
            json!({"settings": {"number_of_shards": 1, "number_of_replicas": 0}, "mappings": mapping(telemetry, &index)}).to_string(),
        );
        assert_eq!(made["acknowledged"], true, "{index}: {made}");
        let answer = cluster.send("POST", "/_bulk?refresh=true&filter_path=errors,items.*.error", body);
        assert_eq!(answer["errors"], false, "{index}: {}", answer.to_string().chars().take(600).collect::<String>());
    }
}

fn ask(cluster: &Cluster, pattern: &str, id: &str) -> Trace {
    let source = elastic(cluster, pattern);
    let known = wait(know(&source, &SchemaQuestion::default())).expect("fields");
    let known = Known { clock: start().plus_millis(600_000), ..known };
    let id = target::parse(id).expect("an id").ids.remove(0);
    let params = TraceParams { id, around: None, only: false, limit: TRACE_RECORDS, usual: false };
    let answer = wait(drive(&source as &dyn Source, &known, TraceQuestion::new(params), Duration::from_secs(30))).expect("an answer").0;
    answer.trace.unwrap_or_else(|| panic!("{pattern}: {:?}", answer.completeness))
}

/// Every way of failing in every schema that the cluster is used with, and in several at once.
pub fn in_every_schema(cluster: &Cluster, telemetries: &[Telemetry]) {
    let traces: Vec<MadeTrace> = Failure::ALL.iter().flat_map(|failure| (0..SEEDS).map(move |seed| failing(*failure, seed, start()))).collect();
    let mut patterns = Vec::new();
    for telemetry in telemetries {
        load(cluster, *telemetry, traces.iter().flat_map(|made| telemetry.documents(made)));
        patterns.push(telemetry.pattern());
        for made in &traces {
            check(*telemetry, made, &ask(cluster, telemetry.pattern(), &made.trace_id));
        }
    }
    for telemetry in telemetries.iter().filter(|t| matches!(t, Telemetry::Spia | Telemetry::Ecs)) {
        with_wrong_clocks(cluster, *telemetry);
    }
    // Spans of one schema with logs of another: records hang on their spans, nothing is there twice.
    let both = format!("{},{}", Telemetry::Otel.pattern(), Telemetry::Ecs.pattern());
    if telemetries.contains(&Telemetry::Ecs) && telemetries.contains(&Telemetry::Otel) {
        for made in &traces {
            let joined = ask(cluster, &both, &made.trace_id);
            let served = joined.spans.iter().filter(|s| !s.inferred && s.kind == spia::model::SpanKind::Service).count();
            assert_eq!(served, made.parts.iter().filter(|p| p.status.is_some()).count());
            let own: Vec<&str> = joined.spans.iter().filter(|s| s.inferred).map(|s| s.service.as_str()).collect();
            let unmeasured: Vec<&str> = made.parts.iter().filter(|p| p.status.is_none()).map(|p| p.service).collect();
            assert_eq!(own, unmeasured, "only what no tracer measured is put together from records");
        }
    }
}

/// One host five seconds ahead or behind, or in another zone.
fn with_wrong_clocks(cluster: &Cluster, telemetry: Telemetry) {
    let mut cases = Vec::new();
    for (failure, (nth, off)) in
        Failure::ALL.iter().flat_map(|failure| [5_000, -5_000, 7_200_000].into_iter().enumerate().map(move |off| (failure, off)))
    {
        let made = failing(*failure, 500 + nth as u64, start());
        let host = made.parts[nth % made.parts.len()].host.clone();
        cases.push((made, host, off));
    }
    let prefix = format!("skewed-{}", telemetry.pattern().trim_end_matches('*'));
    let documents = cases.iter().flat_map(|(made, host, off)| truth::skewed(made, telemetry, host, *off));
    load(cluster, telemetry, documents.map(|(_, document)| (format!("{prefix}all"), document)));
    let told: usize =
        cases.iter().map(|(made, host, off)| truth::told_clocks(made, &ask(cluster, &format!("{prefix}*"), &made.trace_id), host, *off)).sum();
    assert!(told * 2 >= cases.len(), "{told} of {}", cases.len());
}

fn check(telemetry: Telemetry, made: &MadeTrace, trace: &Trace) {
    let is_log = matches!(telemetry, Telemetry::Spia | Telemetry::Ecs);
    for part in made.parts.iter().filter(|part| is_log || part.status.is_some()) {
        let span = trace.spans.iter().find(|s| s.id == part.id).unwrap_or_else(|| panic!("{telemetry:?}: no span of {}", part.service));
        let off = span.start.millis_since(made.start) - part.start_ms;
        assert!(off.abs() < if is_log { 5.0 } else { 0.01 }, "{telemetry:?} {}: start off by {off} ms", part.service);
        let off = span.duration_ms - part.duration_ms;
        assert!(off.abs() < 5.0 || part.status.is_none(), "{telemetry:?} {}: duration off by {off} ms", part.service);
        assert_eq!((span.service.as_str(), span.open), (part.service, part.status.is_none()));
        assert_eq!(span.inferred, is_log);
        if !is_log {
            let caller = part.parent.and_then(|parent| made.parts.get(parent)).map(|p| p.service);
            let above = span.parent.as_ref().and_then(|id| trace.spans.iter().find(|s| s.id == *id)).map(|s| s.service.as_str());
            assert_eq!(above, caller, "{telemetry:?}: who called {}", part.service);
            assert_eq!(span.failed, part.status.is_some_and(|s| s >= 500), "{telemetry:?} {}", part.service);
        }
    }
    let thrown = made
        .parts
        .iter()
        .filter(|p| is_log || p.status.is_some())
        .map(|p| if is_log { p.thrown.len() } else { p.thrown.len().min(1) })
        .sum::<usize>();
    assert_eq!(trace.records.iter().filter(|r| r.exception.is_some()).count(), thrown, "{telemetry:?}: exceptions");
    let found: Vec<&str> =
        trace.origin.iter().flat_map(|o| std::iter::once(o.name.as_str()).chain(o.alternatives.first().map(|a| a.name.as_str()))).collect();
    let right = if made.origin.is_empty() { found.is_empty() } else { found.iter().any(|name| made.origin.iter().any(|o| o == name)) };
    assert!(right, "{telemetry:?}: {:?} of {:?}", trace.origin, made.origin);
    assert!(trace.clocks.is_empty(), "{telemetry:?}: {:?}", trace.clocks);
    let (wrong, _) = truth::structure(telemetry, made, trace);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
