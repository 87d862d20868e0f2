//! `spia demo`: a made-up incident, to look at or to write down.

use super::args::{Common, DemoArgs};
use super::print::Stop;
use crate::demo::{Dress, Incident, Scenario, Truth, exactly, render};
use crate::model::{Interval, Timestamp, Zone, parse_moment};
use crate::source::machine_clock;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

/// Writes the records, or shows them.
pub async fn run(common: &Common, own: &DemoArgs) -> Result<ExitCode, Stop> {
    match &own.write {
        Some(path) => write(common, own, path),
        None => super::dashboard::run_demo(common, own).await,
    }
}

/// What the options describe, with `now` as the clock.
pub fn scenario(own: &DemoArgs, now: Timestamp, default_onset: Timestamp) -> Result<Scenario, Stop> {
    let names = || Incident::ALL.map(Incident::name).join(", ");
    let incident = match own.incident.as_str() {
        "none" => None,
        name => Some(Incident::named(name).ok_or_else(|| Stop::usage(format!("--incident '{name}' is not known: {}, none", names())))?),
    };
    let moment = |text: &Option<String>| text.as_deref().map(|text| parse_moment(text, now, Zone::UTC)).transpose();
    let onset = moment(&own.onset).map_err(|e| Stop::usage(e.to_string()))?.unwrap_or(default_onset);
    let end = moment(&own.end).map_err(|e| Stop::usage(e.to_string()))?;
    if let Some(end) = end.filter(|end| *end <= onset) {
        return Err(Stop::usage(format!("--end {} is not after the onset, {}", end.rfc3339(), onset.rfc3339())));
    }
    let late = own.late.as_deref().map(Interval::parse).transpose().map_err(|e| Stop::usage(e.to_string()))?;
    if !(own.rate > 0.0 && own.rate <= 10_000.0) {
        return Err(Stop::usage(format!("--rate {} is not possible: give requests a second, above 0", own.rate)));
    }
    Ok(Scenario { seed: own.seed, incident, onset, end, rate: own.rate, late_ms: late.map_or(0, Interval::millis) })
}

fn write(common: &Common, own: &DemoArgs, path: &Path) -> Result<ExitCode, Stop> {
    let now = machine_clock();
    let to = common.to.as_deref().map(|text| parse_moment(text, now, Zone::UTC)).transpose().map_err(|e| Stop::usage(e.to_string()))?.unwrap_or(now);
    let scenario = scenario(own, to, to.plus_millis(-14 * 60_000))?;
    let dress = match own.dress.as_str() {
        "spia" => Dress::Spia,
        "ecs" => Dress::Ecs,
        other => return Err(Stop::usage(format!("--dress '{other}' is not known: spia or ecs"))),
    };
    let refuse = |path: &Path, e: std::io::Error| Stop { sentence: format!("cannot write {}: {e}", path.display()), code: 3 };
    let mut file = BufWriter::with_capacity(1 << 20, std::fs::File::create(path).map_err(|e| refuse(path, e))?);
    let mut truth = Truth::default();
    let mut failed = None;
    exactly(scenario, own.records, to.millis(), |batch| {
        for made in &batch {
            truth.add(made);
            if let Err(error) = writeln!(file, "{}", render(made, dress)) {
                failed.get_or_insert(error);
            }
        }
    });
    file.flush().map_err(|e| refuse(path, e))?;
    if let Some(error) = failed {
        return Err(refuse(path, error));
    }
    if let Some(path) = &own.truth {
        std::fs::write(path, format!("{:#}\n", truth.json(&scenario))).map_err(|e| refuse(path, e))?;
    }
    Ok(ExitCode::SUCCESS)
}
