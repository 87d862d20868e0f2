//! The binary as scripts call it: contract, exit codes, and a clear sentence for bad input.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

use serde_json::Value;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

const TO: &str = "2026-11-23T03:16:45Z";
const FROM: &str = "2026-11-23T03:01:45Z";

fn spia(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spia"));
    command.args(words).env_clear().env("HOME", "/nonexistent").stdin(Stdio::null());
    command
}

fn run(words: &[&str]) -> Output {
    spia(words).output().unwrap()
}

fn json(words: &[&str]) -> Value {
    let out = run(&[words, &["--format", "json"]].concat());
    assert!(out.stderr.is_empty(), "{words:?}: {}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{words:?}: {e}: {}", String::from_utf8_lossy(&out.stdout)))
}

/// The sentence and the exit code.
fn refusal(words: &[&str]) -> (String, i32) {
    let out = run(words);
    assert!(out.stdout.is_empty(), "{words:?} printed {}", String::from_utf8_lossy(&out.stdout));
    let sentence = String::from_utf8(out.stderr).unwrap();
    assert_eq!(sentence.trim_end().lines().count(), 1, "{words:?}: one sentence: {sentence}");
    (sentence, out.status.code().unwrap())
}

/// A generated file and its truth, made once.
fn incident() -> (String, Value) {
    static MADE: std::sync::OnceLock<(PathBuf, PathBuf)> = std::sync::OnceLock::new();
    let (file, truth) = MADE.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let (file, truth) = (folder.join("payment.ndjson"), folder.join("payment.truth.json"));
        let out =
            run(&["demo", "--write", file.to_str().unwrap(), "--truth", truth.to_str().unwrap(), "--records", "60000", "--to", TO, "--seed", "5"]);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        (file, truth)
    });
    (file.display().to_string(), serde_json::from_slice(&std::fs::read(truth).unwrap()).unwrap())
}

fn file_with(text: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text).unwrap();
    file
}

#[test]
fn errors_over_all_of_a_file_are_the_generators_own() {
    let (file, truth) = incident();
    let found = json(&["errors", "--file", &file, "--from", "2026-11-22T03:16:45Z", "--to", TO]);
    let services = found["services"].as_array().unwrap();
    assert_eq!(services.len(), truth["services"].as_object().unwrap().len());
    for service in services {
        let own = &truth["services"][service["service"].as_str().unwrap()];
        assert_eq!(
            (&service["total"], &service["requests"], &service["failed"], &service["newest"]),
            (&own["errors"], &own["requests"], &own["failed"], &own["newest"]),
            "{service}"
        );
    }
    let slow = json(&["slow", "--file", &file, "--from", "2026-11-22T03:16:45Z", "--to", TO]);
    for service in slow["services"].as_array().unwrap() {
        let own = &truth["services"][service["service"].as_str().unwrap()];
        assert_eq!(service["slow"], own["slow"]);
        if let Some(average) = own["avg_slow_ms"].as_f64() {
            assert!((service["avg_slow_ms"].as_f64().unwrap() - average).abs() < 0.001);
        }
    }
}

