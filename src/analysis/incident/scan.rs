//! Since when a service is not what it was: scans over the cells of its course.

use super::course::{Ail, Course, Stretch, sum};

/// A change must be this much likelier than chance: about one in a hundred thousand for a look at all cells.
const LEAST_GAIN: f64 = 12.0;
/// A longer stretch than this must be plainer, ms.
const LONG_MS: i64 = 3 * 3_600_000;
/// What ended so long ago must be plainer too, ms.
const OVER_MS: i64 = 1_200_000;
/// Fewer bad ones than this are no incident.
const LEAST_BAD: f64 = 5.0;
/// Less to compare with than this says nothing.
const LEAST_BEFORE: f64 = 20.0;
/// Fewer cells with requests than this before it tell no usual duration.
const LEAST_CELLS: usize = 6;
/// Durations have long tails: so many times the spread say no more than this many.
const MOST_APART: f64 = 10.0;
/// What is as fast as it was for so many cells on end is slow no more.
const WELL_CELLS: usize = 3;
/// What was slow for fewer cells than this, and is no more, was a spike.
const ENDED_CELLS: usize = 5;
/// Who does less than this share of the usual for so many cells on end does hardly anything; it did its work evenly for so many cells
/// before, and so much of it is due.
const IDLE_SHARE: f64 = 0.3;
const IDLE_CELLS: usize = 5;
const EVEN_CELLS: usize = 45;
const LEAST_DUE: f64 = 40.0;
/// Who has written in fewer cells since is silent rather than idle.
const LEAST_WRITTEN: usize = 3;
/// In wider cells than this it is not to be seen, ms.
const FINE_MS: i64 = 60_000;
/// Of fewer bad ones nobody knows whether they come together; more than so much they may have come so by another trouble.
const FEW_BAD: f64 = 4.0;
const MOST_CLUMPED: f64 = 4.0;
/// So large a share is wrong however few are asked for.
const MOST_SHARE: f64 = 0.5;
/// What has happened before as strongly as this is no news.
const AS_BEFORE: f64 = 0.4;

impl Course {
    /// The stretch up to now, or to a while ago, in which most is wrong; `recent_ms` is when it must still have lasted.
    pub fn stretch(&self, ail: Ail, recent_ms: i64) -> Option<Stretch> {
        let parts = self.parts(ail);
        match ail {
            Ail::Slow => self.slower(&parts, recent_ms),
            Ail::Surges => self.surge(&parts, recent_ms),
            Ail::Idles => self.idle(&parts),
            _ => self.more_often(&parts, recent_ms),
        }
    }

    fn whole(&self, parts: &[(f64, f64)], from: usize, to: usize, gain: f64) -> Stretch {
        let (bad, of) = sum(parts.get(from..to).unwrap_or_default());
        let (usual_bad, usual_of) = sum(parts.get(..from).unwrap_or_default());
        Stretch {
            from_ms: self.start_of(from),
            to_ms: self.start_of(to),
            lasts: to >= parts.len(),
            within_ms: self.interval_ms,
            bad,
            of,
            usual_bad,
            usual_of,
            gain,
        }
    }

