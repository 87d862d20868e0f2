//! What no error says of itself: a worker that fell silent, one that died while it was asked, who holds a lock that others wait for, a
//! program that had no thread left to read what came back.

use super::{MOST_LOOKED_AT, Suspect};
use crate::analysis::outside::{host_of_make, is_make, is_time_out, says, waited_ms};
use crate::analysis::tree::Tree;
use crate::model::printable::millis;
use crate::model::{Level, PassedOn, Peer, SpanKind};
use std::collections::BTreeSet;

/// A silence of this share of the whole is what the whole was about.
const MOST: f64 = 0.5;
/// Where less time passed nobody is said to have fallen silent, ns.
pub(super) const SILENT: i64 = 1_000_000_000;
/// How it is said that a connection ended without an answer.
const LOST: [&str; 9] =
    ["hang up", "disconnect", "premature", "aborted", "econnreset", "connection reset", "eof", "closed connection", "broken pipe"];
/// How it is said that a program has nothing left to work with.
const STARVED: [&str; 12] = [
    "starvation",
    "starved",
    "event loop lag",
    "event loop blocked",
    "event loop is blocked",
    "event loop delay",
    "gc pause",
    "stop-the-world",
    "full gc",
    "gc overhead",
    "pause in jvm",
    "cpu throttl",
];
/// Less than this is no pause that anybody waits for, ms.
const LONG_MS: f64 = 500.0;
/// How it is said that a lock is waited for.
const LOCKED: [&str; 5] = ["lock timeout", "lock wait", "waiting for accessexclusivelock", "still waiting for", "lock request time out"];
/// How the text goes on that tells who holds it.
const HOLDS: [&str; 4] = ["holding the lock", "blocking process", "blocked by", "held by"];
/// How the name of a program that is connected is told.
const PROGRAM: [&str; 4] = ["application_name=", "application_name: ", "program_name=", "app="];

