//! Starts real clusters, one at a time, and stops them.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A running cluster; it is stopped with this.
pub struct Cluster {
    kind: String,
    pub url: String,
    pub http: reqwest::Client,
    _turn: MutexGuard<'static, ()>,
}

/// The cluster of that kind, or a word why not.
pub fn live(kind: &str) -> Option<Cluster> {
    let must = std::env::var_os("SPIA_LIVE").is_some_and(|v| v == "1");
    for (tool, flag) in [("mvn", "--version"), ("javac", "--version"), ("curl", "--version"), ("unzip", "-v")] {
        let there = Command::new(tool).arg(flag).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success());
        if !there {
            assert!(!must, "SPIA_LIVE=1, but there is no {tool}");
            println!("skipped: {kind} needs {tool}");
            return None;
        }
    }
    let turn = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let out = script(&["up", kind]).stderr(Stdio::piped()).output().expect("bash runs");
    if !out.status.success() {
        let why = String::from_utf8_lossy(&out.stderr).trim().to_string();
        assert!(!must, "SPIA_LIVE=1, but {kind} does not start: {why}");
        println!("skipped: {kind} does not start: {why}");
        return None;
    }
    let url = String::from_utf8_lossy(&out.stdout).trim().lines().last().unwrap_or_default().to_string();
    let url = url.rsplit('\u{1b}').next().unwrap_or_default().rsplit("[0m").next().unwrap_or_default().to_string();
    let http = reqwest::Client::builder().no_proxy().danger_accept_invalid_certs(true).build().expect("a client");
    Some(Cluster { kind: kind.to_string(), url, http, _turn: turn })
}

fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("clusters")
}

fn script(words: &[&str]) -> Command {
    let mut command = Command::new("bash");
    // Ports of their own: a cluster somebody works with is left alone.
    let port = match words.get(1) {
        Some(&"es7") => "9370",
        Some(&"es8") => "9380",
        Some(&"es8x3") => "9383",
        Some(&"es8tls") => "9386",
        Some(&"es9") => "9390",
        Some(&"os2") => "9320",
        _ => "9330",
    };
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clusters/cluster")).args(words).env("CLUSTERS_HOME", home());
    if words.first() == Some(&"up") {
        command.arg(port);
    }
    command
}

impl Cluster {
    /// Where the certificate of a TLS cluster's authority is.
    pub fn ca(&self) -> PathBuf {
        home().join(&self.kind).join("ca.crt")
    }

    /// One node dies at once.
    pub fn kill(&self, node: &str) {
        assert!(script(&["kill", &self.kind, node]).stdout(Stdio::null()).status().is_ok_and(|s| s.success()), "{node} is killed");
    }

    /// A request with a JSON (or NDJSON) body; the answer, whatever its status.
    pub fn send(&self, method: &str, path: &str, body: String) -> serde_json::Value {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let kind = if path.starts_with("/_bulk") { "application/x-ndjson" } else { "application/json" };
        let mut request = self.http.request(method, format!("{}{path}", self.url)).header("content-type", kind);
        if self.kind == "es8tls" {
            request = request.basic_auth("elastic", Some("secret-1"));
        }
        if !body.is_empty() {
            request = request.body(body);
        }
        crate::wait(async { serde_json::from_slice(&request.send().await.expect("an answer").bytes().await.expect("a body")).unwrap_or_default() })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _best_effort = script(&["down", &self.kind]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}
