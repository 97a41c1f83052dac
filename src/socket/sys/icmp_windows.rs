//! ICMP sockets on Windows. Written from its documentation and type-checked; never run here.

use std::io::{self, ErrorKind};
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::socket::icmp::{Arrival, Inbox, Told};

/// Windows has no ping datagram sockets.
pub(in crate::socket) const PING_SOCKET_GIVES_IP_HEADER: bool = false;

/// Windows notes no times for raw sockets.
pub(in crate::socket) const TIME: &str = "SO_TIMESTAMP";

/// Windows gives no copies of what leaves.
pub(in crate::socket) const TRANSMITTED: i64 = 0;

/// Windows binds to addresses only.
pub(in crate::socket) const BIND_INTERFACE: &str = "SO_BINDTODEVICE";

/// `WSAEADDRNOTAVAIL`: there is no such device.
pub(in crate::socket) const ENODEV: i32 = 10049;

pub(in crate::socket) fn receive(socket: &UdpSocket, inbox: &mut Inbox) -> io::Result<Arrival> {
    let (length, mut from) = socket.recv_from(&mut inbox.packet)?;
    inbox.length = length;
    from.set_port(0);
    Ok(Arrival { from, to: None, hop_limit: None, at: None, overflowed: 0 })
}

pub(in crate::socket) fn receive_told(_: &UdpSocket, _: &mut Inbox) -> io::Result<Told> {
    unsupported()
}

fn unsupported<T>() -> io::Result<T> {
    Err(ErrorKind::Unsupported.into())
}

pub(in crate::socket) fn ask_for_time(_: &UdpSocket) -> io::Result<()> {
    unsupported()
}

pub(in crate::socket) fn ask_for_destination(_: &UdpSocket) -> io::Result<()> {
    unsupported()
}

pub(in crate::socket) fn ask_for_hop_limit(_: &UdpSocket, _v6: bool) -> io::Result<()> {
    unsupported()
}

pub(in crate::socket) fn ask_for_errors(_: &UdpSocket, _v6: bool) -> io::Result<()> {
    unsupported()
}

pub(in crate::socket) fn ask_for_transmitted(_: &UdpSocket) -> io::Result<()> {
    unsupported()
}

pub(in crate::socket) fn ask_for_overflow(_: &UdpSocket) -> io::Result<()> {
    unsupported()
}

pub(in crate::socket) fn refuse_requests(_: &UdpSocket, _v6: bool) -> io::Result<()> {
    unsupported()
}

pub(in crate::socket) fn bind_interface(_: &UdpSocket, _: &str, _v6: bool) -> io::Result<()> {
    unsupported()
}

/// Whether the wait is to end.
#[derive(Debug)]
pub(in crate::socket) struct Bell(AtomicBool);

impl Bell {
    #[expect(clippy::unnecessary_wraps, reason = "the other systems need a descriptor for it")]
    pub(in crate::socket) const fn new() -> io::Result<Self> {
        Ok(Self(AtomicBool::new(false)))
    }

    pub(in crate::socket) fn ring(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub(in crate::socket) fn still(&self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// Looks every millisecond: the sockets of the other systems' `poll` cannot be had here without
/// code that the compiler does not check.
pub(in crate::socket) fn wait<'a>(
    sockets: impl Iterator<Item = &'a UdpSocket>,
    bell: &Bell,
    limit: Option<Duration>,
) -> io::Result<usize> {
    let sockets: Vec<&UdpSocket> = sockets.collect();
    let end = limit.map(|limit| Instant::now() + limit);
    loop {
        // Any answer but "would block" is something to receive, an error too.
        let ready = sockets.iter().filter(|socket| {
            let seen = socket.peek_from(&mut [0; 1]);
            !matches!(seen, Err(error) if error.kind() == ErrorKind::WouldBlock)
        });
        let ready = ready.count();
        if ready > 0
            || bell.0.load(Ordering::SeqCst)
            || end.is_some_and(|end| Instant::now() >= end)
        {
            return Ok(ready);
        }
        thread::sleep(Duration::from_millis(1));
    }
}
