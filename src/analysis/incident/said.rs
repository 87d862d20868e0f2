//! What failing services say now and did not say before.

use super::Sample;
use super::sample::{BEFORE_MS, named_by};
use super::symptoms::Onset;
use crate::analysis::outside::goes_elsewhere;
use crate::analysis::patterns::template;
use crate::analysis::told::error_beside;
use crate::model::{Level, LogRecord, Timestamp, Trace};
use std::collections::{BTreeMap, BTreeSet};

/// A template that only traces of the incident have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SaidAnew {
    /// Who says it.
    pub service: String,
    /// What, with what varies as placeholders.
    pub pattern: String,
    /// The party that it names.
    pub party: Option<String>,
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

/// What a warning or an error says: the class of what was thrown tells more than the words around it.
fn said(record: &LogRecord) -> Option<String> {
    record.level.filter(|level| *level >= Level::Warn)?;
    let message = record.message.as_deref().unwrap_or_default();
    let thrown = record.exception.as_ref().and_then(|e| Some(format!("{}: {}", e.kind.as_deref()?, e.message.as_deref().unwrap_or(message))));
    Some(template(thrown.as_deref().unwrap_or(message))).filter(|text| !text.is_empty())
}

/// Service and template of each warning and error of a trace, once, with the first record of it.
fn all_said(trace: &Trace) -> BTreeMap<(String, String), &LogRecord> {
    let mut found: BTreeMap<(String, String), &LogRecord> = BTreeMap::new();
    for record in &trace.records {
        if let (Some(service), Some(text)) = (record.service.clone(), said(record)) {
            let first = found.entry((service, text)).or_insert(record);
            *first = if record.timestamp < first.timestamp { record } else { *first };
        }
    }
    found
}

impl Sample {
    /// What warnings of the incident say of going to somebody else instead, each once.
    pub fn fallbacks(&self, onset: &Onset) -> Vec<String> {
        let records = self.during(onset).flat_map(|t| &t.records).chain(&self.loose).chain(&self.first);
        let warns = records.filter(|r| r.level.is_some_and(|level| level >= Level::Warn) && r.timestamp.millis() >= onset.from_ms - BEFORE_MS);
        let texts = warns.filter_map(|r| r.message.clone()).filter(|text| goes_elsewhere(text));
        texts.collect::<BTreeSet<String>>().into_iter().take(FALLBACKS).collect()
    }

    /// What each service says most often in the errors that it writes outside of any trace.
    pub fn complaints(&self, onset: &Onset) -> BTreeMap<String, String> {
        let mut counts: BTreeMap<(&str, String), (usize, String)> = BTreeMap::new();
        for record in self.loose.iter().filter(|r| (onset.from_ms - BEFORE_MS..onset.to_ms).contains(&r.timestamp.millis())) {
            let Some(service) = record.service.as_deref() else { continue };
            let thrown = record.exception.as_ref().and_then(|e| e.message.as_deref()).or_else(|| error_beside(record));
            let parts: Vec<&str> = [record.message.as_deref(), thrown].into_iter().flatten().collect();
            let (count, _) = counts.entry((service, said(record).unwrap_or_default())).or_insert_with(|| (0, parts.join(": ")));
            *count += 1;
        }
        let mut most: BTreeMap<String, (usize, String)> = BTreeMap::new();
        for ((service, _), (count, text)) in counts {
            let known = most.entry(service.to_string()).or_default();
            if count > known.0 {
                *known = (count, text);
            }
        }
        most.into_iter().map(|(service, (_, text))| (service, text)).collect()
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
        let mut counts: BTreeMap<(String, String), (usize, &LogRecord)> = BTreeMap::new();
        let mut of = 0;
        for trace in self.during(onset) {
            of += 1;
            for (key, record) in all_said(trace).into_iter().filter(|(key, _)| !known.contains(key)) {
                let (count, first) = counts.entry(key).or_insert((0, record));
                *count += 1;
                *first = if record.timestamp < first.timestamp { record } else { *first };
            }
        }
        let anew = |((service, pattern), (traces, first)): ((String, String), (usize, &LogRecord))| {
            let party = named_by(first, &BTreeSet::new()).map(|(_, name)| name);
            SaidAnew { service, pattern, party, traces, of, first_seen: first.timestamp }
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
            party: None,
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
