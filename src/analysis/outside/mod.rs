//! Who an error blames: the party outside that a text names, which writes no records of its own.
//!
//! A name is taken only where something shows that it is one: a URL, a host with a port, a domain, a service of the trace,
//! the words of a client library, or the class of the exception itself. A bare word behind a preposition is none: "timed out
//! waiting for lock" accuses nobody.

mod between;
mod places;
mod words;

pub use places::unresolved;
pub use words::{goes_elsewhere, is_cache, is_instead, is_own_request, is_unresolved, says};

use super::parties::{COMPLAINTS, DATABASES, LIBRARIES, OPERATIONS, OWN_REQUEST, PRIVATE, PROVIDERS, PUBLIC, SHORT, TROUBLE, backend};
use crate::model::Peer;
use between::{by_breaker, by_cluster, by_node, by_proxy, by_replica, by_sidecar};
use places::{
    by_address, by_export, by_first_word, by_mark, by_own_host, by_pair, by_pool, by_preposition, by_quotes, by_refusal, by_request, by_resolver,
    by_speaker, by_status, by_url,
};

/// Whether it is a database that complains, or is complained of, by the class of the exception or its own words.
pub fn is_of_database(kind: Option<&str>, text: &str) -> bool {
    let class = kind.unwrap_or_default().to_ascii_lowercase();
    backend(&class).is_some_and(|(_, is_database)| is_database) || database_error(&format!("{class} {}", text.to_ascii_lowercase())).is_some()
}

/// Classes that are named after what a program listens to, and wrap its own failure.
const WRAPPERS: [&str; 3] = ["ListenerExecution", "AmqpRejectAndDontRequeue", "ImmediateAcknowledge"];

/// Parts of a program that put their names before what they say.
const PACKAGES: [&str; 22] = [
    "json",
    "xml",
    "yaml",
    "toml",
    "csv",
    "proto",
    "protobuf",
    "strconv",
    "context",
    "sql",
    "http",
    "net",
    "tls",
    "x509",
    "url",
    "io",
    "rpc",
    "template",
    "base64",
    "hex",
    "jwt",
    "validator",
];

/// The party that an error names. `services` are those of the trace: one of them may be spoken of by its host's name.
pub fn named(kind: Option<&str>, text: &str, services: &[&str]) -> Option<Peer> {
    // A wrapper of a listener's own failure is named after what it listens to.
    let class = kind.filter(|kind| !WRAPPERS.iter().any(|word| kind.contains(word))).unwrap_or_default().to_ascii_lowercase();
    // What was asked names tables and columns.
    let text = text.split("[SQL").next().unwrap_or(text);
    let lower = format!("{class} {}", text.to_ascii_lowercase());
    if OWN_REQUEST.iter().any(|word| class.contains(word)) || is_own_request(text) {
        return None;
    }
    // Records that were not sent are of a topic and a partition, which is no host.
    if text.contains(" record(s) for ") {
        return backend(&format!("{class} kafka")).map(|(name, is_database)| Peer { name: name.to_string(), is_database });
    }
    if let Some(name) = by_replica(text) {
        return Some(Peer { name, is_database: true });
    }
    let in_trouble = TROUBLE.iter().any(|word| lower.contains(word));
    let by_class = || by_operation(text).or_else(|| backend(&class).map(|(name, is_database)| Peer { name: name.to_string(), is_database }));
    if !in_trouble {
        let host = || by_speaker(text).or_else(|| by_own_host(text)).map(|name| peer(&name, &lower, services));
        return host().or_else(by_class).or_else(|| database_error(&lower));
    }
    let found = by_resolver(text)
        .or_else(|| by_cluster(text))
        .or_else(|| by_sidecar(text))
        .or_else(|| by_node(text))
        .or_else(|| by_proxy(text))
        .or_else(|| by_export(text))
        .or_else(|| by_url(text))
        .or_else(|| by_mark(kind, text))
        .or_else(|| by_breaker(text))
        .or_else(|| by_pool(text))
        .or_else(|| by_quotes(text))
        .or_else(|| by_status(text))
        .or_else(|| by_request(text, services))
        .or_else(|| by_address(text, services))
        .or_else(|| by_refusal(text))
        .or_else(|| by_pair(text))
        .or_else(|| by_preposition(text, services))
        .or_else(|| by_first_word(text));
    let found = found.filter(|name| !PACKAGES.contains(&name.as_str()));
    // Who is spoken of at first says more than where it is.
    let speaker = || text.split_once(": ").map(|(name, _)| name).filter(|name| services.contains(name)).map(str::to_string);
    let found = if found.as_deref().is_some_and(is_address) { speaker().or(found) } else { found };
    match found {
        Some(name) => {
            let mut peer = peer(&name, &lower, services);
            let of_database = is_of_database(kind, text) && !text.contains("://");
            if of_database && services.contains(&peer.name.as_str()) {
                // A table may be called as a service is.
                return by_class().or_else(|| database_error(&lower));
            }
            peer.is_database |= of_database;
            // What nobody listens to on one's own machine is one's own to set up.
            if peer.name == "localhost" || peer.name.starts_with("127.0.0.") {
                return None;
            }
            // A library that names an address says more by its own name than by that, and a host that is named beside it more than both.
            let peer = by_class().filter(|_| is_address(&peer.name)).unwrap_or(peer);
            let host = Some(&peer.name).filter(|name| is_make(name)).and_then(|make| host_of_make(make, text));
            Some(Peer { name: host.unwrap_or(peer.name), ..peer })
        }
        None => by_class().or_else(|| database_error(&lower)),
    }
}

