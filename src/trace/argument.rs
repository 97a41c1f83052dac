//! Arguments as `strace` writes them: descriptors, addresses, strings, numbers.
//!
//! ```text
//!   recvfrom(4<TCP:[127.0.0.1:6000->127.0.0.1:50510]>, "JS-PC", 2048, 0, NULL, NULL) = 5
//!            ╰─────────── a descriptor ───────────╯    ╰ a string
//!   bind(3<TCP:[1993]>, {sa_family=AF_INET, sin_port=htons(6000), sin_addr=inet_addr("0.0.0.0")}, 16)
//!                       ╰──────────────────────────── an address ─────────────────────────────╯
//! ```
//!
//! Nothing here fails: what cannot be read is not there.

use std::net::{IpAddr, SocketAddr, SocketAddrV6};

/// Cuts `text`, which begins behind an opening parenthesis, into arguments and what stands behind the
/// closing one; none if that is missing.
pub(super) fn arguments(text: &str) -> Option<(Vec<&str>, &str)> {
    let mut parts = Vec::new();
    let mut cut = Cut::default();
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        match cut.step(byte) {
            Step::Inside => {}
            Step::Comma => {
                parts.push(text.get(from..at)?.trim());
                from = at + 1;
            }
            Step::End => {
                let last = text.get(from..at)?.trim();
                if !(last.is_empty() && parts.is_empty()) {
                    parts.push(last);
                }
                return Some((parts, text.get(at + 1..)?));
            }
        }
    }
    None
}

enum Step {
    Inside,
    /// A comma between two arguments.
    Comma,
    /// The bracket that closes what the text began inside of.
    End,
}

/// Where in the text a reader is.
#[derive(Default)]
struct Cut {
    depth: usize,
    /// Inside the words that stand behind a descriptor, `3<TCP:[...]>`.
    angles: usize,
    string: bool,
    escaped: bool,
    last: u8,
}

impl Cut {
    fn step(&mut self, byte: u8) -> Step {
        let last = std::mem::replace(&mut self.last, byte);
        if self.string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.string = false,
                _ => {}
            }
            return Step::Inside;
        }
        match byte {
            // `1<<TCP_LISTEN`: no descriptor, and no words behind one.
            b'<' if self.angles == 1 && last == b'<' => self.angles = 0,
            b'<' if self.angles > 0 || last.is_ascii_digit() => self.angles += 1,
            // In `a->b` and `a=>b` it is the head of an arrow.
            b'>' if self.angles > 0 && last != b'-' && last != b'=' => self.angles -= 1,
            _ if self.angles > 0 => {}
            b'"' => self.string = true,
            b'(' | b'[' | b'{' => self.depth += 1,
            b')' | b']' | b'}' if self.depth == 0 => return Step::End,
            b')' | b']' | b'}' => self.depth -= 1,
            b',' if self.depth == 0 => return Step::Comma,
            _ => {}
        }
        Step::Inside
    }
}

/// A descriptor, and what `strace -yy` says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Descriptor {
    pub number: i32,
    pub what: Seen,
}

/// What a descriptor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It is not said.
    Unsaid,
    /// A socket of the internet, with its endpoints as far as it has any.
    Internet(Protocol, Option<SocketAddr>, Option<SocketAddr>),
    /// Something else: a file, a pipe, another kind of socket.
    Else,
}

/// What a socket speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Tcp,
    Udp,
    Icmp,
}

impl Protocol {
    /// As the endpoint table has it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Icmp => "ICMP",
        }
    }
}

/// `3`, `3<TCP:[19931117]>`, `4<UDPv6:[[::]:49068]>`, `1</dev/pts/0<char 136:0>>`.
pub(super) fn descriptor(text: &str) -> Option<Descriptor> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = text.get(..digits)?.parse().ok()?;
    let what = match text.get(digits..)?.strip_prefix('<') {
        None => Seen::Unsaid,
        Some(rest) => seen(rest.strip_suffix('>').unwrap_or(rest)),
    };
    Some(Descriptor { number, what })
}

