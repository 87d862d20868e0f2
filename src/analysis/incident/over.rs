//! Whether it is over, and since when.

use super::course::{Ail, sum};
use super::symptoms::{Symptom, strong};
use super::{Cause, CauseKind, Change, Service, Stretch};

/// It must have been well for so long, ms.
const WELL_MS: i64 = 120_000;
/// So few bad ones would come by chance if it went on half as much worse than usual: less often than this.
const BY_CHANCE: f64 = 0.001;
/// Fewer requests with a duration say nothing of durations.
const LEAST_TIMED: f64 = 20.0;

/// When what is wrong most was over in all services that have it, ms.
pub fn since(services: &[Service], symptoms: &[Symptom]) -> Option<i64> {
    let mut last = None;
    for symptom in strong(symptoms).filter(|s| !s.ail.is_of_traffic()) {
        let service = services.iter().find(|s| s.name == symptom.service)?;
        if !is_over(service, symptom.ail, &symptom.stretch) {
            return None;
        }
        last = last.max(Some(symptom.stretch.to_ms));
    }
    last
}

/// When a bad version was last seen, where its service has written long enough without it: it was rolled back, ms.
pub fn gone(cause: &Cause, changes: &[Change], services: &[Service]) -> Option<i64> {
    let is_kind = matches!(cause.kind, CauseKind::Version | CauseKind::Image);
    let last = changes.iter().find(|c| is_kind && c.service == cause.service && c.value == cause.name)?.last_ms;
    let course = &services.iter().find(|s| s.name == cause.service)?.hours;
    let newest = course.cells.iter().rposition(|cell| cell.records > 0).map(|at| course.start_of(at))?;
    (newest - last >= WELL_MS).then_some(last)
}

fn is_over(service: &Service, ail: Ail, stretch: &Stretch) -> bool {
    let course = &service.hours;
    let parts = course.parts(ail);
    // The last cell is still filling.
    let (from, to) = (course.at(stretch.to_ms), parts.len().saturating_sub(1));
    let after = parts.get(from..to).unwrap_or_default();
    let (bad, of) = sum(after);
    if (after.len() as i64) * course.interval_ms < WELL_MS || of <= 0.0 {
        return false;
    }
    if ail == Ail::Slow {
        return of >= LEAST_TIMED && bad / of < (stretch.share() * stretch.usual().max(1e-3)).sqrt();
    }
    at_most(bad, 0.5 * (stretch.share() + stretch.usual()) * of) < BY_CHANCE
}

/// The chance of so few where so many are expected (Poisson).
fn at_most(count: f64, expected: f64) -> f64 {
    let mut term = (-expected).exp();
    let mut sum = term;
    for i in 1..=(count as u64).min(100_000) {
        term *= expected / i as f64;
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::incident::{Cell, Course, symptoms};

    fn service(failed: impl Fn(i64) -> u64) -> Service {
        let cells = (0..100).map(|i| Cell { failed: failed(i), requests: 50, ..Cell::default() }).collect();
        let hours = Course { from_ms: 0, interval_ms: 60_000, cells };
        Service { name: "pay".into(), hours, ..Service::default() }
    }

    fn over_at(failed: impl Fn(i64) -> u64) -> Option<i64> {
        let services = [service(failed)];
        since(&services, &symptoms(&services, 10 * 60_000)).map(|ms| ms / 60_000)
    }

    #[test]
    fn it_is_over_when_it_has_been_well_for_long_enough_to_tell() {
        let during = |from: i64, to: i64| move |i: i64| if (from..to).contains(&i) { 20 } else { 0 };
        assert_eq!(over_at(during(60, 90)), Some(90));
        assert_eq!(over_at(during(60, 100)), None, "it goes on");
        assert_eq!(over_at(during(60, 98)), None, "a minute says nothing");
        assert_eq!(
            over_at(|i| if i < 60 {
                0
            } else if i < 90 {
                20
            } else {
                12
            }),
            None,
            "it is only better"
        );
    }
}
