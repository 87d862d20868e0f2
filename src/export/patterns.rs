//! `spia patterns`.

use super::number::share;
use super::table::Table;
use super::{completeness_json, completeness_text, range_json, record_json};
use crate::answers::patterns::{Pattern, Patterns, Varies};
use crate::model::printable::{percent, thousands};
use crate::model::{Level, Zone};
use serde_json::{Value, json};

/// The contract's document.
pub fn patterns_json(patterns: &Patterns) -> Value {
    let varies = |v: &Varies| {
        let top: Vec<Value> = v.top.iter().map(|(value, n)| json!({"value": value, "count": n})).collect();
        json!({"placeholder": v.name, "distinct": v.distinct, "top": top})
    };
    let of = |p: &Pattern| {
        json!({"pattern": p.pattern, "count": p.count, "share": share(Some(p.share)), "change": share(p.change), "new": p.is_new, "first_seen": p.first_seen.rfc3339(),
            "last_seen": p.last_seen.rfc3339(), "levels": p.levels, "services": p.services, "trend": p.trend, "varies": p.varies.iter().map(varies).collect::<Vec<_>>(), "example": record_json(&p.example)})
    };
    json!({"from": patterns.range.from.rfc3339(), "to": patterns.range.to.rfc3339(), "records": patterns.records, "read": patterns.read, "before": range_json(patterns.before),
        "patterns": patterns.patterns.iter().map(of).collect::<Vec<_>>(), "completeness": completeness_json(&patterns.completeness)})
}

/// The same for people.
pub fn patterns_text(patterns: &Patterns, zone: Zone) -> String {
    let mut out = format!(
        "patterns, {}: {} of {} records read; new ones and those that changed most first\n",
        zone.range(patterns.range),
        thousands(patterns.read),
        thousands(patterns.records)
    );
    let mut table =
        Table::new(&[("count", false), ("share", false), ("change", false), ("first", true), ("level", true), ("services", true), ("pattern", true)]);
    for p in &patterns.patterns {
        let level = p.main_level().map_or("", Level::name).to_string();
        table.row(vec![thousands(p.count), percent(p.share), p.changed(), zone.clock(p.first_seen), level, p.who(), p.pattern.clone()]);
    }
    out.push_str(&table.text());
    out.push_str(&completeness_text(&patterns.completeness));
    out
}
