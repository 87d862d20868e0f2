//! What the errors of a span tell, and whom they blame.

use super::outside::{
    addressed, is_address, is_make, is_of_database, is_own_request, is_time_out, is_trouble, library, mentioned, named, named_by_attribute,
};
use super::parties::backend;
use crate::model::{Level, LogRecord, Peer, host_of_url};
use serde_json::{Map, Value};

/// An error that a span's records tell.
#[derive(Clone, Debug, Default)]
pub struct Told<'a> {
    /// The class of what was thrown.
    pub kind: Option<&'a str>,
    /// What it says.
    pub text: String,
    /// What the program says beside it.
    pub context: Option<&'a str>,
    /// Whom an attribute of its record names, or whose library threw it.
    pub named: Option<String>,
    /// The database that an attribute of its record names.
    pub database: Option<String>,
    /// When, with its clock put right, ns.
    pub at: i64,
    /// It is only warned of.
    pub warned: bool,
}

/// Attributes in which client libraries and middleware name whom they asked.
const NAMING: [&str; 25] = [
    "breaker",
    "circuit_breaker",
    "upstream",
    "upstream_service",
    "downstream",
    "dependency",
    "target_service",
    "peer_service",
    "peer.service",
    "remote_service",
    "provider",
    "target",
    "callee",
    "db_host",
    "server_address",
    "server.address",
    "net.peer.name",
    "upstream_host",
    "remote_host",
    "peer",
    "relay",
    "smtp_host",
    "mail_host",
    "broker",
    "bootstrap_servers",
];

/// Attributes in which programs name the database that they ask.
const DATABASE: [&str; 12] =
    ["db_host", "db.host", "dbhost", "database_host", "db", "database", "db_name", "dbname", "db.name", "db_instance", "datasource", "db.namespace"];

/// What the first of these attributes that is there says: at the root of the record, one below, or as `key=value` in its message.
fn named_in(record: &LogRecord, keys: &[&str]) -> Option<String> {
    // `server.address` may be a key or an object in an object.
    let nested =
        |map: &Map<String, Value>, key: &str| key.split_once('.').and_then(|(head, tail)| map.get(head)?.get(tail)?.as_str().map(str::to_string));
    let value = |map: &Map<String, Value>, key: &str| map.get(key).and_then(Value::as_str).map(str::to_string).or_else(|| nested(map, key));
    let here = |map: &Map<String, Value>| keys.iter().find_map(|key| value(map, key));
    let below = || record.fields.values().filter_map(Value::as_object).find_map(here);
    let said = || {
        let pairs: Vec<(&str, &str)> = record.message.as_deref()?.split_whitespace().filter_map(|word| word.split_once('=')).collect();
        keys.iter().find_map(|key| pairs.iter().find(|(name, _)| name == key).map(|(_, value)| (*value).to_string()))
    };
    let is_name = |name: &String| name.len() > 1 && name.len() < 80 && !name.contains(' ') && !name.contains("::");
    here(&record.fields).or_else(below).or_else(said).filter(is_name)
}

/// `QueuePool limit of size 10 reached (bookings-pg)`: a name that stands in parentheses at the end.
fn in_parentheses(text: &str) -> Option<String> {
    let (_, name) = text.trim_end().strip_suffix(')')?.rsplit_once('(')?;
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | ':' | '_'));
    (plain && name.contains(['-', '.']) && name.starts_with(|c: char| c.is_ascii_lowercase())).then(|| name.to_string())
}

/// `The transaction log for database 'Charts' is full`: a database by its name in quotes.
fn in_quotes(text: &str) -> Option<String> {
    let mut behind = text.match_indices("database ").filter_map(|(at, word)| text.get(at + word.len()..));
    let name = behind.find_map(|rest| {
        let sign = rest.chars().next().filter(|c| matches!(c, '\'' | '"' | '`'))?;
        rest.get(1..)?.split_once(sign).map(|(name, _)| name)
    })?;
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'));
    (plain && name.len() > 1 && name.len() < 64).then(|| name.to_string())
}

/// The error that a program logs beside what it says: Go's loggers keep it in an attribute.
pub fn error_beside(record: &LogRecord) -> Option<&str> {
    fn here(map: &Map<String, Value>) -> Option<&str> {
        let named = ["error", "err", "error.message", "err.message"].iter().filter_map(|key| map.get(*key));
        let below = ["error", "err"].iter().filter_map(|key| map.get(*key)?.get("message"));
        named.chain(below).filter_map(Value::as_str).find(|text| text.len() > 2)
    }
    here(&record.fields).or_else(|| record.fields.values().filter_map(Value::as_object).find_map(here))
}

/// Whom a record names in an attribute for that; an address may be the caller's.
pub fn asked_by(record: &LogRecord) -> Option<String> {
    named_in(record, &NAMING).filter(|name| !is_address(name.split(':').next().unwrap_or_default()))
}

