//! The judges: strace sees the calls, Python reads the records, ss sees the sockets.
#![cfg(test)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::Program;
use crate::tools::{
    ends_well, events, json_port, missing, output, poll, python, start_netlab, until_event,
};

// ---- strace ----

/// The calls that netlab tells of, as Linux names them. Left out are `close`, which netlab tells
/// when its object has gone, and `epoll_wait`, `fcntl` and `ioctl`, which are about no endpoint.
const TRACED: &str = "trace=socket,setsockopt,getsockopt,bind,listen,accept,accept4,connect,\
                      getsockname,getpeername,sendto,recvfrom,shutdown";

/// Starts netlab below strace. The tracer is the grandchild, so that the child is netlab itself and
/// goes when the test does; the pipes end when both have ended.
fn traced(log: &Path, arguments: &[&str]) -> Program {
    let mut command = Command::new("strace");
    command.args(["-D", "-f", "-qq", "-e", TRACED, "-e", "signal=none", "-o"]).arg(log);
    command.arg(env!("CARGO_BIN_EXE_netlab")).args(arguments);
    Program::start(&mut command)
}

/// One call on an Internet socket: the socket's label, and the call in netlab's words.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    socket: String,
    text: String,
}

/// The label of a descriptor of an Internet socket that exists now.
#[derive(Default)]
struct Labels {
    known: Vec<(String, Option<String>)>,
    given: u8,
}

impl Labels {
    fn give(&mut self, descriptor: &str, internet: bool) -> Option<String> {
        let label = internet.then(|| char::from(b'A' + self.given).to_string());
        self.given += u8::from(internet);
        self.known.retain(|(other, _)| other != descriptor);
        self.known.push((descriptor.to_owned(), label.clone()));
        label
    }

    fn of(&self, descriptor: &str) -> Option<String> {
        self.known.iter().find(|(other, _)| other == descriptor)?.1.clone()
    }
}

/// The calls in strace's log on Internet sockets, in the order in which they returned.
#[track_caller]
fn calls_of_strace(log: &Path) -> Vec<Told> {
    let log = fs::read_to_string(log).expect("strace has written it");
    let (mut labels, mut begun, mut told) = (Labels::default(), Vec::new(), Vec::new());
    for line in log.lines() {
        let (thread, rest) = line.split_once(' ').expect("a thread and its call");
        let rest = rest.trim_start();
        if let Some(start) = rest.strip_suffix(" <unfinished ...>") {
            begun.push((thread.to_owned(), start.to_owned()));
            continue;
        }
        let whole = if rest.starts_with("<... ") {
            let at = begun.iter().position(|(other, _)| other == thread).expect("it began");
            let end = rest.split_once(" resumed>").expect("its end").1;
            format!("{}{end}", begun.remove(at).1)
        } else if rest.contains('(') {
            rest.to_owned()
        } else {
            continue; // a thread has ended
        };
        told.extend(in_netlabs_words(&whole, &mut labels));
    }
    // What was waiting when the program ended never returned.
    told
}

