//! From what a source says of its fields to groups of indices with a map each.

use super::{ANYWHERE, Field, FieldMap, Group, Mapping, PRESETS, Preset, minus, preset_named};
use crate::model::printable::few;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How a field is mapped, as far as it changes the way to ask.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// Exact values: keyword, constant_keyword, wildcard, ip.
    Keyword,
    /// Analysed words: no exact match, no counting.
    Text,
    /// Any number.
    Number,
    /// date and date_nanos.
    Date,
    /// true and false.
    Boolean,
}

/// What one source says: for each index the kind of each path that is asked for.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Caps {
    /// Index name -> path -> kind.
    pub indices: BTreeMap<String, BTreeMap<String, Kind>>,
}

/// What was found, and what has to be said about it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Schemas {
    /// One for each way of mapping, the largest first.
    pub groups: Vec<Arc<Group>>,
    /// Indices of no known schema: not in any count.
    pub unknown: Vec<String>,
    /// Indices that are closed: not in any count.
    pub closed: Vec<String>,
    /// Sentences about what was noticed.
    pub notes: Vec<String>,
    /// The measured spans tell of requests of other services than the logs do: both are counted.
    pub spans_are_others: bool,
}

impl Schemas {
    /// The groups whose records are counted and listed: measured spans stand beside the logs of the same requests and would
    /// count them twice, so they are only where no log tells of requests, or where they are of other services.
    pub fn counted(&self) -> impl Iterator<Item = &Arc<Group>> {
        let is_log = |group: &&Arc<Group>| !group.map.holds_spans();
        // In OpenTelemetry's logs a status without a duration is of a request that an error is about.
        let of_errors = |group: &Arc<Group>| ["otel-log", "exporter-log", "dp-log"].contains(&group.map.preset);
        let tells_of_requests = |group: &Arc<Group>| group.map.has(&Field::Duration) || group.map.has(&Field::Status) && !of_errors(group);
        let logs_do = self.groups.iter().filter(is_log).any(tells_of_requests);
        self.groups.iter().filter(move |group| !logs_do || self.spans_are_others || is_log(group))
    }

    /// Maps paths that no preset has a word for, each with the name by which it is counted; one that a group lacks matches
    /// nothing in it.
    pub fn add_attributes(&mut self, attributes: &[(String, String)]) {
        for group in &mut self.groups {
            let mut map = FieldMap::clone(&group.map);
            attributes.iter().for_each(|(path, exact)| map.add_attribute(path, exact));
            *group = Arc::new(Group { map: Arc::new(map), ..Group::clone(group) });
        }
    }
}

impl Kind {
    /// The kind of a mapping type's name; `None` for objects and what cannot be asked for.
    pub fn of_mapping(name: &str) -> Option<Kind> {
        match name {
            "keyword" | "constant_keyword" | "wildcard" | "ip" | "flattened" | "version" => Some(Kind::Keyword),
            "text" | "match_only_text" => Some(Kind::Text),
            "long" | "integer" | "short" | "byte" | "double" | "float" | "half_float" | "scaled_float" | "unsigned_long" => Some(Kind::Number),
            "date" | "date_nanos" => Some(Kind::Date),
            "boolean" => Some(Kind::Boolean),
            _ => None,
        }
    }
}

