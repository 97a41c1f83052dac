//! One connection, from its beginning to its end, in the order in which it went.
#![cfg(test)]

use netlab::event::{CaptureEvent, Content, Crossing, Kind};
use netlab::socket::Socket;

use crate::lab::{Lab, alone, lines, packets};

#[test]
fn a_connection_from_syn_to_the_last_acknowledgment() {
    if !alone("a_connection_from_syn_to_the_last_acknowledgment") {
        return;
    }
    let lab = Lab::in_order();
    let (server, client) = (lab.journal(Some("server")), lab.journal(Some("client")));
    let any = "127.0.0.1:0".parse().expect("an address");
    let listening = Socket::stream(&server, any).expect("a socket");
    listening.bind(any).expect("a free port");
    let listener = listening.listen(4).expect("it listens");
    let address = listener.local_address().expect("an address");
    let connecting =
        Socket::stream(&client, address).expect("a socket").connect(address, false, || {});
    let stream = connecting.expect("a thread").finish().expect("it connects");
    let accepted = listener.accept().expect("a connection");
    stream.send(b"hello\n").expect("it is sent");
    let mut buffer = [0; 100];
    assert_eq!(accepted.recv(&mut buffer).expect("it arrives"), 6);
    accepted.send(b"hi\n").expect("it is sent");
    assert_eq!(stream.recv(&mut buffer).expect("it arrives"), 3);
    stream.shutdown_write().expect("half closed");
    assert_eq!(accepted.recv(&mut buffer).expect("the end"), 0);
    drop(accepted);
    assert_eq!(stream.recv(&mut buffer).expect("the end"), 0);
    drop((stream, listener));
    let (seen, report) = lab.finish();
    let port = address.port();
    let wanted = [
        "server socket(AF_INET, SOCK_STREAM) = A",
        "server bind(127.0.0.1:0) = 0",
        "server listen(4) = 0",
        &format!("server getsockname() = {address}"),
        "client socket(AF_INET, SOCK_STREAM) = A",
        &format!("client connect({address}) = 0"),
        "SYN 0",
        "SYN,ACK 0",
        "server accept() = B",
        "client send(6) = 6",
        "PSH,ACK 6",
        "server recv(100) = 6",
        "server send(3) = 3",
        "PSH,ACK 3",
        "client recv(100) = 3",
        "client shutdown(SHUT_WR) = 0",
        "FIN,ACK 0",
        "server recv(100) = 0",
        "server close() = 0",
        "FIN,ACK 0",
    ];
    let lines: Vec<String> = lines(&seen)
        .into_iter()
        .map(|line| line.split(" from ").next().unwrap_or("").to_owned())
        .collect();
    // When the kernel acknowledges is its own affair: with the next segment, or before.
    let (pure, others): (Vec<_>, Vec<_>) = lines.iter().partition(|line| *line == "ACK 0");
    assert_eq!(others[..wanted.len()], wanted, "{lines:#?}");
    // What each side sent is acknowledged to its end, by whichever segment: a SYN, 6 bytes and a FIN
    // are 8 numbers, 3 bytes are 5. Nothing that was not sent is acknowledged.
    for (from_server, wanted) in [(true, 8), (false, 5)] {
        let acknowledged: Vec<u32> = packets(&seen)
            .iter()
            .filter(|packet| (packet.source.port() == port) == from_server)
            .filter_map(|packet| match &packet.content {
                Content::Tcp(segment) => segment.relative_acknowledgment,
                _ => None,
            })
            .collect();
        assert!(acknowledged.is_sorted(), "{acknowledged:?}: {lines:#?}");
        assert_eq!(acknowledged.last(), Some(&wanted), "{acknowledged:?}: {lines:#?}");
    }
    let last = lines.iter().rposition(|line| line == "ACK 0");
    assert!(last > lines.iter().rposition(|line| line == "FIN,ACK 0"), "{lines:#?}");
    assert!(packets(&seen).iter().all(|packet| packet.crossing == Crossing::Local));
    assert!(
        packets(&seen)
            .iter()
            .all(|packet| { packet.source.port() == port || packet.destination.port() == port })
    );
    assert_eq!(report.packets, 6 + pure.len() as u64);
    assert_eq!((report.others, report.twice, report.dropped), (0, 0, 0));
    let last = seen.last().map(|(_, event)| &event.kind);
    assert!(matches!(last, Some(Kind::Capture(CaptureEvent::Ended(_)))), "{last:?}");
}
