//! The commands with raw sockets as a user runs them, beside iputils' ping, with captures as judges.
#![cfg(test)]
#![cfg(target_os = "linux")]

mod beside_ping;
mod calls;
mod capture;
mod codes;
mod crafted;
mod demo;
mod dissected;
mod figures;
mod listen;
mod network;
mod paces;
mod packets;
#[path = "../support/parts.rs"]
mod parts;
mod paths;
mod privilege;
mod ran;
mod screen;
#[path = "../support/strace.rs"]
mod strace;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;
#[path = "../peers/tools.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod tools;
mod two;
