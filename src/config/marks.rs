//! Marks as they are kept between runs: by source, in `$XDG_STATE_HOME/spia/marks.json` (or `~/.local/state`).

use crate::model::{Mark, Timestamp};
use serde_json::{Map, Value, json};
use std::io;
use std::path::{Path, PathBuf};

/// So many of a source are kept, the newest.
const KEPT: usize = 200;

fn default_path() -> Option<PathBuf> {
    let base =
        std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state")))?;
    Some(base.join("spia/marks.json"))
}

/// The marks of a source, by time; none where there is no file, or none that can be read.
pub fn load_marks(source: &str) -> Vec<Mark> {
    default_path().map(|path| read(&path, source)).unwrap_or_default()
}

/// Keeps these marks of a source; those of others stay.
pub fn save_marks(source: &str, marks: &[Mark]) -> io::Result<()> {
    let path = default_path().ok_or_else(|| io::Error::other("neither XDG_STATE_HOME nor HOME says where"))?;
    write(&path, source, marks)
}

fn file(path: &Path) -> Map<String, Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str::<Value>(&text).ok().and_then(|value| value.as_object().cloned()).unwrap_or_default()
}

fn read(path: &Path, source: &str) -> Vec<Mark> {
    let mark = |value: &Value| {
        let (at, _) = Timestamp::parse(value.get("at")?.as_str()?)?;
        Some(Mark { at, note: value.get("note")?.as_str()?.to_string() })
    };
    let mut marks: Vec<Mark> = file(path).get(source).and_then(Value::as_array).into_iter().flatten().filter_map(mark).collect();
    marks.sort_by_key(|mark| mark.at);
    marks
}

fn write(path: &Path, source: &str, marks: &[Mark]) -> io::Result<()> {
    let mut all = file(path);
    let newest = marks.iter().skip(marks.len().saturating_sub(KEPT));
    let list: Vec<Value> = newest.map(|mark| json!({"at": mark.at.rfc3339(), "note": mark.note})).collect();
    all.insert(source.to_string(), Value::Array(list));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Whoever reads it meanwhile sees the old file or the new one.
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    std::fs::write(&beside, format!("{:#}\n", Value::Object(all)))?;
    std::fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_kept_by_source() {
        let folder = std::env::temp_dir().join(format!("spia-marks-{}", std::process::id()));
        let path = folder.join("marks.json");
        let mark = |ms: i64, note: &str| Mark { at: Timestamp::from_millis(ms), note: note.to_string() };
        write(&path, "a", &[mark(1000, "acked"), mark(2000, "flag \"x\"\n5 %")]).unwrap();
        write(&path, "b", &[mark(3000, "")]).unwrap();
        assert_eq!(read(&path, "a"), [mark(1000, "acked"), mark(2000, "flag \"x\"\n5 %")]);
        assert_eq!(read(&path, "b").len(), 1);
        std::fs::write(&path, "no json").unwrap();
        assert_eq!(read(&path, "a"), []);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