/// Finds for each index its preset and its map, and groups the indices that come out alike.
///
/// `pattern` is what the user named; the largest group is searched as the pattern less all other groups, so that an
/// index that is made at midnight is in it at once. `renames` go before every preset; `only` names the preset to use.
pub fn detect(pattern: &str, caps: &Caps, only: Option<&'static Preset>, renames: &[(Field, String)], named: &[Field]) -> Schemas {
    let mut maps: Vec<(FieldMap, Vec<String>)> = Vec::new();
    let mut found = Schemas::default();
    for (index, paths) in &caps.indices {
        let preset = only.or_else(|| PRESETS.iter().find(|preset| is_of(preset, paths, renames)));
        let Some(map) = preset.map(|preset| map_of(preset, paths, renames, named)) else {
            found.unknown.push(index.clone());
            continue;
        };
        if !map.has(&Field::Timestamp) {
            found.notes.push(format!("{index}: no field of it is a date; its records are in no count"));
            found.unknown.push(index.clone());
            continue;
        }
        if map.has(&Field::Service) && !map.countable(&Field::Service) {
            found.notes.push(format!("{index}: its service field is text without a keyword and cannot be counted; its records are in no count"));
            found.unknown.push(index.clone());
            continue;
        }
        if !map.has(&Field::Service) && pattern != "file" {
            found.notes.push(format!("{index}: no field of it names a service; its records are in lists and traces, and in no count"));
        }
        match maps.iter_mut().find(|(known, _)| known.agrees_with(&map)) {
            Some((known, indices)) => {
                known.fields.extend(map.fields);
                indices.push(index.clone());
            }
            None => maps.push((map, vec![index.clone()])),
        }
    }
    note_timestamps(pattern, caps, &maps, &mut found.notes);
    maps.sort_by_key(|(_, indices)| std::cmp::Reverse(indices.len()));
    let others: Vec<String> = maps.iter().skip(1).flat_map(|(_, indices)| indices.iter()).chain(&found.unknown).cloned().collect();
    for (i, (map, indices)) in maps.into_iter().enumerate() {
        let target = if i == 0 { minus(pattern, &others) } else { indices.join(",") };
        found.groups.push(Arc::new(Group { target, indices, map: Arc::new(map), only: Vec::new() }));
    }
    found
}

fn is_of(preset: &Preset, paths: &BTreeMap<String, Kind>, renames: &[(Field, String)]) -> bool {
    let renamed = |path: &str| {
        let to_there = |(field, to): &(Field, String)| preset.candidates(field).contains(&path) && paths.contains_key(to);
        renames.iter().any(to_there)
    };
    preset.fits(paths, &renamed)
}

fn map_of(preset: &'static Preset, paths: &BTreeMap<String, Kind>, renames: &[(Field, String)], named: &[Field]) -> FieldMap {
    let mut map = FieldMap::of(preset);
    let borrowed = ANYWHERE.iter().map(|(field, _)| (field, preset.elsewhere(field)));
    for (field, candidates) in preset.fields.iter().map(|(field, paths)| (field, *paths)).chain(borrowed) {
        if map.has(field) {
            continue;
        }
        let renamed = renames.iter().filter(|(f, _)| f == field).map(|(_, path)| path.as_str());
        let taken = map.fields.get(&Field::Timestamp).map(|m| m.path.clone());
        let fit = |path: &&str| match field {
            Field::Timestamp => paths.get(*path) == Some(&Kind::Date),
            Field::Arrival => paths.get(*path) == Some(&Kind::Date) && taken.as_deref() != Some(*path),
            Field::Duration | Field::Status => paths.get(*path) == Some(&Kind::Number),
            _ => paths.contains_key(*path),
        };
        if let Some(path) = renamed.chain(candidates.iter().copied()).find(fit) {
            map.fields.extend(mapping(path, paths).map(|m| (field.clone(), m)));
        }
    }
    if let Some(path) = map.path(&Field::Duration) {
        map.duration_units_per_ms = preset.units_per_ms(path);
    }
    for field in named {
        map.fields.extend(mapping(field.name(), paths).map(|m| (field.clone(), m)));
    }
    map
}

fn mapping(path: &str, paths: &BTreeMap<String, Kind>) -> Option<Mapping> {
    let kind = *paths.get(path)?;
    let keyword = format!("{path}.keyword");
    let exact = match kind {
        Kind::Text => paths.get(&keyword).filter(|k| **k == Kind::Keyword).map(|_| keyword),
        _ => Some(path.to_string()),
    };
    Some(Mapping { path: path.to_string(), exact, kind })
}

