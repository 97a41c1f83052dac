//! `netlab trace`: Python programs that know nothing of netlab, run and drawn; with strace itself,
//! tshark and `netlab timeline` as judges.
#![cfg(test)]
#![cfg(target_os = "linux")]

mod attempts;
mod ended;
mod kept;
#[path = "../support/parts.rs"]
mod parts;
mod programs;
mod ran;
mod refused;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;
mod told;
#[path = "../peers/tools.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod tools;
