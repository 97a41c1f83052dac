//! The instrument that sees packets: a packet socket.
//!
//! ```text
//!   a program's socket      gets what is for its port, without headers
//!   a raw socket            gets what is for its protocol, from the IP header on
//!   a packet socket         gets whole frames of every interface, going in and coming out
//! ```
//!
//! It is netlab's own instrument and not a socket of the run: a student's program would not have it,
//! so its calls are in no journal. A microscope is not in the picture that it takes.
//!
//! Systems reserve it: who has one can read what everybody sends. netlab lets the kernel throw
//! away everything but what the run is about ([`CaptureFilter`]) before a byte of it is copied.
//! `man 7 packet`.
//!
//! Only Linux has it. What there is on macOS and the BSDs is no socket: `wire::tap`.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::sys::{capture as sys, own};
use super::wait::Alarm;

/// What the kernel is to let through. Everything else never reaches this program.
///
/// ICMP errors come through whatever the filter says, if they can be about TCP or UDP of this run:
/// which packet they quote is looked up later.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is wanted or not, by itself")]
pub struct CaptureFilter {
    /// TCP segments.
    pub tcp: bool,
    /// UDP datagrams, and all their fragments.
    pub udp: bool,
    /// Every ICMP message, not errors only.
    pub icmp: bool,
    /// Only TCP and UDP with one of these ports, at either side; empty: any. At most
    /// [`CaptureFilter::MOST`] are told the kernel, with more every port comes through.
    pub ports: Vec<u16>,
    /// Only packets from or to one of these addresses; empty: any. The same limit.
    pub hosts: Vec<IpAddr>,
    /// Address resolution too: ARP, and the neighbour discovery of IPv6.
    pub link: bool,
}

impl CaptureFilter {
    /// A filter's program is short: the kernel runs it on every packet of the machine.
    pub const MOST: usize = 16;

    /// The filter in the words of pcap-filter(7): `tcp port 6000 or icmp`.
    #[must_use]
    pub fn words(&self) -> String {
        let mut kinds = Vec::new();
        let ports = join(self.ports_for_kernel(), "port ");
        for (wanted, name) in [(self.tcp, "tcp"), (self.udp, "udp")] {
            if wanted {
                kinds.push(match &ports {
                    Some(ports) => format!("{name} and {ports}"),
                    None => name.to_owned(),
                });
            }
        }
        if self.tcp && self.udp {
            let ports = ports.map(|ports| format!(" and {ports}")).unwrap_or_default();
            kinds = vec![format!("(tcp or udp){ports}")];
        }
        if self.icmp {
            kinds.push("icmp or icmp6".to_owned());
        }
        let mut words = match (kinds.len(), join(self.hosts_for_kernel(), "host ")) {
            (0, _) => String::new(),
            (_, None) => kinds.join(" or "),
            (1, Some(hosts)) => format!("{} and {hosts}", kinds[0]),
            (_, Some(hosts)) => format!("({}) and {hosts}", kinds.join(" or ")),
        };
        if self.link {
            words += if words.is_empty() { "arp" } else { " or arp" };
        }
        words
    }

    /// The ports that the kernel can be told.
    pub(super) fn ports_for_kernel(&self) -> &[u16] {
        if self.ports.len() > Self::MOST { &[] } else { &self.ports }
    }

    /// The addresses that the kernel can be told.
    pub(super) fn hosts_for_kernel(&self) -> &[IpAddr] {
        if self.hosts.len() > Self::MOST { &[] } else { &self.hosts }
    }
}

/// `port 1`, `(port 1 or port 2)`; none for none.
fn join<T: ToString>(things: &[T], before: &str) -> Option<String> {
    let words: Vec<String> =
        things.iter().map(|thing| format!("{before}{}", thing.to_string())).collect();
    match &words[..] {
        [] => None,
        [one] => Some(one.clone()),
        many => Some(format!("({})", many.join(" or "))),
    }
}

