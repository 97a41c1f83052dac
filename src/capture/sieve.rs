//! The filter, where the kernel is not told one: every frame comes to this program, and what the
//! run is not about is thrown away as soon as it is decoded.

use crate::event::Content;
use crate::socket::CaptureFilter;
use crate::wire::Decoded;

/// Whether a packet is to be looked at. It decides as the kernel's filter does on Linux.
pub(super) fn lets_through(filter: &CaptureFilter, packet: &Decoded) -> bool {
    let ends = [packet.source, packet.destination];
    let is_any = |count: usize| count == 0 || count > CaptureFilter::MOST;
    let host = is_any(filter.hosts.len()) || ends.iter().any(|it| filter.hosts.contains(&it.ip()));
    let port =
        is_any(filter.ports.len()) || ends.iter().any(|it| filter.ports.contains(&it.port()));
    match &packet.content {
        Content::Tcp(_) => filter.tcp && port && host,
        Content::Udp(_) => filter.udp && port && host,
        Content::Icmp(message) => {
            let error = message.about.is_some() && (filter.tcp || filter.udp);
            let discovery = packet.source.is_ipv6() && (133..=137).contains(&message.kind);
            error || (filter.icmp && host) || (filter.link && discovery)
        }
        // Only the first fragment has ports.
        Content::Fragment(..) => (filter.tcp || filter.udp || filter.icmp) && host,
        Content::Arp(_) => filter.link,
        Content::Other(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{self, Link};

    /// UDP without data over IPv4, or ICMP of that type about such a datagram.
    fn datagram(protocol: u8, body: &[u8]) -> Vec<u8> {
        let length = u8::try_from(20 + body.len()).expect("a small packet");
        let mut bytes = vec![0x45, 0, 0, length, 0, 1, 0, 0, 64, protocol, 0, 0];
        bytes.extend([10, 0, 0, 1, 10, 0, 0, 2]);
        bytes.extend(body);
        bytes
    }

    fn decoded(bytes: &[u8]) -> Decoded {
        wire::frame(Link::Ip, bytes, bytes.len()).expect("a packet")
    }

    const TO_6000: [u8; 8] = [0x9c, 0x40, 0x17, 0x70, 0, 8, 0, 0];

    #[test]
    fn only_what_the_run_is_about_comes_through() {
        let udp = decoded(&datagram(17, &TO_6000));
        let mut filter = CaptureFilter::default();
        assert!(!lets_through(&filter, &udp), "nothing is wanted");
        filter.udp = true;
        assert!(lets_through(&filter, &udp), "any port, any host");
        filter.ports = vec![6001];
        assert!(!lets_through(&filter, &udp), "another port");
        filter.ports = vec![6001, 6000];
        assert!(lets_through(&filter, &udp));
        filter.hosts = vec!["10.0.0.3".parse().expect("an address")];
        assert!(!lets_through(&filter, &udp), "another host");
        filter.hosts.push("10.0.0.2".parse().expect("an address"));
        assert!(lets_through(&filter, &udp));
        filter = CaptureFilter { tcp: true, icmp: true, link: true, ..CaptureFilter::default() };
        assert!(!lets_through(&filter, &udp), "another protocol");
        filter = CaptureFilter { udp: true, ports: (1..=17).collect(), ..CaptureFilter::default() };
        assert!(lets_through(&filter, &udp), "so many ports no filter is told");
    }

    #[test]
    fn errors_come_through_whatever_the_ports() {
        let quoted = datagram(17, &TO_6000);
        let error = decoded(&datagram(1, &[&[3, 3, 0, 0, 0, 0, 0, 0], &quoted[..]].concat()));
        let echo = decoded(&datagram(1, &[8, 0, 0, 0, 0, 1, 0, 1]));
        let mut filter = CaptureFilter { udp: true, ports: vec![1], ..CaptureFilter::default() };
        assert!(lets_through(&filter, &error));
        assert!(!lets_through(&filter, &echo));
        filter = CaptureFilter { icmp: true, ..CaptureFilter::default() };
        assert!(lets_through(&filter, &echo));
    }
}
