//! Datagram sockets on Linux.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use rustix::net::sockopt::{
    Ipv4PathMtuDiscovery, Ipv6PathMtuDiscovery, ip_mtu, ipv6_mtu, set_ip_mtu_discover,
    set_ipv6_mtu_discover,
};
use rustix::net::{RecvFlags, recvfrom};
use socket2::{SockFilter, SockRef};

use super::ECHO_MARK;

/// A thread that waits for a datagram is woken by `shutdown`, so it may wait without a limit.
pub(in crate::socket) const DATAGRAM_TICK: Option<Duration> = None;

/// A program may filter what its own sockets receive.
pub(in crate::socket) const FILTERS_ECHOES: bool = true;

/// `recvfrom`, also after `shutdown`: then it returns 0 and leaves the sender's address as it was,
/// which the standard library takes for the impossible. Here the sender is then 0.0.0.0, port 0.
pub(in crate::socket) fn recv_from(
    socket: &UdpSocket,
    buffer: &mut [u8],
    peek: bool,
) -> io::Result<(usize, SocketAddr)> {
    let flags = if peek { RecvFlags::PEEK } else { RecvFlags::empty() };
    let (bytes, _, sender) = recvfrom(socket, buffer, flags)?;
    let nobody = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    Ok((bytes, sender.and_then(|sender| sender.try_into().ok()).unwrap_or(nobody)))
}

/// `IP_PMTUDISC_DO`: set the bit "don't fragment" on everything, and cut nothing here (`man 7 ip`).
pub(in crate::socket) const fn dont_fragment_option(v6: bool) -> (&'static str, i64) {
    (if v6 { "IPV6_MTU_DISCOVER" } else { "IP_MTU_DISCOVER" }, 2)
}

/// With `forbid`, nobody may cut; else everybody may.
pub(in crate::socket) fn set_fragmenting(
    socket: &UdpSocket,
    v6: bool,
    forbid: bool,
) -> io::Result<()> {
    use {Ipv4PathMtuDiscovery as V4, Ipv6PathMtuDiscovery as V6};
    if v6 {
        Ok(set_ipv6_mtu_discover(socket, if forbid { V6::DO } else { V6::DONT })?)
    } else {
        Ok(set_ip_mtu_discover(socket, if forbid { V4::DO } else { V4::DONT })?)
    }
}

pub(in crate::socket) fn path_mtu(socket: &UdpSocket, v6: bool) -> io::Result<usize> {
    let mtu = if v6 { ipv6_mtu(socket)? } else { ip_mtu(socket)? };
    Ok(mtu as usize)
}

/// The option by which several programs may bind a multicast port.
pub(in crate::socket) const SHARE_PORT: &str = "SO_REUSEADDR";

pub(in crate::socket) fn share_port(socket: &SockRef<'_>, on: bool) -> io::Result<()> {
    socket.set_reuse_address(on)
}

/// `IPV6_TCLASS` (`man 7 ipv6`, RFC 3542 § 6.5).
pub(in crate::socket) fn set_traffic_class(socket: &SockRef<'_>, class: u32) -> io::Result<()> {
    socket.set_tclass_v6(class)
}

/// A packet filter (`man 7 socket`, `SO_ATTACH_FILTER`): the kernel runs it on every datagram and
/// keeps so many bytes as it returns, so 0 throws the datagram away. It runs in the sender's time,
/// so it is as short as the socket's families allow.
pub(in crate::socket) fn refuse_echoes(socket: &UdpSocket, v6: bool, v4: bool) -> io::Result<()> {
    const LOAD_HALF_WORD: u16 = 0x28;
    const LOAD_BYTE: u16 = 0x30;
    const SHIFT_RIGHT: u16 = 0x74;
    const AND: u16 = 0x54;
    const JUMP: u16 = 0x05;
    const IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    /// Offset that means "from the beginning of the IP header".
    const IP: u32 = 0xfff0_0000;
    /// All but the two bits of congestion control, which routers may set.
    const CODE_POINT: u32 = 0xfc;
    let mut program = Vec::new();
    if v6 && v4 {
        // Which version of IP? The upper half of the first byte.
        program.push(SockFilter::new(LOAD_BYTE, 0, 0, IP));
        program.push(SockFilter::new(SHIFT_RIGHT, 0, 0, 4));
        program.push(SockFilter::new(IF_EQUAL, 0, 2, 4));
    }
    if v4 {
        // IPv4 has the field in byte 1.
        program.push(SockFilter::new(LOAD_BYTE, 0, 0, IP + 1));
    }
    if v6 && v4 {
        program.push(SockFilter::new(JUMP, 0, 0, 2));
    }
    if v6 {
        // IPv6 has it in the eight bits behind the version.
        program.push(SockFilter::new(LOAD_HALF_WORD, 0, 0, IP));
        program.push(SockFilter::new(SHIFT_RIGHT, 0, 0, 4));
    }
    program.push(SockFilter::new(AND, 0, 0, CODE_POINT));
    program.push(SockFilter::new(IF_EQUAL, 1, 0, u32::from(ECHO_MARK)));
    program.push(SockFilter::new(RETURN, 0, 0, u32::MAX));
    program.push(SockFilter::new(RETURN, 0, 0, 0));
    SockRef::from(socket).attach_filter(&program)
}
