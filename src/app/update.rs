//! What each event does.

use super::actions::Action;
use super::event::{Answered, Effect, Event, Lane, PaneAnswer, PaneQuestion};
use super::keymap::{Key, KeyCode, Meaning};
use super::ranges::Chosen;
use super::records::RecordsPane;
use super::resume_command;
use super::state::{Asking, Overlay, Pane, Place, Reading, State, View};
use super::trace::TracePane;
use super::traces::TracesPane;
use crate::answers::trace::TRACE_RECORDS;
use crate::answers::{LogsParams, Measure, Reach, Scope, SlowParams, TraceParams};
use crate::model::target::{self, TraceId};
use crate::model::{Fault, Filter, TimeRange, Timestamp, Zone};
use crate::schema::Field;

/// The day before is looked at again after this long.
const DAY_HOLDS_MS: i64 = 120_000;
/// The sample of failing traces is read again after this long.
const TRACES_EVERY_MS: i64 = 30_000;
/// An overloaded cluster is asked no more often than this.
const SLOWEST_MS: i64 = 60_000;
/// So many records behind a cell.
const RECORDS: usize = 1000;

/// What the event does to the state, and what is to be done.
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Key(key) => on_key(state, key),
        Event::Paste(text) => on_paste(state, &text),
        Event::Resize(columns, rows) => resized(state, columns, rows),
        Event::Tick(now) => {
            state.now = now;
            due(state)
        }
        Event::Answered(answered) => answered_by(state, answered),
        Event::Progress { read, total, done, followed } => {
            let before = state.reading;
            state.reading = Reading { read, total, done, followed };
            let more = read != before.read || done != before.done;
            // What was counted while reading was a part of it.
            let wanted = (done && !before.done) || (more && state.live && state.view == View::Overview && !state.asking.contains_key(&Lane::Refresh));
            if wanted && read > 0 { refresh(state) } else { Vec::new() }
        }
        Event::Seen(seen) => {
            state.seen = seen;
            Vec::new()
        }
    }
}

fn resized(state: &mut State, columns: u16, rows: u16) -> Vec<Effect> {
    let first = state.generation == 0;
    state.size = (columns, rows);
    let grid = super::errors::grid_width(columns);
    let changed = grid != state.scope.columns;
    state.scope.columns = grid;
    if first {
        let mut effects = refresh(state);
        if let Some(id) = state.start.trace.clone() {
            effects.extend(open_trace(state, id));
        }
        return effects;
    }
    if changed {
        state.slow.whole = None;
        return refresh(state);
    }
    Vec::new()
}

/// What is due by the clock.
fn due(state: &mut State) -> Vec<Effect> {
    let is_due = |since: Option<Timestamp>, every: i64| since.is_some_and(|at| state.now.millis() - at.millis() >= every);
    if !state.live
        || !state.moves()
        || state.view != View::Overview
        || state.asking.contains_key(&Lane::Refresh)
        || !is_due(state.answered, state.refresh_ms)
    {
        return Vec::new();
    }
    refresh(state)
}

/// Asks for what the overview shows.
fn refresh(state: &mut State) -> Vec<Effect> {
    let day = state
        .errors
        .data
        .answer
        .as_ref()
        .map(|e| e.day.clone())
        .filter(|day| state.now.millis() - day.asked.millis() < DAY_HOLDS_MS && state.reading.done);
    let earlier = state.slow.earlier(state.errors.data.answer.as_deref(), state.now).filter(|_| state.reading.done);
    let questions =
        vec![PaneQuestion::Errors(state.errors.params(&state.scope), day), PaneQuestion::Slow(SlowParams { scope: state.scope.clone() }, earlier)];
    let mut effects = vec![ask(state, Lane::Refresh, questions)];
    let stale = state.traces_answered.is_none_or(|at| state.now.millis() - at.millis() >= TRACES_EVERY_MS);
    if stale && !state.asking.contains_key(&Lane::Traces) {
        let question = PaneQuestion::Traces(TracesPane::params(&state.scope));
        effects.push(ask(state, Lane::Traces, vec![question]));
    }
    effects
}

