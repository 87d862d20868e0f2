//! What the time since the onset is held against.

use super::{BriefQuestion, read};
use crate::analysis::incident::Stop;
use crate::answers::Known;
use crate::model::{TimeRange, Timestamp};

/// Longer than this the baseline need not be, ms.
const BASELINE_MS: i64 = 3_600_000;
/// Where nothing began this much is held against what was before, ms.
const LATEST_MS: i64 = 900_000;

impl BriefQuestion {
    /// Where nothing began, what is held against the time before is what is on screen, or the last of it, from here on, ms.
    pub(super) fn unlike(&self, known: &Known) -> i64 {
        let (range, _) = self.params.scope.at(known.clock);
        range.from.millis().max(self.now_ms - LATEST_MS)
    }

    /// The last quiet stretch before the onset: an hour, or what there is; or the one that was chosen, where the incident is not in it.
    pub(super) fn baseline(&self, known: &Known) -> TimeRange {
        let silence = || self.evidence.stops.iter().flat_map(Stop::services).map(|s| s.last_ms).min();
        let began = self.evidence.onset.map(|onset| onset.from_ms).or_else(silence);
        let to = began.map_or(self.unlike(known), |ms| ms - 60_000);
        if let Some(chosen) = self.params.scope.baseline.filter(|chosen| chosen.to.millis() <= to) {
            return chosen;
        }
        let first = read::first_record(&self.evidence.services).unwrap_or(to);
        let from = first.max(to - BASELINE_MS).min(to - 1);
        TimeRange { from: Timestamp::from_millis(from), to: Timestamp::from_millis(to) }
    }

    /// As long a stretch that ends at that moment, where it would go on after it: the onset may have been found to be earlier.
    pub(super) fn until(&self, before: TimeRange, since: Timestamp) -> TimeRange {
        let to = before.to.min(since);
        let first = read::first_record(&self.evidence.services).map_or(before.from, Timestamp::from_millis);
        let from = to.plus_millis(-before.millis()).max(first.min(to.plus_millis(-1)));
        if to < before.to { TimeRange { from, to } } else { before }
    }
}
