//! `spia trace TARGET`.

use super::args::{Common, Format, TraceArgs};
use super::connect::{Ready, open, scope_without_times};
use super::print::{Stop, answer, failure};
use crate::answers::trace::{TraceParams, TraceQuestion, named_range};
use crate::export::{completeness_text, trace_json, trace_markdown, trace_text};
use crate::model::target::{self, Target, TraceId};
use crate::runtime::drive::drive;
use std::io::Read;
use std::process::ExitCode;

/// Answers, prints, and gives the exit code.
pub async fn run(common: &Common, own: &TraceArgs) -> Result<ExitCode, Stop> {
    let target = target_of(&own.target)?;
    let id = only(&target)?;
    let named = scope_without_times(common)?.named_fields();
    let mut ready = open(common)?;
    let known = ready.know(named).await?;
    let named = named_range(&ready.scope(common, known.clock)?);
    let params = TraceParams { id, only: named.is_some(), around: named.or(target.around), limit: own.limit.max(1), usual: own.usual };
    let (found, _) = drive(ready.source.as_ref(), &known, TraceQuestion::new(params), ready.deadline).await?;
    print(common, &ready, &found)
}

/// The one trace that a TARGET names.
pub fn only(target: &Target) -> Result<TraceId, Stop> {
    match target.ids.as_slice() {
        [only] => Ok(only.clone()),
        several => Err(Stop::usage(format!(
            "the TARGET names {} traces: {}; give one of them",
            several.len(),
            several.iter().map(TraceId::text).collect::<Vec<_>>().join(", ")
        ))),
    }
}

fn print(common: &Common, ready: &Ready, found: &crate::answers::TraceAnswer) -> Result<ExitCode, Stop> {
    if found.trace.is_none() {
        let why = found.completeness.notes.last().cloned().unwrap_or_else(|| completeness_text(&found.completeness));
        if common.format == Format::Json {
            super::print::write("null\n")?;
        }
        return Ok(failure(&why, 1));
    }
    if common.format == Format::Markdown {
        super::print::write(&trace_markdown(found, ready.zone))?;
        return Ok(ExitCode::SUCCESS);
    }
    answer(common, false, &found.completeness, || trace_json(found).unwrap_or_default(), |style| trace_text(found, style, ready.zone))
}

/// What the argument names, or in standard input for `-`.
pub fn target_of(text: &str) -> Result<Target, Stop> {
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
    target::parse(&text).map_err(|e| Stop::usage(e.to_string()))
}
