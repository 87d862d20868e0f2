//! Who went wrong first: an order of services only where their onsets lie further apart than they are known.

use super::Symptom;
use crate::model::Timestamp;
use crate::model::printable::{age, few};

/// Clocks of hosts and the ways of records differ by so much, ms.
const SLACK_MS: i64 = 15_000;

/// One service's onset.
struct Began<'a> {
    service: &'a str,
    at_ms: i64,
    within_ms: i64,
}

/// "payment-gateway at 03:02, checkout, cart about the same time, then ledger at 03:05"; `None` of fewer than two services.
pub fn order(symptoms: &[Symptom]) -> Option<String> {
    let mut began: Vec<Began<'_>> = Vec::new();
    for symptom in symptoms.iter().filter(|s| !s.ail.is_of_traffic()) {
        let this = Began { service: &symptom.service, at_ms: symptom.stretch.from_ms, within_ms: symptom.stretch.within_ms };
        match began.iter_mut().find(|known| known.service == this.service) {
            Some(known) if known.at_ms <= this.at_ms => {}
            Some(known) => *known = this,
            None => began.push(this),
        }
    }
    began.sort_by(|a, b| a.at_ms.cmp(&b.at_ms).then_with(|| a.service.cmp(b.service)));
    let first = began.first().filter(|_| began.len() > 1)?.at_ms;
    let mut steps: Vec<Vec<&Began<'_>>> = Vec::new();
    for one in &began {
        // Held against the first of the step, so that a chain of small gaps does not make one moment of an hour.
        let same = |step: &Vec<&Began<'_>>| step.first().is_some_and(|head| one.at_ms - head.at_ms <= head.within_ms.max(one.within_ms) + SLACK_MS);
        match steps.last_mut().filter(|step| same(step)) {
            Some(step) => step.push(one),
            None => steps.push(vec![one]),
        }
    }
    let says = |step: &Vec<&Began<'_>>| {
        let names: Vec<String> = step.iter().map(|b| b.service.to_string()).collect();
        let together = if names.len() > 1 { "about the same time, " } else { "" };
        let at = step.first().map_or(first, |b| b.at_ms);
        let clock = Timestamp::from_millis(at).rfc3339().get(11..16).unwrap_or_default().to_string();
        let later = if at > first { format!(", {} later", age(at - first)) } else { String::new() };
        format!("{} ({together}{clock}{later})", few(&names, 4, ""))
    };
    Some(steps.iter().take(5).map(says).collect::<Vec<_>>().join(", then "))
}

#[cfg(test)]
mod tests {
    use super::super::{Ail, Stretch};
    use super::*;

    fn symptom(service: &str, minute: i64) -> Symptom {
        let stretch = Stretch {
            lasts: true,
            from_ms: minute * 60_000,
            to_ms: 100 * 60_000,
            within_ms: 60_000,
            bad: 1.0,
            of: 2.0,
            usual_bad: 0.0,
            usual_of: 9.0,
            gain: 50.0,
        };
        Symptom { service: service.to_string(), ail: Ail::Fails, stretch }
    }

    #[test]
    fn an_order_is_told_only_where_onsets_are_further_apart_than_they_are_known() {
        let order = |list: &[(&str, i64)]| order(&list.iter().map(|(name, minute)| symptom(name, *minute)).collect::<Vec<_>>());
        assert_eq!(order(&[("pay", 3)]), None);
        assert_eq!(order(&[("pay", 3), ("cart", 4)]).as_deref(), Some("pay, cart (about the same time, 00:03)"));
        assert_eq!(order(&[("cart", 9), ("pay", 3), ("pay", 5)]).as_deref(), Some("pay (00:03), then cart (00:09, 6m later)"));
    }
}
