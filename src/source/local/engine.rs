//! The blocks read so far, and how searches run over them.

use super::aggregate::{Counting, Scan};
use super::columns::{Columns, Layout, NO_TIME, Noticed, ReadBlock};
use super::content::Content;
use super::dictionary::{Dictionary, NONE};
use super::layout::{sample_first, sample_strange};
use super::matching::{mask, text_column};
use crate::model::{Fault, Stored, Timestamp, UnreadLine};
use crate::query::{Hit, Hits, Order, Reply, Search, Shards};
use crate::schema::{Field, FieldMap};
use crate::source::{Progress, SchemaQuestion};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, RwLock};

/// One block's columns, and what questions about other fields have found in it.
pub struct Segment {
    /// The lean columns.
    pub columns: Columns,
    /// Text columns of other fields, made when first asked for.
    pub extra: Mutex<FxHashMap<Field, Arc<Vec<u32>>>>,
    /// Which records satisfy a clause that had to be looked up in the lines.
    pub masks: Mutex<FxHashMap<String, Arc<Vec<bool>>>>,
    /// The bytes its records are places in.
    pub content: Arc<Content>,
    /// Where the fields of its records are.
    pub layout: Arc<Layout>,
}

/// Columns of everything read so far.
pub struct Engine {
    /// Texts of all columns.
    pub dictionary: Dictionary,
    /// Where fields are, whether a record has been seen with them or not: the layout of the first lines first.
    layouts: RwLock<Vec<Arc<Layout>>>,
    question: SchemaQuestion,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    segments: Vec<Arc<Segment>>,
    noticed: Noticed,
    progress: Progress,
    fault: Option<Fault>,
    /// How far the records' clock was ahead of the machine's when a followed file first grew, ms.
    ahead_ms: Option<i64>,
    /// So many blocks with lines of no known layout have taught none.
    taught_nothing: usize,
    /// What happened to files while they were followed.
    said: Vec<String>,
}

/// So many layouts of one source are told apart.
const MOST_LAYOUTS: usize = 12;
/// After so many blocks that taught nothing no line is looked at for a further layout.
const TAUGHT_NOTHING: usize = 8;

/// A time later than this after nearly all others is a broken clock's, not the file's end.
const STRAY_NANOS: i64 = 3_600_000_000_000;

impl Engine {
    /// With nothing read yet; `question` names what is known of the layout.
    pub fn new(question: SchemaQuestion) -> Engine {
        Engine { dictionary: Dictionary::default(), layouts: RwLock::default(), question, state: RwLock::default() }
    }

    /// The layouts that lines were found to have.
    pub fn layouts(&self) -> Vec<Arc<Layout>> {
        self.layouts.read().map(|known| known.clone()).unwrap_or_default()
    }

    /// The first lines show the first layout.
    pub fn begin(&self, block: &[u8]) {
        if self.layouts().is_empty() {
            self.learn(sample_first(block, &self.question));
        }
    }

    /// Takes in the lines of a block; returns the newest time in it, ns. Lines that no known layout fits may show a further one.
    pub fn take_in(&self, block: &[u8], offset: u64, content: &Arc<Content>) -> Option<i64> {
        self.begin(block);
        let mut layouts = self.layouts();
        let mut found = ReadBlock::read(block, offset, &layouts, &self.dictionary);
        while !found.strange.is_empty() && self.learns(&found, block, layouts.len()) {
            layouts = self.layouts();
            found = ReadBlock::read(block, offset, &layouts, &self.dictionary);
        }
        let mut newest = None;
        for (columns, layout) in found.columns.into_iter().zip(layouts) {
            newest = newest.max((columns.len() > 0).then_some(columns.span.1));
            self.add(columns, content, layout);
        }
        newest
    }

