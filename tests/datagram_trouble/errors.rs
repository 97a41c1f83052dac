//! What the system refuses to datagram sockets is told in five parts, with documented exit codes.
#![cfg(test)]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::lab::{self, closed_port, leave, port_of, run, server, socket, start_server};
use crate::parts::Parts;
use crate::support::{has, netlab, skip};

/// Runs netlab, which fails with that exit code and five parts, naming the error in the last.
#[track_caller]
fn fails(arguments: &[&str], exit: i32, name: &str) -> Parts {
    check(&run(arguments), exit, name)
}

#[track_caller]
fn check(output: &Output, exit: i32, name: &str) -> Parts {
    let parts = Parts::of(output);
    assert_eq!(output.status.code(), Some(exit), "{parts:#?}");
    parts.are_five();
    assert!(parts.code.contains(name), "{name} in {parts:#?}");
    parts
}

/// Runs netlab, which is used wrongly: nothing is begun.
#[track_caller]
pub fn usage(arguments: &[&str]) -> Parts {
    let output = run(arguments);
    let parts = Parts::of(&output);
    parts.are_four();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {parts:#?}");
    assert!(output.stdout.is_empty(), "{arguments:?}: nothing was begun");
    parts
}

#[test]
fn a_port_in_use_names_its_owner() {
    let (owner, port) = server(&[]);
    let port = port.to_string();
    for bind in [&["--bind", "127.0.0.1"][..], &[]] {
        let parts = fails(&[&["udp-server", &port], bind].concat(), 3, "EADDRINUSE");
        assert!(parts.known.contains("netlab"), "{parts:#?}");
        assert!(parts.known.contains(&owner.child.id().to_string()), "{parts:#?}");
        assert!(parts.error.contains(&format!(":{port})")), "{parts:#?}");
        let advice = format!("{} {}", parts.likely, parts.attempt);
        assert!(!advice.contains("TIME-WAIT"), "UDP has none: {parts:#?}");
        assert!(!advice.contains("tcp-server"), "{parts:#?}");
    }
    let own = ["--source-port", port.as_str(), "--bind", "127.0.0.1"];
    let parts = fails(&[&["udp-client", "127.0.0.1", "9"], &own[..]].concat(), 3, "EADDRINUSE");
    assert!(parts.known.contains(&owner.child.id().to_string()), "{parts:#?}");
    leave(owner);
}

#[test]
fn the_same_port_number_of_tcp_is_no_conflict() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port().to_string();
    let own = [port.as_str(), "--bind", "127.0.0.1"];
    let (server, bound) = start_server(&mut netlab(), &own, &[]);
    lab::is_alive(bound, "a port of TCP");
    leave(server);
}

#[test]
fn a_port_below_1024_is_not_permitted_to_an_ordinary_user() {
    const TEST: &str = "udp: a_port_below_1024_is_not_permitted_to_an_ordinary_user";
    let limit = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    if limit.is_ok_and(|text| text.trim().parse::<u16>().is_ok_and(|limit| limit <= 80)) {
        return skip(TEST, "here every user may bind port 80");
    }
    if !has("setpriv") || fs::metadata("/proc/self").expect("a process").uid() != 0 {
        return skip(TEST, "not root with setpriv, who can become somebody else");
    }
    // Where the program lies, others may not come.
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("netlab");
    fs::copy(netlab().get_program(), &program).expect("a copy");
    for path in [folder.path(), &program] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permissions");
    }
    for arguments in
        [&["udp-server", "80"][..], &["udp-client", "127.0.0.1", "--source-port", "80"]]
    {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
        let output = command.args(arguments).stdin(Stdio::null()).output().expect("it starts");
        let parts = check(&output, 4, "EACCES");
        assert!(parts.error.contains("bind(0.0.0.0:80)"), "{parts:#?}");
        assert!(parts.known.contains("0 to 1023"), "{parts:#?}");
    }
}

#[test]
fn an_address_of_somebody_else_cannot_be_bound() {
    // A network that exists in documents only.
    for command in [
        &["udp-server", "0", "--bind", "203.0.113.7"][..],
        &["udp-client", "127.0.0.1", "6000", "--bind", "203.0.113.7"],
        &["udp-client", "127.0.0.1", "6000", "--bind", "203.0.113.7", "--count", "3"],
    ] {
        let parts = fails(command, 3, "EADDRNOTAVAIL");
        assert!(parts.error.contains("bind(203.0.113.7:0)"), "{parts:#?}");
        assert!(parts.known.contains("127.0.0.1"), "my own addresses: {parts:#?}");
    }
}

