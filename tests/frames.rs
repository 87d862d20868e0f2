//! What a key costs does not grow with what is not on screen: counted in allocations.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

mod stage;

use allocation_counter::measure;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use spia::analysis::assemble::{Marks, assemble};
use spia::answers::TraceAnswer;
use spia::app::{Event, Key, update};
use spia::demo::Incident;
use spia::model::{Completeness, LogRecord, Timestamp};
use spia::ui::draw;
use stage::Stage;
use std::sync::Arc;

/// A request that calls so many others, one after the other; every hundredth fails.
fn trace_of(calls: i64) -> TraceAnswer {
    let start = Timestamp::parse("2026-11-23T03:10:00Z").unwrap().0;
    let record = |span: &str, service: &str, ms: i64, message: &str| LogRecord {
        timestamp: start.plus_millis(ms),
        service: Some(service.to_string()),
        span_id: Some(span.to_string()),
        trace_id: Some("4bf92f3577b34da6a3ce929d0e0e4736".to_string()),
        message: Some(message.to_string()),
        ..LogRecord::default()
    };
    let done =
        |ms: i64, status: i64| LogRecord { duration_ms: Some(ms as f64), status: Some(status), ..record("root", "gateway", ms, "Request completed") };
    let mut records = vec![record("root", "gateway", 0, "Request started")];
    for nth in 0..calls {
        let (id, service, at) = (format!("s{nth}"), format!("service-{}", nth % 9), 1 + nth * 3);
        records.push(record(&id, &service, at, "Request started"));
        records.push(LogRecord {
            span_id: Some(id.clone()),
            duration_ms: Some(1.0),
            status: Some(if nth % 100 == 7 { 500 } else { 200 }),
            ..record(&id, &service, at + 1, "Request completed")
        });
    }
    records.push(done(calls * 3 + 10, 200));
    let trace = assemble("4bf92f3577b34da6a3ce929d0e0e4736", records, Marks::default());
    TraceAnswer { trace: Some(trace), searched: None, may_arrive: false, usual: None, completeness: Completeness::default() }
}

async fn looking_at(calls: i64) -> Stage {
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    stage.keys("enter T").await;
    stage.state.trace.data.answer = Some(Arc::new(trace_of(calls)));
    stage.state.trace.arrived(Timestamp::parse("2026-11-23T03:16:41Z").unwrap().0);
    stage
}

#[tokio::test]
async fn a_key_in_a_trace_of_100_000_records_costs_what_it_costs_in_a_small_one() {
    let (mut small, mut large) = (looking_at(3_000).await, looking_at(50_000).await);
    assert_eq!(large.state.trace.records().len(), 100_002);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 100, 30));
    let mut cost = |stage: &mut Stage, key: &str| {
        measure(|| {
            update(&mut stage.state, Event::Key(Key::parse(key).unwrap()));
            buffer.reset();
            draw(&stage.state, stage.look, &mut buffer);
        })
    };
    for key in ["j", "k", "pagedown", "G", "k", "pageup", "e", "tab", "j", "pagedown", "G", "k", "e", "tab", "o"] {
        let (few, many) = (cost(&mut small, key), cost(&mut large, key));
        // A longer trace has longer figures in it.
        assert!(
            many.count_total <= few.count_total + few.count_total / 5 + 20,
            "{key}: {} allocations, {} in the small one",
            many.count_total,
            few.count_total
        );
        assert!(many.bytes_total <= few.bytes_total * 5 / 4 + 4096, "{key}: {} bytes, {} in the small one", many.bytes_total, few.bytes_total);
    }
}
