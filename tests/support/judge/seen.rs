//! The calls that strace saw.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use super::{Calls, Made};

/// Options whose value is a structure, or a number that strace shows as words.
pub const WITHOUT_VALUE: [&str; 5] =
    ["ICMP_FILTER", "ICMP6_FILTER", "SO_ATTACH_FILTER", "SO_TIMESTAMPING", "SO_BINDTODEVICE"];

/// The words that put a program below strace, which writes this log. The tracer is the grandchild, so
/// that the child is netlab itself and goes when the test does.
pub fn below(log: &Path) -> Vec<String> {
    let what = "trace=%network,close,dup,dup2,dup3,fcntl,read,readv,write,writev";
    let log = log.display().to_string();
    ["strace", "-D", "-f", "-qq", "-x", "-s", "16", "-e", what, "-e", "signal=none", "-o", &log]
        .map(str::to_owned)
        .into()
}

/// The calls in a log on sockets of the Internet's families.
#[track_caller]
pub fn seen(log: &Path) -> Calls {
    let log = fs::read_to_string(log).expect("strace has written it");
    let mut reader = Reader::default();
    for line in log.lines() {
        reader.line(line);
    }
    // What was waiting when the program ended never returned.
    reader.calls
}

#[derive(Default)]
struct Reader {
    calls: Calls,
    /// Descriptors of sockets that are open now.
    open: HashMap<String, usize>,
    sockets: usize,
    /// Threads that ask every open descriptor for its name.
    asking: HashSet<u32>,
    /// Calls that have not returned, by thread: as far as written, and the socket.
    begun: HashMap<u32, (String, Option<usize>)>,
}

impl Reader {
    #[track_caller]
    fn line(&mut self, line: &str) {
        let (thread, rest) = line.split_once(' ').expect("a thread and its call");
        let thread = thread.parse().expect("a number");
        let rest = rest.trim_start();
        if let Some((_, end)) =
            rest.strip_prefix("<... ").and_then(|rest| rest.split_once(" resumed>"))
        {
            let (start, socket) = self.begun.remove(&thread).expect("it began");
            self.ended(thread, &format!("{start}{end}"), socket);
        } else if let Some(start) = rest.strip_suffix("<unfinished ...>") {
            let socket = self.began(start);
            self.begun.insert(thread, (start.to_owned(), socket));
        } else if rest.contains('(') {
            let socket = self.began(rest);
            self.ended(thread, rest, socket);
        }
    }

    /// Whose call it is has to be known at its beginning: a number that is given back is somebody
    /// else's before `close` has returned.
    fn began(&mut self, call: &str) -> Option<usize> {
        let (name, arguments) = call.split_once('(')?;
        let number: String = arguments.chars().take_while(char::is_ascii_digit).collect();
        let socket = *self.open.get(&number)?;
        if name == "close" {
            self.open.remove(&number);
            // A copy of the number is the same socket.
            return (!self.open.values().any(|open| *open == socket)).then_some(socket);
        }
        Some(socket)
    }

    #[track_caller]
    fn ended(&mut self, thread: u32, whole: &str, socket: Option<usize>) {
        let (call, result) =
            whole.rsplit_once(" = ").unwrap_or_else(|| panic!("a result: {whole}"));
        let (name, arguments) = call.trim_end().split_once('(').expect("arguments");
        let arguments = arguments.strip_suffix(')').unwrap_or_else(|| panic!("{whole}"));
        let words = split(arguments);
        let mut result = result.split_whitespace();
        let result = match (result.next().expect("a result"), result.next()) {
            // It was interrupted, or the program ended.
            ("?", _) => return,
            ("-1", Some(error)) => format!("-1 {error}"),
            (number, _) => number.to_owned(),
        };
        let failed = result.starts_with('-');
        if name != "getsockname" {
            self.asking.remove(&thread);
        } else if result == "-1 ENOTSOCK" {
            // The first descriptor is no socket, and nobody else would ask it.
            self.asking.insert(thread);
        }
        if name == "socket" {
            if matches!(words[0], "AF_INET" | "AF_INET6") {
                let socket = self.new_socket(&result);
                let error = if failed { format!(" = {result}") } else { String::new() };
                self.tell(thread, socket, format!("socket({}){error}", of_kind(&words)));
            }
            return;
        }
        let Some(socket) = socket.filter(|_| !self.asking.contains(&thread)) else { return };
        if name == "dup" || words.get(1).is_some_and(|what| what.starts_with("F_DUPFD")) {
            self.open.insert(result, socket);
            return;
        }
        let Some(text) = in_netlabs_words(name, &words, arguments, &result) else { return };
        self.tell(thread, socket, text);
        if name.starts_with("accept") && !failed {
            let peer = address(arguments).expect("an address");
            let socket = self.new_socket(&result);
            self.tell(thread, socket, format!("accepted from {peer}"));
        }
    }

