//! Programs that end late, badly, or never; and Ctrl-C.
#![cfg(test)]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::ran::{Place, python, script};
use crate::support::{Program, netlab};

#[test]
fn a_server_that_goes_on_is_asked_to_end() {
    let Some(place) = Place::new("a_server_that_goes_on_is_asked_to_end") else { return };
    let server = place.words("threaded_server.py", "");
    let client = place.words("three_clients.py", "");
    let ran = place.pair(&server, &client, &["--grace", "0.1"], "").code(0);
    assert_eq!(ran.end("client")["code"], 0);
    // Python ends itself by the signal, after it has said where it was.
    assert_eq!(ran.end("server")["signal"], "SIGINT", "{}", ran.end("server"));
    assert!(ran.page.contains("server │ KeyboardInterrupt"), "{}", ran.page);
}

#[test]
fn a_stubborn_server_is_ended() {
    let Some(place) = Place::new("a_stubborn_server_is_ended") else { return };
    let server = place.words("threaded_server.py", "stubborn");
    let client = place.words("three_clients.py", "");
    let ran = place.pair(&server, &client, &["--grace", "0.1"], "").code(0);
    let end = ran.end("server");
    assert_eq!(end["signal"], "SIGKILL", "{end}");
    assert_eq!(end["closes"][0], "A", "the kernel closes the listener: {end}");
    assert!(ran.page.contains("ended by SIGKILL"), "{}", ran.page);
    assert!(ran.calls("server").contains(&"A accept() = ?".to_owned()), "it never returned");
}

#[test]
fn a_client_waits_for_a_server_that_listens() {
    let Some(place) = Place::new("a_client_waits_for_a_server_that_listens") else { return };
    let server = format!("{} -c 'raise SystemExit(7)'", python());
    let client = place.words("three_clients.py", "");
    let ran = place.pair(&server, &client, &[], "").code(1);
    assert!(ran.errors().contains("the client was not started"), "{}", ran.errors());
    assert_eq!(ran.end("server")["code"], 7);
}

#[test]
fn an_exit_code_is_told_and_is_not_netlabs() {
    let Some(place) = Place::new("an_exit_code_is_told_and_is_not_netlabs") else { return };
    let code = "import os, socket; s = socket.socket(); os._exit(5)";
    let ran = place.run(&["--", python(), "-c", code], "").code(0);
    let name = ran.events("program").next().expect("it starts")["end"].as_str().expect("a name");
    let end = ran.end(name);
    assert_eq!((&end["code"], &end["closes"][0]), (&5.into(), &"A".into()));
    assert!(ran.page.contains("exit code 5"), "{}", ran.page);
}

#[test]
fn ctrl_c_goes_to_the_program_and_the_picture_is_drawn() {
    let Some(place) = Place::new("ctrl_c_goes_to_the_program_and_the_picture_is_drawn") else {
        return;
    };
    let mut command: Command = netlab();
    command.args(["trace", "--no-packets", "--", python()]);
    command.arg(script("threaded_server.py")).arg(place.file("port"));
    let mut program = Program::start(&mut command);
    program.until("listening");
    let number = i32::try_from(program.child.id()).expect("a process number");
    kill(Pid::from_raw(number), Signal::SIGINT).expect("it runs");
    let (status, lines) = program.finish();
    let page = lines.join("\n");
    assert_eq!(status.code(), Some(130), "{page}");
    for words in ["KeyboardInterrupt", "a signal comes: SIGINT", "→ LISTEN", "ended by SIGINT"] {
        assert!(page.contains(words), "{words} in\n{page}");
    }
}

#[test]
fn ctrl_c_ends_also_what_takes_no_notice() {
    let Some(place) = Place::new("ctrl_c_ends_also_what_takes_no_notice") else { return };
    let mut command: Command = netlab();
    command.args(["trace", "--no-packets", "--grace", "0.2", "--", python()]);
    command.arg(script("threaded_server.py")).arg(place.file("port")).arg("stubborn");
    let mut program = Program::start(&mut command);
    program.until("listening");
    let number = i32::try_from(program.child.id()).expect("a process number");
    kill(Pid::from_raw(number), Signal::SIGINT).expect("it runs");
    let (status, lines) = program.finish();
    let page = lines.join("\n");
    assert_eq!(status.code(), Some(130), "{page}");
    assert!(page.contains("ended by SIGKILL"), "{page}");
}

/// A program may leave one in the background: then netlab does not just seem to hang.
#[test]
fn who_is_left_behind_is_told_of_and_ended_by_ctrl_c() {
    let Some(place) = Place::new("who_is_left_behind_is_told_of_and_ended_by_ctrl_c") else {
        return;
    };
    let code = "import os, signal, socket
s = socket.socket()
if os.fork() == 0: signal.alarm(60); signal.pause()";
    let mut command: Command = netlab();
    command.args(["trace", "--no-packets", "--grace", "0.1", "--record", &place.file("run.jsonl")]);
    command.args(["--", python(), "-c", code]).stdin(Stdio::null());
    let mut child =
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("netlab starts");
    let errors = BufReader::new(child.stderr.take().expect("a pipe"));
    let told = errors.lines().map_while(Result::ok).find(|line| line.contains("go on"));
    let told = told.expect("it is told, and nothing ends before");
    assert!(told.contains("has ended") && told.contains("Ctrl-C ends them"), "{told}");
    let number = i32::try_from(child.id()).expect("a process number");
    kill(Pid::from_raw(number), Signal::SIGINT).expect("it runs");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    let record = std::fs::read_to_string(place.file("run.jsonl")).expect("a record");
    assert!(record.lines().last().expect("lines").contains("\"end\""), "{record}");
}
