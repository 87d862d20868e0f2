//! What each event does.

use super::actions::Action;
use super::arrive::answered_by;
use super::brief::BriefPane;
use super::detail;
use super::drill::{
    ask_explain, ask_patterns, ask_records, ask_trace, begin, follow, go_back, go_forward, look_further, open, open_around, open_evidence,
    open_explain, open_last_words, open_patterns, open_records, open_target, open_trace_named,
};
use super::event::{Effect, Event, Lane, PaneQuestion};
use super::filters::{Filters, Keep};
use super::keys::{on_key, on_paste};
use super::listing;
use super::marks::{self, ask_since};
use super::narrow::{copy_value, filter_by, open_bar, refilter};
use super::overlay::Overlay;
use super::resume_command;
use super::search::search_on;
use super::state::{Asking, Pane, Reading, State, TRACE_AGAIN_MS, View};
use super::steps::{go_on, next_pane, sideways, step_error};
use super::traces::TracesPane;
use super::travel::{move_range, to_onset, toggle_live};
use super::write;
use crate::answers::{Measure, Reach, SlowParams};
use crate::model::{TimeRange, Timestamp, Zone};

/// The sample of failing traces, the brief and what became of marks are asked again after this long.
const BESIDE_EVERY_MS: i64 = 30_000;
/// Rows that are moved through fast are not asked for one by one, ms.
const SETTLES_MS: i64 = 500;
/// A trace is looked for so far back by itself.
const DAY_MS: i64 = 86_400_000;

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
            if done && !before.done {
                forget_beside(state);
            }
            let mut effects = if wanted && read > 0 { refresh(state) } else { Vec::new() };
            if done && !before.done {
                effects.extend(match state.view {
                    View::Trace => ask_trace(state),
                    View::Records => ask_records(state),
                    View::Explain => ask_explain(state),
                    View::Patterns => ask_patterns(state),
                    View::Overview => Vec::new(),
                });
            }
            effects
        }
        Event::Told(Ok(told)) => {
            if state.told != told {
                // What it says may rest on them.
                state.answered.remove(&Lane::Brief);
            }
            state.told = told;
            Vec::new()
        }
        Event::Told(Err(fault)) => {
            state.message = Some(format!("the changes that are told could not be read: {fault}"));
            Vec::new()
        }
        Event::Unread(lines) => {
            if let Some(Overlay::Notes { unread, .. }) = &mut state.overlay {
                *unread = lines;
            }
            Vec::new()
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
        let mut effects = Vec::new();
        if let Some(mut target) = state.start.trace.clone() {
            // A range that was named is where it is looked for first.
            target.around = target.around.or(match state.scope.reach {
                Reach::Exactly(range) => Some(range),
                Reach::Last(ms) => (ms > DAY_MS).then(|| TimeRange { from: state.now.plus_millis(-ms), to: state.now }),
            });
            effects.extend(open_target(state, target));
        } else {
            effects.extend(begin(state));
        }
        effects.extend(refresh(state));
        return effects;
    }
    if changed {
        state.slow.whole = None;
        return refresh(state);
    }
    Vec::new()
}

/// What is due by the clock.
pub fn due(state: &mut State) -> Vec<Effect> {
    let is_due = |since: Option<Timestamp>, every: i64| since.is_some_and(|at| state.now.millis() - at.millis() >= every);
    if state.view == View::Trace && state.seeks_trace() && !state.asking.contains_key(&Lane::Drill) && is_due(state.trace.looked, TRACE_AGAIN_MS) {
        return ask_trace(state);
    }
    let follows = state.follows() && !state.asking.contains_key(&Lane::Drill);
    if follows && is_due(state.answered.get(&Lane::Drill).copied(), state.refresh_ms) {
        return ask_records(state);
    }
    let refreshed = state.answered.get(&Lane::Refresh).copied();
    let lacks_cells = || state.errors.lacks_cells() && is_due(refreshed, SETTLES_MS);
    let is_behind = || state.live && state.moves() && is_due(refreshed, state.refresh_ms);
    if state.view == View::Overview && !state.asking.contains_key(&Lane::Refresh) && (is_behind() || lacks_cells()) {
        return refresh(state);
    }
    Vec::new()
}

/// Asks for what the overview shows.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    state.asked_about = Some(state.scope.clone());
    let of_errors = state.errors.params(&state.scope);
    state.errors.asked.clone_from(&of_errors.shown);
    // What was answered while a file was read is of a part of it.
    let of_all = state.reading.done && !state.errors.of_part;
    let day = state.errors.data.answer.as_ref().map(|e| e.day.clone()).filter(|_| of_all);
    let earlier = state.slow.earlier(state.errors.data.answer.as_deref(), state.now).filter(|_| of_all);
    let questions = vec![PaneQuestion::Errors(of_errors, day), PaneQuestion::Slow(SlowParams { scope: state.scope.clone() }, earlier)];
    let mut effects = vec![ask(state, Lane::Refresh, questions)];
    effects.extend(beside(state));
    effects
}

