//! Where a request broke: down from the root through the failures that were inherited, to the one that was not.
//!
//! At each failed span the question is who is to blame: a call that failed and was not made good, a call that was still
//! running when the span gave up waiting, somebody outside whom the error names, or the span itself.

mod beneath;
mod blame;
mod broken;
mod itself;
mod refusals;
mod slowest;
mod unsaid;

pub use slowest::slowest;

use super::foretold::Foretold;
use super::hints::{is_absence, is_node, is_of_machine, is_of_rights};
use super::outside::{addressed, is_address, is_own_domain, is_private, is_unresolved, named, says, unresolved, waited_ms};
use super::tree::Tree;
use crate::model::{Origin, OriginKind, Peer, SpanKind, Timestamp};
use std::collections::HashSet;

/// Who may be to blame.
#[derive(Clone, Debug)]
struct Suspect {
    /// The span that broke, or noticed.
    at: usize,
    /// Somebody outside.
    outside: Option<Peer>,
    reason: String,
    /// 3 certain, 2 likely, 1 a guess.
    sure: u8,
}

/// Where it broke; `None` when nothing failed or what failed was made good.
pub fn find(tree: &Tree<'_>) -> Option<Origin> {
    let mut broken: Vec<usize> =
        (0..tree.spans.len()).filter(|i| tree.is_root(*i) && tree.is_broken(*i) && !tree.is_late(*i) && !tree.was_done_later(*i)).collect();
    let answered = !broken.is_empty();
    if let Some(root) = (!answered).then(|| tree.given_up()).flatten() {
        return tree.told(&tree.slow(root, tree.edge(root).1, &mut HashSet::new(), 2));
    }
    let mut plainly = true;
    if !answered {
        broken = tree.unanswered();
    }
    if broken.is_empty() {
        broken = tree.partly();
    }
    if broken.is_empty() {
        broken = tree.piecemeal();
    }
    if broken.is_empty() {
        broken = tree.turned_away();
        // It may have been right to turn it away.
        plainly = broken.iter().all(|at| tree.tells_of_error(*at) || !tree.complains(*at));
    }
    // A request that calls others before work that stands alone; of several the one that began first.
    let weight = |i: &usize| (tree.children.get(*i).is_some_and(|c| !c.is_empty()), std::cmp::Reverse(tree.edge(*i).0), std::cmp::Reverse(*i));
    let root = broken.into_iter().max_by_key(weight)?;
    let mut suspects = tree.blame(root, &mut HashSet::new());
    // Nobody is known to have been let down by it.
    suspects.iter_mut().filter(|_| !answered).for_each(|s| s.sure = s.sure.min(if plainly { 2 } else { 1 }));
    suspects.sort_by_key(|s| std::cmp::Reverse(s.sure));
    if let Some(at) = suspects.first().filter(|s| s.outside.is_none() && s.sure < 3 && tree.errors(s.at).is_empty()).map(|s| s.at) {
        // Who answers for another one, and called nobody that failed, did call one whose caller was guessed wrongly.
        let answers_for = tree.spans.get(at).and_then(|s| s.status).is_some_and(|status| (502..=504).contains(&status));
        for other in tree.elsewhere(at) {
            let guessed = tree.way_up(other.at).any(|i| tree.spans.get(i).is_some_and(|s| s.ambiguous));
            suspects.insert(if answers_for && guessed { 0 } else { suspects.len() }, other);
        }
    }
    if let Some(through) = suspects.first().and_then(|s| tree.behind(s)) {
        suspects.insert(0, through);
    }
    if let Some(beneath) = suspects.first().and_then(|s| tree.beneath(s).or_else(|| tree.unsaid(s))) {
        match suspects.first_mut().filter(|first| first.reason == beneath.reason && first.at == beneath.at) {
            // The same by a better name.
            Some(first) => *first = beneath,
            None if beneath.sure < 2 => suspects.insert(1, beneath),
            None => put_first(&mut suspects, beneath),
        }
    }
    // One of ours that is said to refuse, and something that is not there, may be so by another's fault; who is down is down.
    let ours = |s: &Suspect| s.outside.as_ref().and_then(|peer| tree.ours(s.at, peer, &s.reason));
    let doubtful = |s: &&Suspect| s.outside.is_none() || ours(s).is_some() || is_absence(&s.reason) || is_of_rights(&s.reason);
    if let Some(first) = suspects.first().filter(doubtful).cloned()
        && let Some(Foretold { at, said }) = tree.foretold(first.at, ours(&first).as_deref())
    {
        // It may have warned of somebody itself.
        let outside = tree.itself(at).outside.or_else(|| named(None, &said, tree.services));
        let outside = outside.filter(|peer| !tree.services.contains(&peer.name.as_str()));
        put_first(&mut suspects, Suspect { at, outside, reason: said, sure: 2 });
    } else if let Some(blamed) = suspects.first().filter(doubtful).cloned().and_then(|first| tree.answered_for(first.at, ours(&first).as_deref())) {
        put_first(&mut suspects, blamed);
    } else if let Some(kept) = suspects.first().and_then(|first| tree.kept_to_itself(first)) {
        put_first(&mut suspects, kept);
    }
    // Who is found so may have passed on what another one gave it.
    let moved = suspects.first().filter(|s| s.outside.is_none() && suspects.get(1).is_some_and(|first| first.at != s.at)).map(|s| s.at);
    let known = |at: usize| suspects.iter().any(|s| tree.service(s.at) == tree.service(at));
    if let Some(blamed) = moved.and_then(|at| tree.answered_for(at, None)).filter(|blamed| !known(blamed.at)) {
        suspects.insert(0, blamed);
    }
    if let Some(hung) = suspects.first().filter(|s| s.outside.is_none()).and_then(|s| tree.hung(s.at)) {
        suspects.insert(0, hung);
    }
    tree.share_doubts(&mut suspects);
    tree.told(&suspects)
}

