//! The query bar: a line that is typed, with what could stand there next, and the queries before.

use super::input::Input;
use super::keymap::{Key, KeyCode};
use super::state::State;
use crate::answers::values::Values;
use crate::model::LogRecord;
use crate::query::grammar::QueryError;
use crate::schema::Field;
use std::collections::BTreeMap;

/// The bar.
#[derive(Clone, Debug, Default)]
pub struct QueryBar {
    /// What is typed.
    pub text: Input,
    /// Where it cannot be read, and why.
    pub error: Option<QueryError>,
    /// Fields, each with values that are known of it.
    known: BTreeMap<String, Vec<String>>,
    /// Earlier queries, the newest last, and the one that is shown.
    history: Vec<String>,
    shown: Option<usize>,
}

/// More proposals than these are not shown.
const PROPOSED: usize = 8;
/// A longer value is none that one completes.
const LONGEST: usize = 60;

impl QueryBar {
    /// With the query as it is, and what the screen knows of fields and values.
    pub fn open(state: &State) -> QueryBar {
        let mut text = Input::default();
        text.set(&state.filters.query);
        let mut known: BTreeMap<String, Vec<String>> = Field::all().map(|field| (field.name().to_string(), Vec::new())).collect();
        let mut put = |field: &str, value: &str| {
            if !value.is_empty() && value.chars().count() <= LONGEST {
                add(known.entry(field.to_string()).or_default(), value);
            }
        };
        ["DEBUG", "INFO", "WARN", "ERROR", "FATAL"].iter().for_each(|level| put("level", level));
        if let Some(errors) = &state.errors.data.answer {
            errors.services.iter().for_each(|service| put("service", &service.service));
            errors.markers.iter().for_each(|marker| put("version", &marker.value));
        }
        if let Some(brief) = &state.brief.data.answer {
            brief.changes.iter().for_each(|change| put(&change.field, &change.value));
            brief.impact.endpoints.iter().for_each(|(path, ..)| put("path", path));
        }
        for record in state.records.records().iter().chain(state.trace.records()) {
            values_of(record).into_iter().for_each(|(field, value)| put(&field, &value));
        }
        QueryBar { text, known, history: state.filters.history.clone(), ..QueryBar::default() }
    }

    /// Takes in which fields and values there are.
    pub fn learn(&mut self, values: &Values) {
        for (field, values) in &values.fields {
            // What most records have comes first, then what is only on screen.
            let on_screen = std::mem::take(self.known.entry(field.clone()).or_default());
            let short = values.iter().filter(|value| !value.is_empty() && value.chars().count() <= LONGEST);
            short.chain(&on_screen).for_each(|value| add(self.known.entry(field.clone()).or_default(), value));
        }
    }

    /// What a key does to it; Enter is the caller's.
    pub fn key(&mut self, key: Key) {
        self.error = None;
        match key.code {
            KeyCode::Tab => self.complete(),
            KeyCode::Up => self.recall(true),
            KeyCode::Down => self.recall(false),
            _ => self.text.key(key),
        }
    }

    /// What could stand where the cursor is, the likeliest first.
    pub fn proposals(&self) -> Vec<String> {
        let word = self.word();
        let bare = word.trim_start_matches(['-', '(']);
        let found: Vec<String> = match bare.split_once(':') {
            Some((field, begun)) => {
                let begun = begun.trim_start_matches('"').to_lowercase();
                let of_field = self.known.get(field).into_iter().flatten();
                of_field.filter(|value| value.to_lowercase().starts_with(&begun)).map(|value| quoted(value)).collect()
            }
            None => {
                let begun = bare.to_lowercase();
                self.known
                    .keys()
                    .filter(|field| !begun.is_empty() && field.to_lowercase().starts_with(&begun))
                    .map(|field| format!("{field}:"))
                    .collect()
            }
        };
        found.into_iter().take(PROPOSED).collect()
    }

    /// The word before the cursor.
    fn word(&self) -> String {
        self.text.before().chars().rev().take_while(|c| !c.is_whitespace()).collect::<Vec<_>>().into_iter().rev().collect()
    }

