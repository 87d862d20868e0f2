//! Files that grow, are cut, are replaced, or tell the wrong time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

use spia::answers::errors::ErrorsQuestion;
use spia::answers::*;
use spia::model::Timestamp;
use spia::runtime::drive::{drive, know, read_whole};
use spia::source::local::LocalSource;
use spia::source::{SchemaQuestion, Source, machine_clock};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

fn line(at: Timestamp, service: &str) -> String {
    format!("{{\"timestamp\":\"{}\",\"level\":\"ERROR\",\"service\":\"{service}\",\"message\":\"x\"}}\n", at.rfc3339())
}

fn open(path: &Path) -> LocalSource {
    LocalSource::open(&[path.display().to_string()], &SchemaQuestion::default()).unwrap()
}

async fn errors(source: &LocalSource) -> Errors {
    measured(source, Measure::Records).await
}

async fn measured(source: &LocalSource, measure: Measure) -> Errors {
    read_whole(source).await;
    let known = know(source, &SchemaQuestion::default()).await.unwrap();
    let params = ErrorsParams { measure, ..ErrorsParams::default() };
    drive(source, &known, ErrorsQuestion::new(params), Duration::from_secs(10)).await.unwrap().0
}

fn counts(errors: &Errors) -> Vec<(&str, u64)> {
    errors.services.iter().map(|s| (s.service.as_str(), s.total.unwrap_or(0.0) as u64)).collect()
}

#[tokio::test]
async fn what_is_added_is_counted_and_half_a_line_waits() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let now = machine_clock();
    let whole = line(now, "a");
    let (half, rest) = whole.split_at(30);
    write!(file, "{}{half}", line(now, "a")).unwrap();
    let source = open(file.path());
    assert_eq!(counts(&errors(&source).await), [("a", 1)], "half a line is not counted, nor is it bad");
    assert!(!source.progress().followed);
    write!(file, "{rest}{}", line(now, "b")).unwrap();
    assert_eq!(counts(&errors(&source).await), [("a", 2), ("b", 1)]);
    assert!(source.progress().followed, "its clock goes on from now");
}

#[tokio::test]
async fn a_file_that_is_cut_or_replaced_is_read_anew_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.ndjson");
    let now = machine_clock();
    std::fs::write(&path, line(now, "a").repeat(3)).unwrap();
    let source = open(&path);
    assert_eq!(counts(&errors(&source).await), [("a", 3)]);
    std::fs::write(&path, line(now, "b")).unwrap();
    let after = errors(&source).await;
    assert_eq!(counts(&after), [("a", 3), ("b", 1)]);
    assert!(after.completeness.notes.iter().any(|n| n.contains("was cut while it was followed")), "{:?}", after.completeness);
    let next = folder.path().join("next.ndjson");
    std::fs::write(&next, line(now, "c").repeat(9)).unwrap();
    std::fs::rename(&next, &path).unwrap();
    assert_eq!(counts(&errors(&source).await), [("c", 9), ("a", 3), ("b", 1)]);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(errors(&source).await.services.len(), 3, "a file that is gone is still what it was");
}

/// Logs of two layouts and spans of a third in one file, whichever comes first, however late the others: nothing is left out, and
/// spans of services that write no logs are counted.
#[tokio::test]
async fn lines_of_several_layouts_are_all_read() {
    let at = |i: i64| Timestamp::parse("2026-11-23T03:10:00Z").unwrap().0.plus_millis(i);
    let ecs =
        |i: i64| format!("{{\"@timestamp\":\"{}\",\"log.level\":\"error\",\"service\":{{\"name\":\"shop\"}},\"message\":\"x\"}}\n", at(i).rfc3339());
    let span = |i: i64| {
        let trace = format!("\"trace_id\":\"{i:032x}\",\"span_id\":\"{i:016x}\",\"name\":\"GET /a\",\"kind\":\"Server\",\"duration\":2000000");
        format!("{{\"@timestamp\":\"{}\",{trace},\"resource\":{{\"attributes\":{{\"service.name\":\"rail\"}}}}}}\n", at(i).rfc3339())
    };
    let pino = |i: i64| format!("{{\"level\":50,\"time\":{},\"pid\":1,\"hostname\":\"h\",\"service\":\"node\",\"msg\":\"x\"}}\n", at(i).millis());
    let spia = |i: i64| line(at(i), "cart");
    let kinds: [&dyn Fn(i64) -> String; 3] = [&spia, &ecs, &span];
    for first in 0..3 {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        // More than is looked at to find the first layout.
        (0..3000).for_each(|i| write!(file, "{}", kinds[first](i)).unwrap());
        (0..50).for_each(|i| write!(file, "{}{}", kinds[(first + 1) % 3](i), kinds[(first + 2) % 3](i)).unwrap());
        let found = errors(&open(file.path())).await;
        let mut totals: Vec<u64> = counts(&found).iter().map(|(_, n)| *n).collect();
        totals.sort_unstable();
        assert_eq!((totals, found.completeness.complete), (vec![50, 50, 3000], true), "{first}: {:?}", found.completeness);
    }
    // All mixed from the first line on, and a fourth among them.
    let mut file = tempfile::NamedTempFile::new().unwrap();
    (0..500).for_each(|i| write!(file, "{}{}{}", spia(i), ecs(i), pino(i)).unwrap());
    let found = errors(&open(file.path())).await;
    assert_eq!((counts(&found), found.completeness.complete), (vec![("cart", 500), ("node", 500), ("shop", 500)], true), "{:?}", found.completeness);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    (0..90).for_each(|i| write!(file, "{}{}", spia(i), spia(i).replace("\"service\":\"cart\",", "")).unwrap());
    let said = errors(&open(file.path())).await.completeness.notes.join("\n");
    assert!(said.contains("90 of 180 records name no service"), "{said}");
}

