//! Pipes, colours, helps: netlab among other programs.
#![cfg(test)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, ExitStatus, Output, Stdio};

use crate::net::{self, Peer, Words};
use crate::parts::Parts;
use crate::support::{Program, netlab};

const ESCAPE: u8 = 0x1b;

fn run(arguments: &[&str]) -> Output {
    netlab().args(arguments).stdin(Stdio::null()).output().expect("netlab starts")
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn a_server_says_where_it_listens_before_anybody_comes() {
    for how in ["one", "threads", "events"] {
        let mut command = netlab();
        command.args(["tcp-server", "0", "--bind", "127.0.0.1", "--serve", how]);
        let mut server = Program::start(&mut command);
        server.until_any(&["Waiting for a client"]);
    }
}

/// Speaks to a program until it has ended: it notices that its reader has gone when it has something
/// to say. Not always the first time, for a program that another test starts just then has all pipes
/// for a moment, and so this one still has a reader.
fn ended(program: &mut Child, peer: &mut Peer) -> ExitStatus {
    let mut status = None;
    net::wait_until("it has noticed", || {
        // It may have ended.
        let _ = peer.stream.write_all(b"hello\n");
        status = program.try_wait().expect("it was started");
        status.is_some()
    });
    status.expect("it has ended")
}

#[test]
fn a_server_whose_reader_goes_ends_quietly() {
    for how in ["one", "threads", "events"] {
        let mut server = netlab()
            .args(["tcp-server", "0", "--bind", "127.0.0.1", "--serve", how])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("netlab starts");
        let mut stdin = server.stdin.take().expect("a pipe");
        stdin.write_all(b"/help\n").expect("it reads");
        let mut lines = BufReader::new(server.stdout.take().expect("a pipe")).lines();
        let line = lines
            .by_ref()
            .map_while(Result::ok)
            .find(|line| line.contains("listening on"))
            .expect("it says where it listens");
        drop(lines);
        let port = line.rsplit(' ').next().and_then(|word| word.parse().ok()).expect("a port");
        let mut peer = Peer::silent(port);
        peer.send(b"\0somebody\n");
        let status = ended(&mut server, &mut peer);
        let mut errors = String::new();
        server.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("UTF-8");
        assert_eq!((status.code(), errors.as_str()), (Some(0), ""), "{how}");
        drop(stdin);
    }
}

#[test]
fn a_client_whose_reader_goes_ends_quietly() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port().to_string();
    let mut client = netlab()
        .args(["tcp-client", "127.0.0.1", &port])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("netlab starts");
    let (stream, _) = listener.accept().expect("it connects");
    let mut lines = BufReader::new(client.stdout.take().expect("a pipe")).lines();
    for _ in 0..3 {
        lines.next().expect("a line").expect("UTF-8");
    }
    drop(lines);
    let mut server = Peer::on(stream);
    server.send(b"\0server\n");
    let status = ended(&mut client, &mut server);
    let mut errors = String::new();
    client.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("UTF-8");
    assert_eq!((status.code(), errors.as_str()), (Some(0), ""));
}

