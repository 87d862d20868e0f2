//! The third line: where I am.

use super::paint::Painter;
use crate::answers::{Measure, Reach};
use crate::app::explain::ExplainPane;
use crate::app::patterns::PatternsPane;
use crate::app::records::RecordsPane;
use crate::app::trace::TracePane;
use crate::app::{State, View};
use crate::model::Interval;
use crate::model::printable;
use ratatui::layout::Rect;

/// Draws it.
pub fn draw(state: &State, area: Rect, painter: &mut Painter<'_>) {
    match state.view {
        View::Overview => overview(state, area, painter),
        View::Records | View::Explain | View::Patterns => {
            let right = of_list(state);
            let room = area.width.saturating_sub((printable::width(&right) + 2) as u16);
            painter.text(area.x, area.y, &crumbs(state, room), painter.look.strong(), room);
            painter.text_right(area.right(), area.y, &right, painter.look.dim(), area.width);
        }
        View::Trace => trace(state, area, painter),
    }
}

/// Of which day and zone the times of a list are, and whether it grows.
fn of_list(state: &State) -> String {
    let answered = match state.view {
        View::Records => state.records.data.answer.as_ref().map(|logs| logs.range.from),
        View::Explain => state.explain.data.answer.as_ref().map(|explain| explain.range.from),
        _ => state.patterns.data.answer.as_ref().map(|patterns| patterns.range.from),
    };
    let day = answered.map(|from| state.zone.day(from)).filter(|day| *day != state.zone.day(state.now));
    let follows = if state.follows() { format!("follows, every {} s", state.refresh_ms / 1000) } else { "still".to_string() };
    day.into_iter().chain([state.zone.name(), follows]).collect::<Vec<_>>().join("  ")
}

/// Which of the records those are that make a figure.
const fn only(measure: Measure) -> &'static str {
    match measure {
        Measure::Errors => ", errors and failures only",
        Measure::Failed | Measure::Share => ", failures only",
        Measure::Requests | Measure::P95 => ", requests only",
        Measure::Slow => ", slow only",
        Measure::Records => "",
    }
}

/// The way here: the beginning goes where there is no room for it.
fn crumbs(state: &State, width: u16) -> String {
    let name = |view: View, records: &RecordsPane, trace: &TracePane, explain: &ExplainPane, patterns: &PatternsPane| match view {
        View::Overview => "overview".to_string(),
        View::Records => format!("{}{}", records.about.title, records.about.behind.map_or("", only)),
        View::Trace => format!("trace {}", trace.id.iter().flat_map(|id| id.text().chars()).take(8).collect::<String>()),
        View::Explain => format!("explain {}", explain.about.title),
        View::Patterns => format!("patterns {}", patterns.about.title),
    };
    let mut names: Vec<String> = state.back.iter().map(|p| name(p.view, &p.records, &p.trace, &p.explain, &p.patterns)).collect();
    // Another range or record of the same is no further step of the way.
    names.push(name(state.view, &state.records, &state.trace, &state.explain, &state.patterns));
    names.dedup();
    let long = |names: &[String]| names.iter().map(|n| printable::width(n) + 3).sum::<usize>() > usize::from(width);
    let mut cut = false;
    while names.len() > 1 && long(&names) {
        names.remove(0);
        cut = true;
    }
    format!("< {}{}", if cut { "… > " } else { "" }, names.join(" > "))
}

