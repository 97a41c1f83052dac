//! Is it mine? What every message that arrives is asked.
//!
//! The kernel gives all ICMP messages to all raw sockets, and anybody may send any. So a reply counts
//! only when everything in it is as it should be; what does not is counted as what it is.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use super::Target;
use crate::event::{
    Clock, IcmpEvent, IcmpRemark, Journal, Others, PingSocket, Probe, ProbeError, Reply, ReplyFate,
    Trouble,
};
use crate::raw::book::{Book, Sent, Standing, Which, high_half};
use crate::raw::data::{Data, Mark, Verdict};
use crate::raw::link::{Incoming, ToldTrouble};
use crate::wire::{Body, Echo, Quoted};

/// What a message was to one of our probes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer {
    Reply(Reply),
    Error(ProbeError),
}

/// Knows our probes, and what came that was not for us.
pub(super) struct Judge {
    pub book: Book,
    pub data: Data,
    pub others: Others,
    targets: Vec<Target>,
    by_address: HashMap<IpAddr, usize>,
    /// The host that many may answer for: a broadcast address or a group.
    many: Option<usize>,
    /// Bytes of a probe's ICMP message.
    bytes: usize,
    /// With which hop limit the probes to each host begin, and how many have each (`--path`).
    hops: Option<(u8, u32)>,
    /// The hop limit of all probes.
    ttl: Option<u8>,
    overflowed: [u32; 2],
    journal: Journal,
    said: Said,
}

/// What is said once.
#[derive(Default)]
struct Said {
    not_mine: bool,
    forged: bool,
    stepped: bool,
}

/// Two clocks that are kept by different means may differ by so much.
const CLOCK_TOLERANCE: Duration = Duration::from_millis(1);

impl Judge {
    pub fn new(
        targets: &[Target],
        data: Data,
        bytes: usize,
        book: Book,
        journal: &Journal,
    ) -> Self {
        let mut by_address = HashMap::new();
        for (host, target) in targets.iter().enumerate() {
            by_address.entry(target.address.ip()).or_insert(host);
        }
        Self {
            book,
            data,
            others: Others::default(),
            targets: targets.to_vec(),
            by_address,
            many: targets.iter().position(|target| target.many),
            bytes,
            hops: None,
            ttl: None,
            overflowed: [0; 2],
            journal: journal.clone(),
            said: Said::default(),
        }
    }

    /// Looks at a message.
    pub fn hear(
        &mut self,
        about: &PingSocket,
        came: &Incoming<'_>,
        now: Duration,
    ) -> Option<Answer> {
        let overflowed = &mut self.overflowed[usize::from(about.v6)];
        *overflowed = came.arrival.overflowed.max(*overflowed);
        self.others.overflowed = self.overflowed.iter().map(|&packets| u64::from(packets)).sum();
        let Ok(message) = came.message else {
            self.others.malformed += 1;
            return None;
        };
        match message.body {
            Body::EchoReply(echo, data) => self.reply(about, came, echo, data, now),
            Body::EchoRequest(..) => {
                self.others.requests += 1;
                None
            }
            Body::Error(..) if came.right_checksum().is_some() => {
                self.others.malformed += 1;
                None
            }
            Body::Error(trouble, Some(Quoted { echo: Some(echo), destination, data, .. })) => {
                let told = ToldTrouble {
                    from: came.from(),
                    to: Some(destination),
                    echo,
                    data,
                    trouble,
                    kind: message.kind,
                    code: message.code,
                    at: came.arrival.at,
                };
                self.told(about, &told, now)
            }
            Body::Error(..) => {
                self.others.errors += 1;
                None
            }
            Body::Other => {
                self.others.other += 1;
                None
            }
        }
    }

