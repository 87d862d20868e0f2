//! `_field_caps`: which index maps which field how.

use super::SchemaQuestion;
use crate::schema::{ANYWHERE, Caps, Kind, PRESETS};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The request, for the first parts of all paths a preset knows: naming each would exceed a URL's 4 KB.
pub fn path(pattern: &str, question: &SchemaQuestion) -> String {
    let borrowed = ANYWHERE.iter().flat_map(|(_, paths)| paths.iter().copied());
    let candidates = PRESETS.iter().flat_map(|preset| preset.paths()).map(|(_, path)| path).chain(borrowed);
    let renamed = question.renames.iter().map(|(_, path)| path.as_str());
    let named = question.named.iter().map(|field| field.name());
    let heads: BTreeSet<String> = candidates.map(head).chain(renamed.chain(named).map(|path| format!("{path}*"))).collect();
    // In their order one that covers others stands before them.
    let mut fields: Vec<String> = Vec::new();
    for head in heads {
        let covers = |known: &String| known.strip_suffix('*').is_some_and(|start| !start.ends_with('.') && head.starts_with(start));
        if !fields.iter().any(covers) {
            fields.push(head);
        }
    }
    let fields = fields.join(",");
    format!(
        "/{pattern}/_field_caps?fields={fields}&include_unmapped=true&ignore_unavailable=true&allow_no_indices=true&filter_path=indices,fields.*.*.type,fields.*.*.indices"
    )
}

/// The request for every attribute there is: its kinds, not where they are.
pub fn attributes_path(pattern: &str) -> String {
    format!("/{pattern}/_field_caps?fields=*&ignore_unavailable=true&allow_no_indices=true&filter_path=fields.*.*.type,fields.*.*.metadata_field")
}

/// Paths that can be counted by value, mapped in one way wherever they are, each with the name by which it is counted.
pub fn read_attributes(json: &Value) -> Vec<(String, String)> {
    let fields = json.get("fields").and_then(Value::as_object);
    let kind = |path: &str| {
        let kinds = fields?.get(path)?.as_object()?;
        let plain = kinds.len() == 1 && kinds.values().all(|entry| entry.get("metadata_field").and_then(Value::as_bool) != Some(true));
        plain.then(|| kinds.keys().next().and_then(|name| Kind::of_mapping(name))).flatten()
    };
    let counted = |path: &String| match kind(path) {
        Some(Kind::Keyword | Kind::Boolean) if !path.ends_with(".keyword") => Some((path.clone(), path.clone())),
        Some(Kind::Text) => Some((path.clone(), format!("{path}.keyword"))).filter(|(_, exact)| kind(exact) == Some(Kind::Keyword)),
        _ => None,
    };
    let paths = fields.into_iter().flat_map(serde_json::Map::keys);
    paths.filter(|path| !path.starts_with('_')).filter_map(counted).collect()
}

fn head(path: &str) -> String {
    match path.split_once('.') {
        Some((first, _)) => format!("{first}.*"),
        None => format!("{path}*"),
    }
}

/// The answer: for each index the kind of each path.
pub fn read(json: &Value) -> Caps {
    let names =
        |value: Option<&Value>| -> Option<Vec<String>> { Some(value?.as_array()?.iter().filter_map(Value::as_str).map(str::to_string).collect()) };
    let all = names(json.get("indices")).unwrap_or_default();
    let mut caps = Caps { indices: all.iter().map(|index| (index.clone(), BTreeMap::new())).collect() };
    let fields = json.get("fields").and_then(Value::as_object).into_iter().flatten();
    for (path, kinds) in fields {
        for (name, entry) in kinds.as_object().into_iter().flatten() {
            let Some(kind) = Kind::of_mapping(name) else { continue };
            for index in names(entry.get("indices")).as_ref().unwrap_or(&all) {
                if let Some(paths) = caps.indices.get_mut(index) {
                    paths.insert(path.clone(), kind);
                }
            }
        }
    }
    caps
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_request_fits_a_url() {
        let length = path("logs-*", &SchemaQuestion::default()).len();
        assert!(length < 3000, "{length} of the 4,096 bytes that clusters take, the pattern among them");
    }

    #[test]
    fn a_field_may_be_mapped_two_ways() {
        let caps = read(&json!({"indices": ["a", "b"], "fields": {
            "service": {"keyword": {"type": "keyword", "indices": ["a"]}, "text": {"type": "text", "indices": ["b"]}},
            "service.keyword": {"keyword": {"type": "keyword", "indices": ["b"]}, "unmapped": {"type": "unmapped", "indices": ["a"]}},
            "context": {"object": {"type": "object"}},
            "timestamp": {"date": {"type": "date"}}}}));
        assert_eq!(caps.indices["a"], BTreeMap::from([("service".to_string(), Kind::Keyword), ("timestamp".to_string(), Kind::Date)]));
        assert_eq!(caps.indices["b"]["service.keyword"], Kind::Keyword);
    }
}
