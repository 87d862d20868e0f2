//! The demo as a source: made-up records go through the same columns as a file's, and more of them each time it is asked.

use super::content::Content;
use super::engine::Engine;
use super::layout::local_schemas;
use super::open::search_blocking;
use crate::demo::{Dress, Made, Scenario, Stream, render};
use crate::model::{Fault, Timestamp};
use crate::query::Search;
use crate::schema::Schemas;
use crate::source::{Batch, Progress, SchemaQuestion, Source};
use futures_util::future::BoxFuture;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// An incident that keeps running.
pub struct MadeUp {
    feed: Arc<Feed>,
    name: String,
}

struct Feed {
    engine: Arc<Engine>,
    content: Arc<Content>,
    stream: Mutex<Stream>,
    /// Up to where records were taken in, ms.
    reached: AtomicI64,
    clock: fn() -> Timestamp,
}

/// How much of the past there is when the demo begins.
const HISTORY_MS: i64 = 75 * 60_000;
/// So much of it is made at a time.
const SLICE_MS: i64 = 180_000;

impl MadeUp {
    /// A scenario whose past reaches back from `clock()`.
    pub fn new(scenario: Scenario, clock: fn() -> Timestamp) -> Result<MadeUp, Fault> {
        MadeUp::since(scenario, clock, HISTORY_MS)
    }

    /// The same with so much of a past, ms.
    pub fn since(scenario: Scenario, clock: fn() -> Timestamp, history_ms: i64) -> Result<MadeUp, Fault> {
        let first_second = (clock().millis() - history_ms) / 1000;
        let content = Content::spool("demo").map_err(|e| Fault::File { path: "a temporary file".to_string(), reason: e.to_string() })?;
        let feed = Feed {
            engine: Arc::new(Engine::new(SchemaQuestion::default())),
            content: Arc::new(content),
            stream: Mutex::new(Stream::new(scenario, first_second, true)),
            reached: AtomicI64::new(first_second * 1000),
            clock,
        };
        let name = scenario.incident.map_or("demo".to_string(), |incident| format!("demo {incident}"));
        Ok(MadeUp { feed: Arc::new(feed), name })
    }

    async fn caught_up(&self) -> Result<(), Fault> {
        let feed = self.feed.clone();
        tokio::task::spawn_blocking(move || feed.catch_up()).await.map_err(|e| Fault::Lost(e.to_string()))?
    }
}

impl Feed {
    /// Makes what has arrived since it was last asked.
    fn catch_up(&self) -> Result<(), Fault> {
        let until = (self.clock)().millis();
        let Ok(mut stream) = self.stream.lock() else { return Ok(()) };
        // Minute by minute: the past is never held as a whole.
        let mut reached = self.reached.load(Ordering::SeqCst).min(until);
        while reached < until {
            reached = (reached + SLICE_MS).min(until);
            self.take_in(&stream.until(reached))?;
        }
        self.reached.store(until, Ordering::SeqCst);
        self.engine.report(|progress| *progress = Progress { done: true, ..*progress });
        Ok(())
    }
}

impl Feed {
    fn take_in(&self, records: &[Made]) -> Result<(), Fault> {
        if records.is_empty() {
            return Ok(());
        }
        let mut block = String::with_capacity(records.len() * 700);
        for made in records {
            block.push_str(&render(made, Dress::Spia));
            block.push('\n');
        }
        let spool = |e: std::io::Error| Fault::File { path: "a temporary file".to_string(), reason: e.to_string() };
        let offset = self.content.append(block.as_bytes()).map_err(spool)?;
        let _newest = self.engine.take_in(block.as_bytes(), offset, &self.content);
        Ok(())
    }
}

impl Source for MadeUp {
    fn search<'a>(&'a self, searches: &'a [Search], _deadline: Duration) -> BoxFuture<'a, Result<Batch, Fault>> {
        Box::pin(async move {
            self.caught_up().await?;
            search_blocking(self.feed.engine.clone(), searches.to_vec(), self.name.clone()).await
        })
    }

    fn schemas<'a>(&'a self, question: &'a SchemaQuestion) -> BoxFuture<'a, Result<Schemas, Fault>> {
        Box::pin(async move {
            self.caught_up().await?;
            local_schemas(&self.feed.engine, &self.name, question)
        })
    }

    fn clock(&self) -> BoxFuture<'_, Result<Timestamp, Fault>> {
        Box::pin(async move { Ok((self.feed.clock)()) })
    }

    fn progress(&self) -> Progress {
        self.feed.engine.progress()
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn is_file(&self) -> bool {
        true
    }

    fn target(&self) -> String {
        "made up".to_string()
    }
}
