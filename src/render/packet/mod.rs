//! Packets in words: one calm line for each, and below it, on request, what is behind it.
//!
//! ```text
//!   when        whose way  what     numbers                        bytes
//!   0.000213    A  ──▶ SYN          seq 0           win 65495      len 0
//!   0.000240    A  ◀── SYN,ACK      seq 0  ack 1    win 65483      len 0
//! ```
//!
//! | module | says |
//! | --- | --- |
//! | `line` | the line itself |
//! | `detail` | options, what made it go, addresses of the link layer |
//! | `flow` | what is remembered of conversations |
//! | `lesson` | what such a packet means, once for each kind |
//! | `pending` | calls that are under way among the packets |
//! | `report` | how it began, and what was captured at the end |

mod detail;
mod flow;
mod lesson;
mod line;
mod pending;
mod report;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use self::flow::Flows;
use self::lesson::Lesson;
use self::line::Way;
use self::pending::Pending;
use super::style::{Ink, Markup, Style};
use crate::error::Explained;
use crate::event::{
    CaptureEvent, CaptureSetup, Captured, Content, Crossing, Endpoint, FLOOD_LINES, IcmpSeen,
    SocketId,
};

/// Columns before the words below a line: those of the words below a call.
const MARGIN: usize = 18;

/// Draws packets, and remembers what it has said already.
#[derive(Debug, Default)]
pub struct PacketPage {
    /// Options, causes and what each kind means: `--explain`.
    explain: bool,
    /// Whether several peers are to be told apart.
    many: bool,
    /// What there is to say if the system refuses.
    refusal: Option<Explained>,
    /// What is captured, and where it is written to.
    setup: Option<CaptureSetup>,
    lessons: HashSet<Lesson>,
    flows: Flows,
    /// Which socket has an endpoint, as packets show it.
    owners: HashMap<SocketAddr, SocketId>,
    pending: Pending,
    /// Datagrams of this run that met a closed port, as an ICMP error has told.
    closed_ports: u64,
    /// The sockets that hear whatever comes, without a port: for IPv4, and for IPv6.
    hearing: Option<[Option<SocketId>; 2]>,
    /// Whether it was said that this interface has no addresses of its own.
    unlinked: bool,
    /// Packets of a flood so far; none where there is no flood.
    flood: Option<u64>,
    /// Which link-layer addresses were shown for which IP addresses.
    links: HashMap<(IpAddr, IpAddr), [[u8; 6]; 2]>,
}

impl PacketPage {
    /// A page that explains or not.
    #[must_use]
    pub fn new(explain: bool) -> Self {
        Self { explain, ..Self::default() }
    }

    /// The packets of several peers are told apart.
    #[must_use]
    pub fn of_many(self, many: bool) -> Self {
        Self { many, ..self }
    }

    /// What there is to say if the system refuses to capture, in its five parts.
    #[must_use]
    pub fn or_refused(self, refusal: Option<Explained>) -> Self {
        Self { refusal, ..self }
    }

    /// From here on there are more packets than anybody could read. Whoever keeps them has them all.
    pub(super) fn fold(&mut self) {
        self.flood = Some(0);
    }

    /// In a flood, of a packet that is one too many: nothing, and of the first such a line for them all.
    fn folded(&mut self, style: &Style) -> Option<Vec<String>> {
        let shown = self.flood.as_mut()?;
        *shown += 1;
        match *shown {
            ..=FLOOD_LINES => None,
            more if more > FLOOD_LINES + 1 => Some(Vec::new()),
            _ => {
                let text = format!(
                    "[{FLOOD_LINES} packets are enough: from here on they are only counted. --record and \
                     --write keep them all]"
                );
                let text = style.paint(Ink::Dim, &style.paragraph("", 0, &text));
                Some(if style.markup == Markup::Markdown {
                    vec![format!("\n{text}\n")]
                } else {
                    vec![text]
                })
            }
        }
    }

    /// The lines of an event at this time of the run.
    pub fn draw(&mut self, style: &Style, at: Duration, event: &CaptureEvent) -> Vec<String> {
        match event {
            CaptureEvent::Began(setup) => {
                self.pending.begin();
                self.setup = Some(setup.clone());
                Vec::new()
            }
            CaptureEvent::Refused(refused) => {
                report::refused(style, refused, self.refusal.as_ref())
            }
            CaptureEvent::Packet(packet) => {
                self.folded(style).unwrap_or_else(|| self.packet(style, at, packet))
            }
            CaptureEvent::Ended(ended) => {
                report::ended(style, ended, self.setup.as_ref(), self.explain)
            }
        }
    }

