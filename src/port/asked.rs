//! What somebody asks about: a port, ports that follow each other, or the name of a service.
//!
//! ```text
//! 80   80/tcp   6000-6063   6000-6063/udp   https   HTTPS/udp
//! ```

use super::registry::{self, Entry, Protocol, Span};
use super::uses;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// As it was given.
    pub text: String,
    /// About what.
    pub what: What,
    /// With this protocol only.
    pub protocol: Option<Protocol>,
}

/// What a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// One port or more.
    Ports(Span),
    /// A service of the registry, with what that has of it, or of the list of uses.
    Name(String, Vec<Entry>),
}

/// Why a text is no question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is nothing in it.
    Empty,
    /// This part should be a port.
    Port(String),
    /// The last port is below the first.
    Backwards(u16, u16),
    /// This should be a protocol.
    Protocol(String),
    /// No service has this name.
    Name(String),
}

/// Reads a question.
///
/// # Errors
///
/// [`Fault`]: which part of the text is what no part may be.
///
/// ```
/// use netlab::port::asked::{self, Fault, What};
/// use netlab::port::registry::Span;
/// let asked = asked::read("6000-6063/udp").expect("a question");
/// assert_eq!(asked.what, What::Ports(Span { first: 6000, last: 6063 }));
/// assert_eq!(asked::read("70000"), Err(Fault::Port("70000".into())));
/// ```
pub fn read(text: &str) -> Result<Asked, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::Empty);
    }
    let asked = |what, protocol| Asked { text: text.to_owned(), what, protocol };
    let (body, behind) = text.rsplit_once('/').map_or((text, None), |(b, p)| (b, Some(p)));
    let protocol = behind.and_then(Protocol::read);
    let ports = span(body);
    if let Ok(ports) = ports
        && (behind.is_none() || protocol.is_some())
    {
        return Ok(asked(What::Ports(ports), protocol));
    }
    // Some old names have a slash in them.
    if let Some(what) = named(text) {
        return Ok(asked(what, None));
    }
    let nobody = || Fault::Name(body.to_owned());
    match (ports, behind) {
        (Err(fault), _) if looks_like_ports(body) => Err(fault),
        (_, Some(word)) if protocol.is_none() => Err(Fault::Protocol(word.to_owned())),
        (_, None) => Err(nobody()),
        _ => named(body).map(|what| asked(what, protocol)).ok_or_else(nobody),
    }
}

/// Reads `6000` or `6000-6063`.
fn span(text: &str) -> Result<Span, Fault> {
    // A hyphen in front is a sign, not a border.
    let border = text.char_indices().skip(1).find(|(_, c)| *c == '-').map(|(at, _)| at);
    let Some(at) = border else { return port(text).map(Span::one) };
    let (first, last) = (port(&text[..at])?, port(&text[at + 1..])?);
    if last < first {
        return Err(Fault::Backwards(first, last));
    }
    Ok(Span { first, last })
}

fn port(text: &str) -> Result<u16, Fault> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number.ok_or_else(|| Fault::Port(text.to_owned()))
}

/// Whether somebody meant a number.
fn looks_like_ports(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | ' ' | '.'))
        || text.is_empty()
}

/// The service that has this name, in upper or lower case. The registry is read through once.
fn named(text: &str) -> Option<What> {
    let entries: Vec<Entry> = registry::with_name(text).collect();
    let known = !entries.is_empty() || uses::with_name(text).next().is_some();
    known.then(|| What::Name(text.to_owned(), entries))
}

impl Asked {
    /// The ports it is about, in their order; none when the service has no port.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let (name, entries) = match &self.what {
            What::Ports(ports) => return vec![*ports],
            What::Name(name, entries) => (name, entries),
        };
        let entries = entries.iter().filter(|entry| entry.is_for(self.protocol));
        let own = uses::with_name(name).filter(|found| found.is_for(self.protocol));
        let own = own.map(|found| found.ports);
        let mut spans: Vec<Span> = entries.filter_map(|entry| entry.ports).chain(own).collect();
        spans.sort_unstable();
        spans.dedup();
        spans
    }

    /// What the registry has by this name without a port, where it has no port of that name.
    #[must_use]
    pub fn portless(&self) -> Vec<Entry> {
        match &self.what {
            What::Name(_, entries) if entries.iter().all(|entry| entry.ports.is_none()) => {
                entries.iter().filter(|entry| entry.is_for(self.protocol)).copied().collect()
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_read() {
        for (text, first, last, protocol) in [
            ("0", 0, 0, None),
            ("65535", 65535, 65535, None),
            ("80/tcp", 80, 80, Some(Protocol::Tcp)),
            ("80/UDP", 80, 80, Some(Protocol::Udp)),
            ("6000-6063", 6000, 6063, None),
            ("6000-6063/dccp", 6000, 6063, Some(Protocol::Dccp)),
            ("7-7", 7, 7, None),
        ] {
            let asked = read(text).expect(text);
            assert_eq!((asked.what, asked.protocol), (What::Ports(Span { first, last }), protocol));
        }
        for (name, ports) in [
            ("https", vec![443]),
            ("HTTPS/tcp", vec![443]),
            ("www", vec![80]),
            ("cl/1", vec![172]),
            ("914c/g", vec![211]),
            ("EtherNet/IP-1", vec![2222]),
            ("wireguard", vec![51820]),
            ("dns", vec![53]),
            ("DHCP", vec![67, 68]),
            ("sftp", vec![22, 115]),
            ("irc", vec![194, 6667, 6697]),
            ("rdp", vec![3389]),
            ("quic", vec![443]),
        ] {
            let firsts: Vec<_> =
                read(name).expect(name).spans().iter().map(|span| span.first).collect();
            assert_eq!(firsts, ports, "{name}");
        }
        let x11 = read("x11").expect("a name").spans();
        assert_eq!(x11, [Span { first: 6000, last: 6063 }]);
        assert_eq!(read("daap").expect("a name").spans(), [Span::one(3689)]);
        assert_eq!(read("xul-http").expect("a name").spans(), []);
    }

    #[test]
    fn nonsense_is_told_apart() {
        let port = |text: &str| Err(Fault::Port(text.into()));
        for (text, fault) in [
            ("", Err(Fault::Empty)),
            ("  ", Err(Fault::Empty)),
            ("70000", port("70000")),
            ("-1", port("-1")),
            ("6OOO", port("6OOO")),
            ("+80", port("+80")),
            (" 80", port(" 80")),
            ("6000-70000", port("70000")),
            ("6000-", port("")),
            ("-6000-6063", port("-6000")),
            ("70000/tcp", port("70000")),
            ("80.5", port("80.5")),
            ("80/xyz", Err(Fault::Protocol("xyz".into()))),
            ("80/", Err(Fault::Protocol(String::new()))),
            ("https/icmp", Err(Fault::Protocol("icmp".into()))),
            ("6000-5000", Err(Fault::Backwards(6000, 5000))),
            ("htps", Err(Fault::Name("htps".into()))),
            ("htps/tcp", Err(Fault::Name("htps".into()))),
            ("/tcp", port("")),
            ("8é", port("8é")),
            ("é-1", Err(Fault::Name("é-1".into()))),
        ] {
            assert_eq!(read(text), fault, "{text:?}");
        }
    }
}
