//! What a source answers: the same shape from a cluster and from a file.

use super::Name;
use crate::model::{LogRecord, Stored};
use serde_json::Map;
use std::ops::Deref;

/// The answer to one search.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Reply {
    /// One for each aggregation of the search.
    pub aggs: Figures,
    /// The records, in the order asked for.
    pub hits: Vec<Hit>,
    /// How much of the data answered.
    pub shards: Shards,
    /// The engine gave up before it was through.
    pub timed_out: bool,
    /// The engine's own time, ms.
    pub took_ms: u64,
    /// What is to be said about this answer (bad lines, a part not read yet).
    pub missing: Vec<String>,
}

/// The answer to one aggregation.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// Of Terms and Histogram.
    Buckets(Vec<Bucket>, u64),
    /// Of Filter.
    One(Bucket),
    /// Of Min, Max, Avg, Distinct; `None` when there was nothing to look at.
    Number(Option<f64>),
    /// Of Latest.
    Stored(Map<String, serde_json::Value>),
    /// Of Percentiles, in the order asked for.
    Percentiles(Vec<Option<f64>>),
}

/// Some of the records, and what was counted among them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Bucket {
    /// A term, or the start of an interval.
    pub key: Key,
    /// How many records.
    pub count: u64,
    /// What was counted among them.
    pub aggs: Figures,
}

/// What a bucket is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Key {
    /// Of a Filter.
    #[default]
    None,
    /// A value, as text.
    Term(String),
    /// Start in ms.
    Time(i64),
}

/// One record, as it is stored.
#[derive(Clone, PartialEq, Debug)]
pub struct Hit {
    /// The stored fields.
    pub fields: Stored,
    /// Index or file, and id, if it has one.
    pub place: String,
    /// Its turn among what is stored, where that was the order: unique within one shard or file.
    pub stored: Option<u64>,
    /// The records that it holds, where the source has read them: it does so while more is under way.
    pub read: Option<Vec<LogRecord>>,
}

/// How much of the data answered.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shards {
    /// All that were asked.
    pub total: u64,
    /// Those that did not answer.
    pub failed: u64,
    /// Why, as far as the cluster says.
    pub failures: Vec<ShardFailure>,
}

/// One shard that did not answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShardFailure {
    /// Of which index.
    pub index: String,
    /// Why.
    pub reason: String,
}

/// What was counted, by name.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Figures(pub Vec<(Name, Value)>);

impl Figures {
    fn find(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    /// The buckets of that aggregation; none when it is not there.
    pub fn buckets(&self, name: &str) -> &[Bucket] {
        match self.find(name) {
            Some(Value::Buckets(buckets, _)) => buckets,
            _ => &[],
        }
    }

    /// How many records of a Terms aggregation are in no bucket because the list was cut.
    pub fn others(&self, name: &str) -> u64 {
        match self.find(name) {
            Some(Value::Buckets(_, others)) => *others,
            _ => 0,
        }
    }

    /// The number of that aggregation.
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.find(name) {
            Some(Value::Number(number)) => *number,
            _ => None,
        }
    }

    /// What the newest record stores.
    pub fn stored(&self, name: &str) -> Option<&Map<String, serde_json::Value>> {
        match self.find(name) {
            Some(Value::Stored(fields)) => Some(fields),
            _ => None,
        }
    }

    /// The percentile at that place of the list asked for.
    pub fn percentile(&self, name: &str, at: usize) -> Option<f64> {
        match self.find(name) {
            Some(Value::Percentiles(values)) => values.get(at).copied().flatten(),
            _ => None,
        }
    }

    /// The filter's bucket of that name.
    pub fn one(&self, name: &str) -> Option<&Bucket> {
        match self.find(name) {
            Some(Value::One(bucket)) => Some(bucket),
            _ => None,
        }
    }

    /// How many records the filter of that name has.
    pub fn count_of(&self, name: &str) -> u64 {
        self.one(name).map_or(0, |bucket| bucket.count)
    }
}

// A reply and a bucket are looked into in the same way.
impl Deref for Reply {
    type Target = Figures;
    fn deref(&self) -> &Figures {
        &self.aggs
    }
}

impl Deref for Bucket {
    type Target = Figures;
    fn deref(&self) -> &Figures {
        &self.aggs
    }
}

impl Bucket {
    /// The term, for a bucket of Terms.
    pub fn term(&self) -> &str {
        match &self.key {
            Key::Term(term) => term,
            _ => "",
        }
    }

    /// The start in ms, for a bucket of Histogram.
    pub fn start(&self) -> i64 {
        match self.key {
            Key::Time(start) => start,
            _ => 0,
        }
    }
}