    fn reply(
        &mut self,
        about: &PingSocket,
        came: &Incoming<'_>,
        echo: Echo,
        data: &[u8],
        now: Duration,
    ) -> Option<Answer> {
        let from = came.from();
        if echo.identifier != about.identifier {
            self.others.replies += 1;
            self.not_mine(from, echo.identifier, about);
            return None;
        }
        let found = self.asked(from, echo.sequence, data);
        let verdict = found.map(|which| self.data.compare(mark(which), data));
        let (Some(which), Some(verdict @ (Verdict::Same | Verdict::Damaged(_)))) = (found, verdict)
        else {
            return self.forged(from, echo.sequence);
        };
        let Some(sent) = self.book.when(which) else {
            // So long ago that it was forgotten: whatever it is, it is one too many.
            let _ = self.book.answered(which, Duration::ZERO);
            return None;
        };
        let (round_trip, clock) = self.elapsed(about.clock, came.arrival.at, sent, now);
        let fate = self.fate(which, verdict, came, round_trip);
        Some(Answer::Reply(Reply {
            probe: self.probe(about, which),
            from,
            bytes: came.message.map_or(0, |message| message.bytes.len()),
            hop_limit: came.hop_limit,
            round_trip,
            clock,
            arrived: came.arrival.at.unwrap_or(sent.wall + round_trip),
            fate,
        }))
    }

    /// What a reply to one of our probes is, and enters it into the book.
    fn fate(
        &mut self,
        which: Which,
        verdict: Verdict,
        came: &Incoming<'_>,
        round_trip: Duration,
    ) -> ReplyFate {
        let damage = match (verdict, came.right_checksum()) {
            (Verdict::Damaged(fate), _) => Some(fate),
            (_, Some(computed)) => {
                let on_the_wire = came.message.map_or(0, |message| message.checksum);
                Some(ReplyFate::WrongChecksum { on_the_wire, computed })
            }
            _ => None,
        };
        if let Some(fate) = damage {
            self.book.damaged(which);
            return fate;
        }
        match self.book.answered(which, round_trip) {
            Standing::InTime => ReplyFate::Fine,
            Standing::Late => ReplyFate::Late,
            Standing::Duplicate => ReplyFate::Duplicate,
        }
    }

    /// Looks at an error, whether it came as a message or the system tells of it.
    pub fn told(
        &mut self,
        about: &PingSocket,
        told: &ToldTrouble<'_>,
        now: Duration,
    ) -> Option<Answer> {
        if told.echo.identifier != about.identifier {
            self.others.errors += 1;
            return None;
        }
        let Some(which) = self.quoted(told) else {
            return self.forged(told.from, told.echo.sequence);
        };
        let Some(sent) = self.book.when(which) else {
            return self.forged(told.from, told.echo.sequence);
        };
        let (after, _) = self.elapsed(about.clock, told.at, sent, now);
        // The packet goes on all the same after these two.
        let ends = !matches!(told.trouble, Trouble::Redirect { .. } | Trouble::SourceQuench);
        self.book.failed(which, ends);
        Some(Answer::Error(ProbeError {
            probe: self.probe(about, which),
            from: told.from,
            trouble: told.trouble,
            kind: told.kind,
            code: told.code,
            after,
            arrived: told.at.unwrap_or(sent.wall + after),
        }))
    }

    /// Which probe a reply answers: by its mark, and where that makes no sense by its sender, for the
    /// mark is data too and may be damaged.
    fn asked(&self, from: IpAddr, sequence: u16, data: &[u8]) -> Option<Which> {
        let marked = self.data.read(data).and_then(|mark| {
            let host = usize::from(mark.host);
            let target = self.targets.get(host)?;
            let may_answer = target.many || target.address.ip() == from;
            let found = self.book.find(host, sequence, Some(mark.high));
            // The host is believed although the number makes no sense: that part may be damaged.
            may_answer.then(|| found.or_else(|| self.book.find(host, sequence, None)))?
        });
        marked.or_else(|| {
            let host = self.by_address.get(&from).copied().or(self.many)?;
            self.book.find(host, sequence, None)
        })
    }

    /// Which probe an error is about: it went to one of our hosts, and what is quoted of its data is
    /// ours.
    fn quoted(&self, told: &ToldTrouble<'_>) -> Option<Which> {
        let sequence = told.echo.sequence;
        let to = |host: usize| {
            let target = self.targets.get(host)?;
            let right = told.to.is_none_or(|address| address == target.address.ip());
            right.then_some(host)
        };
        match self.data.read(told.data) {
            Some(mark) => self.book.find(to(usize::from(mark.host))?, sequence, Some(mark.high)),
            // As much as this must be quoted, and it is not our mark.
            None if self.data.is_marked() && told.data.len() >= 8 => None,
            None => {
                let host = match told.to {
                    Some(address) => *self.by_address.get(&address)?,
                    None => 0,
                };
                self.book.find(host, sequence, None)
            }
        }
    }

