//! Every question on real clusters: the answers are the generator's own figures, and the local engine's.
//!
//! Needs a JDK and Maven; without them each test says `skipped: …`, or fails where SPIA_LIVE=1 says that it must run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

mod agree;
mod cluster;
mod faults;
mod layouts;
mod load;
mod schemas;
#[path = "../truth/mod.rs"]
mod truth;
mod whole;

use agree::Case;
use cluster::live;
use load::Layout;
use spia::demo::Telemetry;

fn every_question(kind: &str) {
    let Some(cluster) = live(kind) else { return };
    let case = Case::new(250_000, 7);
    load::load(&cluster, &case, "logs-", Layout::Keyword);
    case.check(&cluster, "logs-*", Layout::Keyword.dress());
}

#[test]
fn elasticsearch_7() {
    every_question("es7");
}

#[test]
fn elasticsearch_8_and_every_mapping() {
    let Some(cluster) = live("es8") else { return };
    let case = Case::new(250_000, 7);
    load::load(&cluster, &case, "logs-", Layout::Keyword);
    case.check(&cluster, "logs-*", Layout::Keyword.dress());
    agree::costs_little(&cluster, "logs-*");
    let small = Case::new(110_000, 11);
    for (prefix, layout) in [("dynamic-", Layout::Dynamic), ("ecs-", Layout::Ecs), ("mixed-", Layout::Mixed)] {
        load::load(&cluster, &small, prefix, layout);
        small.check(&cluster, &format!("{prefix}*"), layout.dress());
    }
    let both = Case::new(60_000, 13);
    load::load(&cluster, &both, "both-", Layout::BothForEach);
    both.check_joined(&cluster, "both-*");
    faults::in_order(&cluster);
}

#[test]
fn elasticsearch_9() {
    every_question("es9");
}

#[test]
fn opensearch_2() {
    every_question("os2");
}

#[test]
fn opensearch_2_traces() {
    let Some(cluster) = live("os2") else { return };
    schemas::in_every_schema(&cluster, &[Telemetry::Jaeger, Telemetry::DataPrepper]);
    whole::more_on_one_instant_than_a_page(&cluster);
    layouts::in_one_index(&cluster);
}

#[test]
fn opensearch_3() {
    every_question("os3");
}

#[test]
fn elasticsearch_with_tls_and_users() {
    let Some(cluster) = live("es8tls") else { return };
    faults::of_access(&cluster);
}

#[test]
fn elasticsearch_of_three_nodes_loses_them() {
    let Some(cluster) = live("es8x3") else { return };
    load::load_sharded(&cluster, &Case::new(30_000, 5), "logs-", Layout::Keyword, 3);
    faults::nodes_die(&cluster);
}

fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: std::sync::OnceLock<tokio::runtime::Runtime> = std::sync::OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime"))
}

pub(crate) fn wait<T>(future: impl std::future::Future<Output = T>) -> T {
    runtime().block_on(future)
}

#[test]
fn elasticsearch_8_traces() {
    let Some(cluster) = live("es8") else { return };
    schemas::in_every_schema(&cluster, &[Telemetry::Spia, Telemetry::Ecs, Telemetry::Apm, Telemetry::Otel, Telemetry::Jaeger]);
    whole::more_on_one_instant_than_a_page(&cluster);
    layouts::in_one_index(&cluster);
}