fn seen(words: &str) -> Seen {
    let Some((kind, inside)) = words.split_once(":[") else { return Seen::Else };
    let protocol = match kind.trim_end_matches("v6") {
        "TCP" => Protocol::Tcp,
        "UDP" => Protocol::Udp,
        "RAW" | "PING" => Protocol::Icmp,
        "socket" => return Seen::Unsaid,
        _ => return Seen::Else,
    };
    let inside = inside.strip_suffix(']').unwrap_or(inside);
    let (local, remote) = inside.split_once("->").unwrap_or((inside, ""));
    let address = |text: &str| text.parse().ok();
    Seen::Internet(protocol, address(local), address(remote))
}

/// All descriptors that stand somewhere in the arguments of a call that waits for several.
pub(super) fn descriptors(text: &str) -> Vec<Descriptor> {
    /// More than a program of a lab waits for.
    const MOST: usize = 1024;
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(open) = text.get(from..).and_then(|rest| rest.find('<')) {
        let open = from + open;
        let digits = bytes[..open].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let close = (open..bytes.len())
            .find(|at| bytes[*at] == b'>' && !matches!(bytes[at - 1], b'-' | b'='));
        let Some(close) = close.filter(|_| found.len() < MOST) else { break };
        from = close + 1;
        if digits > 0 {
            found.extend(text.get(open - digits..=close).and_then(descriptor));
        }
    }
    found
}

/// `{sa_family=AF_INET, sin_port=htons(6000), sin_addr=inet_addr("127.0.0.1")}`, and with `sin6_` the
/// same of IPv6.
pub(super) fn address(text: &str) -> Option<SocketAddr> {
    let port = |name: &str| between(text, name, ")")?.parse::<u16>().ok();
    if let Some(port) = port("sin_port=htons(") {
        let ip = between(text, "inet_addr(\"", "\"")?.parse().ok()?;
        return Some(SocketAddr::new(IpAddr::V4(ip), port));
    }
    let port = port("sin6_port=htons(")?;
    let ip = between(text, "inet_pton(AF_INET6, \"", "\"")?.parse().ok()?;
    let scope = text.split_once("sin6_scope_id=").map_or("", |(_, rest)| rest);
    let digits = scope.bytes().take_while(u8::is_ascii_digit).count();
    let scope = scope.get(..digits).and_then(|digits| digits.parse().ok()).unwrap_or(0);
    Some(SocketAddrV6::new(ip, port, 0, scope).into())
}

fn between<'a>(text: &'a str, before: &str, behind: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(behind).map(|(found, _)| found)
}

/// A whole number, alone or in brackets: `2048`, `[1]`, `[128 => 16]`.
pub(super) fn number(text: &str) -> Option<i64> {
    let inside = text.trim_start_matches('[').trim_end_matches(']');
    inside.rsplit(" => ").next()?.trim().parse().ok()
}

/// A string in quotation marks, with its escapes undone; and whether all of it is there.
pub(super) fn string(text: &str) -> Option<(Vec<u8>, bool)> {
    let mut bytes = text.strip_prefix('"')?.bytes().peekable();
    let mut out = Vec::new();
    loop {
        match bytes.next()? {
            b'"' => break,
            b'\\' => {
                let byte = bytes.next()?;
                let mut digits = |first: u32, radix: u32, most: usize| {
                    let mut value = first;
                    for _ in 0..most {
                        let digit = bytes.peek().and_then(|next| char::from(*next).to_digit(radix));
                        let Some(digit) = digit else { break };
                        value = value * radix + digit;
                        bytes.next();
                    }
                    // `\777` is no byte: C keeps its lowest eight bits.
                    (value & 0xff).try_into().unwrap_or(0)
                };
                out.push(match byte {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    b'v' => 0x0b,
                    b'f' => 0x0c,
                    b'x' => digits(0, 16, 2),
                    b'0'..=b'7' => digits(u32::from(byte - b'0'), 8, 2),
                    other => other,
                });
            }
            byte => out.push(byte),
        }
    }
    Some((out, bytes.next().is_none()))
}

