//! The heatmap: which rows stand in which order, and where the cursor is.

use super::block::Anchor;
use super::cursor::{next_where, place, stepped};
use super::ghost::Ghost;
use super::state::PaneData;
use crate::answers::{Column, Errors, ErrorsParams, Measure, Scope, ServiceErrors, State as Health};
use crate::model::{TimeRange, Timestamp};
use std::collections::HashMap;

/// The pane.
#[derive(Clone, Debug, Default)]
pub struct ErrorsPane {
    /// What is shown.
    pub data: PaneData<Errors>,
    /// What a cell counts.
    pub measure: Measure,
    /// The row under the cursor, by name: it stays under it when rows move.
    pub service: Option<String>,
    /// Start of the column under the cursor (ms); none for the newest full one.
    pub column: Option<i64>,
    /// Quiet services are shown too.
    pub show_quiet: bool,
    /// The order of rows; made anew on a key or while nobody is in the list.
    pub order: Vec<String>,
    /// What is shown was answered before all of a file was read.
    pub of_part: bool,
    /// Of whom cells were asked for, where there are too many to ask for all.
    pub asked: Vec<String>,
    /// Somebody has moved the cursor.
    pub held: bool,
    /// Where a block of cells begins.
    pub anchor: Option<Anchor>,
    /// What was at the same time of an earlier day.
    pub ghost: Option<Ghost>,
}

/// So many rows on either side of the cursor may be on screen, and of so many cells are asked for.
const ON_SCREEN: usize = 60;
const AROUND: usize = 150;

/// How a screen's columns are shared out: name, total, fails, usual; the grid gets the rest, less the margin.
pub const fn columns(width: u16) -> [u16; 4] {
    match width {
        // Where names begin alike their ends tell them apart.
        140.. => [28, 7, 6, 8],
        100.. => [18, 7, 6, 8],
        _ => [15, 6, 5, 8],
    }
}

/// How many cells a grid may have on a screen so wide.
pub fn grid_width(width: u16) -> usize {
    let around: u16 = 1 + columns(width).iter().sum::<u16>();
    usize::from(width.saturating_sub(around)).clamp(10, 120)
}

/// How far up a service belongs: what is wrong, what is not known, chronic noise, the quiet.
fn rank(service: &ServiceErrors) -> (u8, i64) {
    let surprise = -(service.surprise * 1000.0) as i64;
    match service.state {
        Health::Failing | Health::Silent => (0, surprise),
        Health::Late | Health::Incomplete => (1, surprise),
        Health::Unknown | Health::Ok if service.total.is_some_and(|t| t > 0.0) => (2, surprise),
        Health::Unknown | Health::Ok => (3, surprise),
    }
}

/// Without an error and reporting: hidden until asked for.
pub fn is_quiet(service: &ServiceErrors) -> bool {
    rank(service).0 == 3
}

impl ErrorsPane {
    /// What to ask for the pane.
    pub fn params(&self, scope: &Scope) -> ErrorsParams {
        let shown = self.near(AROUND).into_iter().map(|service| service.service.clone()).collect();
        ErrorsParams { scope: scope.clone(), measure: self.measure, shown, ..ErrorsParams::default() }
    }

    /// So many services on either side of the cursor, where there are more than cells can be had of; else none.
    fn near(&self, reach: usize) -> Vec<&ServiceErrors> {
        if !self.data.answer.as_ref().is_some_and(|errors| errors.cells_of_some) {
            return Vec::new();
        }
        let at = self.row();
        self.rows().into_iter().skip(at.saturating_sub(reach)).take(2 * reach).collect()
    }

    /// Whether a row that may be on screen has no cells because there are too many of them, and was not asked for yet.
    pub fn lacks_cells(&self) -> bool {
        let untold = |s: &&ServiceErrors| s.state != Health::Late && s.total != Some(0.0) && s.cells.iter().all(Option::is_none);
        self.near(ON_SCREEN).into_iter().filter(untold).any(|s| !self.asked.contains(&s.service))
    }

    /// Takes in an answer, and orders rows unless somebody is among them.
    pub fn answered(&mut self) {
        if !self.held {
            self.reorder();
        }
    }

    /// Orders rows by surprise, chronic noise below.
    pub fn reorder(&mut self) {
        let Some(errors) = &self.data.answer else { return };
        let mut services: Vec<&ServiceErrors> = errors.services.iter().collect();
        services.sort_by(|a, b| {
            rank(a)
                .cmp(&rank(b))
                .then_with(|| b.total.partial_cmp(&a.total).unwrap_or(std::cmp::Ordering::Equal))
                .then_with(|| a.service.cmp(&b.service))
        });
        self.order = services.into_iter().map(|s| s.service.clone()).collect();
    }

    /// The rows in order; services that are new since it was made come last.
    pub fn rows(&self) -> Vec<&ServiceErrors> {
        let Some(errors) = &self.data.answer else { return Vec::new() };
        let places: HashMap<&str, usize> = self.order.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
        let place = |s: &ServiceErrors| places.get(s.service.as_str()).copied().unwrap_or(usize::MAX);
        let mut rows: Vec<&ServiceErrors> = errors.services.iter().filter(|s| self.show_quiet || !is_quiet(s)).collect();
        rows.sort_by_key(|s| place(s));
        rows
    }

    /// How many quiet services are hidden.
    pub fn hidden(&self) -> usize {
        let quiet = |errors: &std::sync::Arc<Errors>| errors.services.iter().filter(|s| is_quiet(s)).count();
        if self.show_quiet { 0 } else { self.data.answer.as_ref().map_or(0, quiet) }
    }

