//! Pictures that are long although nothing in them repeats itself: what is folded is counted, errors
//! stay, and what is drawn is drawn from its beginning to its end.

use std::collections::{BTreeMap, HashSet};
use std::process::Output;

use netlab::timeline::{Options, Picture, RowKind};
use serde_json::{Value, json};

use crate::made::Made;
use crate::support::netlab;
use crate::told;

/// No page is longer, in rows.
const BOUND: usize = 200;

/// How many rows there are of each kind, drawn or folded.
fn kinds(picture: &Picture) -> BTreeMap<String, usize> {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for row in &picture.rows {
        let mut add = |what: &str, count| *kinds.entry(what.to_owned()).or_default() += count;
        match &row.kind {
            RowKind::Fold(fold) => {
                assert_eq!(fold.count, fold.parts.iter().map(|part| part.count).sum::<usize>());
                assert!(fold.from <= fold.to, "{fold:?}");
                fold.parts.iter().for_each(|part| add(&part.what, part.count));
            }
            RowKind::Call(call) => match &call.error {
                Some(error) => add(&format!("{} {}", call.name, error.name), 1),
                None => add(&call.name, 1),
            },
            RowKind::Packet(_) => add("packet", 1),
            RowKind::State(..) => add("state", 1),
            RowKind::Message(_) => add("message", 1),
            RowKind::Remark(..) => add("remark", 1),
            RowKind::Step(_) | RowKind::Fact(_) | RowKind::Table(_) => add("told", 1),
        }
    }
    kinds
}

/// Whatever has a call in the picture is made there, and closed there.
fn lives_are_whole(picture: &Picture) {
    let mut made = HashSet::new();
    let mut closed = HashSet::new();
    for row in &picture.rows {
        let RowKind::Call(call) = &row.kind else { continue };
        let socket = (call.lane, call.socket.clone());
        match call.name.as_str() {
            "socket" => _ = made.insert(socket),
            "accept" => {
                let label = call.result.split(' ').next().expect("a label");
                made.insert((call.lane, label.to_owned()));
            }
            name => {
                assert!(made.contains(&socket), "{socket:?} was made before {name}");
                closed.extend((name == "close").then_some(socket));
            }
        }
    }
    assert_eq!(made, closed, "what was made and what was closed");
}

fn pictures(made: &Made) -> [Picture; 2] {
    let records = [made.record()];
    let all = Picture::of(&records, &Options { fold: 0, ..Options::default() });
    let folded = Picture::of(&records, &Options::default());
    assert_eq!(kinds(&folded), kinds(&all));
    assert!(!all.rows.iter().any(|row| matches!(row.kind, RowKind::Fold(_))));
    assert!(folded.rows.windows(2).all(|pair| pair[0].at <= pair[1].at), "in the order of time");
    [all, folded]
}

/// The label of a socket: A, B, …, Z, BA, …
fn label(mut number: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + u8::try_from(number % 26).expect("a letter")));
        number /= 26;
        if number == 0 {
            return letters.into_iter().rev().collect();
        }
    }
}

const SOCKET: &str = "socket(AF_INET, SOCK_STREAM) = ";

/// So many sockets, one after the other; the one in the middle hears a reset.
fn one_by_one(count: usize) -> Made {
    let mut made = Made::new("h", "x", 0);
    for n in 0..count {
        let (at, name) = (1000 * n as u64, label(n));
        let mut call = |after, text: &str, state| made.call(at + after, 1, "", &name, text, state);
        call(1, &format!("{SOCKET}{name}"), "CLOSED");
        call(200, "connect(10.0.0.1:6000) = 0", "ESTABLISHED");
        call(300, "send(6) = 6", "ESTABLISHED");
        let heard = if n == count / 2 { "-1 ECONNRESET" } else { "6" };
        call(400, &format!("recv(65536) = {heard}"), "ESTABLISHED");
        call(500, "close() = 0", "CLOSED");
    }
    made
}

