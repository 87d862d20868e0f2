//! Which services are unlike their own past, since when, and which of that belongs together.

use super::course::{Ail, Course, Stretch, sum};
use super::{Cell, Service};
use std::cmp::Ordering;

/// A service that is unlike its own past.
#[derive(Clone, PartialEq, Debug)]
pub struct Symptom {
    /// Whose.
    pub service: String,
    /// What is wrong.
    pub ail: Ail,
    /// When, and by how much.
    pub stretch: Stretch,
}

/// When an incident began and ended, as far as symptoms tell.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Onset {
    /// It began about then, ms.
    pub from_ms: i64,
    /// It was last seen, ms.
    pub to_ms: i64,
    /// What is wrong most.
    pub ail: Ail,
}

/// Onsets closer than this belong together, ms.
const TOGETHER_MS: i64 = 900_000;

/// What begins so soon in the fine cells may have begun before them, ms.
const EDGE_MS: i64 = 600_000;

/// What is wrong, the strongest first. `recent_ms`: it must have lasted until then.
pub fn symptoms(services: &[Service], recent_ms: i64) -> Vec<Symptom> {
    let mut found = Vec::new();
    for service in services {
        for ail in [Ail::Fails, Ail::Errs, Ail::Slow, Ail::Refuses, Ail::Surges, Ail::Idles] {
            if let Some(stretch) = of(service, ail, recent_ms).filter(|stretch| ail != Ail::Errs || !is_of_new_work(service, stretch)) {
                found.push(Symptom { service: service.name.clone(), ail, stretch });
            }
        }
    }
    // More traffic is what it is about where nothing goes worse.
    let order = |s: &Symptom| (s.ail == Ail::Surges, -s.weight());
    found.sort_by(|a, b| order(a).partial_cmp(&order(b)).unwrap_or(Ordering::Equal).then_with(|| a.service.cmp(&b.service)));
    found
}

/// So large a share of failed requests is no noise, where nothing tells what is usual.
const PLAIN_SHARE: f64 = 0.1;
/// And so many of them.
const PLAIN_BAD: f64 = 10.0;

/// What has failed ever since the first record, for when there is nothing before it to hold it against; the strongest first.
pub fn ever(services: &[Service]) -> Vec<Symptom> {
    let fails = |service: &Service| {
        let course = if service.hours.cells.is_empty() { &service.day } else { &service.hours };
        let (from_ms, to_ms) = (course.from_ms, course.start_of(course.cells.len()));
        // What began in the last cell may still end.
        let (bad, of) = sum(&course.parts(Ail::Fails));
        let gain = bad * (bad / of.max(1.0) / PLAIN_SHARE).max(1e-9).ln();
        let stretch = Stretch { from_ms, to_ms, lasts: true, within_ms: course.interval_ms, bad, of, usual_bad: 0.0, usual_of: 0.0, gain };
        let plain = bad >= PLAIN_BAD && stretch.share() >= PLAIN_SHARE;
        plain.then(|| Symptom { service: service.name.clone(), ail: Ail::Fails, stretch })
    };
    let mut found: Vec<Symptom> = services.iter().filter_map(fails).collect();
    found.sort_by(|a, b| b.weight().total_cmp(&a.weight()).then_with(|| a.service.cmp(&b.service)));
    found
}

impl Symptom {
    /// Failures weigh more than what may be their effect.
    fn weight(&self) -> f64 {
        match self.ail {
            Ail::Fails => self.stretch.gain * 4.0,
            Ail::Errs => self.stretch.gain,
            Ail::Slow => self.stretch.gain * 0.5,
            Ail::Refuses => self.stretch.gain * 0.3,
            Ail::Surges => self.stretch.gain * 0.05,
            Ail::Idles => self.stretch.gain * 0.01,
        }
    }
}

/// By the fine cells where they know the beginning, else by those of the day.
fn of(service: &Service, ail: Ail, recent_ms: i64) -> Option<Stretch> {
    let fine = service.hours.stretch(ail, recent_ms);
    let coarse = service.day.stretch(ail, recent_ms).filter(|coarse| ail != Ail::Slow || !is_nightly(&service.day, coarse));
    match (fine, coarse) {
        // What began before the fine cells is known by the coarse ones alone.
        (Some(fine), Some(coarse)) if coarse.from_ms < fine.from_ms && fine.from_ms < service.hours.from_ms + EDGE_MS => Some(coarse),
        (Some(fine), _) if !(is_habit(&service.day, ail, &fine) || (ail == Ail::Idles && rests(&service.day, fine.from_ms))) => Some(fine),
        (Some(_), _) if ail == Ail::Idles => None,
        (Some(_), coarse) | (None, coarse) => coarse,
    }
}

/// Who did nothing in a larger part of the day rests between its runs.
const RESTS: f64 = 0.15;

/// Whether a service did nothing for a good part of the day before that moment, since it was first heard of.
fn rests(day: &Course, to_ms: i64) -> bool {
    let done: Vec<f64> = day.parts(Ail::Idles).into_iter().take(day.at(to_ms)).map(|(work, _)| work).skip_while(|work| *work == 0.0).collect();
    done.iter().filter(|work| **work == 0.0).count() as f64 > RESTS * done.len() as f64
}

/// So many times more work than before is another work.
const NEW_WORK: f64 = 5.0;
/// Of so many records that tell of no error, ms of them before.
const WELL_RECORDS: f64 = 60.0;
const KNOWN_MS: i64 = 1_800_000;

