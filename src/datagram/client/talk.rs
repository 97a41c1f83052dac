//! Lines, typed or piped: each is a datagram, sent as it is.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use super::link::Link;
use super::memory::{Answer, Memory};
use super::receiving::{News, Receiving};
use super::tally::Verdict;
use super::{Config, Ended};
use crate::datagram::{is_too_long, longest, text};
use crate::error::{CallError, Failure};
use crate::event::{
    Cast, Datagram, DatagramEvent, Departure, Direction, Fate, Kind, OnPurpose, Remark, Report,
};
use crate::figures::{self, Jitter};
use crate::input::{self, Command, Input, InputSender};

/// Lines that may be unanswered at a time, and their bytes: a file that is piped must not drown the
/// server. What is typed never gets there.
const WINDOW: usize = 32;
const WINDOW_BYTES: usize = 64 * 1024;
/// Arrivals that wait to be shown; while the queue is full the system keeps, and then drops, them.
const QUEUE: usize = 1024;
/// Datagrams of strangers that are shown; more are only counted. Anybody can send them.
const STRANGERS: u64 = 10;

/// What the main thread waits for.
#[derive(Debug)]
enum Happening {
    /// A line, or Ctrl-C.
    Input,
    /// A datagram.
    Arrived(Arrival),
    /// "Port unreachable".
    Unreachable(io::Error),
}

#[derive(Debug)]
struct Arrival {
    bytes: Vec<u8>,
    /// Its length before it was cut.
    length: usize,
    from: SocketAddr,
    at: Instant,
}

/// A client that sends lines.
#[derive(Debug)]
pub struct Talk {
    link: Arc<Link>,
    interrupted: Arc<AtomicBool>,
    timeout: Duration,
    input: Receiver<Input>,
    happened: (SyncSender<Happening>, Receiver<Happening>),
    receiving: Option<Receiving>,
    memory: Memory,
    last_sent: Option<Instant>,
    /// Why nobody may answer has been told.
    told: bool,
    /// Something came back.
    answered: bool,
    /// The other side ends its datagrams with a line feed.
    line_feeds: bool,
    /// No more lines will come, and how that is.
    leaving: Option<Departure>,
    report: Report,
    round_trips: Vec<u64>,
    jitter: Jitter,
    began: Instant,
}

impl Talk {
    pub(super) fn new(link: Link, config: &Config) -> (Self, InputSender) {
        let happened = sync_channel(QUEUE);
        // Ctrl-C may come until the program ends, so its handler must not own the socket.
        let interrupted = Arc::new(AtomicBool::new(false));
        let (arrived, woken, by_ctrl_c) =
            (happened.0.clone(), happened.0.clone(), Arc::clone(&interrupted));
        let (sender, input) = input::queue(
            move || drop(arrived.send(Happening::Input)),
            move || {
                by_ctrl_c.store(true, Ordering::SeqCst);
                // A full queue wakes the main thread as well.
                drop(woken.try_send(Happening::Input));
            },
        );
        let talk = Self {
            link: Arc::new(link),
            interrupted,
            timeout: config.timeout,
            input,
            happened,
            receiving: None,
            memory: Memory::new(config.timeout),
            last_sent: None,
            told: false,
            answered: false,
            line_feeds: false,
            leaving: None,
            report: Report::default(),
            round_trips: Vec::new(),
            jitter: Jitter::default(),
            began: Instant::now(),
        };
        (talk, sender)
    }

    /// Talks until the user leaves.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] when the system refuses to send.
    pub(super) fn run(mut self) -> Result<Ended, Failure> {
        let result = self.talk();
        self.link.end(self.receiving.take());
        let journal = self.link.journal.clone();
        let report = self.account();
        let unanswered = report.sent > 0 && !self.answered;
        drop(self);
        if report.sent > 0 {
            journal.emit(DatagramEvent::Report(report));
        }
        let how = result?;
        journal.emit(Kind::End(how.clone()));
        journal.flush();
        Ok(Ended { how, unanswered })
    }

