//! A line of a record as this room keeps it: what a picture needs, in little room.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use serde_json::Value;

use super::clean::{clean, clean_value};
use super::model::{Fact, Table};
use super::packet::{PacketEntry, address};
use super::remarks;
use super::texts::Names;
use crate::event::plain;

/// Times of a record are shorter than this, in nanoseconds: ten years are longer than a run, and far
/// from the end of numbers.
pub(super) const TOO_LONG: i64 = 315_360_000_000_000_000;

/// A line of a record.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Nanoseconds since the run began. For a call: when it returned.
    pub at: i64,
    /// The end, as a place in the record's ends.
    pub end: Option<u16>,
    pub what: What,
    /// The line as it was written, while there is room.
    pub raw: Option<Box<str>>,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Call(CallEntry),
    Packet(Box<PacketEntry>),
    /// A line of a talk, or a datagram that was told.
    Message(Box<MessageEntry>),
    /// Endpoints of sockets: label, protocol, own endpoint, the other's.
    Endpoints(Vec<EndpointEntry>),
    /// A server is there: its socket and where.
    Serving(Arc<str>, Option<SocketAddr>, &'static str),
    /// A client is about to begin; of a burst: how many datagrams it has.
    Calling(Option<u64>),
    Remark(Box<str>),
    Title([Box<str>; 3]),
    Step(Box<str>),
    Fact(Box<Fact>),
    Table(Box<Table>),
    /// Lines, card, commands.
    Curtain(Box<(Vec<String>, String, Vec<String>)>),
    Capturing,
    /// No packets, and the error's name.
    Refused(Option<Arc<str>>),
    /// Packets, others, twice, dropped.
    Captured([u64; 4]),
}

/// An endpoint of the endpoint table.
#[derive(Clone, Debug)]
pub(super) struct EndpointEntry {
    pub socket: Arc<str>,
    pub protocol: String,
    pub local: Option<SocketAddr>,
    pub remote: Option<SocketAddr>,
    pub listens: bool,
}

#[derive(Clone, Debug)]
pub(super) struct MessageEntry {
    pub socket: Option<Arc<str>>,
    pub sent: bool,
    pub datagram: bool,
    pub who: Box<str>,
    pub bytes: u64,
    pub digest: Option<Box<str>>,
    /// Its number in a burst, from 0.
    pub sequence: Option<u64>,
    pub text: Option<Box<str>>,
}

#[derive(Clone, Debug)]
pub(super) struct CallEntry {
    pub socket: Arc<str>,
    pub name: Arc<str>,
    /// Without the result.
    pub text: Arc<str>,
    pub result: Arc<str>,
    pub state: Arc<str>,
    pub took: i64,
    pub outcome: Outcome,
    pub error: Option<(Arc<str>, Option<i64>)>,
}

#[derive(Clone, Debug)]
pub(super) enum Outcome {
    Number(i64),
    Address(SocketAddr),
    Socket(Arc<str>, Option<SocketAddr>),
    From(u64, Option<SocketAddr>),
    Failed,
}

/// What a call does for the order of things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// It makes something go: it stands where it begins.
    Gives,
    /// It takes something: it stands where it returns.
    Takes,
    /// It waits for others' sockets.
    Polls,
    /// It concerns this program alone.
    Own,
}

impl CallEntry {
    pub(super) fn manner(&self) -> Manner {
        match &*self.name {
            "connect" | "connect_ex" | "send" | "sendto" | "sendmsg" | "write" | "writev"
            | "sendfile" | "shutdown" | "close" | "listen" => Manner::Gives,
            "accept" | "accept4" | "recv" | "recvfrom" | "recvmsg" | "read" | "readv" => {
                Manner::Takes
            }
            "poll" | "ppoll" | "select" | "pselect6" | "epoll_wait" | "epoll_pwait" => {
                Manner::Polls
            }
            _ => Manner::Own,
        }
    }

    pub(super) fn sends(&self) -> bool {
        matches!(&*self.name, "send" | "sendto" | "sendmsg" | "write" | "writev" | "sendfile")
    }

    pub(super) fn receives(&self) -> bool {
        matches!(&*self.name, "recv" | "recvfrom" | "recvmsg" | "read" | "readv")
            && !self.text.contains("MSG_PEEK")
            && !self.text.contains("MSG_ERRQUEUE")
    }

