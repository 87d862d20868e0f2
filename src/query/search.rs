//! One search: what to count or list, in which group of indices.

use super::Clause;
use crate::model::TimeRange;
use crate::schema::{Field, Group};
use std::sync::Arc;

/// The name under which a reply gives an aggregation back.
pub type Name = &'static str;

/// One search in one group.
#[derive(Clone, PartialEq, Debug)]
pub struct Search {
    /// Where.
    pub group: Arc<Group>,
    /// All of these hold for every record in it.
    pub clauses: Vec<Clause>,
    /// What to count.
    pub aggs: Vec<(Name, Agg)>,
    /// Which records to give back, if any.
    pub hits: Option<Hits>,
}

/// What to count among the records of a search or of the bucket above.
#[derive(Clone, PartialEq, Debug)]
pub enum Agg {
    /// A bucket for each of the `size` values with most records.
    Terms {
        /// By which field.
        field: Field,
        /// At most so many.
        size: usize,
        /// What to count in each.
        subs: Vec<(Name, Agg)>,
    },
    /// A bucket for each interval that has a record, keyed by its aligned start in ms.
    Histogram {
        /// Width.
        interval_ms: i64,
        /// What to count in each.
        subs: Vec<(Name, Agg)>,
    },
    /// One bucket of the records for which the clause holds.
    Filter {
        /// Which.
        clause: Clause,
        /// What to count in it.
        subs: Vec<(Name, Agg)>,
    },
    /// Smallest value (dates in ms).
    Min(Field),
    /// Largest value (dates in ms).
    Max(Field),
    /// Mean value (dates in ms).
    Avg(Field),
    /// How many different values; a cluster counts exactly up to 3,000 and estimates beyond.
    Distinct(Field),
    /// These paths of the newest record, as they are stored. A file has been read record by record, and answers nothing here.
    Latest(Vec<String>),
    /// Percentiles (0 to 100), linear between ranks where the engine is exact.
    Percentiles(Field, &'static [f64]),
}

/// Which records to give back.
#[derive(Clone, PartialEq, Debug)]
pub struct Hits {
    /// At most so many.
    pub size: usize,
    /// In which order.
    pub order: Order,
    /// Only what is stored there or later, where the order is [`Order::Stored`].
    pub stored_from: Option<u64>,
    /// The paths that the reader needs; empty for whole records.
    pub only: Vec<String>,
    /// So much comes that it is asked for in a request of its own, a few of those at a time.
    pub apart: bool,
}

/// In which order records are listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// Latest first.
    Newest,
    /// Earliest first.
    Oldest,
    /// As they came to be stored: a cluster's sequence numbers (those of one shard), a file's places. Each hit says its own.
    Stored,
}

impl Search {
    /// The time that it is about, if it is about any.
    pub fn during(&self) -> Option<TimeRange> {
        self.clauses.iter().find_map(|clause| if let Clause::During(range) = clause { Some(*range) } else { None })
    }

    /// A search that counts.
    pub fn counting(group: &Arc<Group>, clauses: Vec<Clause>, aggs: Vec<(Name, Agg)>) -> Search {
        Search { group: group.clone(), clauses, aggs, hits: None }
    }

    /// A search that lists records.
    pub fn listing(group: &Arc<Group>, clauses: Vec<Clause>, size: usize, order: Order) -> Search {
        Search {
            group: group.clone(),
            clauses,
            aggs: Vec::new(),
            hits: Some(Hits { size, order, stored_from: None, only: Vec::new(), apart: false }),
        }
    }

    /// The records that it lists need only these fields.
    pub fn only(mut self, fields: &[Field]) -> Search {
        if let Some(hits) = &mut self.hits {
            hits.only = fields.iter().filter_map(|field| self.group.map.path(field)).map(str::to_string).collect();
        }
        self
    }

    /// Every field that a clause or an aggregation names.
    pub fn fields(&self) -> Vec<&Field> {
        let mut fields: Vec<&Field> = self.clauses.iter().flat_map(Clause::fields).collect();
        self.aggs.iter().for_each(|(_, agg)| agg.fields(&mut fields));
        fields
    }

    /// The most buckets that the answer can hold: clusters refuse above 65,536.
    pub fn most_buckets(&self) -> usize {
        let range_ms = self.clauses.iter().find_map(|clause| match clause {
            Clause::During(range) => Some(range.millis()),
            _ => None,
        });
        self.aggs.iter().map(|(_, agg)| agg.most_buckets(range_ms.unwrap_or(i64::MAX))).sum()
    }
}

impl Agg {
    fn fields<'a>(&'a self, into: &mut Vec<&'a Field>) {
        match self {
            Agg::Terms { field, subs, .. } => {
                into.push(field);
                subs.iter().for_each(|(_, agg)| agg.fields(into));
            }
            Agg::Histogram { subs, .. } => subs.iter().for_each(|(_, agg)| agg.fields(into)),
            Agg::Filter { clause, subs } => {
                into.extend(clause.fields());
                subs.iter().for_each(|(_, agg)| agg.fields(into));
            }
            Agg::Min(field) | Agg::Max(field) | Agg::Avg(field) | Agg::Distinct(field) | Agg::Percentiles(field, _) => into.push(field),
            Agg::Latest(_) => {}
        }
    }

    fn most_buckets(&self, range_ms: i64) -> usize {
        let below = |subs: &[(Name, Agg)]| subs.iter().map(|(_, agg)| agg.most_buckets(range_ms)).sum::<usize>();
        match self {
            Agg::Terms { size, subs, .. } => size * (1 + below(subs)),
            Agg::Histogram { interval_ms, subs } => {
                usize::try_from(range_ms / interval_ms.max(&1) + 1).unwrap_or(usize::MAX / 1_000_000) * (1 + below(subs))
            }
            Agg::Filter { clause: Clause::During(range), subs } => {
                1 + subs.iter().map(|(_, agg)| agg.most_buckets(range.millis().min(range_ms))).sum::<usize>()
            }
            Agg::Filter { subs, .. } => 1 + below(subs),
            Agg::Min(_) | Agg::Max(_) | Agg::Avg(_) | Agg::Distinct(_) | Agg::Latest(_) | Agg::Percentiles(..) => 0,
        }
    }
}
