//! The first two lines, in every view: what broke, since when, who is hit; or what is not known. Until there is a brief they say
//! what the heatmap shows, and no cause.

use super::paint::Painter;
use crate::answers::brief::{Change, Found};
use crate::answers::{Errors, Marker, Measure, ServiceErrors, ServiceSlow, State as Health};
use crate::app::{State, View};
use crate::model::printable::{self, age, late, millis, percent, thousands};
use crate::model::{Level, Origin, Trace};
use ratatui::layout::Rect;
use ratatui::style::Style;

/// So many times the usual is worth the first line; of fewer requests than `FEW` nothing is said.
const MUCH_WORSE: f64 = 3.0;
const FEW: u64 = 20;

/// Draws the line or two.
pub fn draw(state: &State, area: Rect, second_line: bool, painter: &mut Painter<'_>) {
    let (style, first, second) = match state.view {
        View::Trace => of_trace(state, painter),
        _ => of_brief(state, painter).unwrap_or_else(|| of_errors(state, painter)),
    };
    painter.text(area.x, area.y, &fitting(&first, area.width), style, area.width);
    if second_line {
        painter.text(area.x + 2, area.y + 1, &second, painter.look.plain(), area.width.saturating_sub(2));
    }
}

/// On a narrow line words go, never figures: what broke is cut before since when and how sure that is.
fn fitting(text: &str, width: u16) -> String {
    let mut text = text.to_string();
    for (long, short) in [
        (" confidence, w: why", ", w: why"),
        (" (external) lets it down", " fails it"),
        (" (database) lets it down", " fails it"),
        (" of its requests (", " ("),
        ("since about ", "since "),
        (" records a minute", "/min"),
        (" (external)", ""),
        (" (database)", ""),
        (" stops answering in time", " gives no answer"),
        (" and others are not heard of, and may be well", " and others not heard of"),
        (", w: why", ""),
    ] {
        if printable::width(&text) > usize::from(width) {
            text = text.replacen(long, short, 1);
        }
    }
    let over = printable::width(&text).saturating_sub(usize::from(width));
    match text.rfind(", since ") {
        Some(at) if over > 0 => {
            let (what, since) = text.split_at(at);
            let since = since.replacen(", since ", " ", 1);
            let room = usize::from(width).saturating_sub(printable::width(&since));
            format!("{}{since}", printable::cut(what, room))
        }
        _ => text,
    }
}

/// What the brief says, while the heatmap does not know of something worse: that nothing can be known.
fn of_brief(state: &State, painter: &Painter<'_>) -> Option<(Style, String, String)> {
    let look = painter.look;
    let brief = state.brief.data.answer.as_ref()?;
    let errors = state.errors.data.answer.as_ref().filter(|_| state.errors.data.fault.is_none() && state.brief.data.fault.is_none())?;
    let late = errors.services.iter().filter(|s| s.state == Health::Late).count();
    let origin = match brief.found {
        Found::Found => brief.origin.as_ref()?,
        // The heatmap's own words say more of what is not known, and of an all-clear with its reasons.
        Found::Blind | Found::Nothing => return None,
    };
    if errors.services.is_empty() || late * 2 >= errors.services.len() {
        return None;
    }
    let first = format!("▲ {}  {} confidence, w: why", state.brief.headline(state.zone).unwrap_or_default(), origin.confidence.name());
    let mut parts: Vec<String> = vec![state.brief.hit().unwrap_or_default()];
    let new = |c: &&Change| c.is_new() && c.field == "version";
    let near = |c: &&Change| origin.since.is_some_and(|since| (c.first_ms - since.millis()).abs() <= 1_800_000);
    match brief.changes.iter().filter(new).filter(near).max_by_key(|c| (c.service == origin.service, c.first_ms)) {
        Some(change) if change.service == origin.service => parts.push(format!("new {} {}", change.service, change.value)),
        Some(change) => parts.push(format!("also new: {} {}", change.service, change.value)),
        None => parts.push("no new version near it".to_string()),
    }
    parts.retain(|part| !part.is_empty());
    parts.extend(changed(state));
    let pinned = || state.brief.else_says().map_or("pinned (P)".to_string(), |says| format!("pinned (P), else: {says}"));
    parts.extend(state.brief.pinned.then(pinned));
    let style = if origin.until.is_some() { look.strong() } else { look.critical() };
    Some((style, first, parts.join(" · ")))
}

/// What was said before, and until when.
fn changed(state: &State) -> Option<String> {
    state.brief.changed.as_ref().map(|(at, was)| format!("changed {}, was {was}", state.zone.clock(*at)))
}

