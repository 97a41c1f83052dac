//! What the type and code of an ICMP error say.

use std::net::{IpAddr, Ipv4Addr};

use super::{ICMP_HEADER, types};
use crate::event::{Forbidden, Trouble};

/// What an ICMP error of IPv4 says; none when the type is no error.
///
/// [RFC 792](https://www.rfc-editor.org/rfc/rfc792), and for the codes of *unreachable*
/// [RFC 1122 § 3.2.2.1](https://www.rfc-editor.org/rfc/rfc1122#section-3.2.2.1) and
/// [RFC 1812 § 5.2.7.1](https://www.rfc-editor.org/rfc/rfc1812#section-5.2.7.1).
pub(super) fn v4(header: [u8; ICMP_HEADER]) -> Option<Trouble> {
    use types::v4::{PARAMETER_PROBLEM, REDIRECT, SOURCE_QUENCH, TIME_EXCEEDED, UNREACHABLE};
    let [kind, code, _, _, a, b, c, d] = header;
    Some(match (kind, code) {
        (UNREACHABLE, 0) => Trouble::NetworkUnreachable,
        (UNREACHABLE, 1) => Trouble::HostUnreachable,
        (UNREACHABLE, 2) => Trouble::ProtocolUnreachable,
        (UNREACHABLE, 3) => Trouble::PortUnreachable,
        (UNREACHABLE, 4) => Trouble::TooBig { mtu: u16::from_be_bytes([c, d]).into() },
        (UNREACHABLE, 5) => Trouble::SourceRouteFailed,
        (UNREACHABLE, 9) => Trouble::Prohibited(Forbidden::Network),
        (UNREACHABLE, 10) => Trouble::Prohibited(Forbidden::Host),
        (UNREACHABLE, 13) => Trouble::Prohibited(Forbidden::Communication),
        (SOURCE_QUENCH, _) => Trouble::SourceQuench,
        (REDIRECT, 0..=3) => {
            Trouble::Redirect { gateway: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), code }
        }
        (TIME_EXCEEDED, 0) => Trouble::TimeExceeded,
        (TIME_EXCEEDED, 1) => Trouble::ReassemblyTimeExceeded,
        (PARAMETER_PROBLEM, code) => Trouble::ParameterProblem { pointer: a.into(), code },
        (UNREACHABLE | REDIRECT | TIME_EXCEEDED, _) => Trouble::Other { kind, code },
        _ => return None,
    })
}

/// What an ICMP error of IPv6 says; none when the type is no error. Types up to 127 are errors,
/// also those that nobody has thought of yet
/// ([RFC 4443 § 2.1](https://www.rfc-editor.org/rfc/rfc4443#section-2.1)).
pub(super) fn v6(header: [u8; ICMP_HEADER]) -> Option<Trouble> {
    use types::v6::{LAST_ERROR, PARAMETER_PROBLEM, TIME_EXCEEDED, TOO_BIG, UNREACHABLE};
    let [kind, code, _, _, a, b, c, d] = header;
    let number = u32::from_be_bytes([a, b, c, d]);
    Some(match (kind, code) {
        (UNREACHABLE, 0) => Trouble::NetworkUnreachable,
        (UNREACHABLE, 1) => Trouble::Prohibited(Forbidden::Communication),
        (UNREACHABLE, 2) => Trouble::BeyondScope,
        (UNREACHABLE, 3) => Trouble::HostUnreachable,
        (UNREACHABLE, 4) => Trouble::PortUnreachable,
        (UNREACHABLE, 5 | 6) => Trouble::Prohibited(Forbidden::Source),
        // RFC 6554 § 4.
        (UNREACHABLE, 7) => Trouble::SourceRouteFailed,
        (TOO_BIG, _) => Trouble::TooBig { mtu: number },
        (TIME_EXCEEDED, 0) => Trouble::TimeExceeded,
        (TIME_EXCEEDED, 1) => Trouble::ReassemblyTimeExceeded,
        (PARAMETER_PROBLEM, code) => Trouble::ParameterProblem { pointer: number, code },
        (1..=LAST_ERROR, _) => Trouble::Other { kind, code },
        _ => return None,
    })
}

/// What an error is called, in the words of the standards; none where its type's name has to do.
pub(super) const fn name(trouble: Trouble) -> Option<&'static str> {
    Some(match trouble {
        Trouble::NetworkUnreachable => "network unreachable",
        Trouble::HostUnreachable => "host unreachable",
        Trouble::ProtocolUnreachable => "protocol unreachable",
        Trouble::PortUnreachable => "port unreachable",
        Trouble::TooBig { .. } => "packet too big",
        Trouble::SourceRouteFailed => "source route failed",
        Trouble::Prohibited(_) => "communication prohibited",
        Trouble::TimeExceeded => "time exceeded",
        Trouble::ReassemblyTimeExceeded => "reassembly time exceeded",
        Trouble::BeyondScope => "beyond the scope of the source address",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_meaning() {
        let v4 = |kind, code| v4([kind, code, 0, 0, 10, 1, 5, 20]);
        assert_eq!(v4(3, 1), Some(Trouble::HostUnreachable));
        assert_eq!(v4(3, 4), Some(Trouble::TooBig { mtu: 1300 }));
        assert_eq!(v4(3, 13), Some(Trouble::Prohibited(Forbidden::Communication)));
        assert_eq!(v4(3, 15), Some(Trouble::Other { kind: 3, code: 15 }));
        let gateway = [10, 1, 5, 20].into();
        assert_eq!(v4(5, 1), Some(Trouble::Redirect { gateway, code: 1 }));
        assert_eq!(v4(12, 0), Some(Trouble::ParameterProblem { pointer: 10, code: 0 }));
        assert_eq!([0, 8, 9, 13, 255].map(|kind| v4(kind, 0)), [None; 5]);
        let v6 = |kind, code| v6([kind, code, 0, 0, 0, 0, 5, 20]);
        assert_eq!(v6(2, 0), Some(Trouble::TooBig { mtu: 1300 }));
        assert_eq!(v6(4, 2), Some(Trouble::ParameterProblem { pointer: 1300, code: 2 }));
        assert_eq!(v6(100, 7), Some(Trouble::Other { kind: 100, code: 7 }));
        assert_eq!([0, 128, 129, 137].map(|kind| v6(kind, 0)), [None; 4]);
    }
}
