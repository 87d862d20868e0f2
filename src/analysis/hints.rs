//! What a service's own records say beside its errors: that a setting was changed, that something was not given back, on which
//! machine it ran, and whether somebody asked is one of ours.

use super::outside::{host_in, is_address, named, says, spoken_of};
use super::parties::PRIVATE;
use super::told::{Told, error_beside, is_borne};
use super::tree::Tree;
use crate::model::{Level, LogRecord, Peer};

/// How programs tell that a setting is not what it was.
const CHANGED: [&str; 15] = [
    ", was ",
    "(default ",
    "from remote config",
    "changed to",
    "changed from",
    "(was ",
    "previously ",
    "overridden",
    "override",
    "lowered to",
    "reduced to",
    "raised to",
    " had ",
    "set to",
    "reloaded",
];
/// How programs tell that a pool is empty because somebody keeps what is its.
const KEPT: [&str; 7] = [
    "without being returned",
    "has not been returned",
    "not returned to the pool",
    "connection leak",
    "leak detected",
    "leaked connection",
    "never returned",
];
/// How a machine's own faults are told.
const OF_MACHINE: [&str; 22] = [
    "network is down",
    "no-carrier",
    "stale file handle",
    "nf_conntrack",
    "table full, dropping packet",
    "system clock is",
    "lost executor",
    "executorlost",
    "input/output error",
    "i/o error, dev",
    "blk_update_request",
    "nvrm: xid",
    "fallen off the bus",
    "fell off the bus",
    "ecc error",
    "uncorrectable ecc",
    "uncorrectable error",
    "machine check",
    "hardware error",
    "read-only file system",
    "bad sector",
    "medium error",
];
/// Whom programs tell of trouble: that they could not is not what it broke by.
const TOLD_OF_IT: [&str; 16] = [
    "slack",
    "sentry",
    "pagerduty",
    "opsgenie",
    "datadog",
    "statsd",
    "bugsnag",
    "rollbar",
    "newrelic",
    "honeybadger",
    "fluentd",
    "logstash",
    "graylog",
    "pushgateway",
    "otel-collector",
    "otlp",
];

/// What everybody runs beside one's services, and nobody wrote.
const INFRASTRUCTURE: [&str; 16] = [
    "zookeeper",
    "consul",
    "vault",
    "nats",
    "proxy",
    "squid",
    "envoy",
    "nginx",
    "haproxy",
    "ldap",
    "smtp",
    "keycloak",
    "coredns",
    "minio",
    "ceph",
    "s3",
];

/// Whether it is only that somebody could not be told.
pub fn is_of_report(told: &Told<'_>) -> bool {
    let said = format!("{} {} {}", told.kind.unwrap_or_default(), told.text, told.context.unwrap_or_default()).to_ascii_lowercase();
    TOLD_OF_IT.iter().any(|name| said.contains(name))
}

/// Whether it tells of a fault of the machine.
pub fn is_of_machine(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    OF_MACHINE.iter().any(|word| lower.contains(word))
}

/// Whether it tells that somebody was told to stop.
pub fn is_cancelled(told: &Told<'_>) -> bool {
    const STOPPED: [&str; 8] = [
        "hedged request",
        "context cancel",
        "cancellationexception",
        "operation was canceled",
        "operation was cancelled",
        "task was cancel",
        "cancelled by caller",
        "request aborted",
    ];
    says(&told.lower(), &STOPPED)
}

/// Whether it tells that something was asked for which is not there: whoever should have put it there is as likely to blame.
pub fn is_absence(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["nosuchkey", "not found", "does not exist", "no such", "404", "notfound"].iter().any(|word| lower.contains(word))
}

/// Whether it tells that one's right to ask was not good: whoever gave it may be to blame.
pub fn is_of_rights(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["401", "403", "unauthorized", "forbidden", "token", "credential", "api key", "permission"].iter().any(|word| lower.contains(word))
}

/// Whether a name is that of a machine: `ip-10-2-12-9`, `node-7`.
pub fn is_node(name: &str) -> bool {
    let label = name.split('.').next().unwrap_or(name);
    let numbered = label.ends_with(|c: char| c.is_ascii_digit());
    numbered
        && (label.strip_prefix("ip-").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            || label.split('-').any(|part| part == "node"))
}

