//! Every error is found: by its name, by its number on each system, by the line on the screen.
#![cfg(test)]

use netlab::card::{all, exact, get};
use netlab::event::errno::{ALL, NO_NAME, RESOLVER, WINDOWS_TOO};
use serde_json::Value;

use crate::explain;

/// The slugs of the cards that are shown for these words.
fn slugs(words: &[&str]) -> Vec<String> {
    let (code, out, _) = explain(&[&["--format", "json"], words].concat());
    let lines = out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let cards: Vec<Value> = lines.filter(|line| line["event"] == "card").collect();
    assert_eq!(code, Some(i32::from(cards.is_empty())), "{words:?}: {out}");
    cards.iter().map(|card| card["slug"].as_str().expect("a slug").to_owned()).collect()
}

#[test]
fn every_error_of_the_table_is_found_by_its_name_in_any_dress() {
    for row in ALL.iter().chain(&RESOLVER) {
        let card = exact(row.name).unwrap_or_else(|| panic!("no card about {}", row.name));
        assert!(card.also().any(|word| word == row.name), "{}: {}", row.name, card.slug);
        let numbers = format!("{{errno {}}}", row.name);
        assert!(card.body.contains(&numbers), "{} has no numbers of {}", card.slug, row.name);
        assert_eq!(exact(&row.name.to_lowercase()), Some(card));
        if !RESOLVER.contains(row) {
            assert_eq!(slugs(&[&format!("WSA{}", row.name)]), [card.slug]);
        }
        let line = format!("accept failed with {}, said the server", row.name);
        assert_eq!(slugs(&[&line]), [card.slug]);
    }
}

#[test]
fn every_error_of_the_table_is_found_by_its_number_on_each_system() {
    for row in ALL.iter().chain([&NO_NAME]) {
        let card = exact(row.name).expect("every error has a card").slug.to_owned();
        let numbers = [Some(row.linux), Some(row.macos), row.windows];
        for (number, system) in numbers.into_iter().zip(["Linux", "macOS", "Windows"]) {
            let Some(number) = number else { continue };
            let number = number.to_string();
            for words in [vec![number.as_str()], vec!["errno", &number]] {
                assert!(slugs(&words).contains(&card), "{words:?} is {} on {system}", row.name);
            }
            let (_, out, _) = explain(&[&number]);
            let first = out.lines().next().unwrap_or_default();
            assert!(first.contains(row.name) && first.contains(system), "{first}");
        }
    }
}

/// The resolver counts apart from calls. Its negative numbers say it, and Windows' do; for those of
/// macOS the message has to.
#[test]
fn every_error_of_the_resolver_is_found_by_its_number() {
    for row in RESOLVER {
        let card = exact(row.name).expect("every error has a card").slug;
        let windows = row.windows.expect("a number");
        assert_eq!(slugs(&[&row.linux.to_string()]), [card]);
        assert_eq!(slugs(&[&windows.to_string()]), [card]);
        assert_eq!(slugs(&[&format!("WinError {windows}")]), [card]);
        for number in [row.linux, row.macos, windows] {
            let line = format!("socket.gaierror: [Errno {number}] and some words");
            assert_eq!(slugs(&[&line]), [card], "{line}");
        }
    }
    let (_, out, _) = explain(&["socket.gaierror: [Errno 8] nodename nor servname provided"]);
    assert!(out.starts_with("8 is EAI_NONAME on macOS.\n"), "{out}");
}

#[test]
fn windows_has_more_than_one_number_for_some() {
    for (number, name) in WINDOWS_TOO {
        let card = exact(name).expect("a card").slug;
        assert_eq!(slugs(&[&format!("[WinError {number}]")]), [card]);
        assert!(slugs(&[&format!("[Errno {number}]")]).is_empty());
    }
    for line in ["[Errno 2] No such file or directory", "[WinError 2]", "[WinError 3]"] {
        assert_eq!(slugs(&[line]), ["record-file"], "{line}");
    }
    assert_eq!(slugs(&["[WinError 10038]"]), ["ebadf"]);
}

/// The words of a message say which of a number's errors is meant: the others are not told.
#[test]
fn a_message_has_one_meaning() {
    let (_, out, _) = explain(&["OSError: [Errno 19] No such device"]);
    assert!(out.starts_with("19 is ENODEV on Linux and macOS.\n"), "{out}");
}

/// What a number is on one system, it need not be on another: all of them are told.
#[test]
fn a_number_that_is_several_errors_is_all_of_them() {
    assert_eq!(slugs(&["19"]), ["enodev", "record-file"]);
    assert_eq!(slugs(&["10013"]), ["eacces", "eperm"]);
    assert_eq!(slugs(&["8"]), ["eai-noname", "enobufs"]);
    let (_, out, _) = explain(&["19", "--format", "json"]);
    let first: Value = serde_json::from_str(out.lines().next().expect("a line")).expect("JSON");
    assert_eq!(first["event"], "number");
    assert_eq!(first["linux"], serde_json::json!(["ENODEV"]));
    assert_eq!(first["windows"], serde_json::json!(["EROFS"]));
}

