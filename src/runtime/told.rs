//! Changes that somebody tells outside of the logs: read from a file or an index of their own.

use super::drive::{drive, know, read_whole};
use crate::answers::logs::LogsQuestion;
use crate::answers::{LogsParams, Reach, Scope};
use crate::app::Event;
use crate::model::{Fault, TimeRange, Timestamp, ToldChange};
use crate::source::{SchemaQuestion, Source, machine_clock};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// Older ones are history, ms.
const BACK_MS: i64 = 26 * 3_600_000;
/// So many of the newest are known.
const MOST: usize = 200;
/// How often they are asked for again.
const EVERY: Duration = Duration::from_secs(30);

/// The changes of the day before that moment: a record's time, service and message tell one.
pub async fn told(source: &dyn Source, deadline: Duration, now: Timestamp) -> Result<Vec<ToldChange>, Fault> {
    read_whole(source).await;
    let known = know(source, &SchemaQuestion::default()).await?;
    let range = TimeRange { from: now.plus_millis(-BACK_MS), to: now.plus_millis(3_600_000) };
    let scope = Scope { reach: Reach::Exactly(range), ..Scope::default() };
    let question = LogsQuestion::new(LogsParams { scope, behind: None, limit: MOST, around: None });
    let (logs, _) = drive(source, &known, question, deadline).await?;
    let change = |record: crate::model::LogRecord| Some(ToldChange { at: record.timestamp, service: record.service, what: record.message? });
    Ok(logs.records.into_iter().filter_map(change).collect())
}

/// Sends them as they are told; one that cannot be asked is asked again.
pub fn follow(source: Arc<dyn Source>, deadline: Duration, sender: UnboundedSender<Event>) {
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(EVERY);
        loop {
            tick.tick().await;
            let event = Event::Told(told(source.as_ref(), deadline, machine_clock()).await);
            if sender.send(event).is_err() {
                return;
            }
        }
    });
}