/// `An error occurred (SlowDown) when calling the GetObject operation`: which service of AWS that is.
fn by_operation(text: &str) -> Option<Peer> {
    let (_, rest) = text.split_once("when calling the ")?;
    let operation = rest.split(' ').next()?;
    let (name, _) = OPERATIONS.iter().find(|(_, operations)| operations.contains(&operation))?;
    Some(Peer { name: (*name).to_string(), is_database: *name == "dynamodb" })
}

/// The party that an attribute of a failing record names, where the failure speaks of trouble with somebody.
pub fn named_by_attribute(kind: Option<&str>, text: &str, name: &str, services: &[&str]) -> Option<Peer> {
    let class = kind.unwrap_or_default().to_ascii_lowercase();
    let lower = format!("{class} {}", text.to_ascii_lowercase());
    let in_trouble = TROUBLE.iter().any(|word| lower.contains(word)) && !OWN_REQUEST.iter().any(|word| class.contains(word));
    in_trouble.then(|| peer(name, &lower, services))
}

/// Whose client library an exception was thrown in, by the innermost frames of its stack.
pub fn library(stack: &str) -> Option<&'static str> {
    let lines: Vec<&str> = stack.lines().collect();
    // Python puts the innermost frame last, most others put it first.
    let inner: Vec<&str> =
        if stack.starts_with("Traceback") { lines.iter().rev().take(7).copied().collect() } else { lines.iter().skip(1).take(6).copied().collect() };
    inner.iter().find_map(|line| {
        let lower = line.to_ascii_lowercase();
        let frame = lower.contains("site-packages") || lower.contains("node_modules") || lower.contains("at ") || lower.contains("/pkg/mod/");
        LIBRARIES.iter().find(|(_, words)| frame && words.iter().any(|word| lower.contains(word))).map(|(name, _)| *name)
    })
}

/// The party that a program's own words name, where something else says that there was trouble: "request to mapbox failed".
pub fn mentioned(text: &str, services: &[&str]) -> Option<Peer> {
    let lower = text.to_ascii_lowercase();
    let found = by_url(text).or_else(|| by_address(text, services)).or_else(|| by_preposition(text, services));
    let behind = || {
        let words: Vec<&str> = text.split_whitespace().map(trimmed).collect();
        let before = ["to", "via", "dependency", "retrying", "calling"];
        let fails = |word: &str| ["failed", "in", "unavailable", "timed", "gave", "refused", "not"].contains(&word);
        let plain = |word: &str| word.len() > 2 && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
        words
            .windows(3)
            .find(|w| matches!(w, [b, name, after] if before.contains(b) && plain(name) && fails(after)))?
            .get(1)
            .map(|w| (*w).to_string())
    };
    found.or_else(behind).or_else(|| by_first_word(text)).map(|name| peer(&name, &lower, services))
}

/// Somebody by the name that a program calls it by.
pub fn addressed(name: &str) -> Peer {
    peer(name, &name.to_ascii_lowercase(), &[])
}

/// The host that a text speaks of, if its name tells that it is of that make: `pg-orders`, `orders-db`, `redis-1.internal`.
pub fn host_of_make(make: &str, text: &str) -> Option<String> {
    let known: &[&str] = SHORT.iter().find(|(name, _)| *name == make).map_or(&[], |(_, words)| words);
    let split = |c: char| !is_name(c);
    let of_make = |label: &str| known.contains(&label.trim_end_matches(|c: char| c.is_ascii_digit())) || label == make;
    let is_host = |word: &&str| {
        let plain = word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'));
        let placed = PRIVATE.iter().any(|suffix| word.ends_with(suffix)) || word.split('.').next().is_some_and(|label| label.contains('-'));
        plain && placed && word.split('.').next().is_some_and(|label| label.split('-').any(of_make))
    };
    let host = text.split(split).map(|word| word.trim_matches(|c| matches!(c, '.' | '-' | '_'))).find(is_host)?;
    Some(addressed(host).name)
}

