//! Who calls whom: the endpoints of the made-up shop.

use super::services::*;

/// One service's part of a request, and the parts it calls.
#[derive(Debug)]
pub struct Part {
    pub service: usize,
    pub method: &'static str,
    pub path: &'static str,
    /// Median of its own work, ms.
    pub own_ms: f64,
    /// In this order.
    pub calls: &'static [&'static Part],
    /// The calls run side by side.
    pub together: bool,
    /// An outside party it asks, and that party's usual answer time in ms.
    pub outside: Option<(&'static str, f64)>,
    /// How often the caller tries.
    pub attempts: u32,
}

const fn part(service: usize, method: &'static str, path: &'static str, own_ms: f64, calls: &'static [&'static Part]) -> Part {
    Part { service, method, path, own_ms, calls, together: false, outside: None, attempts: 1 }
}

const SCORE: Part = part(FRAUD, "POST", "/score", 24.0, &[]);
const CHARGE: Part = Part { outside: Some(("stripe", 180.0)), attempts: 3, ..part(PAYMENT, "POST", "/charge", 22.0, &[]) };
const TAXES: Part = part(TAX, "POST", "/tax", 8.0, &[]);
const PRICE: Part = part(PRICING, "GET", "/price", 9.0, &[]);
const STOCK: Part = Part { outside: Some(("postgres", 6.0)), ..part(INVENTORY, "GET", "/stock", 7.0, &[]) };
const RESERVE: Part = Part { outside: Some(("postgres", 9.0)), ..part(INVENTORY, "POST", "/reserve", 8.0, &[]) };
const CREATE_ORDER: Part = part(ORDERS, "POST", "/orders", 19.0, &[&RESERVE]);
const CHECK_OUT: Part = part(CHECKOUT, "POST", "/checkout", 30.0, &[&SCORE, &TAXES, &CHARGE, &CREATE_ORDER]);
const READ_CATALOG: Part = Part { together: true, ..part(CATALOG, "GET", "/products", 14.0, &[&PRICE, &STOCK]) };
const SUGGEST: Part = part(RECOMMENDATION, "GET", "/suggest", 35.0, &[]);
const FIND: Part = part(SEARCH, "GET", "/query", 42.0, &[&READ_CATALOG]);
const SESSION_GET: Part = Part { outside: Some(("redis-sessions", 0.6)), ..part(SESSION, "GET", "/session", 3.0, &[]) };
const SESSION_PUT: Part = Part { outside: Some(("redis-sessions", 0.9)), ..part(SESSION, "PUT", "/session", 5.0, &[]) };
const READ_CART: Part = part(CART, "GET", "/cart", 11.0, &[&SESSION_GET, &PRICE]);
const VERIFY: Part = part(USER_AUTH, "POST", "/verify", 12.0, &[&SESSION_GET]);
const LOG_IN: Part = part(USER_AUTH, "POST", "/token", 60.0, &[&SESSION_PUT]);
const READ_PROFILE: Part = part(PROFILE, "GET", "/profile", 15.0, &[&VERIFY]);
const RATES: Part = part(SHIPPING, "GET", "/rates", 28.0, &[&PICK]);
const PICK: Part = part(WAREHOUSE, "GET", "/slots", 17.0, &[]);
const LIST_ORDERS: Part = part(ORDERS, "GET", "/orders", 21.0, &[&RATES]);

const PAY: Part = part(API_GATEWAY, "POST", "/api/pay", 6.0, &[&CHECK_OUT]);
/// What a flood of searches is.
pub const API_SEARCH: Part = part(API_GATEWAY, "GET", "/api/search", 5.0, &[&FIND]);
const API_PRODUCT: Part = Part { together: true, ..part(API_GATEWAY, "GET", "/api/products", 5.0, &[&READ_CATALOG, &SUGGEST]) };
const API_CART: Part = part(API_GATEWAY, "GET", "/api/cart", 5.0, &[&READ_CART]);
const API_LOGIN: Part = part(API_GATEWAY, "POST", "/api/login", 5.0, &[&LOG_IN]);
const API_PROFILE: Part = part(API_GATEWAY, "GET", "/api/profile", 5.0, &[&READ_PROFILE]);
const API_ORDERS: Part = part(API_GATEWAY, "GET", "/api/orders", 5.0, &[&LIST_ORDERS]);

/// The endpoints and the share of each in the traffic.
pub const ENDPOINTS: [(&Part, f64); 7] =
    [(&PAY, 0.24), (&API_SEARCH, 0.20), (&API_PRODUCT, 0.22), (&API_CART, 0.14), (&API_LOGIN, 0.08), (&API_PROFILE, 0.06), (&API_ORDERS, 0.06)];

/// The endpoint at a point of the unit interval.
pub fn endpoint(mut at: f64) -> &'static Part {
    for (part, share) in ENDPOINTS {
        if at < share {
            return part;
        }
        at -= share;
    }
    &PAY
}
