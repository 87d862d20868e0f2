//! Which version runs on which pod, and when: the canary of the incident and two harmless roll-outs.

use super::incident::{CANARY_PODS, CANARY_VERSION, DEPLOYED_VERSION, Incident};
use super::services::{AUDIT, PRICING, TAX, service_at};
use super::{Scenario, services::REPORTING};

/// The version a pod runs at `second`, and whether it is the bad one.
pub fn version_of(scenario: &Scenario, service: usize, pod: usize, second: i64) -> (&'static str, bool) {
    let since_onset = second - scenario.onset.millis() / 1000;
    // A bad version is rolled back.
    let strikes = scenario.strikes(second as f64 * 1000.0 + 999.0);
    match service {
        PRICING if scenario.incident == Some(Incident::Canary) && pod < CANARY_PODS && strikes => (CANARY_VERSION, true),
        TAX if scenario.incident == Some(Incident::Deploy) && strikes => (DEPLOYED_VERSION, true),
        // Decoys: nothing is wrong with either.
        AUDIT if since_onset >= -2400 => ("1.2.3", false),
        REPORTING if since_onset >= 300 => ("0.9.15", false),
        _ => (service_at(service).version, false),
    }
}
