//! The first probe to each host and its first answer, taken apart (`--dissect`).
//!
//! What was received is in the inbox. What was *sent* is harder to come by: the kernel puts the IP
//! header before it, and on a ping socket and on IPv6 the checksum into it, after `sendto`. Linux gives
//! a copy of the packet as it left, with the time at which it did; elsewhere there is what was handed
//! over, and the fields that the kernel filled in stay unknown.

use std::net::IpAddr;

use super::judge::Answer;
use super::{Ping, Target};
use crate::event::{Direction, Dissection, IcmpEvent, Witness};
use crate::raw::link::Incoming;
use crate::wire::{self, Family, KnownIp};

/// What is to be shown of each host.
pub(super) struct Dissecting {
    stages: Vec<Stage>,
}

struct Stage {
    address: IpAddr,
    source: Option<IpAddr>,
    ttl: Option<u8>,
    /// The first request, as it was handed over.
    message: Vec<u8>,
    request: Part,
    answer: Part,
}

/// One of the two packets.
enum Part {
    Missing,
    Ready(Box<Dissection>),
    Shown,
}

impl Part {
    fn take(&mut self) -> Option<Box<Dissection>> {
        match std::mem::replace(self, Self::Shown) {
            Self::Ready(dissection) => Some(dissection),
            Self::Missing | Self::Shown => None,
        }
    }
}

impl Dissecting {
    pub fn new(targets: &[Target], sources: &[Option<IpAddr>], ttl: Option<u8>) -> Self {
        let stage = |(target, source): (&Target, &Option<IpAddr>)| Stage {
            address: target.address.ip(),
            source: *source,
            ttl,
            message: Vec::new(),
            request: Part::Missing,
            answer: Part::Missing,
        };
        Self { stages: targets.iter().zip(sources).map(stage).collect() }
    }

    /// Keeps the first request to a host.
    pub fn about_to_send(&mut self, host: usize, message: &[u8]) {
        let stage = &mut self.stages[host];
        if stage.message.is_empty() {
            stage.message.extend_from_slice(message);
        }
    }

    /// A packet has left: the frame begins with a header of the link layer, of which nobody says how
    /// long it is. The packet is at its end.
    pub fn left(&mut self, frame: &[u8]) {
        for stage in &mut self.stages {
            let ip_header = if stage.address.is_ipv6() { 40 } else { 20 };
            let length = ip_header + stage.message.len();
            let Some(begin) = frame.len().checked_sub(length) else { continue };
            let packet = &frame[begin..];
            if !matches!(stage.request, Part::Missing)
                || stage.message.is_empty()
                || !packet.ends_with(&stage.message[data_begins(&stage.message)..])
            {
                continue;
            }
            let dissected = wire::packet(Direction::Sent, Witness::Transmitted, packet);
            if let Ok(dissection) = dissected {
                stage.request = Part::Ready(Box::new(dissection));
                return;
            }
        }
    }

    /// An answer has come, in this message.
    pub fn received(&mut self, answer: &Answer, came: &Incoming<'_>) {
        let host = match answer {
            Answer::Reply(reply) => reply.probe.host,
            Answer::Error(error) => error.probe.host,
        };
        let stage = &mut self.stages[host];
        if !matches!(stage.answer, Part::Missing) {
            return;
        }
        let dissected = if came.has_ip_header {
            wire::packet(Direction::Received, Witness::Received, came.packet)
        } else {
            let known = KnownIp {
                family: family(stage.address),
                source: Some(came.from()),
                destination: came.to.or(stage.source),
                hop_limit: came.hop_limit,
            };
            wire::icmp_message(Direction::Received, Witness::ReceivedInPart, came.packet, &known)
        };
        if let Ok(dissection) = dissected {
            stage.answer = Part::Ready(Box::new(dissection));
        }
    }

    /// The request to a host, when it has not been shown.
    fn request(&mut self, host: usize) -> Option<Box<Dissection>> {
        let stage = &mut self.stages[host];
        if matches!(stage.request, Part::Missing) && !stage.message.is_empty() {
            let known = KnownIp {
                family: family(stage.address),
                source: stage.source,
                destination: Some(stage.address),
                hop_limit: stage.ttl,
            };
            let message = &stage.message;
            stage.request = Part::Shown;
            return wire::icmp_message(Direction::Sent, Witness::HandedOver, message, &known)
                .ok()
                .map(Box::new);
        }
        stage.request.take()
    }
}

/// Where the data of a message begins: what is before it the kernel may have changed.
fn data_begins(message: &[u8]) -> usize {
    message.len().min(8)
}

const fn family(address: IpAddr) -> Family {
    if address.is_ipv6() { Family::V6 } else { Family::V4 }
}

impl Ping {
    /// Shows the first request to a host, once, before anything is told of its answer.
    pub(super) fn dissect_request(&mut self, host: usize) {
        let request = self.dissecting.as_mut().and_then(|dissecting| dissecting.request(host));
        if let Some(request) = request {
            self.journal.emit(IcmpEvent::Dissected(*request));
        }
    }

    /// Shows the first answer, once.
    pub(super) fn dissect_answer(&mut self, host: usize) {
        let dissecting = self.dissecting.as_mut();
        let answer = dissecting.and_then(|dissecting| match dissecting.stages[host].answer {
            Part::Ready(_) => dissecting.stages[host].answer.take(),
            Part::Missing | Part::Shown => None,
        });
        if let Some(answer) = answer {
            self.journal.emit(IcmpEvent::Dissected(*answer));
        }
    }
}
