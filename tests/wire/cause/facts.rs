//! Calls as facts: from events, and from how a record writes them.

use netlab::cause::{CallFact, Deed};
use netlab::event::{Call, Operation, OsError, Outcome, SocketId, State};

use super::{address, at};

/// What a run tells and what its record says is the same.
#[test]
fn a_call_and_its_line_in_a_record_are_one_fact() {
    let [here, there] = [address("127.0.0.1:6000"), address("[fe80::1%3]:40322")];
    let bare = address("[fe80::1%2]:0");
    let failed = Outcome::Failed(OsError::from(&std::io::Error::from_raw_os_error(111)));
    let zero = Outcome::Value(0);
    let cases = [
        (
            Operation::Socket { domain: "AF_INET", kind: "SOCK_STREAM" },
            zero.clone(),
            Deed::Made(true),
        ),
        (
            Operation::Socket { domain: "AF_INET6", kind: "SOCK_DGRAM" },
            zero.clone(),
            Deed::Made(false),
        ),
        (Operation::SetOption("SO_REUSEADDR", 1), zero.clone(), Deed::Nothing),
        (Operation::Bind(here), zero.clone(), Deed::Bound(here)),
        (Operation::Bind(here), failed.clone(), Deed::Nothing),
        (Operation::Listen(5), zero.clone(), Deed::Listens),
        (Operation::Connect(here), zero.clone(), Deed::Connected(here)),
        (Operation::Connect(there), failed.clone(), Deed::Connected(there)),
        (Operation::ConnectEx(here), zero.clone(), Deed::Connected(here)),
        (
            Operation::Accept,
            Outcome::Socket(SocketId(1), Some(there)),
            Deed::Accepted("B".into(), Some(there)),
        ),
        (Operation::Accept, Outcome::Socket(SocketId(1), None), Deed::Accepted("B".into(), None)),
        (Operation::SocketName, Outcome::Address(here), Deed::Local(here)),
        (Operation::PeerName, Outcome::Address(there), Deed::Remote(there)),
        (Operation::Send(6), Outcome::Value(4), Deed::Sent(4)),
        (Operation::Send(6), failed.clone(), Deed::Nothing),
        (Operation::SendTo(6, there), Outcome::Value(6), Deed::SentTo(6, there)),
        (Operation::SendTo(64, bare), Outcome::Value(64), Deed::SentTo(64, bare)),
        (Operation::Recv(100), Outcome::Value(6), Deed::Took(6)),
        (Operation::Recv(100), Outcome::Value(0), Deed::Took(0)),
        (Operation::RecvFrom(100), Outcome::From(6, here), Deed::TookFrom(6, here)),
        (Operation::RecvMsg(100), Outcome::From(6, bare), Deed::TookFrom(6, bare)),
        (Operation::Peek(100), Outcome::From(6, here), Deed::Nothing),
        (Operation::RecvErrors(100), Outcome::From(6, here), Deed::Nothing),
        (Operation::Shutdown("SHUT_WR"), zero.clone(), Deed::Ended),
        (Operation::Shutdown("SHUT_RDWR"), zero.clone(), Deed::Ended),
        (Operation::Shutdown("SHUT_RD"), zero.clone(), Deed::Nothing),
        (Operation::Shutdown("SHUT_WR"), failed, Deed::Nothing),
        (Operation::Close, zero, Deed::Closed),
        (Operation::Poll(2), Outcome::Value(1), Deed::Nothing),
    ];
    for (operation, outcome, deed) in cases {
        let text = format!("{operation} = {outcome}");
        let socket = SocketId(0);
        let call = Call { socket, operation, outcome, took: at(7), state: State::Closed };
        let told = CallFact::of(Some("server"), &call, at(10));
        let read = CallFact::written(Some("server"), "A", &text, at(3), at(10));
        assert_eq!(told.deed, deed, "{text}");
        assert_eq!(told, read, "{text}");
    }
}

#[test]
fn lines_that_make_no_sense_did_nothing() {
    for text in [
        "",
        "send",
        "send(",
        "send(6)",
        "send(6) = ",
        "send(6) = six",
        "send(6) = -6",
        "= 6",
        "connect() = 0",
        "connect(x) = 0",
        "sendto(6) = 6",
        "sendto(6, ) = 6",
        "recvfrom(6) = 6",
        "recvfrom(6) = 6 from ",
        "getsockname() = nowhere",
        "close) = 0",
        "(((((",
        ") = ) = (",
        "sendto(5, fe80::1%99999999999999999999) = 5",
        "send(1) = 99999999999999999999999",
    ] {
        let fact = CallFact::written(None, "A", text, at(0), at(1));
        assert_eq!(fact.deed, Deed::Nothing, "{text:?}");
    }
}
