//! Lists of records that are longer than one page: on by time, each record once.

use crate::model::{LogRecord, TimeRange, Timestamp};
use crate::query::{Clause, Hit, Order, Reply, Search};
use crate::schema::{FieldMap, Group, read_records};
use std::collections::HashSet;
use std::sync::Arc;

/// Clusters give at most 10,000 in one page.
const PAGE: usize = 10_000;

/// A list under way in every group.
pub struct Paging {
    range: Option<TimeRange>,
    order: Order,
    limit: usize,
    only: Vec<String>,
    /// Groups that may have more: each is read as deep as the whole list, for any of them may hold all of it.
    open: Vec<Open>,
    seen: HashSet<String>,
    /// What has come so far.
    pub records: Vec<LogRecord>,
    asked: Vec<usize>,
    /// How many have come.
    pub pages: usize,
}

/// A group on the way.
#[derive(Clone)]
struct Open {
    group: Arc<Group>,
    clauses: Vec<Clause>,
    next: Next,
    /// How many records of it there are so far, and how many of them lie on the last instant.
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
        let open = groups.map(|group| Open { group: group.clone(), clauses: clauses(&group.map), next: Next::Start, count: 0, on_last: 0 }).collect();
        Paging { range, order, limit, only: Vec::new(), open, seen: HashSet::new(), records: Vec::new(), asked: Vec::new(), pages: 0 }
    }

    /// Asks for these fields and no others.
    pub fn only(self, fields: &[crate::schema::Field]) -> Paging {
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
        let mut searches = Vec::new();
        for (at, Open { group, clauses, next, count, on_last }) in self.open.iter().enumerate().filter(|(_, open)| open.count <= limit) {
            let mut clauses = clauses.clone();
            let whole = self.range.unwrap_or(TimeRange { from: Timestamp::MIN, to: Timestamp::MAX });
            let (range, order) = match (self.order, *next) {
                (order, Next::Start) => (self.range, order),
                (Order::Newest, Next::Time(last)) => (Some(TimeRange { to: TimeRange::millisecond(last).to, ..whole }), Order::Newest),
                (order, Next::Time(last)) => (Some(TimeRange { from: last, ..whole }), order),
                (_, Next::Instant(at, _)) => (Some(TimeRange::millisecond(at)), Order::Stored),
            };
            clauses.extend(range.map(Clause::During));
            // One more than is wanted tells that there is more.
            let size = if order == Order::Stored { PAGE } else { (limit + 1 - count + on_last).min(PAGE) };
            let mut search = Search::listing(group, clauses, size, order);
            if let Some(hits) = &mut search.hits {
                hits.stored_from = if let Next::Instant(_, from) = next { *from } else { None };
                // What a tracer's document holds is in no plain paths.
                let is_spans = group.map.holds_spans();
                hits.only = if is_spans { Vec::new() } else { self.only.clone() };
            }
            searches.push(search);
            self.asked.push(at);
        }
        searches
    }

    /// Takes in a page.
    pub fn take(&mut self, replies: Vec<Reply>) {
        self.pages += 1;
        let mut next_open = Vec::new();
        for (at, reply) in self.asked.clone().into_iter().zip(replies) {
            let Some(mut open) = self.open.get(at).cloned() else { continue };
            let before = open.next;
            let full = reply.hits.len() >= PAGE;
            let mut last_stored = None;
            for Hit { fields, place, stored } in reply.hits {
                last_stored = stored.or(last_stored);
                if self.seen.insert(place) {
                    let read = read_records(&open.group.map, fields);
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
            next_open.extend(next.filter(|next| is_on(*next)).map(|next| Open { next, ..open }));
        }
        self.open = next_open;
    }

    /// The records by time, oldest first, no more than were wanted from the right end; and whether there are more.
    pub fn finish(mut self) -> (Vec<LogRecord>, bool) {
        self.records.sort_by_key(|r| r.timestamp);
        let more = self.records.len() > self.limit || !self.open.is_empty();
        if self.records.len() > self.limit {
            match self.order {
                Order::Newest => drop(self.records.drain(..self.records.len() - self.limit)),
                Order::Oldest | Order::Stored => self.records.truncate(self.limit),
            }
        }
        (self.records, more)
    }
}
