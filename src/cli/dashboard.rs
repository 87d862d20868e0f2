//! The dashboard, over a cluster, a file or the demo.

use super::args::{Common, DemoArgs, PaneName, ShownArgs};
use super::command::source_words;
use super::connect::{Ready, baseline_of, keymap, measure_of, open, range_named, scope_without_times};
use super::demo::scenario;
use super::print::{Stop, write};
use super::trace::target_of;
use crate::answers::{Reach, Scope};
use crate::app::about::About;
use crate::app::{Keymap, Pane, Shown, Start, State, View};
use crate::config::{load_columns, load_marks, load_profile};
use crate::model::{Filter, Interval, TimeRange, Timestamp, Zone, parse_moment};
use crate::runtime::drive::read_whole;
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
    let now = clock_for(common, shown, &ready).await?;
    let scope = scope_of(common, now, ready.zone)?;
    let is_file = ready.source.is_file();
    let live = matches!(scope.reach, Reach::Last(_));
    let command = source_words(common);
    let kept_as = if is_file { files(&common.file) } else { format!("{} {}", ready.source.name(), ready.source.target()) };
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
        shown: shown_of(shown, now, ready.zone)?,
        shared: crate::terminal::is_shared(),
        who: ready.who.clone(),
        marks: load_marks(&kept_as),
        columns: load_columns(&kept_as),
        kept_as,
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
    let scope = scope_of(common, now, zone)?;
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
        shown: shown_of(&own.shown, now, zone)?,
        shared: crate::terminal::is_shared(),
        who: profile.who.clone(),
        kept_as: String::new(),
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

/// What times are told by: this machine's clock, for a cluster is not asked before the first frame stands. A file's own end is what
/// "now" means in it; it is read first where a time depends on that.
async fn clock_for(common: &Common, shown: &ShownArgs, ready: &Ready) -> Result<Timestamp, Stop> {
    let now = machine_clock();
    let depends = |text: &str| {
        let meant = |clock| parse_moment(text, clock, ready.zone).ok();
        meant(now) != meant(now.plus_millis(-DAY_MS - 1))
    };
    let halves = [&common.baseline, &shown.at].into_iter().flatten().flat_map(|range| range.split('/'));
    let ends = common.from.iter().chain(&common.to).map(String::as_str);
    let open = common.from.is_some() && common.to.is_none();
    if !ready.source.is_file() || !(open || ends.chain(halves).any(depends)) {
        return Ok(now);
    }
    read_whole(ready.source.as_ref()).await;
    Ok(ready.source.clock().await?)
}

/// A day: of two moments so far apart one says what of the clock is in a text.
const DAY_MS: i64 = 86_400_000;

fn scope_of(common: &Common, now: Timestamp, zone: Zone) -> Result<Scope, Stop> {
    let mut scope = scope_without_times(common)?;
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

fn shown_of(own: &ShownArgs, now: Timestamp, zone: Zone) -> Result<Shown, Stop> {
    let filters =
        |texts: &[String]| texts.iter().map(|text| Filter::parse(text)).collect::<Result<Vec<_>, _>>().map_err(|e| Stop::usage(e.to_string()));
    let (pane, view) = match own.pane {
        None | Some(PaneName::Errors) => (Pane::Errors, View::Overview),
        Some(PaneName::Slow) => (Pane::Slow, View::Overview),
        Some(PaneName::Traces) => (Pane::Traces, View::Overview),
        Some(PaneName::Records) => (Pane::Errors, View::Records),
        Some(PaneName::Patterns) => (Pane::Errors, View::Patterns),
        Some(PaneName::Explain) => (Pane::Errors, View::Explain),
    };
    let words = own.saying.clone().unwrap_or_default();
    crate::query::grammar::parse(&words).map_err(|e| Stop::usage(format!("--saying: {e}")))?;
    let range = own.at.as_deref().map(|text| range_named("--at", text, now, zone)).transpose()?;
    let behind = own.only.as_deref().map(|name| measure_of("--only", name)).transpose()?;
    let about = About { own: filters(&own.of)?, words, range, behind, unfiltered: own.unfiltered, ..About::default() };
    Ok(Shown { pane, alone: own.alone, view, about, measure: measure_of("--cells", &own.cells)?, off: filters(&own.off)? })
}

/// The same files, from wherever they are named.
fn files(names: &[String]) -> String {
    let whole = |name: &String| std::fs::canonicalize(name).map_or_else(|_| name.clone(), |path| path.display().to_string());
    format!("file {}", names.iter().map(whole).collect::<Vec<_>>().join(" "))
}
