//! Into what the cursor is on, and back again.

use super::event::{Effect, Lane, PaneQuestion};
use super::records::RecordsPane;
use super::state::{Overlay, Pane, Place, State, View};
use super::trace::TracePane;
use super::update::{ask, due};
use crate::answers::brief::CauseKind;
use crate::answers::explain::ExplainParams;
use crate::answers::patterns::{PatternsParams, SAMPLE};
use crate::answers::trace::TRACE_RECORDS;
use crate::answers::{LogsParams, Measure, Reach, Scope, TraceParams};
use crate::model::target::{self, Target, TraceId};
use crate::model::{Filter, TimeRange, Timestamp};
use crate::schema::Field;

/// How far around a record is looked, ms.
const AROUND_MS: i64 = 900_000;
/// So many records behind a cell.
const RECORDS: usize = 1000;

fn remember(state: &mut State) {
    let place = Place { view: state.view, records: state.records.clone(), trace: state.trace.clone() };
    state.back.push(place);
    state.overlay = None;
}

/// Enter: into a cell, a row, a shape; a record's detail; from spans to records and back.
pub fn open(state: &mut State) -> Vec<Effect> {
    match state.overlay.take() {
        Some(Overlay::Choose { target, at }) => return target.ids.get(at).cloned().map_or_else(Vec::new, |id| open_trace(state, id, target.around)),
        Some(_) => return Vec::new(),
        None => {}
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
            state.trace.detail = !state.trace.detail;
            state.trace.scroll = 0;
            Vec::new()
        }
    }
}

/// The service under the cursor, the cell's time if there is one, and what is measured.
fn under_cursor(state: &State) -> Option<(String, Option<TimeRange>, Measure)> {
    match state.focus {
        Pane::Slow => Some((state.slow.selected()?.service.clone(), None, Measure::Slow)),
        _ => Some((state.errors.selected()?.service.clone(), state.errors.cell_range(), state.errors.measure)),
    }
}

/// What sets the failed requests of the service under the cursor apart, or what its records say.
pub fn open_sheet(state: &mut State, explain: bool) -> Vec<Effect> {
    let Some((service, cell, _)) = under_cursor(state) else { return Vec::new() };
    let mut scope = Scope { query: None, ..state.scope.clone() };
    scope.filters = vec![Filter { field: "service".to_string(), value: service.clone(), exclude: false }];
    // The cell counts where one has gone to it.
    if let Some(range) = cell.filter(|_| state.errors.column.is_some()).or_else(|| state.errors.data.answer.as_ref().map(|e| e.range)) {
        scope.reach = Reach::Exactly(range);
    }
    let (title, question) = if explain {
        (format!("What sets the failed requests of {service} apart"), PaneQuestion::Explain(ExplainParams { scope, limit: LISTED }))
    } else {
        let before = state.brief.data.answer.as_ref().and_then(|brief| brief.baseline);
        (format!("What {service} says"), PaneQuestion::Patterns(PatternsParams { scope, before, sample: SAMPLE, limit: LISTED }))
    };
    state.overlay = Some(Overlay::Sheet { title, lines: vec!["…".to_string()], scroll: 0 });
    vec![ask(state, Lane::Look, vec![question])]
}

/// So many values or patterns are listed.
const LISTED: usize = 100;

