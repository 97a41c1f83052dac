//! The cards: every one of them, how they are found, and `netlab explain` as a user runs it.
#![cfg(test)]

mod commands;
mod errors;
mod found;
mod shown;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;
mod written;

use std::process::Output;

use support::netlab;

/// What `netlab explain` does with these arguments: exit code, standard output, standard error.
fn explain(arguments: &[&str]) -> (Option<i32>, String, String) {
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let ran = netlab().arg("explain").args(arguments).output();
    let Output { status, stdout, stderr } = ran.expect("it starts");
    (status.code(), text(stdout), text(stderr))
}
