//! `spia patterns`.

use super::number::share;
use super::table::Table;
use super::{completeness_json, completeness_text, record_json};
use crate::answers::patterns::{Pattern, Patterns};
use crate::model::Zone;
use crate::model::printable::{percent, thousands};
use serde_json::{Value, json};

/// The contract's document.
pub fn patterns_json(patterns: &Patterns) -> Value {
    let of = |p: &Pattern| {
        json!({"pattern": p.pattern, "count": p.count, "share": share(Some(p.share)), "change": share(p.change), "first_seen": p.first_seen.rfc3339(),
            "last_seen": p.last_seen.rfc3339(), "levels": p.levels, "services": p.services, "example": record_json(&p.example)})
    };
    json!({"from": patterns.range.from.rfc3339(), "to": patterns.range.to.rfc3339(), "records": patterns.records, "read": patterns.read,
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
        let change = match p.change {
            None => "new".to_string(),
            Some(change) if change >= 0.095 => format!("+{}", percent(change)),
            Some(change) if change <= -0.095 => format!("-{}", percent(-change)),
            Some(_) => "=".to_string(),
        };
        let level = p.levels.iter().max_by_key(|(_, n)| **n).map_or("", |(level, _)| level);
        let mut services = p.services.iter().take(2).cloned().collect::<Vec<_>>().join(" ");
        if p.services.len() > 2 {
            services.push_str(&format!(" +{}", p.services.len() - 2));
        }
        table.row(vec![thousands(p.count), percent(p.share), change, zone.clock(p.first_seen), level.to_string(), services, p.pattern.clone()]);
    }
    out.push_str(&table.text());
    out.push_str(&completeness_text(&patterns.completeness));
    out
}
