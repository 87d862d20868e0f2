//! `spia explain`.

use super::args::{Common, ExplainArgs};
use super::connect::{open, scope_without_times};
use super::print::{Stop, answer};
use crate::answers::explain::{ExplainParams, ExplainQuestion};
use crate::export::{explain_json, explain_text};
use crate::runtime::drive::drive;
use std::process::ExitCode;

/// Answers, prints, and gives the exit code.
pub async fn run(common: &Common, own: &ExplainArgs) -> Result<ExitCode, Stop> {
    let named = scope_without_times(common)?.named_fields();
    let mut ready = open(common)?;
    ready.question.attributes = true;
    let known = ready.know(named).await?;
    let scope = ready.scope(common, known.clock)?;
    let question = ExplainQuestion::new(ExplainParams { scope, within: None, against_before: own.against_before, limit: own.limit });
    let (explain, _) = drive(ready.source.as_ref(), &known, question, ready.deadline).await?;
    answer(common, explain.selected + explain.rest == 0, &explain.completeness, || explain_json(&explain), |_| explain_text(&explain, ready.zone))
}