/// A field of a structure: `msg_name` of `{msg_name=NULL, msg_namelen=0, ...}`.
pub(super) fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (fields, _) = arguments(text.strip_prefix(['{', '['])?)?;
    fields.into_iter().find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
}

/// The parts of a list: of `[{iov_base="abc", iov_len=3}, ...]` the structures.
pub(super) fn list(text: &str) -> Vec<&str> {
    text.strip_prefix('[').and_then(arguments).map(|(parts, _)| parts).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_strings_hold_commas_together() {
        let text =
            r#"4<TCP:[127.0.0.1:1->127.0.0.1:2]>, "a,\")", {a=[1, 2], b=f("x")}, 0) = 5 <0.1>"#;
        let (parts, rest) = arguments(text).expect("they close");
        assert_eq!(parts.len(), 4, "{parts:?}");
        assert_eq!((parts[1], rest), (r#""a,\")""#, " = 5 <0.1>"));
        assert_eq!(arguments(") = 3").map(|(parts, _)| parts.len()), Some(0));
        assert_eq!(arguments("1, 2"), None);
        // Bits as strace writes them are no descriptors.
        let bits = "4<NETLINK:[7]>, {states=1<<TCP_LISTEN|1<<TCP_CLOSE}, 0) = 8";
        let (parts, rest) = arguments(bits).expect("they close");
        assert_eq!((parts.len(), rest), (3, " = 8"), "{parts:?}");
    }

    #[test]
    fn descriptors_tell_what_they_are() {
        let is = |text| descriptor(text).map(|it| (it.number, it.what));
        let address = |text: &str| text.parse().ok();
        assert_eq!(is("3<TCP:[199]>"), Some((3, Seen::Internet(Protocol::Tcp, None, None))));
        assert_eq!(
            is("4<TCPv6:[[::1]:1->[::1]:2]>"),
            Some((4, Seen::Internet(Protocol::Tcp, address("[::1]:1"), address("[::1]:2"))))
        );
        assert_eq!(is("1</dev/pts/0<char 136:0>>"), Some((1, Seen::Else)));
        assert_eq!(is("5<UNIX:[1->2]>"), Some((5, Seen::Else)));
        assert_eq!((is("7"), is("AT_FDCWD")), (Some((7, Seen::Unsaid)), None));
        let set = "[{fd=4<UDP:[127.0.0.1:9->127.0.0.1:8]>, events=POLLIN}, {fd=5<pipe:[1]>}]";
        assert_eq!(descriptors(set).iter().map(|it| it.number).collect::<Vec<_>>(), [4, 5]);
    }

    #[test]
    fn strings_are_read_as_c_has_them() {
        assert_eq!(
            string(r#""hi\n\"\0\377\x41\0012""#),
            Some((b"hi\n\"\0\xffA\x012".to_vec(), true))
        );
        assert_eq!(string(r#""abc"..."#), Some((b"abc".to_vec(), false)));
        assert_eq!((string("NULL"), string("\"abc"), string("\"\\")), (None, None, None));
    }

    #[test]
    fn structures_have_fields() {
        let message = r#"{msg_name={sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("::1")}, msg_namelen=16, msg_iov=[{iov_base="abc", iov_len=3}], msg_flags=0}"#;
        assert_eq!(field(message, "msg_namelen"), Some("16"));
        assert_eq!(list(field(message, "msg_iov").expect("it is there")).len(), 1);
        assert_eq!(field(message, "msg_name").and_then(address), None, "IPv6 is not IPv4");
        assert_eq!(number("[128 => 16]"), Some(16));
    }
}
