//! Pages of very many sockets and of very long runs.

use netlab::render::timeline::html::page;
use netlab::timeline::{Picture, RowKind, Step};

use super::built::{Builder, Made};
use super::pictures::{everything, long};
use super::strict::is_strict;
use super::support::netlab;

/// A page that a browser can bear and that can be mailed.
const MOST: usize = 5_000_000;

/// So many clients, each with a socket that stays open, on a server that takes them one by one.
fn crowd(sockets: usize) -> Picture {
    let mut b = Builder::default();
    b.picture.title = "Very many".into();
    let label = |n: usize| format!("S{n}");
    let port = |n: usize| 10_000 + n;
    let labels: Vec<(String, String)> =
        (0..sockets).map(|n| (label(n), format!("127.0.0.1:{}", port(n)))).collect();
    let near: Vec<(&str, &str, &str)> =
        labels.iter().map(|(label, local)| (&**label, &**local, "127.0.0.1:6000")).collect();
    let c = b.lane("client", &near);
    let s = b.lane("server", &[("L", "127.0.0.1:6000", "")]);
    b.quick(0, s, "L listen(4)", "0");
    for (at, (label, local)) in (1..).map(|n| n * 100).zip(&labels) {
        b.quick(at, c, &format!("{label} socket(AF_INET, SOCK_STREAM)"), label);
        let text = format!("{label} connect(127.0.0.1:6000)");
        let state = Some("ESTABLISHED");
        let made = Made { lane: c, text: &text, result: "0", state, carries: None };
        b.call(at + 5, at + 9, false, &made);
        b.packet(at + 10, (c, local), (s, "127.0.0.1:6000"), "SYN");
        b.quick(at + 20, c, &format!("{label} getsockname()"), local);
        b.quick(at + 30, s, "L accept()", &format!("B from {local}"));
    }
    b.picture
}

/// A page that says how many rows are not drawn, and has the first and the last of them.
#[track_caller]
fn says_what_it_leaves_out(page: &str, rows: usize) {
    assert!(page.len() < MOST, "{} bytes", page.len());
    assert!(page.contains("too long to be drawn on one page"), "{} bytes", page.len());
    assert!(page.contains("more rows, too many to draw"));
    let (drawing, table) = page.split_once("<section id=\"rows\">").expect("a table");
    let sheets = page.matches("class=\"sheet\"").count();
    assert!(sheets > 400 && sheets < rows, "{sheets} of {rows}");
    for row in [0, sheets - 1] {
        let link = format!("href=\"#r{row}\"");
        assert!(drawing.contains(&link) && table.contains(&link), "row {row} of {sheets}");
    }
}

/// Eighty megabytes it was once: every part of the picture had every socket.
#[test]
fn a_thousand_open_sockets_are_a_page_that_a_browser_can_bear() {
    let picture = crowd(1500);
    let page = page(&picture);
    says_what_it_leaves_out(&page, picture.rows.len());
    is_strict(&page);
    let in_words = page.matches("<tr><td>").count();
    assert!(in_words >= picture.rows.len(), "the table has all rows: {in_words}");
    assert!(page.contains("several sockets share a pole"));
    assert!(page.contains("sockets ESTABLISHED</title>"), "and what they have in common");
}

#[test]
fn twenty_sockets_share_poles_and_are_all_drawn() {
    let page = page(&crowd(20));
    assert!(!page.contains("too long to be drawn"));
    assert!(page.contains("20 sockets ESTABLISHED</title>"));
    assert!(page.contains("several sockets share a pole"));
}

/// Headings of steps stay where the rows between them have no room.
#[test]
fn a_run_without_end_is_cut_in_its_middle() {
    let mut picture = long(24_000);
    let at = picture.rows[12_000].at;
    let title = "In the middle of it all".to_owned();
    let step = RowKind::Step(Step { number: 7, title: title.clone() });
    picture.rows.insert(12_001, netlab::timeline::Row { at, kind: step });
    let page = page(&picture);
    says_what_it_leaves_out(&page, picture.rows.len());
    assert!(page.contains("the first and the last 5,000 rows, and the record has all"));
    assert!(page.contains("14,001 more rows"), "the table says it too");
    let (drawing, _) = page.split_once("<section id=\"rows\">").expect("a table");
    assert!(drawing.contains(&format!(">{title}</text>")));
}

/// What the state of a socket became in rows that are not drawn is seen behind them.
#[test]
fn states_go_on_behind_rows_that_are_left_out() {
    let mut picture = long(24_000);
    let mut b = Builder::default();
    b.state(240_000 / 2, 0, "A", "CLOSE-WAIT");
    let row = b.picture.rows.remove(0);
    picture.rows.insert(12_000, row);
    let page = page(&picture);
    let bands: Vec<&str> = page.matches("<title>A CLOSE-WAIT</title>").collect();
    assert!(!bands.is_empty(), "the band has the state");
}

/// The same as a user sees it.
#[test]
fn the_page_of_a_thousand_connections_can_be_mailed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ports.html");
    let output =
        netlab().args(["demo", "ports", "--html"]).arg(&file).output().expect("netlab starts");
    assert!(output.status.success(), "{output:?}");
    let html = std::fs::read_to_string(&file).expect("a page");
    assert!(html.len() < MOST, "{} bytes", html.len());
    is_strict(&html);
}

#[test]
fn the_legend_explains_what_is_drawn_and_nothing_else() {
    let page = page(&everything());
    let (_, legend) = page.split_once("<ul class=\"legend\"").expect("a legend");
    let (legend, _) = legend.split_once("<figure").expect("a picture");
    for words in [
        "a call waits (1 ms or longer, or what it takes was not there yet), from call to return",
        "lost: it left and did not arrive",
        "sent again",
        "the part of its way that nobody captured",
        "where a program stands that has no record",
        "a time in which nothing happened",
    ] {
        assert!(legend.contains(words), "{words}: {legend}");
    }
    assert!(!legend.contains("share a pole") && !legend.contains("two threads"), "{legend}");
}

/// A socket on which one thread waits while another one sends.
#[test]
fn two_threads_on_one_socket_are_told() {
    let mut b = Builder::default();
    let c = b.lane("client", &[("A", "127.0.0.1:5000", "127.0.0.1:6000")]);
    let made = |text, result| Made { lane: c, text, result, state: None, carries: None };
    b.call(10, 5_000, true, &made("A recv(9)", "9"));
    b.call(100, 120, false, &made("A send(3)", "3"));
    let told = "two threads of the program share it";
    assert!(page(&b.picture).contains(told));
    b.picture.rows.pop();
    assert!(!page(&b.picture).contains(told));
}
