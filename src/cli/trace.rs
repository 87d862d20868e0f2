//! `spia trace TARGET`.

use super::args::{Common, Format, TraceArgs};
use super::connect::{Ready, open, scope_without_times};
use super::print::{Stop, answer, failure};
use crate::answers::trace::{TraceParams, TraceQuestion, named_range};
use crate::export::{completeness_text, trace_json, trace_text};
use crate::model::target::{self, TraceId};
use crate::runtime::drive::drive;
use std::io::Read;
use std::process::ExitCode;

/// Answers, prints, and gives the exit code.
pub async fn run(common: &Common, own: &TraceArgs) -> Result<ExitCode, Stop> {
    let id = target_of(&own.target)?;
    let named = scope_without_times(common)?.named_fields();
    let mut ready = open(common)?;
    let known = ready.know(named).await?;
    let around = named_range(&ready.scope(common, known.clock)?);
    let params = TraceParams { id, only: around.is_some(), around, limit: own.limit.max(1) };
    let (found, _) = drive(ready.source.as_ref(), &known, TraceQuestion::new(params), ready.deadline).await?;
    print(common, &ready, &found)
}

fn print(common: &Common, ready: &Ready, found: &crate::answers::TraceAnswer) -> Result<ExitCode, Stop> {
    if found.trace.is_none() {
        let why = found.completeness.notes.last().cloned().unwrap_or_else(|| completeness_text(&found.completeness));
        if common.format == Format::Json {
            super::print::write("null\n")?;
        }
        return Ok(failure(&why, 1));
    }
    answer(common, false, &found.completeness, || trace_json(found).unwrap_or_default(), |style| trace_text(found, style, ready.zone))
}

/// The first trace id in the argument, or in standard input for `-`.
pub fn target_of(text: &str) -> Result<TraceId, Stop> {
    let text = match text {
        "-" => {
            let mut read = String::new();
            std::io::stdin()
                .lock()
                .take(1 << 20)
                .read_to_string(&mut read)
                .map_err(|e| Stop::usage(format!("cannot read the TARGET from standard input: {e}")))?;
            read
        }
        text => text.to_string(),
    };
    let found = target::parse(&text).map_err(|e| Stop::usage(e.to_string()))?;
    found.into_iter().next().ok_or_else(|| Stop::usage("no trace id"))
}