impl Tree<'_> {
    /// Who is behind a suspect that itself says nothing of them.
    pub(super) fn unsaid(&self, first: &Suspect) -> Option<Suspect> {
        self.of_rights(first)
            .or_else(|| self.starved(first))
            .or_else(|| self.host(first))
            .or_else(|| self.holder(first))
            .or_else(|| self.fell_silent(first))
            .or_else(|| self.died(first))
    }

    /// Whom a proxy asks about rights or limits: its access log does not say, another record of the same time may.
    fn of_rights(&self, first: &Suspect) -> Option<Suspect> {
        if first.outside.is_some() || !first.reason.starts_with(PassedOn::ASKS) {
            return None;
        }
        let found = (0..self.spans.len()).take(MOST_LOOKED_AT).find_map(|i| Some((i, self.accused(i, &self.errors(i))?)));
        found.map(|(at, (peer, reason))| Suspect { at, outside: Some(peer), reason, sure: 2 })
    }

    /// Somebody answered too late for a program that says that it could hardly run.
    fn starved(&self, first: &Suspect) -> Option<Suspect> {
        first.outside.as_ref()?;
        if !is_time_out(None, &first.reason) {
            return None;
        }
        let at = self.with_records(first.at);
        // A pause that is told with its length has to be a long one.
        let short = |text: &&str| waited_ms(text).is_some_and(|ms| ms < LONG_MS);
        let warned = self.latest(at).filter(|r| r.level >= Some(Level::Warn) && r.exception.is_none());
        let reason = warned.filter_map(|r| r.message.as_deref()).find(|text| says(text, &STARVED) && !short(text))?.to_string();
        Some(Suspect { at, outside: None, reason, sure: 2 })
    }

    /// The only host of a make that its warnings name: it says more than the make.
    fn host(&self, first: &Suspect) -> Option<Suspect> {
        let make = first.outside.as_ref().filter(|peer| peer.is_database && is_make(&peer.name))?;
        let warned = self.latest(self.with_records(first.at)).filter(|r| r.level >= Some(Level::Warn)).filter_map(|r| r.message.as_deref());
        let hosts: BTreeSet<String> = warned.filter_map(|text| host_of_make(&make.name, text)).filter(|host| !is_make(host)).collect();
        let only = hosts.first().filter(|_| hosts.len() == 1)?;
        Some(Suspect { outside: Some(Peer { name: only.clone(), is_database: true }), ..first.clone() })
    }

    /// Who holds the lock that was waited for, where the database tells by which name they are connected.
    fn holder(&self, first: &Suspect) -> Option<Suspect> {
        if !says(&first.reason, &LOCKED) {
            return None;
        }
        let texts = self.records.iter().take(MOST_LOOKED_AT).filter_map(|r| r.message.as_deref());
        let (name, reason) = texts.filter(|text| says(text, &HOLDS)).find_map(|text| {
            let rest = PROGRAM.iter().find_map(|word| text.split_once(word)).map(|(_, rest)| rest)?;
            let name: String =
                rest.trim_start_matches(['\'', '"']).chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect();
            (name.len() > 2).then(|| (name, text.to_string()))
        })?;
        Some(Suspect { at: first.at, outside: Some(Peer { name, is_database: false }), reason, sure: 2 })
    }

    /// Who wrote last before a long silence that ended in a time-out, and never said that it was done.
    fn fell_silent(&self, first: &Suspect) -> Option<Suspect> {
        let errors = self.errors(first.at);
        let moment = errors.iter().filter(|told| is_time_out(told.kind, &told.text)).map(|told| told.at).max()?;
        if first.outside.is_some() {
            return None;
        }
        let (from, _) = self.edge(first.at);
        // It may have warned of it just before.
        let warned = self.latest(first.at).filter(|r| r.level >= Some(Level::Warn)).map(|r| r.timestamp.nanos() + self.shift(first.at));
        let moment = warned.filter(|at| (0..SILENT).contains(&(moment - at))).min().unwrap_or(moment);
        let times = |i: usize| self.own.get(i).into_iter().flatten().filter_map(|at| self.records.get(*at)).map(move |r| r.timestamp.nanos());
        let last_of = |i: usize| times(i).map(|at| at + self.shift(i)).filter(|at| *at < moment && *at >= from).max();
        let (last, at) = (0..self.spans.len()).take(MOST_LOOKED_AT).filter_map(|i| Some((last_of(i)?, i))).max()?;
        let silent = moment - last;
        let span = self.spans.get(at).filter(|s| s.kind == SpanKind::Service && s.inferred && s.status.is_none() && !s.failed)?;
        let long = silent >= SILENT && silent as f64 >= MOST * (moment - from) as f64;
        if !long || at == first.at || span.service == self.service(first.at) || says_done(self.latest(at).next()?.message.as_deref()) {
            return None;
        }
        let reason = wrote_no_more(&span.service, silent);
        Some(Suspect { at, outside: None, reason, sure: 2 })
    }

    /// Who failed in earnest while it was asked by one that only says that the connection was gone.
    fn died(&self, first: &Suspect) -> Option<Suspect> {
        if first.outside.is_some() {
            return None;
        }
        let errors = self.errors(first.at);
        let moment = errors.iter().filter(|told| says(&told.lower(), &LOST)).map(|told| told.at).max()?;
        let (from, to) = self.edge(first.at);
        let up: Vec<usize> = self.way_up(first.at).collect();
        let apart = |i: &usize| !up.contains(i) && self.service(*i) != self.service(first.at) && (from..=to).contains(&self.edge(*i).0);
        let fatal = |i: &usize| self.errors(*i).iter().map(|told| told.at).filter(|at| (from..=moment).contains(at)).max();
        let found = (0..self.spans.len()).take(MOST_LOOKED_AT).filter(|i| apart(i) && self.is_broken(*i));
        let (_, at) = found.filter_map(|i| Some((fatal(&i)?, i))).max()?;
        Some(Suspect { sure: 2, ..self.itself(at) })
    }
}

/// That a service fell silent for so long, ns.
pub(super) fn wrote_no_more(service: &str, silent: i64) -> String {
    format!("{service} wrote nothing more for {} ms until it was given up", millis(silent as f64 / 1e6))
}

/// Whether the last word of a piece of work is that it is done.
fn says_done(text: Option<&str>) -> bool {
    const DONE: [&str; 12] =
        ["completed", "complete", "finished", "done", "processed", "succeeded", "success", " ok", "stored", "saved", "sent", "published"];
    text.is_some_and(|text| says(text, &DONE))
}
