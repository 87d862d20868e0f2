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
    /// tax 1.2.0 is rolled out to all pods and fails two of five requests.
    Deploy,
    /// Names are not resolved on one of eight machines: what runs there fails.
    Node,
    /// One tenant searches twelve times as much; search and catalog slow down for all.
    Tenant,
    /// A new version of the app sends carts that cart cannot read.
    Client,
    /// The cache that holds sessions refuses connections.
    Cache,
    /// shipping is not running any more: its callers are refused.
    Dead,
    /// A partition of the log pipeline is stuck: three services are not heard of, and work.
    Pipeline,
    /// The payment provider answers, and takes 2.6 s for it.
    Provider,
}

/// Kind, name and nearest service of what broke, and the field and value that set its requests apart.
pub type Truth = (&'static str, &'static str, &'static str, Option<(&'static str, &'static str)>);

impl Incident {
    /// All of them.
    pub const ALL: [Incident; 12] = [
        Incident::Payment,
        Incident::Canary,
        Incident::Database,
        Incident::Silence,
        Incident::Deploy,
        Incident::Node,
        Incident::Tenant,
        Incident::Client,
        Incident::Cache,
        Incident::Dead,
        Incident::Pipeline,
        Incident::Provider,
    ];

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
            Incident::Deploy => "deploy",
            Incident::Node => "node",
            Incident::Tenant => "tenant",
            Incident::Client => "client",
            Incident::Cache => "cache",
            Incident::Dead => "dead",
            Incident::Pipeline => "pipeline",
            Incident::Provider => "provider",
        }
    }

    /// The truth an answer is held against.
    pub const fn origin(self) -> Truth {
        match self {
            Incident::Payment => ("dependency", "stripe", "payment-gateway", Some(("context.payment_method", "stripe"))),
            Incident::Canary => ("version", CANARY_VERSION, "pricing", Some(("version", CANARY_VERSION))),
            Incident::Database => ("database", "postgres", "inventory", None),
            Incident::Silence => ("service", "ledger", "ledger", None),
            Incident::Deploy => ("version", DEPLOYED_VERSION, "tax", Some(("version", DEPLOYED_VERSION))),
            Incident::Node => ("host", BAD_NODE, "pricing", Some(("host", BAD_NODE))),
            Incident::Tenant => ("tenant", FLOODING_TENANT, "search", Some(("context.tenant", FLOODING_TENANT))),
            Incident::Client => ("client", BAD_CLIENT, "cart", Some(("context.user_agent", BAD_CLIENT))),
            Incident::Cache => ("database", "redis-sessions", "session", None),
            Incident::Dead => ("service", "shipping", "shipping", None),
            Incident::Pipeline => ("pipeline", "log pipeline", "catalog", None),
            Incident::Provider => ("dependency", "stripe", "payment-gateway", Some(("context.payment_method", "stripe"))),
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
/// The version of tax that fails.
pub const DEPLOYED_VERSION: &str = "1.2.0";
/// The machine on which no name is resolved.
pub const BAD_NODE: &str = "node-5";
/// Whose requests there are so many of.
pub const FLOODING_TENANT: &str = "globex";
/// How many times as many.
pub const FLOOD: f64 = 12.0;
/// The app whose carts cannot be read.
pub const BAD_CLIENT: &str = "ShopApp/7.3.0 (Android 14)";

/// Whether the service is dead from the onset on.
pub fn is_dead(incident: Option<Incident>, service: usize) -> bool {
    (incident == Some(Incident::Silence) && service == LEDGER) || (incident == Some(Incident::Dead) && service == SHIPPING)
}

/// Whether the service's records do not arrive from the onset on.
pub fn is_unheard(incident: Option<Incident>, service: usize) -> bool {
    incident == Some(Incident::Pipeline) && matches!(service, CATALOG | PROFILE | TAX)
}
