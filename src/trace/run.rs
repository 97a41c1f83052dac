//! The run: who is started when, and who is ended how.
//!
//! ```text
//!   server ├─ socket ─ bind ─ listen ────────────────────────── ... ┤ asked to end, if need be:
//!   client                    ╰─▶ ├─ connect ─ send ─ ... ─ close ┤ SIGINT, SIGTERM, SIGKILL
//!                                                                 ╰─ grace ─╯
//! ```

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::packets::Shelf;
use super::strace::Strace;
use super::system::Request;
use super::watched::{Folder, News, Watched};
use super::{Notice, Plan, Shown};
use crate::error::TraceFault;

/// After Ctrl-C so long is waited for the terminal's own signal to be seen.
const BY_TERMINAL: Duration = Duration::from_millis(200);
/// A server that does not listen after so long is told of.
const NOT_YET: Duration = Duration::from_secs(5);

/// What a run needs beside its plan.
pub(super) struct Surroundings<'a> {
    pub strace: &'a Strace,
    pub user: Option<&'a str>,
    pub tell: Sender<News>,
    pub news: Receiver<News>,
    pub shown: Arc<Shown>,
    pub notice: &'a dyn Fn(Notice),
    pub shelf: Option<Shelf>,
}

/// What came of it.
pub(super) struct Ran {
    /// In the order of the plan; those that were never started are not there.
    pub programs: Vec<Watched>,
    pub interrupted: bool,
}

struct Stage<'a> {
    plan: &'a Plan,
    around: Surroundings<'a>,
    folder: Folder,
    programs: Vec<Watched>,
    interrupted: bool,
    /// What is to be done to whom, and when.
    due: Vec<(Instant, usize, Step)>,
    began: Instant,
    hinted: bool,
    /// Whether who has been left behind is told of, or will be.
    left_behind: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Hand Ctrl-C on, if so many SIGINT are all it has got.
    Forward(u64),
    Ask(Request),
    /// Tell that the program has ended and others of it have not.
    Others,
    /// Nothing has helped.
    Abandon,
}

