//! # netlab: see what a socket does
//!
//! netlab runs sockets for real and shows three layers of the same run: the **call** a program
//! makes, the **endpoint** it makes it on, and the **packet** that crosses the wire because of it.
//! This page is the guided tour of its source.
//!
//! ## One direction
//!
//! ```text
//!             arguments                     calls
//!  commands ───────────▶ a room (stream, …) ──────▶ socket ───▶ the operating system
//!     │                        │                       │
//!     │ chooses                │ messages, members     │ calls, states
//!     ▼                        ▼                       ▼
//!  render ◀──────────────────────── event ◀────────────┘
//! ```
//!
//! A command starts a room; the room asks [`socket`] to make calls; every call, state and message
//! becomes an [`event`]; [`render`] draws events. Nothing goes the other way, and nobody else
//! prints.
//!
//! Two things that do not look like it, and fit. A raw socket gives packets: the room `raw` has
//! [`wire`] decode them, and take them apart into an event for whoever wants to see every field. And
//! names of addresses are found out between the journal and its sinks, by the commands: a name is an
//! event that no room has to wait for.
//!
//! Commands that *look* have one answer instead of a run: they ask a room that knows (`port`,
//! `subnet`, `card`) or one that looks it up (`endpoint`, `doctor`), and `render` draws what it said.
//! So `render` may use the types of those that know, and what `doctor` calls its findings; what
//! `endpoint` finds is in the vocabulary. (`netstat2` and `sysinfo` are there for Windows only.)
//!
//! ## The rooms, in the order to read them
//!
//! The table is also the law: a test reads it and fails when a room uses what it does not list.
//! A crate in the last column is used by that room and by no other.
//!
//! | room | job | may use | only user of |
//! | --- | --- | --- | --- |
//! | `port` | the three port ranges, IANA's registry of services, what may be asked about them | | |
//! | `subnet` | networks: one, two hosts, a plan, a check of somebody's plan | | `ipnet` |
//! | `card` | what a word, an error or a call means: Markdown as data | | |
//! | `event` | the vocabulary: what can happen in a run | `port` | |
//! | `error` | five-part errors, exit codes | `event` | |
//! | `socket` | the socket API, traced: one method, one system call, one event | `event`, `error` | `socket2`, `mio`, `rustix` |
//! | `input` | what a person says to a room: lines, commands, Ctrl-C | | |
//! | `figures` | round trips in figures: percentiles, deviation, histogram | `event` | |
//! | `wire` | packets: built, decoded, taken apart field by field | `event` | `pnet` |
//! | `raw` | ICMP: ping, the way to a host, everything that a raw socket hears | `event`, `error`, `socket`, `input`, `figures`, `wire` | |
//! | `stream` | TCP chat: framing, the room, three servers, the client | `event`, `error`, `socket`, `input` | `slab`, `memchr` |
//! | `datagram` | UDP echo: the server and what it impairs, the client and its account | `event`, `error`, `socket`, `input`, `figures` | `fastrand`, `crc32fast` |
//! | `endpoint` | this machine: its addresses and networks, its sockets and their programs; the names of others | `event`, `error`, `socket`, `port` | `getifaddrs`, `gethostname`, `dns_lookup`, `netstat2`, `sysinfo` |
//! | `doctor` | is this machine ready for the lab? | `event`, `error`, `socket`, `input`, `raw`, `endpoint`, `port` | |
//! | `cause` | which call made a packet go, and what the kernel does by itself | `event` | |
//! | `capture` | the packets of a run's own sockets, put among its calls | `event`, `socket`, `wire`, `cause` | |
//! | `demo` | both ends in one program: short plays on real sockets | `event`, `error`, `socket`, `input`, `wire`, `raw`, `stream`, `datagram`, `endpoint`, `port` | |
//! | `trace` | another program's run, watched by `strace`: its calls, endpoints and packets | `event`, `error`, `capture`, `cause` | |
//! | `timeline` | records of one or two sides as one picture | `event`, `cause` | |
//! | `render` | events and findings to text, Markdown, JSON Lines | `event`, `error`, `port`, `subnet`, `card`, `doctor`, `timeline` | `comfy_table`, `colored`, `textwrap`, `libm` |
//! | `console` | the person at the keyboard: line editor, pipe, Ctrl-C, SIGQUIT | `input` | `rustyline`, `ctrlc`, `signal_hook` |
//! | `cli` | the words of the command line, and how each is read | | |
//! | `commands` | one thin file each: arguments, room, renderer | everything | |

pub mod capture;
pub mod card;
pub mod cause;
pub mod cli;
pub mod commands;
pub mod console;
pub mod datagram;
pub mod demo;
pub mod doctor;
pub mod endpoint;
pub mod error;
pub mod event;
mod figures;
pub mod input;
pub mod port;
pub mod raw;
pub mod render;
pub mod socket;
pub mod stream;
pub mod subnet;
pub mod timeline;
pub mod trace;
pub mod wire;
