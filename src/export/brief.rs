//! `spia brief`.

use super::number::share;
use super::{completeness_json, completeness_text, range_json, time};
use crate::answers::brief::{Brief, Cause, CauseKind as Kind, Found};
use crate::model::printable::{age, late, line, percent, thousands};
use crate::model::{Timestamp, Zone};
use serde_json::{Value, json};

fn cause_json(cause: &Cause) -> Value {
    let apart: Vec<Value> = cause
        .sets_apart
        .iter()
        .map(|a| json!({"field": a.field, "value": a.value, "bad": a.bad, "of": a.of, "share_bad": share(Some(a.share_bad)), "share_rest": share(Some(a.share_rest))}))
        .collect();
    json!({"kind": cause.kind.name(), "name": cause.name, "service": cause.service, "since": time(cause.since), "until": time(cause.until), "confidence": cause.confidence.name(),
        "because": cause.because, "against": cause.against, "sets_apart": apart})
}

/// The contract's document.
pub fn brief_json(brief: &Brief) -> Value {
    let at = |ms: i64| Timestamp::from_millis(ms).rfc3339();
    let changes: Vec<Value> = brief
        .changes
        .iter()
        .map(|c| json!({"service": c.service, "field": c.field, "value": c.value, "first_seen": at(c.first_ms), "last_seen": at(c.last_ms), "records": c.records}))
        .collect();
    let findings: Vec<Value> = brief
        .findings
        .iter()
        .map(|f| json!({"kind": f.kind, "service": f.service, "since": time(f.since), "sentence": f.sentence, "command": f.command}))
        .collect();
    let endpoints: Vec<Value> =
        brief.impact.endpoints.iter().map(|(path, failed, all)| json!({"path": path, "failed": failed, "requests": all})).collect();
    json!({
        "from": brief.range.from.rfc3339(),
        "to": brief.range.to.rfc3339(),
        "state": brief.found.name(),
        "blind_since": time(brief.blind_since),
        "baseline": range_json(brief.baseline),
        "origin": brief.origin.as_ref().map(cause_json),
        "alternatives": brief.alternatives.iter().map(cause_json).collect::<Vec<_>>(),
        "affected_services": brief.affected,
        "impact": {"requests": brief.impact.requests, "failed": brief.impact.failed, "users": brief.impact.users, "tenants": brief.impact.tenants, "endpoints": endpoints},
        "changes": changes,
        "findings": findings,
        "traces": brief.traces,
        "completeness": completeness_json(&brief.completeness),
    })
}

/// The one sentence that says it.
fn headline(brief: &Brief, zone: Zone) -> String {
    match (&brief.origin, brief.found) {
        (Some(origin), _) => {
            let since = brief.blind_since.map_or(String::new(), |at| format!("; BLIND since {}: nothing is known after it", zone.clock(at)));
            format!("{}{since}", statement(origin, brief.now(), zone))
        }
        (None, Found::Blind) => match brief.blind_since {
            Some(since) => format!(
                "BLIND since {}: no service has a newer record{}: NOT an all-clear",
                zone.clock(since),
                late(brief.clock.millis() - since.millis())
            ),
            None => {
                let missing = brief.completeness.notes.first().filter(|_| !brief.completeness.complete);
                let why = missing.map_or("there is nothing before it to compare with", String::as_str);
                format!("it cannot be told: {}; NOT an all-clear", line(why))
            }
        },
        (None, _) => "nothing unusual".to_string(),
    }
}

/// What broke and since when, or when it was over.
pub fn statement(origin: &Cause, now: Timestamp, zone: Zone) -> String {
    let ago = |at: Timestamp| age(now.millis() - at.millis());
    match (origin.since, origin.until) {
        (Some(since), Some(until)) => {
            format!("over since about {} ({}), began {}: {}", zone.minute(until), ago(until), zone.clock(since), what_broke(origin))
        }
        (Some(since), None) => format!("{}, since {} ({})", what_broke(origin), zone.clock(since), ago(since)),
        (None, _) => format!("{}, ever since the first record", what_broke(origin)),
    }
}

/// What broke, in a few words.
pub fn what_broke(origin: &Cause) -> String {
    let name = line(&origin.name);
    let service = line(&origin.service);
    match origin.kind {
        Kind::Service if origin.because.iter().any(|b| b.contains("wrote its last record")) => format!("{name} is silent"),
        Kind::Service if origin.because.iter().any(|b| b.contains("wrote nothing from")) => format!("{name} was silent"),
        Kind::Service if origin.because.iter().any(|b| b.contains("goes on without it")) => {
            format!("{name} answers without asking whom it used to ask")
        }
        Kind::Service if origin.because.iter().any(|b| b.contains("does less than")) => format!("{name} is there and hardly does anything"),
        Kind::Service if origin.because.iter().any(|b| b.contains("as at no such time of the day before")) => {
            format!("{name} runs when it else does not, and what others need breaks down")
        }
        Kind::Service => format!("{name} {}", verb(origin)),
        Kind::Dependency if name == "dns" => format!("{service}: dns resolves no names"),
        Kind::Dependency => format!("{service}: {name} (external) {}", verb(origin)),
        Kind::Database => format!("{service}: {name} (database) {}", verb(origin)),
        Kind::Host => {
            let apart = origin.sets_apart.iter().find(|apart| apart.value == origin.name);
            if apart.is_some_and(|apart| apart.field == "pod") {
                return format!("{service}: pod {name} is bad");
            }
            let (what, at) = if apart.is_some_and(|apart| apart.field.ends_with("zone")) { ("zone", "in") } else { ("host", "on") };
            format!("{what} {name} breaks what runs {at} it")
        }
        Kind::Image => format!("{service}: image {name} is bad"),
        Kind::Version => format!("{service}: version {name} is bad"),
        Kind::Tenant | Kind::Client => {
            let is = |what: &str| origin.because.iter().any(|b| b.contains(what));
            let does = if is(" refuses ") {
                "is refused by"
            } else if is("requests a minute, before") {
                "overloads"
            } else {
                "sends what fails in"
            };
            format!("{} {name} {does} {service}", origin.kind.name())
        }
        Kind::Pipeline => format!("{name} stuck: {service} and others are not heard of, and may be well"),
    }
}

