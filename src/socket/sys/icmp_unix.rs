//! ICMP sockets on Linux and macOS. What is macOS's is written from its documentation and
//! type-checked; never run here.

use std::io::{self, IoSliceMut, PipeReader, PipeWriter, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, RecvMsg, SockaddrStorage, recvmsg, setsockopt, sockopt,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::SockRef;

use crate::socket::icmp::{Arrival, Inbox, Told};

/// Bytes for what comes beside a packet: a time, a hop limit, an address, a count, an error.
pub(in crate::socket) const CONTROL: usize = 512;

/// Whether a ping datagram socket gives the IP header.
pub(in crate::socket) const PING_SOCKET_GIVES_IP_HEADER: bool = cfg!(target_os = "macos");

/// The option that makes the kernel note times.
pub(in crate::socket) const TIME: &str =
    if cfg!(target_os = "linux") { "SO_TIMESTAMPNS" } else { "SO_TIMESTAMP" };

/// The option that binds a socket to an interface.
pub(in crate::socket) const BIND_INTERFACE: &str =
    if cfg!(target_os = "linux") { "SO_BINDTODEVICE" } else { "IP_BOUND_IF" };

/// No such device.
pub(in crate::socket) const ENODEV: i32 = Errno::ENODEV as i32;

const NOBODY: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0));

type Message<'a> = RecvMsg<'a, 'a, SockaddrStorage>;

/// Takes one packet into the inbox and hands what came beside it to `read`.
fn take<T>(
    socket: &UdpSocket,
    inbox: &mut Inbox,
    flags: MsgFlags,
    read: impl FnOnce(&Message<'_>) -> T,
) -> io::Result<T> {
    let mut parts = [IoSliceMut::new(&mut inbox.packet)];
    let control = Some(&mut inbox.control[..]);
    let message = recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut parts, control, flags)?;
    let length = message.bytes;
    let told = read(&message);
    inbox.length = length;
    #[cfg(target_os = "macos")]
    repair_header(&mut inbox.packet[..length]);
    Ok(told)
}

pub(in crate::socket) fn receive(socket: &UdpSocket, inbox: &mut Inbox) -> io::Result<Arrival> {
    take(socket, inbox, MsgFlags::empty(), |message| {
        let from = message.address.as_ref().and_then(sender).unwrap_or(NOBODY);
        let mut arrival = Arrival { from, to: None, hop_limit: None, at: None, overflowed: 0 };
        for control in message.cmsgs().into_iter().flatten() {
            match control {
                #[cfg(target_os = "linux")]
                ControlMessageOwned::ScmTimestampns(time) => {
                    arrival.at = since_1970(time.tv_sec(), time.tv_nsec());
                }
                #[cfg(not(target_os = "linux"))]
                ControlMessageOwned::ScmTimestamp(time) => {
                    arrival.at = since_1970(time.tv_sec(), i64::from(time.tv_usec()) * 1000);
                }
                #[cfg(target_os = "linux")]
                ControlMessageOwned::Ipv4Ttl(hops) | ControlMessageOwned::Ipv6HopLimit(hops) => {
                    arrival.hop_limit = u8::try_from(hops).ok();
                }
                ControlMessageOwned::Ipv6PacketInfo(info) => {
                    arrival.to = Some(IpAddr::from(info.ipi6_addr.s6_addr));
                }
                #[cfg(target_os = "linux")]
                ControlMessageOwned::RxqOvfl(packets) => arrival.overflowed = packets,
                _ => {}
            }
        }
        arrival
    })
}

/// macOS changes two fields of an IPv4 header before a socket gets it: the length is without the
/// header, and both it and the fragment offset lie in the order of this machine (`man 4 ip`). An IPv6
/// socket gets no header, and its first byte is the type of a message: 64 to 79 are not in use.
#[cfg(target_os = "macos")]
fn repair_header(packet: &mut [u8]) {
    let length = u16::try_from(packet.len()).unwrap_or(u16::MAX);
    if packet.len() >= 20 && packet[0] >> 4 == 4 {
        packet[2..4].copy_from_slice(&length.to_be_bytes());
        let fragment = u16::from_ne_bytes([packet[6], packet[7]]);
        packet[6..8].copy_from_slice(&fragment.to_be_bytes());
    }
}

