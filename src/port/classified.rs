//! All that is known of a port without asking a machine.

use super::Range;
use super::registry::{self, Entry, Protocol, Span, Standing};
use super::uses::{self, Use};

/// A port, classified.
#[derive(Clone, Debug)]
pub struct Classified {
    /// The number.
    pub port: u16,
    /// With this protocol only.
    pub protocol: Option<Protocol>,
    /// Its range.
    pub range: Range,
    /// What the registry comes to.
    pub standing: Standing,
    /// What the registry says, in IANA's order: services and statements.
    pub entries: Vec<Entry>,
    /// What the registry says for other protocols than the one that was asked about.
    pub other_protocols: Vec<Entry>,
    /// Uses that are not registered.
    pub uses: Vec<&'static Use>,
}

impl Classified {
    /// Classifies a port.
    ///
    /// ```
    /// use netlab::port::{Classified, registry::Standing};
    /// let port = Classified::new(6010, None);
    /// assert_eq!(port.name(), Some("x11"));
    /// assert_eq!(Classified::new(54321, None).standing, Standing::Dynamic);
    /// ```
    #[must_use]
    pub fn new(port: u16, protocol: Option<Protocol>) -> Self {
        let (entries, other_protocols): (Vec<_>, Vec<_>) =
            registry::at(port).partition(|entry| entry.is_for(protocol));
        let uses = uses::within(Span::one(port)).filter(|found| found.is_for(protocol));
        Self {
            port,
            protocol,
            range: Range::of(port),
            standing: Standing::of(port, &entries),
            entries,
            other_protocols,
            uses: uses.collect(),
        }
    }

    /// The canonical name of its service: the first one, as IANA lists them.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        self.entries.iter().map(|entry| entry.name).find(|name| !name.is_empty())
    }
}
