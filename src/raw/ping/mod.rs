//! # Ping: are you there, how far, and by which way?
//!
//! One loop, one thread. It sends a probe when the timetable says so, and between probes it waits for
//! whatever comes first: an answer, the next probe's time, the moment at which a probe is lost,
//! Ctrl-C. It never spins: a wait ends when something has happened.

mod answers;
mod dissect;
mod judge;
mod open;
mod path;

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::book::{Sent, Which};
use super::keyboard::{Keyboard, Wish};
use super::link::Link;
use super::pace::Timetable;
use crate::error::Failure;
use crate::event::{
    Call, Clock, Departure, FLOOD_LINES, IcmpEvent, IcmpRemark, Journal, Kind, Operation, OsError,
    Outcome, Pace, PingReport, Unsent,
};
use crate::socket;
use crate::wire::{self, Echo};
use dissect::Dissecting;
use judge::{Answer, Judge, mark, sequence};

/// What is asked of a ping.
#[derive(Clone, Debug)]
pub struct Config {
    /// Whom to ask.
    pub targets: Vec<Target>,
    /// Probes to each; none: until it is ended.
    pub count: Option<u32>,
    /// What decides when the next probe leaves.
    pub pace: Pace,
    /// From one probe to the next to the same host.
    pub interval: Duration,
    /// From one host to the next.
    pub gap: Duration,
    /// Bytes of data.
    pub size: usize,
    /// What to fill it with, if not with bytes that count up.
    pub pattern: Option<Vec<u8>>,
    /// The hop limit, if not the system's.
    pub ttl: Option<u8>,
    /// A reply later than that is late.
    pub timeout: Duration,
    /// The whole run takes no longer.
    pub deadline: Option<Duration>,
    /// When nothing has come from a host, it listens until then for the reason.
    pub linger: Duration,
    /// Whether the deadline is netlab's own, because what may be fast has to end.
    pub ends_by_itself: bool,
    /// True: nobody may cut probes into fragments; false: everybody may.
    pub dont_fragment: Option<bool>,
    /// Look for the way, with hop limits up to this.
    pub path: Option<u8>,
    /// The address to send from.
    pub source: Option<IpAddr>,
    /// The interface to use.
    pub interface: Option<String>,
    /// Take the first probe and its answer apart.
    pub dissect: bool,
    /// What becomes an event.
    pub telling: Telling,
    /// A random number: which run its probes belong to.
    pub run: u32,
    /// A random number: the identifier of its probes.
    pub identifier: u16,
}

/// What becomes an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Telling {
    /// Single replies are not to be shown. Only said: whoever draws decides what to leave out.
    pub quiet: bool,
    /// Every probe and every reply, and not only what is unusual.
    pub each: bool,
    /// How far it is, now and then.
    pub live: bool,
}

/// One host to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// As the user named it.
    pub name: String,
    /// Its address; port 0.
    pub address: SocketAddr,
    /// A broadcast address or a group: anybody may answer.
    pub many: bool,
}

/// How a ping ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Whether it succeeded, as ping counts: every host has answered; with a count and a deadline,
    /// every probe was answered before it.
    pub answered: bool,
}

/// A ping that is ready to send.
pub struct Ping {
    config: Config,
    links: Vec<Link>,
    judge: Judge,
    timetable: Timetable,
    keyboard: Keyboard,
    journal: Journal,
    began: Instant,
    dissecting: Option<Dissecting>,
    /// What has been heard and not yet been told.
    answers: Vec<Answer>,
    data: Vec<u8>,
    message: Vec<u8>,
    /// The system's queue is full: nothing is sent before then.
    hold: Duration,
    /// When the last answer was heard, if that was just now.
    heard: Option<Duration>,
    told: Duration,
    lines: u64,
    /// It listens on for a reason why nothing came, which was said.
    lingering: bool,
    /// Receiving has failed, which was said.
    failed: bool,
}

/// How often a live line changes.
const LIVE: Duration = Duration::from_millis(200);
/// When the system's queue is full, it is tried again after so long.
const QUEUE_FULL: Duration = Duration::from_micros(200);
/// Probes of a round that leave before somebody looks for answers.
const BATCH: u32 = 16;

