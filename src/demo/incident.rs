//! What can go wrong, and what it does to a part of a request.

use super::services::*;
use std::fmt;

/// The incidents of `spia demo --incident`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Incident {
    /// An outside payment provider stops answering; its callers time out and cascade.
    Payment,
    /// pricing 2.9.0 on two of forty pods answers every second request with 500, logged at INFO.
    Canary,
    /// The database behind inventory becomes slow, without an error of its own.
    Database,
    /// ledger stops in the middle of its work.
    Silence,
}

impl Incident {
    /// All of them.
    pub const ALL: [Incident; 4] = [Incident::Payment, Incident::Canary, Incident::Database, Incident::Silence];

    /// The incident of that name.
    pub fn named(name: &str) -> Option<Incident> {
        Incident::ALL.into_iter().find(|incident| incident.name() == name)
    }

    /// As the command line calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Incident::Payment => "payment",
            Incident::Canary => "canary",
            Incident::Database => "database",
            Incident::Silence => "silence",
        }
    }

    /// Kind, name and nearest service of what broke: the truth an answer is held against.
    pub const fn origin(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Incident::Payment => ("dependency", "stripe", "payment-gateway"),
            Incident::Canary => ("version", "2.9.0", "pricing"),
            Incident::Database => ("database", "postgres", "inventory"),
            Incident::Silence => ("service", "ledger", "ledger"),
        }
    }
}

impl fmt::Display for Incident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The version and pods of the canary.
pub const CANARY_VERSION: &str = "2.9.0";
/// How many of pricing's pods run it.
pub const CANARY_PODS: usize = 2;
/// After how long a client of the payment provider gives up, ms.
pub const PAYMENT_TIMEOUT_MS: f64 = 3000.0;

/// Whether the service is dead from the onset on.
pub fn is_dead(incident: Option<Incident>, service: usize) -> bool {
    incident == Some(Incident::Silence) && service == LEDGER
}