/// Source and scope to the left, time to the right. Where both do not fit, what can be told from the rest goes first: a file's folder,
/// whole minutes' seconds, the width of a cell, the year.
fn overview(state: &State, area: Rect, painter: &mut Painter<'_>) {
    let scope = if state.filters.is_empty() { "all services" } else { "" };
    let target = &state.start.target;
    let name = target.rsplit('/').next().filter(|_| state.start.is_file).unwrap_or(target);
    let lefts = [format!("{}  {target}  {scope}", state.start.source), format!("{name}  {scope}"), name.to_string()];
    let rights: Vec<String> = (0..=SHORTEST).map(|brevity| right_side(state, brevity)).collect();
    let fits = |left: &str, right: &str| printable::width(left.trim_end()) + 2 + printable::width(right) <= usize::from(area.width);
    let pairs = rights.iter().flat_map(|right| lefts.iter().take(2).map(move |left| (left, right)));
    let shortest = lefts.last().zip(rights.last());
    let Some((left, right)) = pairs.into_iter().find(|(left, right)| fits(left, right)).or(shortest) else { return };
    let taken = u16::try_from(printable::width(right)).unwrap_or(area.width).min(area.width);
    painter.text(area.x, area.y, left.trim_end(), painter.look.plain(), area.width.saturating_sub(taken + 2));
    painter.text_right(area.right(), area.y, right, painter.look.plain(), area.width);
}

/// How brief the right side can be.
const SHORTEST: u8 = 3;

fn right_side(state: &State, brevity: u8) -> String {
    let live = match state.live {
        true if !state.moves() => "file".to_string(),
        true if state.refresh_ms > state.start.refresh_ms => format!("live {}s ({}s)", state.refresh_ms / 1000, state.start.refresh_ms / 1000),
        true => format!("live {}s", state.refresh_ms / 1000),
        false => "still".to_string(),
    };
    let Some(errors) = &state.errors.data.answer else {
        let asked = match state.scope.reach {
            Reach::Last(ms) => format!("last {}", Interval::from_millis(ms)),
            Reach::Exactly(range) => format!("{}-{}", state.zone.clock(range.from), state.zone.clock(range.to)),
        };
        return format!("{asked}  {live}");
    };
    let range = errors.range;
    let whole = [range.from, range.to].iter().all(|at| at.millis() % 60_000 == 0);
    let clock = |at| if brevity >= 1 && whole { state.zone.minute(at) } else { state.zone.clock(at) };
    let day = state.zone.day(range.from);
    let day = if brevity >= 3 { day.split_once('-').map_or(day.clone(), |(_, rest)| rest.to_string()) } else { day };
    let day = if state.zone.day(range.from) == state.zone.day(state.now) && state.zone.day(range.to) == state.zone.day(state.now) {
        String::new()
    } else {
        format!("{day} ")
    };
    let baseline = errors.baseline.map_or("vs none".to_string(), |b| format!("vs {}-{}", state.zone.minute(b.from), state.zone.minute(b.to)));
    // A range that ends on another day says on which.
    let until =
        if state.zone.day(range.to.plus_millis(-1)) == state.zone.day(range.from) { String::new() } else { format!("{} ", state.zone.day(range.to)) };
    let cell = if brevity >= 2 { String::new() } else { format!("  {}/cell", errors.interval) };
    format!("{day}{}-{until}{} {}{cell}  {baseline}  {live}", clock(range.from), clock(range.to), state.zone.name())
}

fn trace(state: &State, area: Rect, painter: &mut Painter<'_>) {
    let id = state.trace.id.as_ref().map(|id| id.text().to_string()).unwrap_or_default();
    let right = state.trace.trace().map_or(String::new(), |trace| {
        let (start, end) = trace.edges();
        format!(
            "{} {} {}  {} ms  {} rec  {}",
            state.zone.day(start),
            state.zone.clock(start),
            state.zone.name(),
            crate::model::printable::millis(end.millis_since(start)),
            trace.records.len(),
            printable::count(trace.services.len(), "service")
        )
    });
    let room = area.width.saturating_sub((printable::width(&right) + 2) as u16);
    let way = crumbs(state, area.width);
    let way = way.rsplit_once("trace ").map_or("< ", |(way, _)| way);
    let whole = format!("{way}trace {id}");
    let text = if printable::width(&whole) <= usize::from(room) { whole } else { format!("< trace {id}") };
    let taken = painter.text(area.x, area.y, &text, painter.look.strong(), area.width);
    painter.text_right(area.right(), area.y, &right, painter.look.plain(), area.width.saturating_sub(taken + 2));
}
