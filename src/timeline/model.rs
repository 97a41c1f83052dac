//! A picture: lanes, and rows in the order of one clock.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;

/// A picture of one run, seen by one or two records.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// A title: the commands of the records, or the title of a demo.
    pub title: String,
    /// Where it comes from, a record each.
    pub sources: Vec<Source>,
    /// The programs, from left to right: clients first, then servers.
    pub lanes: Vec<Lane>,
    /// What happened, in the order of the common clock. A row of a call that makes something go
    /// (connect, send, shutdown, close) stands at its beginning; of a call that takes something
    /// (accept, recv) at its return.
    pub rows: Vec<Row>,
    /// How the clocks of two records were brought together; none when one clock was enough.
    pub alignment: Option<Alignment>,
    /// What is missing or uncertain, in sentences: no packets were captured, the kernel dropped
    /// some, lines of the record were not understood, a side has no record.
    pub remarks: Vec<String>,
    /// What has to be known before anything else, in sentences: that the records have nothing to do
    /// with each other, that nothing lies in the time that was asked for.
    pub first: Vec<String>,
    /// When the first and the last row of the whole run stand, whatever of it was asked for; none
    /// without any.
    pub span: Option<(Duration, Duration)>,
    /// What the demo says before and after, when it is one.
    pub demo: Option<Demo>,
}

/// What a demo says before its first step and at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demo {
    /// Its name on the command line.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What happens, in one or two sentences.
    pub about: String,
    /// What there was to see, in lines.
    pub saw: Vec<String>,
    /// The card to read next.
    pub card: String,
    /// Commands to try.
    pub next: Vec<String>,
}

/// A record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The file's name as it was given, or nothing for a run that is drawn at once.
    pub file: String,
    /// The host name.
    pub host: String,
    /// The operating system.
    pub system: String,
    /// The command and its arguments.
    pub command: Vec<String>,
    /// The number of its run, which nobody else has.
    pub run: String,
    /// When it began: nanoseconds since 1970 in UTC.
    pub started_unix_ns: u64,
    /// Whether packets were captured.
    pub captured: bool,
}

impl Source {
    /// Whether it is of programs that `netlab trace` ran: packets come unasked there.
    #[must_use]
    pub fn is_trace(&self) -> bool {
        self.command.first().is_some_and(|word| word == "trace")
    }
}

/// A program: one end of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane {
    /// Its name: `client`, `server`, or the host's name where there are two of a kind.
    pub name: String,
    /// Its record, as a place in `sources`.
    pub source: usize,
    /// The end in a record that has several.
    pub end: Option<String>,
    /// Its sockets, in the order in which they were made.
    pub sockets: Vec<Socket>,
}

/// A socket of a lane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Socket {
    /// Its label: `A`.
    pub label: String,
    /// `tcp`, `udp`, `icmp`, as far as known.
    pub protocol: String,
    /// This side's endpoint, once known.
    pub local: Option<SocketAddr>,
    /// The other side's, once known.
    pub remote: Option<SocketAddr>,
    /// Whether it listens.
    pub listens: bool,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Row {
    /// When, on the common clock, from the beginning of the picture. For a call see
    /// [`Picture::rows`].
    pub at: Duration,
    /// What.
    pub kind: RowKind,
}

/// What can stand in a picture.
#[derive(Clone, Debug)]
pub enum RowKind {
    /// A call.
    Call(Call),
    /// A packet on the wire.
    Packet(Packet),
    /// A state that changed without a call of this program (a packet did it), in a lane.
    State(usize, StateChange),
    /// A message: what a person or program said or heard.
    Message(Message),
    /// A step of a demo.
    Step(Step),
    /// A fact of a demo.
    Fact(Fact),
    /// A table of a demo.
    Table(Table),
    /// A remark of a lane in words (somebody joined, left; an error of the run).
    Remark(usize, String),
    /// Rows of one kind that are not drawn one by one.
    Fold(Fold),
}

/// A call.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// Its lane.
    pub lane: usize,
    /// Its place among all calls of the picture, from 0, in the order of the rows.
    pub place: usize,
    /// Its socket's label.
    pub socket: String,
    /// The call's name: `send`.
    pub name: String,
    /// As it is written, without the result: `send(6)`.
    pub text: String,
    /// The result as it is written: `6`, `B from 127.0.0.1:40322`, `-1 ECONNREFUSED`.
    pub result: String,
    /// The error, if it failed.
    pub error: Option<CallError>,
    /// When it was made.
    pub begin: Duration,
    /// When it returned.
    pub end: Duration,
    /// Whether it waited for somebody else (a blocking call that took long for what it does).
    pub waited: bool,
    /// The state that its socket changed to with it; for an accept, of the socket that it made.
    pub state: Option<StateChange>,
    /// Bytes that it took or gave, where it did.
    pub bytes: Option<u64>,
    /// What its bytes said: the text where the record has it, otherwise length and digest in words.
    pub carries: Option<String>,
    /// The messages that it carried, with who said them. They have no row of their own.
    pub messages: Vec<Message>,
    /// For a call that takes: places of the calls whose bytes it took; for an accept the connect,
    /// for a recv of 0 bytes the shutdown or close. A call that is folded away has a place and no row.
    pub from_calls: Vec<usize>,
    /// Everything the record says of it, for who wants to see it all.
    pub fields: Value,
}

