//! An answer as text for people and as JSON for scripts: the headless contract.

mod brief;
mod errors;
mod explain;
mod logs;
mod number;
mod patterns;
mod since;
mod slow;
mod table;
mod trace;
mod trace_markdown;
mod traces;

pub use brief::{brief_json, brief_text, hit, statement, what_broke};
pub use errors::{errors_json, errors_text};
pub use explain::{against, explain_json, explain_text};
pub use logs::{record_json, record_text, records_markdown, records_ndjson, records_text};
pub use number::round;
pub use patterns::{patterns_json, patterns_text};
pub use since::{since_json, since_text, since_words};
pub use slow::{slow_json, slow_text};
pub use table::{Style, Table};
pub use trace::{trace_json, trace_text};
pub use trace_markdown::trace_markdown;
pub use traces::{traces_json, traces_text};

use crate::model::{Completeness, TimeRange, Timestamp};
use serde_json::{Value, json};

fn time(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| at.rfc3339().into())
}

fn range_json(range: Option<TimeRange>) -> Value {
    range.map_or(Value::Null, |range| json!({"from": range.from.rfc3339(), "to": range.to.rfc3339()}))
}

/// How far an answer can be trusted.
pub fn completeness_json(completeness: &Completeness) -> Value {
    json!({"complete": completeness.complete, "newest": time(completeness.newest), "notes": completeness.notes})
}

/// The same for people: one line each, what is missing first.
pub fn completeness_text(completeness: &Completeness) -> String {
    let head = if completeness.complete { "complete" } else { "INCOMPLETE" };
    let newest = completeness.newest.map_or("no record".to_string(), |at| format!("newest record {}", at.rfc3339()));
    let notes: String = completeness.notes.iter().map(|note| format!("\n  {}", crate::model::printable::line(note))).collect();
    format!("{head}; {newest}{notes}\n")
}
