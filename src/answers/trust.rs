//! From outcomes to replies and what has to be said about them.

use super::{Known, Outcome};
use crate::model::printable::few;
use crate::model::{Completeness, Fault, Interval, TimeRange, Timestamp};
use crate::query::Reply;
use std::collections::BTreeMap;

/// What is wrong with an answer, as far as the source says.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The sentences.
    pub completeness: Completeness,
    /// Indices of which a shard did not answer.
    pub failed_indices: Vec<String>,
}

impl Trust {
    /// Says how far the data reach, and that nothing is known beyond; `newest` in ms.
    pub fn reaches(&mut self, newest: Option<f64>, range: TimeRange, interval: Interval, known: &Known) {
        let newest = newest.map(|ms| Timestamp::from_millis(ms as i64));
        self.completeness.newest = self.completeness.newest.max(newest);
        if self.is_beyond(range, known) {
            return;
        }
        let end = known.clock.min(range.to);
        if let Some(newest) = newest.filter(|newest| end.millis() - newest.millis() > 2 * interval.millis()) {
            self.completeness.missing(format!("the newest record of all is of {}; nothing is known after it", newest.rfc3339()));
        }
    }

    /// Whether the range begins after all that there can be, which is said: no record in it is then no sign of anything.
    pub fn is_beyond(&mut self, range: TimeRange, known: &Known) -> bool {
        let beyond = range.from > known.clock;
        if beyond && known.is_file {
            self.completeness.newest = self.completeness.newest.max(Some(known.clock));
            self.completeness.missing(format!("{} ends {}; nothing is known after it", known.target, known.clock.rfc3339()));
        } else if beyond {
            self.completeness.missing(format!("the range has not come yet: it is {}", known.clock.rfc3339()));
        }
        beyond
    }
}

/// The replies that came, with a default in place of those that did not; an error when none came at all.
pub fn replies(known: &Known, outcomes: Vec<Outcome>, trust: &mut Trust) -> Result<Vec<Reply>, Fault> {
    let first_fault = outcomes.iter().find_map(|outcome| outcome.as_ref().err().cloned());
    if let Some(fault) = first_fault.filter(|_| outcomes.iter().all(Result::is_err)) {
        return Err(fault);
    }
    let replies: Vec<Reply> = outcomes
        .into_iter()
        .map(|outcome| {
            outcome.unwrap_or_else(|fault| {
                trust.completeness.missing(format!("a part of the answer is missing: {fault}"));
                Reply::default()
            })
        })
        .collect();
    judge(known, &replies, trust);
    Ok(replies)
}

fn judge(known: &Known, replies: &[Reply], trust: &mut Trust) {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for failure in replies.iter().flat_map(|reply| &reply.shards.failures) {
        let indices = reasons.entry(failure.reason.as_str()).or_default();
        if !indices.contains(&failure.index.as_str()) {
            indices.push(&failure.index);
        }
        if !trust.failed_indices.contains(&failure.index) {
            trust.failed_indices.push(failure.index.clone());
        }
    }
    if let Some(worst) = replies.iter().filter(|r| r.shards.failed > 0).max_by_key(|r| r.shards.failed) {
        let answered = worst.shards.total.saturating_sub(worst.shards.failed);
        trust.completeness.missing(format!("only {answered} of {} shards answered", worst.shards.total));
    }
    for (reason, indices) in reasons {
        trust.completeness.missing(format!("{}: {reason}", few(&indices.into_iter().collect::<Vec<_>>(), 3, "")));
    }
    if replies.iter().any(|reply| reply.timed_out) {
        trust.completeness.missing("the cluster stopped counting at its time limit");
    }
    for sentence in replies.iter().flat_map(|reply| &reply.missing) {
        trust.completeness.missing(sentence.clone());
    }
    for index in &known.schemas.unknown {
        trust.completeness.missing(format!("{index} is of no schema this program knows and in no count"));
        if trust.completeness.notes.len() > 20 {
            break;
        }
    }
    for index in &known.schemas.closed {
        trust.completeness.missing(format!("{index} is closed and in no count"));
    }
    for note in &known.schemas.notes {
        trust.completeness.note(note.clone());
    }
}
