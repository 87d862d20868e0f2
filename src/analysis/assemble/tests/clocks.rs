//! Clocks that are wrong.

use super::*;

#[test]
fn a_wrong_clock_is_found_and_its_size_said() {
    for off in [5000, -5000, 7_200_000] {
        let mut pay = request("pay", "c", 40 + off, 250, 500);
        pay.push(thrown("pay", "c", 280 + off, "ValueError", "bad amount"));
        let trace = together(vec![request("gateway", "a", 0, 320, 502), request("checkout", "b", 10, 300, 502), pay]);
        let clock = &trace.clocks[0];
        let true_start = (40 + off) as f64 + clock.shift_ms;
        assert!((true_start - 40.0).abs() <= clock.plus_minus_ms + 0.001, "{off}: {clock:?}");
        assert_eq!((span(&trace, "c").parent.as_deref(), span(&trace, "c").start.millis() - ZERO), (Some("b"), 40 + off));
        assert_eq!(trace.origin.as_ref().unwrap().name, "pay");
    }
}

#[test]
fn two_wrong_clocks_are_put_right_one_by_one() {
    let mut stock = request("stock", "e", 160 + 7_200_000, 230, 500);
    stock.push(thrown("stock", "e", 380 + 7_200_000, "ValueError", "negative"));
    let trace =
        together(vec![request("gateway", "a", 0, 420, 502), request("checkout", "b", 8, 404, 502), request("price", "c", 5020, 80, 200), stock]);
    assert_eq!(trace.origin.as_ref().unwrap().name, "stock");
    assert_eq!(trace.clocks.iter().map(|c| c.host.as_str()).collect::<Vec<_>>(), ["price-0", "stock-0"]);
    assert_eq!(trace.edges().1.millis() - ZERO, 420);
}

#[test]
fn a_measured_clock_two_hours_ahead_is_another_zone() {
    let trace = together(vec![vec![
        measured("gateway", "a", None, 0, 100.0, Side::Server, false),
        measured("pay", "c", Some("a"), 7_200_030, 40.0, Side::Server, false),
    ]]);
    assert_eq!(trace.clocks[0].shift_ms, -7_200_000.0);
    assert!(trace.remarks.iter().any(|r| r.contains("another zone")), "{:?}", trace.remarks);
    assert_eq!(trace.edges().1.millis() - ZERO, 100);
}
