//! Counting: the aggregations of a search over the matching records of a block, added up over blocks.

use super::columns::NO_LEVEL;
use super::dictionary::{Dictionary, NONE};
use super::engine::{Engine, Segment};
use super::matching::{mask, text_column};
use crate::model::Level;
use crate::query::{Agg, Bucket, Clause, Figures, Key, Name, Value};
use crate::schema::Field;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;
use std::rc::Rc;

/// One sum for each aggregation, in order.
pub struct Counting(Vec<Sum>);

enum Sum {
    /// Of Terms and Histogram: by number of the dictionary, or start in ms.
    Buckets(FxHashMap<i64, (u64, Counting)>),
    One(u64, Counting),
    Least(f64),
    Most(f64),
    Mean(f64, u64),
    Values(Vec<f64>),
    Kinds(FxHashSet<i64>),
    Nothing,
}

impl Counting {
    /// Nothing counted yet.
    pub fn new(aggs: &[(Name, Agg)]) -> Counting {
        Counting(
            aggs.iter()
                .map(|(_, agg)| match agg {
                    Agg::Terms { .. } | Agg::Histogram { .. } => Sum::Buckets(FxHashMap::default()),
                    Agg::Filter { subs, .. } => Sum::One(0, Counting::new(subs)),
                    Agg::Min(_) => Sum::Least(f64::INFINITY),
                    Agg::Max(_) => Sum::Most(f64::NEG_INFINITY),
                    Agg::Avg(_) => Sum::Mean(0.0, 0),
                    Agg::Percentiles(..) => Sum::Values(Vec::new()),
                    Agg::Distinct(_) => Sum::Kinds(FxHashSet::default()),
                    Agg::Latest(_) => Sum::Nothing,
                })
                .collect(),
        )
    }

    /// Counts these records of a block.
    pub fn feed(&mut self, aggs: &[(Name, Agg)], scan: &Scan<'_>, rows: &[u32]) {
        for (sum, (_, agg)) in self.0.iter_mut().zip(aggs) {
            match (sum, agg) {
                (Sum::Buckets(buckets), Agg::Terms { field, subs, .. }) => {
                    let column = scan.keys(field);
                    let key = |row: &u32| column.get(*row as usize).copied().filter(|k| *k != i64::from(NONE));
                    feed_buckets(buckets, subs, scan, rows, key);
                }
                (Sum::Buckets(buckets), Agg::Histogram { interval_ms, subs }) => {
                    let width = (*interval_ms).max(1);
                    let at = &scan.segment.columns.at;
                    let key = |row: &u32| at.get(*row as usize).map(|at| at.div_euclid(1_000_000).div_euclid(width) * width);
                    feed_buckets(buckets, subs, scan, rows, key);
                }
                (Sum::One(count, below), Agg::Filter { clause, subs }) => {
                    let keep = scan.mask(clause);
                    let rows: Vec<u32> = rows.iter().copied().filter(|row| keep.get(*row as usize) == Some(&true)).collect();
                    *count += rows.len() as u64;
                    below.feed(subs, scan, &rows);
                }
                (Sum::Least(least), Agg::Min(field)) => *least = numbers(scan.engine, scan.segment, field, rows).fold(*least, f64::min),
                (Sum::Most(most), Agg::Max(field)) => *most = numbers(scan.engine, scan.segment, field, rows).fold(*most, f64::max),
                (Sum::Mean(sum, count), Agg::Avg(field)) => numbers(scan.engine, scan.segment, field, rows).for_each(|n| {
                    *sum += n;
                    *count += 1;
                }),
                (Sum::Kinds(kinds), Agg::Distinct(field)) => {
                    let column = scan.keys(field);
                    kinds.extend(rows.iter().filter_map(|row| column.get(*row as usize)).filter(|key| **key != i64::from(NONE)));
                }
                (Sum::Values(values), Agg::Percentiles(field, _)) => values.extend(numbers(scan.engine, scan.segment, field, rows)),
                _ => {}
            }
        }
    }

