//! Where answers come from: a cluster, or files read into columns. Both take the same searches and give the same replies.

pub mod elastic;
pub mod local;

use crate::model::{Fault, Timestamp, UnreadLine};
use crate::query::{Reply, Search};
use crate::schema::{Field, Preset, Schemas};
use futures_util::future::BoxFuture;
use std::time::Duration;

/// What one batch of searches brought and cost.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// One for each search, in order.
    pub replies: Vec<Result<Reply, Fault>>,
    /// What it cost.
    pub cost: Cost,
}

/// What asking cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Cost {
    /// From asking to the answer, ms.
    pub wall_ms: u64,
    /// What the cluster says it took, ms.
    pub took_ms: u64,
    /// Decoded bytes of the answers.
    pub bytes: u64,
    /// Requests sent.
    pub requests: u64,
}

/// How far reading has come; a cluster has nothing to read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Bytes read.
    pub read: u64,
    /// Bytes there are, where that is known.
    pub total: Option<u64>,
    /// Nothing more is to come for now.
    pub done: bool,
    /// A file has grown since: its clock goes on.
    pub followed: bool,
}

/// What to find out about a source's fields.
#[derive(Clone, Debug, Default)]
pub struct SchemaQuestion {
    /// Use this preset and no other.
    pub only: Option<&'static Preset>,
    /// Fields kept elsewhere than the preset says.
    pub renames: Vec<(Field, String)>,
    /// Fields that the question names itself.
    pub named: Vec<Field>,
    /// Map every attribute that can be counted by value as well, under its own path.
    pub attributes: bool,
}

/// A cluster, or files.
pub trait Source: Send + Sync {
    /// Answers searches, in one request where there are requests, but for those that bring much; what nobody waits for any more is cancelled by
    /// dropping the future.
    fn search<'a>(&'a self, searches: &'a [Search], deadline: Duration) -> BoxFuture<'a, Result<Batch, Fault>>;

    /// The groups of indices that a pattern holds, and what their fields mean.
    fn schemas<'a>(&'a self, question: &'a SchemaQuestion) -> BoxFuture<'a, Result<Schemas, Fault>>;

    /// What time it is for the source.
    fn clock(&self) -> BoxFuture<'_, Result<Timestamp, Fault>>;

    /// How far reading has come.
    fn progress(&self) -> Progress;

    /// What to call it in a line of state: a host, a file.
    fn name(&self) -> String;

    /// What is searched: an index pattern, a file.
    fn target(&self) -> String;

    /// The first lines that could not be read; a cluster has none.
    fn unread(&self) -> Vec<UnreadLine> {
        Vec::new()
    }

    /// Files: there a trace is looked for in all records.
    fn is_file(&self) -> bool {
        false
    }
}

/// The machine's clock.
pub fn machine_clock() -> Timestamp {
    Timestamp::from_nanos(chrono::Utc::now().timestamp_nanos_opt().unwrap_or_default())
}

impl Cost {
    /// One after the other.
    pub fn add(&mut self, more: Cost) {
        self.wall_ms += more.wall_ms;
        self.took_ms += more.took_ms;
        self.bytes += more.bytes;
        self.requests += more.requests;
    }
}
