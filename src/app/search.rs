//! Searching what is on screen: to the next place that has the words, with the lines around it.

use super::detail;
use super::state::{State, View};
use crate::model::{LogRecord, Span, Stored};

/// Searches the view for what was typed.
pub fn search_for(state: &mut State, line: &str) {
    let wanted = line.trim().to_string();
    match state.view {
        View::Records => state.records.search = wanted,
        _ => state.trace.search = wanted,
    }
    search_on(state, true);
}

/// To the next (or previous) match of the search.
pub fn search_on(state: &mut State, forward: bool) {
    let (found, wanted) = match state.view {
        _ if detail::is_open(state) => (detail::step_match(state, forward), search_of(state)),
        View::Records => (state.records.step_match(forward), search_of(state)),
        _ => (state.trace.step_match(forward), search_of(state)),
    };
    if !found {
        state.message = Some(format!("no further match of '{wanted}' {}", if forward { "below" } else { "above" }));
    }
}

/// What is searched for in the view.
pub fn search_of(state: &State) -> &str {
    if state.view == View::Records { &state.records.search } else { &state.trace.search }
}

/// Whether a record has the words (in small letters) in its message, its names or any field.
pub fn record_holds(record: &LogRecord, wanted: &str) -> bool {
    let texts = [&record.message, &record.service, &record.host, &record.path, &record.span_id];
    texts.into_iter().flatten().any(|text| text.to_lowercase().contains(wanted)) || has(&record.fields, wanted)
}

/// Whether a span has them in its names, its id or any attribute.
pub fn span_holds(span: &Span, wanted: &str) -> bool {
    [&span.service, &span.name, &span.id].into_iter().any(|text| text.to_lowercase().contains(wanted))
        || span.fields.as_ref().is_some_and(|fields| has(fields, wanted))
}

fn has(fields: &Stored, wanted: &str) -> bool {
    fields.may_hold(wanted) && holds(&fields.read(), wanted)
}

fn holds(fields: &serde_json::Map<String, serde_json::Value>, wanted: &str) -> bool {
    fields.iter().any(|(_, value)| value_holds(value, wanted))
}

fn value_holds(value: &serde_json::Value, wanted: &str) -> bool {
    match value {
        serde_json::Value::String(text) => text.to_lowercase().contains(wanted),
        serde_json::Value::Number(number) => number.to_string().contains(wanted),
        serde_json::Value::Object(inner) => holds(inner, wanted),
        serde_json::Value::Array(list) => list.iter().any(|value| value_holds(value, wanted)),
        _ => false,
    }
}
