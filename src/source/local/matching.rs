//! Which records of a block satisfy a clause: from its columns where they know, else from its lines.

use super::columns::{COMPLETES, NO_LEVEL, NO_TIME, STARTS, has_phrase};
use super::dictionary::{BlockTexts, NONE};
use super::engine::{Engine, Segment};
use super::line::{Slot, Wanted, lines, read};
use crate::model::{Level, fingerprint};
use crate::query::Clause;
use crate::schema::Field;
use std::sync::Arc;

/// One answer for each record of the block.
pub fn mask(engine: &Engine, segment: &Segment, clause: &Clause) -> Vec<bool> {
    let columns = &segment.columns;
    match clause {
        Clause::During(range) => columns.at.iter().map(|at| range.from.nanos() <= *at && *at < range.to.nanos()).collect(),
        Clause::Since(Field::Arrival, from) => columns.arrived.iter().map(|ms| *ms >= from.millis()).collect(),
        Clause::Since(_, from) => columns.at.iter().map(|at| *at >= from.nanos()).collect(),
        Clause::LevelFrom(level) => {
            let none = segment.layout.map.level_of_none().is_some_and(|own| own >= *level);
            columns.level.iter().map(|l| if *l == NO_LEVEL { none } else { *l >= *level as u8 && *l < 6 }).collect()
        }
        Clause::Not(inner) => mask(engine, segment, inner).into_iter().map(|kept| !kept).collect(),
        Clause::Every(all) => fold(engine, segment, all, true, |a, b| a && b),
        Clause::Either(any) => fold(engine, segment, any, false, |a, b| a || b),
        Clause::AnyOf(Field::Level, values) => {
            let levels: Vec<u8> = values.iter().filter_map(|v| Level::parse(v)).map(|l| l as u8).collect();
            columns.level.iter().map(|l| levels.contains(l)).collect()
        }
        Clause::AnyOf(Field::TraceId, ids) => {
            let prints: Vec<u64> = ids.iter().map(|id| fingerprint(id)).collect();
            columns.trace.iter().map(|t| prints.contains(t)).collect()
        }
        Clause::AnyOf(Field::Status, values) => {
            let values: Vec<i32> = values.iter().filter_map(|v| v.parse().ok()).collect();
            columns.status.iter().map(|s| values.contains(s)).collect()
        }
        Clause::AnyOf(field, values) => match columns.text(field) {
            Some(column) => {
                let numbers: Vec<u32> = values.iter().filter_map(|v| engine.dictionary.find(v)).collect();
                column.iter().map(|n| numbers.contains(n)).collect()
            }
            None => looked_up(segment, clause),
        },
        Clause::Prefix(field, prefix) => match columns.text(field) {
            Some(column) => {
                let numbers = engine.dictionary.matching(|text| text.starts_with(prefix.as_str()));
                column.iter().map(|n| numbers.binary_search(n).is_ok()).collect()
            }
            None => looked_up(segment, clause),
        },
        Clause::Exists(Field::Timestamp) => vec![true; columns.len()],
        Clause::Exists(Field::Level) => columns.level.iter().map(|l| *l < 6).collect(),
        Clause::Exists(Field::TraceId) => columns.trace.iter().map(|t| *t != 0).collect(),
        Clause::Exists(Field::Status) => columns.status.iter().map(|s| *s >= 0).collect(),
        Clause::Exists(Field::Duration) => columns.duration.iter().map(|d| !d.is_nan()).collect(),
        Clause::Exists(Field::Arrival) => columns.arrived.iter().map(|a| *a != NO_TIME).collect(),
        Clause::Exists(field) => match columns.text(field) {
            Some(column) => column.iter().map(|n| *n != NONE).collect(),
            None => looked_up(segment, clause),
        },
        Clause::Above(..) | Clause::AtLeast(..) | Clause::Below(..) | Clause::AtMost(..) => compared(segment, clause),
        Clause::Phrase(Field::Message, phrase) if segment.layout.map.start_message == Some(phrase.as_str()) => {
            columns.flags.iter().map(|f| f & STARTS != 0).collect()
        }
        Clause::Phrase(Field::Message, phrase) if segment.layout.map.completion_message == Some(phrase.as_str()) => {
            columns.flags.iter().map(|f| f & COMPLETES != 0).collect()
        }
        Clause::Phrase(..) => looked_up(segment, clause),
    }
}

