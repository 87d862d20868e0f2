//! `spia logs`.

use super::args::{Common, Format, LogsArgs};
use super::connect::{Ready, open, scope_without_times};
use super::print::{Stop, style, write};
use crate::answers::logs::{Logs, LogsParams, LogsQuestion};
use crate::answers::{Known, Reach};
use crate::export::{completeness_text, record_json, record_text};
use crate::model::{LogRecord, TimeRange, Timestamp, parse_moment, printable};
use crate::runtime::drive::{drive, know};
use serde_json::json;
use std::collections::HashSet;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

/// How often a followed source is asked.
const FOLLOW: Duration = Duration::from_secs(2);
/// Records arrive late and out of order: so far back each look reaches.
const FOLLOW_BACK_MS: i64 = 60_000;

/// Answers, prints, and gives the exit code.
pub async fn run(common: &Common, own: &LogsArgs) -> Result<ExitCode, Stop> {
    let named = scope_without_times(common)?.named_fields();
    let mut ready = open(common)?;
    let known = ready.know(named).await?;
    if own.unread {
        return unread(common, &ready);
    }
    let scope = ready.scope(common, known.clock)?;
    let around = own.around.as_deref().map(|text| parse_moment(text, known.clock, ready.zone)).transpose().map_err(|e| Stop::usage(e.to_string()))?;
    let mut scope = scope;
    if let (Some(at), Reach::Last(_)) = (around, scope.reach) {
        scope.reach = Reach::Exactly(TimeRange { from: at.plus_millis(-900_000), to: at.plus_millis(900_000) });
    }
    let params = LogsParams { scope, behind: None, limit: own.limit, around };
    let logs = ask(&ready, &known, params.clone()).await?;
    print(common, &ready, &logs.records)?;
    let _closed = write!(std::io::stderr(), "{}", completeness_text(&logs.completeness));
    if own.follow {
        follow(common, &ready, params, &logs).await?;
    }
    let code = if common.strict && !logs.completeness.complete { 3 } else { u8::from(logs.records.is_empty()) };
    Ok(ExitCode::from(code))
}

fn unread(common: &Common, ready: &Ready) -> Result<ExitCode, Stop> {
    let mut out = String::new();
    for line in ready.source.unread() {
        match common.format {
            Format::Json => out.push_str(&json!({"place": line.place, "reason": line.reason, "line": line.line}).to_string()),
            Format::Text | Format::Markdown => out.push_str(&printable::line(&format!("{}: {}: {}", line.place, line.reason, line.line))),
        }
        out.push('\n');
    }
    write(&out)?;
    Ok(ExitCode::SUCCESS)
}

async fn ask(ready: &Ready, known: &Known, params: LogsParams) -> Result<Logs, Stop> {
    Ok(drive(ready.source.as_ref(), known, LogsQuestion::new(params), ready.deadline).await?.0)
}

fn print(common: &Common, ready: &Ready, records: &[LogRecord]) -> Result<(), Stop> {
    let style = style(common);
    let mut out = String::new();
    for record in records {
        match common.format {
            Format::Json => {
                out.push_str(&record_json(record).to_string());
                out.push('\n');
            }
            Format::Text | Format::Markdown => out.push_str(&record_text(record, ready.zone, style)),
        }
    }
    write(&out)
}

/// Prints each record once, in the order in which they arrive, until it is stopped.
async fn follow(common: &Common, ready: &Ready, mut params: LogsParams, first: &Logs) -> Result<(), Stop> {
    let key = |r: &LogRecord| (r.timestamp, r.span_id.clone(), r.message.clone(), r.service.clone());
    let mut seen: HashSet<_> = first.records.iter().map(key).collect();
    let mut newest: Timestamp = first.records.last().map_or(first.range.to, |r| r.timestamp);
    let mut tick = tokio::time::interval(FOLLOW);
    loop {
        tick.tick().await;
        let known = know(ready.source.as_ref(), &ready.question).await?;
        let from = newest.plus_millis(-FOLLOW_BACK_MS);
        params.scope.reach = Reach::Exactly(TimeRange { from, to: known.clock.max(newest.plus_millis(1)).plus_millis(1000) });
        let logs = ask(ready, &known, params.clone()).await?;
        let fresh: Vec<LogRecord> = logs.records.into_iter().filter(|r| seen.insert(key(r))).collect();
        newest = fresh.iter().map(|r| r.timestamp).max().unwrap_or(newest).max(newest);
        seen.retain(|(at, ..)| *at >= newest.plus_millis(-2 * FOLLOW_BACK_MS));
        print(common, ready, &fresh)?;
    }
}