    fn new_socket(&mut self, descriptor: &str) -> usize {
        self.sockets += 1;
        if !descriptor.starts_with('-') {
            self.open.insert(descriptor.to_owned(), self.sockets);
        }
        self.sockets
    }

    fn tell(&mut self, thread: u32, socket: usize, text: String) {
        self.calls.push(Made { thread, socket, text });
    }
}

/// `AF_INET, SOCK_STREAM`, and the protocol where it is not the type's own.
fn of_kind(words: &[&str]) -> String {
    let kind = words[1].split('|').next().expect("a type");
    let protocol = if words[2].starts_with("IPPROTO_ICMP") {
        format!(", {}", words[2])
    } else {
        String::new()
    };
    format!("{}, {kind}{protocol}", words[0])
}

/// A call in netlab's words; none for what is about no endpoint.
#[track_caller]
fn in_netlabs_words(name: &str, words: &[&str], arguments: &str, result: &str) -> Option<String> {
    let failed = result.starts_with('-');
    let found = || if failed { result.to_owned() } else { address(arguments).expect("an address") };
    let peer = || address(arguments).map(without_port);
    let text = match name {
        "close" => format!("close() = {result}"),
        "accept" | "accept4" => format!("accept() = {}", found()),
        "setsockopt" => format!("setsockopt({}) = {result}", option(words, arguments)),
        "getsockopt" if failed => format!("getsockopt({}) = {result}", words[2]),
        "getsockopt" => format!("getsockopt({}) = {}", words[2], bare(words[3])),
        "bind" | "connect" => {
            format!("{name}({}) = {result}", address(arguments).expect("an address"))
        }
        "getsockname" | "getpeername" => format!("{name}() = {}", found()),
        "listen" | "shutdown" => format!("{name}({}) = {result}", words[1]),
        "read" => format!("recv({}) = {result}", words[2]),
        "write" => format!("send({}) = {result}", words[2]),
        "sendto" => match peer() {
            Some(peer) => format!("sendto({}, {peer}) = {result}", words[2]),
            None => format!("send({}) = {result}", words[2]),
        },
        "recvfrom" if words[4..] == ["NULL", "NULL"] => format!("recv({}) = {result}", words[2]),
        "recvfrom" => {
            let flags = if words[3].contains("MSG_PEEK") { ", MSG_PEEK" } else { "" };
            let from = if failed { None } else { peer() };
            let from = from.map_or(String::new(), |peer| format!(" from {peer}"));
            format!("recvfrom({}{flags}) = {result}{from}", words[2])
        }
        "recvmsg" => {
            let errors = words.last().is_some_and(|flags| flags.contains("MSG_ERRQUEUE"));
            // Of a call that failed strace shows no size.
            let room = arguments.split_once("iov_len=").filter(|_| !failed);
            let room = room.and_then(|(_, rest)| rest.split(['}', ',']).next());
            let flags = errors.then_some("MSG_ERRQUEUE");
            let words: Vec<&str> = room.into_iter().chain(flags).collect();
            let from = if failed || errors { None } else { peer() };
            let from = from.map_or(String::new(), |peer| format!(" from {peer}"));
            format!("recvmsg({}) = {result}{from}", words.join(", "))
        }
        "fcntl" => return None,
        other => format!("{other}, which netlab does not know: {arguments}"),
    };
    Some(text)
}

/// An option and its value: `SO_REUSEADDR, 1`.
#[track_caller]
fn option(words: &[&str], arguments: &str) -> String {
    let name = words[2].trim_end_matches("_OLD").trim_end_matches("_NEW");
    // A number that strace has no name for.
    let name = if (words[1], name) == ("SOL_ICMPV6", "1") { "ICMP6_FILTER" } else { name };
    match name {
        "SO_RCVTIMEO" => format!("{name}, {}", milliseconds(words[3])),
        name if WITHOUT_VALUE.contains(&name) => name.to_owned(),
        name if name.ends_with("_MEMBERSHIP") => {
            format!("{name}, {}", arguments.split('"').nth(1).expect("a group"))
        }
        name => format!("{name}, {}", bare(words[3])),
    }
}

