//! How a service's counts went over the day, and since when they are not what they were.

use crate::model::Timestamp;

/// What was counted in one interval.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Cell {
    /// Records of any kind.
    pub records: u64,
    /// Error records.
    pub errors: u64,
    /// Requests that ended.
    pub requests: u64,
    /// Those with a status of 500 or above.
    pub failed: u64,
    /// Those with a status of 400 to 499.
    pub refused: u64,
    /// Requests that began.
    pub starts: u64,
    /// Requests that said they were through.
    pub completions: u64,
    /// Records that belong to a request.
    pub traced: u64,
    /// Records with a duration, and the sum of it, ms.
    pub timed: u64,
    /// See `timed`.
    pub busy_ms: f64,
}

/// The cells of one service, without gaps.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Course {
    /// Start of the first cell, ms.
    pub from_ms: i64,
    /// Width of a cell, ms.
    pub interval_ms: i64,
    /// By time; the last may still be filling.
    pub cells: Vec<Cell>,
}

/// What is wrong with a service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Ail {
    /// More of its requests fail, or never end.
    Fails,
    /// It logs more errors among its records.
    Errs,
    /// Its requests take longer.
    Slow,
    /// It refuses more requests (4xx).
    Refuses,
    /// It gets more requests.
    Surges,
    /// It is there, and hardly does anything.
    Idles,
}

/// A stretch in which something is unlike what was before it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stretch {
    /// Start of its first cell, ms.
    pub from_ms: i64,
    /// End of its last, ms.
    pub to_ms: i64,
    /// It goes on at the end of what is known.
    pub lasts: bool,
    /// Width of its cells: it is known no closer, ms.
    pub within_ms: i64,
    /// How many of how many, or how much of how many.
    pub bad: f64,
    /// See `bad`.
    pub of: f64,
    /// The same before it.
    pub usual_bad: f64,
    /// See `usual_bad`.
    pub usual_of: f64,
    /// How much likelier the counts are with a change than without one (natural logarithm).
    pub gain: f64,
}

impl Ail {
    /// It is about how much is asked of it or done by it, not about how that goes.
    pub fn is_of_traffic(self) -> bool {
        matches!(self, Ail::Surges | Ail::Idles)
    }
}

impl Cell {
    /// Requests that failed or never ended, of all; the unfinished of a single cell may only be on their way.
    fn failures(&self) -> (f64, f64) {
        let open = self.starts.saturating_sub(self.completions);
        ((self.failed + open) as f64, (self.requests + open) as f64)
    }
}

impl Stretch {
    /// Its share.
    pub fn share(&self) -> f64 {
        self.bad / self.of.max(1e-9)
    }

    /// The share before it.
    pub fn usual(&self) -> f64 {
        if self.usual_of > 0.0 { self.usual_bad / self.usual_of } else { 0.0 }
    }

    /// Its start.
    pub fn since(&self) -> Timestamp {
        Timestamp::from_millis(self.from_ms)
    }

    /// More than was to be expected.
    pub fn excess(&self) -> f64 {
        self.bad - self.usual() * self.of
    }
}

impl Course {
    /// When a cell begins, ms.
    pub fn start_of(&self, at: usize) -> i64 {
        self.from_ms + self.interval_ms * at as i64
    }

    /// The first cell that begins at this moment or later.
    pub fn at(&self, ms: i64) -> usize {
        usize::try_from((ms - self.from_ms + self.interval_ms - 1).div_euclid(self.interval_ms.max(1))).unwrap_or(0).min(self.cells.len())
    }

    /// The sum of the cells in that time.
    pub fn sum(&self, from_ms: i64, to_ms: i64) -> Cell {
        let mut sum = Cell::default();
        for cell in self.cells.iter().take(self.at(to_ms)).skip(self.at(from_ms)) {
            sum.add(cell);
        }
        sum
    }

    /// The longest run of cells without a record in that time, ms.
    pub fn longest_gap(&self, from_ms: i64, to_ms: i64) -> f64 {
        let (mut run, mut longest) = (0, 0);
        for cell in self.cells.iter().take(self.at(to_ms)).skip(self.at(from_ms)) {
            run = if cell.records > 0 { 0 } else { run + 1 };
            longest = longest.max(run);
        }
        f64::from(longest) * self.interval_ms as f64
    }

    /// Each cell's bad of all.
    pub(super) fn parts(&self, ail: Ail) -> Vec<(f64, f64)> {
        let last = self.cells.len().saturating_sub(1);
        // What asks whether a service is well goes on, and is no work.
        let works = ail == Ail::Idles && self.cells.iter().any(|cell| cell.requests > 0);
        let consumes = ail == Ail::Idles && self.cells.iter().any(|cell| cell.traced > 0);
        let minutes = self.interval_ms as f64 / 60_000.0;
        let part = |(at, cell): (usize, &Cell)| match ail {
            // What began in the last cell may still end.
            Ail::Fails if at == last => (cell.failed as f64, cell.requests as f64),
            Ail::Fails => cell.failures(),
            Ail::Errs => (cell.errors as f64, cell.records as f64),
            Ail::Refuses => (cell.refused as f64, cell.requests as f64),
            Ail::Slow => (cell.busy_ms, cell.timed as f64),
            Ail::Idles if !works && consumes => (cell.traced as f64, minutes),
            Ail::Idles if !works => (cell.records as f64, minutes),
            Ail::Surges | Ail::Idles => (cell.requests.max(cell.starts) as f64, minutes),
        };
        self.cells.iter().enumerate().map(part).collect()
    }
}

/// The bad and the all of several cells.
pub(super) fn sum(parts: &[(f64, f64)]) -> (f64, f64) {
    parts.iter().fold((0.0, 0.0), |(bad, of), (more_bad, more)| (bad + more_bad, of + more))
}

impl Cell {
    /// Adds another.
    pub fn add(&mut self, other: &Cell) {
        self.records += other.records;
        self.errors += other.errors;
        self.requests += other.requests;
        self.failed += other.failed;
        self.refused += other.refused;
        self.starts += other.starts;
        self.completions += other.completions;
        self.traced += other.traced;
        self.timed += other.timed;
        self.busy_ms += other.busy_ms;
    }

    /// Failed or never ended.
    pub fn bad(&self) -> u64 {
        self.failed + self.starts.saturating_sub(self.completions)
    }

    /// All requests.
    pub fn all(&self) -> u64 {
        self.requests + self.starts.saturating_sub(self.completions)
    }
}
