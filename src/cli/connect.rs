//! From options, environment and profile to a source and a scope.

use super::args::Common;
use super::print::Stop;
use crate::answers::{Known, Measure, Reach, Scope};
use crate::app::Keymap;
use crate::config::{Profile, load_profile};
use crate::model::{Fault, Filter, Interval, TimeRange, Timestamp, Zone, parse_moment};
use crate::runtime::drive::{know, read_whole};
use crate::schema::{Field, preset_named};
use crate::source::elastic::{Access, Credentials, ElasticSource};
use crate::source::local::LocalSource;
use crate::source::{SchemaQuestion, Source};
use std::sync::Arc;
use std::time::Duration;

/// A source that is ready to be asked, and what the options say about the question.
pub struct Ready {
    pub source: Arc<dyn Source>,
    pub question: SchemaQuestion,
    pub zone: Zone,
    pub deadline: Duration,
    pub keymap: Keymap,
    /// Fields of the profile that tell whose a request is.
    pub who: Vec<String>,
    /// Where changes are told.
    pub changes: Option<Arc<dyn Source>>,
}

/// Opens what the options name.
pub fn open(common: &Common) -> Result<Ready, Stop> {
    let profile = load_profile(common.config.as_deref(), common.profile.as_deref()).map_err(|e| Stop::usage(e.to_string()))?;
    let zone = zone_of(common.tz.as_ref().or(profile.tz.as_ref()))?;
    let question = schema_question(common, &profile)?;
    let source: Arc<dyn Source> =
        if common.file.is_empty() { Arc::new(cluster(common, &profile)?) } else { Arc::new(LocalSource::open(&common.file, &question)?) };
    if common.timeout == 0 {
        return Err(Stop::usage("--timeout 0 would give up at once: give it some seconds"));
    }
    let changes = common.changes.as_ref().or(profile.changes.as_ref()).map(|place| changes(place, common, &profile)).transpose()?;
    let deadline = Duration::from_secs(common.timeout);
    Ok(Ready { source, question, zone, deadline, keymap: keymap(common, &profile)?, who: profile.who, changes })
}

/// A file, or an index of the same cluster.
fn changes(place: &str, common: &Common, profile: &Profile) -> Result<Arc<dyn Source>, Stop> {
    if let Some(index) = place.strip_prefix("index:") {
        let of_index = Common { index: Some(index.to_string()), ..common.clone() };
        return Ok(Arc::new(cluster(&of_index, profile)?));
    }
    Ok(Arc::new(LocalSource::open(&[place.to_string()], &SchemaQuestion::default())?))
}

/// The keymap that the options or the configuration name.
pub fn keymap(common: &Common, profile: &Profile) -> Result<Keymap, Stop> {
    let named = common.keymap.as_ref().or(profile.keymap.as_ref()).map_or("default", String::as_str);
    let found = match named {
        "default" => Keymap::default_map(),
        "vim" => Keymap::vim_map(),
        path => {
            let text = std::fs::read_to_string(path).map_err(|e| Stop::usage(format!("cannot read the keymap {path}: {e}")))?;
            Keymap::default_map().and_then(|map| map.with(&text))
        }
    };
    found.map_err(|e| Stop::usage(e.to_string()))
}

fn zone_of(text: Option<&String>) -> Result<Zone, Stop> {
    match text.map(String::as_str) {
        None => Ok(Zone::UTC),
        Some("local") => Ok(Zone { minutes_east: chrono::Local::now().offset().local_minus_utc() / 60 }),
        Some(text) => Zone::parse(text).map_err(|e| Stop::usage(e.to_string())),
    }
}

fn schema_question(common: &Common, profile: &Profile) -> Result<SchemaQuestion, Stop> {
    let only = match common.schema.as_ref().or(profile.schema.as_ref()) {
        Some(name) => Some(preset_named(name).ok_or_else(|| {
            Stop::usage(format!(
                "--schema '{name}' is not known: spia, ecs, otel-span, jaeger and others of README, or leave it out to have it found"
            ))
        })?),
        None => None,
    };
    let mut renames = Vec::new();
    for (name, path) in &profile.fields {
        match Field::parse(name) {
            Field::Named(_) => {
                return Err(Stop::usage(format!(
                    "the profile renames '{name}', which is no field of this program: {}",
                    Field::all().map(|f| f.name().to_string()).collect::<Vec<_>>().join(", ")
                )));
            }
            field => renames.push((field, path.clone())),
        }
    }
    Ok(SchemaQuestion { only, renames, named: Vec::new(), attributes: false })
}

fn cluster(common: &Common, profile: &Profile) -> Result<ElasticSource, Stop> {
    let url = common.url.clone().or_else(|| profile.url.clone());
    let url = url
        .ok_or_else(|| Stop::usage("no source: name a cluster with --url https://host:9200 (or SPIA_URL), a file with --file, or try `spia demo`"))?;
    let access =
        Access { url, ca: common.ca.clone().or_else(|| profile.ca.clone()), credentials: credentials(profile, |name| std::env::var(name).ok()) };
    let index = common.index.clone().or_else(|| profile.index.clone()).unwrap_or_else(|| "logs-*".to_string());
    Ok(ElasticSource::new(&access, &index)?)
}