/// Lines from a student's screen, and the one card that is meant. Each is given as one argument and
/// as the words that a shell makes of it.
const LINES: [(&str, &str); 76] = [
    ("OSError: [Errno 98] Address already in use", "eaddrinuse"),
    ("OSError: [Errno 48] Address already in use", "eaddrinuse"),
    ("[WinError 10048] Only one usage of each socket address is normally permitted", "eaddrinuse"),
    ("address already in use", "eaddrinuse"),
    ("PermissionError: [Errno 13] Permission denied", "eacces"),
    (
        "PermissionError: [WinError 10013] An attempt was made to access a socket in a way \
         forbidden by its access permissions",
        "eacces",
    ),
    ("PermissionError: [Errno 1] Operation not permitted", "eperm"),
    ("OSError: [Errno 99] Cannot assign requested address", "eaddrnotavail"),
    ("OSError: [Errno 49] Can't assign requested address", "eaddrnotavail"),
    (
        "OSError: [WinError 10049] The requested address is not valid in its context",
        "eaddrnotavail",
    ),
    ("ConnectionRefusedError: [Errno 111] Connection refused", "econnrefused"),
    ("ConnectionRefusedError: [Errno 61] Connection refused", "econnrefused"),
    (
        "[WinError 10061] No connection could be made because the target machine actively \
         refused it",
        "econnrefused",
    ),
    ("Connection refused", "econnrefused"),
    ("Connection refused (os error 111)", "econnrefused"),
    ("layer 4 · ECONNREFUSED · Linux 111, macOS 61, Windows 10061", "econnrefused"),
    ("TimeoutError: [Errno 110] Connection timed out", "etimedout"),
    ("TimeoutError: [Errno 60] Operation timed out", "etimedout"),
    ("socket.timeout: timed out", "etimedout"),
    ("OSError: [Errno 113] No route to host", "ehostunreach"),
    ("OSError: [Errno 101] Network is unreachable", "enetunreach"),
    ("socket.gaierror: [Errno -2] Name or service not known", "eai-noname"),
    ("socket.gaierror: [Errno 8] nodename nor servname provided, or not known", "eai-noname"),
    ("socket.gaierror: [Errno 11001] getaddrinfo failed", "eai-noname"),
    ("TypeError: a bytes-like object is required, not 'str'", "str-not-bytes"),
    ("a bytes-like object is required", "str-not-bytes"),
    (
        "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xc3 in position 1: unexpected end \
         of data",
        "unicode-decode",
    ),
    ("BrokenPipeError: [Errno 32] Broken pipe", "epipe"),
    ("ConnectionResetError: [Errno 104] Connection reset by peer", "econnreset"),
    ("ConnectionResetError: [Errno 54] Connection reset by peer", "econnreset"),
    (
        "[WinError 10054] An existing connection was forcibly closed by the remote host",
        "econnreset",
    ),
    (
        "[WinError 10053] An established connection was aborted by the software in your host \
         machine",
        "econnaborted",
    ),
    ("OSError: [Errno 22] Invalid argument", "einval"),
    ("OSError: [Errno 107] Transport endpoint is not connected", "enotconn"),
    ("OSError: [Errno 57] Socket is not connected", "enotconn"),
    ("OSError: [Errno 106] Transport endpoint is already connected", "eisconn"),
    ("OSError: [Errno 9] Bad file descriptor", "ebadf"),
    ("[WinError 10038] An operation was attempted on something that is not a socket", "ebadf"),
    ("OSError: [Errno 24] Too many open files", "emfile"),
    ("OSError: [Errno 90] Message too long", "emsgsize"),
    ("BlockingIOError: [Errno 11] Resource temporarily unavailable", "eagain"),
    ("BlockingIOError: [Errno 115] Operation now in progress", "einprogress"),
    ("OverflowError: bind(): port must be 0-65535.", "bad-port"),
    ("OverflowError port must be 0-65535", "bad-port"),
    ("ValueError: invalid literal for int() with base 10: '6OOO'", "bad-port"),
    ("SyntaxError: invalid character '‘' (U+2018)", "handout-syntax"),
    ("NameError: name 'server_ip' is not defined", "handout-syntax"),
    ("error: the whole line of another program: Broken pipe, said 3 times", "epipe"),
    ("recvfrom 10054", "udp-reset"),
    ("socket.gaierror: [Errno -3] Temporary failure in name resolution", "eai-again"),
    ("[Errno -5] No address associated with hostname", "eai-again"),
    ("socket.gaierror: [Errno 11002] getaddrinfo failed", "eai-again"),
    ("OSError: [Errno 88] Socket operation on non-socket", "ebadf"),
    ("[Errno 38] Socket operation on non-socket", "ebadf"),
    ("FileNotFoundError: [Errno 2] No such file or directory: 'server.py'", "record-file"),
    ("AttributeError: module 'socket' has no attribute 'socket'", "socket-py"),
    (
        "AttributeError: partially initialized module 'socket' has no attribute 'AF_INET' (most \
         likely due to a circular import)",
        "socket-py",
    ),
    ("AttributeError: 'tuple' object has no attribute 'send'", "accept-pair"),
    ("AttributeError: 'NoneType' object has no attribute 'recv'", "accept-pair"),
    ("TypeError: connect(): AF_INET address must be tuple, not str", "address-pair"),
    ("TypeError: AF_INET address must be a pair (host, port)", "address-pair"),
    ("TypeError: bind() takes exactly one argument (2 given)", "address-pair"),
    ("TypeError: socket.bind() takes exactly one argument (2 given)", "address-pair"),
    ("TypeError: 'str' object cannot be interpreted as an integer", "address-pair"),
    ("TypeError: can't concat str to bytes", "bytes"),
    ("TypeError: can only concatenate str (not \"bytes\") to str", "bytes"),
    ("AttributeError: 'str' object has no attribute 'decode'", "bytes"),
    ("AttributeError: 'bytes' object has no attribute 'encode'", "bytes"),
    ("KeyboardInterrupt", "input-ends"),
    ("EOFError: EOF when reading a line", "input-ends"),
    ("NameError: name 'socket' is not defined. Did you forget to import 'socket'?", "name-error"),
    (
        "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start \
         byte",
        "unicode-decode",
    ),
    ("From 10.0.56.23 icmp_seq=1 Destination Host Unreachable", "ehostunreach"),
    ("ping: unknown host partner", "eai-noname"),
    ("curl: (7) Failed to connect to 127.0.0.1 port 6000: Connection refused", "econnrefused"),
    ("curl: (6) Could not resolve host: partner", "eai-noname"),
];

