//! `spia explain`.

use super::number::{round, share};
use super::table::Table;
use super::{completeness_json, completeness_text, range_json};
use crate::answers::explain::Explain;
use crate::model::Zone;
use crate::model::printable::{percent, thousands};
use serde_json::{Value, json};

/// The contract's document.
pub fn explain_json(explain: &Explain) -> Value {
    let attributes: Vec<Value> = explain
        .attributes
        .iter()
        .map(|a| json!({"field": a.field, "value": a.value, "selected": a.bad, "of": a.of, "share_selected": share(Some(a.share_bad)), "share_rest": share(Some(a.share_rest)), "score": round(Some(a.score), 6)}))
        .collect();
    json!({"from": explain.range.from.rfc3339(), "to": explain.range.to.rfc3339(), "selected": explain.selected, "rest": explain.rest, "before": range_json(explain.before),
        "attributes": attributes, "completeness": completeness_json(&explain.completeness)})
}

/// What they are held against, with how many there are.
pub fn against(explain: &Explain, zone: Zone) -> String {
    let rest = thousands(explain.rest);
    explain.before.map_or_else(|| format!("{rest} others"), |before| format!("{rest} of {}-{}", zone.clock(before.from), zone.clock(before.to)))
}

/// The same for people.
pub fn explain_text(explain: &Explain, zone: Zone) -> String {
    let mut out = format!(
        "what sets {} apart, {}: {} against {}\n",
        explain.what,
        zone.range(explain.range),
        thousands(explain.selected),
        against(explain, zone)
    );
    let mut table = Table::new(&[("field", true), ("value", true), ("selected", false), ("of", false), ("of selected", false), ("of rest", false)]);
    for a in &explain.attributes {
        table.row(vec![a.field.clone(), a.value.clone(), thousands(a.bad), thousands(a.of), percent(a.share_bad), percent(a.share_rest)]);
    }
    if explain.attributes.is_empty() {
        out.push_str(match (explain.selected, explain.rest) {
            (0, _) => "nothing is selected\n",
            (_, 0) => "there are no others to hold them against\n",
            _ => "no value sets them apart\n",
        });
    } else {
        out.push_str(&table.text());
    }
    out.push_str(&completeness_text(&explain.completeness));
    out
}
