//! Single requests that fail in known ways, as a tree of who did what when: for looking at traces in any dress.

use super::made::{Asked, MadeTrace, Part};
use super::rng::Rng;
use crate::model::Timestamp;

/// A way to fail.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Failure {
    /// An outside provider does not answer; tried once or more.
    Provider,
    /// A database refuses, cancels or deadlocks.
    Database,
    /// A service's own mistake: an exception of its own making.
    OwnMistake,
    /// A failure that only its status tells.
    StatusOnly,
    /// A caller gives up on a service that goes on and succeeds.
    TooSlow,
    /// The same, and the service was waiting for its database.
    SlowDatabase,
    /// A service that starts and never completes.
    Hung,
    /// A service that writes nothing: its caller cannot reach it.
    Unreachable,
    /// Something fails and is made good, then something else fails for good.
    MadeGoodThenMistake,
    /// One of many parallel calls fails.
    FanOut,
    /// Something fails and is made good: the request succeeds.
    MadeGood,
}

impl Failure {
    /// All of them.
    pub const ALL: [Failure; 11] = [
        Failure::Provider,
        Failure::Database,
        Failure::OwnMistake,
        Failure::StatusOnly,
        Failure::TooSlow,
        Failure::SlowDatabase,
        Failure::Hung,
        Failure::Unreachable,
        Failure::MadeGoodThenMistake,
        Failure::FanOut,
        Failure::MadeGood,
    ];
}

const SERVICES: [&str; 14] = [
    "api-gateway",
    "checkout",
    "order-service",
    "payment-gateway",
    "ledger",
    "cart",
    "user-auth",
    "fraud-check",
    "pricing",
    "inventory",
    "catalog",
    "search",
    "shipping",
    "tax",
];
const PROVIDERS: [&str; 4] = ["stripe", "adyen", "sendgrid", "fraud-api"];

struct Maker {
    rng: Rng,
    parts: Vec<Part>,
    free: Vec<&'static str>,
}

/// A request that fails in that way.
pub fn failing(failure: Failure, seed: u64, start: Timestamp) -> MadeTrace {
    let mut rng = Rng::of(seed, failure as u64);
    let trace_id = rng.uuid();
    let mut free: Vec<&'static str> = SERVICES.to_vec();
    for i in (1..free.len()).rev() {
        free.swap(i, rng.below(i + 1));
    }
    let mut maker = Maker { rng, parts: Vec::new(), free };
    let depth = 2 + maker.rng.below(4);
    let origin = maker.chain(failure, None, 0.0, depth);
    MadeTrace { trace_id, start, parts: maker.parts, origin: origin.1 }
}

/// When a part ended for its caller, and whose fault it was.
type Ended = (f64, Vec<String>);

impl Maker {
    fn part(&mut self, parent: Option<usize>, start_ms: f64) -> usize {
        let service = self.free.pop().unwrap_or("worker");
        self.part_of(service, parent, start_ms)
    }

    fn part_of(&mut self, service: &'static str, parent: Option<usize>, start_ms: f64) -> usize {
        let path = format!("/{}", service.split('-').next().unwrap_or(service));
        let id = self.rng.hex(16);
        let host = format!("{service}-{}", self.rng.hex(5));
        let method = if self.rng.chance(0.5) { "POST" } else { "GET" };
        self.parts.push(Part {
            id,
            parent,
            service,
            host,
            method,
            path,
            start_ms,
            duration_ms: 0.0,
            status: Some(200),
            thrown: Vec::new(),
            notes: Vec::new(),
            asked: None,
            waits: Vec::new(),
            mute: false,
        });
        self.parts.len() - 1
    }

    fn at(&mut self, i: usize) -> Option<&mut Part> {
        self.parts.get_mut(i)
    }

    /// From a call's beginning until the caller went on.
    fn waited(&mut self, me: usize, callee: usize, until_ms: f64) {
        let from = self.parts.get(callee).map_or(until_ms, |p| p.start_ms);
        self.at(me).into_iter().for_each(|p| p.waits.push((callee, from, until_ms)));
    }

    fn end(&mut self, i: usize, end_ms: f64, status: Option<u16>) {
        if let Some(part) = self.at(i) {
            part.duration_ms = end_ms - part.start_ms;
            part.status = status;
        }
    }

    /// A call that goes well.
    fn side_call(&mut self, parent: usize, start_ms: f64) -> f64 {
        let i = self.part(Some(parent), start_ms);
        let took = self.rng.around(30.0, 0.6);
        let status = if self.rng.chance(0.15) { 404 } else { 200 };
        self.end(i, start_ms + took, Some(status));
        self.waited(parent, i, start_ms + took);
        start_ms + took
    }