/// Everything anew: the range or the filters have changed.
fn ask_anew(state: &mut State) -> Vec<Effect> {
    state.traces_answered = None;
    state.asking.remove(&Lane::Traces);
    state.errors.column = None;
    state.slow.whole = None;
    refresh(state)
}

fn ask(state: &mut State, lane: Lane, questions: Vec<PaneQuestion>) -> Effect {
    state.generation += 1;
    state.asking.insert(lane, Asking { generation: state.generation, since: state.now });
    Effect::Ask { lane, generation: state.generation, questions }
}

fn answered_by(state: &mut State, answered: Answered) -> Vec<Effect> {
    let Answered { lane, generation, answers, wall_ms, bytes, at } = answered;
    state.now = state.now.max(at);
    if state.asking.get(&lane).is_none_or(|asking| asking.generation != generation) {
        return Vec::new();
    }
    state.asking.remove(&lane);
    if lane == Lane::Refresh {
        state.cost = (wall_ms, bytes);
        state.answered = Some(at);
        slow_down(state, &answers);
    }
    if lane == Lane::Traces {
        state.traces_answered = Some(at);
    }
    for (place, answer) in answers.into_iter().enumerate() {
        store(state, lane, place, answer);
    }
    Vec::new()
}

/// Twice as long between refreshes each time the cluster is overloaded, as before once it answers.
fn slow_down(state: &mut State, answers: &[Result<PaneAnswer, Fault>]) {
    let overloaded = answers.iter().any(|answer| answer.as_ref().is_err_and(Fault::is_overload));
    state.refresh_ms = if overloaded { (state.refresh_ms * 2).min(SLOWEST_MS) } else { state.start.refresh_ms };
}

fn store(state: &mut State, lane: Lane, place: usize, answer: Result<PaneAnswer, Fault>) {
    match (lane, place, answer) {
        (_, _, Ok(PaneAnswer::Errors(errors))) => {
            state.errors.data.take(Ok(errors));
            state.errors.answered();
        }
        (_, _, Ok(PaneAnswer::Slow(slow))) => state.slow.data.take(Ok(slow)),
        (_, _, Ok(PaneAnswer::Traces(traces))) => state.traces.data.take(Ok(traces)),
        (_, _, Ok(PaneAnswer::Logs(logs))) => {
            state.records.data.take(Ok(logs));
            state.records.row = state.records.row.min(state.records.records().len().saturating_sub(1));
        }
        (_, _, Ok(PaneAnswer::Trace(trace))) => {
            state.trace.data.take(Ok(trace));
            state.trace.to_origin();
        }
        (Lane::Refresh, 0, Err(fault)) => state.errors.data.take(Err(fault)),
        (Lane::Refresh, _, Err(fault)) => state.slow.data.take(Err(fault)),
        (Lane::Traces, _, Err(fault)) => state.traces.data.take(Err(fault)),
        (Lane::Drill, _, Err(fault)) if state.view == View::Trace => state.trace.data.take(Err(fault)),
        (Lane::Drill, _, Err(fault)) => state.records.data.take(Err(fault)),
    }
}

fn on_paste(state: &mut State, text: &str) -> Vec<Effect> {
    if let Some(Overlay::Range(entry)) = &mut state.overlay {
        entry.text.paste(text);
        return Vec::new();
    }
    match target::parse(text) {
        Ok(found) => match found.into_iter().next() {
            Some(id) => open_trace(state, id),
            None => Vec::new(),
        },
        Err(error) => {
            state.message = Some(error.to_string());
            Vec::new()
        }
    }
}

