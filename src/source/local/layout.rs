//! What a file's fields mean: found in its first lines, as a cluster's are in its mappings.

use super::columns::time_of;
use super::engine::Engine;
use super::line::{Slot, lines};
use crate::model::printable::few;
use crate::model::{Fault, TimestampFlaw};
use crate::schema::{ANYWHERE, Caps, DEFAULT_PRESET, Field, FieldMap, Group, Kind, Mapping, PRESETS, Preset, Schemas, detect, lookup};
use crate::source::SchemaQuestion;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

/// How many lines of the first block are looked at to find the schema.
const SAMPLE_LINES: usize = 2000;
/// With so many of them one by one it is seen whether they all lie alike.
const HELD_AGAINST_IT: usize = 60;

/// The map of a file's first lines: of all of them together where most lie as that says, for a line by itself may lack what
/// tells its layout; else of the most frequent one.
pub fn sample_first(block: &[u8], question: &SchemaQuestion) -> FieldMap {
    let map = sample(block, question);
    let sampled = || lines(block).map(|(_, line)| line).take(HELD_AGAINST_IT);
    let (mut fits, mut all) = (0, 0);
    for line in sampled() {
        let Ok(fields) = serde_json::from_slice::<Map<String, Value>>(line) else { continue };
        let there = |field: Field| map.path(&field).is_some_and(|path| lookup(&fields, path).is_some());
        let of_no_trace = || map_of(std::iter::once(line), question).is_none_or(|own| !own.has(&Field::TraceId));
        all += 1;
        fits += usize::from(there(Field::Timestamp) && there(Field::Service) && (there(Field::TraceId) || of_no_trace()));
    }
    if fits * 10 >= all * 9 { map } else { sample_strange(sampled(), &[], question).unwrap_or(map) }
}

/// The map of lines: what they show, and for all else what the preset says, for it may come later.
fn sample(block: &[u8], question: &SchemaQuestion) -> FieldMap {
    let found = map_of(lines(block).take(SAMPLE_LINES).map(|(_, line)| line), question);
    let preset: &'static Preset = found.as_ref().and_then(|map| crate::schema::preset_named(map.preset)).or(question.only).unwrap_or(DEFAULT_PRESET);
    let mut map = found.unwrap_or_else(|| FieldMap::of(preset));
    let time = map.fields.get(&Field::Timestamp).map(|m| m.path.clone());
    for (field, candidates) in preset.fields {
        let fallback = candidates.iter().find(|path| *field != Field::Arrival || time.as_deref() != Some(**path));
        if let Some(path) = fallback.filter(|_| !map.has(field)) {
            map.fields.insert(field.clone(), Mapping { path: (*path).to_string(), exact: Some((*path).to_string()), kind: Kind::Keyword });
        }
    }
    map
}

/// The map of the most frequent layout among lines that none of the known ones fits; each line is looked at by itself, for together
/// they may look like another one.
pub fn sample_strange<'l>(lines: impl Iterator<Item = &'l [u8]>, known: &[&FieldMap], question: &SchemaQuestion) -> Option<FieldMap> {
    let mut found: Vec<(FieldMap, usize, Vec<u8>)> = Vec::new();
    for line in lines.take(SAMPLE_LINES) {
        let Some(map) = map_of(std::iter::once(line), question).filter(|map| !known.iter().any(|known| known.lies_as(map))) else { continue };
        let at = found.iter().position(|(like, ..)| like.lies_as(&map)).unwrap_or(found.len());
        if at == found.len() {
            found.push((map, 0, Vec::new()));
        }
        if let Some((_, count, block)) = found.get_mut(at) {
            *count += 1;
            block.extend_from_slice(line);
            block.push(b'\n');
        }
    }
    // The first of those that are as frequent.
    let (like, _, block) = found.into_iter().rev().max_by_key(|(_, count, _)| *count)?;
    let mut map = sample(&block, question);
    if !like.has(&Field::Service) {
        // Its records name no service: one that named one would be laid out otherwise.
        map.fields.remove(&Field::Service);
    }
    map.lies_as(&like).then_some(map)
}

/// What a record shows by itself.
pub fn layout_of(record: &Map<String, Value>, question: &SchemaQuestion) -> Option<FieldMap> {
    let line = serde_json::to_vec(record).ok()?;
    map_of(std::iter::once(line.as_slice()), question)
}

/// What lines show by themselves.
fn map_of<'l>(lines: impl Iterator<Item = &'l [u8]>, question: &SchemaQuestion) -> Option<FieldMap> {
    let paths = paths_of(lines, question);
    let caps = Caps { indices: BTreeMap::from([("file".to_string(), paths)]) };
    detect("file", &caps, question.only, &question.renames, &[]).groups.first().map(|group| FieldMap::clone(&group.map))
}

/// Every path that any preset looks at, with the fields that it may be.
static KNOWN: LazyLock<HashMap<&'static str, Vec<Option<&'static Field>>>> = LazyLock::new(|| {
    let mut known: HashMap<&'static str, Vec<Option<&'static Field>>> = HashMap::new();
    let borrowed = ANYWHERE.iter().flat_map(|(_, paths)| paths.iter().map(|path| (None, *path)));
    for (field, path) in PRESETS.iter().flat_map(Preset::paths).chain(borrowed) {
        known.entry(path).or_default().push(field);
    }
    known
});

/// The paths that lines have, of those that any preset knows.
fn paths_of<'l>(lines: impl Iterator<Item = &'l [u8]>, question: &SchemaQuestion) -> BTreeMap<String, Kind> {
    let mut paths: BTreeMap<String, Kind> = BTreeMap::new();
    for line in lines {
        if let Ok(Value::Object(fields)) = serde_json::from_slice(line) {
            walk(&mut String::new(), &fields, &mut |path, value| {
                for field in KNOWN.get(path).into_iter().flatten() {
                    note(&mut paths, *field, path, value);
                }
            });
            for (field, path) in &question.renames {
                lookup(&fields, path).into_iter().for_each(|value| note(&mut paths, Some(field), path, value));
            }
        }
    }
    paths
}

