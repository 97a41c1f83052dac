//! Name servers that are silent, or say what no screen may show.
#![cfg(test)]

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::host::{self, LIAR, Peer, among_liars, hex};
use crate::lab::harmless;
use crate::support::{Program, netlab};

/// netlab, which asks the name server of this network.
fn asking(folder: &TempDir, arguments: &[&str]) -> Command {
    let path = |name: &str| folder.path().join(name);
    fs::write(path("resolv.conf"), "nameserver 127.0.0.1\n").expect("a file");
    fs::write(path("nsswitch.conf"), "hosts: files dns\n").expect("a file");
    let mut command = Command::new("unshare");
    let script = "for name in resolv.conf nsswitch.conf; do \
                  mount --bind \"$0/$name\" \"/etc/$name\" || exit 99; done; exec \"$@\"";
    command.args(["--mount", "sh", "-c", script]).arg(folder.path());
    command.arg(netlab().get_program()).args(arguments);
    command
}

const PING: [&str; 8] = ["raw-ping", LIAR.host, "-c", "3", "-i", "0.1", "-W", "0.3"];

#[test]
fn nobody_waits_for_the_name_of_a_router() {
    among_liars("nobody_waits_for_the_name_of_a_router", || {
        let folder = tempfile::tempdir().expect("a folder");
        for (options, asks) in [(&[][..], true), (&["-n"], false), (&["--format", "json"], true)] {
            let peer = LIAR.answers(&["error=11.0,from=10.9.0.77", "plain"]);
            let mut server = Peer::start("names.py", &["silent"]);
            let began = Instant::now();
            let mut ping = Program::start(&mut asking(&folder, &[&PING[..], options].concat()));
            ping.end_input();
            if asks {
                server.0.until("asked");
            }
            let (status, lines) = ping.finish();
            let all = lines.join("\n");
            assert!([Some(0), Some(1)].contains(&status.code()), "{all}");
            assert!(all.contains("10.9.0.77") || options.contains(&"--path"), "{all}");
            assert!(began.elapsed() < Duration::from_secs(3), "{options:?}: {:?}", began.elapsed());
            server.0.child.kill().expect("it runs");
            let (_, questions) = server.0.finish();
            let asked = questions.iter().any(|line| line == "asked");
            assert_eq!(asked, asks, "{options:?}");
            peer.end();
        }
    });
}

#[test]
fn a_name_is_never_shown_without_its_address_and_never_obeyed() {
    among_liars("a_name_is_never_shown_without_its_address", || {
        let folder = tempfile::tempdir().expect("a folder");
        let long = vec![hex(&[b'a'; 63]); 3];
        let names = [
            vec![hex(b"\x1b]0;owned\x07"), hex(b"example")],
            vec![hex(b"\xff\xfe\x80\x9b31m")],
            vec![hex(b"a\nFrom 10.1.1.1"), hex(b"b")],
            vec![hex("\u{202e}moc".as_bytes()), hex(b"example")],
            // An address for a name: whoever reads it must see whose it is.
            ["127", "0", "0", "1"].map(|label| hex(label.as_bytes())).to_vec(),
            long,
        ];
        for name in names {
            let labels: Vec<_> = name.iter().map(String::as_str).collect();
            let mut server = Peer::start("names.py", &labels);
            let peer = LIAR.answers(&["error=11.0,from=10.9.0.77"]);
            let mut ping = Program::start(&mut asking(&folder, &PING));
            ping.end_input();
            server.0.until("asked");
            let (_, lines) = ping.finish();
            harmless(&lines);
            for line in lines.iter().filter(|line| line.contains("icmp_seq=")) {
                assert!(line.contains("10.9.0.77") || line.contains(LIAR.host), "{line}");
            }
            assert!(lines.iter().any(|line| line.contains("Time to live exceeded")));
            peer.end();
            server.end();
        }
    });
}

#[test]
fn a_name_server_that_is_silent_can_be_left() {
    among_liars("a_name_server_that_is_silent_can_be_left", || {
        let folder = tempfile::tempdir().expect("a folder");
        let mut server = Peer::start("names.py", &["silent"]);
        let mut ping = Program::start(&mut asking(&folder, &["raw-ping", "somebody.example"]));
        ping.end_input();
        server.0.until("asked");
        let began = Instant::now();
        host::signal(&ping, Signal::SIGINT);
        let (_, lines) = ping.finish();
        harmless(&lines);
        assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
        server.end();
    });
}
