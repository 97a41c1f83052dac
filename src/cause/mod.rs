//! # Causes: which call made a packet go
//!
//! Who sends what: your call, or the kernel? A program calls `send` once, and five packets cross the
//! wire. Most packets of a connection are of no call at all.
//!
//! ```text
//!   client calls          the wire                       server calls
//!                                                        listen
//!   connect ───────────▶  SYN                ─────▶
//!                         SYN,ACK            ◀─────      (kernel: answers for listen)
//!   (kernel: completes)   ACK                ─────▶
//!   send(6) ───────────▶  PSH,ACK  6 bytes   ─────▶
//!                         ACK                ◀─────      (kernel: acknowledges)
//!   close ─────────────▶  FIN,ACK            ─────▶      recv = 0
//! ```
//!
//! | packet | cause |
//! | --- | --- |
//! | SYN | the `connect` that is being made then |
//! | SYN,ACK | the kernel, for the socket that listens; `accept` may come much later, or never |
//! | bytes | the `send` calls that handed them over. A segment can carry several calls, and a call can fill several segments |
//! | ACK alone, more room, a question into silence or a closed window | the kernel |
//! | FIN | `shutdown`, or `close` if there was none |
//! | RST | the kernel where nobody listens, or nobody is there any more; `close` while bytes were unread, or of a listener whose queue was not empty |
//! | bytes that went before | the kernel sends them again; the calls that handed them over are named |
//! | UDP, echo request | the `sendto`: one call, one packet (and its fragments) |
//! | echo reply, ICMP error, ARP | a kernel |
//!
//! Bytes of a stream are found by counting: relative sequence number 1 is the first byte of the
//! first `send`, and every `send` adds what it returned ([RFC 9293 § 3.4](https://www.rfc-editor.org/rfc/rfc9293#section-3.4)).
//!
//! ```text
//!   send(4) = 4   send(4) = 4   send(9) = 5
//!   0 ─────── 4   4 ─────── 8   8 ───────── 13    offsets of the stream
//!   ╰─ seq 1 ─╯   ╰──────── seq 5, 9 bytes ──╯    segments
//! ```
//!
//! The [`Book`] is told of calls ([`CallFact`]) and asked about packets ([`PacketFact`]). Packets are
//! asked about once each, in the order of their times; calls may be told earlier. A packet can be of
//! a call that has not returned: it is then said to be under way ([`By::UnderWay`]). What began
//! before the capture is not known, and the book does not guess: [`Answer::Unknown`].
//!
//! | file | what |
//! | --- | --- |
//! | `fact`, `written` | calls and packets as facts; a call read from a record's text |
//! | `sockets` | which socket two addresses mean |
//! | `stream` | one direction of a connection, by its numbers |
//! | `tcp`, `datagram` | the rules of the table above |
//! | `taken` | the other way round: whose bytes a `recv` took |

mod answer;
mod book;
mod datagram;
mod fact;
mod sockets;
mod stream;
mod taken;
mod tcp;
mod words;
mod written;

pub use answer::{Answer, By, UnderWay};
pub use book::Book;
pub(crate) use fact::target;
pub use fact::{CallFact, Carries, Deed, PacketFact, TcpFact};
pub(crate) use sockets::CONNECTS;
pub use words::words;
