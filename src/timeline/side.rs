//! What the packets say of one end of a connection: its state, and the numbers by which a segment
//! counts or is thrown away ([RFC 9293 § 3.4](https://www.rfc-editor.org/rfc/rfc9293#section-3.4)).

use std::sync::Arc;

#[derive(Debug, Default)]
pub(super) struct Side {
    pub state: Option<Arc<str>>,
    /// The state before a RST of which nobody could say whether it counts.
    pub before_reset: Option<Arc<str>>,
    /// The number behind this side's SYN, once it left.
    pub own_syn: Option<u32>,
    /// The number behind this side's FIN, once it left.
    pub own_fin: Option<u32>,
    /// The number behind the other side's FIN, while bytes before it are missing.
    pub early_fin: Option<u32>,
    /// The number behind the last that left: nobody can acknowledge more.
    pub next: Option<u32>,
    /// The number of the next byte from the other side.
    pub expected: Option<u32>,
    /// The same, by what was seen to arrive alone. Less, where this side has acknowledged what the
    /// capture missed, or what arrives only later in the picture.
    pub heard: Option<u32>,
    /// A call took it from the listener.
    pub taken: bool,
}

impl Side {
    /// Whether a number that is acknowledged was sent, from a first one on.
    pub(super) fn sent(&self, number: u32, first: u32) -> bool {
        reached(number, first) && self.next.is_none_or(|next| reached(next, number))
    }

    /// Whether a FIN is a new one, by the number behind it: one that is older than what is expected
    /// is thrown away, as RFC 9293 § 3.10.7.4 has it in its first step.
    pub(super) fn is_new(&self, behind: u32) -> bool {
        let Some(expected) = self.expected else { return true };
        let number = behind.wrapping_sub(1);
        let taken = self.heard.is_some_and(|heard| reached(number, heard));
        reached(number, expected) || taken && reached(expected, behind)
    }

    /// What arrived in order.
    pub(super) fn hear(&mut self, behind: u32) {
        for number in [&mut self.heard, &mut self.expected] {
            if number.is_none_or(|known| reached(behind, known)) {
                *number = Some(behind);
            }
        }
    }
}

/// Whether a sequence number is at or behind another; they go round.
pub(super) const fn reached(number: u32, mark: u32) -> bool {
    number.wrapping_sub(mark) < 1 << 31
}
