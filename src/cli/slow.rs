//! `spia slow`.

use super::args::{Common, SlowArgs};
use super::connect::{open, scope_without_times};
use super::print::{Stop, answer};
use crate::answers::slow::{SlowParams, SlowQuestion};
use crate::export::{slow_json, slow_text};
use crate::runtime::drive::drive;
use std::process::ExitCode;

/// Answers, prints, and gives the exit code.
pub async fn run(common: &Common, _own: &SlowArgs) -> Result<ExitCode, Stop> {
    let named = scope_without_times(common)?.named_fields();
    let mut ready = open(common)?;
    let known = ready.know(named).await?;
    let scope = ready.scope(common, known.clock)?;
    let (slow, _) = drive(ready.source.as_ref(), &known, SlowQuestion::new(SlowParams { scope }), ready.deadline).await?;
    answer(common, slow.services.is_empty(), &slow.completeness, || slow_json(&slow), |style| slow_text(&slow, style, ready.zone))
}
