//! The thread that captures.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::clock::Clock;
use super::judge::{Judge, Verdict};
use super::lane::{Counts, Shared};
use super::numbers::Numbers;
use super::order::{Item, Order, Waiting};
use super::strangers::Strangers;
use super::twice::Twice;
use super::{CapturePlan, Outlet, Source};
use crate::cause::{Book, CallFact, PacketFact};
use crate::event::{
    CaptureEvent, CaptureReport, CaptureSetup, Captured, CapturedFrame, Cause, Content, Event,
    InterfaceName, Kind,
};
use crate::socket::{Hardware, Sighting, give_back, interface_name};
use crate::wire::{self, Link};

/// So long everything is held, for the packets that belong before it.
const HOLD: Duration = Duration::from_millis(20);
/// While something is held, the thread looks so often. The kernel keeps what comes meanwhile.
const TICK: Duration = Duration::from_millis(5);
/// Many packets without an owner are looked at again only so often.
const LOOKS: Duration = Duration::from_millis(125);
/// So many may wait for whoever takes them, and so many bytes of packets.
const FULL: usize = 131_072;
const FULL_BYTES: usize = 64 << 20;
/// So few are no work.
const FEW: usize = 256;
/// So many are read before something else is done.
const BATCH: usize = 16_384;
/// A batch is enough where frames are large.
const BATCH_BYTES: usize = 16 << 20;
/// So many batches at the end: more than the kernel has room for.
const BATCHES: usize = 64;
/// At the end: how long the last acknowledgement of a FIN may take, how long a connection may take to
/// end, and how long nothing has to come.
const ACKNOWLEDGED: Duration = Duration::from_secs(1);
const LAST: Duration = Duration::from_millis(150);
const QUIET: Duration = Duration::from_millis(50);
/// What is under way within this machine is here by then.
const GRACE: Duration = Duration::from_millis(5);
/// Room for a whole frame, whatever the segmentation offload made of it; and for all headers.
const WHOLE: usize = 1 << 18;
const HEADERS: usize = 512;
/// LINKTYPE numbers.
const ETHERNET: u16 = 1;
const NO_LINK: u16 = 101;

pub(super) struct Engine {
    socket: Source,
    buffer: Vec<u8>,
    clock: Clock,
    judge: Judge,
    numbers: Numbers,
    twice: Twice,
    order: Order,
    book: Book,
    /// Packets whose owner is not known, oldest first, and what was known when they were looked at.
    held: Strangers,
    held_at: u64,
    judged: Instant,
    names: HashMap<u32, InterfaceName>,
    outlet: Box<dyn Outlet>,
    report: CaptureReport,
    /// The end of the run, to be told last.
    last: Vec<(usize, Event)>,
    ends: Vec<Option<Arc<str>>>,
    newest: Duration,
    /// Up to here everything has been read.
    complete: Duration,
    handed_on: bool,
    hold: Duration,
    /// How far everything is, for who looks meanwhile.
    counts: Arc<Counts>,
}

impl Engine {
    pub(super) fn new(
        socket: Source,
        plan: &CapturePlan,
        began: Instant,
        outlet: Box<dyn Outlet>,
        counts: Arc<Counts>,
    ) -> Self {
        Self {
            socket,
            buffer: vec![0; if plan.whole { WHOLE } else { HEADERS }],
            clock: Clock::new(began),
            judge: Judge::new(plan.whom, plan.filter.link),
            numbers: Numbers::default(),
            twice: Twice::default(),
            order: Order::default(),
            book: Book::live(),
            held: Strangers::default(),
            hold: plan.hold.unwrap_or(HOLD),
            counts,
            held_at: 0,
            judged: began,
            names: HashMap::new(),
            outlet,
            report: CaptureReport::default(),
            last: Vec::new(),
            ends: Vec::new(),
            newest: Duration::ZERO,
            complete: Duration::ZERO,
            handed_on: false,
        }
    }

