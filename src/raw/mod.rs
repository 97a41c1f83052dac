//! # Raw sockets: ICMP by hand
//!
//! TCP and UDP sockets hand a program its data. A raw socket hands it the packet. This room builds
//! ICMP messages itself, sends them, and reads everything that comes back.
//!
//! ```text
//!   this program                          the other host (its kernel, no program)
//!        │ echo request  id 0x1a2b seq 1 ────────▶ │
//!        │ ◀──────── echo reply   id 0x1a2b seq 1  │        the same data comes back
//!
//!                    a router on the way, when the hop limit has reached 0 there
//!        │ ◀──────── time exceeded, and in it: the IP header and the beginning of the request
//! ```
//!
//! There is no port. The kernel gives a copy of every ICMP message to *every* raw ICMP socket, so
//! each message has to be asked: are you mine? An echo reply is, when it has our identifier, a
//! sequence number that was sent, the right sender, and our data. An error is, when the packet that
//! it quotes is one of ours.
//!
//! | module | job |
//! | --- | --- |
//! | [`door`] | which kind of socket this program may have, found before the first packet |
//! | `data` | what a probe carries, and what became of it on the way |
//! | `link` | one socket: from bytes to messages, and nothing that is malformed |
//! | `book` | the probes of each host: sent, answered, late, lost |
//! | `pace` | when the next probe leaves |
//! | [`ping`] | the loop that ties them together, and the way to a host hop by hop |
//! | [`listen`] | every message that arrives |
//!
//! Limits: one identifier in 65,536 may be another program's too; then the mark in the data tells
//! them apart, for probes of eight bytes or more. An error quotes at least eight bytes of our ICMP
//! header and often no more, so whoever sees our probes can forge errors about them.

mod book;
mod data;
pub mod door;
mod keyboard;
mod link;
pub mod listen;

mod pace;
pub mod ping;
