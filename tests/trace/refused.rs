//! What cannot be watched, in the parts of every error.
#![cfg(test)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::parts::Parts;
use crate::ran::{Place, may_capture, python};
use crate::support::netlab;
use crate::tools::missing;

#[test]
fn without_strace_it_says_what_to_install() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = netlab()
        .env("PATH", folder.path())
        .args(["trace", "--", "/bin/true"])
        .output()
        .expect("netlab starts");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let parts = Parts::of(&output);
    parts.are_four();
    assert!(parts.attempt.contains("apt-get install strace"), "{parts:?}");
}

#[test]
fn a_strace_that_may_not_watch_is_told() {
    let Some(place) = Place::new("a_strace_that_may_not_watch_is_told") else { return };
    // In its place stands one that says what strace says in a container.
    let words = "#!/bin/sh\n[ \"$1\" = -V ] && echo 'strace -- version 6.1' && exit 0\n\
        echo 'strace: ptrace(PTRACE_TRACEME, ...): Operation not permitted' >&2\nexit 1\n";
    let strace = place.file("strace");
    fs::write(&strace, words).expect("a file");
    fs::set_permissions(&strace, fs::Permissions::from_mode(0o755)).expect("permissions");
    let output = netlab()
        .env("PATH", format!("{}:/bin:/usr/bin", place.0.path().display()))
        .args(["trace", "--no-packets", "--", "/bin/true"])
        .output()
        .expect("netlab starts");
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    for words in ["ptrace is not permitted", "cap-add=SYS_PTRACE", "kernel.yama.ptrace_scope"] {
        assert!(text.contains(words), "{words} in\n{text}");
    }
}

#[test]
fn words_that_do_not_fit_are_told() {
    for (arguments, words) in [
        (&["trace", "--", "no-such-program"][..], "is not a program of this machine"),
        (&["trace", "--server", "'a", "--client", "b"], "is not closed"),
        (&["trace", "--server", "cat"], "--client"),
        (&["trace"], "PROGRAM"),
        (&["trace", "--no-packets", "--packets", "cat"], "cannot be used with"),
    ] {
        let output = netlab().args(arguments).output().expect("netlab starts");
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(text.contains(words), "{words} in\n{text}");
    }
}

#[test]
fn a_program_without_sockets_is_told_apart() {
    let Some(place) = Place::new("a_program_without_sockets_is_told_apart") else { return };
    let ran = place.run(&["--no-packets", "--", "cat"], "one\n").code(1);
    assert!(ran.errors().contains("cat made no socket of the internet"), "{}", ran.errors());
    assert!(ran.page.starts_with("one\n"), "{}", ran.page);
}

#[test]
fn an_ordinary_user_gets_everything_but_packets() {
    const TEST: &str = "an_ordinary_user_gets_everything_but_packets";
    let Some(place) = Place::new(TEST) else { return };
    if !may_capture(TEST) || missing(TEST, &["setpriv"]) {
        return;
    }
    // A copy that somebody else may run.
    let program = place.file("netlab");
    fs::copy(netlab().get_program(), &program).expect("a copy");
    for path in [place.0.path().to_path_buf(), program.clone().into()] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permissions");
    }
    let code = "import os, socket; s = socket.socket(); print('user', os.getuid())";
    let output = Command::new("setpriv")
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups", &program, "trace"])
        .args(["--packets", "--", python(), "-c", code])
        .current_dir("/")
        .output()
        .expect("setpriv runs");
    let (page, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{page}\n{errors}");
    assert!(page.starts_with("user 65534\n") && page.contains("A socket(AF_INET"), "{page}");
    assert!(errors.contains("packets") && errors.contains("setcap cap_net_raw"), "{errors}");
    assert!(page.contains("EPERM"), "the picture says why there are no packets: {page}");
}

#[test]
fn who_became_root_by_sudo_runs_programs_as_before() {
    const TEST: &str = "who_became_root_by_sudo_runs_programs_as_before";
    let Some(place) = Place::new(TEST) else { return };
    if !may_capture(TEST) {
        return;
    }
    let code = "import os, socket; s = socket.socket(); print('user', os.getuid(), os.getgroups())";
    let output = netlab()
        .env("SUDO_UID", "65534")
        .current_dir("/")
        .args(["trace", "--no-packets", "--", python(), "-c", code])
        .output()
        .expect("netlab starts");
    let page = String::from_utf8_lossy(&output.stdout);
    assert!(page.starts_with("user 65534 [65534]\n"), "{page}");
    assert!(page.contains("with the rights of nobody"), "{page}");
    drop(place);
}
