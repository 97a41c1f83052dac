//! # Demos: both ends in one program
//!
//! A demo is a short play on real sockets, over this machine's loopback: at most 20 seconds, no
//! partner, no privilege. Nothing in it is told that did not happen: every value comes from a call
//! of this very run.
//!
//! ```text
//!   scene (`close`)            stage                       whoever watches
//!     step "both close" ─────▶ narrator's journal ───────▶ a page, a record, a picture
//!     calls on sockets  ─────▶ journal of that end ──────▶   (end, event), in one order
//!     waits until       ◀───── what has happened
//! ```
//!
//! | file | what |
//! | --- | --- |
//! | `stage` | where a scene is played: journals, steps, facts, waiting |
//! | `list` | the scenes, by name |
//! | `ends` | what most scenes begin with: a listener, a connection |
//! | `pair` | what several scenes need: both ends of a connection, a `connect` with a limit, captured packets |
//! | `echo` | one ICMP echo by hand |
//! | `kernel` | what the kernel's own table says of a demo's sockets |
//! | the others | a scene each; `handshake` is a good one to read first |

mod backlog;
mod blocking;
mod buffers;
mod byte_stream;
mod calls;
mod clients;
mod close;
mod datagram;
mod duplex;
mod echo;
mod ends;
mod handshake;
mod kernel;
mod layers;
mod list;
mod pair;
mod ports;
mod raw;
mod refused;
mod stage;
mod stream;
mod time_wait;
mod tour;
mod types;

pub use list::{SCENES, Scene, find, spelt};
pub use stage::{Audience, Curtain, Hearing, Stage, joined};
pub use tour::TOUR;

use std::time::Instant;

use crate::error::Failure;
use crate::event::DemoEvent;

/// Plays a scene before an audience, from its title to its curtain.
///
/// # Errors
///
/// [`Failure`] when this machine refuses a call that the scene cannot go on without.
pub fn perform(scene: &Scene, audience: Box<dyn Audience>) -> Result<(), Failure> {
    let mut stage = Stage::new(Instant::now(), audience)?;
    let (name, title) = (scene.name, scene.title);
    stage.narrator().emit(DemoEvent::Title { name, title, about: scene.about.to_owned() });
    stage.greet();
    let Curtain { saw, card, next } = (scene.play)(&mut stage)?;
    stage.settle();
    stage.narrator().emit(DemoEvent::Curtain { saw, card, next });
    Ok(())
}
