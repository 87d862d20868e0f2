//! One index may hold records that are laid out in several ways: which they are is seen in some of its records, for its mapping holds
//! the paths of all of them together.

use crate::schema::{Caps, Field, FieldMap, Group, Kind, Only, Preset, Schemas, detect, lookup, preset_named};
use crate::source::SchemaQuestion;
use crate::source::local::layout_of;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// So many of the newest records of a group are looked at, and so many of the oldest of its shards.
const RECORDS: usize = 150;
/// Of more groups the layouts are not looked for.
const GROUPS: usize = 4;
/// A layout of fewer of the records that are looked at is none of its own, nor one of a smaller share.
const FEWEST: usize = 3;
const LEAST_SHARE: f64 = 0.02;

type Record = Map<String, Value>;

/// The request for some records of each group: an `_msearch`, with two searches for each.
pub fn request(schemas: &Schemas) -> String {
    let mut body = String::new();
    for group in schemas.groups.iter().take(GROUPS) {
        let header = json!({"index": group.target, "ignore_unavailable": true, "allow_no_indices": true});
        let newest = group.map.path(&Field::Timestamp).map(|path| json!([{path: {"order": "desc", "unmapped_type": "date"}}]));
        for sort in [newest.unwrap_or_else(|| json!(["_doc"])), json!(["_doc"])] {
            let search = json!({"size": RECORDS, "track_total_hits": false, "sort": sort});
            body.push_str(&format!("{header}\n{search}\n"));
        }
    }
    body
}

/// Splits the groups whose records, as they came, are laid out in several ways.
pub fn split(schemas: &mut Schemas, caps: &Caps, reply: &Value, question: &SchemaQuestion) {
    let answers = reply.get("responses").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut groups = Vec::new();
    for (at, group) in schemas.groups.iter().enumerate() {
        let hits = answers.iter().skip(2 * at).take(if at < GROUPS { 2 } else { 0 });
        let records: Vec<&Record> =
            hits.filter_map(|answer| answer.pointer("/hits/hits")?.as_array()).flatten().filter_map(|hit| hit.get("_source")?.as_object()).collect();
        let paths = group.indices.first().and_then(|index| caps.indices.get(index));
        let parts = paths.map(|paths| parts_of(group, paths, &records, question)).unwrap_or_default();
        if parts.len() > 1 {
            let names: Vec<&str> = parts.iter().map(|part| part.map.preset).collect();
            schemas.notes.push(format!(
                "{} holds records of {} layouts ({}): each is read as what it is",
                group.target,
                parts.len(),
                names.join(", ")
            ));
            groups.extend(parts.into_iter().map(Arc::new));
        } else {
            groups.push(group.clone());
        }
    }
    schemas.groups = groups;
}

/// One layout, and the records that showed it.
struct Layout<'r> {
    map: FieldMap,
    records: Vec<&'r Record>,
}

/// A group for each layout, the one that was known first; none when there is no other.
fn parts_of(group: &Group, paths: &BTreeMap<String, Kind>, records: &[&Record], question: &SchemaQuestion) -> Vec<Group> {
    let has = |record: &Record, field: Field| group.map.path(&field).is_some_and(|path| lookup(record, path).is_some());
    let foreign: Vec<&str> = group.map.foreign_signs().collect();
    let fits =
        |record: &&Record| has(record, Field::Timestamp) && has(record, Field::Service) && !foreign.iter().any(|sign| lookup(record, sign).is_some());
    let (own, strange): (Vec<&Record>, Vec<&Record>) = records.iter().copied().partition(fits);
    let mut layouts: Vec<Layout<'_>> = Vec::new();
    for record in strange {
        let Some(map) = layout_of(record, question).filter(|map| !map.lies_as(&group.map)) else { continue };
        match layouts.iter_mut().find(|layout| layout.map.lies_as(&map)) {
            Some(layout) => layout.records.push(record),
            None => layouts.push(Layout { map, records: vec![record] }),
        }
    }
    let enough = |layout: &Layout<'_>| layout.records.len() >= FEWEST && layout.records.len() as f64 >= LEAST_SHARE * records.len() as f64;
    let named = |layout: &Layout<'_>| layout.map.has(&Field::Timestamp) && layout.map.has(&Field::Service);
    layouts.retain(|layout| enough(layout) && named(layout));
    layouts.sort_by_key(|layout| std::cmp::Reverse(layout.records.len()));
    let told: Vec<(Layout<'_>, Only)> = {
        let all: Vec<&Record> = own.iter().copied().chain(layouts.iter().flat_map(|layout| layout.records.iter().copied())).collect();
        let only: Vec<Option<Only>> = layouts.iter().map(|layout| tells_apart(layout, &all, paths)).collect();
        layouts.into_iter().zip(only).filter_map(|(layout, only)| Some((layout, only?))).collect()
    };
    if told.is_empty() {
        return Vec::new();
    }
    let part = |preset: &'static Preset, records: &[&Record], only: Vec<Only>| {
        let map = map_of(group, preset, records, paths, question)?;
        Some(Group { target: group.target.clone(), indices: group.indices.clone(), map: Arc::new(map), only })
    };
    let not = |only: &Only| Only { there: !only.there, ..only.clone() };
    let mut parts = Vec::new();
    if own.len() >= FEWEST {
        // All paths together may have looked like another layout than these records have.
        let preset = preset_of(group, &own, paths, question).or(preset_named(group.map.preset));
        parts.extend(preset.and_then(|preset| part(preset, &own, told.iter().map(|(_, only)| not(only)).collect())));
    }
    for (at, (layout, only)) in told.iter().enumerate() {
        let earlier = told.iter().take(at).map(|(_, only)| not(only));
        let only = earlier.chain([only.clone()]).collect();
        parts.extend(preset_named(layout.map.preset).and_then(|preset| part(preset, &layout.records, only)));
    }
    parts
}

