//! The dashboard, over a cluster, a file or the demo.

use super::args::{Common, DemoArgs, PaneName, ShownArgs};
use super::connect::{Ready, baseline_of, keymap, open, scope_without_times};
use super::demo::scenario;
use super::print::{Stop, write};
use super::trace::target_of;
use crate::answers::{Reach, Scope};
use crate::app::{Keymap, Pane, Shown, Start, State};
use crate::config::{load_columns, load_marks, load_profile};
use crate::model::{Filter, Interval, TimeRange, Zone, parse_moment};
use crate::source::local::MadeUp;
use crate::source::{SchemaQuestion, Source, machine_clock};
use crate::ui::Look;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// How often a source is asked.
const REFRESH_MS: i64 = 10_000;
const REFRESH_DEMO_MS: i64 = 5_000;
/// A demo's incident begins while one watches.
const ONSET_AHEAD_MS: i64 = 20_000;

/// Over the source that the options name; with a TARGET it opens on that trace.
pub async fn run(common: &Common, shown: &ShownArgs, target: Option<&str>) -> Result<ExitCode, Stop> {
    let trace = target.map(target_of).transpose()?;
    needs_terminal()?;
    let ready = open(common)?;
    let scope = scope_of(common, ready.zone)?;
    let is_file = ready.source.is_file();
    let live = matches!(scope.reach, Reach::Last(_));
    let command = command_of(common);
    let start = Start {
        source: ready.source.name(),
        target: ready.source.target(),
        is_file,
        command,
        scope,
        query: common.query.clone(),
        live,
        zone: ready.zone,
        ascii: common.ascii,
        refresh_ms: REFRESH_MS,
        now: machine_clock(),
        trace,
        shown: shown_of(shown)?,
        shared: crate::terminal::is_shared(),
        who: ready.who.clone(),
        marks: load_marks(&ready.source.name()),
        columns: load_columns(&ready.source.name()),
        keeps: true,
    };
    let named = start.scope.named_fields();
    let Ready { source, question, deadline, keymap, changes, .. } = ready;
    let question = SchemaQuestion { named, ..question };
    show(source, changes, question, deadline, start, keymap).await
}

/// Over a made-up incident that keeps running.
pub async fn run_demo(common: &Common, own: &DemoArgs) -> Result<ExitCode, Stop> {
    needs_terminal()?;
    let profile = load_profile(common.config.as_deref(), common.profile.as_deref()).map_err(|e| Stop::usage(e.to_string()))?;
    let keymap = keymap(common, &profile)?;
    let now = machine_clock();
    let source = Arc::new(MadeUp::new(scenario(own, now, now.plus_millis(ONSET_AHEAD_MS))?, machine_clock)?);
    let zone = common.tz.as_deref().map(Zone::parse).transpose().map_err(|e| Stop::usage(e.to_string()))?.unwrap_or(Zone::UTC);
    let scope = scope_of(common, zone)?;
    let start = Start {
        source: source.name(),
        target: source.target(),
        is_file: false,
        command: vec!["demo".to_string(), "--incident".to_string(), own.incident.clone()],
        live: matches!(scope.reach, Reach::Last(_)),
        scope,
        query: common.query.clone(),
        zone,
        ascii: common.ascii,
        refresh_ms: REFRESH_DEMO_MS,
        now,
        trace: None,
        shown: shown_of(&own.shown)?,
        shared: crate::terminal::is_shared(),
        who: profile.who.clone(),
        marks: Vec::new(),
        columns: Vec::new(),
        keeps: false,
    };
    let question = SchemaQuestion { named: start.scope.named_fields(), ..SchemaQuestion::default() };
    show(source, None, question, Duration::from_secs(common.timeout), start, keymap).await
}

async fn show(
    source: Arc<dyn Source>,
    changes: Option<Arc<dyn Source>>,
    question: SchemaQuestion,
    deadline: Duration,
    start: Start,
    keymap: Keymap,
) -> Result<ExitCode, Stop> {
    let colour = std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let look = Look { colour, ascii: start.ascii };
    let state = State::new(start, keymap);
    let command = crate::runtime::run(source, changes, question, deadline, state, look)
        .await
        .map_err(|e| Stop { sentence: format!("the terminal failed: {e}"), code: 3 })?;
    write(&format!("{command}\n"))?;
    Ok(ExitCode::SUCCESS)
}

fn needs_terminal() -> Result<(), Stop> {
    if std::io::stdout().is_terminal() {
        return Ok(());
    }
    Err(Stop::usage("the dashboard needs a terminal: for a pipe or a script ask `spia errors`, `slow`, `traces`, `trace` or `logs`"))
}

/// Times are of this machine's clock here: the source is not asked before the first frame stands.
fn scope_of(common: &Common, zone: Zone) -> Result<Scope, Stop> {
    let mut scope = scope_without_times(common)?;
    let now = machine_clock();
    let moment = |text: &String| parse_moment(text, now, zone).map_err(|e| Stop::usage(e.to_string()));
    scope.reach = match (&common.from, &common.to) {
        (None, None) => scope.reach,
        (Some(from), None) if from.starts_with("now-") || Interval::parse(from.trim_start_matches('-')).is_ok() => {
            Reach::Last(now.millis() - moment(from)?.millis())
        }
        (from, to) => {
            let to = to.as_ref().map(moment).transpose()?.unwrap_or(now);
            let from = from.as_ref().map(moment).transpose()?.unwrap_or_else(|| to.plus_millis(-900_000));
            Reach::Exactly(TimeRange::new(from, to).map_err(|e| Stop::usage(e.to_string()))?)
        }
    };
    scope.baseline = baseline_of(common, now, zone)?;
    Ok(scope)
}

fn shown_of(own: &ShownArgs) -> Result<Shown, Stop> {
    let off = own.off.iter().map(|text| Filter::parse(text)).collect::<Result<Vec<_>, _>>().map_err(|e| Stop::usage(e.to_string()))?;
    let pane = match own.pane {
        None | Some(PaneName::Errors | PaneName::Records) => Pane::Errors,
        Some(PaneName::Slow) => Pane::Slow,
        Some(PaneName::Traces) => Pane::Traces,
    };
    Ok(Shown { pane, alone: own.alone, records: own.pane == Some(PaneName::Records), off })
}

/// The options that lead to the same source; never a secret, for those are no options.
fn command_of(common: &Common) -> Vec<String> {
    let mut words = Vec::new();
    let mut put = |name: &str, value: Option<String>| words.extend(value.into_iter().flat_map(|v| [name.to_string(), v]));
    put("--profile", common.profile.clone());
    put("--url", common.url.clone());
    put("--ca", common.ca.as_ref().map(|p| p.display().to_string()));
    put("--index", common.index.clone());
    put("--schema", common.schema.clone());
    put("--tz", common.tz.clone());
    put("--interval", common.interval.clone());
    put("--changes", common.changes.clone());
    put("--threshold", Some(common.threshold.to_string()).filter(|_| common.threshold != 1000.0));
    for file in &common.file {
        put("--file", Some(file.clone()));
    }
    words
}