fn on_key(state: &mut State, key: Key) -> Vec<Effect> {
    state.message = None;
    let is_quit_now = state.keymap.meaning(&[key]) == Meaning::Action(Action::QuitNow);
    if let (Some(Overlay::Range(entry)), false, false) = (&mut state.overlay, is_quit_now, key.code == KeyCode::Esc) {
        // Typed times are of the source's clock where the answer tells it.
        let now = state.errors.data.answer.as_ref().map_or(state.now, |e| e.clock);
        if let Chosen::Reach(reach) = entry.key(key, now, state.zone) {
            state.overlay = None;
            state.scope.reach = reach;
            state.live = matches!(reach, Reach::Last(_));
            return ask_anew(state);
        }
        return Vec::new();
    }
    state.pending.push(key);
    match state.keymap.meaning(&state.pending) {
        Meaning::Pending => Vec::new(),
        Meaning::None => {
            state.pending.clear();
            Vec::new()
        }
        Meaning::Action(action) => {
            state.pending.clear();
            act(state, action)
        }
    }
}

/// Carries out an action; one that is not possible here does nothing.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if !action.is_possible(state) {
        return Vec::new();
    }
    let page = isize::try_from(state.seen.rows.max(2) - 1).unwrap_or(1);
    match action {
        Action::Down => step(state, 1),
        Action::Up => step(state, -1),
        Action::PageDown => step(state, page),
        Action::PageUp => step(state, -page),
        Action::First => step(state, isize::MIN / 2),
        Action::Last => step(state, isize::MAX / 2),
        Action::Left => sideways(state, -1),
        Action::Right => sideways(state, 1),
        Action::NextError => step_error(state, true),
        Action::PreviousError => step_error(state, false),
        Action::Origin => state.trace.to_origin(),
        Action::NextPane => next_pane(state, 1),
        Action::PreviousPane => next_pane(state, 2),
        Action::PaneErrors => state.focus = Pane::Errors,
        Action::PaneSlow => state.focus = Pane::Slow,
        Action::PaneTraces => state.focus = Pane::Traces,
        Action::ZoomPane => state.zoomed = !state.zoomed,
        Action::Measure => return next_measure(state),
        Action::ShowHidden => show_hidden(state),
        Action::Order => {
            state.errors.held = false;
            state.errors.reorder();
        }
        Action::Zone => state.zone = if state.zone == Zone::UTC { state.start.zone } else { Zone::UTC },
        Action::Help => state.overlay = Some(Overlay::Help),
        Action::Range => state.overlay = Some(Overlay::Range(Box::default())),
        Action::Open => return open(state),
        Action::PaneRecords => return open_records(state, false),
        Action::Trace => return state.trace_under_cursor().map_or_else(Vec::new, |id| open_trace_named(state, &id)),
        Action::Back => return go_back(state),
        Action::StepBack => return step_back(state),
        Action::Live => return toggle_live(state),
        Action::Refresh => return refresh_now(state),
        Action::ZoomIn | Action::ZoomOut | Action::Earlier | Action::Later | Action::Now => return move_range(state, action),
        Action::CopyCommand => return vec![Effect::Copy(resume_command(state))],
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Quit => return quit(state),
        Action::QuitNow => return vec![Effect::Quit(resume_command(state))],
    }
    Vec::new()
}

fn step(state: &mut State, by: isize) {
    if state.overlay.is_some() {
        return;
    }
    match (state.view, state.focus) {
        (View::Records, _) => state.records.step(by),
        (View::Trace, _) => state.trace.step(by),
        (View::Overview, Pane::Errors) => state.errors.step(by),
        (View::Overview, Pane::Slow) => state.slow.step(by),
        (View::Overview, Pane::Traces) => state.traces.step(by),
    }
}

fn sideways(state: &mut State, by: isize) {
    match (state.view, state.focus) {
        (View::Overview, Pane::Errors) => state.errors.step_column(by),
        (View::Trace, _) => state.trace.fold(by < 0),
        _ => {}
    }
}

fn step_error(state: &mut State, forward: bool) {
    match state.view {
        View::Overview => state.errors.step_error(forward),
        View::Records => state.records.step_error(forward),
        View::Trace => state.trace.step_error(forward),
    }
}