    /// Adds what was counted elsewhere.
    pub fn join(&mut self, other: Counting) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            match (mine, theirs) {
                (Sum::Buckets(mine), Sum::Buckets(theirs)) => {
                    for (key, (count, below)) in theirs {
                        match mine.entry(key) {
                            std::collections::hash_map::Entry::Occupied(mut entry) => {
                                entry.get_mut().0 += count;
                                entry.get_mut().1.join(below);
                            }
                            std::collections::hash_map::Entry::Vacant(entry) => {
                                entry.insert((count, below));
                            }
                        }
                    }
                }
                (Sum::One(mine, below), Sum::One(theirs, other)) => {
                    *mine += theirs;
                    below.join(other);
                }
                (Sum::Least(mine), Sum::Least(theirs)) => *mine = mine.min(theirs),
                (Sum::Most(mine), Sum::Most(theirs)) => *mine = mine.max(theirs),
                (Sum::Mean(sum, count), Sum::Mean(more, n)) => {
                    *sum += more;
                    *count += n;
                }
                (Sum::Values(mine), Sum::Values(theirs)) => mine.extend(theirs),
                (Sum::Kinds(mine), Sum::Kinds(theirs)) => mine.extend(theirs),
                _ => {}
            }
        }
    }

    /// As a reply: terms by count (then by name), intervals by time.
    pub fn finish(self, aggs: &[(Name, Agg)], dictionary: &Dictionary) -> Figures {
        let figures = self
            .0
            .into_iter()
            .zip(aggs)
            .map(|(sum, (name, agg))| {
                let value = match (sum, agg) {
                    (Sum::Buckets(buckets), Agg::Terms { field, size, subs }) => terms(buckets, field, *size, subs, dictionary),
                    (Sum::Buckets(buckets), Agg::Histogram { subs, .. }) => {
                        let mut buckets: Vec<Bucket> = buckets
                            .into_iter()
                            .map(|(start, (count, below))| Bucket { key: Key::Time(start), count, aggs: below.finish(subs, dictionary) })
                            .collect();
                        buckets.sort_by(|a, b| a.key.cmp(&b.key));
                        Value::Buckets(buckets, 0)
                    }
                    (Sum::One(count, below), Agg::Filter { subs, .. }) => {
                        Value::One(Bucket { key: Key::None, count, aggs: below.finish(subs, dictionary) })
                    }
                    (Sum::Least(n) | Sum::Most(n), _) => Value::Number(Some(n).filter(|n| n.is_finite())),
                    (Sum::Mean(sum, count), _) => Value::Number((count > 0).then(|| sum / count as f64)),
                    (Sum::Kinds(kinds), _) => Value::Number(Some(kinds.len() as f64)),
                    (Sum::Values(values), Agg::Percentiles(_, percents)) => Value::Percentiles(percentiles(values, percents)),
                    _ => Value::Number(None),
                };
                (*name, value)
            })
            .collect();
        Figures(figures)
    }
}

fn feed_buckets(
    buckets: &mut FxHashMap<i64, (u64, Counting)>,
    subs: &[(Name, Agg)],
    scan: &Scan<'_>,
    rows: &[u32],
    key: impl Fn(&u32) -> Option<i64>,
) {
    if subs.is_empty() {
        for key in rows.iter().filter_map(key) {
            buckets.entry(key).or_insert_with(|| (0, Counting(Vec::new()))).0 += 1;
        }
        return;
    }
    let mut parts: FxHashMap<i64, Vec<u32>> = FxHashMap::default();
    for row in rows {
        if let Some(key) = key(row) {
            parts.entry(key).or_default().push(*row);
        }
    }
    for (key, rows) in parts {
        let (count, below) = buckets.entry(key).or_insert_with(|| (0, Counting::new(subs)));
        *count += rows.len() as u64;
        below.feed(subs, scan, &rows);
    }
}

/// One block under a search: what a clause or a field says of its records is found out once, however many buckets ask.
pub struct Scan<'a> {
    engine: &'a Engine,
    segment: &'a Segment,
    /// By the clause's address: it stands still while the search runs.
    masks: RefCell<FxHashMap<usize, Rc<Vec<bool>>>>,
    columns: RefCell<FxHashMap<Field, Rc<Vec<i64>>>>,
}

