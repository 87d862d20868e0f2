//! Values: which fields the records of a range have, and the most frequent values of each. It is what a query can be completed with.

use super::brief::{FIELDS, PLACES, fields, values_of};
use super::trust::{Trust, replies};
use super::{Known, Outcome, Question, Scope, Step};
use crate::model::{Completeness, Fault};
use crate::query::{Clause, Search};
use crate::schema::Field;
use std::collections::BTreeMap;

/// What to answer.
#[derive(Clone, PartialEq, Debug)]
pub struct ValuesParams {
    /// Of which range; filters say nothing here.
    pub scope: Scope,
}

/// The answer.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Values {
    /// Field, by the name that a query has for it -> its most frequent values, those first that most records have.
    pub fields: BTreeMap<String, Vec<String>>,
    /// How far it can be trusted.
    pub completeness: Completeness,
}

/// So many values of a field.
const MOST: usize = 100;

/// The question.
pub struct ValuesQuestion {
    params: ValuesParams,
    asked: Vec<Vec<Field>>,
}

impl ValuesQuestion {
    /// With these parameters.
    pub fn new(params: ValuesParams) -> ValuesQuestion {
        ValuesQuestion { params, asked: Vec::new() }
    }
}

impl Question for ValuesQuestion {
    type Answer = Values;

    fn start(&mut self, known: &Known) -> Result<Step<Values>, Fault> {
        let (range, _) = self.params.scope.at(known.clock);
        let mut searches = Vec::new();
        for group in known.schemas.counted() {
            let all: Vec<Field> = std::iter::once(Field::Service).chain(fields(&group.map)).collect();
            for part in all.chunks(FIELDS) {
                searches.push(Search::counting(group, vec![Clause::During(range)], values_of(part, MOST)));
                self.asked.push(part.to_vec());
            }
        }
        if searches.is_empty() { Ok(Step::Done(Values::default())) } else { Ok(Step::Ask(searches)) }
    }

    fn resume(&mut self, known: &Known, outcomes: Vec<Outcome>) -> Result<Step<Values>, Fault> {
        let mut trust = Trust::default();
        let replies = replies(known, outcomes, &mut trust)?;
        let mut counts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for (part, reply) in self.asked.iter().zip(&replies) {
            for (place, field) in PLACES.iter().zip(part) {
                let of_field = counts.entry(field.name().to_string()).or_default();
                reply.buckets(place).iter().for_each(|bucket| *of_field.entry(bucket.term().to_string()).or_default() += bucket.count);
            }
        }
        counts.retain(|_, values| !values.is_empty());
        let by_count = |values: BTreeMap<String, u64>| {
            let mut values: Vec<(String, u64)> = values.into_iter().collect();
            values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            values.into_iter().map(|(value, _)| value).collect()
        };
        let fields = counts.into_iter().map(|(field, values)| (field, by_count(values))).collect();
        Ok(Step::Done(Values { fields, completeness: trust.completeness }))
    }
}
