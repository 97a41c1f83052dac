//! Captured packets as a file for Wireshark and others: pcapng.
//!
//! The file is a row of blocks. Every block begins with its type and its length and ends with its
//! length once more, so that a reader can skip what it does not know, forwards and backwards:
//!
//! ```text
//!   +------+--------+---------------------------+---------+--------+
//!   | type | length | fields of the type        | options | length |
//!   +------+--------+---------------------------+---------+--------+
//!      4       4      a multiple of 4 bytes, all of it        4
//!
//!   option: +------+--------+-------+---------+     ends with code 0
//!           | code | length | value | padding |
//!           +------+--------+-------+---------+
//!               2       2     length  to 4 bytes
//! ```
//!
//! | block | says |
//! | --- | --- |
//! | section header | the order of bytes; machine, system and program; the command as a comment |
//! | interface description | an interface: its name, its kind of link layer, the unit of times, the filter |
//! | enhanced packet | interface, time, bytes, how many there were, direction, and a comment: what made it go |
//! | interface statistics | at the end: how many packets there are, and how many the kernel dropped |
//!
//! The format is [draft-ietf-opsawg-pcapng](https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html).
//! Numbers are written with the lowest byte first, and the section header tells so. An interface is
//! described when its first packet comes, once for each kind of link layer it shows.

use std::io::{self, Write};
use std::time::Duration;

use crate::event::{Captured, Crossing, safe};

/// Blocks are handed on when so many bytes have come together.
const TOGETHER: usize = 1 << 16;
/// The most bytes of an option: its length has 16 bits.
const LONGEST: usize = 0xffff;

/// Numbers of blocks.
mod block {
    pub const SECTION: u32 = 0x0a0d_0d0a;
    pub const INTERFACE: u32 = 1;
    pub const STATISTICS: u32 = 5;
    pub const PACKET: u32 = 6;
}

/// Numbers of options. A number means something else in every block, but for the comment.
mod option {
    pub const COMMENT: u16 = 1;
    pub const HARDWARE: u16 = 2;
    pub const SYSTEM: u16 = 3;
    pub const APPLICATION: u16 = 4;
    pub const NAME: u16 = 2;
    pub const RESOLUTION: u16 = 9;
    pub const FILTER: u16 = 11;
    pub const FLAGS: u16 = 2;
    pub const DROPPED: u16 = 5;
    pub const DELIVERED: u16 = 8;
}

/// What the file says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The machine: `x86_64`.
    pub hardware: String,
    /// The operating system: `linux`.
    pub system: String,
    /// The program and its version: `netlab 0.1.0`.
    pub application: String,
    /// The command that captured it.
    pub command: String,
    /// What the kernel let through, in the words of pcap-filter(7).
    pub filter: String,
    /// The most bytes that were kept of a packet; 0 where there is no limit.
    pub longest: u32,
}

/// A packet for the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Where it was seen.
    pub interface: &'a str,
    /// The kind of link layer, as a number of [LINKTYPE](https://www.tcpdump.org/linktypes.html).
    pub link_type: u16,
    /// When, since 1970 in UTC; written in nanoseconds, which last until the year 2554.
    pub unix: Duration,
    /// Its bytes from the link layer's header on, as many as were kept.
    pub bytes: &'a [u8],
    /// How many it had.
    pub length: usize,
    /// Whether it came in (false) or went out (true); none on a loopback, where it does both.
    pub outbound: Option<bool>,
    /// What to say of it, in one line; nothing where there is nothing to say.
    pub comment: &'a str,
}

impl<'a> Packet<'a> {
    /// A captured packet, with words about it: `A send(6) = 6`, which the file has as
    /// `netlab: A send(6) = 6`.
    #[must_use]
    pub fn of(captured: &'a Captured, comment: &'a str) -> Self {
        Self {
            interface: captured.interface.as_str(),
            link_type: captured.frame.link_type,
            unix: captured.unix,
            bytes: &captured.frame.bytes,
            length: captured.frame.length,
            outbound: match captured.crossing {
                Crossing::Sent => Some(true),
                Crossing::Received => Some(false),
                Crossing::Local => None,
            },
            comment,
        }
    }
}

/// A pcapng file that is being written. What has been handed on is always whole blocks, so a file
/// whose program was killed can be read up to its end.
#[derive(Debug)]
pub struct Pcapng<W: Write> {
    out: W,
    /// Whole blocks that were not handed on yet.
    waiting: Vec<u8>,
    filter: String,
    longest: u32,
    interfaces: Vec<Interface>,
}

#[derive(Debug)]
struct Interface {
    name: String,
    link_type: u16,
    packets: u64,
}

impl<W: Write> Pcapng<W> {
    /// Begins a file, and hands its header on, so that it is a file even without a packet.
    ///
    /// # Errors
    ///
    /// What writing to `out` gives: a full disk, a pipe that was closed.
    pub fn new(out: W, about: &About) -> io::Result<Self> {
        let mut block = Block::new(block::SECTION);
        block.number(&0x1a2b_3c4d_u32.to_le_bytes()); // reads 4d3c2b1a where the order is another
        block.number(&1_u16.to_le_bytes()); // version 1.0
        block.number(&0_u16.to_le_bytes());
        block.number(&u64::MAX.to_le_bytes()); // the length of the section, which nobody knows yet
        block.text(option::COMMENT, &about.command);
        block.text(option::HARDWARE, &about.hardware);
        block.text(option::SYSTEM, &about.system);
        block.text(option::APPLICATION, &about.application);
        let mut file = Self {
            out,
            waiting: Vec::with_capacity(TOGETHER),
            filter: about.filter.clone(),
            longest: about.longest,
            interfaces: Vec::new(),
        };
        block.end(&mut file.waiting);
        file.flush()?;
        Ok(file)
    }