/// Who is behind those that were suspected, none of whom is certain any more.
fn put_first(suspects: &mut Vec<Suspect>, behind: Suspect) {
    suspects.iter_mut().for_each(|s| s.sure = s.sure.min(2));
    suspects.insert(0, behind);
}

/// A fault in the middle of 100,000 failed spans is told by the first of them.
const MOST_LOOKED_AT: usize = 5000;

impl Tree<'_> {
    /// The service of ours that a party is: one of the trace, or one that is addressed as only one's own are and left no record.
    pub(super) fn ours(&self, at: usize, peer: &Peer, reason: &str) -> Option<String> {
        let (host, port) = peer.name.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).unwrap_or((&peer.name, ""));
        let internal = !port.is_empty() && !peer.is_database && !host.contains('.') && !is_address(host);
        // A proxy knows all of its own by a plain name.
        let by_proxy = self.spans.get(at).is_some_and(|s| s.passes_on_to(peer)) && !host.contains('.') && !is_address(host);
        // Within a cluster the first label is the name, the rest is where it runs.
        let label = addressed(host).name;
        if self.services.contains(&label.as_str()) && is_own_domain(host) {
            return Some(label);
        }
        (self.services.contains(&host) || internal || by_proxy || self.is_internal(at, peer, reason)).then(|| host.to_string())
    }

    /// Whose transactions lock each other out may have itself to blame, and who asks for a name of one's own that nobody knows may have
    /// got it wrong: then it is another candidate. So is whose name was not resolved, beside who did not resolve it.
    fn share_doubts(&self, suspects: &mut Vec<Suspect>) {
        let Some(first) = suspects.first_mut() else { return };
        let Some(peer) = first.outside.as_ref() else { return };
        if let Some(name) = unresolved(&first.reason).filter(|name| peer.name == "dns" && name != "dns") {
            let asked = Suspect { outside: Some(addressed(&name)), sure: 1, ..first.clone() };
            suspects.insert(1, asked);
            return;
        }
        let deadlock = peer.is_database && first.reason.to_ascii_lowercase().contains("deadlock");
        let unknown = is_unresolved(&first.reason) && is_private(&peer.name, &first.reason) && !self.services.contains(&peer.name.as_str());
        if deadlock || unknown {
            first.sure = first.sure.min(2);
            let itself = Suspect { at: self.with_records(first.at), outside: None, reason: first.reason.clone(), sure: 1 };
            suspects.insert(1, itself);
        }
    }

    /// The first of the suspects, the others as alternatives.
    fn told(&self, suspects: &[Suspect]) -> Option<Origin> {
        let first = suspects.first()?;
        let mut origin = self.describe(first);
        let mut seen = vec![origin.name.clone()];
        for other in suspects.iter().skip(1) {
            let other = self.describe(other);
            if !seen.contains(&other.name) {
                seen.push(other.name.clone());
                origin.alternatives.push(other);
            }
        }
        origin.alternatives.truncate(3);
        let guessed = self.way_up(first.at).any(|i| self.spans.get(i).is_some_and(|s| s.ambiguous));
        origin.confidence = match first.sure {
            3 if origin.alternatives.is_empty() && !guessed => "high",
            3 | 2 => "medium",
            _ => "low",
        };
        Some(origin)
    }

    fn describe(&self, suspect: &Suspect) -> Origin {
        let Some(span) = self.spans.get(suspect.at) else { return Origin::default() };
        let own = self.own.get(suspect.at).map(Vec::as_slice).unwrap_or_default();
        let bad = own.iter().filter_map(|i| self.records.get(*i)).find(|r| r.is_error() || r.is_failed() || r.exception.is_some());
        let waited = bad.and_then(|r| waited_ms(r.message.as_deref().unwrap_or_default()));
        let first_seen = bad.map_or(span.start, |r| Timestamp::from_nanos(r.timestamp.nanos() - (waited.unwrap_or(0.0) * 1e6) as i64));
        let ours = suspect.outside.as_ref().and_then(|peer| self.ours(suspect.at, peer, &suspect.reason));
        let (kind, name) = match (&suspect.outside, self.shared_machine(suspect.at, &suspect.reason)) {
            (Some(peer), _) if is_node(&peer.name) && !peer.is_database => (OriginKind::Host, peer.name.clone()),
            (_, Some(machine)) => (OriginKind::Host, machine),
            (peer, None) if is_of_machine(&suspect.reason) && !peer.as_ref().is_some_and(|peer| peer.is_database) => {
                let named = peer.as_ref().map(|peer| peer.name.as_str());
                self.machine(suspect.at, named, &suspect.reason).map_or((OriginKind::Service, span.service.clone()), |name| (OriginKind::Host, name))
            }
            (Some(peer), None) => match ours {
                Some(service) => (OriginKind::Service, service),
                None if peer.is_database && !is_broker(peer, &suspect.reason) => (OriginKind::Database, peer.name.clone()),
                None => (OriginKind::Dependency, peer.name.clone()),
            },
            (None, None) if span.kind == SpanKind::External && is_node(&span.service) => (OriginKind::Host, span.service.clone()),
            (None, None) => (OriginKind::Service, span.service.clone()),
        };
        // Who tells of no service is not nobody.
        let name = if name.is_empty() { span.host.clone().unwrap_or_else(|| "(no service)".to_string()) } else { name };
        Origin {
            service: if kind == OriginKind::Service { name.clone() } else { span.service.clone() },
            kind,
            name,
            span: span.id.clone(),
            timestamp: first_seen.max(span.start),
            reason: suspect.reason.clone(),
            confidence: "medium",
            alternatives: Vec::new(),
            slow: false,
        }
    }
}

/// Whether it passes messages on: it stores them as databases do, and is none.
fn is_broker(peer: &Peer, reason: &str) -> bool {
    const BROKERS: [&str; 9] = ["rabbit", "amqp", "kafka", "nats", "pulsar", "activemq", "artemis", "mosquitto", "redpanda"];
    says(&peer.name, &BROKERS) || (!says(&peer.name, &["db", "sql", "pg", "redis", "mongo"]) && says(reason, &["amqp", "rabbitmq", "kafka"]))
}

/// A service by its own name, or by a host's that leaves out or adds what kind of thing it is.
fn is_same(service: &str, name: &str) -> bool {
    let bare = |text: &str| {
        let text = text.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(text, |(host, _)| host);
        ["-service", "-svc", "-api", "-server", "_service"].iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text).to_ascii_lowercase()
    };
    service.eq_ignore_ascii_case(name) || bare(service) == bare(name)
}
