//! Trouble with datagrams, made on purpose: forged senders, floods, loops, servers that lie, ports
//! that are closed, interruptions, a real terminal.
#![cfg(test)]
#![cfg(target_os = "linux")]

mod closed;
mod errors;
mod forged;
mod hostile_peers;
mod hostile_servers;
mod interrupts;
mod lab;
mod loops;
#[path = "../trouble/net.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod net;
#[path = "../support/parts.rs"]
mod parts;
mod pipes;
mod sizes;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;
mod talks;
mod terminal;
