//! What a capture has to bear: nobody answers, nobody reads.
#![cfg(test)]

use std::net::UdpSocket;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use netlab::capture::{self, CaptureFilter, CapturePlan, Outlet};
use netlab::event::{CaptureEvent, Content, Crossing, Event, Journal, Kind, Wants};
use netlab::socket::{DatagramSocket, Socket};

use crate::lab::{Lab, alone, packets};
use crate::tools::output;

/// The SYN is seen while `connect` waits, and seen again when the kernel sends it again.
#[test]
fn a_connect_into_silence_is_seen_while_it_waits() {
    if !alone("a_connect_into_silence_is_seen_while_it_waits") {
        return;
    }
    for line in [
        "link add v0 type veth peer name v1",
        "addr add 10.56.0.1/24 dev v0",
        "link set v1 up",
        "link set v0 up",
        "neigh add 10.56.0.2 lladdr 02:00:00:00:00:02 dev v0",
    ] {
        output(Command::new("ip").args(line.split(' ')));
    }
    let lab = Lab::all();
    let journal = lab.journal(None);
    let silent = "10.56.0.2:6000".parse().expect("an address");
    let client = Socket::stream(&journal, silent).expect("a socket");
    let connecting = client.connect(silent, false, || {}).expect("a thread");
    lab.until(2);
    let _ = connecting.give_up();
    let (seen, _) = lab.finish();
    let again: Vec<bool> = packets(&seen)
        .iter()
        .map(|packet| {
            let Content::Tcp(segment) = &packet.content else { panic!("{packet:?}") };
            assert_eq!((segment.flags, packet.crossing), (2, Crossing::Sent));
            assert_eq!(packet.destination, silent);
            segment.again
        })
        .collect();
    assert!(!again[0] && again[1..].iter().all(|again| *again), "{again:?}");
}

/// Takes nothing until it is allowed to.
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Outlet for Gate {
    fn event(&mut self, _: Option<&str>, event: &Event) {
        if let Kind::Capture(CaptureEvent::Packet(_)) = event.kind {
            let open = self.0.0.lock().expect("nobody panicked");
            drop(self.0.1.wait_while(open, |open| !*open).expect("nobody panicked"));
        }
    }
}

/// Whoever reads is stopped, until the kernel has no room left: then every packet is either told or
/// counted as lost.
#[test]
fn what_the_kernel_dropped_is_counted() {
    const SENT: u64 = 60_000;
    if !alone("what_the_kernel_dropped_is_counted") {
        return;
    }
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let filter = CaptureFilter { udp: true, ..CaptureFilter::default() };
    let plan = CapturePlan { filter, ..CapturePlan::default() };
    let began = Instant::now();
    let opened = capture::open(plan).expect("root may capture");
    let capture = opened.begin(began, Box::new(Gate(Arc::clone(&gate)))).expect("a thread");
    let journal = Journal::since(began, Wants { calls: true }, vec![capture.lane(None)]);
    let any = "127.0.0.1:0".parse().expect("an address");
    let server = DatagramSocket::new(&journal, any).expect("a socket");
    server.bind(any).expect("a free port");
    let to = server.local_address().expect("an address");
    let client = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    for _ in 0..SENT {
        client.send_to(b"and one more", to).expect("it is sent");
    }
    *gate.0.lock().expect("nobody panicked") = true;
    gate.1.notify_all();
    let report = capture.finish();
    assert!(report.dropped > 0, "{report:?}");
    assert_eq!(report.packets + report.dropped, SENT, "{report:?}");
}

/// Who captures packets alone needs no journal, and sees everybody's that come through the filter.
#[test]
fn packets_of_another_program_are_captured_by_port() {
    if !alone("packets_of_another_program_are_captured_by_port") {
        return;
    }
    let theirs = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let port = theirs.local_addr().expect("an address").port();
    let filter = CaptureFilter { udp: true, ports: vec![port], ..CaptureFilter::default() };
    let whom = capture::Whom::Anybody;
    let lab = Lab::begin(CapturePlan { filter, whom, ..CapturePlan::default() });
    let other = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    other.send_to(b"wanted", ("127.0.0.1", port)).expect("it is sent");
    other.send_to(b"to itself", other.local_addr().expect("an address")).expect("it is sent");
    other.send_to(b"wanted too", ("127.0.0.1", port)).expect("it is sent");
    lab.until(2);
    let (seen, report) = lab.finish();
    let contents: Vec<_> = packets(&seen).iter().map(|packet| packet.content.clone()).collect();
    assert_eq!(contents, [Content::Udp(6), Content::Udp(10)]);
    assert_eq!((report.packets, report.others), (2, 0));
}
