//! `netlab endpoints --watch`: look again and again, and tell what has changed.

use std::collections::{HashMap, HashSet};
use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Asked, Found, add_interfaces, kept, record};
use crate::cli::{Format, Look};
use crate::commands::report::written;
use crate::console;
use crate::endpoint;
use crate::error::{Exit, Failure, STANDARD_OUTPUT};
use crate::event::{Change, MachineSocket, Row, Rows};
use crate::input;
use crate::render::json::Json;
use crate::render::output::Output;
use crate::render::sockets::live::{Frame, Live, Place, Size, place};
use crate::render::sockets::{Known, change, csv, json as lines, markdown};
use crate::render::style::{DEFAULT_WIDTH, Style};

/// What has changed stays marked so long, that a class can see it.
const MARKED: Duration = Duration::from_secs(3);

/// Looks until Ctrl-C, or until nobody reads any more.
///
/// # Errors
///
/// [`Failure`] when the system tells nothing, or the record cannot be written.
pub(super) fn run(
    asked: &Asked,
    pause: Duration,
    look: &Look,
    style: Style,
) -> Result<Exit, Failure> {
    let record = record(look)?;
    let (stop, stopped) = mpsc::channel();
    let interrupt = stop.clone();
    let (sender, _input) = input::queue(
        || {},
        move || {
            let _ = interrupt.send(());
        },
    );
    console::interrupts(&sender);
    let gone = Arc::new(AtomicBool::new(false));
    let mut out = Output::stdout();
    let (tell, hangup) = (Arc::clone(&gone), stop);
    out.when_closed(Box::new(move || {
        tell.store(true, Ordering::Relaxed);
        let _ = hangup.send(());
    }));
    let terminal = io::stdout().is_terminal();
    let screen = look.format == Format::Text && terminal && moves_cursor();
    let mut watch = Watch {
        asked,
        pause,
        explain: look.explain,
        began: Instant::now(),
        seen: Found::default(),
        known: Known::default(),
        recent: Vec::new(),
        teller: Teller { out, format: look.format, style, record },
        live: screen.then(|| Live::new(style)),
    };
    watch.look_until(&stopped)?;
    if terminal {
        // The terminal has written ^C.
        watch.teller.out.line("");
    }
    let Teller { out, record, .. } = watch.teller;
    // Who looks at the screen has seen it, also when it could not be kept.
    kept(look, record).and(written(STANDARD_OUTPUT, out.finish()))?;
    Ok(if gone.load(Ordering::Relaxed) { Exit::Done } else { Exit::Interrupted })
}

/// Whether the terminal can be written over: those that call themselves dumb only add lines.
fn moves_cursor() -> bool {
    std::env::var_os("TERM").is_none_or(|name| name != "dumb")
}

/// A run of looks.
struct Watch<'a> {
    asked: &'a Asked,
    pause: Duration,
    explain: bool,
    began: Instant,
    /// The last look.
    seen: Found,
    known: Known,
    /// What has changed lately, and when.
    recent: Vec<(Instant, Change, MachineSocket)>,
    teller: Teller,
    /// The screen, in a terminal.
    live: Option<Live>,
}

impl Watch<'_> {
    fn look_until(&mut self, stopped: &Receiver<()>) -> Result<(), Failure> {
        self.begin()?;
        let mut next = self.began;
        loop {
            next += self.pause;
            let left = next.saturating_duration_since(Instant::now());
            match stopped.recv_timeout(left) {
                Err(RecvTimeoutError::Timeout) => self.round()?,
                _ => return Ok(()),
            }
            // A machine that slept does not catch up.
            next = next.max(Instant::now().checked_sub(self.pause).unwrap_or(next));
        }
    }

    fn begin(&mut self) -> Result<(), Failure> {
        self.seen = Found::look(self.asked, None)?;
        add_interfaces(&mut self.known, &self.seen.sockets);
        if self.live.is_some() {
            self.draw();
        }
        let holders = |socket: &MachineSocket| self.seen.snapshot.programs(socket);
        let sort = (self.asked.sort, self.asked.reverse);
        let places = endpoint::sorted(&self.seen.sockets, &holders, sort.0, sort.1);
        let rows = Rows { sockets: &self.seen.sockets, places: &places, holders: &holders };
        self.teller.begin(rows, self.pause, &self.known, self.live.is_none());
        for sentence in &self.seen.unseen {
            self.teller.unseen(sentence, self.live.is_none());
        }
        Ok(())
    }

    fn round(&mut self) -> Result<(), Failure> {
        let now = Found::look(self.asked, Some(&self.seen.snapshot))?;
        add_interfaces(&mut self.known, &now.sockets);
        let changes = endpoint::changes(&self.seen.sockets, &now.sockets);
        let (at, moment) = (self.began.elapsed(), Instant::now());
        let marked = MARKED.max(self.pause);
        self.recent.retain(|(when, _, _)| moment.duration_since(*when) < marked);
        for (change, socket) in changes {
            let look = if change == Change::Gone { &self.seen } else { &now };
            let row = Row { socket: &socket, programs: look.snapshot.programs(&socket) };
            self.teller.change(at, change, &row, &self.known, self.live.is_none());
            if let Some(live) = &mut self.live {
                live.note(at, change, &row, &self.known);
                self.recent.push((moment, change, socket));
            }
        }
        self.teller.out.flush();
        self.seen = now;
        self.draw();
        Ok(())
    }

    /// Draws the screen, if there is one.
    fn draw(&mut self) {
        let Some(live) = &mut self.live else { return };
        let holders = |socket: &MachineSocket| self.seen.snapshot.programs(socket);
        let mut sockets = self.seen.sockets.clone();
        let mut marks: HashMap<Place, Change> = HashMap::new();
        for (_, change, socket) in &self.recent {
            marks.insert(place(socket), *change);
        }
        let there: HashSet<Place> = sockets.iter().map(|socket| place(&socket)).collect();
        for (_, change, socket) in &self.recent {
            // What has gone is shown once more, unless it has come again.
            if *change == Change::Gone
                && marks.get(&place(socket)) == Some(&Change::Gone)
                && !there.contains(&place(socket))
            {
                sockets.push(*socket);
            }
        }
        let sort = (self.asked.sort, self.asked.reverse);
        let places = endpoint::sorted(&sockets, &holders, sort.0, sort.1);
        let frame = Frame {
            rows: Rows { sockets: &sockets, places: &places, holders: &holders },
            marks: &marks,
            count: self.seen.sockets.len(),
            pause: self.pause,
            known: &self.known,
            programs: self.asked.query.programs,
            unseen: &self.seen.unseen,
            explain: self.explain,
        };
        live.draw(&mut self.teller.out, size(), &frame);
    }
}

