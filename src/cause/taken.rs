//! The other direction: whose bytes a call took.

use super::book::{Book, Taken};
use super::fact::Address;
use super::sockets::SLACK;

/// How many of a sender's datagrams are looked at.
const WINDOW: usize = 4096;

impl Book {
    /// The calls of the other side from which a call took what it took: for `recv` the calls of `send`
    /// whose bytes it got, for `recv` = 0 the `shutdown` or `close`, for `accept` the `connect`, for
    /// `recvfrom` the `sendto`. Empty where the other side is not in the book. Ask when all calls are
    /// told; each datagram is given once, in order.
    pub fn taken_from(&mut self, place: usize) -> Vec<usize> {
        let Some(call) = self.known(place) else { return Vec::new() };
        let (index, returned, taken) = (call.index, call.returned, call.taken.clone());
        let end = call.end.clone();
        match taken {
            Taken::Nothing => Vec::new(),
            Taken::Bytes(from, bytes) => {
                let Some(sender) = self.sockets.other_side(index) else { return Vec::new() };
                if bytes == 0 {
                    return sender.ended.map(|(place, _)| place).into_iter().collect();
                }
                sender.carrying(from, from.saturating_add(bytes))
            }
            Taken::Datagram(bytes, from) => self.datagram_from(index, bytes, from, returned),
            Taken::Connection(made) => {
                let made = self.sockets.find(end.as_ref(), &made);
                let sender = made.and_then(|made| self.sockets.other_side(made));
                sender.and_then(|sender| sender.connect_at(returned)).into_iter().collect()
            }
        }
    }

    fn datagram_from(
        &mut self,
        index: usize,
        bytes: u64,
        from: Address,
        returned: std::time::Duration,
    ) -> Vec<usize> {
        let Some(here) = self.sockets.get(index).and_then(|socket| socket.local) else {
            return Vec::new();
        };
        for sender in self.sockets.datagram_senders(from, here) {
            let Some(socket) = self.sockets.get_mut(sender) else { continue };
            let behind = socket.datagrams.partition_point(|d| d.begin <= returned + SLACK);
            let first = behind.saturating_sub(WINDOW);
            let found = socket.datagrams.range_mut(first..behind).find(|datagram| {
                let (ip, port) = datagram.to;
                let arrives = port == here.1 && (ip == here.0 || here.0.is_unspecified());
                // What is longer than the buffer is cut.
                !datagram.taken && arrives && datagram.bytes >= bytes
            });
            if let Some(datagram) = found {
                datagram.taken = true;
                return vec![datagram.place];
            }
        }
        Vec::new()
    }
}
