//! Brings generated records into a cluster, in daily indices for each service.

use crate::agree::Case;
use crate::cluster::Cluster;
use crate::wait;
use serde_json::json;
use spia::demo::{Dress, Made, SERVICES, mapping, render};
use spia::runtime::drive::read_whole;
use spia::source::SchemaQuestion;
use spia::source::local::LocalSource;
use std::io::Write;
use tempfile::NamedTempFile;

/// How the indices are mapped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Strings as keyword.
    Keyword,
    /// As Logstash leaves them: text with `.keyword`.
    Dynamic,
    /// The Elastic Common Schema.
    Ecs,
    /// Half of the services as keyword, half as text with `.keyword`.
    Mixed,
    /// Every service has an index of each.
    BothForEach,
}

impl Layout {
    /// What the records wear.
    pub fn dress(self) -> Dress {
        if self == Layout::Ecs { Dress::Ecs } else { Dress::Spia }
    }
}

fn dynamic(layout: Layout, made: &Made, nth: usize) -> bool {
    match layout {
        Layout::Keyword | Layout::Ecs => false,
        Layout::Dynamic => true,
        Layout::Mixed => made.service.is_multiple_of(2),
        Layout::BothForEach => nth.is_multiple_of(2),
    }
}

/// Loads a case's records under a prefix, one shard an index.
pub fn load(cluster: &Cluster, case: &Case, prefix: &str, layout: Layout) {
    load_sharded(cluster, case, prefix, layout, 1);
}

/// Loads a case's records under a prefix.
pub fn load_sharded(cluster: &Cluster, case: &Case, prefix: &str, layout: Layout, shards: u32) {
    let dress = layout.dress();
    let settings = json!({"number_of_shards": shards, "number_of_replicas": 0, "refresh_interval": "60s"});
    let times = json!({"properties": {"timestamp": {"type": "date"}, "@timestamp": {"type": "date"}}});
    for (name, priority, mappings) in [("", 500, mapping(dress)), ("t-", 600, times)] {
        let template =
            json!({"index_patterns": [format!("{prefix}{name}*")], "priority": priority, "template": {"settings": settings, "mappings": mappings}});
        let answer = cluster.send("PUT", &format!("/_index_template/{prefix}{name}template"), template.to_string());
        assert_eq!(answer["acknowledged"], true, "{answer}");
    }
    let mut body = String::new();
    let last = case.records.len() - 1;
    for (nth, made) in case.records.iter().enumerate() {
        let kind = if dynamic(layout, made, nth) { "t-" } else { "" };
        let day = made.at.rfc3339()[..10].replace('-', ".");
        body.push_str(&format!("{{\"create\":{{\"_index\":\"{prefix}{kind}{}-{day}\"}}}}\n", SERVICES[made.service].name));
        body.push_str(&render(made, dress));
        body.push('\n');
        if body.len() > 6_000_000 || nth == last {
            let answer = cluster.send("POST", "/_bulk?filter_path=errors,items.*.error", std::mem::take(&mut body));
            assert_eq!(answer["errors"], false, "{}", answer.to_string().chars().take(500).collect::<String>());
        }
    }
    cluster.send("POST", &format!("/{prefix}*/_refresh"), String::new());
}

/// The same lines in an index and in a file, which is gone with the first of what is given back.
pub fn in_both(cluster: &Cluster, index: &str, lines: &[String]) -> (NamedTempFile, LocalSource) {
    let body: String = lines.iter().map(|line| format!("{{\"create\":{{\"_index\":\"{index}\"}}}}\n{line}\n")).collect();
    let answer = cluster.send("POST", "/_bulk?refresh=true&filter_path=errors,items.*.error", body);
    assert_eq!(answer["errors"], false, "{}", answer.to_string().chars().take(500).collect::<String>());
    let mut file = NamedTempFile::new().expect("a file");
    lines.iter().for_each(|line| writeln!(file, "{line}").expect("room"));
    let local = LocalSource::open(&[file.path().display().to_string()], &SchemaQuestion::default()).expect("a file");
    wait(read_whole(&local));
    (file, local)
}
