//! What netlab may do as root, with a file capability, in a group that may ping, and as nobody.
#![cfg(test)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::{Command, Output, Stdio};

use crate::network::{
    FORBIDDEN, FORBIDDEN_OF_IPV6, Host, Network, ROUTER, SERVER, SERVER_OF_IPV6, SILENT, servers,
};
use crate::parts::Parts;
use crate::ran::{Ran, assert_numbers, interrupted, number, word};
use crate::support::Program;
use crate::tools::{missing, output, until_event};

const NOBODY: u32 = 65_534;
/// Everybody may have a ping socket.
pub const EVERYBODY: &str = "net.ipv4.ping_group_range=0 2147483647";
/// No group is in it.
pub const NO_GROUP: &str = "net.ipv4.ping_group_range=1 0";

/// A folder of nobody's with a copy of netlab.
pub struct Folder {
    folder: tempfile::TempDir,
    pub netlab: String,
}

impl Folder {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let netlab = folder.path().join("netlab");
        fs::copy(env!("CARGO_BIN_EXE_netlab"), &netlab).expect("there is room");
        for path in [folder.path(), &netlab] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is mine");
        }
        chown(folder.path(), Some(NOBODY), Some(NOBODY)).expect("as root");
        let netlab = netlab.display().to_string();
        Self { folder, netlab }
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Starts the copy as that user, with events.
    #[track_caller]
    pub fn events(&self, network: &Network, arguments: &[&str]) -> Program {
        let all = [&[self.netlab.as_str()], arguments, &["--format", "json"]].concat();
        Program::start(&mut as_nobody(network, &all))
    }
}

/// A command on the client, as a user without any privilege or group.
pub fn as_nobody(network: &Network, command: &[&str]) -> Command {
    let nobody = NOBODY.to_string();
    let own = ["--reuid", &nobody, "--regid", &nobody, "--clear-groups"];
    network.on(Host::Client, "setpriv", &[&own[..], command].concat())
}

/// Runs a command and gives both its streams.
pub fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().expect("it starts")
}

#[test]
fn root_gives_everything_back_before_the_first_packet() {
    let Some(network) = Network::new("privilege of root", "root") else { return };
    for arguments in [&["raw-ping", SERVER, "-n", "-i", "30"][..], &["raw-listen", "-n"]] {
        let mut program = network.events(arguments);
        if arguments[0] == "raw-ping" {
            let pinging = until_event(&mut program, "pinging");
            assert_eq!(pinging["sockets"][0]["privilege"], "root");
            assert_eq!(pinging["given_back"], "capabilities");
            until_event(&mut program, "reply");
        } else {
            let listening = until_event(&mut program, "listening_raw");
            assert_eq!(listening["given_back"], "capabilities");
        }
        // Each thread has its own.
        let tasks = fs::read_dir(format!("/proc/{}/task", program.child.id())).expect("it runs");
        let mut threads = 0;
        for task in tasks {
            let status = task.expect("a thread").path().join("status");
            let status = fs::read_to_string(status).expect("it runs");
            for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
                let row = status.lines().find(|line| line.starts_with(set)).expect("a row");
                assert!(row.ends_with("0000000000000000"), "{row} of {status}");
            }
            threads += 1;
        }
        assert!(threads > 0);
        drop(interrupted(program));
    }
}

