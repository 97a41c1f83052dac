//! # IANA's registry of services, searched where it lies
//!
//! IANA keeps a list of who uses which port: the *Service Name and Transport Protocol Port Number
//! Registry* ([RFC 6335 § 8](https://www.rfc-editor.org/rfc/rfc6335#section-8),
//! <https://www.iana.org/assignments/service-names-port-numbers>). The whole of it is in this
//! program, in two texts made from IANA's own CSV file:
//!
//! ```text
//! registry.tsv   first-last   protocols   name   description   unauthorized use   note
//!                80           tcp,udp     http   World Wide Web HTTP
//!                6000-6063    tcp,udp     x11    X Window System
//!                6064-6067                       Unassigned
//! names.tsv                   tcp         daap   Digital Audio Access Protocol
//! ```
//!
//! Fields are separated by tabs, and empty ones at the end of a line are left out. Lines are in the
//! order of their first ports, and for one port in IANA's order: the first name is the canonical one.
//! Rows that differ only in their protocol share a line. A line without a name is what IANA states of
//! ports that have no service. Names in the second text have no port at all: their services are found
//! by asking (DNS-SD, [RFC 6763](https://www.rfc-editor.org/rfc/rfc6763)), or have gone.
//!
//! Nothing is parsed when netlab starts. A port is found by halving: first a short list of what each
//! 4096 bytes of the text begin with, which is made when netlab is compiled, then those bytes. So two
//! pages of the text are touched and not fifteen. A name is found by reading through it once.
//!
//! Source: <https://www.iana.org/assignments/service-names-port-numbers>. The newest change in it is
//! in [`newest_change`]. Licence: CC0 1.0, as IANA and the IETF Trust have said of all protocol
//! registries (<https://www.iana.org/help/licensing-terms>). People who registered a service, how to
//! reach them, and DNS-SD's keys are left out. To refresh it, download
//! <https://www.iana.org/assignments/service-names-port-numbers/service-names-port-numbers.csv> and
//! run `cargo run --example port-registry -- service-names-port-numbers.csv`; with `--check` before
//! the file, every row of it is looked up here and nothing is written.

mod entry;
mod names;
#[cfg(test)]
mod tests;

pub use entry::{Entry, Protocol, Protocols, Span, Standing};
pub use names::{nearest, with_name, with_words};

/// The services and statements of ports.
const PORTS: &str = include_str!("registry.tsv");
/// The services that have no port.
const NAMES: &str = include_str!("names.tsv");

/// Where the registry comes from.
pub const SOURCE: &str = "IANA, Service Name and Transport Protocol Port Number Registry";
/// Where to look it up.
pub const ADDRESS: &str = "https://www.iana.org/assignments/service-names-port-numbers";
/// What may be done with it.
pub const LICENCE: &str = "CC0 1.0";

/// What the first line says before the date.
const NEWEST: &str = "# newest change ";

/// Bytes of the text for which the index has a number.
const BLOCK: usize = 4096;
/// The first port of the first line in each block; past the last line, more than any port has.
static INDEX: [u16; PORTS.len().div_ceil(BLOCK)] = index();

/// So many lines may stand between a span and the last line of a port that it holds. A test looks at
/// every port.
const LOOK_BACK: usize = 8;

/// The day of the newest change in the registry, such as `2026-02-13`.
#[must_use]
pub fn newest_change() -> &'static str {
    let line = PORTS.split('\n').next().unwrap_or_default();
    line.strip_prefix(NEWEST).unwrap_or("unknown")
}

/// What the registry says of a port, in IANA's order.
///
/// ```
/// use netlab::port::registry;
/// let names: Vec<_> = registry::at(80).map(|entry| entry.name).collect();
/// assert_eq!(names, ["http", "www", "www-http", "http"]);
/// ```
pub fn at(port: u16) -> impl Iterator<Item = Entry> {
    within(Span::one(port))
}

/// What the registry says of any of these ports, in the order of the ports.
pub fn within(asked: Span) -> impl Iterator<Item = Entry> {
    let end = end_of(asked.last);
    let mut start = end_of(asked.first);
    let mut skipped = 0;
    // Back over the lines of the first port itself, and so many more as an earlier span may be away.
    while start > 0 && skipped < LOOK_BACK {
        let line_start = line_start(start - 1);
        let same = first_port(line_start).is_some_and(|first| first == asked.first);
        skipped += usize::from(!same);
        start = line_start;
    }
    let entries = PORTS[start..end].lines().filter_map(Entry::parse);
    entries.filter(move |entry| entry.ports.is_some_and(|ports| ports.overlaps(asked)))
}

/// Everything in the registry, first what has a port.
pub fn all() -> impl Iterator<Item = Entry> {
    PORTS.lines().chain(NAMES.lines()).filter_map(Entry::parse)
}

/// The service that a port is registered for, by its canonical name.
///
/// ```
/// use netlab::port::registry::{Protocol, service};
/// assert_eq!(service(22, Protocol::Tcp), Some("ssh"));
/// assert_eq!(service(4, Protocol::Tcp), None);
/// ```
#[must_use]
pub fn service(port: u16, protocol: Protocol) -> Option<&'static str> {
    let mut entries = at(port).filter(|entry| entry.is_for(Some(protocol)));
    entries.find(|entry| !entry.name.is_empty()).map(|entry| entry.name)
}

/// Reads the beginning of each block.
const fn index() -> [u16; PORTS.len().div_ceil(BLOCK)] {
    let mut index = [0; PORTS.len().div_ceil(BLOCK)];
    let mut block = 0;
    while block < index.len() {
        let start = block_start(block);
        index[block] = match first_port(start) {
            Some(port) => port,
            // The comments at the beginning.
            None if start < PORTS.len() => 0,
            None => u16::MAX,
        };
        block += 1;
    }
    index
}

/// Where the first line begins that does not begin before this block.
const fn block_start(block: usize) -> usize {
    match block * BLOCK {
        0 => 0,
        at if at > PORTS.len() => PORTS.len(),
        at => next_line(at - 1),
    }
}

/// The end of the last line whose first port is `port` or less.
fn end_of(port: u16) -> usize {
    let blocks = INDEX.partition_point(|first| *first <= port);
    // Both are borders between lines: every line before `low` begins at `port` or below, every line
    // from `high` on above.
    let (mut low, mut high) = (block_start(blocks.saturating_sub(1)), block_start(blocks));
    while low < high {
        let middle = line_start(low + (high - low) / 2);
        // Comments stand before all ports.
        if first_port(middle).is_none_or(|first| first <= port) {
            low = next_line(middle);
        } else {
            high = middle;
        }
    }
    low
}

/// The beginning of the line that holds this byte.
fn line_start(at: usize) -> usize {
    PORTS.as_bytes()[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |feed| feed + 1)
}

/// The beginning of the next line.
const fn next_line(start: usize) -> usize {
    let (bytes, mut at) = (PORTS.as_bytes(), start);
    while at < bytes.len() && bytes[at] != b'\n' {
        at += 1;
    }
    if at < bytes.len() { at + 1 } else { at }
}

/// The number that a line begins with; none for a comment.
const fn first_port(start: usize) -> Option<u16> {
    let (bytes, mut at) = (PORTS.as_bytes(), start);
    let mut number = 0_u16;
    while at < bytes.len() && bytes[at].is_ascii_digit() {
        number = number.saturating_mul(10).saturating_add((bytes[at] - b'0') as u16);
        at += 1;
    }
    if at == start { None } else { Some(number) }
}
