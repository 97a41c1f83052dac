//! Rules that every card keeps.
#![cfg(test)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use netlab::card::{Card, Wanted, all, fill, get, placeholders};
use netlab::event::errno::{ALL, RESOLVER};
use netlab::render::card::Shown;
use netlab::render::style::{Markup, Style};

/// Lines of a card at most, its title included.
const LINES: usize = 20;
/// Columns at most.
const COLUMNS: usize = 80;

/// A card as it is where nothing is known of the machine but error numbers.
fn anywhere(card: Card) -> Shown {
    let number = |name: &str| name.starts_with("errno ").then(|| long("errno"));
    Shown { card, markdown: fill(card.body, number) }
}

/// Values as long as they become.
fn long(name: &str) -> String {
    match name {
        "addresses" => "10.0.73.221, 192.168.56.1, 127.0.0.1, ::1".into(),
        "address" => "192.168.178.121".into(),
        "binary" => "/usr/local/bin/netlab".into(),
        "host" => "a-laptop-with-a-long-name".into(),
        "ping-groups" => "groups 0 to 2147483647".into(),
        "localhost" => "::1 and 127.0.0.1".into(),
        "errno" => "Linux 115, macOS 36, Windows 10036".into(),
        name if name.ends_with("-buffer") => "4194304 bytes".into(),
        "source-ports" => "32768 to 60999".into(),
        "os" => "Windows".into(),
        name if name.starts_with("errno ") => long("errno"),
        _ => "1048576".into(),
    }
}

#[test]
fn the_list_and_the_folder_are_in_step() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/card/text");
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut files: Vec<String> = entries.map(|entry| name(entry.expect("an entry"))).collect();
    let mut listed: Vec<String> = all().map(|card| format!("{}.md", card.slug)).collect();
    files.sort();
    listed.sort();
    assert_eq!(listed, files);
}

#[test]
fn every_card_has_a_top_and_leads_on_to_cards_that_exist() {
    for card in all() {
        let slug = card.slug;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(slug.chars().all(plain), "{slug}");
        assert!(!card.title.is_empty(), "{slug} has no title");
        assert!(!card.source.is_empty(), "{slug} has no source");
        assert!(card.also().count() > 0, "{slug} has no other words");
        assert!((1..=5).contains(&card.see().count()), "{slug} leads to one to five cards");
        for next in card.see() {
            assert!(get(next).is_some_and(|next| next.slug != slug), "{slug} leads to {next}");
        }
    }
}

/// What two cards have in common finds one of them only.
#[test]
fn no_two_cards_are_found_by_the_same_word() {
    let mut words: BTreeMap<String, &str> = BTreeMap::new();
    let mut twice = Vec::new();
    for card in all() {
        for word in [card.slug, card.title].into_iter().chain(card.also()) {
            let word = word.to_lowercase().replace(['_', '-'], " ");
            if let Some(other) = words.insert(word.clone(), card.slug)
                && other != card.slug
            {
                twice.push(format!("{word:?}: {other} and {}", card.slug));
            }
        }
    }
    assert!(twice.is_empty(), "\n{}\n", twice.join("\n"));
}

#[test]
fn every_placeholder_is_known_and_has_something_to_say_without_a_value() {
    for card in all() {
        for placeholder in placeholders(card.body) {
            let name = placeholder.name;
            match Wanted::of(name) {
                Some(Wanted::Errno(errno)) => {
                    let known = ALL.iter().chain(&RESOLVER).any(|row| row.name == errno);
                    assert!(known, "{}: {errno}", card.slug);
                }
                Some(_) => {
                    let fallback = placeholder.fallback.unwrap_or_default();
                    assert!(!fallback.is_empty(), "{}: {name} has no fallback", card.slug);
                }
                None => panic!("{}: there is no placeholder {name}", card.slug),
            }
        }
        assert!(!fill(card.body, |_| Some(String::new())).contains(['{', '}']), "{}", card.slug);
    }
}

/// Behind a list, code has to be fenced: indented it would belong to the last item.
#[test]
fn code_is_fenced() {
    for card in all() {
        let mut fenced = false;
        for line in card.body.lines() {
            fenced ^= line.trim_start().starts_with("```");
            assert!(fenced || !line.starts_with("    "), "{}: {line}", card.slug);
        }
        assert!(!fenced, "{}: a fence is open", card.slug);
    }
}

#[test]
fn every_card_fits_on_a_screen() {
    let mut faults = Vec::new();
    for card in all() {
        let longest = Shown { card, markdown: fill(card.body, |name| Some(long(name))) };
        for (shown, values) in [(anywhere(card), "fallbacks"), (longest, "long values")] {
            let lines = shown.page(&Style::default(), false);
            if lines.len() > LINES {
                faults.push(format!("{}: {} lines with {values}", card.slug, lines.len()));
            }
            for line in lines.iter().filter(|line| line.chars().count() > COLUMNS) {
                faults.push(format!("{}: too wide with {values}: {line}", card.slug));
            }
            assert!(lines.iter().all(|line| !line.contains('\n')), "{}", card.slug);
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// Narrow pages are longer; code stays whole up to 48 columns, and nothing else may stand out.
#[test]
fn on_forty_columns_only_code_stands_out() {
    let style = Style { width: 40, ..Style::default() };
    for card in all() {
        for line in anywhere(card).page(&style, true) {
            let code = line.starts_with("    ") || !line.trim_start().contains(' ');
            assert!(code || line.chars().count() <= 48, "{}: {line}", card.slug);
        }
    }
}

#[test]
fn with_ascii_only_ascii_is_left() {
    let style = Style { ascii: true, ..Style::default() };
    for card in all() {
        for line in anywhere(card).page(&style, true) {
            assert!(line.is_ascii(), "{}: {line}", card.slug);
        }
    }
}

/// Colours end on the line where they begin, and change no character.
#[test]
fn colours_change_nothing_but_colours() {
    colored::control::set_override(true);
    let coloured = Style { colour: true, ..Style::default() };
    for card in all() {
        let plain = anywhere(card).page(&Style::default(), true);
        let painted = anywhere(card).page(&coloured, true);
        assert!(painted.iter().any(|line| line.contains('\x1b')), "{}", card.slug);
        for line in &painted {
            let begun = line.matches("\x1b[").count() - line.matches("\x1b[0m").count();
            assert_eq!(begun, line.matches("\x1b[0m").count(), "{}: {line:?}", card.slug);
        }
        let stripped: Vec<String> = painted.iter().map(|line| strip(line)).collect();
        assert_eq!(words(&stripped), words(&plain), "{}", card.slug);
    }
}

/// The words of a page. Where there are no colours, some code has marks instead; a table of colours
/// may have other widths.
fn words(page: &[String]) -> Vec<String> {
    let words = page.iter().flat_map(|line| line.split_whitespace());
    let plain = words.map(|word| word.replace(['`', '─'], ""));
    plain.filter(|word| !word.is_empty()).collect()
}

fn strip(line: &str) -> String {
    let mut parts = line.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}

#[test]
fn markdown_is_the_card_as_it_is() {
    let style = Style { markup: Markup::Markdown, ..Style::default() };
    for card in all() {
        let shown = anywhere(card);
        let page = shown.page(&style, false).join("\n");
        assert_eq!(page, format!("# {}\n\n{}", card.title, shown.markdown), "{}", card.slug);
    }
}
