//! The rules of the house, read from the table in `src/lib.rs` and checked on every source file.
//!
//! The compiler keeps no direction between modules, so this test does. It reads words, not types:
//! comments and strings are dropped first, so prose never counts as a use.
#![cfg(test)]

use std::{fmt, fs, path::Path};

/// What the top level of the repository may hold. Hidden names are free; `target` is the build's.
const TOP: [&str; 8] =
    ["Cargo.lock", "Cargo.toml", "LICENSE", "README.md", "labs", "src", "target", "tests"];
const LINES: usize = 400;
const PRINTS: [&str; 5] = ["dbg", "eprint", "eprintln", "print", "println"];
const CLAP_ROOMS: [&str; 2] = ["cli", "commands"];
const TABLE: &str = "move the code, or change the table in src/lib.rs and say why";

#[derive(Clone, Copy, Debug, PartialEq)]
enum Rule {
    Direction,
    OnlyUser,
    Table,
    Clap,
    Print,
    Length,
    TopLevel,
}

struct Breach {
    rule: Rule,
    place: String,
    what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: [{:?}] {}", self.place, self.rule, self.what)
    }
}

// ---- The tree: file names and texts, so that the tests below can make one up. ----

/// Paths are relative to the repository and use `/`.
#[derive(Default)]
struct Tree {
    top: Vec<String>,
    files: Vec<(String, String)>,
    manifest: String,
}

impl Tree {
    fn read(root: &Path) -> Self {
        let mut tree = Tree {
            top: names(root),
            manifest: fs::read_to_string(root.join("Cargo.toml")).expect("Cargo.toml is readable"),
            files: Vec::new(),
        };
        tree.collect(root, "src");
        tree
    }

