//! The audience of a demo: everything that happens is news for the hall, and packets too.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::hall::News;
use crate::capture::Outlet;
use crate::commands::packets::{Capturing, Prepared};
use crate::demo::{Audience, Hearing};
use crate::error::{Explained, Failure};
use crate::event::{CaptureEvent, CaptureRefused, DemoEvent, Event, Journal, Kind, Sink};

/// The audience.
pub(super) struct Seats {
    tell: Sender<News>,
    prepared: Option<Prepared>,
    beside: Arc<Beside>,
    refused: Option<(CaptureRefused, Explained)>,
}

/// The capture beside the scene. Whichever is over first ends it: the scene, or, after Ctrl-C, the hall.
#[derive(Default)]
struct Beside {
    state: Mutex<State>,
    begun: Condvar,
}

#[derive(Default)]
enum State {
    /// The scene's thread will begin it as the first thing it does.
    #[default]
    Before,
    Going(Capturing),
    /// It is over, or there is none.
    Over,
}

/// So long the scene's thread may take to begin.
const BEGINNING: Duration = Duration::from_secs(1);

impl Beside {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn becomes(&self, state: State) {
        *self.state() = state;
        self.begun.notify_all();
    }

    /// Ends it, if nobody has. Whoever comes second waits for who was first: afterwards everything that
    /// was captured has been told.
    fn settle(&self, tell: &Sender<News>) {
        let before = |state: &mut State| matches!(state, State::Before);
        let waited = self.begun.wait_timeout_while(self.state(), BEGINNING, before);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if let State::Going(capturing) = std::mem::replace(&mut *state, State::Over)
            && let Err(failure) = capturing.finish()
        {
            let _ = tell.send(News::Unwritten(failure));
        }
    }
}

/// By which the hall ends what goes on beside the scene.
pub(super) struct Usher {
    tell: Sender<News>,
    beside: Arc<Beside>,
}

impl Usher {
    /// Ends it. `News::Settled` comes behind everything that was captured.
    pub(super) fn settle(&self) {
        self.beside.settle(&self.tell);
        let _ = self.tell.send(News::Settled);
    }
}

impl Seats {
    pub(super) fn new(tell: Sender<News>, prepared: Option<Prepared>) -> Self {
        let beside = Arc::new(Beside::default());
        if prepared.is_none() {
            beside.becomes(State::Over);
        }
        Self { tell, prepared, beside, refused: None }
    }

    /// Who can end it before its time.
    pub(super) fn usher(&self) -> Usher {
        Usher { tell: self.tell.clone(), beside: Arc::clone(&self.beside) }
    }
}

impl Audience for Seats {
    fn begin(&mut self, began: Instant, hearing: Hearing) -> Result<(), Failure> {
        let Some(prepared) = self.prepared.take() else { return Ok(()) };
        let front = Front { tell: self.tell.clone(), hearing };
        let capture = prepared.begin_among(began, Box::new(front));
        let capture = capture.inspect_err(|_| self.beside.becomes(State::Over))?;
        self.beside.becomes(match capture {
            Ok(capturing) => State::Going(capturing),
            Err(refused) => {
                self.refused = Some(refused);
                State::Over
            }
        });
        Ok(())
    }

    fn greet(&mut self, narrator: &Journal) {
        let Some((refused, told)) = self.refused.take() else { return };
        let error = refused.error;
        narrator.emit(CaptureEvent::Refused(refused));
        narrator.emit(DemoEvent::Hindrance {
            about: "packets",
            what: told.what,
            knows: told.knows,
            causes: told.causes,
            command: told.command,
            error,
        });
    }

    fn lane(&mut self, end: Option<&str>) -> Box<dyn Sink> {
        match &*self.beside.state() {
            State::Going(capturing) => capturing.lane(end),
            State::Before | State::Over => {
                Box::new(Seat { end: end.map(str::to_owned), tell: self.tell.clone() })
            }
        }
    }

    fn settle(&mut self) {
        self.beside.settle(&self.tell);
    }
}

/// The way by which one end's events come when nothing is captured.
struct Seat {
    end: Option<String>,
    tell: Sender<News>,
}

impl Sink for Seat {
    fn event(&mut self, event: &Event) {
        // Nobody watches any more when the demo was interrupted.
        let _ = self.tell.send(News::Happened(self.end.clone(), Box::new(event.clone())));
    }
}

/// Where calls and packets come out of the capture, in one order.
struct Front {
    tell: Sender<News>,
    hearing: Hearing,
}

impl Outlet for Front {
    fn event(&mut self, end: Option<&str>, event: &Event) {
        // The stage has heard of its own calls already.
        if matches!(event.kind, Kind::Capture(_)) {
            self.hearing.tell(event);
        }
        let _ = self.tell.send(News::Happened(end.map(str::to_owned), Box::new(event.clone())));
    }
}
