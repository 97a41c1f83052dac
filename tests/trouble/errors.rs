//! Errors have five parts and documented exit codes, and are decided by number, not by language.
#![cfg(test)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use std::{fs, thread};

use serde_json::Value;
use socket2::{Domain, Socket, Type};

use crate::net::{self, Peer};
use crate::parts::Parts;
use crate::support::{has, netlab, skip};

/// Runs netlab, which fails, with nobody at the keyboard.
fn run(arguments: &[&str]) -> Output {
    netlab().args(arguments).stdin(Stdio::null()).output().expect("netlab starts")
}

/// Runs netlab, which fails with that exit code and five parts, naming `name` in the code line.
#[track_caller]
fn fails(arguments: &[&str], exit: i32, name: &str) -> Parts {
    let output = run(arguments);
    check(&output, exit, name)
}

#[track_caller]
fn check(output: &Output, exit: i32, name: &str) -> Parts {
    let parts = Parts::of(output);
    assert_eq!(output.status.code(), Some(exit), "{parts:#?}");
    parts.are_five();
    assert!(parts.code.contains(name), "{name} in {parts:#?}");
    parts
}

/// A port on which nobody listens: it was free a moment ago.
fn closed_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

#[test]
fn an_address_in_use_names_its_owner() {
    let (owner, port) = net::serve("events", &[]);
    let port = port.to_string();
    let parts = fails(&["tcp-server", &port, "--bind", "127.0.0.1"], 3, "EADDRINUSE");
    assert!(parts.error.contains(&format!("bind(127.0.0.1:{port})")), "{parts:#?}");
    assert!(parts.known.contains("netlab"), "{parts:#?}");
    assert!(parts.known.contains(&owner.child.id().to_string()), "{parts:#?}");
    assert!(parts.code.contains("Linux 98, macOS 48, Windows 10048"), "{parts:#?}");
    // The wildcard clashes with one address too.
    let parts = fails(&["tcp-server", &port], 3, "EADDRINUSE");
    assert!(parts.error.contains(&format!("bind(0.0.0.0:{port})")), "{parts:#?}");
    assert!(parts.known.contains(&owner.child.id().to_string()), "{parts:#?}");
    assert!(parts.known.contains("every address"), "{parts:#?}");
}