/// The records behind what the cursor is on; with `narrow` only those that the figure counts.
pub fn open_records(state: &mut State, narrow: bool) -> Vec<Effect> {
    if state.view != View::Overview {
        return Vec::new();
    }
    let mut scope: Scope = state.scope.clone();
    let Some((service, range, measure)) = under_cursor(state) else { return Vec::new() };
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

/// To what proves the brief: a trace that broke at the origin, else the origin's last words or its records since the onset.
pub fn open_evidence(state: &mut State) -> Vec<Effect> {
    let Some(brief) = state.brief.data.answer.clone() else { return Vec::new() };
    let Some(origin) = &brief.origin else { return Vec::new() };
    let is_silence = brief.traces.is_empty() || origin.kind == CauseKind::Pipeline;
    if let Some(id) = brief.traces.first().filter(|_| !is_silence) {
        return open_trace_named(state, id);
    }
    let at = origin.since.unwrap_or(brief.clock);
    let filters = vec![Filter { field: "service".to_string(), value: origin.service.clone(), exclude: false }];
    let reach = Reach::Exactly(TimeRange { from: at.plus_millis(-AROUND_MS), to: at.plus_millis(AROUND_MS) });
    let params = LogsParams { scope: Scope { filters, reach, ..Scope::default() }, behind: None, limit: RECORDS, around: Some(at) };
    let title = format!("{}: last words before {}", origin.service, state.zone.clock(at));
    remember(state);
    state.view = View::Records;
    state.records = RecordsPane { asked: Some(params.clone()), title, seek_time: Some(at), ..RecordsPane::default() };
    vec![ask(state, Lane::Drill, vec![PaneQuestion::Logs(params)])]
}

/// What the instance of the record under the cursor wrote before and after it, without any filter.
pub fn open_around(state: &mut State) -> Vec<Effect> {
    let record = match state.view {
        View::Records => state.records.selected_record(),
        _ => state.trace.selected_record(),
    };
    let Some(record) = record.cloned() else { return Vec::new() };
    let named = |field: &str, value: &Option<String>| value.clone().map(|value| Filter { field: field.to_string(), value, exclude: false });
    let at = record.timestamp;
    // The instance is a pod where there are pods, else a host; which of both the record's schema says.
    let mut filters: Vec<Filter> = named("service", &record.service).into_iter().collect();
    filters.extend(named("pod", &record.host).filter(|_| state.records_have_pods()));
    let reach = Reach::Exactly(TimeRange { from: at.plus_millis(-AROUND_MS), to: at.plus_millis(AROUND_MS) });
    let params = LogsParams { scope: Scope { filters, reach, ..Scope::default() }, behind: None, limit: RECORDS, around: Some(at) };
    let title = format!("{} around {}", record.service.clone().unwrap_or_default(), state.zone.clock_millis(at));
    remember(state);
    state.view = View::Records;
    state.records = RecordsPane { asked: Some(params.clone()), title, seek: Some(Box::new(record)), ..RecordsPane::default() };
    vec![ask(state, Lane::Drill, vec![PaneQuestion::Logs(params)])]
}

/// The trace of an id that a record carries.
pub fn open_trace_named(state: &mut State, id: &str) -> Vec<Effect> {
    match target::parse(id).ok().and_then(|found| found.ids.into_iter().next()) {
        Some(id) => open_trace(state, id, None),
        None => {
            state.message = Some(format!("the record's trace id '{id}' is none this program can look up"));
            Vec::new()
        }
    }
}

/// That trace.
pub fn open_trace(state: &mut State, id: TraceId, around: Option<TimeRange>) -> Vec<Effect> {
    let shown = || state.errors.data.answer.as_ref().map(|e| TimeRange { from: e.range.from.plus_millis(-60_000), to: e.clock.plus_millis(60_000) });
    let around = around.or_else(shown);
    remember(state);
    state.view = View::Trace;
    state.trace = TracePane::asking(id, around);
    ask_trace(state)
}

/// Asks for the trace on screen, once more.
pub fn ask_trace(state: &mut State) -> Vec<Effect> {
    let Some(id) = state.trace.id.clone() else { return Vec::new() };
    let back = |days: i64| TimeRange { from: state.now.plus_millis(-days * 86_400_000), to: state.now.plus_millis(60_000) };
    let further = state.trace.days_back.map(back);
    let params = TraceParams { id, around: further.or(state.trace.around), only: further.is_some(), limit: TRACE_RECORDS, usual: true };
    vec![ask(state, Lane::Drill, vec![PaneQuestion::Trace(params)])]
}

/// A trace that was not found: looks a week back, then as far as archives reach. Never by itself: it asks every shard.
pub fn look_further(state: &mut State) -> Vec<Effect> {
    state.trace.days_back = Some(if state.trace.days_back.is_none() { 7 } else { 90 });
    ask_trace(state)
}

/// The trace that a pasted text names; of several one is chosen.
pub fn open_target(state: &mut State, target: Target) -> Vec<Effect> {
    match target.ids.as_slice() {
        [only] => open_trace(state, only.clone(), target.around),
        _ => {
            state.overlay = Some(Overlay::Choose { target, at: 0 });
            Vec::new()
        }
    }
}

/// To the view before.
pub fn go_back(state: &mut State) -> Vec<Effect> {
    let Some(place) = state.back.pop() else { return Vec::new() };
    state.view = place.view;
    state.records = place.records;
    state.trace = place.trace;
    state.asking.remove(&Lane::Drill);
    let mut effects = vec![Effect::Cancel(Lane::Drill)];
    effects.extend(due(state));
    effects
}
