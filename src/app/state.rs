//! Everything the screen is drawn from.

use super::about::About;
use super::brief::BriefPane;
use super::errors::ErrorsPane;
use super::event::{Lane, Seen};
use super::explain::ExplainPane;
use super::filters::Filters;
use super::keymap::{Key, Keymap};
use super::listing::Listing;
use super::marks::MarksPane;
use super::overlay::Overlay;
use super::patterns::PatternsPane;
use super::records::RecordsPane;
use super::slow::SlowPane;
use super::trace::TracePane;
use super::traces::TracesPane;
use crate::answers::{Measure, Reach, Scope};
use crate::model::target::Target;
use crate::model::{Completeness, Fault, Filter, LogRecord, Mark, TimeRange, Timestamp, ToldChange, Zone};
use std::collections::BTreeMap;

/// A list or chart of the overview.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pane {
    /// Services by time.
    Errors,
    /// How long requests take.
    Slow,
    /// Failing traces by shape.
    Traces,
}

/// What fills the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum View {
    /// The panes.
    Overview,
    /// Records behind something.
    Records,
    /// One trace.
    Trace,
    /// What sets some records apart.
    Explain,
    /// What some records say.
    Patterns,
}

/// An answer, or why there is none.
#[derive(Clone, Debug)]
pub struct PaneData<T> {
    /// The last one that came.
    pub answer: Option<std::sync::Arc<T>>,
    /// Why the last question brought none.
    pub fault: Option<Fault>,
}

impl<T> Default for PaneData<T> {
    fn default() -> Self {
        PaneData { answer: None, fault: None }
    }
}

impl<T> PaneData<T> {
    /// Takes in what came; an earlier answer stands beside a fault.
    pub fn take(&mut self, outcome: Result<std::sync::Arc<T>, Fault>) {
        match outcome {
            Ok(answer) => *self = PaneData { answer: Some(answer), fault: None },
            Err(fault) => self.fault = Some(fault),
        }
    }
}

/// A question under way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asking {
    /// Which.
    pub generation: u64,
    /// Since when.
    pub since: Timestamp,
}

/// How far a file is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Reading {
    /// Bytes.
    pub read: u64,
    /// Of so many.
    pub total: Option<u64>,
    /// To its end.
    pub done: bool,
    /// It has grown since, and is followed.
    pub followed: bool,
}

/// Where one was, to come back to.
#[derive(Clone, Debug)]
pub struct Place {
    /// The view.
    pub view: View,
    /// Of this time.
    pub reach: Reach,
    /// Following the clock.
    pub live: bool,
    /// With these records.
    pub records: RecordsPane,
    /// With this trace.
    pub trace: TracePane,
    /// With what sets these apart.
    pub explain: ExplainPane,
    /// With what these say.
    pub patterns: PatternsPane,
}

/// What the first frame is of.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The pane that keys go to.
    pub pane: Pane,
    /// That pane alone.
    pub alone: bool,
    /// The view: the overview, or what is about a part of it.
    pub view: View,
    /// What a list, patterns or an explanation are about.
    pub about: About,
    /// What a cell counts.
    pub measure: Measure,
    /// Filters that are switched off.
    pub off: Vec<Filter>,
}

impl Default for Shown {
    fn default() -> Self {
        let (view, about, measure) = (View::Overview, About::default(), Measure::default());
        Shown { pane: Pane::Errors, alone: false, view, about, measure, off: Vec::new() }
    }
}