#[test]
fn a_file_capability_is_enough_and_is_given_back() {
    const TEST: &str = "a_file_capability_is_enough_and_is_given_back";
    if missing(TEST, &["setcap", "setpriv"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "cap") else { return };
    let folder = Folder::new();
    network.sysctl(Host::Client, &[NO_GROUP]);
    output(Command::new("setcap").args(["cap_net_raw+ep", &folder.netlab]));
    for host in servers() {
        let mut program = folder.events(&network, &["raw-ping", host, "-n", "-i", "30"]);
        let pinging = until_event(&mut program, "pinging");
        assert_eq!(pinging["sockets"][0]["privilege"], "CAP_NET_RAW");
        assert_eq!(pinging["given_back"], "capabilities");
        until_event(&mut program, "reply");
        let status = fs::read_to_string(format!("/proc/{}/status", program.child.id()));
        let status = status.expect("it runs");
        for set in ["CapPrm:\t0000000000000000", "CapEff:\t0000000000000000"] {
            assert!(status.contains(set), "{status}");
        }
        assert_numbers(&interrupted(program).ends_with(0).first_host(), &[("received", 1)]);
    }
    let mut listener = folder.events(&network, &["raw-listen", "-n"]);
    let listening = until_event(&mut listener, "listening_raw");
    assert_eq!(listening["sockets"][0]["privilege"], "CAP_NET_RAW");
    interrupted(listener).ends_with(130);
}

#[test]
fn a_ping_socket_stands_in_and_says_what_differs() {
    const TEST: &str = "a_ping_socket_stands_in_and_says_what_differs";
    if missing(TEST, &["setpriv"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "group") else { return };
    let folder = Folder::new();
    network.sysctl(Host::Client, &[EVERYBODY]);
    for host in servers() {
        let quick = ["-n", "-i", "0.02", "-W", "0.3"];
        let run = |host: &str, flags: &[&str]| {
            Ran::of(folder.events(&network, &[&["raw-ping", host], &quick[..], flags].concat()))
        };
        let ran = run(host, &["-c", "5"]).ends_with(0);
        let pinging = ran.only("pinging");
        let socket = &pinging["sockets"][0];
        assert_eq!(
            (word(socket, "privilege"), &socket["filtered"]),
            ("ping socket", &false.into())
        );
        assert_eq!(socket["group_range"], serde_json::json!([0, 2_147_483_647]));
        assert_eq!(pinging["given_back"], "nothing");
        assert_numbers(&ran.first_host(), &[("sent", 5), ("received", 5), ("lost", 0)]);
        for reply in ran.all("reply") {
            assert_eq!((word(&reply, "from"), word(&reply, "clock")), (*host, "kernel"));
            assert_numbers(&reply, &[("hop_limit", 63), ("reply_bytes", 64)]);
        }
        let remarks = ran.all("icmp_remark");
        assert_eq!(remarks.len(), 1, "{remarks:#?}");

        let ran = run(host, &["-c", "3", "-t", "1"]).ends_with(1);
        let errors = ran.all("icmp_error");
        let exceeded = if host.contains(':') { (3, 0) } else { (11, 0) };
        assert_eq!(errors.len(), 3, "{:#?}", ran.lines);
        for (at, error) in errors.iter().enumerate() {
            assert_numbers(error, &[("type", exceeded.0), ("code", exceeded.1)]);
            assert_eq!(number(error, "sequence"), at as u64 + 1);
            assert_ne!(word(error, "from"), *host);
        }
        assert_numbers(
            &ran.first_host(),
            &[("sent", 3), ("errors", 3), ("lost", 3), ("unsent", 0)],
        );

        let large = run(host, &["-c", "3", "-s", "1400", "-M", "do"]).ends_with(1);
        assert_eq!(number(&large.only("icmp_error"), "mtu"), 1300);
        assert_eq!(large.all("unsent").len(), 2, "{:#?}", large.lines);
        network.forget_ways();
    }
    let ran = Ran::of(folder.events(&network, &["raw-ping", FORBIDDEN, "-n", "-c", "1"]));
    let error = ran.ends_with(1).only("icmp_error");
    assert_eq!((word(&error, "trouble"), word(&error, "from")), ("Packet filtered", ROUTER));
    if servers().contains(&SERVER_OF_IPV6) {
        let ran =
            Ran::of(folder.events(&network, &["raw-ping", FORBIDDEN_OF_IPV6, "-n", "-c", "1"]));
        assert_numbers(&ran.ends_with(1).only("icmp_error"), &[("type", 1), ("code", 1)]);
    }
    let flags = ["raw-ping", SILENT, "-n", "-c", "3", "-i", "0.02", "-W", "0.2"];
    let ran = Ran::of(folder.events(&network, &flags)).ends_with(1);
    assert_eq!(ran.all("lost").len(), 3);

    let page = [folder.netlab.as_str(), "raw-ping", SERVER, "-n", "-c", "1"];
    let page = Ran::of(Program::start(&mut as_nobody(&network, &page))).ends_with(0);
    let told = page.lines.join(" ");
    for words in ["ping socket", "kernel", "identifier", "checksum"] {
        assert!(told.contains(words), "{words:?} in {:#?}", page.lines);
    }
}

/// The identifier that the table shows is the one that the kernel has chosen.
#[test]
fn the_kernel_owns_the_identifier_of_a_ping_socket() {
    const TEST: &str = "the_kernel_owns_the_identifier_of_a_ping_socket";
    if missing(TEST, &["setpriv", "tcpdump"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "kernel") else { return };
    let folder = Folder::new();
    network.sysctl(Host::Client, &[EVERYBODY]);
    for host in servers() {
        let mut capture = crate::capture::Capture::start(&network, crate::capture::PINGS, 4);
        let flags = ["raw-ping", host, "-n", "-c", "2", "-i", "0.02", "--dissect"];
        let ran = Ran::of(folder.events(&network, &flags)).ends_with(0);
        let told = number(&ran.only("pinging")["sockets"][0], "identifier");
        for message in capture.messages() {
            assert_eq!(u64::from(message.identifier()), told);
        }
        assert_eq!(ran.all("dissection").len(), 2);
    }
}

#[test]
fn without_permission_it_says_what_would_give_it() {
    const TEST: &str = "without_permission_it_says_what_would_give_it";
    if missing(TEST, &["setpriv"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "none") else { return };
    let folder = Folder::new();
    network.sysctl(Host::Client, &[NO_GROUP]);
    let path = folder.netlab.as_str();
    let setcap = format!("sudo setcap cap_net_raw+ep {path}");
    for (arguments, code) in [
        (&["raw-ping", SERVER, "-c", "1"][..], 2),
        (&["raw-ping", "127.0.0.1", SERVER, "-c", "1"], 2),
        (&["raw-listen", "-c", "1"], 4),
    ] {
        let output = run(&mut as_nobody(&network, &[&[path], arguments].concat()));
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {output:?}");
        let parts = Parts::of(&output);
        parts.are_five();
        assert!(parts.attempt.contains(&setcap), "{setcap:?} in {parts:#?}");
        assert!(parts.known.contains("ping_group_range") || arguments[0] == "raw-listen");
        assert!(parts.code.contains("EPERM") || parts.code.contains("EACCES"), "{parts:#?}");
        assert!(!String::from_utf8_lossy(&output.stdout).contains("bytes from"));
    }
    // A ping socket is no help to one that wants to hear everything.
    network.sysctl(Host::Client, &[EVERYBODY]);
    let output = run(&mut as_nobody(&network, &[path, "raw-listen", "-c", "1"]));
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    Parts::of(&output).are_five();
}