impl<'a> Scan<'a> {
    /// Of that block.
    pub fn new(engine: &'a Engine, segment: &'a Segment) -> Scan<'a> {
        Scan { engine, segment, masks: RefCell::default(), columns: RefCell::default() }
    }

    fn mask(&self, clause: &Clause) -> Rc<Vec<bool>> {
        let address = std::ptr::from_ref(clause) as usize;
        self.masks.borrow_mut().entry(address).or_insert_with(|| Rc::new(mask(self.engine, self.segment, clause))).clone()
    }

    /// The values of a field as keys of buckets; levels as their place plus one.
    fn keys(&self, field: &Field) -> Rc<Vec<i64>> {
        if let Some(known) = self.columns.borrow().get(field) {
            return known.clone();
        }
        let columns = &self.segment.columns;
        let keys: Vec<i64> = match field {
            Field::Level => columns.level.iter().map(|l| if *l == NO_LEVEL { 0 } else { i64::from(*l) + 1 }).collect(),
            Field::Status => columns.status.iter().map(|s| if *s < 0 { 0 } else { i64::from(*s) }).collect(),
            field => match columns.text(field) {
                Some(column) => column.iter().map(|n| i64::from(*n)).collect(),
                None => text_column(self.engine, self.segment, field).iter().map(|n| i64::from(*n)).collect(),
            },
        };
        let keys = Rc::new(keys);
        self.columns.borrow_mut().insert(field.clone(), keys.clone());
        keys
    }
}

fn terms(buckets: FxHashMap<i64, (u64, Counting)>, field: &Field, size: usize, subs: &[(Name, Agg)], dictionary: &Dictionary) -> Value {
    let term = |key: i64| match field {
        Field::Level => usize::try_from(key - 1).ok().and_then(|at| Level::ALL.get(at)).map(|level| level.name().to_string()).unwrap_or_default(),
        Field::Status => key.to_string(),
        _ => u32::try_from(key).ok().and_then(|number| dictionary.text(number)).map(|text| text.to_string()).unwrap_or_default(),
    };
    let mut rows: Vec<(String, u64, Counting)> = buckets.into_iter().map(|(key, (count, below))| (term(key), count, below)).collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let others = rows.iter().skip(size).map(|row| row.1).sum();
    rows.truncate(size);
    let buckets = rows.into_iter().map(|(term, count, below)| Bucket { key: Key::Term(term), count, aggs: below.finish(subs, dictionary) }).collect();
    Value::Buckets(buckets, others)
}

fn numbers<'a>(engine: &'a Engine, segment: &'a Segment, field: &Field, rows: &'a [u32]) -> Box<dyn Iterator<Item = f64> + 'a> {
    let columns = &segment.columns;
    match field {
        Field::Timestamp => Box::new(rows.iter().filter_map(|row| columns.at.get(*row as usize)).map(|at| at.div_euclid(1_000_000) as f64)),
        Field::Arrival => Box::new(
            rows.iter().filter_map(|row| columns.arrived.get(*row as usize)).filter(|ms| **ms != super::columns::NO_TIME).map(|ms| *ms as f64),
        ),
        Field::Duration => Box::new(rows.iter().filter_map(|row| columns.duration.get(*row as usize)).copied().filter(|d| !d.is_nan())),
        Field::Status => Box::new(rows.iter().filter_map(|row| columns.status.get(*row as usize)).filter(|s| **s >= 0).map(|s| f64::from(*s))),
        field => {
            let column = text_column(engine, segment, field);
            Box::new(rows.iter().filter_map(move |row| engine.dictionary.text(*column.get(*row as usize)?)?.parse().ok()))
        }
    }
}

/// Linear between the neighbouring ranks: what Elasticsearch answers while it has few values.
fn percentiles(mut values: Vec<f64>, percents: &[f64]) -> Vec<Option<f64>> {
    percents
        .iter()
        .map(|percent| {
            let last = values.len().checked_sub(1)?;
            let rank = (percent / 100.0).clamp(0.0, 1.0) * last as f64;
            let below = rank.floor() as usize;
            let (_, low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
            let low = *low;
            let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
            Some(low + (high - low) * (rank - below as f64))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_between_ranks() {
        let found = percentiles(vec![4.0, 1.0, 3.0, 2.0], &[0.0, 50.0, 95.0, 100.0]);
        assert_eq!(found[0], Some(1.0));
        assert_eq!(found[1], Some(2.5));
        assert!((found[2].unwrap() - 3.85).abs() < 1e-9);
        assert_eq!(found[3], Some(4.0));
        assert_eq!(percentiles(Vec::new(), &[50.0]), [None]);
    }
}
