//! Where a demo is watched from: a page or JSON Lines, and perhaps a record.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use super::seats::Usher;
use super::sheet::Sheet;
use crate::cli::{Format, Look};
use crate::commands::fate::Fate;
use crate::commands::run;
use crate::console;
use crate::demo::Scene;
use crate::error::{Exit, Failure};
use crate::event::{CaptureEvent, Departure, Event, Host, Kind};
use crate::input::{Input, InputSender};
use crate::render::demo::Page;
use crate::render::json::Json;
use crate::render::output::Output;
use crate::render::style::Style;

/// What the hall hears of.
pub(super) enum News {
    /// Something happened on the stage, at an end or told by the narrator.
    Happened(Option<String>, Box<Event>),
    /// Not all packets could be written.
    Unwritten(Failure),
    /// The scene is over.
    Over(Result<(), Failure>),
    /// Ctrl-C, or nobody reads any more.
    Interrupted,
    /// After that: what was captured has been told.
    Settled,
}

/// Draws and records.
pub(super) struct Hall {
    page: Option<(Output, Page)>,
    /// Events on the standard output.
    output: Option<Json>,
    record: Option<Json>,
    kept: Option<Fate>,
    usher: Usher,
    /// A picture for a browser.
    sheet: Option<Sheet>,
    pace: Option<(Duration, Receiver<()>)>,
    /// Lines that were waited after.
    told: usize,
    /// Packets are shown, and not only written to a file.
    packets: bool,
    /// What is told at the end.
    failed: Option<Failure>,
    last: Duration,
    /// Nobody reads the page any more.
    closed: Arc<AtomicBool>,
}

impl Hall {
    /// Opens what was asked for.
    ///
    /// # Errors
    ///
    /// [`Failure::File`] when the record cannot be written.
    pub(super) fn new(
        scene: &Scene,
        host: &Host,
        look: &Look,
        style: Style,
        usher: Usher,
    ) -> Result<Self, Failure> {
        let (record, kept) = run::watched_record(look)?.unzip();
        let mut output = None;
        let drawn = if look.format == Format::Json {
            output = Some(Json::new(Output::stdout(), &run::header(), true));
            None
        } else {
            // The first demo that anybody sees says what each call is for.
            let told = look.explain || scene.name == "stream";
            // Their servers wait for all clients at once.
            let chats = ["stream", "datagram", "clients", "duplex"].contains(&scene.name);
            let empty = Page::new(style, host.source_ports).with_all(look.explain);
            let empty = empty.with_reasons(told).without_vain(chats && !look.explain);
            let empty = empty.with_polls(scene.name == "blocking");
            // What they show is the talk; only the first tells how sockets are prepared for it.
            let empty = empty.without_preparing(chats && !told);
            let empty = empty.with_short_steps(scene.name == "clients" && !look.explain);
            Some((Output::stdout(), empty))
        };
        Ok(Self {
            page: drawn,
            output,
            record,
            kept,
            usher,
            sheet: None,
            pace: None,
            told: 0,
            packets: true,
            failed: None,
            last: Duration::ZERO,
            closed: Arc::default(),
        })
    }

    /// Draws a picture for a browser, too.
    pub(super) fn with_sheet(self, sheet: Option<Sheet>) -> Self {
        Self { sheet, ..self }
    }

    /// Shows packets, or keeps them from who watches.
    pub(super) fn with_packets(self, packets: bool) -> Self {
        Self { packets, ..self }
    }

    /// Waits so long after each line; `stop` ends a pause.
    pub(super) fn with_pace(self, pace: Duration, stop: Receiver<()>) -> Self {
        let pace = (!pace.is_zero()).then_some((pace, stop));
        Self { pace, ..self }
    }

    /// Who read the page has gone: that is the end, and no error.
    pub(super) fn when_closed(&mut self, keyboard: InputSender) {
        let closed = Arc::clone(&self.closed);
        if let Some((out, _)) = &mut self.page {
            out.when_closed(Box::new(move || {
                closed.store(true, Ordering::Relaxed);
                let _ = keyboard.send(Input::Interrupt);
            }));
        }
    }

    /// Watches until the scene is over.
    ///
    /// # Errors
    ///
    /// [`Failure`] of the scene.
    pub(super) fn watch(mut self, news: &Receiver<News>) -> Result<Exit, Failure> {
        loop {
            let next = news.try_recv().or_else(|_| {
                // Whoever reads along has everything before something is waited for.
                self.written().for_each(Json::pass_on);
                news.recv()
            });
            console::moved();
            match next {
                Ok(News::Happened(end, event)) => {
                    if self.happened(end.as_deref(), &event).is_err() {
                        return self.interrupted(news);
                    }
                }
                Ok(News::Over(result)) => {
                    let rest = self.page.as_mut().map(|(_, page)| page.finish());
                    let _ = self.show(rest.unwrap_or_default());
                    return result.and(self.close()).map(|()| Exit::Done);
                }
                Ok(News::Unwritten(failure)) => self.failed = Some(failure),
                Ok(News::Interrupted) | Err(_) => return self.interrupted(news),
                // Nobody has asked for it yet.
                Ok(News::Settled) => {}
            }
        }
    }

