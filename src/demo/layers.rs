//! `layers`: what each layer adds to six letters.
//!
//! ```text
//!   application              Hello!            the program: send
//!   transport          [ TCP Hello! ]          ports, numbers
//!   network        [ IP  TCP Hello! ]          addresses
//!   link     [ Eth   IP  TCP Hello! ]          the next station
//! ```
//!
//! Where packets are captured the lengths are read from them. Else they are worked out by the
//! protocols' own rules, and that is said: 20 bytes of TCP (RFC 9293) and what options there may be,
//! 8 of UDP (RFC 768), 20 of IP (RFC 791), 14 of Ethernet. Linux puts an Ethernet header, with
//! addresses of zeros, on its loopback too; other systems put less.

use super::ends::{ANY, must, recv_all};
use super::list::Scene;
use super::pair::{Pair, captured_with, number, pair};
use super::stage::{Curtain, Stage};
use crate::error::Failure;
use crate::event::{Captured, Content, Operation, TcpOption};
use crate::socket::DatagramSocket;

pub(super) const SCENE: Scene = Scene {
    name: "layers",
    line: "what each layer adds to six letters, over TCP and over UDP",
    title: "Layers: what is added to six letters?",
    about: "The same six letters go over TCP and over UDP. Every layer puts its header before what it \
            gets from above: who adds how much, and what for?",
    play,
};

const TEXT: &[u8] = b"Hello!";
/// Without options.
const TCP: usize = 20;
const UDP: usize = 8;
const IP: usize = 20;
const ETHERNET: usize = 14;

/// The bytes of the headers around a text, from the outside in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Headers {
    link: usize,
    network: usize,
    transport: usize,
}

impl Headers {
    const fn total(self) -> usize {
        self.link + self.network + self.transport + TEXT.len()
    }

    fn numbers(self) -> Vec<i64> {
        [self.link, self.network, self.transport, TEXT.len()].map(number).to_vec()
    }
}

fn play(stage: &mut Stage) -> Result<Curtain, Failure> {
    let tcp = over_tcp(stage)?;
    let udp = over_udp(stage)?;
    stage.step("Taken apart");
    let is_seen = tcp.is_some() && udp.is_some();
    let seen = [tcp, udp].into_iter().flatten().collect::<Vec<_>>();
    let tcp = seen_or(seen.first().filter(|_| is_seen), TCP);
    let udp = seen_or(seen.get(1).filter(|_| is_seen), UDP);
    let how = if is_seen {
        "read from the captured packets"
    } else {
        "worked out by the rules of the protocols, not captured: TCP's header may have options, \
         mostly 12 bytes of them"
    };
    stage.fact("captured", is_seen, format!("the lengths are {how}"));
    if is_seen && let Some(addresses) = seen.first().and_then(link_addresses) {
        let zero = addresses.iter().all(|byte| *byte == 0);
        let words = if zero {
            "the link layer's addresses are all zeros: a loopback has no card"
        } else {
            "the link layer's addresses are those of cards"
        };
        stage.fact("link_addresses_zero", zero, words);
    }
    if is_seen && let Some(packet) = seen.first() {
        tell_options(stage, packet);
    }
    let words = format!("{} bytes for {} letters over TCP", tcp.total(), TEXT.len());
    stage.fact("tcp_link_network_transport_text", tcp.numbers(), words);
    let words = format!("{} bytes for {} letters over UDP", udp.total(), TEXT.len());
    stage.fact("udp_link_network_transport_text", udp.numbers(), words);
    table(stage, tcp, udp);
    Ok(curtain(tcp, udp, is_seen))
}

fn curtain(tcp: Headers, udp: Headers, is_seen: bool) -> Curtain {
    let how = if is_seen { "captured here" } else { "by the rules, at least" };
    Curtain {
        saw: [
            format!(
                "{} letters became {} bytes over TCP and {} over UDP ({how}): each layer puts its \
                 header before what it gets.",
                TEXT.len(),
                tcp.total(),
                udp.total()
            ),
            "Ports are in the transport's header, addresses in the network's, the next station in the \
             link's; the program wrote none of them."
                .into(),
        ],
        card: "encapsulation",
        next: vec![
            "netlab explain header".into(),
            "netlab explain osi-layers".into(),
            "sudo netlab demo layers --packets        (the packets themselves)".into(),
        ],
    }
}

/// Sends the letters over TCP, and gives the packet that carried them, where it was captured.
fn over_tcp(stage: &mut Stage) -> Result<Option<Captured>, Failure> {
    stage.step("Six letters over TCP");
    let pair: Pair = pair(stage)?;
    let own = pair.client_address;
    must(Operation::Send(TEXT.len()), pair.client.send(TEXT))?;
    let came = recv_all(&pair.server, TEXT.len())?;
    stage.fact("tcp_received", came.len(), format!("the server received {} bytes", came.len()));
    let carries = |packet: &Captured| {
        let bytes = matches!(&packet.content, Content::Tcp(it) if it.payload == TEXT.len());
        bytes && packet.source == own
    };
    let packets = captured_with(stage, carries);
    pair.close();
    Ok(packets.unwrap_or_default().into_iter().find(carries))
}

