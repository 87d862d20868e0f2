//! One request through the shop: every service on its way writes what it does.

use super::calls::Part;
use super::deploy::version_of;
use super::incident::{BAD_CLIENT, FLOODING_TENANT, Incident, PAYMENT_TIMEOUT_MS, is_dead, is_unheard};
use super::journal::Made;
use super::rng::Rng;
use super::services::*;
use super::{Scenario, workers};
use crate::model::{Level, Timestamp};

/// A request on its way.
pub struct Request<'a> {
    pub scenario: &'a Scenario,
    pub rng: Rng,
    pub trace_id: String,
    pub user: String,
    pub request_id: String,
    pub payment_method: &'static str,
    pub tenant: &'static str,
    pub user_agent: &'static str,
    pub amount: f64,
    pub out: Vec<Made>,
}

/// Whose requests the shop serves, and with what they are sent.
const TENANTS: [(&str, f64); 5] = [("acme", 0.34), ("initech", 0.26), ("umbrella", 0.18), (FLOODING_TENANT, 0.12), ("hooli", 0.10)];
const USER_AGENTS: [(&str, f64); 4] =
    [("Mozilla/5.0", 0.58), ("ShopApp/7.2.1 (iPhone)", 0.16), ("ShopApp/7.2.1 (Android 14)", 0.06), (BAD_CLIENT, 0.20)];

