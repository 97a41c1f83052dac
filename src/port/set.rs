//! A set of ports.

use super::registry::Span;

/// Some of the 65,536 ports: a bit for each, once there is any.
#[derive(Clone, Debug, Default)]
pub struct PortSet(Vec<u64>);

impl PortSet {
    /// Adds a span.
    pub fn add(&mut self, span: Span) {
        self.0.resize(1024, 0);
        for port in span.ports() {
            self.0[usize::from(port / 64)] |= 1 << (port % 64);
        }
    }

    /// Whether it has this port.
    #[must_use]
    pub fn has(&self, port: u16) -> bool {
        self.0.get(usize::from(port / 64)).is_some_and(|word| word & (1 << (port % 64)) != 0)
    }

    /// How many it has.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// How many of these it has.
    #[must_use]
    pub fn count_in(&self, span: Span) -> usize {
        span.ports().filter(|port| self.has(*port)).count()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// What it has, as spans.
    pub fn spans(&self) -> impl Iterator<Item = Span> {
        let mut from = Some(0);
        std::iter::from_fn(move || {
            let first = (from?..=u16::MAX).find(|port| self.has(*port))?;
            let end = (first..=u16::MAX).find(|port| !self.has(*port));
            from = end;
            Some(Span { first, last: end.map_or(u16::MAX, |end| end - 1) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_added() {
        let mut set = PortSet::default();
        assert!(set.is_empty() && !set.has(7));
        assert_eq!(set.spans().count(), 0);
        set.add(Span { first: 63, last: 65 });
        set.add(Span::one(u16::MAX));
        assert!(set.has(64) && set.has(u16::MAX) && !set.has(66));
        assert_eq!(set.count(), 4);
        let spans: Vec<Span> = set.spans().collect();
        assert_eq!(spans, [Span { first: 63, last: 65 }, Span::one(u16::MAX)]);
        assert_eq!(set.count_in(Span { first: 64, last: 100 }), 2);
    }
}
