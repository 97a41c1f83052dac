//! What somebody may have meant by what is no port: the same in the words of `classify-port`.

use crate::port::asked;
use crate::port::registry::Protocol;

/// What was wrong, and the command that says it right.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Meant {
    pub cause: String,
    pub command: String,
}

/// Programs that many ask about. None of them is a service with a port of its own.
const APPLICATIONS: [&str; 16] = [
    "whatsapp",
    "discord",
    "zoom",
    "teams",
    "spotify",
    "youtube",
    "netflix",
    "instagram",
    "facebook",
    "telegram",
    "signal",
    "tiktok",
    "twitch",
    "google",
    "gmail",
    "outlook",
];

/// Looks for it.
pub(super) fn by(text: &str) -> Option<Meant> {
    let text = text.trim();
    let (cause, words) = several(text)
        .or_else(|| protocol_first(text))
        .or_else(|| number(text))
        .or_else(|| with_address(text))
        .or_else(|| host(text))
        .or_else(|| application(text))?;
    let words = crate::event::safe(words.as_bytes()).into_owned();
    Some(Meant { cause, command: format!("netlab {words}") })
}

/// The cause, and the words of netlab.
type Found = (String, String);

fn is_question(text: &str) -> bool {
    asked::read(text).is_ok()
}

fn is_port(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && is_question(text)
}

fn classify(cause: impl Into<String>, words: &str) -> Found {
    (cause.into(), format!("classify-port {words}"))
}

/// `22,80,443`, `port 80`, `http server`.
fn several(text: &str) -> Option<Found> {
    let words: Vec<&str> =
        text.split([',', ';', ' ', '\t', '+']).filter(|word| !word.is_empty()).collect();
    if words.is_empty() || words == [text] {
        return None;
    }
    if words.iter().all(|word| is_question(word)) {
        let cause = if words.len() == 1 {
            "something else stands beside it"
        } else {
            "several stand there as one: put spaces between them"
        };
        return Some(classify(cause, &words.join(" ")));
    }
    let ports: Vec<&str> = words.iter().copied().filter(|word| is_port(word)).collect();
    if !ports.is_empty() {
        return Some(classify("something else stands beside the port", &ports.join(" ")));
    }
    let are_words = words.iter().all(|word| word.chars().all(char::is_alphanumeric));
    let search = format!("--search {}", words.join(" "));
    let found = classify("words of a description are what --search looks for", &search);
    (words.len() > 1 && are_words).then_some(found)
}

/// `tcp/80`, `tcp:80`, `80:tcp`, `80tcp`.
fn protocol_first(text: &str) -> Option<Found> {
    if let Some((before, behind)) = text.split_once(['/', ':'])
        && Protocol::read(before).is_some()
        && is_question(behind)
    {
        let right = format!("{behind}/{}", before.to_lowercase());
        return Some(classify(format!("the port comes first: {right}"), &right));
    }
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let rest = text[digits.len()..].trim_start_matches([':', '-', '.', '_']);
    let right = format!("{digits}/{}", rest.to_lowercase());
    let found = classify("a slash stands between port and protocol", &right);
    (Protocol::read(rest).is_some() && is_port(&right)).then_some(found)
}

/// `0x50`, `6OOO`.
fn number(text: &str) -> Option<Found> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    if let Some(port) = hexadecimal.and_then(|digits| u16::from_str_radix(digits, 16).ok()) {
        let cause = format!("hexadecimal: {text} is {port} in decimal");
        return Some(classify(cause, &port.to_string()));
    }
    let digit = |c: char| match c {
        'O' | 'o' => '0',
        'l' | 'I' => '1',
        other => other,
    };
    let right: String = text.chars().map(digit).collect();
    let found = classify("letters that look like digits: O for 0, l for 1", &right);
    (text.starts_with(|c: char| c.is_ascii_digit()) && is_port(&right)).then_some(found)
}

/// `127.0.0.1:80`, `:80`, `localhost:6000`, `http://server:8080/index.html`.
fn with_address(text: &str) -> Option<Found> {
    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
    let (_, port) = host.split('/').next()?.rsplit_once(':')?;
    let found = classify("an address and a port: only the port is classified", port);
    is_port(port).then_some(found)
}

/// `localhost`, `10.0.73.221`.
fn host(text: &str) -> Option<Found> {
    if text.eq_ignore_ascii_case("localhost") {
        let cause = "the name of a machine, this one: which of its ports?";
        return Some((cause.to_owned(), "explain localhost".to_owned()));
    }
    let is_address = text.parse::<std::net::IpAddr>().is_ok();
    is_address.then(|| classify("an address of a machine: which of its ports?", "6000"))
}

/// `whatsapp`.
fn application(text: &str) -> Option<Found> {
    let known = APPLICATIONS.iter().any(|name| name.eq_ignore_ascii_case(text));
    let cause = "an application, no service with a port of its own: such programs mostly talk to \
                 their servers over https";
    known.then(|| classify(cause, "https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_said_in_the_right_words() {
        for (text, command) in [
            ("22,80,443", "classify-port 22 80 443"),
            ("22, 80", "classify-port 22 80"),
            ("ssh;https", "classify-port ssh https"),
            ("port 80", "classify-port 80"),
            ("http server", "classify-port --search http server"),
            (":80", "classify-port 80"),
            ("127.0.0.1:80", "classify-port 80"),
            ("[::1]:6000", "classify-port 6000"),
            ("http://server:8080/", "classify-port 8080"),
            ("tcp/80", "classify-port 80/tcp"),
            ("UDP:53", "classify-port 53/udp"),
            ("80:tcp", "classify-port 80/tcp"),
            ("80tcp", "classify-port 80/tcp"),
            ("0x50", "classify-port 80"),
            ("6OOO", "classify-port 6000"),
            ("localhost", "explain localhost"),
            ("127.0.0.1", "classify-port 6000"),
            ("WhatsApp", "classify-port https"),
        ] {
            let meant = by(text).map(|meant| meant.command);
            assert_eq!(meant, Some(format!("netlab {command}")), "{text}");
        }
        for nothing in ["", "70000", "-1", "htps", "0x10000", "80.5", "1e3", "6000-5000", "é:é"] {
            assert_eq!(by(nothing), None, "{nothing}");
        }
    }
}