/// Whether a text names that host by a domain that is nobody's but one's own.
pub fn is_private(name: &str, text: &str) -> bool {
    let hosts = text.split(|c: char| !is_name(c)).filter(|word| word.split('.').next() == name.split('.').next());
    hosts.map(|host| host.trim_matches('.')).any(is_own_domain)
}

/// Whether a host is of a network of one's own, by how its name ends.
pub fn is_own_domain(host: &str) -> bool {
    PRIVATE.iter().any(|suffix| host.ends_with(suffix)) || host.contains(".svc.")
}

/// The first bare address in a text.
pub fn address_in(text: &str) -> Option<String> {
    let is_one = |word: &&str| word.split('.').count() == 4 && word.split('.').all(|part| part.parse::<u8>().is_ok());
    text.split(|c: char| !c.is_ascii_digit() && c != '.').map(|word| word.trim_matches('.')).find(is_one).map(str::to_string)
}

/// Whether a name is a bare address.
pub fn is_address(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b':')
}

/// Whether it speaks of trouble with somebody else.
pub fn is_trouble(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    TROUBLE.iter().any(|word| lower.contains(word))
}

/// Whether a name is a bare word that nobody is known by: "balance" may be whom a text speaks of, or what.
pub fn is_bare(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphabetic()) && !PROVIDERS.iter().any(|(known, _)| name.eq_ignore_ascii_case(known))
}

/// Whether a name is only that of a make: "postgres" says less than the host it runs on.
pub fn is_make(name: &str) -> bool {
    name == "database" || DATABASES.iter().any(|(make, ..)| *make == name)
}

/// The party outside that a text speaks of at all, in trouble or not: by a URL, a host's name or a name that everybody knows.
pub fn spoken_of(text: &str, services: &[&str]) -> Option<Peer> {
    let lower = text.to_ascii_lowercase();
    let host = by_url(text).or_else(|| by_quotes(text)).or_else(|| by_address(text, services));
    let known = || backend(&lower).map(|(name, is_database)| Peer { name: name.to_string(), is_database });
    let by_host = host.map(|name| peer(&name, &lower, services));
    let known = known().map(|make| host_of_make(&make.name, text).map_or(make, |name| Peer { name, is_database: true }));
    known.or(by_host).or_else(|| database_error(&lower))
}

/// The host that a text names, by its domain or in a URL.
pub fn host_in(text: &str, services: &[&str]) -> Option<Peer> {
    let found = by_url(text).or_else(|| by_address(text, services)).filter(|name| name.contains('.'))?;
    Some(peer(&found, &text.to_ascii_lowercase(), services))
}

/// The copy of a database that a text says is behind.
pub fn replica_in(text: &str) -> Option<String> {
    by_replica(text)
}

/// The proxy that a text names.
pub fn proxy_in(text: &str) -> Option<Peer> {
    by_proxy(text).map(|name| Peer { name, is_database: false })
}

/// Who a record says it is about to ask: "calling stripe POST /v1/charges".
pub fn asked(text: &str, services: &[&str]) -> Option<Peer> {
    let lower = text.to_ascii_lowercase();
    // A lock is nobody that answers.
    if lower.contains(" lock ")
        || !["calling", "waiting", "requesting", "connecting", "sending", "asking", "charging", "querying", "acquiring"]
            .iter()
            .any(|word| lower.contains(word))
    {
        return None;
    }
    let rest = text.split_once(' ').map_or(text, |(_, rest)| rest);
    let name =
        by_url(text).or_else(|| by_request(rest, services)).or_else(|| by_address(text, services)).or_else(|| by_preposition(text, services))?;
    Some(peer(&name, &lower, services))
}

/// A database's own complaint, where no host is named: deadlocks, statements cancelled, too many connections.
fn database_error(lower: &str) -> Option<Peer> {
    let complains = COMPLAINTS.iter().any(|word| lower.contains(word));
    let known = DATABASES.iter().find(|(_, words, _)| words.iter().any(|word| lower.contains(word)));
    match (known, complains) {
        (Some((name, ..)), true) => Some(Peer { name: (*name).to_string(), is_database: true }),
        (None, true) => Some(Peer { name: "database".to_string(), is_database: true }),
        _ => None,
    }
}

