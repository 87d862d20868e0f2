//! How often the brief is right, by kind of incident: `cargo run --release --example incidents [SEEDS] [KIND]`.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use spia::answers::brief::{Brief, BriefParams, BriefQuestion, Confidence, Found};
use spia::demo::{Incident, Scenario};
use spia::model::Timestamp;
use spia::runtime::drive::{drive, know};
use spia::source::SchemaQuestion;
use spia::source::local::MadeUp;
use std::time::Duration;

/// All incidents are looked at from here.
fn clock() -> Timestamp {
    Timestamp::from_millis(1_768_446_000_000)
}

/// How much past there is.
const HISTORY_MS: i64 = 6 * 3_600_000;

#[derive(Default)]
struct Row {
    runs: u32,
    right: u32,
    sure: u32,
    apart: Option<u32>,
    on_time: u32,
    nothing: u32,
    blind: u32,
    wrong: Vec<String>,
}

async fn brief(scenario: Scenario) -> Brief {
    let source = MadeUp::since(scenario, clock, HISTORY_MS).expect("a temporary file");
    let question = SchemaQuestion { attributes: true, ..SchemaQuestion::default() };
    let known = know(&source, &question).await.expect("a schema");
    drive(&source, &known, BriefQuestion::new(BriefParams::default()), Duration::from_secs(60)).await.expect("an answer").0
}

fn judge(row: &mut Row, incident: Option<Incident>, scenario: &Scenario, brief: &Brief) {
    row.runs += 1;
    row.nothing += u32::from(brief.found == Found::Nothing);
    row.blind += u32::from(brief.found == Found::Blind);
    let told = brief.origin.as_ref().map_or(brief.found.name().to_string(), |o| {
        format!("{} {} of {} ({}; {})", o.kind.name(), o.name, o.service, o.confidence.name(), o.because.join("; "))
    });
    let Some(incident) = incident else {
        if brief.found == Found::Found {
            row.wrong.push(format!("seed {}: {told}", scenario.seed));
        }
        return;
    };
    let (kind, name, _, apart) = incident.origin();
    let origin = brief.origin.as_ref();
    let right = origin.is_some_and(|o| o.kind.name() == kind && o.name.contains(name));
    row.right += u32::from(right);
    row.sure += u32::from(right && origin.is_some_and(|o| o.confidence >= Confidence::Medium));
    if let Some((_, value)) = apart {
        *row.apart.get_or_insert(0) += u32::from(origin.is_some_and(|o| o.sets_apart.iter().take(2).any(|a| a.value == value)));
    }
    let off = origin.and_then(|o| o.since).map(|since| since.millis() - scenario.onset.millis());
    let on_time = off.is_some_and(|off| off.abs() <= 60_000);
    row.on_time += u32::from(on_time);
    if !right || !on_time {
        let off = off.map_or("not told".to_string(), |off| format!("{:+} s off", off / 1000));
        row.wrong.push(format!("seed {}: {told}, onset {off}", scenario.seed));
    }
}

fn main() {
    let seeds: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(20);
    let only = std::env::args().nth(2);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let named: Vec<(String, Option<Incident>, i64)> = Incident::ALL
        .into_iter()
        .map(|incident| (incident.name().to_string(), Some(incident), 0))
        .chain([("(quiet)".to_string(), None, 0), ("(late)".to_string(), None, 15 * 60_000)])
        .filter(|(name, ..)| only.as_ref().is_none_or(|only| name.contains(only.as_str())))
        .collect();
    println!("{:12} {:>5} {:>7} {:>7} {:>7} {:>8} {:>8} {:>6}", "incident", "runs", "right", "sure", "apart", "on time", "nothing", "blind");
    let mut wrong = Vec::new();
    for (name, incident, late_ms) in named {
        let mut row = Row::default();
        for seed in 1..=seeds {
            let minutes = 6 + (seed * 7) % 50;
            let onset = if late_ms > 0 { clock().plus_millis(-late_ms) } else { clock().plus_millis(-(minutes as i64) * 60_000 + 13_000) };
            let scenario = Scenario { seed, incident, onset, end: None, rate: 1.6, late_ms };
            judge(&mut row, incident, &scenario, &runtime.block_on(brief(scenario)));
        }
        let part = |n: u32| format!("{:.0}%", 100.0 * f64::from(n) / f64::from(row.runs.max(1)));
        let apart = row.apart.map_or("-".to_string(), part);
        let of = |n: u32| if incident.is_some() { part(n) } else { "-".to_string() };
        println!(
            "{name:12} {:>5} {:>7} {:>7} {apart:>7} {:>8} {:>8} {:>6}",
            row.runs,
            of(row.right),
            of(row.sure),
            of(row.on_time),
            part(row.nothing),
            part(row.blind)
        );
        wrong.extend(row.wrong.into_iter().map(|w| format!("  {name} {w}")));
    }
    println!("{}", wrong.join("\n"));
}