    fn collect(&mut self, root: &Path, folder: &str) {
        for name in names(&root.join(folder)) {
            let path = format!("{folder}/{name}");
            if root.join(&path).is_dir() {
                self.collect(root, &path);
            } else if is_rust(&path) {
                let text = fs::read_to_string(root.join(&path)).expect("a source file is UTF-8");
                self.files.push((path, text));
            }
        }
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is readable");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "rs")
}

/// `src/stream/chat.rs` is `["stream", "chat"]`; the two crate roots are `[]`.
fn module_of(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut parts: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if matches!(inner, "lib" | "main") || parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

// ---- The table. ----

#[derive(Debug, PartialEq)]
struct Room {
    name: String,
    /// `None`: everything.
    may_use: Option<Vec<String>>,
    only_user_of: Vec<String>,
    line: usize,
}

fn rooms(lib: &str) -> Vec<Room> {
    let mut rooms = Vec::new();
    let mut in_table = false;
    for (index, line) in lib.lines().enumerate() {
        let Some(row) =
            line.trim().strip_prefix("//!").map(str::trim).filter(|row| row.starts_with('|'))
        else {
            in_table = false;
            continue;
        };
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        if cells == ["room", "job", "may use", "only user of"] {
            in_table = true;
        } else if in_table && !row.contains("---") {
            // A row that lost a cell must not be read as "no restriction".
            let [name, _job, may_use, crates] = cells[..] else {
                panic!("src/lib.rs:{}: four cells", index + 1)
            };
            rooms.push(Room {
                name: name.trim_matches('`').to_owned(),
                may_use: (may_use != "everything").then(|| quoted(may_use)),
                only_user_of: quoted(crates),
                line: index + 1,
            });
        }
    }
    rooms
}

fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

// ---- Words: what is left of a source without comments, strings and character literals. ----

#[derive(Clone, Debug)]
struct Word {
    text: String,
    line: usize,
}

fn words(source: &str) -> Vec<Word> {
    let chars: Vec<char> = source.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let (mut words, mut line, mut i) = (Vec::new(), 1, 0);
    while i < chars.len() {
        let start = i;
        let is_name = at(i).is_alphanumeric() || at(i) == '_';
        if at(i) == '/' && at(i + 1) == '/' {
            while i < chars.len() && at(i) != '\n' {
                i += 1;
            }
        } else if at(i) == '/' && at(i + 1) == '*' {
            let mut depth = 0;
            loop {
                match (at(i), at(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
                if depth == 0 || i >= chars.len() {
                    break;
                }
            }
        } else if at(i) == '"' || (at(i) == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'')) {
            // A quote that closes nothing is a lifetime; it is dropped as punctuation below.
            i += 1;
            while i < chars.len() && at(i) != at(start) {
                i += if at(i) == '\\' { 2 } else { 1 };
            }
            i += 1;
        } else if is_name {
            while at(i).is_alphanumeric() || at(i) == '_' {
                i += 1;
            }
            let name: String = chars[start..i].iter().collect();
            let hashes = chars[i..].iter().take_while(|&&c| c == '#').count();
            if matches!(name.as_str(), "r" | "br" | "cr") && at(i + hashes) == '"' {
                let closing =
                    |index: usize| at(index) == '"' && (1..=hashes).all(|n| at(index + n) == '#');
                i += hashes + 1;
                while i < chars.len() && !closing(i) {
                    i += 1;
                }
                i += hashes + 1;
            } else {
                words.push(Word { text: name, line });
            }
        } else {
            let pair: String = [at(i), at(i + 1)].iter().collect();
            i += if matches!(pair.as_str(), "::" | "->" | "=>" | "!=") { 2 } else { 1 };
            if !at(start).is_whitespace() && at(start) != '\'' {
                words.push(Word { text: chars[start..i].iter().collect(), line });
            }
        }
        line += chars[start..i.min(chars.len())].iter().filter(|&&c| c == '\n').count();
    }
    words
}

// ---- References: every path a file names, seen from the crate root where it stays inside. ----

#[derive(Debug, PartialEq)]
enum Target {
    /// A path from the crate root; empty for the whole crate (`use crate::*`).
    Inside(Vec<String>),
    /// The first name of any other path: another crate, or a name that is in scope.
    Outside(String),
}

fn references(words: &[Word], module: &[String]) -> Vec<(usize, Target)> {
    let text = |index: usize| words.get(index).map_or("", |word| word.text.as_str());
    let (mut found, mut module, mut depth, mut i) = (Vec::new(), module.to_vec(), 0_usize, 0);
    let mut opened = Vec::new();
    while i < words.len() {
        match text(i) {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if opened.last() == Some(&depth) {
                    opened.pop();
                    module.pop();
                }
            }
            "mod" if text(i + 2) == "{" => {
                opened.push(depth);
                module.push(text(i + 1).to_owned());
            }
            // `use<'a>` in a return type captures lifetimes; it imports nothing.
            "use" if text(i + 1) != "<" => {
                i = import(words, i + 1, &[], &module, &mut found);
                continue;
            }
            "extern" if text(i + 1) == "crate" => {
                found.push((words[i].line, resolve(&[text(i + 2).to_owned()], &module)));
                i += 2;
            }
            head if text(i + 1) == "::" && is_word(head) => {
                // `b` in `<T>::b::c` is the rest of a path; in `::b::c` it is a crate.
                let is_rest = i > 1 && text(i - 1) == "::" && text(i - 2) == ">";
                let mut path = vec![head.to_owned()];
                while text(i + 1) == "::" && is_word(text(i + 2)) {
                    path.push(text(i + 2).to_owned());
                    i += 2;
                }
                if !is_rest {
                    found.push((words[i].line, resolve(&path, &module)));
                }
            }
            _ => {}
        }
        i += 1;
    }
    found
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// One branch of a `use` tree, from `i` on; answers where the branch ends.
fn import(
    words: &[Word],
    mut i: usize,
    prefix: &[String],
    module: &[String],
    found: &mut Vec<(usize, Target)>,
) -> usize {
    let text = |index: usize| words.get(index).map_or("", |word| word.text.as_str());
    let mut path = prefix.to_vec();
    let mut is_group = false;
    let line = words.get(i).map_or(0, |word| word.line);
    loop {
        match text(i) {
            "" | ";" | "," | "}" => break,
            "as" => i += 1,
            "::" | "*" => {}
            "{" => {
                is_group = true;
                while !matches!(text(i), "" | ";" | "}") {
                    i = import(words, i + 1, &path, module, found);
                }
            }
            name => path.push(name.to_owned()),
        }
        i += 1;
    }
    if !is_group && !path.is_empty() {
        found.push((line, resolve(&path, module)));
    }
    i
}

fn resolve(path: &[String], module: &[String]) -> Target {
    let mut from_root = match path[0].as_str() {
        "crate" => Vec::new(),
        "self" | "super" => module.to_vec(),
        other => return Target::Outside(other.to_owned()),
    };
    for name in path {
        match name.as_str() {
            "crate" | "self" => {}
            "super" => drop(from_root.pop()),
            name => from_root.push(name.to_owned()),
        }
    }
    Target::Inside(from_root)
}

// ---- The rules. ----

fn breaches(tree: &Tree) -> Vec<Breach> {
    let lib = tree
        .files
        .iter()
        .find(|(path, _)| path == "src/lib.rs")
        .map_or("", |(_, text)| text.as_str());
    let rooms = rooms(lib);
    let mut found = table_breaches(tree, &rooms);
    for (path, text) in &tree.files {
        let module = module_of(path);
        let words = words(text);
        let mut add = |rule, line: usize, what| {
            found.push(Breach { rule, place: format!("{path}:{line}"), what });
        };
        let length = text.lines().count();
        if length > LINES {
            add(
                Rule::Length,
                LINES + 1,
                format!("{length} lines; the limit is {LINES}: split the file by what it does"),
            );
        }
        for pair in words
            .windows(2)
            .filter(|pair| pair[1].text == "!" && PRINTS.contains(&pair[0].text.as_str()))
        {
            let name = &pair[0].text;
            add(
                Rule::Print,
                pair[0].line,
                format!("`{name}!` prints past the renderer: make an event and render it"),
            );
        }
        for (line, target) in references(&words, &module) {
            if let Some((rule, what)) = judge(&rooms, module.first(), &target) {
                add(rule, line, what);
            }
        }
    }
    for name in
        tree.top.iter().filter(|name| !name.starts_with('.') && !TOP.contains(&name.as_str()))
    {
        let what = format!("the top level holds only {}: move it", TOP.join(", "));
        found.push(Breach { rule: Rule::TopLevel, place: name.clone(), what });
    }
    found
}

/// `here` is the room of the file; the two crate roots have none.
fn judge(rooms: &[Room], here: Option<&String>, target: &Target) -> Option<(Rule, String)> {
    match target {
        Target::Outside(name) if name == "clap" => {
            let allowed = here.is_some_and(|here| CLAP_ROOMS.contains(&here.as_str()));
            (!allowed).then(|| {
                (
                    Rule::Clap,
                    "only `cli` and `commands` know `clap`: move the code there".to_owned(),
                )
            })
        }
        Target::Outside(name) => {
            let owner = rooms.iter().find(|room| room.only_user_of.contains(name))?;
            let what = || format!("only `{}` uses the crate `{name}`: {TABLE}", owner.name);
            (here != Some(&owner.name)).then(|| (Rule::OnlyUser, what()))
        }
        Target::Inside(path) => {
            // A room without a row is a breach of its own; nothing more can be said about it.
            let here = rooms.iter().find(|room| Some(&room.name) == here)?;
            let allowed = here.may_use.as_ref()?;
            let what = match path.first() {
                Some(there) if *there == here.name || allowed.contains(there) => return None,
                Some(there) if rooms.iter().any(|room| room.name == *there) => {
                    format!("room `{}` may not use room `{there}`: {TABLE}", here.name)
                }
                Some(there) => format!(
                    "`{there}` at the crate root is no room: name it by the room it lives in"
                ),
                None => "this takes in every room at once: name the ones you need".to_owned(),
            };
            Some((Rule::Direction, what))
        }
    }
}

fn table_breaches(tree: &Tree, rooms: &[Room]) -> Vec<Breach> {
    let mut found = Vec::new();
    let mut add = |place: String, what: String| {
        found.push(Breach { rule: Rule::Table, place, what });
    };
    if rooms.is_empty() {
        add(
            "src/lib.rs:1".to_owned(),
            "no table of rooms found: room | job | may use | only user of".to_owned(),
        );
    }
    let on_disk: Vec<String> =
        tree.files.iter().filter_map(|(path, _)| module_of(path).into_iter().next()).collect();
    for (index, room) in rooms.iter().enumerate() {
        let (name, place) = (&room.name, format!("src/lib.rs:{}", room.line));
        if !on_disk.contains(name) {
            add(
                place.clone(),
                format!(
                    "room `{name}` is in the table but not in src: write it, or strike the row"
                ),
            );
        }
        if rooms[..index].iter().any(|other| other.name == *name) {
            add(place.clone(), format!("room `{name}` has two rows: keep one"));
        }
        for other in room
            .may_use
            .iter()
            .flatten()
            .filter(|other| rooms.iter().all(|room| room.name != **other))
        {
            add(
                place.clone(),
                format!("`{name}` may use `{other}`, which is no room: correct the row"),
            );
        }
        for owned in &room.only_user_of {
            // A misspelt crate would be a rule that never bites.
            let listed = |line: &str| {
                line.split(['=', '.', ' '])
                    .next()
                    .is_some_and(|key| key.replace('-', "_") == *owned)
            };
            if !tree.manifest.lines().any(listed) {
                add(
                    place.clone(),
                    format!("`{owned}` is no dependency in Cargo.toml: correct the row"),
                );
            }
            if rooms[..index].iter().any(|other| other.only_user_of.contains(owned)) {
                add(place.clone(), format!("`{owned}` has two only users: {TABLE}"));
            }
        }
    }
    for (path, _) in &tree.files {
        if module_of(path).first().is_some_and(|name| rooms.iter().all(|room| room.name != *name)) {
            add(
                format!("{path}:1"),
                "its room is not in the table: add a row to src/lib.rs, or move the file"
                    .to_owned(),
            );
        }
    }
    found
}

// ---- The repository itself, one test per rule. ----

fn assert_kept(rules: &[Rule]) {
    let all = breaches(&Tree::read(Path::new(env!("CARGO_MANIFEST_DIR"))));
    let found: Vec<String> =
        all.iter().filter(|breach| rules.contains(&breach.rule)).map(Breach::to_string).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn a_room_uses_only_what_its_row_allows() {
    assert_kept(&[Rule::Direction]);
}

#[test]
fn a_crate_with_one_user_has_one_user() {
    assert_kept(&[Rule::OnlyUser, Rule::Clap]);
}

#[test]
fn the_table_names_every_room_and_no_other() {
    assert_kept(&[Rule::Table]);
}

#[test]
fn nobody_prints_past_the_renderer() {
    assert_kept(&[Rule::Print]);
}

#[test]
fn no_file_is_too_long_to_read() {
    assert_kept(&[Rule::Length]);
}

#[test]
fn the_top_level_holds_only_its_fixed_names() {
    assert_kept(&[Rule::TopLevel]);
}

// ---- The scanner, on made-up trees: a rule that cannot fail is no rule. ----

const LIB: &str = "\
//! | not | the | table |
//!
//! | room | job | may use | only user of |
//! | --- | --- | --- | --- |
//! | `event` | words | | |
//! | `socket` | calls | `event` | `socket2` |
//! | `cli` | words | | |
//! | `commands` | all | everything | |
";

fn made_up(files: &[(&str, &str)]) -> Tree {
    let rooms = ["event", "socket", "cli", "commands"]
        .map(|room| (format!("src/{room}.rs"), String::new()));
    let mut tree = Tree {
        files: rooms.to_vec(),
        manifest: "socket2 = \"0.6\"\n".to_owned(),
        ..Tree::default()
    };
    tree.files.push(("src/lib.rs".to_owned(), LIB.to_owned()));
    for (path, text) in files {
        tree.files.retain(|(old, _)| old != path);
        tree.files.push(((*path).to_owned(), (*text).to_owned()));
    }
    tree
}

/// The rule and the line of every breach in one file.
fn caught(path: &str, text: &str) -> Vec<(Rule, String)> {
    let found = breaches(&made_up(&[(path, text)]));
    found.into_iter().map(|breach| (breach.rule, breach.place.replace(path, ""))).collect()
}

fn one(rule: Rule, line: usize) -> Vec<(Rule, String)> {
    vec![(rule, format!(":{line}"))]
}

#[test]
fn a_tree_that_keeps_the_rules_passes() {
    let tree = made_up(&[
        (
            "src/socket/mod.rs",
            "use crate::{event::{self, Event as E}, event};\nuse socket2::Socket;\nmod tests { use super::*; }",
        ),
        (
            "src/socket/unix.rs",
            "fn f() -> impl Iterator + use<'_> { super::g(); super::super::event::h() }",
        ),
        ("src/commands.rs", "use crate::{cli, event::*, socket::Socket};\nuse clap::Parser;"),
        ("src/main.rs", "use netlab::commands;\nfn main() { netlab::event::x() }"),
    ]);
    let found: Vec<String> = breaches(&tree).iter().map(Breach::to_string).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn every_way_to_name_a_room_is_seen() {
    for text in [
        "use crate::socket;",
        "use crate::socket as s;",
        "use crate::socket::*;",
        "pub(crate) use {std::io, crate::socket::Socket};",
        "use crate::{event::Event, socket::{A, B::C}};",
        "use super::socket::Socket;",
        "use super::{socket};",
        "mod tests { mod inner { use super::super::super::socket; } }",
        "mod a { fn f() { { } } } use super::socket;",
        "fn f() { crate::socket::open(); }",
        "fn f(x: &'static crate::socket::Socket, c: char) { 'a' == c; }",
        "fn f() { <crate::socket::Socket>::open(); }",
        "fn f() -> impl Iterator + use<'_> { crate::socket::open() }",
        "fn f() { g('\"'); crate::socket::open(); h('\"'); }",
        "macro_rules! m { () => { $crate::socket::open() } }",
        "use crate::*;",
        "use crate::{self as all};",
        "use super::*;",
        "use crate::Reexported;",
    ] {
        let found = caught("src/event.rs", &format!("//! Prose.\n{text}"));
        assert!(
            !found.is_empty() && found.iter().all(|breach| *breach == one(Rule::Direction, 2)[0]),
            "{text}: {found:?}"
        );
    }
    for (path, text) in [
        ("src/event/deep/er.rs", "\nuse super::super::super::socket;"),
        ("src/event/mod.rs", "\nuse super::socket;"),
    ] {
        assert_eq!(caught(path, text), one(Rule::Direction, 2), "{path}");
    }
    let whole = (1, Target::Inside(Vec::new()));
    assert_eq!(references(&words("use crate::{self as all};"), &[]), [whole]);
}

#[test]
fn prose_and_strings_name_nothing() {
    for text in [
        "/// See [`crate::socket`] and println!(\"x\").",
        "/* crate::socket /* socket2::x */ crate::cli */",
        "fn f() -> &'static str { \"crate::socket \\\" socket2::x\" }",
        "fn f() -> &'static str { r#\"crate::socket \" println!()\"# }",
        "fn f() { let _ = (b'\"', '\\'', '\"', br\"\\\"); } // crate::socket",
        "fn f(print: u8) -> bool { print != 1 }",
        "mod socket2 {} fn f() { self::socket2::g(); other::socket2::h(); <T>::socket2::h(); }",
    ] {
        assert_eq!(caught("src/event.rs", text), [], "{text}");
    }
}

#[test]
fn a_crate_in_the_wrong_room_is_seen() {
    for text in [
        "use socket2::Socket;",
        "use {::socket2 as s};",
        "fn f() -> ::socket2::Socket { }",
        "extern crate socket2;",
    ] {
        for path in ["src/event.rs", "src/main.rs", "src/commands.rs"] {
            assert_eq!(
                caught(path, &format!("\n\n{text}")),
                one(Rule::OnlyUser, 3),
                "{path}: {text}"
            );
        }
    }
    assert_eq!(caught("src/event.rs", "#[derive(clap::Parser)]\nstruct A;"), one(Rule::Clap, 1));
    assert_eq!(caught("src/cli.rs", "use clap::Parser;"), []);
}

#[test]
fn a_print_and_a_long_file_are_seen() {
    for name in PRINTS {
        assert_eq!(
            caught("src/commands.rs", &format!("fn f() {{\n std::{name}!(\"\") }}")),
            one(Rule::Print, 2)
        );
    }
    assert_eq!(caught("src/event.rs", &"\n".repeat(LINES)), []);
    assert_eq!(caught("src/event.rs", &"\n".repeat(LINES + 1)), one(Rule::Length, LINES + 1));
}

#[test]
fn a_table_that_disagrees_with_the_tree_is_seen() {
    let table_lines = |tree: &Tree| -> Vec<String> {
        let found = breaches(tree);
        assert!(found.iter().all(|breach| breach.rule == Rule::Table));
        found.into_iter().map(|breach| breach.place).collect()
    };
    assert_eq!(table_lines(&made_up(&[("src/spare/mod.rs", "")])), ["src/spare/mod.rs:1"]);
    let mut tree = made_up(&[]);
    tree.files.retain(|(path, _)| path != "src/event.rs");
    assert_eq!(table_lines(&tree), ["src/lib.rs:5"]);
    let row = |row: &str| table_lines(&made_up(&[("src/lib.rs", &format!("{LIB}//! {row}\n"))]));
    assert_eq!(row("| `event` | twice | | |"), ["src/lib.rs:9"]);
    assert_eq!(row("| `spare` | nowhere | | |"), ["src/lib.rs:9"]);
    assert_eq!(row("| `event` | odd | `spare` | `socket3` |"), ["src/lib.rs:9"; 3]);
    assert_eq!(table_lines(&made_up(&[("src/lib.rs", "//! No table.")]))[0], "src/lib.rs:1");
}

#[test]
fn the_table_is_read_to_the_letter() {
    let rooms = rooms(LIB);
    assert_eq!(rooms.len(), 4);
    let (name, may_use, only_user_of) =
        ("socket".to_owned(), Some(vec!["event".to_owned()]), vec!["socket2".to_owned()]);
    assert_eq!(rooms[1], Room { name, may_use, only_user_of, line: 6 });
    assert_eq!((&rooms[0].may_use, &rooms[3].may_use), (&Some(Vec::new()), &None));
}

#[test]
fn a_tree_is_read_from_disk() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("house-{}", std::process::id()));
    fs::create_dir_all(root.join("src/socket")).expect("a folder");
    for (path, text) in [
        ("Cargo.toml", ""),
        ("src/lib.rs", LIB),
        ("src/socket/unix.rs", "//! A.\n"),
        ("notes.txt", ""),
    ] {
        fs::write(root.join(path), text).expect("a file");
    }
    let tree = Tree::read(&root);
    fs::remove_dir_all(&root).expect("the folder goes");
    assert_eq!(tree.top, ["Cargo.toml", "notes.txt", "src"]);
    assert_eq!(
        tree.files.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
        ["src/lib.rs", "src/socket/unix.rs"]
    );
    assert!(
        breaches(&tree)
            .iter()
            .any(|breach| breach.rule == Rule::TopLevel && breach.place == "notes.txt")
    );
}