    /// Whether the lines that none of so many layouts fits are of one that was not known then.
    fn learns(&self, found: &ReadBlock, block: &[u8], known: usize) -> bool {
        if self.layouts().len() > known {
            return true;
        }
        let tries = self.state.read().map_or(TAUGHT_NOTHING, |state| state.taught_nothing);
        if self.question.only.is_some() || tries >= TAUGHT_NOTHING || self.layouts().len() >= MOST_LAYOUTS {
            return false;
        }
        let layouts = self.layouts();
        let maps: Vec<&FieldMap> = layouts.iter().map(|layout| &layout.map).collect();
        let strange = found.strange.iter().filter_map(|(start, length)| block.get(*start..start + length));
        let map = sample_strange(strange, &maps, &self.question);
        let learnt = map.is_some_and(|map| self.learn(map)) || self.layouts().len() > known;
        if let (false, Ok(mut state)) = (learnt, self.state.write()) {
            state.taught_nothing += 1;
        }
        learnt
    }

    /// Adds a layout that is none of the known ones; whether it was.
    fn learn(&self, map: FieldMap) -> bool {
        let Ok(mut known) = self.layouts.write() else { return false };
        let is_new = !known.iter().any(|layout| layout.map.lies_as(&map));
        if is_new {
            known.push(Arc::new(Layout::new(map)));
        }
        is_new
    }

    fn add(&self, columns: Columns, content: &Arc<Content>, layout: Arc<Layout>) {
        let Ok(mut state) = self.state.write() else { return };
        let noticed = &mut state.noticed;
        noticed.bad += columns.noticed.bad;
        noticed.timeless += columns.noticed.timeless;
        noticed.nameless += columns.noticed.nameless;
        noticed.lines += columns.noticed.lines;
        let unread = columns.noticed.unread.iter();
        noticed.unread.extend(unread.map(|(at, line)| (*at, UnreadLine { place: format!("{}, {}", content.name, line.place), ..line.clone() })));
        noticed.unread.truncate(super::columns::UNREAD_KEPT);
        for (flaw, count) in &columns.noticed.flawed {
            *noticed.flawed.entry(*flaw).or_default() += count;
        }
        if columns.len() > 0 {
            let segment = Segment { columns, extra: Mutex::default(), masks: Mutex::default(), content: content.clone(), layout };
            state.segments.push(Arc::new(segment));
        }
    }

    /// Says how far reading has come.
    pub fn progress(&self) -> Progress {
        self.state.read().map(|state| state.progress).unwrap_or_default()
    }

    /// Changes what is said of reading.
    pub fn report(&self, change: impl FnOnce(&mut Progress)) {
        if let Ok(mut state) = self.state.write() {
            change(&mut state.progress);
        }
    }

    /// Reading has failed.
    pub fn fail(&self, fault: Fault) {
        if let Ok(mut state) = self.state.write() {
            state.fault.get_or_insert(fault);
            state.progress.done = true;
        }
    }

    /// A followed file has a new record (ns), at that time by the machine's clock.
    pub fn grew(&self, now: Timestamp, newest: i64) {
        if let Ok(mut state) = self.state.write() {
            state.ahead_ms.get_or_insert(Timestamp::from_nanos(newest).millis() - now.millis());
        }
    }

    /// How far the records' clock is ahead of the machine's, once a followed file has grown.
    pub fn clock_ahead_ms(&self) -> Option<i64> {
        self.state.read().ok()?.ahead_ms
    }

    /// A sentence for every answer from now on.
    pub fn say(&self, sentence: String) {
        if let Ok(mut state) = self.state.write() {
            state.said.push(sentence);
        }
    }

    /// Why there is nothing to answer from, if so; `name` is what was read.
    pub fn fault(&self, name: &str) -> Option<Fault> {
        let state = self.state.read().ok()?;
        if let Some(fault) = &state.fault {
            return Some(fault.clone());
        }
        let nothing = state.progress.done && state.segments.is_empty() && state.noticed.lines > 0;
        let reason = state.noticed.unread.first().map_or_else(
            || "no field of theirs is a time that this program knows; --schema or a profile names the layout".to_string(),
            |(_, line)| line.reason.clone(),
        );
        nothing.then(|| Fault::NotNdjson { path: name.to_string(), lines: state.noticed.lines, reason })
    }

