//! `netlab demo`: both ends of a conversation in one terminal.

mod datagram;
mod raw;
mod stream;

use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use crate::cli::{Demo, DemoName, Look};
use crate::error::{CallError, Exit, Failure};
use crate::event::Operation;
use crate::render::style::Style;

/// Nothing in a demo takes so long on a machine that works.
const FUSE: Duration = Duration::from_secs(10);

/// Runs the demo that was asked for.
///
/// # Errors
///
/// [`Failure`] when this machine refuses a call.
pub(super) fn run(args: &Demo, look: &Look, style: Style) -> Result<Exit, Failure> {
    match args.name {
        DemoName::Stream => stream::run(look, style),
        DemoName::Datagram => datagram::run(look, style),
        DemoName::Raw => raw::run(look, style),
    }
}

/// How an end of the conversation ended.
type Ended = Receiver<Result<(), Failure>>;

fn spawn(
    name: &str,
    work: impl FnOnce() -> Result<(), Failure> + Send + 'static,
) -> Result<Ended, Failure> {
    let (tell, ended) = channel();
    thread::Builder::new()
        .name(name.into())
        .spawn(move || {
            // Nobody waits any more when the demo was given up.
            let _ = tell.send(work());
        })
        .map_err(|error| CallError::new(Operation::Accept, error))?;
    Ok(ended)
}

fn finish(ended: &Ended) -> Result<(), Failure> {
    ended.recv_timeout(FUSE).unwrap_or_else(|_| {
        let error = std::io::Error::from(std::io::ErrorKind::TimedOut);
        Err(CallError::new(Operation::Recv(0), error).into())
    })
}
