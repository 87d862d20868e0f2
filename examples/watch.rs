//! What the first line says while an incident goes on, refresh after refresh, and after it:
//! `cargo run --release --example watch [KIND] [SEED] [STEP_S]`. A line is printed whenever what is said changes.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)]

use spia::answers::Scope;
use spia::answers::brief::{Brief, BriefParams, BriefQuestion};
use spia::app::brief::{BriefPane, said};
use spia::demo::{Incident, Scenario};
use spia::export::{hit, statement};
use spia::model::{Timestamp, Zone};
use spia::runtime::drive::{drive, know};
use spia::source::SchemaQuestion;
use spia::source::local::MadeUp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// When every incident begins, ms since the epoch.
const ONSET_MS: i64 = 1_768_446_000_000;
/// How much past there is, how long it lasts, and how long it is watched after it.
const HISTORY_MS: i64 = 3 * 3_600_000;
const LASTS_MS: i64 = 12 * 60_000;
const AFTER_MS: i64 = 12 * 60_000;

static NOW: AtomicI64 = AtomicI64::new(0);

fn clock() -> Timestamp {
    Timestamp::from_millis(NOW.load(Ordering::SeqCst))
}

/// What stands on screen, without what changes with every count.
fn shown(brief: &Brief) -> (String, String) {
    match &brief.origin {
        Some(origin) => (format!("{} [{}]", statement(origin, brief.clock, Zone::UTC), origin.confidence.name()), hit(brief)),
        None => (brief.found.name().to_string(), String::new()),
    }
}

/// The part of it that is not to change without a reason.
fn gist(brief: &Brief) -> String {
    let origin = brief.origin.as_ref().map(|o| (o.kind.name(), o.confidence.name(), o.until.is_some()));
    format!("{:?} {origin:?}", said(brief))
}

async fn watch(incident: Incident, seed: u64, step_ms: i64) {
    let onset = Timestamp::from_millis(ONSET_MS);
    let scenario = Scenario { seed, incident: Some(incident), onset, end: Some(onset.plus_millis(LASTS_MS)), rate: 4.0, late_ms: 0 };
    NOW.store(ONSET_MS - 60_000, Ordering::SeqCst);
    let source = MadeUp::since(scenario, clock, HISTORY_MS).expect("a temporary file");
    let question = SchemaQuestion { attributes: true, ..SchemaQuestion::default() };
    let mut pane = BriefPane::default();
    let mut before = String::new();
    println!("== {incident}, seed {seed}");
    for now in (ONSET_MS - 60_000..ONSET_MS + LASTS_MS + AFTER_MS).step_by(usize::try_from(step_ms).unwrap()) {
        NOW.store(now, Ordering::SeqCst);
        let known = know(&source, &question).await.expect("a schema");
        let params = BriefParams { scope: Scope::default(), ..BriefParams::default() };
        let (brief, _) = drive(&source, &known, BriefQuestion::new(params), Duration::from_secs(60)).await.expect("an answer");
        pane.take(Ok(Arc::new(brief)));
        let Some(stands) = &pane.data.answer else { continue };
        let gist = gist(stands);
        if gist != before {
            let (first, second) = shown(stands);
            println!("{:+5} s  {first}\n         {second}", (now - ONSET_MS) / 1000);
            if let Some(origin) = stands.origin.as_ref() {
                println!("         {}", origin.because.join("; "));
            }
            before = gist;
        }
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let only = arguments.next();
    let seed = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    let step_s: i64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(10);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for incident in Incident::ALL.into_iter().filter(|incident| only.as_ref().is_none_or(|only| incident.name() == only)) {
        runtime.block_on(watch(incident, seed, step_s * 1000));
    }
}
