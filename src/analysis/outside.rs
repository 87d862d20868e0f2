//! Who an error blames: the party outside that a text names, which writes no records of its own.

use crate::model::Peer;

/// Words that speak of trouble with somebody else. Without one of them a name in a text accuses nobody.
const TROUBLE: [&str; 34] = [
    "timeout",
    "timed out",
    "time-out",
    "no answer",
    "no response",
    "refused",
    "reset",
    "unavailable",
    "unreachable",
    "not reach",
    "no route",
    "resolve",
    "no such host",
    "connect",
    "broken pipe",
    "handshake",
    "certificate",
    "ssl",
    "tls",
    "gateway",
    "deadline",
    "deadlock",
    "lock wait",
    "lock time",
    "too many connections",
    "rate limit",
    "throttl",
    "quota",
    "too many requests",
    "returned 5",
    "status 5",
    "http 5",
    "responded",
    "closed the",
];

/// Behind these words stands who was asked.
const BEFORE_NAME: [&str; 24] = [
    "to",
    "from",
    "by",
    "calling",
    "contacting",
    "called",
    "reach",
    "upstream",
    "for",
    "at",
    "with",
    "host",
    "lookup",
    "resolve",
    "server",
    "provider",
    "of",
    "connect",
    "service",
    "database",
    "queue",
    "broker",
    "dependency",
    "backend",
];

/// Words that are no names.
const NO_NAMES: [&str; 62] = [
    "the",
    "a",
    "an",
    "server",
    "client",
    "database",
    "upstream",
    "peer",
    "host",
    "remote",
    "request",
    "response",
    "connection",
    "service",
    "backend",
    "socket",
    "be",
    "it",
    "its",
    "connect",
    "read",
    "write",
    "complete",
    "answer",
    "establish",
    "port",
    "address",
    "provider",
    "call",
    "get",
    "post",
    "put",
    "delete",
    "patch",
    "head",
    "retry",
    "result",
    "lock",
    "acquire",
    "obtain",
    "resource",
    "all",
    "any",
    "this",
    "that",
    "pool",
    "node",
    "timeout",
    "api",
    "http",
    "https",
    "tcp",
    "dial",
    "and",
    "in",
    "after",
    "within",
    "our",
    "your",
    "query",
    "statement",
    "transaction",
];

/// Databases and brokers, by how hosts and libraries are called after them, and their ports.
const DATABASES: [(&str, &[&str], &str); 13] = [
    ("postgres", &["postgres", "psycopg", "asyncpg", "psql", "pgbouncer"], "5432"),
    ("mysql", &["mysql", "mariadb", "pymysql", "innodb"], "3306"),
    ("redis", &["redis", "jedis", "lettuce"], "6379"),
    ("mongodb", &["mongo"], "27017"),
    ("cassandra", &["cassandra"], "9042"),
    ("elasticsearch", &["elasticsearch", "opensearch"], "9200"),
    ("memcached", &["memcache"], "11211"),
    ("oracle", &["ora-0", "ora-1"], "1521"),
    ("sqlserver", &["sqlserver", "mssql"], "1433"),
    ("dynamodb", &["dynamodb"], "8000"),
    ("kafka", &["kafka"], "9092"),
    ("rabbitmq", &["rabbitmq", "amqp"], "5672"),
    ("database", &["sqlalchemy", "sqlexception", "jdbc", "hikari"], "-"),
];

/// Domains that are nobody's but one's own.
const PRIVATE: [&str; 7] = [".svc", ".cluster.local", ".local", ".internal", ".lan", ".corp", ".consul"];

