//! Trouble with ICMP, made on purpose: peers whose replies are damaged, forged or far too many,
//! errors about probes that never were, cables that are pulled, users who press the wrong keys.
#![cfg(test)]
#![cfg(target_os = "linux")]

mod errors;
mod floods;
mod forged;
mod host;
mod interrupts;
#[path = "../datagram_trouble/lab.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod lab;
mod links;
mod names;
#[path = "../trouble/net.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod net;
mod outputs;
#[path = "../support/parts.rs"]
mod parts;
mod paths;
mod reach;
mod replies;
mod screens;
mod shapes;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;
mod unprivileged;
mod usage;
