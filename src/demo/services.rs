//! The 23 services and their instances.

/// One service of the made-up system.
#[derive(Debug, PartialEq)]
pub struct Service {
    /// As it names itself in its records.
    pub name: &'static str,
    /// The version that has been running for weeks.
    pub version: &'static str,
    /// How many pods it has.
    pub pods: usize,
    /// The module its handlers are in.
    pub module: &'static str,
}

const fn service(name: &'static str, version: &'static str, pods: usize, module: &'static str) -> Service {
    Service { name, version, pods, module }
}

pub const API_GATEWAY: usize = 0;
pub const CHECKOUT: usize = 1;
pub const ORDERS: usize = 2;
pub const PAYMENT: usize = 3;
pub const LEDGER: usize = 4;
pub const NOTIFICATION: usize = 5;
pub const CART: usize = 6;
pub const REPORTING: usize = 7;
pub const USER_AUTH: usize = 8;
pub const FRAUD: usize = 9;
pub const PRICING: usize = 10;
pub const INVENTORY: usize = 11;
pub const CATALOG: usize = 12;
pub const SEARCH: usize = 13;
pub const RECOMMENDATION: usize = 14;
pub const SHIPPING: usize = 15;
pub const TAX: usize = 16;
pub const PROFILE: usize = 17;
pub const SESSION: usize = 18;
pub const EMAIL: usize = 19;
pub const INVOICE: usize = 20;
pub const AUDIT: usize = 21;
pub const WAREHOUSE: usize = 22;

/// All of them.
pub const SERVICES: [Service; 23] = [
    service("api-gateway", "5.2.0", 4, "gateway.proxy"),
    service("checkout", "3.11.4", 4, "checkout.flow"),
    service("order-service", "2.7.0", 3, "orders.api"),
    service("payment-gateway", "2.4.1", 4, "payments.processor"),
    service("ledger", "1.9.2", 1, "ledger.consumer"),
    service("notification", "1.3.8", 2, "notify.worker"),
    service("cart", "4.0.6", 3, "cart.api"),
    service("reporting", "0.9.14", 1, "reporting.jobs"),
    service("user-auth", "2.0.3", 3, "auth.tokens"),
    service("fraud-check", "1.6.1", 2, "fraud.score"),
    service("pricing", "2.8.3", 40, "pricing.rules"),
    service("inventory", "3.3.0", 3, "inventory.stock"),
    service("catalog", "6.1.2", 4, "catalog.read"),
    service("search", "2.2.9", 3, "search.query"),
    service("recommendation", "0.14.0", 2, "recommend.model"),
    service("shipping", "1.12.0", 2, "shipping.rates"),
    service("tax", "1.1.5", 2, "tax.rules"),
    service("profile", "2.5.0", 2, "profile.api"),
    service("session", "1.0.19", 2, "session.store"),
    service("email", "1.8.4", 1, "email.sender"),
    service("invoice", "1.4.0", 1, "invoice.render"),
    service("audit", "1.2.2", 1, "audit.log"),
    service("warehouse", "2.1.7", 2, "warehouse.sync"),
];

/// Of the table, never out of it.
pub fn service_at(index: usize) -> &'static Service {
    SERVICES.get(index).unwrap_or(&SERVICES[0])
}

/// A pod's name: the same for the same service and number.
pub fn pod_name(service: usize, pod: usize, version: &str) -> String {
    let tag = crate::model::fingerprint(&format!("{service}/{pod}/{version}"));
    let letters: String =
        (0..5).map(|i| char::from(b"bcdfghjklmnpqrstvwxz2456789".get((tag >> (i * 8)) as usize % 27).copied().unwrap_or(b'x'))).collect();
    format!("{}-{:x}-{letters}", service_at(service).name, crate::model::fingerprint(version) & 0xfff_ffff)
}

/// The machine a pod runs on.
pub fn node_name(service: usize, pod: usize) -> String {
    format!("node-{}", (service * 5 + pod * 3) % 8 + 1)
}
