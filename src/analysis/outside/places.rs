//! Where a text shows that a word is a name: in a URL, before a port, between quotes, behind a client library's own words.

use super::{addressed, is_name, trimmed};
use crate::analysis::parties::{BEFORE_HOST, OWN, PUBLIC, backend};

/// `lookup tax.svc.cluster.local on 10.96.0.10:53: i/o timeout`, `getaddrinfo EAI_AGAIN tax.svc`: it is the resolver that gave no
/// answer. A name that is not known is another matter, and one outside is as likely to be the fault of its owner.
pub(super) fn by_resolver(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = text.split_whitespace().map(|word| word.trim_end_matches([':', ',', ')', '"'])).collect();
    let gave_none =
        ["i/o timeout", "timed out", "misbehaving", "servfail", "refused", "failed via", "failure in name"].iter().any(|w| lower.contains(w));
    let resolver = words.iter().any(|word| word.strip_suffix(":53").is_some_and(super::is_address));
    // `lookup tax.svc: i/o timeout`: nobody else was asked yet.
    let at_once = || {
        let mut after = words.iter().skip_while(|word| !word.eq_ignore_ascii_case("lookup")).skip(2);
        after.next().is_some_and(|next| ["i/o", "timed", "server", "no"].contains(&next.to_ascii_lowercase().as_str()))
    };
    if lower.contains("lookup ") && gave_none && (resolver || at_once()) {
        return Some("dns".to_string());
    }
    let again = words.iter().zip(words.iter().skip(1)).find(|(before, _)| **before == "EAI_AGAIN").map(|(_, host)| host.to_ascii_lowercase())?;
    let host = again.split(':').next().unwrap_or_default();
    let is_ours = !host.contains('.') || crate::analysis::parties::PRIVATE.iter().any(|end| host.ends_with(end));
    is_ours.then(|| "dns".to_string())
}

/// The name that a resolver gave no answer for.
pub fn unresolved(text: &str) -> Option<String> {
    let mut words = text.split_whitespace().map(|word| word.trim_end_matches([':', ',', ')', '"']));
    words.find(|word| *word == "EAI_AGAIN" || word.eq_ignore_ascii_case("lookup"))?;
    words.next().map(|host| host.split(':').next().unwrap_or_default().to_ascii_lowercase()).filter(|host| host.len() > 2)
}

/// `Connection refused: paywall`: what stands at the end is whom it asked, or a word of the system's.
pub(super) fn by_refusal(text: &str) -> Option<String> {
    let (_, rest) = text.rsplit_once("onnection refused: ")?;
    let name = rest.split('/').next().unwrap_or_default().trim_end_matches(['.', ',']);
    let plain = name.len() > 2 && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | ':'));
    (plain && !["connect", "getsockopt", "localhost"].contains(&name)).then(|| name.to_string())
}

/// `recurly timeout`, `etcd lock a/b timeout`: the first word of what a program says, where what follows tells how it ended.
pub(super) fn by_first_word(text: &str) -> Option<String> {
    const COMMON: [&str; 46] = [
        "pool",
        "queue",
        "thread",
        "lease",
        "handshake",
        "acquire",
        "request",
        "connection",
        "connect",
        "read",
        "write",
        "query",
        "lock",
        "statement",
        "call",
        "upstream",
        "downstream",
        "operation",
        "command",
        "socket",
        "gateway",
        "session",
        "task",
        "the",
        "job",
        "worker",
        "client",
        "server",
        "service",
        "transaction",
        "message",
        "http",
        "rpc",
        "grpc",
        "dependency",
        "provider",
        "network",
        "process",
        "database",
        "timeout",
        "error",
        "failed",
        "response",
        "batch",
        "step",
        "fetch",
    ];
    let mut words = text.split_whitespace().skip_while(|word| is_class(word));
    let (name, next, third) = (words.next()?, words.next()?, words.next().unwrap_or_default());
    let ended = ["timeout", "timed", "timeout,", "timeout:", "unavailable", "unreachable", "refused", "down"].contains(&next)
        || (next == "did" && third == "not")
        || (next == "not" && ["available", "reachable", "responding"].contains(&third));
    // `seat-map: 503 no healthy upstream`: who is called so, and then what became of it.
    let (name, told) = name.strip_suffix(':').map_or((name, false), |name| (name, is_compound(name)));
    let plain = name.len() > 3 && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '_'));
    ((ended || told) && plain && !COMMON.contains(&name)).then(|| name.to_string())
}

