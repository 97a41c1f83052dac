//! What several scenes need: a connection with both its ends in hand, a `connect` with a limit, the
//! packets that were captured, numbers for people.

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::ends::{self, must};
use super::kernel;
use super::stage::{FUSE, Stage};
use crate::error::{CallError, Failure};
use crate::event::{
    CaptureEvent, Captured, Journal, Kind, Operation, OsError, SocketId, Untold, errno,
};
use crate::socket::{Connecting, Listener, Socket, Stream, raise_descriptor_limit};

/// A connection whose two ends are both in this program.
pub(super) struct Pair {
    /// The socket that listens.
    pub listener: Listener,
    /// The end that `accept` made.
    pub server: Stream,
    /// The end that called `connect`.
    pub client: Stream,
    /// The address and port that the kernel gave to that end.
    pub client_address: SocketAddr,
}

/// Makes a connection between the ends `server` and `client`: `socket`, `bind`, `listen`; `socket`,
/// `connect`, `getsockname`; `accept`.
pub(super) fn pair(stage: &mut Stage) -> Result<Pair, Failure> {
    let (listener, address) = ends::listener(&stage.journal("server"), 4)?;
    let (client, client_address) = ends::connected(&stage.journal("client"), address)?;
    let server = must(Operation::Accept, listener.accept())?;
    Ok(Pair { listener, server, client, client_address })
}

impl Pair {
    /// Ends it in good order: the client first, then the server, then the one that listens.
    pub(super) fn close(self) {
        let Self { listener, server, client, .. } = self;
        drop(client);
        // Reading to the end, so that the state that is shown is the kernel's.
        let _ = server.recv(&mut [0; 1]);
        drop((server, listener));
    }
}

/// Sends all of it.
pub(super) fn send_all(stream: &Stream, mut bytes: &[u8]) -> Result<(), Failure> {
    while !bytes.is_empty() {
        let sent = must(Operation::Send(bytes.len()), stream.send(bytes))?;
        bytes = bytes.get(sent..).unwrap_or_default();
    }
    Ok(())
}

/// A `connect` that is under way.
pub(super) struct Calling {
    connecting: Connecting,
    done: Receiver<()>,
    address: SocketAddr,
    began: Instant,
}

impl Calling {
    /// Begins `connect`.
    pub(super) fn begin(socket: Socket, address: SocketAddr) -> Result<Self, CallError> {
        let (tell, done) = channel();
        let began = Instant::now();
        let connecting = socket.connect(address, false, move || {
            let _ = tell.send(());
        })?;
        Ok(Self { connecting, done, address, began })
    }

    /// Whether it has returned, at the latest after so long. To be asked until it is so, not after.
    pub(super) fn returns_within(&self, limit: Duration) -> bool {
        self.done.recv_timeout(limit).is_ok()
    }

    /// What there is to tell of it while it has not returned.
    pub(super) fn untold(&self, stage: &Stage, end: &str, socket: SocketId) -> Untold {
        let call = Operation::Connect(self.address).to_string();
        let since = stage.elapsed().saturating_sub(self.began.elapsed());
        Untold { end: end.to_owned(), socket, call, count: 1, answer: None, since }
    }

    /// What it came to, waiting for it; and which address and port the kernel has given to it.
    pub(super) fn finish(self) -> Result<(Stream, SocketAddr), CallError> {
        let stream = self.connecting.finish()?;
        let own = stream.local_address()?;
        Ok((stream, own))
    }
}

/// `connect` that gives up after `limit`: by the kernel's own clock where it can be told to
/// (`TCP_USER_TIMEOUT`, Linux), else by not waiting for it any longer.
fn connect_within(
    journal: &Journal,
    address: SocketAddr,
    limit: Duration,
) -> Result<Stream, CallError> {
    let socket = Socket::stream(journal, address)?;
    let by_kernel = socket.set_user_timeout(limit).is_ok();
    let calling = Calling::begin(socket, address)?;
    if calling.returns_within(if by_kernel { FUSE } else { limit }) {
        calling.finish().map(|(stream, _)| stream)
    } else {
        Err(calling.connecting.give_up())
    }
}

