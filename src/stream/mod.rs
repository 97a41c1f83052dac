//! # Stream sockets: the chat
//!
//! Two programs talk over TCP: a server that keeps a room, and clients in it. What one says,
//! everybody else hears, with the speaker's name.
//!
//! ```text
//!   client                         server                          another client
//!   socket, connect ── handshake ─▶ accept ▶ a member of the room
//!   send ───── "Hello!␊" ─────────▶ recv
//!                                   framing: bytes ▶ messages
//!                                   room: who hears it? ▶ outboxes
//!                                   send ── "JS-PC: Hello!␊" ─────▶ recv
//! ```
//!
//! | module | job |
//! | --- | --- |
//! | [`framing`] | bytes to messages and back |
//! | [`room`] | members, names, who hears what, back-pressure, patience. No socket, no clock of its own |
//! | [`server`] | three ways to wait for many sockets: `one`, `threads`, `events`, all with that room |
//! | [`client`] | the other end |
//! | [`dialog`] | whose turn it is |

pub mod client;
pub mod dialog;
pub mod framing;
pub mod room;
pub mod server;
