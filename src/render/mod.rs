//! # Renderers: from events to something to look at
//!
//! A renderer is a [`Sink`](crate::event::Sink): it takes events and writes them. It opens no
//! socket and asks the environment nothing; whether there are colours, how wide the page is and
//! where the bytes go are values it is given ([`Style`], [`Output`]).
//!
//! | module | draws |
//! | --- | --- |
//! | [`text`] | the run as a person reads it, or as Markdown |
//! | [`explain`] | a call in one line, and why it is made |
//! | [`table`] | endpoint tables |
//! | [`ports`] | the three port ranges as a bar |
//! | [`packet`] | packets: a line each, and what is behind it |
//! | [`demo`] | a demo: both ends on one page, step by step |
//! | [`timeline`] | a time line: calls, packets and states in lanes |
//! | [`json`] | events as JSON Lines: `--format json` and `--record` |
//! | [`classify`] | a port: where it lies, its services, what this machine does with it |
//! | [`sockets`] | this machine's sockets, at once or live |
//! | [`doctor`] | findings: ok, warn, FAIL, and what to do |
//! | [`subnet`] | networks, plans and their pictures |
//! | [`card`] | cards: Markdown for a terminal |
//! | [`failure`] | the five parts of an error |
//! | [`output`] | the one writer |

pub mod card;
pub mod classify;
mod datagram;
pub mod demo;
pub mod doctor;
pub mod explain;
pub mod failure;
mod figures;
mod icmp;
pub mod json;
mod note;
pub mod output;
pub mod packet;
pub mod passed;
pub mod ports;
mod setup;
pub mod sockets;
pub mod style;
pub mod subnet;
pub mod table;
mod talk;
pub mod text;
pub mod timeline;
pub mod trace;

pub use output::Output;
pub use style::{Markup, Style};
