//! What has to be said about a trace besides where it broke: what never completed, silences, repeated calls, lost parents.

use super::tree::Tree;
use crate::model::printable::{few, millis};
use crate::model::{ClockShift, Origin, SpanKind};
use std::collections::BTreeMap;

/// A silence is worth a word from so many ms on, and from so much of the whole.
const SILENCE_MS: f64 = 500.0;
const SILENCE_SHARE: f64 = 0.1;
/// The same call so often in a row is a loop.
const REPEATED: usize = 8;

/// The sentences, the most important first.
pub fn of(tree: &Tree<'_>, origin: Option<&Origin>, clocks: &[ClockShift], path: &[(usize, i64, i64)]) -> Vec<String> {
    let mut said = Vec::new();
    shares(tree, path, &mut said);
    never_completed(tree, &mut said);
    handled(tree, origin, &mut said);
    for clock in clocks {
        let hours = clock.shift_ms / 3_600_000.0;
        let zone = if hours.abs() >= 1.0 && (hours - hours.round()).abs() < 1e-6 { ": another zone" } else { "" };
        let way = if clock.shift_ms < 0.0 { "ahead" } else { "behind" };
        said.push(format!(
            "the clock of {} is about {} ms {way} (± {} ms){zone}; times are shown as recorded",
            clock.host,
            millis(clock.shift_ms.abs()),
            millis(clock.plus_minus_ms)
        ));
    }
    silences(tree, &mut said);
    repeated(tree, &mut said);
    orphans(tree, &mut said);
    for span in tree.spans.iter().filter(|s| s.odd_duration.is_some()).take(3) {
        said.push(format!(
            "the duration of {} {} ({}) is of another unit than its neighbours'; the time between its records is taken",
            span.service,
            span.name,
            millis(span.odd_duration.unwrap_or(0.0))
        ));
    }
    said
}

/// Each service's share of the critical path, the largest first.
fn shares(tree: &Tree<'_>, path: &[(usize, i64, i64)], said: &mut Vec<String>) {
    let mut by_service: BTreeMap<&str, f64> = BTreeMap::new();
    let mut whole = 0.0;
    for (at, from, to) in path {
        let ms = (to - from) as f64 / 1e6;
        *by_service.entry(tree.spans.get(*at).map_or("?", |s| s.service.as_str())).or_default() += ms;
        whole += ms;
    }
    let mut rows: Vec<(&str, f64)> = by_service.into_iter().collect();
    rows.sort_by(|a, b| b.1.total_cmp(&a.1));
    let share = |(service, ms): &(&str, f64)| format!("{service} {:.0}% ({} ms)", ms / f64::max(whole, 0.001) * 100.0, millis(*ms));
    if !rows.is_empty() {
        said.push(format!("critical path: {}", rows.iter().take(4).map(share).collect::<Vec<_>>().join("  ")));
    }
}

fn never_completed(tree: &Tree<'_>, said: &mut Vec<String>) {
    let open: Vec<&str> = tree.spans.iter().filter(|s| s.open).map(|s| s.service.as_str()).collect();
    if !open.is_empty() {
        said.push(format!("{} started and never completed: shown to the last sign of life", few(&open, 1, "")));
    }
}

/// Failures that nobody inherited.
fn handled(tree: &Tree<'_>, origin: Option<&Origin>, said: &mut Vec<String>) {
    let failed: Vec<&str> = tree.spans.iter().filter(|s| s.failed && s.kind != SpanKind::External).map(|s| s.service.as_str()).collect();
    let root = tree.spans.iter().find(|s| s.parent.is_none() && s.missing_parent.is_none());
    let well = root.filter(|s| !s.failed && !s.open && (!s.inferred || s.status.is_some_and(|s| s < 500)));
    if let Some(root) = well.filter(|root| origin.is_some_and(|origin| origin.span != root.id)) {
        said.push(match root.status.filter(|status| *status >= 400) {
            Some(status) => format!("{} {} was turned away with {status}: nothing failed by its status", root.service, root.name),
            None => format!("{} {} itself did not fail: what broke is something that it set off", root.service, root.name),
        });
    }
    if let Some(first) = failed.first().filter(|_| origin.is_none()) {
        said.push(format!("{} failed in between and was made good: the request itself did not fail", first));
    }
}

/// The longest time in which nobody wrote, where all spans are put together from records.
fn silences(tree: &Tree<'_>, said: &mut Vec<String>) {
    if tree.spans.iter().any(|s| !s.inferred) || tree.records.len() < 2 {
        return;
    }
    let mut at: Vec<(i64, usize)> = Vec::with_capacity(tree.records.len());
    for (span, own) in tree.own.iter().enumerate() {
        let shift = tree.shift(span);
        at.extend(own.iter().filter_map(|i| Some((tree.records.get(*i)?.timestamp.nanos() + shift, span))));
    }
    at.sort_unstable();
    let whole = at.last().zip(at.first()).map_or(0.0, |(last, first)| (last.0 - first.0) as f64 / 1e6);
    let gaps = at.iter().zip(at.iter().skip(1)).map(|(a, b)| ((b.0 - a.0) as f64 / 1e6, a.1, b.1));
    if let Some((gap, before, after)) =
        gaps.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(gap, ..)| *gap >= SILENCE_MS && *gap >= whole * SILENCE_SHARE)
    {
        let name = |i: usize| tree.spans.get(i).map_or("?", |s| s.service.as_str());
        said.push(format!("{} s in which nobody wrote, between {} and {}", format_args!("{:.1}", gap / 1000.0), name(before), name(after)));
    }
}

/// The same call again and again by one caller (N+1): the three that took most.
fn repeated(tree: &Tree<'_>, said: &mut Vec<String>) {
    let mut found: Vec<(f64, usize, usize, (&str, &str))> = Vec::new();
    for (parent, calls) in tree.children.iter().enumerate().filter(|(_, calls)| calls.len() >= REPEATED) {
        let mut counts: BTreeMap<(&str, &str), (usize, f64)> = BTreeMap::new();
        for span in calls.iter().filter_map(|i| tree.spans.get(*i)) {
            let entry = counts.entry((&span.service, &span.name)).or_default();
            *entry = (entry.0 + 1, entry.1 + span.duration_ms);
        }
        found.extend(counts.into_iter().filter(|(_, (count, _))| *count >= REPEATED).map(|(call, (count, ms))| (ms, count, parent, call)));
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.3.cmp(&b.3)));
    for (ms, count, parent, (service, name)) in found.into_iter().take(3) {
        let caller = tree.spans.get(parent).map_or("?", |s| s.service.as_str());
        said.push(format!("{caller} calls {service} {name} {count} times, {} ms in all", millis(ms)));
    }
}

fn orphans(tree: &Tree<'_>, said: &mut Vec<String>) {
    let (ring, lost): (Vec<&str>, Vec<&str>) =
        tree.spans.iter().filter_map(|s| s.missing_parent.as_deref()).partition(|id| tree.spans.iter().any(|s| s.id == *id));
    if let Some(first) = ring.first() {
        said.push(format!("parents form a ring: {first} is named as the parent of one of its own callers"));
    }
    if let Some(first) = lost.first() {
        let (verb, more) =
            if lost.len() == 1 { ("span names a parent that is", String::new()) } else { ("spans name parents that are", " and others".to_string()) };
        said.push(format!("{} {verb} not there ({first}{more})", lost.len()));
    }
}
