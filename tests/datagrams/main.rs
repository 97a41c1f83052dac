//! The datagram commands as a user runs them, with real programs at the other end and as judges.
#![cfg(test)]
#![cfg(target_os = "linux")]

mod calls;
mod clients;
mod echo;
mod families;
mod figures;
mod hosts;
mod impaired;
#[path = "../support/judge/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod judge;
mod network;
mod records;
mod servers;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;
mod tables;
#[path = "../peers/tools.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod tools;
