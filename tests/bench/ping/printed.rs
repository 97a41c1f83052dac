//! What the programs print, read back.
//!
//! ```text
//!   netlab, ping   64 bytes from 10.98.0.2: icmp_seq=1 ttl=64 time=0.034 ms
//!   fping          10.98.0.2 : [0], 64 bytes, 0.034 ms (0.034 avg, 0% loss)
//!
//!   netlab         5 sent, 4 received, 1 lost (20 %), time 4.0 s    (of many hosts: Together: 5 sent, …)
//!   ping           5 packets transmitted, 4 received, 20% packet loss, time 4004ms
//!   fping          10.98.0.2 : xmt/rcv/%loss = 5/4/20%, min/avg/max = 0.01/0.02/0.03
//! ```
//!
//! A reply with a remark behind it, a copy or a late one, is no round trip that counts; it is an
//! error, like one that is missing.

use std::io;

use crate::contestant::Contestant::{self, Fping, Netlab, Ping};
use crate::report::{float, quantile};
use crate::run::Run;

/// Probes, added up over all hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many were sent.
    pub sent: usize,
    /// How many were answered.
    pub received: usize,
}

/// The round trips of a run in microseconds; an error unless so many probes were sent and each
/// was answered once.
pub fn round_trips(contestant: Contestant, run: &Run, asked: usize) -> io::Result<Vec<f64>> {
    complete(contestant, run, asked)?;
    let times = times(contestant, &run.text)?;
    if times.len() == asked {
        return Ok(times);
    }
    Err(io::Error::other(format!("for {asked} probes there are {} lines", times.len())))
}

/// An error unless so many probes were sent and answered.
pub fn complete(contestant: Contestant, run: &Run, asked: usize) -> io::Result<()> {
    let Counts { sent, received } = sent(contestant, run, asked)?;
    if received == asked && run.status.success() {
        return Ok(());
    }
    let text =
        format!("of {sent} probes {received} were answered, and it ended with {}", run.status);
    Err(io::Error::other(text))
}

/// What was counted; an error unless so many probes were sent.
pub fn sent(contestant: Contestant, run: &Run, asked: usize) -> io::Result<Counts> {
    let counts = counts(contestant, &run.text)
        .ok_or_else(|| io::Error::other(format!("no summary, but: {}", run.last_line())))?;
    if counts.sent == asked && counts.received <= asked {
        return Ok(counts);
    }
    let Counts { sent, received } = counts;
    let text = format!("instead of {asked} probes {sent} were sent and {received} answered");
    Err(io::Error::other(text))
}

/// The middle of times of which only whole microseconds are known: as if those of one printed
/// value were spread evenly over that microsecond.
pub fn middle(times: &[f64]) -> Option<f64> {
    let printed = quantile(times, 0.5)?;
    let below = float(times.iter().filter(|&&time| time < printed - 0.5).count());
    let within = float(times.iter().filter(|&&time| (time - printed).abs() <= 0.5).count());
    Some(printed - 0.5 + (float(times.len()) / 2.0 - below) / within)
}

/// The times of all replies, in microseconds.
fn times(contestant: Contestant, text: &str) -> io::Result<Vec<f64>> {
    let (before, after) = match contestant {
        Netlab | Ping => (" time=", " ms"),
        Fping => (" bytes, ", " ms ("),
    };
    let mut times = Vec::new();
    for line in text.lines() {
        let is_reply = match contestant {
            Netlab | Ping => line.contains("icmp_seq="),
            Fping => line.contains(" : ["),
        };
        if is_reply {
            let time = line.split_once(before).and_then(|(_, rest)| rest.split_once(after));
            let alone = |rest: &str| contestant == Fping || rest.is_empty();
            let time = time.filter(|(_, rest)| alone(rest)).and_then(|(time, _)| number(time));
            let strange = || io::Error::other(format!("not the line of a reply: {line}"));
            times.push(time.ok_or_else(strange)? * 1e3);
        }
    }
    Ok(times)
}

/// What the summaries say, if there is one.
fn counts(contestant: Contestant, text: &str) -> Option<Counts> {
    let (sent, received) = match contestant {
        Netlab => (" sent, ", " received"),
        Ping => (" packets transmitted, ", " received"),
        Fping => ("/", "/"),
    };
    let mut sum = None;
    for line in text.lines() {
        let line = match contestant {
            Fping => line.split_once("xmt/rcv/%loss = ").map(|(_, rest)| rest),
            Netlab => Some(line.trim().trim_start_matches("Together: ")),
            Ping => Some(line.trim()),
        };
        let counts = line.and_then(|line| {
            let (first, rest) = line.split_once(sent)?;
            let (second, _) = rest.split_once(received)?;
            Some(Counts { sent: first.parse().ok()?, received: second.parse().ok()? })
        });
        if let Some(Counts { sent, received }) = counts {
            let so_far: &mut Counts = sum.get_or_insert_default();
            so_far.sent += sent;
            so_far.received += received;
        }
    }
    sum
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)
}

/// Lines of which it is known what they say; an error if they are read differently.
pub fn check() -> io::Result<()> {
    let reply = "64 bytes from 10.98.0.2: icmp_seq=7 ttl=64 time=";
    let lines: [(Contestant, String, Option<f64>); 7] = [
        (Netlab, format!("{reply}0.034 ms"), Some(34.0)),
        (Netlab, format!("{reply}1203.123 ms (late: its time was up after 1 s)"), None),
        (Netlab, "No reply to icmp_seq=5 from 10.98.0.2 within 1 s".to_owned(), None),
        (Ping, format!("{reply}12.3 ms"), Some(12_300.0)),
        (Ping, format!("{reply}0.034 ms (DUP!)"), None),
        (Fping, "10.98.0.2 : [0], 64 bytes, 1.03 ms (0.9 avg, 0% loss)".to_owned(), Some(1030.0)),
        (Fping, "10.98.0.2 : [9], timed out (0.014 avg, 10% loss)".to_owned(), None),
    ];
    for (contestant, line, expected) in lines {
        let read = times(contestant, &line).ok();
        let same = match (read.as_deref(), expected) {
            (Some([time]), Some(expected)) => (time - expected).abs() < 0.001,
            (read, expected) => read.is_none() && expected.is_none(),
        };
        agreed(same, &line)?;
    }
    let fping = "10.9.0.1 : xmt/rcv/%loss = 1/1/0%, min/avg/max = 0.01/0.01/0.01\n\
                 10.9.0.2 : xmt/rcv/%loss = 1/0/100%";
    let summaries = [
        (Netlab, "  5 sent, 4 received, 1 lost (20 %), time 4.0 s", Some((5, 4))),
        (Ping, "5 packets transmitted, 4 received, +1 duplicates, 20% packet loss", Some((5, 4))),
        (Ping, "ping: nowhere.invalid: Name or service not known", None),
        (Fping, fping, Some((2, 1))),
    ];
    for (contestant, text, expected) in summaries {
        let expected = expected.map(|(sent, received)| Counts { sent, received });
        agreed(counts(contestant, text) == expected, text)?;
    }
    agreed(middle(&[3.0, 3.0, 3.0, 4.0]).is_some_and(|m| (m - 3.1667).abs() < 0.001), "a median")
}

fn agreed(same: bool, what: &str) -> io::Result<()> {
    if same { Ok(()) } else { Err(io::Error::other(format!("the benchmark misreads: {what}"))) }
}
