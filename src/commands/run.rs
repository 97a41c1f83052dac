//! What every run has in common: journal, record, console, and the way out.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use super::fate::{self, Fate};
use super::packets::{self, Capturing, Prepared};
use crate::cli::{Dialog, Format, Framing, Look};
use crate::console::{self, Console};
use crate::endpoint;
use crate::error::{Exit, Failure};
use crate::event::{CaptureEvent, Departure, Host, Journal, Kind, Sink, Wants};
use crate::input::{Input, InputSender};
use crate::render::json::{Header, Json};
use crate::render::output::Output;
use crate::render::packet::PacketPage;
use crate::render::style::Style;
use crate::render::text::{Subject, Text};
use crate::stream;
use crate::stream::dialog::Rule;

/// A run that has begun: somebody to talk to, and somewhere to show it.
pub(super) struct Run {
    pub host: Host,
    pub journal: Journal,
    console: Console,
    hangup: Arc<Hangup>,
    capturing: Option<Capturing>,
    record: Option<Fate>,
}

/// Who read the output has gone. That is no error, but it is the end of the run.
#[derive(Default)]
struct Hangup {
    input: OnceLock<InputSender>,
    gone: AtomicBool,
}

impl Hangup {
    fn happen(&self) {
        // Either this sees the input, or whoever connects it sees this: in one order for both.
        self.gone.store(true, Ordering::SeqCst);
        if let Some(input) = self.input.get() {
            let _ = input.send(Input::Interrupt);
        }
    }
}

/// What kind of run it is.
pub(super) struct Manner<'a> {
    pub subject: Subject,
    /// The name the user chose for this machine.
    pub name: Option<&'a str>,
    /// What stands before the line that is typed, if not the name.
    pub prompt: Option<&'a str>,
    /// Whether lines are read at all.
    pub reads: bool,
    /// Whether lines begin with the time of day.
    pub timestamps: bool,
    /// What is captured beside the calls.
    pub packets: packets::Wanted<'a>,
}

/// Opens the journal with the sinks that were asked for, and says who and where this is.
///
/// # Errors
///
/// [`Failure::File`] when the record cannot be written.
pub(super) fn begin(manner: &Manner, look: &Look, style: Style) -> Result<Run, Failure> {
    begin_with(manner, look, style, |sinks| sinks)
}

/// The same, with something between the journal and its sinks.
///
/// # Errors
///
/// As [`begin`].
pub(super) fn begin_with(
    manner: &Manner,
    look: &Look,
    style: Style,
    between: impl FnOnce(Vec<Box<dyn Sink>>) -> Vec<Box<dyn Sink>>,
) -> Result<Run, Failure> {
    let host = endpoint::host(manner.name);
    let plain = look.format != Format::Text || !manner.reads;
    let mut console = Console::new(manner.prompt.unwrap_or(host.name.as_str()), plain);
    let mut out = Output::stdout();
    if let Some(printer) = console.printer() {
        out.print_with(printer);
    }
    let hangup = Arc::new(Hangup::default());
    let on_closed = Arc::clone(&hangup);
    out.when_closed(Box::new(move || on_closed.happen()));
    let prepared = manner.packets.open(look)?;
    let (recorded, fate) = watched_record(look)?.unzip();
    let calls = look.explain || recorded.is_some() || look.format == Format::Json;
    // The record first: what is on the screen is in the record.
    let mut sinks: Vec<Box<dyn Sink>> = Vec::new();
    sinks.extend(recorded.map(|record| Box::new(record) as Box<dyn Sink>));
    match look.format {
        Format::Json => {
            sinks.push(shown(Box::new(Json::new(out, &header(), true)), prepared.as_ref()));
        }
        Format::Text | Format::Markdown | Format::Csv => {
            let live = look.format == Format::Text && !manner.reads && io::stdout().is_terminal();
            let text = Text::new(out, style, manner.subject, console.is_typed())
                .live(live)
                .timestamps(manner.timestamps)
                .packets(page(look, prepared.as_ref()));
            let text = shown(Box::new(text), prepared.as_ref());
            sinks.push(if look.explain { text } else { Box::new(Unexplained(text)) });
        }
    }
    let sinks = between(sinks);
    let greet = |journal: &Journal| journal.emit(Kind::Host(host.clone()));
    let (journal, capturing) = if let Some(prepared) = prepared {
        prepared.begin(sinks, greet)?
    } else {
        let journal = Journal::new(Wants { calls }, sinks);
        greet(&journal);
        (journal, None)
    };
    Ok(Run { host, journal, console, hangup, capturing, record: fate })
}

/// How packets are drawn.
fn page(look: &Look, prepared: Option<&Prepared>) -> PacketPage {
    PacketPage::new(look.explain).or_refused(prepared.and_then(Prepared::refusal))
}

/// Keeps packets that are to be written to a file only from who shows what happens.
fn shown(sink: Box<dyn Sink>, prepared: Option<&Prepared>) -> Box<dyn Sink> {
    if prepared.is_none_or(Prepared::are_shown) { sink } else { Box::new(Unshown(sink)) }
}

