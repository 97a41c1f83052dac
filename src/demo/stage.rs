//! Where a scene is played.

use std::cell::{Cell, RefCell};
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::error::{CallError, Failure};
use crate::event::{
    Call, DemoEvent, Endpoint, Event, FactValue, Journal, Kind, Operation, Sink, Untold, Wants,
};

/// Nothing in a demo takes so long on a machine that works.
pub(super) const FUSE: Duration = Duration::from_secs(10);

/// Who watches a demo: a page, a record, a picture; and perhaps captures packets beside it.
pub trait Audience: Send {
    /// The demo begins: `began` is when its clock began to run. What the audience finds out by itself,
    /// such as packets, it tells the stage too.
    ///
    /// # Errors
    ///
    /// [`Failure`] when this machine has no thread left for it.
    fn begin(&mut self, _began: Instant, _hearing: Hearing) -> Result<(), Failure> {
        Ok(())
    }

    /// The title was told: what there is to say before the first step.
    fn greet(&mut self, _narrator: &Journal) {}

    /// The way by which the events of an end come, or those that the narrator tells (no end). An end
    /// asks once.
    fn lane(&mut self, end: Option<&str>) -> Box<dyn Sink>;

    /// The scene is over, but for its last words: waits for what is still on the way to the audience,
    /// such as packets.
    fn settle(&mut self) {}
}

/// By which a stage hears what its audience found out.
#[derive(Clone, Debug)]
pub struct Hearing(Sender<Happened>);

impl Hearing {
    /// Tells of something that belongs to no end.
    pub fn tell(&self, event: &Event) {
        // The scene may be over.
        let _ = self.0.send((None, event.clone()));
    }
}

/// How a scene ends.
#[derive(Clone, Debug)]
pub struct Curtain {
    /// What there was to see, in two lines.
    pub saw: [String; 2],
    /// The card to read next, by its name in `netlab explain`.
    pub card: &'static str,
    /// Commands to try.
    pub next: Vec<String>,
}

/// What has happened, with the end where it did.
type Happened = (Option<String>, Event);

/// Where a scene is played.
///
/// Each end has a journal, and whoever plays it gives it to the sockets it makes. Everything that
/// is told to any of the journals goes to the audience in one order, and is remembered here: the
/// scene waits for what it needs ([`wait`](Self::wait)) and looks up what was
/// ([`last_call`](Self::last_call)), so that what it says is what happened.
pub struct Stage {
    began: Instant,
    audience: Box<dyn Audience>,
    tell: Sender<Happened>,
    happened: Receiver<Happened>,
    past: RefCell<Vec<Arc<Happened>>>,
    /// How much of the past was waited for.
    waited: Cell<usize>,
    journals: Vec<(String, Journal)>,
    narrator: Journal,
}

/// One end's events, on their way to whoever plays.
struct Memory {
    end: Option<String>,
    happened: Sender<Happened>,
}

impl Sink for Memory {
    fn event(&mut self, event: &Event) {
        // The scene may be over.
        let _ = self.happened.send((self.end.clone(), event.clone()));
    }
}

impl Stage {
    /// An empty stage before an audience. `began` is when the clock began to run.
    ///
    /// # Errors
    ///
    /// As [`Audience::begin`].
    pub fn new(began: Instant, mut audience: Box<dyn Audience>) -> Result<Self, Failure> {
        let (tell, happened) = channel();
        audience.begin(began, Hearing(tell.clone()))?;
        let narrator = journal(began, None, &mut *audience, &tell);
        let (past, waited) = (RefCell::default(), Cell::new(0));
        Ok(Self { began, audience, tell, happened, past, waited, journals: Vec::new(), narrator })
    }

    /// Lets the audience say what it has to say before the first step.
    pub(super) fn greet(&mut self) {
        self.audience.greet(&self.narrator);
    }

    /// Waits until the audience has heard of everything so far.
    pub(super) fn settle(&mut self) {
        self.audience.settle();
    }

    /// The journal of an end (`server`, `client`, `client 2`): the same one each time, so that its
    /// sockets are labelled A, B, C through the whole scene.
    pub fn journal(&mut self, end: &str) -> Journal {
        if let Some((_, journal)) = self.journals.iter().find(|(name, _)| name == end) {
            return journal.clone();
        }
        let journal = journal(self.began, Some(end), &mut *self.audience, &self.tell);
        self.journals.push((end.to_owned(), journal.clone()));
        journal
    }

    /// The narrator's journal: what belongs to no end, such as captured packets.
    #[must_use]
    pub const fn narrator(&self) -> &Journal {
        &self.narrator
    }

    /// Says what happens next, in one line.
    pub fn step(&self, title: impl Into<String>) {
        self.narrator.emit(DemoEvent::Step(title.into()));
    }