fn of_errors(state: &State, painter: &Painter<'_>) -> (Style, String, String) {
    let look = painter.look;
    let Some(errors) = &state.errors.data.answer else {
        return match &state.errors.data.fault {
            Some(fault) => (look.unknown(), format!("? {fault}"), "nothing is known yet; r asks again".to_string()),
            None => (look.plain(), waiting(state), String::new()),
        };
    };
    if let Some(fault) = &state.errors.data.fault {
        let at = state.zone.clock(errors.clock);
        let said = state.brief.headline(state.zone).map(|said| format!("; it said: {said}")).unwrap_or_default();
        return (look.unknown(), format!("? {fault}"), format!("what is shown is of {at}{said}"));
    }
    let of = |health: Health| errors.services.iter().filter(|s| s.state == health).collect::<Vec<_>>();
    let (failing, silent, late) = (of(Health::Failing), of(Health::Silent), of(Health::Late));
    if errors.services.is_empty() {
        return (
            look.unknown(),
            format!("? no record in {} in this range nor in the 24 h before it", state.start.target),
            "this is not an all-clear: is the index right, and does anything write?".to_string(),
        );
    }
    if late.len() * 2 >= errors.services.len() {
        return blind(errors, state, look.unknown());
    }
    let worst = failing
        .iter()
        .chain(&silent)
        .max_by(|a, b| a.surprise.total_cmp(&b.surprise).then_with(|| a.total.partial_cmp(&b.total).unwrap_or(std::cmp::Ordering::Equal)));
    match worst {
        Some(worst) => {
            let others: Vec<&str> = failing.iter().chain(&silent).filter(|s| s.service != worst.service).map(|s| s.service.as_str()).collect();
            (look.critical(), format!("▲ {}", headline(worst, errors, state)), second(&others, &late, errors, Some(worst)))
        }
        None if slower(state).is_some() => {
            let (first, others) = slower(state).unwrap_or_default();
            (look.critical(), format!("▲ {first}"), second(&others.iter().map(String::as_str).collect::<Vec<_>>(), &late, errors, None))
        }
        None if errors.completeness.complete && errors.baseline.is_some() => (
            look.plain(),
            format!("= nothing unusual: {} as in the {} before", printable::count(errors.services.len(), "service"), age(errors.range.millis())),
            [Some(second(&[], &late, errors, None)).filter(|text| !text.is_empty()), changed(state)]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" · "),
        ),
        None => {
            let why = errors.completeness.notes.first().cloned().unwrap_or_else(|| "there is nothing before this range to compare with".to_string());
            (look.unknown(), format!("? nothing found, but not everything is known: {why}"), second(&[], &late, errors, None))
        }
    }
}

/// Nobody fails, but requests take many times as long: the worst, and who else.
fn slower(state: &State) -> Option<(String, Vec<String>)> {
    let slow = state.slow.data.answer.as_ref()?;
    let times = |s: &ServiceSlow| Some(s.p95_ms? / s.usual_p95_ms.filter(|usual| *usual > 0.0)?);
    let is_much =
        |s: &&ServiceSlow| s.requests >= FEW && times(s).is_some_and(|t| t >= MUCH_WORSE) && s.p95_ms > s.usual_p95_ms.map(|usual| usual + 100.0);
    let mut worse: Vec<&ServiceSlow> = slow.services.iter().filter(is_much).collect();
    worse.sort_by(|a, b| times(b).partial_cmp(&times(a)).unwrap_or(std::cmp::Ordering::Equal));
    let (first, others) = worse.split_first()?;
    let over = first
        .share_slow
        .filter(|share| *share > 0.0)
        .map_or(String::new(), |share| format!(", {} over {} s", percent(share), slow.threshold_ms / 1000.0));
    let text = format!("{} is slow without failing: p95 {} ms, usual {}{over}", first.service, millis(first.p95_ms?), millis(first.usual_p95_ms?));
    Some((text, others.iter().map(|s| s.service.clone()).collect()))
}

fn waiting(state: &State) -> String {
    let source = &state.start.source;
    match (state.waiting_ms(), state.reading.total) {
        _ if !state.reading.done && state.reading.read > 0 => match state.reading.total {
            Some(total) if total > 0 => format!("… reading {}: {}%", state.start.target, state.reading.read * 100 / total),
            _ => format!("… reading {}: {} MB", state.start.target, state.reading.read >> 20),
        },
        (Some(ms), _) if ms >= 300 => format!("… asking {source}, {:.0} s", ms as f64 / 1000.0),
        _ => format!("… asking {source}"),
    }
}