/// The name as one of ours where it is one, else as it stands; a database where name, port or text speak of one.
fn peer(name: &str, lower: &str, services: &[&str]) -> Peer {
    // What stands behind the port is a database or a path on it.
    let digits = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let name =
        name.split_once('/').filter(|(place, _)| place.rsplit_once(':').is_some_and(|(_, port)| digits(port))).map_or(name, |(place, _)| place);
    let (host, port) = name.rsplit_once(':').filter(|(_, port)| digits(port)).unwrap_or((name, ""));
    let label = host.split('.').next().unwrap_or(host);
    // `auth.cardgrid.com` is not one's own `auth`.
    let public = host.split('.').count() > 2 && is_public(host);
    let own = |s: &&&str| s.eq_ignore_ascii_case(host) || (!public && (s.eq_ignore_ascii_case(label) || is_pod_of(label, s)));
    if let Some(service) = services.iter().find(own) {
        return Peer { name: (*service).to_string(), is_database: false };
    }
    let small = host.to_ascii_lowercase();
    let by_name = DATABASES.iter().find(|(_, words, at)| words.iter().any(|word| small.contains(word)) || *at == port);
    let of_make = |part: &str| ["db", "pg", "psql", "mysql", "mariadb", "mongo", "redis", "rabbit", "cass"].contains(&part);
    let is_database = by_name.is_some() || small.split('.').next().is_some_and(|label| label.split('-').any(of_make));
    let is_address = host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    match by_name {
        // An address says less than the port's usual owner; a name in another case is that name.
        Some((known, ..)) if is_address || small == *known => Peer { name: (*known).to_string(), is_database },
        // Within a cluster the first label is the name, the rest is where it runs.
        _ if PRIVATE.iter().any(|suffix| small.ends_with(suffix)) && !is_address => Peer { name: label.to_string(), is_database },
        _ if PROVIDERS.iter().any(|(known, _)| small == *known) => Peer { name: small, is_database },
        _ => Peer { name: host.to_string(), is_database: is_database || (is_address && lower.contains("sql")) },
    }
}

/// Whether a host's name ends as those do that anybody can look up.
fn is_public(host: &str) -> bool {
    host.rsplit('.').next().is_some_and(|last| PUBLIC.contains(&last.to_ascii_lowercase().as_str()))
}

/// Whether a name is that of one of a service's pods, as Kubernetes makes them: `cart-7d9f8b6c5d-x2x9k`, `cart-0`.
pub fn is_pod_of(name: &str, service: &str) -> bool {
    let Some(rest) = name.strip_prefix(service).and_then(|rest| rest.strip_prefix('-')) else { return false };
    let made = |part: &str| {
        let plain = part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        plain && !part.is_empty() && (part.len() >= 5 || part.bytes().all(|b| b.is_ascii_digit())) && part.bytes().any(|b| b.is_ascii_digit())
    };
    let last = |part: &str| part.len() == 5 && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    match rest.split_once('-') {
        Some((hash, end)) => made(hash) && last(end),
        None => rest.bytes().all(|b| b.is_ascii_digit()),
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

fn trimmed(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_ascii_alphanumeric())
}

/// It speaks of having waited too long.
pub fn is_time_out(kind: Option<&str>, text: &str) -> bool {
    let lower = format!("{} {}", kind.unwrap_or_default(), text).to_ascii_lowercase();
    [
        "execution time of",
        "time limit exceeded",
        "timeout",
        "timed out",
        "time-out",
        "no answer",
        "no response",
        "deadline",
        "gave up after",
        "took too long",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

/// How long it says that it waited, ms: "no answer in 3000 ms", "after 3.0s", "timeout=3.0".
pub fn waited_ms(text: &str) -> Option<f64> {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || matches!(c, '=' | '(' | ')' | ',')).filter(|w| !w.is_empty()).collect();
    words.iter().enumerate().find_map(|(i, word)| {
        let digits: String = word.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let number: f64 = digits.trim_end_matches('.').parse().ok()?;
        let unit = word.get(digits.len()..).filter(|u| !u.is_empty()).or(words.get(i + 1).copied()).unwrap_or_default();
        let unit = unit.trim_end_matches(['.', ':', ';', ')']).to_ascii_lowercase();
        // `timeout=0.15`: Python's libraries count seconds.
        let bare = digits.len() == word.len() && i > 0 && words.get(i - 1).is_some_and(|before| before.to_ascii_lowercase().ends_with("timeout"));
        let ms = match unit.as_str() {
            "ms" | "millis" | "milliseconds" | "msec" => number,
            "s" | "sec" | "secs" | "seconds" | "second" => number * 1000.0,
            _ if bare && number <= 300.0 => number * 1000.0,
            _ if bare => number,
            _ => return None,
        };
        (ms > 0.0 && ms < 3.6e6).then_some(ms)
    })
}

#[cfg(test)]
mod tests;
