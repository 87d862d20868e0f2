//! Who has to answer for a refusal or for an answer that is no good: not always who noticed.

use super::Suspect;
use crate::analysis::tree::Tree;
use crate::model::{LogRecord, SpanKind};

/// Statuses that say that what was sent is wrong.
pub(super) const SENT_WRONG: [i64; 11] = [400, 405, 406, 410, 411, 412, 413, 414, 415, 422, 431];
/// How it is said what somebody gave.
const GAVE: [&str; 6] = ["returned", "answered", "responded with", "sent back", "gave us", "replied"];

impl Tree<'_> {
    /// Who gave a failing span what it could not use, by the span's own words; or who asked for what `refuser` rightly refused.
    pub(super) fn answered_for(&self, at: usize, refuser: Option<&str>) -> Option<Suspect> {
        let at = self.with_records(at);
        let service = &self.spans.get(at)?.service;
        let errors = self.errors(at);
        let below: Vec<usize> = self.below(at);
        let gave = below.iter().copied().find_map(|i| {
            let callee = self.spans.get(i).filter(|s| s.kind == SpanKind::Service && !s.failed && !s.open && s.service != *service)?;
            let says =
                |text: &str| GAVE.iter().any(|word| text.to_ascii_lowercase().contains(&format!("{} {word}", callee.service.to_ascii_lowercase())));
            let said = errors.iter().find(|told| says(&told.text) || told.context.is_some_and(says))?;
            let refused = callee.status.is_some_and(|status| status >= 400);
            (!refused).then(|| Suspect { reason: said.sentence(), ..self.itself(i) })
        });
        if let Some(suspect) = gave {
            return Some(Suspect { sure: 2, ..suspect });
        }
        // It refuses, and the caller made a failure of it.
        let refuser = below.into_iter().chain([at]).find(|i| {
            let span = self.spans.get(*i).filter(|s| s.kind == SpanKind::Service && !s.failed);
            span.is_some_and(|s| refuser.is_none_or(|name| s.service == name)) && self.is_refusal(*i)
        })?;
        let span = self.spans.get(refuser)?;
        let caller =
            self.way_up(refuser).skip(1).find(|i| self.spans.get(*i).is_some_and(|s| s.kind == SpanKind::Service && s.service != span.service))?;
        let name = self.spans.get(caller)?.service.to_ascii_lowercase();
        let speaks = |record: &LogRecord| record.message.as_deref().is_some_and(|text| text.to_ascii_lowercase().contains(&name));
        let says = self.latest(refuser).filter(|record| !record.is_request()).find(|record| speaks(record));
        let wrong = span.status.is_some_and(|status| SENT_WRONG.contains(&status)) && self.errors(refuser).is_empty();
        let fails = self.spans.get(caller).is_some_and(|s| s.failed);
        (fails && (says.is_some() || wrong)).then(|| {
            let reason = says.and_then(|record| record.message.clone()).or_else(|| self.errors(caller).first().map(|told| told.sentence()));
            Suspect { at: caller, outside: None, reason: reason.unwrap_or_default(), sure: 2 }
        })
    }

    /// All that it called, directly or not, up to a bound.
    fn below(&self, at: usize) -> Vec<usize> {
        let (mut found, mut next) = (Vec::new(), vec![at]);
        while let Some(i) = next.pop().filter(|_| found.len() < 200) {
            for child in self.children.get(i).into_iter().flatten() {
                found.push(*child);
                next.push(*child);
            }
        }
        found
    }
}