/// Which way a frame went, as the interface saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To this machine.
    In,
    /// To everybody, or to a group.
    InToMany,
    /// To another machine; seen by a promiscuous interface, or on its way through a bridge.
    Elsewhere,
    /// From this machine.
    Out,
}

/// A kind of interface, by what its frames begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hardware {
    /// Ethernet, and what looks like it (Wi-Fi, virtual interfaces).
    Ethernet,
    /// The loopback of this machine, whose frames have an Ethernet header of zeros.
    Loopback,
    /// No link layer: a tunnel. Frames begin with the IP header.
    None,
    /// Something that netlab does not read.
    Unknown,
}

/// A frame that was seen. Its bytes are in the buffer that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Bytes of it that are in the buffer.
    pub kept: usize,
    /// Bytes that it had.
    pub length: usize,
    /// When it crossed the interface, by the kernel's clock: time since 1970 in UTC.
    pub unix: Duration,
    /// The interface, by its number in this machine.
    pub interface: u32,
    /// Its kind.
    pub hardware: Hardware,
    /// Which way the frame went.
    pub way: Way,
}

/// A socket that sees packets. It waits for nothing by itself.
#[derive(Debug)]
pub struct PacketSocket(sys::Inner);

impl PacketSocket {
    /// Opens it, with the filter in place before the first packet can get in. `man 7 packet`.
    ///
    /// # Errors
    ///
    /// EPERM without the privilege (`CAP_NET_RAW` on Linux), [`io::ErrorKind::Unsupported`] where the
    /// system has no such socket.
    pub fn open(filter: &CaptureFilter) -> io::Result<Self> {
        sys::Inner::open(filter).map(Self)
    }

    /// Bytes that the kernel holds for this program when it is slow.
    #[must_use]
    pub fn buffer(&self) -> usize {
        self.0.buffer()
    }

    /// Takes the next frame that is there; none when there is none. What does not fit in `buffer` is
    /// cut.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<Sighting>> {
        self.0.receive(buffer)
    }

    /// Waits until a frame is there, the alarm rings, or the time is up. Returning early is allowed.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn wait(&self, alarm: &Alarm, limit: Option<Duration>) -> io::Result<()> {
        self.0.wait(alarm, limit)
    }

    /// How many frames the kernel has thrown away so far because this program was slow. The count
    /// is right up to this moment.
    pub fn dropped(&mut self) -> u64 {
        self.0.dropped()
    }
}

/// The name of an interface by its number.
#[must_use]
pub fn interface_name(index: u32) -> Option<String> {
    own::interface_name(index)
}

/// This machine's addresses, as they are now.
#[must_use]
pub fn own_addresses() -> Vec<IpAddr> {
    own::own_addresses()
}

/// The endpoints of the sockets that this process has open. The kernel is asked (`getsockname`), not
/// the journal: a `connect` that still waits has its port already, and nobody was told.
#[must_use]
pub fn open_endpoints() -> Vec<SocketAddr> {
    own::open_endpoints()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_told_as_tcpdump_would_take_it() {
        let mut filter = CaptureFilter { tcp: true, ports: vec![6000], ..CaptureFilter::default() };
        assert_eq!(filter.words(), "tcp and port 6000");
        filter.icmp = true;
        filter.hosts = vec!["10.0.56.23".parse().expect("an address")];
        filter.link = true;
        assert_eq!(
            filter.words(),
            "(tcp and port 6000 or icmp or icmp6) and host 10.0.56.23 or arp"
        );
        filter = CaptureFilter { tcp: true, udp: true, ..CaptureFilter::default() };
        assert_eq!(filter.words(), "(tcp or udp)");
        filter.ports = vec![1, 2];
        assert_eq!(filter.words(), "(tcp or udp) and (port 1 or port 2)");
        filter.ports = (0..17).collect();
        assert_eq!(filter.words(), "(tcp or udp)");
        assert_eq!(CaptureFilter::default().words(), "");
    }
}
