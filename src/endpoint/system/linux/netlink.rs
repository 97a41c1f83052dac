//! Asking the kernel by netlink: one socket, one question for each table, answers until "done".

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, connect, recv, send,
    setsockopt, socket, sockopt,
};
use nix::sys::time::TimeVal;

use super::diag;
use super::kind::{KINDS, Kind, keep};
use crate::endpoint::Query;
use crate::event::{MachineSocket, Sockets};

/// The kernel fills datagrams up to the size of the buffer that it was last read with, and never
/// more than this.
const BUFFER: usize = 32 * 1024;
/// An answer takes milliseconds. A kernel that breaks off without a word is not waited for.
const FUSE: TimeVal = TimeVal::new(2, 0);
/// How often a table is asked for that changes while it is told.
const ATTEMPTS: u32 = 3;

/// A netlink socket for questions about sockets.
pub(super) struct Netlink {
    socket: OwnedFd,
    buffer: Box<[u8]>,
    sequence: u32,
}

impl Netlink {
    /// Opens one, connected to the kernel: then it hears nobody else.
    pub(super) fn open() -> io::Result<Self> {
        let socket = socket(
            AddressFamily::Netlink,
            SockType::Datagram,
            SockFlag::SOCK_CLOEXEC,
            SockProtocol::NetlinkSockDiag,
        )?;
        connect(socket.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
        setsockopt(&socket, sockopt::ReceiveTimeout, &FUSE)?;
        Ok(Self { socket, buffer: vec![0; BUFFER].into(), sequence: 0 })
    }

    /// Adds the sockets of a kind, or after an error none. False when the kernel says that the table
    /// changed, every time that it was told. (It can say so with a flag of netlink's; Linux 6 has no
    /// place where it does for sockets.)
    ///
    /// # Errors
    ///
    /// The kernel's, or that it does not make sense. Then part of an answer may still be on its way:
    /// this socket is of no use any more.
    pub(super) fn dump(
        &mut self,
        kind: &Kind,
        query: Query,
        sockets: &mut Sockets,
    ) -> io::Result<bool> {
        self.ask_and_read(kind, query, sockets, |number| diag::question(kind, query.port, number))
    }

    /// The same for the stream sockets of both families together.
    pub(super) fn dump_tcp(&mut self, query: Query, sockets: &mut Sockets) -> io::Result<bool> {
        let question = |number| diag::question_for_tcp(query.port, number);
        self.ask_and_read(&KINDS[0], query, sockets, question)
    }

    fn ask_and_read(
        &mut self,
        kind: &Kind,
        query: Query,
        sockets: &mut Sockets,
        question: impl Fn(u32) -> Vec<u8>,
    ) -> io::Result<bool> {
        let before = sockets.extent();
        for _ in 0..ATTEMPTS {
            sockets.back_to(before);
            let asked = self.ask(&question);
            match asked.and_then(|()| self.answers(kind, |socket| keep(sockets, socket, query))) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(error) => {
                    sockets.back_to(before);
                    return Err(error);
                }
            }
        }
        Ok(false)
    }

    /// Sends a question with the next number.
    pub(super) fn ask(&mut self, question: impl Fn(u32) -> Vec<u8>) -> io::Result<()> {
        self.sequence = self.sequence.wrapping_add(1);
        send(self.socket.as_raw_fd(), &question(self.sequence), MsgFlags::empty())?;
        Ok(())
    }

    /// Reads answers to the end; false when the kernel says that the table changed meanwhile.
    fn answers(&mut self, kind: &Kind, mut tell: impl FnMut(MachineSocket)) -> io::Result<bool> {
        let (mut whole, sequence) = (true, self.sequence);
        loop {
            let datagram = self.receive()?;
            let progress = diag::answer(datagram, kind, sequence, &mut tell)?;
            whole &= !progress.interrupted;
            if progress.done {
                return Ok(whole);
            }
        }
    }

    /// The next datagram.
    pub(super) fn receive(&mut self) -> io::Result<&[u8]> {
        loop {
            // With MSG_TRUNC the answer is how long the datagram was, whatever fitted.
            match recv(self.socket.as_raw_fd(), &mut self.buffer, MsgFlags::MSG_TRUNC) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(length) => {
                    return self.buffer.get(..length).ok_or(io::ErrorKind::InvalidData.into());
                }
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
