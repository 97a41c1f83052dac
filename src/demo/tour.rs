//! The tour: the three types of sockets, one after the other, each with its endpoints and ports.

use std::net::SocketAddr;

use super::echo::Echoer;
use super::ends::{self, ANY, must};
use super::list::Scene;
use super::raw::hindrance;
use super::stage::{Curtain, Stage};
use crate::error::Failure;
use crate::event::{Endpoint, Operation, Role, SocketId, State};
use crate::socket::DatagramSocket;

/// What `netlab demo` alone plays.
pub const TOUR: Scene = Scene {
    name: "tour",
    line: "the three socket types, one after the other: calls, endpoints, ports",
    title: "netlab: the three types of sockets",
    about: "A stream socket (TCP), a datagram socket (UDP) and a raw socket (ICMP) each carry \"Hello!\" \
            from one end to the other, on this machine's loopback. Everything is real.",
    play,
};

const HELLO: &[u8] = b"Hello!";

fn play(stage: &mut Stage) -> Result<Curtain, Failure> {
    stream(stage)?;
    datagram(stage)?;
    let raw = icmp(stage)?;
    let third = if raw {
        "ICMP has no ports at all, and its socket had to ask every packet whose it is."
    } else {
        "ICMP has no ports at all: systems reserve such sockets, and this program got none or a tame one."
    };
    Ok(Curtain {
        saw: [
            "A stream socket needs a connection: the server had two sockets and one port, and the \
             accepted one has a peer. A datagram socket needs none: every datagram names its receiver."
                .into(),
            third.into(),
        ],
        card: "socket-types",
        next: vec![
            "netlab demo stream     (a whole chat, with why each call is made)".into(),
            "netlab demo types      (three sends over each type: what does one recv give?)".into(),
            "netlab demo list       (all demos)".into(),
        ],
    })
}

/// A row of the endpoint table.
fn row(
    (socket, role): (SocketId, Role),
    protocol: &'static str,
    state: State,
    source: SocketAddr,
    destination: Option<SocketAddr>,
) -> Endpoint {
    let nobody = SocketAddr::from(([0, 0, 0, 0], 0));
    let destination = destination.unwrap_or(nobody);
    Endpoint { socket, role, who: None, protocol, state, source, destination, echo: None }
}

/// TCP: a connection of two sockets, and a third that listens.
fn stream(stage: &mut Stage) -> Result<(), Failure> {
    let (server, client) = (stage.journal("tcp-server"), stage.journal("tcp-client"));
    stage.step("TCP: a stream socket. The server listens, the client connects, bytes flow");
    let (listener, address) = ends::listener(&server, 4)?;
    let (stream, own) = ends::connected(&client, address)?;
    let accepted = must(Operation::Accept, listener.accept())?;
    must(Operation::Send(HELLO.len()), stream.send(HELLO))?;
    let heard = ends::recv_all(&accepted, HELLO.len())?;
    let server_side = accepted.local_address()?;
    stage.endpoints(vec![
        row((stream.id(), Role::Connected), "TCP", stream.state(), own, Some(stream.peer())),
        row((listener.id(), Role::Listening), "TCP", State::Listen, address, None),
        row(
            (accepted.id(), Role::Accepted),
            "TCP",
            accepted.state(),
            server_side,
            Some(accepted.peer()),
        ),
    ]);
    let ports = [own.port(), address.port(), server_side.port()];
    stage.fact(
        "tcp_ports",
        ports.map(i64::from).to_vec(),
        format!("three sockets and two ports; the server received {} bytes", heard.len()),
    );
    drop(stream);
    ends::recv_all(&accepted, 1)?;
    drop((accepted, listener));
    Ok(())
}

/// UDP: two sockets, no connection.
fn datagram(stage: &mut Stage) -> Result<(), Failure> {
    let (server, client) = (stage.journal("udp-server"), stage.journal("udp-client"));
    stage.step("UDP: a datagram socket. Nobody connects; each datagram has a destination");
    let receiver = DatagramSocket::new(&server, ANY)?;
    receiver.bind(ANY)?;
    let address = receiver.local_address()?;
    let sender = DatagramSocket::new(&client, ANY)?;
    must(Operation::SendTo(HELLO.len(), address), sender.send_to(HELLO, address))?;
    let mut room = [0; 2048];
    let (came, from) = must(Operation::RecvFrom(room.len()), receiver.recv_from(&mut room))?;
    let own = sender.local_address()?;
    stage.endpoints(vec![
        row((sender.id(), Role::Unconnected), "UDP", sender.state(), own, None),
        row((sender.id(), Role::Sent), "UDP", sender.state(), from, Some(address)),
        row((receiver.id(), Role::Bound), "UDP", receiver.state(), address, None),
    ]);
    let words = format!("two sockets, none with a peer; one datagram of {came} bytes from {from}");
    stage.fact("udp_ports", vec![i64::from(from.port()), i64::from(address.port())], words);
    Ok(())
}

/// ICMP: one socket; the kernel answers. Whether it was a raw one.
fn icmp(stage: &mut Stage) -> Result<bool, Failure> {
    let client = stage.journal("icmp-client");
    stage.step("ICMP: a raw socket. No port anywhere; the kernel itself answers");
    let echoer = match Echoer::open(&client) {
        Ok(echoer) => echoer,
        Err(failure @ Failure::NoRawSocket { .. }) => {
            stage.fact("icmp_socket", "none", "this program may not open a socket for ICMP here");
            hindrance(stage, &failure);
            return Ok(false);
        }
        Err(failure) => return Err(failure),
    };
    let answer = echoer.ask(1, HELLO)?;
    stage.endpoints(echoer.endpoints(1));
    let door = if echoer.is_raw() { "raw socket" } else { "ping socket" };
    let words = format!(
        "a {door}: {} bytes came back, {} of IP's header, 8 of ICMP's, and the {} that were sent",
        answer.received,
        answer.ip_header,
        answer.data.len()
    );
    stage.fact("icmp_socket", door, words);
    Ok(echoer.is_raw())
}