/// The same over UDP.
fn over_udp(stage: &mut Stage) -> Result<Option<Captured>, Failure> {
    stage.step("The same six letters over UDP");
    let server = DatagramSocket::new(&stage.journal("server"), ANY)?;
    server.bind(ANY)?;
    let address = server.local_address()?;
    let client = DatagramSocket::new(&stage.journal("client"), address)?;
    must(Operation::SendTo(TEXT.len(), address), client.send_to(TEXT, address))?;
    let (came, _) = must(Operation::RecvFrom(64), server.recv_from(&mut [0; 64]))?;
    stage.fact("udp_received", came, format!("the server received {came} bytes"));
    let carries = |packet: &Captured| {
        matches!(packet.content, Content::Udp(_)) && packet.destination == address
    };
    let packets = captured_with(stage, carries);
    Ok(packets.unwrap_or_default().into_iter().find(carries))
}

/// The headers of a captured packet, or those that the rules have.
fn seen_or(packet: Option<&Captured>, transport: usize) -> Headers {
    packet.and_then(taken_apart).unwrap_or(Headers { link: ETHERNET, network: IP, transport })
}

/// Both addresses of an Ethernet header.
fn link_addresses(packet: &Captured) -> Option<&[u8]> {
    if packet.frame.link_type == 1 { packet.frame.bytes.get(..12) } else { None }
}

/// How long the headers of a captured packet are. None when it is not all there.
fn taken_apart(packet: &Captured) -> Option<Headers> {
    let payload = match &packet.content {
        Content::Tcp(segment) => segment.payload,
        Content::Udp(bytes) => *bytes,
        _ => return None,
    };
    // Ethernet fills what is very short up, so the link's header is what comes before the version.
    let link = match packet.frame.link_type {
        1 => ETHERNET,
        _ => packet.frame.length.checked_sub(packet.length)?,
    };
    let first = packet.frame.bytes.get(link)?;
    let network = match first >> 4 {
        4 => usize::from(first & 15) * 4,
        6 => 40,
        _ => return None,
    };
    let transport = packet.length.checked_sub(network + payload)?;
    Some(Headers { link, network, transport })
}

fn tell_options(stage: &Stage, packet: &Captured) {
    let Content::Tcp(segment) = &packet.content else { return };
    let names: Vec<String> = segment.options.iter().filter_map(option).collect();
    if !names.is_empty() {
        let words = format!("options in TCP's header: {}", names.join(", "));
        stage.fact("tcp_options", names, words);
    }
}

fn option(option: &TcpOption) -> Option<String> {
    Some(match option {
        TcpOption::MaximumSegmentSize(size) => format!("maximum segment size {size}"),
        TcpOption::WindowScale(shift) => format!("window scale {shift}"),
        TcpOption::SackPermitted => "SACK permitted".to_owned(),
        TcpOption::Sack(_) => "SACK".to_owned(),
        TcpOption::Timestamps(..) => "timestamps (10 bytes)".to_owned(),
        // Only fill.
        TcpOption::Other(0 | 1) => return None,
        TcpOption::Other(kind) => format!("kind {kind}"),
    })
}

fn table(stage: &Stage, tcp: Headers, udp: Headers) {
    let row = |layer: &str, who: &str, adds: &str, tcp: usize, udp: usize| {
        vec![layer.to_owned(), who.to_owned(), adds.to_owned(), tcp.to_string(), udp.to_string()]
    };
    let rows = vec![
        row("7 application", "the program", "the letters: Hello!", TEXT.len(), TEXT.len()),
        row("4 transport", "the kernel", "ports, order or not", tcp.transport, udp.transport),
        row("3 network", "the kernel", "addresses of both", tcp.network, udp.network),
        row("2 link", "the kernel", "the next station", tcp.link, udp.link),
        row("", "", "together", tcp.total(), udp.total()),
    ];
    let head = ["Layer", "Who", "What is added", "TCP", "UDP"];
    stage.table("Who added what, in bytes", &head, rows);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::event::{CapturedFrame, Cause, Crossing};

    /// A datagram with six letters on Ethernet, filled up to 60 bytes as cards do.
    fn datagram(options: usize) -> Captured {
        let network = IP + options;
        let mut bytes = vec![0; 60];
        bytes[ETHERNET] = 0x40 | u8::try_from(network / 4).expect("a header");
        Captured {
            number: 1,
            unix: Duration::ZERO,
            interface: "lo".into(),
            crossing: Crossing::Local,
            socket: None,
            source: ANY,
            destination: ANY,
            length: network + UDP + TEXT.len(),
            hop_limit: 64,
            content: Content::Udp(TEXT.len()),
            cause: Cause::Unknown,
            frame: Arc::new(CapturedFrame { bytes, length: 60, link_type: 1, addresses: None }),
        }
    }

    #[test]
    fn headers_are_read_from_the_packet() {
        let plain = Headers { link: 14, network: 20, transport: 8 };
        assert_eq!(taken_apart(&datagram(0)), Some(plain), "what fills up is no header");
        let longer = Headers { network: 28, ..plain };
        assert_eq!(taken_apart(&datagram(8)), Some(longer));
        assert_eq!(plain.total(), 48);
    }

    #[test]
    fn a_packet_that_is_not_all_there_gives_nothing() {
        let mut cut = datagram(0);
        cut.length = 20;
        assert_eq!(taken_apart(&cut), None);
        let frame = CapturedFrame { bytes: vec![], length: 0, link_type: 1, addresses: None };
        cut.frame = Arc::new(frame);
        assert_eq!(taken_apart(&cut), None);
    }
}
