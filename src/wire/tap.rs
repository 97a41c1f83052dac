//! # Frames from the interfaces of macOS and the BSDs
//!
//! ```text
//!   interface ──▶ /dev/bpf3 ──▶ pnet ──▶ a frame, both ways, without time or direction
//!   interface ──▶ /dev/bpf4 ──▶ …        (`man 4 bpf`)
//! ```
//!
//! These systems have no packet socket. They have a device that listens to one interface, and whoever
//! wants several opens several. Linux gives more (the kernel's time, a direction, a count of what was
//! lost), so there netlab reads a packet socket by itself and uses pnet for decoding only.
//!
//! Of the loopback and of tunnels the system gives four bytes with the family of the addresses, and
//! then the IP header. pnet puts zeros in the place of the family, as many as its buffer is aligned
//! by: 12 or 16, not the 14 of an Ethernet header
//! ([libpnet 737](https://github.com/libpnet/libpnet/issues/737)). [`beneath_family`] finds the IP
//! header in any case.
//!
//! Written from the documentation and from pnet's source, and type-checked for macOS; never run there.

#[cfg(all(unix, not(target_os = "linux")))]
pub use device::{Interface, Tap, interfaces};

/// So many bytes pnet may put before an IP header.
#[cfg(any(test, all(unix, not(target_os = "linux"))))]
const PADDING: usize = 16;

/// The IP packet in a frame that begins with the family of its addresses, or with the zeros in its
/// place. What is neither is given back as it is.
#[cfg(any(test, all(unix, not(target_os = "linux"))))]
fn beneath_family(frame: &[u8]) -> &[u8] {
    let is_ip = |at: &usize| frame.get(*at).is_some_and(|byte| matches!(byte >> 4, 4 | 6));
    // The first byte of an IP header is never zero.
    let zeros = frame.iter().take(PADDING).take_while(|byte| **byte == 0).count();
    let at = Some(zeros).filter(is_ip).or_else(|| Some(4).filter(is_ip));
    at.and_then(|at| frame.get(at..)).unwrap_or(frame)
}

#[cfg(all(unix, not(target_os = "linux")))]
mod device {
    use std::fmt;
    use std::fs::OpenOptions;
    use std::io::{self, ErrorKind};
    use std::net::IpAddr;
    use std::time::Duration;

    use pnet::datalink::{self, Channel, Config, DataLinkReceiver, NetworkInterface};

    use super::beneath_family;
    use crate::wire::Link;

    /// Bytes that the system is asked to hold for each interface. The systems allow 512 KiB at most
    /// (`sysctl debug.bpf_maxbufsize`), and would cut more without a word that pnet passes on.
    const BUFFER: usize = 256 << 10;

    /// A device that listens to one interface.
    pub struct Tap {
        index: u32,
        address: Option<[u8; 6]>,
        /// Frames begin with the family of the addresses.
        family: bool,
        receiver: Box<dyn DataLinkReceiver>,
    }

    /// An interface that is up and has an address.
    #[derive(Debug)]
    pub struct Interface {
        inner: NetworkInterface,
    }

    /// The interfaces that are up and have addresses, and the loopback.
    #[must_use]
    pub fn interfaces() -> Vec<Interface> {
        let all = datalink::interfaces().into_iter();
        let wanted = |one: &NetworkInterface| one.is_up() && !one.ips.is_empty();
        all.filter(|one| wanted(one) || one.is_loopback())
            .map(|inner| Interface { inner })
            .collect()
    }

    impl Interface {
        /// Whether it leads nowhere but to this machine.
        #[must_use]
        pub fn is_loopback(&self) -> bool {
            self.inner.is_loopback()
        }

        /// Whether the address is its own.
        #[must_use]
        pub fn has(&self, ip: IpAddr) -> bool {
            self.inner.ips.iter().any(|own| own.ip() == ip)
        }

        /// Begins to listen to it. [`Tap::next`] waits so long at most. The interface is not made
        /// promiscuous: only what goes from or to this machine is heard.
        ///
        /// # Errors
        ///
        /// EACCES without the privilege (root's, as a rule), ENXIO where the interface has gone, EBUSY
        /// or ENOENT where every device is in use.
        pub fn tap(&self, wait: Duration) -> io::Result<Tap> {
            let config = Config {
                read_timeout: Some(wait),
                read_buffer_size: BUFFER,
                promiscuous: false,
                ..Config::default()
            };
            let receiver = match datalink::channel(&self.inner, config).map_err(plain)? {
                Channel::Ethernet(_, receiver) => receiver,
                _ => return Err(ErrorKind::Unsupported.into()),
            };
            Ok(Tap {
                index: self.inner.index,
                address: self.inner.mac.map(|mac| [mac.0, mac.1, mac.2, mac.3, mac.4, mac.5]),
                family: self.inner.is_loopback() || self.inner.is_point_to_point(),
                receiver,
            })
        }
    }

    /// What the system really said. pnet tries one device after the other until there is none of that
    /// number, and tells the last error: "no such file" also where it may open none of them.
    fn plain(error: io::Error) -> io::Error {
        if error.kind() != ErrorKind::NotFound {
            return error;
        }
        match OpenOptions::new().read(true).write(true).open("/dev/bpf0") {
            Err(first) if first.kind() == ErrorKind::PermissionDenied => first,
            _ => error,
        }
    }

    impl Tap {
        /// Bytes that the system holds while nobody asks.
        pub const BUFFER: usize = BUFFER;

        /// The number of the interface in this machine.
        #[must_use]
        pub const fn index(&self) -> u32 {
            self.index
        }

        /// The interface's own address of the link layer, where it has one.
        #[must_use]
        pub const fn address(&self) -> Option<[u8; 6]> {
            self.address
        }

        /// Waits for a frame, and gives it with what it begins with; none when the time was up.
        ///
        /// # Errors
        ///
        /// Where the system refuses: ENXIO when the interface has gone.
        pub fn next(&mut self) -> io::Result<Option<(Link, &[u8])>> {
            match self.receiver.next() {
                Ok(frame) if self.family => Ok(Some((Link::Ip, beneath_family(frame)))),
                Ok(frame) => Ok(Some((Link::Ethernet, frame))),
                Err(error) => match error.kind() {
                    ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted => {
                        Ok(None)
                    }
                    _ => Err(error),
                },
            }
        }
    }

    impl fmt::Debug for Tap {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Tap").field("index", &self.index).finish_non_exhaustive()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ip_header_is_found_whatever_stands_before_it() {
        for first in [0x45, 0x60] {
            let packet = [first, 0, 0, 40, 1, 2, 3, 4];
            for padding in [0, 4, 12, 14, 16] {
                let frame = [&vec![0; padding][..], &packet].concat();
                assert_eq!(beneath_family(&frame), packet, "{padding} zeros");
            }
            // The family as the systems write it: in their own order, or the network's.
            for family in [[2, 0, 0, 0], [30, 0, 0, 0], [0, 0, 0, 2], [0, 0, 0, 24]] {
                assert_eq!(beneath_family(&[&family[..], &packet].concat()), packet, "{family:?}");
            }
        }
    }

    #[test]
    fn what_is_no_ip_packet_is_no_panic() {
        for frame in [&[][..], &[0; 3], &[0; 40], &[2, 0, 0, 0], &[9; 20]] {
            assert_eq!(beneath_family(frame), frame);
        }
    }
}
