//! netlab's remarks about ICMP, in words.

use super::path;
use crate::event::IcmpRemark;
use crate::render::setup::seconds;
use crate::render::style::{Ink, Style};

/// A remark, in brackets as everything is that nobody said. None for what is said elsewhere.
pub(super) fn remark(style: &Style, remark: &IcmpRemark) -> Option<String> {
    let ink = match remark {
        // On loopback everybody knows; the report has a word on it.
        IcmpRemark::OwnAddress(ip) if ip.is_loopback() => return None,
        IcmpRemark::Forged { .. }
        | IcmpRemark::ClockStepped
        | IcmpRemark::OwnAddressUnseen(_)
        | IcmpRemark::PathEnds { .. }
        | IcmpRemark::CallFailed(_) => Ink::Warn,
        _ => Ink::Dim,
    };
    Some(style.paint(ink, &style.paragraph("", 1, &format!("[{}]", words(remark)))))
}

fn words(remark: &IcmpRemark) -> String {
    match remark {
        IcmpRemark::PingSocketInstead => "no raw socket, but a ping socket. What differs: the \
            kernel chooses the identifier and works out the checksum, passes on only replies to \
            this socket's own probes, and keeps the IP header. The echo on the wire is the same"
            .into(),
        IcmpRemark::NotMine { from, identifier, own } => format!(
            "an echo reply of {from} has identifier {identifier:#06x}, and ours is {own:#06x}: it \
             is for another program. A raw socket has no port, so the kernel gives every one a copy \
             of all that comes; the rest is counted"
        ),
        IcmpRemark::Forged { from, sequence } => format!(
            "a reply of {from} to icmp_seq={sequence} has our identifier, but it answers nothing \
             that was asked, or lacks this run's mark: not believed. Identifiers are no secret"
        ),
        IcmpRemark::ClockStepped => "the clock of this machine was set while a probe was under \
            way: its time comes from the monotonic clock, and waking up is counted in it"
            .into(),
        IcmpRemark::OwnAddress(ip) => {
            format!("{ip} is an address of this machine: nothing leaves it")
        }
        IcmpRemark::OwnAddressUnseen(ip) => format!(
            "{ip} is an address of this machine, and on this system raw sockets do not see what it \
             sends to itself: there may be no reply to see"
        ),
        IcmpRemark::ManyAnswer(ip) => format!(
            "{ip} is an address of many: each of them may answer, and most systems do not. The \
             first reply counts, further ones are shown as (DUP!)"
        ),
        IcmpRemark::FloodEnds(time) => {
            format!("so fast a run ends by itself after {}; -c or -w say otherwise", seconds(*time))
        }
        IcmpRemark::NoMoreLines(count) => format!(
            "{count} lines about lost probes and errors are enough: from here on they are only counted"
        ),
        IcmpRemark::PathEnds { .. } => path::ends(remark),
        IcmpRemark::PathLimit { ttl } => {
            format!("hop {ttl} was the last to be tried: --max-hops says how far to go")
        }
        IcmpRemark::Lingers(until) => format!(
            "nothing has come. A router that looks for the host in vain says so after three \
             seconds: listening on until {} have passed (-W sets another time)",
            seconds(*until)
        ),
        IcmpRemark::CallFailed(call) => {
            format!("{} = {}. The run goes on", call.operation, call.outcome)
        }
    }
}
