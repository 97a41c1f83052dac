//! netlab against the programs it has to talk to, and judged by the programs that watch sockets.
#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod empty_lines;
mod families;
mod half_close;
mod hosts;
#[path = "../support/judge/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod judge;
mod judges;
mod netcat;
mod options;
mod python;
mod tools;
mod volume;