/// The party that an error names. `services` are those of the trace: one of them may be spoken of by its host's name.
pub fn named(kind: Option<&str>, text: &str, services: &[&str]) -> Option<Peer> {
    let lower = format!("{} {}", kind.unwrap_or_default(), text).to_ascii_lowercase();
    if !TROUBLE.iter().any(|word| lower.contains(word)) {
        return database_error(&lower);
    }
    let found = by_url(text)
        .or_else(|| by_quotes(text))
        .or_else(|| by_request(text))
        .or_else(|| by_address(text, services))
        .or_else(|| by_preposition(text, services));
    match found {
        Some(name) => Some(peer(&name, &lower, services)),
        None => database_error(&lower),
    }
}

/// Who a record says it is about to ask: "calling stripe POST /v1/charges".
pub fn asked(text: &str, services: &[&str]) -> Option<Peer> {
    let lower = text.to_ascii_lowercase();
    if !["calling", "waiting", "requesting", "connecting", "sending", "asking", "charging", "querying", "acquiring"]
        .iter()
        .any(|word| lower.contains(word))
    {
        return None;
    }
    let name =
        by_url(text).or_else(|| by_request(strip_verb(text))).or_else(|| by_address(text, services)).or_else(|| by_preposition(text, services))?;
    Some(peer(&name, &lower, services))
}

fn strip_verb(text: &str) -> &str {
    text.split_once(' ').map_or(text, |(_, rest)| rest)
}

/// A database's own complaint, where no host is named: deadlocks, statements cancelled, too many connections.
fn database_error(lower: &str) -> Option<Peer> {
    let complaint = [
        "deadlock",
        "statement timeout",
        "too many connections",
        "lock wait",
        "could not serialize",
        "connection pool",
        "remaining connection slots",
        "operationalerror",
        "ora-0",
        "sqlstate",
        "slow query",
    ];
    let known = DATABASES.iter().find(|(_, words, _)| words.iter().any(|word| lower.contains(word)));
    let complains = complaint.iter().any(|word| lower.contains(word));
    match (known, complains) {
        (Some((name, ..)), true) => Some(Peer { name: (*name).to_string(), is_database: true }),
        (None, true) if !lower.contains("connection pool") => Some(Peer { name: "database".to_string(), is_database: true }),
        _ => None,
    }
}

