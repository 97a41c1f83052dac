//! What a packet of some kind means: said once for each kind.

use std::time::Duration;

use crate::event::{Captured, Cause, Content, Crossing, Segment, flag};
use crate::render::explain::duration;

/// A kind of packet that there is something to say about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Lesson {
    Syn,
    SynAck,
    /// A SYN that goes once more.
    SynAgain,
    Ack,
    /// An ACK that waited for data to go with.
    KeptBack,
    Data,
    DataHeard,
    Fin,
    Reset,
    WindowZero,
    Again,
    Datagram,
    EchoRequest,
    EchoReply,
    IcmpError,
    Fragment,
    Question,
    Answer,
}

impl Lesson {
    /// Which one belongs to a packet.
    pub(super) fn of(packet: &Captured) -> Option<Self> {
        match &packet.content {
            Content::Tcp(segment) => Self::of_segment(segment, packet.crossing),
            Content::Udp(_) => Some(Self::Datagram),
            Content::Icmp(message) => match (message.kind, message.echo, message.about) {
                (0 | 129, Some(_), _) => Some(Self::EchoReply),
                (8 | 128, Some(_), _) => Some(Self::EchoRequest),
                (_, _, Some(_)) => Some(Self::IcmpError),
                _ => None,
            },
            Content::Fragment(..) => Some(Self::Fragment),
            Content::Arp(resolution) if resolution.operation == 1 => Some(Self::Question),
            Content::Arp(_) => Some(Self::Answer),
            Content::Other(_) => None,
        }
    }

    fn of_segment(segment: &Segment, crossing: Crossing) -> Option<Self> {
        let has = |bit: u8| segment.flags & bit != 0;
        if segment.again {
            return Some(if has(2) { Self::SynAgain } else { Self::Again });
        }
        if has(4) {
            return Some(Self::Reset);
        }
        if segment.window == 0 {
            return Some(Self::WindowZero);
        }
        match (has(2), has(16), has(1), segment.payload) {
            (true, false, ..) => Some(Self::Syn),
            (true, true, ..) => Some(Self::SynAck),
            (_, _, true, _) => Some(Self::Fin),
            (_, true, false, 0) => Some(Self::Ack),
            (.., 1..) if crossing == Crossing::Received => Some(Self::DataHeard),
            (.., 1..) => Some(Self::Data),
            _ => None,
        }
    }

    /// What it means, for somebody who sees it for the first time.
    pub(super) fn words(self, packet: &Captured) -> String {
        match self {
            Self::Syn => syn(packet),
            Self::SynAgain => syn_again(packet),
            Self::SynAck => {
                "SYN and ACK: yes, and here is my own first number. ack 1: I have your \
                             number 0 and expect 1"
                    .into()
            }
            Self::Ack => {
                "ACK without data: everything before number \"ack\" has arrived. It takes no \
                          number itself, so nobody acknowledges it"
                    .into()
            }
            Self::KeptBack => kept_back(Duration::ZERO),
            Self::Data => {
                "data: its first byte has number \"seq\", and there are \"len\" of them. PSH: \
                           hand it to the program at once"
                    .into()
            }
            Self::DataHeard => match packet.cause {
                Cause::Peer => {
                    "data for this program: recv will find it. Which call sent it, the other \
                                side's own record knows"
                        .into()
                }
                _ => "data for this program: recv will find it".into(),
            },
            Self::Fin => {
                "FIN: I have said everything. It takes a number like a byte does, so it can be \
                          acknowledged. The other direction is still open"
                    .into()
            }
            Self::Reset => {
                "RST: there is no connection here, or none any more. Nothing more is sent, \
                            and nothing acknowledged"
                    .into()
            }
            Self::WindowZero => {
                "window 0: my buffer is full, send nothing until I say so. The program \
                                 here does not call recv fast enough"
                    .into()
            }
            Self::Again => {
                "sent again: TCP took it for lost, for no acknowledgement came in time or later \
                            bytes came first. The program that called send learns nothing of it"
                    .into()
            }
            Self::Datagram => {
                "UDP: a port to and from, a length, a checksum, and nothing else. Nobody \
                               shakes hands, nobody acknowledges"
                    .into()
            }
            Self::EchoRequest => {
                "echo request: say this back to me. \"id\" and \"seq\" stand where other \
                                  protocols have ports"
                    .into()
            }
            Self::EchoReply => {
                "echo reply: the kernel over there answers by itself; no program has to \
                                run"
                .into()
            }
            Self::IcmpError => {
                "ICMP error: a packet came to nothing, and this is the beginning of it, \
                                sent back to whoever sent it"
                    .into()
            }
            Self::Fragment => {
                "fragment: the packet was too large for a link and was cut. Only its first \
                               piece has the ports; the receiver's kernel puts it together"
                    .into()
            }
            Self::Question => {
                "a question to everybody on this link: a frame needs the hardware address \
                               of the neighbour that has this IP address"
                    .into()
            }
            Self::Answer => {
                "the answer, which the kernel remembers for a while (ip neigh shows it)".into()
            }
        }
    }
}

/// An ACK that goes alone, and late.
pub(super) fn kept_back(waited: Duration) -> String {
    format!(
        "a delayed ACK: the kernel kept it back for {}, in the hope of data that it could go with, \
         and none came. Nothing is wrong: netlab explain delayed-ack",
        duration(waited)
    )
}

fn syn(packet: &Captured) -> String {
    let first = match &packet.content {
        Content::Tcp(segment) => segment.sequence,
        _ => 0,
    };
    format!(
        "SYN: let us talk. My numbers begin at {first}, which nobody can guess and which is shown as \
         0 here. The SYN takes it, and the first byte the one after it"
    )
}

fn syn_again(packet: &Captured) -> String {
    match &packet.content {
        Content::Tcp(segment) if segment.flags & flag::ACK != 0 => {
            "SYN and ACK once more: the ACK that ends the handshake has not come".into()
        }
        _ => {
            "SYN once more: nothing that came so far was the answer to it, and connect waits".into()
        }
    }
}
