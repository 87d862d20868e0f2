//! What an answer about made-up records has to be, counted while they are made.

use super::{Made, SERVICES, Scenario};
use crate::model::TimeRange;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The figures of one service over a range.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ServiceTruth {
    pub records: u64,
    pub errors: u64,
    pub requests: u64,
    pub failed: u64,
    pub starts: u64,
    /// Every duration, ms.
    pub durations: Vec<f64>,
    /// Newest record, ms.
    pub newest_ms: i64,
}

/// The figures of all services over a range.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Truth {
    pub services: BTreeMap<&'static str, ServiceTruth>,
}

impl Truth {
    /// Counts the records that were written in the range.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Made>, range: TimeRange) -> Truth {
        let mut truth = Truth::default();
        records.into_iter().filter(|made| range.contains(made.at)).for_each(|made| truth.add(made));
        truth
    }

    /// Counts one more.
    pub fn add(&mut self, made: &Made) {
        let Some(service) = SERVICES.get(made.service) else { return };
        let row = self.services.entry(service.name).or_default();
        row.records += 1;
        row.errors += u64::from(made.is_error());
        row.requests += u64::from(made.is_request());
        row.failed += u64::from(made.is_failed());
        row.starts += u64::from(made.is_start());
        row.durations.extend(made.duration_ms);
        row.newest_ms = row.newest_ms.max(made.at.millis());
    }

    /// As `spia demo --write --truth` prints it.
    pub fn json(&self, scenario: &Scenario) -> Value {
        let services: BTreeMap<_, _> = self
            .services
            .iter()
            .map(|(name, row)| {
                let slow: Vec<f64> = row.durations.iter().copied().filter(|ms| *ms > 1000.0).collect();
                let average = (!slow.is_empty()).then(|| slow.iter().sum::<f64>() / slow.len() as f64);
                let newest = crate::model::Timestamp::from_millis(row.newest_ms).rfc3339();
                (name, json!({"records": row.records, "errors": row.errors, "requests": row.requests, "failed": row.failed, "slow": slow.len(), "avg_slow_ms": average, "newest": newest}))
            })
            .collect();
        let origin = scenario.incident.map(|incident| {
            let (kind, name, service, apart) = incident.origin();
            let apart = apart.map(|(field, value)| json!({"field": field, "value": value}));
            json!({"kind": kind, "name": name, "service": service, "sets_apart": apart})
        });
        json!({"seed": scenario.seed, "incident": scenario.incident.map(|i| i.name()), "onset": scenario.incident.map(|_| scenario.onset.rfc3339()), "origin": origin, "services": services})
    }
}
