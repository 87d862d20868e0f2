//! Whom requests that were turned away blame: nothing failed by its status, and nobody got what was asked for.

use super::{Onset, Sample, Suspect, begins, opinions};
use crate::analysis::incident::CauseKind;
use crate::model::{LogRecord, Span, SpanKind, Trace};
use std::collections::{BTreeMap, BTreeSet};

/// Fewer requests than this tell nothing.
const FEW: usize = 3;
/// Something that is not there is asked for on any day.
const NOT_FOUND: i64 = 404;

/// What kind of thing, its name, the service of ours that is nearest.
type Party = (CauseKind, String, String);
/// When a trace began, its id, what it says.
type Told = (i64, String, String);

/// A span that answered 4xx.
fn refuses(span: &Span) -> bool {
    span.status.is_some_and(|status| (400..500).contains(&status) && status != NOT_FOUND)
}

/// Nothing in it failed, and its root was refused.
pub(super) fn is_refused(trace: &Trace) -> bool {
    let failed = trace.spans.iter().any(|s| s.failed || s.open) || trace.records.iter().any(LogRecord::is_error);
    !failed && trace.spans.iter().any(|s| s.parent.is_none() && refuses(s))
}

impl Sample {
    /// The party that most requests of the incident which a service turned away blame, where most of them agree: whom the refusal
    /// itself names, or the service that was the last to be asked.
    pub fn refused(&self, service: &str, onset: &Onset, roster: &BTreeSet<String>) -> Option<Suspect> {
        let by_it = |t: &&Trace| is_refused(t) && t.spans.iter().any(|s| s.service == service && refuses(s));
        let refused: Vec<&Trace> = self.during(onset).filter(by_it).collect();
        let of = refused.len();
        let mut blamed: BTreeMap<Party, Vec<Told>> = BTreeMap::new();
        for trace in refused {
            let named = trace.origin.is_some().then(|| opinions(trace, roster).into_iter().next()).flatten();
            let named = named.map(|o| ((o.kind, o.name, o.service), o.reason));
            let Some((who, reason)) = named.or_else(|| {
                let last = last_asked(trace)?;
                Some(((CauseKind::Service, last.service.clone(), last.service.clone()), format!("{} answered {}", last.name, last.status?)))
            }) else {
                continue;
            };
            blamed.entry(who).or_default().push((begins(trace), trace.trace_id.clone(), reason));
        }
        let ((kind, name, service), mut of_it) = blamed.into_iter().max_by_key(|(_, of_it)| of_it.len())?;
        of_it.sort();
        let traces = of_it.len();
        let reason = of_it.last().map(|(_, _, reason)| reason.clone())?;
        let examples = of_it.into_iter().rev().map(|(_, id, _)| id).take(5).collect();
        let most = traces >= FEW && traces * 10 >= of * 6;
        most.then_some(Suspect {
            kind,
            name,
            service,
            share: traces as f64 / of as f64,
            traces,
            of,
            reason,
            others: Vec::new(),
            examples,
            sure: 0.0,
            aside: false,
        })
    }
}

/// Of the spans that refuse the deepest, and of those the last.
fn last_asked(trace: &Trace) -> Option<&Span> {
    let refusing = trace.spans.iter().zip(&trace.depths).filter(|(s, _)| s.kind == SpanKind::Service && refuses(s));
    refusing.max_by_key(|(_, depth)| **depth).map(|(span, _)| span)
}
