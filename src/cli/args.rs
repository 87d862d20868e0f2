//! What can be said on the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The incident dashboard in a terminal: from a page to the failing service, over Elasticsearch, OpenSearch or a file.
#[derive(Parser, Debug)]
#[command(name = "spia", version, about, args_conflicts_with_subcommands = false, subcommand_precedence_over_arg = true)]
#[command(after_help = "\
Examples:
  spia demo                                   a made-up incident that keeps running; no cluster needed
  spia --url https://es:9200                  the dashboard over logs-*
  spia errors --file logs.ndjson              which services fail, from a file
  kubectl logs -l app=cart | spia slow --file -
  spia errors --url https://es:9200 --by level --format json

Exit codes: 0 done, 1 no record in the range nor in the 24 h before it, 2 wrong usage, 3 the source failed.")]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub shown: ShownArgs,
    /// A trace: an id, a traceparent, a link or sentence with one in it; `-` reads it from standard input. Quote URLs.
    pub target: Option<String>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What the dashboard begins with.
#[derive(Args, Debug, Clone, Default)]
pub struct ShownArgs {
    /// The pane to begin in: errors, slow, traces, records, patterns, explain.
    // Without the sign the name of a pane or a measure would be read as that of a subcommand.
    #[arg(long, value_name = "PANE", help_heading = "Dashboard", require_equals = true)]
    pub pane: Option<PaneName>,
    /// That pane alone.
    #[arg(long, help_heading = "Dashboard")]
    pub alone: bool,
    /// What a cell counts: errors, failed, share, requests, records, slow, p95.
    #[arg(long, value_name = "MEASURE", default_value = "errors", hide_default_value = true, help_heading = "Dashboard", require_equals = true)]
    pub cells: String,
    /// A filter that is there and switched off (repeatable).
    #[arg(long, value_name = "FIELD:VALUE", help_heading = "Dashboard", allow_hyphen_values = true)]
    pub off: Vec<String>,
    /// Records, patterns or explanation of these only (repeatable).
    #[arg(long, value_name = "FIELD:VALUE", help_heading = "Dashboard", allow_hyphen_values = true)]
    pub of: Vec<String>,
    /// Of those that this query finds.
    #[arg(long, value_name = "QUERY", help_heading = "Dashboard", allow_hyphen_values = true)]
    pub saying: Option<String>,
    /// Of this part of the range: two times with a / between.
    #[arg(long, value_name = "FROM/TO", help_heading = "Dashboard")]
    pub at: Option<String>,
    /// Only those that make this figure: errors, failed, slow …
    #[arg(long, value_name = "MEASURE", help_heading = "Dashboard", require_equals = true)]
    pub only: Option<String>,
    /// Whatever is filtered.
    #[arg(long, help_heading = "Dashboard")]
    pub unfiltered: bool,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaneName {
    Errors,
    Slow,
    Traces,
    Records,
    Patterns,
    Explain,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// What broke, since when, because of what, and who is hit.
    Brief(BriefArgs),
    /// Which services fail: services by time, or by the values of a field.
    Errors(ErrorsArgs),
    /// What the records say, by template, against the time before: new ones first.
    Patterns(PatternsArgs),
    /// What sets the selected records apart from the rest: --filter and --query select; without them failed requests.
    Explain(ExplainArgs),
    /// How long requests take, against the usual.
    Slow(SlowArgs),
    /// Whether requests go better or worse since a moment: failures before and after, beyond chance or not.
    Since(SinceArgs),
    /// Failing traces by shape: where they broke, with what, and which services they crossed.
    Traces(TracesArgs),
    /// One trace: its spans, where it broke, its records.
    Trace(TraceArgs),
    /// Records: the newest of the range, oldest first.
    Logs(LogsArgs),
    /// The dashboard over a made-up incident that keeps running, or `--write` it to a file.
    Demo(Box<DemoArgs>),
    /// The table of actions and keys.
    Keys,
}

/// Where to look and which records to look at.
#[derive(Args, Debug, Clone)]
pub struct Common {
    /// The cluster, as https://host:9200.
    #[arg(long, global = true, env = "SPIA_URL", help_heading = "Source")]
    pub url: Option<String>,
    /// Certificates of the authority that signed the cluster's (PEM).
    #[arg(long, global = true, env = "SPIA_CA", help_heading = "Source", value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// A profile of the configuration file.
    #[arg(long, global = true, env = "SPIA_PROFILE", help_heading = "Source", value_name = "NAME")]
    pub profile: Option<String>,
    /// The configuration file [default: ~/.config/spia/config.toml].
    #[arg(long, global = true, env = "SPIA_CONFIG", help_heading = "Source", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Index pattern [default: logs-*].
    #[arg(long, global = true, env = "SPIA_INDEX", help_heading = "Source", value_name = "PATTERN")]
    pub index: Option<String>,
    /// How the records are laid out [default: found out].
    #[arg(long, global = true, help_heading = "Source", value_name = "NAME")]
    pub schema: Option<String>,
    /// Answer from NDJSON instead: a file, a glob, gzip, zstd, `-` for standard input (repeatable).
    #[arg(long, global = true, help_heading = "Source", value_name = "PATH")]
    pub file: Vec<String>,
    /// Start: now-15m, 15m, 14:20, RFC 3339, epoch ms [default: 15 minutes ago].
    #[arg(long, global = true, help_heading = "Records", allow_hyphen_values = true, value_name = "TIME")]
    pub from: Option<String>,
    /// End, in the same forms [default: now].
    #[arg(long, global = true, help_heading = "Records", allow_hyphen_values = true, value_name = "TIME")]
    pub to: Option<String>,
    /// Zone of clock times, typed and shown: UTC, +02:00.
    #[arg(long, global = true, help_heading = "Records", allow_hyphen_values = true, value_name = "ZONE")]
    pub tz: Option<String>,
    /// What "usual" means: FROM/TO, two times as of --from [default: the time before the range, or before the incident].
    #[arg(long, global = true, help_heading = "Records", allow_hyphen_values = true, value_name = "FROM/TO")]
    pub baseline: Option<String>,
    /// Changes told outside of the logs (a file of NDJSON, or index:PATTERN): time, service and message of each.
    #[arg(long, global = true, help_heading = "Source", value_name = "PATH")]
    pub changes: Option<String>,
    /// Width of a column: 15s, 1m, 1h [default: at most 60 columns].
    #[arg(long, global = true, help_heading = "Records", allow_hyphen_values = true, value_name = "WIDTH")]
    pub interval: Option<String>,
    /// Keep field:value, or leave out -field:value (repeatable).
    #[arg(long, global = true, help_heading = "Records", allow_hyphen_values = true, value_name = "FILTER")]
    pub filter: Vec<String>,
    /// Which records, in words: level:error and not path:/healthz.
    #[arg(long, global = true, help_heading = "Records", allow_hyphen_values = true, value_name = "QUERY")]
    pub query: Option<String>,
    /// Above how many ms a request is slow.
    #[arg(long, global = true, default_value_t = 1000.0, help_heading = "Records", allow_hyphen_values = true, value_name = "MS")]
    pub threshold: f64,
    /// Exit 3 when anything takes something from a count.
    #[arg(long, global = true, help_heading = "Output")]
    pub strict: bool,
    /// text for people, json for scripts, markdown for a ticket (`trace` alone).
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, help_heading = "Output")]
    pub format: Format,
    /// Which keys do what: default, vim, or a file laid over the default.
    #[arg(long, global = true, env = "SPIA_KEYMAP", help_heading = "Output", value_name = "default|vim|FILE")]
    pub keymap: Option<String>,
    /// No character beyond ASCII in drawings.
    #[arg(long, global = true, help_heading = "Output")]
    pub ascii: bool,
    /// Give up on an answer after so many seconds.
    #[arg(long, global = true, default_value_t = 30, help_heading = "Source", value_name = "SECONDS")]
    pub timeout: u64,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    Text,
    Json,
    /// For a ticket: `trace` alone.
    Markdown,
}

