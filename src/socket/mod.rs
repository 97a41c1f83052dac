//! # The socket API, traced
//!
//! One method, one system call, one event: what `--explain` shows is what was called, in the order
//! in which the calls returned. Rooms ask for calls here and nowhere else; this room decides
//! nothing and words nothing.
//!
//! ```text
//!   Socket::stream()          socket      CLOSED
//!      │ bind                 bind        an address and a port of this machine
//!      ├── listen ▶ Listener  listen      LISTEN: the kernel completes handshakes, up to backlog
//!      │               │
//!      │            accept ▶ Stream       a NEW socket, the listener's port and a real peer
//!      │
//!      └── connect ──────▶ Stream         SYN, SYN-ACK, ACK: ESTABLISHED
//!                            │ send recv shutdown
//!                           drop          close: FIN
//!
//!   DatagramSocket::new()     socket      UNCONNECTED
//!      │ bind                 bind        now datagrams can find it
//!      │ send_to recv_from    sendto …    every datagram for itself, any peer
//!      └── connect            connect     CONNECTED: a peer is remembered, nothing is sent
//!
//!   IcmpSocket::new()         socket      UNCONNECTED: raw, or a ping socket in its place
//!      │ send_to receive      sendto …    packets; there is no port
//!      └── wait               poll        until one arrives, or a moment, or a key
//! ```
//!
//! A [`Stream`] is generic over the handle that owns the descriptor: a `socket2::Socket` whose
//! calls block, or a `mio` stream whose calls say "would block" and which a [`Poller`] watches. The
//! traced methods are the same code for both.
//!
//! One socket is not the run's: [`PacketSocket`], by which netlab sees the packets that the others
//! send and receive. Its calls are in no journal.
//!
//! Limits: `close` is an event that always says 0, for Rust tells no error. `setsockopt` calls that only
//! make a socket non-blocking are not shown: they are `fcntl` or `ioctl` to the system.

mod capture;
mod connect;
mod datagram;
mod disorder;
mod fresh;
mod icmp;
mod modes;
mod poll;
mod privilege;
mod stream;
mod sys;
mod tcp;
mod trace;
mod wait;

pub use capture::{
    CaptureFilter, Hardware, PacketSocket, Sighting, Way, interface_name, open_endpoints,
    own_addresses,
};
pub use connect::Connecting;
pub use datagram::{DatagramSocket, Interface};
pub use fresh::{fresh_buffers, is_vacant};
pub use icmp::{Arrival, IcmpSocket, Inbox, Told};
pub use modes::{Busy, thread_cpu_time};
pub use poll::{PolledListener, PolledStream, Poller, Ready, Waker};
pub use privilege::{
    Allowed, allowed, allowed_low_ports, give_back, is_set_user_id, ping_group_range, renounce_raw,
    try_capture,
};
pub use stream::{Listener, Stream};
pub use sys::raise_descriptor_limit;
pub use tcp::Socket;
pub use wait::{Alarm, wait};

/// Whether reading less than the buffer holds means that the socket is empty.
pub const SHORT_READ_DRAINS: bool = sys::SHORT_READ_DRAINS;

/// Whether a server sets `SO_REUSEADDR` on this system.
pub const BIND_REUSES_TIME_WAIT: bool = sys::BIND_REUSES_TIME_WAIT;
