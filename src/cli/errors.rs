//! `spia errors`.

use super::args::{Common, ErrorsArgs};
use super::connect::{measure_of, open, scope_without_times};
use super::print::{Stop, answer};
use crate::answers::errors::ErrorsQuestion;
use crate::answers::{By, ErrorsParams, Measure};
use crate::export::{errors_json, errors_text};
use crate::model::Level;
use crate::runtime::drive::drive;
use crate::schema::Field;
use std::process::ExitCode;

/// Answers, prints, and gives the exit code.
pub async fn run(common: &Common, own: &ErrorsArgs) -> Result<ExitCode, Stop> {
    let measure = measure_of("--measure", &own.measure)?;
    let level = Level::parse(&own.level)
        .ok_or_else(|| Stop::usage(format!("--level '{}' is no level: {}", own.level, Level::ALL.map(Level::name).join(", "))))?;
    let by = if own.by == "time" { By::Time } else { By::Field(Field::parse(&own.by)) };
    // The seed's matrix is of all records.
    let measure = if by == By::Field(Field::Level) { Measure::Records } else { measure };
    let mut named = scope_without_times(common)?.named_fields();
    if let By::Field(field @ Field::Named(_)) = &by {
        named.push(field.clone());
    }
    let mut ready = open(common)?;
    let known = ready.know(named).await?;
    let scope = ready.scope(common, known.clock)?;
    let question = ErrorsQuestion::new(ErrorsParams { scope, measure, by, level, top: own.top, ..ErrorsParams::default() });
    let (errors, _) = drive(ready.source.as_ref(), &known, question, ready.deadline).await?;
    answer(common, errors.is_empty(), &errors.completeness, || errors_json(&errors), |style| errors_text(&errors, style, ready.zone))
}
