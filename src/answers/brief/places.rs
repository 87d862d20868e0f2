//! Where bad requests run, and since when those send more of whom there is more.

use super::ask::Item;
use crate::analysis::incident::{Counted, Evidence, rank};
use crate::query::{Reply, Search};
use std::collections::BTreeMap;

type Asked = [(Item, Search)];

/// Who sends nothing for so long before is new, ms.
const NEW_MS: i64 = 600_000;

/// So many times what it was before, and so many a minute, are no chance.
const PLAINLY_MORE: f64 = 4.0;

/// Since when those send more of whom there is more: the first of two minutes together that are nearer to now than to before.
pub fn senders(evidence: &mut Evidence, asked: &Asked, replies: &[Reply]) {
    for ((item, search), reply) in asked.iter().zip(replies) {
        let Item::Senders { service, field } = item else { continue };
        let looked_from = search.during().map(|range| range.from.millis());
        for sender in reply.buckets("senders") {
            if let (Some(first), Some(from)) = (sender.number("first").map(|n| n as i64), looked_from)
                && first - from >= NEW_MS
            {
                let who = (service.clone(), field.name().to_string(), sender.term().to_string());
                let known = evidence.first_sent.entry(who).or_insert(first);
                *known = first.min(*known);
            }
            let grown = evidence.growth.iter_mut().filter(|(of, growth)| of == service && growth.field == field.name());
            for (_, growth) in grown.filter(|(_, growth)| growth.value == sender.term()) {
                let half = f64::midpoint(growth.now, growth.before);
                let minutes: Vec<(i64, f64)> = sender.buckets("minutes").iter().map(|minute| (minute.start(), minute.count as f64)).collect();
                let above = |least: f64| {
                    let pair = minutes.windows(2).find(|pair| matches!(pair, [(_, a), (_, b)] if *a >= least && f64::midpoint(*a, *b) >= least));
                    pair.and_then(|pair| pair.first()).map(|(at, _)| *at)
                };
                growth.since_ms = growth.since_ms.or(above(half));
                growth.from_ms = growth.from_ms.or(above(half.min(PLAINLY_MORE * growth.before + PLAINLY_MORE)));
            }
        }
    }
}

/// So many bad records of a service are not in one place by chance.
const CONFINED_BAD: u64 = 3;

/// The machine or the zone that sets bad requests apart, for each service that fails.
pub fn machines(evidence: &mut Evidence, asked: &Asked, replies: &[Reply]) {
    type Values = BTreeMap<String, (u64, u64)>;
    let mut services: BTreeMap<String, BTreeMap<&str, Values>> = BTreeMap::new();
    for ((item, _), reply) in asked.iter().zip(replies) {
        let Item::Machines(field) = item else { continue };
        for service in reply.buckets("services") {
            let values = services.entry(service.term().to_string()).or_default().entry(field.name()).or_default();
            for place in service.buckets("places") {
                let (bad, all) = values.entry(place.term().to_string()).or_default();
                *bad += place.count_of("bad");
                *all += place.count;
            }
        }
    }
    for (service, fields) in services {
        let fields: Vec<Counted> = fields.into_iter().map(|(field, values)| Counted { field: field.to_string(), values }).collect();
        let mut clear = Vec::new();
        // A machine and its zone may tell the same of one service, and not of all.
        for counted in fields {
            let (bad, all) = counted.values.values().fold((0, 0), |(bad, all), (b, a)| (bad + b, all + a));
            for (value, (there, _)) in &counted.values {
                if *there >= CONFINED_BAD && there * 10 >= bad * 9 {
                    *evidence.confined.entry(value.clone()).or_default() += 1;
                }
            }
            clear.extend(rank(std::slice::from_ref(&counted), bad, all).into_iter().filter(|apart| apart.is_clear()));
        }
        if !clear.is_empty() {
            evidence.machines.insert(service, clear);
        }
    }
}