impl Ping {
    /// Sends, waits, and accounts for every probe.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] when the system refuses to wait.
    pub fn run(mut self) -> Result<Ended, Failure> {
        let departure = match self.config.path {
            Some(hops) => return self.trace_path(hops),
            None => self.probe()?,
        };
        // What has arrived in the meantime still counts.
        self.hear();
        self.end(departure);
        let all = self.config.count.filter(|_| self.config.deadline.is_some());
        let needed = if self.config.ends_by_itself { 1 } else { all.unwrap_or(1) };
        Ok(Ended { answered: self.judge.book.all_answered(needed.into()) })
    }

    /// The account, and the sockets' end; then nothing follows.
    fn end(&mut self, departure: Departure) {
        self.journal.emit(IcmpEvent::Report(self.report(true)));
        self.links.clear();
        self.journal.emit(Kind::End(departure));
        self.journal.flush();
    }

    fn probe(&mut self) -> Result<Departure, Failure> {
        let mut batch = 0;
        loop {
            match self.keyboard.wish() {
                Some(Wish::End) => return Ok(Departure::Interrupted),
                Some(Wish::Status) => {
                    self.journal.emit(IcmpEvent::Status(self.report(true)));
                }
                None => {}
            }
            // In a flood the time at which the last answer was heard is as good as a new look.
            let now = self.heard.take().unwrap_or_else(|| self.began.elapsed());
            if self.config.deadline.is_some_and(|deadline| now >= deadline) {
                return Ok(Departure::Served);
            }
            self.expire(now);
            self.live(now);
            if let Some(count) = self.settled_count()
                && self.skip_settled(count)
            {
                return Ok(Departure::Served);
            }
            let next = self.timetable.next(self.judge.book.waits_for_last());
            if let Some((host, due)) = next
                && due.max(self.hold) <= now
            {
                self.send(host, now);
                batch += 1;
                if batch < BATCH && self.config.pace == Pace::Interval && self.is_due(now) {
                    continue;
                }
                batch = 0;
                // On loopback, and nearly so on a cable, the answer is there already.
                if self.hear() > 0 {
                    continue;
                }
            } else if next.is_none() && !self.judge.book.has_open() {
                if !self.lingers(now) {
                    return Ok(Departure::Served);
                }
                if !std::mem::replace(&mut self.lingering, true) {
                    let remark = IcmpRemark::Lingers(self.config.linger);
                    self.journal.emit(IcmpEvent::Remark(remark));
                }
            }
            batch = 0;
            self.wait(next.map(|(_, due)| due.max(self.hold)))?;
            self.hear();
        }
    }

    /// Whether the next probe of this round is due already.
    fn is_due(&self, now: Duration) -> bool {
        self.timetable.next(true).is_some_and(|(_, due)| due <= now)
    }

    /// With a count and a deadline: how many answers end it.
    fn settled_count(&self) -> Option<u64> {
        let count = self.config.count?;
        (self.config.deadline.is_some() && !self.config.ends_by_itself).then_some(count.into())
    }

    /// Leaves out hosts of which enough is known. True when that is all of them.
    fn skip_settled(&mut self, count: u64) -> bool {
        for _ in 0..self.config.targets.len() {
            match self.timetable.next(true) {
                Some((host, _)) if self.judge.book.is_settled(host, count) => self.timetable.skip(),
                _ => return false,
            }
        }
        true
    }

    /// Whether to listen on after the last probe: nothing has come, and the system, or the last router,
    /// may still be asking who has the address. That takes three seconds, and then it says so.
    fn lingers(&self, now: Duration) -> bool {
        now < self.config.linger && self.judge.book.is_in_the_dark()
    }

