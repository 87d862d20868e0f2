//! The rooms of the house: who may import whom, and which room alone names which library.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const ROOMS: [(&str, &[&str]); 11] = [
    ("terminal", &["app"]),
    ("ui", &["app", "answers", "model"]),
    ("app", &["answers", "export", "query", "schema", "model"]),
    ("export", &["answers", "model"]),
    ("answers", &["analysis", "query", "schema", "model"]),
    ("analysis", &["model"]),
    ("source", &["query", "schema", "demo", "model"]),
    ("query", &["schema", "model"]),
    ("demo", &["model"]),
    ("schema", &["model"]),
    ("model", &[]),
];

/// Library -> the places that may name it.
const LIBRARIES: [(&str, &[&str]); 6] = [
    ("ratatui", &["ui", "terminal", "runtime"]),
    ("crossterm", &["ui", "terminal", "runtime"]),
    ("tui_textarea", &["app/input.rs"]),
    ("elasticsearch", &["source/elastic/transport.rs"]),
    ("tokio", &["runtime", "source", "cli"]),
    ("clap", &["cli"]),
];

/// Rooms that do no I/O and read no clock.
const PURE: [&str; 8] = ["model", "schema", "query", "demo", "analysis", "answers", "export", "app"];

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, into)
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path)
        }
    }
}

/// Path below src -> its text without comments and tests.
fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&root, &mut paths);
    let text = |path: &PathBuf| {
        let whole = std::fs::read_to_string(path).unwrap();
        let code = whole.split("#[cfg(test)]").next().unwrap_or_default();
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    };
    paths.iter().map(|path| (path.strip_prefix(&root).unwrap().display().to_string(), text(path))).collect()
}

#[test]
fn rooms_import_only_what_they_may() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let room = path.split('/').next().unwrap_or_default();
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else { continue };
        for part in text.split("crate::").skip(1) {
            let named: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if named != room && !allowed.contains(&named.as_str()) {
                wrong.push(format!("{path} imports {named}"));
            }
        }
    }
    // What is printable is said in model; ui may say it with its path.
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_library_is_named_where_it_belongs() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        for (library, places) in LIBRARIES {
            let named = text.contains(&format!("{library}::")) && !text.contains(&format!("_{library}::"));
            if named && !places.iter().any(|place| path.starts_with(place)) {
                wrong.push(format!("{path} names {library}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_pure_core_does_no_io_and_reads_no_clock() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let room = path.split('/').next().unwrap_or_default();
        for word in ["std::fs", "std::net", "std::io", "std::env", "Instant::now", "SystemTime", "Utc::now", "Local::now", "std::thread", "async "] {
            if PURE.contains(&room) && text.contains(word) {
                wrong.push(format!("{path} has {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_says_what_it_is_and_none_is_endless() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&root, &mut paths);
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//!"), "{} has no first line about itself", path.display());
        assert!(text.lines().count() < 600, "{} is too long", path.display());
    }
}
