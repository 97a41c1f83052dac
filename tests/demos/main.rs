//! The demos as a user plays them: what they say is what happened.
#![cfg(test)]
#![cfg(target_os = "linux")]

mod bytes;
mod conversations;
mod facts;
mod icmp;
#[path = "../support/judge/mod.rs"]
mod judge;
mod judges;
mod mended;
#[path = "../support/namespace.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod namespace;
mod packets;
mod pages;
#[path = "../support/parts.rs"]
mod parts;
mod played;
mod sheets;
#[path = "../support/strace.rs"]
mod strace;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;
mod talks;
#[path = "../peers/tools.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod tools;
mod waits;
mod wire;
mod words;