fn fold(engine: &Engine, segment: &Segment, clauses: &[Clause], start: bool, join: fn(bool, bool) -> bool) -> Vec<bool> {
    let mut all = vec![start; segment.columns.len()];
    for clause in clauses {
        // What is decided for every record needs no further look, which may have to read the lines once more.
        if all.iter().all(|one| *one != start) {
            break;
        }
        all.iter_mut().zip(mask(engine, segment, clause)).for_each(|(a, b)| *a = join(*a, b));
    }
    all
}

/// The number test of a comparing clause.
fn comparison(clause: &Clause) -> Option<(&Field, impl Fn(f64) -> bool)> {
    let (field, limit, order): (_, _, fn(f64, f64) -> bool) = match clause {
        Clause::Above(field, limit) => (field, *limit, |n, limit| n > limit),
        Clause::AtLeast(field, limit) => (field, *limit, |n, limit| n >= limit),
        Clause::Below(field, limit) => (field, *limit, |n, limit| n < limit),
        Clause::AtMost(field, limit) => (field, *limit, |n, limit| n <= limit),
        _ => return None,
    };
    Some((field, move |n| order(n, limit)))
}

fn compared(segment: &Segment, clause: &Clause) -> Vec<bool> {
    let columns = &segment.columns;
    match comparison(clause) {
        Some((Field::Duration, test)) => columns.duration.iter().map(|d| !d.is_nan() && test(*d)).collect(),
        Some((Field::Status, test)) => columns.status.iter().map(|s| *s >= 0 && test(f64::from(*s))).collect(),
        _ => looked_up(segment, clause),
    }
}

/// Reads the block's lines once more, and keeps what it found.
fn looked_up(segment: &Segment, clause: &Clause) -> Vec<bool> {
    let key = format!("{clause:?}");
    if let Some(known) = segment.masks.lock().ok().and_then(|masks| masks.get(&key).cloned()) {
        return known.to_vec();
    }
    let found: Vec<bool> = match clause.fields().first().copied() {
        Some(field) => slots_of(segment, field, |slot| holds(clause, slot)),
        None => vec![false; segment.columns.len()],
    };
    if let Ok(mut masks) = segment.masks.lock() {
        if masks.len() > 64 {
            masks.clear();
        }
        masks.insert(key, Arc::new(found.clone()));
    }
    found
}

fn holds(clause: &Clause, slot: &Slot<'_>) -> bool {
    if let Some((_, test)) = comparison(clause) {
        return slot.number().is_some_and(test);
    }
    match (clause, slot.text()) {
        (_, None) => false,
        (Clause::Exists(_), Some(_)) => true,
        (Clause::AnyOf(_, values), Some(text)) => values.iter().any(|v| *v == text),
        (Clause::Prefix(_, prefix), Some(text)) => text.starts_with(prefix.as_str()),
        (Clause::Phrase(_, phrase), Some(text)) => has_phrase(&text, phrase),
        _ => false,
    }
}

/// What `look` makes of a field's value in each record of the block, from the lines themselves.
fn slots_of<T: Default + Clone>(segment: &Segment, field: &Field, mut look: impl FnMut(&Slot<'_>) -> T) -> Vec<T> {
    let columns = &segment.columns;
    let mut out = vec![T::default(); columns.len()];
    let path = segment.layout.map.path(field).map(str::to_string);
    let (Some(path), Some((first, _)), Some((last, length))) = (path, columns.place.first(), columns.place.last()) else { return out };
    let wanted = Wanted::new([path.as_str()]);
    let Ok(block) = segment.content.read(*first, (last - first) as usize + *length as usize) else { return out };
    let mut rows = columns.place.iter().zip(out.iter_mut()).peekable();
    for (start, line) in lines(&block) {
        let Some((_, cell)) = rows.next_if(|((offset, _), _)| *offset == first + start as u64) else { continue };
        let mut slots = [Slot::None];
        if read(line, &wanted, &mut slots).is_ok() {
            let [slot] = &slots;
            *cell = look(slot);
        }
    }
    out
}

/// The column of any field as numbers of the dictionary.
pub fn text_column(engine: &Engine, segment: &Segment, field: &Field) -> Arc<Vec<u32>> {
    if let Some(known) = segment.extra.lock().ok().and_then(|extra| extra.get(field).cloned()) {
        return known;
    }
    let mut texts = BlockTexts::default();
    let mut column = slots_of(segment, field, |slot| slot.text().map_or(NONE, |text| texts.number(&text)));
    texts.translate(&engine.dictionary, &mut column);
    let column = Arc::new(column);
    if let Ok(mut extra) = segment.extra.lock() {
        extra.insert(field.clone(), column.clone());
    }
    column
}
