//! The page in a real browser: Debian's chromium, without a screen.
//!
//! netlab's page has no script. So the test puts one into a copy of it, which measures where every
//! text stands and writes what it found into the copy; the browser prints the copy as it became.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use netlab::render::timeline::html::page;
use netlab::timeline::Picture;

use super::built::{chat, crowd};
use super::pictures::{everything, hostile, long};
use super::support::{has, skip};

const MEASURE: &str = include_str!("measure.js");

/// Bright and dark, as a switch of the browser.
const BRIGHT: &str = "--blink-settings=preferredColorScheme=1";
const DARK: &str = "--blink-settings=preferredColorScheme=0";

/// A folder with a page in it.
struct Shown {
    folder: tempfile::TempDir,
    page: PathBuf,
}

impl Shown {
    fn new(html: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let page = folder.path().join("page.html");
        fs::write(&page, html).expect("a page");
        Self { folder, page }
    }

    /// A copy with the script that measures, in a frame as wide as a screen: a window of the browser
    /// cannot be as narrow as a phone. `chosen`: the row that somebody tapped.
    fn measured(html: &str, width: u32, chosen: &str) -> Self {
        let (before, after) = html.rsplit_once("</body>").expect("a body");
        let inner = format!("{before}<script>{MEASURE}</script></body>{after}");
        let inner = inner.replace('&', "&amp;").replace('"', "&quot;");
        Self::new(&format!(
            "<!doctype html><meta charset=utf-8><style>:root{{color-scheme:light dark}}</style><body>\
             <iframe data-chosen=\"{chosen}\" width=\"{width}\" height=\"900\" \
             style=\"border:0\" srcdoc=\"{inner}\"></iframe></body>"
        ))
    }

    /// Shows the page to a browser that is given a minute.
    fn browser(&self, switches: &[&str]) -> Output {
        let profile = self.folder.path().join("profile");
        let output = Command::new("timeout")
            .args(["60", "chromium", "--headless=new", "--no-sandbox", "--disable-gpu"])
            .args(["--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .args(switches)
            .arg(format!("file://{}", self.page.display()))
            .output()
            .expect("chromium starts");
        assert!(output.status.success(), "{output:?}");
        output
    }

    /// What the script found: width of the screen, texts, background, number of faults; the faults.
    fn faults(&self, scheme: &str) -> (Vec<String>, Vec<String>) {
        let output = self.browser(&["--dump-dom", "--window-size=1400,1000", scheme]);
        let dom = String::from_utf8_lossy(&output.stdout).into_owned();
        let found = dom.rsplit_once("MEASURED\n").and_then(|(_, rest)| rest.split_once("\nEND"));
        let (found, _) = found.unwrap_or_else(|| panic!("it measured: {output:?}"));
        let mut lines = found.lines().map(str::to_owned);
        let head: Vec<String> = lines.by_ref().take(4).collect();
        (head, lines.collect())
    }
}

/// Whether there is a browser, and somebody to read its pictures.
fn ready(test: &str) -> bool {
    let missing = ["chromium", "python3", "timeout"].into_iter().find(|program| !has(program));
    if let Some(program) = missing {
        skip(test, &format!("{program} is not installed"));
    }
    missing.is_none()
}

fn judge(what: &str, file: &Path) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/timeline/html/judge.py");
    let output =
        Command::new("python3").args([script, what]).arg(file).output().expect("python3 starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Nothing is cut off, nothing stands over something else, no link leads nowhere.
#[track_caller]
fn is_whole(picture: &Picture, widths: &[u32], least: usize) {
    let html = page(picture);
    for width in widths {
        let shown = Shown::measured(&html, *width, "");
        for scheme in [BRIGHT, DARK] {
            let (head, faults) = shown.faults(scheme);
            assert_eq!(head[0], width.to_string(), "the width of the window");
            let texts: usize = head[1].parse().expect("a number");
            assert!(texts >= least, "{texts} texts in the picture");
            let dark = head[2] == "rgb(15, 20, 26)";
            assert_eq!(dark, scheme == DARK, "{}", head[2]);
            assert!(faults.is_empty(), "{width} {scheme}: {faults:#?}");
        }
    }
}

#[test]
fn a_chat_is_whole_at_every_width() {
    if ready("a_chat_is_whole_at_every_width") {
        is_whole(&chat(), &[1280, 800, 390], 60);
    }
}

#[test]
fn five_clients_are_whole() {
    if ready("five_clients_are_whole") {
        is_whole(&crowd(), &[1280, 390], 40);
    }
}

#[test]
fn everything_is_whole() {
    if ready("everything_is_whole") {
        is_whole(&everything(), &[1280, 800, 390], 40);
    }
}

#[test]
fn what_means_harm_is_whole_and_does_none() {
    if ready("what_means_harm_is_whole_and_does_none") {
        is_whole(&hostile(), &[800], 40);
    }
}

#[test]
fn a_measure_that_finds_nothing_would_be_no_measure() {
    if !ready("a_measure_that_finds_nothing_would_be_no_measure") {
        return;
    }
    // The same page with a text pushed out of its box, and a column of times pushed out of the picture.
    let html = page(&chat());
    let broken = html
        .replace("</style>", ".call text{font-size:15px}.t{transform:translate(-80px)}</style>");
    let faults = Shown::measured(&broken, 1280, "").faults(BRIGHT).1.join("\n");
    assert!(faults.contains("outside of its box") && faults.contains("cut off"), "{faults}");
}

#[test]
fn a_chosen_row_shows_its_fields_and_the_picture_stays_where_it_is() {
    if !ready("a_chosen_row_shows_its_fields_and_the_picture_stays_where_it_is") {
        return;
    }
    let html = page(&everything());
    for width in [1280, 390] {
        let (_, faults) = Shown::measured(&html, width, "#r3").faults(BRIGHT);
        assert!(faults.is_empty(), "{width}: {faults:#?}");
    }
}

#[test]
fn the_screen_is_not_blank_and_paper_has_pages() {
    if !ready("the_screen_is_not_blank_and_paper_has_pages") {
        return;
    }
    let shown = Shown::new(&page(&chat()));
    for (scheme, first) in [(BRIGHT, "245 246 248"), (DARK, "15 20 26")] {
        let file = shown.folder.path().join("screen.png");
        let shot = format!("--screenshot={}", file.display());
        shown.browser(&[&shot, "--window-size=1280,1600", scheme]);
        let said = judge("png", &file);
        let words: Vec<&str> = said.split_whitespace().collect();
        assert_eq!(words[..2], ["1280", "1600"]);
        assert!(words[2].parse::<usize>().expect("a number") > 60, "{said}");
        assert_eq!(words[3..].join(" "), first);
    }
    let pages = |picture: &Picture| {
        let shown = Shown::new(&page(picture));
        let file = shown.folder.path().join("paper.pdf");
        let print = format!("--print-to-pdf={}", file.display());
        shown.browser(&[&print, "--no-pdf-header-footer", DARK]);
        let pdf = fs::read(&file).expect("a file");
        pdf.windows(12).filter(|its| its.starts_with(b"/Type /Page") && its[11] != b's').count()
    };
    let (few, many) = (pages(&chat()), pages(&long(400)));
    assert!((1..=6).contains(&few), "{few} pages");
    assert!(many > 2 * few, "{many} pages");
}

#[test]
fn the_tags_nest() {
    if !ready("the_tags_nest") {
        return;
    }
    for picture in [chat(), crowd(), everything(), hostile(), Picture::default()] {
        let shown = Shown::new(&page(&picture));
        assert_eq!(judge("tags", &shown.page).trim(), "nested");
    }
}