/// Runs the programs of a plan to their end.
pub(super) fn run(plan: &Plan, around: Surroundings<'_>) -> Result<Ran, TraceFault> {
    let folder =
        Folder::new().map_err(|error| TraceFault::System("a folder for its lines", error))?;
    let mut stage = Stage {
        plan,
        around,
        folder,
        programs: Vec::new(),
        interrupted: false,
        due: Vec::new(),
        began: Instant::now(),
        hinted: false,
        left_behind: false,
    };
    stage.start()?;
    while stage.is_running() {
        let limit = stage.next();
        match stage.around.news.recv_timeout(limit) {
            Ok(news) => stage.take(news)?,
            Err(RecvTimeoutError::Timeout) => stage.act(),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    stage.programs.iter().for_each(Watched::wait_for_output);
    Ok(Ran { programs: stage.programs, interrupted: stage.interrupted })
}

impl Stage<'_> {
    /// Starts the next program of the plan.
    fn start(&mut self) -> Result<(), TraceFault> {
        let place = self.programs.len();
        let Some(program) = self.plan.programs.get(place) else { return Ok(()) };
        let around = &self.around;
        let by = (around.strace, around.user);
        let started = Watched::start(place, program, by, &self.folder, &around.tell, &around.shown);
        match started {
            Ok(watched) => self.programs.push(watched),
            Err(error) => {
                self.programs.iter().for_each(Watched::abandon);
                return Err(TraceFault::System("strace", error));
            }
        }
        Ok(())
    }

    fn is_running(&self) -> bool {
        self.programs.iter().any(|program| !program.is_over)
    }

    /// How long nothing has to be done.
    fn next(&self) -> Duration {
        let now = Instant::now();
        let due = self.due.iter().map(|(at, ..)| at.saturating_duration_since(now)).min();
        due.unwrap_or(Duration::from_millis(250)).min(Duration::from_millis(250))
    }

    fn take(&mut self, news: News) -> Result<(), TraceFault> {
        match news {
            News::Line(place, text) => {
                if let Some(program) = self.programs.get_mut(place) {
                    program.line(&text);
                    if let Some(shelf) = &self.around.shelf {
                        shelf.know(program.book.sockets.touched());
                    }
                }
                self.look_behind(place);
                let waiting = self.programs.len() < self.plan.programs.len();
                if waiting && !self.interrupted && self.programs.iter().all(|it| it.book.is_ready) {
                    self.start()?;
                }
            }
            News::Over(place, status) => {
                if let Some(program) = self.programs.get_mut(place) {
                    (program.status, program.is_over) = (status, true);
                    program.book.finish();
                }
                self.due.retain(|(_, whose, _)| *whose != place);
                // The client is the last of the plan: who serves it is not needed any more.
                if place > 0 && place + 1 == self.plan.programs.len() {
                    (0..place).for_each(|other| self.end(other, self.plan.grace));
                }
            }
            News::Interrupt => self.interrupt(),
        }
        self.act();
        Ok(())
    }

    /// When the program whose end ends the run is gone, and a child of it in the background is not, this
    /// looks like a netlab that hangs.
    fn look_behind(&mut self, place: usize) {
        let last = place + 1 == self.plan.programs.len();
        let behind = self.programs.get(place).is_some_and(Watched::is_behind);
        if last && behind && !self.left_behind && !self.interrupted {
            self.left_behind = true;
            self.due.push((Instant::now() + self.plan.grace, place, Step::Others));
        }
    }

    /// From then on a program is asked to end.
    fn end(&mut self, place: usize, after: Duration) {
        let mut at = Instant::now() + after;
        for step in [
            Step::Ask(Request::Interrupt),
            Step::Ask(Request::Terminate),
            Step::Ask(Request::Kill),
            Step::Abandon,
        ] {
            self.due.push((at, place, step));
            at += self.plan.grace.max(Duration::from_millis(100));
        }
    }

    fn interrupt(&mut self) {
        let now = Instant::now();
        let first = !std::mem::replace(&mut self.interrupted, true);
        let patience = self.plan.grace.max(Duration::from_secs(1));
        for (place, program) in self.programs.iter().enumerate().filter(|(_, it)| !it.is_over) {
            if program.shares_terminal() {
                let had = program.book.interrupts;
                self.due.push((now + BY_TERMINAL, place, Step::Forward(had)));
            } else {
                program.ask(Request::Interrupt);
            }
            if first {
                let steps =
                    [Step::Ask(Request::Terminate), Step::Ask(Request::Kill), Step::Abandon];
                for (step, times) in steps.into_iter().zip(1..) {
                    self.due.push((now + patience * times, place, step));
                }
            }
        }
    }

    /// Does what is due.
    fn act(&mut self) {
        let now = Instant::now();
        let (due, later) = self.due.drain(..).partition(|(at, ..)| *at <= now);
        self.due = later;
        let due: Vec<(Instant, usize, Step)> = due;
        for (_, place, step) in due {
            let Some(program) = self.programs.get(place).filter(|it| !it.is_over) else { continue };
            match step {
                Step::Forward(had) if program.book.interrupts == had => {
                    program.ask(Request::Interrupt);
                }
                Step::Ask(request) => program.ask(request),
                Step::Others if program.is_behind() && !self.interrupted => {
                    (self.around.notice)(Notice::Others(place));
                }
                Step::Forward(_) | Step::Others => {}
                Step::Abandon => program.abandon(),
            }
        }
        let waits = self.programs.len() < self.plan.programs.len();
        if waits && !self.hinted && self.began.elapsed() > NOT_YET {
            self.hinted = true;
            (self.around.notice)(Notice::NotListening);
        }
    }
}
