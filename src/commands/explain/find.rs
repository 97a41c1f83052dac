//! From what somebody types or pastes to the cards that are meant.

use std::net::{IpAddr, SocketAddr};

use crate::card::{self, Card, GROUPS, Group};
use crate::event::SafeText;
use crate::event::errno::{ALL, Errno, RESOLVER};
use crate::render::card::{NumberSense, Unknown};

/// What there is to show.
#[derive(Debug)]
pub(super) enum Answer {
    /// Nothing was asked for: what groups of cards there are.
    Groups,
    /// These groups, card by card.
    List(&'static [Group]),
    /// These cards; first what the number means, if one was asked for.
    Cards { number: Option<NumberSense>, cards: Vec<Card> },
    /// There is no such card.
    Unknown(Unknown),
}

/// Cards that are named at most when there is none.
const NEAREST: usize = 5;

/// Looks for: a card of that name; the name of an error among the words; a number, or a phrase of an
/// error message; a call in a line of code.
pub(super) fn find(words: &[String]) -> Answer {
    let text = words.join(" ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.as_str();
    if text.is_empty() {
        return Answer::Groups;
    }
    if text.eq_ignore_ascii_case("all") {
        return Answer::List(GROUPS);
    }
    if let Some(card) = card::exact(text).or_else(|| by_error_name(text)) {
        return Answer::Cards { number: None, cards: vec![card] };
    }
    if let Some(card) = written_as(text).and_then(card::get) {
        return Answer::Cards { number: None, cards: vec![card] };
    }
    if let Some(group) = card::group(text) {
        return Answer::List(std::slice::from_ref(group));
    }
    let number = number(text);
    let (sense, cards) = of_message(text, number);
    if !cards.is_empty() {
        return Answer::Cards { number: sense, cards };
    }
    let port = number.filter(Number::is_alone);
    let port = port.and_then(|number| u16::try_from(number.value).ok());
    Answer::Unknown(Unknown {
        words: SafeText::new(text.as_bytes()),
        port: port.or_else(|| port_like(text)),
        nearest: card::nearest(text, NEAREST),
    })
}

/// What is written like that: an endpoint, a network, an address.
fn written_as(text: &str) -> Option<&'static str> {
    let is_length = |length: &str| length.parse::<u8>().is_ok_and(|length| length <= 128);
    let network = text.split_once('/');
    Some(if text.parse::<SocketAddr>().is_ok() {
        "endpoint"
    } else if network.is_some_and(|(ip, length)| ip.parse::<IpAddr>().is_ok() && is_length(length))
    {
        "prefix"
    } else {
        match text.parse::<IpAddr>().ok()? {
            IpAddr::V4(_) => "ip-address",
            IpAddr::V6(_) => "ipv6",
        }
    })
}

/// The cards of a message, and what its number means.
fn of_message(text: &str, number: Option<Number>) -> (Option<NumberSense>, Vec<Card>) {
    let phrase = card::mentioned(text);
    // A line of code has numbers that are no errors'.
    if phrase.is_none()
        && number.is_none_or(|number| number.said == Said::Among)
        && let Some(card) = card::called(text)
    {
        return (None, vec![card]);
    }
    let mut sense = number.as_ref().and_then(|number| sense(number, names_a_host(text)));
    let mut cards: Vec<Card> = Vec::new();
    let names = sense.iter().flat_map(|sense| sense.names.iter().flatten());
    for card in names.filter_map(|name| card::exact(name)) {
        if !cards.contains(&card) {
            cards.push(card);
        }
    }
    match phrase {
        // The words say which of several is meant.
        Some(phrase) if cards.contains(&phrase) => {
            cards = vec![phrase];
            let names = sense.iter_mut().flat_map(|sense| &mut sense.names);
            names.for_each(|names| names.retain(|name| card::exact(name) == Some(phrase)));
        }
        // Whatever the resolver's number is, Python says "getaddrinfo failed" on Windows.
        Some(_) if names_a_host(text) && !cards.is_empty() => {}
        Some(phrase) => cards.push(phrase),
        None => {}
    }
    if cards.is_empty()
        && let Some(number) = number.filter(Number::is_alone)
        && !(0..=65535).contains(&number.value)
    {
        cards.extend(card::get("bad-port"));
    }
    (sense, cards)
}

/// Whether a message is about finding the address of a name.
fn names_a_host(text: &str) -> bool {
    let text = text.to_lowercase();
    ["gaierror", "getaddrinfo", "name resolution"].iter().any(|word| text.contains(word))
}

/// The card of an error whose name stands somewhere in the text, in capital letters as errors are
/// written. On Windows the names begin with `WSA`.
fn by_error_name(text: &str) -> Option<Card> {
    let alone = !text.contains(char::is_whitespace);
    let names = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    names.filter(|name| name.len() > 3).find_map(|name| {
        let upper = name.to_ascii_uppercase();
        let name = if alone { upper.as_str() } else { name };
        let name = name.strip_prefix("WSA").unwrap_or(name);
        let is_name = name.starts_with('E') && *name == name.to_ascii_uppercase();
        if is_name { card::exact(name) } else { None }
    })
}

/// A number in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Number {
    value: i64,
    said: Said,
}

/// How it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// Just the number: it may be that of a port, too.
    Alone,
    /// With a word that says it is an error's.
    AsError,
    /// The same, and the word is Windows'.
    AsWindowsError,
    /// Among other words, and as large as Windows' numbers are.
    Among,
}