    /// A part and what it calls, down to where it breaks.
    fn chain(&mut self, failure: Failure, parent: Option<usize>, start_ms: f64, depth: usize) -> Ended {
        let me = self.part(parent, start_ms);
        let mut now = start_ms + self.rng.around(12.0, 0.5) + 3.0;
        if depth <= 1 {
            return self.breaks(failure, me, now);
        }
        for _ in 0..self.rng.below(3) {
            if self.free.len() > depth + 3 {
                now = self.side_call(me, now) + self.rng.around(3.0, 0.3) + 2.5;
            }
        }
        let tries = if failure == Failure::Provider && depth == 2 { 1 + self.rng.below(3) } else { 1 };
        let mut found = (now, Vec::new());
        let first = self.parts.len();
        for attempt in 0..tries {
            if attempt > 0 {
                // The same service once more.
                let again = self.parts.get(first).map(|p| p.service);
                self.free.extend(again);
            }
            let callee = self.parts.len();
            found = self.chain(failure, Some(me), now, depth - 1);
            self.waited(me, callee, found.0);
            now = found.0 + 4.0;
        }
        let callee = self.parts.get(first).map(|p| (p.service, p.path.clone(), p.method)).unwrap_or(("?", String::new(), "GET"));
        if found.1.is_empty() {
            self.end(me, now + 5.0, Some(200));
            return (now + 5.0, found.1);
        }
        let gave_up = matches!(failure, Failure::TooSlow | Failure::SlowDatabase | Failure::Hung) && depth == 2;
        if gave_up {
            let waited = ((found.0 - self.parts.get(first).map_or(0.0, |p| p.start_ms)) / 500.0).round() * 500.0;
            let text = match self.rng.below(3) {
                0 => format!("{} {} {}: no answer in {waited} ms", callee.0, callee.2, callee.1),
                1 => format!("HTTPConnectionPool(host='{}', port=8080): Read timed out. (read timeout={})", callee.0, waited / 1000.0),
                _ => format!("timed out after {} s", waited / 1000.0),
            };
            if let Some(part) = self.at(me) {
                part.thrown.push(("TimeoutError", text, found.0));
            }
        } else if self.rng.chance(0.5) {
            let text = if self.rng.chance(0.5) { format!("{} {} failed", callee.0, callee.1) } else { "upstream call failed".to_string() };
            if let Some(part) = self.at(me) {
                part.thrown.push(("UpstreamError", text, now));
            }
        }
        let status = if gave_up { 504 } else { *[500, 502, 503].get(self.rng.below(3)).unwrap_or(&502) };
        let end = now + self.rng.around(5.0, 0.4) + 1.0;
        self.end(me, end, Some(status));
        (end, found.1)
    }

    /// The part at the bottom.
    fn breaks(&mut self, failure: Failure, me: usize, now: f64) -> Ended {
        let service = self.parts.get(me).map_or("?", |p| p.service);
        match failure {
            Failure::Provider => self.provider(me, now),
            Failure::Database => self.database(me, now),
            Failure::OwnMistake => self.mistake(me, now),
            Failure::StatusOnly => {
                let end = now + self.rng.around(20.0, 0.5);
                self.end(me, end, Some(500));
                (end, vec![service.to_string()])
            }
            Failure::TooSlow => {
                let limit = 1000.0 + 500.0 * self.rng.below(5) as f64;
                let end = now + limit * (1.4 + self.rng.unit());
                self.end(me, end, Some(200));
                (self.parts.get(me).map_or(now, |p| p.start_ms) + limit, vec![service.to_string()])
            }
            Failure::SlowDatabase => {
                let limit = 1000.0 + 500.0 * self.rng.below(5) as f64;
                let took = limit * (1.4 + self.rng.unit());
                if let Some(part) = self.at(me) {
                    part.asked = Some(Asked { name: "postgres", is_database: true, start_ms: now, duration_ms: took, failed: false });
                    part.notes.push((true, format!("slow query {took:.0} ms on postgres: SELECT stock FROM items WHERE sku = ?"), now + took + 1.0));
                }
                self.end(me, now + took + 6.0, Some(200));
                (self.parts.get(me).map_or(now, |p| p.start_ms) + limit, vec!["postgres".to_string(), service.to_string()])
            }
            Failure::Hung => {
                let limit = 1000.0 + 500.0 * self.rng.below(5) as f64;
                let start = self.parts.get(me).map_or(now, |p| p.start_ms);
                let mut last_sign = start;
                if self.rng.chance(0.7)
                    && let Some(part) = self.at(me)
                {
                    last_sign = now + 4.0;
                    part.notes.push((false, "validated the order".to_string(), last_sign));
                }
                self.end(me, last_sign, None);
                (start + limit, vec![service.to_string()])
            }
            Failure::Unreachable => {
                let gone = self.free.pop().unwrap_or("worker");
                let text = match self.rng.below(3) {
                    0 => format!("connection refused: {gone}:8080"),
                    1 => format!(
                        "Failed to establish a new connection to http://{gone}.prod.svc.cluster.local:8080/{gone}: [Errno 111] Connection refused"
                    ),
                    _ => format!("dial tcp: lookup {gone}.prod.internal: no such host"),
                };
                let end = now + 15.0;
                if let Some(part) = self.at(me) {
                    part.thrown.push(("ConnectError", text, end - 2.0));
                    part.asked = Some(Asked { name: gone, is_database: false, start_ms: now, duration_ms: 12.0, failed: true });
                }
                self.end(me, end, Some(502));
                (end, vec![gone.to_string()])
            }
            Failure::MadeGoodThenMistake => {
                let after = self.made_good(me, now);
                self.mistake(me, after)
            }
            Failure::FanOut => {
                let many = 4 + self.rng.below(5);
                let bad = self.rng.below(many);
                let mut end = now;
                let mut last = me;
                let mut origin = Vec::new();
                let shared = self.free.pop().unwrap_or("worker");
                for nth in 0..many {
                    let i = self.part_of(shared, Some(me), now + nth as f64 * 0.3);
                    let began = now + nth as f64 * 0.3;
                    let took = self.rng.around(60.0, 0.5);
                    let ended = if nth == bad {
                        let broke = self.mistake(i, began + took);
                        origin = broke.1;
                        broke.0
                    } else {
                        self.end(i, began + took, Some(200));
                        began + took
                    };
                    if ended > end {
                        (end, last) = (ended, i);
                    }
                }
                self.waited(me, last, end);
                self.end(me, end + 4.0, Some(500));
                (end + 4.0, origin)
            }
            Failure::MadeGood => {
                let after = self.made_good(me, now);
                self.end(me, after + 5.0, Some(200));
                (after + 5.0, Vec::new())
            }
        }
    }

