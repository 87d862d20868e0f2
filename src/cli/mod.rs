//! The command line: one file a subcommand, headless. It alone prints.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod args;
mod brief;
mod command;
mod connect;
mod dashboard;
mod demo;
mod errors;
mod explain;
mod keys;
mod logs;
mod patterns;
mod print;
mod since;
mod slow;
mod trace;
mod traces;

use args::{Arguments, Command};
use clap::Parser;
use std::process::ExitCode;

/// Reads the arguments, answers, and says how it went: 0 done, 1 nothing there, 2 wrong usage, 3 the source failed.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return print::failure(&format!("cannot start: {error}"), 3),
    };
    let code = runtime.block_on(async {
        let Arguments { common, shown, target, command } = arguments;
        match command {
            Some(Command::Brief(own)) => brief::run(&common, &own).await,
            Some(Command::Errors(own)) => errors::run(&common, &own).await,
            Some(Command::Explain(own)) => explain::run(&common, &own).await,
            Some(Command::Patterns(own)) => patterns::run(&common, &own).await,
            Some(Command::Since(own)) => since::run(&common, &own).await,
            Some(Command::Slow(own)) => slow::run(&common, &own).await,
            Some(Command::Traces(own)) => traces::run(&common, &own).await,
            Some(Command::Trace(own)) => trace::run(&common, &own).await,
            Some(Command::Logs(own)) => logs::run(&common, &own).await,
            Some(Command::Demo(own)) => demo::run(&common, &own).await,
            Some(Command::Keys) => keys::run(&common),
            None => dashboard::run(&common, &shown, target.as_deref()).await,
        }
    });
    runtime.shutdown_background();
    match code {
        Ok(code) => code,
        Err(stop) => print::failure(&stop.sentence, stop.code),
    }
}