    /// Kulldorff's scan for a binomial share (1997), over time alone: of all stretches the one in which a higher share than
    /// before is likeliest.
    fn more_often(&self, parts: &[(f64, f64)], recent_ms: i64) -> Option<Stretch> {
        let mut sums = vec![(0.0, 0.0)];
        for (bad, of) in parts {
            let (a, b) = sums.last().copied().unwrap_or_default();
            sums.push((a + bad, b + of));
        }
        let at = |i: usize| sums.get(i).copied().unwrap_or_default();
        let mut best: Option<(f64, usize, usize)> = None;
        let mut best_late = best;
        let recent = self.at(recent_ms).max(1);
        for from in 1..parts.len() {
            let (usual_bad, usual_of) = at(from);
            if usual_of < LEAST_BEFORE {
                continue;
            }
            for to in recent.max(from + 1)..=parts.len() {
                let (bad, of) = (at(to).0 - usual_bad, at(to).1 - usual_of);
                let gain = gain(bad, of, usual_bad, usual_of);
                if best.is_none_or(|(most, ..)| gain > most) {
                    best = Some((gain, from, to));
                }
                if from >= recent && best_late.is_none_or(|(most, ..)| gain > most) {
                    best_late = Some((gain, from, to));
                }
            }
        }
        // One that was long over is not to be drawn out to where it would still be news.
        let lasts = |(_, from, to): &(f64, usize, usize)| {
            let share = |a: (f64, f64), b: (f64, f64)| (b.0 - a.0) / (b.1 - a.1).max(1.0);
            *from >= recent || share(at(recent - 1), at(*to)) >= 0.5 * share(at(*from), at(*to))
        };
        let (most, from, to) = best.filter(lasts).or(best_late)?;
        let to = goes_on(parts, from, to);
        // Cells in which nothing is asked for say nothing of when it began.
        let from = (from..to).find(|i| parts.get(*i).is_some_and(|(bad, _)| *bad > 0.0)).unwrap_or(from);
        let found = self.whole(parts, from, to, most);
        // Over many hours shares drift by themselves.
        let long = found.to_ms - found.from_ms > LONG_MS;
        // Of what is over there may be one among many such stretches by chance.
        let is_over = self.start_of(parts.len()) - found.to_ms > OVER_MS;
        let times = match (long, is_over) {
            (true, _) => 3.0,
            (_, true) => 1.6,
            _ => 1.0,
        };
        let times = times * clumping(parts.get(..from).unwrap_or_default());
        // Where fewer are asked for, what goes wrong anyway is a larger share of it.
        let as_many = long && found.share() < MOST_SHARE && self.a_minute(found.bad, from, to) < 1.3 * self.a_minute(found.usual_bad, 0, from);
        let enough = most >= times * LEAST_GAIN && (!long || found.share() >= 2.5 * found.usual()) && !as_many;
        let enough = enough && found.bad >= LEAST_BAD && found.share() >= 1.8 * found.usual() && found.share() - found.usual() >= 0.003;
        (enough && !self.is_habit(parts, &found, from, to, &at)).then_some(found)
    }

    /// How many a minute, of so many in those cells.
    fn a_minute(&self, count: f64, from: usize, to: usize) -> f64 {
        count * 60_000.0 / ((to - from).max(1) as f64 * self.interval_ms as f64)
    }

    /// Whether a stretch of the same length before it was as bad: noise that comes and goes.
    fn is_habit(&self, parts: &[(f64, f64)], found: &Stretch, from: usize, to: usize, at: &dyn Fn(usize) -> (f64, f64)) -> bool {
        let length = (to - from).min(parts.len());
        let before = (0..from.saturating_sub(length)).map(|start| {
            let (bad, of) = (at(start + length).0 - at(start).0, at(start + length).1 - at(start).1);
            gain(bad, of, found.usual_bad - bad, found.usual_of - of)
        });
        before.fold(0.0, f64::max) >= AS_BEFORE * found.gain
    }

    /// Means are held against the spread of the cells before; the stretch begins where the sum of what lies above half way
    /// is largest.
    fn slower(&self, parts: &[(f64, f64)], recent_ms: i64) -> Option<Stretch> {
        let means: Vec<Option<f64>> = parts.iter().map(|(ms, n)| (*n >= 3.0).then(|| ms / n)).collect();
        let recent = self.at(recent_ms);
        let now: Vec<f64> = means.iter().skip(recent).copied().flatten().collect();
        // A job that runs now and then is no trend.
        if now.len() < 2 {
            return None;
        }
        // As slow as it was for a few cells on end.
        let top = now.windows(now.len().min(4)).filter_map(|few| quantile(few, 0.4)).fold(0.0, f64::max);
        let all: Vec<f64> = means.iter().copied().flatten().collect();
        let low = quantile(&all, 0.25)?;
        let half = (low * top).sqrt();
        // What lies below half way counts as much as what lies above it, and a cell with few requests for little.
        let above = |(mean, (_, n)): (&Option<f64>, &(f64, f64))| {
            mean.map_or(0.0, |mean| ((mean.max(1e-3) / half.max(1e-3)).ln()).clamp(-1.5, 1.5)) * (n / 5.0).min(1.0)
        };
        let above: Vec<f64> = means.iter().zip(parts).map(above).collect();
        let (mut sum, mut best, mut from) = (0.0, 0.0, None);
        for (i, weight) in above.iter().enumerate().rev() {
            sum += weight;
            if sum > best {
                (best, from) = (sum, Some(i));
            }
            if sum < -6.0 {
                break;
            }
        }
        // Well for some cells on end it is over; the last one is still filling.
        let well = above.iter().zip(parts).rev().skip(1).take_while(|(weight, _)| **weight <= 0.0);
        let (cells, requests) = well.fold((0, 0.0), |(cells, requests), (_, (_, n))| (cells + 1, requests + n));
        let is_over = cells >= WELL_CELLS && requests >= LEAST_BEFORE;
        let lasting = from.filter(|_| !is_over).and_then(|from| self.slow_from(parts, &means, (from, parts.len()), (1.5, 4.0)));
        // One that has ended must have been plainer, and no spike.
        lasting.or_else(|| {
            let (from, to) = most_above(&above).filter(|(from, to)| *to > recent && to - from >= ENDED_CELLS)?;
            self.slow_from(parts, &means, (from, to), (2.5, 8.0))
        })
    }