    fn talk(&mut self) -> Result<Departure, Failure> {
        loop {
            while self.has_room()
                && !self.interrupted.load(Ordering::SeqCst)
                && let Ok(input) = self.input.try_recv()
            {
                self.hear_user(input)?;
            }
            self.link.journal.flush();
            if self.interrupted.load(Ordering::SeqCst) {
                return Ok(Departure::Interrupted);
            }
            let deadline = self.give_up_waiting(Instant::now());
            let deadline = deadline.or_else(|| self.more_may_answer());
            if let (Some(how), None) = (&self.leaving, deadline) {
                return Ok(how.clone());
            }
            match self.next(deadline) {
                Some(Happening::Arrived(arrival)) => self.hear_server(&arrival),
                Some(Happening::Unreachable(error)) => {
                    self.link.unreachable(self.link.receive_operation(), &error);
                    // All of them went to the same closed port.
                    self.memory.give_up();
                }
                Some(Happening::Input) | None => {}
            }
        }
    }

    /// Waits for what comes first. None when the deadline has passed.
    fn next(&self, deadline: Option<Instant>) -> Option<Happening> {
        let happened = &self.happened.1;
        let result = match deadline {
            None => happened.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(at) => happened.recv_timeout(at.saturating_duration_since(Instant::now())),
        };
        result.ok()
    }

    /// Whoever asks everybody does not know how many will answer: until when that may be.
    fn more_may_answer(&self) -> Option<Instant> {
        let until = self.last_sent? + self.timeout;
        let many = self.link.cast != Cast::Unicast;
        (many && self.leaving.is_some() && until > Instant::now()).then_some(until)
    }

    fn has_room(&self) -> bool {
        self.leaving.is_none() && self.memory.has_room(WINDOW, WINDOW_BYTES)
    }

    fn hear_user(&mut self, input: Input) -> Result<(), Failure> {
        let line = match input {
            Input::Interrupt => {
                self.interrupted.store(true, Ordering::SeqCst);
                return Ok(());
            }
            Input::Leave | Input::End => {
                self.leaving = Some(Departure::Left);
                return Ok(());
            }
            Input::Status => return Ok(()),
            Input::Line(line) => line,
        };
        let journal = self.link.journal.clone();
        match Command::read(&line) {
            Some(Command::Leave) => self.leaving = Some(Departure::Left),
            Some(Command::Who) => journal.emit(Kind::Endpoints(self.link.rows()?)),
            Some(Command::Stats) => journal.emit(DatagramEvent::Report(self.account())),
            Some(Command::Help) => {
                journal.emit(DatagramEvent::Remark(Remark::Help { server: false }));
            }
            Some(Command::TakeTurn) | None => self.say(line)?,
        }
        Ok(())
    }

    fn say(&mut self, words: String) -> Result<(), Failure> {
        let mut bytes = words.into_bytes();
        if self.line_feeds {
            bytes.push(b'\n');
        }
        let link = &self.link;
        let limit = longest(&link.server);
        let length = bytes.len();
        if length > limit {
            link.journal.emit(DatagramEvent::Remark(Remark::TooLong { length, limit }));
            return Ok(());
        }
        link.consider_size(length);
        if looks_like_a_command(&bytes) {
            link.journal.emit(DatagramEvent::Remark(Remark::NoCommand(text(&bytes))));
        }
        let at = Instant::now();
        let refused = link.refused.load(Ordering::Relaxed);
        let sent = link.send(&bytes);
        if link.refused.load(Ordering::Relaxed) > refused {
            // The system told of an earlier line's fate when it was asked to send this one.
            self.memory.give_up();
        }
        match sent {
            Err(error) if is_too_long(&error.error) => {
                let mtu = link.path_mtu();
                let remark = Remark::TooLargeForWay { size: length, mtu };
                link.journal.emit(DatagramEvent::Remark(remark));
                return Ok(());
            }
            result => result?,
        }
        self.report.sent += 1;
        self.report.bytes_sent += length as u64;
        link.journal.emit(DatagramEvent::Passed(Datagram {
            socket: link.socket.id(),
            direction: Direction::Sent,
            peer: link.server,
            bytes: length,
            text: text(&bytes),
            fate: Fate::Fine,
            round_trip: None,
            sequence: None,
            on_purpose: OnPurpose::default(),
        }));
        self.last_sent = Some(at);
        self.memory.sent(bytes, at);
        if self.receiving.is_none() {
            self.receiving = Some(self.start_receiving()?);
        }
        Ok(())
    }

