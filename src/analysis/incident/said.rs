//! What failing services say now and did not say before.

use super::Sample;
use super::sample::BEFORE_MS;
use super::symptoms::Onset;
use crate::analysis::patterns::template;
use crate::model::{Level, LogRecord, Timestamp, Trace};
use std::collections::{BTreeMap, BTreeSet};

/// A template that only traces of the incident have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SaidAnew {
    /// Who says it.
    pub service: String,
    /// What, with what varies as placeholders.
    pub pattern: String,
    /// In so many traces.
    pub traces: usize,
    /// Of so many of that time.
    pub of: usize,
    /// First of them.
    pub first_seen: Timestamp,
}

/// Fewer traces of the time before cannot tell what was never said.
const LEAST_BEFORE: usize = 8;
/// What fewer say is chance.
const LEAST_NOW: usize = 3;
/// Failures that are no further apart are of one trouble, ms.
const SHORTLY_MS: i64 = 120_000;
/// So many different ones are kept.
const FALLBACKS: usize = 60;
/// So many are worth telling.
const MOST: usize = 5;

/// How it is said that somebody else is gone to.
const INSTEAD: [&str; 9] =
    ["reading from", "falling back to", "fall back to", "fallback to", "going to", "served from", "querying", "loading from", "asking"];

/// Whether what stands before a name says that it is gone to instead.
pub fn is_instead(before: &str) -> bool {
    INSTEAD.iter().any(|word| before.trim_end_matches([' ', '"', '\'']).ends_with(word))
}

/// What a warning or an error says: the class of what was thrown tells more than the words around it.
fn said(record: &LogRecord) -> Option<String> {
    record.level.filter(|level| *level >= Level::Warn)?;
    let message = record.message.as_deref().unwrap_or_default();
    let thrown = record.exception.as_ref().and_then(|e| Some(format!("{}: {}", e.kind.as_deref()?, e.message.as_deref().unwrap_or(message))));
    Some(template(thrown.as_deref().unwrap_or(message))).filter(|text| !text.is_empty())
}

/// Service and template of each warning and error of a trace, once, with the first time.
fn all_said(trace: &Trace) -> BTreeMap<(String, String), Timestamp> {
    let mut found: BTreeMap<(String, String), Timestamp> = BTreeMap::new();
    for record in &trace.records {
        if let (Some(service), Some(text)) = (record.service.clone(), said(record)) {
            let at = found.entry((service, text)).or_insert(record.timestamp);
            *at = (*at).min(record.timestamp);
        }
    }
    found
}

impl Sample {
    /// What warnings of the incident say of going to somebody else instead, each once.
    pub fn fallbacks(&self, onset: &Onset) -> Vec<String> {
        let records = self.during(onset).flat_map(|t| &t.records).chain(&self.loose).chain(&self.first);
        let warns = records.filter(|r| r.level.is_some_and(|level| level >= Level::Warn) && r.timestamp.millis() >= onset.from_ms - BEFORE_MS);
        let texts = warns.filter_map(|r| r.message.clone()).filter(|text| INSTEAD.iter().any(|word| text.contains(word)));
        texts.collect::<BTreeSet<String>>().into_iter().take(FALLBACKS).collect()
    }

    /// Since when services say something of that, where they said it shortly one time after the other up to the onset, ms.
    pub fn began_to_say(&self, onset: &Onset, anew: &[SaidAnew]) -> BTreeMap<String, i64> {
        let mut times: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for record in &self.earlier {
            let (Some(service), Some(text)) = (record.service.as_deref(), said(record)) else { continue };
            if anew.iter().any(|new| new.service == service && new.pattern == text) {
                times.entry(service).or_default().push(record.timestamp.millis());
            }
        }
        let first = |mut times: Vec<i64>| {
            times.sort_unstable();
            let before = times.into_iter().rev().filter(|at| *at < onset.from_ms);
            before.fold(onset.from_ms, |first, at| if first - at <= SHORTLY_MS { at } else { first })
        };
        let found = times.into_iter().map(|(service, times)| (service.to_string(), first(times)));
        found.filter(|(_, first)| *first < onset.from_ms).collect()
    }

    /// Templates of warnings and errors that several traces of the incident have and none before it, the most frequent first.
    pub fn said_anew(&self, onset: &Onset) -> Vec<SaidAnew> {
        let before: Vec<&Trace> = self.before(onset).collect();
        if before.len() < LEAST_BEFORE {
            return Vec::new();
        }
        let known: BTreeSet<(String, String)> = before.iter().flat_map(|trace| all_said(trace).into_keys()).collect();
        let mut counts: BTreeMap<(String, String), (usize, Timestamp)> = BTreeMap::new();
        let mut of = 0;
        for trace in self.during(onset) {
            of += 1;
            for (key, at) in all_said(trace).into_iter().filter(|(key, _)| !known.contains(key)) {
                let (count, first) = counts.entry(key).or_insert((0, at));
                *count += 1;
                *first = (*first).min(at);
            }
        }
        let anew = |((service, pattern), (traces, first_seen)): ((String, String), (usize, Timestamp))| SaidAnew {
            service,
            pattern,
            traces,
            of,
            first_seen,
        };
        let mut found: Vec<SaidAnew> = counts.into_iter().filter(|(_, (n, _))| *n >= LEAST_NOW).map(anew).collect();
        found.sort_by(|a, b| b.traces.cmp(&a.traces).then_with(|| a.first_seen.cmp(&b.first_seen)).then_with(|| a.pattern.cmp(&b.pattern)));
        found.truncate(MOST);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::incident::Ail;
    use crate::model::Exception;

    /// Few failures are told from chance only when there are several; what they say leads back to the first of them.
    #[test]
    fn what_is_said_anew_leads_back_to_the_first_failure() {
        let error = |at: i64, kind: &str| LogRecord {
            timestamp: Timestamp::from_millis(at),
            level: Some(Level::Error),
            service: Some("cart".into()),
            exception: Some(Exception { kind: Some(kind.into()), message: Some("no item 7".into()), stacktrace: None }),
            ..LogRecord::default()
        };
        let onset = Onset { from_ms: 600_000, to_ms: 900_000, ail: Ail::Fails };
        let new = SaidAnew {
            service: "cart".into(),
            pattern: "TypeError: no item <number>".into(),
            traces: 9,
            of: 10,
            first_seen: Timestamp::from_millis(600_000),
        };
        let since = |times: &[(i64, &str)]| {
            let sample = Sample { earlier: times.iter().map(|(at, kind)| error(*at, kind)).collect(), ..Sample::default() };
            sample.began_to_say(&onset, std::slice::from_ref(&new)).get("cart").copied()
        };
        assert_eq!(since(&[(450_000, "TypeError"), (560_000, "TypeError"), (610_000, "TypeError")]), Some(450_000));
        assert_eq!(since(&[(300_000, "TypeError"), (560_000, "TypeError")]), Some(560_000), "what lies further back is of another trouble");
        assert_eq!(since(&[(560_000, "KeyError")]), None, "what it says on any day is none of it");
    }
}