#[test]
fn the_contract_has_its_fields() {
    let (file, _) = incident();
    let common = ["--file", &file, "--from", FROM, "--to", TO];
    let errors = json(&[&["errors"][..], &common].concat());
    for field in ["from", "to", "interval_ms", "measure", "by", "baseline", "thresholds", "columns", "partial", "markers", "services", "completeness"]
    {
        assert!(errors.get(field).is_some(), "{field}");
    }
    assert_eq!((&errors["interval_ms"], errors["columns"].as_array().unwrap().len()), (&Value::from(15_000), 60));
    assert_eq!((&errors["from"], &errors["thresholds"]["per_ms"]), (&Value::from("2026-11-23T03:01:45.000Z"), &Value::from(900_000)));
    for service in errors["services"].as_array().unwrap() {
        for field in
            ["service", "total", "requests", "failed", "unfinished", "error_share", "usual", "usual_per_min", "newest", "lag_ms", "state", "surprise"]
        {
            assert!(service.get(field).is_some(), "{field}");
        }
        assert_eq!(service["cells"].as_array().unwrap().len(), 60);
    }
    let by_level = json(&[&["errors", "--by", "level"][..], &common].concat());
    assert_eq!(by_level["columns"], serde_json::json!(["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]));
    assert_eq!((&by_level["measure"], &by_level["interval_ms"]), (&Value::from("records"), &Value::Null));
    let slow = json(&[&["slow"][..], &common].concat());
    let worst = &slow["services"][0];
    for field in
        ["requests", "slow", "share_slow", "avg_slow_ms", "p50_ms", "p95_ms", "usual_p95_ms", "flat_ms", "unfinished", "usual_unfinished", "points"]
    {
        assert!(worst.get(field).is_some(), "{field}");
    }
    let traces = json(&[&["traces", "--services", "1"][..], &common].concat());
    let shape = &traces["shapes"][0];
    assert_eq!((&shape["origin"], &shape["exception"]), (&Value::from("stripe"), &Value::from("TimeoutError")));
    let trace = json(&["trace", shape["example"].as_str().unwrap(), "--file", &file]);
    assert_eq!((&trace["origin"]["kind"], &trace["origin"]["service"]), (&Value::from("dependency"), &Value::from("payment-gateway")));
    assert_eq!(trace["records"].as_u64().unwrap() as usize, trace["events"].as_array().unwrap().len());
}

#[test]
fn a_pipe_and_compressed_files_answer_like_the_file() {
    let (file, _) = incident();
    let bytes = std::fs::read(&file).unwrap();
    let ask = ["errors", "--from", FROM, "--to", TO];
    let plain = json(&[&ask[..], &["--file", &file]].concat());
    let folder = tempfile::tempdir().unwrap();
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    zip.write_all(&bytes).unwrap();
    for (name, content) in [("a.ndjson.gz", zip.finish().unwrap()), ("a.ndjson.zst", zstd::stream::encode_all(bytes.as_slice(), 1).unwrap())] {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        assert_eq!(json(&[&ask[..], &["--file", path.to_str().unwrap()]].concat()), plain, "{name}");
    }
    let mut child = spia(&[&ask[..], &["--file", "-", "--format", "json"]].concat()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let out = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&out.stdout).unwrap(), plain);
}

#[test]
fn filters_and_queries_narrow_the_figures_and_not_the_roster() {
    let (file, truth) = incident();
    let whole = ["--file", &file, "--from", "2026-11-22T03:16:45Z", "--to", TO];
    let failed = json(&[&["errors", "--measure", "failed", "--query", "service:(checkout or cart) and not path:/nowhere"][..], &whole].concat());
    let checkout = failed["services"].as_array().unwrap().iter().find(|s| s["service"] == "checkout").unwrap().clone();
    assert_eq!(checkout["total"], truth["services"]["checkout"]["failed"]);
    assert_eq!(failed["services"].as_array().unwrap().len(), 23, "all of the roster keep their rows");
    let one = json(&[&["errors", "--filter", "service:checkout", "--filter", "-context.payment_method:adyen"][..], &whole].concat());
    assert_eq!(one["services"].as_array().unwrap().len(), 1, "a filter on service narrows it");
    assert!(one["services"][0]["requests"].as_u64() < truth["services"]["checkout"]["requests"].as_u64());
}

#[test]
fn wrong_usage_is_one_sentence_and_exit_code_2() {
    let (file, _) = incident();
    let of = |words: &[&str]| refusal(&[words, &["--file", &file]].concat());
    for (words, says) in [
        (&["errors", "--query", "level:(ERROR OR"][..], "column 16"),
        (&["errors", "--interval", "-5m"], "is no interval"),
        (&["errors", "--from", "2026-11-23T03:16:45Z", "--to", "2026-11-23T03:01:45Z"], "ends"),
        (&["errors", "--from", "yesterday"], "is no time"),
        (&["errors", "--measure", "joy"], "p95"),
        (&["errors", "--by", "trace_id"], "value of its own"),
        (&["errors", "--by", "versoin"], "no such field"),
        (&["errors", "--filter", "versoin:2.9.0"], "no such field"),
        (&["logs", "--query", "versoin:2.9.0"], "no such field"),
        (&["errors", "--filter", "service"], "field:value"),
        (&["errors", "--interval", "1s", "--from", "now-30d"], "columns"),
        (&["errors", "--schema", "xml"], "is not known: spia, ecs"),
        (&["trace", "payment is down"], "no trace id"),
        (&["slow", "--threshold", "NaN"], "--threshold"),
    ] {
        let (sentence, code) = of(words);
        assert!(code == 2 && sentence.contains(says), "{words:?}: {code}: {sentence}");
    }
    for (words, says) in [
        (&["errors"][..], "spia demo"),
        (&["errors", "--url", "https://me:secret@es:9200"], "SPIA_PASSWORD"),
        (&["errors", "--url", "http://127.0.0.1:1", "--index", "_all"], "logs-*"),
        (&["errors", "--config", "/nonexistent/x.toml"], "/nonexistent/x.toml"),
        (&["demo", "--incident", "flood", "--write", "/tmp/x"], "payment"),
        (&[], "terminal"),
    ] {
        let (sentence, code) = refusal(words);
        assert!(code == 2 && sentence.contains(says) && !sentence.contains("secret@"), "{words:?}: {code}: {sentence}");
    }
}

#[test]
fn a_source_that_fails_is_exit_code_3() {
    let garbage = file_with(&[0, 159, 146, 150, 255, 10, 7, 1]);
    for (words, says) in [
        (&["errors", "--file", "/nonexistent.ndjson"][..], "cannot read"),
        (&["errors", "--file", "/tmp"], "folder"),
        (&["errors", "--file", "/nonexistent/*.ndjson"], "no file matches"),
        (&["errors", "--file", garbage.path().to_str().unwrap()], "not NDJSON"),
        (&["errors", "--url", "http://127.0.0.1:1"], "cannot reach"),
    ] {
        let (sentence, code) = refusal(words);
        assert!(code == 3 && sentence.contains(says), "{words:?}: {code}: {sentence}");
    }
}

#[test]
fn hostile_records_are_counted_shown_and_harmless() {
    let long = "x".repeat(10 << 20);
    let mut text = String::new();
    let at = |second: usize| format!("2026-11-23T03:{:02}:{:02}.000Z", 10 + second / 60, second % 60);
    for i in 0..60 {
        text.push_str(&format!(
            "{{\"timestamp\":\"{}\",\"level\":\"ERROR\",\"service\":\"evil\\u001b[2J\\u202e{i}\",\"message\":\"\\u001b]52;c;aGk=\\u0007 boo\"}}\n",
            at(i)
        ));
    }
    text.push_str(&format!("{{\"timestamp\":\"{}\",\"level\":\"ERROR\",\"service\":\"long\",\"message\":\"{long}\"}}\n", at(70)));
    text.push_str(&format!("{{\"timestamp\":\"{}\",\"level\":\"ERROR\",\"service\":\"{}\"}}\n", at(71), "s".repeat(300)));
    text.push_str(&format!("{{\"timestamp\":\"{}\",\"level\":\"ERROR\",\"service\":\"\"}}\nnot json\n", at(72)));
    text.push_str("{\"timestamp\":\"1970-01-01T00:00:00Z\",\"level\":\"ERROR\",\"service\":\"old\"}\n{\"timestamp\":\"2099-01-01T00:00:00.5Z\",\"level\":\"INFO\",\"service\":\"young\"}\n");
    let file = file_with(text.as_bytes());
    let path = file.path().to_str().unwrap();
    for words in [&["errors"][..], &["slow"], &["traces"], &["logs"]] {
        let out = run(&[words, &["--file", path]].concat());
        let hostile = |bytes: &[u8]| {
            String::from_utf8(bytes.to_vec()).unwrap().chars().any(|c| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c))
        };
        assert!(!hostile(&out.stdout) && !hostile(&out.stderr), "{words:?} lets a control character through");
    }
    let found = json(&["errors", "--file", path, "--from", FROM, "--to", TO]);
    assert_eq!(found["services"].as_array().unwrap().iter().filter(|s| s["service"].as_str().unwrap().starts_with("evil")).count(), 60);
    assert_eq!(found["completeness"]["complete"], false);
    let notes = found["completeness"]["notes"].to_string();
    assert!(notes.contains("1 of 66 lines are not JSON") && notes.contains("an hour after"), "{notes}");
    let unread = String::from_utf8(run(&["logs", "--unread", "--file", path]).stdout).unwrap();
    assert!(unread.lines().count() == 1 && unread.contains(", byte ") && unread.trim_end().ends_with("not json"), "{unread}");
    let strict = run(&["errors", "--file", path, "--strict"]);
    assert_eq!(strict.status.code(), Some(3));
    assert!(!strict.stdout.is_empty(), "it is printed all the same");
}

#[test]
fn nothing_there_is_not_nothing_wrong() {
    let (file, _) = incident();
    let out = run(&["errors", "--file", &file, "--from", "2026-11-20T00:00:00Z", "--to", "2026-11-20T00:15:00Z", "--format", "json"]);
    assert_eq!(out.status.code(), Some(1));
    assert_eq!(serde_json::from_slice::<Value>(&out.stdout).unwrap()["services"], serde_json::json!([]));
    let out = run(&["trace", "00000000000000000000000000000abc", "--file", &file]);
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8(out.stderr).unwrap().contains("no record of"));
}