fn next_pane(state: &mut State, by: usize) {
    if state.view == View::Trace {
        state.trace.in_records = !state.trace.in_records;
        return;
    }
    const PANES: [Pane; 3] = [Pane::Errors, Pane::Slow, Pane::Traces];
    let at = PANES.iter().position(|pane| *pane == state.focus).unwrap_or(0);
    state.focus = PANES.get((at + by) % PANES.len()).copied().unwrap_or(Pane::Errors);
}

fn next_measure(state: &mut State) -> Vec<Effect> {
    let at = Measure::ALL.iter().position(|m| *m == state.errors.measure).unwrap_or(0);
    state.errors.measure = Measure::ALL.get((at + 1) % Measure::ALL.len()).copied().unwrap_or_default();
    refresh(state)
}

fn show_hidden(state: &mut State) {
    match state.focus {
        Pane::Slow => state.slow.show_quiet = !state.slow.show_quiet,
        _ => state.errors.show_quiet = !state.errors.show_quiet,
    }
}

fn remember(state: &mut State) {
    let place = Place { view: state.view, records: state.records.clone(), trace: state.trace.clone() };
    state.back.push(place);
    state.overlay = None;
}

fn open(state: &mut State) -> Vec<Effect> {
    if state.overlay.is_some() {
        state.overlay = None;
        return Vec::new();
    }
    match (state.view, state.focus) {
        (View::Overview, Pane::Traces) => state.trace_under_cursor().map_or_else(Vec::new, |id| open_trace_named(state, &id)),
        (View::Overview, _) => open_records(state, true),
        (View::Records, _) => {
            state.records.detail = !state.records.detail;
            state.records.scroll = 0;
            Vec::new()
        }
        (View::Trace, _) => {
            state.trace.in_records = !state.trace.in_records;
            Vec::new()
        }
    }
}

/// The records behind what the cursor is on; with `narrow` only those that the figure counts.
fn open_records(state: &mut State, narrow: bool) -> Vec<Effect> {
    if state.view != View::Overview {
        return Vec::new();
    }
    let mut scope: Scope = state.scope.clone();
    let (service, range, measure) = match state.focus {
        Pane::Slow => (state.slow.selected().map(|s| s.service.clone()), None, Measure::Slow),
        _ => (state.errors.selected().map(|s| s.service.clone()), state.errors.cell_range(), state.errors.measure),
    };
    let Some(service) = service else { return Vec::new() };
    let (range, behind) = if narrow { (range, Some(measure)) } else { (None, None) };
    let clock = |at: Timestamp| state.zone.clock(at);
    let title = match range {
        Some(range) => format!("{service} {}-{}", clock(range.from), clock(range.to)),
        None => service.clone(),
    };
    scope.filters.retain(|f| Field::parse(&f.field) != Field::Service);
    scope.filters.push(Filter { field: "service".to_string(), value: service, exclude: false });
    if let Some(range) = range.or_else(|| state.errors.data.answer.as_ref().map(|e| e.range)) {
        scope.reach = Reach::Exactly(range);
    }
    let params = LogsParams { scope, behind, limit: RECORDS, around: None };
    remember(state);
    state.view = View::Records;
    state.records = RecordsPane { asked: Some(params.clone()), title, ..RecordsPane::default() };
    vec![ask(state, Lane::Drill, vec![PaneQuestion::Logs(params)])]
}

fn open_trace_named(state: &mut State, id: &str) -> Vec<Effect> {
    match target::parse(id).ok().and_then(|found| found.into_iter().next()) {
        Some(id) => open_trace(state, id),
        None => {
            state.message = Some(format!("the record's trace id '{id}' is none this program can look up"));
            Vec::new()
        }
    }
}

fn open_trace(state: &mut State, id: TraceId) -> Vec<Effect> {
    let around = state.errors.data.answer.as_ref().map(|e| TimeRange { from: e.range.from.plus_millis(-60_000), to: e.clock.plus_millis(60_000) });
    let params = TraceParams { id: id.clone(), around, only: false, limit: TRACE_RECORDS };
    remember(state);
    state.view = View::Trace;
    state.trace = TracePane { id: Some(id), ..TracePane::default() };
    vec![ask(state, Lane::Drill, vec![PaneQuestion::Trace(params)])]
}

