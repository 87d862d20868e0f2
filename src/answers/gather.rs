//! From what a search listed to traces: their ids, and their records put together.

use super::Known;
use super::trace::marks;
use crate::analysis::assemble::assemble;
use crate::model::{LogRecord, Trace};
use crate::query::{Hit, Search};
use crate::schema::lookup;
use std::collections::BTreeMap;

/// The trace that a listed record is of.
pub fn trace_id<'a>(search: &Search, hit: &'a Hit) -> Option<&'a str> {
    search.group.map.trace_paths().find_map(|path| lookup(&hit.fields, path)?.as_str())
}

/// The traces that those records make up, by id; a record of no trace is left out.
pub fn traces(known: &Known, records: impl IntoIterator<Item = LogRecord>) -> impl Iterator<Item = Trace> {
    let mut by_trace: BTreeMap<String, Vec<LogRecord>> = BTreeMap::new();
    for record in records {
        if let Some(id) = record.trace_id.clone() {
            by_trace.entry(id).or_default().push(record);
        }
    }
    let marks = marks(&known.schemas);
    by_trace.into_iter().map(move |(id, records)| assemble(&id, records, marks))
}
