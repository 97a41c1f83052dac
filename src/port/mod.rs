//! # Ports: sixteen bits, three ranges
//!
//! A port is a number in the TCP or UDP header, 16 bits wide: 0 to 65,535. IANA divides it
//! ([RFC 6335 § 6](https://www.rfc-editor.org/rfc/rfc6335#section-6)):
//!
//! ```text
//! 0        1023 1024                          49151 49152          65535
//! ├─ well-known ┼──────────── registered ───────────┼─── dynamic ──────┤
//!   System Ports              User Ports              Private Ports
//! ```
//!
//! The ranges are an agreement about *who may be assigned a number*. Which numbers a machine hands
//! out as source ports is the kernel's own affair: Linux begins at 32,768, well inside the
//! registered range.
//!
//! | module | knows |
//! | --- | --- |
//! | [`registry`] | who was assigned a number: IANA's list, searched where it lies |
//! | [`uses`] | who uses a number without having asked, and names that everybody uses instead of IANA's |
//! | [`asked`] | what somebody means by `80/tcp`, `6000-6063` or `https` |
//! | [`Classified`] | all of that about one port |

pub mod asked;
mod classified;
mod everyday;
pub mod registry;
mod set;
pub mod uses;

use std::fmt;

pub use classified::Classified;
pub use set::PortSet;

/// One of the three ranges of [RFC 6335 § 6](https://www.rfc-editor.org/rfc/rfc6335#section-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Range {
    /// 0 to 1023: assigned to system services; binding one needs privilege on most systems.
    WellKnown,
    /// 1024 to 49151: assigned to applications on request; any program may bind one.
    Registered,
    /// 49152 to 65535: never assigned, free for anybody to use for a while.
    Dynamic,
}

impl Range {
    /// All three, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::WellKnown, Self::Registered, Self::Dynamic];

    /// The range that `port` lies in. Every number has exactly one.
    ///
    /// ```
    /// use netlab::port::Range;
    /// assert_eq!(Range::of(1023), Range::WellKnown);
    /// assert_eq!(Range::of(6000), Range::Registered);
    /// assert_eq!(Range::of(54321), Range::Dynamic);
    /// ```
    #[must_use]
    pub const fn of(port: u16) -> Self {
        match port {
            0..=1023 => Self::WellKnown,
            1024..=49151 => Self::Registered,
            49152..=65535 => Self::Dynamic,
        }
    }

    /// First and last port of the range, both included.
    #[must_use]
    pub const fn bounds(self) -> (u16, u16) {
        match self {
            Self::WellKnown => (0, 1023),
            Self::Registered => (1024, 49151),
            Self::Dynamic => (49152, 65535),
        }
    }

    /// The name that textbooks use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WellKnown => "well-known",
            Self::Registered => "registered",
            Self::Dynamic => "dynamic",
        }
    }

    /// The name that RFC 6335 uses.
    #[must_use]
    pub const fn rfc_name(self) -> &'static str {
        match self {
            Self::WellKnown => "System Ports",
            Self::Registered => "User Ports",
            Self::Dynamic => "Dynamic or Private Ports",
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Range;

    #[test]
    fn the_three_ranges_cover_every_port_once() {
        let mut expected_first = 0_u32;
        for range in Range::ALL {
            let (first, last) = range.bounds();
            assert_eq!(u32::from(first), expected_first, "{range} follows without a gap");
            assert_eq!(Range::of(first), range);
            assert_eq!(Range::of(last), range);
            expected_first = u32::from(last) + 1;
        }
        assert_eq!(expected_first, 65_536);
    }
}