/// The host of the URL that a record keeps in an attribute.
fn url_of(record: &LogRecord) -> Option<String> {
    let url = named_in(record, &["url", "target_url", "request_url", "http.url", "url.full", "endpoint"])?;
    host_of_url(&url).filter(|host| host.len() > 3).map(str::to_string)
}

/// Whom a record tells to have been asked, by an attribute or a URL.
pub fn whom(record: &LogRecord) -> Option<String> {
    asked_by(record).or_else(|| url_of(record))
}

/// What came back was no answer: the program's own words for it.
const NO_ANSWER: [&str; 17] = [
    "bad answer from",
    "unusable answer from",
    "unexpected response from",
    "unexpected answer from",
    "cannot parse response",
    "cannot parse the response",
    "could not parse response",
    "invalid json from",
    "parse_error",
    "unexpected_body",
    "unexpected body",
    "malformed response",
    "malformed answer",
    "invalid response from",
    "bad response from",
    "sent back",
    "could not parse the answer",
];

/// Words of a program that goes on all the same.
const BORNE: [&str; 40] = [
    "cache disabled for",
    "cache skipped",
    "bypassing cache",
    "non-fatal",
    "nonfatal",
    "best effort",
    "best-effort",
    "rendering without",
    "skipped, ",
    ", using ",
    "leaving out",
    "leaving it out",
    "leaving them out",
    "left it out",
    "left out",
    "optional ",
    "omitting",
    "continuing without",
    "fallback",
    "falling back",
    "using default",
    "serving stale",
    "degraded",
    "ignoring it",
    "will be skipped",
    "continuing with",
    "cached values",
    "using cached",
    "using stale",
    "reading from source",
    ", reading ",
    ", loading ",
    ", showing ",
    ", serving ",
    ", going on",
    ", proceeding",
    "shadow:",
    "shadow response",
    "shadow request",
    "shadow traffic",
];

/// Whether somebody says so.
pub fn is_borne(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let none = ["no fallback", "fallback disabled", "fallback failed", "without fallback", "fallback is disabled"];
    !none.iter().any(|word| lower.contains(word)) && BORNE.iter().any(|word| lower.contains(word))
}

impl<'a> Told<'a> {
    /// What a record tells, at that time.
    pub fn of(record: &'a LogRecord, at: i64) -> Told<'a> {
        let thrown = record.exception.as_ref();
        let beside = error_beside(record).filter(|_| thrown.is_none());
        let text = thrown.and_then(|e| e.message.clone()).or(beside.map(str::to_string)).or_else(|| record.message.clone()).unwrap_or_default();
        // What the program says often names whom it asked, what the library says only what became of it.
        let context = record.message.as_deref().filter(|message| (thrown.is_some() || beside.is_some()) && !text.contains(message));
        let library = || library(thrown?.stacktrace.as_deref()?).map(str::to_string);
        let named = asked_by(record).or_else(|| url_of(record)).or_else(library);
        Told {
            kind: thrown.and_then(|e| e.kind.as_deref()),
            database: named_in(record, &DATABASE).or_else(|| in_parentheses(&text)).or_else(|| in_quotes(&text)),
            text,
            context,
            named,
            at,
            warned: record.level == Some(Level::Warn),
        }
    }
}

impl Told<'_> {
    /// Its class and what it says, in small letters.
    pub fn lower(&self) -> String {
        format!("{} {}", self.kind.unwrap_or_default(), self.text).to_ascii_lowercase()
    }

    /// It went on all the same.
    pub fn is_borne(&self) -> bool {
        is_borne(&self.text) || self.context.is_some_and(is_borne)
    }

    /// Whom it blames: by what it says, by that and what the program says beside it, by an attribute of its record.
    pub fn accuses(&self, own: &str, services: &[&str]) -> Option<Peer> {
        if is_own_request(&self.text) || self.context.is_some_and(is_own_request) {
            return None;
        }
        let by_text = named(self.kind, &self.text, services);
        // A make or an address says less than a name.
        if let Some(peer) = by_text.clone().filter(|peer| !is_make(&peer.name) && !is_address(&peer.name)) {
            return Some(peer);
        }
        let joined = |context: &str| if context.contains(&self.text) { context.to_string() } else { format!("{context}: {}", self.text) };
        let both = self.context.map(joined);
        let by_both = both.as_ref().and_then(|both| named(self.kind, both, services)).filter(|peer| peer.name != own);
        let by_both = by_both.filter(|peer| by_text.is_none() || !is_make(&peer.name));
        let text = both.as_deref().unwrap_or(&self.text);
        // The library tells the trouble, the program with whom.
        let no_answer = self.context.map(str::to_ascii_lowercase).is_some_and(|context| NO_ANSWER.iter().any(|word| context.contains(word)));
        let in_trouble = no_answer || is_trouble(&self.text) || self.kind.is_some_and(|kind| is_trouble(kind) || is_time_out(Some(kind), ""));
        let by_context = || self.context.filter(|_| in_trouble).and_then(|context| mentioned(context, services)).filter(|peer| peer.name != own);
        let by_context = || by_context().filter(|peer| by_text.is_none() || !is_make(&peer.name));
        let by_both = by_both.filter(|peer| !is_address(&peer.name)).or_else(by_context);
        let by_name = || self.named.as_deref().and_then(|name| named_by_attribute(self.kind, text, name, services));
        // Which database it is its record may tell, where the error only tells of what make.
        match by_both.or(by_text) {
            Some(peer) if peer.is_database && is_make(&peer.name) => {
                Some(self.database.as_deref().map_or(peer, |name| Peer { name: addressed(name).name, is_database: true }))
            }
            Some(peer) if is_address(&peer.name) => by_name().or_else(|| self.speaker(own)).or(Some(peer)),
            Some(peer) => Some(peer),
            None => by_name(),
        }
        .map(|peer| {
            // A database's host may be called anything: its own words tell that it is one.
            let is_host = !services.contains(&peer.name.as_str()) && !text.contains("://");
            Peer { is_database: peer.is_database || (is_host && is_of_database(self.kind, &self.text)), ..peer }
        })
    }

