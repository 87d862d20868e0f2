//! What happens behind requests: consumers, batch jobs, and a service that is noisy every night.

use super::incident::is_dead;
use super::journal::Made;
use super::request::Request;
use super::rng::Rng;
use super::services::*;
use super::{Scenario, clock};
use crate::model::Level;

/// Events of a paid order reach their consumers, in the same trace.
pub fn after_payment(request: &mut Request<'_>, paid_ms: f64) {
    let consumers = [
        (LEDGER, "entry posted", 1.0),
        (INVOICE, "invoice rendered", 0.9),
        (EMAIL, "mail handed over", 0.9),
        (NOTIFICATION, "push sent", 0.8),
        (AUDIT, "event stored", 1.0),
    ];
    let struck = request.scenario.strikes(paid_ms);
    for (service, text, share) in consumers {
        if !request.rng.chance(share) || (struck && is_dead(request.scenario.incident, service)) {
            continue;
        }
        let at = paid_ms + request.rng.around(60.0, 0.6);
        let by = request.instance(service, at, None);
        let mut record = request.record(&by, at, Level::Info, text);
        record.function = "consume";
        record.amount = Some(request.amount);
        request.out.push(record);
    }
}

/// Work that no request asked for, in one second.
pub fn background(scenario: &Scenario, second: i64) -> Vec<Made> {
    let mut request = Request {
        scenario,
        rng: Rng::of(scenario.seed ^ 0xb47c, second as u64),
        trace_id: String::new(),
        user: String::new(),
        request_id: String::new(),
        payment_method: "",
        tenant: "",
        user_agent: "",
        amount: 0.0,
        out: Vec::new(),
    };
    reporting(&mut request, second);
    batch(&mut request, second);
    for _ in 0..request.rng.poisson(0.15 * clock::busyness(second)) {
        let at = second as f64 * 1000.0 + request.rng.unit() * 1000.0;
        request.trace_id = request.rng.uuid();
        let by = request.instance(WAREHOUSE, at, None);
        let record = request.record(&by, at, Level::Info, "stock level synchronised");
        request.out.push(record);
    }
    request.out
}

/// Noisy every night, and none the worse for it.
fn reporting(request: &mut Request<'_>, second: i64) {
    for _ in 0..request.rng.poisson(0.5) {
        let at = second as f64 * 1000.0 + request.rng.unit() * 1000.0;
        request.trace_id = request.rng.uuid();
        let by = request.instance(REPORTING, at, None);
        let mut started = request.record(&by, at, Level::Info, "Request started");
        (started.method, started.path) = ("GET", "/report");
        request.out.push(started);
        let took = request.rng.around(140.0, 0.7);
        let failed = request.rng.chance(0.12);
        if failed {
            let text = "no rows for this customer";
            let mut record = request.record(&by, at + took - 1.0, Level::Error, format!("ReportEmpty: {text}"));
            record.exception = Some((
                "ReportEmpty",
                text.to_string(),
                format!("Traceback (most recent call last):\n  File \"/app/reporting/jobs.py\", line 31, in run\nReportEmpty: {text}"),
            ));
            request.out.push(record);
        }
        let mut done = request.record(&by, at + took, Level::Info, "Request completed");
        (done.method, done.path) = ("GET", "/report");
        done.status = Some(if failed && request.rng.chance(0.5) { 500 } else { 200 });
        done.duration_ms = Some((took * 1000.0).round() / 1000.0);
        request.out.push(done);
    }
}

/// A burst at every quarter of an hour.
fn batch(request: &mut Request<'_>, second: i64) {
    if second.rem_euclid(900) >= 40 {
        return;
    }
    for _ in 0..request.rng.poisson(2.0) {
        let at = second as f64 * 1000.0 + request.rng.unit() * 1000.0;
        request.trace_id = request.rng.uuid();
        let by = request.instance(AUDIT, at, None);
        let level = if request.rng.chance(0.05) { Level::Warn } else { Level::Info };
        let record = request.record(&by, at, level, "batch: partition compacted");
        request.out.push(record);
    }
}