#[test]
fn five_hundred_services_all_have_a_row() {
    let lines: String = (0..5000)
        .map(|i| {
            format!("{{\"timestamp\":\"2026-11-23T03:{:02}:{:02}.000Z\",\"level\":\"ERROR\",\"service\":\"s{}\"}}\n", 2 + i / 500, i % 60, i % 500)
        })
        .collect();
    let file = file_with(lines.as_bytes());
    let found = json(&["errors", "--file", file.path().to_str().unwrap(), "--from", FROM, "--to", TO]);
    assert_eq!(found["services"].as_array().unwrap().len(), 500);
    assert_eq!(found["services"].as_array().unwrap().iter().map(|s| s["total"].as_u64().unwrap()).sum::<u64>(), 5000);
}

#[test]
fn keys_and_help_say_what_there_is() {
    let keys = json(&["keys"]);
    assert!(keys["keys"].as_array().unwrap().iter().any(|k| k["action"] == "quit" && k["keys"].as_array().unwrap().contains(&Value::from("q"))));
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    for word in ["errors", "slow", "traces", "trace", "logs", "demo", "keys", "--url", "--file", "Exit codes"] {
        assert!(help.contains(word), "{word}");
    }
}

#[test]
fn a_trace_is_compared_with_what_is_usual_and_written_for_a_ticket() {
    let (file, _) = incident();
    let traces = json(&["traces", "--file", &file]);
    let id = traces["shapes"][0]["example"].as_str().unwrap();
    let found = json(&["trace", id, "--file", &file, "--usual"]);
    let usual = &found["usual"];
    assert_eq!(usual["services"][0]["service"], "payment-gateway", "{usual}");
    assert!(usual["services"][0]["now_ms"].as_f64() > usual["services"][0]["p95_ms"].as_f64());
    assert!(usual["missing"].as_array().unwrap().contains(&"ledger".into()), "no payment succeeds: nothing reaches the ledger");
    assert!(json(&["trace", id, "--file", &file])["usual"].is_null());
    let ticket = String::from_utf8(run(&["trace", id, "--file", &file, "--format", "markdown"]).stdout).unwrap();
    assert!(ticket.starts_with(&format!("## Trace {id}")) && ticket.contains("**It broke at stripe**"), "{ticket}");
    let link = format!("https://acme.pagerduty.com/incidents/Q1?trace_id={id}");
    assert_eq!(json(&["trace", &link, "--file", &file])["trace_id"], *id);
    let (sentence, code) = refusal(&["trace", "4bf92f3577b34da6a3ce929d0e0e4736 or 550e8400-e29b-41d4-a716-446655440000", "--file", &file]);
    assert!(code == 2 && sentence.contains("names 2 traces"), "{sentence}");
}