    /// Takes what all proposals begin with, else the first.
    fn complete(&mut self) {
        let proposals = self.proposals();
        let Some(first) = proposals.first() else { return };
        let word = self.word();
        let begun = word.rsplit_once(':').map_or(word.trim_start_matches(['-', '(']), |(_, value)| value).to_string();
        let shared = proposals.iter().skip(1).fold(first.clone(), |shared, other| {
            shared.chars().zip(other.chars()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).map(|(a, _)| a).collect()
        });
        let taken = if shared.chars().count() > begun.chars().count() { shared } else { first.clone() };
        begun.chars().for_each(|_| self.text.key(Key { code: KeyCode::Backspace, ctrl: false }));
        self.text.paste(&taken);
    }

    fn recall(&mut self, older: bool) {
        let next = match (self.shown, older) {
            (None, true) => self.history.len().checked_sub(1),
            (Some(at), true) => Some(at.saturating_sub(1)),
            (Some(at), false) => Some(at + 1),
            (None, false) => None,
        };
        self.shown = next.filter(|at| *at < self.history.len());
        let line = self.shown.and_then(|at| self.history.get(at)).cloned();
        if line.is_some() || next.is_some() {
            self.text.set(&line.unwrap_or_default());
        }
    }
}

fn add(values: &mut Vec<String>, value: &str) {
    if !values.iter().any(|known| known == value) {
        values.push(value.to_string());
    }
}

/// As the grammar reads it back.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '@');
    if value.chars().all(plain) { value.to_string() } else { format!("\"{}\"", value.replace('"', "")) }
}

/// Every field of a record with its value: those that this program has a word for by that, then all by their paths.
pub fn values_of(record: &LogRecord) -> Vec<(String, String)> {
    let mut values: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|v| !v.is_empty())
            && !values.iter().any(|(known, _)| known == name)
        {
            values.push((name.to_string(), value));
        }
    };
    put("service", record.service.clone());
    put("level", record.level.map(|level| level.name().to_string()));
    put("version", record.version.clone());
    put("path", record.path.clone());
    put("method", record.method.clone());
    put("status", record.status.map(|status| status.to_string()));
    put("exception", record.exception.as_ref().and_then(|e| e.kind.clone()));
    put("trace_id", record.trace_id.clone());
    let mut leaves = Vec::new();
    record.fields.iter().for_each(|(name, value)| leaves_of(name, value, &mut leaves));
    leaves.into_iter().for_each(|(name, value)| put(&name, Some(value)));
    values
}

fn leaves_of(path: &str, value: &serde_json::Value, into: &mut Vec<(String, String)>) {
    use serde_json::Value;
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| leaves_of(&format!("{path}.{name}"), value, into)),
        Value::Array(values) => values.iter().for_each(|value| leaves_of(path, value, into)),
        Value::String(text) => into.push((path.to_string(), text.clone())),
        Value::Null => {}
        other => into.push((path.to_string(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(text: &str) -> QueryBar {
        let known = [("service", vec!["cart", "catalog", "tax"]), ("status", vec![]), ("context.tenant", vec!["big corp"])];
        let known = known.map(|(field, values)| (field.to_string(), values.into_iter().map(str::to_string).collect())).into();
        let mut bar = QueryBar { known, history: vec!["a".into(), "b".into()], ..QueryBar::default() };
        bar.text.set(text);
        bar
    }

    fn after(text: &str, keys: &[KeyCode]) -> String {
        let mut bar = bar(text);
        keys.iter().for_each(|code| bar.key(Key { code: *code, ctrl: false }));
        bar.text.line().to_string()
    }

    #[test]
    fn fields_and_values_are_completed() {
        assert_eq!(bar("s").proposals(), ["service:", "status:"]);
        assert_eq!(after("se", &[KeyCode::Tab]), "service:");
        assert_eq!(after("-service:c", &[KeyCode::Tab]), "-service:ca");
        assert_eq!(after("status:500 and service:t", &[KeyCode::Tab]), "status:500 and service:tax");
        assert_eq!(after("context.tenant:b", &[KeyCode::Tab]), "context.tenant:\"big corp\"");
        assert_eq!(after("nothing:x", &[KeyCode::Tab]), "nothing:x");
    }

    #[test]
    fn earlier_queries_come_back() {
        assert_eq!(after("new", &[KeyCode::Up]), "b");
        assert_eq!(after("new", &[KeyCode::Up, KeyCode::Up, KeyCode::Up]), "a");
        assert_eq!(after("new", &[KeyCode::Up, KeyCode::Up, KeyCode::Down]), "b");
    }
}
