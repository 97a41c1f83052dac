//! Whose sockets are they: shared ones, and those of other users.
#![cfg(test)]

use std::process::Command;

use crate::lab::Lab;
use crate::support::{netlab, skip};
use crate::tools::{missing, output};

#[test]
fn a_socket_that_two_programs_share_names_both() {
    let test = "a_socket_that_two_programs_share_names_both";
    let Some(namespace) = Lab::new(test, "shared") else { return };
    let script = namespace.script("shared.py", &[]);
    let line = script.seen().iter().find(|line| line.contains("child")).expect("it forked").clone();
    let child: u32 = line.rsplit(' ').next().and_then(|pid| pid.parse().ok()).expect("a number");
    let rows = namespace.sockets(&[]);
    let pids = |row: &serde_json::Value| {
        let programs = row["programs"].as_array().expect("a list").iter();
        let mut pids: Vec<u64> = programs.filter_map(|program| program["pid"].as_u64()).collect();
        pids.sort_unstable();
        pids
    };
    let (parent, child) = (u64::from(script.child.id()), u64::from(child));
    let mut both = vec![parent, child];
    both.sort_unstable();
    let of = |transport: &str| rows.iter().find(|row| row["transport"] == transport).map(pids);
    assert_eq!(of("tcp"), Some(both), "opened before the fork");
    assert_eq!(of("udp"), Some(vec![parent]), "opened after it, by the parent");
}

/// `nobody` may see the sockets and not whose they are, with or without a `/proc` that hides
/// processes; and is told so in one sentence.
#[test]
fn programs_of_other_users_are_said_to_be_unseen() {
    let test = "programs_of_other_users_are_said_to_be_unseen";
    if missing(test, &["setpriv", "unshare", "mount"]) {
        return;
    }
    let Some(namespace) = Lab::new(test, "unseen") else { return };
    let script = namespace.script("many.py", &["4"]);
    let folder = tempfile::tempdir_in("/tmp").expect("a folder");
    let binary = folder.path().join("netlab");
    std::fs::copy(netlab().get_program(), &binary).expect("a copy that everybody may run");
    output(Command::new("chmod").args(["-R", "a+rx"]).arg(folder.path()));
    for hide in ["true", "mount -t proc -o hidepid=2 proc /proc"] {
        let program = binary.display();
        let line = format!(
            "{hide} && exec setpriv --reuid 65534 --regid 65534 --clear-groups {program} endpoints"
        );
        let ran = namespace.on("unshare", &["--mount", "sh", "-c", &line]).output();
        let ran = ran.expect("unshare is there");
        let told = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
        assert!(
            words(&told).contains("The programs of 5 sockets do not show: they are another user's"),
            "{told}"
        );
        assert!(!told.contains("python3"), "{told}");
    }
    drop(script);
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Root of a user namespace sees no more than the user who made it, and is not told otherwise; what
/// is said is about the sockets that were asked for.
#[test]
fn root_of_a_user_namespace_is_told_what_it_is() {
    let test = "root_of_a_user_namespace_is_told_what_it_is";
    if missing(test, &["unshare", "true", "mount"]) {
        return;
    }
    let Some(namespace) = Lab::new(test, "users") else { return };
    if !namespace.on("unshare", &["--user", "true"]).status().is_ok_and(|done| done.success()) {
        skip(test, "no user namespaces here");
        return;
    }
    let _script = namespace.script("many.py", &["4"]);
    let netlab = netlab().get_program().to_string_lossy().into_owned();
    let told = |program: &str, arguments: &[&str]| {
        let ran = namespace.on(program, arguments).output().expect("unshare is there");
        words(&String::from_utf8_lossy(&ran.stderr))
    };
    let root = ["--user", "--map-root-user", &netlab, "endpoints", "--listening"];
    let said = told("unshare", &root);
    let expected = "The program of 1 socket does not show: it is not in this user namespace";
    assert!(said.contains(expected), "{said}");
    // A /proc without processes in it is no help either, and another matter.
    let hidden = format!("mount -t tmpfs none /proc && exec {netlab} endpoints --listening");
    let said = told("unshare", &["--mount", "sh", "-c", &hidden]);
    assert!(said.contains("No program shows: /proc"), "{said}");
    assert!(!said.contains("root") && !said.contains("container"), "{said}");
}
