//! `--packets`, `--write` and `--link` as a user sees them, with tcpdump and tshark as judges.
#![cfg(test)]
#![cfg(target_os = "linux")]

mod backlog;
mod calls;
mod datagrams;
mod files;
mod judge;
#[path = "../support/judge/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod judge_of_calls;
mod lines;
mod links;
mod others;
#[path = "../support/parts.rs"]
mod parts;
mod pings;
mod refused;
mod room;
mod run;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;
mod talks;
mod timeline;
#[path = "../peers/tools.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod tools;
