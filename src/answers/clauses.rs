//! The words of the contract as clauses: error record, request, failed, slow.

use crate::model::{Filter, Level};
use crate::query::Clause;
use crate::schema::{Field, FieldMap};

/// A record of ERROR or worse.
pub fn error_record(level: Level) -> Clause {
    Clause::LevelFrom(level)
}

/// A record that closes a request: it has a status and no exception or, where there is no status field, a duration.
pub fn request(map: &FieldMap) -> Clause {
    if map.has(&Field::Status) {
        Clause::Every(vec![Clause::Exists(Field::Status), Clause::Exists(Field::ExceptionType).negated()])
    } else {
        Clause::Exists(Field::Duration)
    }
}

/// A request that failed: status 500 or above or, where there is no status field, an error record or an exception.
pub fn failed(map: &FieldMap, level: Level) -> Clause {
    if map.has(&Field::Status) {
        Clause::Every(vec![Clause::AtLeast(Field::Status, 500.0), Clause::Exists(Field::ExceptionType).negated()])
    } else {
        Clause::Every(vec![Clause::Exists(Field::Duration), Clause::Either(vec![error_record(level), Clause::Exists(Field::ExceptionType)])])
    }
}

/// A record with a duration above the threshold.
pub fn slow(threshold_ms: f64) -> Clause {
    Clause::Above(Field::Duration, threshold_ms)
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
    let clause = value_clause(field, &filter.value);
    if filter.exclude { clause.negated() } else { clause }
}

/// `field:value` with the value as a person writes it: `*` is "there", `abc*` a beginning, a level any spelling of it.
pub fn value_clause(field: Field, value: &str) -> Clause {
    match (&field, value, value.strip_suffix('*')) {
        (_, "*", _) => Clause::Exists(field),
        (_, _, Some(prefix)) => Clause::Prefix(field, prefix.to_string()),
        (Field::Level, value, _) => match Level::parse(value) {
            Some(level) => Clause::AnyOf(field, level.spellings_from().into_iter().filter(|word| Level::parse(word) == Some(level)).collect()),
            None => Clause::is(field, value),
        },
        (Field::Message | Field::ExceptionMessage | Field::Stacktrace, value, _) => Clause::Phrase(field.clone(), value.to_string()),
        (_, value, _) => Clause::is(field, value),
    }
}
