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
//! | [`tour`] | a demo: both ends on one page, step by step |
//! | [`contrast`] | a demo: what became of the same lines on two ways |
//! | [`echo`] | a demo: a request and its reply, taken apart and matched |
//! | [`page`] | what the pages of demos have in common |
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
pub mod contrast;
mod datagram;
pub mod doctor;
pub mod echo;
pub mod explain;
pub mod failure;
mod figures;
mod icmp;
pub mod json;
mod note;
pub mod output;
pub mod page;
pub mod ports;
mod setup;
pub mod sockets;
pub mod style;
pub mod subnet;
pub mod table;
mod talk;
pub mod text;
pub mod tour;

pub use output::Output;
pub use style::{Markup, Style};