#[test]
fn a_keymap_is_laid_over_the_default() {
    let own = file_with(b"[[all]]\non = 'ctrl-r'\nrun = 'refresh'\n[[all]]\non = 'q'\nrun = 'none'\n");
    let keys = json(&["keys", "--keymap", own.path().to_str().unwrap()]);
    let of = |action: &str| keys["keys"].as_array().unwrap().iter().find(|k| k["action"] == action).unwrap()["keys"].clone();
    assert_eq!(
        (of("refresh"), of("quit"), of("down")),
        (Value::from(vec!["r", "ctrl-r"]), Value::from(vec![": quit"]), Value::from(vec!["j", "down"]))
    );
    let vim = json(&["keys", "--keymap", "vim"]);
    assert!(vim.to_string().contains("\"g 1\""));
    let wrong = file_with(b"[[all]]\non = 'x'\nrun = 'fly'\n");
    let (sentence, code) = refusal(&["keys", "--keymap", wrong.path().to_str().unwrap()]);
    assert!(code == 2 && sentence.contains("'fly', which is no action"), "{sentence}");
}

/// README's table is the table of actions joined with the keymap; `SPIA_WRITE_README=1` writes it anew.
#[test]
fn readmes_keys_are_those_of_the_program() {
    let keys = json(&["keys"]);
    let mut table = String::from("| keys | does |\n|---|---|\n");
    for row in keys["keys"].as_array().unwrap() {
        let names: Vec<String> = row["keys"].as_array().unwrap().iter().map(|k| format!("`{}`", k.as_str().unwrap())).collect();
        table.push_str(&format!("| {} | {} |\n", names.join(" "), row["does"].as_str().unwrap()));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let (before, rest) = readme.split_once("<!-- keys -->\n").unwrap();
    let (shown, after) = rest.split_once("<!-- /keys -->").unwrap();
    if std::env::var_os("SPIA_WRITE_README").is_some() {
        std::fs::write(path, format!("{before}<!-- keys -->\n{table}<!-- /keys -->{after}")).unwrap();
        return;
    }
    assert_eq!(shown, table, "run SPIA_WRITE_README=1 cargo test --test headless readmes_keys");
}

/// The contract's names, an alarm for a file that has an incident, and none for one that has not; blind where little is known.
#[test]
fn the_brief_tells_what_broke_and_when_it_cannot() {
    let (file, truth) = incident();
    let found = json(&["brief", "--file", &file, "--to", TO]);
    for name in
        ["from", "to", "state", "baseline", "origin", "alternatives", "affected_services", "impact", "changes", "findings", "traces", "completeness"]
    {
        assert!(found.get(name).is_some(), "{name}");
    }
    assert_eq!(found["state"], "found");
    for name in ["kind", "name", "service"] {
        assert_eq!(found["origin"][name], truth["origin"][name], "{found:#}");
    }
    let since = |value: &Value| spia::model::Timestamp::parse(value.as_str().unwrap()).unwrap().0.millis();
    assert!((since(&found["origin"]["since"]) - since(&truth["onset"])).abs() <= 60_000, "{}", found["origin"]["since"]);
    assert_eq!(found["origin"]["sets_apart"][0]["value"], "stripe");
    let first = found["traces"][0].as_str().unwrap();
    assert_eq!(json(&["trace", first, "--file", &file])["origin"]["name"], "stripe", "what is named as proof proves it");

    let since_trace = json(&["brief", first, "--file", &file]);
    assert_eq!(since_trace["origin"]["name"], "stripe");
    let of_trace = json(&["trace", first, "--file", &file]);
    assert_eq!(since(&since_trace["from"]), since(&of_trace["start"]) - 900_000);
    assert_eq!(run(&["brief", "11111111111111111111111111111111", "--file", &file]).status.code(), Some(1));

    let quiet = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("quiet.ndjson");
    let quiet = quiet.to_str().unwrap();
    assert!(run(&["demo", "--write", quiet, "--incident", "none", "--records", "90000", "--to", TO]).status.success());
    let nothing = json(&["brief", "--file", quiet, "--to", TO]);
    assert_eq!((nothing["state"].as_str(), nothing["origin"].is_null()), (Some("nothing"), true), "{nothing:#}");

    let few: String = std::fs::read_to_string(&file).unwrap().lines().take(3).map(|line| format!("{line}\n")).collect();
    let few = file_with(few.as_bytes());
    let blind = run(&["brief", "--file", few.path().to_str().unwrap(), "--format", "json"]);
    let said: Value = serde_json::from_slice(&blind.stdout).unwrap();
    assert_eq!((said["state"].as_str(), blind.status.code()), (Some("blind"), Some(3)));
}

/// A range that begins after the last record says nothing of how things are, however near or far.
#[test]
fn a_time_that_the_data_do_not_reach_is_blind() {
    let (file, _) = incident();
    for (from, to) in [("2026-11-23T04:16:45Z", "2026-11-23T05:16:45Z"), ("2026-11-25T04:16:45Z", "2026-11-25T05:16:45Z")] {
        let range = ["--file", &file, "--from", from, "--to", to, "--format", "json"];
        let brief = run(&[&["brief"][..], &range].concat());
        let said: Value = serde_json::from_slice(&brief.stdout).unwrap();
        assert_eq!((said["state"].as_str(), brief.status.code()), (Some("blind"), Some(3)));
        assert_eq!((said["origin"].is_null(), &said["blind_since"]), (true, &said["completeness"]["newest"]), "{}", said["blind_since"]);
        assert!(said["blind_since"].as_str().unwrap().starts_with("2026-11-23T03:16"));
        for command in ["errors", "slow", "traces", "patterns"] {
            let out = run(&[&[command][..], &range].concat());
            let said: Value = serde_json::from_slice(&out.stdout).unwrap();
            assert_eq!(said["completeness"]["complete"], false, "{command}");
        }
    }
}

/// Commands that are printed lead to the same file.
#[test]
fn what_the_brief_prints_can_be_run() {
    let (file, _) = incident();
    let found = json(&["brief", "--file", &file, "--to", "2026-11-23T03:15:00Z"]);
    let command = found["findings"][0]["command"].as_str().unwrap();
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let said = json(&words);
    assert_eq!((&said["to"], said["services"][0]["requests"].as_u64() > Some(0)), (&found["to"], true), "{command}");
}

/// What fails from the first record on is told, and not as an all-clear; since when, and how surely, is not made up.
#[test]
fn without_a_past_a_plain_failure_is_told_and_calm_is_not() {
    let made = |name: &str, incident: &str| {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let path = path.to_str().unwrap().to_string();
        assert!(run(&["demo", "--write", &path, "--incident", incident, "--records", "20000", "--to", TO, "--onset", FROM]).status.success());
        path
    };
    let found = json(&["brief", "--file", &made("ever.ndjson", "payment"), "--to", TO]);
    assert_eq!((&found["origin"]["name"], &found["state"]), (&Value::from("stripe"), &Value::from("found")), "{found:#}");
    assert_eq!((&found["origin"]["since"], &found["baseline"]), (&Value::Null, &Value::Null));
    assert_ne!(found["origin"]["confidence"], "high");
    let calm = run(&["brief", "--file", &made("young.ndjson", "none"), "--to", TO, "--format", "json"]);
    let said: Value = serde_json::from_slice(&calm.stdout).unwrap();
    assert_eq!((said["state"].as_str(), calm.status.code()), (Some("blind"), Some(3)));
}

/// The options of the dashboard are read as options, though panes are called as subcommands are.
#[test]
fn the_dashboard_begins_where_it_is_told() {
    for words in [["--pane=slow", "--alone"], ["--pane=traces", "--off=service:cart"], ["--pane=patterns", "--only=errors"]] {
        for first in [&[][..], &["demo"]] {
            let out = run(&[first, &words].concat());
            let said = String::from_utf8(out.stderr).unwrap();
            assert!(said.contains("the dashboard needs a terminal"), "{words:?}: {said}");
        }
    }
}

/// What has ended is said to have ended, about when it did, whether requests failed, were slow, or a version was rolled back.
#[test]
fn the_brief_tells_when_it_is_over() {
    for (incident, name) in [("payment", "stripe"), ("database", "postgres"), ("canary", "2.9.0")] {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("over-{incident}.ndjson"));
        let path = path.to_str().unwrap();
        let (onset, end) = ("2026-11-23T02:52:00Z", "2026-11-23T03:08:00Z");
        let made =
            ["demo", "--write", path, "--incident", incident, "--records", "150000", "--to", TO, "--onset", onset, "--end", end, "--seed", "3"];
        assert!(run(&made).status.success());
        let found = json(&["brief", "--file", path, "--to", TO]);
        assert_eq!(found["origin"]["name"], name, "{found:#}");
        let millis = |text: &str| spia::model::Timestamp::parse(text).unwrap().0.millis();
        let until = found["origin"]["until"].as_str().unwrap_or_else(|| panic!("{incident} is not said to be over"));
        assert!((millis(until) - millis(end)).abs() <= 60_000, "{incident}: {until}");
        assert!(String::from_utf8(run(&["brief", "--file", path, "--to", TO]).stdout).unwrap().starts_with("▲ over since about 03:0"));
    }
    let early = run(&["demo", "--write", "/nonexistent/x", "--onset", TO, "--end", FROM]);
    assert_eq!(early.status.code(), Some(2), "it cannot end before it begins");
}

