//! Tables of made-up rows.

use std::net::IpAddr;

use unicode_width::UnicodeWidthStr;

use super::Known;
use super::table::Table;
use crate::event::{
    MachineSocket, Queues, Rows, SafeText, Side, SocketProgram, Sockets, State, Transport,
};
use crate::render::style::Style;

const LONG: &str = "2001:db8:1234:5678:9abc:def0:1234:5678";

fn side(ip: &str, port: u16) -> Side {
    Side { ip: ip.parse::<IpAddr>().expect("an address"), port }
}

fn socket(state: State, source: Side, destination: Side) -> MachineSocket {
    MachineSocket {
        transport: Transport::Tcp,
        state,
        source,
        destination,
        queues: Some(Queues { receive: 0, send: 128 }),
        interface: 0,
        user: None,
        key: 1,
        dual_stack: false,
    }
}

/// The table of these sockets, all held by one program.
fn table(style: &Style, page: Option<usize>, sockets: &[MachineSocket]) -> Vec<String> {
    let programs = [SocketProgram { pid: 4711, name: SafeText::new(b"netlab") }];
    let known = Known::default();
    let sockets: Sockets = sockets.iter().copied().collect();
    let places: Vec<u32> = sockets.places().map(|(place, _)| place).collect();
    let hold = |_: &MachineSocket| &programs[..];
    let rows = Rows { sockets: &sockets, places: &places, holders: &hold };
    let table = Table::new(style, page, &known, rows);
    let mut lines: Vec<_> = table.header().split('\n').map(str::to_owned).collect();
    rows.each(|row| {
        let mut text = String::new();
        table.row(&mut text, row, ' ');
        lines.extend(text.split('\n').map(str::to_owned));
    });
    lines
}

fn plain() -> Style {
    Style::default()
}

#[test]
fn on_a_narrow_page_the_other_side_stands_below() {
    let sockets = [
        socket(State::Listen, side("0.0.0.0", 6000), side("0.0.0.0", 0)),
        socket(State::Established, side("10.0.56.23", 55237), side("10.0.73.221", 6000)),
    ];
    let expected = [
        "Proto  State         Source           Src-range   Reach    Queues  Program",
        "                   → Destination      Dst-range",
        "tcp    LISTEN        0.0.0.0:6000     registered  network  0/128   netlab/4711",
        "tcp    ESTABLISHED   10.0.56.23:55237 dynamic     network  0/128   netlab/4711",
        "                   → 10.0.73.221:6000 registered",
    ];
    assert_eq!(table(&plain(), Some(80), &sockets), expected);
    let ascii = Style { ascii: true, ..plain() };
    assert_eq!(
        table(&ascii, Some(80), &sockets)[4],
        "                  -> 10.0.73.221:6000 registered"
    );
}

#[test]
fn on_a_wide_page_and_in_a_pipe_a_row_is_a_line() {
    let sockets = [
        socket(State::Established, side("192.168.100.123", 55237), side("192.168.100.124", 55238)),
        socket(State::Listen, side("0.0.0.0", 6000), side("0.0.0.0", 0)),
    ];
    for page in [None, Some(120)] {
        let lines = table(&plain(), page, &sockets);
        assert_eq!(lines.len(), 3, "{lines:#?}");
        assert!(lines.iter().all(|line| line.width() <= 120), "{lines:#?}");
    }
}

#[test]
fn a_long_address_has_a_line_of_its_own() {
    let sockets = [
        socket(State::Established, side(LONG, 65535), side(LONG, 65534)),
        socket(State::SynReceived, side("::1", 6000), side("::1", 50000)),
        socket(State::Established, side("255.255.255.255", 50000), side(LONG, 443)),
    ];
    for page in [49, 60, 80, 100, 119] {
        let lines = table(&plain(), Some(page), &sockets);
        let text = lines.join("\n");
        for port in [65535, 65534, 443] {
            assert!(text.contains(&format!("[{LONG}]:{port}")), "{text}");
        }
        assert!(lines.iter().all(|line| line.width() <= page), "{page}:\n{text}");
        assert_eq!(text.matches("netlab/4711").count(), 3, "{text}");
        assert_eq!(text.matches("network").count() + text.matches("host").count(), 3, "{text}");
    }
}

#[test]
fn no_row_is_wider_than_its_page_with_marks_or_without() {
    let sockets = [
        socket(State::Established, side("192.168.100.123", 55237), side("192.168.100.124", 55238)),
        socket(State::Listen, side("0.0.0.0", 6000), side("0.0.0.0", 0)),
        socket(State::Established, side(LONG, 65535), side("::ffff:10.0.73.221", 65534)),
        MachineSocket {
            transport: Transport::Raw(58),
            state: State::Unconnected,
            ..socket(State::Listen, side("::", 58), side("::", 0))
        },
    ];
    let programs = [SocketProgram::new(4_194_304, b"a-long-name-15c")];
    let (known, sockets) = (Known::default(), Sockets::from_iter(sockets));
    let places: Vec<u32> = sockets.places().map(|(place, _)| place).collect();
    let hold = |_: &MachineSocket| &programs[..];
    let rows = Rows { sockets: &sockets, places: &places, holders: &hold };
    for page in 50..130 {
        for marked in [false, true] {
            let table = Table::new(&plain(), Some(page), &known, rows);
            let table = if marked { table.marked() } else { table };
            let mut text = table.header();
            rows.each(|row| {
                text.push('\n');
                table.row(&mut text, row, '+');
            });
            assert!(text.lines().all(|line| line.width() <= page), "{page}:\n{text}");
            assert!(text.contains(&format!("[{LONG}]:65535")), "{page}:\n{text}");
            assert_eq!(text.matches("a-long-name-15c/4194304").count(), 4, "{page}:\n{text}");
        }
    }
}

#[test]
fn marks_make_a_table_no_wider() {
    let talks = socket(State::Established, side("10.0.56.23", 55237), side("10.0.73.221", 6000));
    let programs = [SocketProgram::new(4711, b"netlab")];
    let hold = |_: &MachineSocket| &programs[..];
    let (sockets, known) = (Sockets::from_iter([talks]), Known::default());
    let rows = Rows { sockets: &sockets, places: &[0], holders: &hold };
    let mut text = String::new();
    let table = Table::new(&plain(), Some(80), &known, rows).marked();
    rows.each(|row| table.row(&mut text, row, '~'));
    let expected = "~ tcp   ESTABLISHED   10.0.56.23:55237 dynamic    network  0/128   netlab/4711\n\
                    \u{20}                   → 10.0.73.221:6000 registered";
    assert_eq!(text, expected);
}
