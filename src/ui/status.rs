//! The last two lines: what is not known comes first; then keys that do something here and now.

use super::paint::Painter;
use crate::app::{Action, Overlay, State, View};
use crate::model::printable::age;
use ratatui::layout::Rect;

/// Draws both.
pub fn draw(state: &State, area: Rect, painter: &mut Painter<'_>) {
    let (left, is_bad) = left(state);
    let right = right(state);
    let style = if is_bad { painter.look.unknown() } else { painter.look.plain() };
    let taken = u16::try_from(crate::model::printable::width(&right)).unwrap_or(0).min(area.width / 2);
    painter.text(area.x + 1, area.y, &left, style, area.width.saturating_sub(taken + 3));
    painter.text_right(area.right(), area.y, &right, painter.look.dim(), area.width / 2);
    painter.text(area.x + 1, area.y + 1, &hints(state, usize::from(area.width.saturating_sub(2))), painter.look.dim(), area.width.saturating_sub(1));
}

fn left(state: &State) -> (String, bool) {
    if let Some(message) = &state.message {
        return (message.clone(), true);
    }
    if state.view == View::Overview && state.errors.data.fault.is_some() {
        let shown = state.errors.data.answer.as_ref().map(|errors| format!("NOT current: what is shown is of {}", state.zone.clock(errors.clock)));
        return (shown.unwrap_or_else(|| "nothing is known yet".to_string()), true);
    }
    match state.completeness() {
        None => (String::new(), false),
        Some(said) if said.complete => {
            let note = said.notes.first().filter(|n| !n.starts_with("the last column")).map_or(String::new(), |n| format!(" · {n}"));
            (format!("complete{note}"), false)
        }
        Some(said) => {
            let more = said.notes.len().saturating_sub(1);
            let first = said.notes.first().cloned().unwrap_or_default();
            (if more > 0 { format!("{first} (+{more})") } else { first }, true)
        }
    }
}

fn right(state: &State) -> String {
    let mut parts = Vec::new();
    if let Some(ms) = state.waiting_ms() {
        parts.push(if ms >= 300 { format!("… {:.0} s", ms as f64 / 1000.0) } else { "…".to_string() });
    }
    if !state.reading.done {
        let share = state
            .reading
            .total
            .filter(|t| *t > 0)
            .map_or(format!("{} MB", state.reading.read >> 20), |total| format!("{}%", state.reading.read * 100 / total));
        parts.push(format!("reading {share}"));
    }
    if let Some(errors) = state.errors.data.answer.as_ref().filter(|_| state.view == View::Overview && state.errors.data.fault.is_none()) {
        if let Some(newest) = errors.completeness.newest {
            let end = errors.clock.min(errors.range.to);
            parts.push(format!("newest {}", age(end.millis() - newest.millis())));
        }
        let (ms, bytes) = state.cost;
        parts.push(if bytes > 0 { format!("{ms} ms {:.1} KB", bytes as f64 / 1024.0) } else { format!("{ms} ms") });
    }
    if state.refresh_ms > state.start.refresh_ms {
        parts.push(format!("slowed to {} s", state.refresh_ms / 1000));
    }
    parts.join("  ")
}

/// With help and the way out at most eleven.
const MOST_HINTS: usize = 9;

/// At most eleven, each with its key from the keymap.
fn hints(state: &State, width: usize) -> String {
    if matches!(state.overlay, Some(Overlay::ConfirmQuit)) {
        return "others look at this terminal: q again quits, esc stays".to_string();
    }
    if let Some(Overlay::Search(input)) = &state.overlay {
        return format!("/{}_   enter: search names, attributes, messages; esc leaves it", input.line());
    }
    if let Some(Overlay::Write(input)) = &state.overlay {
        return format!("write to: {}_   enter: a new file, .ndjson, .md or text; esc leaves it", input.line());
    }
    if !state.pending.is_empty() {
        let keys: Vec<String> = state.pending.iter().map(|k| k.name()).collect();
        let follow: Vec<String> = state.keymap.follow(&state.pending).iter().map(|(key, action)| format!("{key} {}", action.short())).collect();
        return format!("{} …   {}", keys.join(" "), follow.join("  "));
    }
    if let Some(count) = state.count {
        return format!("{count} …");
    }
    let wanted: &[(Action, &str)] = match state.view {
        View::Overview => &[
            (Action::Open, "open"),
            (Action::Origin, "origin"),
            (Action::Why, "why"),
            (Action::Explain, "explain"),
            (Action::Patterns, "patterns"),
            (Action::FilterOnly, "filter"),
            (Action::NextPane, "pane"),
            (Action::NextError, "next error"),
            (Action::Measure, "measure"),
            (Action::Range, "range"),
            (Action::ZoomIn, "zoom"),
            (Action::Live, "live"),
            (Action::ShowHidden, "all"),
            (Action::Notes, "notes"),
            (Action::ZoomPane, "full"),
        ],
        View::Records => &[
            (Action::Down, "move"),
            (Action::NextError, "next error"),
            (Action::Open, "unfold"),
            (Action::Trace, "trace"),
            (Action::Search, "search"),
            (Action::ShowHidden, "around"),
            (Action::Explain, "explain"),
            (Action::Patterns, "patterns"),
            (Action::FilterOnly, "filter"),
            (Action::Columns, "columns"),
            (Action::Live, "follow"),
            (Action::Back, "back"),
        ],
        View::Explain => &[
            (Action::Down, "move"),
            (Action::Open, "its records"),
            (Action::Patterns, "patterns"),
            (Action::FilterOnly, "filter"),
            (Action::CopyValue, "copy"),
            (Action::Back, "back"),
        ],
        View::Patterns => &[
            (Action::Down, "move"),
            (Action::NextError, "next new or error"),
            (Action::Open, "its records"),
            (Action::Trace, "trace"),
            (Action::Explain, "explain"),
            (Action::CopyValue, "copy"),
            (Action::Back, "back"),
        ],
        View::Trace => &[
            (Action::NextError, "next error"),
            (Action::Origin, "origin"),
            (Action::NextPane, "spans/records"),
            (Action::Open, "detail"),
            (Action::Left, "fold"),
            (Action::Search, "search"),
            (Action::Compare, "usual"),
            (Action::FilterOnly, "filter"),
            (Action::ShowHidden, "around"),
            (Action::Clocks, "clocks"),
            (Action::Back, "back"),
        ],
    };
    let hint = |(action, text): &(Action, &str)| {
        // Of a chord the first key stands for all that begin with it.
        let key = state.keymap.keys_of(*action).first()?.split(' ').next()?.to_string();
        action.is_possible(state).then(|| format!("{} {text}", key.replace("enter", "↵")))
    };
    // Where help is, and the way out, are always there.
    let ever: Vec<String> = [(Action::Help, "keys"), (Action::Quit, "quit")].iter().filter_map(hint).collect();
    let ever = ever.join("  ");
    let mut line = String::new();
    for hint in wanted.iter().filter_map(hint).take(MOST_HINTS) {
        let more = format!("{line}{hint}  ");
        if crate::model::printable::width(&more) + crate::model::printable::width(&ever) > width {
            break;
        }
        line = more;
    }
    line + &ever
}
