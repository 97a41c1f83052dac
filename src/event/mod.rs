//! # Events: the vocabulary of a run
//!
//! Everything that happens while netlab runs is said in the types of this module: a socket call
//! ([`Call`]), a row of the endpoint table ([`Endpoint`]), a message, somebody coming or going, an
//! error, the end. Rooms *emit* events through a [`Journal`]; renderers implement [`Sink`] and draw
//! them. A fact that is added here once can be drawn by every renderer.
//!
//! The vocabulary knows no terminal, no clock but the one the journal started, and does no I/O.

mod call;
mod captured;
mod datagram;
mod demo;
mod endpoint;
pub mod errno;
pub mod flag;
mod icmp;
mod journal;
mod message;
mod note;
mod packet;
mod ping_report;
mod ping_setup;
mod ports;
mod remark;
mod setup;
mod socket_list;
mod socket_table;
mod sockets;
mod state;
mod text;
mod traced;

pub use call::{Call, InterfaceName, Operation, OsError, Outcome, Peer, SocketId};
pub use captured::{
    CallOf, CaptureEvent, CaptureRefused, CaptureReport, CaptureSetup, Captured, Cause, Content,
    Crossing, Frame as CapturedFrame, IcmpSeen, Resolution, Segment, TcpOption,
};
pub use datagram::{
    Bucket, BurstSetup, Cast, Datagram, EchoReport, EchoSetup, Fate, Impairments, Loop, OnPurpose,
    Report, RoundTrip, SenderSetup,
};
pub use demo::{DemoEvent, FactValue, Untold};
pub use endpoint::{EchoIds, Endpoint, Role, plain};
pub use icmp::{
    Heard, Hop, HopAnswer, IcmpEvent, IcmpRemark, Probe, ProbeError, Quote, Reply, ReplyFate,
    Unsent,
};
pub use journal::{Journal, Sink, Wants};
pub use message::{Departure, Direction, Frame, Member, Message, Recognised, Segmentation};
pub use note::Note;
pub use packet::{Checksum, Dissection, Field, FieldValue, Forbidden, Header, Trouble, Witness};
pub use ping_report::{HostReport, ListenReport, Others, PingReport};
pub use ping_setup::{
    Clock, FLOOD_LINES, GivenBack, ListenSetup, Pace, PingHost, PingSetup, PingSocket, Privilege,
};
pub use ports::{BindPrivilege, Border, HandedOut, MayBind, PortRules, PortUse, PortUser};
pub use remark::Remark;
pub use setup::{ClientSetup, ConnectEx, Host, HostAddress, Reach, ServerSetup};
pub use socket_list::{Extent, Sockets};
pub use socket_table::{Change, Holders, Row, Rows, SocketTally, protocol_name};
pub use sockets::{Exposure, MachineSocket, Queues, Side, SocketProgram, Transport};
pub use state::State;
pub use text::{SafeText, safe};
pub use traced::{Answer, ProgramEnd, ProgramStart, TraceEvent, TracedCall};

use std::net::SocketAddr;
use std::time::Duration;

/// Something that happened, and when.
#[derive(Clone, Debug)]
pub struct Event {
    /// Time since the run began, on the machine's monotonic clock. For a call: when it returned.
    pub at: Duration,
    /// What happened.
    pub kind: Kind,
}

/// What can happen in a run.
#[derive(Clone, Debug)]
pub enum Kind {
    /// This machine: name and addresses.
    Host(Host),
    /// A server's socket listens.
    Listening(ServerSetup),
    /// A client is about to connect.
    Connecting(ClientSetup),
    /// `connect_ex` answered.
    ConnectEx(ConnectEx),
    /// A call to the socket API returned.
    Call(Call),
    /// These sockets have these endpoints now: the worksheet's table.
    Endpoints(Vec<Endpoint>),
    /// A connection was accepted and its owner is known, by name or by address.
    Joined(Member),
    /// A member of the room went away.
    Left(Member, Departure),
    /// A member ended its sending half and still listens.
    HalfClosed(Member),
    /// A line of the talk.
    Message(Message),
    /// Something about datagrams.
    Datagram(DatagramEvent),
    /// Something about ICMP.
    Icmp(IcmpEvent),
    /// Packets of this run's own sockets, and how they are captured.
    Capture(CaptureEvent),
    /// What a demo says.
    Demo(DemoEvent),
    /// What another program did, as it was watched.
    Trace(TraceEvent),
    /// How received bytes fell into messages: the lesson that a stream has no borders.
    Segmentation(Segmentation),
    /// A length-framed message, header and all.
    Frame(Frame),
    /// What the other program turned out to be.
    Recognised(Recognised),
    /// The room is held up by a member that does not read.
    Stalled(Member),
    /// Whose turn it is, when turns are kept (`--dialog half`).
    Turn {
        /// True when this program may speak now.
        mine: bool,
    },
    /// A remark.
    Note(Note),
    /// The connection or the server ended. Nothing follows.
    End(Departure),
}

/// What can happen in a run with datagrams, beside what happens in every run.
#[derive(Clone, Debug)]
pub enum DatagramEvent {
    /// A server is bound: from now on datagrams are queued for it.
    Bound(EchoSetup),
    /// A client is about to send.
    Sending(SenderSetup),
    /// A server has heard somebody for the first time.
    Peer(SocketId, SocketAddr),
    /// A datagram came or went.
    Passed(Datagram),
    /// How far a burst is.
    Progress(Report),
    /// What became of a client's datagrams.
    Report(Report),
    /// What a server has done.
    EchoReport(EchoReport),
    /// A remark.
    Remark(Remark),
}

impl From<IcmpEvent> for Kind {
    fn from(event: IcmpEvent) -> Self {
        Self::Icmp(event)
    }
}

impl From<CaptureEvent> for Kind {
    fn from(event: CaptureEvent) -> Self {
        Self::Capture(event)
    }
}

impl From<TraceEvent> for Kind {
    fn from(event: TraceEvent) -> Self {
        Self::Trace(event)
    }
}

impl From<DemoEvent> for Kind {
    fn from(event: DemoEvent) -> Self {
        Self::Demo(event)
    }
}

impl From<DatagramEvent> for Kind {
    fn from(event: DatagramEvent) -> Self {
        Self::Datagram(event)
    }
}
