//! # Subnets: how an address is divided
//!
//! An IP address has two parts. The *network* bits say which network it is in: a router looks at
//! nothing else. The *host* bits say which host in that network. How many bits are network bits is
//! the *prefix length*, written behind a slash (RFC 4632, section 3.1):
//!
//! ```text
//!   10.0.56.23/17     00001010.00000000.0|0111000.00010111
//!                     ─── 17 network bits ┴─ 15 host bits ─
//! ```
//!
//! All host bits 0 is the network itself, all host bits 1 is everybody in it: with n host bits
//! 2^n - 2 addresses are left for hosts. A subnet always begins at a multiple of its own size, because
//! its host bits are all 0 there; nearly every wrong plan breaks that rule.
//!
//! | module | knows |
//! | --- | --- |
//! | [`network`] | one network: mask, first, last, broadcast, how many |
//! | [`reach`] | for what an address range is used: private, loopback, documentation and so on |
//! | [`read`] | networks as people write them, and what is wrong with what they wrote |
//! | [`pair`] | two hosts: delivered directly, or by way of a router |
//! | [`free`] | the space that nobody has yet |
//! | [`near`] | which name was probably meant by another |
//! | [`need`] | what is wanted: names, hosts, growth, links |
//! | [`site`] | which router serves a network, and what people call it |
//! | [`plan`] | subnets of different sizes in one base (VLSM, RFC 1878 has the table) |
//! | [`sheet`] | tables that somebody wrote, in Markdown or CSV |
//! | [`check`] | is a plan right, and what would be |
//! | [`topology`] | who is connected with whom |
//!
//! Nothing here reads a file or prints.

pub mod check;
pub mod free;
pub mod near;
pub mod need;
pub mod network;
pub mod pair;
pub mod plan;
pub mod reach;
pub mod read;
pub mod sheet;
pub mod site;
pub mod topology;

pub use network::Network;
pub use read::{Asked, Misread};
