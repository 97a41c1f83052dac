//! The program `netlab`: parse, run, turn the result into an exit code.

use std::process::ExitCode;

use netlab::cli::{self, Refusal};
use netlab::commands;

fn main() -> ExitCode {
    match cli::parse() {
        Ok(cli) => commands::execute(cli).code().into(),
        Err(Refusal::Shown(code)) => code,
        Err(Refusal::Value { argument, value, rule, help }) => {
            commands::refuse(&argument, value, &rule, help).code().into()
        }
    }
}