/// A `struct timeval` as strace writes it, byte by byte, in milliseconds.
#[track_caller]
fn milliseconds(bytes: &str) -> u64 {
    let bytes = bytes.trim_matches('"').split("\\x").skip(1);
    let bytes: Vec<u8> = bytes.map(|byte| u8::from_str_radix(byte, 16).expect("hex")).collect();
    let number = |at: usize| u64::from_ne_bytes(bytes[at..at + 8].try_into().expect("eight"));
    number(0) * 1000 + number(8) / 1000
}

fn bare(value: &str) -> &str {
    value.trim_matches(['[', ']'])
}

/// The arguments of a call: a comma in a text, a list or a structure divides none.
fn split(arguments: &str) -> Vec<&str> {
    let (mut words, mut from, mut depth, mut quoted, mut escaped) =
        (Vec::new(), 0, 0, false, false);
    for (at, letter) in arguments.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '[' | '{' | '(' => depth += 1,
            ']' | '}' | ')' => depth -= 1,
            ',' if depth == 0 => {
                words.push(arguments[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    words.push(arguments[from..].trim());
    words
}

/// The first address in a call's arguments, as netlab writes it.
fn address(arguments: &str) -> Option<String> {
    let between = |start: &str, end: &str| {
        let rest = arguments.split_once(start)?.1;
        Some(rest.split_once(end)?.0.to_owned())
    };
    let port = between("htons(", ")")?;
    match between("inet_addr(\"", "\"") {
        Some(ip) => Some(format!("{ip}:{port}")),
        None => Some(format!("[{}]:{port}", between("AF_INET6, \"", "\"")?)),
    }
}

/// A protocol without ports shows none.
fn without_port(address: String) -> String {
    match address.strip_suffix(":0") {
        Some(ip) => ip.trim_matches(['[', ']']).to_owned(),
        None => address,
    }
}

/// strace's log, read: numbers that are used again, calls that end after others began, copies.
#[test]
fn a_log_is_read_socket_by_socket() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let lines = r#"
10 socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) = 3
10 sendto(3, "\x14", 20, 0, {sa_family=AF_NETLINK}, 12) = 20
10 close(3)                   = 0
10 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 3
10 setsockopt(3, SOL_SOCKET, SO_RCVTIMEO_OLD, "\x01\x00\x00\x00\x00\x00\x00\x00\x90\xd0\x03\x00\x00\x00\x00\x00", 16) = 0
10 fcntl(3, F_DUPFD_CLOEXEC, 3) = 4
10 recvfrom(3,  <unfinished ...>
11 sendto(4, "a, \"b", 5, MSG_NOSIGNAL, NULL, 0) = 5
10 <... recvfrom resumed>"a = b", 9, 0, NULL, NULL) = 5
10 close(3 <unfinished ...>
11 socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6) = 3
10 <... close resumed>)       = 0
11 close(4)                   = 0
11 recvfrom(3, 0x7ffe, 9, 0, 0x7ffe, [128]) = -1 EAGAIN (Resource temporarily unavailable)
11 sendto(3, "", 8, 0, {sa_family=AF_INET6, sin6_port=htons(0), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 8
11 recvfrom(3,  <unfinished ...>
12 getsockname(0, 0x7ffe, [128]) = -1 ENOTSOCK (Socket operation on non-socket)
12 getsockname(3, {sa_family=AF_INET6, sin6_port=htons(7), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, [128]) = 0
12 fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)
12 getsockname(3, {sa_family=AF_INET6, sin6_port=htons(7), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, [128]) = 0
10 exit_group(0)              = ?
11 <... recvfrom resumed> <unfinished ...>) = ?"#;
    fs::write(&log, lines.trim_start()).expect("it is writable");
    let told: Vec<_> = seen(&log)
        .into_iter()
        .map(|made| format!("{} {} {}", made.thread, made.socket, made.text))
        .collect();
    let expected = [
        "10 1 socket(AF_INET, SOCK_STREAM)",
        "10 1 setsockopt(SO_RCVTIMEO, 1250) = 0",
        "11 1 send(5) = 5",
        "10 1 recv(9) = 5",
        "11 2 socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)",
        "11 1 close() = 0",
        "11 2 recvfrom(9) = -1 EAGAIN",
        "11 2 sendto(8, ::1) = 8",
        "12 2 getsockname() = [::1]:7",
    ];
    assert_eq!(told, expected);
}
