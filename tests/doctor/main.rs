//! `netlab doctor` as a student runs it: beside programs that really have the ports, in networks of
//! its own where the partner answers, refuses, is silent or is not there.
#![cfg(test)]
#![cfg(target_os = "linux")]

mod examined;
mod machine;
#[path = "../raw/network.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod network;
mod page;
mod partner;
mod ports;
mod privilege;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;
#[path = "../peers/tools.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod tools;