/// The path that all records of a layout have and none of the others, or the other way round.
fn tells_apart(layout: &Layout<'_>, all: &[&Record], paths: &BTreeMap<String, Kind>) -> Option<Only> {
    let is_own = |record: &&Record| layout.records.iter().any(|own| std::ptr::eq(*own, *record));
    let others: Vec<&Record> = all.iter().copied().filter(|record| !is_own(record)).collect();
    let every = |records: &[&Record], path: &str| records.iter().all(|record| lookup(record, path).is_some());
    let none = |records: &[&Record], path: &str| records.iter().all(|record| lookup(record, path).is_none());
    let first = [Field::Service, Field::Timestamp].into_iter().filter_map(|field| layout.map.path(&field).map(str::to_string)).collect::<Vec<_>>();
    let candidates = || first.iter().chain(paths.keys()).filter(|path| paths.contains_key(*path));
    let only = |there: bool| move |path: &String| Only { path: path.clone(), there };
    let has = candidates().find(|path| every(&layout.records, path) && none(&others, path)).map(only(true));
    has.or_else(|| candidates().find(|path| none(&layout.records, path) && every(&others, path)).map(only(false)))
}

/// The preset of records, by the paths that they have.
fn preset_of(group: &Group, records: &[&Record], paths: &BTreeMap<String, Kind>, question: &SchemaQuestion) -> Option<&'static Preset> {
    let shown = |path: &str| records.iter().any(|record| lookup(record, path).is_some());
    preset_named(detect_among(group, paths, shown, None, question)?.preset)
}

/// The map of a group's indices as if they had only some of their paths.
fn detect_among(
    group: &Group,
    paths: &BTreeMap<String, Kind>,
    keeps: impl Fn(&str) -> bool,
    only: Option<&'static Preset>,
    question: &SchemaQuestion,
) -> Option<FieldMap> {
    // Behind a text lies the keyword that it is counted by.
    let kept = paths.iter().filter(|(path, _)| keeps(path.strip_suffix(".keyword").unwrap_or(path)));
    let paths = kept.map(|(path, kind)| (path.clone(), *kind)).collect();
    let caps = Caps { indices: BTreeMap::from([(group.indices.first()?.clone(), paths)]) };
    let found = detect(&group.target, &caps, only, &question.renames, &question.named);
    found.groups.first().map(|group| FieldMap::clone(&group.map))
}

/// The map of a layout, by what its records show, how it is mapped, and what its preset knows beside.
fn map_of(
    group: &Group,
    preset: &'static Preset,
    records: &[&Record],
    paths: &BTreeMap<String, Kind>,
    question: &SchemaQuestion,
) -> Option<FieldMap> {
    let telling = [Field::Timestamp, Field::Service, Field::Level, Field::Message, Field::TraceId, Field::SpanId];
    let shown = |path: &str| records.iter().any(|record| lookup(record, path).is_some());
    // What none of the records shows may come later: not where another place of the same field is shown.
    let may_come = |field: &Field| !telling.contains(field) && !preset.places(field).any(shown);
    let known: BTreeSet<&str> = Field::all().filter(may_come).flat_map(|field| preset.places(&field).collect::<Vec<_>>()).collect();
    detect_among(group, paths, |path| shown(path) || known.contains(path), Some(preset), question)
}
