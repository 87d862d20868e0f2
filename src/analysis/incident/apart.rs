//! What sets some requests apart from the rest: the values of their attributes, ranked.

use crate::analysis::significance::{higher_rate, more_often};
use std::collections::BTreeMap;

/// One value and how it is spread.
#[derive(Clone, PartialEq, Debug)]
pub struct Apart {
    /// Of which field.
    pub field: String,
    /// Which value.
    pub value: String,
    /// Bad requests with it.
    pub bad: u64,
    /// All requests with it.
    pub of: u64,
    /// Share of the bad ones that have it.
    pub share_bad: f64,
    /// Share of the rest that has it.
    pub share_rest: f64,
    /// How well it tells the two apart: from 0 to 1 (the phi coefficient of the two by two table).
    pub score: f64,
    /// How often those without it go bad.
    pub rate_rest: f64,
}

/// The values of one field: how many bad ones, and how many of all, have each.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Counted {
    /// Which field.
    pub field: String,
    /// Value -> bad, all.
    pub values: BTreeMap<String, (u64, u64)>,
}

/// A value of which there is much more than before.
#[derive(Clone, PartialEq, Debug)]
pub struct Growth {
    /// Of which field.
    pub field: String,
    /// Which value.
    pub value: String,
    /// How many a minute now.
    pub now: f64,
    /// How many a minute before.
    pub before: f64,
    /// Its share of all that grew.
    pub share: f64,
    /// Since when it is nearer to now than to before, to the minute, where that is known, ms.
    pub since_ms: Option<i64>,
    /// Since when it is plainly more than before, to the minute, ms.
    pub from_ms: Option<i64>,
}

/// What is rarer by chance than this says nothing.
const UNLIKELY: f64 = 1e-4;

/// The values that tell bad requests from the rest, best first; of fields that tell the same, one. `bad` of `all` requests.
pub fn rank(fields: &[Counted], bad: u64, all: u64) -> Vec<Apart> {
    let mut found: Vec<Apart> = fields.iter().flat_map(|field| values_of(field, bad, all)).collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| order(&a.field).cmp(&order(&b.field))).then_with(|| a.value.cmp(&b.value)));
    let mut kept: Vec<Apart> = Vec::new();
    for one in found {
        let same = |k: &Apart| k.bad == one.bad && k.of == one.of;
        if !kept.iter().any(same) {
            kept.push(one);
        }
    }
    kept
}

/// Of fields that say the same the one is named that people act on: what was deployed before where it runs.
fn order(field: &str) -> usize {
    match field {
        "version" => 0,
        _ if field.contains("image") => 1,
        "pod" => 2,
        "host" => 3,
        _ => 9,
    }
}

fn values_of(field: &Counted, bad: u64, all: u64) -> Vec<Apart> {
    // An attribute that only failures carry tells that they failed, not why.
    let good_with: u64 = field.values.values().map(|(b, of)| of.saturating_sub(*b)).sum();
    if all > bad && good_with * 20 < all - bad {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (value, (with, of)) in &field.values {
        let (with, of) = (*with, (*of).max(*with));
        let (rest_bad, rest) = (bad.saturating_sub(with), all.saturating_sub(of));
        let good = all.saturating_sub(bad);
        // Where every record has it there is nothing to compare with.
        if with < 3 || rest == 0 || (of as f64) > 0.97 * all as f64 {
            continue;
        }
        if more_often(with, of, rest_bad, rest) > UNLIKELY {
            continue;
        }
        let share = |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        let (a, b, c, d) = (with as f64, rest_bad as f64, of.saturating_sub(with) as f64, rest.saturating_sub(rest_bad) as f64);
        let score = (a * d - b * c) / ((a + b) * (c + d) * (a + c) * (b + d)).sqrt().max(1e-9);
        found.push(Apart {
            field: field.field.clone(),
            value: value.clone(),
            bad: with,
            of,
            share_bad: share(with, bad),
            share_rest: share(of.saturating_sub(with), good),
            score,
            rate_rest: share(rest_bad, rest),
        });
    }
    found
}

/// Values of which there are many more than before; `now` and `before` are counts over so many minutes.
pub fn growth(field: &str, now: &BTreeMap<String, u64>, minutes: f64, before: &BTreeMap<String, u64>, before_minutes: f64) -> Vec<Growth> {
    let rate = |count: u64, minutes: f64| count as f64 / minutes.max(0.1);
    let total = |of: &BTreeMap<String, u64>| of.values().sum::<u64>();
    let grown = rate(total(now), minutes) - rate(total(before), before_minutes);
    // Who comes instead of others is no more traffic.
    if grown < 0.3 * rate(total(before), before_minutes) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (value, count) in now {
        let earlier = before.get(value).copied().unwrap_or(0);
        let (fast, slow) = (rate(*count, minutes), rate(earlier, before_minutes));
        let much = *count >= 20 && fast >= 2.5 * slow && grown > 0.0;
        // Where all send more, who sends most on any day has no larger part in it than on any day.
        let usual = slow / rate(total(before), before_minutes).max(1e-9);
        let more_than_usual = (fast - slow) / grown - usual >= 0.2;
        if much && more_than_usual && higher_rate(*count, minutes, earlier, before_minutes) < 1e-6 {
            found.push(Growth {
                field: field.to_string(),
                value: value.clone(),
                now: fast,
                before: slow,
                share: (fast - slow) / grown,
                since_ms: None,
                from_ms: None,
            });
        }
    }
    found.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.value.cmp(&b.value)));
    found
}

