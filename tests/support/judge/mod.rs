//! The judge of what netlab tells of its calls: strace, below which netlab runs.
//!
//! ```text
//!   record   A socket  A bind  B socket  B connect  A accept = C  …     one order, labels
//!   strace   thread 1: 5 socket  5 bind  5 accept = 7  …                one order a thread, numbers
//!            thread 2: 6 socket  6 connect  …
//! ```
//!
//! Numbers of descriptors are used again, so a socket is followed from the call that made it to its
//! last `close`. Then every socket of the record has to be one that strace saw, and the other way
//! round, with the same calls, arguments, results and names of errors. What one thread did has to be
//! told in that order, of one socket and of all of them; what two threads did at once may be told in
//! either. No time is compared, so a slow machine changes nothing.
//!
//! Not judged are netlab's own instruments, which are about no endpoint of the run:
//!
//! - sockets of other families: `AF_NETLINK` (the kernel's tables), `AF_PACKET` (the capture), `AF_UNIX`;
//! - `getsockname` of every open descriptor, one after the other: so the capture asks which packets
//!   are its own;
//! - `fcntl`, `ioctl`, and waiting for several sockets (`epoll_wait`, `ppoll`), told as `poll`;
//! - sockets that are made to be asked one thing and closed: see [`is_question`].
#![cfg(test)]

mod seen;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

pub use seen::{below, seen};
pub use told::told;

/// A call on one socket, in netlab's words but without labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Who made it: strace knows, a record does not and has one number for all.
    pub thread: u32,
    /// On which socket: a number that means nothing but itself.
    pub socket: usize,
    pub text: String,
}

/// Calls in the order in which they were told, or in which strace saw them return.
pub type Calls = Vec<Made>;

/// Both are the same, or what differs.
#[track_caller]
pub fn assert_agree(what: &str, told: &[Made], seen: &[Made]) {
    if let Err(difference) = agree(told, seen) {
        panic!("{what}: the record and strace disagree: {difference}");
    }
}

/// Whether the record's calls are those that strace saw; if not, what differs.
pub fn agree(told: &[Made], seen: &[Made]) -> Result<(), String> {
    let alike = alike(told, seen)?;
    for (told, seen) in alike.values() {
        pairs(told, seen)?;
    }
    // Of all sockets together: those with the same calls count as one.
    let kinds: BTreeMap<Kind, usize> = alike.keys().cloned().zip(0..).collect();
    let named = |calls: &[Made]| -> Vec<(u32, (usize, String))> {
        let of = kinds_of(calls);
        let known =
            |made: &Made| Some((made.thread, (*kinds.get(&of[&made.socket])?, made.text.clone())));
        calls.iter().filter_map(known).collect()
    };
    interleaved(&named(told), &named(seen))
}

/// All calls of a socket, sorted: what it is known by.
type Kind = Vec<String>;
/// Sockets with the same calls, of the record and of strace.
type Alike<'a> = BTreeMap<Kind, (Vec<Vec<&'a Made>>, Vec<Vec<&'a Made>>)>;

fn by_socket(calls: &[Made]) -> BTreeMap<usize, Vec<&Made>> {
    let mut sockets = BTreeMap::<_, Vec<_>>::new();
    for made in calls {
        sockets.entry(made.socket).or_default().push(made);
    }
    sockets
}

fn kind(calls: &[&Made]) -> Kind {
    let mut texts: Vec<String> = calls.iter().map(|made| made.text.clone()).collect();
    texts.sort_unstable();
    texts
}

fn kinds_of(calls: &[Made]) -> BTreeMap<usize, Kind> {
    by_socket(calls).into_iter().map(|(socket, calls)| (socket, kind(&calls))).collect()
}

fn alike<'a>(told: &'a [Made], seen: &'a [Made]) -> Result<Alike<'a>, String> {
    let mut alike = Alike::new();
    for calls in by_socket(told).into_values() {
        alike.entry(kind(&calls)).or_default().0.push(calls);
    }
    for calls in by_socket(seen).into_values() {
        if !is_question(&calls) {
            alike.entry(kind(&calls)).or_default().1.push(calls);
        }
    }
    let (mut only_told, mut only_seen) = (String::new(), String::new());
    for (told, seen) in alike.values().filter(|(told, seen)| told.len() != seen.len()) {
        let more = if told.len() > seen.len() { &mut only_told } else { &mut only_seen };
        let calls = told.first().or(seen.first()).map(|calls| texts(calls));
        let _ = write!(more, "\n  {} and {} times: {:#?}", told.len(), seen.len(), calls);
    }
    if only_told.is_empty() && only_seen.is_empty() {
        return Ok(alike);
    }
    Err(format!("\nsockets that were told:{only_told}\nsockets that were seen:{only_seen}"))
}

fn texts<'a>(calls: &[&'a Made]) -> Vec<&'a str> {
    calls.iter().map(|made| made.text.as_str()).collect()
}

/// Sockets that belong to no run, so nothing is told of them: how large are the buffers of a new socket?
/// Is this port free?
fn is_question(calls: &[&Made]) -> bool {
    let texts = texts(calls);
    let begins = |beginnings: &[&str]| {
        texts.len() == beginnings.len()
            && texts.iter().zip(beginnings).all(|(text, beginning)| text.starts_with(beginning))
    };
    let [v4, v6] = ["socket(AF_INET, SOCK_STREAM)", "socket(AF_INET6, "];
    begins(&[v4, "getsockopt(SO_SNDBUF) = ", "getsockopt(SO_RCVBUF) = ", "close() = 0"])
        || begins(&[v6, "setsockopt(IPV6_V6ONLY, 0) = 0", "bind([::]:", "close() = 0"])
}

