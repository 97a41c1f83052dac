//! May this program have a raw socket, and may it capture packets?

use std::time::Instant;

use super::calls::Notebook;
use super::{Finding, Level};
use crate::endpoint;
use crate::error::{CallError, Failure, Program};
use crate::event::OsError;
use crate::socket::{self, Allowed, IcmpSocket};

const RAW: &str = "A raw socket may write any packet and hears everybody's ICMP, so systems reserve it. \
                   A ping socket sends echoes and nothing else.";
const CAPTURE: &str = "Whoever captures sees what every program of this machine says, so that is \
                       reserved too.";

const TRIED: &str = "tried with a packet socket (AF_PACKET): captures are made of those";

/// Tries for a raw socket, then for a ping socket. Also says whether either may be had.
pub(super) fn raw_sockets(began: Instant) -> (Finding, bool) {
    let (journal, notebook) = Notebook::new(began);
    let raw = IcmpSocket::new(&journal, false, true).map(drop);
    let (mut finding, may) = match raw {
        Ok(()) => (permitted(), true),
        Err(raw) => match IcmpSocket::new(&journal, false, false).map(drop) {
            Ok(()) => (ping_socket(raw), true),
            Err(ping) => (neither(raw, ping), false),
        },
    };
    finding.calls = notebook.take();
    (finding, may)
}

fn permitted() -> Finding {
    let by = match socket::allowed() {
        Allowed::Root => "this process is root's",
        Allowed::Capability => "the capability CAP_NET_RAW is there",
        Allowed::Unknown => "this system permits it",
    };
    Finding::new("raw_sockets", Level::Ok, format!("raw sockets are permitted: {by}"), RAW)
}

fn ping_socket(raw: CallError) -> Finding {
    let text = "raw sockets are not permitted: raw-ping uses a ping socket, raw-listen needs more";
    let remedy = remedy(&Failure::NoRawSocket { raw: Box::new(raw), ping: None });
    Finding::new("raw_sockets", Level::Warn, text, RAW)
        .note("raw-ping says what differs: a ping socket hears the answers to its own echoes only")
        .remedy(remedy)
        .matter("no raw sockets")
}

fn neither(raw: CallError, ping: CallError) -> Finding {
    let text = "neither raw nor ping sockets are permitted: raw-ping and raw-listen will not run";
    let found = Finding::new("raw_sockets", Level::Warn, text, RAW).matter("no raw sockets");
    let failure = Failure::NoRawSocket { raw: Box::new(raw), ping: Some(Box::new(ping)) };
    let finding = match socket::ping_group_range() {
        Some((first, last)) if first > last => found.note(format!(
            "no group of users may have a ping socket (net.ipv4.ping_group_range = {first} {last})"
        )),
        Some((first, last)) => found.note(format!(
            "only users of these groups may have a ping socket: net.ipv4.ping_group_range = {first} \
             {last}"
        )),
        None => found,
    };
    finding.remedy(remedy(&failure))
}

/// What the commands' own errors say, with this very file in it.
fn remedy(failure: &Failure) -> String {
    failure.explain(&endpoint::facts(failure, Program::RawPing)).command
}

/// Tries for the socket that captures are made of, where the system has such.
pub(super) fn capture(began: Instant) -> Option<Finding> {
    let (journal, notebook) = Notebook::new(began);
    let mut finding = match socket::try_capture(&journal)? {
        Ok(()) => {
            let text = "packet capture is permitted to this program";
            Finding::new("capture", Level::Ok, text, CAPTURE).note(TRIED)
        }
        Err(refused) => {
            let error = Some(OsError::from(&refused.error));
            let failure = Failure::NoCapture { error, filter: "tcp.port == 6000".to_owned() };
            let text = "packet capture is not permitted to this program: --packets will show none";
            Finding::new("capture", Level::Warn, text, CAPTURE)
                .note(TRIED)
                .note("Wireshark may all the same: its helper dumpcap has rights of its own")
                .remedy(remedy(&failure))
                .matter("no packet capture")
        }
    };
    finding.calls = notebook.take();
    Some(finding)
}
