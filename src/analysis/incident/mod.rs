//! What broke: from the course of a day, a sample of traces and the values that set failing requests apart to an origin, with
//! what speaks for it and against it.
//!
//! Three looks, each at what the one before has found: when and where something is unlike its own past (`symptoms`), whom the
//! traces of that time blame (`suspects`), and what the bad requests have in common (`verdict`).

mod apart;
mod begun;
mod course;
mod order;
mod over;
mod said;
mod sample;
mod scan;
pub mod sentence;
mod sharpen;
mod stopped;
mod symptoms;
mod unheard;
mod verdict;
mod waited;

pub use apart::{Apart, Counted, Growth, growth, rank};
pub use begun::{Begun, begun};
pub use course::{Ail, Cell, Course, Stretch};
pub use order::order;
pub use said::SaidAnew;
pub use sample::{Sample, Slower, Suspect};
pub use sharpen::kind_of;
pub use stopped::{Resumed, Stop, Stopped, judge};
pub use symptoms::{Onset, Symptom, ever, onset, strong, symptoms};
pub use unheard::{Heard, Unheard, unheard};
pub use verdict::{Evidence, PIPELINE_OF, SOME, Verdict, verdict};

use crate::model::{Timestamp, ToldChange};

/// What kind of thing broke.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum CauseKind {
    /// One of our services.
    Service,
    /// Somebody outside whom we call.
    Dependency,
    /// A database, cache or broker.
    Database,
    /// A machine or pod.
    Host,
    /// A container image.
    Image,
    /// A version of a service.
    Version,
    /// A tenant.
    Tenant,
    /// A client: a user, an app, an address.
    Client,
    /// The way the logs take.
    Pipeline,
}

/// How sure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Confidence {
    /// A guess.
    Low,
    /// Likely.
    Medium,
    /// The evidence agrees.
    High,
}

/// What broke, and why it is thought to be that.
#[derive(Clone, PartialEq, Debug)]
pub struct Cause {
    /// What kind of thing.
    pub kind: CauseKind,
    /// Its name.
    pub name: String,
    /// The service of ours that is nearest.
    pub service: String,
    /// When it began.
    pub since: Option<Timestamp>,
    /// When it was over, if it is.
    pub until: Option<Timestamp>,
    /// How sure.
    pub confidence: Confidence,
    /// What speaks for it.
    pub because: Vec<String>,
    /// What speaks against it.
    pub against: Vec<String>,
    /// What the bad requests have in common, best first.
    pub sets_apart: Vec<Apart>,
}

/// One service, as far as its counts tell.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// The day before, coarsely.
    pub day: Course,
    /// The last hours, finely.
    pub hours: Course,
}

/// What a change that somebody told is called among fields.
pub const TOLD: &str = "told";

/// A value of a service's field that appeared or went within the day, or a change that somebody told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Whose.
    pub service: String,
    /// Of which field, in the contract's words.
    pub field: String,
    /// Which value.
    pub value: String,
    /// First record with it, ms.
    pub first_ms: i64,
    /// Last record with it, ms.
    pub last_ms: i64,
    /// How many records have it.
    pub records: u64,
    /// First record of the service at all, ms.
    pub service_from_ms: i64,
}

/// Whoever wakes up at every cell has missed some after so many of them.
const SOME_CELLS: f64 = 3.0;

impl Service {
    /// How much of its work was due from its last record until then, at the rate of the hour before it; and its records a
    /// minute then. Records come in groups: what counts is requests where there are any, else how few cells were empty. A service
    /// that was as quiet for as long before has none due.
    pub fn due(&self, last_ms: i64, now_ms: i64) -> (f64, f64) {
        let course = if self.hours.from_ms + 600_000 <= last_ms { &self.hours } else { &self.day };
        let from = (last_ms - 3_600_000).max(course.from_ms);
        let minutes = ((last_ms - from) as f64 / 60_000.0).max(1.0);
        let sum = course.sum(from, last_ms);
        let cells: Vec<&Cell> = course.cells.iter().take(course.at(last_ms)).skip(course.at(from)).collect();
        let empty = cells.iter().filter(|c| c.records == 0).count() as f64;
        let cell_minutes = course.interval_ms as f64 / 60_000.0;
        let gone = (now_ms - last_ms) as f64 / 60_000.0;
        // If groups come independently, a cell is empty with the chance exp(-rate). One that wakes up every minute does so on the dot:
        // nothing is missing before it has missed some.
        let groups = -((empty + 0.5) / (cells.len() as f64 + 1.0)).ln() / cell_minutes;
        let groups = if gone >= SOME_CELLS * cell_minutes { groups } else { groups.min(1.0 / cell_minutes) };
        let work = sum.starts.max(sum.requests) as f64;
        let per_minute = if work > 0.0 { work / minutes } else { groups.min(sum.records as f64 / minutes) };
        let quiet = course.longest_gap(from, last_ms);
        let due = if quiet * 1.5 >= (now_ms - last_ms) as f64 { 0.0 } else { per_minute * gone };
        (due, sum.records as f64 / minutes)
    }
}

/// What a change breaks breaks so soon after it, ms; the onset may be seen too early by so much.
const BROKEN_AFTER_MS: i64 = 900_000;
const BROKEN_BEFORE_MS: i64 = 60_000;

impl CauseKind {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            CauseKind::Service => "service",
            CauseKind::Dependency => "dependency",
            CauseKind::Database => "database",
            CauseKind::Host => "host",
            CauseKind::Image => "image",
            CauseKind::Version => "version",
            CauseKind::Tenant => "tenant",
            CauseKind::Client => "client",
            CauseKind::Pipeline => "pipeline",
        }
    }
}

impl Confidence {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Confidence::High => "high",
            Confidence::Medium => "medium",
            Confidence::Low => "low",
        }
    }
}

impl Change {
    /// What other records tell of the same value.
    pub fn join(&mut self, other: &Change) {
        self.first_ms = self.first_ms.min(other.first_ms);
        self.last_ms = self.last_ms.max(other.last_ms);
        self.service_from_ms = self.service_from_ms.min(other.service_from_ms);
        self.records += other.records;
    }

    /// A change that no record shows.
    pub fn told(told: &ToldChange) -> Change {
        let at = told.at.millis();
        let service = told.service.clone().unwrap_or_default();
        Change { service, field: TOLD.to_string(), value: told.what.clone(), first_ms: at, last_ms: at, records: 0, service_from_ms: i64::MIN / 2 }
    }

    /// Whether it may have broken this service at that moment: it came shortly before, or as it did.
    pub fn may_break(&self, service: &str, onset_ms: i64) -> bool {
        let soon = (onset_ms - BROKEN_AFTER_MS..=onset_ms + BROKEN_BEFORE_MS).contains(&self.first_ms);
        soon && self.is_new() && (self.service == service || self.service.is_empty())
    }

    /// A value is new only if at least ten minutes of its service's past precede it.
    pub fn is_new(&self) -> bool {
        self.first_ms - self.service_from_ms >= 600_000
    }
}