/// No service has newer records: the picture before that says nothing of now.
fn blind(errors: &Errors, state: &State, style: Style) -> (Style, String, String) {
    let newest = errors.completeness.newest;
    let since = newest.map_or("ever".to_string(), |at| state.zone.clock(at));
    let late = newest.map_or(String::new(), |at| late(errors.clock.millis() - at.millis()));
    // A service that is late has no state of failing; what it failed before that is plain all the same.
    let share = |s: &ServiceErrors| s.error_share.unwrap_or(0.0);
    let plainly = |s: &&ServiceErrors| s.failed >= FEW && share(s) >= 0.05 && share(s) >= MUCH_WORSE * s.usual.unwrap_or(0.0);
    let before = errors.services.iter().filter(plainly).max_by(|a, b| share(a).total_cmp(&share(b)));
    let before = before.map_or(String::new(), |s| {
        let unfinished = s.unfinished.unwrap_or(0);
        let share = s.error_share.map_or("?".to_string(), percent);
        format!("before it {} failed {share} ({} of {}) · ", s.service, thousands(s.failed + unfinished), thousands(s.requests + unfinished))
    });
    let first = format!("? BLIND since {since}: most services have no newer record{late}: NOT an all-clear");
    (style, first, format!("{before}nothing after it is known; asked again by itself, r asks once now"))
}

fn headline(worst: &ServiceErrors, errors: &Errors, state: &State) -> String {
    if worst.state == Health::Silent {
        let last = worst.newest.map_or("long ago".to_string(), |at| state.zone.clock(at));
        let rate = worst.usual_per_min.unwrap_or(0.0);
        let gone = worst.newest.map_or(String::new(), |at| format!(" ({})", age(errors.clock.millis() - at.millis())));
        return format!("{} is silent since {last}{gone}, usual {} records a minute", worst.service, millis(rate));
    }
    let since =
        since(worst, errors).map_or(String::new(), |at| format!(", since about {}", state.zone.clock(crate::model::Timestamp::from_millis(at))));
    match worst.error_share {
        Some(share) if worst.failed > 0 || worst.unfinished.unwrap_or(0) > 0 => {
            let unfinished = worst.unfinished.unwrap_or(0);
            let usual = worst.usual.map_or("usual unknown".to_string(), |usual| format!("usual {}", percent(usual)));
            format!(
                "{} fails {} of its requests ({} of {}), {usual}{since}",
                worst.service,
                percent(share),
                thousands(worst.failed + unfinished),
                thousands(worst.requests + unfinished)
            )
        }
        _ => format!("{} logs {} errors, more than before{since}", worst.service, thousands(worst.total.unwrap_or(0.0) as u64)),
    }
}

/// Start of the stretch of columns up to now in which most cells count something.
fn since(service: &ServiceErrors, errors: &Errors) -> Option<i64> {
    let full = (0..service.cells.len()).rev().find(|i| !errors.partial.contains(i))?;
    let counts = |i: &usize| service.cells.get(*i).copied().flatten().is_some_and(|n| n > 0.0);
    let mut first = None;
    let mut quiet = 0;
    for i in (0..=full).rev() {
        if counts(&i) {
            first = Some(i);
            quiet = 0;
        } else {
            quiet += 1;
            if quiet > 2 {
                break;
            }
        }
    }
    match (first.filter(|i| *i > 0), errors.columns.get(first?)) {
        (Some(_), Some(crate::answers::Column::Start(ms))) => Some(*ms),
        _ => None,
    }
}

fn second(others: &[&str], late: &[&ServiceErrors], errors: &Errors, worst: Option<&ServiceErrors>) -> String {
    let mut parts = Vec::new();
    if !others.is_empty() {
        let shown = others.iter().take(3).copied().collect::<Vec<_>>().join(", ");
        let more = others.len().saturating_sub(3);
        parts.push(if more > 0 { format!("also {shown}, +{more}") } else { format!("also {shown}") });
    }
    if !late.is_empty() {
        parts.push(format!("late: {}", late.iter().take(3).map(|s| s.service.as_str()).collect::<Vec<_>>().join(", ")));
    }
    let own = worst.and_then(|worst| errors.markers.iter().rev().find(|m| m.service == worst.service));
    let before = |m: &Marker| if m.first_seen < errors.range.from { " before this range" } else { "" };
    match own.or(errors.markers.last()) {
        Some(marker) => parts.push(format!("new version{}: {} {}", before(marker), marker.service, marker.value)),
        None => parts.extend(no_new_version(errors)),
    }
    let below_error = |w: &&ServiceErrors| errors.measure == Measure::Errors && w.failed as f64 > 3.0 * w.total.unwrap_or(0.0) && w.failed > 0;
    if worst.filter(below_error).is_some() {
        parts.push("failures logged below ERROR (M)".to_string());
    }
    parts.join(" · ")
}

/// Less history than this tells nothing of new versions, ms; more than that is a day of it.
const PAST_MS: i64 = 600_000;
const DAY_MS: i64 = 86_400_000 - PAST_MS;

