//! The columns that somebody chose for lists of records, kept between runs.

use super::kept;
use serde_json::Value;
use std::io;

const FILE: &str = "columns.json";

/// The columns for a source, from the left; none where nothing was chosen.
pub fn load_columns(source: &str) -> Vec<String> {
    let kept = kept::load(FILE, source);
    kept.as_ref().and_then(Value::as_array).into_iter().flatten().filter_map(|name| Some(name.as_str()?.to_string())).collect()
}

/// Keeps these columns for a source.
pub fn save_columns(source: &str, columns: &[String]) -> io::Result<()> {
    kept::save(FILE, source, columns.into())
}
