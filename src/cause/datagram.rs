//! Datagrams: one call, one packet.

use std::time::Duration;

use super::answer::{Answer, why};
use super::book::Book;
use super::fact::{Address, PacketFact, address};
use super::sockets::{Datagram, SLACK};

/// How far back a datagram's call is looked for.
const WINDOW: usize = 512;
/// Bytes of the header of an ICMP message, which is part of what a call hands over.
const ICMP_HEADER: u64 = 8;

impl Book {
    pub(super) fn udp(&mut self, fact: &PacketFact, bytes: u64) -> Answer {
        let answer = self.sender(fact, bytes);
        if self.last.len() > WINDOW {
            self.last.clear();
        }
        self.last.insert((fact.source.ip(), fact.destination.ip()), answer.clone());
        answer
    }

    /// The other fragments follow the first, and only that one has ports.
    pub(super) fn fragment(&mut self, fact: &PacketFact) -> Answer {
        let hosts = (fact.source.ip(), fact.destination.ip());
        self.last.get(&hosts).cloned().unwrap_or(Answer::Unknown)
    }

    pub(super) fn icmp(&mut self, fact: &PacketFact, kind: u8, code: u8, bytes: u64) -> Answer {
        let six = fact.source.is_ipv6();
        match (six, kind, code) {
            (false, 8, _) | (true, 128, _) => self.udp(fact, bytes + ICMP_HEADER),
            (false, 0, _) | (true, 129, _) => Answer::Kernel(why::ANSWERS_ECHO),
            (false, 3, 3) | (true, 1, 4) => Answer::Kernel(why::NO_PORT),
            (false, 11, 0) | (true, 3, 0) => Answer::Kernel(why::HOP_LIMIT),
            (true, 133..=137, _) => Answer::Kernel(why::FINDS_LINK),
            (false, 3..=5 | 11 | 12, _) | (true, 1..=4, _) => Answer::Kernel(why::REPORTS),
            _ => Answer::Unknown,
        }
    }

    fn sender(&mut self, fact: &PacketFact, bytes: u64) -> Answer {
        let (here, there) = (address(fact.source), address(fact.destination));
        let mut best: Option<(bool, usize, usize)> = None;
        for index in self.sockets.datagram_senders(here, there) {
            let Some(socket) = self.sockets.get(index) else { continue };
            let datagrams = &socket.datagrams;
            let Some((sure, at)) = find(datagrams, there, bytes, fact.at) else { continue };
            if best.is_none_or(|(best, ..)| sure && !best) {
                best = Some((sure, index, at));
            }
        }
        let Some((_, index, at)) = best else {
            return if fact.own { Answer::Unknown } else { Answer::Peer };
        };
        let Some(datagram) =
            self.sockets.get_mut(index).and_then(|socket| socket.datagrams.get_mut(at))
        else {
            return Answer::Unknown;
        };
        datagram.seen = true;
        Answer::one(datagram.place)
    }
}

/// The call that handed over a datagram: the one that was being made at that time, and sure; or else
/// the first that is still without a packet. A packet that was lost on the way to the capture then
/// spoils one answer and not all that follow.
fn find(
    datagrams: &std::collections::VecDeque<Datagram>,
    there: Address,
    bytes: u64,
    at: Duration,
) -> Option<(bool, usize)> {
    let behind = datagrams.partition_point(|datagram| datagram.begin <= at + SLACK);
    let first = behind.saturating_sub(WINDOW);
    let mut earliest = None;
    let mut near = None;
    for (index, datagram) in datagrams.range(first..behind).enumerate() {
        if datagram.seen || datagram.to != there || datagram.bytes != bytes {
            continue;
        }
        if datagram.begin <= at && at <= datagram.returned {
            return Some((true, first + index));
        }
        if near.is_none() && at <= datagram.returned + SLACK {
            near = Some(first + index);
        }
        earliest.get_or_insert(first + index);
    }
    near.map(|index| (true, index)).or(earliest.map(|index| (false, index)))
}
