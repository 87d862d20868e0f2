//! One block of lines as columns.

use super::dictionary::{BlockTexts, Dictionary, NONE};
use super::line::{Slot, Wanted, lines, read};
use crate::model::{Level, LevelScale, Timestamp, TimestampFlaw, UnreadLine, fingerprint};
use crate::schema::{Field, FieldMap};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The records of one block; every column has one value a record.
#[derive(Default)]
pub struct Columns {
    /// Nanoseconds since the epoch.
    pub at: Vec<i64>,
    /// Milliseconds, `i64::MIN` for none.
    pub arrived: Vec<i64>,
    /// `Level` as its place in `Level::ALL`, 255 for none.
    pub level: Vec<u8>,
    /// Numbers of a dictionary: service, version, pod, host, exception type.
    pub texts: [Vec<u32>; TEXTS],
    /// Milliseconds, NaN for none.
    pub duration: Vec<f64>,
    /// HTTP status, -1 for none.
    pub status: Vec<i32>,
    /// Fingerprint of the trace id, 0 for none.
    pub trace: Vec<u64>,
    /// `STARTS`, `COMPLETES`.
    pub flags: Vec<u8>,
    /// Where the line begins, and its length.
    pub place: Vec<(u64, u32)>,
    /// Oldest and newest time.
    pub span: (i64, i64),
    /// What was noticed about the lines.
    pub noticed: Noticed,
}

/// Fields with a text column.
pub const TEXT_FIELDS: [Field; TEXTS] = [Field::Service, Field::Version, Field::Pod, Field::Host, Field::ExceptionType];
const TEXTS: usize = 5;
/// The record opens a request.
pub const STARTS: u8 = 1;
/// The record closes a request.
pub const COMPLETES: u8 = 2;
/// No level.
pub const NO_LEVEL: u8 = 255;
/// No time.
pub const NO_TIME: i64 = i64::MIN;

/// So many lines that could not be read are kept to be shown, each with so many bytes.
pub const UNREAD_KEPT: usize = 100;
const BEGINNING: usize = 300;

/// What was noticed about lines.
#[derive(Clone, Default, Debug)]
pub struct Noticed {
    /// Lines that are no JSON object.
    pub bad: u64,
    /// The first of them and of those without a time, with the byte at which they begin.
    pub unread: Vec<(u64, UnreadLine)>,
    /// Objects without a readable time.
    pub timeless: u64,
    /// Records that name no service.
    pub nameless: u64,
    /// How many times have a flaw, by flaw and service (a number of the dictionary).
    pub flawed: BTreeMap<(TimestampFlaw, u32), u64>,
    /// All lines that are not blank.
    pub lines: u64,
}

/// How some lines of a file are laid out: where their fields are.
pub struct Layout {
    /// What they mean.
    pub map: FieldMap,
    lean: Lean,
}

/// Blocks of one content may hold lines of several layouts.
pub type Layouts = [Arc<Layout>];

/// What a block was read as.
#[derive(Default)]
pub struct ReadBlock {
    /// Its records, for each layout.
    pub columns: Vec<Columns>,
    /// Lines that no layout finds a service in, or no time.
    pub strange: Vec<(usize, usize)>,
}

/// The paths of the lean columns.
struct Lean {
    wanted: Wanted,
    signs: Vec<usize>,
    units_per_ms: f64,
    scale: LevelScale,
    start: Option<&'static str>,
    completion: Option<&'static str>,
}

/// In the order of their slots.
const LEAN_FIELDS: [Field; 12] = [
    Field::Timestamp,
    Field::Arrival,
    Field::Level,
    Field::Service,
    Field::Version,
    Field::Pod,
    Field::Host,
    Field::ExceptionType,
    Field::Duration,
    Field::Status,
    Field::TraceId,
    Field::Message,
];

