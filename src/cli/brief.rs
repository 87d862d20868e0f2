//! `spia brief`.

use super::args::{BriefArgs, Common};
use super::connect::{open, scope_without_times};
use super::print::{Stop, answer};
use crate::answers::brief::{BriefParams, BriefQuestion, Found};
use crate::export::{brief_json, brief_text};
use crate::runtime::drive::drive;
use std::process::ExitCode;

/// Answers, prints, and gives the exit code: 3 when it is blind.
pub async fn run(common: &Common, own: &BriefArgs) -> Result<ExitCode, Stop> {
    let named = scope_without_times(common)?.named_fields();
    let mut ready = open(common)?;
    ready.question.attributes = true;
    let known = ready.know(named).await?;
    let scope = ready.scope(common, known.clock)?;
    let question = BriefQuestion::new(BriefParams { scope, who: own.who.clone() });
    let (brief, _) = drive(ready.source.as_ref(), &known, question, ready.deadline).await?;
    let code = answer(common, false, &brief.completeness, || brief_json(&brief), |_| brief_text(&brief, ready.zone))?;
    Ok(if brief.found == Found::Blind { ExitCode::from(3) } else { code })
}
