//! Filters by key: by the value under the cursor, in the list of chips, in the query bar.

use super::about;
use super::drill::ask_records;
use super::event::{Effect, Lane, PaneQuestion};
use super::filters::Keep;
use super::keymap::{Key, KeyCode};
use super::overlay::Overlay;
use super::query_bar::{QueryBar, values_of};
use super::state::{Pane, State, View};
use super::update::{ask, ask_anew};
use crate::answers::values::ValuesParams;
use crate::export::{record_json, records_ndjson};

/// What to do with the value that is picked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Filter by it.
    Filter(Keep),
    /// Copy it.
    Copy,
}

/// Choosing one of a record's values.
#[derive(Clone, PartialEq, Debug)]
pub struct Pick {
    /// What for.
    pub purpose: Purpose,
    /// Fields with their values.
    pub rows: Vec<(String, String)>,
    /// The one under the cursor.
    pub at: usize,
}

/// What a template is called among values: it is no field.
const TEMPLATE: &str = "pattern";
/// What a whole record is called among its values.
const WHOLE: &str = "(as JSON)";
/// A longer value is none that one filters by.
const LONGEST: usize = 200;

/// Filters by the value under the cursor; where there are several one is chosen first.
pub fn filter_by(state: &mut State, keep: Keep) -> Vec<Effect> {
    // Of a service or an explained value there is one; of a record or a pattern not all that can be copied is a field's value.
    let one = matches!(state.view, View::Overview | View::Explain);
    let rows = values_here(state).into_iter().filter(|(field, value)| one || can_filter(field, value)).collect();
    pick(state, Purpose::Filter(keep), rows)
}

/// Copies the value under the cursor; where there are several one is chosen first.
pub fn copy_value(state: &mut State) -> Vec<Effect> {
    if let Some(chosen) = state.records.selection().filter(|_| state.view == View::Records) {
        return vec![Effect::Copy(records_ndjson(chosen))];
    }
    let mut rows = values_here(state);
    let record = match state.view {
        View::Records => state.records.selected_record(),
        View::Trace if state.trace.in_records => state.trace.selected_record(),
        _ => None,
    };
    rows.extend(record.map(|record| (WHOLE.to_string(), record_json(record).to_string())));
    pick(state, Purpose::Copy, rows)
}

fn can_filter(field: &str, value: &str) -> bool {
    let is_text = ["message", "timestamp", "@timestamp", "stacktrace", "traceback"].iter().any(|name| field.ends_with(name));
    !is_text && field != TEMPLATE && value.chars().count() <= LONGEST
}

/// Fields and values of what the cursor is on.
fn values_here(state: &State) -> Vec<(String, String)> {
    let pair = |field: &str, value: &str| (field.to_string(), value.to_string());
    match (state.view, state.focus) {
        (View::Records, _) => state.records.selected_record().map(values_of).unwrap_or_default(),
        (View::Trace, _) if state.trace.in_records => state.trace.selected_record().map(values_of).unwrap_or_default(),
        (View::Trace, _) => {
            let id = state.trace.id.iter().map(|id| pair("trace_id", id.text()));
            let span = state.trace.selected().into_iter().flat_map(|span| [pair("service", &span.service), pair("span_id", &span.id)]);
            id.chain(span).collect()
        }
        (View::Patterns, _) => {
            let Some(row) = state.patterns.selected() else { return Vec::new() };
            let said = [pair(TEMPLATE, &row.pattern), pair("message", row.example.message.as_deref().unwrap_or_default())];
            said.into_iter().chain(row.services.iter().map(|service| pair("service", service))).collect()
        }
        (View::Explain, _) => state.explain.selected().map(|row| pair(&row.field, &row.value)).into_iter().collect(),
        (View::Overview, Pane::Traces) => {
            let Some(shape) = state.traces.selected_shape() else { return Vec::new() };
            std::iter::once(pair("trace_id", &shape.example)).chain(shape.services.iter().map(|service| pair("service", service))).collect()
        }
        (View::Overview, _) => about::under_cursor(state).into_iter().flat_map(|about| about.own).map(|f| (f.field, f.value)).collect(),
    }
}