#[derive(Args, Debug, Clone)]
pub struct BriefArgs {
    /// A trace, as `spia trace` takes it: the range is from 15 minutes before it to now.
    pub target: Option<String>,
    /// A field that tells whose a request is, beyond tenant, user, client and the like (repeatable).
    #[arg(long, value_name = "FIELD")]
    pub who: Vec<String>,
}

#[derive(Args, Debug, Clone)]
pub struct ErrorsArgs {
    /// What to count: errors, failed, share, requests, records, slow, p95.
    #[arg(long, default_value = "errors")]
    pub measure: String,
    /// Columns: time, or a field such as level, version, pod, path.
    #[arg(long, default_value = "time", value_name = "FIELD")]
    pub by: String,
    /// From which level on a record is an error.
    #[arg(long, default_value = "ERROR")]
    pub level: String,
    /// List at most so many services.
    #[arg(long)]
    pub top: Option<usize>,
}

#[derive(Args, Debug, Clone)]
pub struct ExplainArgs {
    /// Hold the records against those of the time before (`--baseline`), not against the others of the same time.
    #[arg(long)]
    pub against_before: bool,
    /// List at most so many values.
    #[arg(long, default_value_t = 20)]
    pub limit: usize,
}

#[derive(Args, Debug, Clone)]
pub struct PatternsArgs {
    /// Read at most so many records of the range, and as many of the time before.
    #[arg(long, default_value_t = crate::answers::patterns::SAMPLE)]
    pub sample: usize,
    /// List at most so many patterns.
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
}