/// What was planted is what sets the failing requests apart.
#[test]
fn explain_finds_what_failing_requests_have_in_common() {
    let (file, _) = incident();
    let of =
        |words: &[&str]| json(&[&["explain", "--file", &file, "--from", FROM, "--to", TO, "--filter", "service:payment-gateway"], words].concat());
    let found = of(&[]);
    let first = &found["attributes"][0];
    assert_eq!((first["field"].as_str(), first["value"].as_str()), (Some("context.payment_method"), Some("stripe")), "{found:#}");
    assert_eq!(first["selected"], found["selected"], "all of them");
    assert!(first["share_rest"].as_f64().unwrap() < 0.5 && first["of"].as_u64() >= first["selected"].as_u64());
    assert!(found["before"].is_null());
    let then = of(&["--against-before", "--baseline", "2026-11-23T02:56:45Z/2026-11-23T03:01:45Z"]);
    assert_eq!((&then["before"]["to"], &then["selected"]), (&Value::from("2026-11-23T03:01:45.000Z"), &found["selected"]), "{then:#}");
    assert_ne!(then["rest"], found["rest"], "failed requests of the time before, not those that went well");
    let none = of(&["--filter", "version:no-such"]);
    assert_eq!((none["selected"].as_u64(), none["attributes"].as_array().map(Vec::len)), (Some(0), Some(0)));
}

