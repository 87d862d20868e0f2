//! What a text tells by its words alone, whoever it names.

use super::places::by_resolver;

/// Whether a text tells of what the program asked for or has used up itself, and not of who was asked: a key that is there already, files
/// that it left open.
pub fn is_own_request(text: &str) -> bool {
    const WORDS: [&str; 65] = [
        "rejected from java.util.concurrent",
        "400 client error",
        "422 client error",
        "400 bad request",
        "422 unprocessable",
        "status code 400",
        "status code 422",
        "eaddrnotavail",
        "too many open files",
        "emfile",
        "enfile",
        "cannot assign requested address",
        "unable to create new native thread",
        "duplicate key",
        "duplicate entry",
        "unique constraint",
        "violates foreign key",
        "violates not-null",
        "violates check",
        "syntax error at or near",
        "error in your sql syntax",
        // Tables and columns that a program expects and nobody has made.
        "undefinedtable",
        "undefinedcolumn",
        "unknown column",
        "no such column",
        "no such table",
        "invalid column name",
        "invalid object name",
        "42p01",
        "42703",
        // What is sent is more than anybody takes.
        "recordtoolarge",
        "msg_size_too_large",
        "message size too large",
        "message is too large",
        "when serialized which is larger",
        "context_length_exceeded",
        "maximum context length",
        // It is too slow for its own consumer's limits.
        "max.poll.interval",
        "maximum poll interval",
        "maximum application poll interval",
        "incompatible with an earlier schema",
        // Its clock, its parameters.
        "requesttimetooskewed",
        "request time and the current time is too large",
        "unknown parameter",
        "parameter_unknown",
        // Its own certificate is not taken by who was asked.
        "own certificate",
        "client certificate",
        "remote error: tls: bad certificate",
        "remote error: tls: expired certificate",
        // What a store is asked for that it never does.
        "crossslot",
        "wrongtype operation",
        "unknown command",
        "wrong number of arguments for",
        "inequivalent arg",
        "invalid input syntax for",
        "value too long for type",
        "data too long for column",
        "out of range value",
        "numeric value out of range",
        "mapper_parsing_exception",
        "document_parsing_exception",
        // A signature that its own clock has spoilt.
        "signature not yet current",
        "signature expired",
        // What was stored by another version of itself.
        "cannot deserialize",
        "serialversionuid",
    ];
    let lower = text.to_ascii_lowercase();
    // `relation "x" does not exist`, `Table 'x' doesn't exist`.
    let is_missing = ["relation", "column", "table"].iter().any(|what| lower.contains(what))
        && (lower.contains("does not exist") || lower.contains("doesn't exist"));
    // `the client secret keys for app 'x' are expired`.
    let own_secret = ["client secret", "credential"].iter().any(|what| lower.contains(what)) && lower.contains("expired");
    is_missing || own_secret || WORDS.iter().any(|word| lower.contains(word))
}

/// Whether one of these words, in small letters, stands in it, in whatever letters.
pub fn says(text: &str, words: &[&str]) -> bool {
    let lower = text.to_ascii_lowercase();
    words.iter().any(|word| lower.contains(word))
}

/// Whether a name is that of a cache, which holds what a database has as well.
pub fn is_cache(name: &str) -> bool {
    says(name, &["redis", "memcache", "valkey", "dragonfly", "keydb", "cache", "hazelcast", "elasticache", "varnish"])
}

/// How it is said that somebody else is gone to.
const INSTEAD: [&str; 9] =
    ["reading from", "falling back to", "fall back to", "fallback to", "going to", "served from", "querying", "loading from", "asking"];

/// Whether it tells that somebody else is gone to: `cache unavailable, reading from db`.
pub fn goes_elsewhere(text: &str) -> bool {
    INSTEAD.iter().any(|word| text.contains(word))
}

/// Whether what stands before a name says that it is gone to instead.
pub fn is_instead(before: &str) -> bool {
    INSTEAD.iter().any(|word| before.trim_end_matches([' ', '"', '\'']).ends_with(word))
}

/// Whether it tells of a name that could not be resolved.
pub fn is_unresolved(text: &str) -> bool {
    const WORDS: [&str; 10] = [
        "no such host",
        "enotfound",
        "eai_again",
        "servfail",
        "name resolution",
        "name or service not known",
        "unknownhost",
        "could not resolve host",
        "nodename nor servname",
        "temporary failure in name",
    ];
    let lower = text.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word)) || by_resolver(text).is_some()
}