#[cfg(target_os = "linux")]
pub(in crate::socket) fn receive_told(socket: &UdpSocket, inbox: &mut Inbox) -> io::Result<Told> {
    take(socket, inbox, MsgFlags::MSG_ERRQUEUE, |message| {
        let to = message.address.as_ref().and_then(sender).map(|to| to.ip());
        let (mut told, mut arrived) = (Told::Other, None);
        for control in message.cmsgs().into_iter().flatten() {
            match control {
                ControlMessageOwned::ScmTimestampns(time) => {
                    arrived = since_1970(time.tv_sec(), time.tv_nsec());
                }
                ControlMessageOwned::Ipv4RecvErr(error, offender) => {
                    let from = offender.map(|o| IpAddr::from(o.sin_addr.s_addr.to_ne_bytes()));
                    told = told_by(error, from, to);
                }
                ControlMessageOwned::Ipv6RecvErr(error, offender) => {
                    let from = offender.map(|o| IpAddr::from(o.sin6_addr.s6_addr));
                    told = told_by(error, from, to);
                }
                _ => {}
            }
        }
        if let Told::Error { at, .. } = &mut told {
            *at = arrived;
        }
        told
    })
}

/// Who tells, and what: `man 7 ip`, `struct sock_extended_err`.
#[cfg(target_os = "linux")]
fn told_by(error: nix::libc::sock_extended_err, from: Option<IpAddr>, to: Option<IpAddr>) -> Told {
    const LOCAL: u8 = 1;
    const ICMP: u8 = 2;
    const ICMP6: u8 = 3;
    const TIMESTAMPING: u8 = 4;
    match error.ee_origin {
        LOCAL => Told::Refused { mtu: error.ee_info },
        ICMP | ICMP6 => Told::Error {
            from,
            to,
            kind: error.ee_type,
            code: error.ee_code,
            info: error.ee_info,
            at: None,
        },
        TIMESTAMPING => Told::Transmitted,
        _ => Told::Other,
    }
}

/// macOS has no such queue.
#[cfg(not(target_os = "linux"))]
pub(in crate::socket) fn receive_told(_: &UdpSocket, _: &mut Inbox) -> io::Result<Told> {
    Err(io::ErrorKind::Unsupported.into())
}

fn sender(address: &SockaddrStorage) -> Option<SocketAddr> {
    if let Some(v4) = address.as_sockaddr_in() {
        return Some(SocketAddr::V4(SocketAddrV4::from(*v4)));
    }
    address.as_sockaddr_in6().map(|v6| {
        // A raw socket puts a protocol where the port would be.
        let v6 = SocketAddrV6::from(*v6);
        SocketAddr::V6(SocketAddrV6::new(*v6.ip(), 0, 0, v6.scope_id()))
    })
}

fn since_1970(seconds: i64, nanoseconds: i64) -> Option<Duration> {
    Some(Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanoseconds).ok()?))
}

pub(in crate::socket) fn ask_for_time(socket: &UdpSocket) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    setsockopt(socket, sockopt::ReceiveTimestampns, &true)?;
    #[cfg(not(target_os = "linux"))]
    setsockopt(socket, sockopt::ReceiveTimestamp, &true)?;
    Ok(())
}

pub(in crate::socket) fn ask_for_destination(socket: &UdpSocket) -> io::Result<()> {
    Ok(setsockopt(socket, sockopt::Ipv6RecvPacketInfo, &true)?)
}

#[cfg(target_os = "linux")]
pub(in crate::socket) fn ask_for_hop_limit(socket: &UdpSocket, v6: bool) -> io::Result<()> {
    Ok(if v6 {
        setsockopt(socket, sockopt::Ipv6RecvHopLimit, &true)
    } else {
        setsockopt(socket, sockopt::Ipv4RecvTtl, &true)
    }?)
}

#[cfg(target_os = "linux")]
pub(in crate::socket) fn ask_for_errors(socket: &UdpSocket, v6: bool) -> io::Result<()> {
    Ok(if v6 {
        setsockopt(socket, sockopt::Ipv6RecvErr, &true)
    } else {
        setsockopt(socket, sockopt::Ipv4RecvErr, &true)
    }?)
}

/// What `SO_TIMESTAMPING` is set to: software times (16) of what is sent (2).
/// `linux/net_tstamp.h`.
pub(in crate::socket) const TRANSMITTED: i64 = 18;

#[cfg(target_os = "linux")]
pub(in crate::socket) fn ask_for_transmitted(socket: &UdpSocket) -> io::Result<()> {
    use nix::sys::socket::TimestampingFlag as Flag;
    let flags = Flag::SOF_TIMESTAMPING_TX_SOFTWARE | Flag::SOF_TIMESTAMPING_SOFTWARE;
    Ok(setsockopt(socket, sockopt::Timestamping, &flags)?)
}

#[cfg(target_os = "linux")]
pub(in crate::socket) fn ask_for_overflow(socket: &UdpSocket) -> io::Result<()> {
    Ok(setsockopt(socket, sockopt::RxqOvfl, &1)?)
}

