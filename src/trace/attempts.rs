//! From which port a `connect` went out, where no call tells it.
//!
//! ```text
//!   connect(3, 127.0.0.1:1) = -1 ECONNREFUSED      the socket has no address, before and afterwards
//!   127.0.0.1:37240 ─ SYN ▶ 127.0.0.1:1            and yet the kernel had given it one
//! ```
//!
//! Other programs may try the same address at the same time. A SYN that goes out while this call is
//! made, and from an address that nobody else has, is this call's.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::time::Duration;

use super::late::WRITING;
use super::sockets::{Attempt, Socket};
use crate::event::flag::{ACK, SYN};
use crate::event::{Captured, Content, plain};

/// A call that did not wait has sent its SYN; one that was broken off, or for which the link-layer
/// address had to be asked, sends it a little later.
const LATER: Duration = Duration::from_secs(1);

/// The first SYNs to each address: when and from where.
pub(super) type First = HashMap<SocketAddr, Vec<(Duration, SocketAddr)>>;

/// A call of `connect` on a socket whose packets are not known by its addresses.
#[derive(Clone, Debug)]
pub(super) struct Search<T> {
    /// Whose it is.
    pub whose: T,
    /// Its own address, if that became known.
    pub local: Option<SocketAddr>,
    pub attempt: Attempt,
}

/// The calls of a socket that have to be searched for: all, where its own address is not known or
/// may have been another one each time.
pub(super) fn of<T: Clone>(whose: &T, socket: &Socket) -> Vec<Search<T>> {
    let local = socket.local.map(plain);
    let wanted = socket.is_stream() && (local.is_none() || socket.tried.len() > 1);
    let tried = socket.tried.iter().filter(|_| wanted);
    tried.map(|attempt| Search { whose: whose.clone(), local, attempt: *attempt }).collect()
}

/// The addresses that were found, each with its search. `known` says of which pairs of addresses it is known that one of the sockets has them.
pub(super) fn found<T>(
    mut searches: Vec<Search<T>>,
    first: &First,
    known: impl Fn(SocketAddr, SocketAddr) -> bool,
) -> Vec<(Search<T>, SocketAddr)> {
    let mut claimed = HashSet::new();
    searches.sort_by_key(|search| search.attempt.begun);
    let find = |search: Search<T>| {
        let Attempt { to, begun, returned } = search.attempt;
        let to = plain(to);
        let sent = first.get(&to)?;
        let until =
            returned.map_or(Duration::MAX, |(at, waits)| at + if waits { WRITING } else { LATER });
        let free = |from: SocketAddr| {
            !claimed.contains(&(from, to)) && (search.local == Some(from) || !known(from, to))
        };
        let meanwhile = &sent[sent.partition_point(|(at, _)| *at < begun)..];
        let meanwhile = meanwhile.iter().take_while(|(at, _)| *at <= until);
        let from = meanwhile.map(|(_, from)| *from).find(|from| free(*from))?;
        claimed.insert((from, to));
        Some((search, from))
    };
    searches.into_iter().filter_map(find).collect()
}

/// The first SYN of each pair of addresses. `packets` are in order of time.
pub(super) fn first(packets: &[Captured]) -> First {
    let (mut first, mut seen) = (First::new(), HashSet::new());
    for packet in packets {
        let Content::Tcp(segment) = &packet.content else { continue };
        let (from, to) = (plain(packet.source), plain(packet.destination));
        if segment.flags & (SYN | ACK) == SYN && seen.insert((from, to)) {
            first.entry(to).or_default().push((packet.unix, from));
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    const TO: &str = "127.0.0.1:1";

    fn address(port: u16) -> SocketAddr {
        ([127, 0, 0, 1], port).into()
    }

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn search(whose: &str, begun: u64, returned: Option<(u64, bool)>) -> Search<&str> {
        let returned = returned.map(|(ms, waits)| (at(ms), waits));
        let attempt = Attempt { to: TO.parse().expect("an address"), begun: at(begun), returned };
        Search { whose, local: None, attempt }
    }

    /// SYNs from these ports at these milliseconds.
    fn seen(all: &[(u64, u16)]) -> First {
        let sent = all.iter().map(|&(ms, port)| (at(ms), address(port))).collect();
        First::from([(address(1), sent)])
    }

    fn ports(searches: Vec<Search<&str>>, first: &First, known: u16) -> Vec<(String, u16)> {
        let found = found(searches, first, |from, _| from.port() == known);
        found.into_iter().map(|(it, from)| (it.whose.to_owned(), from.port())).collect()
    }

    #[test]
    fn a_syn_before_and_after_a_call_is_not_its() {
        let first = seen(&[(99, 7), (101, 8), (140, 9)]);
        let waited = search("A", 100, Some((102, true)));
        assert_eq!(ports(vec![waited.clone()], &first, 0), [("A".into(), 8)]);
        assert_eq!(ports(vec![waited], &first, 8), [], "it is known to be of another socket");
        let earlier = search("A", 50, Some((60, true)));
        assert_eq!(ports(vec![earlier], &first, 0), []);
    }

    #[test]
    fn one_syn_is_of_one_call() {
        let first = seen(&[(101, 8), (103, 9)]);
        let two = vec![search("B", 102, None), search("A", 100, Some((110, true)))];
        assert_eq!(ports(two, &first, 0), [("A".into(), 8), ("B".into(), 9)]);
        let two = vec![search("A", 100, Some((101, true))), search("B", 100, Some((101, true)))];
        assert_eq!(ports(two, &seen(&[(101, 8)]), 0), [("A".into(), 8)]);
    }

    #[test]
    fn a_call_that_did_not_wait_may_send_later() {
        let first = seen(&[(900, 8)]);
        assert_eq!(ports(vec![search("A", 100, Some((101, false)))], &first, 0).len(), 1);
        assert_eq!(ports(vec![search("A", 100, Some((101, true)))], &first, 0).len(), 0);
        assert_eq!(ports(vec![search("A", 100, None)], &first, 0).len(), 1);
    }
}