/// More than any system lets wait for a backlog of 0: Linux one, macOS some two hundred.
const ENOUGH: usize = 256;

/// A listener whose waiting room is full, and a `connect` that it does not answer.
pub(super) struct Silent {
    /// The connections that wait, and the listener: they have to stay as long as it is to be silent.
    _kept: (Vec<Stream>, Listener),
    /// How `connect` ended. None when this system let everybody in.
    pub error: Option<CallError>,
}

/// Connects to a listener with the smallest backlog until somebody is not let in; that one gives up
/// after `limit`.
pub(super) fn silent(stage: &mut Stage, limit: Duration) -> Result<Silent, Failure> {
    let (server, client) = (stage.journal("server"), stage.journal("client"));
    let (listener, address) = ends::listener(&server, 0)?;
    let mut waiting = vec![ends::connected(&client, address)?.0];
    while waiting.len() < ENOUGH {
        match connect_within(&client, address, limit) {
            Ok(stream) => waiting.push(stream),
            Err(error) => return Ok(Silent { _kept: (waiting, listener), error: Some(error) }),
        }
        let _ = raise_descriptor_limit();
    }
    Ok(Silent { _kept: (waiting, listener), error: None })
}

/// How many connections wait in the socket that listens there, and how many it was told may, by the
/// kernel's own table.
pub(super) fn waiting_room(address: SocketAddr) -> Option<(u32, u32)> {
    let queues = kernel::listening(address)?.queues?;
    Some((queues.receive, queues.send))
}

/// How long what was captured may take to get here.
const ON_THE_WAY: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(10);

/// The packets that were captured so far. None when nothing is captured in this run.
pub(super) fn captured(stage: &Stage) -> Option<Vec<Captured>> {
    let mut packets = None;
    stage.look_back(|_, event| match &event.kind {
        Kind::Capture(CaptureEvent::Began(_)) => packets = Some(Vec::new()),
        Kind::Capture(CaptureEvent::Refused(_)) => packets = None,
        Kind::Capture(CaptureEvent::Packet(packet)) => {
            packets.get_or_insert_default().push(packet.as_ref().clone());
        }
        _ => {}
    });
    packets
}

/// The same, waiting a moment for one that is still on its way here.
pub(super) fn captured_with(
    stage: &Stage,
    wanted: impl Fn(&Captured) -> bool,
) -> Option<Vec<Captured>> {
    let limit = Instant::now() + ON_THE_WAY;
    loop {
        let packets = captured(stage)?;
        if packets.iter().any(&wanted) || Instant::now() >= limit {
            return Some(packets);
        }
        thread::sleep(LOOK);
    }
}

/// The numbers of an error on Linux, macOS and Windows, for three columns.
pub(super) fn numbers(error: OsError) -> [String; 3] {
    let Some(row) = errno::find(error) else { return ["", "", ""].map(str::to_owned) };
    let windows = row.windows.map_or(String::new(), |number| number.to_string());
    [row.linux.to_string(), row.macos.to_string(), windows]
}

/// A count as the value of a fact.
pub(super) fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count for people: `2,626,560`.
pub(super) fn thousands(count: impl TryInto<u64>) -> String {
    let digits = count.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A bar as long as its part of the most, of at most `width` columns. What is not nothing is seen.
pub(super) fn bar(value: u128, most: u128, width: usize) -> String {
    let cells = (value * width as u128).div_ceil(most.max(1));
    "#".repeat(usize::try_from(cells).unwrap_or(width).min(width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        let counts = [0_u64, 7, 999, 1_000, 65_536, 2_626_560, 1_000_000_000];
        let words = ["0", "7", "999", "1,000", "65,536", "2,626,560", "1,000,000,000"];
        assert_eq!(counts.map(thousands), words.map(str::to_owned));
    }

    #[test]
    fn a_bar_shows_what_is_there() {
        let drawn = [(0, 10), (1, 1000), (5, 10), (10, 10), (20, 10), (0, 0)];
        let cells = drawn.map(|(value, most)| bar(value, most, 10).len());
        assert_eq!(cells, [0, 1, 5, 10, 10, 0]);
    }
}
