//! How long reading, asking and drawing take: `cargo bench`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../tests/stage/mod.rs"]
mod stage;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use spia::answers::errors::ErrorsQuestion;
use spia::answers::slow::SlowQuestion;
use spia::answers::traces::TracesQuestion;
use spia::answers::*;
use spia::demo::{Dress, Incident, Scenario, exactly, render};
use spia::model::{Level, Timestamp};
use spia::runtime::drive::{drive, know, read_whole};
use spia::schema::Field;
use spia::source::SchemaQuestion;
use spia::source::local::LocalSource;
use spia::ui::{Look, draw};
use stage::Stage;
use std::io::Write;
use std::time::Duration;

const RECORDS: u64 = 200_000;
const DEADLINE: Duration = Duration::from_secs(60);

fn file() -> tempfile::NamedTempFile {
    let to = Timestamp::parse("2026-11-23T03:16:45Z").unwrap().0;
    let scenario = Scenario { seed: 1, incident: Some(Incident::Payment), onset: to.plus_millis(-840_000), end: None, rate: 6.0, late_ms: 0 };
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut out = std::io::BufWriter::new(&mut file);
    exactly(scenario, RECORDS, to.millis(), |batch| batch.iter().for_each(|made| writeln!(out, "{}", render(made, Dress::Spia)).unwrap()));
    drop(out);
    file
}

fn open(path: &str, runtime: &tokio::runtime::Runtime) -> LocalSource {
    let source = LocalSource::open(&[path.to_string()], &SchemaQuestion::default()).unwrap();
    runtime.block_on(read_whole(&source));
    source
}

fn reading_and_asking(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let file = file();
    let path = file.path().display().to_string();
    let mut group = c.benchmark_group("local");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(file.as_file().metadata().unwrap().len()));
    group.bench_function("read 200,000 records of NDJSON", |b| b.iter(|| open(&path, &runtime)));
    group.throughput(Throughput::Elements(RECORDS));
    let source = open(&path, &runtime);
    let known = runtime.block_on(know(&source, &SchemaQuestion::default())).unwrap();
    let errors = |by| ErrorsQuestion::new(ErrorsParams { measure: Measure::Errors, by, ..ErrorsParams::default() });
    group.bench_function("errors by time", |b| b.iter(|| runtime.block_on(drive(&source, &known, errors(By::Time), DEADLINE)).unwrap()));
    group.bench_function("errors by version", |b| {
        b.iter(|| runtime.block_on(drive(&source, &known, errors(By::Field(Field::Version)), DEADLINE)).unwrap())
    });
    let slow = || SlowQuestion::new(SlowParams::default());
    group.bench_function("slow", |b| b.iter(|| runtime.block_on(drive(&source, &known, slow(), DEADLINE)).unwrap()));
    let traces = || {
        TracesQuestion::new(TracesParams { scope: Scope::default(), sample: 2000, most_traces: 300, services: 0, level: Level::Error, limit: 100 })
    };
    group.bench_function("300 failing traces", |b| b.iter(|| runtime.block_on(drive(&source, &known, traces(), DEADLINE)).unwrap()));
    group.finish();
}

fn drawing(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let look = Look { colour: true, ascii: false };
    let mut group = c.benchmark_group("draw at 200x60");
    for (name, keys) in [("overview", ""), ("records", "enter"), ("trace", "enter T"), ("slow alone", "tab z"), ("keys", "?")] {
        let mut stage = runtime.block_on(Stage::new((200, 60), Some(Incident::Payment), 0));
        runtime.block_on(stage.keys(keys));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));
        group.bench_function(name, |b| {
            b.iter(|| {
                buffer.reset();
                draw(&stage.state, look, &mut buffer)
            });
        });
    }
    group.finish();
}

fn an_answer_of_a_cluster(c: &mut Criterion) {
    // The shape of a heatmap's answer: 23 services by 60 columns, five counts each, about 200 KB.
    let cell = |i: u64| serde_json::json!({"key": 1_768_446_000_000_u64 + i * 15_000, "doc_count": i, "slow": {"doc_count": i, "avg": {"value": 1523.25}}, "p": {"values": [{"key": 95.0, "value": 880.5}]}});
    let service = |i: u64| serde_json::json!({"key": format!("service-{i}"), "doc_count": i * 60, "points": {"buckets": (0..60).map(cell).collect::<Vec<_>>()}});
    let response = serde_json::json!({"took": 5, "status": 200, "_shards": {"total": 23, "failed": 0}, "aggregations": {"services": {"buckets": (0..23).map(service).collect::<Vec<_>>()}}});
    let body = serde_json::json!({"took": 5, "responses": [response]}).to_string();
    let mut group = c.benchmark_group("cluster");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function(format!("read an _msearch answer of {} KB", body.len() / 1024), |b| b.iter(|| spia::source::elastic::read_answer(&body)));
    group.finish();
}

criterion_group!(benches, reading_and_asking, drawing, an_answer_of_a_cluster);
criterion_main!(benches);