    /// The stretch between those cells, where its mean is so many times the usual and lies so many spreads above it.
    fn slow_from(&self, parts: &[(f64, f64)], means: &[Option<f64>], (from, to): (usize, usize), (times, spreads): (f64, f64)) -> Option<Stretch> {
        let before: Vec<f64> = means.iter().take(from).copied().flatten().collect();
        let usual = quantile(&before, 0.5)?;
        let spread = 1.4826 * quantile(&before.iter().map(|m| (m - usual).abs()).collect::<Vec<_>>(), 0.5)?;
        let most = quantile(&before, 0.98)?;
        let found = self.whole(parts, from, to, 0.0);
        let mean = found.share();
        let apart = (mean - usual) / (spread + 0.05 * usual).max(0.5);
        let long = found.to_ms - found.from_ms > LONG_MS;
        // A job that is slow now and then makes the mean of hours, and is slow in few of their cells.
        let within: Vec<f64> = means.get(from..to).unwrap_or_default().iter().copied().flatten().collect();
        let high = within.iter().filter(|m| **m > (usual.max(1e-3) * mean).sqrt()).count();
        let enough = before.len() >= LEAST_CELLS
            && high * 10 >= within.len() * 6
            && (!long || mean >= 2.5 * most)
            && found.of >= 20.0
            && found.usual_of >= LEAST_BEFORE
            && mean >= times * usual
            && mean - usual >= 15.0
            && mean >= 1.15 * most
            && apart >= spreads;
        enough.then_some(Stretch { gain: apart.min(MOST_APART) * found.of.sqrt(), ..found })
    }

    /// The cell within those two moments at which the counts before and after differ most, ms: where a change that is known to
    /// have happened began. Shares by their likelihood, durations by the squares of their logarithms.
    pub fn turn(&self, ail: Ail, from_ms: i64, to_ms: i64) -> Option<i64> {
        let parts = self.parts(ail);
        let mut sums = vec![[0.0; 3]];
        for (a, b) in &parts {
            let [x, y, z] = sums.last().copied().unwrap_or_default();
            let log = if ail == Ail::Slow && *b > 0.0 { (a / b).max(1e-3).ln() } else { 0.0 };
            sums.push([x + a, y + b, z + log * b]);
        }
        let at = |i: usize| sums.get(i).copied().unwrap_or_default();
        let [bad, of, logs] = at(parts.len());
        let score = |i: usize| -> f64 {
            let [bad_before, of_before, logs_before] = at(i);
            let (bad_after, of_after, logs_after) = (bad - bad_before, of - of_before, logs - logs_before);
            if of_before <= 0.0 || of_after <= 0.0 {
                return 0.0;
            }
            match ail {
                Ail::Slow if logs_after / of_after > logs_before / of_before => logs_before.powi(2) / of_before + logs_after.powi(2) / of_after,
                Ail::Slow => 0.0,
                // Of rates only those are compared, as if each minute were so many tries.
                Ail::Surges => gain(bad_after, of_after * 1000.0, bad_before, of_before * 1000.0),
                _ => gain(bad_after, of_after, bad_before, of_before),
            }
        };
        let within = (self.at(from_ms).max(1)..self.at(to_ms)).map(|i| (score(i), i));
        let (best, i) = within.max_by(|a, b| a.0.total_cmp(&b.0))?;
        (best > 0.0).then(|| self.start_of(i))
    }

