//! Who warned of what another one then failed by: a service that answers, and says that it answers with less than it should. Statuses
//! lead past it, to whoever first refuses what it gave.

use super::hints::texts;
use super::outside::is_time_out;
use super::told::{is_borne, is_word_of};
use super::tree::Tree;
use crate::model::{Level, LogRecord, SpanKind};
use std::collections::{BTreeSet, HashSet};

/// How a program says that it goes on with something else than what it should have.
const INSTEAD: [&str; 19] = [
    "using ",
    "serving ",
    "emitting",
    "answering",
    "returning",
    "treating",
    "assuming",
    "dropped",
    "dropping",
    "skipped",
    "defaulting",
    "default ",
    "is empty",
    "anonymously",
    "behind primary",
    "behind the primary",
    "ignored",
    "truncated",
    "rounded",
];
/// What stands beside a service's name when it is said to have answered badly.
const BADLY: [&str; 15] =
    ["error", "fail", "null", "refus", "reject", "denied", "invalid", "ok=false", "status=", "missing", "empty", "bad ", "wrong", "not ", "not_"];
/// How it is said from whom something came.
const CAME_FROM: [&str; 9] = ["from", "by", "sender", "source", "producer", "publisher", "author", "owner", "upstream"];
/// Words that any two records may share.
const COMMON: [&str; 60] = [
    "the",
    "and",
    "for",
    "with",
    "from",
    "not",
    "was",
    "has",
    "had",
    "are",
    "after",
    "before",
    "error",
    "failed",
    "failure",
    "request",
    "response",
    "status",
    "code",
    "null",
    "none",
    "true",
    "false",
    "using",
    "default",
    "answer",
    "answered",
    "answering",
    "service",
    "server",
    "client",
    "call",
    "calling",
    "value",
    "table",
    "must",
    "http",
    "https",
    "post",
    "get",
    "put",
    "job",
    "message",
    "record",
    "field",
    "key",
    "type",
    "data",
    "set",
    "update",
    "insert",
    "select",
    "values",
    "where",
    "size",
    "batch",
    "config",
    "limit",
    "handler",
    "name",
];
/// So many spans of who refuses are asked.
const MOST_ASKED: usize = 50;
/// So many points make a warning the likelier origin.
const ENOUGH: u32 = 2;

/// A service that warned of it.
pub struct Foretold {
    /// Its span.
    pub at: usize,
    /// What it said.
    pub said: String,
}

