//! Pages with sockets that were made up.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::*;
use crate::event::{
    Border, MachineSocket, PortUser, Queues, SafeText, Side, SocketProgram, State, Transport,
};
use crate::port::Classified;
use crate::port::registry::{Protocol, Span};

fn rules() -> PortRules {
    PortRules {
        border: Border::At(1024),
        source_ports: Some(Span { first: 32768, last: 60999 }),
        ..PortRules::default()
    }
}

fn user(
    transport: Transport,
    state: State,
    port: u16,
    ip: IpAddr,
    program: Option<&str>,
) -> PortUser {
    let none = Side { ip: Ipv4Addr::UNSPECIFIED.into(), port: 0 };
    let socket = MachineSocket {
        transport,
        state,
        source: Side { ip, port },
        destination: none,
        queues: Some(Queues { receive: 0, send: 0 }),
        interface: 0,
        user: None,
        key: 1,
        dual_stack: false,
    };
    let program =
        program.map(|name| SocketProgram { pid: 411, name: SafeText::new(name.as_bytes()) });
    PortUser { socket, programs: program.into_iter().collect() }
}

fn busy(port: u16) -> PortUse {
    let long = Ipv6Addr::new(0xfd77, 0x1111, 0x2222, 0x3333, 0x4444, 0x5555, 0x6666, 0x7777);
    let mut users = vec![
        user(
            Transport::Tcp,
            State::Listen,
            port,
            Ipv4Addr::UNSPECIFIED.into(),
            Some("Xorg\x1b[31m"),
        ),
        user(Transport::Udp, State::Unconnected, port, long.into(), None),
    ];
    let waiting = user(Transport::Tcp, State::TimeWait, port, Ipv4Addr::LOCALHOST.into(), None);
    users.extend(std::iter::repeat_n(waiting, 20));
    PortUse { users, unseen: vec!["programs of other users".into()] }
}

fn shown(port: u16, protocol: Option<Protocol>, usage: Option<&PortUse>) -> String {
    let rules = rules();
    let here = Here { rules: &rules, usage };
    page(&Style::default(), "", &Classified::new(port, protocol), &[], &here).join("\n")
}

#[test]
fn who_has_a_port_is_a_table_that_fits() {
    let usage = busy(6000);
    let text = shown(6000, None, Some(&usage));
    for words in [
        "yes: 22 sockets have it",
        "LISTEN",
        "0.0.0.0:6000",
        "Xorg^[[31m (411)",
        "nobody any more",
        "not shown",
        "10 others: netlab endpoints --port 6000",
        "programs of other users",
    ] {
        assert!(text.contains(words), "{words} in\n{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let udp = shown(6000, Some(Protocol::Udp), Some(&usage));
    assert!(udp.contains("yes: 1 socket has it") && !udp.contains("LISTEN"), "{udp}");
    let sctp = shown(6000, Some(Protocol::Sctp), Some(&usage));
    assert!(sctp.contains("netlab sees no sctp sockets"), "{sctp}");
    assert!(shown(6000, None, None).contains("the system did not tell"));
}

#[test]
fn objects_tell_the_same() {
    let (usage, rules) = (busy(6000), rules());
    let here = Here { rules: &rules, usage: Some(&usage) };
    let object = port("6000/tcp", &Classified::new(6000, Some(Protocol::Tcp)), &here);
    let users = object["here"]["in_use"].as_array().expect("a list");
    assert_eq!(users.len(), 21);
    assert_eq!(users[0]["programs"][0]["pid"], 411);
    assert_eq!(users[0]["ip"], "0.0.0.0");
    let other = port("22", &Classified::new(22, None), &here);
    assert_eq!(other["here"]["in_use"], serde_json::json!([]));
    assert_eq!(other["here"]["may_bind"], false);
}

#[test]
fn many_ports_are_summed_up() {
    let (usage, rules) = (busy(46_258), rules());
    let here = Here { rules: &rules, usage: Some(&usage) };
    let mut asked = Sides::default();
    for span in [Span::one(80), Span { first: 46_250, last: 46_259 }] {
        asked.add(span, None);
    }
    let text = machine(&Style::default(), &asked, &here).join("\n");
    for words in [
        "all but 80: ports below 1024",
        "10 of these",
        "22 sockets",
        "10 others: netlab endpoints --port 80 --port 46250-46259",
    ] {
        assert!(text.contains(words), "{words} in\n{text}");
    }
    // What is kept back is not handed out.
    let kept = PortRules { kept_back: vec![Span { first: 46_000, last: 46_255 }], ..rules };
    let text = machine(&Style::default(), &asked, &Here { rules: &kept, usage: None }).join("\n");
    assert!(text.contains("without what is kept back: 4 of"), "{text}");
}

#[test]
fn nobody_looks_for_what_speaks_neither_tcp_nor_udp() {
    let (usage, rules) = (PortUse::default(), PortRules::default());
    let here = Here { rules: &rules, usage: Some(&usage) };
    let mut asked = Sides::default();
    asked.add(Span { first: 80, last: 81 }, Some(Protocol::Sctp));
    let text = machine(&Style::default(), &asked, &here).join("\n");
    assert!(text.contains("netlab sees no sctp and no dccp sockets"), "{text}");
    assert!(text.contains("not known: the system did not tell which ports"), "{text}");
    let object = port("80/sctp", &Classified::new(80, Some(Protocol::Sctp)), &here);
    for field in ["in_use", "may_bind", "unseen"] {
        assert_eq!(object["here"][field], serde_json::Value::Null, "{field}");
    }
}

#[test]
fn the_name_of_a_program_is_a_cell_and_no_more() {
    let mut usage = busy(6000);
    usage.users[0].programs[0].name = SafeText::new(b"a\tb|c*");
    let rules = rules();
    let here = Here { rules: &rules, usage: Some(&usage) };
    let style = Style { markup: Markup::Markdown, ..Style::default() };
    let text = page(&style, "", &Classified::new(6000, None), &[], &here).join("\n");
    assert!(text.contains("a b\\|c\\* (411)"), "{text}");
    assert!(!shown(6000, None, Some(&usage)).contains('\t'));
}
