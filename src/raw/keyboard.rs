//! Ctrl-C, and the question how far it is.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use crate::input::{self, Input, InputSender};
use crate::socket::Alarm;

/// What the person at the keyboard wants of a run that reads no lines.
pub(super) struct Keyboard {
    pub alarm: Alarm,
    interrupted: Arc<AtomicBool>,
    inputs: Receiver<Input>,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// The end.
    End,
    /// A line that says how far it is.
    Status,
}

impl Keyboard {
    /// A keyboard, and where its input is put.
    pub fn new() -> io::Result<(Self, InputSender)> {
        let alarm = Alarm::new()?;
        let interrupted = Arc::new(AtomicBool::new(false));
        let (arrived, interrupt, flag) = (alarm.clone(), alarm.clone(), Arc::clone(&interrupted));
        let (sender, inputs) = input::queue(
            move || arrived.ring(),
            move || {
                flag.store(true, Ordering::SeqCst);
                interrupt.ring();
            },
        );
        Ok((Self { alarm, interrupted, inputs }, sender))
    }

    /// The next wish, if there is one. Costs one look at a flag when there is none.
    pub fn wish(&self) -> Option<Wish> {
        if !self.alarm.has_rung() {
            return None;
        }
        if self.interrupted.load(Ordering::SeqCst) {
            return Some(Wish::End);
        }
        // Somebody who asks ten times at once gets one answer.
        let asked = self.inputs.try_iter().filter(|input| *input == Input::Status).count();
        (asked > 0).then_some(Wish::Status)
    }
}
