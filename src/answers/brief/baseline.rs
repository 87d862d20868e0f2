//! What the time since the onset is held against.

use super::{BriefQuestion, read};
use crate::analysis::incident::{Ail, Stop, strong};
use crate::answers::Known;
use crate::model::{TimeRange, Timestamp};
use crate::query::Reply;

/// Longer than this the baseline need not be, ms.
const BASELINE_MS: i64 = 3_600_000;
/// Where nothing began this much is held against what was before, ms.
const LATEST_MS: i64 = 900_000;
/// Two bursts of one trouble are no further apart, ms.
const BURSTS_MS: i64 = 1_200_000;
/// So many times as often as before, and as this share, is plain.
const PLAINLY_MORE: f64 = 5.0;
const LEAST_SHARE: f64 = 0.005;

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

    /// When it began where others were plainly let down before that moment by who is strongest hit, which failed at first for a short
    /// while: of two bursts the second one may be the plainer, and the first is the beginning.
    pub(super) fn begun_before(&self, replies: &[Reply], from_ms: i64) -> i64 {
        let symptoms = &self.evidence.symptoms;
        let Some(first) = symptoms.first().filter(|first| first.ail == Ail::Fails) else { return from_ms };
        let earlier = strong(symptoms).filter(|s| s.stretch.from_ms < from_ms && from_ms - s.stretch.from_ms <= BURSTS_MS);
        let Some(other) = earlier.min_by_key(|s| s.stretch.from_ms) else { return from_ms };
        let Some(course) = self.evidence.services.iter().find(|s| s.name == first.service).map(|s| &s.hours) else { return from_ms };
        let (then, before) = (course.sum(other.stretch.from_ms, from_ms), course.sum(course.from_ms, other.stretch.from_ms));
        let share = |failed: u64, requests: u64| failed as f64 / requests.max(1) as f64;
        let plainly = then.failed >= 3 && share(then.failed, then.requests) >= PLAINLY_MORE * share(before.failed, before.requests).max(LEAST_SHARE);
        let finer = || read::onset_in(read::fine(&self.asked, replies, &other.service)?, other);
        if plainly { finer().unwrap_or(other.stretch.from_ms) } else { from_ms }
    }
}
