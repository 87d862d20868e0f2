//! Whether a difference of two counts can be chance. Exact tests, for the counts of an incident are often small.

/// Natural logarithm of the gamma function for x > 0, to about 1e-10.
///
/// Lanczos's approximation with the coefficients (g = 5, n = 6) of Numerical Recipes, second edition, 6.1.
fn ln_gamma(x: f64) -> f64 {
    const C: [f64; 6] = [
        76.180_091_729_471_46,
        -86.505_320_329_416_77,
        24.014_098_240_830_91,
        -1.231_739_572_450_155,
        0.120_865_097_386_617_9e-2,
        -0.539_523_938_495_3e-5,
    ];
    let t = x + 5.5;
    let series = C.iter().zip(1..).fold(1.000_000_000_190_015, |sum, (c, i)| sum + c / (x + f64::from(i)));
    (2.506_628_274_631_000_5 * series / x).ln() - t + (x + 0.5) * t.ln()
}

fn ln_choose(n: f64, k: f64) -> f64 {
    ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
}

/// Sums a falling tail of probabilities given as logarithms, stopping where more adds nothing.
fn tail(first: u64, last: u64, ln_p: impl Fn(f64) -> f64) -> f64 {
    let mut sum = 0.0;
    for k in first..=last {
        let p = ln_p(k as f64).exp();
        sum += p;
        if p < sum * 1e-12 && k > first + 8 {
            break;
        }
    }
    sum.clamp(0.0, 1.0)
}

/// The chance of at least `hits` hits in `of`, if this sample were like the other (`usual_hits` in `usual_of`): Fisher's
/// exact test, one-sided.
pub fn more_often(hits: u64, of: u64, usual_hits: u64, usual_of: u64) -> f64 {
    let hits = hits.min(of);
    let usual_hits = usual_hits.min(usual_of);
    if hits == 0 || usual_of == 0 {
        return 1.0;
    }
    // Below the expected share the tail is more than half: no need to sum it.
    if (hits as f64) * (usual_of as f64) <= (usual_hits as f64) * (of as f64) {
        return 1.0;
    }
    let (all_hits, all) = ((hits + usual_hits) as f64, (of + usual_of) as f64);
    let denominator = ln_choose(all, of as f64);
    let ln_p = |k: f64| ln_choose(all_hits, k) + ln_choose(all - all_hits, of as f64 - k) - denominator;
    tail(hits, of.min(hits + usual_hits), ln_p)
}

/// The chance of at least `count` events in `length`, if they came as often as the `usual_count` in `usual_length`: the
/// conditional test of two Poisson rates (Przyborowski and Wilenski, 1940).
pub fn higher_rate(count: u64, length: f64, usual_count: u64, usual_length: f64) -> f64 {
    let all = count + usual_count;
    if count == 0 || length <= 0.0 || usual_length <= 0.0 {
        return 1.0;
    }
    let share = length / (length + usual_length);
    if count as f64 <= all as f64 * share {
        return 1.0;
    }
    let ln_p = |k: f64| ln_choose(all as f64, k) + k * share.ln() + (all as f64 - k) * (1.0 - share).ln();
    tail(count, all, ln_p)
}

/// How surprising a chance is: its negative decimal logarithm, from 0 to 300.
pub fn surprise(p: f64) -> f64 {
    if p <= 0.0 { 300.0 } else { (-p.log10()).clamp(0.0, 300.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-6 * b.max(1e-3), "{a} is not {b}");
    }

    #[test]
    fn fishers_tea() {
        // Fisher's own: 3 of 4 right, 1 of 4 left: p = 17/70.
        close(more_often(3, 4, 1, 4), 17.0 / 70.0);
        close(more_often(4, 4, 0, 4), 1.0 / 70.0);
        assert_eq!(more_often(0, 100, 5, 100), 1.0);
        assert_eq!(more_often(5, 100, 5, 100), 1.0);
    }

    #[test]
    fn rates() {
        // 5 heads of 5.
        close(higher_rate(5, 1.0, 0, 1.0), 1.0 / 32.0);
        assert_eq!(higher_rate(3, 10.0, 6, 10.0), 1.0);
    }

    #[test]
    fn large_counts_are_quick_and_finite() {
        let p = more_often(41_000, 100_000, 300, 100_000);
        assert!((0.0..1e-200).contains(&p));
        assert_eq!(surprise(p), 300.0);
        assert!(more_often(310, 100_000, 300, 100_000) > 0.1);
    }
}