    /// All blocks read so far.
    pub fn segments(&self) -> Vec<Arc<Segment>> {
        self.state.read().map(|state| state.segments.clone()).unwrap_or_default()
    }

    /// What was noticed so far.
    pub fn noticed(&self) -> Noticed {
        self.state.read().map(|state| state.noticed.clone()).unwrap_or_default()
    }

    /// For each layout the map of the fields that at least one record has had: a file without any status has no status field.
    pub fn seen_maps(&self, named: &[Field]) -> Vec<FieldMap> {
        self.layouts().iter().map(|layout| self.seen_map(layout, named)).collect()
    }

    /// The services of whose requests records tell that are laid out so, as numbers of the dictionary.
    pub fn serving(&self, map: &FieldMap) -> BTreeSet<u32> {
        let segments = self.segments();
        let of = segments.iter().filter(|segment| segment.layout.map.lies_as(map));
        let tells = |columns: &Columns, row: usize| {
            columns.status.get(row).is_some_and(|status| *status >= 0) || columns.duration.get(row).is_some_and(|ms| !ms.is_nan())
        };
        let serving = of.flat_map(|segment| {
            let services = segment.columns.text(&Field::Service).unwrap_or_default();
            let rows = services.iter().enumerate().filter(|(row, service)| **service != NONE && tells(&segment.columns, *row));
            rows.map(|(_, service)| *service)
        });
        serving.collect()
    }

    fn seen_map(&self, layout: &Layout, named: &[Field]) -> FieldMap {
        let mut map = layout.map.clone();
        let mut segments = self.segments();
        segments.retain(|segment| segment.layout.map.lies_as(&map));
        let seen = |test: &dyn Fn(&Columns) -> bool| segments.iter().any(|segment| test(&segment.columns));
        let unseen = [
            (Field::Status, !seen(&|c| c.status.iter().any(|s| *s >= 0))),
            (Field::Duration, !seen(&|c| c.duration.iter().any(|d| !d.is_nan()))),
            (Field::Arrival, !seen(&|c| c.arrived.iter().any(|a| *a != NO_TIME))),
        ];
        map.fields.retain(|field, _| !unseen.iter().any(|(f, none)| f == field && *none));
        let done = self.progress().done;
        for field in named {
            // Of a part of a file nobody knows yet what the rest of it has.
            let has = |segment: &Arc<Segment>| text_column(self, segment, field).iter().any(|value| *value != NONE);
            if done && !segments.iter().any(has) {
                continue;
            }
            let path = field.name().to_string();
            let mapping = crate::schema::Mapping { path: path.clone(), exact: Some(path), kind: crate::schema::Kind::Keyword };
            map.fields.entry(field.clone()).or_insert(mapping);
        }
        map
    }

    /// The newest time that is not a broken clock's, and how many lie beyond it.
    pub fn newest(&self) -> Option<(Timestamp, u64)> {
        let segments = self.segments();
        let mut times: Vec<i64> = segments.iter().flat_map(|segment| segment.columns.at.iter().copied()).collect();
        let rank = times.len().saturating_sub(1) * 999 / 1000;
        let (_, nearly_last, _) = (!times.is_empty()).then(|| times.select_nth_unstable(rank))?;
        let limit = nearly_last.saturating_add(STRAY_NANOS);
        let newest = times.iter().copied().filter(|at| *at <= limit).max()?;
        Some((Timestamp::from_nanos(newest), times.iter().filter(|at| **at > limit).count() as u64))
    }

    /// Answers one search over what has been read so far.
    pub fn search(&self, search: &Search) -> Reply {
        let began = std::time::Instant::now();
        let segments = self.segments();
        let halves = segments.chunks(segments.len().div_ceil(2).max(1));
        let counted: Vec<(Counting, Vec<Found>)> = std::thread::scope(|scope| {
            let workers: Vec<_> = halves.map(|half| scope.spawn(move || self.search_part(search, half))).collect();
            workers.into_iter().filter_map(|worker| worker.join().ok()).collect()
        });
        let mut total = Counting::new(&search.aggs);
        let mut found: Vec<Found> = Vec::new();
        for (counting, hits) in counted {
            total.join(counting);
            found.extend(hits);
        }
        let hits = search.hits.as_ref().map(|hits| self.pick(found, hits)).unwrap_or_default();
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Reply {
            aggs: total.finish(&search.aggs, &self.dictionary),
            hits,
            shards: Shards { total: 1, ..Shards::default() },
            took_ms,
            missing: self.missing(),
            timed_out: false,
        }
    }