/// The size of the screen, asked once for each picture: a window may change meanwhile.
fn size() -> Size {
    let size = terminal_size::terminal_size_of(io::stdout());
    let (columns, rows) = size.map_or((DEFAULT_WIDTH, 24), |(columns, rows)| {
        (usize::from(columns.0), usize::from(rows.0))
    });
    Size { columns: columns.max(20), rows: rows.max(2) }
}

/// Tells changes where there is no screen, and records them.
struct Teller {
    out: Output,
    format: Format,
    style: Style,
    record: Option<Json>,
}

impl Teller {
    /// What there is at the first look.
    fn begin(&mut self, rows: Rows, pause: Duration, known: &Known, aloud: bool) {
        let count = rows.places.len();
        let watching = json!({
            "event": "watching",
            "sockets": count,
            "pause_ns": u64::try_from(pause.as_nanos()).unwrap_or(u64::MAX),
        });
        if let Some(record) = &mut self.record {
            record.line(&watching);
            rows.each(|row| {
                let mut line = String::new();
                lines::socket(&mut line, row, known);
                record.written(&line);
            });
        }
        if !aloud {
            return;
        }
        match self.format {
            Format::Json => self.out.line(&watching.to_string()),
            Format::Csv => csv::header(&mut self.out, "seconds,change,was,"),
            Format::Markdown => markdown::header(&mut self.out, &["Seconds", "Change", "Was"]),
            Format::Text => {}
        }
        self.there(rows, known);
        if self.format == Format::Text {
            let sockets = if count == 1 { "socket" } else { "sockets" };
            self.out.line(&format!(
                "           watching {count} {sockets}, a look every {} s; one line for each change",
                pause.as_secs_f64()
            ));
        }
        self.out.flush();
    }

    /// One line for each socket of the first look.
    fn there(&mut self, rows: Rows, known: &Known) {
        let mut line = String::new();
        rows.each(|row| {
            line.clear();
            match self.format {
                Format::Json => lines::socket(&mut line, row, known),
                Format::Text => line.push_str(&change::first(&self.style, row, known)),
                Format::Csv => {
                    line.push_str("0.000,there,,");
                    csv::record(&mut line, row, known);
                }
                Format::Markdown => {
                    line.push_str("| 0.000 | there | - ");
                    markdown::cells_of(&mut line, row, known);
                }
            }
            self.out.line(&line);
        });
    }

    /// One line for each change.
    fn change(&mut self, at: Duration, what: Change, row: &Row, known: &Known, aloud: bool) {
        let mut line = String::new();
        if let Some(record) = &mut self.record {
            lines::change(&mut line, at, what, row, known);
            record.written(&line);
            record.pass_on();
        }
        if !aloud {
            return;
        }
        line.clear();
        let seconds = at.as_secs_f64();
        let (word, was) = match what {
            Change::New => ("new", ""),
            Change::State(was) => ("state", was.name()),
            Change::Gone => ("gone", ""),
        };
        match self.format {
            Format::Json => lines::change(&mut line, at, what, row, known),
            Format::Text => line = change::line(&self.style, at, what, row, known),
            Format::Csv => {
                line = format!("{seconds:.3},{word},{was},");
                csv::record(&mut line, row, known);
            }
            Format::Markdown => {
                let was = if was.is_empty() { "-" } else { was };
                line = format!("| {seconds:.3} | {word} | {was} ");
                markdown::cells_of(&mut line, row, known);
            }
        }
        self.out.line(&line);
    }

    /// What could not be seen.
    fn unseen(&mut self, sentence: &str, aloud: bool) {
        let line = lines::unseen(sentence);
        if let Some(record) = &mut self.record {
            record.line(&line);
        }
        if self.format == Format::Json {
            self.out.line(&line.to_string());
            self.out.flush();
        } else if aloud {
            Output::stderr().line(&self.style.paragraph("note    ", 8, sentence));
        }
    }
}