    /// Work that went on evenly and does so no more, while the service still writes; seen in fine cells alone.
    fn idle(&self, parts: &[(f64, f64)]) -> Option<Stretch> {
        if self.interval_ms > FINE_MS {
            return None;
        }
        // The last cell is still filling.
        let full = parts.len().checked_sub(1)?;
        let done: Vec<f64> = parts.iter().take(full).map(|(n, _)| *n).collect();
        let usual = quantile(done.get(..full.checked_sub(IDLE_CELLS)?)?, 0.5)?;
        let busy = |few: &[f64]| few.iter().sum::<f64>() > IDLE_SHARE * usual * few.len() as f64;
        let from = full - done.rchunks(IDLE_CELLS).take_while(|few| few.len() == IDLE_CELLS && !busy(few)).count() * IDLE_CELLS;
        // To the cell.
        let from = (from.saturating_sub(IDLE_CELLS)..from).find(|at| done.get(*at..from).is_some_and(|few| !busy(few))).unwrap_or(from);
        let before = done.get(..from)?;
        let even = before.len() >= EVEN_CELLS && before.chunks_exact(IDLE_CELLS).all(|few| few.iter().sum::<f64>() >= 0.5 * usual * few.len() as f64);
        let written: Vec<usize> = (from..full).filter(|at| self.cells.get(*at).is_some_and(|cell| cell.records > 0)).collect();
        let writes = written.len() >= LEAST_WRITTEN && written.last().is_some_and(|at| at + 2 * IDLE_CELLS >= full);
        let found = self.whole(parts, from, full, 0.0);
        let due = found.usual() * found.of;
        (from < full && even && writes && due >= LEAST_DUE).then_some(Stretch { gain: due - found.bad, ..found })
    }

    fn surge(&self, parts: &[(f64, f64)], recent_ms: i64) -> Option<Stretch> {
        let rates: Vec<f64> = parts.iter().map(|(n, minutes)| n / minutes).collect();
        let recent = self.at(recent_ms);
        // The last cell is still filling.
        let full = rates.len().saturating_sub(1);
        let top = quantile(rates.get(recent.min(full)..full)?, 0.75)?;
        let usual = quantile(rates.get(..recent.min(full))?, 0.9)?;
        if top < 1.5 * usual || top - usual < 5.0 {
            return None;
        }
        let half = (usual.max(0.01) * top).sqrt();
        let (mut sum, mut best, mut from) = (0.0, 0.0, None);
        for (i, rate) in rates.iter().enumerate().take(full).rev() {
            sum += ((rate.max(1e-3) / half).ln()).clamp(-1.5, 1.5);
            if sum > best {
                (best, from) = (sum, Some(i));
            }
        }
        let from = from.filter(|from| *from > 2)?;
        let found = self.whole(parts, from, full, 0.0);
        let most = quantile(rates.get(..from)?, 0.98)?;
        (found.share() >= 1.4 * most && found.bad - most * found.of >= 30.0).then_some(Stretch { gain: found.bad - most * found.of, ..found })
    }
}

/// How much more than by chance the bad ones come together in cells, between 1 and 4: their spread about what a steady share would give, as
/// a multiple of Poisson's (the dispersion of a quasi-likelihood, McCullagh and Nelder 1989). What is tried again fails several times.
fn clumping(parts: &[(f64, f64)]) -> f64 {
    let (bad, of) = sum(parts);
    if bad < FEW_BAD {
        return 1.0;
    }
    let spread: f64 = parts.iter().map(|(b, o)| (b - o * bad / of).powi(2)).sum();
    (spread / bad).clamp(1.0, MOST_CLUMPED)
}