fn pick(of: &[(&'static str, f64)], mut at: f64) -> &'static str {
    for (name, share) in of {
        if at < *share {
            return name;
        }
        at -= share;
    }
    of.first().map_or("", |(name, _)| name)
}

/// How a part ended.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Outcome {
    end_ms: f64,
    status: u16,
    /// It never came back: whoever waits gives up.
    hung: bool,
}

/// One instance doing one part.
pub struct Instance {
    pub service: usize,
    pub version: &'static str,
    pub bad: bool,
    pub pod: String,
    pub node: String,
    pub span: String,
    pub parent: Option<String>,
}

/// All records of one request that begins at `start_ms` (since the epoch).
pub fn follow(scenario: &Scenario, rng: Rng, start_ms: f64, endpoint: &'static Part, tenant: Option<&'static str>) -> Vec<Made> {
    let mut request = Request {
        scenario,
        rng,
        trace_id: String::new(),
        user: String::new(),
        request_id: String::new(),
        payment_method: "stripe",
        tenant: "",
        user_agent: "",
        amount: 0.0,
        out: Vec::new(),
    };
    request.trace_id = request.rng.uuid();
    request.user = format!("user_{:05}", request.rng.below(40_000));
    request.request_id = format!("req_{}", request.rng.hex(10));
    request.payment_method = if request.rng.chance(0.64) { "stripe" } else { "adyen" };
    request.amount = (request.rng.around(42.0, 0.8) * 100.0).round() / 100.0;
    // A stream of its own: the rest of a day does not depend on it.
    let mut whose = Rng::of(scenario.seed ^ 0x7e4a, crate::model::fingerprint(&request.trace_id));
    request.tenant = tenant.unwrap_or_else(|| pick(&TENANTS, whose.unit()));
    request.user_agent = pick(&USER_AGENTS, whose.unit());
    let end = request.run(endpoint, start_ms, None, 1);
    if endpoint.path == "/api/pay" && end.status < 400 {
        workers::after_payment(&mut request, end.end_ms);
    }
    let struck = |made: &Made| scenario.strikes(made.at.millis() as f64);
    request.out.retain(|made| !(struck(made) && is_unheard(scenario.incident, made.service)));
    request.out
}

impl Request<'_> {
    /// The incident, where it has begun.
    pub fn struck_by(&self, at_ms: f64) -> Option<Incident> {
        self.scenario.incident.filter(|_| self.scenario.strikes(at_ms))
    }

    /// The instance that takes a part at that time.
    pub fn instance(&mut self, service: usize, at_ms: f64, parent: Option<String>) -> Instance {
        let pod = self.rng.below(service_at(service).pods);
        let (version, bad) = version_of(self.scenario, service, pod, at_ms as i64 / 1000);
        Instance { service, version, bad, pod: pod_name(service, pod, version), node: node_name(service, pod), span: self.rng.hex(16), parent }
    }

    /// A record of an instance; the caller fills in what else it has to say.
    pub fn record(&mut self, by: &Instance, at_ms: f64, level: Level, message: impl Into<String>) -> Made {
        let at = Timestamp::from_millis(at_ms as i64);
        let late = if self.scenario.strikes(at_ms) { self.scenario.late_ms } else { 0 };
        Made {
            at,
            arrived: at.plus_millis(1200 + (self.rng.unit() * 2600.0) as i64 + late),
            level,
            service: by.service,
            version: by.version,
            pod: by.pod.clone(),
            node: by.node.clone(),
            trace_id: self.trace_id.clone(),
            span_id: by.span.clone(),
            parent_span: by.parent.clone(),
            user: self.user.clone(),
            request_id: self.request_id.clone(),
            message: message.into(),
            function: "handle",
            line: 42,
            method: "",
            path: "",
            status: None,
            duration_ms: None,
            error_code: None,
            amount: None,
            payment_method: None,
            tenant: None,
            user_agent: None,
            exception: None,
            memory_mb: (90.0 + self.rng.unit() * 80.0).round(),
        }
    }

    fn run(&mut self, part: &'static Part, start_ms: f64, parent: Option<String>, attempt: u32) -> Outcome {
        let by = self.instance(part.service, start_ms, parent);
        let mut started = self.record(&by, start_ms, Level::Info, "Request started");
        self.place(&mut started, part);
        if attempt > 1 {
            started.message = format!("Request started attempt={attempt}");
        }
        self.out.push(started);
        self.chatter(&by, part, start_ms);
        let mut slow = if self.rng.chance(0.002) { 12.0 } else { 1.0 };
        if self.struck_by(start_ms) == Some(Incident::Tenant) && matches!(part.service, SEARCH | CATALOG) {
            slow *= 14.0;
        }
        let own = self.rng.around(part.own_ms, 0.45) * slow;
        let mut at = start_ms + own * 0.6;
        let mut status = 200;
        if let Some((party, usual_ms)) = part.outside {
            let answer = self.ask_outside(&by, part, party, usual_ms, at);
            if answer.hung {
                return answer;
            }
            at = answer.end_ms;
            status = status.max(answer.status);
        }
        if status < 500 {
            let called = self.call_all(&by, part, at);
            at = called.end_ms;
            status = status.max(called.status);
        }
        at += own * 0.4;
        status = self.own_trouble(&by, part, at, status);
        let mut done = self.record(&by, at, Level::Info, "Request completed");
        self.place(&mut done, part);
        done.status = Some(status);
        done.duration_ms = Some(((at - start_ms) * 1000.0).round() / 1000.0);
        done.function = "dispatch";
        done.line = 88;
        self.out.push(done);
        Outcome { end_ms: at, status, hung: false }
    }

    pub fn place(&self, record: &mut Made, part: &Part) {
        record.method = part.method;
        record.path = part.path;
        if matches!(part.service, API_GATEWAY | SEARCH | CART) {
            record.tenant = Some(self.tenant);
            record.user_agent = Some(self.user_agent);
        }
        if part.service == PAYMENT || part.service == CHECKOUT {
            record.amount = Some(self.amount);
            record.payment_method = Some(self.payment_method);
        }
    }

    fn chatter(&mut self, by: &Instance, part: &Part, start_ms: f64) {
        if self.rng.chance(0.03) {
            let (level, text) = match self.rng.below(4) {
                0 => (Level::Warn, "cache miss, reading through"),
                1 => (Level::Debug, "pool: 7 of 20 connections in use"),
                2 => (Level::Info, "feature flags refreshed"),
                _ => (Level::Warn, "slow client, buffering response"),
            };
            let mut record = self.record(by, start_ms + 1.0, level, text);
            self.place(&mut record, part);
            self.out.push(record);
        }
    }

    /// Waits for an outside party, which writes no records of its own.
    fn ask_outside(&mut self, by: &Instance, part: &'static Part, party: &str, usual_ms: f64, at: f64) -> Outcome {
        let struck = self.scenario.strikes(at);
        match self.scenario.incident {
            Some(Incident::Payment) if struck && party == "stripe" && self.payment_method == "stripe" => self.provider_is_gone(by, part, at),
            Some(Incident::Database) if struck && party == "postgres" => {
                let wait = self.rng.around(usual_ms * 160.0, 0.5);
                if wait > 900.0 && self.rng.chance(0.5) {
                    let mut record = self.record(
                        by,
                        at + wait,
                        Level::Warn,
                        format!("slow query {} ms on postgres: SELECT stock FROM items WHERE sku = ?", wait.round()),
                    );
                    self.place(&mut record, part);
                    self.out.push(record);
                }
                Outcome { end_ms: at + wait, status: 200, hung: false }
            }
            Some(Incident::Provider) if struck && party == "stripe" && self.payment_method == "stripe" => {
                let wait = self.rng.around(2600.0, 0.12);
                let mut record = self.record(by, at + wait, Level::Warn, format!("stripe POST /v1/charges took {} ms", wait.round()));
                self.place(&mut record, part);
                self.out.push(record);
                Outcome { end_ms: at + wait, status: 200, hung: false }
            }
            Some(Incident::Cache) if struck && party == "redis-sessions" => {
                let text = "Error 111 connecting to redis-sessions:6379. Connection refused.";
                let stack =
                    traceback("session/store.py", 38, "read", "raw = self.redis.get(key)", &format!("redis.exceptions.ConnectionError: {text}"));
                self.fails(by, part, at + 1.0, ("redis.exceptions.ConnectionError", text, stack));
                Outcome { end_ms: at + 1.2, status: 500, hung: false }
            }
            _ => Outcome { end_ms: at + self.rng.around(usual_ms, 0.35), status: 200, hung: false },
        }
    }

    /// An error record with what was thrown.
    pub fn fails(&mut self, by: &Instance, part: &'static Part, at: f64, thrown: (&'static str, &str, String)) {
        let (kind, text, stack) = thrown;
        let mut failed = self.record(by, at, Level::Error, format!("{kind}: {text}"));
        self.place(&mut failed, part);
        failed.exception = Some((kind, text.to_string(), stack));
        self.out.push(failed);
    }

    fn provider_is_gone(&mut self, by: &Instance, part: &'static Part, at: f64) -> Outcome {
        let gave_up = at + PAYMENT_TIMEOUT_MS + self.rng.unit() * 4.0;
        if self.rng.chance(0.04) {
            return Outcome { end_ms: gave_up, status: 504, hung: true };
        }
        let text = "stripe POST /v1/charges: no answer in 3000 ms";
        let mut failed = self.record(by, gave_up, Level::Error, format!("TimeoutError: {text}"));
        self.place(&mut failed, part);
        failed.function = "charge";
        failed.line = 142;
        failed.status = Some(500);
        failed.error_code = Some("GATEWAY_TIMEOUT");
        failed.exception = Some((
            "TimeoutError",
            text.to_string(),
            traceback("payments/stripe_client.py", 142, "charge", "resp = await client.post(url, timeout=3.0)", &format!("TimeoutError: {text}")),
        ));
        self.out.push(failed);
        Outcome { end_ms: gave_up + 1.0, status: 504, hung: false }
    }

    /// Calls the parts below, one after the other or side by side, each as often as it may be tried.
    fn call_all(&mut self, by: &Instance, part: &'static Part, start: f64) -> Outcome {
        let (mut at, mut status) = (start, 200);
        for call in part.calls {
            let begin = if part.together { start } else { at };
            let answer = self.call(by, call, begin + 0.6);
            at = if part.together { at.max(answer.end_ms + 0.6) } else { answer.end_ms + 0.6 };
            if answer.status >= 500 {
                status = if answer.status == 504 { 504 } else { 502 };
                if !part.together {
                    break;
                }
            }
        }
        Outcome { end_ms: at, status, hung: false }
    }

    fn call(&mut self, by: &Instance, part: &'static Part, start: f64) -> Outcome {
        let mut at = start;
        if self.struck_by(at).is_some() && is_dead(self.scenario.incident, part.service) {
            let target = service_at(part.service).name;
            let text = format!(
                "HTTPConnectionPool(host='{target}', port=8080): Max retries exceeded with url: {} (Caused by NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused'))",
                part.path
            );
            let stack = traceback(
                "clients/http.py",
                61,
                "get",
                "return self.session.get(url, timeout=2)",
                &format!("requests.exceptions.ConnectionError: {text}"),
            );
            self.fails(by, part, at + 3.0, ("requests.exceptions.ConnectionError", &text, stack));
            return Outcome { end_ms: at + 3.5, status: 502, hung: false };
        }
        let mut answer = Outcome { end_ms: at, status: 200, hung: false };
        for attempt in 1..=part.attempts {
            answer = self.run(part, at, Some(by.span.clone()), attempt);
            at = answer.end_ms + 2.0;
            if answer.status < 500 {
                return answer;
            }
            let target = service_at(part.service).name;
            if attempt < part.attempts {
                let record = self.record(
                    by,
                    at,
                    Level::Warn,
                    format!("{target} {}{} failed, retry {attempt} of {}", part.method, part.path, part.attempts - 1),
                );
                self.out.push(record);
            }
        }
        if part.attempts > 1 {
            let text = format!("{} {} gave no result in {} attempts", service_at(part.service).name, part.path, part.attempts);
            let mut failed = self.record(by, at, Level::Error, format!("PaymentUnavailable: {text}"));
            failed.function = "pay";
            failed.line = 71;
            failed.exception = Some((
                "PaymentUnavailable",
                text.clone(),
                traceback("checkout/flow.py", 71, "pay", "raise PaymentUnavailable(…)", &format!("PaymentUnavailable: {text}")),
            ));
            self.out.push(failed);
        }
        answer
    }
}

pub fn traceback(file: &str, line: u32, function: &str, code: &str, last: &str) -> String {
    format!(
        "Traceback (most recent call last):\n  File \"/usr/lib/python3.11/site-packages/starlette/routing.py\", line 74, in app\n    response = await func(request)\n  File \"/app/{file}\", line {line}, in {function}\n    {code}\n{last}"
    )
}
