//! The questions, one file each: what to ask, in how many steps, and what the replies mean.
//!
//! Who drives the steps (`runtime/drive.rs`) knows nothing of their meaning; what is asked knows nothing of who asks.

pub mod brief;
mod clauses;
pub mod errors;
pub mod explain;
mod gather;
pub mod logs;
mod paging;
pub mod patterns;
mod scope;
pub mod since;
pub mod slow;
pub mod trace;
pub mod traces;
mod trust;
pub mod usual;
pub mod values;

pub use brief::{Brief, BriefParams};
pub use clauses::filter_clause;
pub use errors::{By, Column, Errors, ErrorsParams, Marker, Measure, ServiceErrors, State};
pub use logs::{Logs, LogsParams};
pub use scope::{Reach, Scope};
pub use slow::{Point, ServiceSlow, Slow, SlowParams};
pub use trace::{TraceAnswer, TraceParams};
pub use traces::{Traces, TracesParams};

use crate::model::{Fault, Timestamp};
use crate::query::{Reply, Search};
use crate::schema::Schemas;

/// What is known before anything is asked.
#[derive(Clone, Debug)]
pub struct Known {
    /// The groups of indices and their maps.
    pub schemas: Schemas,
    /// The source's clock.
    pub clock: Timestamp,
    /// What is searched, as the user named it.
    pub target: String,
    /// A file, whose end is known, and not a cluster.
    pub is_file: bool,
}

/// What came of one search.
pub type Outcome = Result<Reply, Fault>;

/// What to do next for an answer.
#[derive(Debug)]
pub enum Step<A> {
    /// Ask these, all at once, and resume with their outcomes in this order.
    Ask(Vec<Search>),
    /// Here is what is known so far; ask these for the rest.
    Part(A, Vec<Search>),
    /// Here is the answer.
    Done(A),
}

/// A question on its way to an answer.
pub trait Question {
    /// What comes out.
    type Answer;
    /// What to ask first.
    fn start(&mut self, known: &Known) -> Result<Step<Self::Answer>, Fault>;
    /// What to do with what came back.
    fn resume(&mut self, known: &Known, outcomes: Vec<Outcome>) -> Result<Step<Self::Answer>, Fault>;
}
