//! Into what the cursor is on, and back again.

use super::about::{self, About};
use super::event::{Effect, Lane, PaneQuestion};
use super::explain::ExplainPane;
use super::narrow::picked;
use super::overlay::Overlay;
use super::patterns::PatternsPane;
use super::query_bar::values_of;
use super::records::RecordsPane;
use super::state::{Pane, Place, State, View};
use super::trace::TracePane;
use super::update::{ask, ask_anew, due};
use crate::answers::brief::{Brief, CauseKind, PIPELINE_OF};
use crate::answers::explain::ExplainParams;
use crate::answers::patterns::{PatternsParams, SAMPLE};
use crate::answers::trace::TRACE_RECORDS;
use crate::answers::{LogsParams, Measure, Reach, Scope, State as Health, TraceParams};
use crate::model::target::{self, Target, TraceId};
use crate::model::{Filter, LogRecord, Mark, TimeRange, Timestamp};

/// How far around a record is looked, ms.
const AROUND_MS: i64 = 900_000;
/// So many records behind a cell.
const RECORDS: usize = 1000;
/// And so many for whoever reads on and on.
const MOST_RECORDS: usize = 64_000;
/// An onset is known no closer than this, ms.
const BEFORE_ONSET_MS: i64 = 60_000;

fn place(state: &State) -> Place {
    Place {
        view: state.view,
        reach: state.scope.reach,
        live: state.live,
        records: state.records.clone(),
        trace: state.trace.clone(),
        explain: state.explain.clone(),
        patterns: state.patterns.clone(),
    }
}

/// Leaves the view, or its range, for another one, to come back to.
pub fn remember(state: &mut State) {
    let here = place(state);
    state.back.push(here);
    state.forward.clear();
    state.overlay = None;
}

