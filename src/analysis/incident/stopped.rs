//! Services that stopped writing: which of them died, and which are only not heard of.

use super::sample::Sample;
use std::collections::BTreeMap;

/// A service from which nothing has come for longer than it ever was quiet.
#[derive(Clone, PartialEq, Debug)]
pub struct Stopped {
    /// Which.
    pub service: String,
    /// Its last record, ms.
    pub last_ms: i64,
    /// For how long it has been silent, ms.
    pub gone_ms: i64,
    /// How many records a minute are usual.
    pub per_minute: f64,
    /// It answers requests, and does not only work off what others left it.
    pub serves: bool,
}

/// A service that wrote nothing for a while, and does so again.
#[derive(Clone, PartialEq, Debug)]
pub struct Resumed {
    /// When it fell silent.
    pub stopped: Stopped,
    /// When it was back, ms.
    pub back_ms: i64,
}

/// What a silence is.
#[derive(Clone, PartialEq, Debug)]
pub enum Stop {
    /// The service does nothing any more.
    Dead(Stopped),
    /// It works, but its records do not arrive: who calls it succeeds, or others stopped in the same second.
    Unheard(Vec<Stopped>, String),
}

/// Further apart than this nothing stops together by one cause, ms.
const SAME_MOMENT_MS: f64 = 3000.0;
/// A silence of so many times the usual gap before one stops is rare, and none is longer than this, ms.
const SILENT_FOR: f64 = 5.0;
const LONGEST_MS: f64 = 90_000.0;

impl Stop {
    /// Whose records are missing.
    pub fn services(&self) -> &[Stopped] {
        match self {
            Stop::Dead(one) => std::slice::from_ref(one),
            Stop::Unheard(all, _) => all,
        }
    }
}

impl Stopped {
    /// How long after its last record it may have stopped, at most so long, ms.
    pub fn slack_ms(&self, most: f64) -> i64 {
        (SAME_MOMENT_MS + SILENT_FOR * 60_000.0 / self.per_minute.max(0.1)).min(most) as i64
    }
}

/// What the silences are, the earliest first; `fails` says whether any service fails more than it used to.
pub fn judge(stopped: &[Stopped], sample: &Sample, fails: bool, now_ms: i64) -> Vec<Stop> {
    let mut left: Vec<Stopped> = stopped.to_vec();
    left.sort_by(|a, b| a.last_ms.cmp(&b.last_ms).then_with(|| a.service.cmp(&b.service)));
    let mut stops = Vec::new();
    // A service that writes seldom is last heard of some time before it stops: at which moment may most of them have stopped?
    let may_stop = |s: &Stopped, at: i64| (s.last_ms - SAME_MOMENT_MS as i64..=s.last_ms + s.slack_ms(LONGEST_MS)).contains(&at);
    while let Some(moment) = left.iter().map(|s| s.last_ms).max_by_key(|at| (left.iter().filter(|s| may_stop(s, *at)).count(), -at)) {
        let (together, rest): (Vec<Stopped>, Vec<Stopped>) = left.into_iter().partition(|s| may_stop(s, moment));
        left = rest;
        let Some(first) = together.first().cloned() else { break };
        if let Some(dead) = blamed(&together, sample).filter(|dead| fails && still_served(dead, sample, now_ms).is_none()) {
            // Nobody gets as far as to the others, so that those have nothing to do.
            stops.push(Stop::Dead(dead.clone()));
        } else if together.len() >= 2 {
            stops.push(Stop::Unheard(together, "they stopped within the same moment".to_string()));
        } else if let Some(caller) = still_served(&first, sample, now_ms) {
            stops.push(Stop::Unheard(together, format!("{caller} calls it and goes on without failing")));
        } else {
            stops.push(Stop::Dead(first));
        }
    }
    stops
}

/// The one of several that most requests fail by once it is gone.
fn blamed<'a>(together: &'a [Stopped], sample: &Sample) -> Option<&'a Stopped> {
    let first = together.iter().map(|s| s.last_ms).min()?;
    let origins: Vec<&str> =
        sample.traces.iter().filter(|t| t.edges().0.millis() >= first).filter_map(|t| Some(t.origin.as_ref()?.name.as_str())).collect();
    let by = |stopped: &Stopped| origins.iter().filter(|name| name.eq_ignore_ascii_case(&stopped.service)).count();
    together
        .iter()
        .map(|stopped| (by(stopped), stopped))
        .max_by_key(|(count, _)| *count)
        .filter(|(count, _)| *count >= 3 && count * 2 > origins.len())
        .map(|(_, s)| s)
}

/// A caller that waits for the service, and succeeds without a record of it.
fn still_served(stopped: &Stopped, sample: &Sample, now_ms: i64) -> Option<String> {
    if !stopped.serves {
        return None;
    }
    let callers: BTreeMap<String, (usize, usize)> = sample.callers(&stopped.service, stopped.last_ms);
    let usually = callers.into_iter().find(|(_, (with, of))| *of >= 5 && with * 10 >= of * 8)?;
    let after = stopped.last_ms + 5000;
    let fine = |t: &crate::model::Trace| t.origin.is_none() && t.spans.iter().any(|s| s.service == usually.0);
    let succeeded = sample.traces.iter().filter(|t| t.edges().0.millis() >= after && t.edges().0.millis() < now_ms).filter(|t| fine(t)).count();
    (succeeded >= 5).then_some(usually.0)
}