/// `bind(3, {sa_family=AF_INET, …}, 16) = 0` as `bind(127.0.0.1:0) = 0`; none for other sockets.
#[track_caller]
fn in_netlabs_words(whole: &str, labels: &mut Labels) -> Option<Told> {
    let (call, result) = whole.rsplit_once(" = ").unwrap_or_else(|| panic!("a result: {whole}"));
    let (name, arguments) = call.trim_end().split_once('(').expect("arguments");
    let arguments = arguments.strip_suffix(')').unwrap_or_else(|| panic!("{whole}"));
    let mut words = arguments.split(", ");
    let first = words.next().expect("an argument");
    let result = match result.split_whitespace().collect::<Vec<_>>()[..] {
        [number] => number.to_owned(),
        ["-1", error, ..] => format!("-1 {error}"),
        _ => panic!("a result: {whole}"),
    };
    let failed = result.starts_with('-');
    let words: Vec<_> = words.collect();
    let word = |n: usize| words.get(n).copied().unwrap_or_else(|| panic!("argument {n}: {whole}"));
    if name == "socket" {
        let internet = matches!(first, "AF_INET" | "AF_INET6");
        let label = labels.give(&result, internet)?;
        let kind = word(0).split('|').next().expect("a type");
        return Some(Told { text: format!("socket({first}, {kind}) = {label}"), socket: label });
    }
    let socket = labels.of(first)?;
    let value = |n: usize| word(n).trim_matches(['[', ']']).to_owned();
    let text = match name {
        "setsockopt" => format!("setsockopt({}, {}) = {result}", word(1), value(2)),
        "getsockopt" => format!("getsockopt({}) = {}", word(1), value(2)),
        "bind" | "connect" => format!("{name}({}) = {result}", address(arguments)),
        "listen" => format!("listen({}) = {result}", word(0)),
        "accept" | "accept4" if failed => format!("accept() = {result}"),
        "accept" | "accept4" => {
            let label = labels.give(&result, true).expect("it is one");
            format!("accept() = {label} from {}", address(arguments))
        }
        "getsockname" | "getpeername" => format!("{name}() = {}", address(arguments)),
        "sendto" | "recvfrom" => {
            // Behind the data, which may hold anything: the size, the flags and no address.
            let fields: Vec<_> = arguments.rsplit(", ").collect();
            let word = if name == "sendto" { "send" } else { "recv" };
            format!("{word}({}) = {result}", fields[3])
        }
        "shutdown" => format!("shutdown({}) = {result}", word(0)),
        other => panic!("{other} was not asked for"),
    };
    Some(Told { socket, text })
}

/// The first address in a call's arguments, as netlab writes it.
#[track_caller]
fn address(arguments: &str) -> String {
    let between = |start: &str, end: &str| {
        let rest = arguments.split_once(start)?.1;
        Some(rest.split_once(end)?.0.to_owned())
    };
    let port = between("htons(", ")").unwrap_or_else(|| panic!("a port: {arguments}"));
    match between("inet_addr(\"", "\"") {
        Some(ip) => format!("{ip}:{port}"),
        None => format!("[{}]:{port}", between("AF_INET6, \"", "\"").expect("an address")),
    }
}

/// The calls among netlab's own events that strace was asked for.
#[track_caller]
fn calls_of_netlab(lines: &[String]) -> Vec<Told> {
    let calls = events(lines, "call");
    let asked = calls.iter().filter(|call| call["call"] != "close" && call["call"] != "poll");
    let told = asked.map(|call| Told {
        socket: call["socket"].as_str().expect("a label").to_owned(),
        text: call["text"].as_str().expect("words").replace("connect_ex(", "connect("),
    });
    told.collect()
}

/// `recv` waits in a thread of its own, so only among themselves have these an order.
fn apart(calls: &[Told]) -> (Vec<Told>, Vec<Told>) {
    calls.iter().cloned().partition(|call| call.text.starts_with("recv("))
}

#[track_caller]
fn assert_has(calls: &[Told], beginnings: &[&str]) {
    for beginning in beginnings {
        let there = calls.iter().any(|call| call.text.starts_with(beginning));
        assert!(there, "no {beginning} in {calls:#?}");
    }
}