/// Enter: into a cell, a row, a shape; a record's detail; from spans to records and back.
pub fn open(state: &mut State) -> Vec<Effect> {
    match state.overlay.take() {
        Some(Overlay::Choose { target, at }) => return target.ids.get(at).cloned().map_or_else(Vec::new, |id| open_trace(state, id, target.around)),
        Some(Overlay::Pick(pick)) => {
            let value = pick.rows.get(pick.at).cloned();
            return value.map_or_else(Vec::new, |(field, value)| picked(state, pick.purpose, &field, &value));
        }
        Some(_) => return Vec::new(),
        None => {}
    }
    match (state.view, state.focus) {
        (View::Overview, Pane::Traces) => state.trace_under_cursor().map_or_else(Vec::new, |id| open_trace_named(state, &id)),
        (View::Overview | View::Patterns, _) => open_records(state, true),
        // What was explained are failed requests, unless it was a selection of records.
        (View::Explain, _) => {
            let failed = state.explain.about.words.is_empty();
            let about = about::under_cursor(state).map(|about| About { behind: failed.then_some(Measure::Failed), ..about });
            about.map_or_else(Vec::new, |about| show_records(state, about, None))
        }
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

/// What sets what the cursor is on apart from the rest.
pub fn open_explain(state: &mut State) -> Vec<Effect> {
    about::selection(state).map_or_else(Vec::new, |about| show_explained(state, about))
}

fn show_explained(state: &mut State, mut about: About) -> Vec<Effect> {
    if about.behind == Some(Measure::Slow) && about.words.is_empty() {
        // Of slow ones it is those that are explained, not the failed ones.
        about.words = format!("duration>{}", state.scope.threshold_ms);
    }
    remember(state);
    state.view = View::Explain;
    state.explain = ExplainPane { about, ..ExplainPane::default() };
    ask_explain(state)
}

/// Asks for what sets apart what the view is about, once more. A selection of records is held against the others within what is
/// filtered, or against what it was before; of a service or a cell the failed requests are.
pub fn ask_explain(state: &mut State) -> Vec<Effect> {
    let pane = &state.explain;
    let params =
        ExplainParams { scope: pane.about.alone(state), within: pane.about.around(state), against_before: pane.against_before, limit: LISTED };
    vec![ask(state, Lane::Look, vec![PaneQuestion::Explain(params)])]
}

/// What the records say that the cursor is on.
pub fn open_patterns(state: &mut State) -> Vec<Effect> {
    let Some(about) = about::selection(state) else { return Vec::new() };
    // Of listed records they are the patterns of those, of a cell of all that was written in it.
    let behind = about.behind.filter(|_| state.view == View::Records);
    show_patterns(state, About { behind, ..about })
}

fn show_patterns(state: &mut State, about: About) -> Vec<Effect> {
    remember(state);
    state.view = View::Patterns;
    state.patterns = PatternsPane { about, ..PatternsPane::default() };
    ask_patterns(state)
}

/// Asks for what the view is about, once more.
pub fn ask_patterns(state: &mut State) -> Vec<Effect> {
    let about = &state.patterns.about;
    let params = PatternsParams { scope: about.within(state), behind: about.behind, sample: SAMPLE, limit: LISTED };
    vec![ask(state, Lane::Look, vec![PaneQuestion::Patterns(params)])]
}

/// So many values or patterns are listed.
const LISTED: usize = 100;

/// The records behind what the cursor is on; with `narrow` only those that the figure counts.
pub fn open_records(state: &mut State, narrow: bool) -> Vec<Effect> {
    let about = if narrow { about::under_cursor(state) } else { about::of_whole_service(state).filter(|_| state.view == View::Overview) };
    about.map_or_else(Vec::new, |about| show_records(state, about, None))
}

/// What the command line names: a list, patterns or an explanation of a part of the overview.
pub fn begin(state: &mut State) -> Vec<Effect> {
    let about = state.start.shown.about.clone().titled(state.zone);
    match state.start.shown.view {
        View::Records => show_records(state, about, None),
        View::Patterns => show_patterns(state, about),
        View::Explain => show_explained(state, about),
        View::Overview | View::Trace => Vec::new(),
    }
}

fn show_records(state: &mut State, about: About, seek_time: Option<Timestamp>) -> Vec<Effect> {
    remember(state);
    state.view = View::Records;
    state.records = RecordsPane { about, seek_time, around: seek_time, ..RecordsPane::default() };
    ask_records(state)
}

/// Follows the newest records like those on screen, or lets them stand still.
pub fn follow(state: &mut State) -> Vec<Effect> {
    state.records.follow = !state.records.follow;
    if !state.records.follow {
        state.message = Some("the list stands still".to_string());
        return Vec::new();
    }
    let pane = &mut state.records;
    (pane.around, pane.seek, pane.seek_time, pane.about.range, pane.detail) = (None, None, None, None, false);
    ask_records(state)
}

/// So far back reaches a list that follows, ms.
const FOLLOWED_MS: i64 = 900_000;

/// Asks for several times as many records; the cursor stays where it is.
pub fn read_on(state: &mut State) -> Vec<Effect> {
    let pane = &mut state.records;
    let limit = (pane.limit.max(RECORDS) * 4).min(MOST_RECORDS);
    if limit <= pane.limit {
        state.message = Some(format!("{MOST_RECORDS} records are listed: a filter or another range shows the others"));
        return Vec::new();
    }
    pane.limit = limit;
    pane.seek = pane.selected_record().cloned().map(Box::new);
    state.message = Some("reading on …".to_string());
    ask_records(state)
}

/// Asks for the records on screen, as filters are now.
pub fn ask_records(state: &mut State) -> Vec<Effect> {
    let pane = &state.records;
    let scope = pane.about.within(state);
    let reach = if pane.follow { Reach::Last(FOLLOWED_MS) } else { scope.reach };
    let params = LogsParams { scope: Scope { reach, ..scope }, behind: pane.about.behind, limit: pane.limit.max(RECORDS), around: pane.around };
    state.records.asked = Some(params.clone());
    vec![ask(state, Lane::Drill, vec![PaneQuestion::Logs(params)])]
}

/// What whoever or whatever sets bad requests apart did since the onset: one trace proves nothing of a tenant, a client or a machine.
fn by_whom(brief: &Brief) -> Option<About> {
    let origin = brief.origin.as_ref().filter(|o| matches!(o.kind, CauseKind::Tenant | CauseKind::Client | CauseKind::Host))?;
    let apart = origin.sets_apart.iter().find(|apart| apart.value == origin.name)?;
    // What fails on a machine, whichever service it is of.
    let service = (origin.kind != CauseKind::Host).then(|| About::value("service", &origin.service));
    let own = service.into_iter().chain([About::value(&apart.field, &apart.value)]).collect();
    let from = origin.since.unwrap_or(brief.range.from).plus_millis(-BEFORE_ONSET_MS);
    let range = Some(TimeRange { from, to: origin.until.unwrap_or(brief.clock).plus_millis(BEFORE_ONSET_MS) });
    let refused = origin.because.iter().any(|said| said.contains(" refuses "));
    // Where there is only more of it, all of it is.
    let behind = (apart.bad < apart.of && !refused).then_some(Measure::Errors);
    let words = if refused { "status >= 400".to_string() } else { String::new() };
    let title = format!("{} {}", origin.kind.name(), origin.name);
    Some(About { title, own, words, range, behind, ..About::default() })
}

/// To what proves the brief: the bad records of whom or what it names, a trace that broke at the origin, else the origin's last words or
/// its records since the onset.
pub fn open_evidence(state: &mut State) -> Vec<Effect> {
    let Some(brief) = state.brief.data.answer.clone() else { return Vec::new() };
    let Some(origin) = &brief.origin else { return Vec::new() };
    if let Some(about) = by_whom(&brief) {
        return show_records(state, about, None);
    }
    let is_silence = brief.traces.is_empty() || origin.kind == CauseKind::Pipeline;
    if let Some(id) = brief.traces.first().filter(|_| !is_silence) {
        return open_trace_named(state, id);
    }
    let at = origin.since.unwrap_or(brief.clock);
    let title = format!("{}: last words before {}", origin.service, state.zone.clock(at));
    // Of a machine whose records stopped, what was written there: elsewhere the service goes on.
    let machine = origin.name.strip_prefix(PIPELINE_OF).map(|host| About::value("host", host));
    let own = std::iter::once(About::value("service", &origin.service)).chain(machine).collect();
    show_records(state, surroundings(title, own, at), Some(at))
}

/// The last records, of any level, before a service fell silent or first failed.
pub fn open_last_words(state: &mut State) -> Vec<Effect> {
    let found = state.errors.selected().filter(|_| state.focus == Pane::Errors).and_then(|service| {
        let is_silent = matches!(service.state, Health::Silent | Health::Late);
        let newest = service.newest.filter(|_| is_silent);
        Some((service.service.clone(), newest.or(state.errors.first_error())?))
    });
    let Some((service, at)) = found else {
        state.message = Some("it has not failed in this range: - looks further back, p shows what it says".to_string());
        return Vec::new();
    };
    let title = format!("{service}: last words before {}", state.zone.clock(at));
    let about = surroundings(title, vec![About::value("service", &service)], at);
    show_records(state, about, Some(at))
}

/// A quarter of an hour to both sides, whatever is filtered.
fn surroundings(title: String, own: Vec<Filter>, at: Timestamp) -> About {
    let range = TimeRange { from: at.plus_millis(-AROUND_MS), to: at.plus_millis(AROUND_MS) };
    About { title, own, range: Some(range), unfiltered: true, ..About::default() }
}

/// Where records keep the machine that wrote them.
const HOSTS: [&str; 6] = ["host", "hostname", "host.name", "host.hostname", "MachineName", "node"];

/// What the instance of the record under the cursor wrote before and after it, without any filter.
pub fn open_around(state: &mut State) -> Vec<Effect> {
    let record = match state.view {
        View::Records => state.records.selected_record(),
        _ => state.trace.selected_record(),
    };
    let Some(record) = record.cloned() else { return Vec::new() };
    let named = |field: &str, value: &Option<String>| value.as_ref().map(|value| About::value(field, value));
    let at = record.timestamp;
    // The instance is a pod where there are pods, else a host, where the record says that it is one.
    let is_host = || values_of(&record).iter().any(|(field, value)| HOSTS.contains(&field.as_str()) && Some(value) == record.host.as_ref());
    let on_host = named("host", &record.host).filter(|_| !state.records_have_pods() && is_host());
    let mut own: Vec<Filter> = named("service", &record.service).into_iter().collect();
    own.extend(named("pod", &record.host).filter(|_| state.records_have_pods()).or(on_host));
    let title = format!("{} around {}", record.service.clone().unwrap_or_default(), state.zone.clock_millis(at));
    let about = surroundings(title, own, at);
    let effects = show_records(state, about, Some(at));
    state.records.seek = Some(Box::new(record));
    effects
}

/// A record that was kept among the marks, with what its service wrote around it.
pub fn open_marked(state: &mut State, mark: &Mark) -> Vec<Effect> {
    let Some(marked) = mark.record.clone() else { return Vec::new() };
    let own = marked.service.iter().map(|service| About::value("service", service)).collect();
    let title = format!("{} around {}", marked.service.clone().unwrap_or_default(), state.zone.clock_millis(mark.at));
    let effects = show_records(state, surroundings(title, own, mark.at), Some(mark.at));
    let wanted = LogRecord { timestamp: mark.at, message: marked.message, span_id: marked.span_id, ..LogRecord::default() };
    state.records.seek = Some(Box::new(wanted));
    effects
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
    let Some(there) = state.back.pop() else { return Vec::new() };
    let here = place(state);
    state.forward.push(here);
    go_to(state, there)
}

/// To the view that one came back from.
pub fn go_forward(state: &mut State) -> Vec<Effect> {
    let Some(there) = state.forward.pop() else { return Vec::new() };
    let here = place(state);
    state.back.push(here);
    go_to(state, there)
}

fn go_to(state: &mut State, there: Place) -> Vec<Effect> {
    state.view = there.view;
    (state.scope.reach, state.live) = (there.reach, there.live);
    state.records = there.records;
    state.trace = there.trace;
    state.explain = there.explain;
    state.patterns = there.patterns;
    let stopped = [Lane::Drill, Lane::Look].into_iter().filter(|lane| state.asking.remove(lane).is_some());
    let mut effects: Vec<Effect> = stopped.map(Effect::Cancel).collect();
    let narrowed = |scope: &Scope| scope.filters != state.scope.filters || scope.query != state.scope.query;
    let another = |scope: &Scope| narrowed(scope) || scope.reach != state.scope.reach;
    match state.view {
        // Other filters hold than when it was asked, or another range.
        View::Overview if state.asked_about.as_ref().is_some_and(another) => effects.extend(ask_anew(state)),
        View::Overview => effects.extend(due(state)),
        View::Records => {
            let now = state.records.about.within(state);
            let same = state.records.asked.as_ref().is_some_and(|asked| asked.scope.filters == now.filters && asked.scope.query == now.query);
            if !same {
                effects.extend(ask_records(state));
            }
        }
        View::Trace | View::Explain | View::Patterns => {}
    }
    effects
}
