//! What is kept between runs, by source, in files of `$XDG_STATE_HOME/spia` (or `~/.local/state/spia`).

use serde_json::{Map, Value};
use std::io;
use std::path::{Path, PathBuf};

fn folder() -> Option<PathBuf> {
    let base =
        std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state")))?;
    Some(base.join("spia"))
}

/// What a file keeps for a source; nothing where there is no file, or none that can be read.
pub fn load(file: &str, source: &str) -> Option<Value> {
    read(&folder()?.join(file)).remove(source)
}

/// Keeps this for a source; what is kept for others stays.
pub fn save(file: &str, source: &str, value: Value) -> io::Result<()> {
    let folder = folder().ok_or_else(|| io::Error::other("neither XDG_STATE_HOME nor HOME says where"))?;
    write(&folder.join(file), source, value)
}

fn read(path: &Path) -> Map<String, Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str::<Value>(&text).ok().and_then(|value| value.as_object().cloned()).unwrap_or_default()
}

fn write(path: &Path, source: &str, value: Value) -> io::Result<()> {
    let mut all = read(path);
    all.insert(source.to_string(), value);
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
    fn what_is_kept_is_kept_by_source() {
        let folder = std::env::temp_dir().join(format!("spia-kept-{}", std::process::id()));
        let path = folder.join("x.json");
        write(&path, "a", 1.into()).unwrap();
        write(&path, "b", 2.into()).unwrap();
        write(&path, "a", 3.into()).unwrap();
        assert_eq!((read(&path).remove("a"), read(&path).remove("b")), (Some(3.into()), Some(2.into())));
        std::fs::write(&path, "no json").unwrap();
        assert!(read(&path).is_empty());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
