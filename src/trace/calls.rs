//! System calls in the words of the socket API.
//!
//! | system call | told as | because |
//! | --- | --- | --- |
//! | `sendto(4, "hi", 2, 0, NULL, 0)` | `send(2)` | a library's `send` is `sendto` without an address |
//! | `recvfrom(4, ..., 2048, 0, NULL, NULL)` | `recv(2048)` | the same |
//! | `accept4(3, ..., SOCK_CLOEXEC)` | `accept()` | a descriptor that a child does not get |
//! | `read`, `write`, `readv`, `writev` | by their own names | on a socket they are recv and send |

use std::net::SocketAddr;

use super::argument::{self, Protocol, field, list, number};
use super::line::RawCall;

/// A call in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// `recv`.
    pub name: &'static str,
    /// `recv(2048)`.
    pub text: String,
    /// What it is about.
    pub act: Act,
}

/// What a call is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Act {
    Bind(SocketAddr),
    Connect(SocketAddr),
    Listen,
    Accept,
    OwnName,
    PeerName,
    /// To whom, where it says; the bytes, as far as they are there; whether they are all there.
    Send(Option<SocketAddr>, Option<(Vec<u8>, bool)>),
    /// From whom, if that was asked; the bytes; how many were asked for; whether it only looks.
    Receive(Option<SocketAddr>, Option<(Vec<u8>, bool)>, i64, bool),
    Shutdown,
    Close,
    /// The value of an option.
    GetOption(String, Option<i64>),
    #[default]
    Else,
}

/// A call on one descriptor, its first argument; none for calls that are not about sockets.
pub(super) fn words(call: &RawCall) -> Option<Words> {
    let at = |place: usize| call.argument(place);
    let flags = |place: usize| flags_in(at(place));
    let plain = |name: &'static str, text: String, act: Act| Some(Words { name, text, act });
    match call.name.as_str() {
        "bind" => {
            let to = argument::address(at(1))?;
            plain("bind", format!("bind({to})"), Act::Bind(to))
        }
        "connect" => {
            let to = argument::address(at(1))?;
            plain("connect", format!("connect({to})"), Act::Connect(to))
        }
        "listen" => plain("listen", format!("listen({})", number(at(1))?), Act::Listen),
        "accept" | "accept4" => plain("accept", "accept()".into(), Act::Accept),
        "getsockname" => plain("getsockname", "getsockname()".into(), Act::OwnName),
        "getpeername" => plain("getpeername", "getpeername()".into(), Act::PeerName),
        "sendto" => {
            let bytes = number(at(2))?;
            let act = |to| Act::Send(to, argument::string(at(1)));
            match argument::address(at(4)) {
                Some(to) => {
                    plain("sendto", format!("sendto({bytes}{}, {to})", flags(3)), act(Some(to)))
                }
                None => plain("send", format!("send({bytes}{})", flags(3)), act(None)),
            }
        }
        "recvfrom" => {
            let asked = number(at(2))?;
            let peek = at(3).contains("MSG_PEEK");
            let from = argument::address(at(4));
            let act = Act::Receive(from, argument::string(at(1)), asked, peek);
            let name = if at(4) == "NULL" { "recv" } else { "recvfrom" };
            plain(name, format!("{name}({asked}{})", flags(3)), act)
        }
        "write" => {
            let act = Act::Send(None, argument::string(at(1)));
            plain("write", format!("write({})", number(at(2))?), act)
        }
        "read" => {
            let asked = number(at(2))?;
            let act = Act::Receive(None, argument::string(at(1)), asked, false);
            plain("read", format!("read({asked})"), act)
        }
        "writev" | "readv" => Some(vector(call)),
        "sendmsg" | "recvmsg" => Some(message(call)),
        "sendmmsg" | "recvmmsg" => {
            let name = if call.name == "sendmmsg" { "sendmmsg" } else { "recvmmsg" };
            plain(name, format!("{name}({} messages)", number(at(2))?), Act::Else)
        }
        "sendfile" | "sendfile64" => {
            plain("sendfile", format!("sendfile({})", number(at(3))?), Act::Send(None, None))
        }
        "shutdown" => plain("shutdown", format!("shutdown({})", word(at(1))?), Act::Shutdown),
        "close" => plain("close", "close()".into(), Act::Close),
        "setsockopt" | "getsockopt" => option(call),
        "ioctl" => {
            let request = word(at(1))?;
            let value = number(at(2)).map(|value| format!(", {value}")).unwrap_or_default();
            plain("ioctl", format!("ioctl({request}{value})"), Act::Else)
        }
        "fcntl" | "fcntl64" if at(1) == "F_SETFL" => {
            let blocks = if at(2).contains("O_NONBLOCK") { "O_NONBLOCK" } else { "0" };
            plain("fcntl", format!("fcntl(F_SETFL, {blocks})"), Act::Else)
        }
        _ => None,
    }
}