    pub(super) fn run(mut self, setup: CaptureSetup, shared: &Shared) {
        // Privileges belong to threads, and the socket is open: nothing here needs any.
        let _ = give_back();
        self.tell(CaptureEvent::Began(setup));
        loop {
            self.clock.keep();
            let now = self.clock.now();
            let mut finish = false;
            // Whoever takes events may be slow: then the kernel keeps packets, the ends wait, and
            // what is here already is handed on without being held.
            let full = self.order.len() >= FULL || self.order.bytes() >= FULL_BYTES;
            if full {
                finish = shared.is_finished();
            } else {
                finish |= self.listen(shared);
                self.complete = self.read(now);
            }
            let hold = if full { Duration::ZERO } else { self.hold };
            let all = self.hand_on(self.complete.saturating_sub(hold));
            self.count();
            if finish {
                break;
            }
            if !all {
                continue;
            }
            if self.order.is_empty() && self.held.len() == 0 {
                // An error comes back at once, and would again: so it is waited by the clock.
                if self.socket.wait(&shared.alarm, None).is_err() {
                    shared.pause(TICK);
                }
                let _ = shared.alarm.has_rung();
            } else {
                shared.pause(TICK);
            }
        }
        self.end(shared);
        shared.hand_over(self.outlet, self.report);
    }

    /// Takes what the ends have told, and whether the end has come.
    fn listen(&mut self, shared: &Shared) -> bool {
        let (events, finish) = shared.take();
        for (end, event) in events {
            let number = self.judge.owners.end(end.as_ref());
            if number == self.ends.len() {
                self.ends.push(end);
            }
            self.judge.owners.learn(number, &event);
            if let Kind::Call(call) = &event.kind {
                let end = self.ends[number].as_deref();
                self.book.call(&CallFact::of(end, call, event.at));
            }
            if matches!(event.kind, Kind::End(_)) && self.ends[number].is_none() {
                self.last.push((number, event));
            } else {
                self.order.put_event(number, event);
            }
        }
        finish
    }

    /// Reads what has come, and gives the time up to which everything has been read.
    fn read(&mut self, now: Duration) -> Duration {
        let room = self.order.bytes() + BATCH_BYTES;
        for _ in 0..BATCH {
            if self.order.bytes() > room {
                break;
            }
            match self.socket.receive(&mut self.buffer) {
                Ok(Some(sighting)) => self.take(&sighting),
                Ok(None) | Err(_) => return now,
            }
        }
        now.min(self.newest)
    }

    fn take(&mut self, sighting: &Sighting) {
        let (link, number) = match sighting.hardware {
            Hardware::Ethernet | Hardware::Loopback => (Link::Ethernet, ETHERNET),
            Hardware::None => (Link::Ip, NO_LINK),
            Hardware::Unknown => return self.report.others += 1,
        };
        let bytes = &self.buffer[..sighting.kept];
        let Ok(decoded) = wire::frame(link, bytes, sighting.length) else {
            return self.report.others += 1;
        };
        let at = self.clock.at(sighting.unix);
        self.newest = at;
        let loopback = sighting.hardware == Hardware::Loopback;
        let ends = (decoded.source.ip(), decoded.destination.ip());
        let frame = CapturedFrame {
            bytes: bytes.to_vec(),
            length: sighting.length,
            link_type: number,
            addresses: decoded.link.filter(|_| !loopback),
        };
        let packet = Box::new(Waiting {
            second: self.twice.is_second(&decoded, sighting.interface, sighting.unix),
            local: self.judge.local(sighting.way, loopback, ends.0, ends.1),
            decoded,
            unix: sighting.unix,
            at,
            interface: sighting.interface,
            frame,
        });
        self.judge.ask(&packet);
        self.order.put_packet(packet);
    }

    /// Hands on what happened up to that time, and what has found its owner since.
    /// Not everything at once: false if there is more, and something may be read meanwhile.
    fn hand_on(&mut self, until: Duration) -> bool {
        // Many strangers beside a busy run are looked at now and then only.
        let again = self.held.len() < FEW || self.judged.elapsed() >= LOOKS;
        if self.judge.owners.learned != self.held_at && again {
            self.held_at = self.judge.owners.learned;
            self.judged = Instant::now();
            for packet in self.held.take() {
                self.packet(packet);
            }
        }
        let now = self.clock.now();
        self.report.others += self.held.let_go(now);
        for _ in 0..FEW * 4 {
            match self.order.next(until) {
                Some(Item::Event(end, event)) => self.event(end, &event),
                Some(Item::Packet(packet)) => self.packet(*packet),
                None => {
                    if std::mem::take(&mut self.handed_on) {
                        self.outlet.flush();
                    }
                    return true;
                }
            }
        }
        false
    }

