//! What may be asked of a source: one enum of what both engines can do. It is printed as JSON by the one and run over
//! columns by the other; nobody parses it back.

mod clause;
pub mod grammar;
mod reply;
mod search;

pub use clause::Clause;
pub use reply::{Bucket, Figures, Hit, Key, Reply, ShardFailure, Shards, Value};
pub use search::{Agg, Hits, Name, Order, Search};