impl Number {
    fn is_alone(&self) -> bool {
        self.said == Said::Alone
    }
}

/// What the numbers of errors stand behind, in the messages of Python, Rust, curl and others.
const BEFORE: [&str; 5] = ["errno", "error", "oserror", "code", "rc"];

/// The numbers of Windows' socket errors are so large that they need no word before them.
const SOCKET_ERRORS: std::ops::Range<i64> = 10_000..12_000;

/// The number of an error in a text: the text itself, or what stands behind such a word.
fn number(text: &str) -> Option<Number> {
    if let Ok(value) = text.parse() {
        return Some(Number { value, said: Said::Alone });
    }
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|word| !word.is_empty())
        .collect();
    let behind = words.windows(2).find_map(|pair| {
        let value = pair[1].parse().ok()?;
        let said = match pair[0] {
            "winerror" => Said::AsWindowsError,
            word if BEFORE.contains(&word) => Said::AsError,
            _ => return None,
        };
        Some(Number { value, said })
    });
    let large = || words.iter().filter_map(|word| word.parse().ok());
    let large = || large().find(|value| SOCKET_ERRORS.contains(value));
    behind.or_else(|| Some(Number { value: large()?, said: Said::Among }))
}

/// Which errors have that number, on each system; none when no error has. The resolver counts apart
/// from calls: its numbers are meant when a message is about names of hosts, and otherwise when no
/// call has that number.
fn sense(number: &Number, names_a_host: bool) -> Option<NumberSense> {
    let value = i32::try_from(number.value).ok()?;
    let names_of = |rows: &[Errno], has: &dyn Fn(&Errno) -> bool| {
        rows.iter().filter(|row| has(row)).map(|row| row.name).collect::<Vec<_>>()
    };
    let windows = |row: &Errno| match number.said {
        Said::AsError => row.windows == Some(value),
        _ => row.is_on_windows(value),
    };
    let by = |rows: &[Errno]| {
        let posix: [Vec<&'static str>; 2] = match number.said {
            Said::AsWindowsError | Said::Among => Default::default(),
            _ => [
                names_of(rows, &|row| row.linux == value),
                names_of(rows, &|row| row.macos == value),
            ],
        };
        let [linux, macos] = posix;
        [linux, macos, names_of(rows, &windows)]
    };
    let mut names = if names_a_host { Default::default() } else { by(&ALL) };
    if names[0].is_empty() && names[1].is_empty() {
        for (names, more) in names.iter_mut().zip(by(&RESOLVER)) {
            names.extend(more);
        }
    }
    let port = number.is_alone() && (1..=65535).contains(&value);
    let known = names.iter().any(|names| !names.is_empty());
    known.then_some(NumberSense { number: number.value, names, port })
}

/// `6000/tcp`, `port 6000`, `:6000`.
fn port_like(text: &str) -> Option<u16> {
    let text = text.to_ascii_lowercase();
    let rest = text.strip_prefix("port").unwrap_or(&text).trim_start();
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let digits = rest.split_once('/').map_or(rest, |(digits, _)| digits);
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_in_messages() {
        for (text, value, said) in [
            ("98", 98, Said::Alone),
            ("-2", -2, Said::Alone),
            ("errno 98", 98, Said::AsError),
            ("OSError: [Errno 98] Address already in use", 98, Said::AsError),
            ("socket.gaierror: [Errno -2] Name or service not known", -2, Said::AsError),
            ("[WinError 10061] No connection could be made", 10061, Said::AsWindowsError),
            ("Connection refused (os error 111)", 111, Said::AsError),
            ("WSAGetLastError returned 10048", 10048, Said::Among),
        ] {
            assert_eq!(number(text), Some(Number { value, said }), "{text}");
        }
        for text in ["", "address", "port 6000", "bytes 3 of 5", "99999999999999999999"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_has_the_names_of_its_system() {
        let names = |value, said| sense(&Number { value, said }, false).map(|sense| sense.names);
        let refused = vec!["ECONNREFUSED"];
        assert_eq!(names(111, Said::Alone), Some([refused.clone(), vec![], vec![]]));
        assert_eq!(names(61, Said::AsError), Some([vec![], refused.clone(), vec![]]));
        assert_eq!(names(10061, Said::AsWindowsError), Some([vec![], vec![], refused]));
        assert_eq!(names(98, Said::AsWindowsError), None);
        assert_eq!(names(6000, Said::Alone), None);
        // Windows alone says 5 for "access is denied"; elsewhere that is an error of disks.
        assert_eq!(names(5, Said::AsError), None);
        assert_eq!(names(-3, Said::Alone), Some([vec!["EAI_AGAIN"], vec![], vec![]]));
        assert_eq!(names(2, Said::AsError), Some([(); 3].map(|()| vec!["ENOENT"])));
        let resolver = sense(&Number { value: 2, said: Said::AsError }, true);
        assert_eq!(resolver.map(|sense| sense.names[1].clone()), Some(vec!["EAI_AGAIN"]));
    }

    #[test]
    fn ports_are_told_from_errors() {
        for (text, port) in [("6000/tcp", 6000), ("port 6000", 6000), (":80", 80), ("443/udp", 443)]
        {
            assert_eq!(port_like(text), Some(port), "{text}");
        }
        for text in ["", "70000/tcp", "6OOO", "port", "-1/tcp"] {
            assert_eq!(port_like(text), None, "{text}");
        }
    }
}
