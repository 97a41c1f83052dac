//! Each packet once: the loopback's second copy is the kernel filter's business, and a packet that
//! crosses two interfaces of this machine (a bridge, a pair of virtual ones) is seen at the first.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::event::Content;
use crate::wire::Decoded;

/// So long after it was seen a packet may come by again.
const WHILE: Duration = Duration::from_millis(100);

/// The packets of the last moment.
#[derive(Debug, Default)]
pub(super) struct Twice {
    hash: RandomState,
    seen: HashMap<u64, (u32, Duration)>,
    order: VecDeque<(u64, Duration)>,
}

impl Twice {
    /// Whether the same packet was seen a moment ago at another interface. A packet that is sent again
    /// is seen at the same one.
    pub(super) fn is_second(&mut self, packet: &Decoded, interface: u32, unix: Duration) -> bool {
        while let Some((name, at)) = self.order.front().copied()
            && (at + WHILE < unix || self.order.len() > 4096)
        {
            self.order.pop_front();
            if self.seen.get(&name).is_some_and(|(_, seen)| *seen == at) {
                self.seen.remove(&name);
            }
        }
        let name = self.name(packet);
        if let Some((first, _)) = self.seen.get(&name) {
            return *first != interface;
        }
        self.seen.insert(name, (interface, unix));
        self.order.push_back((name, unix));
        false
    }

    /// What stays the same on the way: neither hop limit nor link layer.
    fn name(&self, packet: &Decoded) -> u64 {
        let id = packet.identification;
        let ends = (packet.source, packet.destination, packet.length, id);
        match &packet.content {
            Content::Tcp(segment) => self.hash.hash_one((
                ends,
                segment.sequence,
                segment.acknowledgment,
                segment.flags,
                segment.window,
                segment.payload,
            )),
            Content::Udp(payload) => self.hash.hash_one((ends, 17, payload)),
            Content::Icmp(message) => self.hash.hash_one((
                ends,
                message.kind,
                message.code,
                message.echo,
                message.payload,
            )),
            Content::Fragment(offset, more) => self.hash.hash_one((ends, offset, more)),
            Content::Arp(resolution) => self.hash.hash_one((ends, resolution.operation)),
            Content::Other(number) => self.hash.hash_one((ends, number)),
        }
    }
}
