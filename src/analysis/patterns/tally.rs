//! What records say, counted by template while they are read, so that none of them has to be kept.

use super::{join, template, values};
use crate::model::{LogRecord, TimeRange, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Parts of the range that a trend counts.
pub const TREND: usize = 12;
/// So many values of a placeholder are told apart.
const MOST_VALUES: usize = 500;

/// What was said in one range.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    said: BTreeMap<String, Said>,
}

/// The records of one template.
#[derive(Clone, Debug)]
pub struct Said {
    /// How many.
    pub count: u64,
    /// First and last of them.
    pub first_seen: Timestamp,
    /// See `first_seen`.
    pub last_seen: Timestamp,
    /// Level -> how many.
    pub levels: BTreeMap<&'static str, u64>,
    /// Who says it.
    pub services: BTreeSet<String>,
    /// How many in each of [`TREND`] parts of the range.
    pub trend: Vec<u64>,
    /// The place of a placeholder among the words -> its name, and value -> how many.
    pub values: BTreeMap<usize, (String, BTreeMap<String, u64>)>,
    /// The newest of them.
    pub example: LogRecord,
}

impl Tally {
    /// So many records were counted.
    pub fn read(&self) -> u64 {
        self.said.values().map(|said| said.count).sum()
    }

    /// Their templates.
    pub fn templates(&self) -> impl Iterator<Item = &String> {
        self.said.keys()
    }

    /// Counts one more record of the range.
    pub fn add(&mut self, record: LogRecord, range: TimeRange) {
        let text = record.message.as_deref().unwrap_or_default();
        let key = template(text);
        let values = values(&key, text).into_iter().map(|(at, name, value)| (at, (name.to_string(), BTreeMap::from([(value.to_string(), 1)]))));
        let part = (record.timestamp.millis() - range.from.millis()) * TREND as i64 / range.millis().max(1);
        let one = Said {
            count: 1,
            first_seen: record.timestamp,
            last_seen: record.timestamp,
            levels: BTreeMap::from([(record.level.map_or("none", |level| level.name()), 1)]),
            services: record.service.iter().cloned().collect(),
            trend: (0..TREND as i64).map(|i| u64::from(i == part)).collect(),
            values: values.collect(),
            example: record,
        };
        put(&mut self.said, key, one);
    }

    /// By the template that each belongs to (see [`join`]).
    pub fn joined(self, names: &BTreeMap<String, String>) -> BTreeMap<String, Said> {
        let mut joined = BTreeMap::new();
        for (template, mut said) in self.said {
            let name = names.get(&template).unwrap_or(&template);
            for (at, hole, word) in values(name, &template) {
                said.values.entry(at).or_insert_with(|| (hole.to_string(), BTreeMap::from([(word.to_string(), said.count)])));
            }
            put(&mut joined, name.clone(), said);
        }
        joined
    }
}

/// The names that the templates of both go by.
pub fn names(now: &Tally, before: &Tally) -> BTreeMap<String, String> {
    join(&now.templates().chain(before.templates()).cloned().collect())
}

fn put(said: &mut BTreeMap<String, Said>, name: String, more: Said) {
    match said.get_mut(&name) {
        Some(known) => known.join(more),
        None => {
            said.insert(name, more);
        }
    }
}

impl Said {
    fn join(&mut self, more: Said) {
        self.count += more.count;
        self.first_seen = self.first_seen.min(more.first_seen);
        more.levels.into_iter().for_each(|(level, n)| *self.levels.entry(level).or_default() += n);
        self.services.extend(more.services);
        self.trend.iter_mut().zip(more.trend).for_each(|(all, n)| *all += n);
        for (at, (name, counts)) in more.values {
            let known = &mut self.values.entry(at).or_insert_with(|| (name, BTreeMap::new())).1;
            for (value, n) in counts {
                if known.len() < MOST_VALUES || known.contains_key(&value) {
                    *known.entry(value).or_default() += n;
                }
            }
        }
        let newer = (more.last_seen, &more.example.message) > (self.last_seen, &self.example.message);
        self.last_seen = self.last_seen.max(more.last_seen);
        if newer {
            self.example = more.example;
        }
    }
}
