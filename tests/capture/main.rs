//! Packets captured beside the calls of a run, on loopbacks and in networks of the test's own, with
//! tshark as the judge.
#![cfg(test)]
#![cfg(target_os = "linux")]

mod datagrams;
mod judged;
mod lab;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;
mod talk;
#[path = "../peers/tools.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod tools;
mod trouble;