    /// Whoever only hears hears with these sockets.
    pub fn hears_with(&mut self, endpoints: &[Endpoint]) {
        let of = |v6: bool| endpoints.iter().find(|end| end.source.is_ipv6() == v6);
        self.hearing = Some([false, true].map(|v6| of(v6).map(|end| end.socket)));
    }

    /// How many datagrams of this run met a closed port. The capture knows; a socket without a peer
    /// is not told.
    #[must_use]
    pub const fn closed_ports(&self) -> u64 {
        self.closed_ports
    }

    /// The calls that are under way among the packets.
    pub(super) const fn pending(&mut self) -> &mut Pending {
        &mut self.pending
    }

    /// What is captured, for who explains: it began before there was a page to say it on.
    #[must_use]
    pub fn opening(&self, style: &Style) -> Vec<String> {
        self.setup.iter().flat_map(|setup| report::began(style, setup, self.explain)).collect()
    }

    fn packet(&mut self, style: &Style, at: Duration, packet: &Captured) -> Vec<String> {
        self.pending.packet(at);
        if is_closed_port(packet) {
            self.closed_ports += 1;
        }
        let way = self.way(packet);
        let ends = self.flows.introduce(packet);
        let kept = self.flows.kept_back(at, packet);
        let (line, rest) = line::packet(style, at, packet, &way);
        let mut below: Vec<String> = Vec::new();
        below.extend(rest);
        below.extend(ends);
        if self.setup.as_ref().is_some_and(|setup| setup.link) {
            below.extend(self.link_layer(packet));
        }
        if self.explain {
            below.extend(detail::behind(packet, style.width.saturating_sub(MARGIN)));
            let lesson = kept.map_or_else(|| Lesson::of(packet), |_| Some(Lesson::KeptBack));
            if let Some(lesson) = lesson
                && self.lessons.insert(lesson)
            {
                below.push(kept.map_or_else(|| lesson.words(packet), lesson::kept_back));
            }
        }
        laid_out(style, line, &below)
    }

    /// Whose packet it is, and which way it goes.
    fn way(&mut self, packet: &Captured) -> Way {
        let (own, peer) = match packet.crossing {
            Crossing::Received => (packet.destination, packet.source),
            Crossing::Sent | Crossing::Local => (packet.source, packet.destination),
        };
        if let Some(socket) = packet.socket
            && own.port() != 0
        {
            self.owners.insert(own, socket);
        }
        let (mut socket, mut crossing) = (packet.socket, packet.crossing);
        if let Some(hearing) = self.hearing
            && matches!(packet.content, Content::Icmp(_))
            && crossing != Crossing::Sent
        {
            // On the loopback everything arrives, also what the kernel answers.
            crossing = Crossing::Received;
            socket = socket.or(hearing[usize::from(packet.source.is_ipv6())]);
        }
        Way {
            socket,
            crossing,
            other: match packet.crossing {
                Crossing::Local => self.owners.get(&packet.destination).copied(),
                _ => None,
            },
            peer: if self.many { self.flows.told_apart(packet, peer) } else { None },
        }
    }

    /// The addresses of the link layer, where they are new or have changed.
    fn link_layer(&mut self, packet: &Captured) -> Option<String> {
        let Some(addresses) = packet.frame.addresses.filter(|pair| *pair != [[0; 6]; 2]) else {
            let first = !std::mem::replace(&mut self.unlinked, true);
            return first.then(|| detail::no_link(packet).to_owned());
        };
        let ends = (packet.source.ip(), packet.destination.ip());
        if matches!(packet.content, Content::Arp(_))
            || self.links.insert(ends, addresses) == Some(addresses)
        {
            return None;
        }
        Some(detail::link_layer(addresses))
    }
}

/// Whether it says that nobody has bound the port a datagram of this run was for.
fn is_closed_port(packet: &Captured) -> bool {
    matches!(
        packet.content,
        Content::Icmp(IcmpSeen { kind, code, about: Some((17, ..)), .. })
            if matches!((kind, code), (3, 3) | (1, 4))
    )
}

/// A line and what is below it, for a terminal or as an item of a Markdown list.
fn laid_out(style: &Style, line: String, below: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    if style.markup == Markup::Markdown {
        lines.push(format!("- `{}`", line.split_whitespace().collect::<Vec<_>>().join(" ")));
        lines.extend(below.iter().map(|text| style.paragraph("  ", 2, text)));
        return lines;
    }
    lines.push(line);
    let indent = " ".repeat(MARGIN);
    for text in below {
        lines.push(style.paint(Ink::Dim, &style.paragraph(&indent, MARGIN, text)));
    }
    lines
}
