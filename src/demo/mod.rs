//! A made-up system of 23 services with a normal day's noise, and an incident in it: (seed, incident, clock) -> records
//! and the truth about them. Pure: the same second of the same scenario is always the same.

mod calls;
mod clock;
mod deploy;
mod failures;
mod incident;
mod journal;
mod made;
mod render;
mod request;
mod rng;
mod services;
mod stream;
mod telemetry;
mod trouble;
mod truth;
mod workers;

pub use failures::{Failure, failing};
pub use incident::Incident;
pub use journal::Made;
pub use made::{MadeTrace, Part};
pub use render::{Dress, mapping, render};
pub use services::SERVICES;
pub use stream::{Stream, exactly};
pub use telemetry::Telemetry;
pub use truth::{ServiceTruth, Truth};

use crate::model::Timestamp;

/// Everything that decides what is made.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Scenario {
    /// Another seed is another day.
    pub seed: u64,
    /// What goes wrong, if anything.
    pub incident: Option<Incident>,
    /// When it begins.
    pub onset: Timestamp,
    /// When it is over, if it ends.
    pub end: Option<Timestamp>,
    /// Requests a second from outside; each is about nine records.
    pub rate: f64,
    /// How long records take to arrive beyond the usual seconds, ms, from the onset on.
    pub late_ms: i64,
}

impl Scenario {
    /// Whether the incident goes on at that time, ms since the epoch.
    fn strikes(&self, ms: f64) -> bool {
        ms >= self.onset.millis() as f64 && self.end.is_none_or(|end| ms < end.millis() as f64)
    }
}
