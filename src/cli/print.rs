//! Answers to stdout, sentences to stderr, and the exit code.

use super::args::{Common, Format};
use crate::export::Style;
use crate::model::{Completeness, Fault};
use serde_json::Value;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// Why a command ends without an answer.
#[derive(Debug)]
pub struct Stop {
    /// What to tell.
    pub sentence: String,
    /// The exit code.
    pub code: u8,
}

impl Stop {
    /// The user has to say it differently.
    pub fn usage(sentence: impl Into<String>) -> Stop {
        Stop { sentence: sentence.into(), code: 2 }
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Stop {
        let code = if matches!(fault, Fault::Settings(_)) { 2 } else { 3 };
        Stop { sentence: fault.to_string(), code }
    }
}

/// One sentence on stderr.
pub fn failure(sentence: &str, code: u8) -> ExitCode {
    // Whoever closed stderr does not want to know.
    let _closed = writeln!(std::io::stderr(), "spia: {}", crate::model::printable::line(sentence));
    ExitCode::from(code)
}

/// How text may look on this stdout.
pub fn style(common: &Common) -> Style {
    let wants_none = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty()) || std::env::var_os("TERM").is_some_and(|t| t == "dumb");
    Style { colour: std::io::stdout().is_terminal() && !wants_none, ascii: common.ascii }
}

/// Prints an answer in the form asked for; a reader that went away is no failure.
pub fn answer(
    common: &Common,
    empty: bool,
    completeness: &Completeness,
    json: impl Fn() -> Value,
    text: impl Fn(Style) -> String,
) -> Result<ExitCode, Stop> {
    let printed = match common.format {
        Format::Json => format!("{}\n", json()),
        Format::Text => text(style(common)),
        Format::Markdown => return Err(Stop::usage("--format markdown is for `spia trace`")),
    };
    write(&printed)?;
    let code = match (common.strict && !completeness.complete, empty) {
        (true, _) => 3,
        (false, true) => 1,
        (false, false) => 0,
    };
    Ok(ExitCode::from(code))
}

/// To stdout.
pub fn write(text: &str) -> Result<(), Stop> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Stop { sentence: format!("cannot write the answer: {error}"), code: 3 }),
        _ => Ok(()),
    }
}