impl Counted {
    /// From two counts of the same values: of all requests, and of the bad ones. Where both were cut to the most frequent
    /// values, one may be missing among all.
    pub fn new(field: &str, all: BTreeMap<String, u64>, bad: BTreeMap<String, u64>) -> Counted {
        let mut values: BTreeMap<String, (u64, u64)> = all.into_iter().map(|(value, of)| (value, (0, of))).collect();
        for (value, with) in bad {
            let entry = values.entry(value).or_default();
            *entry = (with, entry.1.max(with));
        }
        Counted { field: field.to_string(), values }
    }
}

impl Apart {
    /// How often those with it go bad.
    pub fn rate(&self) -> f64 {
        self.bad as f64 / self.of.max(1) as f64
    }

    /// So clearly that it may be called the cause: most bad ones have it, and those without it go bad far less often.
    pub fn is_clear(&self) -> bool {
        self.share_bad >= 0.6 && self.rate() >= 4.0 * self.rate_rest && self.bad >= 5
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counted(field: &str, values: &[(&str, u64, u64)]) -> Counted {
        Counted { field: field.to_string(), values: values.iter().map(|(v, bad, of)| ((*v).to_string(), (*bad, *of))).collect() }
    }

    #[test]
    fn base_rates_count() {
        let fields = [
            counted("tenant", &[("acme", 60, 6000), ("other", 40, 4000)]),
            counted("version", &[("2.9.0", 95, 200), ("2.8.3", 5, 9800)]),
            counted("region", &[("eu", 100, 10_000)]),
            counted("error_code", &[("TIMEOUT", 100, 100)]),
        ];
        let ranked = rank(&fields, 100, 10_000);
        assert_eq!(ranked.iter().map(|a| a.value.as_str()).collect::<Vec<_>>(), ["2.9.0"]);
        assert!(ranked[0].is_clear());
    }

    #[test]
    fn fields_that_say_the_same_are_one() {
        let fields = [counted("pod", &[("a", 50, 60), ("b", 2, 900)]), counted("version", &[("new", 50, 60), ("old", 2, 900)])];
        assert_eq!(rank(&fields, 52, 960).iter().map(|a| a.field.as_str()).collect::<Vec<_>>(), ["version"]);
    }

    #[test]
    fn what_grew_is_named_with_its_share() {
        let map = |rows: &[(&str, u64)]| rows.iter().map(|(v, n)| ((*v).to_string(), *n)).collect::<BTreeMap<_, _>>();
        let grown = growth("tenant", &map(&[("acme", 4000), ("b", 100)]), 10.0, &map(&[("acme", 600), ("b", 600)]), 60.0);
        assert_eq!(grown.len(), 1);
        assert!(grown[0].value == "acme" && grown[0].share > 0.99);
    }

    proptest! {
        #[test]
        fn a_planted_difference_is_first(noise in proptest::collection::vec((1u64..40, 100u64..2000), 2..12), planted in 40u64..400, clean in 0u64..20) {
            // Bad requests fall on every value alike; one more field sets most of them apart.
            let all: u64 = noise.iter().map(|(_, of)| of).sum::<u64>() + planted * 2;
            let bad = planted + clean;
            let spread = Counted { field: "noise".to_string(), values: noise.iter().enumerate().map(|(i, (_, of))| (format!("v{i}"), (bad * of / all, *of))).collect() };
            let field = counted("planted", &[("yes", planted, planted + planted / 4), ("no", clean, all - planted - planted / 4)]);
            let ranked = rank(&[spread, field], bad, all);
            prop_assert_eq!(ranked.first().map(|a| a.value.as_str()), Some("yes"));
        }
    }
}
