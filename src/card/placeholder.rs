//! Placeholders: what a card says differently on every machine.

/// A place in a card that waits for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placeholder<'a> {
    /// What is wanted: `source-ports`, or `errno` with the name of an error.
    pub name: &'a str,
    /// What is said where nobody knows.
    pub fallback: Option<&'a str>,
}

/// What a card may want to know of the machine it is read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// The name of this machine.
    Host,
    /// The address to tell a partner.
    Address,
    /// All of its addresses.
    Addresses,
    /// The source ports that its kernel hands out.
    SourcePorts,
    /// The first port that an ordinary program may bind.
    UnprivilegedFrom,
    /// Who may open ping sockets.
    PingGroups,
    /// How many files and sockets a program may have open.
    Descriptors,
    /// The longest queue of `listen`.
    BacklogLimit,
    /// Bytes that a fresh socket takes before `send` waits.
    SendBuffer,
    /// Bytes that may wait for `recv` in a fresh socket.
    ReceiveBuffer,
    /// Connections in TIME-WAIT.
    TimeWaitCount,
    /// Sockets that listen.
    ListeningCount,
    /// Connections that are open.
    EstablishedCount,
    /// The addresses of `localhost`.
    Localhost,
    /// The file that netlab was started from.
    Binary,
    /// The operating system.
    Os,
    /// The number of an error on three systems.
    Errno(&'a str),
}

impl<'a> Wanted<'a> {
    /// What a placeholder of that name asks for; none when there is no such placeholder.
    #[must_use]
    pub fn of(name: &'a str) -> Option<Self> {
        Some(match name {
            "host" => Self::Host,
            "address" => Self::Address,
            "addresses" => Self::Addresses,
            "source-ports" => Self::SourcePorts,
            "unprivileged-from" => Self::UnprivilegedFrom,
            "ping-groups" => Self::PingGroups,
            "descriptors" => Self::Descriptors,
            "backlog-limit" => Self::BacklogLimit,
            "send-buffer" => Self::SendBuffer,
            "receive-buffer" => Self::ReceiveBuffer,
            "time-wait-count" => Self::TimeWaitCount,
            "listening-count" => Self::ListeningCount,
            "established-count" => Self::EstablishedCount,
            "localhost" => Self::Localhost,
            "binary" => Self::Binary,
            "os" => Self::Os,
            _ => Self::Errno(name.strip_prefix("errno ")?.trim()),
        })
    }
}

/// The text up to the first placeholder, that placeholder, and what is behind it.
fn split(text: &str) -> Option<(&str, Placeholder<'_>, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (inside, behind) = rest.split_once('}')?;
    let (name, fallback) = match inside.split_once('|') {
        Some((name, fallback)) => (name, Some(fallback.trim())),
        None => (inside, None),
    };
    Some((before, Placeholder { name: name.trim(), fallback }, behind))
}

/// The placeholders of a text, in order.
pub fn placeholders(text: &str) -> impl Iterator<Item = Placeholder<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, placeholder, behind) = split(rest)?;
        rest = behind;
        Some(placeholder)
    })
}

/// A text with its placeholders replaced: by the value where there is one, else by the fallback, else
/// by the placeholder's name. `value` is asked for what the text has, and for nothing else.
///
/// ```
/// let text = "Linux begins at {first|32768}.";
/// assert_eq!(netlab::card::fill(text, |_| None), "Linux begins at 32768.");
/// assert_eq!(netlab::card::fill(text, |_| Some("40000".into())), "Linux begins at 40000.");
/// ```
pub fn fill(text: &str, mut value: impl FnMut(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some((before, placeholder, behind)) = split(rest) {
        out.push_str(before);
        match value(placeholder.name) {
            Some(value) => out.push_str(&value),
            None => out.push_str(placeholder.fallback.unwrap_or(placeholder.name)),
        }
        rest = behind;
    }
    out.push_str(rest);
    // A checkout on Windows may have changed the ends of the lines.
    out.replace('\r', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_placeholders_stays_as_it_is() {
        for text in ["", "no braces", "{ open", "closed }"] {
            assert_eq!(fill(text, |_| Some("x".into())), text);
            assert_eq!(placeholders(text).count(), 0);
        }
    }

    #[test]
    fn placeholders_are_asked_for_in_order() {
        let text = "{errno ECONNREFUSED} and {host|this machine}\r\n";
        let found: Vec<_> = placeholders(text).collect();
        let first = Placeholder { name: "errno ECONNREFUSED", fallback: None };
        assert_eq!(found, [first, Placeholder { name: "host", fallback: Some("this machine") }]);
        let filled = fill(text, |name| name.strip_prefix("errno ").map(str::to_lowercase));
        assert_eq!(filled, "econnrefused and this machine\n");
    }
}
