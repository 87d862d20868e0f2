//! `spia traces`.

use super::args::{Common, TracesArgs};
use super::connect::{open, scope_without_times};
use super::print::{Stop, answer};
use crate::answers::traces::{MOST_TRACES, SAMPLE, TracesParams, TracesQuestion};
use crate::export::{traces_json, traces_text};
use crate::model::Level;
use crate::runtime::drive::drive;
use std::process::ExitCode;

/// Answers, prints, and gives the exit code.
pub async fn run(common: &Common, own: &TracesArgs) -> Result<ExitCode, Stop> {
    if own.sample == Some(0) {
        return Err(Stop::usage("--sample 0 would look at nothing: give at least 1"));
    }
    let named = scope_without_times(common)?.named_fields();
    let mut ready = open(common)?;
    let known = ready.know(named).await?;
    let scope = ready.scope(common, known.clock)?;
    let sample = own.sample.unwrap_or(SAMPLE);
    let most_traces = own.sample.unwrap_or(MOST_TRACES);
    let params = TracesParams { scope, sample, most_traces, services: own.services, level: Level::Error, limit: own.limit };
    let (traces, _) = drive(ready.source.as_ref(), &known, TracesQuestion::new(params), ready.deadline).await?;
    answer(common, known.schemas.groups.is_empty(), &traces.completeness, || traces_json(&traces), |_| traces_text(&traces, ready.zone))
}