/// Places among the slots.
const TIME: usize = 0;
const SERVICE: usize = 3;
/// Behind them those of other places in which a trace id may stand.
const OTHER_TRACES: usize = 10;
const NANOS: usize = LEAN_FIELDS.len() + OTHER_TRACES;
/// What every record of the layout has.
const SIGN: usize = NANOS + 1;
/// What records of another layout have, which may keep time and service in the same places.
const FOREIGN: usize = SIGN + 1;
const SLOTS: usize = FOREIGN + 1;

impl Layout {
    /// Reads the fields where a map says that they are.
    pub fn new(map: FieldMap) -> Layout {
        Layout { lean: Lean::new(&map), map }
    }
}

impl Lean {
    /// Reads the lean fields where a map says that they are.
    fn new(map: &FieldMap) -> Lean {
        // A field that the schema does not have gets a path that no record has.
        let others = map.trace_paths().skip(usize::from(map.has(&Field::TraceId))).chain(std::iter::repeat("\u{0}")).take(OTHER_TRACES);
        let nanos = map.nanos_path().unwrap_or("\u{0}");
        let sign = map.sign();
        let paths = LEAN_FIELDS.iter().map(|field| map.path(field).unwrap_or("\u{0}")).chain(others).chain([nanos]);
        let mut wanted = Wanted::new(paths);
        let signs = sign.iter().map(|path| wanted.add_unless_there(path, SIGN)).collect();
        for path in map.foreign_signs() {
            wanted.add_unless_there(path, FOREIGN);
        }
        Lean {
            wanted,
            signs,
            units_per_ms: map.duration_units_per_ms,
            scale: map.level_scale,
            start: map.start_message,
            completion: map.completion_message,
        }
    }
}

/// Milliseconds since the epoch or text: a time as loggers write it.
pub fn time_of(slot: &Slot<'_>) -> Option<(Timestamp, Option<TimestampFlaw>)> {
    match slot {
        Slot::Text(text) => Timestamp::parse(text).or_else(|| Timestamp::parse_epoch(text).map(|at| (at, None))),
        Slot::Integer(ms) => Some((Timestamp::from_epoch(*ms), None)),
        Slot::Float(seconds) if seconds.is_finite() => Some((Timestamp::from_seconds(*seconds), None)),
        _ => None,
    }
}

impl Noticed {
    fn note_unread(&mut self, at: u64, reason: String, line: &[u8]) {
        if self.unread.len() < UNREAD_KEPT {
            let start = line.get(..BEGINNING).unwrap_or(line);
            self.unread.push((at, UnreadLine { place: format!("byte {at}"), reason, line: String::from_utf8_lossy(start).into_owned() }));
        }
    }
}

impl ReadBlock {
    /// Reads a block that begins at `offset` of its content: each line in the first layout that finds its time and its service, else
    /// in the first that finds a time.
    pub fn read(block: &[u8], offset: u64, layouts: &Layouts, dictionary: &Dictionary) -> ReadBlock {
        let mut found = ReadBlock::default();
        found.columns.resize_with(layouts.len().max(1), || Columns { span: (i64::MAX, i64::MIN), ..Columns::default() });
        let mut texts = BlockTexts::default();
        let mut flawed: Vec<Vec<(TimestampFlaw, usize)>> = vec![Vec::new(); found.columns.len()];
        let mut noticed = Noticed::default();
        for (start, line) in lines(block) {
            noticed.lines += 1;
            let place = (offset + start as u64, line.len());
            let mut timed: Option<usize> = None;
            let mut lent: Option<usize> = None;
            let mut taken = false;
            for (at, layout) in layouts.iter().enumerate() {
                let mut slots = [const { Slot::None }; SLOTS];
                if let Err(error) = read(line, &layout.lean.wanted, &mut slots) {
                    noticed.bad += 1;
                    noticed.note_unread(place.0, error.to_string(), line);
                    taken = true;
                    break;
                }
                let has = |slot: usize| slots.get(slot).is_some_and(|sign| !matches!(sign, Slot::None));
                let strange = !layout.lean.signs.is_empty() && !layout.lean.signs.iter().any(|slot| has(*slot));
                if strange || slots.get(TIME).is_none_or(|at| time_of(at).is_none()) {
                    continue;
                }
                let named = slots.get(SERVICE).is_some_and(|service| service.text().is_some());
                if named && has(FOREIGN) {
                    lent = lent.or(Some(at));
                } else if named {
                    found.push(at, &slots, place, layout, &mut texts, &mut flawed);
                    taken = true;
                    break;
                }
                timed = timed.or(Some(at));
            }
            if taken {
                continue;
            }
            found.strange.push((start, line.len()));
            let with_time = lent.or(timed).and_then(|at| Some((at, layouts.get(at)?)));
            let Some((at, layout)) = with_time else {
                noticed.timeless += 1;
                noticed.note_unread(place.0, "it has no time where its layout should have one".to_string(), line);
                continue;
            };
            noticed.nameless += u64::from(lent.is_none());
            let mut slots = [const { Slot::None }; SLOTS];
            if read(line, &layout.lean.wanted, &mut slots).is_ok() {
                found.push(at, &slots, place, layout, &mut texts, &mut flawed);
            }
        }
        for (columns, flawed) in found.columns.iter_mut().zip(flawed) {
            columns.finish(flawed, &texts, dictionary);
        }
        if let Some(first) = found.columns.first_mut() {
            noticed.flawed = std::mem::take(&mut first.noticed.flawed);
            first.noticed = noticed;
        }
        found
    }

