//! Numbers of the contract: at most three decimals, `null` where there is nothing.

use serde_json::Value;

/// Durations and shares: a number with at most 3 (durations) or 6 (shares) decimals, `null` for nothing or not finite.
pub fn round(number: Option<f64>, decimals: i32) -> Value {
    let Some(number) = number.filter(|n| n.is_finite()) else { return Value::Null };
    let scale = 10_f64.powi(decimals);
    let rounded = (number * scale).round() / scale;
    if rounded.fract() == 0.0 && rounded.abs() < 9e15 { Value::from(rounded as i64) } else { Value::from(rounded) }
}

/// Durations in ms.
pub fn millis(number: Option<f64>) -> Value {
    round(number, 3)
}

/// Shares from 0 to 1.
pub fn share(number: Option<f64>) -> Value {
    round(number, 6)
}
