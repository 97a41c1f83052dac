//! Packets whose owner is not known yet: the call that tells may not have returned.
//!
//! Beside a busy program of somebody else they are many, and each may be a whole frame, so they are
//! bounded by count and by bytes: the oldest go first.

use std::time::Duration;

use super::order::Waiting;

/// A packet waits so long for its owner, whose call may not have returned.
const PATIENCE: Duration = Duration::from_secs(1);
/// So many packets may wait for their owners.
const MOST: usize = 16_384;
/// So many bytes of them, all together.
const BYTES: usize = 16 << 20;

/// Those that wait, oldest first.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    waiting: Vec<Waiting>,
    bytes: usize,
}

impl Strangers {
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn push(&mut self, packet: Waiting) {
        self.bytes += packet.frame.bytes.len();
        self.waiting.push(packet);
    }

    /// All of them, to be looked at again.
    pub(super) fn take(&mut self) -> Vec<Waiting> {
        self.bytes = 0;
        std::mem::take(&mut self.waiting)
    }

    /// Lets go those that have waited for too long or are too many, and says how many.
    pub(super) fn let_go(&mut self, now: Duration) -> u64 {
        let old = self.waiting.partition_point(|packet| packet.at + PATIENCE < now);
        let mut gone = old.max(self.waiting.len().saturating_sub(MOST));
        let size = |packets: &[Waiting]| -> usize {
            packets.iter().map(|packet| packet.frame.bytes.len()).sum()
        };
        self.bytes -= size(&self.waiting[..gone]);
        while self.bytes > BYTES {
            self.bytes -= self.waiting[gone].frame.bytes.len();
            gone += 1;
        }
        self.waiting.drain(..gone);
        gone as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::CapturedFrame;
    use crate::wire::{self, Link};

    /// A UDP datagram over IPv4 in a frame that was kept whole.
    fn packet(at: Duration, bytes: usize) -> Waiting {
        let mut frame = vec![0; bytes];
        let header = [0x45, 0, 0, 32, 0, 1, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1];
        frame[..20].copy_from_slice(&header);
        frame[25] = 12;
        let decoded = wire::frame(Link::Ip, &frame, frame.len()).expect("a datagram");
        let frame = CapturedFrame { bytes: frame, length: 32, link_type: 101, addresses: None };
        let (interface, local, second) = (1, [true; 2], false);
        Waiting { decoded, unix: at, at, interface, local, second, frame }
    }

    #[test]
    fn whole_frames_of_others_are_bounded_by_their_bytes() {
        const FRAME: usize = 65_536;
        let mut strangers = Strangers::default();
        let mut gone = 0;
        for number in 0..1000 {
            strangers.push(packet(Duration::from_micros(number), FRAME));
            gone += strangers.let_go(Duration::from_micros(number));
        }
        assert_eq!(strangers.len(), BYTES / FRAME);
        assert_eq!(gone, 1000 - strangers.len() as u64);
        let oldest = strangers.waiting[0].at;
        assert_eq!(oldest, Duration::from_micros(gone));
        assert_eq!(strangers.let_go(Duration::from_secs(2)), (BYTES / FRAME) as u64);
        assert_eq!((strangers.len(), strangers.bytes), (0, 0));
    }
}