/// The kernel's filter for raw ICMP sockets: a bit for each type that is to stay outside. It looks
/// before a copy of the message is made for this socket. `man 7 raw`, RFC 3542 § 3.2.
#[cfg(target_os = "linux")]
pub(in crate::socket) fn refuse_requests(socket: &UdpSocket, v6: bool) -> io::Result<()> {
    /// Bits 0 to 31, and 0 to 255: the types of echo requests are 8 and 128.
    const V4: u32 = 1 << 8;
    const V6: [u32; 8] = [0, 0, 0, 0, 1, 0, 0, 0];
    Ok(if v6 {
        setsockopt(socket, filters::Icmp6Filter, &V6)
    } else {
        setsockopt(socket, filters::IcmpFilter, &V4)
    }?)
}

/// Two options that no library has. Of their types the macro takes our word: `struct icmp_filter` is
/// one number of 32 bits (`linux/icmp.h`), `struct icmp6_filter` eight of them (`linux/icmpv6.h`).
#[cfg(target_os = "linux")]
mod filters {
    use nix::libc::{self, SOL_ICMPV6, SOL_RAW, c_int};
    use nix::{setsockopt_impl, sockopt_impl};

    const ICMP_FILTER: c_int = 1;
    const ICMP6_FILTER: c_int = 1;

    sockopt_impl!(
        /// `ICMP_FILTER`.
        IcmpFilter, SetOnly, SOL_RAW, ICMP_FILTER, u32
    );
    sockopt_impl!(
        /// `ICMP6_FILTER`.
        Icmp6Filter, SetOnly, SOL_ICMPV6, ICMP6_FILTER, [u32; 8]
    );
}

#[cfg(target_os = "linux")]
pub(in crate::socket) fn bind_interface(
    socket: &UdpSocket,
    name: &str,
    _v6: bool,
) -> io::Result<()> {
    SockRef::from(socket).bind_device(Some(name.as_bytes()))
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use super::{SockRef, UdpSocket, io};
    use std::num::NonZeroU32;

    /// macOS tells hop limits by messages that no library reads safely; its IPv4 sockets give the IP
    /// header anyway.
    pub(in crate::socket) fn ask_for_hop_limit(_: &UdpSocket, _v6: bool) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(in crate::socket) fn ask_for_errors(_: &UdpSocket, _v6: bool) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(in crate::socket) fn ask_for_transmitted(_: &UdpSocket) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(in crate::socket) fn ask_for_overflow(_: &UdpSocket) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(in crate::socket) fn refuse_requests(_: &UdpSocket, _v6: bool) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(in crate::socket) fn bind_interface(
        socket: &UdpSocket,
        name: &str,
        v6: bool,
    ) -> io::Result<()> {
        let index = nix::net::if_::if_nametoindex(name)?;
        let (socket, index) = (SockRef::from(socket), NonZeroU32::new(index));
        if v6 {
            socket.bind_device_by_index_v6(index)
        } else {
            socket.bind_device_by_index_v4(index)
        }
    }
}
#[cfg(not(target_os = "linux"))]
pub(in crate::socket) use elsewhere::{
    ask_for_errors, ask_for_hop_limit, ask_for_overflow, ask_for_transmitted, bind_interface,
    refuse_requests,
};

/// A pipe that nobody needs to read: that there is something in it ends a `poll`.
#[derive(Debug)]
pub(in crate::socket) struct Bell {
    reader: PipeReader,
    writer: PipeWriter,
}

impl Bell {
    pub(in crate::socket) fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        Ok(Self { reader, writer })
    }

    pub(in crate::socket) fn ring(&self) {
        // One byte at a time is in it: it cannot be full.
        let _ = (&self.writer).write(&[0]);
    }

    /// Takes the byte out that [`ring`](Self::ring) has put in, or is about to.
    pub(in crate::socket) fn still(&self) {
        let _ = (&self.reader).read(&mut [0]);
    }
}

/// `ppoll`, whose limit is in nanoseconds: one millisecond is a long time for a ping. Returns how
/// many sockets have something.
pub(in crate::socket) fn wait<'a>(
    sockets: impl Iterator<Item = &'a UdpSocket>,
    bell: &Bell,
    limit: Option<Duration>,
) -> io::Result<usize> {
    let mut watched: Vec<PollFd<'_>> =
        sockets.map(|socket| PollFd::new(socket, PollFlags::IN)).collect();
    watched.push(PollFd::new(&bell.reader, PollFlags::IN));
    let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
    match poll(&mut watched, limit.as_ref()) {
        Ok(ready) => Ok(ready),
        Err(rustix::io::Errno::INTR) => Ok(0),
        Err(error) => Err(error.into()),
    }
}
