//! What can go wrong with a source: one sentence for a tired person, with what to do next.

/// Why a source gave no answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// Nobody listens, or the name is unknown.
    #[error("cannot reach {url}: {reason}; check the address, the VPN or the tunnel")]
    Unreachable {
        /// Of the cluster.
        url: String,
        /// In the system's words.
        reason: String,
    },
    /// TLS failed.
    #[error("{url} is not trusted: {reason}; give its CA with --ca FILE")]
    Tls {
        /// Of the cluster.
        url: String,
        /// In the library's words.
        reason: String,
    },
    /// The answer did not come in time.
    #[error("{url} gave no answer within {seconds} s; ask for a shorter range, or again later")]
    TimedOut {
        /// Of the cluster.
        url: String,
        /// How long was waited.
        seconds: u64,
    },
    /// 401.
    #[error("{url} does not accept the credentials: {reason}; set SPIA_USERNAME and SPIA_PASSWORD, SPIA_API_KEY or SPIA_TOKEN")]
    Unauthenticated {
        /// Of the cluster.
        url: String,
        /// In the cluster's words.
        reason: String,
    },
    /// 403.
    #[error("these credentials may not do this: {reason}; the privileges read and view_index_metadata on the log indices are enough")]
    Forbidden {
        /// In the cluster's words.
        reason: String,
    },
    /// 404.
    #[error("there is no index '{target}'; name another with --index, a pattern such as logs-*")]
    NoSuchIndex {
        /// What was asked for.
        target: String,
    },
    /// The pattern matches nothing.
    #[error("no index matches '{target}': this is not the same as no errors; name another with --index")]
    NoIndexMatches {
        /// What was asked for.
        target: String,
    },
    /// No index or file is of a schema this program knows.
    #[error(
        "none of the {count} indices that match '{target}' has fields this program knows ({example}); name them with --schema or in the configuration"
    )]
    UnknownSchema {
        /// What was asked for.
        target: String,
        /// How many there are.
        count: usize,
        /// One of them.
        example: String,
    },
    /// 429 or a tripped breaker.
    #[error("the cluster is overloaded ({reason}); asking less often, r asks once now")]
    Overloaded {
        /// In the cluster's words.
        reason: String,
    },
    /// The cluster does not understand or refuses the search.
    #[error("the cluster refused the search: {reason}")]
    Refused {
        /// In the cluster's words.
        reason: String,
    },
    /// It answered with something else than it should.
    #[error("{url} did not answer as Elasticsearch or OpenSearch do: {reason}; is a proxy or a login page in between?")]
    Strange {
        /// Of the cluster.
        url: String,
        /// What came.
        reason: String,
    },
    /// The settings cannot be used.
    #[error("{0}")]
    Settings(String),
    /// A file cannot be read.
    #[error("cannot read {path}: {reason}")]
    File {
        /// Which.
        path: String,
        /// In the system's words.
        reason: String,
    },
    /// What was read is no NDJSON.
    #[error("{path} is not NDJSON: none of its {lines} lines is a JSON object with a time ({reason}); give one JSON object a line")]
    NotNdjson {
        /// Which.
        path: String,
        /// How many lines there were.
        lines: u64,
        /// Why the first was refused.
        reason: String,
    },
    /// A worker stopped.
    #[error("an answer was lost: {0}; ask again")]
    Lost(String),
}

impl Fault {
    /// Asking again at once would make it worse.
    pub fn is_overload(&self) -> bool {
        matches!(self, Fault::Overloaded { .. })
    }
}