impl Tree<'_> {
    /// Who warned of what the span at that place failed by, if anybody did; not of an answer that never came. `refuser` is the service
    /// that is said to have refused, where it is another one.
    pub fn foretold(&self, at: usize, refuser: Option<&str>) -> Option<Foretold> {
        let at = self.with_records(at);
        let refuser = refuser.or(self.spans.get(at).map(|s| s.service.as_str()))?;
        let errors = self.errors(at);
        if errors.iter().any(|told| is_time_out(told.kind, &told.text)) {
            return None;
        }
        let mut heard = tokens(errors.iter().flat_map(|told| [told.text.as_str(), told.context.unwrap_or_default()]));
        heard.extend(tokens(self.latest(at).filter_map(|record| record.message.as_deref())));
        heard.extend(tokens(self.way_up(at).skip(1).flat_map(|i| self.latest(i)).filter(|r| r.is_error()).filter_map(|r| r.message.as_deref())));
        heard.extend(tokens(self.complaints_of(refuser, at).filter(|r| !r.is_request()).filter_map(|r| r.message.as_deref())));
        // What every service is called, or asks for, tells nothing.
        heard.retain(|word| !self.services.iter().any(|service| service.eq_ignore_ascii_case(word)));
        let refused = self.refused_by(at);
        let sources = self.sources(at, refuser);
        let missed = errors.iter().any(|told| speaks_of_nothing(&told.text));
        let given: Vec<usize> = if missed { self.calls(at) } else { Vec::new() };
        let candidates = (0..self.spans.len()).filter(|i| !self.is_late(*i)).filter_map(|i| {
            let sourced = self.spans.get(i).is_some_and(|span| sources.contains(span.service.as_str()));
            let (score, said) = self.warned(i, at, (refuser, refused, sourced, given.contains(&i)), &heard)?;
            (score >= ENOUGH).then_some((score, Foretold { at: i, said }))
        });
        candidates.max_by_key(|(score, found)| (*score, self.edge(found.at).0)).map(|(_, found)| found)
    }

    /// The warnings and errors of a service, but for those of one span.
    fn complaints_of(&self, service: &str, but: usize) -> impl Iterator<Item = &LogRecord> {
        let theirs = (0..self.spans.len()).filter(move |i| *i != but && self.service(*i) == service);
        theirs.take(MOST_ASKED).flat_map(|i| self.latest(i)).filter(|r| r.level >= Some(Level::Warn))
    }

    /// The services from which what could not be dealt with came, as the span at that place, its callers or who refused say.
    fn sources(&self, at: usize, refuser: &str) -> HashSet<&str> {
        let own = self.latest(at);
        let theirs = self.complaints_of(refuser, at);
        let theirs = theirs.chain(self.below(at).into_iter().take(MOST_ASKED).flat_map(|i| self.latest(i)).filter(|r| r.is_error()));
        let callers = self.way_up(at).skip(1).flat_map(|i| self.latest(i)).filter(|r| r.is_error());
        let said: Vec<String> = own.chain(theirs).chain(callers).filter(|r| !r.is_request()).flat_map(texts).map(str::to_ascii_lowercase).collect();
        let is_source = |service: &&str| said.iter().any(|text| came_from(text, &service.to_ascii_lowercase()));
        self.services.iter().copied().filter(is_source).collect()
    }

    /// How well what a span's service said fits what the other failed by.
    fn warned(
        &self,
        i: usize,
        at: usize,
        (refuser, refused, sourced, given): (&str, bool, bool, bool),
        heard: &BTreeSet<String>,
    ) -> Option<(u32, String)> {
        let span = self.spans.get(i)?;
        let above = self.way_up(at).any(|up| up == i);
        if span.kind != SpanKind::Service || span.service == refuser {
            return None;
        }
        // What failed itself has been looked at; a caller may have failed by what it sent.
        if self.is_broken(i) && !above {
            return None;
        }
        let moment = self.edge(at).1;
        let complaint = |r: &&LogRecord| r.level >= Some(Level::Warn) && !r.is_request() && !(above && r.is_error());
        let shift = self.shift(i);
        let own = self.latest(i).filter(complaint).filter(|r| r.timestamp.nanos() + shift <= moment);
        let best = own.filter_map(|record| {
            let said = record.message.as_deref()?;
            let lower = said.to_ascii_lowercase();
            let shared = tokens([said]).intersection(heard).count().min(3) as u32;
            let instead = u32::from(INSTEAD.iter().any(|word| lower.contains(word)));
            let sent = if above { 2 * u32::from(refused && names(&lower, refuser)) } else { u32::from(refused && self.is_refusal(i)) };
            let mentioned = if above { 0 } else { 3 * u32::from(self.is_said_to_answer_badly(i, at)) };
            // Something must show that it is more than one of the warnings that every program writes.
            let source = 3 * u32::from(sourced);
            // What was found missing was in an answer that went well, of who says that it had nothing to give, or that it failed.
            let nothing = if given && record.is_error() { 2 } else { u32::from(given && speaks_of_nothing(said)) };
            let shows = source > 0 || nothing > 1 || if above { sent > 0 } else { mentioned + instead > 0 };
            shows.then(|| (mentioned + shared + instead + sent + source + nothing, said.to_string()))
        });
        best.max_by_key(|(score, _)| *score)
    }

    /// Whether a span refused its caller, or failed by a refusal of one that it called.
    fn refused_by(&self, at: usize) -> bool {
        self.is_refusal(at)
            || self.children.get(at).into_iter().flatten().any(|i| self.is_refusal(*i))
            || self.calls(at).into_iter().any(|i| self.is_refusal(i))
    }

    /// Whether one of those between it and who failed says that its answer was no good.
    fn is_said_to_answer_badly(&self, i: usize, failed: usize) -> bool {
        let Some(service) = self.spans.get(i).map(|s| s.service.to_ascii_lowercase()).filter(|name| name.len() > 2) else { return false };
        let says = |record: &LogRecord| {
            texts(record).any(|text| {
                let lower = text.to_ascii_lowercase();
                !is_borne(&lower) && is_word_of(&lower, &service) && BADLY.iter().any(|word| lower.contains(word))
            })
        };
        if !self.way_up(i).any(|up| up == failed) {
            return false;
        }
        let between = self.way_up(i).skip(1).take_while(|up| !self.way_up(failed).skip(1).any(|above| above == *up));
        let mut callers = between.filter(|up| self.spans.get(*up).is_some_and(|s| s.service.to_ascii_lowercase() != service));
        callers.any(|up| self.latest(up).filter(|r| !r.is_request()).any(says))
    }
}

/// Whether a text says that something came from a service: `received from cart`, `(source=cart)`.
fn came_from(text: &str, service: &str) -> bool {
    let before = |at: usize| text.get(..at).unwrap_or_default().trim_end_matches([' ', '=', ':', '\'', '"', '(']);
    let ends = |head: &str, word: &str| head.strip_suffix(word).is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric()));
    let whole = |at: usize| !text.get(at + service.len()..).unwrap_or_default().starts_with(|c: char| c.is_alphanumeric() || c == '-');
    // `upstream cart responded with status 502`: it failed, and nothing came of it.
    let fails = |at: usize| {
        let next = text.get(at + service.len()..).unwrap_or_default().split_whitespace().next().unwrap_or_default();
        let next = next.trim_end_matches(|c: char| !c.is_alphanumeric());
        ends(before(at), "upstream")
            && ["responded", "returned", "answered", "failed", "timed", "is", "unavailable", "error", "replied"].contains(&next)
    };
    service.len() > 2 && text.match_indices(service).any(|(at, _)| whole(at) && !fails(at) && CAME_FROM.iter().any(|word| ends(before(at), word)))
}

/// Whether a text speaks of a value that is not there.
fn speaks_of_nothing(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["nonetype", "undefined", "null", "nil pointer", "nil ", "none", "empty", "no value", "missing", "nan"]
        .iter()
        .any(|word| is_word_of(&lower, word.trim()))
}

/// Whether a text speaks of a service, as part of a longer word too.
fn names(lower: &str, service: &str) -> bool {
    service.len() > 2 && lower.contains(&service.to_ascii_lowercase())
}

/// The words of texts that tell something: names, figures, values.
fn tokens<'t>(texts: impl IntoIterator<Item = &'t str>) -> BTreeSet<String> {
    let split = |c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let words =
        texts.into_iter().flat_map(|text| text.split(split)).map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase());
    words.filter(|word| word.len() > 2 && !COMMON.contains(&word.as_str()) && !is_status(word)).collect()
}

fn is_status(word: &str) -> bool {
    word.len() == 3 && word.starts_with(['1', '2', '3', '4', '5']) && word.bytes().all(|b| b.is_ascii_digit())
}
