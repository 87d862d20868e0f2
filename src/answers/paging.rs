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
    /// More than a page lies on one instant: the rest of it cannot be had.
    pub stuck: bool,
    asked: Vec<usize>,
    /// How many have come.
    pub pages: usize,
}

/// A group on the way.
#[derive(Clone)]
struct Open {
    group: Arc<Group>,
    clauses: Vec<Clause>,
    /// Where to go on.
    after: Option<Timestamp>,
    /// How many records of it there are so far, and how many of them lie on the last instant.
    count: usize,
    on_last: usize,
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
        let open = groups.map(|group| Open { group: group.clone(), clauses: clauses(&group.map), after: None, count: 0, on_last: 0 }).collect();
        Paging { range, order, limit, only: Vec::new(), open, seen: HashSet::new(), records: Vec::new(), stuck: false, asked: Vec::new(), pages: 0 }
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
        for (at, Open { group, clauses, after, count, on_last }) in self.open.iter().enumerate().filter(|(_, open)| open.count < limit) {
            let mut clauses = clauses.clone();
            let whole = TimeRange { from: Timestamp::MIN, to: Timestamp::MAX };
            let range = match (self.order, after.as_ref()) {
                (_, None) => self.range,
                (Order::Newest, Some(last)) => {
                    Some(TimeRange { to: Timestamp::from_nanos(last.nanos().saturating_add(1_000_000)), ..self.range.unwrap_or(whole) })
                }
                (Order::Oldest, Some(last)) => Some(TimeRange { from: *last, ..self.range.unwrap_or(whole) }),
            };
            clauses.extend(range.map(Clause::During));
            let mut search = Search::listing(group, clauses, (limit - count + on_last).min(PAGE), self.order);
            if let Some(hits) = &mut search.hits {
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
            let full = reply.hits.len() >= PAGE;
            let before = self.records.len();
            for Hit { fields, place, .. } in reply.hits {
                if self.seen.insert(place) {
                    let read = read_records(&open.group.map, fields);
                    if let Some(record) = read.first() {
                        let is_same = open.after.is_some_and(|last| last.millis() == record.timestamp.millis());
                        open.on_last = if is_same { open.on_last + 1 } else { 1 };
                        open.after = Some(record.timestamp);
                    }
                    open.count += 1;
                    self.records.extend(read);
                }
            }
            if full && self.records.len() == before {
                self.stuck = true;
            } else if full {
                next_open.push(open);
            }
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
                Order::Oldest => self.records.truncate(self.limit),
            }
        }
        (self.records, more)
    }
}