    /// Waits for whatever comes first, at most until then.
    fn wait(&mut self, until: Option<Duration>) -> Result<(), Failure> {
        let expiry = self.judge.book.next_expiry();
        let lingering = (until.is_none() && expiry.is_none()).then_some(self.config.linger);
        let moments = [until, expiry, self.config.deadline, lingering];
        let until = moments.into_iter().flatten().min();
        self.journal.flush();
        let limit = until.map(|until| until.saturating_sub(self.now()));
        if limit.is_some_and(|limit| limit.is_zero()) {
            return Ok(());
        }
        let sockets: Vec<_> = self.links.iter().map(Link::socket).collect();
        socket::wait(&sockets, &self.keyboard.alarm, limit).map_err(|error| {
            crate::error::CallError::new(Operation::Poll(sockets.len()), error).into()
        })
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn link(&self, host: usize) -> usize {
        let v6 = self.config.targets[host].address.is_ipv6();
        self.links.iter().position(|link| link.about().v6 == v6).unwrap_or(0)
    }

    /// Sends the next probe to a host.
    fn send(&mut self, host: usize, now: Duration) {
        let link = self.link(host);
        let which = Which { host, number: self.judge.book.next_number(host) };
        self.judge.data.write(mark(which), &mut self.data);
        let (family, about) = (self.links[link].family(), *self.links[link].about());
        let echo = Echo { identifier: about.identifier, sequence: sequence(which.number) };
        wire::echo_request(family, echo, &self.data, &mut self.message);
        if let Some(dissecting) = &mut self.dissecting {
            dissecting.about_to_send(host, &self.message);
        }
        let address = self.config.targets[host].address;
        // Last of all: what lies between this look at the clock and the packet is in the round trip.
        let at = if about.clock == Clock::Kernel { now } else { self.now() };
        let mut wall = Duration::ZERO;
        let mut result =
            self.links[link].socket().send_to(&self.message, address, || wall = wall_clock());
        if result.is_err() && self.links[link].is_told() {
            // A ping socket is told here what became of an earlier probe; this one was not sent.
            self.take_told(link);
            result = self.links[link].socket().send_to(&self.message, address, || {
                wall = wall_clock();
            });
        }
        let sent = Sent { at, wall };
        let refused = result.is_err();
        match result {
            Ok(_) => {
                self.judge.book.sent(host, sent);
                if self.config.telling.each {
                    let probe = self.judge.probe(&about, which);
                    self.journal.emit(IcmpEvent::Sent(probe));
                }
            }
            Err(error) if is_queue_full(&error) => {
                // Not this probe's fault: it leaves a little later.
                self.hold = now + QUEUE_FULL;
                return;
            }
            Err(error) => {
                self.judge.book.unsent(host, sent);
                self.refused(link, which, &error);
            }
        }
        self.timetable.sent(now, refused);
        if self.dissecting.is_some() {
            self.take_told(link);
        }
    }

    /// The system refused to send a probe.
    fn refused(&mut self, link: usize, which: Which, error: &std::io::Error) {
        if !self.may_tell() {
            return;
        }
        let probe = self.judge.probe(self.links[link].about(), which);
        let destination = self.config.targets[which.host].address;
        let os = OsError::from(error);
        let mtu =
            (os.name() == "EMSGSIZE").then(|| open::mtu(&self.journal, destination)).flatten();
        let call = Call {
            socket: probe.socket,
            operation: Operation::SendTo(self.message.len(), destination),
            outcome: Outcome::Failed(os),
            took: Duration::ZERO,
            state: crate::event::State::Unconnected,
        };
        self.journal.emit(IcmpEvent::Unsent(Unsent { probe, call, mtu, at: wall_clock() }));
    }

    /// Tells of the probes whose time is up.
    fn expire(&mut self, now: Duration) {
        if self.judge.book.next_expiry().is_none_or(|until| until > now) {
            return;
        }
        // Their answers may be here already, and nobody has looked.
        self.hear();
        while let Some(which) = self.judge.book.expire(now) {
            self.dissect_request(which.host);
            if self.may_tell() {
                let link = self.link(which.host);
                let probe = self.judge.probe(self.links[link].about(), which);
                self.journal.emit(IcmpEvent::Lost(probe, wall_clock()));
            }
        }
    }

    /// Whether one more thing that is not as it should be is told. When not every probe is, the first
    /// ones are enough.
    fn may_tell(&mut self) -> bool {
        self.lines += 1;
        if !self.config.telling.each && self.lines == FLOOD_LINES + 1 {
            self.journal.emit(IcmpEvent::Remark(IcmpRemark::NoMoreLines(FLOOD_LINES)));
        }
        self.config.telling.each || self.lines <= FLOOD_LINES
    }

    /// Says how far it is, if that is wanted and some time has passed.
    fn live(&mut self, now: Duration) {
        if self.config.telling.live && now >= self.told + LIVE {
            self.told = now;
            self.journal.emit(IcmpEvent::Progress(self.report(false)));
        }
    }

    fn report(&self, figures: bool) -> PingReport {
        PingReport {
            hosts: self.judge.book.reports(figures),
            others: self.judge.others,
            duration: self.now(),
        }
    }
}

/// The time of day, by which the kernel notes arrivals.
fn wall_clock() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Whether the system only has no room at this moment.
fn is_queue_full(error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::WouldBlock || OsError::from(error).name() == "ENOBUFS"
}