#[track_caller]
fn judged_by_strace(bind: &str, extra: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let (server_log, client_log) = (folder.path().join("server"), folder.path().join("client"));
    let look = ["--explain", "--format", "json"];
    let arguments = ["tcp-server", "0", "--bind", bind, "--once"];
    let mut server = traced(&server_log, &[&arguments[..], extra, &look].concat());
    let port = json_port(&mut server).to_string();
    let arguments = ["tcp-client", bind, &port];
    let mut client = traced(&client_log, &[&arguments[..], extra, &look].concat());
    until_event(&mut server, "joined");
    until_event(&mut client, "endpoints");
    client.type_line("one, (two) = 3");
    server.until(r#""text":"one, (two) = 3""#);
    server.type_line("an answer");
    client.until(r#""text":"an answer""#);
    client.type_line("exit");
    let (client, server) = (ends_well(client), ends_well(server));

    let (seen, told) = (calls_of_strace(&server_log), calls_of_netlab(&server));
    assert_has(
        &seen,
        &["socket(", "setsockopt(", "bind(", "listen(", "accept() = B", "recv(", "send("],
    );
    assert_eq!(told, seen, "the server's events are what strace saw");

    // The client has a thread for recv and one for send; each has its own order.
    let (seen, told) = (calls_of_strace(&client_log), calls_of_netlab(&client));
    assert_has(&seen, &["socket(", "connect(", "recv(", "send(", "shutdown(SHUT_WR) = 0"]);
    let ((seen_recv, seen_other), (told_recv, told_other)) = (apart(&seen), apart(&told));
    assert_eq!(told_recv, seen_recv, "the client's recv events are what strace saw");
    assert_eq!(told_other, seen_other, "the client's other events are what strace saw");
}

#[test]
fn strace_sees_the_calls_that_both_sides_tell_in_that_order() {
    if !missing("strace", &["strace"]) {
        judged_by_strace("127.0.0.1", &[]);
    }
}

#[test]
fn strace_sees_the_same_calls_with_ipv6_nodelay_and_frames() {
    if !missing("strace, IPv6", &["strace"]) {
        judged_by_strace("::1", &["--nodelay", "--framing", "length", "--buffer", "9"]);
    }
}

#[test]
fn strace_sees_the_call_that_failed_as_netlab_tells_it() {
    if missing("strace, refused", &["strace"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let port = crate::tools::free_port().to_string();
    for (extra, code) in [(&[][..], 3), (&["--connect-ex"], 1)] {
        let arguments =
            ["tcp-client", "127.0.0.1", &port, "--format", "json", "--source-port", "0"];
        let (status, lines) = traced(&log, &[&arguments[..], extra].concat()).finish();
        assert_eq!(status.code(), Some(code));
        let seen = calls_of_strace(&log);
        assert_has(&seen, &[&format!("connect(127.0.0.1:{port}) = -1 ECONNREFUSED")]);
        assert_eq!(calls_of_netlab(&lines), seen);
    }
}

// ---- Python's json ----

#[test]
fn python_reads_every_line_of_records_and_json_and_a_record_keeps_no_text() {
    if missing("records", &["python3"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let text = |name: &str| path(name).display().to_string();
    let mut server = start_netlab(&[
        "tcp-server",
        "0",
        "--bind",
        "127.0.0.1",
        "--name",
        "AH-PC",
        "--format",
        "json",
        "--record",
        &text("server.record"),
    ]);
    let port = json_port(&mut server).to_string();
    let mut client = start_netlab(&[
        "tcp-client",
        "127.0.0.1",
        &port,
        "--name",
        "JS-PC",
        "--format",
        "json",
        "--record",
        &text("client.record"),
    ]);
    until_event(&mut server, "joined");
    let secrets = ["secret-of-the-client", "secret-of-the-server", "sécret ✓ \"quoted\" \\ back"];
    client.type_line(secrets[0]);
    server.until(secrets[0]);
    server.type_line(secrets[1]);
    client.until(secrets[1]);
    client.type_line(secrets[2]);
    server.until("cret ✓");
    // Nothing of what a peer sends may break a line of JSON.
    client.type_line("\u{1b}[31m red \u{7} \u{2028} \u{feff} nul: \u{0} end");
    server.until("nul:");
    client.type_line("exit");
    let client = ends_well(client);
    server.type_line("exit");
    let server = ends_well(server);
    for (name, lines) in [("server.json", &server), ("client.json", &client)] {
        fs::write(path(name), lines.join("\n") + "\n").expect("it is writable");
    }
    let files = ["server.record", "client.record", "server.json", "client.json"].map(text);
    let files: Vec<_> = files.iter().map(String::as_str).collect();
    let read = output(&mut python("read_json_lines.py", &files));
    let counted = files.iter().fold(String::new(), |mut counted, file| {
        let lines = fs::read_to_string(file).expect("it is there").lines().count();
        let _ = writeln!(counted, "{lines} lines");
        counted
    });
    assert_eq!(read, counted);
    assert_eq!(events(&client, "message").len(), events(&server, "message").len());
    for name in ["server.record", "client.record"] {
        let record = fs::read_to_string(path(name)).expect("it is there");
        let lines: Vec<_> = record.lines().map(str::to_owned).collect();
        let messages = events(&lines, "message");
        let sizes: Vec<_> = messages.iter().filter_map(|m| m["bytes"].as_u64()).collect();
        for secret in secrets {
            assert!(sizes.contains(&(secret.len() as u64)), "{secret} is there by its length");
            let word = secret.split([' ', '"']).next().expect("a word");
            assert!(!record.contains(word), "{name} has {word:?}");
        }
        assert!(messages.iter().all(|message| message.get("text").is_none()), "{messages:?}");
        assert!(!record.contains("quoted") && !record.contains(" red "), "{name}");
    }
}

// ---- ss ----

/// The queue that a listening socket may fill, as `ss` sees it.
#[track_caller]
fn backlog_seen_by_ss(port: u16) -> String {
    let look = || output(Command::new("ss").args(["-Hltn", &format!("sport = :{port}")]));
    poll(look, |seen| seen.split_whitespace().nth(2).map(str::to_owned))
}

#[test]
fn ss_shows_the_backlog_that_listen_was_given() {
    if missing("backlog", &["ss"]) {
        return;
    }
    for backlog in ["0", "1", "7", "128"] {
        let (mut server, port) = Program::server(&["--backlog", backlog]);
        assert_eq!(backlog_seen_by_ss(port), backlog);
        server.until("Waiting for a client");
        let told = server
            .seen()
            .iter()
            .any(|line| line.split_whitespace().take(2).eq(["Backlog", backlog]));
        assert!(told, "{:?}", server.seen());
    }
    // By default it asks for much, and gets what this kernel gives at most.
    let (server, port) = Program::server(&[]);
    let most = fs::read_to_string("/proc/sys/net/core/somaxconn").expect("Linux has it");
    let most: i32 = most.trim().parse().expect("a number");
    assert_eq!(backlog_seen_by_ss(port), most.min(4096).to_string());
    drop(server);
}

#[test]
fn the_table_of_the_room_is_what_ss_sees() {
    if missing("the table of the room", &["ss"]) {
        return;
    }
    let mut server = start_netlab(&["tcp-server", "0", "--bind", "127.0.0.1", "--format", "json"]);
    let port = json_port(&mut server);
    let clients: Vec<_> = (0..3)
        .map(|_| {
            let client = Program::client(port, &[]);
            until_event(&mut server, "joined");
            until_event(&mut server, "endpoints");
            client
        })
        .collect();
    server.type_line("/who");
    let table = until_event(&mut server, "endpoints");
    let rows = table["rows"].as_array().expect("rows");
    let mut told: Vec<_> = rows
        .iter()
        .filter(|row| row["role"] == "accepted")
        .map(|row| {
            let end = |side: &str| {
                let ip = row[format!("{side}_ip")].as_str().expect("an address");
                format!("{ip}:{}", row[format!("{side}_port")])
            };
            format!("{} {}", end("source"), end("destination"))
        })
        .collect();
    told.sort();
    let filter = format!("sport = :{port}");
    let seen = output(Command::new("ss").args(["-Htn", "state", "established", &filter]));
    let mut seen: Vec<_> = seen
        .lines()
        .map(|row| {
            let fields: Vec<_> = row.split_whitespace().collect();
            format!("{} {}", fields[2], fields[3])
        })
        .collect();
    seen.sort();
    assert_eq!(told, seen);
    assert_eq!(told.len(), clients.len());
}
