//! `netlab timeline` as it is drawn: pictures made by hand, and pages of real records.

pub mod built;
mod command;
mod drawn;
mod real;

use crate::{parts, support};

use std::process::Output;

/// Runs `netlab timeline`.
fn timeline(arguments: &[&str]) -> Output {
    support::netlab().arg("timeline").args(arguments).output().expect("netlab starts")
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}