fn go_back(state: &mut State) -> Vec<Effect> {
    let Some(place) = state.back.pop() else { return Vec::new() };
    state.view = place.view;
    state.records = place.records;
    state.trace = place.trace;
    state.asking.remove(&Lane::Drill);
    let mut effects = vec![Effect::Cancel(Lane::Drill)];
    effects.extend(due(state));
    effects
}

/// Exactly one step: stop asking, close what is open, go back.
fn step_back(state: &mut State) -> Vec<Effect> {
    if state.overlay.take().is_some() {
        return Vec::new();
    }
    if state.asking.remove(&Lane::Drill).is_some() {
        state.message = Some("stopped asking; r asks again".to_string());
        return vec![Effect::Cancel(Lane::Drill)];
    }
    if state.records.detail && state.view == View::Records {
        state.records.detail = false;
        return Vec::new();
    }
    if state.zoomed && state.view == View::Overview {
        state.zoomed = false;
        return Vec::new();
    }
    go_back(state)
}

fn toggle_live(state: &mut State) -> Vec<Effect> {
    state.live = !state.live;
    match (state.live, &state.errors.data.answer) {
        (true, _) => {
            if let Reach::Exactly(range) = state.scope.reach {
                state.scope.reach = Reach::Last(range.millis());
            }
            ask_anew(state)
        }
        (false, Some(errors)) => {
            state.scope.reach = Reach::Exactly(errors.range);
            Vec::new()
        }
        (false, None) => Vec::new(),
    }
}

fn refresh_now(state: &mut State) -> Vec<Effect> {
    match state.view {
        View::Overview => ask_anew(state),
        View::Records => match state.records.asked.clone() {
            Some(params) => vec![ask(state, Lane::Drill, vec![PaneQuestion::Logs(params)])],
            None => Vec::new(),
        },
        View::Trace => match state.trace.id.clone() {
            Some(id) => vec![ask(state, Lane::Drill, vec![PaneQuestion::Trace(TraceParams { id, around: None, only: false, limit: TRACE_RECORDS })])],
            None => Vec::new(),
        },
    }
}

fn move_range(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(shown) = state.errors.data.answer.as_ref().map(|e| (e.range, e.clock)) else { return Vec::new() };
    let (range, clock) = shown;
    let length = range.millis();
    let middle = state.errors.column.map_or(range.from.millis() + length / 2, |at| at);
    let between = |from: i64, length: i64| TimeRange { from: Timestamp::from_millis(from), to: Timestamp::from_millis(from + length.max(1000)) };
    let is_last = matches!(state.scope.reach, Reach::Last(_));
    let next = match action {
        Action::Now => {
            state.live = true;
            state.scope.reach = Reach::Last(900_000);
            return ask_anew(state);
        }
        Action::ZoomOut if is_last => {
            state.scope.reach = Reach::Last((length * 2).min(86_400_000));
            return ask_anew(state);
        }
        Action::ZoomIn if is_last && state.errors.column.is_none() => {
            state.scope.reach = Reach::Last((length / 2).max(30_000));
            return ask_anew(state);
        }
        Action::ZoomIn => between(middle - length / 4, length / 2),
        Action::ZoomOut => between(range.from.millis() - length / 2, length * 2),
        Action::Earlier => between(range.from.millis() - length / 2, length),
        _ => between(range.from.millis() + length / 2, length),
    };
    let to = next.to.min(clock.max(next.from.plus_millis(1000)));
    state.live = false;
    state.scope.reach = Reach::Exactly(TimeRange { from: next.from, to });
    ask_anew(state)
}

fn quit(state: &mut State) -> Vec<Effect> {
    match state.overlay.take() {
        Some(Overlay::ConfirmQuit) => vec![Effect::Quit(resume_command(state))],
        Some(_) => Vec::new(),
        None if state.start.shared => {
            state.overlay = Some(Overlay::ConfirmQuit);
            Vec::new()
        }
        None => vec![Effect::Quit(resume_command(state))],
    }
}