/// What a record says, and what was thrown says.
pub fn texts(record: &LogRecord) -> impl Iterator<Item = &str> {
    let thrown = record.exception.as_ref().and_then(|e| e.message.as_deref());
    record.message.as_deref().into_iter().chain(thrown).chain(error_beside(record))
}

/// An address of a network of one's own.
fn is_private(word: &str) -> bool {
    let parts: Vec<u8> = word.trim_matches('.').split('.').filter_map(|part| part.parse().ok()).collect();
    matches!(parts.as_slice(), [10, _, _, _] | [192, 168, _, _] | [172, 16..=31, _, _])
}

impl Tree<'_> {
    /// What the span's own records tell of a setting that has to do with one of these words and was changed.
    pub fn setting_changed(&self, at: usize, about: &[&str]) -> Option<String> {
        let tells = |text: &&str| {
            let lower = text.to_ascii_lowercase();
            CHANGED.iter().any(|word| lower.contains(word)) && about.iter().any(|word| lower.contains(word))
        };
        let told = self.latest(at).filter(|record| !record.is_error() && !record.is_request()).filter_map(|record| record.message.as_deref());
        told.into_iter().find(tells).map(str::to_string)
    }

    /// What a span's warnings and errors tell of a fault of the machine that it ran on.
    pub fn machine_fails(&self, at: usize) -> Option<String> {
        let bad = self.latest(at).filter(|record| record.level >= Some(Level::Warn));
        let told: Vec<&str> = bad.flat_map(texts).filter(|text| is_of_machine(text)).collect();
        // One that names the machine says more.
        let named = |text: &&&str| text.split_whitespace().any(|word| is_node(word.trim_matches(|c: char| !c.is_ascii_alphanumeric())));
        told.iter().find(named).or(told.first()).map(|text| (*text).to_string())
    }

    /// The party outside that a span's records say to have answered badly, the last first.
    pub fn spoke_of(&self, at: usize) -> Option<(Peer, String)> {
        const BADLY: [&str; 10] =
            ["error", "limit", "denied", "exceeded", "unavailable", "overload", "not responding", "no server", "rejected", "quota"];
        const ANSWERED: [&str; 7] = ["answered", "response", "returned", "replied", "responded", "responding", "event error"];
        let own = self.spans.get(at)?.service.clone();
        let badly = |text: &&str| {
            let lower = text.to_ascii_lowercase();
            BADLY.iter().any(|word| lower.contains(word)) && ANSWERED.iter().any(|word| lower.contains(word))
        };
        let said = || self.latest(at).filter(|record| !record.is_request() && !record.is_error());
        let is_outside = |peer: &Peer| peer.name != own && !self.services.contains(&peer.name.as_str());
        let answered = said().filter_map(|record| record.message.as_deref()).filter(badly).find_map(|text| {
            let peer = host_in(text, self.services).or_else(|| spoken_of(text, self.services)).filter(is_outside)?;
            Some((peer, text.to_string()))
        });
        // A warning whose error names somebody.
        let warned = || {
            let warning = said().filter(|record| record.level == Some(Level::Warn));
            let errors = warning.filter_map(|record| error_beside(record).filter(|_| !record.message.as_deref().is_some_and(is_borne)));
            errors.into_iter().find_map(|text| Some((named(None, text, self.services).filter(is_outside)?, text.to_string())))
        };
        // Or that somebody answered badly, where only one is asked at all.
        let only = || {
            const FAULT: [&str; 5] = ["fault from", "error from", "failure from", "soap fault", "bad answer"];
            let warning = said().filter(|record| record.level == Some(Level::Warn)).filter_map(|record| record.message.as_deref());
            let text = warning.into_iter().find(|text| says(text, &FAULT))?;
            let mut asked: Vec<Peer> = said().filter_map(|record| host_in(record.message.as_deref()?, self.services)).filter(is_outside).collect();
            asked.dedup_by(|a, b| a.name == b.name);
            (asked.len() == 1).then(|| asked.pop()).flatten().map(|peer| (peer, text.to_string()))
        };
        answered.or_else(warned).or_else(only)
    }

    /// Whether somebody of its own keeps what others wait for.
    pub fn keeps(&self, at: usize) -> bool {
        let kept = |text: &str| {
            let lower = text.to_ascii_lowercase();
            KEPT.iter().any(|word| lower.contains(word))
        };
        self.latest(at).any(|record| texts(record).any(kept))
    }

    /// The machine on which another service fails for want of the same as this span: its disk, its memory, its network.
    pub fn shared_machine(&self, at: usize, reason: &str) -> Option<String> {
        const WANTS: [&[&str]; 4] = [
            &["no space left", "enospc"],
            &["cannot allocate memory", "errno 12", "enomem"],
            &["no route to host", "ehostunreach", "network is unreachable", "enetunreach", "network is down"],
            &["stale file handle", "estale", "input/output error"],
        ];
        let lower = reason.to_ascii_lowercase();
        let want = WANTS.iter().find(|words| words.iter().any(|word| lower.contains(word)))?;
        let (own, host) = (&self.spans.get(at)?.service, self.machine(at, None, "")?);
        let wants_too = |i: usize| self.latest(i).any(|record| texts(record).any(|text| says(text, want)));
        let mut others = (0..self.spans.len()).filter(|i| self.spans.get(*i).is_some_and(|s| s.service != *own));
        others.any(|i| wants_too(i) && self.machine(i, None, "").as_ref() == Some(&host)).then_some(host)
    }

    /// The machine that a span's error is of: the one that it names, else the one that it ran on.
    pub fn machine(&self, at: usize, named: Option<&str>, reason: &str) -> Option<String> {
        let host = self.spans.get(at)?.host.clone();
        let known = self.latest(at).filter_map(|record| record.fields.get("host"));
        let names = known.flat_map(|host| [host.as_str(), host.get("name").and_then(serde_json::Value::as_str)]).flatten();
        let own: Vec<&str> = names.chain(host.as_deref()).collect();
        let words: Vec<&str> = reason.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric())).collect();
        let said = words.windows(2).filter_map(|pair| if let ["on" | "node" | "host", name] = pair { Some(*name) } else { None });
        let is_host = |name: &&str| own.contains(name) || (name.contains('-') && name.ends_with(|c: char| c.is_ascii_digit()));
        let named = named.into_iter().chain(said).find(is_host);
        named.map(str::to_string).or_else(|| own.first().map(|name| (*name).to_string()))
    }

    /// Whether what is said shows that a name is of one of ours, which wrote no record here: by where it runs, or as a registry calls it.
    pub fn is_internal(&self, at: usize, peer: &Peer, reason: &str) -> bool {
        let name = peer.name.as_str();
        if INFRASTRUCTURE.iter().any(|part| name.contains(part)) || peer.is_database || name.contains('.') || is_address(name) || name == "dns" {
            return false;
        }
        // As one's own programs are called.
        if name.ends_with("-service") || name.ends_with("-svc") {
            return true;
        }
        let shows = |text: &str| {
            let lower = text.to_ascii_lowercase();
            if lower.contains("ldap") {
                return false;
            }
            let registered = ["for the service ", "for service: ", "for service "].iter().any(|before| lower.contains(&format!("{before}{name}")));
            let behind = lower.match_indices(name).filter_map(|(from, _)| lower.get(from + name.len()..));
            let private = lower.split(|c: char| !(c.is_ascii_digit() || c == '.')).any(is_private);
            let alone = lower.contains(&format!("://{name}/")) || lower.ends_with(&format!("://{name}"));
            let placed = private
                || alone
                || behind.into_iter().any(|rest| {
                    let host: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')).collect();
                    let port: String = rest.strip_prefix(':').into_iter().flat_map(str::chars).take_while(char::is_ascii_digit).collect();
                    PRIVATE.iter().any(|end| host.ends_with(end) || host.contains(&format!("{end}."))) || port.len() >= 3
                });
            registered || placed
        };
        // A caller's side has no records of its own.
        let above = self.parents.get(at).copied().flatten();
        shows(reason) || std::iter::once(at).chain(above).any(|i| self.latest(i).any(|record| texts(record).any(shows)))
    }
}