/// What the program is started with.
#[derive(Clone, Debug)]
pub struct Start {
    /// Host, file or demo.
    pub source: String,
    /// Index pattern or file name.
    pub target: String,
    /// A file, not a cluster.
    pub is_file: bool,
    /// Words of the command line that lead to the same source.
    pub command: Vec<String>,
    /// What to look at.
    pub scope: Scope,
    /// The text of its query.
    pub query: Option<String>,
    /// Follow the clock.
    pub live: bool,
    /// Of `--tz`.
    pub zone: Zone,
    /// No glyph beyond ASCII.
    pub ascii: bool,
    /// How often to ask, ms.
    pub refresh_ms: i64,
    /// The machine's clock.
    pub now: Timestamp,
    /// A trace to open on.
    pub trace: Option<Target>,
    /// What to begin with otherwise.
    pub shown: Shown,
    /// More than one client looks at this terminal.
    pub shared: bool,
    /// Fields that tell whose a request is, beyond the usual ones.
    pub who: Vec<String>,
    /// Under which name marks and columns are kept.
    pub kept_as: String,
    /// Marks of earlier runs.
    pub marks: Vec<Mark>,
    /// Columns for lists of records, as chosen in an earlier run.
    pub columns: Vec<String>,
    /// Marks and columns are kept for later ones.
    pub keeps: bool,
}

/// A trace that may not have arrived yet is looked for again after this long.
pub const TRACE_AGAIN_MS: i64 = 10_000;

/// The state.
#[derive(Clone, Debug)]
pub struct State {
    /// What it was started with.
    pub start: Start,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Of clock times on screen.
    pub zone: Zone,
    /// What the panes are about.
    pub scope: Scope,
    /// What narrows them.
    pub filters: Filters,
    /// What the overview was last asked about.
    pub asked_about: Option<Scope>,
    /// Follows the clock.
    pub live: bool,
    /// What fills the screen.
    pub view: View,
    /// Where one came from.
    pub back: Vec<Place>,
    /// Where one came back from, the last one last.
    pub forward: Vec<Place>,
    /// The pane that keys go to.
    pub focus: Pane,
    /// That pane alone.
    pub zoomed: bool,
    /// What lies over the view.
    pub overlay: Option<Overlay>,
    /// What broke.
    pub brief: BriefPane,
    /// The heatmap.
    pub errors: ErrorsPane,
    /// Slow requests.
    pub slow: SlowPane,
    /// Failing traces.
    pub traces: TracesPane,
    /// Records.
    pub records: RecordsPane,
    /// How lists of records look.
    pub listing: Listing,
    /// One trace.
    pub trace: TracePane,
    /// What sets some records apart.
    pub explain: ExplainPane,
    /// What some records say.
    pub patterns: PatternsPane,
    /// Moments to come back to.
    pub marks: MarksPane,
    /// Changes that somebody told outside of the logs, by time.
    pub told: Vec<ToldChange>,
    /// What to hold everything against, as chosen by a key or an option; without one it is the time before the incident.
    pub baseline: Option<TimeRange>,
    /// Which keys do what.
    pub keymap: Keymap,
    /// A chord under way.
    pub pending: Vec<Key>,
    /// How often the next key is meant, where the keymap knows counts.
    pub count: Option<usize>,
    /// The machine's clock at the last event.
    pub now: Timestamp,
    /// Counts questions.
    pub generation: u64,
    /// What each lane asks.
    pub asking: BTreeMap<Lane, Asking>,
    /// Of the last refresh: ms, bytes.
    pub cost: (u64, u64),
    /// When each lane was last answered, by the machine's clock; not there, its answer is of other filters or another range.
    pub answered: BTreeMap<Lane, Timestamp>,
    /// How often it is asked now: longer than at first when the cluster is overloaded.
    pub refresh_ms: i64,
    /// A sentence for the user, until the next key.
    pub message: Option<String>,
    /// How far a file is read.
    pub reading: Reading,
    /// What the last frame showed.
    pub seen: Seen,
}