fn pick(state: &mut State, purpose: Purpose, rows: Vec<(String, String)>) -> Vec<Effect> {
    match rows.as_slice() {
        [] => state.message = Some("nothing under the cursor has a value for that".to_string()),
        [(field, value)] => {
            let (field, value) = (field.clone(), value.clone());
            return picked(state, purpose, &field, &value);
        }
        _ => state.overlay = Some(Overlay::Pick(Pick { purpose, rows, at: 0 })),
    }
    Vec::new()
}

/// Does with a value what it was picked for.
pub fn picked(state: &mut State, purpose: Purpose, field: &str, value: &str) -> Vec<Effect> {
    match purpose {
        Purpose::Filter(keep) => put(state, keep, field, value),
        Purpose::Copy => vec![Effect::Copy(value.to_string())],
    }
}

fn put(state: &mut State, keep: Keep, field: &str, value: &str) -> Vec<Effect> {
    state.filters.put(keep, field, value);
    refilter(state)
}

/// Asks anew for what is on screen: other filters hold.
pub fn refilter(state: &mut State) -> Vec<Effect> {
    state.filters.narrow(&mut state.scope);
    match state.view {
        View::Overview => ask_anew(state),
        View::Records if state.records.about.unfiltered => {
            state.message = Some("what stands around a record is shown whole; the filter holds where one goes back to".to_string());
            Vec::new()
        }
        View::Records => ask_records(state),
        // The others are asked when one goes back to them.
        View::Trace | View::Explain | View::Patterns => {
            let text = state.filters.holding().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            state.message = Some(format!("filter: {text}; < goes back to what it narrows"));
            Vec::new()
        }
    }
}

/// What a key does in the list of chips.
pub fn edit_key(state: &mut State, key: Key, mut at: usize) -> Vec<Effect> {
    let last = state.filters.count().saturating_sub(1);
    let mut changed = true;
    match key.code {
        KeyCode::Char('j') | KeyCode::Down => (at, changed) = ((at + 1).min(last), false),
        KeyCode::Char('k') | KeyCode::Up => (at, changed) = (at.saturating_sub(1), false),
        KeyCode::Enter | KeyCode::Char(' ' | 'o') => state.filters.toggle(at),
        KeyCode::Char('x') => state.filters.invert(at),
        KeyCode::Char('d') | KeyCode::Delete => state.filters.remove(at),
        KeyCode::Char('i') => return open_bar(state),
        KeyCode::Char('q') => {
            state.overlay = None;
            return Vec::new();
        }
        _ => changed = false,
    }
    let left = state.filters.count();
    state.overlay = (left > 0).then(|| Overlay::Filters { at: at.min(left.saturating_sub(1)) });
    if changed { refilter(state) } else { Vec::new() }
}

/// Types a query; what it can be completed with is asked for meanwhile.
pub fn open_bar(state: &mut State) -> Vec<Effect> {
    state.overlay = Some(Overlay::Query(Box::new(QueryBar::open(state))));
    let params = ValuesParams { scope: state.scope.clone() };
    vec![ask(state, Lane::Values, vec![PaneQuestion::Values(params)])]
}

/// What a key does in the query bar.
pub fn query_key(state: &mut State, key: Key) -> Vec<Effect> {
    let Some(Overlay::Query(bar)) = &mut state.overlay else { return Vec::new() };
    if key.code != KeyCode::Enter {
        bar.key(key);
        return Vec::new();
    }
    match state.filters.take_query(bar.text.line()) {
        Ok(()) => {
            state.overlay = None;
            refilter(state)
        }
        Err(error) => {
            bar.error = Some(error);
            Vec::new()
        }
    }
}