fn note_timestamps(pattern: &str, caps: &Caps, maps: &[(FieldMap, Vec<String>)], notes: &mut Vec<String>) {
    let mut as_text: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (map, indices) in maps {
        let Some(used) = map.fields.get(&Field::Timestamp) else { continue };
        let is_text = |index: &&String| caps.indices.get(*index).and_then(|paths| paths.get("timestamp")).is_some_and(|kind| *kind != Kind::Date);
        let looks_there = preset_named(map.preset).is_some_and(|preset| preset.candidates(&Field::Timestamp).contains(&"timestamp"));
        for index in indices.iter().filter(is_text).filter(|_| looks_there) {
            as_text.entry(&used.path).or_default().insert(service_of_index(index, pattern));
        }
    }
    for (used, services) in as_text {
        let listed = few(&services.into_iter().collect::<Vec<_>>(), 5, "services");
        notes.push(format!("timestamps of {listed} are mapped as text; {used} is used for the time"));
    }
}

/// The service an index is named after: what stands where the pattern has its star, less the day behind it.
pub fn service_of_index(index: &str, pattern: &str) -> String {
    let prefix = pattern.split('*').next().unwrap_or_default();
    let rest = index.strip_prefix(prefix).unwrap_or(index);
    let is_day = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    let name = rest.trim_end_matches(is_day);
    if name.is_empty() { rest.to_string() } else { name.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caps(rows: &[(&str, &[(&str, Kind)])]) -> Caps {
        let paths = |row: &[(&str, Kind)]| row.iter().map(|(p, k)| ((*p).to_string(), *k)).collect();
        Caps { indices: rows.iter().map(|(index, row)| ((*index).to_string(), paths(row))).collect() }
    }

    const KEYWORD: &[(&str, Kind)] =
        &[("timestamp", Kind::Date), ("level", Kind::Keyword), ("service", Kind::Keyword), ("message", Kind::Text), ("module", Kind::Keyword)];
    const DYNAMIC: &[(&str, Kind)] = &[
        ("timestamp", Kind::Date),
        ("module", Kind::Keyword),
        ("level", Kind::Text),
        ("level.keyword", Kind::Keyword),
        ("service", Kind::Text),
        ("service.keyword", Kind::Keyword),
    ];
    const ECS: &[(&str, Kind)] =
        &[("@timestamp", Kind::Date), ("log.level", Kind::Keyword), ("service.name", Kind::Keyword), ("message", Kind::Text)];

    #[test]
    fn one_pattern_may_hold_several_mappings() {
        let caps = caps(&[("logs-a", KEYWORD), ("logs-b", KEYWORD), ("logs-c", DYNAMIC), ("logs-d", ECS), ("logs-e", &[("x", Kind::Number)])]);
        let found = detect("logs-*", &caps, None, &[], &[]);
        let targets: Vec<_> = found.groups.iter().map(|g| g.target.as_str()).collect();
        assert_eq!(targets, ["logs-*,-logs-c,-logs-d,-logs-e", "logs-c", "logs-d"]);
        assert_eq!(found.unknown, ["logs-e"]);
        let exact = |i: usize| found.groups[i].map.fields[&Field::Service].exact.clone();
        assert_eq!((exact(0), exact(1), exact(2)), (Some("service".into()), Some("service.keyword".into()), Some("service.name".into())));
    }

    #[test]
    fn an_index_that_lacks_fields_is_no_group_of_its_own() {
        let rich: &[(&str, Kind)] =
            &[("timestamp", Kind::Date), ("level", Kind::Keyword), ("service", Kind::Keyword), ("context.status_code", Kind::Number)];
        let timed: &[(&str, Kind)] =
            &[("timestamp", Kind::Date), ("level", Kind::Keyword), ("service", Kind::Keyword), ("performance.duration_ms", Kind::Number)];
        let groups = |rows: &[(&str, &[(&str, Kind)])]| detect("x-*", &caps(rows), None, &[], &[]).groups.len();
        assert_eq!(groups(&[("x-a", rich), ("x-b", KEYWORD)]), 1, "a worker without requests");
        assert_eq!(groups(&[("x-a", rich), ("x-b", timed)]), 2, "its requests are told by their duration, the other's by their status");
    }

    #[test]
    fn a_time_that_is_text_is_noticed() {
        let row: &[(&str, Kind)] = &[("timestamp", Kind::Text), ("@timestamp", Kind::Date), ("level", Kind::Keyword), ("service", Kind::Keyword)];
        let found = detect("logs-*", &caps(&[("logs-a", row)]), None, &[], &[]);
        assert_eq!(found.groups[0].map.fields[&Field::Timestamp].path, "@timestamp");
        assert!(!found.groups[0].map.has(&Field::Arrival), "the same field is not both");
        assert_eq!(found.notes, ["timestamps of a are mapped as text; @timestamp is used for the time"]);
    }

    #[test]
    fn an_index_names_its_service() {
        assert_eq!(service_of_index("logs-payment-gateway-2026.11.23", "logs-*"), "payment-gateway");
        assert_eq!(service_of_index("cart-000012", "*"), "cart");
        assert_eq!(service_of_index("2026.11.23", "*"), "2026.11.23");
    }

    #[test]
    fn measured_spans_are_not_counted_beside_logs() {
        let spans: &[(&str, Kind)] = &[
            ("@timestamp", Kind::Date),
            ("trace_id", Kind::Keyword),
            ("span_id", Kind::Keyword),
            ("duration", Kind::Number),
            ("kind", Kind::Keyword),
            ("resource.attributes.service.name", Kind::Keyword),
        ];
        let counted =
            |rows: &[(&str, &[(&str, Kind)])]| detect("*-*", &caps(rows), None, &[], &[]).counted().map(|g| g.map.preset).collect::<Vec<_>>();
        let requests = [KEYWORD, &[("context.status_code", Kind::Number)]].concat();
        assert_eq!(counted(&[("logs-a", &requests), ("traces-a", spans)]), ["spia"]);
        let both = counted(&[("logs-a", KEYWORD), ("traces-a", spans)]);
        assert!(both.len() == 2 && both.contains(&"spia"), "where no log tells of requests the spans do: {both:?}");
        assert_eq!(counted(&[("traces-a", spans)]), ["otel-span"]);
        let logs: &[(&str, Kind)] = &[
            ("@timestamp", Kind::Date),
            ("trace_id", Kind::Keyword),
            ("severity_text", Kind::Keyword),
            ("severity_number", Kind::Number),
            ("body.text", Kind::Text),
            ("attributes.http.response.status_code", Kind::Number),
            ("resource.attributes.service.name", Kind::Keyword),
        ];
        let errors = counted(&[("logs-a", logs), ("traces-a", spans)]);
        assert!(errors.contains(&"otel-log") && errors.contains(&"otel-span"), "an error may tell the status of what it asked: {errors:?}");
    }

    #[test]
    fn any_field_can_be_renamed() {
        let row: &[(&str, Kind)] = &[("at", Kind::Date), ("level", Kind::Keyword), ("app", Kind::Keyword)];
        let renames = [(Field::Timestamp, "at".to_string()), (Field::Service, "app".to_string())];
        let found = detect("x", &caps(&[("x", row)]), None, &renames, &[]);
        assert_eq!(found.groups[0].map.fields[&Field::Service].path, "app");
    }

    #[test]
    fn a_service_without_a_keyword_is_said_not_dropped_in_silence() {
        let row: &[(&str, Kind)] = &[("timestamp", Kind::Date), ("level", Kind::Keyword), ("service", Kind::Text)];
        let found = detect("x", &caps(&[("x", row)]), None, &[], &[]);
        assert!(found.groups.is_empty() && found.notes[0].contains("cannot be counted"));
    }
}