impl State {
    /// Before anything has been asked.
    pub fn new(start: Start, keymap: Keymap) -> State {
        State {
            size: (80, 24),
            zone: start.zone,
            scope: start.scope.clone(),
            filters: Filters::new(&start.scope.filters, &start.shown.off, start.query.as_deref()),
            asked_about: None,
            live: start.live,
            view: View::Overview,
            back: Vec::new(),
            forward: Vec::new(),
            focus: start.shown.pane,
            zoomed: start.shown.alone,
            overlay: None,
            brief: BriefPane::default(),
            errors: ErrorsPane { measure: start.shown.measure, ..ErrorsPane::default() },
            slow: SlowPane::default(),
            traces: TracesPane::default(),
            records: RecordsPane::default(),
            listing: Listing { columns: start.columns.clone(), ..Listing::default() },
            trace: TracePane::default(),
            explain: ExplainPane::default(),
            patterns: PatternsPane::default(),
            marks: MarksPane::of(start.marks.clone()),
            told: Vec::new(),
            baseline: start.scope.baseline,
            keymap,
            pending: Vec::new(),
            count: None,
            now: start.now,
            generation: 0,
            asking: BTreeMap::new(),
            cost: (0, 0),
            answered: BTreeMap::new(),
            refresh_ms: start.refresh_ms,
            message: None,
            reading: Reading { done: !start.is_file, ..Reading::default() },
            seen: Seen::default(),
            start,
        }
    }

    /// When something is due without any key, by the machine's clock.
    pub fn wake_at(&self) -> Option<Timestamp> {
        if let Some(oldest) = self.asking.values().map(|asking| asking.since).min() {
            // A question under way shows its seconds from 300 ms on.
            let waited = self.now.millis() - oldest.millis();
            let next = if waited < 300 { 300 } else { (waited / 1000 + 1) * 1000 };
            return Some(oldest.plus_millis(next));
        }
        if self.view == View::Overview && self.errors.lacks_cells() {
            return Some(self.now.plus_millis(100));
        }
        if self.view == View::Trace && self.seeks_trace() {
            return self.trace.looked.map(|at| at.plus_millis(TRACE_AGAIN_MS));
        }
        if self.follows() {
            return self.answered.get(&Lane::Drill).map(|at| at.plus_millis(self.refresh_ms));
        }
        let refresh = self.answered.get(&Lane::Refresh).filter(|_| self.live && self.view == View::Overview && self.moves())?;
        Some(refresh.plus_millis(self.refresh_ms))
    }

    /// A list of records follows what is written.
    pub fn follows(&self) -> bool {
        self.view == View::Records && self.records.follow && self.moves()
    }

    /// Whether the source's clock goes on: a file's stands still until it grows.
    pub fn moves(&self) -> bool {
        !self.start.is_file || self.reading.followed
    }

    /// The trace on screen was not found: it may not have arrived yet.
    pub fn seeks_trace(&self) -> bool {
        self.live && self.moves() && self.trace.data.answer.as_ref().is_some_and(|answer| answer.trace.is_none() && answer.may_arrive)
    }

    /// The longest any question has been under way, ms.
    pub fn waiting_ms(&self) -> Option<i64> {
        self.asking.values().map(|asking| self.now.millis() - asking.since.millis()).max()
    }

    /// Whether records say which pod wrote them.
    pub fn records_have_pods(&self) -> bool {
        let has = |record: &LogRecord| record.fields.contains_key("kubernetes") || record.fields.contains_key("pod");
        self.records.records().first().is_some_and(has) || self.trace.records().first().is_some_and(has)
    }

    /// What the answer on screen says of itself.
    pub fn completeness(&self) -> Option<&Completeness> {
        match self.view {
            View::Overview => self.errors.data.answer.as_ref().map(|e| &e.completeness),
            View::Records => self.records.data.answer.as_ref().map(|l| &l.completeness),
            View::Trace => self.trace.data.answer.as_ref().map(|t| &t.completeness),
            View::Explain => self.explain.data.answer.as_ref().map(|e| &e.completeness),
            View::Patterns => self.patterns.data.answer.as_ref().map(|p| &p.completeness),
        }
    }

    /// The trace that the cursor is on.
    pub fn trace_under_cursor(&self) -> Option<String> {
        match self.view {
            View::Records => self.records.selected_record()?.trace_id.clone(),
            View::Trace => self.trace.link(),
            View::Patterns => self.patterns.selected()?.example.trace_id.clone(),
            View::Overview if self.focus == Pane::Traces => self.traces.selected_shape().map(|shape| shape.example.clone()),
            _ => None,
        }
    }
}
