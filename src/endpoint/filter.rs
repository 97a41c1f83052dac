//! Which sockets are looked for.

use std::net::IpAddr;

use crate::event::{MachineSocket, Row, State, Transport, protocol_name};
use crate::port::Range;
use crate::port::registry::{Protocol, Span};

/// Addresses that begin with the same bits: `10.0.0.0/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    ip: IpAddr,
    bits: u8,
}

impl Prefix {
    /// Reads `10.0.73.221`, `10.0.0.0/8`, `fe80::/10`; brackets around an IPv6 address are no fault.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (ip, bits) = text.split_once('/').map_or((text, None), |(ip, bits)| (ip, Some(bits)));
        let bare = ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')).unwrap_or(ip);
        let ip: IpAddr = bare.parse().ok()?;
        let most = if ip.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                digits.parse().ok().filter(|bits| *bits <= most)?
            }
            Some(_) => return None,
        };
        Some(Self { ip, bits })
    }

    /// Whether an address lies in it. An IPv4 address that an IPv6 socket shows as `::ffff:10.0.0.1`
    /// is looked for as IPv4, and as it is shown.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.covers(ip) || self.covers(ip.to_canonical())
    }

    fn covers(&self, ip: IpAddr) -> bool {
        match (self.ip, ip) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differing = own.to_bits() ^ other.to_bits();
                differing.leading_zeros() >= u32::from(self.bits)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differing = own.to_bits() ^ other.to_bits();
                differing.leading_zeros() >= u32::from(self.bits)
            }
            _ => false,
        }
    }
}

/// Ports that are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// The ports.
    pub span: Span,
    /// With this protocol only.
    pub protocol: Option<Protocol>,
}

impl Ports {
    fn contain(self, transport: Transport, port: u16) -> bool {
        let spoken = match self.protocol {
            None => transport.has_ports(),
            Some(Protocol::Tcp) => transport == Transport::Tcp,
            Some(Protocol::Udp) => transport == Transport::Udp,
            // The table has no sockets of these.
            Some(Protocol::Sctp | Protocol::Dccp) => false,
        };
        spoken && (self.span.first..=self.span.last).contains(&port)
    }
}

/// Finds the service that a port is registered for.
pub type Service = fn(Transport, u16) -> Option<&'static str>;

/// Which sockets are looked for: those that fit every list, where an empty list fits all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Stream sockets.
    pub tcp: bool,
    /// Datagram sockets.
    pub udp: bool,
    /// Raw and ping sockets.
    pub raw: bool,
    /// 4 or 6.
    pub family: Option<u8>,
    /// In one of these states.
    pub states: Vec<State>,
    /// With one of these ports on either side.
    pub ports: Vec<Ports>,
    /// With one of these addresses on either side.
    pub hosts: Vec<Prefix>,
    /// Held by one of these processes.
    pub pids: Vec<u32>,
    /// With a port of one of these ranges on either side.
    pub ranges: Vec<Range>,
    /// Words that must all occur, in small letters.
    pub words: Vec<String>,
    /// Where the words look for services.
    pub service: Option<Service>,
}

