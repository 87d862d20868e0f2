//! What can lie over a view.

use super::input::Input;
use super::listing::Columns;
use super::narrow::Pick;
use super::palette::Palette;
use super::query_bar::QueryBar;
use super::ranges::RangeEntry;
use crate::model::target::Target;
use crate::model::{Timestamp, UnreadLine};

/// What lies over the view.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The keys.
    Help {
        /// The first line that is shown.
        scroll: usize,
    },
    /// Choosing a range.
    Range(Box<RangeEntry>),
    /// What has to be known about the figures on screen, and lines that could not be read.
    Notes {
        /// The first line that is shown.
        scroll: usize,
        /// From the source.
        unread: Vec<UnreadLine>,
    },
    /// Why the brief says what it says.
    Why {
        /// The first line that is shown.
        scroll: usize,
    },
    /// Which value to filter by or to copy.
    Pick(Pick),
    /// The chips, to switch off and on.
    Filters {
        /// The one under the cursor.
        at: usize,
    },
    /// Typing a query.
    Query(Box<QueryBar>),
    /// Typing what is to be remembered of a moment.
    Note {
        /// Which moment.
        at: Timestamp,
        /// What is typed.
        text: Box<Input>,
    },
    /// The marks, the newest first.
    Marks {
        /// The one under the cursor.
        at: usize,
    },
    /// A pasted text names several traces.
    Choose {
        /// What it names.
        target: Target,
        /// The one under the cursor.
        at: usize,
    },
    /// Typing what to search for.
    Search(Box<Input>),
    /// Finding an action by its name.
    Palette(Box<Palette>),
    /// Choosing the columns of lists of records.
    Columns(Columns),
    /// Typing the name of a file to write to.
    Write(Box<Input>),
    /// Two clients look on: a second `q` quits.
    ConfirmQuit,
}