/// `seat-map`, and not `time-out`.
fn is_compound(name: &str) -> bool {
    let last = name.rsplit_once('-').map(|(_, last)| last);
    last.is_some_and(|last| !["out", "in", "up", "back", "over", "check", "try", "error", "failed", "flight"].contains(&last))
}

/// `getaddrinfo ENOTFOUND api.x.io`, `lookup mysql-main on 10.96.0.10:53`, `CircuitBreaker 'pricing' is OPEN`.
pub(super) fn by_mark(kind: Option<&str>, text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || matches!(c, '=' | '(' | '[')).filter(|w| !w.is_empty()).collect();
    let host = |word: &str| {
        let bare = trimmed(word).split('/').next().unwrap_or_default();
        (bare.len() > 1
            && !["via", "for", "of", "in", "the", "to", "on", "from", "and", "at", "by", "with", "failed", "failure", "error", "timed", "timeout"]
                .contains(&bare)
            && bare.chars().all(|c| is_name(c) || c == ':')
            && bare.chars().any(|c| c.is_ascii_alphabetic() || c == '.'))
        .then(|| bare.to_string())
    };
    let marked = words
        .iter()
        .zip(words.iter().skip(1))
        .find(|(before, _)| BEFORE_HOST.iter().any(|mark| before.eq_ignore_ascii_case(mark) || &trimmed(before) == mark));
    if let Some(found) = marked.and_then(|(_, word)| host(word)) {
        return Some(found);
    }
    let lower = text.to_ascii_lowercase();
    for phrase in [
        "breaker is open for ",
        "no instances available for ",
        "circuit breaker open for ",
        "instance for the service ",
        "available for service: ",
        "available for service ",
        "breaker for ",
        "circuit for ",
        "circuit '",
        "circuit \"",
        "breaker '",
        "breaker \"",
        "fast fail: ",
        "failing fast: ",
    ] {
        if let Some(found) = lower.find(phrase).and_then(|at| text.get(at + phrase.len()..)).and_then(|rest| host(rest.split_whitespace().next()?)) {
            return Some(found);
        }
    }
    // Java says no more than the name that it did not find.
    kind.filter(|kind| kind.contains("UnknownHost")).and_then(|_| host(text.split([':', ' ']).next()?))
}

pub(super) fn by_url(text: &str) -> Option<String> {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        let url = after.split([' ', '\'', '"', ')', '>', ',']).next().unwrap_or_default();
        let authority = url.split(['/', '?', '#']).next().unwrap_or_default();
        let tail = before.get(before.len().saturating_sub(60)..).unwrap_or(before).to_ascii_lowercase();
        // Where one may read about it is not who was asked.
        // An identity is nobody that is asked.
        let reads = before.ends_with("spiffe")
            || url.contains("/docs")
            || url.contains("/account")
            || url.starts_with("docs.")
            || url.contains("sqlalche.me")
            || ["background on", "visit", "see ", "more info", "read more", "documentation"].iter().any(|word| tail.contains(word));
        let host: String = authority.rsplit('@').next().unwrap_or_default().chars().take_while(|c| is_name(*c) || *c == ':').collect();
        let host = host.trim_end_matches(['.', ':']).to_string();
        if !reads && !host.is_empty() {
            return Some(host);
        }
        rest = after;
    }
    None
}

/// `host='api.stripe.com', port=443`, `server at "db-orders" (10.0.0.5), port 5432`, `on 'mysql-prod.internal'`.
pub(super) fn by_quotes(text: &str) -> Option<String> {
    for before in
        ["host=", "host: '", "host: \"", "server at \"", "hostname=", "Host=", "address=", "address: ", "endpoint=", "server on '", "remote_addr="]
    {
        let Some((_, rest)) = text.split_once(before) else { continue };
        let host: String = rest.trim_start_matches(['\'', '"', ' ']).chars().take_while(|c| is_name(*c) || *c == ':').collect();
        let host = host.trim_end_matches([':', '.']).to_string();
        if host.len() > 1 && host.chars().any(|c| c.is_ascii_alphanumeric()) {
            let port: String = rest
                .split_once("port")
                .map(|(_, p)| p.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect())
                .unwrap_or_default();
            return Some(if port.is_empty() || host.contains(':') { host } else { format!("{host}:{port}") });
        }
    }
    None
}

/// `(nfs filer02.prod:/exports/statements)`: what is mounted from whom.
pub(super) fn by_export(text: &str) -> Option<String> {
    let split = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '(' | ')' | ',' | '=');
    let host = |word: &str| {
        let (host, _) = word.split_once(":/").filter(|(_, path)| !path.starts_with('/'))?;
        let plain = host.len() > 2 && host.chars().all(is_name) && host.contains(['.', '-']) && host.starts_with(|c: char| c.is_ascii_lowercase());
        plain.then(|| host.to_string())
    };
    let lower = text.to_ascii_lowercase();
    if !["nfs", "mount", "cifs", "smb", "export"].iter().any(|word| lower.contains(word)) {
        return None;
    }
    text.split(split).find_map(host)
}