/// A machine of its own with three source ports, all taken by sockets that netlab inherits.
#[test]
fn where_no_source_port_is_left_the_range_is_told() {
    const TEST: &str = "where_no_source_port_is_left_the_range_is_told";
    const TAKEN: &str = "import os, socket, sys
open('/proc/sys/net/ipv4/ip_local_port_range', 'w').write('40000 40002')
server = socket.socket(); server.bind(('127.0.0.1', 5000)); server.listen(8)
kept = [server]
for port in range(3):
    s = socket.socket(); kept.append(s)
    s.bind(('127.0.0.1', 40000 + port))
    if sys.argv[1] == 'bound': s.listen()
    else: s.connect(('127.0.0.1', 5000))
for s in kept: s.set_inheritable(True)
os.execv(sys.argv[2], sys.argv[2:])";
    if !["unshare", "ip", "python3"].iter().all(|tool| has(tool)) {
        return skip(TEST, "no unshare, ip or python3");
    }
    if fs::metadata("/proc/self").expect("a process").uid() != 0 {
        return skip(TEST, "not root, who alone can make a network");
    }
    let program = netlab().get_program().to_owned();
    let run = |taken: &str, arguments: &[&str]| {
        Command::new("unshare")
            .args(["-n", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"])
            .args(["python3", "-c", TAKEN, taken])
            .arg(&program)
            .args(arguments)
            .args(["--color", "never"])
            .stdin(Stdio::null())
            .output()
            .expect("unshare runs")
    };
    let output = run("bound", &["tcp-server", "0", "--bind", "127.0.0.1"]);
    let parts = check(&output, 3, "EADDRINUSE");
    assert!(parts.known.contains("from 40000 to 40002 here: 3 ports"), "{parts:#?}");
    assert!(!parts.known.contains("owns"), "{parts:#?}");
    let parts = check(&run("connected", &["tcp-client", "127.0.0.1", "5000"]), 3, "EADDRNOTAVAIL");
    assert!(parts.known.contains("from 40000 to 40002 here: 3 ports"), "{parts:#?}");
    assert!(parts.likely.contains("127.0.0.1:5000 already"), "{parts:#?}");
}

/// A port in TIME-WAIT that no program owns: a server without `SO_REUSEADDR` had it, which
/// closed first.
fn port_in_time_wait() -> u16 {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a free port");
    socket.listen(1).expect("listening");
    let listener: TcpListener = socket.into();
    let address = listener.local_addr().expect("an address");
    let mut client = TcpStream::connect(address).expect("a server");
    let (accepted, _) = listener.accept().expect("a client");
    drop(accepted);
    drop(listener);
    assert_eq!(client.read(&mut [0]).expect("the end"), 0);
    drop(client);
    let row = format!("0100007F:{:04X}", address.port());
    net::wait_until("the connection is in TIME-WAIT", || {
        let table = fs::read_to_string("/proc/net/tcp").expect("a table");
        table.lines().any(|line| {
            let mut fields = line.split_whitespace().skip(1);
            fields.next() == Some(row.as_str()) && fields.nth(1) == Some("06")
        })
    });
    address.port()
}

#[test]
fn an_address_in_time_wait_has_no_owner_and_netlab_says_so() {
    let port = port_in_time_wait().to_string();
    let parts = fails(&["tcp-server", &port, "--bind", "127.0.0.1"], 3, "EADDRINUSE");
    assert!(parts.known.contains("no program owns"), "{parts:#?}");
    assert!(parts.known.contains("TIME-WAIT"), "{parts:#?}");
    assert!(parts.likely.contains("closed first"), "{parts:#?}");
}

#[test]
fn a_port_below_1024_is_not_permitted_to_an_ordinary_user() {
    const TEST: &str = "a_port_below_1024_is_not_permitted_to_an_ordinary_user";
    let limit = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    let limit: u16 = limit.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(1024);
    if limit <= 80 {
        return skip(TEST, &format!("here every user may bind ports from {limit} on"));
    }
    if !has("setpriv") {
        return skip(TEST, "no setpriv");
    }
    if fs::metadata("/proc/self").expect("a process").uid() != 0 {
        return skip(TEST, "not root, who alone can become somebody else");
    }
    // Where the program lies, others may not come.
    let folder = tempfile::tempdir().expect("a folder");
    let everybody = fs::Permissions::from_mode(0o755);
    fs::set_permissions(folder.path(), everybody.clone()).expect("permissions");
    let program = folder.path().join("netlab");
    fs::copy(env!("CARGO_BIN_EXE_netlab"), &program).expect("a copy");
    fs::set_permissions(&program, everybody).expect("permissions");
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&program)
        .args(["tcp-server", "80"])
        .stdin(Stdio::null())
        .output()
        .expect("setpriv starts");
    let parts = check(&output, 4, "EACCES");
    assert!(parts.error.contains("bind(0.0.0.0:80)"), "{parts:#?}");
    assert!(parts.known.contains(&format!("0 to {}", limit - 1)), "{parts:#?}");
    assert!(parts.code.contains("Linux 13, macOS 13, Windows 10013"), "{parts:#?}");
}

#[test]
fn an_address_of_somebody_else_cannot_be_bound() {
    // A network that exists in documents only.
    for command in [
        &["tcp-server", "0", "--bind", "203.0.113.7"][..],
        &["tcp-client", "127.0.0.1", "6000", "--bind", "203.0.113.7"],
    ] {
        let parts = fails(command, 3, "EADDRNOTAVAIL");
        assert!(parts.error.contains("bind(203.0.113.7:0)"), "{parts:#?}");
        assert!(parts.known.contains("127.0.0.1"), "my own addresses: {parts:#?}");
    }
}

#[test]
fn refused_says_that_the_machine_answered() {
    let port = closed_port().to_string();
    let parts = fails(&["tcp-client", "127.0.0.1", &port], 3, "ECONNREFUSED");
    assert!(parts.error.contains(&format!("connect(127.0.0.1:{port})")), "{parts:#?}");
    assert!(parts.known.contains("answered"), "{parts:#?}");
    assert!(parts.attempt.contains(&format!("netlab tcp-server {port}")), "{parts:#?}");
    assert!(parts.code.contains("Linux 111, macOS 61, Windows 10061"), "{parts:#?}");
}

/// A socket that listens, and whose queue is full: its system answers nobody any more.
pub struct Silent {
    _listener: Socket,
    _queue: Vec<Socket>,
    pub address: SocketAddr,
}

impl Silent {
    pub fn new() -> Self {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a free port");
        listener.listen(0).expect("listening");
        let address = listener.local_addr().expect("an address").as_socket().expect("IPv4");
        let mut queue = Vec::new();
        // Whoever is answered fills the queue; the first who is not has found it full.
        loop {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
            let answered = socket.connect_timeout(&address.into(), Duration::from_millis(300));
            queue.push(socket);
            if answered.is_err() {
                break;
            }
            assert!(queue.len() < 100, "a queue of 0 takes {}", queue.len());
        }
        Self { _listener: listener, _queue: queue, address }
    }
}

#[test]
fn no_answer_in_time_says_that_there_was_none() {
    let silent = Silent::new();
    let port = silent.address.port().to_string();
    let parts = fails(&["tcp-client", "127.0.0.1", &port, "--timeout", "0.3"], 3, "ETIMEDOUT");
    assert!(parts.error.contains(&format!("connect(127.0.0.1:{port})")), "{parts:#?}");
    assert!(parts.known.contains("no answer"), "{parts:#?}");
    assert!(parts.code.contains("Linux 110, macOS 60, Windows 10060"), "{parts:#?}");
}

#[test]
fn a_name_that_nobody_has_is_not_found() {
    let output = run(&["tcp-client", "nonexistent.invalid"]);
    let parts = Parts::of(&output);
    assert_eq!(output.status.code(), Some(3), "{parts:#?}");
    assert!(parts.error.contains("nonexistent.invalid"), "{parts:#?}");
    // Three systems have three numbers for this one too: EAI_NONAME, 8 on macOS, 11001 on Windows.
    parts.are_five();
}

#[test]
fn what_is_no_port_is_wrong_usage() {
    let too_large = "70000";
    for (value, rule) in [(too_large, "65535"), ("6OOO", "65535"), ("-1", "65535"), ("", "65535")] {
        for arguments in [
            &["tcp-server", "--", value][..],
            &["tcp-client", "--", "127.0.0.1", value],
            &["tcp-client", "127.0.0.1", "6000", &format!("--source-port={value}")],
        ] {
            let output = run(arguments);
            let parts = Parts::of(&output);
            assert_eq!(output.status.code(), Some(2), "{arguments:?}: {parts:#?}");
            parts.are_four();
            assert!(parts.error.contains(&format!("{value:?}")), "{arguments:?}: {parts:#?}");
            assert!(parts.known.contains(rule), "{arguments:?}: {parts:#?}");
            assert!(output.stdout.is_empty(), "{arguments:?}: nothing was begun");
        }
    }
    // Port 0 is one to bind, and none to connect to.
    let output = run(&["tcp-client", "127.0.0.1", "0"]);
    let parts = Parts::of(&output);
    assert_eq!(output.status.code(), Some(2), "{parts:#?}");
    parts.are_four();
    assert!(parts.known.contains("connect"), "{parts:#?}");
}

/// A client whose server, this test, does something in the middle of the talk.
fn client_of(server: impl FnOnce(TcpStream) + Send + 'static, input: Vec<u8>) -> Output {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port().to_string();
    let serving = thread::Builder::new()
        .spawn(move || server(listener.accept().expect("a client").0))
        .expect("a thread");
    let mut client = netlab()
        .args(["tcp-client", "127.0.0.1", &port])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("netlab starts");
    let mut stdin = client.stdin.take().expect("a pipe");
    let typing = thread::Builder::new()
        .spawn(move || {
            // The client may end before it has read everything. Its input stays open until then.
            let _ = stdin.write_all(&input);
            stdin
        })
        .expect("a thread");
    serving.join().expect("it serves");
    let output = client.wait_with_output().expect("it ends");
    drop(typing.join().expect("it types"));
    output
}

#[test]
fn a_reset_in_the_middle_of_a_talk_is_named() {
    let output = client_of(
        |stream| {
            let mut peer = Peer::on(stream);
            // The client has said its name: from now on it only listens.
            assert!(peer.stream.read(&mut [0; 100]).expect("a name") > 0);
            peer.send(b"\0server\nhello\n");
            peer.reset();
        },
        Vec::new(),
    );
    let parts = check(&output, 3, "ECONNRESET");
    assert!(parts.error.contains("recv") && parts.error.contains("127.0.0.1"), "{parts:#?}");
    assert!(parts.code.contains("Linux 104, macOS 54, Windows 10054"), "{parts:#?}");
}

#[test]
fn a_server_that_goes_while_the_client_sends_is_a_reset_or_a_broken_pipe() {
    let output = client_of(
        |mut stream| {
            // Some of it is read, so that the client is in the middle of sending.
            stream.write_all(b"\0server\n").expect("it is connected");
            stream.read_exact(&mut vec![0; 100_000]).expect("it sends");
        },
        b"one of a million lines\n".repeat(1_000_000),
    );
    let parts = Parts::of(&output);
    assert_eq!(output.status.code(), Some(3), "{parts:#?}");
    parts.are_five();
    assert!(parts.code.contains("ECONNRESET") || parts.code.contains("EPIPE"), "{parts:#?}");
    assert!(!parts.error.contains("(0)"), "nobody sends or asks for 0 bytes: {parts:#?}");
    assert!(parts.error.contains("127.0.0.1"), "{parts:#?}");
}

#[test]
fn the_systems_language_does_not_matter() {
    let port = closed_port().to_string();
    let arguments = ["tcp-client", "127.0.0.1", &port];
    let english = Parts::of(&run(&arguments));
    let german = netlab()
        .args(arguments)
        .envs([("LC_ALL", "de_DE.UTF-8"), ("LANG", "de_DE.UTF-8"), ("LANGUAGE", "de")])
        .stdin(Stdio::null())
        .output()
        .expect("netlab starts");
    let german = check(&german, 3, "ECONNREFUSED");
    assert_eq!(format!("{german:?}"), format!("{english:?}"));
}

#[test]
fn with_format_json_the_error_is_an_object_on_the_standard_output() {
    let port = closed_port().to_string();
    for (arguments, exit, name) in [
        (&["tcp-client", "127.0.0.1", &port][..], 3, Some("ECONNREFUSED")),
        (&["tcp-server", "0", "--bind", "203.0.113.7"], 3, Some("EADDRNOTAVAIL")),
        (&["tcp-server", "70000"], 2, None),
    ] {
        let output = netlab()
            .args(["--format", "json"])
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("netlab starts");
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let objects: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{line}: {why}")))
            .collect();
        let errors: Vec<_> = objects.iter().filter(|object| object["event"] == "error").collect();
        let [error] = errors[..] else { panic!("one error in {text}") };
        assert_eq!(Some(error), objects.last(), "the error is the last line");
        assert!(error["what"].is_string() && error["try"].is_string(), "{error}");
        for list in ["knows", "causes"] {
            assert!(error[list].as_array().is_some_and(|list| !list.is_empty()), "{list}: {error}");
        }
        assert_eq!(error["exit_code"], exit, "{error}");
        assert_eq!(error["errno"]["name"].as_str(), name, "{error}");
    }
}
