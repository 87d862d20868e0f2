//! `spia brief`.

use super::args::{BriefArgs, Common};
use super::command::{source_options, until};
use super::connect::{Ready, open, scope_without_times};
use super::print::{Stop, answer, failure};
use super::trace::{only, target_of};
use crate::answers::brief::{BriefParams, BriefQuestion, Found};
use crate::answers::trace::{TRACE_RECORDS, TraceParams, TraceQuestion, range_of};
use crate::answers::{Known, Reach};
use crate::export::{brief_json, brief_text};
use crate::model::TimeRange;
use crate::model::target::Target;
use crate::runtime::drive::drive;
use crate::runtime::told::told;
use std::process::ExitCode;

/// Answers, prints, and gives the exit code: 3 when it is blind.
pub async fn run(common: &Common, own: &BriefArgs) -> Result<ExitCode, Stop> {
    let named = scope_without_times(common)?.named_fields();
    let target = own.target.as_deref().map(target_of).transpose()?;
    let mut ready = open(common)?;
    ready.question.attributes = true;
    let known = ready.know(named).await?;
    let mut scope = ready.scope(common, known.clock)?;
    if let Some(target) = &target {
        match since(&ready, &known, target).await? {
            Some(range) => scope.reach = Reach::Exactly(range),
            None => {
                return Ok(failure(
                    "the TARGET's trace was not found: `spia trace` says where it was looked for; without a TARGET the last 15 minutes are looked at",
                    1,
                ));
            }
        }
    }
    let told = match &ready.changes {
        Some(changes) => told(changes.as_ref(), ready.deadline, known.clock).await?,
        None => Vec::new(),
    };
    let question = BriefQuestion::new(BriefParams { scope, who: ready.who.iter().chain(&own.who).cloned().collect(), told });
    let (mut brief, _) = drive(ready.source.as_ref(), &known, question, ready.deadline).await?;
    // Who copies a command means the same source.
    let (options, until) = (source_options(common), until(common, &brief));
    brief.findings.iter_mut().for_each(|finding| finding.command.push_str(&format!("{until}{options}")));
    let code = answer(common, false, &brief.completeness, || brief_json(&brief), |_| brief_text(&brief, ready.zone, &options))?;
    Ok(if brief.found == Found::Blind { ExitCode::from(3) } else { code })
}

/// From a quarter of an hour before the trace to now.
async fn since(ready: &Ready, known: &Known, target: &Target) -> Result<Option<TimeRange>, Stop> {
    let params = TraceParams { id: only(target)?, only: false, around: target.around, limit: TRACE_RECORDS, usual: false };
    let (found, _) = drive(ready.source.as_ref(), known, TraceQuestion::new(params), ready.deadline).await?;
    Ok(found.trace.and_then(|trace| range_of(&trace, known.clock)))
}
