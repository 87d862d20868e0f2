//! What speaks for one party, trace by trace.

use super::{CauseKind, Suspect};
use crate::analysis::patterns::template;
use std::collections::BTreeMap;

/// So many of the things that traces say beside what most of them do are kept.
const OTHERS: usize = 4;

#[derive(Default)]
pub(super) struct Tally {
    pub(super) weight: f64,
    pub(super) usual: f64,
    pub(super) traces: usize,
    pub(super) sure: usize,
    pub(super) kinds: BTreeMap<CauseKind, f64>,
    pub(super) services: BTreeMap<String, f64>,
    /// What is said, with what varies as placeholders -> how often now less what is usual, and one that says it.
    reasons: BTreeMap<String, (f64, String)>,
    /// Whether it is whole and sure of it, when it began, its id.
    pub(super) examples: Vec<(bool, i64, String)>,
}

impl Tally {
    /// Counts one more that says so.
    pub(super) fn says(&mut self, reason: &str, weight: f64) {
        let (count, example) = self.reasons.entry(template(reason)).or_default();
        *count += weight;
        if example.is_empty() {
            *example = reason.to_string();
        }
    }

    pub(super) fn suspect(mut self, name: String, of: usize, chronic: f64) -> Option<Suspect> {
        let share = self.weight - self.usual * chronic.min(1.0);
        let kind = self.kinds.iter().max_by(|a, b| a.1.total_cmp(b.1)).map(|(kind, _)| *kind)?;
        let service = self.services.iter().max_by(|a, b| a.1.total_cmp(b.1)).map(|(service, _)| service.clone())?;
        self.examples.sort_by(|a, b| b.cmp(a));
        let examples = self.examples.into_iter().map(|(_, _, id)| id).take(5).collect();
        let sure = self.sure as f64 / self.traces.max(1) as f64;
        let mut said: Vec<(f64, String)> = self.reasons.into_values().collect();
        said.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut said = said.into_iter().map(|(_, example)| example);
        let reason = said.next().unwrap_or_default();
        Some(Suspect {
            kind,
            name,
            service,
            share,
            traces: self.traces,
            of,
            reason,
            others: said.take(OTHERS).collect(),
            examples,
            sure,
            aside: false,
        })
    }
}