/// What it does, as far as what speaks for it tells.
fn verb(origin: &Cause) -> &'static str {
    let said = origin.because.join(" ").to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(&["turned away (4xx)"]) && origin.kind == Kind::Service {
        "turns requests away (4xx)"
    } else if has(&["certificate", "ssl", "tls"]) {
        "is not trusted: certificate"
    } else if has(&["name resolution", "no such host", "enotfound", "name or service not known"]) {
        "is not found by its name"
    } else if has(&["refused"]) {
        "refuses connections"
    } else if has(&["no answer", "timed out", "timeout", "deadline"]) {
        "stops answering in time"
    } else if has(&["deadlock", "lock"]) {
        "is locked"
    } else if has(&["own part of", "slow query", " took ", " ms since ", " ms from "]) {
        "is slow"
    } else {
        "fails"
    }
}

/// Who is hit, in a few words.
pub fn hit(brief: &Brief) -> String {
    hit_by(brief, 1)
}

/// So many of those that are hit are named where there is room.
const HIT_IN_TEXT: usize = 6;

/// Fewer requests of an endpoint tell little.
const TELLING: u64 = 10;

fn hit_by(brief: &Brief, most: usize) -> String {
    let mut parts = Vec::new();
    let share = |failed: u64, all: u64| failed as f64 / all.max(1) as f64;
    // What fails on any day is nobody's impact.
    let is_hit = |failed: u64, all: u64| failed > 1 && share(failed, all) >= 0.02;
    let hit = brief.impact.endpoints.first().filter(|(_, failed, all)| is_hit(*failed, *all));
    if let Some((path, failed, all)) = hit {
        // A path with an id in it is asked for seldom: what fails of all says more.
        let whole = (brief.impact.failed, brief.impact.requests);
        let (what, (failed, all)) =
            if *all < TELLING && is_hit(whole.0, whole.1) { ("requests".into(), whole) } else { (line(path), (*failed, *all)) };
        parts.push(format!("{} of {what} fail ({} of {})", percent(share(failed, all)), thousands(failed), thousands(all)));
    }
    parts.extend(
        brief
            .impact
            .users
            .filter(|users| *users > 0 && hit.is_some())
            .map(|users| format!("{} user{}", thousands(users), if users == 1 { "" } else { "s" })),
    );
    let (named, more) = (brief.affected.iter().take(most).cloned().collect::<Vec<_>>().join(", "), brief.affected.len().saturating_sub(most));
    match more {
        _ if named.is_empty() => {}
        0 => parts.push(format!("hits {named}")),
        _ => parts.push(format!("hits {named}, +{more}")),
    }
    parts.join(" · ")
}

/// The same for people; `source` are the options that lead to where it was asked.
pub fn brief_text(brief: &Brief, zone: Zone, source: &str) -> String {
    let mark = match brief.found {
        Found::Found => '▲',
        Found::Nothing => '=',
        Found::Blind => '?',
    };
    let confidence = brief.origin.as_ref().map_or(String::new(), |origin| format!("   [{} confidence]", origin.confidence.name()));
    let mut out = format!("{mark} {}{confidence}\n", headline(brief, zone));
    let hit = hit_by(brief, HIT_IN_TEXT);
    if !hit.is_empty() {
        out.push_str(&format!("  {hit}\n"));
    }
    let against = brief.baseline.map_or("nothing to compare with".to_string(), |b| format!("{}-{}", zone.clock(b.from), zone.clock(b.to)));
    out.push_str(&format!("  {} vs {against}\n", zone.range(brief.range)));
    if let Some(origin) = &brief.origin {
        list(&mut out, "because", &origin.because);
        list(&mut out, "against", &origin.against);
    }
    if !brief.traces.is_empty() {
        list(&mut out, "traces", &brief.traces.iter().map(|id| format!("spia trace {id}{source}")).collect::<Vec<_>>());
    }
    if !brief.findings.is_empty() {
        out.push_str("\nfindings\n");
        for finding in brief.findings.iter().take(16) {
            out.push_str(&format!("  {}\n      {}\n", line(&finding.sentence), line(&finding.command)));
        }
        if brief.findings.len() > 16 {
            out.push_str(&format!("  and {} more: --format json lists all\n", brief.findings.len() - 16));
        }
    }
    out.push('\n');
    out.push_str(&completeness_text(&brief.completeness));
    out
}

fn list(out: &mut String, title: &str, sentences: &[String]) {
    if !sentences.is_empty() {
        out.push_str(&format!("\n{title}\n"));
        sentences.iter().for_each(|sentence| out.push_str(&format!("  {}\n", line(sentence))));
    }
}