    /// `pricing-service: dial tcp 10.96.14.7:8080`: who is spoken of in front of what became of it.
    fn speaker(&self, own: &str) -> Option<Peer> {
        let texts = [Some(self.text.as_str()), self.context];
        let plain = |name: &str| name.contains('-') && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        let name =
            texts.into_iter().flatten().filter_map(|text| text.split_once(": ")).map(|(name, _)| name).find(|name| plain(name) && *name != own)?;
        Some(Peer { name: name.to_string(), is_database: false })
    }

    /// Class and text, the class once.
    pub fn sentence(&self) -> String {
        match self.kind {
            Some(kind) if !self.text.is_empty() && !self.text.starts_with(kind) => format!("{kind}: {}", self.text),
            Some(kind) if self.text.is_empty() => kind.to_string(),
            _ => self.text.clone(),
        }
    }
}

/// Whether it stands in the text as a word.
pub fn is_word_of(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, found)| {
        let beside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_');
        !beside(text.get(..at).and_then(|t| t.chars().next_back())) && !beside(text.get(at + found.len()..).and_then(|t| t.chars().next()))
    })
}

/// The lines of a stack that tell what an exception goes back to.
pub fn causes(stack: &str) -> impl Iterator<Item = &str> {
    let tells = |line: &&str| {
        ["Caused by: ", "[cause]: ", "host: ", "hostname: ", "address: ", "During handling"].iter().any(|start| line.starts_with(start))
    };
    // .NET puts what lies beneath behind an arrow.
    stack.lines().map(str::trim).filter(tells).chain(stack.lines().flat_map(|line| line.split("---> ").skip(1)))
}

/// Whether what came back could not be read: whoever sent it is to blame as much as whoever reads it.
pub fn is_unreadable(kind: &str, text: &str) -> bool {
    const CLASSES: [&str; 10] = [
        "JSONDecodeError",
        "JsonParseException",
        "JsonSyntaxException",
        "JsonReaderException",
        "ParserError",
        "MalformedInput",
        "XmlException",
        "XMLSyntaxError",
        "SAXParseException",
        "JsonException",
    ];
    const WORDS: [&str; 10] = [
        "in JSON at position",
        "is not valid JSON",
        "looking for beginning of value",
        "unexpected end of JSON",
        "Expecting value",
        "<!DOCTYPE html",
        "<html",
        "Unexpected token <",
        "Unexpected token '<'",
        "'<' is an invalid start",
    ];
    CLASSES.iter().any(|class| kind.ends_with(class)) || WORDS.iter().any(|word| text.contains(word))
}

/// Classes of what a program does wrong by itself, in the languages that services are written in.
pub fn is_own_making(kind: &str) -> bool {
    const CLASSES: [&str; 26] = [
        "ValueError",
        "KeyError",
        "TypeError",
        "AttributeError",
        "IndexError",
        "NameError",
        "ImportError",
        "ModuleNotFoundError",
        "AssertionError",
        "ZeroDivisionError",
        "MemoryError",
        "RecursionError",
        "UnicodeDecodeError",
        "NotImplementedError",
        "NullPointerException",
        "IllegalArgumentException",
        "IllegalStateException",
        "ClassCastException",
        "IndexOutOfBoundsException",
        "OutOfMemoryError",
        "StackOverflowError",
        "ReferenceError",
        "RangeError",
        "NullReferenceException",
        "InvalidOperationException",
        "panic",
    ];
    let name = kind.rsplit(['.', ':']).next().unwrap_or(kind);
    // A client library has classes of the same names for what the other side complains of.
    CLASSES.contains(&name) && backend(&kind.to_ascii_lowercase()).is_none()
}
