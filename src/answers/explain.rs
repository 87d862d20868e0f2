//! Explain: what sets the selected records apart from the rest, from two plain counts of each field.

use super::brief::{Apart, FIELDS, PLACES, fields, values_of};
use super::clauses::{failed, request};
use super::trust::{Trust, replies};
use super::{Known, Outcome, Question, Scope, Step};
use crate::analysis::incident::{Counted, rank};
use crate::model::{Completeness, Fault, Level, TimeRange};
use crate::query::{Agg, Clause, Search};
use crate::schema::Field;
use std::collections::BTreeMap;

/// What to answer.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ExplainParams {
    /// Its filters (but those on service) and its query select; without any, failed requests are held against the others.
    pub scope: Scope,
    /// Filters and a query that the others match as well.
    pub within: Option<Scope>,
    /// Hold what is selected against what it was before, not against the others.
    pub against_before: bool,
    /// List at most so many values.
    pub limit: usize,
}

/// The answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Explain {
    /// Over which range.
    pub range: TimeRange,
    /// Selected records.
    pub selected: u64,
    /// The others: those of the same time, or the same in the time before.
    pub rest: u64,
    /// That time, where it is held against it.
    pub before: Option<TimeRange>,
    /// What is selected, in words.
    pub what: String,
    /// Values that set them apart, best first.
    pub attributes: Vec<Apart>,
    /// How far it can be trusted.
    pub completeness: Completeness,
}

/// The values of each field that are counted.
const VALUES: usize = 200;

/// The question.
pub struct ExplainQuestion {
    params: ExplainParams,
    /// For each search the fields it counts, and whether it is of the selected records or of all.
    asked: Vec<(Vec<Field>, bool)>,
}

impl ExplainQuestion {
    /// With these parameters.
    pub fn new(params: ExplainParams) -> ExplainQuestion {
        ExplainQuestion { params, asked: Vec::new() }
    }

    fn by_failing(&self) -> bool {
        !self.params.scope.narrows_records()
    }

    fn answer(&self, known: &Known, outcomes: Vec<Outcome>) -> Result<Explain, Fault> {
        let (range, _) = self.params.scope.at(known.clock);
        let mut trust = Trust::default();
        let replies = if outcomes.is_empty() { Vec::new() } else { replies(known, outcomes, &mut trust)? };
        let before = self.params.against_before.then(|| self.params.scope.before(range));
        let mut tables: BTreeMap<Field, [BTreeMap<String, u64>; 2]> = BTreeMap::new();
        let (mut selected, mut all, mut newest) = (0, 0, None);
        let mut cut = false;
        for ((fields, of_selected), reply) in self.asked.iter().zip(&replies) {
            let counted = if *of_selected { &mut selected } else { &mut all };
            *counted += reply.count_of("all");
            newest = newest.max(reply.number("newest").map(|ms| ms as i64));
            for (place, field) in PLACES.iter().zip(fields) {
                cut |= reply.others(place) > 0;
                let [of, whole] = tables.entry(field.clone()).or_default();
                let table = if *of_selected { of } else { whole };
                reply.buckets(place).iter().for_each(|bucket| *table.entry(bucket.term().to_string()).or_default() += bucket.count);
            }
        }
        if before.is_some() {
            // The others were counted by themselves.
            all += selected;
            for [of, whole] in tables.values_mut() {
                of.iter().for_each(|(value, count)| *whole.entry(value.clone()).or_default() += count);
            }
        }
        let counted: Vec<Counted> = tables.into_iter().map(|(field, [of, whole])| Counted::new(field.name(), whole, of)).collect();
        let mut attributes = rank(&counted, selected, all);
        let listed = attributes.len();
        attributes.truncate(self.params.limit);
        let mut completeness = trust.completeness;
        completeness.newest = newest.map(crate::model::Timestamp::from_millis);
        if cut {
            completeness.note(format!("of fields with more than {VALUES} values the most frequent ones were counted"));
        }
        if listed > attributes.len() {
            completeness.note(format!("the first {} of {listed} values are listed", attributes.len()));
        }
        let what = if self.by_failing() { "failed requests" } else { "records that match the filters" };
        Ok(Explain { range, selected, rest: all.saturating_sub(selected), before, what: what.to_string(), attributes, completeness })
    }
}

impl Question for ExplainQuestion {
    type Answer = Explain;

    fn start(&mut self, known: &Known) -> Result<Step<Explain>, Fault> {
        self.params.scope.refuse_unknown_fields(known)?;
        let (range, _) = self.params.scope.at(known.clock);
        let mut searches = Vec::new();
        for group in known.schemas.counted() {
            let mut all: Vec<Clause> = self.params.scope.service_clauses();
            all.extend(self.params.within.iter().flat_map(Scope::all_clauses));
            let mut chosen = all.clone();
            if self.by_failing() {
                all.push(request(&group.map));
                chosen.push(failed(&group.map, Level::Error));
            } else {
                chosen.extend(self.params.scope.all_clauses());
            }
            let (others, of_others) = if self.params.against_before { (chosen.clone(), self.params.scope.before(range)) } else { (all, range) };
            // What was selected by sets the selection apart by itself.
            let by: Vec<Field> = self.params.scope.all_clauses().iter().flat_map(|clause| clause.fields().into_iter().cloned()).collect();
            let mut of_interest = vec![Field::Service];
            of_interest.extend(fields(&group.map));
            of_interest.retain(|field| !by.contains(field));
            for part in of_interest.chunks(FIELDS) {
                for (of_selected, clauses, range) in [(true, &chosen, range), (false, &others, of_others)] {
                    let mut aggs = values_of(part, VALUES);
                    // Records are counted once, with the first fields of each group.
                    if part.first() == of_interest.first() {
                        aggs.push(("all", Agg::Filter { clause: Clause::Every(Vec::new()), subs: Vec::new() }));
                        aggs.push(("newest", Agg::Max(Field::Timestamp)));
                    }
                    searches.push(Search::counting(group, std::iter::once(Clause::During(range)).chain(clauses.iter().cloned()).collect(), aggs));
                    self.asked.push((part.to_vec(), of_selected));
                }
            }
        }
        if searches.is_empty() { Ok(Step::Done(self.answer(known, Vec::new())?)) } else { Ok(Step::Ask(searches)) }
    }

    fn resume(&mut self, known: &Known, outcomes: Vec<Outcome>) -> Result<Step<Explain>, Fault> {
        Ok(Step::Done(self.answer(known, outcomes)?))
    }
}