    fn push(
        &mut self,
        at: usize,
        slots: &[Slot<'_>; SLOTS],
        place: (u64, usize),
        layout: &Layout,
        texts: &mut BlockTexts,
        flawed: &mut [Vec<(TimestampFlaw, usize)>],
    ) {
        if let (Some(columns), Some(flawed)) = (self.columns.get_mut(at), flawed.get_mut(at)) {
            columns.push(slots, place, &layout.lean, texts, flawed);
        }
    }
}

impl Columns {
    fn finish(&mut self, flawed: Vec<(TimestampFlaw, usize)>, texts: &BlockTexts, dictionary: &Dictionary) {
        for column in &mut self.texts {
            texts.translate(dictionary, column);
        }
        let services = self.text(&Field::Service).unwrap_or_default();
        let mut counts = BTreeMap::new();
        for (flaw, row) in flawed {
            *counts.entry((flaw, services.get(row).copied().unwrap_or(NONE))).or_default() += 1;
        }
        self.noticed.flawed = counts;
    }

    fn push(
        &mut self,
        slots: &[Slot<'_>; SLOTS],
        place: (u64, usize),
        lean: &Lean,
        block: &mut BlockTexts,
        flawed: &mut Vec<(TimestampFlaw, usize)>,
    ) {
        let [at, arrived, level, service, version, pod, host, exception, duration, status, trace, message, ..] = slots;
        let Some((at, flaw)) = time_of(at) else { return };
        let nanos = slots.get(NANOS).and_then(Slot::number).map_or(0, |n| n as i64);
        let at = Timestamp::from_nanos(at.nanos().saturating_add(nanos));
        self.at.push(at.nanos());
        self.span = (self.span.0.min(at.nanos()), self.span.1.max(at.nanos()));
        self.arrived.push(time_of(arrived).map_or(NO_TIME, |(at, _)| at.millis()));
        let level = match level {
            Slot::Text(text) => Level::parse(text),
            Slot::Integer(number) => Level::from_number(*number, lean.scale),
            _ => None,
        };
        self.level.push(level.map_or(NO_LEVEL, |level| level as u8));
        for (column, slot) in self.texts.iter_mut().zip([service, version, pod, host, exception]) {
            column.push(slot.text().map_or(NONE, |text| block.number(&text)));
        }
        self.duration.push(duration.number().map_or(f64::NAN, |n| n / lean.units_per_ms));
        self.status.push(status.number().map_or(-1, |n| n as i32));
        let trace = std::iter::once(trace).chain(slots.iter().take(NANOS).skip(LEAN_FIELDS.len())).find_map(Slot::text);
        self.trace.push(trace.map_or(0, |id| fingerprint(&id)));
        let says = |beginning: Option<&str>| match (beginning, message) {
            (Some(beginning), Slot::Text(text)) => has_phrase(text, beginning),
            _ => false,
        };
        self.flags.push((u8::from(says(lean.start)) * STARTS) | (u8::from(says(lean.completion)) * COMPLETES));
        self.place.push((place.0, u32::try_from(place.1).unwrap_or(u32::MAX)));
        if let Some(flaw) = flaw {
            flawed.push((flaw, self.at.len() - 1));
        }
    }

    /// How many records.
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// The column of a field that has one.
    pub fn text(&self, field: &Field) -> Option<&[u32]> {
        let at = TEXT_FIELDS.iter().position(|f| f == field)?;
        self.texts.get(at).map(Vec::as_slice)
    }
}

/// Whether the text has the phrase's words in a row, whatever their case: what `match_phrase` finds in analysed text.
pub fn has_phrase(text: &str, phrase: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let begins = |tail: &str| {
        let mut tail = tail.char_indices();
        let mut wanted = phrase.chars();
        loop {
            let Some(want) = wanted.next() else {
                return tail.next().is_none_or(|(_, c)| !is_word(c));
            };
            match tail.next() {
                Some((_, c)) if c == want || c.to_lowercase().eq(want.to_lowercase()) || (!is_word(c) && !is_word(want)) => {}
                _ => return false,
            }
        }
    };
    if begins(text) {
        return true;
    }
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if at > 0 && !is_word(before) && is_word(c) && text.get(at..).is_some_and(begins) {
            return true;
        }
        before = c;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::preset_named;

    fn layout() -> Vec<Arc<Layout>> {
        let mut map = FieldMap::of(preset_named("spia").unwrap());
        for (field, path) in [
            (Field::Timestamp, "timestamp"),
            (Field::Level, "level"),
            (Field::Service, "service"),
            (Field::Status, "context.status_code"),
            (Field::Message, "message"),
        ] {
            map.fields.insert(field, crate::schema::Mapping { path: path.into(), exact: Some(path.into()), kind: crate::schema::Kind::Keyword });
        }
        vec![Arc::new(Layout::new(map))]
    }

    #[test]
    fn bad_lines_are_counted_and_stop_nothing() {
        let block = b"{\"timestamp\":\"2026-01-15T10:30:45.123Z\",\"level\":\"error\",\"service\":\"a\",\"message\":\"request STARTED now\"}\r\n\nnot json\n{\"service\":\"b\"}\n{\"timestamp\":1768473045123,\"service\":\"a\",\"context\":{\"status_code\":500}}\n";
        let dictionary = Dictionary::default();
        let found = ReadBlock::read(block, 100, &layout(), &dictionary);
        assert_eq!(found.strange.len(), 1, "one object has no time");
        let columns = &found.columns[0];
        assert_eq!(columns.len(), 2);
        assert_eq!((columns.noticed.bad, columns.noticed.timeless, columns.noticed.lines), (1, 1, 4));
        assert_eq!(
            columns.noticed.unread.first().map(|(at, _)| *at),
            block.windows(8).position(|w| w == b"not json").map(|at| 100 + at as u64),
            "where it begins"
        );
        assert_eq!(columns.texts[0], [1, 1]);
        assert_eq!((columns.level[0], columns.status[1], columns.flags[0]), (Level::Error as u8, 500, STARTS));
        assert_eq!(columns.at[0], columns.at[1]);
    }

    #[test]
    fn phrases_are_whole_words() {
        assert!(has_phrase("2026 request started: GET", "Request started"));
        assert!(!has_phrase("request startedness", "Request started"));
        assert!(!has_phrase("prerequest started", "Request started"));
        assert!(has_phrase("Request started", "request started"));
        assert!(!has_phrase("", "x"));
    }
}
