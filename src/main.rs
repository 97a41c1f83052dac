//! The program `netlab`: parse, run, turn the result into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    match netlab::cli::parse() {
        Ok(cli) => netlab::commands::execute(cli).code().into(),
        Err(shown) => shown,
    }
}