/// `could not translate PIN block on hsm-01.vault.corp`: a machine of one's own on which something was to be done.
pub(super) fn by_own_host(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().take(60).collect();
    let before = ["on", "via", "from", "at", "by", "to", "with", "through"];
    let own = |word: &str| {
        let name = trimmed(word).split(':').next().unwrap_or_default();
        let last = name.rsplit('.').next().unwrap_or_default();
        let lower = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'));
        (lower && name.split('.').count() > 2 && is_domain(name) && !PUBLIC.contains(&last)).then(|| name.to_string())
    };
    words.windows(2).find_map(|pair| if before.contains(pair.first()?) { own(pair.get(1)?) } else { None })
}

/// `dhl: unexpected status 500`: what Go's clients put before what they were answered.
pub(super) fn by_status(text: &str) -> Option<String> {
    let (name, rest) = text.split_once(": ")?;
    let name = name.rsplit([' ', '"']).next().unwrap_or(name);
    let answered = ["unexpected status", "bad status", "status 5", "status code 5", "answered 5", "returned 5", "got 5"];
    let lower = rest.to_ascii_lowercase();
    let plain = name.len() > 2 && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '_'));
    (plain && answered.iter().any(|word| lower.starts_with(word))).then(|| name.to_string())
}

/// `Connect call failed ('10.31.2.9', 5432)`: Python's pair of host and port.
pub(super) fn by_pair(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("('")?;
    let (host, after) = rest.split_once("', ")?;
    let port: String = after.chars().take_while(char::is_ascii_digit).collect();
    let closes = after.get(port.len()..).is_some_and(|rest| rest.starts_with(')') || rest.starts_with(','));
    (closes && (2..=5).contains(&port.len()) && host.len() > 1 && host.chars().all(is_name)).then(|| format!("{host}:{port}"))
}

/// `orders-db-primary - Connection is not available`: a pool that is called as the database is.
pub(super) fn by_pool(text: &str) -> Option<String> {
    let (before, _) = text.split_once(" - Connection is not available")?;
    let name = before.rsplit([' ', ':']).next().unwrap_or_default();
    let plain = name.contains(['-', '.']) && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'));
    let of_database = addressed(name).is_database;
    (plain && of_database && !name.contains("pool")).then(|| name.to_string())
}

/// `stripe POST /v1/charges: no answer`, `payment-gateway /charge gave no result`.
pub(super) fn by_request(text: &str, services: &[&str]) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().take(12).collect();
    words.iter().zip(words.iter().skip(1)).find_map(|(name, next)| {
        let is_method = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"].contains(next);
        let is_path = next.starts_with('/') && next.len() > 1;
        let name = name.trim_end_matches([':', ',']);
        let is_word = name.len() > 1 && name.chars().all(is_name) && name.chars().any(|c| c.is_ascii_lowercase());
        let common = [
            "on",
            "from",
            "to",
            "for",
            "open",
            "at",
            "in",
            "request",
            "error",
            "a",
            "the",
            "failed",
            "calling",
            "executing",
            "handling",
            "processing",
            "serving",
            "serve",
            "handle",
            "process",
            "complete",
            "finish",
            "while",
            "during",
            "via",
            "read",
            "write",
            "exec",
            "file",
            "directory",
            "device",
            "path",
            "and",
            "of",
        ];
        let known = services.iter().any(|s| s.eq_ignore_ascii_case(name));
        // "reading /data" tells what was done, not who did it.
        let is_verb = name.ends_with("ing") || name.ends_with("ed") || name.ends_with("Error") || name.ends_with("Exception");
        (is_word && (known || (!is_verb && !common.contains(&name.to_ascii_lowercase().as_str()) && (is_method || is_path))))
            .then(|| name.to_string())
            .filter(|_| is_method || is_path)
    })
}

