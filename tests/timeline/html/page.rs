//! What stands in the page.

use netlab::render::Style;
use netlab::render::timeline::html::page;
use netlab::render::timeline::page as text_page;
use netlab::timeline::{Demo, Picture, RowKind};
use unicode_width::UnicodeWidthStr;

use super::built::{chat, crowd};
use super::pictures::{HOSTILE, everything, hostile, long};

/// What a page would fetch or run something with.
const REACHING: [&str; 12] = [
    "<script",
    "<link",
    "<img",
    "<iframe",
    "<object",
    "<embed",
    "<image",
    "<use",
    "@import",
    " src=",
    "xlink:",
    "javascript:",
];

fn pictures() -> Vec<Picture> {
    vec![chat(), crowd(), everything(), hostile(), long(400), Picture::default()]
}

#[test]
fn the_page_fetches_nothing_and_runs_nothing() {
    for picture in pictures() {
        let page = page(&picture);
        // What a record says may look like anything, as long as it stays text.
        for word in REACHING.iter().filter(|word| **word != " src=" && **word != "javascript:") {
            assert!(!page.contains(word), "{word} in {}", picture.title);
        }
        for (at, _) in page.match_indices('<') {
            let tag = &page[at..page[at..].find('>').map_or(page.len(), |end| at + end)];
            let outside_of_values: String = tag.split('"').step_by(2).collect();
            assert!(
                !outside_of_values.contains(" src=") && !outside_of_values.contains(" on"),
                "{tag}"
            );
            for (_, value) in tag.match_indices("href=\"").map(|(at, m)| (at, &tag[at + m.len()..]))
            {
                assert!(value.starts_with('#'), "{tag}");
            }
        }
        for (at, _) in page.match_indices("url(") {
            assert!(page[at..].starts_with("url(#hatch)"), "{}", &page[at..at + 40]);
        }
    }
}

#[test]
fn what_somebody_sent_stays_text() {
    let page = page(&hostile());
    assert!(page.contains("&lt;/script&gt;&lt;script&gt;"));
    assert!(!page.contains(['\u{202e}', '\u{1b}']));
    assert!(page.contains("&amp;lt;"), "an entity in a message is not an entity of the page");
}

/// The same as text: names of any length are cut, and titles and long words keep to the page.
#[test]
fn what_somebody_sent_keeps_to_a_narrow_page() {
    let mut picture = hostile();
    picture.demo = Some(Demo { title: HOSTILE.repeat(3), ..Demo::default() });
    picture.rows.retain(|row| !matches!(row.kind, RowKind::Table(_)));
    for width in [40, 120] {
        let style = Style { width, ..Style::default() };
        let lines = text_page(&style, &picture, true);
        for line in lines.iter().flat_map(|line| line.lines()) {
            assert!(line.width() <= width, "{}: {line}", line.width());
        }
    }
    picture.demo = None;
    let wide = Style { width: 120, ..Style::default() };
    let title = text_page(&wide, &picture, true).remove(0);
    assert!(title.matches('…').count() == 2 && title.width() < 90, "{title}");
}

#[test]
fn the_same_picture_gives_the_same_page() {
    for picture in pictures() {
        assert_eq!(page(&picture), page(&picture));
    }
}

#[test]
fn every_row_is_in_the_picture_and_in_the_table_and_has_its_fields() {
    for picture in [chat(), crowd(), everything(), long(5000)] {
        let page = page(&picture);
        let (drawing, table) = page.split_once("<section id=\"rows\">").expect("a table");
        for (row, its) in picture.rows.iter().enumerate() {
            if matches!(its.kind, RowKind::Step(_) | RowKind::Fact(_) | RowKind::Table(_)) {
                continue;
            }
            let link = format!("href=\"#r{row}\"");
            assert!(drawing.contains(&link), "row {row} of {} is drawn", picture.title);
            assert!(table.contains(&link), "row {row} of {} is in the table", picture.title);
            assert!(table.contains(&format!("id=\"r{row}\"")), "row {row} has its fields");
        }
    }
}

#[test]
fn facts_tables_flags_and_options_are_told() {
    let page = page(&everything());
    for words in [
        "3,910,656 bytes fitted before send waited",
        "bytes_before_send_waited = 3910656",
        "1 call: ABBCCC",
        "0x12, 00010010",
        "MSS 65495, SACK permitted",
        "SYN lost",
        "sent again: SYN",
        "3.0 s",
        "1,204 more sends, packets and recvs in turn",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn a_long_run_is_a_page_that_a_browser_can_bear() {
    let page = page(&long(5000));
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    assert!(page.contains("the fields of each row are not on this page"));
}