    pub(super) fn accepts(&self) -> bool {
        matches!(&*self.name, "accept" | "accept4")
    }

    pub(super) fn connects(&self) -> bool {
        matches!(&*self.name, "connect" | "connect_ex")
    }

    /// Whether it ends this side's half of a connection.
    pub(super) fn ends(&self) -> bool {
        self.closes()
            || &*self.name == "shutdown" && self.error.is_none() && !self.text.contains("SHUT_RD)")
    }

    /// Whether the socket ended with it. After a `close` of a descriptor that another process has too
    /// (`fork`) the socket is as open as before.
    pub(super) fn closes(&self) -> bool {
        &*self.name == "close"
            && !matches!(&*self.state, "LISTEN" | "ESTABLISHED" | "CLOSE-WAIT" | "SYN-SENT")
    }

    /// Bytes that it gave or took.
    pub(super) fn bytes(&self) -> Option<u64> {
        if !self.sends() && !self.receives() {
            return None;
        }
        match self.outcome {
            Outcome::Number(number) => u64::try_from(number).ok(),
            Outcome::From(bytes, _) => Some(bytes),
            _ => None,
        }
    }

    /// It would have had to wait and was told to come back.
    pub(super) fn in_vain(&self) -> bool {
        self.error.as_ref().is_some_and(|(name, _)| matches!(&**name, "EAGAIN" | "EWOULDBLOCK"))
    }

    /// Whether it only sets up or wakes netlab itself: a filter in the kernel, a look into the queue of
    /// errors, the end of a datagram socket's receiving, by which another thread is woken.
    pub(super) fn housekeeping(&self, protocol: &str) -> bool {
        let datagrams = matches!(protocol, "udp" | "icmp");
        let wakes = &*self.name == "shutdown" && self.text.contains("SHUT_RD)")
            || self.receives() && self.bytes() == Some(0) && &*self.result == "0";
        datagrams && wakes
            || self.text.contains("SO_ATTACH_FILTER")
            || self.text.contains("ICMP_FILTER")
            || self.text.contains("MSG_ERRQUEUE")
    }

    /// The endpoint among its arguments.
    pub(super) fn argument(&self) -> Option<SocketAddr> {
        let inside = self.text.split_once('(')?.1.strip_suffix(')')?;
        let last = inside.rsplit(", ").next()?;
        read_peer(last)
    }
}

/// `127.0.0.1:7`, `[::1]:7`, or without a port `127.0.0.1`, `fe80::1%2`.
fn read_peer(text: &str) -> Option<SocketAddr> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(plain(address));
    }
    let ip = text.split('%').next()?.parse::<IpAddr>().ok()?;
    Some(plain(SocketAddr::new(ip, 0)))
}

impl What {
    /// Reads an event; none if it has no place in a picture or is not known, an error if it lacks
    /// what the contract promises.
    pub(super) fn read(event: &str, value: &Value, names: &mut Names) -> Result<Option<Self>, ()> {
        let boxed = |name: &str| -> Box<str> { clean(value[name].as_str().unwrap_or("")).into() };
        Ok(Some(match event {
            "call" => Self::Call(call(value, names).ok_or(())?),
            "packet" => Self::Packet(Box::new(PacketEntry::read(value, names).ok_or(())?)),
            "message" | "datagram" => Self::Message(Box::new(message(event, value, names))),
            "endpoints" => Self::Endpoints(endpoints(value, names)),
            "listening" | "bound" => Self::Serving(
                names.keep(value["socket"].as_str().unwrap_or("")),
                address(value, "ip", "port"),
                if event == "bound" { "udp" } else { "tcp" },
            ),
            "connecting" | "sending" => Self::Calling(value["count"].as_u64()),
            "demo" => Self::Title([boxed("name"), boxed("title"), boxed("about")]),
            "step" => Self::Step(boxed("title")),
            "fact" => Self::Fact(Box::new(Fact {
                name: boxed("name").into(),
                value: clean_value(value["value"].clone()),
                words: boxed("words").into(),
            })),
            "table" => Self::Table(Box::new(table(value))),
            "curtain" => Self::Curtain(Box::new((
                texts(&value["saw"]),
                boxed("card").into(),
                texts(&value["next"]),
            ))),
            "capturing" => Self::Capturing,
            "capture_refused" => {
                Self::Refused(value["error"]["name"].as_str().map(|name| names.keep(name)))
            }
            "capture_report" => {
                let count = |name: &str| value[name].as_u64().unwrap_or(0);
                Self::Captured(["packets", "others", "twice", "dropped"].map(count))
            }
            other => {
                return Ok(remarks::words(other, value).map(|words| Self::Remark(words.into())));
            }
        }))
    }
}