/// Keeps packets from a renderer.
struct Unshown(Box<dyn Sink>);

impl Sink for Unshown {
    fn event(&mut self, event: &crate::event::Event) {
        if !matches!(event.kind, Kind::Capture(CaptureEvent::Packet(_))) {
            self.0.event(event);
        }
    }

    fn flush(&mut self) {
        self.0.flush();
    }
}

/// Keeps calls, and what goes with them, from a renderer.
struct Unexplained(Box<dyn Sink>);

impl Sink for Unexplained {
    fn event(&mut self, event: &crate::event::Event) {
        match event.kind {
            Kind::Call(_) | Kind::Segmentation(_) | Kind::Frame(_) | Kind::Recognised(_) => {}
            _ => self.0.event(event),
        }
    }

    fn flush(&mut self) {
        self.0.flush();
    }
}

/// The record that was asked for.
pub(super) fn record(look: &Look) -> Result<Option<Json>, Failure> {
    let Some(path) = &look.record else {
        return Ok(None);
    };
    let file = File::create(path)
        .map_err(|error| Failure::File { path: path.display().to_string(), error })?;
    Ok(Some(Json::new(Output::stream(file), &header(), false)))
}

/// The record of a run that goes on, and what will have become of it.
pub(super) fn watched_record(look: &Look) -> Result<Option<(Json, Fate)>, Failure> {
    let Some(path) = &look.record else { return Ok(None) };
    let (file, fate) = fate::create(path)?;
    Ok(Some((Json::new(Output::stream(file), &header(), false), fate)))
}

pub(super) fn header() -> Header {
    let mut run = [0; 8];
    // Without randomness the run is known by its start.
    let _ = getrandom::fill(&mut run);
    let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Header {
        run: format!("{:016x}", u64::from_be_bytes(run)),
        host: endpoint::machine().to_string(),
        command: std::env::args_os().skip(1).map(|a| a.to_string_lossy().into_owned()).collect(),
        started,
    }
}

impl Run {
    /// Ends a run in which there was no talk.
    ///
    /// # Errors
    ///
    /// [`Failure::File`] when not everything was kept that was to be.
    pub(super) fn end(self) -> Result<(), Failure> {
        let record = self.record.map(|fate| (self.journal, fate));
        Beside { capturing: self.capturing, record }.finish()
    }

    /// Connects the keyboard with the room.
    pub(super) fn listen(self, input: InputSender) -> Talking {
        self.connect(input, Console::start)
    }

    /// Connects nothing but Ctrl-C with the room.
    pub(super) fn listen_for_interrupts(self, input: InputSender) -> Talking {
        self.connect(input, |_, input| console::interrupts(&input))
    }

    fn connect(self, input: InputSender, start: impl FnOnce(Console, InputSender)) -> Talking {
        let _ = self.hangup.input.set(input.clone());
        if self.hangup.gone.load(Ordering::SeqCst) {
            let _ = input.send(Input::Interrupt);
        }
        start(self.console, input);
        let record = self.record.map(|fate| (self.journal, fate));
        Talking { hangup: self.hangup, beside: Beside { capturing: self.capturing, record } }
    }
}

/// What goes on beside a run, until it is over.
struct Beside {
    capturing: Option<Capturing>,
    /// With the journal that holds what was not yet written.
    record: Option<(Journal, Fate)>,
}

impl Beside {
    fn finish(self) -> Result<(), Failure> {
        let packets = self.capturing.map_or(Ok(()), Capturing::finish);
        let record = self.record.map_or(Ok(()), |(journal, fate)| {
            journal.flush();
            fate.tell()
        });
        packets.and(record)
    }
}

/// A run in which somebody can type.
pub(super) struct Talking {
    hangup: Arc<Hangup>,
    beside: Beside,
}

impl Talking {
    /// The exit code that belongs to the end of the talk.
    ///
    /// # Errors
    ///
    /// As [`end`](Self::end).
    pub(super) fn finish(self, how: &Departure) -> Result<Exit, Failure> {
        let gone = self.hangup.gone.load(Ordering::Relaxed);
        self.end()?;
        Ok(match how {
            Departure::Interrupted if !gone => Exit::Interrupted,
            _ => Exit::Done,
        })
    }

    /// Ends what went on beside the talk.
    ///
    /// # Errors
    ///
    /// [`Failure::File`] when not everything was kept that was to be.
    pub(super) fn end(self) -> Result<(), Failure> {
        self.beside.finish()
    }
}

impl From<Dialog> for Rule {
    fn from(word: Dialog) -> Self {
        match word {
            Dialog::Half => Self::Half,
            Dialog::Full => Self::Full,
        }
    }
}

impl From<Framing> for stream::framing::Framing {
    fn from(word: Framing) -> Self {
        match word {
            Framing::Auto => Self::Auto,
            Framing::None => Self::None,
            Framing::Line => Self::Line,
            Framing::Length => Self::Length,
        }
    }
}