    /// Starts the thread that receives, and lets the main one hear of it.
    fn start_receiving(&self) -> Result<Receiving, CallError> {
        let happened = self.happened.0.clone();
        self.link.listen(move |news| {
            let news = match news {
                News::Taken(taken) => Happening::Arrived(Arrival {
                    bytes: taken.bytes.to_vec(),
                    length: taken.length,
                    from: taken.from,
                    at: Instant::now(),
                }),
                News::Unreachable(error) => Happening::Unreachable(error),
            };
            happened.send(news).is_ok()
        })
    }

    fn hear_server(&mut self, arrival: &Arrival) {
        let cut = arrival.length > arrival.bytes.len();
        let asked = self.link.may_answer(arrival.from);
        let mut answer = if asked {
            self.memory.answer(&arrival.bytes, cut, arrival.at)
        } else {
            Answer::to_nothing(Fate::Foreign)
        };
        if answer.fate == Fate::Duplicate && self.link.cast != Cast::Unicast {
            // Somebody else's answer to the same question.
            answer.fate = Fate::Fine;
        }
        self.count(arrival, answer);
        let link = &self.link;
        if answer.fate == Fate::Foreign
            && self.report.foreign > STRANGERS
            && !link.journal.wants_calls()
        {
            return;
        }
        let Answer { fate, round_trip, .. } = answer;
        let verdict = Verdict { fate, round_trip, sequence: None };
        link.tell(arrival.from, &arrival.bytes, arrival.length, verdict);
        if answer.fate == Fate::Other && arrival.bytes.ends_with(b"\n") && !self.line_feeds {
            self.line_feeds = true;
            link.journal.emit(DatagramEvent::Remark(Remark::LineFeeds));
        }
    }

    fn count(&mut self, arrival: &Arrival, answer: Answer) {
        let report = &mut self.report;
        match answer.fate {
            Fate::Foreign => {
                report.foreign += 1;
                return;
            }
            Fate::Duplicate => report.duplicated += 1,
            Fate::Late => report.late += 1,
            Fate::Truncated => report.truncated += 1,
            // Nothing was asked, or not any more.
            Fate::Other if answer.round_trip.is_none() => report.foreign += 1,
            _ => report.received += answer.lines,
        }
        report.merged += if answer.fate == Fate::Merged { answer.lines } else { 0 };
        report.reordered += u64::from(answer.fate == Fate::Reordered);
        report.bytes_received += arrival.bytes.len() as u64;
        self.answered = true;
        if matches!(answer.fate, Fate::Fine | Fate::Reordered | Fate::Merged | Fate::Other)
            && let Some(round_trip) = answer.round_trip
        {
            let nanoseconds = u64::try_from(round_trip.as_nanos()).unwrap_or(u64::MAX);
            self.round_trips.push(nanoseconds);
            self.jitter.add(nanoseconds);
        }
    }

    /// Says of what nobody answered in time that nobody did. Gives the next deadline.
    fn give_up_waiting(&mut self, now: Instant) -> Option<Instant> {
        let link = &self.link;
        while let Some(bytes) = self.memory.expire(now) {
            link.journal.emit(DatagramEvent::Remark(Remark::Silence {
                text: text(bytes),
                waited: self.timeout,
                first: !std::mem::replace(&mut self.told, true),
                connected: link.is_connected(),
            }));
            link.journal.flush();
        }
        self.memory.deadline()
    }

    fn account(&mut self) -> Report {
        let report = &self.report;
        let answered = report.received + report.late + report.truncated;
        Report {
            outstanding: self.memory.outstanding(),
            lost: report.sent.saturating_sub(answered + self.memory.outstanding()),
            refused: self.link.refused.load(Ordering::Relaxed),
            duration: self.began.elapsed(),
            round_trip: figures::round_trip(&mut self.round_trips, self.jitter),
            ..report.clone()
        }
    }
}

/// A slash and letters: perhaps a mistyped command.
fn looks_like_a_command(line: &[u8]) -> bool {
    let word = line.strip_prefix(b"/").unwrap_or_default();
    !word.is_empty() && word.iter().all(u8::is_ascii_alphabetic)
}