/// The arguments of `socket`, and what it speaks; none for other families than those of the internet.
pub(super) fn socket(call: &RawCall) -> Option<(String, Protocol, bool)> {
    let family = word(call.argument(0)).filter(|name| matches!(*name, "AF_INET" | "AF_INET6"))?;
    let kind = call.argument(1).split('|').next().and_then(word)?;
    let protocol = call.argument(2);
    let icmp = kind == "SOCK_RAW" || protocol.contains("ICMP");
    let speaks = match kind {
        _ if icmp => Protocol::Icmp,
        "SOCK_STREAM" => Protocol::Tcp,
        "SOCK_DGRAM" => Protocol::Udp,
        _ => return None,
    };
    let more = if icmp { word(protocol).map(|word| format!(", {word}")) } else { None };
    let text = format!("socket({family}, {kind}{})", more.unwrap_or_default());
    Some((text, speaks, family == "AF_INET6"))
}

/// Whether a call waits for descriptors, and its name.
pub(super) fn poll(name: &str) -> Option<&'static str> {
    const POLLS: [&str; 7] =
        ["poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait", "epoll_pwait2"];
    POLLS.into_iter().find(|poll| *poll == name)
}

/// Whether a call makes a process or thread, and whether that one shares the descriptors.
pub(super) fn fork(call: &RawCall) -> Option<bool> {
    match call.name.as_str() {
        "fork" | "vfork" => Some(false),
        "clone" | "clone3" => Some(call.arguments.iter().any(|it| it.contains("CLONE_FILES"))),
        _ => None,
    }
}

/// `, MSG_PEEK`; nothing where no flags are set. What only keeps a signal away says nothing here.
fn flags_in(text: &str) -> String {
    let flags: Vec<&str> = text
        .split('|')
        .filter_map(word)
        .filter(|flag| flag.starts_with("MSG_") && *flag != "MSG_NOSIGNAL")
        .collect();
    if flags.is_empty() { String::new() } else { format!(", {}", flags.join("|")) }
}

/// A constant of C. Whatever else stands there is not shown.
fn word(text: &str) -> Option<&str> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (!text.is_empty() && text.len() <= 40 && text.bytes().all(is_word)).then_some(text)
}

fn vector(call: &RawCall) -> Words {
    let parts = list(call.argument(1));
    let (bytes, text) = gathered(&parts);
    if call.name == "writev" {
        Words { name: "writev", text: format!("writev({bytes})"), act: Act::Send(None, text) }
    } else {
        let act = Act::Receive(None, text, bytes, false);
        Words { name: "readv", text: format!("readv({bytes})"), act }
    }
}

fn message(call: &RawCall) -> Words {
    let header = call.argument(1);
    let parts = field(header, "msg_iov").map(list).unwrap_or_default();
    let (bytes, text) = gathered(&parts);
    let peer = field(header, "msg_name").and_then(argument::address);
    let flags = flags_in(call.argument(2));
    if call.name == "sendmsg" {
        let to = peer.map(|peer| format!(", {peer}")).unwrap_or_default();
        let text_of = format!("sendmsg({bytes}{flags}{to})");
        Words { name: "sendmsg", text: text_of, act: Act::Send(peer, text) }
    } else {
        let looks = flags.contains("MSG_PEEK") || flags.contains("MSG_ERRQUEUE");
        let act = Act::Receive(peer, text, bytes, looks);
        Words { name: "recvmsg", text: format!("recvmsg({bytes}{flags})"), act }
    }
}

/// The bytes of several pieces: how many, and what they say as far as it is there.
fn gathered(parts: &[&str]) -> (i64, Option<(Vec<u8>, bool)>) {
    let mut bytes = 0_i64;
    let mut text = Some((Vec::new(), true));
    for part in parts {
        bytes = bytes.saturating_add(field(part, "iov_len").and_then(number).unwrap_or(0));
        let piece = field(part, "iov_base").and_then(argument::string);
        text = text.zip(piece).map(|((mut all, whole), (piece, its))| {
            all.extend(piece);
            (all, whole && its)
        });
    }
    (bytes, text.filter(|_| !parts.is_empty()))
}

fn option(call: &RawCall) -> Option<Words> {
    let name = word(call.argument(2))?;
    let value = number(call.argument(3));
    Some(if call.name == "setsockopt" {
        let value = value.map(|value| format!(", {value}")).unwrap_or_default();
        Words { name: "setsockopt", text: format!("setsockopt({name}{value})"), act: Act::Else }
    } else {
        let act = Act::GetOption(name.to_owned(), value);
        Words { name: "getsockopt", text: format!("getsockopt({name})"), act }
    })
}
