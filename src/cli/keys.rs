//! `spia keys`: the table of actions and keys.

use super::args::{Common, Format};
use super::connect::keymap;
use super::print::{Stop, write};
use crate::app::Action;
use crate::config::load_profile;
use crate::export::Table;
use serde_json::json;
use std::process::ExitCode;

/// Prints it.
pub fn run(common: &Common) -> Result<ExitCode, Stop> {
    let profile = load_profile(common.config.as_deref(), common.profile.as_deref()).map_err(|e| Stop::usage(e.to_string()))?;
    let keymap = keymap(common, &profile)?;
    if common.format == Format::Json {
        let rows: Vec<_> =
            Action::ALL.iter().map(|a| json!({"action": a.name(), "group": a.group().name(), "keys": keymap.keys_of(*a), "does": a.doc()})).collect();
        write(&format!("{}\n", json!({ "keys": rows })))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new(&[("keys", true), ("does", true), ("group", true), ("action", true)]);
    for action in Action::ALL {
        table.row(vec![keymap.keys_of(*action).join(", "), action.doc().to_string(), action.group().name().to_string(), action.name().to_string()]);
    }
    write(&table.text())?;
    Ok(ExitCode::SUCCESS)
}