/// The name as one of ours where it is one, else as it stands; a database where name, port or text speak of one.
fn peer(name: &str, lower: &str, services: &[&str]) -> Peer {
    let (host, port) = name.split_once(':').unwrap_or((name, ""));
    let label = host.split('.').next().unwrap_or(host);
    if let Some(service) = services.iter().find(|s| s.eq_ignore_ascii_case(host) || s.eq_ignore_ascii_case(label)) {
        return Peer { name: (*service).to_string(), is_database: false };
    }
    let small = host.to_ascii_lowercase();
    let by_name = DATABASES.iter().find(|(_, words, at)| words.iter().any(|word| small.contains(word)) || *at == port);
    let is_database = by_name.is_some() || small.ends_with("-db") || small.starts_with("db-") || small.starts_with("db.") || small == "db";
    let is_address = host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    match by_name.filter(|_| is_address) {
        Some((known, ..)) => Peer { name: (*known).to_string(), is_database },
        // Within a cluster the first label is the name, the rest is where it runs.
        None if PRIVATE.iter().any(|suffix| small.ends_with(suffix)) && !is_address => Peer { name: label.to_string(), is_database },
        None => Peer { name: host.to_string(), is_database: is_database || (is_address && lower.contains("sql")) },
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

fn by_url(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#', ' ', '\'', '"', ')']).next()?;
    let host: String = authority.rsplit('@').next()?.chars().take_while(|c| is_name(*c) || *c == ':').collect();
    Some(host.trim_end_matches(['.', ':']).to_string()).filter(|host| !host.is_empty())
}

/// `host='api.stripe.com', port=443`, `server at "db-orders" (10.0.0.5), port 5432`.
fn by_quotes(text: &str) -> Option<String> {
    for before in ["host=", "host: ", "server at ", "hostname=", "Host=", "address=", "endpoint="] {
        let Some((_, rest)) = text.split_once(before) else { continue };
        let host: String = rest.trim_start_matches(['\'', '"', ' ']).chars().take_while(|c| is_name(*c)).collect();
        if host.len() > 1 {
            let port: String = rest
                .split_once("port")
                .map(|(_, p)| p.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect())
                .unwrap_or_default();
            return Some(if port.is_empty() { host } else { format!("{host}:{port}") });
        }
    }
    None
}

/// `stripe POST /v1/charges: no answer`, `payment-gateway /charge gave no result`.
fn by_request(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().take(12).collect();
    let trimmed = |word: &str| word.trim_end_matches([':', ',']).to_string();
    words.iter().zip(words.iter().skip(1)).find_map(|(name, next)| {
        let is_method = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"].contains(next);
        let is_path = next.starts_with('/') && next.len() > 1;
        let name = trimmed(name);
        let fits = name.len() > 1
            && name.chars().all(is_name)
            && name.chars().any(|c| c.is_ascii_lowercase())
            && !NO_NAMES.contains(&name.to_ascii_lowercase().as_str());
        (fits && (is_method || is_path)).then_some(name)
    })
}

/// `inventory:8080`, `10.0.0.5:5432`, `api.stripe.com`.
fn by_address(text: &str, services: &[&str]) -> Option<String> {
    let clean = |word: &str| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_string();
    let words: Vec<String> =
        text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '\'' | '"' | '[' | ']' | '=')).map(clean).collect();
    let with_port = |word: &&String| {
        word.rsplit_once(':').is_some_and(|(host, port)| {
            (2..=5).contains(&port.len())
                && port.bytes().all(|b| b.is_ascii_digit())
                && host.len() > 1
                && host.chars().all(is_name)
                && !host.contains(".py")
                && !host.contains(".go")
                && !host.contains(".java")
                && !host.bytes().all(|b| b.is_ascii_digit())
        })
    };
    let is_domain = |word: &&String| {
        let labels: Vec<&str> = word.split('.').collect();
        let last = labels.last().copied().unwrap_or_default();
        labels.len() >= 2
            && labels.iter().all(|l| !l.is_empty() && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
            && ["com", "net", "org", "io", "internal", "local", "svc", "cloud", "dev", "eu", "de", "corp", "lan"].contains(&last)
    };
    let ours = |word: &&String| services.iter().any(|s| s.len() > 2 && s.eq_ignore_ascii_case(word));
    words.iter().find(with_port).or_else(|| words.iter().find(is_domain)).or_else(|| words.iter().find(ours)).cloned()
}

/// `no answer from fraud-api`, `could not connect to redis`.
fn by_preposition(text: &str, services: &[&str]) -> Option<String> {
    let words: Vec<String> = text.split_whitespace().take(40).map(|w| w.trim_matches(|c: char| !(c.is_ascii_alphanumeric())).to_string()).collect();
    let name = |word: &String| {
        let lower = word.to_ascii_lowercase();
        let known =
            services.iter().any(|s| s.eq_ignore_ascii_case(word)) || DATABASES.iter().any(|(_, words, _)| words.iter().any(|w| lower.contains(w)));
        let looks = lower.contains('-') || lower.contains('_') || lower.contains('.') || word.chars().all(|c| c.is_ascii_lowercase());
        let is_plain = word.len() > 2 && word.chars().all(is_name) && word.chars().any(|c| c.is_ascii_alphabetic());
        is_plain && !NO_NAMES.contains(&lower.as_str()) && !lower.ends_with("ms") && (known || looks)
    };
    let pairs = || words.iter().zip(words.iter().skip(1));
    let strong = pairs().find(|(before, word)| {
        ["from", "to", "calling", "contacting", "reach", "upstream", "lookup", "waiting", "by"].contains(&before.to_ascii_lowercase().as_str())
            && name(word)
    });
    let weak = || pairs().find(|(before, word)| BEFORE_NAME.contains(&before.to_ascii_lowercase().as_str()) && name(word));
    strong.or_else(weak).map(|(_, word)| word.clone()).or_else(|| {
        words.iter().find(|w| DATABASES.iter().take(12).any(|(_, known, _)| known.iter().any(|k| w.to_ascii_lowercase().starts_with(k)))).cloned()
    })
}

/// It speaks of having waited too long.
pub fn is_time_out(kind: Option<&str>, text: &str) -> bool {
    let lower = format!("{} {}", kind.unwrap_or_default(), text).to_ascii_lowercase();
    ["timeout", "timed out", "time-out", "no answer", "no response", "deadline", "gave up after", "took too long"]
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
        let ms = match unit.as_str() {
            "ms" | "millis" | "milliseconds" | "msec" => number,
            "s" | "sec" | "secs" | "seconds" | "second" => number * 1000.0,
            _ => return None,
        };
        (ms > 0.0 && ms < 3.6e6).then_some(ms)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(kind: &str, text: &str) -> Option<(String, bool)> {
        named(Some(kind), text, &["inventory", "payment-gateway", "api-gateway"]).map(|p| (p.name, p.is_database))
    }

    #[test]
    fn who_is_blamed() {
        let is = |name: &str, database: bool| Some((name.to_string(), database));
        for (kind, text, expected) in [
            ("TimeoutError", "stripe POST /v1/charges: no answer in 3000 ms", is("stripe", false)),
            ("TimeoutError", "stripe /v1/charges: no answer in 3000 ms", is("stripe", false)),
            ("ConnectTimeout", "GET https://api.adyen.com/x failed", is("api.adyen.com", false)),
            (
                "ConnectionError",
                "HTTPSConnectionPool(host='api.stripe.com', port=443): Read timed out. (read timeout=3)",
                is("api.stripe.com", false),
            ),
            ("OperationalError", "connection to server at \"db-orders\" (10.0.0.5), port 5432 failed: Connection refused", is("db-orders", true)),
            ("ConnectionRefusedError", "dial tcp 10.0.3.7:6379: connect: connection refused", is("redis", true)),
            ("HTTPError", "503 Service Unavailable for url: http://inventory:8080/stock", is("inventory", false)),
            ("ConnectError", "connection refused: inventory.prod.svc.cluster.local:8080", is("inventory", false)),
            ("PaymentUnavailable", "payment-gateway /charge gave no result in 3 attempts: timed out", is("payment-gateway", false)),
            ("TimeoutError", "no answer from fraud-api within 2 s", is("fraud-api", false)),
            ("ConnectionError", "could not connect to redis", is("redis", true)),
            ("psycopg2.errors.DeadlockDetected", "deadlock detected", is("postgres", true)),
            ("gaierror", "lookup api.shipco.io: no such host", is("api.shipco.io", false)),
            ("ValueError", "stripe POST /v1/charges", None),
            ("ConnectionResetError", "[Errno 104] Connection reset by peer", None),
            ("TimeoutError", "timed out", None),
            ("ValueError", "unexpected empty body", None),
            ("KeyError", "'session'", None),
        ] {
            assert_eq!(who(kind, text), expected, "{kind}: {text}");
        }
    }

    #[test]
    fn how_long_was_waited() {
        assert_eq!(waited_ms("stripe: no answer in 3000 ms"), Some(3000.0));
        assert_eq!(waited_ms("timed out after 2.5s"), Some(2500.0));
        assert_eq!(waited_ms("no answer from fraud-api within 2 s"), Some(2000.0));
        assert_eq!(waited_ms("404 not found"), None);
    }

    #[test]
    fn who_was_about_to_be_asked() {
        assert_eq!(asked("calling stripe POST /v1/charges", &[]).map(|p| p.name).as_deref(), Some("stripe"));
        assert_eq!(asked("Request started", &[]), None);
    }
}
