//! An ordinary user, whose ping socket the kernel watches over, and one who may do nothing.
#![cfg(test)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use crate::host::{LIARS, Pinged, among_liars, set};
use crate::parts::Parts;
use crate::support::{Program, has, netlab, skip};

/// A copy of netlab where an ordinary user may run it, and how it is run.
struct Ordinary(TempDir);

impl Ordinary {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("netlab");
        fs::copy(netlab().get_program(), &program).expect("a copy");
        for path in [folder.path(), &program] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permissions");
        }
        Self(folder)
    }

    fn program(&self) -> std::path::PathBuf {
        Path::join(self.0.path(), "netlab")
    }

    fn run(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all"]);
        command.arg(self.program()).args(arguments);
        command
    }
}

/// Runs the test as somebody who is root, with a kernel that answers nothing.
#[track_caller]
fn as_somebody(test: &str, work: impl FnOnce(&Ordinary) + Send + 'static) {
    if !has("setpriv") {
        return skip(test, "no setpriv, with which root becomes somebody else");
    }
    among_liars(test, move || work(&Ordinary::new()));
}

#[test]
fn a_ping_socket_is_not_deceived_either() {
    as_somebody("a_ping_socket_is_not_deceived_either", |user| {
        set("ipv4/ping_group_range", "0 65535");
        for liar in LIARS {
            let strange = format!("from={}", liar.third);
            let kind = if liar.v6 { "error=3.0" } else { "error=11.0" };
            let error = format!("{kind},from={}", liar.third);
            let plans = [
                "plain",
                "byte=20:0",
                "cut=20",
                "mark=0000000000000000",
                "copies=3",
                &strange,
                "seq=+1000",
                &error,
                "more=9",
                "cut=0",
                "sum=1",
                "id=+1",
                "short=6",
                "plain",
            ];
            let peer = liar.answers(&plans);
            let count = plans.len().to_string();
            let options = ["--format", "json", "-c", &count, "-i", "0.02", "-W", "0.3"];
            let began = Instant::now();
            let all = [&["raw-ping", liar.host, "-I", liar.own], &options[..]].concat();
            let mut ping = Program::start(&mut user.run(&all));
            ping.end_input();
            let pinged = Pinged::of(ping, began);
            peer.end();
            let socket = &pinged.of_name("pinging")[0]["sockets"][0];
            assert_eq!(socket["privilege"], "ping socket", "{}", pinged.text);
            let mut fates = pinged.fates();
            fates.retain(|(sequence, _)| *sequence != 10);
            let expected = [
                (1, "fine"),
                (2, "corrupted"),
                (3, "wrong length"),
                (5, "fine"),
                (5, "duplicate"),
                (5, "duplicate"),
                (9, "wrong length"),
                (14, "fine"),
            ];
            assert_eq!(fates, expected, "{}: {}", liar.host, pinged.text);
            let errors = pinged.of_name("icmp_error");
            assert_eq!(errors.len(), 1, "{}", pinged.text);
            assert_eq!(
                (&errors[0]["sequence"], &errors[0]["from"]),
                (&8.into(), &liar.third.into())
            );
            assert_eq!(pinged.counts(["sent", "received", "unsent"]), [14, 3, 0]);
            assert_eq!(pinged.code, Some(0));
            pinged.adds_up();
        }
    });
}

#[test]
fn a_hundred_errors_cost_a_ping_socket_no_probe() {
    as_somebody("a_hundred_errors_cost_a_ping_socket_no_probe", |user| {
        set("ipv4/ping_group_range", "0 65535");
        for liar in LIARS {
            let kind = if liar.v6 { "error=1.3,copies=20" } else { "error=3.1,copies=20" };
            let peer = liar.answers(&[kind, kind, kind, kind, kind, "plain"]);
            let all =
                ["raw-ping", liar.host, "--format", "json", "-c", "6", "-i", "0.02", "-W", "1"];
            let began = Instant::now();
            let mut ping = Program::start(&mut user.run(&[&all[..], &["-I", liar.own]].concat()));
            ping.end_input();
            let pinged = Pinged::of(ping, began);
            peer.end();
            let counts = ["sent", "received", "lost", "unsent"];
            assert_eq!(pinged.counts(counts), [6, 1, 5, 0], "{}", pinged.text);
        }
    });
}

#[test]
fn whoever_may_nothing_is_told_what_to_do() {
    as_somebody("whoever_may_nothing_is_told_what_to_do", |user| {
        let program = user.program().display().to_string();
        for (arguments, exit) in [
            (&["raw-ping", "127.0.0.2", "-c", "1"][..], 2),
            (&["raw-ping", "::1", "-c", "1"], 2),
            (&["raw-ping", "--path", "127.0.0.2"], 2),
            (&["raw-listen"], 4),
            (&["raw-listen", "-6", "-c", "1"], 4),
        ] {
            let output = user.run(arguments).stdin(Stdio::null()).output().expect("it starts");
            let parts = Parts::of(&output);
            parts.are_five();
            assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {parts:#?}");
            let all = format!("{parts:?}");
            let grant = format!("setcap cap_net_raw+ep {program}");
            assert!(all.contains(&grant), "{grant} in {parts:#?}");
            assert!(all.contains("ping_group_range") || exit == 4, "{parts:#?}");
            let names = ["EPERM", "EACCES"];
            assert!(names.iter().any(|name| parts.code.contains(name)), "{parts:#?}");
        }
    });
}