/// A name of at least two labels that ends as hosts' names do.
fn is_domain(word: &str) -> bool {
    let labels: Vec<&str> = word.split('.').collect();
    let last = labels.last().copied().unwrap_or_default();
    labels.len() >= 2
        && labels.iter().all(|l| !l.is_empty() && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
        && (PUBLIC.contains(&last) || OWN.contains(&last))
}

/// `api.shippo.com: no rates returned`: a host before what it answered.
pub(super) fn by_speaker(text: &str) -> Option<String> {
    let name = text.split_whitespace().find(|word| !is_class(word))?.strip_suffix(':')?;
    (name.split('.').count() > 2 && is_domain(name) && !name.contains(|c: char| c.is_ascii_uppercase())).then(|| name.to_string())
}

/// The class of what was thrown says nothing of whom.
fn is_class(word: &str) -> bool {
    word.ends_with(':') && word.starts_with(|c: char| c.is_ascii_uppercase())
}

/// `inventory:8080`, `10.0.0.5:5432`, `api.stripe.com`, `tax-g/10.0.0.1:9090`.
pub(super) fn by_address(text: &str, services: &[&str]) -> Option<String> {
    let split = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '\'' | '"' | '[' | ']' | '=' | '{' | '}' | '<' | '>');
    let words: Vec<String> = text.split(split).map(|word| trimmed(word).trim_start_matches("ipv4:").to_string()).filter(|w| w.len() > 1).collect();
    let has_port = |word: &str| {
        word.rsplit_once(':').is_some_and(|(host, port)| {
            let file = [".py", ".go", ".java", ".js", ".ts", ".rb", ".rs", ".c", ".php", ".cs"].iter().any(|end| host.ends_with(end));
            let dotted = host.contains('.') || host.contains('-') || host.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
            (2..=5).contains(&port.len())
                && port.bytes().all(|b| b.is_ascii_digit())
                && host.len() > 1
                && host.chars().all(is_name)
                && host.chars().any(|c| c.is_ascii_alphabetic() || c == '.')
                && !file
                && dotted
                && !(host.bytes().all(|b| b.is_ascii_lowercase()) && port.len() < 3 && !services.contains(&host))
        })
    };
    // A name and the address that it was resolved to: the name says more.
    let slashed = words.iter().find_map(|word| {
        word.split_once('/')
            .filter(|(name, address)| name.len() > 1 && name.chars().all(is_name) && has_port(address) && super::is_address(address))
            .map(|(name, _)| name.to_string())
    });
    let ours = |word: &&String| services.iter().any(|s| s.len() > 2 && s.eq_ignore_ascii_case(word));
    // A name says more than an address that stands before it.
    let is_bare = |word: &&String| super::is_address(word);
    let with_port = || words.iter().filter(|word| has_port(word));
    let found = with_port()
        .find(|word| !is_bare(word))
        .or_else(|| with_port().next())
        .or_else(|| words.iter().find(|word| is_domain(word)))
        .or_else(|| words.iter().find(ours));
    slashed.or_else(|| found.cloned())
}

/// `no answer from fraud-api`, `could not connect to redis`: the word behind must be a service, a backend, or look like a host.
pub(super) fn by_preposition(text: &str, services: &[&str]) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().take(40).map(trimmed).collect();
    let name = |word: &str| {
        let lower = word.to_ascii_lowercase();
        let known = services.iter().any(|s| s.eq_ignore_ascii_case(word)) || backend(&lower).is_some_and(|(found, _)| lower.starts_with(found));
        // A part of the program itself.
        let own_part = ["worker-", "thread-", "pool-", "executor-", "consumer-", "task-"].iter().any(|start| lower.starts_with(start));
        let like_a_host = word.len() > 3
            && !own_part
            && word.contains('-')
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && word.chars().any(|c| c.is_ascii_lowercase());
        word.chars().all(is_name) && (known || like_a_host)
    };
    // Who is blocked on something, or relies on it, names no host.
    let leans = ["blocked", "based", "depends", "depending", "relies", "relying", "stuck"];
    let before = ["from", "to", "calling", "contacting", "reach", "upstream", "by", "with", "at", "on", "dependency", "provider", "service"];
    let at = |i: usize| words.get(i).copied().unwrap_or_default();
    // Nor is it the fault of who is gone to instead.
    let instead = |i: usize| i >= 2 && at(i - 1) == "to" && matches!(at(i - 2), "back" | "fallback");
    let stands = |i: &usize| before.contains(&at(*i).to_ascii_lowercase().as_str()) && name(at(i + 1)) && (*i == 0 || !leans.contains(&at(i - 1)));
    let behind = |i: &usize| stands(i) && !instead(i + 1);
    let is_backend = |i: &usize| backend(&at(*i).to_ascii_lowercase()).is_some_and(|(found, _)| at(*i).eq_ignore_ascii_case(found)) && !instead(*i);
    let found = (0..words.len().saturating_sub(1)).find(behind).map(|i| i + 1).or_else(|| (0..words.len()).find(is_backend));
    found.map(|i| at(i).to_string())
}