/// What is asked less often than the panes, and not while a trace is read that somebody waits for.
pub fn beside(state: &mut State) -> Vec<Effect> {
    if state.view == View::Trace && state.asking.contains_key(&Lane::Drill) {
        return Vec::new();
    }
    let mut effects = Vec::new();
    if is_stale(state, Lane::Traces) {
        let question = PaneQuestion::Traces(TracesPane::params(&state.scope));
        effects.push(ask(state, Lane::Traces, vec![question]));
    }
    // It looks at all that has been read: a part of a file would tell of a part of the day.
    if is_stale(state, Lane::Brief) && (state.reading.done || !state.start.is_file) {
        let question = PaneQuestion::Brief(BriefPane::params(state));
        effects.push(ask(state, Lane::Brief, vec![question]));
    }
    if is_stale(state, Lane::Ghost) {
        effects.extend(super::ghost::ask_ghost(state));
    }
    if is_stale(state, Lane::Marks) {
        effects.extend(ask_since(state));
    }
    effects
}

/// Not asked now, and its last answer is old.
fn is_stale(state: &State, lane: Lane) -> bool {
    let old = |at: &Timestamp| state.now.millis() - at.millis() >= BESIDE_EVERY_MS;
    !state.asking.contains_key(&lane) && state.answered.get(&lane).is_none_or(old)
}

/// What is asked beside the panes is asked anew at the next refresh, however young its answer is.
fn forget_beside(state: &mut State) {
    for lane in [Lane::Traces, Lane::Brief, Lane::Marks, Lane::Ghost] {
        state.answered.remove(&lane);
        state.asking.remove(&lane);
    }
}

/// Everything anew: the range or the filters have changed.
pub fn ask_anew(state: &mut State) -> Vec<Effect> {
    forget_beside(state);
    state.brief.moved = true;
    state.errors.column = None;
    state.slow.whole = None;
    refresh(state)
}

/// Asks for a lane; whatever it still asked is cancelled.
pub fn ask(state: &mut State, lane: Lane, questions: Vec<PaneQuestion>) -> Effect {
    state.generation += 1;
    state.asking.insert(lane, Asking { generation: state.generation, since: state.now });
    Effect::Ask { lane, generation: state.generation, questions }
}

