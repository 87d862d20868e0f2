//! Marks as they are kept between runs.

use super::kept;
use crate::model::{Mark, MarkedRecord, Timestamp};
use serde_json::{Map, Value, json};
use std::io;

/// So many of a source are kept, the newest.
const KEPT: usize = 200;

/// The marks of a source, by time; none where there is no file, or none that can be read.
pub fn load_marks(source: &str) -> Vec<Mark> {
    of_value(kept::load(FILE, source).as_ref())
}

/// Keeps these marks of a source; those of others stay.
pub fn save_marks(source: &str, marks: &[Mark]) -> io::Result<()> {
    kept::save(FILE, source, to_value(marks))
}

const FILE: &str = "marks.json";

fn of_value(value: Option<&Value>) -> Vec<Mark> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_string);
    let mark = |value: &Value| {
        let (at, _) = Timestamp::parse(value.get("at")?.as_str()?)?;
        let record =
            value.get("record").map(|r| MarkedRecord { service: text(r, "service"), message: text(r, "message"), span_id: text(r, "span_id") });
        Some(Mark { at, note: text(value, "note")?, record: record.map(Box::new) })
    };
    let mut marks: Vec<Mark> = value.and_then(Value::as_array).into_iter().flatten().filter_map(mark).collect();
    marks.sort_by_key(|mark| mark.at);
    marks
}

fn to_value(marks: &[Mark]) -> Value {
    let one = |mark: &Mark| {
        let mut fields = Map::new();
        fields.insert("at".to_string(), mark.at.rfc3339_precise().into());
        fields.insert("note".to_string(), mark.note.clone().into());
        let record = mark.record.as_ref().map(|r| json!({"service": r.service, "message": r.message, "span_id": r.span_id}));
        fields.extend(record.map(|record| ("record".to_string(), record)));
        Value::Object(fields)
    };
    Value::Array(marks.iter().skip(marks.len().saturating_sub(KEPT)).map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LogRecord;

    #[test]
    fn marks_and_bookmarks_come_back_as_they_were() {
        let at = Timestamp::parse("2026-11-23T03:16:45.123456Z").unwrap().0;
        let record = LogRecord { timestamp: at, service: Some("cart".into()), message: Some("no \u{1b}[2J".into()), ..LogRecord::default() };
        let note = Mark { at: Timestamp::from_millis(1000), note: "flag \"x\"\n5 %".to_string(), record: None };
        let marks = [note, Mark::of(&record)];
        let back = of_value(Some(&to_value(&marks)));
        assert_eq!(back, marks);
        assert!(back[1].is_of(&record) && !back[0].is_of(&record));
        assert_eq!(of_value(Some(&json!("no list"))), []);
    }
}