#[test]
fn a_help_whose_reader_goes_is_no_error() {
    for arguments in [&["--help"][..], &[], &["demo", "stream"], &["demo", "datagram"]] {
        let mut command = netlab();
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("netlab starts");
        drop(child.stdout.take());
        let status = net::wait_for_exit(&mut child);
        let mut errors = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("UTF-8");
        assert_eq!((status.code(), errors.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

/// Everything that the two sides of a short talk write to pipes.
fn talk(arguments: &[&str], variables: &[(&str, &str)]) -> Vec<u8> {
    let mut command = netlab();
    command.args(["tcp-server", "0", "--bind", "127.0.0.1", "--explain"]).args(arguments);
    command.envs(variables.iter().copied());
    let mut server = Program::start(&mut command);
    // With colours the port does not stand alone at the end of its line.
    server.type_line("/help");
    let line = server.until("listening on");
    let port: String = plain(&line).rsplit(' ').next().expect("a word").to_owned();
    let mut peer = Peer::silent(port.parse().expect("a port")).called("peer", Words::Lines);
    let client = netlab()
        .args(["tcp-client", "127.0.0.1", &port, "--linger", "0", "--name", "client"])
        .args(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("netlab starts");
    assert!(client.status.success());
    peer.say("hello");
    server.until("hello");
    server.type_line("exit");
    let (status, lines) = server.finish();
    assert!(status.success());
    [client.stdout, client.stderr, lines.join("\n").into_bytes()].concat()
}

/// Without colours.
fn plain(line: &str) -> String {
    let mut parts = line.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn pipes_get_no_escape_sequences_unless_colours_are_asked_for() {
    for arguments in [&[][..], &["--color", "auto"], &["--color", "never"], &["--format", "json"]] {
        for variables in [&[][..], &[("CLICOLOR_FORCE", "1")], &[("NO_COLOR", "1")]] {
            if arguments.contains(&"json") {
                continue;
            }
            let all = talk(arguments, variables);
            assert!(!all.contains(&ESCAPE), "{arguments:?} {variables:?}");
        }
    }
    assert!(talk(&["--color", "always"], &[]).contains(&ESCAPE));
    // An option says more than a variable.
    assert!(talk(&["--color", "always"], &[("NO_COLOR", "1")]).contains(&ESCAPE));
}

/// The commands that `netlab --help` lists.
fn commands() -> Vec<String> {
    let help = text(run(&["--help"]).stdout);
    let list = help.split_once("Commands:\n").expect("a list of commands").1;
    let names = list.lines().take_while(|line| line.starts_with("  "));
    let names: Vec<_> = names
        .filter(|line| line.as_bytes().get(2).is_some_and(|byte| *byte != b' '))
        .filter_map(|line| line.split_whitespace().next())
        // What shows helps needs none.
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect();
    assert!(!names.is_empty(), "{help}");
    names
}

#[test]
fn the_help_of_every_command_has_examples() {
    for command in commands() {
        for flag in ["--help", "-h"] {
            let output = run(&[&command, flag]);
            assert_eq!(output.status.code(), Some(0));
            let help = text(output.stdout);
            let examples = help.split_once("Examples:\n").map(|(_, after)| after);
            let count =
                examples.map_or(0, |after| after.matches(&format!("netlab {command}")).count());
            assert!(count > 0, "{command} {flag}: {help}");
        }
    }
}

#[test]
fn netlab_alone_prints_a_guide_with_every_command_in_a_group() {
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(0));
    let guide = text(output.stdout);
    for command in commands() {
        assert!(guide.contains(&format!("  {command}")), "{command} in {guide}");
    }
    let groups = guide.lines().filter(|line| !line.is_empty() && !line.starts_with(' ')).count();
    assert!(groups >= 3, "{guide}");
}

#[test]
fn an_unknown_option_or_command_is_wrong_usage() {
    for arguments in [
        &["--no-such-option"][..],
        &["no-such-command"],
        &["tcp-server", "--no-such-option"],
        &["tcp-server", "6000", "6001"],
        &["tcp-client"],
        &["tcp-client", "127.0.0.1", "6000", "--framing", "wrong"],
        &["tcp-server", "--patience", "long"],
        &["tcp-server", "--backlog", "-1"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_record_in_a_folder_that_does_not_exist_is_an_error_in_five_parts() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("missing").join("record.jsonl");
    let path = path.to_str().expect("UTF-8");
    for arguments in [
        &["tcp-server", "0", "--record", path][..],
        &["tcp-client", "127.0.0.1", "9", "--record", path],
    ] {
        let output = run(arguments);
        let parts = Parts::of(&output);
        assert_eq!(output.status.code(), Some(3), "{parts:#?}");
        assert!(parts.error.contains(path), "{parts:#?}");
        parts.are_five();
    }
}
