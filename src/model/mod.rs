//! The nouns that every room shares: time, levels, records, filters, traces, and how far an answer can be trusted.
//!
//! Nothing here does I/O, draws, or reads a clock.

mod completeness;
mod fault;
mod filter;
mod fingerprint;
mod interval;
mod level;
mod mark;
pub mod printable;
mod record;
mod span;
mod stored;
pub mod target;
mod time_range;
mod timestamp;
mod told;

pub use completeness::Completeness;
pub use fault::Fault;
pub use filter::{Filter, FilterError};
pub use fingerprint::fingerprint;
pub use interval::{Interval, IntervalError};
pub use level::{Level, LevelScale};
pub use mark::{Mark, MarkedRecord};
pub use record::{Exception, LogRecord, MeasuredSpan, PassedOn, Peer, Place, Side, UnreadLine, host_of_url};
pub use span::{ClockShift, Origin, OriginKind, Span, SpanKind, Trace};
pub use stored::Stored;
pub use time_range::{RangeError, TimeRange, Zone, parse_moment, parse_range};
pub use timestamp::{Timestamp, TimestampFlaw};
pub use told::ToldChange;
