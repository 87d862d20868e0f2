//! Drives a question's steps: the only place that knows both what is asked and who answers.

use crate::answers::{Known, Question, Step};
use crate::model::Fault;
use crate::source::{Cost, SchemaQuestion, Source};
use std::time::Duration;

/// What is found out before a question is asked.
pub async fn know(source: &dyn Source, question: &SchemaQuestion) -> Result<Known, Fault> {
    let (schemas, clock) = tokio::join!(source.schemas(question), source.clock());
    Ok(Known { schemas: schemas?, clock: clock?, target: source.target(), is_file: source.is_file() })
}

/// Asks step after step until there is an answer; adds up what it cost.
pub async fn drive<Q: Question>(source: &dyn Source, known: &Known, mut question: Q, deadline: Duration) -> Result<(Q::Answer, Cost), Fault> {
    let mut cost = Cost::default();
    let mut step = question.start(known)?;
    loop {
        match step {
            Step::Done(answer) => return Ok((answer, cost)),
            Step::Ask(searches) | Step::Part(_, searches) => {
                let batch = source.search(&searches, deadline).await?;
                cost.add(batch.cost);
                step = question.resume(known, batch.replies)?;
            }
        }
    }
}

/// Waits until a file is read to its end: a headless answer is about all of it.
pub async fn read_whole(source: &dyn Source) {
    let mut tick = tokio::time::interval(Duration::from_millis(2));
    while !source.progress().done {
        tick.tick().await;
    }
}