#[test]
fn whole_lines_of_error_messages_work_as_arguments() {
    for (line, slug) in LINES {
        assert_eq!(slugs(&[line]), [slug], "{line}");
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(slugs(&words), [slug], "{line}, word by word");
    }
}

/// What students meet in the lab and which card tells them about it, error by error.
const TROUBLES: [(&str, &[&str]); 30] = [
    ("a port with an owner", &["eaddrinuse"]),
    ("a port without an owner, in TIME-WAIT", &["no-owner", "time-wait"]),
    ("0.0.0.0 and 127.0.0.1", &["wildcard-clash"]),
    ("a port below 1024", &["eacces"]),
    ("a port that Windows excludes", &["excluded-port"]),
    ("an address of somebody else", &["eaddrnotavail"]),
    ("refused", &["econnrefused"]),
    ("no answer", &["etimedout"]),
    ("works here, not from there", &["refused-from-partner"]),
    ("the firewall's question", &["firewall-cancel"]),
    ("localhost", &["localhost-refused"]),
    ("connect to 0.0.0.0", &["connect-any"]),
    ("str, not bytes", &["str-not-bytes"]),
    ("half a character", &["unicode-decode"]),
    ("one recv, one send", &["recv-not-send"]),
    ("empty recv", &["empty-recv"]),
    ("both wait", &["deadlock"]),
    ("the second client", &["second-client"]),
    ("wrote after the end", &["epipe", "econnreset"]),
    ("UDP and 10054", &["udp-reset"]),
    ("UDP and silence", &["udp-silence"]),
    ("a datagram too long", &["truncated-datagram", "emsgsize"]),
    ("raw sockets are reserved", &["eperm"]),
    ("raw sockets on Windows", &["windows-raw"]),
    ("the wrong order", &["wrong-order", "einval"]),
    ("70000, 6OOO and 0", &["bad-port", "port-zero"]),
    ("listen(4)", &["listen-4"]),
    ("exit or bye", &["exit-words"]),
    ("copied from the handout", &["handout-syntax"]),
    ("the virus scanner", &["antivirus"]),
];

#[test]
fn every_trouble_of_the_lab_has_a_card() {
    for (what, cards) in TROUBLES {
        for slug in cards {
            assert!(get(slug).is_some(), "{what}: {slug}");
        }
    }
}

/// Whoever reads about an error can look up what is said there, too: names in capitals.
#[test]
fn errors_that_cards_speak_of_have_cards() {
    for card in all() {
        let names = card.body.split(|c: char| !c.is_ascii_uppercase() && c != '_');
        for name in names.filter(|name| name.len() > 4 && name.starts_with('E')) {
            // A word with small letters behind it is none, and neither is a state.
            let whole = ["ESTABLISHED", "EXCLUSIVEADDRUSE"].contains(&name);
            assert!(whole || exact(name).is_some(), "{}: {name}", card.slug);
        }
    }
}