/// The stretch with the largest sum (Kadane).
fn most_above(above: &[f64]) -> Option<(usize, usize)> {
    let (mut sum, mut start, mut best) = (0.0, 0, (0.0, None));
    for (i, weight) in above.iter().enumerate() {
        if sum <= 0.0 {
            (sum, start) = (0.0, i);
        }
        sum += weight;
        if sum > best.0 {
            best = (sum, Some((start, i + 1)));
        }
    }
    best.1
}

/// Where a stretch really ends: what follows it for a few cells and is about as bad, or hardly anything, is no end.
fn goes_on(parts: &[(f64, f64)], from: usize, to: usize) -> usize {
    const FEW_CELLS: usize = 5;
    const HARDLY: f64 = 5.0;
    let (bad, of) = sum(parts.get(from..to).unwrap_or_default());
    let (rest_bad, rest_of) = sum(parts.get(to..).unwrap_or_default());
    let short = parts.len() - to <= FEW_CELLS;
    if short && (rest_of < HARDLY || rest_bad * of >= 0.3 * bad * rest_of) { parts.len() } else { to }
}

/// How much likelier the counts are if the two shares differ than if they are one (half of the G of a two by two table); 0
/// where the first is not the greater. Few before say little: their share may be any.
fn gain(bad: f64, of: f64, usual_bad: f64, usual_of: f64) -> f64 {
    if of <= 0.0 || bad <= 0.0 || usual_of <= 0.0 || bad * usual_of <= usual_bad * of {
        return 0.0;
    }
    likelihood(bad, of) + likelihood(usual_bad, usual_of) - likelihood(bad + usual_bad, of + usual_of)
}

/// The logarithm of the chance of `bad` of `of` at their own share.
fn likelihood(bad: f64, of: f64) -> f64 {
    let term = |n: f64| if n > 0.0 { n * (n / of).ln() } else { 0.0 };
    term(bad) + term((of - bad).max(0.0))
}