    fn event(&mut self, end: usize, event: &Event) {
        self.handed_on = true;
        self.counts.told.fetch_add(1, Ordering::Relaxed);
        self.outlet.event(self.ends.get(end).and_then(Option::as_deref), event);
    }

    fn packet(&mut self, packet: Waiting) {
        match self.judge.verdict(&packet) {
            Some(_) if packet.second => self.report.twice += 1,
            Some(verdict) => self.own(packet, verdict),
            None => self.held.push(packet),
        }
    }

    fn own(&mut self, packet: Waiting, verdict: Verdict) {
        let mut content = packet.decoded.content;
        let (source, destination) = (packet.decoded.source, packet.decoded.destination);
        if let Content::Tcp(segment) = &mut content {
            self.numbers.count(source, destination, segment);
        }
        self.report.packets += 1;
        let interface = *self.names.entry(packet.interface).or_insert_with(|| {
            InterfaceName::from(interface_name(packet.interface).as_deref().unwrap_or("?"))
        });
        let mut captured = Captured {
            number: self.report.packets,
            unix: packet.unix,
            interface,
            crossing: verdict.crossing,
            socket: verdict.socket,
            source,
            destination,
            length: packet.decoded.length,
            hop_limit: packet.decoded.hop_limit,
            content,
            cause: Cause::Unknown,
            frame: Arc::new(packet.frame),
        };
        let answer = self.book.packet(&PacketFact::of(&captured, packet.at));
        captured.cause = self.book.cause(&answer);
        if let Some(sender) = verdict.sender {
            for item in self.order.pull(sender, &captured, packet.at) {
                if let Item::Event(end, event) = item {
                    self.event(end, &event);
                }
            }
        }
        self.handed_on = true;
        self.counts.told.fetch_add(1, Ordering::Relaxed);
        let kind = CaptureEvent::Packet(Box::new(captured)).into();
        self.outlet.event(None, &Event { at: packet.at, kind });
    }

    /// Waits for what is still on the way, and hands on everything.
    fn end(&mut self, shared: &Shared) {
        let began = self.clock.now();
        let mut heard = began;
        loop {
            let now = self.clock.now();
            self.listen(shared);
            let seen = self.report.packets;
            let until = self.read(now);
            self.hand_on_all(until.saturating_sub(TICK));
            if self.report.packets != seen {
                heard = now;
            }
            let (passed, silent) = (now.saturating_sub(began), now.saturating_sub(heard));
            let ending = self.is_ending() && silent < QUIET;
            // A FIN whose acknowledgement is still to come ends the picture of its connection.
            let owed = self.numbers.is_ending() && passed < ACKNOWLEDGED;
            if !owed && (passed >= LAST || (passed >= GRACE && !ending)) {
                break;
            }
            let _ = self.socket.wait(&shared.alarm, Some(TICK / 2));
            let _ = shared.alarm.has_rung();
        }
        self.listen(shared);
        for _ in 0..BATCHES {
            let all = self.read(Duration::MAX) == Duration::MAX;
            self.hand_on_all(Duration::MAX);
            if all {
                break;
            }
        }
        self.report.others += self.held.take().len() as u64;
        self.report.dropped = self.socket.dropped();
        self.tell(CaptureEvent::Ended(self.report));
        for (end, event) in std::mem::take(&mut self.last) {
            // It is the last thing of the run, by its time as well.
            let at = event.at.max(self.clock.now());
            self.event(end, &Event { at, ..event });
        }
        self.count();
    }

    fn hand_on_all(&mut self, until: Duration) {
        while !self.hand_on(until) {
            self.count();
        }
        self.count();
    }

    /// Says how much is held.
    fn count(&self) {
        let held = self.order.len() + self.held.len() + self.last.len();
        self.counts.held.store(held as u64, Ordering::Relaxed);
    }

    /// Whether a connection is on its way to its end.
    fn is_ending(&self) -> bool {
        let open = |(own, other)| self.numbers.is_open(own, other);
        self.numbers.is_ending() || self.judge.owners.closed_streams().any(open)
    }

    fn tell(&mut self, event: CaptureEvent) {
        let event = Event { at: self.clock.now(), kind: event.into() };
        self.outlet.event(None, &event);
    }
}