#[derive(Args, Debug, Clone)]
pub struct SlowArgs {}

#[derive(Args, Debug, Clone)]
pub struct TracesArgs {
    /// Error records in more than so many services (the seed's rule is 2).
    #[arg(long, default_value_t = 0)]
    pub services: usize,
    /// Take at most so many failing records, and read as many traces [default: 2000 records, 300 traces].
    #[arg(long)]
    pub sample: Option<usize>,
    /// List at most so many traces.
    #[arg(long, default_value_t = 100)]
    pub limit: usize,
}

#[derive(Args, Debug, Clone)]
pub struct TraceArgs {
    /// An id, a traceparent, a link or sentence with one in it; `-` reads it from standard input. Quote URLs.
    pub target: String,
    /// Say also what the same request usually is like: a sample of the hours before it.
    #[arg(long)]
    pub usual: bool,
    /// Read at most so many records of it.
    #[arg(long, default_value_t = crate::answers::trace::TRACE_RECORDS)]
    pub limit: usize,
}

#[derive(Args, Debug, Clone)]
pub struct LogsArgs {
    /// At most so many.
    #[arg(long, default_value_t = 1000)]
    pub limit: usize,
    /// Half of them before this moment and half after it.
    #[arg(long, value_name = "TIME")]
    pub around: Option<String>,
    /// The lines of the files that could not be read, with why, instead of records.
    #[arg(long, conflicts_with_all = ["follow", "around"])]
    pub unread: bool,
    /// Go on printing what arrives.
    #[arg(long)]
    pub follow: bool,
}

#[derive(Args, Debug, Clone)]
pub struct DemoArgs {
    #[command(flatten)]
    pub shown: ShownArgs,
    /// What goes wrong: payment, canary, database, silence, deploy, node, tenant, client, cache, dead, pipeline, provider, none.
    #[arg(long, default_value = "payment")]
    pub incident: String,
    /// Another seed is another day.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// When it begins [default: 20 s from now; with --write 14 minutes before the end].
    #[arg(long, allow_hyphen_values = true, value_name = "TIME")]
    pub onset: Option<String>,
    /// When it is over [default: it goes on].
    #[arg(long, allow_hyphen_values = true, value_name = "TIME")]
    pub end: Option<String>,
    /// From the onset on, records arrive so much later: 12m.
    #[arg(long, value_name = "LENGTH")]
    pub late: Option<String>,
    /// Requests a second from outside.
    #[arg(long, default_value_t = 4.0)]
    pub rate: f64,
    /// Write records to this file instead of showing them.
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,
    /// How many.
    #[arg(long, default_value_t = 250_000)]
    pub records: u64,
    /// And the truth about them to this one.
    #[arg(long, value_name = "FILE")]
    pub truth: Option<PathBuf>,
    /// In the dress of which schema: spia, ecs.
    #[arg(long, default_value = "spia", value_name = "SCHEMA")]
    pub dress: String,
}

#[derive(Args, Debug)]
pub struct SinceArgs {
    /// Since when: 03:15:10, 10m (ago), RFC 3339, epoch ms.
    #[arg(allow_hyphen_values = true)]
    pub time: String,
}
