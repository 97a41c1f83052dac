//! The program under test, as the benchmarks start it.

use std::process::Command;

use crate::server::{Server, free_port};

/// `netlab tcp-server PORT --bind 127.0.0.1` and further words.
pub fn command(port: u16, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netlab"));
    command.args(["tcp-server", &port.to_string(), "--bind", "127.0.0.1"]);
    command.args(words);
    command
}

/// Why netlab with these words cannot be measured, if it cannot: a build in which the command
/// is still missing is left out, not counted as slow.
pub fn missing(words: &[&str]) -> Option<String> {
    let attempt = || {
        let port = free_port()?;
        Server::start(command(port, words), port)?.connect()
    };
    let error = attempt().err()?;
    let words = words.join(" ");
    Some(format!("LEFT OUT: netlab tcp-server {words} did not start to listen ({error})"))
}
