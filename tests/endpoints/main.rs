//! `netlab endpoints` as a student runs it: sockets that the test has opened, seen from outside.
#![cfg(test)]
#![cfg(target_os = "linux")]

mod families;
mod filters;
mod formats;
mod judges;
mod lab;
mod live;
#[path = "../support/namespace.rs"]
mod namespace;
mod screen;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;
mod table;
#[path = "../peers/tools.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod tools;
