//! Lists of records that are longer than one page: on by time, each record once. What is wanted whole is read from several places
//! of its time at once, when its first records have told where those are.

use crate::model::{LogRecord, TimeRange, Timestamp};
use crate::query::{Agg, Clause, Hit, Order, Reply, Search};
use crate::schema::{Field, FieldMap, Group, read_records};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// Clusters give at most 10,000 in one page.
const PAGE: usize = 10_000;
/// Of what is wanted whole so many come first: they can be looked at while the rest comes.
const FIRST: usize = 2000;
/// The rest comes in parts of about so many.
const PART: usize = 8000;
/// At which of its percentiles the time can be parted.
const CUTS: [f64; 39] = [
    2.5, 5.0, 7.5, 10.0, 12.5, 15.0, 17.5, 20.0, 22.5, 25.0, 27.5, 30.0, 32.5, 35.0, 37.5, 40.0, 42.5, 45.0, 47.5, 50.0, 52.5, 55.0, 57.5, 60.0,
    62.5, 65.0, 67.5, 70.0, 72.5, 75.0, 77.5, 80.0, 82.5, 85.0, 87.5, 90.0, 92.5, 95.0, 97.5,
];

/// A list under way in every group.
pub struct Paging {
    order: Order,
    limit: usize,
    only: Vec<String>,
    /// Groups that may have more: each is read as deep as the whole list, for any of them may hold all of it.
    open: Vec<Open>,
    seen: HashSet<String>,
    /// What has come so far.
    pub records: Vec<LogRecord>,
    /// Which groups were asked, each for so many records.
    asked: Vec<(usize, usize)>,
    /// How many have come.
    pub pages: usize,
    whole: bool,
    /// What seems to lie beyond what is wanted, by time; where less came than that, it is read all the same.
    beyond: VecDeque<Open>,
}

/// A group on the way.
#[derive(Clone)]
struct Open {
    group: Arc<Group>,
    clauses: Vec<Clause>,
    range: Option<TimeRange>,
    next: Next,
    /// How many records of it there are so far (before a part: about how many), and how many of them lie on the last instant.
    count: usize,
    on_last: usize,
}

/// Where to go on.
#[derive(Clone, Copy)]
enum Next {
    Start,
    /// From this instant on, which is read once more.
    Time(Timestamp),
    /// More than a page lies on this instant (ms): in the order stored, from that turn on.
    Instant(Timestamp, Option<u64>),
}

