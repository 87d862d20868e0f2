//! The shop's day.

/// How busy the shop is at that second, around 1: a slow wave over the day.
pub fn busyness(second: i64) -> f64 {
    let day = second.rem_euclid(86_400) as f64 / 86_400.0;
    1.0 + 0.15 * (std::f64::consts::TAU * (day - 0.3)).sin()
}