    /// A message that claims to be ours and is not.
    fn forged(&mut self, from: IpAddr, sequence: u16) -> Option<Answer> {
        self.others.forged += 1;
        if !std::mem::replace(&mut self.said.forged, true) {
            self.journal.emit(IcmpEvent::Remark(IcmpRemark::Forged { from, sequence }));
        }
        None
    }

    fn not_mine(&mut self, from: IpAddr, identifier: u16, about: &PingSocket) {
        if !std::mem::replace(&mut self.said.not_mine, true) {
            let own = about.identifier;
            let remark = IcmpRemark::NotMine { from, identifier, own };
            self.journal.emit(IcmpEvent::Remark(remark));
        }
    }

    pub fn probe(&self, about: &PingSocket, which: Which) -> Probe {
        Probe {
            socket: about.socket,
            host: which.host,
            destination: self.targets[which.host].address.ip(),
            sequence: sequence(which.number),
            number: which.number,
            bytes: self.bytes,
            ttl: match self.hops {
                Some((first, each)) => {
                    let hop = (which.number - 1) / u64::from(each.max(1));
                    u8::try_from(hop).ok().and_then(|hop| first.checked_add(hop))
                }
                None => self.ttl,
            },
        }
    }

    /// All probes have this hop limit.
    pub fn with_ttl(mut self, ttl: Option<u8>) -> Self {
        self.ttl = ttl;
        self
    }

    /// From now on the probes to each host have a growing hop limit.
    pub fn probe_hops(&mut self, first: u8, each: u32) {
        self.hops = Some((first, each));
    }

    /// The time from a probe to its answer: by the kernel's note of the arrival, when that makes sense.
    ///
    /// The kernel notes the time of day, which may be set while a probe is under way. The other clock
    /// cannot be set, but is read only when this program has been woken: it bounds the truth from
    /// above.
    fn elapsed(
        &mut self,
        clock: Clock,
        at: Option<Duration>,
        sent: Sent,
        now: Duration,
    ) -> (Duration, Clock) {
        let until_now = now.saturating_sub(sent.at);
        let noted = match (clock, at) {
            (Clock::Kernel, Some(at)) => at.checked_sub(sent.wall),
            _ => return (until_now, Clock::Program),
        };
        match noted {
            Some(noted) if noted <= until_now + CLOCK_TOLERANCE => (noted, Clock::Kernel),
            _ => {
                if !std::mem::replace(&mut self.said.stepped, true) {
                    self.journal.emit(IcmpEvent::Remark(IcmpRemark::ClockStepped));
                }
                (until_now, Clock::Program)
            }
        }
    }
}

/// The sequence number on the wire: the lower 16 bits of a probe's number.
pub(super) const fn sequence(number: u64) -> u16 {
    (number & 0xffff) as u16
}

/// The mark of a probe.
pub(super) fn mark(which: Which) -> Mark {
    let host = u16::try_from(which.host).unwrap_or(u16::MAX);
    Mark { host, high: high_half(which.number) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::SafeText;

    fn judge() -> Judge {
        let address = "10.77.2.2:0".parse().expect("an endpoint");
        let targets = [Target { name: "host".into(), address, many: false }];
        let host = (SafeText::new(b"host"), address.ip());
        let book = Book::new(std::iter::once(host), Duration::from_secs(1));
        Judge::new(&targets, Data::new(1, 56, None), 64, book, &Journal::silent())
    }

    /// Times by the kernel's notes are times of day: somebody may set the clock in between.
    #[test]
    fn a_clock_that_was_set_is_not_believed() {
        let ms = Duration::from_millis;
        let mut judge = judge();
        let sent = Sent { at: ms(100), wall: ms(50_000) };
        let mut elapsed = |at| judge.elapsed(Clock::Kernel, at, sent, ms(130));
        assert_eq!(elapsed(Some(ms(50_020))), (ms(20), Clock::Kernel));
        // Woken late, and set back, and set on by an hour, and no note at all.
        assert_eq!(elapsed(Some(ms(50_001))), (ms(1), Clock::Kernel));
        for at in [Some(ms(49_000)), Some(ms(3_650_020)), None] {
            assert_eq!(elapsed(at), (ms(30), Clock::Program));
        }
        assert!(judge.said.stepped);
    }
}