/// Each socket of the record has one of strace's, with an order that fits.
fn pairs(told: &[Vec<&Made>], seen: &[Vec<&Made>]) -> Result<(), String> {
    let own = |calls: &[&Made]| -> Vec<(u32, String)> {
        calls.iter().map(|made| (made.thread, made.text.clone())).collect()
    };
    let mut left: Vec<_> = seen.iter().map(|calls| own(calls)).collect();
    for calls in told {
        let calls = own(calls);
        let mut why = String::new();
        let fits = left.iter().position(|seen| match interleaved(&calls, seen) {
            Ok(()) => true,
            Err(difference) => {
                why = difference;
                false
            }
        });
        left.swap_remove(fits.ok_or(why)?);
    }
    Ok(())
}

/// Whether what was told is what the threads did, each in its own order.
fn interleaved<T: Clone + PartialEq + std::fmt::Debug>(
    told: &[(u32, T)],
    seen: &[(u32, T)],
) -> Result<(), String> {
    let mut threads = BTreeMap::<u32, Vec<&T>>::new();
    for (thread, call) in seen {
        threads.entry(*thread).or_default().push(call);
    }
    let threads: Vec<Vec<&T>> = threads.into_values().collect();
    // How far each thread is. Where two threads made the same call, each is tried.
    let mut tried = BTreeSet::new();
    let mut ways = vec![vec![0; threads.len()]];
    let mut furthest = ways[0].clone();
    while let Some(way) = ways.pop() {
        let done: usize = way.iter().sum();
        if done > furthest.iter().sum() {
            furthest.clone_from(&way);
        }
        let Some((_, next)) = told.get(done) else {
            return if done == seen.len() {
                Ok(())
            } else {
                Err("some were never told".to_owned())
            };
        };
        let able = |thread: &usize| threads[*thread].get(way[*thread]) == Some(&next);
        let able: Vec<usize> = (0..threads.len()).filter(able).collect();
        let forked = able.len() > 1;
        for thread in able {
            let mut way = way.clone();
            way[thread] += 1;
            if !forked || tried.insert(way.clone()) {
                ways.push(way);
            }
        }
    }
    let done: usize = furthest.iter().sum();
    let next: Vec<_> = threads.iter().zip(&furthest).map(|(calls, at)| calls.get(*at)).collect();
    let before: Vec<_> = told[done.saturating_sub(5)..done].iter().map(|(_, call)| call).collect();
    Err(format!(
        "after {before:#?}\ncall {done} is told as {:?}\nthreads: {next:#?}",
        told.get(done)
    ))
}

/// The same without what a loop was told again and again: `recv` on a non-blocking socket, in vain.
/// netlab counts these calls; they are no events one by one.
pub fn without_repetitions(calls: &[Made]) -> Calls {
    let mut last = BTreeMap::new();
    let mut kept = Calls::new();
    for made in calls {
        let before = last.insert(made.socket, &made.text);
        let vain = made.text.starts_with("recv(") && made.text.ends_with("-1 EAGAIN");
        if !vain || before != Some(&made.text) {
            kept.push(made.clone());
        }
    }
    kept
}

/// The judge has to be able to find something.
#[test]
fn a_judge_finds_what_is_wrong() {
    let call = |thread, socket, text: &str| Made { thread, socket, text: text.to_owned() };
    let seen = [
        call(1, 5, "socket(AF_INET, SOCK_STREAM)"),
        call(1, 5, "bind(127.0.0.1:6000) = 0"),
        call(1, 5, "listen(4) = 0"),
        call(2, 6, "socket(AF_INET, SOCK_STREAM)"),
        call(2, 6, "connect(127.0.0.1:6000) = 0"),
        call(1, 5, "accept() = 127.0.0.1:5000"),
        call(2, 6, "send(6) = 6"),
        call(3, 6, "recv(9) = 0"),
        call(1, 5, "close() = 0"),
        call(2, 6, "close() = 0"),
    ];
    let place = [0, 1, 2, 3, 4, 5, 7, 6, 9, 8];
    let own: Calls = place.map(|at: usize| Made { thread: 0, ..seen[at].clone() }).into();
    assert_eq!(agree(&own, &seen), Ok(()), "two threads' calls may be told in either order");
    for at in 0..own.len() {
        let mut less = own.clone();
        let gone = less.remove(at);
        assert!(agree(&less, &seen).is_err(), "{gone:?} was dropped");
        let mut more = own.clone();
        more.insert(at, own[at].clone());
        assert!(agree(&more, &seen).is_err(), "{gone:?} was told twice");
        let mut other = own.clone();
        other[at].text.push('1');
        assert!(agree(&other, &seen).is_err(), "{gone:?} had another result");
        let mut moved = own.clone();
        moved[at].socket = 11 - moved[at].socket;
        assert!(agree(&moved, &seen).is_err(), "{gone:?} was another socket's");
    }
    let swapped = |one: usize, two: usize| {
        let mut calls = own.clone();
        calls.swap(one, two);
        agree(&calls, &seen)
    };
    assert!(swapped(1, 2).is_err(), "one socket's calls in another order");
    assert!(swapped(4, 7).is_err(), "send before connect");
    assert!(swapped(2, 5).is_err(), "accept before listen");
    assert_eq!(swapped(6, 7), Ok(()), "two threads of one socket");
    // One thread, two sockets: what was told of the second came before it was so.
    let alone: Calls = seen.iter().map(|made| Made { thread: 1, ..made.clone() }).collect();
    assert_eq!(agree(&alone, &alone), Ok(()));
    let mut early = alone.clone();
    early.swap(4, 5);
    assert!(agree(&early, &alone).is_err(), "accept before connect, by one thread");
}