/// Errors that tracers and loggers write beside measured spans lie where those do, and are counted all the same, whichever come first.
#[tokio::test]
async fn errors_beside_spans_are_counted() {
    let at = |i: i64| Timestamp::parse("2026-11-23T03:10:00Z").unwrap().0.plus_millis(i).rfc3339();
    let otel = |i: i64, more: &str| {
        let ids = format!("\"trace_id\":\"{i:032x}\",\"span_id\":\"{i:016x}\"");
        format!("{{\"@timestamp\":\"{}\",{ids},\"resource\":{{\"attributes\":{{\"service.name\":\"rail\"}}}},{more}}}\n", at(i))
    };
    let apm = |i: i64, kind: &str, more: &str| {
        let of = format!("\"processor\":{{\"event\":\"{kind}\"}},\"service\":{{\"name\":\"shop\"}},\"trace\":{{\"id\":\"{i:032x}\"}}");
        format!("{{\"@timestamp\":\"{}\",{of},{more}}}\n", at(i))
    };
    let otel_span = |i: i64| otel(i, "\"name\":\"GET /a\",\"kind\":\"Server\",\"duration\":2000000");
    let otel_error = |i: i64| otel(i, "\"severity_text\":\"ERROR\",\"severity_number\":17,\"body\":{\"text\":\"boom\"}");
    let transaction =
        |i: i64| apm(i, "transaction", &format!("\"transaction\":{{\"id\":\"{i:016x}\",\"name\":\"GET /a\",\"duration\":{{\"us\":2000}}}}"));
    let exception = |i: i64| apm(i, "error", "\"error\":{\"id\":\"e\",\"exception\":[{\"type\":\"E\",\"message\":\"boom\"}]}");
    let log = |i: i64| apm(i, "log", "\"log\":{\"level\":\"info\"},\"message\":\"all is well\"");
    let kinds: [&[&dyn Fn(i64) -> String]; 4] =
        [&[&otel_span, &otel_error], &[&otel_error, &otel_span], &[&transaction, &log, &exception], &[&exception, &transaction, &log]];
    for (nth, lines) in kinds.into_iter().enumerate() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        // More than is looked at to find the first layout.
        (0..3000).for_each(|i| write!(file, "{}", lines[0](i)).unwrap());
        (0..50).for_each(|i| lines[1..].iter().for_each(|line| write!(file, "{}", line(i)).unwrap()));
        let found = measured(&open(file.path()), Measure::Errors).await;
        let expected = if nth % 2 == 0 { 50 } else { 3000 };
        assert_eq!(counts(&found).iter().map(|(_, n)| *n).sum::<u64>(), expected, "{nth}: {:?}", found.completeness);
    }
}

#[tokio::test]
async fn wrong_clocks_are_said_by_service() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let at = Timestamp::parse("2026-11-23T03:10:00Z").unwrap().0;
    let arrived =
        |at: Timestamp| line(at, "zone").replace("\"level\"", &format!("\"@timestamp\":\"{}\",\"level\"", at.plus_millis(7_203_000).rfc3339()));
    write!(file, "{}{}", line(at.plus_millis(1_200_000), "ahead"), arrived(at)).unwrap();
    for i in 0..2000 {
        write!(file, "{}", line(at.plus_millis(i * 100), "good")).unwrap();
    }
    write!(file, "{}", line(at, "seconds").replace(".000Z", "Z").repeat(3)).unwrap();
    let said = errors(&open(file.path())).await.completeness.notes.join("\n");
    assert!(said.contains("3 timestamps of seconds have whole seconds only"), "{said}");
    assert!(said.contains("zone arrive 2 h after the time they carry"), "{said}");
}

/// A large trace is read from several places of its time at once: each record comes once, however they lie, and no more than wanted.
#[tokio::test]
async fn a_trace_of_many_parts_comes_whole_or_says_that_it_does_not() {
    const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    let now = machine_clock().plus_millis(-600_000);
    let offsets =
        (0..9_000).map(|i| i / 90).chain(std::iter::repeat_n(2_500, 12_000)).chain((0..11_000).map(|i| 3_000 + 13 * i)).collect::<Vec<i64>>();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    // In no order of time.
    for nth in (0..offsets.len()).map(|i| i * 7_919 % offsets.len()) {
        let at = now.plus_millis(offsets[nth]).rfc3339();
        writeln!(file, "{{\"timestamp\":\"{at}\",\"level\":\"INFO\",\"service\":\"a\",\"trace_id\":\"{ID}\",\"message\":\"row {nth}\"}}").unwrap();
    }
    let source = open(file.path());
    read_whole(&source).await;
    let known = know(&source, &SchemaQuestion::default()).await.unwrap();
    for (limit, complete) in [(200_000, true), (15_000, false), (21_000, false)] {
        let id = spia::model::target::parse(ID).unwrap().ids.remove(0);
        let params = TraceParams { id, around: None, only: false, limit, usual: false };
        let answer = drive(&source, &known, trace::TraceQuestion::new(params), Duration::from_secs(30)).await.unwrap().0;
        let records = answer.trace.unwrap().records;
        let rows: std::collections::BTreeSet<&str> = records.iter().filter_map(|r| r.message.as_deref()).collect();
        let wanted = limit.min(offsets.len());
        assert_eq!((records.len(), rows.len(), answer.completeness.complete), (wanted, wanted, complete), "at most {limit}");
        let mut first: Vec<i64> = offsets.clone();
        first.sort_unstable();
        let read: Vec<i64> = records.iter().map(|r| r.timestamp.millis() - now.millis()).collect();
        assert!(read.iter().zip(&first).all(|(read, first)| (read - first).abs() <= 1), "the oldest, by time");
    }
}
