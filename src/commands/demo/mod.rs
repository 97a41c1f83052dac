//! `netlab demo`: both ends of a conversation in one terminal.
//!
//! The scene is played in a thread of its own, at its own speed; what happens comes here as events,
//! and is drawn and recorded as it comes. So `--pace` slows the telling down and never the run.

mod hall;
mod list;
mod seats;
mod sheet;

use std::sync::mpsc::channel;
use std::thread;

use self::hall::{Hall, News};
use self::seats::Seats;
use self::sheet::Sheet;
use super::packets::{self, Prepared};
use crate::cli::{Demo, Look};
use crate::console;
use crate::demo::{self, Scene};
use crate::endpoint;
use crate::error::{CallError, Exit, Failure};
use crate::event::Operation;
use crate::input;
use crate::render::style::Style;
use crate::socket;

/// Plays the demo that was asked for, or lists them.
///
/// # Errors
///
/// [`Failure`] when there is no such demo, or this machine refuses a call.
pub(super) fn run(args: &Demo, look: &Look, style: Style) -> Result<Exit, Failure> {
    match args.name.as_deref() {
        Some(name) if demo::spelt(name) == "list" => list::show(look, &style),
        Some(name) => match demo::find(name) {
            Some(scene) => play(scene, args, look, style),
            None => Err(list::unknown(name).into()),
        },
        None => play(&demo::TOUR, args, look, style),
    }
}

/// Whether it needs what only raw sockets need.
pub(super) fn needs_privilege(args: &Demo) -> bool {
    wants_raw(args) || args.packets.are_wanted()
}

/// Whether there is ICMP in it.
fn wants_raw(args: &Demo) -> bool {
    args.name.as_deref().is_none_or(|name| ["raw", "types", "tour"].contains(&&*demo::spelt(name)))
}

fn play(scene: &'static Scene, args: &Demo, look: &Look, style: Style) -> Result<Exit, Failure> {
    let (tell, news) = channel();
    let (tell_stop, stop) = channel();
    let told = tell.clone();
    let interrupt = move || {
        let _ = tell_stop.send(());
        let _ = told.send(News::Interrupted);
    };
    let (keyboard, _nobody_types) = input::queue(|| {}, interrupt);
    // Before any file is made: from here on Ctrl-C ends in order.
    console::interrupts(&keyboard);
    let host = endpoint::host(None);
    let sheet = Sheet::of(args, look)?;
    let prepared = packets::Wanted::of_demo(&args.packets).open(look)?;
    let shown = prepared.as_ref().is_none_or(Prepared::are_shown);
    let audience = Box::new(Seats::new(tell.clone(), prepared));
    let mut hall = Hall::new(scene, &host, look, style, audience.usher())?
        .with_sheet(sheet)
        .with_packets(shown)
        .with_pace(args.pace, stop);
    hall.when_closed(keyboard);
    let raw = wants_raw(args);
    let perform = move || {
        if !raw {
            // What captures is open already.
            socket::renounce_raw();
        }
        let result = demo::perform(scene, audience);
        let _ = tell.send(News::Over(result));
    };
    thread::Builder::new()
        .name("demo".into())
        .spawn(perform)
        .map_err(|error| CallError::new(Operation::Accept, error))?;
    // Only who plays may need it. On Linux each thread has privileges of its own.
    socket::renounce_raw();
    hall.watch(&news)
}
