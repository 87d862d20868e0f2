//! How often the origin of a failing trace is right, by way of failing and by telemetry: `cargo run --release --example origins [TRACES]`.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use serde_json::Value;
use spia::analysis::assemble::{Marks, assemble};
use spia::demo::{Failure, Telemetry, failing};
use spia::model::{LogRecord, Timestamp, Trace};
use spia::schema::{FieldMap, PRESETS, read_records};
use std::collections::BTreeMap;

/// Documents as records, by the schema that each of them shows.
fn records(documents: &[(String, Value)]) -> Vec<LogRecord> {
    let read = |document: &Value| {
        let mut paths = BTreeMap::new();
        flatten("", document, &mut paths);
        let preset = PRESETS.iter().find(|preset| preset.fits(&paths, &|_| false)).expect("a schema");
        let mut map = FieldMap::of(preset);
        for (field, candidates) in preset.fields {
            if let Some(path) = candidates.iter().find(|path| paths.contains_key(**path)) {
                let mapping = spia::schema::Mapping { path: (*path).to_string(), exact: None, kind: spia::schema::Kind::Keyword };
                map.fields.insert(field.clone(), mapping);
            }
        }
        let Value::Object(fields) = document.clone() else { return Vec::new() };
        read_records(&map, fields.into())
    };
    documents.iter().flat_map(|(_, document)| read(document)).collect()
}

fn flatten(prefix: &str, value: &Value, paths: &mut BTreeMap<String, spia::schema::Kind>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| flatten(&if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") }, value, paths))
        }
        _ => drop(paths.insert(prefix.to_string(), spia::schema::Kind::Keyword)),
    }
}

#[derive(Default, Clone, Copy)]
struct Score {
    all: u32,
    right: u32,
    among_two: u32,
    wrong_high: u32,
}

fn judge(trace: &Trace, truth: &[String], score: &mut Score) -> bool {
    score.all += 1;
    let Some(origin) = &trace.origin else {
        score.right += u32::from(truth.is_empty());
        score.among_two += u32::from(truth.is_empty());
        return truth.is_empty();
    };
    let right = truth.contains(&origin.name);
    let second = origin.alternatives.first().is_some_and(|a| truth.contains(&a.name));
    score.right += u32::from(right);
    score.among_two += u32::from(right || second);
    score.wrong_high += u32::from(!right && origin.confidence == "high");
    right || second
}

fn main() {
    let each: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(100);
    let start = Timestamp::from_millis(1_768_446_000_000);
    println!("{:<22} {:>10} {:>8} {:>10} {:>14}", "way of failing", "traces", "right", "among two", "wrong and sure");
    let mut whole = Score::default();
    let mut by_telemetry: BTreeMap<String, Score> = BTreeMap::new();
    for failure in Failure::ALL {
        let mut score = Score::default();
        for telemetry in Telemetry::ALL {
            let mut own = Score::default();
            for seed in 0..each {
                let made = failing(failure, seed, start);
                let trace = assemble(&made.trace_id, records(&telemetry.documents(&made)), Marks::default());
                if !judge(&trace, &made.origin, &mut own) && std::env::var_os("SHOW").is_some() {
                    println!(
                        "  {failure:?} {telemetry:?} seed {seed}: truth {:?}, found {:?}",
                        made.origin,
                        trace.origin.as_ref().map(|o| (&o.name, &o.reason, o.confidence))
                    );
                }
            }
            add(&mut score, own);
            add(by_telemetry.entry(format!("{telemetry:?}")).or_default(), own);
        }
        row(&format!("{failure:?}"), score);
        add(&mut whole, score);
    }
    println!();
    by_telemetry.iter().for_each(|(name, score)| row(name, *score));
    println!();
    row("all", whole);
}

fn add(to: &mut Score, more: Score) {
    *to = Score {
        all: to.all + more.all,
        right: to.right + more.right,
        among_two: to.among_two + more.among_two,
        wrong_high: to.wrong_high + more.wrong_high,
    };
}

fn row(name: &str, score: Score) {
    let share = |n: u32| format!("{:.1}%", f64::from(n) / f64::from(score.all.max(1)) * 100.0);
    println!("{name:<22} {:>10} {:>8} {:>10} {:>14}", score.all, share(score.right), share(score.among_two), share(score.wrong_high));
}