/// An error of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    /// `ECONNREFUSED`.
    pub name: String,
    /// Its number on the system of the record.
    pub number: Option<i64>,
}

/// A change of a socket's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateChange {
    /// The socket's label.
    pub socket: String,
    /// Before; empty for a socket that was not there before.
    pub from: String,
    /// After.
    pub to: String,
}

/// Where a packet comes from or goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A lane of the picture.
    Lane(usize),
    /// Outside: a program without a record.
    Outside,
}

/// A packet.
#[derive(Clone, Debug)]
pub struct Packet {
    /// Its number in its capture.
    pub number: u64,
    /// Where it was sent from.
    pub from: Place,
    /// Where it goes.
    pub to: Place,
    /// When it left, by the sender's capture, on the common clock; none when only the receiver saw it.
    pub left: Option<Duration>,
    /// When it arrived, by the receiver's capture; the same as `left` on a loopback.
    pub arrived: Option<Duration>,
    /// Source and destination.
    pub source: SocketAddr,
    /// See `source`.
    pub destination: SocketAddr,
    /// What it is, in a few words: `SYN`, `PSH,ACK 6 bytes`, `FIN,ACK`, `UDP 5 bytes`, `echo request`.
    pub words: String,
    /// Details in a few words: `seq 1 ack 1 win 65536`.
    pub details: String,
    /// Sent again: the same bytes went before.
    pub again: bool,
    /// What made it go.
    pub cause: Cause,
    /// Everything the record says of it.
    pub fields: Value,
}

/// What made a packet go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Calls, by their places.
    Calls(Vec<usize>),
    /// No call: the kernel, and why.
    Kernel(String),
    /// Somebody whose calls are not in the picture.
    Outside,
    /// Not known.
    Unknown,
}

/// What was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its lane.
    pub lane: usize,
    /// Whether it was sent or received there.
    pub sent: bool,
    /// Who said it.
    pub who: String,
    /// The text, where the picture may show it; otherwise its length and digest.
    pub text: String,
    /// Bytes.
    pub bytes: u64,
}

/// A step of a demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its number, from 1.
    pub number: usize,
    /// What happens next.
    pub title: String,
}

/// A fact of a demo.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Its name for programs.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// In words.
    pub words: String,
}

/// A table of a demo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Above it.
    pub title: String,
    /// Heads of the columns.
    pub head: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<String>>,
}

/// Rows that are not drawn one by one: never without a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// How many.
    pub count: usize,
    /// Of what, in words: `sends`, `packets`, `packets, recvs and sends`.
    pub what: String,
    /// In which lane; none for the wire, or for several.
    pub lane: Option<usize>,
    /// Bytes that they carried together: those of the calls that give if there are any, otherwise of
    /// those that take, otherwise of the packets.
    pub bytes: u64,
    /// When the first began and the last ended.
    pub from: Duration,
    /// See `from`.
    pub to: Duration,
    /// The same by kinds; the counts add up to `count`.
    pub parts: Vec<FoldPart>,
}

/// Rows of one kind in a fold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldPart {
    /// Of what: `send`, `recv`, `connect ECONNREFUSED`, `packet`, `message`.
    pub what: String,
    /// In which lane; none for the wire.
    pub lane: Option<usize>,
    /// How many.
    pub count: usize,
    /// Bytes that they carried together.
    pub bytes: u64,
}

/// How the clocks of two records were brought together.
#[derive(Clone, Debug, PartialEq)]
pub struct Alignment {
    /// What was added to the second record's times, in nanoseconds.
    pub offset_ns: i64,
    /// By how much it may be wrong, to either side. It is a promise only if `bounded`.
    pub uncertainty_ns: u64,
    /// Whether there were pairs in both directions that agree; otherwise `basis` says what is missing.
    pub bounded: bool,
    /// Whether both records come from one machine, whose one clock told their times.
    pub one_machine: bool,
    /// How many pairs of something that left and something that arrived it rests on.
    pub pairs: usize,
    /// In words: from what it was worked out.
    pub basis: String,
}
