//! What comes in and what goes out.

use super::keymap::Key;
use crate::answers::errors::DayLook;
use crate::answers::explain::{Explain, ExplainParams};
use crate::answers::patterns::{Patterns, PatternsParams};
use crate::answers::since::{Since, SinceParams};
use crate::answers::values::{Values, ValuesParams};
use crate::answers::{
    Brief, BriefParams, Errors, ErrorsParams, Logs, LogsParams, Scope, Slow, SlowParams, TraceAnswer, TraceParams, Traces, TracesParams,
};
use crate::model::{Fault, Mark, Timestamp, ToldChange, UnreadLine};
use std::sync::Arc;

/// Something happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A key.
    Key(Key),
    /// Text was pasted; a newline in it is never Enter.
    Paste(String),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// It is now this time, by the machine's clock.
    Tick(Timestamp),
    /// Answers came.
    Answered(Answered),
    /// A file is being read.
    Progress {
        /// Bytes read.
        read: u64,
        /// Of so many, where that is known.
        total: Option<u64>,
        /// To its end.
        done: bool,
        /// It has grown since, and is followed.
        followed: bool,
    },
    /// The changes that somebody told outside of the logs.
    Told(Result<Vec<ToldChange>, Fault>),
    /// Lines that could not be read, as asked for.
    Unread(Vec<UnreadLine>),
    /// What the last frame showed.
    Seen(Seen),
}

/// Questions that are asked and cancelled together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Lane {
    /// The panes of the overview.
    Refresh,
    /// The sample of failing traces.
    Traces,
    /// What broke.
    Brief,
    /// What sets something apart, or what it says.
    Look,
    /// What the user went into.
    Drill,
    /// What became of the marks.
    Marks,
    /// The same time of an earlier day.
    Ghost,
    /// What a query can be completed with.
    Values,
}

/// Answers to what one lane asked.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Which lane.
    pub lane: Lane,
    /// As it was asked with: late answers to earlier questions are dropped.
    pub generation: u64,
    /// One for each question.
    pub answers: Vec<Result<PaneAnswer, Fault>>,
    /// The rest of them is still to come.
    pub partly: bool,
    /// From asking to the answer, ms.
    pub wall_ms: u64,
    /// Decoded bytes of the answer; 0 for a file.
    pub bytes: u64,
    /// When it came, by the machine's clock.
    pub at: Timestamp,
}

/// A question of a pane.
#[derive(Clone, Debug)]
pub enum PaneQuestion {
    /// The heatmap's, with what is known of the day before.
    Errors(ErrorsParams, Option<Arc<DayLook>>),
    /// Slow requests, with an earlier answer and from when on it can have changed.
    Slow(SlowParams, Option<(Arc<Slow>, Timestamp)>),
    /// Failing traces.
    Traces(TracesParams),
    /// What broke.
    Brief(BriefParams),
    /// What sets failed requests apart.
    Explain(ExplainParams),
    /// What records say, by template.
    Patterns(PatternsParams),
    /// Fields and their values.
    Values(ValuesParams),
    /// What became of a mark.
    Since(SinceParams),
    /// Records.
    Logs(LogsParams),
    /// One trace.
    Trace(TraceParams),
}

impl PaneQuestion {
    /// What it is about; a trace is about its id.
    pub fn scope(&self) -> Option<&Scope> {
        match self {
            PaneQuestion::Errors(params, _) => Some(&params.scope),
            PaneQuestion::Slow(params, _) => Some(&params.scope),
            PaneQuestion::Traces(params) => Some(&params.scope),
            PaneQuestion::Brief(params) => Some(&params.scope),
            PaneQuestion::Explain(params) => Some(&params.scope),
            PaneQuestion::Patterns(params) => Some(&params.scope),
            PaneQuestion::Values(params) => Some(&params.scope),
            PaneQuestion::Since(params) => Some(&params.scope),
            PaneQuestion::Logs(params) => Some(&params.scope),
            PaneQuestion::Trace(_) => None,
        }
    }
}

/// An answer for a pane.
#[derive(Clone, Debug)]
pub enum PaneAnswer {
    /// The heatmap's.
    Errors(Arc<Errors>),
    /// Slow requests.
    Slow(Arc<Slow>),
    /// Failing traces.
    Traces(Arc<Traces>),
    /// What broke.
    Brief(Arc<Brief>),
    /// What sets failed requests apart.
    Explain(Arc<Explain>),
    /// What records say, by template.
    Patterns(Arc<Patterns>),
    /// Fields and their values.
    Values(Arc<Values>),
    /// What became of a mark.
    Since(Arc<Since>),
    /// Records.
    Logs(Arc<Logs>),
    /// One trace.
    Trace(Arc<TraceAnswer>),
}

/// Something to do.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Ask these together; whatever the lane still asks is cancelled.
    Ask {
        /// Which lane.
        lane: Lane,
        /// To be given back with the answers.
        generation: u64,
        /// What to ask.
        questions: Vec<PaneQuestion>,
    },
    /// Nobody waits for the lane any more.
    Cancel(Lane),
    /// Tell which lines could not be read.
    ListUnread,
    /// Keep these marks.
    SaveMarks(Vec<Mark>),
    /// Keep these columns for lists of records.
    KeepColumns(Vec<String>),
    /// Write this text to a new file of that name.
    Write {
        /// As it was typed.
        path: String,
        /// What it holds.
        text: String,
    },
    /// Send to the clipboard.
    Copy(String),
    /// Draw everything again.
    Redraw,
    /// Give the terminal back until the shell says to go on.
    Suspend,
    /// Leave, and print this command.
    Quit(String),
}

/// What the last frame showed: paging needs no guess.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Seen {
    /// Rows of the focused list that fit.
    pub rows: usize,
    /// How far down what lies over the view can be scrolled.
    pub deepest: usize,
}

impl Seen {
    /// So many rows fit, and nothing lies over them.
    pub fn of(rows: usize) -> Seen {
        Seen { rows, deepest: 0 }
    }
}