/// Every value below an object with its dotted path; of a list the first object counts.
fn walk(path: &mut String, fields: &Map<String, Value>, each: &mut impl FnMut(&str, &Value)) {
    for (key, value) in fields {
        let length = path.len();
        if length > 0 {
            path.push('.');
        }
        path.push_str(key);
        match value {
            Value::Object(below) => walk(path, below, each),
            Value::Array(list) => list.first().and_then(Value::as_object).into_iter().for_each(|below| walk(path, below, each)),
            other => each(path, other),
        }
        path.truncate(length);
    }
}

fn note(paths: &mut BTreeMap<String, Kind>, field: Option<&Field>, path: &str, value: &Value) {
    let Some(kind) = kind_of(value, field) else { return };
    // One schema's time may be another's number: a time is what more depends on.
    let known = paths.entry(path.to_string()).or_insert(kind);
    if kind == Kind::Date {
        *known = kind;
    }
}

fn kind_of(value: &Value, field: Option<&Field>) -> Option<Kind> {
    let slot = match value {
        Value::String(text) => Slot::Text(text.as_str().into()),
        Value::Number(n) => n.as_i64().map_or(Slot::Float(n.as_f64()?), Slot::Integer),
        Value::Bool(b) => Slot::Bool(*b),
        _ => return None,
    };
    let is_time = matches!(field, Some(Field::Timestamp | Field::Arrival)) && time_of(&slot).is_some();
    Some(match slot {
        _ if is_time => Kind::Date,
        Slot::Integer(_) | Slot::Float(_) => Kind::Number,
        Slot::Bool(_) => Kind::Boolean,
        _ => Kind::Keyword,
    })
}

/// So many records of each block show which attributes there are.
const LOOKED_AT: usize = 60;

/// Paths of short texts and of truths, as some records of all blocks have them: those that can be counted by value.
fn attributes(engine: &Engine) -> Vec<(String, String)> {
    let mut paths = BTreeSet::new();
    for segment in engine.segments() {
        let places = &segment.columns.place;
        for (offset, length) in places.iter().step_by(places.len().div_ceil(LOOKED_AT).max(1)) {
            let line = segment.content.read(*offset, *length as usize).ok();
            if let Some(Value::Object(fields)) = line.and_then(|line| serde_json::from_slice(&line).ok()) {
                note_attributes("", &fields, &mut paths);
            }
        }
    }
    paths.into_iter().map(|path| (path.clone(), path)).collect()
}

/// Longer texts are no values to count by.
const LONGEST_VALUE: usize = 200;

fn note_attributes(prefix: &str, fields: &Map<String, Value>, paths: &mut BTreeSet<String>) {
    for (key, value) in fields {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            Value::Object(below) => note_attributes(&path, below, paths),
            Value::String(text) if text.len() > LONGEST_VALUE => {}
            Value::String(_) | Value::Bool(_) => drop(paths.insert(path)),
            _ => {}
        }
    }
}

/// One group for each layout. Spans are counted as logs are where the logs tell of no requests of their services.
pub fn local_schemas(engine: &Engine, label: &str, question: &SchemaQuestion) -> Result<Schemas, Fault> {
    if let Some(fault) = engine.fault(label) {
        return Err(fault);
    }
    let mut schemas = Schemas::default();
    for map in engine.seen_maps(&question.named) {
        schemas.groups.push(Arc::new(Group { target: label.to_string(), indices: vec![label.to_string()], map: Arc::new(map), only: Vec::new() }));
    }
    let (spans, logs): (Vec<_>, Vec<_>) = schemas.groups.iter().partition(|group| group.map.holds_spans());
    let services = |groups: &[&Arc<Group>]| groups.iter().flat_map(|group| engine.serving(&group.map)).collect::<BTreeSet<u32>>();
    // Every record is looked at for that: only where both are there.
    schemas.spans_are_others = spans.is_empty() || logs.is_empty() || services(&spans).is_disjoint(&services(&logs));
    if question.attributes {
        schemas.add_attributes(&attributes(engine));
    }
    let noticed = engine.noticed();
    if noticed.nameless > 0 {
        let all = noticed.lines - noticed.bad - noticed.timeless;
        schemas.notes.push(format!("{} of {all} records name no service: they are in lists and traces, and in no service's count", noticed.nameless));
    }
    let flawed = noticed.flawed;
    for flaw in [TimestampFlaw::NoFraction, TimestampFlaw::LiteralPercentF, TimestampFlaw::NoZone] {
        let of: Vec<(u32, u64)> = flawed.iter().filter(|((f, _), _)| *f == flaw).map(|((_, service), count)| (*service, *count)).collect();
        if !of.is_empty() {
            let name = |service: u32| engine.dictionary.text(service).map_or("no service".to_string(), |name| name.to_string());
            let names: Vec<String> = of.iter().map(|(service, _)| name(*service)).collect();
            let count: u64 = of.iter().map(|(_, count)| count).sum();
            schemas.notes.push(format!("{count} timestamps of {} {}", few(&names, 5, "services"), flaw.says()));
        }
    }
    if let Some((newest, beyond)) = engine.newest().filter(|(_, beyond)| *beyond > 0) {
        schemas
            .notes
            .push(format!("{beyond} records lie more than an hour after nearly all others; the file's end is taken as {}", newest.rfc3339()));
    }
    Ok(schemas)
}
