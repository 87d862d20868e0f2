//! From the service that goes wrong to what its bad requests have in common: a version, a machine, a tenant, a client.

use super::apart::Apart;
use super::sentence as say;
use super::verdict::Evidence;
use super::{Cause, CauseKind, Change, Confidence};
use crate::analysis::outside::is_unresolved;
use crate::model::Timestamp;

/// An onset is not known closer than this where failures are few, ms.
const SAME_MS: i64 = 300_000;

impl Evidence {
    /// A version, machine, tenant or client instead of the service, where the bad requests have it in common.
    pub(super) fn sharpen(&self, cause: &mut Cause) {
        let onset = self.onset.map_or(i64::MAX, |o| o.from_ms);
        let own_fault = cause.kind == CauseKind::Service;
        // Names that are found elsewhere are not found on a machine.
        let unresolved = cause.because.first().is_some_and(|text| is_unresolved(text));
        // Nor is what cannot be read the fault of the pod that was given it.
        let unreadable = cause.because.first().is_some_and(|text| text.to_ascii_lowercase().contains("deserializ"));
        let may_be = |a: &&Apart| !(unreadable && self.kind_of(&a.field) == Some(CauseKind::Host));
        let mut clear: Vec<&Apart> = cause.sets_apart.iter().filter(|a| a.is_clear() && a.score >= 0.3).filter(may_be).collect();
        clear.sort_by(|a, b| b.score.total_cmp(&a.score));
        let best = clear.iter().map(|a| a.score).fold(0.0, f64::max);
        // Of those that tell about as well the one that all of the bad ones have.
        let well = clear.iter().filter(|a| a.score >= 0.92 * best).filter_map(|a| Some((self.kind_of(&a.field)?, (*a).clone())));
        let sharpened = well.rev().max_by(|(_, a), (_, b)| a.share_bad.total_cmp(&b.share_bad));
        let first_sent = |apart: &Apart| {
            let first = self.first_sent.get(&(cause.service.clone(), apart.field.clone(), apart.value.clone())).copied();
            first.filter(|first| (first - onset).abs() <= SAME_MS).map(Timestamp::from_millis)
        };
        let came_with = |value: &str, kind: CauseKind| {
            let version = matches!(kind, CauseKind::Version | CauseKind::Image);
            let near = |c: &&Change| version && c.service == cause.service && c.value == value && c.is_new() && (c.first_ms - onset).abs() <= SAME_MS;
            self.changes.iter().find(near).map(|c| Timestamp::from_millis(c.first_ms))
        };
        // What was called tells where it breaks, and not for whom.
        let where_only = |a: &&&Apart| !matches!(a.field.as_str(), "path" | "method");
        let best = clear.iter().filter(where_only).map(|a| a.score).fold(0.0, f64::max);
        match sharpened.or_else(|| self.whose_at_the_entry(best)) {
            // Somebody outside stays to blame, whichever of our machines asks it, but where it is there for all of the others.
            Some((kind, apart))
                if own_fault
                    || matches!(kind, CauseKind::Version | CauseKind::Image)
                    || (kind == CauseKind::Host && (unresolved || is_cut_off(&apart))) =>
            {
                cause.because.push(say::apart(&apart));
                // Its first record tells when it began better than its first failures do.
                cause.since = came_with(&apart.value, kind).or(first_sent(&apart)).or(cause.since);
                // What sets nearly all of them apart is evidence of its own.
                if apart.share_bad >= 0.8 && apart.bad >= 8 {
                    cause.confidence = cause.confidence.max(Confidence::Medium);
                }
                (cause.kind, cause.name) = (kind, apart.value.clone());
                cause.sets_apart.retain(|a| *a != apart);
                cause.sets_apart.insert(0, apart);
                return;
            }
            _ => {}
        }
        if !own_fault {
            return;
        }
        // All of it was replaced: nothing is left to compare with but the time before.
        let came = |c: &&Change| matches!(c.field.as_str(), "version" | "image") && c.may_break(&cause.service, onset);
        if let Some(change) = self.changes.iter().filter(came).max_by_key(|c| (c.first_ms, c.field == "version")) {
            cause.because.push(say::deployed(change));
            cause.kind = if change.field == "version" { CauseKind::Version } else { CauseKind::Image };
            cause.name = change.value.clone();
            if (change.first_ms - onset).abs() <= SAME_MS {
                cause.since = Some(Timestamp::from_millis(change.first_ms));
            }
            let stretch = self.stretch(&cause.service).map(|(_, stretch)| stretch);
            cause.sets_apart.extend(stretch.map(|stretch| Apart {
                field: change.field.clone(),
                value: change.value.clone(),
                bad: stretch.bad as u64,
                of: stretch.of as u64,
                share_bad: 1.0,
                share_rest: 0.0,
                score: 1.0,
                rate_rest: stretch.usual(),
            }));
        }
    }

