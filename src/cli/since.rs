//! `spia since TIME`.

use super::args::{Common, SinceArgs};
use super::connect::{open, scope_without_times};
use super::print::{Stop, answer};
use crate::answers::since::{SinceParams, SinceQuestion};
use crate::export::{since_json, since_text};
use crate::model::parse_moment;
use crate::runtime::drive::drive;
use std::process::ExitCode;

/// Answers, prints, and gives the exit code.
pub async fn run(common: &Common, own: &SinceArgs) -> Result<ExitCode, Stop> {
    let named = scope_without_times(common)?.named_fields();
    let mut ready = open(common)?;
    let known = ready.know(named).await?;
    let at = parse_moment(&own.time, known.clock, ready.zone).map_err(|e| Stop::usage(e.to_string()))?;
    let scope = ready.scope(common, known.clock)?;
    let (since, _) = drive(ready.source.as_ref(), &known, SinceQuestion::new(SinceParams { scope, at }), ready.deadline).await?;
    answer(common, since.services.is_empty(), &since.completeness, || since_json(&since), |_| since_text(&since, ready.zone))
}