/// That no version is new, as far back as is known; `None` where that is hardly at all.
pub fn no_new_version(errors: &Errors) -> Option<String> {
    match errors.day.oldest().map_or(0, |oldest| errors.range.to.millis() - oldest.millis()) {
        ..PAST_MS => None,
        past if past < DAY_MS => Some(format!("no new version {}", age(past))),
        _ => Some("no new version 24 h".to_string()),
    }
}

fn of_trace(state: &State, painter: &Painter<'_>) -> (Style, String, String) {
    let look = painter.look;
    let Some(trace) = state.trace.trace() else {
        return match (&state.trace.data.fault, &state.trace.data.answer) {
            (Some(fault), _) => (look.unknown(), format!("? {fault}"), String::new()),
            (None, Some(answer)) => (
                look.unknown(),
                format!("? {}", answer.completeness.notes.last().cloned().unwrap_or_default()),
                if answer.may_arrive { not_yet(answer) } else { "r looks again, - a week back, then 90 days".to_string() },
            ),
            (None, None) => (look.plain(), waiting(state), String::new()),
        };
    };
    let (failed, open) = (trace.failed, trace.open);
    let mut parts = vec![format!("{failed} of {} spans failed", trace.spans.len())];
    parts.extend((open > 0).then(|| format!("{open} never completed")));
    // What the usual shows says more of a slow one than its own times do.
    let Some(origin) = trace.origin.as_ref().filter(|origin| !origin.slow || slowness(state, trace).is_none()) else {
        let first = if failed > 0 { "= this request did not fail: what failed in it was made good" } else { "= no span of this trace failed" };
        if let Some((slow, usual)) = slowness(state, trace) {
            parts.insert(0, usual);
            return (look.critical(), slow, parts.join(" · "));
        }
        return (look.plain(), first.to_string(), parts.join(" · "));
    };
    let noticed = if origin.name == origin.service { String::new() } else { format!(" ({}, noticed by {})", origin.kind.name(), origin.service) };
    let others: Vec<&str> = origin.alternatives.iter().map(|a| a.name.as_str()).collect();
    parts.extend((!others.is_empty()).then(|| format!("or {}", others.join(", "))));
    if let Some(typical) = typical(state, origin).filter(|_| !origin.slow) {
        parts.insert(0, typical);
    }
    let usual = state.trace.data.answer.as_ref().and_then(|answer| answer.usual.as_ref());
    parts.extend(usual.map(|usual| format!("usual p50 {} ms", millis(usual.p50_ms))));
    let here = if origin.slow { "▲ slow here" } else { "▲ here" };
    (look.critical(), format!("{here} ({}): {}{noticed}: {}", origin.confidence, origin.name, origin.reason), parts.join(" · "))
}

/// Whose time it was where a request took longer than nearly all of its kind, and what is usual.
fn slowness(state: &State, trace: &Trace) -> Option<(String, String)> {
    let usual = state.trace.data.answer.as_ref()?.usual.as_ref()?;
    let took = trace.edges().1.millis_since(trace.edges().0);
    let at = state.trace.slowest?;
    let span = trace.spans.get(at)?;
    if took <= usual.p95_ms || span.self_ms < 0.5 * took {
        return None;
    }
    let warns = trace.own.get(at)?.iter().filter_map(|i| trace.records.get(*i)).find(|r| r.level == Some(Level::Warn));
    let said = warns.and_then(|r| r.message.as_deref()).map(|text| format!(": {text}")).unwrap_or_default();
    let first = format!("▲ slow: {} took {} of {} ms itself{said}", span.service, millis(span.self_ms), millis(took));
    Some((first, format!("usual p50 {} ms, p95 {} ms", millis(usual.p50_ms), millis(usual.p95_ms))))
}

/// How far the data reach, while a trace is waited for.
fn not_yet(answer: &crate::answers::TraceAnswer) -> String {
    let newest = answer.completeness.newest.map_or("nothing has arrived".to_string(), |at| format!("the newest record is of {}", at.rfc3339()));
    format!("{newest}; it may not have arrived yet: trying again every 10 s")
}

/// How many of the failing traces of the range broke at the same place.
fn typical(state: &State, origin: &Origin) -> Option<String> {
    let traces = state.traces.data.answer.as_ref()?;
    let alike: u64 = traces.shapes.iter().filter(|s| s.origin.as_deref() == Some(&origin.name)).map(|s| s.count).sum();
    let seen = traces.traces_seen;
    let share = alike as f64 / seen.max(1) as f64;
    let word = if share >= 0.3 { "typical" } else { "odd" };
    (seen > 0).then(|| format!("{word}: {alike} of {seen} failing traces broke there ({})", percent(share)))
}
