//! A moment that somebody wrote down: "flag psp=adyen 5 %", or a record to come back to.

use super::{LogRecord, Timestamp};

/// A moment with a note.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// What was done or seen; may be empty.
    pub note: String,
    /// It is a bookmark: this record.
    pub record: Option<Box<MarkedRecord>>,
}

/// What a record is found again by.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MarkedRecord {
    /// Who wrote it.
    pub service: Option<String>,
    /// What it says.
    pub message: Option<String>,
    /// The part of its request that it belongs to.
    pub span_id: Option<String>,
}

impl Mark {
    /// A bookmark.
    pub fn of(record: &LogRecord) -> Mark {
        let marked = MarkedRecord { service: record.service.clone(), message: record.message.clone(), span_id: record.span_id.clone() };
        Mark { at: record.timestamp, note: String::new(), record: Some(Box::new(marked)) }
    }

    /// Whether it is a bookmark of this record.
    pub fn is_of(&self, record: &LogRecord) -> bool {
        let same = |m: &MarkedRecord| m.service == record.service && m.message == record.message && m.span_id == record.span_id;
        self.at == record.timestamp && self.record.as_deref().is_some_and(same)
    }
}
