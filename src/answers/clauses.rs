//! The words of the contract as clauses: error record, request, failed, slow.

use super::Measure;
use crate::model::{Filter, Level};
use crate::query::Clause;
use crate::schema::{Field, FieldMap};

/// A record of ERROR or worse.
pub fn error_record(level: Level) -> Clause {
    Clause::LevelFrom(level)
}

/// A record that closes a request: it has a status and no exception or, where there is no status field, a duration.
pub fn request(map: &FieldMap) -> Clause {
    if map.has(&Field::Status) { Clause::Every(vec![Clause::Exists(Field::Status), closing(map)]) } else { Clause::Exists(Field::Duration) }
}

/// What tells the record that closes a request from one about an exception in it. Where a layout (pino, winston, Serilog) has both
/// in one record, how long it took tells.
pub fn closing(map: &FieldMap) -> Clause {
    let plain = Clause::Exists(Field::ExceptionType).negated();
    if map.tells_both() { Clause::Either(vec![plain, Clause::Exists(Field::Duration)]) } else { plain }
}

/// A request that failed: status 500 or above or, where there is no status field, a failed outcome, an error record or an
/// exception.
pub fn failed(map: &FieldMap, level: Level) -> Clause {
    if map.has(&Field::Status) {
        Clause::Every(vec![Clause::AtLeast(Field::Status, 500.0), closing(map)])
    } else if map.has(&Field::Outcome) {
        // Measured spans without a status say in their own words whether they failed.
        let words = ["Error", "ERROR", "STATUS_CODE_ERROR", "failure", "2", "true"].map(str::to_string).to_vec();
        Clause::Every(vec![Clause::Exists(Field::Duration), Clause::AnyOf(Field::Outcome, words)])
    } else {
        Clause::Every(vec![Clause::Exists(Field::Duration), Clause::Either(vec![error_record(level), Clause::Exists(Field::ExceptionType)])])
    }
}

/// A record whose duration is that of a request or of a piece of work: where requests have a status, what has none and names whom it
/// asked is a call out of one, and a warning of how long something took is none.
pub fn timed(map: &FieldMap) -> Clause {
    let asked = [Field::Peer, Field::Url].into_iter().filter(|field| map.has(field)).map(Clause::Exists);
    if !map.has(&Field::Status) || map.holds_spans() {
        return Clause::Exists(Field::Duration);
    }
    let bare = vec![
        Clause::Exists(Field::Duration),
        Clause::Exists(Field::Status).negated(),
        Clause::Either(std::iter::once(error_record(Level::Warn)).chain(asked).collect()),
    ];
    Clause::Every(vec![Clause::Exists(Field::Duration), Clause::Every(bare).negated()])
}

/// Such a record with a duration above the threshold.
pub fn slow(map: &FieldMap, threshold_ms: f64) -> Clause {
    Clause::Every(vec![timed(map), Clause::Above(Field::Duration, threshold_ms)])
}

/// The record that opens a request, where the schema has one.
pub fn start(map: &FieldMap) -> Option<Clause> {
    map.start_message.filter(|_| map.has(&Field::Message)).map(|text| Clause::Phrase(Field::Message, text.to_string()))
}

/// The record that closes it.
pub fn completion(map: &FieldMap) -> Option<Clause> {
    map.completion_message.filter(|_| map.has(&Field::Message)).map(|text| Clause::Phrase(Field::Message, text.to_string()))
}

/// A chip or `--filter` as a clause.
pub fn filter_clause(filter: &Filter) -> Clause {
    let field = Field::parse(&filter.field);
    let clause = Clause::of_value(field, &filter.value);
    if filter.exclude { clause.negated() } else { clause }
}

/// The records that a measure counts.
pub fn counted_by(measure: Measure, map: &FieldMap, level: Level, threshold_ms: f64) -> Clause {
    match measure {
        Measure::Errors => error_record(level),
        Measure::Failed => failed(map, level),
        Measure::Share | Measure::Requests => request(map),
        Measure::Records => Clause::Every(Vec::new()),
        Measure::Slow => slow(map, threshold_ms),
        Measure::P95 => timed(map),
    }
}

/// The records behind a cell of a measure: those that make it worth a look.
pub fn behind(measure: Measure, map: &FieldMap, level: Level, threshold_ms: f64) -> Clause {
    match measure {
        // A request that failed at INFO explains a row of errors as well as its ERROR does.
        Measure::Errors => Clause::Either(vec![error_record(level), failed(map, level)]),
        Measure::Share => failed(map, level),
        Measure::P95 => slow(map, threshold_ms),
        other => counted_by(other, map, level, threshold_ms),
    }
}
