//! `spia patterns`.

use super::args::{Common, PatternsArgs};
use super::connect::{open, scope_without_times};
use super::print::{Stop, answer};
use crate::answers::patterns::{PatternsParams, PatternsQuestion};
use crate::export::{patterns_json, patterns_text};
use crate::runtime::drive::drive;
use std::process::ExitCode;

/// Answers, prints, and gives the exit code.
pub async fn run(common: &Common, own: &PatternsArgs) -> Result<ExitCode, Stop> {
    let named = scope_without_times(common)?.named_fields();
    if own.sample == 0 {
        return Err(Stop::usage("--sample 0 would look at nothing: give at least 1"));
    }
    let mut ready = open(common)?;
    let known = ready.know(named).await?;
    let scope = ready.scope(common, known.clock)?;
    let question = PatternsQuestion::new(PatternsParams { scope, behind: None, sample: own.sample, limit: own.limit });
    let (patterns, _) = drive(ready.source.as_ref(), &known, question, ready.deadline).await?;
    answer(common, known.schemas.groups.is_empty(), &patterns.completeness, || patterns_json(&patterns), |_| patterns_text(&patterns, ready.zone))
}
