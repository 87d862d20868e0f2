//! How lists of records look: which columns, whether long messages are wrapped, and whether details are JSON.

use super::event::Effect;
use super::keymap::{Key, KeyCode};
use super::overlay::Overlay;
use super::query_bar::values_of;
use super::state::State;
use crate::model::{Level, LogRecord, Zone};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The look.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Listing {
    /// The columns that were chosen, from the left; none are those that fit.
    pub columns: Vec<String>,
    /// A long message goes on in the next line.
    pub wrap: bool,
    /// What is unfolded is shown as it is stored, as JSON.
    pub json: bool,
}

/// Choosing columns: all that there are, those that are shown first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Columns {
    /// Name, and whether it is shown.
    pub rows: Vec<(String, bool)>,
    /// The one under the cursor.
    pub at: usize,
}

/// The columns that any record may have, by the names that this program has for them.
pub const KNOWN: [&str; 12] = ["time", "level", "service", "host", "version", "ms", "status", "message", "path", "trace_id", "span_id", "exception"];
/// What is shown where nothing was chosen, as far as there is room.
pub const USUAL: [&str; 8] = ["time", "level", "service", "host", "version", "ms", "status", "message"];
/// So many records are looked at for names of fields.
const LOOKED_AT: usize = 200;

/// A column's value in a record; `None` where it has none.
pub fn value(record: &LogRecord, column: &str, zone: Zone) -> Option<String> {
    match column {
        "time" => Some(zone.clock_millis(record.timestamp)),
        "level" => record.level.map(|level| Level::name(level).to_string()),
        "service" => record.service.clone(),
        "host" => record.host.clone(),
        "version" => record.version.clone(),
        "ms" => record.duration_ms.map(crate::model::printable::millis),
        "status" => record.status.map(|status| status.to_string()),
        "message" => record.message.clone(),
        "path" => record.path.clone(),
        "trace_id" => record.trace_id.clone(),
        "span_id" => record.span_id.clone(),
        "exception" => record.exception.as_ref().and_then(|e| e.kind.clone()),
        path => of_path(&record.fields, path).map(text),
    }
}

/// A value by its dotted path, whether objects or names hold the dots.
fn of_path<'a>(fields: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = fields.get(path) {
        return Some(value);
    }
    let inner = path.match_indices('.').filter_map(|(at, _)| {
        let (head, tail) = (path.get(..at)?, path.get(at + 1..)?);
        of_path(fields.get(head)?.as_object()?, tail)
    });
    inner.into_iter().next()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

/// Opens the choice.
pub fn choose(state: &mut State) {
    let shown: Vec<String> = if state.listing.columns.is_empty() { USUAL.map(str::to_string).to_vec() } else { state.listing.columns.clone() };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for record in state.records.records().iter().chain(state.trace.records()).take(LOOKED_AT) {
        values_of(record).into_iter().for_each(|(name, _)| *counts.entry(name).or_default() += 1);
    }
    let mut found: Vec<(String, usize)> = counts.into_iter().collect();
    // What most records have first.
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let others = KNOWN.iter().map(|name| (*name).to_string()).chain(found.into_iter().map(|(name, _)| name));
    let mut rows: Vec<(String, bool)> = shown.into_iter().map(|name| (name, true)).collect();
    for name in others {
        let is_time = matches!(name.as_str(), "timestamp" | "@timestamp");
        if !is_time && !rows.iter().any(|(known, _)| *known == name) {
            rows.push((name, false));
        }
    }
    state.overlay = Some(Overlay::Columns(Columns { rows, at: 0 }));
}

/// What a key does in the choice; what is chosen shows at once, and is kept.
pub fn columns_key(state: &mut State, key: Key) -> Vec<Effect> {
    let Some(Overlay::Columns(columns)) = &mut state.overlay else { return Vec::new() };
    let last = columns.rows.len().saturating_sub(1);
    let at = columns.at;
    match key.code {
        KeyCode::Char('j') | KeyCode::Down => columns.at = (at + 1).min(last),
        KeyCode::Char('k') | KeyCode::Up => columns.at = at.saturating_sub(1),
        KeyCode::Char('G') | KeyCode::End => columns.at = last,
        KeyCode::Char('J' | 'K') => {
            let to = if key.code == KeyCode::Char('J') { (at + 1).min(last) } else { at.saturating_sub(1) };
            columns.rows.swap(at, to);
            columns.at = to;
            return take(state);
        }
        KeyCode::Enter | KeyCode::Char(' ') => {
            if let Some((_, shown)) = columns.rows.get_mut(at) {
                *shown = !*shown;
            }
            return take(state);
        }
        KeyCode::Char('d') => {
            state.overlay = None;
            state.listing.columns.clear();
            return vec![Effect::KeepColumns(Vec::new())];
        }
        KeyCode::Char('q' | 'C') => state.overlay = None,
        _ => {}
    }
    Vec::new()
}

fn take(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Columns(columns)) = &state.overlay else { return Vec::new() };
    state.listing.columns = columns.rows.iter().filter(|(_, shown)| *shown).map(|(name, _)| name.clone()).collect();
    vec![Effect::KeepColumns(state.listing.columns.clone())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_found_whether_objects_or_names_hold_the_dots() {
        let record = |json: &str| LogRecord { fields: crate::model::Stored::of_json(json), ..LogRecord::default() };
        for json in [r#"{"a":{"b":{"c":7}}}"#, r#"{"a.b.c":7}"#, r#"{"a.b":{"c":7}}"#, r#"{"a":{"b.c":7}}"#] {
            assert_eq!(value(&record(json), "a.b.c", Zone::UTC).as_deref(), Some("7"), "{json}");
        }
        assert_eq!(value(&record(r#"{"a":{"b":1}}"#), "a.x", Zone::UTC), None);
    }
}