#[test]
fn of_many_conversations_the_first_and_the_last_are_drawn_and_every_error() {
    let [all, folded] = pictures(&one_by_one(500));
    assert!(all.rows.len() >= 2500 && folded.rows.len() < BOUND, "{}", folded.rows.len());
    lives_are_whole(&folded);
    let rows = told(&folded);
    let of = |n: usize| rows.iter().filter(|row| row.contains(&format!("= {}", label(n)))).count();
    assert_eq!([of(0), of(1), of(498), of(499), of(100)], [1, 1, 1, 1, 0], "{rows:#?}");
    assert!(rows.iter().any(|row| row.contains("recv(65536) = -1 ECONNRESET")), "{rows:#?}");
    // What led to it is drawn, too.
    let name = label(250);
    let at = rows.iter().position(|row| row.ends_with(&format!("= {name}"))).expect("its socket");
    for (row, text) in rows[at + 1..].iter().zip(["connect", "send", "recv", "close"]) {
        assert!(row.contains(text), "{rows:#?}");
    }
    let folds = rows.iter().filter(|row| row.starts_with('…')).count();
    assert!(folds <= 2, "{rows:#?}");
    assert!(rows.iter().any(|row| row.contains(" connect, ") && row.contains("--fold never")));
}

#[test]
fn of_a_thousand_errors_that_say_the_same_the_first_and_the_last_are_drawn() {
    let mut made = Made::new("h", "x", 0);
    for n in 0..1000 {
        let (at, name) = (1000 * n as u64, label(n));
        made.call(at + 1, 1, "", &name, &format!("{SOCKET}{name}"), "CLOSED");
        for after in 2..20 {
            made.call(at + after, 1, "", &name, "setsockopt(SO_LINGER) = 0", "CLOSED");
            made.call(at + after, 1, "", &name, "getsockname() = 0.0.0.0:0", "CLOSED");
        }
        let error = if n == 500 { "EHOSTUNREACH" } else { "ECONNREFUSED" };
        let failed = format!("connect(10.0.0.1:6000) = -1 {error}");
        made.call(at + 500, 1, "", &name, &failed, "CLOSED");
        made.call(at + 600, 1, "", &name, "close() = 0", "CLOSED");
    }
    let [all, folded] = pictures(&made);
    lives_are_whole(&folded);
    let count = |picture: &Picture, error: &str| {
        told(picture).iter().filter(|row| row.contains(&format!("= -1 {error}"))).count()
    };
    assert_eq!((count(&folded, "ECONNREFUSED"), count(&all, "ECONNREFUSED")), (13, 999));
    // One that says something else is not lost among them, and those that are not drawn are counted.
    assert_eq!(count(&folded, "EHOSTUNREACH"), 1);
    let named = told(&folded).iter().any(|row| row.contains(" connect ECONNREFUSED, "));
    assert!(named, "{:#?}", told(&folded));
    assert!(folded.rows.len() < BOUND, "{}", folded.rows.len());
}

#[test]
fn a_picture_that_can_be_read_is_drawn_as_it_is() {
    let made = one_by_one(58);
    let [all, folded] = pictures(&made);
    assert!(all.rows.len() > 285 && all.rows.len() <= 300, "{}", all.rows.len());
    assert_eq!(told(&folded), told(&all));
    // Rows that are asked for are few.
    let options = Options { socket: Some((None, label(250))), ..Options::default() };
    let one = Picture::of(&[one_by_one(500).record()], &options);
    assert!(!told(&one).iter().any(|row| row.starts_with('…')) && one.rows.len() >= 5);
}

#[test]
fn what_is_folded_where_it_begins_is_folded_where_it_ends() {
    let mut made = Made::new("h", "x", 0);
    let mut at = 0;
    let mut next = || {
        at += 10;
        at
    };
    made.event(next(), "step", json!({ "title": "all open" }));
    for n in 0..400 {
        made.call(next(), 1, "a", &label(n), &format!("{SOCKET}{}", label(n)), "CLOSED");
        made.call(next(), 1, "a", &label(n), "connect(10.0.0.1:6000) = 0", "ESTABLISHED");
    }
    made.event(next(), "step", json!({ "title": "all close" }));
    // In no order at all.
    for n in 0..400 {
        made.call(next(), 1, "a", &label(n * 7 % 400), "close() = 0", "CLOSED");
    }
    let [_, folded] = pictures(&made);
    lives_are_whole(&folded);
    assert!(folded.rows.len() < 2 * BOUND, "{:#?}", told(&folded));
}

