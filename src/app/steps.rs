//! Moving the cursor, wherever it is.

use super::cursor::stepped;
use super::detail;
use super::drill::read_on;
use super::event::{Effect, Lane};
use super::overlay::Overlay;
use super::state::{Pane, State, View};

/// So many rows down (or up); beyond what has been read of a list of records more of it is asked for.
pub fn go_on(state: &mut State, by: isize) -> Vec<Effect> {
    if state.view == View::Records && state.overlay.is_none() && state.records.leads_beyond(by) {
        return if state.asking.contains_key(&Lane::Drill) { Vec::new() } else { read_on(state) };
    }
    step(state, by);
    Vec::new()
}

/// So many rows down (or up), in what lies over the view or in the view.
fn step(state: &mut State, by: isize) {
    match &mut state.overlay {
        Some(Overlay::Choose { target, at }) => return *at = at.saturating_add_signed(by).min(target.ids.len().saturating_sub(1)),
        Some(Overlay::Pick(pick)) => return pick.at = stepped(pick.at, by, pick.rows.len()),
        Some(Overlay::Notes { scroll, .. } | Overlay::Why { scroll } | Overlay::Help { scroll }) => {
            return *scroll = scroll.saturating_add_signed(by).min(state.seen.deepest);
        }
        Some(_) => return,
        None => {}
    }
    if detail::is_open(state) {
        return detail::step(state, by);
    }
    match (state.view, state.focus) {
        (View::Records, _) => state.records.step(by),
        (View::Trace, _) => state.trace.step(by),
        (View::Explain, _) => state.explain.step(by),
        (View::Patterns, _) => state.patterns.step(by),
        (View::Overview, Pane::Errors) => state.errors.step(by),
        (View::Overview, Pane::Slow) => state.slow.step(by),
        (View::Overview, Pane::Traces) => state.traces.step(by),
    }
}

/// A cell to the side; folds and unfolds in a trace.
pub fn sideways(state: &mut State, by: isize) {
    match (state.view, state.focus) {
        (View::Overview, Pane::Errors) => state.errors.step_column(by),
        (View::Trace, _) => state.trace.fold(by < 0),
        _ => {}
    }
}

/// To the next (or previous) error, or says that there is none.
pub fn step_error(state: &mut State, forward: bool) {
    let place = |state: &State| (state.errors.column_index(), state.records.row, state.trace.row, state.trace.record, state.patterns.row);
    let before = place(state);
    to_error(state, forward);
    if place(state) == before {
        state.message = Some(format!("no error {} this one", if forward { "after" } else { "before" }));
    }
}

fn to_error(state: &mut State, forward: bool) {
    match state.view {
        View::Overview => state.errors.step_error(forward),
        View::Records => state.records.step_error(forward),
        View::Trace => state.trace.step_error(forward),
        View::Patterns => state.patterns.step_error(forward),
        View::Explain => {}
    }
}

/// To the pane that stands so many further on.
pub fn next_pane(state: &mut State, by: usize) {
    if state.view == View::Trace {
        state.trace.in_records = !state.trace.in_records;
        return;
    }
    const PANES: [Pane; 3] = [Pane::Errors, Pane::Slow, Pane::Traces];
    let at = PANES.iter().position(|pane| *pane == state.focus).unwrap_or(0);
    state.focus = PANES.get((at + by) % PANES.len()).copied().unwrap_or(Pane::Errors);
}
