//! What is counted of each service in the cells of its course.

use crate::answers::clauses::{closing, completion, error_record, failed, request, start, timed};
use crate::model::Level;
use crate::query::{Agg, Clause, Name};
use crate::schema::{Field, FieldMap};

/// What a cell counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counting {
    /// Records of any kind.
    Records,
    /// Error records.
    Errors,
    /// Requests that ended.
    Requests,
    /// Those that failed.
    Failed,
    /// Those that were refused.
    Refused,
    /// Requests that began.
    Starts,
    /// Requests that said they were through.
    Completions,
    /// Records with a duration.
    Timed,
    /// Records that belong to a request, which may be one of a queue.
    Traced,
}

impl Counting {
    /// All of them.
    pub const ALL: [Counting; 9] = [
        Counting::Records,
        Counting::Errors,
        Counting::Requests,
        Counting::Failed,
        Counting::Refused,
        Counting::Starts,
        Counting::Completions,
        Counting::Timed,
        Counting::Traced,
    ];

    /// The records that are counted; `None` where the schema cannot tell them.
    pub fn clauses(self, map: &FieldMap) -> Option<Vec<Clause>> {
        Some(match self {
            Counting::Records => Vec::new(),
            Counting::Errors => vec![error_record(Level::Error)],
            Counting::Requests => vec![request(map)],
            Counting::Failed => vec![failed(map, Level::Error)],
            Counting::Refused => vec![refused(map)?],
            Counting::Starts => vec![start(map).filter(|_| completion(map).is_some())?],
            Counting::Completions => vec![completion(map).filter(|_| start(map).is_some())?],
            Counting::Timed => vec![timed(map)],
            Counting::Traced => vec![Clause::Exists(map.has(&Field::TraceId).then_some(Field::TraceId)?)],
        })
    }

    /// What is counted in a cell beside the records.
    pub fn beside(self) -> Vec<(Name, Agg)> {
        if self == Counting::Timed { vec![("avg", Agg::Avg(Field::Duration))] } else { Vec::new() }
    }
}

/// Requests that were refused (4xx).
pub fn refused(map: &FieldMap) -> Option<Clause> {
    let status = || vec![Clause::AtLeast(Field::Status, 400.0), Clause::Below(Field::Status, 500.0), closing(map)];
    map.has(&Field::Status).then(|| Clause::Every(status()))
}