#[test]
fn many_rows_of_one_socket_are_folded_in_their_middle() {
    let mut made = Made::new("h", "x", 0);
    made.call(1, 0, "", "A", &format!("{SOCKET}A"), "CLOSED");
    let mut state = 7_u32;
    for n in 0..3000_u64 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let text = match state >> 30 {
            0 => "setsockopt(SO_LINGER) = 0",
            1 => "getsockname() = 10.0.0.1:40000",
            2 => "listen(4) = 0",
            _ => "getpeername() = -1 ENOTCONN",
        };
        let text = if n % 100 == 50 { text } else { text.split(" = -1").next().expect("a call") };
        let text = if text.contains('=') { text.to_owned() } else { format!("{text} = 0") };
        made.call(10 + n * 10, 1, "", "A", &text, "CLOSED");
    }
    made.call(50_000, 1, "", "A", "close() = 0", "CLOSED");
    let [all, folded] = pictures(&made);
    let errors = |picture: &Picture| {
        told(picture).into_iter().filter(|row| row.contains("ENOTCONN")).collect::<Vec<_>>()
    };
    assert!(!errors(&all).is_empty());
    assert_eq!(errors(&folded), errors(&all));
    assert!(folded.rows.len() < BOUND, "{}", folded.rows.len());
    lives_are_whole(&folded);
    let (first, last) = (told(&folded), told(&all));
    assert_eq!((first.first(), first.last()), (last.first(), last.last()));
}

fn run(arguments: &[&str]) -> Output {
    let output = netlab().args(arguments).output().expect("netlab runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn text(arguments: &[&str]) -> String {
    String::from_utf8(run(arguments).stdout).expect("text")
}

/// Rows of a picture in JSON: drawn, folded, and those that are errors.
fn counted(format: &str) -> (u64, u64, u64) {
    let rows: Vec<Value> =
        format.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let is = |row: &&Value, what: &str| row["event"] == what;
    let frame = ["timeline", "timeline_end", "timeline_fold"];
    let number = |its: usize| u64::try_from(its).expect("a number");
    let drawn = rows.iter().filter(|row| !frame.iter().any(|what| is(row, what))).count();
    let folds = rows.iter().filter(|row| is(row, "timeline_fold"));
    let folded = folds.map(|fold| fold["count"].as_u64().expect("a count")).sum();
    (number(drawn), folded, number(rows.iter().filter(|row| row["error"].is_object()).count()))
}

#[test]
fn a_thousand_connections_are_a_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (record, page, demo) = (path("ports.rec"), path("ports.html"), path("demo.html"));
    run(&["demo", "ports", "--record", &record, "--html", &demo]);
    let never = counted(&text(&["timeline", &record, "--format", "json", "--fold", "never"]));
    let json = counted(&text(&["timeline", &record, "--format", "json"]));
    assert_eq!(never.1, 0);
    assert!(never.0 > 7000, "{never:?}");
    assert_eq!((json.0 + json.1, json.2), (never.0, never.2));
    assert!(json.0 < 200, "{json:?}");

    let drawn = text(&["timeline", &record, "--html", &page]);
    assert!(drawn.lines().count() <= 400, "{}", drawn.lines().count());
    assert!(text(&["timeline", &record, "--all"]).lines().count() <= 400);
    let markdown = text(&["timeline", &record, "--format", "markdown"]);
    let folds = |text: &str| text.matches(" more (").count();
    for (text, hint) in [
        (&drawn, "--fold never"),
        (&markdown, "--fold never"),
        (&std::fs::read_to_string(page).expect("a page"), "--fold never"),
        (&std::fs::read_to_string(demo).expect("a page"), "--record keeps all"),
    ] {
        assert!(folds(text) > 0 && text.contains(hint), "{text:.2000}");
        assert!(text.len() < 5_000_000, "{} bytes", text.len());
    }
}
