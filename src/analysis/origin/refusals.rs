//! Who has to answer for a refusal or for an answer that is no good: not always who noticed.

use super::Suspect;
use crate::analysis::told::Told;
use crate::analysis::tree::Tree;
use crate::model::{Level, LogRecord, SpanKind};
use std::collections::HashSet;

/// Statuses that say that what was sent is wrong.
pub(super) const SENT_WRONG: [i64; 11] = [400, 405, 406, 410, 411, 412, 413, 414, 415, 422, 431];
/// How it is said what somebody gave.
const GAVE: [&str; 6] = ["returned", "answered", "responded with", "sent back", "gave us", "replied"];

/// How it is said who made what could not be read.
const WROTE: [&str; 4] = ["written by", "produced by", "published by", "emitted by"];

/// Shorter texts may be the same by chance.
const LEAST_SAID: usize = 15;
/// So may shorter names of classes.
const LEAST_CLASS: usize = 12;
/// So many spans without a parent are asked.
const MOST_APART: usize = 1000;

/// Classes that anybody throws.
fn is_common(class: &str) -> bool {
    ["Timeout", "Http", "Connect", "Runtime", "Client", "Server", "Status", "IllegalState", "IllegalArgument"].iter().any(|word| class.contains(word))
}

impl Tree<'_> {
    /// Who gave a failing span what it could not use, by the span's own words; or who asked for what `refuser` rightly refused.
    pub(super) fn answered_for(&self, at: usize, refuser: Option<&str>) -> Option<Suspect> {
        let at = self.with_records(at);
        let service = &self.spans.get(at)?.service;
        let errors = self.errors(at);
        let below: Vec<usize> = self.below(at);
        let gave = below.iter().copied().find_map(|i| {
            let callee = self.spans.get(i).filter(|s| s.kind == SpanKind::Service && !s.failed && !s.open && s.service != *service)?;
            let says =
                |text: &str| GAVE.iter().any(|word| text.to_ascii_lowercase().contains(&format!("{} {word}", callee.service.to_ascii_lowercase())));
            let said = errors.iter().find(|told| says(&told.text) || told.context.is_some_and(says)).map(Told::sentence);
            let warned = || self.latest(at).filter(|r| r.level == Some(Level::Warn)).find_map(|r| r.message.clone().filter(|text| says(text)));
            let said = said.or_else(warned)?;
            if callee.status.is_some_and(|status| status >= 400) {
                return None;
            }
            // What failed in it, and what it answered for all the same.
            let failed = self.below(i).into_iter().find(|below| self.spans.get(*below).is_some_and(|s| s.failed));
            let within = failed.and_then(|below| self.blame(below, &mut HashSet::new()).into_iter().next());
            Some(within.unwrap_or_else(|| Suspect { reason: said, ..self.itself(i) }))
        });
        let carried = || self.carried(at, &errors, &below);
        let wrote = || {
            let said = |i: &usize| {
                let name = self.spans.get(*i).filter(|s| s.service != *service)?.service.to_ascii_lowercase();
                let says = |text: &str| WROTE.iter().any(|word| text.to_ascii_lowercase().contains(&format!("{word} {name}")));
                errors.iter().find(|told| says(&told.text) || told.context.is_some_and(says)).map(|told| (*i, told.sentence()))
            };
            let (i, reason) = (0..self.spans.len().min(MOST_APART)).find_map(|i| said(&i))?;
            Some(Suspect { reason, ..self.itself(i) })
        };
        let spoken_of = || {
            let names = |told: &Told<'_>, stem: &str| {
                told.text.to_ascii_lowercase().contains(stem) || told.kind.is_some_and(|kind| kind.to_ascii_lowercase().contains(stem))
            };
            below.iter().copied().find_map(|i| {
                let callee = self.spans.get(i).filter(|s| s.kind == SpanKind::Service && s.service != *service)?;
                // What failed all the way up was looked at.
                let looked_at = self.way_up(i).take_while(|up| *up != at).all(|up| self.is_broken(up));
                let stem = callee.service.split(['-', '_']).next().filter(|stem| stem.len() > 3)?.to_ascii_lowercase();
                let said = self.errors(i).into_iter().find(|told| !told.is_borne()).filter(|_| self.tells_of_error(i) && !looked_at)?;
                errors.iter().any(|told| names(told, &stem)).then(|| Suspect { reason: said.sentence(), ..self.itself(i) })
            })
        };
        if let Some(suspect) = gave.or_else(carried).or_else(wrote).or_else(spoken_of) {
            return Some(Suspect { sure: 2, ..suspect });
        }
        // It refuses, and the caller made a failure of it.
        let elsewhere = (0..self.spans.len().min(MOST_APART)).filter(|i| refuser.is_some_and(|name| self.service(*i) == name));
        // That it was too much is not only the doing of who asked.
        let elsewhere = elsewhere.filter(|i| self.spans.get(*i).and_then(|s| s.status) != Some(429));
        let refuses = |i: &usize| {
            let span = self.spans.get(*i).filter(|s| s.kind == SpanKind::Service && !s.failed);
            span.is_some_and(|s| refuser.is_none_or(|name| s.service == name)) && self.is_refusal(*i)
        };
        below.into_iter().chain([at]).chain(elsewhere).filter(refuses).take(MOST_APART).find_map(|refuser| self.asked_wrongly(refuser, at))
    }

    /// Who asked for what a span rightly refused, and made a failure of it: whom it speaks of, or whoever sent what is wrong.
    fn asked_wrongly(&self, refuser: usize, failed: usize) -> Option<Suspect> {
        let span = self.spans.get(refuser)?;
        let is_caller = |i: &usize| self.spans.get(*i).is_some_and(|s| s.kind == SpanKind::Service && s.service != span.service);
        let callers: Vec<usize> = self.way_up(refuser).skip(1).chain([failed]).filter(is_caller).collect();
        let speaks_of = |caller: usize| {
            let name = self.service(caller).to_ascii_lowercase();
            let speaks = |record: &&LogRecord| record.message.as_deref().is_some_and(|text| text.to_ascii_lowercase().contains(&name));
            self.latest(refuser).filter(|record| !record.is_request()).find(speaks)
        };
        // Of proxies between them nobody speaks.
        let caller = callers.iter().copied().find(|caller| speaks_of(*caller).is_some()).or(callers.first().copied())?;
        let says = speaks_of(caller);
        let wrong = span.status.is_some_and(|status| SENT_WRONG.contains(&status)) && self.errors(refuser).is_empty();
        let fails = self.spans.get(caller).is_some_and(|s| s.failed);
        (fails && (says.is_some() || wrong)).then(|| {
            let reason = says.and_then(|record| record.message.clone()).or_else(|| self.errors(caller).first().map(|told| told.sentence()));
            Suspect { at: caller, outside: None, reason: reason.unwrap_or_default(), sure: 2 }
        })
    }

    /// Who said before what the span fails by: an answer that went well by its status carried the error on, as GraphQL's do, or it
    /// came by a way that left no span.
    fn carried(&self, at: usize, errors: &[Told<'_>], below: &[usize]) -> Option<Suspect> {
        let service = &self.spans.get(at)?.service;
        let has = |word: &str| errors.iter().any(|told| told.text.contains(word) || told.context.is_some_and(|context| context.contains(word)));
        let class = |kind: &str| kind.rsplit(['.', ':', '\\']).next().filter(|name| name.len() >= LEAST_CLASS && !is_common(name)).is_some_and(has);
        let apart = (0..self.spans.len().min(MOST_APART))
            .filter(|i| self.parents.get(*i).copied().flatten().is_none() && !self.way_up(at).any(|up| up == *i));
        below.iter().copied().chain(apart).find_map(|i| {
            let span = self.spans.get(i).filter(|s| s.kind == SpanKind::Service && !s.open && s.service != *service)?;
            let is_below = below.contains(&i);
            // What failed below by its status was looked at.
            let fits = if is_below { !span.failed && span.status.is_none_or(|status| status < 400) } else { self.edge(i).0 <= self.edge(at).1 };
            let said = |told: &Told<'_>| (told.text.len() >= LEAST_SAID && has(&told.text)) || (!is_below && told.kind.is_some_and(class));
            let same = self.errors(i).into_iter().find(|told| !told.is_borne() && said(told)).filter(|_| fits)?;
            Some(Suspect { reason: same.sentence(), ..self.itself(i) })
        })
    }
}
