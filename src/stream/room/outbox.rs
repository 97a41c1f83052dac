//! What a member has still to be sent.

use std::collections::VecDeque;
use std::sync::Arc;

/// A queue of at most this many bytes delays nobody; beyond it, who speaks is made to wait.
pub const FULL: usize = 256 * 1024;
/// A full queue counts as full until it has come down to this many bytes.
pub const RELIEVED: usize = 64 * 1024;
/// Beyond this many bytes nobody is read from until the queue is shorter.
pub const CHOKED: usize = 1024 * 1024;
/// What one `send` is offered at most, in bytes. A `send` that waits returns when all of its offer is
/// taken, and only then does a slow reader's progress show.
const OFFER: usize = 64 * 1024;

/// Bytes on their way to one member. The bytes of a broadcast are shared by all its outboxes.
#[derive(Debug, Default)]
pub struct Outbox {
    chunks: VecDeque<Arc<[u8]>>,
    /// Bytes of the first chunk that are sent already.
    sent: usize,
    bytes: usize,
}

impl Outbox {
    /// Bytes in the queue.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.bytes
    }

    /// True when nothing is to be sent.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Appends bytes.
    pub fn push(&mut self, chunk: Arc<[u8]>) {
        if !chunk.is_empty() {
            self.bytes += chunk.len();
            self.chunks.push_back(chunk);
        }
    }

    /// What to offer to the next `send`: the first chunk, or several small ones put together in
    /// `scratch`, so that many lines cost one call.
    #[must_use]
    pub fn offer<'a>(&'a self, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        let Some(first) = self.chunks.front() else {
            return &[];
        };
        let first = &first[self.sent..];
        if self.chunks.len() == 1 || first.len() >= OFFER {
            return &first[..first.len().min(OFFER)];
        }
        scratch.clear();
        scratch.extend_from_slice(first);
        for chunk in self.chunks.iter().skip(1) {
            if scratch.len() + chunk.len() > OFFER {
                break;
            }
            scratch.extend_from_slice(chunk);
        }
        scratch
    }

    /// So many bytes of the offer were taken.
    pub fn sent(&mut self, mut bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
        while let Some(first) = self.chunks.front() {
            let left = first.len() - self.sent;
            if bytes < left {
                self.sent += bytes;
                return;
            }
            bytes -= left;
            self.sent = 0;
            self.chunks.pop_front();
        }
        // An idle member keeps no memory for a burst it once had.
        if self.chunks.capacity() > 64 {
            self.chunks = VecDeque::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_in_order_however_it_is_taken() {
        for step in 1..=13 {
            let mut outbox = Outbox::default();
            let mut expected = Vec::new();
            for (letter, length) in (b'a'..).zip([1, 5, 0, 3, 17, 2]) {
                let chunk = vec![letter; length];
                expected.extend_from_slice(&chunk);
                outbox.push(chunk.into());
            }
            let (mut taken, mut scratch) = (Vec::new(), Vec::new());
            while !outbox.is_empty() {
                let offer = outbox.offer(&mut scratch);
                let part = offer[..step.min(offer.len())].to_vec();
                outbox.sent(part.len());
                taken.extend(part);
            }
            assert_eq!(taken, expected, "taken {step} at a time");
        }
    }
}