/// Carries out an action; one that is not possible here says so.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if !action.is_possible(state) {
        state.message = Some(action.why_not(state));
        return Vec::new();
    }
    let page = isize::try_from(state.seen.rows.max(2) - 1).unwrap_or(1);
    match action {
        Action::Down => return go_on(state, 1),
        Action::Up => return go_on(state, -1),
        Action::PageDown => return go_on(state, page),
        Action::PageUp => return go_on(state, -page),
        Action::First => return go_on(state, isize::MIN / 2),
        Action::Last => return go_on(state, isize::MAX / 2),
        Action::Left => sideways(state, -1),
        Action::Right => sideways(state, 1),
        Action::NextError => step_error(state, true),
        Action::PreviousError => step_error(state, false),
        Action::Origin if state.view == View::Trace => state.trace.to_origin(),
        Action::Origin => return open_evidence(state),
        Action::Explain => return open_explain(state),
        Action::Patterns => return open_patterns(state),
        Action::LastWords => return open_last_words(state),
        Action::Why => state.overlay = Some(Overlay::Why { scroll: 0 }),
        Action::Search => state.overlay = Some(Overlay::Search(Box::default())),
        Action::NextMatch => search_on(state, true),
        Action::PreviousMatch => search_on(state, false),
        Action::FilterOnly if state.view == View::Trace => state.trace.next_only(),
        Action::FilterOnly => return filter_by(state, Keep::Only),
        Action::FilterInclude => return filter_by(state, Keep::Include),
        Action::FilterExclude => return filter_by(state, Keep::Exclude),
        Action::FilterToggle => {
            state.filters.toggle_all();
            return refilter(state);
        }
        Action::FilterClear => {
            state.filters = Filters { history: std::mem::take(&mut state.filters.history), ..Filters::default() };
            return refilter(state);
        }
        Action::FilterEdit => state.overlay = Some(Overlay::Filters { at: 0 }),
        Action::Query => return open_bar(state),
        Action::Pin => {
            state.brief.pinned = !state.brief.pinned;
            let is = if state.brief.pinned { "what is said stands until P is pressed again" } else { "what is said changes with what is found" };
            state.message = Some(is.to_string());
        }
        Action::Select if state.view == View::Records => state.records.select(),
        Action::Select => state.errors.select(),
        Action::Palette => state.overlay = Some(Overlay::Palette(Box::default())),
        Action::Columns => listing::choose(state),
        Action::Wrap => state.listing.wrap = !state.listing.wrap,
        Action::Json => show_json(state),
        Action::Bookmark => return marks::toggle(state),
        Action::Write => write::begin(state),
        Action::Baseline if state.view == View::Explain => {
            state.explain.against_before = !state.explain.against_before;
            return ask_explain(state);
        }
        Action::Baseline => return super::baseline::choose(state),
        Action::Mark => marks::begin(state),
        Action::Marks => state.overlay = Some(Overlay::Marks { at: 0 }),
        Action::CopyValue => return copy_value(state),
        Action::Clocks => state.trace.put_right = !state.trace.put_right,
        Action::ShowHidden if matches!(state.view, View::Records | View::Trace) => return open_around(state),
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
        Action::Zone if state.start.zone == Zone::UTC => {
            state.message = Some("times are UTC; --tz +02:00 names another zone to change to".to_string())
        }
        Action::Zone => state.zone = if state.zone == Zone::UTC { state.start.zone } else { Zone::UTC },
        Action::Help => state.overlay = Some(Overlay::Help { scroll: 0 }),
        Action::Compare if state.view == View::Trace => state.trace.compare = !state.trace.compare,
        Action::Compare => return super::ghost::next(state),
        Action::Range => state.overlay = Some(Overlay::Range(Box::default())),
        Action::Open => return open(state),
        Action::PaneRecords => return open_records(state, false),
        Action::Trace => return state.trace_under_cursor().map_or_else(Vec::new, |id| open_trace_named(state, &id)),
        Action::Back => return go_back(state),
        Action::Forward => return go_forward(state),
        Action::StepBack => return step_back(state),
        Action::Live if state.view == View::Records => return follow(state),
        Action::Live => return toggle_live(state),
        Action::Refresh => return refresh_now(state),
        Action::ZoomOut if state.view == View::Trace => return look_further(state),
        Action::Onset => return to_onset(state),
        Action::ZoomIn | Action::ZoomOut | Action::Earlier | Action::Later | Action::Now => return move_range(state, action),
        Action::Notes => {
            state.overlay = Some(Overlay::Notes { scroll: 0, unread: Vec::new() });
            return vec![Effect::ListUnread];
        }
        Action::CopyCommand => return vec![Effect::Copy(resume_command(state))],
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Quit => return quit(state),
        Action::QuitNow => return vec![Effect::Quit(resume_command(state))],
    }
    Vec::new()
}

/// As it is stored, or in words; unfolded in either case, from its first line.
fn show_json(state: &mut State) {
    state.listing.json = !detail::is_open(state) || !state.listing.json;
    let (detail, scroll) = match state.view {
        View::Records => (&mut state.records.detail, &mut state.records.scroll),
        _ => (&mut state.trace.detail, &mut state.trace.scroll),
    };
    (*detail, *scroll) = (true, 0);
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

/// Exactly one step: stop asking, close what is open, go back.
fn step_back(state: &mut State) -> Vec<Effect> {
    if state.overlay.take().is_some() {
        return Vec::new();
    }
    if let Some(lane) = [Lane::Drill, Lane::Look].into_iter().find(|lane| state.asking.remove(lane).is_some()) {
        state.message = Some("stopped asking; < goes back".to_string());
        return vec![Effect::Cancel(lane)];
    }
    if state.trace.detail && state.view == View::Trace {
        state.trace.detail = false;
        return Vec::new();
    }
    if state.records.detail && state.view == View::Records {
        state.records.detail = false;
        return Vec::new();
    }
    let anchored = match state.view {
        View::Overview => state.errors.anchor.take().is_some(),
        View::Records => state.records.anchor.take().is_some(),
        _ => false,
    };
    if anchored {
        return Vec::new();
    }
    if state.zoomed && state.view == View::Overview {
        state.zoomed = false;
        return Vec::new();
    }
    go_back(state)
}

fn refresh_now(state: &mut State) -> Vec<Effect> {
    match state.view {
        View::Overview => ask_anew(state),
        View::Records => ask_records(state),
        View::Trace => ask_trace(state),
        View::Explain => ask_explain(state),
        View::Patterns => ask_patterns(state),
    }
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
