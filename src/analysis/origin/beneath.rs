//! What lies beneath what a span fails by, as the records and calls around it tell: statements that keep a pool empty, a copy that has
//! not got yet what was written, a cache whose work a database has to do, a callee that kept its failure to itself.

use super::Suspect;
use crate::analysis::hints::{is_absence, is_of_report};
use crate::analysis::outside::{addressed, goes_elsewhere, is_cache, is_make, named, replica_in, says};
use crate::analysis::told::{Told, is_own_making};
use crate::analysis::tree::Tree;
use crate::model::printable::millis;
use crate::model::{Level, Peer, SpanKind};
use std::collections::BTreeSet;

/// How it is said that no connection was free.
const NO_CONNECTION: [&str; 6] =
    ["pool limit", "acquiring a connection", "connection is not available", "pool is probably full", "pool exhausted", "pooltimeout"];
/// A statement that takes so long keeps its connection, ns.
const LONG: i64 = 1_000_000_000;
/// How it is said that somebody else has to do their work.
const MORE_LOAD: [&str; 7] = ["x usual", "x the usual", "instead of", "all reads", "cache miss", "all requests", "all traffic"];
/// What a database says that has too much to do.
const OVERLOADED: [&str; 6] = ["timeout", "timed out", "time-out", "too many", "overload", "deadline"];
/// Classes of who was given nothing to go on with, beside those of one's own making.
const EMPTY_HANDED: [&str; 5] = ["NoSuchElement", "StopIteration", "IndexOutOf", "OutOfRange", "EmptyResult"];
/// So many records of a trace are asked about copies.
const MOST_RECORDS: usize = 5000;

impl Tree<'_> {
    /// Who is behind the first suspect.
    pub(super) fn beneath(&self, first: &Suspect) -> Option<Suspect> {
        self.slow_statement(first).or_else(|| self.copy_behind(first)).or_else(|| self.cache_gone(first))
    }

    /// The database whose statements took so long that no connection was left.
    fn slow_statement(&self, first: &Suspect) -> Option<Suspect> {
        let lower = first.reason.to_ascii_lowercase();
        if !NO_CONNECTION.iter().any(|word| lower.contains(word)) || first.outside.as_ref().is_some_and(|peer| !is_make(&peer.name)) {
            return None;
        }
        let at = self.with_records(first.at);
        // A pool may be a span of its own.
        let whole = self.parents.get(at).copied().flatten().filter(|up| self.service(*up) == self.service(at));
        let around = whole.into_iter().chain([at]).flat_map(|i| self.children.get(i).into_iter().flatten().copied());
        let asked = around.filter(|i| self.length(*i) >= LONG);
        let measured = asked.filter_map(|i| Some((i, self.spans.get(i)?.peer.clone().filter(|peer| peer.is_database && !is_make(&peer.name))?)));
        let slowest = measured.max_by_key(|(i, _)| self.length(*i)).map(|(i, peer)| {
            let span = self.spans.get(i);
            (peer, format!("{} took {} ms: no connection was left", span.map_or("", |s| &s.name), millis(span.map_or(0.0, |s| s.duration_ms))))
        });
        let said = || self.latest(at).filter_map(|r| r.message.as_deref()).find_map(|text| Some((slow_on(text)?, text.to_string())));
        let (peer, reason) = slowest.or_else(said)?;
        Some(Suspect { at, outside: Some(peer), reason, sure: 2 })
    }

    /// The copy of a database that somebody warned of, where something was not found.
    fn copy_behind(&self, first: &Suspect) -> Option<Suspect> {
        if !is_absence(&first.reason) {
            return None;
        }
        (0..self.spans.len()).take(MOST_RECORDS).find_map(|at| {
            let warned = self.latest(at).filter(|r| r.level >= Some(Level::Warn) && !r.is_request());
            let (name, reason) = warned.filter_map(|r| r.message.as_deref()).find_map(|text| Some((replica_in(text)?, text.to_string())))?;
            Some(Suspect { at, outside: Some(Peer { name, is_database: true }), reason, sure: 2 })
        })
    }

    /// The cache that is gone, where the database that does its work since then is said to have more to do than it can; less surely where it
    /// is only gone to instead.
    fn cache_gone(&self, first: &Suspect) -> Option<Suspect> {
        let database = first.outside.as_ref().filter(|peer| peer.is_database && !is_cache(&peer.name))?;
        let at = self.with_records(first.at);
        let warnings: Vec<Told<'_>> = self.latest(at).filter(|r| r.level >= Some(Level::Warn) && !r.is_request()).map(|r| Told::of(r, 0)).collect();
        let errors = [self.errors(first.at), self.errors(at)].concat();
        let overloaded = says(&first.reason, &OVERLOADED) || errors.iter().any(|told| says(&told.sentence(), &OVERLOADED));
        let tells = |what: fn(&str) -> bool| warnings.iter().any(|told| what(&told.text) || told.context.is_some_and(what));
        let (brings_more, elsewhere) = (tells(|text| says(text, &MORE_LOAD)), tells(goes_elsewhere));
        if !overloaded || !(brings_more || elsewhere) {
            return None;
        }
        let gone = |told: &Told<'_>| named(None, &told.text, self.services).filter(|peer| peer.name != database.name && is_cache(&peer.name));
        let (peer, reason) = warnings.iter().find_map(|told| Some((gone(told)?, told.sentence())))?;
        // That one request went to the database instead does not tell that it is overrun by all that do.
        Some(Suspect { at, outside: Some(Peer { is_database: true, ..peer }), reason, sure: if brings_more { 2 } else { 1 } })
    }

    /// The only one that was asked, answered well, and told of an error before the span that asked it could not go on.
    pub(super) fn kept_to_itself(&self, first: &Suspect) -> Option<Suspect> {
        let span = self.spans.get(first.at).filter(|s| first.outside.is_none() && s.kind == SpanKind::Service)?;
        let errors = self.errors(first.at);
        let stumbled =
            errors.first().filter(|told| told.kind.is_some_and(|kind| is_own_making(kind) || EMPTY_HANDED.iter().any(|word| kind.contains(word))))?;
        let tells = |told: &Told<'_>| told.kind.is_some() && !is_of_report(told) && told.at <= stumbled.at;
        let candidates: Vec<usize> = self
            .below(first.at)
            .into_iter()
            .filter(|i| self.service(*i) != span.service && self.edge(*i).1 <= stumbled.at && !self.is_late(*i))
            .filter(|i| self.way_up(*i).take_while(|up| *up != first.at).any(|up| !self.is_broken(up)))
            .filter(|i| self.errors(*i).iter().any(tells))
            .collect();
        let services: BTreeSet<&str> = candidates.iter().map(|i| self.service(*i)).collect();
        let only = candidates.first().filter(|_| services.len() == 1)?;
        Some(Suspect { sure: 2, ..self.itself(*only) })
    }
}

/// `slow query on inventory-db.prod.internal: SELECT … took 8123 ms`: where a statement took long.
pub(super) fn slow_on(text: &str) -> Option<Peer> {
    if !says(text, &["slow query", "slow statement", " took "]) {
        return None;
    }
    let (before, rest) = text.split_once(" on ")?;
    let statement = says(before, &["query", "statement", "select", "update", "insert"]);
    let host: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')).collect();
    let host = host.trim_end_matches('.');
    // A bare name may be a table's, unless nothing but the statement stands behind it.
    let is_name = host.contains(['-', '.']) || rest.get(host.len()..).is_some_and(|behind| behind.starts_with(':'));
    (statement && host.len() > 2 && is_name).then(|| Peer { is_database: true, ..addressed(host) })
}
