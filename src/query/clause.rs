//! Which records a search is about.

use crate::model::{Level, TimeRange, Timestamp};
use crate::schema::Field;

/// One condition on a record.
#[derive(Clone, PartialEq, Debug)]
pub enum Clause {
    /// Written in the range.
    During(TimeRange),
    /// The date is this or later.
    Since(Field, Timestamp),
    /// The field has one of these exact values.
    AnyOf(Field, Vec<String>),
    /// Severity of this level or worse, however spelt.
    LevelFrom(Level),
    /// The field is there.
    Exists(Field),
    /// The number is greater.
    Above(Field, f64),
    /// The number is this or greater.
    AtLeast(Field, f64),
    /// The number is smaller.
    Below(Field, f64),
    /// The number is this or smaller.
    AtMost(Field, f64),
    /// The field's text has these words in this order, whatever their case.
    Phrase(Field, String),
    /// The exact value begins with this.
    Prefix(Field, String),
    /// Not so.
    Not(Box<Clause>),
    /// All of these; all records when empty.
    Every(Vec<Clause>),
    /// At least one of these; no record when empty.
    Either(Vec<Clause>),
}

impl Clause {
    /// The opposite.
    pub fn negated(self) -> Clause {
        Clause::Not(Box::new(self))
    }

    /// Exactly this value.
    pub fn is(field: Field, value: impl Into<String>) -> Clause {
        Clause::AnyOf(field, vec![value.into()])
    }

    /// `field:value` with the value as a person writes it: `*` is "there", `abc*` a beginning, a level any spelling of it,
    /// words in a text a phrase.
    pub fn of_value(field: Field, value: &str) -> Clause {
        match (&field, value, value.strip_suffix('*')) {
            (_, "*", _) => Clause::Exists(field),
            (_, _, Some(prefix)) => Clause::Prefix(field, prefix.to_string()),
            _ => Clause::exactly(field, value),
        }
    }

    /// The same for a quoted value, in which `*` is a star.
    pub fn exactly(field: Field, value: &str) -> Clause {
        match &field {
            Field::Level => match Level::parse(value) {
                Some(level) => Clause::AnyOf(field, level.spellings_from().into_iter().filter(|word| Level::parse(word) == Some(level)).collect()),
                None => Clause::is(field, value),
            },
            Field::Message | Field::ExceptionMessage | Field::Stacktrace => Clause::Phrase(field, value.to_string()),
            _ => Clause::is(field, value),
        }
    }

    /// Every field it names.
    pub fn fields(&self) -> Vec<&Field> {
        match self {
            Clause::During(_) => vec![&Field::Timestamp],
            Clause::LevelFrom(_) => vec![&Field::Level],
            Clause::Since(field, _)
            | Clause::AnyOf(field, _)
            | Clause::Exists(field)
            | Clause::Above(field, _)
            | Clause::AtLeast(field, _)
            | Clause::Below(field, _)
            | Clause::AtMost(field, _)
            | Clause::Phrase(field, _)
            | Clause::Prefix(field, _) => vec![field],
            Clause::Not(inner) => inner.fields(),
            Clause::Every(inner) | Clause::Either(inner) => inner.iter().flat_map(Clause::fields).collect(),
        }
    }
}