    /// States something that was measured in this run: by a name for programs, and in words.
    pub fn fact(&self, name: &'static str, value: impl Into<FactValue>, words: impl Into<String>) {
        self.narrator.emit(DemoEvent::Fact { name, value: value.into(), words: words.into() });
    }

    /// Tells of calls that no event of their own tells of.
    pub(super) fn untold(&self, calls: Untold) {
        self.narrator.emit(DemoEvent::Untold(calls));
    }

    /// How long the scene has been going on.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Shows a small table.
    pub fn table(&self, title: &str, head: &[&str], rows: Vec<Vec<String>>) {
        let head = head.iter().map(|&text| text.to_owned()).collect();
        self.narrator.emit(DemoEvent::Table { title: title.to_owned(), head, rows });
    }

    /// Shows the endpoint table of these sockets, and their ports classified.
    pub fn endpoints(&self, rows: Vec<Endpoint>) {
        self.narrator.emit(Kind::Endpoints(rows));
    }

    /// Waits until something has happened, and gives what was found in it. What happened before and
    /// was not waited for counts too; what is passed over is not waited for again, but
    /// [`last_call`](Self::last_call) still knows it.
    ///
    /// # Errors
    ///
    /// [`Failure`] when it does not happen in ten seconds.
    pub fn wait<T>(
        &self,
        mut wanted: impl FnMut(Option<&str>, &Event) -> Option<T>,
    ) -> Result<T, Failure> {
        let limit = Instant::now() + FUSE;
        loop {
            let place = self.waited.get();
            let next = self.past.borrow().get(place).cloned();
            let Some(happened) = next else {
                let left = limit.saturating_duration_since(Instant::now());
                let happened = self.happened.recv_timeout(left).map_err(|_| too_long())?;
                self.past.borrow_mut().push(Arc::new(happened));
                continue;
            };
            self.waited.set(place + 1);
            if let Some(found) = wanted(happened.0.as_deref(), &happened.1) {
                return Ok(found);
            }
        }
    }

    /// Waits for a call of an end to return.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub fn wait_for_call(&self, end: &str, name: &str) -> Result<Call, Failure> {
        self.wait(|who, event| call_of(who, event, end, name).map(|call| call.0))
    }

    /// The latest call of that name that has returned at an end, and when it did, since the scene
    /// began. It waits for nothing.
    #[must_use]
    pub fn last_call(&self, end: &str, name: &str) -> Option<(Call, Duration)> {
        self.past.borrow_mut().extend(self.happened.try_iter().map(Arc::new));
        let past = self.past.borrow();
        past.iter().rev().find_map(|it| call_of(it.0.as_deref(), &it.1, end, name))
    }

    /// Goes through everything that has happened so far.
    pub fn look_back(&self, mut visit: impl FnMut(Option<&str>, &Event)) {
        self.past.borrow_mut().extend(self.happened.try_iter().map(Arc::new));
        let past = self.past.borrow().clone();
        for it in &past {
            visit(it.0.as_deref(), &it.1);
        }
    }

    /// Starts the work of an end that has to wait in a call. [`joined`] gives what it came to.
    ///
    /// # Errors
    ///
    /// [`Failure`] when this machine has no thread left.
    pub fn spawn<T: Send + 'static>(
        &self,
        end: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<JoinHandle<T>, Failure> {
        thread::Builder::new()
            .name(end.to_owned())
            .spawn(work)
            .map_err(|error| CallError::new(Operation::Accept, error).into())
    }
}

/// A journal that the audience hears, and whoever plays.
fn journal(
    began: Instant,
    end: Option<&str>,
    audience: &mut dyn Audience,
    tell: &Sender<Happened>,
) -> Journal {
    let memory = Memory { end: end.map(str::to_owned), happened: tell.clone() };
    let sinks = vec![audience.lane(end), Box::new(memory) as Box<dyn Sink>];
    Journal::since(began, Wants { calls: true }, sinks)
}

fn call_of(who: Option<&str>, event: &Event, end: &str, name: &str) -> Option<(Call, Duration)> {
    match &event.kind {
        Kind::Call(call) if who == Some(end) && call.operation.name() == name => {
            Some((call.clone(), event.at))
        }
        _ => None,
    }
}

/// What the work of an end came to.
///
/// # Errors
///
/// [`Failure`] when the thread did not end as it should.
pub fn joined<T>(work: JoinHandle<T>) -> Result<T, Failure> {
    work.join().map_err(|_| CallError::new(Operation::Close, ErrorKind::Other.into()).into())
}

/// Something that has to happen did not.
pub(super) fn too_long() -> Failure {
    CallError::new(Operation::Recv(0), ErrorKind::TimedOut.into()).into()
}