/// The environment's before the profile's; a key before a token before a password.
fn credentials(profile: &Profile, environment: impl Fn(&str) -> Option<String>) -> Credentials {
    let read = |name: &str| environment(name).filter(|value| !value.is_empty());
    let password = |user: Option<String>, password: Option<String>| user.map(|user| Credentials::Basic(user, password.unwrap_or_default()));
    read("SPIA_API_KEY")
        .map(Credentials::ApiKey)
        .or_else(|| read("SPIA_TOKEN").map(Credentials::Token))
        .or_else(|| password(read("SPIA_USERNAME"), read("SPIA_PASSWORD").or_else(|| profile.password.clone())))
        .or_else(|| profile.api_key.clone().map(Credentials::ApiKey))
        .or_else(|| profile.token.clone().map(Credentials::Token))
        .or_else(|| password(profile.username.clone(), profile.password.clone()))
        .unwrap_or_default()
}

impl Ready {
    /// Reads a file to its end, asks a cluster for its fields and clock.
    pub async fn know(&mut self, named: Vec<Field>) -> Result<Known, Fault> {
        read_whole(self.source.as_ref()).await;
        self.question.named = named;
        know(self.source.as_ref(), &self.question).await
    }

    /// The scope that the options name, at that clock.
    pub fn scope(&self, common: &Common, clock: Timestamp) -> Result<Scope, Stop> {
        let mut scope = scope_without_times(common)?;
        scope.reach = match (&common.from, &common.to) {
            (None, None) => scope.reach,
            (from, to) => {
                let moment = |text: &String| parse_moment(text, clock, self.zone).map_err(|e| Stop::usage(e.to_string()));
                let to = to.as_ref().map(moment).transpose()?.unwrap_or(clock);
                let from = from.as_ref().map(moment).transpose()?.unwrap_or_else(|| to.plus_millis(-900_000));
                Reach::Exactly(TimeRange::new(from, to).map_err(|e| Stop::usage(e.to_string()))?)
            }
        };
        scope.baseline = baseline_of(common, clock, self.zone)?;
        refuse_too_many_columns(&scope, clock)?;
        Ok(scope)
    }
}

/// The range that `--baseline` names.
pub fn baseline_of(common: &Common, clock: Timestamp, zone: Zone) -> Result<Option<TimeRange>, Stop> {
    common.baseline.as_deref().map(|text| range_named("--baseline", text, clock, zone)).transpose()
}

/// Two times with a `/` between, as an option of that name gives them.
pub fn range_named(option: &str, text: &str, clock: Timestamp, zone: Zone) -> Result<TimeRange, Stop> {
    let wrong = || Stop::usage(format!("{option} '{text}' is no range: two times with a / between, such as 02:30/02:45"));
    let (from, to) = text.split_once('/').ok_or_else(wrong)?;
    let moment = |text: &str| parse_moment(text, clock, zone).map_err(|e| Stop::usage(e.to_string()));
    TimeRange::new(moment(from)?, moment(to)?).map_err(|e| Stop::usage(e.to_string()))
}

/// The measure of that name, as an option gives it.
pub fn measure_of(option: &str, name: &str) -> Result<Measure, Stop> {
    let names = || Measure::ALL.map(Measure::name).join(", ");
    Measure::ALL.into_iter().find(|m| m.name() == name).ok_or_else(|| Stop::usage(format!("{option} '{name}' is not known: {}", names())))
}

/// The parts of a scope that need no clock: wrong ones are refused before anything is asked.
pub fn scope_without_times(common: &Common) -> Result<Scope, Stop> {
    let filters = common.filter.iter().map(|text| Filter::parse(text)).collect::<Result<Vec<_>, _>>().map_err(|e| Stop::usage(e.to_string()))?;
    let interval = common.interval.as_deref().map(Interval::parse).transpose().map_err(|e| Stop::usage(e.to_string()))?;
    if !common.threshold.is_finite() || common.threshold < 0.0 {
        return Err(Stop::usage(format!("--threshold {} is no length of time: give milliseconds, 0 or more", common.threshold)));
    }
    let query = common.query.as_deref().map(crate::query::grammar::parse).transpose().map_err(|e| Stop::usage(e.to_string()))?;
    Ok(Scope { filters, interval, query, threshold_ms: common.threshold, ..Scope::default() })
}

/// More columns than this are no picture, and no cluster would count them.
const MOST_COLUMNS: i64 = 2000;

fn refuse_too_many_columns(scope: &Scope, clock: Timestamp) -> Result<(), Stop> {
    let (range, interval) = scope.at(clock);
    let columns = range.millis() / interval.millis();
    if columns > MOST_COLUMNS {
        return Err(Stop::usage(format!("--interval {interval} makes {columns} columns of this range: at most {MOST_COLUMNS}; give a wider one")));
    }
    Ok(())
}