#[test]
fn a_name_that_nobody_has_is_not_found() {
    for more in [&[][..], &["--count", "3"]] {
        let all = [&["udp-client", "nonexistent.invalid"], more].concat();
        let parts = fails(&all, 3, "EAI_NONAME");
        assert!(parts.error.contains("nonexistent.invalid"), "{parts:#?}");
        // Advice is about the command that failed.
        let advice = format!("{parts:?}");
        assert!(!advice.contains("tcp-") && !advice.contains("connect needs"), "{parts:#?}");
    }
}

#[test]
fn broadcast_needs_its_option() {
    // Should netlab broadcast all the same, nobody outside hears it.
    lab::in_a_network_of_its_own("broadcast_needs_its_option", || {
        let segment = "ip link add seg type veth peer name end && ip link set end up && \
                       ip address add 10.8.0.1/24 brd + dev seg && ip link set seg up";
        let status = Command::new("sh").args(["-c", segment]).status().expect("a shell");
        assert!(status.success(), "an interface that can broadcast");
        let parts = fails(&["udp-client", "10.8.0.255", "9", "--count", "1"], 4, "EACCES");
        assert!(parts.attempt.contains("--broadcast"), "{parts:#?}");
    });
}

#[test]
fn what_is_no_port_is_wrong_usage() {
    for value in ["70000", "6OOO", "-1", "", "65536", "0x10"] {
        let source = format!("--source-port={value}");
        for arguments in [
            &["udp-server", "--", value][..],
            &["udp-client", "--", "127.0.0.1", value],
            &["udp-client", "127.0.0.1", "6000", &source],
        ] {
            let parts = usage(arguments);
            assert!(parts.error.contains(&format!("{value:?}")), "{arguments:?}: {parts:#?}");
            assert!(parts.known.contains("65535"), "{arguments:?}: {parts:#?}");
        }
    }
    // Port 0 is one to bind, and none to send to.
    let parts = usage(&["udp-client", "127.0.0.1", "0"]);
    assert!(parts.known.contains("sendto"), "{parts:#?}");
}

#[test]
fn families_that_do_not_fit_are_wrong_usage() {
    for arguments in [
        &["udp-client", "::1", "-4"][..],
        &["udp-client", "127.0.0.1", "-6"],
        &["udp-client", "::1", "--bind", "127.0.0.1"],
        &["udp-client", "127.0.0.1", "--bind", "::1"],
        &["udp-server", "0", "--bind", "127.0.0.1", "-6"],
        &["udp-server", "0", "--bind", "::1", "-4"],
        &["udp-server", "0", "--join", "ff02::1"],
        &["udp-server", "0", "-6", "--join", "239.255.0.1"],
        &["udp-server", "0", "--join", "239.255.0.1", "--interface", "203.0.113.7"],
    ] {
        let output = run(arguments);
        let parts = Parts::of(&output);
        let code = output.status.code();
        assert!(code == Some(2) || code == Some(3), "{arguments:?}: {code:?} {parts:#?}");
        assert!(output.stdout.is_empty(), "{arguments:?}: nothing was begun");
    }
    // What clap checks has one line of its own.
    for arguments in [
        &["udp-server", "0", "--join", "10.0.0.1"][..],
        &["udp-client", "127.0.0.1", "-4", "-6"],
        &["udp-client", "127.0.0.1", "--connect", "--broadcast"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn with_format_json_the_error_is_the_last_object_on_the_standard_output() {
    let owner = socket();
    let busy = port_of(&owner).to_string();
    let closed = closed_port().to_string();
    for (arguments, exit, name) in [
        (&["udp-server", &busy, "--bind", "127.0.0.1"][..], 3, Some("EADDRINUSE")),
        (&["udp-server", "0", "--bind", "203.0.113.7"], 3, Some("EADDRNOTAVAIL")),
        (&["udp-client", "127.0.0.1", &closed, "--bind", "203.0.113.7"], 3, Some("EADDRNOTAVAIL")),
        (&["udp-server", "70000"], 2, None),
        (&["udp-client", "127.0.0.1", "0"], 2, None),
        (&["udp-client", "127.0.0.1", "--count", "3", "--size", "19"], 2, None),
    ] {
        let output = run(&[&["--format", "json"], arguments].concat());
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let events = lab::events(&lines);
        let errors = events.iter().filter(|event| event["event"] == "error").count();
        let last = events.last().expect("an event");
        assert_eq!((errors, &last["event"]), (1, &Value::from("error")), "{text}");
        assert!(last["what"].is_string() && last["try"].is_string(), "{last}");
        assert_eq!((&last["exit_code"], last["errno"]["name"].as_str()), (&exit.into(), name));
    }
}