/// A message that was not there before comes first, with its figures as placeholders; counts are of records read.
#[test]
fn patterns_put_what_is_new_first() {
    let (file, truth) = incident();
    let found = json(&["patterns", "--file", &file, "--from", "2026-11-23T03:02:45Z", "--to", TO, "--filter", "service:payment-gateway"]);
    let first = &found["patterns"][0];
    assert_eq!(first["pattern"], "TimeoutError: stripe POST <path>: no answer in <number> ms", "{first}");
    assert!(first["change"].is_null(), "new");
    assert_eq!(first["levels"]["ERROR"], first["count"]);
    assert_eq!(first["services"][0], "payment-gateway");
    let errors = truth["services"]["payment-gateway"]["errors"].as_u64().unwrap();
    assert!(first["count"].as_u64().unwrap() <= errors);
    let all: u64 = found["patterns"].as_array().unwrap().iter().map(|p| p["count"].as_u64().unwrap()).sum();
    assert_eq!(Some(all), found["read"].as_u64(), "each record is in one pattern");
}

/// A sample is of each part of the range as large a part as of the others: what many records say in a short while is not told as little.
#[test]
fn patterns_of_a_sample_have_the_shares_of_all() {
    let line = |second: i64, message: &str| {
        let at = spia::model::Timestamp::from_millis(1_768_446_000_000 + second * 1000).rfc3339();
        format!("{{\"@timestamp\":\"{at}\",\"log.level\":\"info\",\"service.name\":\"cart\",\"message\":\"{message}\"}}\n")
    };
    let mut text: String = (0..3600).step_by(10).map(|second| line(second, "all is well")).collect();
    (0..7200).for_each(|i| text.push_str(&line(1800 + i / 120, &format!("order {i} rejected"))));
    let file = file_with(text.as_bytes());
    let of = |sample: &str| {
        let file = file.path().to_str().unwrap();
        json(&["patterns", "--file", file, "--from", "2026-01-15T03:00:00Z", "--to", "2026-01-15T04:00:00Z", "--sample", sample])
    };
    let (all, some) = (of("100000"), of("1000"));
    let rejected = |found: &Value| found["patterns"].as_array().unwrap().iter().find(|p| p["pattern"] == "order <number> rejected").unwrap().clone();
    assert_eq!((rejected(&all)["count"].as_u64(), all["read"].as_u64(), all["records"].as_u64()), (Some(7200), Some(7560), Some(7560)));
    let (share, truth) = (rejected(&some)["share"].as_f64().unwrap(), rejected(&all)["share"].as_f64().unwrap());
    assert!((share - truth).abs() < 0.02, "{share} of {truth}: {some:#}");
    assert!(
        (1000..1100).contains(&some["read"].as_u64().unwrap()) && some["completeness"]["notes"].to_string().contains("of 7560 records were read")
    );
}