    fn search_part(&self, search: &Search, segments: &[Arc<Segment>]) -> (Counting, Vec<Found>) {
        let mut counting = Counting::new(&search.aggs);
        let mut found = Vec::new();
        for segment in segments.iter().filter(|segment| segment.layout.map.lies_as(&search.group.map)) {
            let Some(rows) = self.matching_rows(segment, search) else { continue };
            counting.feed(&search.aggs, &Scan::new(self, segment), &rows);
            if search.hits.is_some() {
                let at = |row: &u32| segment.columns.at.get(*row as usize).copied().unwrap_or_default();
                found.extend(rows.iter().map(|row| Found { at: at(row), segment: segment.clone(), row: *row }));
            }
        }
        (counting, found)
    }

    fn matching_rows(&self, segment: &Segment, search: &Search) -> Option<Vec<u32>> {
        let mut keep: Option<Vec<bool>> = None;
        for clause in &search.clauses {
            if let crate::query::Clause::During(range) = clause {
                let (oldest, newest) = segment.columns.span;
                if newest < range.from.nanos() || oldest >= range.to.nanos() {
                    return None;
                }
                if oldest >= range.from.nanos() && newest < range.to.nanos() {
                    continue;
                }
            }
            let next = mask(self, segment, clause);
            match &mut keep {
                Some(keep) => keep.iter_mut().zip(next).for_each(|(all, one)| *all &= one),
                None => keep = Some(next),
            }
        }
        Some(match keep {
            None => (0..segment.columns.len() as u32).collect(),
            Some(keep) => (0..).zip(keep).filter(|(_, kept)| *kept).map(|(row, _)| row).collect(),
        })
    }

    fn pick(&self, mut found: Vec<Found>, hits: &Hits) -> Vec<Hit> {
        match hits.order {
            Order::Oldest => found.sort_by_key(|f| (f.at, f.place().0)),
            Order::Newest => found.sort_by_key(|f| std::cmp::Reverse((f.at, f.place().0))),
            Order::Stored => {
                found.retain(|f| f.place().0 >= hits.stored_from.unwrap_or_default());
                found.sort_by_key(|f| f.place().0);
            }
        }
        let hit = |f: &Found| {
            let stored = f.place().0;
            Some(Hit {
                fields: Stored::of_json(String::from_utf8(f.line()?).ok()?),
                place: format!("{}:{stored}", f.segment.content.name),
                stored: Some(stored),
                read: None,
            })
        };
        found.iter().take(hits.size).filter_map(hit).collect()
    }

    fn missing(&self) -> Vec<String> {
        let noticed = self.noticed();
        let mut missing = self.state.read().map(|state| state.said.clone()).unwrap_or_default();
        if noticed.bad > 0 {
            let place = noticed.unread.first().map(|(at, line)| format!(", the first at byte {at}: {}", line.reason)).unwrap_or_default();
            missing.push(format!("{} of {} lines are not JSON and in no count{place}", noticed.bad, noticed.lines));
        }
        if noticed.timeless > 0 {
            missing.push(format!("{} of {} lines have no readable time and are in no count", noticed.timeless, noticed.lines));
        }
        if !self.progress().done {
            missing.push("the file is still being read".to_string());
        }
        missing
    }
}

struct Found {
    at: i64,
    segment: Arc<Segment>,
    row: u32,
}

impl Found {
    fn place(&self) -> (u64, u32) {
        self.segment.columns.place.get(self.row as usize).copied().unwrap_or_default()
    }

    fn line(&self) -> Option<Vec<u8>> {
        let (offset, length) = self.place();
        self.segment.content.read(offset, length as usize).ok()
    }
}