/// Whether the errors came with far more records that tell of none: a job that begins has the errors it has, and nothing is known of what
/// is usual with it.
fn is_of_new_work(service: &Service, stretch: &Stretch) -> bool {
    let course = if stretch.from_ms >= service.hours.from_ms + KNOWN_MS { &service.hours } else { &service.day };
    let well = |from: i64, to: i64| {
        let sum = course.sum(from, to);
        (sum.records.saturating_sub(sum.errors) as f64, (to - from).max(1) as f64, sum.failed)
    };
    let (now, for_ms, failed) = well(stretch.from_ms, stretch.to_ms);
    let (before, known_ms, _) = well(course.from_ms, stretch.from_ms);
    let grew = now / for_ms >= NEW_WORK * (before / known_ms);
    failed == 0 && known_ms >= KNOWN_MS as f64 && now >= WELL_RECORDS && stretch.share() <= 0.5 && grew
}

/// About the same time of yesterday, ms, and how much of what is longer than usual it must have been longer by then.
const DAY_MS: i64 = 86_400_000;
const ABOUT_MS: i64 = 2_700_000;
const AS_SLOW: f64 = 0.6;
/// So many requests tell how long they took.
const TIMED: u64 = 20;

/// Whether it was about as slow at that time of yesterday: what a job asks for, or who only then has much to do.
fn is_nightly(day: &Course, fine: &Stretch) -> bool {
    let length = (fine.to_ms - fine.from_ms).clamp(day.interval_ms, 6 * day.interval_ms);
    let least = fine.usual() + AS_SLOW * (fine.share() - fine.usual());
    let first = day.at(fine.from_ms - DAY_MS - ABOUT_MS);
    let starts = (first..=day.at(fine.from_ms - DAY_MS + ABOUT_MS)).map(|at| day.start_of(at)).filter(|from| *from >= day.from_ms);
    let mut sums = starts.map(|from| day.sum(from, from + length));
    sums.any(|sum| sum.timed >= TIMED && sum.busy_ms >= least * sum.timed as f64)
}

/// Whether the day before had a stretch as bad.
fn is_habit(day: &Course, ail: Ail, fine: &Stretch) -> bool {
    if ail == Ail::Slow {
        return is_nightly(day, fine);
    }
    if !matches!(ail, Ail::Fails | Ail::Errs | Ail::Refuses) {
        return false;
    }
    let cells = ((fine.to_ms - fine.from_ms) / day.interval_ms.max(1)).max(1);
    let length = cells * day.interval_ms;
    let last = day.at(fine.from_ms - day.interval_ms);
    let bad = |cell: Cell| match ail {
        Ail::Fails => cell.bad() as f64,
        Ail::Errs => cell.errors as f64,
        _ => cell.refused as f64,
    };
    let before = (0..last).map(|at| day.from_ms + at as i64 * day.interval_ms).filter(|from| from + length <= fine.from_ms);
    let most = before.map(|from| bad(day.sum(from, from + length))).fold(0.0, f64::max);
    // A coarse window holds what came by itself as well.
    let by_itself = fine.usual() * fine.of * (length as f64 / (fine.to_ms - fine.from_ms).max(1) as f64);
    most - by_itself >= 0.4 * fine.excess()
}

/// The onset of what is strongest, with all that began about then.
pub fn onset(symptoms: &[Symptom]) -> Option<Onset> {
    let first = symptoms.first()?;
    let together = strong(symptoms).filter(|s| (s.stretch.from_ms - first.stretch.from_ms).abs() <= TOGETHER_MS);
    let (from_ms, to_ms) =
        together.fold((first.stretch.from_ms, first.stretch.to_ms), |(from, to), s| (from.min(s.stretch.from_ms), to.max(s.stretch.to_ms)));
    Some(Onset { from_ms, to_ms, ail: first.ail })
}

/// The strongest, and those like it that are about as strong: the weak ones' beginnings are vague.
pub fn strong(symptoms: &[Symptom]) -> impl Iterator<Item = &Symptom> {
    let alike = |s: &&Symptom| symptoms.first().is_some_and(|first| s.ail == first.ail && s.stretch.gain >= 0.3 * first.stretch.gain);
    symptoms.iter().filter(alike)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_as_slow_every_night_is_no_news() {
        let night = |at_night: f64| {
            let cell = |minute: i64, width: i64| {
                let ms = if (1440..1480).contains(&minute) {
                    134.0
                } else if (0..40).contains(&minute) {
                    at_night
                } else {
                    31.0
                };
                Cell { records: 20, requests: 20, timed: 20 * width as u64, busy_ms: ms * 20.0 * width as f64, ..Cell::default() }
            };
            let course = |from: i64, width: i64| {
                let cells = (from..1480).step_by(width as usize).map(|minute| cell(minute, width)).collect();
                Course { from_ms: from * 60_000, interval_ms: width * 60_000, cells }
            };
            let service = Service { name: "payroll".to_string(), day: course(-80, 10), hours: course(1360, 1) };
            symptoms(&[service], 1400 * 60_000).iter().any(|s| s.ail == Ail::Slow)
        };
        assert!(night(31.0));
        assert!(!night(130.0));
    }

    /// A job that begins has the errors that it has; one that wrote as much before does not begin.
    #[test]
    fn errors_of_work_that_has_just_begun_are_no_symptom() {
        let service = |before: u64, after: u64| {
            let cell = |at: usize| {
                let (records, errors) = if at < 90 { (before, 0) } else { (after, after / 4) };
                Cell { records, errors, ..Cell::default() }
            };
            let hours = Course { from_ms: 0, interval_ms: 60_000, cells: (0..120).map(cell).collect() };
            Service { name: "reporting".to_string(), hours, ..Service::default() }
        };
        let errs = |service: Service| symptoms(&[service], 7_200_000).iter().any(|s| s.ail == Ail::Errs);
        assert!(errs(service(10, 10)), "the same work goes wrong");
        assert!(!errs(service(0, 10)) && !errs(service(1, 10)), "another work goes as it goes");
    }
}