impl Filter {
    /// Whether it lets every socket through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !(self.tcp || self.udp || self.raw)
            && self.family.is_none()
            && self.states.is_empty()
            && self.ports.is_empty()
            && self.hosts.is_empty()
            && self.pids.is_empty()
            && self.ranges.is_empty()
            && self.words.is_empty()
    }

    /// Which of stream, datagram and raw sockets it lets through.
    #[must_use]
    pub const fn transports(&self) -> (bool, bool, bool) {
        if self.tcp || self.udp || self.raw {
            (self.tcp, self.udp, self.raw)
        } else {
            (true, true, true)
        }
    }

    /// Whether it asks for something of the programs.
    #[must_use]
    pub fn needs_programs(&self) -> bool {
        !self.pids.is_empty() || !self.words.is_empty()
    }

    /// Whether it lets a socket through.
    #[must_use]
    pub fn fits(&self, row: &Row) -> bool {
        self.fits_socket(row.socket)
            && (self.pids.is_empty() || row.programs.iter().any(|p| self.pids.contains(&p.pid)))
            && (self.words.is_empty() || self.says(row))
    }

    /// Whether it lets a socket through as far as the socket itself is concerned: who holds it, and
    /// words, are not looked at.
    #[must_use]
    pub fn fits_socket(&self, socket: &MachineSocket) -> bool {
        let (tcp, udp, raw) = self.transports();
        let transport = match socket.transport {
            Transport::Tcp => tcp,
            Transport::Udp => udp,
            Transport::Icmp | Transport::Raw(_) => raw,
        };
        let sides = [socket.source, socket.destination];
        transport
            && self.family.is_none_or(|family| {
                if family == 4 { socket.speaks_v4() } else { family == socket.family() }
            })
            && (self.states.is_empty() || self.states.contains(&socket.state))
            && (self.ports.is_empty() || self.has_port(socket))
            && (self.hosts.is_empty()
                || self.hosts.iter().any(|host| sides.iter().any(|side| host.contains(side.ip))))
            && (self.ranges.is_empty()
                || [socket.source_range(), socket.destination_range()]
                    .iter()
                    .flatten()
                    .any(|range| self.ranges.contains(range)))
    }

    fn has_port(&self, socket: &MachineSocket) -> bool {
        let (source, destination) = (socket.source.port, socket.destination.port);
        let fits = |port| self.ports.iter().any(|ports| ports.contain(socket.transport, port));
        // Port 0 of a socket without another side is no port.
        fits(source) || destination != 0 && fits(destination)
    }

    /// Whether all words occur in what is known of a socket.
    fn says(&self, row: &Row) -> bool {
        let socket = row.socket;
        let version = if socket.family() == 6 { "6" } else { "" };
        let mut text = format!(
            "{}{version} {} {} {}",
            socket.transport.name(),
            socket.state,
            socket.source.ip,
            socket.destination.ip
        );
        let mut say = |word: &str| {
            text.push(' ');
            text.push_str(word);
        };
        if socket.dual_stack {
            // As the table has it.
            say(&format!("{}46", socket.transport.name()));
        }
        if let Transport::Raw(number) = socket.transport {
            say(protocol_name(number).unwrap_or_default());
        }
        if socket.transport.has_ports() {
            for port in [socket.source.port, socket.destination.port] {
                say(&port.to_string());
                let service = self.service.and_then(|service| service(socket.transport, port));
                service.into_iter().for_each(&mut say);
            }
        }
        for program in row.programs {
            say(program.name.as_str());
            say(&program.pid.to_string());
        }
        if text.is_ascii() {
            text.make_ascii_lowercase();
        } else {
            text = text.to_lowercase();
        }
        self.words.iter().all(|word| text.contains(word.as_str()))
    }
}

