//! From which port a `connect` went out, where no call tells it.
//!
//! ```text
//!   connect(3, 127.0.0.1:1) = -1 ECONNREFUSED      the socket has no address, before and afterwards
//!   127.0.0.1:37240 ─ SYN ▶ 127.0.0.1:1            and yet the kernel had given it one
//! ```
//!
//! A SYN that goes out to there while this call is made, and from an address that nobody else is known
//! to have, is this call's. Other programs may try the same address at the same time, and strace
//! stops a program for longer than a connection takes: where more than one SYN fits, the first is
//! taken, and that it is not certain is counted.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use super::late::WRITING;
use super::sockets::{Attempt, Socket};
use crate::cause::target;
use crate::event::flag::{ACK, SYN};
use crate::event::{Captured, Content, plain};

/// A call that did not wait has sent its SYN; one that was broken off, or for which the link-layer
/// address had to be asked, sends it a little later.
const LATER: Duration = Duration::from_secs(1);

/// The SYNs to each address, without those that were sent again: when, from where, with which sequence
/// number.
pub(super) type First = HashMap<SocketAddr, Vec<Syn>>;

type Syn = (Duration, SocketAddr, u32);

/// What was found.
#[derive(Debug)]
pub(super) struct Found<T> {
    pub all: Vec<Origin<T>>,
    /// How many of them are not certain: another SYN would do as well.
    pub uncertain: usize,
}

/// From where a call went out.
#[derive(Debug)]
pub(super) struct Origin<T> {
    pub search: Search<T>,
    pub from: SocketAddr,
    /// When the pair of addresses was its own: from its SYN to the next of the same pair.
    pub span: Range<Duration>,
}

/// A call of `connect` on a socket whose packets are not known by its addresses.
#[derive(Clone, Debug)]
pub(super) struct Search<T> {
    /// Whose it is.
    pub whose: T,
    /// Its own address, if that became known.
    pub local: Option<SocketAddr>,
    pub attempt: Attempt,
}

impl<T> Search<T> {
    /// Where its SYN went.
    pub(super) fn to(&self) -> SocketAddr {
        target(self.attempt.to).into()
    }
}

/// The calls of a socket that have to be searched for: all, where its own address is not known or may
/// have been another one each time.
pub(super) fn of<T: Clone>(whose: &T, socket: &Socket) -> Vec<Search<T>> {
    let local = socket.local.map(plain);
    let is_known = local.is_some() && (socket.is_bound || socket.tried.len() < 2);
    let tried = socket.tried.iter().filter(|_| socket.is_stream() && !is_known);
    tried.map(|attempt| Search { whose: whose.clone(), local, attempt: *attempt }).collect()
}

/// Finds them. `known` says of which pairs of addresses it is known that one of the sockets has them.
pub(super) fn found<T>(
    mut searches: Vec<Search<T>>,
    first: &First,
    known: impl Fn(SocketAddr, SocketAddr) -> bool,
) -> Found<T> {
    let mut claimed = HashSet::new();
    searches.sort_by_key(|search| search.attempt.begun);
    let find = |search: Search<T>| {
        let free = |&&(_, from, seq): &&Syn| {
            let own = search.local == Some(from);
            !claimed.contains(&(from, seq)) && (own || !known(from, search.to()))
        };
        let (at, from, seq) = *meanwhile(first, &search).find(free)?;
        claimed.insert((from, seq));
        let sent = &first[&search.to()];
        let later = &sent[sent.partition_point(|(other, ..)| *other <= at)..];
        let next = later.iter().find(|(_, other, _)| *other == from);
        let until = next.map_or(Duration::MAX, |(next, ..)| *next);
        Some(Origin { search, from, span: at..until })
    };
    let all: Vec<_> = searches.into_iter().filter_map(find).collect();
    // A SYN that nobody has taken, while a call was made, may have been that call's.
    let nobodys = |search: &Search<T>| {
        meanwhile(first, search)
            .any(|&(_, from, seq)| !claimed.contains(&(from, seq)) && !known(from, search.to()))
    };
    let guessed = all.iter().filter(|it| it.search.local != Some(it.from));
    let uncertain = guessed.filter(|it| nobodys(&it.search)).count();
    Found { all, uncertain }
}

/// The SYNs to where a call was to go, from when it was made until it had to have sent its own.
fn meanwhile<'a, T>(first: &'a First, search: &Search<T>) -> impl Iterator<Item = &'a Syn> {
    let Attempt { begun, returned, .. } = search.attempt;
    let until =
        returned.map_or(Duration::MAX, |(at, waits)| at + if waits { WRITING } else { LATER });
    let sent = first.get(&search.to()).map_or(&[][..], Vec::as_slice);
    let from = sent.partition_point(|(at, ..)| *at < begun);
    sent[from..].iter().take_while(move |(at, ..)| *at <= until)
}

/// The first SYNs. `packets` are in order of time.
pub(super) fn first(packets: &[Captured]) -> First {
    let (mut first, mut seen) = (First::new(), HashSet::new());
    for packet in packets {
        let Content::Tcp(segment) = &packet.content else { continue };
        let (from, to, seq) = (plain(packet.source), plain(packet.destination), segment.sequence);
        if segment.flags & (SYN | ACK) == SYN && seen.insert((from, to, seq)) {
            first.entry(to).or_default().push((packet.unix, from, seq));
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
        let sent = all.iter().map(|&(ms, port)| (at(ms), address(port), 1000)).collect();
        First::from([(address(1), sent)])
    }

    fn ports(searches: Vec<Search<&str>>, first: &First, known: u16) -> Vec<(String, u16)> {
        let found = found(searches, first, |from, _| from.port() == known);
        found.all.into_iter().map(|it| (it.search.whose.to_owned(), it.from.port())).collect()
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
    fn what_is_not_certain_is_counted() {
        let first = seen(&[(101, 8), (102, 9)]);
        let one = || search("A", 100, Some((102, true)));
        assert_eq!(found(vec![one()], &first, |_, _| false).uncertain, 1);
        assert_eq!(found(vec![one()], &first, |from, _| from.port() == 9).uncertain, 0);
        let mine = Search { local: Some(address(8)), ..one() };
        assert_eq!(found(vec![mine], &first, |_, _| true).uncertain, 0);
    }

    #[test]
    fn a_port_that_is_used_again_is_another_syn() {
        let again = (at(201), address(8), 2000);
        let mut first = seen(&[(101, 8)]);
        first.entry(address(1)).or_default().push(again);
        let two = vec![search("A", 100, Some((102, true))), search("B", 200, Some((202, true)))];
        assert_eq!(ports(two.clone(), &first, 0), [("A".into(), 8), ("B".into(), 8)]);
        let spans: Vec<_> =
            found(two, &first, |_, _| false).all.into_iter().map(|it| it.span).collect();
        assert_eq!(spans, [at(101)..at(201), at(201)..Duration::MAX]);
    }

    #[test]
    fn a_call_that_did_not_wait_may_send_later() {
        let first = seen(&[(900, 8)]);
        assert_eq!(ports(vec![search("A", 100, Some((101, false)))], &first, 0).len(), 1);
        assert_eq!(ports(vec![search("A", 100, Some((101, true)))], &first, 0).len(), 0);
        assert_eq!(ports(vec![search("A", 100, None)], &first, 0).len(), 1);
    }
}
