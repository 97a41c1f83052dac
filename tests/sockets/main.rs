//! This machine's sockets as netlab tells them, with `ss` and the programs that made them as judges.
#![cfg(test)]
#![cfg(target_os = "linux")]

mod lab;
mod many;
#[path = "../support/namespace.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod namespace;
mod programs;
mod states;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;
#[path = "../peers/tools.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod tools;
