//! Lists of records that are longer than one page: on by time, each record once.

use super::Known;
use crate::model::{LogRecord, TimeRange, Timestamp};
use crate::query::{Clause, Hit, Order, Reply, Search};
use crate::schema::{Group, read_record};
use std::collections::HashSet;
use std::sync::Arc;

/// Clusters give at most 10,000 in one page.
const PAGE: usize = 5000;

/// A list under way in every group.
pub struct Paging {
    clauses: Vec<Clause>,
    range: Option<TimeRange>,
    order: Order,
    limit: usize,
    only: Vec<String>,
    /// Groups that have more, and where to go on.
    open: Vec<(Arc<Group>, Option<Timestamp>)>,
    seen: HashSet<String>,
    /// What has come so far.
    pub records: Vec<LogRecord>,
    /// More than a page lies on one instant: the rest of it cannot be had.
    pub stuck: bool,
    asked: Vec<usize>,
}

impl Paging {
    /// Records that satisfy all clauses, from one end of time.
    pub fn new(known: &Known, clauses: Vec<Clause>, range: Option<TimeRange>, order: Order, limit: usize) -> Paging {
        let open = known.schemas.groups.iter().map(|group| (group.clone(), None)).collect();
        Paging { clauses, range, order, limit, only: Vec::new(), open, seen: HashSet::new(), records: Vec::new(), stuck: false, asked: Vec::new() }
    }

    /// Asks for these fields and no others.
    pub fn only(self, fields: &[crate::schema::Field]) -> Paging {
        let paths = self.open.iter().flat_map(|(group, _)| fields.iter().filter_map(|field| group.map.path(field).map(str::to_string)));
        let mut only: Vec<String> = paths.collect();
        only.sort();
        only.dedup();
        Paging { only, ..self }
    }

    /// The next page of each group that has more; none when the list is whole.
    pub fn next(&mut self) -> Vec<Search> {
        let wanted = self.limit.saturating_sub(self.records.len());
        self.asked.clear();
        if wanted == 0 {
            return Vec::new();
        }
        let mut searches = Vec::new();
        for (at, (group, after)) in self.open.iter().enumerate() {
            let mut clauses = self.clauses.clone();
            let whole = TimeRange { from: Timestamp::MIN, to: Timestamp::MAX };
            let range = match (self.order, after) {
                (_, None) => self.range,
                (Order::Newest, Some(last)) => Some(TimeRange { to: Timestamp::from_nanos(last.nanos().saturating_add(1_000_000)), ..self.range.unwrap_or(whole) }),
                (Order::Oldest, Some(last)) => Some(TimeRange { from: *last, ..self.range.unwrap_or(whole) }),
            };
            clauses.extend(range.map(Clause::During));
            let mut search = Search::listing(group, clauses, (wanted + self.overlap()).min(PAGE), self.order);
            if let Some(hits) = &mut search.hits {
                hits.only.clone_from(&self.only);
            }
            searches.push(search);
            self.asked.push(at);
        }
        searches
    }

    /// How many records of the last page will come once more.
    fn overlap(&self) -> usize {
        let last = self.records.last().map(|r| r.timestamp.millis());
        self.records.iter().rev().take_while(|r| Some(r.timestamp.millis()) == last).count()
    }

    /// Takes in a page.
    pub fn take(&mut self, replies: Vec<Reply>) {
        let mut next_open = Vec::new();
        for (at, reply) in self.asked.clone().into_iter().zip(replies) {
            let Some((group, _)) = self.open.get(at).cloned() else { continue };
            let full = reply.hits.len() >= PAGE;
            let before = self.records.len();
            let mut last = None;
            for Hit { fields, place, .. } in reply.hits {
                if self.seen.insert(place) {
                    let record = read_record(&group.map, fields);
                    last = Some(record.timestamp);
                    self.records.push(record);
                }
            }
            if full && self.records.len() == before {
                self.stuck = true;
            } else if full {
                next_open.push((group, last));
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
