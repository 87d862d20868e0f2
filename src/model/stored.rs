//! A record as it is stored: kept as text, for of a hundred thousand records few are ever looked into.

use serde_json::{Map, Value};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// The fields of a stored record. They are read from its JSON when they are first looked at, and then kept; a clone is the same
/// record. Text that is no JSON object has no fields.
#[derive(Clone, Default)]
pub struct Stored(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// `None` of what was never text.
    json: Option<Box<str>>,
    fields: OnceLock<Map<String, Value>>,
}

impl Stored {
    /// Of a JSON object.
    pub fn of_json(json: impl Into<Box<str>>) -> Stored {
        Stored(Arc::new(Inner { json: Some(json.into()), fields: OnceLock::new() }))
    }

    /// The fields, without keeping them.
    pub fn read(&self) -> Map<String, Value> {
        match self.0.fields.get() {
            Some(fields) => fields.clone(),
            None => self.0.parse(),
        }
    }

    /// Whether any name or value may have the words (in small letters) in it; what is kept as text is not read for a no.
    pub fn may_hold(&self, words: &str) -> bool {
        // What is escaped does not stand in the text as it is.
        self.0.json.as_deref().is_none_or(|json| json.contains('\\') || json.to_lowercase().contains(words))
    }
}

impl Inner {
    fn parse(&self) -> Map<String, Value> {
        self.json.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }
}

impl Deref for Stored {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Map<String, Value> {
        self.0.fields.get_or_init(|| self.0.parse())
    }
}

impl From<Map<String, Value>> for Stored {
    fn from(fields: Map<String, Value>) -> Stored {
        Stored(Arc::new(Inner { json: None, fields: OnceLock::from(fields) }))
    }
}

impl PartialEq for Stored {
    fn eq(&self, other: &Stored) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || **self == **other
    }
}

impl std::fmt::Debug for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.deref().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_the_text_and_what_is_no_object_has_none() {
        let stored = Stored::of_json(r#"{"b": 1, "a": {"c": "x\ny"}}"#);
        assert_eq!(stored.read(), *stored);
        assert_eq!(stored.keys().collect::<Vec<_>>(), ["b", "a"], "in the order in which they are stored");
        assert!(Stored::of_json("[1]").is_empty() && Stored::of_json("{").is_empty() && Stored::default().is_empty());
    }

    #[test]
    fn a_search_is_sure_of_a_no_only_where_nothing_is_escaped() {
        let stored = Stored::of_json(r#"{"message": "Zürich", "n": 12}"#);
        assert!(stored.may_hold("zürich") && stored.may_hold("12") && !stored.may_hold("bern"));
        assert!(Stored::of_json(r#"{"message": "Z\u00fcrich"}"#).may_hold("zürich"));
    }
}
