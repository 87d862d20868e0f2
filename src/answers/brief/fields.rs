//! Which fields may tell what sets requests apart, and how their values are counted.

use crate::query::{Agg, Name};
use crate::schema::{Field, FieldMap};

/// More fields than these are not looked at in one go.
pub const FIELDS: usize = 12;
/// And at most so many in all.
const MOST_FIELDS: usize = 48;

/// Names for aggregations over fields, by place.
pub const PLACES: [Name; FIELDS] = ["f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11"];

/// Counts the values of each field, by its place.
pub fn values_of(fields: &[Field], size: usize) -> Vec<(Name, Agg)> {
    let terms = |field: &Field| Agg::Terms { field: field.clone(), size, subs: Vec::new() };
    PLACES.iter().copied().zip(fields.iter().map(terms)).collect()
}

/// The fields whose values may set requests apart.
pub fn fields(map: &FieldMap) -> Vec<Field> {
    let known = [Field::Version, Field::Host, Field::Pod, Field::Path, Field::Method, Field::User];
    let known = known.into_iter().filter(|f| map.countable(f));
    known.chain(attributes(map)).take(MOST_FIELDS).collect()
}

/// Attributes that no preset has a word for, but for those that tell what came of a request or that nobody counts.
pub fn attributes(map: &FieldMap) -> Vec<Field> {
    let tells_outcome = |path: &str| {
        let last = path.rsplit('.').next().unwrap_or(path).to_ascii_lowercase();
        let words = [
            "error",
            "exception",
            "trace",
            "span",
            "message",
            "timestamp",
            "status",
            "response",
            "duration",
            "result",
            "outcome",
            "stack",
            "log",
            "time",
            "request_id",
            "correlation",
            "uuid",
            "offset",
            "line",
            "function",
            "logger",
            "module",
            "ecs",
            "hash",
            "event_id",
            "ingested",
        ];
        words.iter().any(|word| last.contains(word))
            || path.starts_with("exception")
            || path.starts_with("error")
            || path.starts_with("agent.")
            || path.starts_with("log.")
    };
    let named = map.fields.keys().filter(|field| matches!(field, Field::Named(path) if !tells_outcome(path)));
    named.filter(|field| map.countable(field)).cloned().collect()
}
