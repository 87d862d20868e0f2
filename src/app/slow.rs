//! Slow requests: where the cursor is.

use super::cursor::{place, stepped};
use super::state::PaneData;
use crate::answers::{Errors, ServiceErrors, ServiceSlow, Slow, State as Health};
use crate::model::Timestamp;
use std::sync::Arc;

/// The pane.
#[derive(Clone, Debug, Default)]
pub struct SlowPane {
    /// What is shown.
    pub data: PaneData<Slow>,
    /// The row under the cursor, by name.
    pub service: Option<String>,
    /// Services as fast as usual are shown too.
    pub show_quiet: bool,
    /// When the whole range was last asked, and how late records were then (ms).
    pub whole: Option<(Timestamp, i64)>,
}

/// The whole range is asked again after this long.
const WHOLE_HOLDS_MS: i64 = 55_000;

/// Slower than this times its usual p95 is worth a row.
const SLOWER: f64 = 1.2;

/// Whether a service is slower than usual, or has slow or hanging requests.
pub fn is_notable(service: &ServiceSlow) -> bool {
    let worse = service.p95_ms.zip(service.usual_p95_ms).is_some_and(|(now, usual)| usual > 0.0 && now > usual * SLOWER);
    let hangs = service.unfinished.unwrap_or(0) > service.usual_unfinished.unwrap_or(0) * 2 + 3;
    worse || service.slow > 0 || hangs
}

/// How late the latest of all services is, ms: what lies further back can no longer change.
fn lag_ms(errors: &Errors) -> i64 {
    let of = |s: &ServiceErrors| {
        let behind = s.newest.filter(|_| s.state == Health::Late).map_or(0, |newest| errors.clock.millis() - newest.millis());
        behind.max(s.lag_ms.unwrap_or(0.0) as i64)
    };
    errors.services.iter().map(of).max().unwrap_or(0)
}

impl SlowPane {
    /// The earlier answer and from when on it can have changed; nothing when all of it is to be asked: each minute, and
    /// when records catch up, for then columns fill that were read as empty.
    pub fn earlier(&mut self, errors: Option<&Errors>, now: Timestamp) -> Option<(Arc<Slow>, Timestamp)> {
        let lag = errors.map_or(0, lag_ms);
        let known = self.data.answer.clone().filter(|_| self.data.fault.is_none());
        let fresh = self.whole.is_some_and(|(at, lag_then)| now.millis() - at.millis() < WHOLE_HOLDS_MS && lag + 1000 >= lag_then);
        match (known, errors, fresh) {
            (Some(slow), Some(errors), true) => {
                let changed_from = errors.clock.plus_millis(-lag - 2 * slow.interval.millis());
                Some((slow, changed_from))
            }
            _ => {
                self.whole = Some((now, lag));
                None
            }
        }
    }

    /// The rows: as the answer orders them, those worth one first.
    pub fn rows(&self) -> Vec<&ServiceSlow> {
        let Some(slow) = &self.data.answer else { return Vec::new() };
        let (notable, quiet): (Vec<&ServiceSlow>, Vec<&ServiceSlow>) = slow.services.iter().partition(|s| is_notable(s));
        if self.show_quiet { notable.into_iter().chain(quiet).collect() } else { notable }
    }

    /// How many are hidden.
    pub fn hidden(&self) -> usize {
        self.data.answer.as_ref().map_or(0, |slow| slow.services.len()).saturating_sub(self.rows().len())
    }

    /// The place of the cursor.
    pub fn row(&self) -> usize {
        place(self.rows().iter().map(|s| s.service.as_str()), self.service.as_ref())
    }

    /// The service under the cursor.
    pub fn selected(&self) -> Option<&ServiceSlow> {
        self.rows().get(self.row()).copied()
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: isize) {
        let rows = self.rows();
        let to = stepped(self.row(), by, rows.len());
        let name = rows.get(to).map(|s| s.service.clone());
        self.service = name;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::errors::tests::{answer, service};
    use crate::model::{Completeness, Interval, TimeRange};

    const NOW: Timestamp = Timestamp::from_millis(1_768_446_000_000);

    fn errors(late_ms: i64) -> Errors {
        let state = if late_ms > 60_000 { Health::Late } else { Health::Ok };
        answer(vec![ServiceErrors { newest: Some(NOW.plus_millis(-late_ms)), lag_ms: Some(3000.0), state, ..service("cart") }], NOW)
    }

    fn slow() -> Slow {
        let range = TimeRange { from: NOW.plus_millis(-900_000), to: NOW };
        let interval = Interval::from_millis(15_000);
        Slow {
            range,
            interval,
            threshold_ms: 1000.0,
            baseline: None,
            starts: Vec::new(),
            partial: Vec::new(),
            services: Vec::new(),
            completeness: Completeness::default(),
        }
    }

    #[test]
    fn what_can_still_change_is_asked_again_and_all_of_it_when_records_catch_up() {
        let mut pane = SlowPane::default();
        pane.data.take(Ok(Arc::new(slow())));
        let mut from = |late_ms, at: Timestamp| pane.earlier(Some(&errors(late_ms)), at).map(|(_, from)| NOW.millis() - from.millis());
        assert_eq!(from(0, NOW), None, "the first time all of it");
        assert_eq!(from(0, NOW.plus_millis(10_000)), Some(33_000), "the lag and two columns");
        assert_eq!(from(720_000, NOW.plus_millis(20_000)), Some(750_000), "twelve minutes late: twelve minutes can change");
        assert_eq!(from(0, NOW.plus_millis(60_000)), None, "each minute all of it");
        assert_eq!(from(720_000, NOW.plus_millis(120_000)), None);
        assert_eq!(from(0, NOW.plus_millis(130_000)), None, "the backlog has drained: columns fill that were read as empty");
    }
}
