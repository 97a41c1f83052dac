//! Packets on Linux: a packet socket, `man 7 packet`.

use std::io::{self, ErrorKind, IoSliceMut};
use std::iter;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::libc;
use nix::sys::socket::{
    ControlMessageOwned, LinkAddr, MsgFlags, getsockopt, recvmsg, setsockopt, sockopt,
};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::capture_filter::{self, nothing};
use super::icmp;
use crate::socket::capture::{CaptureFilter, Hardware, Sighting, Way};
use crate::socket::wait::Alarm;

/// Bytes that the kernel is asked to hold. It counts a packet with its own book-keeping: a small one
/// is some 800.
const BUFFER: usize = 8 << 20;

/// Room for the time that comes beside a frame.
const CONTROL: usize = 128;

#[derive(Debug)]
pub(in crate::socket) struct Inner {
    /// Not a UDP socket: a descriptor that is closed when it is dropped.
    socket: UdpSocket,
    buffer: usize,
    control: Vec<u8>,
    dropped: u64,
}

impl Inner {
    /// The socket is born with the protocol "all", for no safe call can give it later to all
    /// interfaces at once. So what comes in before the first filter is poured away: with a filter
    /// that lets nothing through the socket is emptied, and then it gets the real one.
    pub(in crate::socket) fn open(filter: &CaptureFilter) -> io::Result<Self> {
        // In the order of the network: `htons(ETH_P_ALL)`.
        let all = Protocol::from(i32::from(3_u16.to_be()));
        let socket = Socket::new(Domain::PACKET, Type::RAW, Some(all))?;
        socket.attach_filter(&nothing())?;
        socket.set_nonblocking(true)?;
        let socket = UdpSocket::from(socket);
        // More than the administrator's limit needs privilege; less is better than nothing.
        if setsockopt(&socket, sockopt::RcvBufForce, &BUFFER).is_err() {
            SockRef::from(&socket).set_recv_buffer_size(BUFFER)?;
        }
        setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
        // Linux tells twice what may be used.
        let buffer = SockRef::from(&socket).recv_buffer_size()? / 2;
        let mut inner = Self { socket, buffer, control: vec![0; CONTROL], dropped: 0 };
        while inner.receive(&mut [0; 1])?.is_some() {}
        // What was lost so far is nobody's loss.
        let _ = inner.dropped();
        inner.dropped = 0;
        SockRef::from(&inner.socket).attach_filter(&capture_filter::program(filter))?;
        Ok(inner)
    }

    pub(in crate::socket) const fn buffer(&self) -> usize {
        self.buffer
    }

    pub(in crate::socket) fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<Sighting>> {
        let room = buffer.len();
        let mut parts = [IoSliceMut::new(buffer)];
        // With MSG_TRUNC the length is the frame's, also where it did not fit.
        let flags = MsgFlags::MSG_TRUNC | MsgFlags::MSG_DONTWAIT;
        let control = Some(&mut self.control[..]);
        let message = match recvmsg::<LinkAddr>(self.socket.as_raw_fd(), &mut parts, control, flags)
        {
            Ok(message) => message,
            Err(error) => return none_or(error.into()),
        };
        let time = message.cmsgs().into_iter().flatten().find_map(|control| match control {
            ControlMessageOwned::ScmTimestampns(time) => Some(Duration::new(
                u64::try_from(time.tv_sec()).ok()?,
                u32::try_from(time.tv_nsec()).ok()?,
            )),
            _ => None,
        });
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let (interface, kind, way) = message
            .address
            .map_or((0, 0, 0), |link| (link.ifindex(), link.hatype(), link.pkttype()));
        Ok(Some(Sighting {
            kept: message.bytes.min(room),
            length: message.bytes,
            unix: time.unwrap_or_else(now),
            interface: u32::try_from(interface).unwrap_or(0),
            hardware: hardware(kind),
            way: match way {
                libc::PACKET_HOST => Way::In,
                libc::PACKET_BROADCAST | libc::PACKET_MULTICAST => Way::InToMany,
                libc::PACKET_OUTGOING => Way::Out,
                _ => Way::Elsewhere,
            },
        }))
    }

    pub(in crate::socket) fn wait(&self, alarm: &Alarm, limit: Option<Duration>) -> io::Result<()> {
        icmp::wait(iter::once(&self.socket), alarm.bell(), limit).map(drop)
    }

    /// The kernel counts from zero again at each question.
    pub(in crate::socket) fn dropped(&mut self) -> u64 {
        if let Ok(counts) = getsockopt(&self.socket, statistics::PacketStatistics) {
            self.dropped += u64::from(counts.tp_drops);
        }
        self.dropped
    }
}

/// That there is nothing is no error; nor that an interface went down, or a signal came.
fn none_or(error: io::Error) -> io::Result<Option<Sighting>> {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::Interrupted | ErrorKind::NetworkDown => Ok(None),
        _ => Err(error),
    }
}

/// `ARPHRD_…` of `linux/if_arp.h`. Tunnels have no link layer (or one that the kernel keeps to
/// itself).
const fn hardware(kind: u16) -> Hardware {
    match kind {
        libc::ARPHRD_ETHER => Hardware::Ethernet,
        libc::ARPHRD_LOOPBACK => Hardware::Loopback,
        libc::ARPHRD_NONE
        | libc::ARPHRD_TUNNEL
        | libc::ARPHRD_TUNNEL6
        | libc::ARPHRD_SIT
        | libc::ARPHRD_IPGRE
        | libc::ARPHRD_RAWHDLC
        | 519 => Hardware::None,
        _ => Hardware::Unknown,
    }
}

/// An option that no library has. Of its type the macro takes our word: `struct tpacket_stats`
/// (`linux/if_packet.h`).
mod statistics {
    use nix::libc::{self, PACKET_STATISTICS, SOL_PACKET};
    use nix::{getsockopt_impl, sockopt_impl};

    sockopt_impl!(
        /// `PACKET_STATISTICS`.
        PacketStatistics, GetOnly, SOL_PACKET, PACKET_STATISTICS, libc::tpacket_stats
    );
}