/// Before and after the incident began: who is worse, with its counts; and a moment that is too young says so.
#[test]
fn since_tells_a_change_from_chance() {
    let (file, _) = incident();
    let of = |at: &str| json(&["since", at, "--file", &file]);
    let found = of("2026-11-23T03:02:30Z");
    let service = |name: &str| found["services"].as_array().unwrap().iter().find(|s| s["service"] == name).unwrap().clone();
    let hit = service("payment-gateway");
    assert_eq!(hit["turn"], "worse", "{hit}");
    assert!(hit["after"]["share"].as_f64().unwrap() > 0.5 && hit["before"]["share"].as_f64().unwrap() < 0.05, "{hit}");
    assert_eq!(service("fraud-check")["turn"], "same");
    assert_eq!(found["before"]["to"], found["after"]["from"]);
    let newest = found["completeness"]["newest"].as_str().unwrap().to_string();
    let young = of(&newest);
    assert!(young["services"].as_array().unwrap().iter().all(|s| s["turn"] == "too_early"), "{young}");
    let ahead = run(&["since", "2036-01-01T00:00:00Z", "--file", &file]);
    assert!(!ahead.status.success() && String::from_utf8_lossy(&ahead.stderr).contains("has not come yet"));
}

/// A flag that was turned shortly before is evidence where it is the origin's, and only mentioned where it is another service's.
#[test]
fn changes_that_are_told_are_weighed() {
    let (file, truth) = incident();
    let onset = spia::model::Timestamp::parse(truth["onset"].as_str().unwrap()).unwrap().0;
    let line = |minutes: i64, service: &str, message: &str| {
        let at = onset.plus_millis(minutes * 60_000).rfc3339();
        format!("{{\"timestamp\":\"{at}\",\"service\":\"{service}\",\"message\":\"{message}\"}}\n")
    };
    let service = truth["origin"]["service"].as_str().unwrap();
    let told = file_with(format!("{}{}", line(-4, service, "flag psp=new 5 %"), line(-2, "search", "index rebuilt \\u001b[2J")).as_bytes());
    let found = json(&["brief", "--file", &file, "--to", TO, "--changes", told.path().to_str().unwrap()]);
    let says = |list: &str, words: &str| found["origin"][list].as_array().unwrap().iter().any(|s| s.as_str().unwrap().contains(words));
    assert!(says("because", "told: flag psp=new 5 %") && says("against", "index rebuilt [ESC]"), "{:#}", found["origin"]);
    assert!(found["changes"].as_array().unwrap().iter().any(|c| c["field"] == "told" && c["value"] == "flag psp=new 5 %"));
    assert_eq!(found["origin"]["name"], truth["origin"]["name"], "what is told does not change what is found");
}

#[test]
fn what_is_usual_can_be_chosen() {
    let (file, _) = incident();
    let wide = ["errors", "--file", &file, "--from", FROM, "--to", TO];
    let chosen = json(&[&wide[..], &["--baseline", "2026-11-23T02:50:00Z/2026-11-23T03:00:00Z"]].concat());
    assert_eq!(chosen["baseline"]["from"], "2026-11-23T02:50:00.000Z");
    let over = json(&["errors", "--file", &file, "--from", "2026-11-23T02:50:00Z", "--to", "2026-11-23T03:00:00Z"]);
    let share =
        |answer: &Value, name: &str, of: &str| answer["services"].as_array().unwrap().iter().find(|s| s["service"] == name).unwrap()[of].clone();
    assert_eq!(share(&chosen, "reporting", "usual"), share(&over, "reporting", "error_share"), "as it was in that time");
    let (sentence, code) = refusal(&[&wide[..], &["--baseline", "02:00"]].concat());
    assert!(code == 2 && sentence.contains("02:30/02:45"), "{sentence}");
}
