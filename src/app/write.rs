//! Writing what is on screen to a file: records, selected or all, or a trace; what kind of text the end of its name says.

use super::event::Effect;
use super::input::Input;
use super::keymap::{Key, KeyCode};
use super::overlay::Overlay;
use super::state::{State, View};
use crate::export::{Style, records_markdown, records_ndjson, records_text, trace_json, trace_markdown, trace_text};

/// Asks for the name, with one that says what it is.
pub fn begin(state: &mut State) {
    let name = match state.view {
        View::Trace => {
            let id: String = state.trace.id.iter().flat_map(|id| id.text().chars()).take(8).collect();
            format!("spia-trace-{id}.md")
        }
        _ => {
            let first = state.records.selection().unwrap_or(state.records.records()).first();
            let at = first.map(|record| record.timestamp.rfc3339()).unwrap_or_default();
            let at: String = at.chars().take(19).filter(|c| *c != ':').collect();
            format!("spia-records-{at}.ndjson")
        }
    };
    let mut text = Input::default();
    text.set(&name);
    state.overlay = Some(Overlay::Write(Box::new(text)));
}

/// What a key does to the name; Enter writes.
pub fn write_key(state: &mut State, key: Key) -> Vec<Effect> {
    let Some(Overlay::Write(input)) = &mut state.overlay else { return Vec::new() };
    if key.code != KeyCode::Enter {
        input.key(key);
        return Vec::new();
    }
    let path = input.line().trim().to_string();
    state.overlay = None;
    if path.is_empty() {
        return Vec::new();
    }
    let text = content(state, path.rsplit_once('.').map_or("", |(_, end)| end));
    vec![Effect::Write { path, text }]
}

fn content(state: &State, end: &str) -> String {
    let zone = state.zone;
    if state.view == View::Trace {
        let Some(answer) = state.trace.data.answer.as_deref() else { return String::new() };
        return match end {
            "json" => trace_json(answer).map(|json| format!("{json:#}\n")).unwrap_or_default(),
            "md" => trace_markdown(answer, zone),
            _ => trace_text(answer, Style::default(), zone),
        };
    }
    let records = state.records.selection().unwrap_or(state.records.records());
    match end {
        "ndjson" | "jsonl" | "json" => records_ndjson(records),
        "md" => records_markdown(records, zone),
        _ => records_text(records, zone),
    }
}
