//! The presets: one table each. To add a schema, add a table.

mod access;
mod loggers;
mod logs;
mod spans;

use super::{Field, Kind};
use crate::model::{Level, LevelScale};
use std::collections::BTreeMap;

/// For each field the paths to try, best first.
pub type Paths = &'static [(Field, &'static [&'static str])];

/// Where a schema keeps what.
#[derive(Debug)]
pub struct Preset {
    /// How `--schema` calls it.
    pub name: &'static str,
    /// An index or file is of this schema when it has one path of each row.
    pub decisive: &'static [&'static [&'static str]],
    /// For each field the paths to try, best first.
    pub fields: Paths,
    /// How much of the stored duration is a millisecond.
    pub duration_units_per_ms: f64,
    /// What each of its records has one of, where another schema keeps time and service in the same places.
    pub sign: &'static [&'static str],
    /// Where a duration is in seconds all the same.
    pub seconds: &'static [&'static str],
    /// What a number in the level field means.
    pub level_scale: LevelScale,
    /// How the record that opens a request begins, where the schema has one.
    pub start_message: Option<&'static str>,
    /// How the record that closes it begins.
    pub completion_message: Option<&'static str>,
    /// One record may tell both how a request ended and what was raised in it.
    pub tells_both: bool,
    /// It is a proxy's access log; these are the places of times at which a request came in.
    pub access: Option<&'static [&'static str]>,
    /// Its records are measured spans.
    pub spans: bool,
    /// An index with one of these is of another schema, whatever else it has.
    pub absent: &'static [&'static str],
    /// How a stored record keeps its attributes.
    pub attributes: Attributes,
    /// Of records that carry none.
    pub level: Option<Level>,
    /// The preset of what lies among its spans and is none.
    pub beside: Option<&'static str>,
}

/// How a stored record keeps its attributes, where paths alone do not lead to them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Attributes {
    /// By their paths.
    Plain,
    /// Jaeger: lists of key and value, or `tag.http@status_code`.
    Jaeger,
    /// Data Prepper: keys at the root with `@` for dots.
    DataPrepper,
}

/// What most presets have in common.
const PLAIN: Preset = Preset {
    name: "",
    decisive: &[],
    fields: &[],
    duration_units_per_ms: 1.0,
    sign: &[],
    seconds: &[],
    level_scale: LevelScale::Python,
    start_message: None,
    completion_message: None,
    tells_both: false,
    access: None,
    spans: false,
    absent: &[],
    attributes: Attributes::Plain,
    level: None,
    beside: None,
};

impl Preset {
    /// Every path that it looks at: to read a field, or to tell whether an index is of it.
    pub fn paths(&self) -> impl Iterator<Item = (Option<&'static Field>, &'static str)> {
        let of_fields = self.fields.iter().flat_map(|(field, paths)| paths.iter().map(move |path| (Some(field), *path)));
        let signs = self.decisive.iter().flat_map(|row| row.iter()).chain(self.absent).map(|path| (None, *path));
        of_fields.chain(signs)
    }

    /// Whether an index (or a record) with these paths is of this schema; `renamed` says whether a path is kept elsewhere.
    pub fn fits(&self, paths: &BTreeMap<String, Kind>, renamed: &dyn Fn(&str) -> bool) -> bool {
        let there = |path: &&str| paths.contains_key(*path) || renamed(path);
        self.decisive.iter().all(|row| row.iter().any(there)) && !self.absent.iter().any(|path| paths.contains_key(*path))
    }

    /// Where the field may be as well: in logs it is common that one layout borrows another's names.
    pub fn elsewhere(&self, field: &Field) -> &'static [&'static str] {
        // A duration elsewhere is in milliseconds.
        let borrows = !self.spans
            && self.attributes == Attributes::Plain
            && (*field != Field::Duration || (self.duration_units_per_ms == 1.0 && self.seconds.is_empty()));
        ANYWHERE.iter().find(|(f, _)| borrows && f == field).map_or(&[], |(_, paths)| *paths)
    }

    /// How much of a duration that is stored there is a millisecond.
    pub fn units_per_ms(&self, path: &str) -> f64 {
        if self.seconds.contains(&path) { 1e-3 } else { self.duration_units_per_ms }
    }

    /// The paths to try for a field, best first.
    pub fn candidates(&self, field: &Field) -> &'static [&'static str] {
        self.fields.iter().find(|(f, _)| f == field).map_or(&[], |(_, paths)| *paths)
    }

    /// Its own paths of a field, then the borrowed ones.
    pub fn places(&self, field: &Field) -> impl Iterator<Item = &'static str> {
        self.candidates(field).iter().chain(self.elsewhere(field)).copied()
    }
}

pub use loggers::ANYWHERE;

/// In the order in which they are tried: span schemas first, those with aliases of another's fields before that other.
pub const PRESETS: &[Preset] = &[
    spans::JAEGER,
    spans::ZIPKIN,
    spans::DATA_PREPPER,
    spans::SS4O,
    spans::OTEL,
    spans::EXPORTER,
    logs::DATA_PREPPER,
    logs::OTEL,
    logs::EXPORTER,
    spans::APM,
    logs::APM_ERROR,
    logs::SPIA,
    logs::ECS,
    access::CADDY,
    loggers::MONOLOG,
    loggers::LOGURU,
    loggers::LOG4J2,
    loggers::PINO,
    loggers::ZAP,
    loggers::SERILOG_COMPACT,
    loggers::SERILOG,
    loggers::LOGBACK,
    loggers::STRUCTLOG,
    loggers::PYTHON,
    access::ENVOY,
    access::NGINX,
    access::TRAEFIK,
    access::HAPROXY,
    loggers::PLAIN_JSON,
];

/// What a file is taken for that shows no schema.
pub const DEFAULT_PRESET: &Preset = &logs::SPIA;

/// The preset of that name.
pub fn preset_named(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}
