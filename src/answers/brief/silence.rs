//! Who is not heard of: services that stopped, that were silent for a while, and whether anything is known of now at all.

use super::read::first_record;
use crate::analysis::incident::{Course, Resumed, Service, Stop, Stopped};
use crate::answers::errors::is_job;
use crate::answers::{Errors, State};
use crate::model::Timestamp;

/// Services that write nothing more: `errors` says so, and so much would have come by now at the rate of the hours before.
pub fn stopped(errors: Option<&Errors>, services: &[Service], now_ms: i64) -> Vec<Stopped> {
    let began = first_record(services).unwrap_or(now_ms);
    let silent = errors.into_iter().flat_map(|e| &e.services).filter(|s| matches!(s.state, State::Silent | State::Late));
    let stopped = silent.filter_map(|s| {
        let service = services.iter().find(|known| known.name == s.service)?;
        let last_ms = s.newest?.millis();
        let day = &service.day;
        let first_ms = day.cells.iter().position(|cell| cell.records > 0).map_or(last_ms, |at| day.start_of(at));
        silence(service, last_ms, now_ms, DUE).filter(|stopped| !is_job(first_ms, last_ms, stopped.gone_ms, began))
    });
    stopped.collect()
}

/// A service's silence between those moments, if at least so much work was due in it.
fn silence(service: &Service, last_ms: i64, until_ms: i64, least_due: f64) -> Option<Stopped> {
    let (due, per_minute) = service.due(last_ms, until_ms);
    let serves = service.day.cells.iter().any(|cell| cell.requests > 0);
    (due >= least_due && !was_yesterday(&service.day, last_ms, until_ms, per_minute)).then(|| Stopped {
        service: service.name.clone(),
        last_ms,
        gone_ms: until_ms - last_ms,
        per_minute,
        serves,
    })
}

/// Whether it wrote before that time of yesterday, and hardly anything in it: who is through with its work at that hour.
fn was_yesterday(day: &Course, last_ms: i64, until_ms: i64, per_minute: f64) -> bool {
    let (from, to) = (last_ms - DAY_MS, until_ms - DAY_MS + day.interval_ms);
    let minutes = (day.start_of(day.at(to)) - day.start_of(day.at(from))) as f64 / 60_000.0;
    let (before, then) = (day.sum(from - HOUR_MS, from).records, day.sum(from, to).records);
    before > 0 && from - HOUR_MS >= day.from_ms && (then as f64) <= HARDLY * per_minute * minutes
}

/// Services that wrote nothing for a while in the last hours, when others did, and do so again.
pub fn resumed(services: &[Service], now_ms: i64) -> Vec<Resumed> {
    let of = |service: &Service| {
        let course = &service.hours;
        let (from, to) = longest_gap(course)?;
        let (last_ms, back_ms) = (course.start_of(from), course.start_of(to));
        if back_ms - last_ms < SILENT_MS || now_ms - back_ms > BACK_MS {
            return None;
        }
        let stopped = silence(service, last_ms, back_ms, 3.0 * DUE)?;
        // Who rests as long between its runs is a job.
        let day = &service.day;
        let first_ms = day.cells.iter().position(|cell| cell.records > 0).map_or(last_ms, |at| day.start_of(at));
        if day.longest_gap(first_ms, last_ms) >= AS_LONG * (back_ms - last_ms) as f64 {
            return None;
        }
        let others = services.iter().filter(|other| other.name != service.name);
        let went_on = others.filter(|other| other.hours.sum(last_ms, back_ms).records > 0).count();
        (went_on * 2 >= services.len()).then_some(Resumed { stopped, back_ms })
    };
    services.iter().filter_map(of).collect()
}

/// The longest run of cells without a record between two with some.
fn longest_gap(course: &Course) -> Option<(usize, usize)> {
    let wrote: Vec<usize> = course.cells.iter().enumerate().filter(|(_, cell)| cell.records > 0).map(|(at, _)| at).collect();
    let gaps = wrote.windows(2).filter_map(|pair| Some((pair.first()? + 1, *pair.last()?))).filter(|(from, to)| from < to);
    // The first of those that are as long.
    gaps.rev().max_by_key(|(from, to)| to - from)
}

/// A silence that is over is told where it was this long, for so long after it, ms.
const SILENT_MS: i64 = 240_000;
const BACK_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// Part of what it usually writes.
const HARDLY: f64 = 0.3;
/// Part of a silence that another one must have been to be like it.
const AS_LONG: f64 = 0.6;
/// What stops within so long of another may have stopped with it, ms.
const TOGETHER_MS: i64 = 180_000;
/// From this many pieces of work due and not there on, a service has stopped.
const DUE: f64 = 9.0;

/// Since when nothing is known because most of the services that had work to write of stopped together: how the logs get here is
/// stuck, and nobody can tell what goes on.
pub fn unheard_since(stops: &[Stop], services: &[Service], now_ms: i64) -> Option<Timestamp> {
    let stopped = || stops.iter().flat_map(Stop::services);
    let last = stopped().map(|s| s.last_ms).max()?;
    let together = stopped().filter(|s| last - s.last_ms <= TOGETHER_MS).count();
    let at_work = services.iter().filter(|s| s.due(last, now_ms).0 >= DUE).count();
    (together >= 3 && together * 10 >= at_work * 6).then_some(Timestamp::from_millis(last))
}

/// Since when nothing is known: half of the services are late, or nothing has come of the time that is asked about. Of no service
/// at all there is no such moment.
pub fn blind_since(errors: Option<&Errors>, now_ms: i64) -> Option<Timestamp> {
    let errors = errors?;
    let late = errors.services.iter().filter(|s| s.state == State::Late).count();
    let newest = errors.services.iter().filter_map(|s| s.newest).max();
    let all_old = newest.is_some_and(|newest| now_ms - newest.millis() > 120_000 + 2 * errors.interval.millis() || newest < errors.range.from);
    newest.filter(|_| late * 2 >= errors.services.len() || all_old)
}
