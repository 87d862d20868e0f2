//! A preset joined with what one group of indices really has.

use super::{Field, Kind, Preset};
use crate::model::Level;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How one field can be asked for in one group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mapping {
    /// Where the value stands in a stored record.
    pub path: String,
    /// What exact matches and aggregations name: the path, or its `.keyword`.
    pub exact: Option<String>,
    /// How the path itself is mapped.
    pub kind: Kind,
}

/// Which stored field means what in one group.
#[derive(Clone, PartialEq, Debug)]
pub struct FieldMap {
    /// Name of the preset.
    pub preset: &'static str,
    /// For each field that is there, how to ask for it.
    pub fields: BTreeMap<Field, Mapping>,
    /// How much of the stored duration is a millisecond.
    pub duration_units_per_ms: f64,
    /// How the record that opens a request begins.
    pub start_message: Option<&'static str>,
    /// How the record that closes it begins.
    pub completion_message: Option<&'static str>,
    /// The scale of numbers in the level field.
    pub level_scale: crate::model::LevelScale,
}

/// Indices (or files) whose fields mean the same and are mapped alike.
#[derive(Clone, PartialEq, Debug)]
pub struct Group {
    /// What to search: a pattern, or names joined by commas.
    pub target: String,
    /// The indices in it, as far as they are known.
    pub indices: Vec<String>,
    /// What their fields mean.
    pub map: Arc<FieldMap>,
    /// Which of their records it is about, where others are laid out in another way.
    pub only: Vec<Only>,
}

/// Records that have a path, or have not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Only {
    /// Which path.
    pub path: String,
    /// Whether it is there.
    pub there: bool,
}

impl FieldMap {
    /// Where a record's own time may stand as it was written, whether it is mapped as a date or not.
    pub fn stamp_paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = self.path(&Field::Timestamp).map(str::to_string).into_iter().collect();
        for path in super::preset_named(self.preset).map_or(&[][..], |preset| preset.candidates(&Field::Timestamp)) {
            if !paths.iter().any(|known| known == path) {
                paths.push((*path).to_string());
            }
        }
        paths
    }

    /// Where the id of a record's trace may stand, the likeliest first: a layout's records come from more than one logger.
    pub fn trace_paths(&self) -> impl Iterator<Item = &str> {
        let own = self.path(&Field::TraceId);
        let elsewhere = super::preset_named(self.preset).map_or(&[][..], |preset| preset.elsewhere(&Field::TraceId));
        own.into_iter().chain(elsewhere.iter().copied().filter(move |path| Some(*path) != own))
    }

    /// Adds a field by its path, unless it is known by a word.
    pub fn add_attribute(&mut self, path: &str, exact: &str) {
        if self.fields.values().all(|mapping| mapping.path != path) {
            let mapping = Mapping { path: path.to_string(), exact: Some(exact.to_string()), kind: Kind::Keyword };
            self.fields.entry(Field::Named(path.to_string())).or_insert(mapping);
        }
    }

    /// The level of records that have none.
    pub fn level_of_none(&self) -> Option<Level> {
        super::preset_named(self.preset)?.level
    }

    /// Whether its records are spans, with their events and logs among them.
    pub fn holds_spans(&self) -> bool {
        super::preset_named(self.preset).is_some_and(|preset| preset.spans)
    }

    /// Whether one record may tell both how a request ended and what was raised in it.
    pub fn tells_both(&self) -> bool {
        super::preset_named(self.preset).is_some_and(|preset| preset.tells_both) && self.has(&Field::Duration)
    }

    /// An empty map in the words of a preset.
    pub fn of(preset: &'static Preset) -> Self {
        FieldMap {
            preset: preset.name,
            fields: BTreeMap::new(),
            duration_units_per_ms: preset.duration_units_per_ms,
            start_message: preset.start_message,
            completion_message: preset.completion_message,
            level_scale: preset.level_scale,
        }
    }

    /// Whether indices of both maps can be asked together: what both have is mapped alike, and requests are told apart from
    /// other records in the same way. A field that one of them lacks matches nothing there, which is the truth.
    pub fn agrees_with(&self, other: &FieldMap) -> bool {
        let requests_by_duration = |map: &FieldMap| !map.has(&Field::Status) && map.has(&Field::Duration);
        let mixed = (requests_by_duration(self) && other.has(&Field::Status)) || (requests_by_duration(other) && self.has(&Field::Status));
        self.preset == other.preset && !mixed && self.fields.iter().all(|(field, mapping)| other.fields.get(field).is_none_or(|m| m == mapping))
    }

    /// Whether records are laid out alike: of one schema, with the time and the service in the same places.
    pub fn lies_as(&self, other: &FieldMap) -> bool {
        let same = |field: Field| self.path(&field) == other.path(&field);
        self.preset == other.preset && same(Field::Timestamp) && same(Field::Service)
    }

    /// What each of its records has, where another layout has its time and its service in the same places.
    pub fn sign(&self) -> &'static [&'static str] {
        super::preset_named(self.preset).map_or(&[], |preset| preset.sign)
    }

    /// What only the records of other layouts have, which may keep time and service where this one does: access logs, spans beside
    /// their logs.
    pub fn foreign_signs(&self) -> impl Iterator<Item = &'static str> {
        let first = |preset: &super::Preset, field: &Field| preset.candidates(field).first().copied();
        let alike = move |preset: &super::Preset| [Field::Timestamp, Field::Service].iter().all(|field| self.path(field) == first(preset, field));
        let tells = move |preset: &&super::Preset| {
            alike(preset) || preset.access.is_some() || (preset.spans && preset.attributes == super::Attributes::DataPrepper)
        };
        let others = super::PRESETS.iter().filter(|preset| preset.name != self.preset).filter(tells);
        others.flat_map(|preset| preset.sign).copied()
    }

    /// Where the nanoseconds are that a time in whole seconds leaves out (log4j's `instant`).
    pub fn nanos_path(&self) -> Option<&'static str> {
        (self.path(&Field::Timestamp) == Some("instant.epochSecond")).then_some("instant.nanoOfSecond")
    }

    /// Whether the group has the field at all.
    pub fn has(&self, field: &Field) -> bool {
        self.fields.contains_key(field)
    }

    /// Whether values of the field can be matched exactly and counted.
    pub fn countable(&self, field: &Field) -> bool {
        self.fields.get(field).is_some_and(|m| m.exact.is_some())
    }

    /// The path of a field in a stored record; a field that is not mapped is looked for under its own name.
    pub fn path<'a>(&'a self, field: &'a Field) -> Option<&'a str> {
        match self.fields.get(field) {
            Some(mapping) => Some(&mapping.path),
            None => match field {
                Field::Named(path) => Some(path),
                _ => None,
            },
        }
    }
}

/// `pattern` without some of its indices, as Elasticsearch and OpenSearch both read it.
pub fn minus(pattern: &str, indices: &[String]) -> String {
    indices.iter().fold(pattern.to_string(), |target, index| format!("{target},-{index}"))
}