/// States by the names that people and programs have for them: the standard's (`TIME-WAIT`), those of
/// `ss` (`estab`, `syn-recv`, `unconn`) and of `netstat` (`FIN_WAIT2`). Capitals, `-` and `_` do not
/// matter.
#[must_use]
pub fn states_named(name: &str) -> Option<&'static [State]> {
    let mut letters = name.to_ascii_lowercase();
    letters.retain(|letter| !matches!(letter, '-' | '_'));
    Some(match letters.as_str() {
        "closed" | "close" => &[State::Closed],
        "listen" | "listening" => &[State::Listen],
        "synsent" => &[State::SynSent],
        "synreceived" | "synrecv" | "synrcvd" => &[State::SynReceived],
        "established" => &[State::Established],
        "estab" => &[State::Established, State::Connected],
        "finwait1" => &[State::FinWait1],
        "finwait2" => &[State::FinWait2],
        "finwait" => &[State::FinWait1, State::FinWait2],
        "closewait" => &[State::CloseWait],
        "closing" => &[State::Closing],
        "lastack" => &[State::LastAck],
        "timewait" => &[State::TimeWait],
        "unconnected" | "unconn" => &[State::Unconnected],
        "connected" => &[State::Connected],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Queues, SafeText, Side, SocketProgram};

    fn socket() -> MachineSocket {
        let side = |ip: &str, port| Side { ip: ip.parse().expect("an address"), port };
        MachineSocket {
            transport: Transport::Tcp,
            state: State::Established,
            source: side("10.0.56.23", 55_237),
            destination: side("10.0.73.221", 443),
            queues: Some(Queues { receive: 0, send: 0 }),
            interface: 0,
            user: None,
            key: 7,
            dual_stack: false,
        }
    }

    #[track_caller]
    fn judge(filter: &Filter, expected: bool) {
        let programs = [SocketProgram { pid: 4711, name: SafeText::new(b"Firefox") }];
        let row = Row { socket: &socket(), programs: &programs };
        assert_eq!(filter.fits(&row), expected, "{filter:?}");
    }

    #[test]
    fn every_list_must_fit() {
        judge(&Filter::default(), true);
        let host = |text| Prefix::read(text).expect(text);
        let ports = |first, last, protocol| Ports { span: Span { first, last }, protocol };
        let cases: [(Filter, bool); 16] = [
            (Filter { tcp: true, ..Filter::default() }, true),
            (Filter { udp: true, ..Filter::default() }, false),
            (Filter { family: Some(6), ..Filter::default() }, false),
            (Filter { states: vec![State::Established], ..Filter::default() }, true),
            (Filter { states: vec![State::TimeWait], ..Filter::default() }, false),
            (Filter { ports: vec![ports(440, 450, None)], ..Filter::default() }, true),
            (
                Filter { ports: vec![ports(443, 443, Some(Protocol::Udp))], ..Filter::default() },
                false,
            ),
            (Filter { ports: vec![ports(0, 100, None)], ..Filter::default() }, false),
            (Filter { hosts: vec![host("10.0.73.0/24")], ..Filter::default() }, true),
            (Filter { hosts: vec![host("10.0.73.220")], ..Filter::default() }, false),
            (Filter { pids: vec![4711], ..Filter::default() }, true),
            (Filter { pids: vec![1], ..Filter::default() }, false),
            (Filter { ranges: vec![Range::WellKnown], ..Filter::default() }, true),
            (Filter { ranges: vec![Range::Registered], ..Filter::default() }, false),
            (Filter { words: vec!["firefox".into(), "443".into()], ..Filter::default() }, true),
            (Filter { words: vec!["firefox".into(), "https".into()], ..Filter::default() }, false),
        ];
        for (filter, expected) in &cases {
            judge(filter, *expected);
        }
        let service: Service = |_, port| (port == 443).then_some("https");
        let words = vec!["firefox".into(), "https".into()];
        judge(&Filter { words, service: Some(service), ..Filter::default() }, true);
    }

    #[test]
    fn an_ipv6_socket_may_speak_ipv4() {
        let side = |ip: &str| Side { ip: ip.parse().expect("an address"), port: 80 };
        let fits = |ip: &str, dual_stack| {
            let socket = MachineSocket { source: side(ip), dual_stack, ..socket() };
            [4, 6].map(|family| {
                let filter = Filter { family: Some(family), ..Filter::default() };
                filter.fits(&Row { socket: &socket, programs: &[] })
            })
        };
        assert_eq!(fits("::", false), [false, true]);
        assert_eq!(fits("::", true), [true, true]);
        assert_eq!(fits("::ffff:10.0.0.1", false), [true, true]);
        assert_eq!(fits("10.0.0.1", false), [true, false]);
    }

    #[test]
    fn words_are_found_whatever_their_capitals() {
        let programs = [SocketProgram::new(7, "GRÖSSE".as_bytes())];
        let row = Row { socket: &socket(), programs: &programs };
        let words = vec!["größe".to_lowercase()];
        assert!(!Filter { words, ..Filter::default() }.fits(&row));
        let words = vec!["GRÖSSE".to_lowercase()];
        assert!(Filter { words, ..Filter::default() }.fits(&row));
    }

    #[test]
    fn a_prefix_is_an_address_and_so_many_bits() {
        let fits = |prefix: &str, ip: &str| {
            Prefix::read(prefix).expect(prefix).contains(ip.parse().expect("an address"))
        };
        assert!(fits("0.0.0.0/0", "192.168.1.1") && fits("::/0", "fe80::1"));
        assert!(fits("10.0.0.0/9", "10.127.0.1") && !fits("10.0.0.0/9", "10.128.0.1"));
        assert!(fits("10.0.0.1", "::ffff:10.0.0.1") && fits("::ffff:0:0/96", "::ffff:10.0.0.1"));
        assert!(fits("[fe80::]/10", "febf::1") && !fits("fe80::/10", "fec0::1"));
        assert!(!fits("::/0", "10.0.0.1"));
        for wrong in ["", "10.0.0.1/33", "10.0.0.1/+8", "10.0.0.1/", "::/129", "host"] {
            assert_eq!(Prefix::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_state_has_many_names() {
        for name in ["TIME-WAIT", "time-wait", "TIME_WAIT", "timewait"] {
            assert_eq!(states_named(name), Some(&[State::TimeWait][..]), "{name}");
        }
        assert_eq!(states_named("FIN_WAIT2"), Some(&[State::FinWait2][..]));
        assert_eq!(states_named("nonsense"), None);
    }
}