    /// Writes a packet.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new). The packet is then still waiting, and is tried again with the next.
    pub fn packet(&mut self, packet: &Packet<'_>) -> io::Result<()> {
        let interface = self.interface(packet.interface, packet.link_type);
        let mut block = Block::new(block::PACKET);
        block.number(&interface.to_le_bytes());
        block.time(packet.unix);
        block.number(&size(packet.bytes.len()).to_le_bytes());
        block.number(&size(packet.length.max(packet.bytes.len())).to_le_bytes());
        block.bytes(packet.bytes);
        if !packet.comment.is_empty() {
            block.text(option::COMMENT, &format!("netlab: {}", packet.comment));
        }
        if let Some(outbound) = packet.outbound {
            // The lowest two bits: 1 inbound, 2 outbound.
            block.option(option::FLAGS, &(1 + u32::from(outbound)).to_le_bytes());
        }
        block.end(&mut self.waiting);
        if self.waiting.len() < TOGETHER { Ok(()) } else { self.hand_on() }
    }

    /// Hands on what was written, so that somebody who reads the file while it grows sees it all.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn flush(&mut self) -> io::Result<()> {
        self.hand_on()?;
        self.out.flush()
    }

    /// Ends the file with what became of the capture, until `unix`: how many packets are in the file,
    /// and how many the kernel dropped. It dropped them before they had an interface, so the first
    /// one has the number.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn finish(&mut self, unix: Duration, dropped: u64) -> io::Result<()> {
        for (number, interface) in std::mem::take(&mut self.interfaces).iter().enumerate() {
            let mut block = Block::new(block::STATISTICS);
            block.number(&size(number).to_le_bytes());
            block.time(unix);
            block.option(option::DROPPED, &if number == 0 { dropped } else { 0 }.to_le_bytes());
            block.option(option::DELIVERED, &interface.packets.to_le_bytes());
            block.end(&mut self.waiting);
        }
        self.flush()
    }

    /// The number of an interface, which is described if it is new.
    fn interface(&mut self, name: &str, link_type: u16) -> u32 {
        let known = self.interfaces.iter_mut().enumerate();
        let mut known = known.filter(|(_, i)| i.name == name && i.link_type == link_type);
        if let Some((number, interface)) = known.next() {
            interface.packets += 1;
            return size(number);
        }
        let mut block = Block::new(block::INTERFACE);
        block.number(&link_type.to_le_bytes());
        block.number(&0_u16.to_le_bytes());
        block.number(&self.longest.to_le_bytes());
        block.text(option::NAME, name);
        block.option(option::RESOLUTION, &[9]); // times count 10^-9 s
        if !self.filter.is_empty() {
            // Its first byte tells that it is a text and not a program for the kernel.
            block.option(option::FILTER, &[&[0], safe(self.filter.as_bytes()).as_bytes()].concat());
        }
        block.end(&mut self.waiting);
        self.interfaces.push(Interface { name: name.to_owned(), link_type, packets: 1 });
        size(self.interfaces.len() - 1)
    }

    fn hand_on(&mut self) -> io::Result<()> {
        // What was taken before an error is not offered again: blocks stay whole.
        while !self.waiting.is_empty() {
            match self.out.write(&self.waiting) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(taken) => _ = self.waiting.drain(..taken),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl<W: Write> Drop for Pcapng<W> {
    fn drop(&mut self) {
        // Who wants to hear of it has flushed.
        let _ = self.flush();
    }
}

fn size(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A block that is put together.
struct Block {
    bytes: Vec<u8>,
    options: bool,
}

impl Block {
    fn new(kind: u32) -> Self {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend_from_slice(&kind.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]); // the length, once it is known
        Self { bytes, options: false }
    }

    fn number(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes, padded to a multiple of 4.
    fn bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    /// A time: 64 bits, of which the upper 32 come first whatever the order of bytes.
    fn time(&mut self, unix: Duration) {
        let time = u64::try_from(unix.as_nanos()).unwrap_or(u64::MAX);
        for half in [time >> 32, time & 0xffff_ffff] {
            self.number(&u32::try_from(half).unwrap_or(u32::MAX).to_le_bytes());
        }
    }

    fn option(&mut self, code: u16, value: &[u8]) {
        let value = &value[..value.len().min(LONGEST)];
        self.number(&code.to_le_bytes());
        self.number(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_le_bytes());
        self.bytes(value);
        self.options = true;
    }

    /// A text in UTF-8 on one line, with nothing in it that a terminal obeys. A text that is too long
    /// is cut between two letters.
    fn text(&mut self, code: u16, text: &str) {
        if !text.is_empty() {
            let text = safe(text.as_bytes()).replace('\t', " ");
            let end = (0..=text.len().min(LONGEST)).rev().find(|&end| text.is_char_boundary(end));
            self.option(code, &text.as_bytes()[..end.unwrap_or(0)]);
        }
    }

    fn end(mut self, out: &mut Vec<u8>) {
        if self.options {
            self.number(&[0; 4]);
        }
        let length = size(self.bytes.len() + 4).to_le_bytes();
        self.bytes[4..8].copy_from_slice(&length);
        self.number(&length);
        out.append(&mut self.bytes);
    }
}
