//! A made-up trace against what came back of it.

use serde_json::Value;
use spia::demo::{MadeTrace, Part, Telemetry};
use spia::model::{ClockShift, SpanKind, Timestamp, Trace};

/// One part's records as a host with a wrong clock writes them.
pub fn skewed(made: &MadeTrace, telemetry: Telemetry, host: &str, off_ms: i64) -> Vec<(String, Value)> {
    let mut documents = telemetry.documents(made);
    for (_, document) in &mut documents {
        let named = document.pointer("/kubernetes/pod/name").or_else(|| document.pointer("/host/name"));
        if named.and_then(Value::as_str) == Some(host) {
            let time = if telemetry == Telemetry::Ecs { "@timestamp" } else { "timestamp" };
            let at = Timestamp::parse(document[time].as_str().expect("a time")).expect("a time").0;
            document[time] = at.plus_millis(off_ms).rfc3339().into();
        }
    }
    documents
}

/// Durations stay as they are, and what is said of clocks holds within its plus-minus. How many clocks were told of.
pub fn told_clocks(made: &MadeTrace, trace: &Trace, host: &str, off_ms: i64) -> usize {
    for part in &made.parts {
        let span = trace.spans.iter().find(|s| s.id == part.id).expect("its span");
        assert!((span.duration_ms - part.duration_ms).abs() < 5.0 || part.status.is_none(), "{host} {off_ms}: {span:?}");
    }
    // Clocks differ; which of them is right nobody can tell: where it is another than the true one, all others are moved.
    let is_so = |clock: &ClockShift, moved: i64| {
        let truth = if clock.host == host { -off_ms } else { 0 } + moved;
        (clock.shift_ms - truth as f64).abs() <= clock.plus_minus_ms + 1.0
    };
    let is_root = |p: &&Part| p.parent.is_none();
    let others = made.parts.iter().filter(|p| p.host != host);
    let all_told =
        made.parts.iter().find(is_root).is_some_and(|p| p.host == host) || others.into_iter().all(|p| trace.clocks.iter().any(|c| c.host == p.host));
    let holds = trace.clocks.iter().all(|clock| is_so(clock, 0)) || (all_told && trace.clocks.iter().all(|clock| is_so(clock, off_ms)));
    assert!(holds, "{host} {off_ms}: {:?} of {:#?}", trace.clocks, made.parts);
    trace.clocks.len()
}

/// Who called whom, and whom the request waited for: what is not as it was made, and how many spans say themselves that their
/// parent, which is not the true one, is a guess.
pub fn structure(telemetry: Telemetry, made: &MadeTrace, trace: &Trace) -> (Vec<String>, usize) {
    let mut wrong = Vec::new();
    let is_log = matches!(telemetry, Telemetry::Spia | Telemetry::Ecs);
    let part_of = |id: &str| made.parts.iter().position(|part| part.id == id);
    // A caller's own side of a call, and what lies outside, are its own time.
    let owner = |id: &str| {
        let mut at = trace.spans.iter().find(|s| s.id == id);
        while let Some(span) = at {
            if let Some(part) = part_of(&span.id) {
                return Some(part);
            }
            at = span.parent.as_ref().and_then(|parent| trace.spans.iter().find(|s| s.id == *parent));
        }
        None
    };
    let mut unsure = 0;
    for span in trace.spans.iter().filter(|s| s.kind == SpanKind::Service) {
        let Some(part) = part_of(&span.id).and_then(|at| made.parts.get(at)) else { continue };
        let parent = span.parent.as_deref().and_then(owner);
        match parent == part.parent {
            false if is_log && span.ambiguous => unsure += 1,
            false => wrong.push(format!("{} is called by {parent:?}, not {:?}", part.service, part.parent)),
            true => {}
        }
    }
    if unsure == 0 && wrong.is_empty() {
        let mut held = vec![0.0; made.parts.len()];
        for (id, from, to) in &trace.critical_path {
            held[owner(id).expect("a part")] += to - from;
        }
        let mut truth = made.held_up();
        for (at, part) in made.parts.iter().enumerate().filter(|(_, part)| !is_log && part.status.is_none()) {
            // What no tracer measured is its caller's side of the call.
            truth[part.parent.expect("a caller")] += std::mem::take(&mut truth[at]);
        }
        // Records do not say when a caller gave up, only when it ended: that is its own part of the time.
        for (part, (held, truth)) in made.parts.iter().zip(held.iter().zip(truth)) {
            let near = if is_log { 15.0 } else { 1.0 };
            if (held - truth).abs() >= near {
                wrong.push(format!("{} held it up for {held:.1} ms, not {truth:.1}", part.service));
            }
        }
    }
    if !wrong.is_empty() {
        let part = |p: &Part| format!("{} {:.1}+{:.1} of {:?} {:?}", p.service, p.start_ms, p.duration_ms, p.parent, p.status);
        wrong.push(format!("{telemetry:?} {:?}", made.parts.iter().map(part).collect::<Vec<_>>()));
    }
    (wrong, unsure)
}