/// The value below which that part of the values lies; `None` of none.
pub fn quantile(values: &[f64], part: f64) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let at = ((values.len().checked_sub(1)?) as f64 * part).round() as usize;
    values.get(at).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::incident::Cell;

    fn course(failed: &[(u64, u64)]) -> Course {
        let cells = failed.iter().map(|(failed, requests)| Cell { failed: *failed, requests: *requests, ..Cell::default() }).collect();
        Course { from_ms: 0, interval_ms: 60_000, cells }
    }

    #[test]
    fn a_change_is_found_where_it_begins() {
        let mut cells = vec![(0, 100); 60];
        cells.extend([(9, 100); 10]);
        let found = course(&cells).stretch(Ail::Fails, 60 * 60_000).unwrap();
        assert_eq!((found.from_ms, found.bad, found.of), (60 * 60_000, 90.0, 1000.0));
    }

    #[test]
    fn it_begins_with_the_first_that_is_bad_where_hardly_anything_is_asked_for() {
        let mut cells = vec![(0, 3); 60];
        cells.extend([(0, 0), (0, 0), (3, 3), (0, 0), (3, 3), (4, 4)]);
        assert_eq!(course(&cells).stretch(Ail::Fails, 60 * 60_000).map(|s| (s.from_ms, s.bad)), Some((62 * 60_000, 10.0)));
    }

    #[test]
    fn noise_that_comes_and_goes_is_no_news() {
        let mut cells = Vec::new();
        for hour in 0..4 {
            cells.extend(vec![(0, 100); 50]);
            cells.extend(vec![(9, 100); 10]);
            assert_eq!(course(&cells).stretch(Ail::Fails, (hour * 60 + 50) * 60_000).is_some(), hour == 0, "hour {hour}");
        }
    }

    #[test]
    fn who_is_there_and_does_nothing_is_found_and_a_job_is_not() {
        let cell = |requests: u64| Cell { records: requests + 2, requests, ..Cell::default() };
        let idle = |rate: fn(u64) -> u64| Course { from_ms: 0, interval_ms: 60_000, cells: (0..120).map(|i| cell(rate(i))).collect() };
        let found = idle(|i| if i < 103 { 12 + i % 4 } else { 1 }).stretch(Ail::Idles, 0).unwrap();
        assert_eq!(found.from_ms, 103 * 60_000);
        assert_eq!(idle(|i| 12 + i % 4).stretch(Ail::Idles, 0), None);
        assert_eq!(idle(|i| if i % 30 < 15 { 40 } else { 0 }).stretch(Ail::Idles, 0), None, "it works now and then");
        let gone = Course { from_ms: 0, interval_ms: 60_000, cells: (0..120).map(|i| if i < 103 { cell(12) } else { Cell::default() }).collect() };
        assert_eq!(gone.stretch(Ail::Idles, 0), None, "that is a silence");
    }

    #[test]
    fn bad_ones_that_come_together_as_they_always_do_are_no_news() {
        let cells = |burst: u64| {
            let mut cells: Vec<(u64, u64)> = (0..180).map(|i| if i % 45 == 9 { (burst, 20) } else { (0, 20) }).collect();
            cells.extend([(4, 20), (0, 20), (5, 20), (0, 20), (4, 20)]);
            course(&cells).stretch(Ail::Fails, 180 * 60_000)
        };
        assert!(cells(0).is_some(), "they never did");
        assert_eq!(cells(4), None);
    }

    #[test]
    fn a_night_in_which_less_is_asked_for_is_none_in_which_more_fails() {
        let night = |bad: u64| {
            let mut cells: Vec<(u64, u64)> = (0..600).map(|i| (u64::from(i % 3 == 0), 50)).collect();
            cells.extend((0..300).map(|i| (if i % 3 == 0 { bad } else { 0 }, 8)));
            course(&cells).stretch(Ail::Fails, 800 * 60_000)
        };
        assert_eq!(night(1), None);
        assert!(night(3).is_some());
    }

    #[test]
    fn what_was_over_long_ago_is_no_news() {
        let mut cells = vec![(0, 100); 60];
        cells.extend([(70, 100); 6]);
        cells.extend(vec![(0, 100); 60]);
        assert!(course(&cells).stretch(Ail::Fails, 64 * 60_000).is_some());
        assert_eq!(course(&cells).stretch(Ail::Fails, 80 * 60_000), None);
    }

    #[test]
    fn few_say_nothing() {
        let mut cells = vec![(0, 100); 60];
        cells.extend([(1, 100); 2]);
        assert_eq!(course(&cells).stretch(Ail::Fails, 0), None);
        assert_eq!(course(&[(3, 4), (4, 4)]).stretch(Ail::Fails, 0), None);
    }

    #[test]
    fn a_job_that_is_slow_now_and_then_is_no_trend_of_hours() {
        let cell = |ms: f64| Cell { timed: 50, busy_ms: ms * 50.0, ..Cell::default() };
        let cells: Vec<Cell> = (0..120).map(|i| cell(if i > 30 && i % 6 == 0 { 4000.0 } else { 20.0 + f64::from(i % 5) })).collect();
        let course = Course { from_ms: 0, interval_ms: 600_000, cells };
        assert_eq!(course.stretch(Ail::Slow, 118 * 600_000), None);
    }

    #[test]
    fn requests_that_take_longer_are_found_and_a_spike_is_not() {
        let cell = |ms: f64| Cell { timed: 50, busy_ms: ms * 50.0, ..Cell::default() };
        let mut cells: Vec<Cell> = (0..60).map(|i| cell(20.0 + f64::from(i % 5))).collect();
        cells.extend((0..12).map(|_| cell(140.0)));
        let slow = Course { from_ms: 0, interval_ms: 60_000, cells: cells.clone() };
        assert_eq!(slow.stretch(Ail::Slow, 60 * 60_000).map(|s| s.from_ms), Some(60 * 60_000));
        let calm: Vec<Cell> = (0..70).map(|i| cell(if i == 30 { 400.0 } else { 20.0 + f64::from(i % 5) })).collect();
        assert_eq!(Course { from_ms: 0, interval_ms: 60_000, cells: calm }.stretch(Ail::Slow, 20 * 60_000), None);
        cells.extend((0..12).map(|i| cell(20.0 + f64::from(i % 5))));
        let ended = Course { from_ms: 0, interval_ms: 60_000, cells };
        assert_eq!(ended.stretch(Ail::Slow, 20 * 60_000).map(|s| (s.from_ms, s.to_ms)), Some((60 * 60_000, 72 * 60_000)));
    }
}
