//! # Packets: built, decoded, taken apart field by field
//!
//! ICMP is how the network talks about itself: "are you there?", "your packet died here". An ICMP
//! message lies directly in an IP packet; it has no port, and so the kernel cannot know which
//! program it is for.
//!
//! ```text
//!   IPv4 packet                                IPv6 packet
//!   +--------------+--------+------------+     +-------------+------------+----------+-----------+
//!   | IPv4 header  | ICMP   | data       |     | IPv6 header | extensions | ICMPv6   | data      |
//!   | 20..60 bytes | header | or quoted  |     | 40 bytes    | if any     | header   | or quoted |
//!   |              | 8 bytes| packet     |     |             |            | 8 bytes  | packet    |
//!   +--------------+--------+------------+     +-------------+------------+----------+-----------+
//!   a raw socket gives it from here on          a raw socket gives it ....^ from here on
//! ```
//!
//! There are two kinds of message. A *query* (echo request) and its answer (echo reply) carry an
//! identifier and a sequence number, by which a program knows its own. An *error* carries the
//! beginning of the packet that it is about, and whoever sent that packet looks in there for what
//! it knows again: [`Quoted`].
//!
//! Everything here is a function of bytes: no sockets, no clock. (But for `tap`, which gets frames
//! where systems have no socket for them.) The bytes come from anybody, so every length in them is a
//! claim that is checked against the bytes that really came.
//!
//! | file | what |
//! | --- | --- |
//! | `checksum` | the Internet checksum, and how it is worked out |
//! | `echo` | an echo request is built |
//! | `ip` | where the IPv4 header ends |
//! | `message`, `trouble` | an ICMP message, and what an error says |
//! | `quoted` | the packet that an error is about |
//! | `frame`, `segment` | a captured frame, from the link layer to what it carries |
//! | `dissect` | a packet, field by field, for people |
//! | `pcapng` | captured packets as a file, for Wireshark |
//! | `tap` | frames from the interfaces of macOS and the BSDs |

mod checksum;
mod dissect;
mod echo;
mod frame;
mod ip;
mod message;
pub mod pcapng;
mod quoted;
mod segment;
#[cfg(any(test, all(unix, not(target_os = "linux"))))]
mod tap;
mod trouble;

pub use checksum::{PseudoHeader, checksum, is_right, steps};
pub use dissect::{KnownIp, icmp_message, packet};
pub use echo::echo_request;
pub use frame::{Decoded, Link, frame};
pub use ip::{Ipv4, ipv4};
pub use message::{Body, Message, message};
pub use quoted::Quoted;
#[cfg(all(unix, not(target_os = "linux")))]
pub use tap::{Interface, Tap, interfaces};

/// The version of IP, and with it that of ICMP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4 with ICMP.
    V4,
    /// IPv6 with `ICMPv6`.
    V6,
}

/// What an echo request and its reply have in common: the reply repeats both numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Echo {
    /// Which program asks.
    pub identifier: u16,
    /// Which of its requests it is.
    pub sequence: u16,
}

/// A message breaks the format: which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

/// Bytes of an ICMP header. Four of them are the same in every message, four are of its type.
const ICMP_HEADER: usize = 8;

/// The numbers of protocols in an IP header
/// ([IANA](https://www.iana.org/assignments/protocol-numbers)).
mod protocol {
    pub const HOP_BY_HOP: u8 = 0;
    pub const ICMP: u8 = 1;
    pub const TCP: u8 = 6;
    pub const UDP: u8 = 17;
    pub const ROUTING: u8 = 43;
    pub const FRAGMENT: u8 = 44;
    pub const AUTHENTICATION: u8 = 51;
    pub const ICMPV6: u8 = 58;
    pub const DESTINATION: u8 = 60;
}

/// The numbers of ICMP types that netlab knows: [RFC 792](https://www.rfc-editor.org/rfc/rfc792)
/// and [RFC 4443](https://www.rfc-editor.org/rfc/rfc4443).
mod types {
    pub mod v4 {
        pub const ECHO_REPLY: u8 = 0;
        pub const UNREACHABLE: u8 = 3;
        pub const SOURCE_QUENCH: u8 = 4;
        pub const REDIRECT: u8 = 5;
        pub const ECHO_REQUEST: u8 = 8;
        pub const TIME_EXCEEDED: u8 = 11;
        pub const PARAMETER_PROBLEM: u8 = 12;
    }
    pub mod v6 {
        pub const UNREACHABLE: u8 = 1;
        pub const TOO_BIG: u8 = 2;
        pub const TIME_EXCEEDED: u8 = 3;
        pub const PARAMETER_PROBLEM: u8 = 4;
        pub const LAST_ERROR: u8 = 127;
        pub const ECHO_REQUEST: u8 = 128;
        pub const ECHO_REPLY: u8 = 129;
    }
}