    /// Finishes what was to be kept.
    fn close(self) -> Result<(), Failure> {
        let packets = self.failed.map_or(Ok(()), Err);
        // Its last lines are written when it is dropped.
        drop((self.record, self.output));
        let record = self.kept.map_or(Ok(()), Fate::tell);
        let drawn = self.sheet.map_or(Ok(()), Sheet::write);
        packets.and(record).and(drawn)
    }

    /// Records and draws. An error is an interruption.
    fn happened(&mut self, end: Option<&str>, event: &Event) -> Result<(), ()> {
        if self.keep(end, event) { self.draw(end, event) } else { Ok(()) }
    }

    fn draw(&mut self, end: Option<&str>, event: &Event) -> Result<(), ()> {
        let lines = self.page.as_mut().map(|(_, page)| page.event(end, event));
        self.show(lines.unwrap_or_default())
    }

    /// Records. False if who watches is not to see it.
    fn keep(&mut self, end: Option<&str>, event: &Event) -> bool {
        self.last = event.at;
        let packet = matches!(event.kind, Kind::Capture(CaptureEvent::Packet(_)));
        let shown = self.packets || !packet;
        if let Some(record) = &mut self.record {
            record.event_of(end, event);
        }
        if let Some(sheet) = &mut self.sheet {
            sheet.event(end, event);
        }
        if let Some(output) = self.output.as_mut().filter(|_| shown) {
            output.event_of(end, event);
        }
        shown
    }

    /// Shows lines, each in its time.
    fn show(&mut self, lines: Vec<String>) -> Result<(), ()> {
        let Some((out, _)) = &mut self.page else { return Ok(()) };
        if lines.is_empty() {
            return Ok(());
        }
        for line in lines {
            out.line(&line);
            if let Some((pace, stop)) = &self.pace
                && begins(&line)
            {
                out.flush();
                self.told += 1;
                if stop.recv_timeout(slower(*pace, self.told)).is_ok() {
                    return Err(());
                }
            }
        }
        out.flush();
        Ok(())
    }

    /// What is written as JSON Lines.
    fn written(&mut self) -> impl Iterator<Item = &mut Json> {
        self.output.iter_mut().chain(&mut self.record)
    }

    /// Ends before the scene does, which goes on without anybody watching until the program has ended.
    /// What was captured so far is kept whole.
    fn interrupted(mut self, news: &Receiver<News>) -> Result<Exit, Failure> {
        let gone = self.closed.load(Ordering::Relaxed);
        self.usher.settle();
        // Of a story that is told slowly nothing more is told but how it came out.
        let slow = self.pace.take().is_some();
        let mut over = false;
        while let Ok(next) = news.recv() {
            console::moved();
            match next {
                // What the scene does after the capture has no packets any more.
                News::Happened(end, event) if !over => {
                    over = matches!(event.kind, Kind::Capture(CaptureEvent::Ended(_)));
                    if self.keep(end.as_deref(), &event) && (over || !slow) {
                        let _ = self.draw(end.as_deref(), &event);
                    }
                }
                News::Unwritten(failure) => self.failed = Some(failure),
                News::Settled => break,
                News::Happened(..) | News::Over(_) | News::Interrupted => {}
            }
        }
        let event = Event { at: self.last, kind: Kind::End(Departure::Interrupted) };
        self.written().for_each(|written| written.event_of(None, &event));
        self.close()?;
        Ok(if gone { Exit::Done } else { Exit::Interrupted })
    }
}

/// Whether a line begins something: what goes on a line, or fills a picture, comes with it.
fn begins(line: &str) -> bool {
    let first: String = line.trim_start_matches('\n').chars().take(9).collect();
    first.chars().any(|letter| letter.is_alphanumeric() || "[→-+".contains(letter))
}

/// So many lines of a story are waited after in full.
const PATIENCE: usize = 100;

/// How long to wait after a line: a long story is told faster and faster, so that who watches sees its
/// end.
fn slower(pace: Duration, told: usize) -> Duration {
    match told / PATIENCE {
        0 => pace,
        times => pace / (1 << (2 * times).min(20)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_story_ends() {
        let second = Duration::from_secs(1);
        let whole: Duration = (0..100_000).map(|told| slower(second, told)).sum();
        assert!(whole >= 100 * second && whole < 140 * second, "{whole:?}");
    }

    #[test]
    fn what_goes_on_a_line_is_not_waited_for() {
        for line in ["   1.000  ● A recv", "  → a fact", "\n2  A step", "[What you saw]"] {
            assert!(begins(line), "{line}");
        }
        for line in ["          │   = 0", "", "          ┃  waits 3 ms"] {
            assert!(!begins(line), "{line}");
        }
    }
}