    /// Whose requests they are is often known only where they enter: a tenant or client that most bad requests come from.
    fn whose_at_the_entry(&self, best: f64) -> Option<(CauseKind, Apart)> {
        let whose = |a: &Apart| self.kind_of(&a.field).filter(|kind| matches!(kind, CauseKind::Tenant | CauseKind::Client));
        let clear = self.apart.values().flatten().filter(|a| a.is_clear() && a.share_rest < 0.4);
        let found = clear.filter_map(|a| Some((whose(a)?, a.clone())));
        found.max_by(|a, b| a.1.score.total_cmp(&b.1.score)).filter(|(_, a)| a.score >= f64::max(0.2, 0.92 * best))
    }

    pub(super) fn kind_of(&self, field: &str) -> Option<CauseKind> {
        kind_of(field, &self.who)
    }
}

/// Whether hardly any of many bad requests came from anywhere else, where nearly all go well.
fn is_cut_off(apart: &Apart) -> bool {
    apart.bad >= 20 && apart.share_bad >= 0.98 && apart.rate_rest <= 0.01 && apart.rate() >= 0.5
}

/// `tenantId` and `user-agent` as `tenant_id` and `user_agent`.
fn in_words(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 2);
    let mut small = false;
    for c in name.chars() {
        if small && c.is_ascii_uppercase() {
            words.push('_');
        }
        small = c.is_ascii_lowercase();
        words.push(if c == '-' { '_' } else { c.to_ascii_lowercase() });
    }
    words
}

/// What kind of thing a field names; `None` for one that only describes requests; `who` are fields
/// that tell whose a request is, beyond the usual ones.
pub fn kind_of(field: &str, who: &[String]) -> Option<CauseKind> {
    // What an id is of stands before it.
    let last = in_words(field.rsplit('.').find(|part| !matches!(*part, "id" | "name" | "key")).unwrap_or(field));
    let is = |words: &[&str]| words.iter().any(|word| last == *word || last == format!("{word}_id") || last == format!("{word}_name"));
    let lower = field.to_ascii_lowercase();
    if field == "version" {
        Some(CauseKind::Version)
    } else if lower.contains("image") {
        Some(CauseKind::Image)
    } else if matches!(field, "host" | "pod")
        || is(&["node", "host", "hostname", "instance", "pod", "zone", "availability_zone", "az", "datacenter", "rack"])
        || lower.ends_with("node.name")
    {
        Some(CauseKind::Host)
    } else if is(&[
        "tenant",
        "org",
        "organization",
        "organisation",
        "account",
        "customer",
        "merchant",
        "workspace",
        "company",
        "shop",
        "partner",
        "agency",
        "reseller",
        "brand",
        "seller",
        "publisher",
        "advertiser",
        "clinic",
        "franchise",
        "dealer",
    ]) {
        Some(CauseKind::Tenant)
    } else if field == "user"
        || is(&["user", "user_agent", "client", "client_ip", "client_version", "app_version", "app", "ip", "api_key"])
        || in_words(field).contains("user_agent")
        || who.iter().any(|known| known == field)
    {
        Some(CauseKind::Client)
    } else {
        None
    }
}