fn texts(value: &Value) -> Vec<String> {
    let texts = value.as_array().map(Vec::as_slice).unwrap_or_default();
    texts.iter().take(1000).filter_map(Value::as_str).map(clean).collect()
}

fn table(value: &Value) -> Table {
    let rows = value["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    Table {
        title: clean(value["title"].as_str().unwrap_or("")),
        head: texts(&value["head"]),
        rows: rows.iter().take(1000).map(texts).collect(),
    }
}

/// The beginning of the SHA-256 of no bytes at all.
const OF_NOTHING: &str = "e3b0c44298fc1c14";

fn message(event: &str, value: &Value, names: &mut Names) -> MessageEntry {
    let peer = || {
        let port = value["port"].as_u64().unwrap_or(0);
        format!("{}:{port}", value["ip"].as_str().unwrap_or("?"))
    };
    let who = value["from"].as_str().map_or_else(peer, str::to_owned);
    let bytes = value["bytes"].as_u64().unwrap_or(0);
    // Older records have the digest of nothing where there was no text.
    let digest = value["digest"].as_str().filter(|digest| bytes == 0 || *digest != OF_NOTHING);
    let digest = digest.map(|digest| clean(digest).into());
    MessageEntry {
        socket: value["socket"].as_str().map(|label| names.keep(label)),
        sent: value["direction"] == "sent",
        datagram: event == "datagram",
        who: clean(&who).into(),
        bytes,
        digest,
        sequence: value["sequence"].as_u64(),
        text: value["text"].as_str().map(|text| clean(text).into()),
    }
}

fn endpoints(value: &Value, names: &mut Names) -> Vec<EndpointEntry> {
    let rows = value["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    let row = |row: &Value, names: &mut Names| {
        Some(EndpointEntry {
            socket: names.keep(row["socket"].as_str()?),
            protocol: clean(row["protocol"].as_str().unwrap_or("")).to_lowercase(),
            local: address(row, "source_ip", "source_port"),
            remote: address(row, "destination_ip", "destination_port")
                .filter(|remote| remote.port() != 0),
            listens: row["state"] == "LISTEN",
        })
    };
    rows.iter().filter_map(|value| row(value, names)).collect()
}

fn call(value: &Value, names: &mut Names) -> Option<CallEntry> {
    let text = value["text"].as_str()?;
    let (text, result) = text.rsplit_once(" = ").unwrap_or((text, ""));
    let error = match &value["error"] {
        Value::Null => None,
        error => {
            Some((names.keep(error["name"].as_str().unwrap_or("error")), error["number"].as_i64()))
        }
    };
    let outcome = match &value["result"] {
        _ if error.is_some() => Outcome::Failed,
        Value::String(text) => read_peer(text).map_or(Outcome::Number(0), Outcome::Address),
        Value::Object(fields) => {
            let peer = fields.get("peer").and_then(Value::as_str).and_then(read_peer);
            match fields.get("socket").and_then(Value::as_str) {
                Some(label) => Outcome::Socket(names.keep(label), peer),
                None => {
                    Outcome::From(fields.get("bytes").and_then(Value::as_u64).unwrap_or(0), peer)
                }
            }
        }
        number => Outcome::Number(number.as_i64().unwrap_or(0)),
    };
    Some(CallEntry {
        socket: names.keep(value["socket"].as_str().unwrap_or("")),
        name: names.keep(value["call"].as_str()?),
        text: names.keep(text),
        result: names.keep(result),
        state: names.keep(value["state"].as_str().unwrap_or("")),
        took: value["took_ns"].as_i64().filter(|took| (0..TOO_LONG).contains(took)).unwrap_or(0),
        outcome,
        error,
    })
}