    /// The place of the cursor among the rows.
    pub fn row(&self) -> usize {
        place(self.rows().iter().map(|s| s.service.as_str()), self.service.as_ref())
    }

    /// The service under the cursor.
    pub fn selected(&self) -> Option<&ServiceErrors> {
        self.rows().get(self.row()).copied()
    }

    /// Moves the cursor by rows.
    pub fn step(&mut self, by: isize) {
        let rows = self.rows();
        let to = stepped(self.row(), by, rows.len());
        let name = rows.get(to).map(|s| s.service.clone());
        self.service = name;
        self.held = to > 0 || self.anchor.is_some();
    }

    /// The starts of the columns (ms).
    pub(super) fn starts(&self) -> Vec<i64> {
        let start = |column: &Column| match column {
            Column::Start(ms) => Some(*ms),
            Column::Value(_) => None,
        };
        self.data.answer.as_ref().map(|errors| errors.columns.iter().filter_map(start).collect()).unwrap_or_default()
    }

    /// The place of the cursor among the columns: the newest full one unless it was moved.
    pub fn column_index(&self) -> usize {
        let starts = self.starts();
        let newest = || {
            let partial = self.data.answer.as_ref().map(|e| e.partial.clone()).unwrap_or_default();
            (0..starts.len()).rev().find(|i| !partial.contains(i)).unwrap_or(starts.len().saturating_sub(1))
        };
        self.column.and_then(|at| starts.iter().position(|s| *s == at)).unwrap_or_else(newest)
    }

    /// Moves the cursor by columns.
    pub fn step_column(&mut self, by: isize) {
        let starts = self.starts();
        let to = self.column_index().saturating_add_signed(by).min(starts.len().saturating_sub(1));
        self.column = starts.get(to).copied();
    }

    /// To the next (or previous) column of this row that is over the warning.
    pub fn step_error(&mut self, forward: bool) {
        let Some(cells) = self.selected().map(|s| s.cells.clone()) else { return };
        let at = self.column_index();
        let is_red = |i: usize| cells.get(i).copied().flatten().is_some_and(|n| n > 0.0);
        if let Some(to) = next_where(at, forward, cells.len(), is_red) {
            self.column = self.starts().get(to).copied();
        }
    }

    /// When the service under the cursor first failed on screen.
    pub fn first_error(&self) -> Option<Timestamp> {
        let cells = &self.selected()?.cells;
        let at = cells.iter().position(|cell| cell.is_some_and(|n| n > 0.0))?;
        self.starts().get(at).map(|start| Timestamp::from_millis(*start))
    }

    /// The range of the cell under the cursor, or of the block.
    pub fn cell_range(&self) -> Option<TimeRange> {
        let errors = self.data.answer.as_ref()?;
        let (first, last) = self.chosen_starts()?;
        let cell = TimeRange { from: first, to: last.plus_millis(errors.interval.millis()) };
        TimeRange::new(cell.from.max(errors.range.from), cell.to.min(errors.range.to)).ok()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::answers::By;
    use crate::answers::errors::DayLook;
    use crate::model::{Completeness, Interval};
    use std::sync::Arc;

    /// A service that is well and of which no more is known.
    pub fn service(name: &str) -> ServiceErrors {
        ServiceErrors {
            service: name.to_string(),
            total: Some(0.0),
            requests: 0,
            failed: 0,
            unfinished: None,
            error_share: None,
            usual: None,
            usual_per_min: None,
            newest: None,
            lag_ms: None,
            state: Health::Ok,
            surprise: 0.0,
            cells: Vec::new(),
        }
    }

    /// What is answered of these services for the quarter of an hour before that moment.
    pub fn answer(services: Vec<ServiceErrors>, clock: Timestamp) -> Errors {
        Errors {
            range: TimeRange { from: clock.plus_millis(-900_000), to: clock },
            interval: Interval::from_millis(15_000),
            measure: Measure::Errors,
            by: By::Time,
            baseline: None,
            columns: Vec::new(),
            partial: Vec::new(),
            markers: Vec::new(),
            services,
            clock,
            day: Arc::new(DayLook::default()),
            cells_of_some: false,
            completeness: Completeness::default(),
        }
    }

    /// So many services, of which the first have cells.
    fn pane(services: usize, told: usize) -> ErrorsPane {
        let failing = |n: usize| ServiceErrors {
            total: Some(1.0),
            requests: 1,
            failed: 1,
            cells: vec![(n < told).then_some(1.0)],
            ..service(&format!("s{n:04}"))
        };
        let all = answer((0..services).map(failing).collect(), Timestamp::from_millis(1_768_446_000_000));
        let errors = Errors { cells_of_some: told < services, ..all };
        let mut pane = ErrorsPane { data: PaneData { answer: Some(Arc::new(errors)), ..PaneData::default() }, ..ErrorsPane::default() };
        pane.reorder();
        pane
    }

    #[test]
    fn of_too_many_services_those_on_screen_are_asked_for() {
        let mut many = pane(2000, 1000);
        assert!(!many.lacks_cells(), "the first rows have theirs");
        many.step(1500);
        assert!(many.lacks_cells());
        let shown = many.params(&Scope::default()).shown;
        assert!(shown.len() <= 2 * AROUND && shown.contains(&"s1500".to_string()) && shown.contains(&"s1560".to_string()));
        many.asked = shown;
        assert!(!many.lacks_cells(), "once");
        let few = pane(200, 200);
        assert!(!few.lacks_cells() && few.params(&Scope::default()).shown.is_empty());
    }
}