    fn made_good(&mut self, me: usize, now: f64) -> f64 {
        let helper = self.free.pop().unwrap_or("worker");
        let first = self.part_of(helper, Some(me), now);
        let failed = self.mistake(first, now + 20.0).0;
        self.waited(me, first, failed);
        let second = self.part_of(helper, Some(me), failed + 30.0);
        let method = self.parts.get(first).map_or("GET", |p| p.method);
        self.at(second).into_iter().for_each(|p| p.method = method);
        self.end(second, failed + 60.0, Some(200));
        self.waited(me, second, failed + 60.0);
        failed + 64.0
    }

    fn mistake(&mut self, me: usize, now: f64) -> Ended {
        let (kind, text) = *[
            ("ValueError", "unexpected empty body"),
            ("KeyError", "'currency'"),
            ("TypeError", "unsupported operand type(s) for +: 'int' and 'NoneType'"),
            ("NullPointerException", "Cannot invoke \"Cart.items()\" because \"cart\" is null"),
        ]
        .get(self.rng.below(4))
        .unwrap_or(&("ValueError", "bad"));
        let end = now + self.rng.around(8.0, 0.4) + 1.0;
        let service = self.parts.get(me).map_or("?", |p| p.service).to_string();
        if let Some(part) = self.at(me) {
            part.thrown.push((kind, text.to_string(), end - 0.8));
        }
        self.end(me, end, Some(500));
        (end, vec![service])
    }

    fn provider(&mut self, me: usize, now: f64) -> Ended {
        // Tries of one call ask the same provider.
        let first = self.parts.get(me).map_or(0, |p| p.service.len());
        let name = *PROVIDERS.get(first % PROVIDERS.len()).unwrap_or(&"stripe");
        let waited = 500.0 * (1 + self.rng.below(6)) as f64;
        let text = match self.rng.below(4) {
            0 => format!("{name} POST /v1/do: no answer in {waited} ms"),
            1 => format!("HTTPSConnectionPool(host='{name}', port=443): Read timed out. (read timeout={})", waited / 1000.0),
            2 => format!("POST https://{name}/v1/do timed out after {waited} ms"),
            _ => format!("no response from {name} within {} s", waited / 1000.0),
        };
        let gave_up = now + waited;
        if let Some(part) = self.at(me) {
            part.thrown.push(("TimeoutError", text, gave_up));
            part.asked = Some(Asked { name, is_database: false, start_ms: now, duration_ms: waited, failed: true });
        }
        self.end(me, gave_up + 6.0, Some(504));
        (gave_up + 6.0, vec![name.to_string()])
    }

    fn database(&mut self, me: usize, now: f64) -> Ended {
        let (name, kind, text) = *[
            ("postgres", "OperationalError", "connection to server at \"postgres\" (10.0.0.5), port 5432 failed: Connection refused"),
            ("postgres", "psycopg2.errors.QueryCanceled", "canceling statement due to statement timeout"),
            ("mysql", "pymysql.err.OperationalError", "(1205, 'Lock wait timeout exceeded; try restarting transaction')"),
            ("redis", "redis.exceptions.ConnectionError", "Error 111 connecting to redis:6379. Connection refused."),
            ("mongodb", "ServerSelectionTimeoutError", "mongodb:27017: timed out"),
        ]
        .get(self.rng.below(5))
        .unwrap_or(&("postgres", "OperationalError", "deadlock detected"));
        let took = self.rng.around(40.0, 0.6);
        if let Some(part) = self.at(me) {
            part.thrown.push((kind, text.to_string(), now + took));
            part.asked = Some(Asked { name, is_database: true, start_ms: now, duration_ms: took, failed: true });
        }
        self.end(me, now + took + 5.0, Some(500));
        (now + took + 5.0, vec![name.to_string()])
    }
}
