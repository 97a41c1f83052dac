//! From the server's bytes to what is shown.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Instant;

use super::talk::Talk;
use super::{Config, Happening};
use crate::error::Failure;
use crate::event::{
    Direction, Frame, Journal, Kind, Message, Note, Recognised, SafeText, Segmentation, SocketId,
};
use crate::socket::Stream;
use crate::stream::framing::{Decoder, Dialect, MAX_LINE, Side, Unit};

/// The thread that waits in `recv`. It ends with the connection, or when nobody listens to it.
pub(super) fn read_loop(stream: &Stream, size: usize, tell: &SyncSender<Happening>) {
    let mut buffer = vec![0; size];
    loop {
        let received = match stream.recv(&mut buffer) {
            Ok(bytes) => Ok(buffer[..bytes].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let last = received.as_ref().map_or(true, Vec::is_empty);
        if tell.send(Happening::Received(received)).is_err() || last {
            return;
        }
    }
}

/// Turns received bytes into messages and shows them.
#[derive(Debug)]
pub(super) struct Hearing {
    decoder: Decoder,
    speaker: Speaker,
}

#[derive(Debug)]
struct Speaker {
    journal: Journal,
    talk: Arc<Talk>,
    socket: SocketId,
    peer: SocketAddr,
    /// What the server is called when a line does not say who speaks.
    server: SafeText,
    /// Lines may say who speaks: `NAME: text`.
    relays: bool,
    /// Why the connection cannot go on.
    fault: Option<&'static str>,
}

impl Hearing {
    pub(super) fn new(
        config: &Config,
        journal: &Journal,
        talk: &Arc<Talk>,
        stream: &Stream,
    ) -> Self {
        let decoder = Decoder::new(config.framing, Side::Client, Instant::now());
        let speaker = Speaker {
            journal: journal.clone(),
            talk: Arc::clone(talk),
            socket: stream.id(),
            peer: stream.peer(),
            server: SafeText::new(config.host.as_bytes()),
            relays: false,
            fault: None,
        };
        Self { decoder, speaker }
    }

    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.decoder.deadline()
    }

    /// One `recv` returned these bytes.
    pub(super) fn hear(&mut self, bytes: &[u8], now: Instant) -> Result<(), Failure> {
        self.listen(Some(bytes.len()), |decoder, out| decoder.feed(bytes, now, out))
    }

    /// Nothing followed some bare text.
    pub(super) fn quiet(&mut self, now: Instant) -> Result<(), Failure> {
        self.listen(None, |decoder, out| decoder.quiet(now, out))
    }

    /// The server has ended its half.
    pub(super) fn end(&mut self) -> Result<(), Failure> {
        self.listen(None, |decoder, out| decoder.end(out))
    }

    fn listen(
        &mut self,
        received: Option<usize>,
        decode: impl FnOnce(&mut Decoder, &mut dyn FnMut(Unit<'_>)),
    ) -> Result<(), Failure> {
        let Self { decoder, speaker } = self;
        let before = decoder.dialect();
        let (mut messages, mut manners) = (0, false);
        let explained = speaker.journal.wants_calls();
        if received.is_none() && decoder.held() == 0 && !explained {
            return Ok(());
        }
        speaker.relays = match before {
            Dialect::Netlab | Dialect::Length | Dialect::Bare => true,
            Dialect::Line => false,
            // Text that became a message by being quiet is bare; a line is a stranger's.
            Dialect::Unknown => received.is_none(),
        };
        decode(decoder, &mut |unit| {
            messages += usize::from(matches!(unit, Unit::Text(_) | Unit::Piece(_)));
            manners |= matches!(unit, Unit::Name(_) | Unit::Announcement(_) | Unit::Leave);
            speaker.unit(unit);
        });
        let after = decoder.dialect();
        if before != after {
            speaker.talk.recognised(after);
            speaker.recognised(after);
        }
        // Names and announcements are not what a student sent or waits for.
        if explained
            && let Some(bytes) = received
            && (messages > 0 || !manners)
        {
            let (socket, kept) = (speaker.socket, decoder.held());
            speaker.journal.emit(Kind::Segmentation(Segmentation {
                socket,
                bytes,
                messages,
                kept,
            }));
        }
        match speaker.fault {
            None => Ok(()),
            Some(fault) => Err(Failure::Framing { peer: speaker.peer, fault }),
        }
    }
}

impl Speaker {
    fn unit(&mut self, unit: Unit<'_>) {
        match unit {
            Unit::Name(name) | Unit::PresumedName(name) => {
                self.server = SafeText::new(name);
                self.relays = true;
            }
            Unit::Text(text) => self.said(text),
            Unit::Piece(text) => {
                self.said(text);
                let from = self.server.clone();
                self.journal.emit(Kind::Note(Note::LongLine { from, limit: MAX_LINE }));
            }
            Unit::Announcement(text) => {
                let (from, text) = (self.server.clone(), text);
                self.show(from, text, text.len(), true);
            }
            Unit::Header(header) => self.journal.emit_call_detail(|| {
                Kind::Frame(Frame::new(self.socket, Direction::Received, header))
            }),
            Unit::Leave => {}
            Unit::Malformed(fault) => self.fault = Some(fault),
        }
    }

    /// A server that relays says who speaks: `NAME: text`. One that does not is itself the speaker.
    fn said(&mut self, text: &[u8]) {
        let named = if self.relays { name_and_text(text) } else { None };
        let (from, said) = match named {
            Some((name, said)) => (SafeText::new(name), said),
            None => (self.server.clone(), text),
        };
        self.show(from, said, text.len(), false);
        if self.talk.heard(Instant::now()) {
            self.journal.emit(Kind::Turn { mine: true });
        }
    }

    fn show(&self, from: SafeText, text: &[u8], bytes: usize, announcement: bool) {
        self.journal.emit(Kind::Message(Message {
            socket: Some(self.socket),
            direction: Direction::Received,
            from,
            text: SafeText::new(text),
            bytes,
            announcement,
        }));
    }

    fn recognised(&self, dialect: Dialect) {
        let because = match dialect {
            Dialect::Netlab => "it answered with its own name",
            Dialect::Line => "a line feed",
            Dialect::Bare => "text, and no line feed after it",
            Dialect::Length => "its first byte is 0x01: a frame with a name",
            Dialect::Unknown => "nothing yet",
        };
        let (socket, dialect) = (self.socket, dialect.name());
        self.journal.emit_call_detail(|| Kind::Recognised(Recognised { socket, dialect, because }));
    }
}

/// `NAME: text`, where the name has no space in it.
fn name_and_text(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = line.windows(2).position(|pair| pair == b": ")?;
    let name = &line[..at];
    let fits = (1..=64).contains(&name.len()) && !name.contains(&b' ');
    fits.then(|| (name, &line[at + 2..]))
}