impl Paging {
    /// Records that satisfy all clauses, from one end of time.
    pub fn new<'a>(
        groups: impl Iterator<Item = &'a Arc<Group>>,
        clauses: &dyn Fn(&FieldMap) -> Vec<Clause>,
        range: Option<TimeRange>,
        order: Order,
        limit: usize,
    ) -> Paging {
        let open = |group: &Arc<Group>| Open { group: group.clone(), clauses: clauses(&group.map), range, next: Next::Start, count: 0, on_last: 0 };
        Paging {
            order,
            limit,
            only: Vec::new(),
            open: groups.map(open).collect(),
            seen: HashSet::new(),
            records: Vec::new(),
            asked: Vec::new(),
            pages: 0,
            whole: false,
            beyond: VecDeque::new(),
        }
    }

    /// Wants all of it, the oldest first, as soon as can be.
    pub fn whole(self) -> Paging {
        Paging { whole: true, order: Order::Oldest, ..self }
    }

    /// Asks for these fields and no others.
    pub fn only(self, fields: &[Field]) -> Paging {
        let paths = self.open.iter().flat_map(|open| fields.iter().filter_map(|field| open.group.map.path(field).map(str::to_string)));
        let mut only: Vec<String> = paths.collect();
        only.sort();
        only.dedup();
        Paging { only, ..self }
    }

    /// The next page of each group that has more; none when the list is whole.
    pub fn next(&mut self) -> Vec<Search> {
        self.asked.clear();
        let limit = self.limit;
        let (open, beyond): (Vec<Open>, Vec<Open>) = std::mem::take(&mut self.open).into_iter().partition(|open| open.count <= limit);
        self.open = open;
        self.beyond.extend(beyond);
        if self.open.is_empty() && self.records.len() <= limit {
            self.open.extend(self.beyond.pop_front().map(|open| Open { count: self.records.len(), ..open }));
        }
        let mut searches = Vec::new();
        for (at, Open { group, clauses, range, next, count, on_last }) in self.open.iter().enumerate() {
            let mut clauses = clauses.clone();
            let whole = range.unwrap_or(TimeRange { from: Timestamp::MIN, to: Timestamp::MAX });
            let (range, order) = match (self.order, *next) {
                (order, Next::Start) => (*range, order),
                (Order::Newest, Next::Time(last)) => (Some(TimeRange { to: TimeRange::millisecond(last).to, ..whole }), Order::Newest),
                (order, Next::Time(last)) => (Some(TimeRange { from: last, ..whole }), order),
                (_, Next::Instant(at, _)) => (Some(TimeRange::millisecond(at)), Order::Stored),
            };
            clauses.extend(range.map(Clause::During));
            // One more than is wanted tells that there is more.
            let page = if self.whole && self.pages == 0 { FIRST } else { PAGE };
            let size = if order == Order::Stored { PAGE } else { (limit + 1 - count + on_last).min(page) };
            let mut search = Search::listing(group, clauses, size, order);
            if self.whole && self.pages == 0 {
                let times = vec![("times", Agg::Percentiles(Field::Timestamp, &CUTS))];
                search.aggs.push(("all", Agg::Filter { clause: Clause::Every(Vec::new()), subs: times }));
            }
            if let Some(hits) = &mut search.hits {
                hits.stored_from = if let Next::Instant(_, from) = next { *from } else { None };
                // What a tracer's document holds is in no plain paths.
                let is_spans = group.map.holds_spans();
                hits.only = if is_spans { Vec::new() } else { self.only.clone() };
                hits.apart = self.whole && self.pages > 0;
            }
            searches.push(search);
            self.asked.push((at, size));
        }
        searches
    }

    /// Takes in a page.
    pub fn take(&mut self, replies: Vec<Reply>) {
        self.pages += 1;
        let mut next_open = Vec::new();
        for ((at, size), reply) in std::mem::take(&mut self.asked).into_iter().zip(replies) {
            let Some(mut open) = self.open.get(at).cloned() else { continue };
            let before = open.next;
            let first = self.whole && self.pages == 1;
            let full = reply.hits.len() >= size;
            let (in_all, cuts) = if first && full { cuts(&reply) } else { (0, Vec::new()) };
            let mut last_stored = None;
            for Hit { fields, place, stored, read } in reply.hits {
                last_stored = stored.or(last_stored);
                if self.seen.insert(place) {
                    let read = read.unwrap_or_else(|| read_records(&open.group.map, fields));
                    if let (Some(record), Next::Start | Next::Time(_)) = (read.first(), open.next) {
                        let is_same = matches!(open.next, Next::Time(last) if last.millis() == record.timestamp.millis());
                        open.on_last = if is_same { open.on_last + 1 } else { 1 };
                        open.next = Next::Time(record.timestamp);
                    }
                    open.count += 1;
                    self.records.extend(read);
                }
            }
            let next = match open.next {
                Next::Instant(at, _) if full => Some(Next::Instant(at, last_stored)),
                Next::Instant(at, _) => {
                    Some(Next::Time(if self.order == Order::Newest { at.plus_millis(-1) } else { TimeRange::millisecond(at).to }))
                }
                Next::Time(at) if full && open.on_last >= PAGE => Some(Next::Instant(at, None)),
                next => full.then_some(next),
            };
            open.on_last = if matches!(open.next, Next::Instant(..)) { 0 } else { open.on_last };
            // A full page that brings nothing new would come again for ever.
            let is_on = |next: Next| !matches!((next, before), (Next::Instant(_, now), Next::Instant(_, was)) if now == was);
            let open = next.filter(|next| is_on(*next)).map(|next| Open { next, ..open });
            next_open.extend(open.into_iter().flat_map(|open| parts(open, in_all, &cuts)));
        }
        self.open = next_open;
    }

    /// The records by time, oldest first, no more than were wanted from the right end; and whether there are more.
    pub fn finish(mut self) -> (Vec<LogRecord>, bool) {
        self.records.sort_by_key(|r| r.timestamp);
        let more = self.records.len() > self.limit || !self.open.is_empty() || !self.beyond.is_empty();
        if self.records.len() > self.limit {
            match self.order {
                Order::Newest => drop(self.records.drain(..self.records.len() - self.limit)),
                Order::Oldest | Order::Stored => self.records.truncate(self.limit),
            }
        }
        (self.records, more)
    }
}

/// How many records a group has, and where its time can be parted.
fn cuts(first: &Reply) -> (u64, Vec<Timestamp>) {
    let Some(all) = first.one("all") else { return (0, Vec::new()) };
    let times = (0..CUTS.len()).map_while(|at| all.percentile("times", at));
    (all.count, times.map(|ms| Timestamp::from_millis(ms as i64)).collect())
}

/// What is left of a group, in parts of about the same number of records: one where nothing tells how they lie.
fn parts(open: Open, in_all: u64, cuts: &[Timestamp]) -> Vec<Open> {
    let (Next::Time(last), true) = (open.next, cuts.len() == CUTS.len()) else { return vec![open] };
    let between = in_all as usize / (CUTS.len() + 1);
    let step = (PART / between.max(1)).max(1);
    let mut parts: Vec<Open> = vec![open];
    for cut in cuts.iter().skip(step - 1).step_by(step) {
        let Some(before) = parts.last_mut() else { continue };
        let begins = match before.next {
            Next::Time(at) => at,
            Next::Start | Next::Instant(..) => last,
        };
        if TimeRange::millisecond(*cut).from <= TimeRange::millisecond(begins).to {
            continue;
        }
        let whole = before.range.unwrap_or(TimeRange { from: Timestamp::MIN, to: Timestamp::MAX });
        // Many may lie on one instant, and percentiles are estimates: there are no fewer than these before it.
        let count = cuts.iter().filter(|earlier| *earlier < cut).count().saturating_sub(1) * between;
        let after = Open { range: Some(TimeRange { from: *cut, ..whole }), next: Next::Time(*cut), count, on_last: 0, ..before.clone() };
        before.range = Some(TimeRange { to: *cut, ..whole });
        parts.push(after);
    }
    parts
}
