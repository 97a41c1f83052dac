//! Pictures made by hand, drawn.

use netlab::render::Style;
use netlab::render::timeline::{Detail, Lanes, mermaid};
use netlab::timeline::{Fact, Message, Picture, RowKind, Step, Table};
use unicode_width::UnicodeWidthStr;

use super::built::{Builder, chat, chat_between, crowd};

fn lines(style: &Style, picture: &Picture, explain: bool) -> Vec<String> {
    let span = picture.rows.last().map(|row| row.at).unwrap_or_default();
    let detail = Detail { explain, span, outside: false };
    let mut lanes = Lanes::of(style, picture, detail);
    let mut out = lanes.head();
    out.extend(lanes.rows(&picture.rows));
    out.extend(lanes.legend());
    out
}

#[test]
fn nothing_is_wider_than_the_page() {
    let six = chat_between("[2001:db8:1234:5678:9abc:def0:1234:5678]:54321", "[2001:db8::1]:6000");
    for picture in [chat(), crowd(), six] {
        for width in [80, 40, 100, 120] {
            for (ascii, explain) in [(false, false), (true, true)] {
                let style = Style { width, ascii, ..Style::default() };
                let lines = lines(&style, &picture, explain);
                if std::env::var_os("SHOW").is_some() {
                    eprintln!("{}", lines.join("\n"));
                }
                for line in lines {
                    assert!(line.width() <= width, "{width}: {line}");
                    assert!(!ascii || line.is_ascii(), "{line}");
                }
            }
        }
    }
}

/// An escape character that a record smuggles in is shown, never written.
#[test]
fn nothing_of_a_record_reaches_the_terminal_raw() {
    let evil = || "\u{1b}]0;owned\u{7}\u{202e}\n\r é".to_owned();
    let mut b = Builder::default();
    let lane = b.lane(&evil(), &[("A", "10.0.0.1:1", "10.0.0.2:2")]);
    b.lane(&evil(), &[]);
    b.other(1, RowKind::Step(Step { number: 1, title: evil() }));
    b.quick(2, lane, &format!("A send({})", evil()), &evil());
    b.packet(3, (0, "10.0.0.1:1"), (1, "10.0.0.2:2"), &evil());
    b.other(4, RowKind::Remark(lane, evil()));
    let (who, text) = (evil(), evil());
    b.other(5, RowKind::Message(Message { lane, sent: false, who, text, bytes: 3 }));
    b.other(6, RowKind::Fact(Fact { name: "x".into(), value: 1.into(), words: evil() }));
    let (title, head) = (evil(), vec![evil()]);
    b.other(7, RowKind::Table(Table { title, head, rows: vec![vec![evil()]] }));
    b.fold(8, Some(lane), 3, &evil(), 1);
    b.state(9, lane, "A", &evil());
    for ascii in [false, true] {
        let lines = lines(&Style { ascii, ..Style::default() }, &b.picture, true);
        assert!(lines.len() > 10);
        for line in lines {
            assert!(!line.chars().any(|c| c.is_control() || c == '\u{202e}'), "{line:?}");
            assert!(!ascii || line.is_ascii(), "{line}");
            assert!(line.width() <= 80, "{line}");
        }
    }
}

/// An arrow goes from the line of the one that sends to the line of the one that receives.
#[test]
fn arrows_go_between_the_right_lanes() {
    let picture = chat();
    let lines = lines(&Style::default(), &picture, false);
    let (left, right) = (10, 46);
    let at = |line: &str, column: usize| line.chars().nth(column);
    let line_of = |words: &str| {
        let found = lines.iter().find(|line| line.contains(words));
        found.unwrap_or_else(|| panic!("{words} in {lines:#?}")).clone()
    };
    let syn = line_of(" SYN ");
    assert_eq!((at(&syn, left), at(&syn, right - 1)), (Some('┠'), Some('▶')), "{syn}");
    let answer = line_of(" SYN,ACK ");
    assert_eq!((at(&answer, left + 1), at(&answer, right)), (Some('◀'), Some('┨')), "{answer}");
    // Data are for the socket that accept made: past the line of the one that listens.
    let data = line_of(" PSH,ACK 6 bytes ");
    assert_eq!((at(&data, right), at(&data, right + 1)), (Some('┼'), Some('▶')), "{data}");
    // Who waits is seen waiting: accept from its call to its return.
    let waiting = lines.iter().skip_while(|line| !line.contains("accept()")).skip(1);
    for line in waiting.take_while(|line| !line.contains("accept =")) {
        assert!(matches!(at(line, right), Some('┃' | '┨')), "{line}");
    }
}

#[test]
fn the_diagram_has_an_arrow_for_each_packet() {
    for picture in [chat(), crowd()] {
        let packets = |row: &&netlab::timeline::Row| matches!(row.kind, RowKind::Packet(_));
        let packets = picture.rows.iter().filter(packets).count();
        let diagram = mermaid(&Style::default(), &picture);
        assert_eq!(diagram[0], "sequenceDiagram");
        let arrows = diagram.iter().filter(|line| line.contains("->>")).count();
        assert_eq!(arrows, packets, "{diagram:#?}");
        let people = diagram.iter().filter(|line| line.contains("participant ")).count();
        assert_eq!(people, picture.lanes.len());
    }
}

/// Five clients and a server: each arrow ends at another lane, and says whose it is.
#[test]
fn many_lanes_fit_on_80_columns() {
    let lines = lines(&Style::default(), &crowd(), false);
    for n in 1..=5 {
        let wanted = format!("SYN  client {n} → server");
        let line = lines.iter().find(|line| line.contains(&wanted));
        let line = line.unwrap_or_else(|| panic!("{wanted} in {lines:#?}"));
        let head = line.chars().position(|sign| sign == '┠').expect("a beginning");
        assert_eq!(head, 10 + 5 * (n - 1), "{line}");
    }
}

/// Step by step, as a demo is drawn: what lives goes on living.
#[test]
fn rows_may_come_in_pieces() {
    let picture = chat();
    let mut lanes = Lanes::new(&Style::default(), &picture.lanes, Detail::default());
    let mut out = Vec::new();
    for row in &picture.rows {
        out.extend(lanes.rows(std::slice::from_ref(row)));
    }
    assert!(out.iter().any(|line| line.contains("waits since 900.800 ms")), "{out:#?}");
    let data = out.iter().find(|line| line.contains("PSH,ACK")).expect("data");
    assert!(data.contains('▶'), "{data}");
}

/// A picture that begins in the middle of a run: a socket that was open then is drawn as open.
#[test]
fn older_sockets_are_there_from_the_beginning() {
    let mut picture = chat();
    picture.rows.retain(|row| row.at >= super::built::us(1_900_000));
    let lines = lines(&Style::default(), &picture, false);
    let data = lines.iter().find(|line| line.contains("PSH,ACK")).expect("data");
    assert!(data.contains("├──") && data.contains("▶┃"), "{data}");
}
