//! Connections of which one side has forgotten what the other still knows (RFC 9293 § 3.5.1, figure 10).

use std::fs;
use std::process::Command;

use netlab::timeline::{Options, Picture, RowKind};

use crate::lab::alone;
use crate::real::read;
use crate::support::{Program, netlab};
use crate::tools::missing;

/// A server in Python whose first client goes without a word to anybody: `TCP_REPAIR` (19) lets a
/// socket be closed like that. The next client comes from the same port.
const SERVER: &str = "
import socket
def tcp():
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); return s
l = tcp(); l.bind(('127.0.0.1', 6000)); l.listen(5)
c = tcp(); c.bind(('127.0.0.1', 7000)); c.connect(('127.0.0.1', 6000))
a, _ = l.accept()
c.setsockopt(socket.IPPROTO_TCP, 19, 1); c.close()
print('ready', flush=True)
b, _ = l.accept()
b.recv(100)
while b.recv(100): pass
b.send(b'bye')
b.close()
";

/// The states of a socket in the order in which they are drawn.
fn states(picture: &Picture, label: &str) -> Vec<String> {
    let change = |kind: &RowKind| match kind {
        RowKind::Call(call) => call.state.clone(),
        RowKind::State(_, change) => Some(change.clone()),
        _ => None,
    };
    let all = picture.rows.iter().filter_map(|row| change(&row.kind));
    all.filter(|change| change.socket == label).map(|change| change.to).collect()
}

#[test]
fn a_reset_in_the_middle_of_a_handshake_stays_where_it_was() {
    let test = "a_reset_in_the_middle_of_a_handshake_stays_where_it_was";
    if missing(test, &["python3"]) || !alone(test) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("record");
    let mut server = Program::start(Command::new("python3").args(["-c", SERVER]));
    server.until("ready");
    let mut client = netlab();
    client.args(["tcp-client", "127.0.0.1", "6000", "--source-port", "7000", "--packets"]);
    client.arg("--record").arg(&file);
    let mut client = Program::start(&mut client);
    client.until("ESTABLISHED");
    client.type_line("hello");
    client.end_input();
    assert!(client.finish().0.success());
    server.finish();
    let record = read(&fs::read_to_string(&file).expect("a record"));
    let picture = Picture::of(&[record], &Options { fold: 0, ..Options::default() });
    let rows = crate::told(&picture);
    let place = |text: &str| {
        rows.iter()
            .position(|row| row.contains(text))
            .unwrap_or_else(|| panic!("{text}: {rows:#?}"))
    };
    assert!(place(" RST") < place("ESTABLISHED"), "{rows:#?}");
    assert!(place(" RST") < place("send("), "{rows:#?}");
    let states = states(&picture, "A");
    let wanted =
        ["SYN-SENT", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT"].map(str::to_owned);
    let short: Vec<_> = wanted.iter().filter(|state| *state != "FIN-WAIT-2").cloned().collect();
    // The server's FIN may carry the acknowledgment of the client's.
    assert!(states == wanted || states == short, "{states:?}: {rows:#?}");
}

/// Twice the same client by its four numbers; the first one vanishes.
const CLIENT: &str = "
import socket, sys
def tcp():
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(('127.0.0.1', 7000)); s.connect(('127.0.0.1', 6000)); return s
c = tcp(); c.send(b'first\\n'); sys.stdin.readline()
c.setsockopt(socket.IPPROTO_TCP, 19, 1); c.close()
d = tcp(); d.send(b'second\\n'); sys.stdin.readline()
d.close()
";

#[test]
fn a_client_that_comes_back_from_its_port_is_another_connection() {
    let test = "a_client_that_comes_back_from_its_port_is_another_connection";
    if missing(test, &["python3"]) || !alone(test) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("record");
    let mut server = netlab();
    server.args(["tcp-server", "6000", "--bind", "127.0.0.1", "--packets", "--record"]);
    let mut server = Program::start(server.arg(&file));
    server.until("6000");
    let mut client = Program::start(Command::new("python3").args(["-c", CLIENT]));
    server.until("first");
    client.type_line("vanish");
    server.until("second");
    client.type_line("go");
    client.finish();
    crate::real::interrupt(&server);
    server.finish();
    let record = read(&fs::read_to_string(&file).expect("a record"));
    let picture = Picture::of(&[record], &Options { fold: 0, ..Options::default() });
    let rows = crate::told(&picture);
    let [old, new] = ["B", "C"].map(|label| states(&picture, label));
    assert_eq!(old, ["SYN-RECEIVED", "ESTABLISHED", "CLOSED"], "{rows:#?}");
    let begins = ["SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT"].map(str::to_owned);
    assert!(new.starts_with(&begins), "{new:?}: {rows:#?}");
    let place = |text: &str| {
        rows.iter()
            .position(|row| row.contains(text))
            .unwrap_or_else(|| panic!("{text}: {rows:#?}"))
    };
    assert!(place(" RST") < place("B ESTABLISHED→CLOSED"), "{rows:#?}");
    assert!(place("B ESTABLISHED→CLOSED") < place("C LISTEN→SYN-RECEIVED"), "{rows:#?}");
}
