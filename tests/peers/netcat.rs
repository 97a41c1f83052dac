//! nc, ncat, socat and telnet: lines with LF or CR LF, no names.
#![cfg(test)]

use crate::support::Program;
use crate::tools::{
    connected, ends_well, free_port, host_name, missing, number_at_the_end, shown, start,
};

/// Lines that are easy to get wrong. None has the byte 0x80: where there is no terminal, this telnet
/// takes it for its interrupt key.
const LINES: [&str; 4] =
    ["Hello!", "grüß dich, 世界 ✓ 🦉", "  spaces  and: a colon", "x: not a name"];

/// Many lines at once, to be cut and joined by TCP as it likes.
const BURST: usize = 300;

fn burst(who: &str, n: usize) -> String {
    format!("{who} {n:03} {}.", "é".repeat(n % 50))
}

/// A peer and a netlab say the lines to each other. What the netlab shows begins with `from`, what
/// the peer shows with `by`.
#[track_caller]
fn talk(peer: &mut Program, by: &str, netlab: &mut Program, from: &str) {
    for line in LINES {
        netlab.type_line(line);
        let heard = peer.until(line.trim());
        assert_eq!(heard.trim_end_matches('\r'), format!("{by}{line}"));
        peer.type_line(line);
        assert_eq!(netlab.until(line.trim()), shown_by_netlab(from, line));
    }
    for n in 0..BURST {
        netlab.type_line(&burst("netlab", n));
        peer.type_line(&burst("peer", n));
    }
    for n in 0..BURST {
        let heard = peer.until("netlab ");
        assert_eq!(heard.trim_end_matches('\r'), format!("{by}{}", burst("netlab", n)));
        assert_eq!(netlab.until("peer "), shown_by_netlab(from, &burst("peer", n)));
    }
}

fn shown_by_netlab(from: &str, line: &str) -> String {
    format!("{from}: {line}")
}

/// The peer serves, and has told its port in a line that contains `listening`.
#[track_caller]
fn serve(mut peer: Program) {
    let port = number_at_the_end(&peer.until("istening on"));
    let mut client = connected(Program::client(port, &[]));
    // The name comes first, as a line of its own.
    client.type_line("first words");
    let until = peer.until("first words");
    assert_eq!(until, "first words");
    let named = peer.seen().iter().any(|line| shown(line) == host_name());
    assert!(named, "the name comes before the first line: {:?}", peer.seen());
    talk(&mut peer, "", &mut client, "127.0.0.1");
    client.type_line("exit");
    ends_well(client);
    peer.end_input();
    peer.finish();
}

#[test]
fn a_colon_in_the_first_line_of_nc_makes_no_name() {
    if missing("nc, a colon", &["nc"]) {
        return;
    }
    let mut peer = start("nc", &["-l", "-v", "127.0.0.1", "0"]);
    let port = number_at_the_end(&peer.until("istening on"));
    let mut client = connected(Program::client(port, &[]));
    for line in ["Note: bring the laptop", "Note: and the cable"] {
        peer.type_line(line);
        assert_eq!(client.until("Note: "), format!("127.0.0.1: {line}"));
    }
}

/// The peer is the client.
#[track_caller]
fn visit(start_client: impl FnOnce(u16) -> Program) {
    let (mut server, port) = Program::server(&[]);
    let mut peer = start_client(port);
    let hello = server.until("connected with IP address 127.0.0.1");
    let name = format!("127.0.0.1:{}", number_at_the_end(&hello));
    assert!(hello.starts_with(&name), "{hello}");
    talk(&mut peer, &format!("{}: ", host_name()), &mut server, &name);
    server.type_line("exit");
    ends_well(server);
    peer.end_input();
    peer.finish();
}

#[test]
fn nc_as_server_and_netlab_hear_each_others_lines_whole() {
    if !missing("nc as server", &["nc"]) {
        serve(start("nc", &["-l", "-v", "127.0.0.1", "0"]));
    }
}

#[test]
fn nc_as_client_and_netlab_hear_each_others_lines_whole() {
    if !missing("nc as client", &["nc"]) {
        visit(|port| start("nc", &["-N", "127.0.0.1", &port.to_string()]));
    }
}

#[test]
fn ncat_as_server_and_netlab_hear_each_others_lines_whole() {
    if !missing("ncat as server", &["ncat"]) {
        serve(start("ncat", &["-l", "-v", "127.0.0.1", &free_port().to_string()]));
    }
}

#[test]
fn ncat_as_client_and_netlab_hear_each_others_lines_whole() {
    if !missing("ncat as client", &["ncat"]) {
        visit(|port| start("ncat", &["127.0.0.1", &port.to_string()]));
    }
}

#[test]
fn socat_as_server_and_netlab_hear_each_others_lines_whole() {
    if !missing("socat as server", &["socat"]) {
        serve(start("socat", &["-d", "-d", "TCP-LISTEN:0,bind=127.0.0.1", "STDIO"]));
    }
}

#[test]
fn socat_as_client_and_netlab_hear_each_others_lines_whole() {
    if !missing("socat as client", &["socat"]) {
        visit(|port| start("socat", &["STDIO", &format!("TCP:127.0.0.1:{port}")]));
    }
}

#[test]
fn telnet_and_netlab_hear_each_others_lines_whole() {
    if !missing("telnet", &["telnet"]) {
        visit(|port| start("telnet", &["127.0.0.1", &port.to_string()]));
    }
}

#[test]
fn two_netlabs_talk_through_the_chat_of_ncat() {
    if missing("ncat --chat", &["ncat"]) {
        return;
    }
    let port = free_port();
    let mut broker = start("ncat", &["-l", "-v", "--chat", "127.0.0.1", &port.to_string()]);
    broker.until("istening on");
    let mut first = Program::client(port, &[]);
    first.until("already connected: nobody");
    let mut second = Program::client(port, &[]);
    second.until("already connected: 127.0.0.1 as <user");
    // ncat shows every byte beyond ASCII as an escape sequence; that is its own way.
    for n in 0..3 {
        let (to, fro) = (format!("from one, line {n}"), format!("from two, line {n}"));
        first.type_line(&to);
        let line = second.until(&to);
        assert!(line.ends_with(&to), "{line}");
        second.type_line(&fro);
        let line = first.until(&fro);
        assert!(line.ends_with(&fro), "{line}");
    }
    second.type_line("exit");
    ends_well(second);
    first.until("is disconnected");
    first.type_line("exit");
    ends_well(first);
}
