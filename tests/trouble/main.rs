//! Trouble, made on purpose: slow readers, hostile bytes, no descriptors left, calls that the
//! system refuses, a real terminal, pipes whose reader goes.
#![cfg(test)]
#![cfg(target_os = "linux")]

mod amplify;
mod descriptors;
mod errors;
mod hostile_client;
mod hostile_server;
mod net;
#[path = "../support/parts.rs"]
mod parts;
mod pipes;
mod slow_reader;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;
mod terminal;
