//! What this machine does with ports: what `netlab classify-port` finds out.

use super::{MachineSocket, SocketProgram};
use crate::port::registry::Span;

/// The rules that hold for all ports of this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortRules {
    /// From which port on everybody may bind.
    pub border: Border,
    /// What lets this program bind those all the same.
    pub privilege: BindPrivilege,
    /// The ports that the kernel hands out as source ports, where that is known.
    pub source_ports: Option<Span>,
    /// Ports of these that it keeps back, in order (Linux: `ip_local_reserved_ports`).
    pub kept_back: Vec<Span>,
}

/// From which port on every program may bind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Border {
    /// From this one on; those below need privilege.
    At(u16),
    /// There is none: every program may bind every port.
    Nowhere,
    /// The system has one, and did not tell.
    #[default]
    Unknown,
}

/// What lets a program bind a port that needs privilege.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BindPrivilege {
    /// Nothing.
    #[default]
    None,
    /// It is root's.
    Root,
    /// It has `CAP_NET_BIND_SERVICE` (Linux).
    Capability,
}

/// Whether this program may bind a port, if nobody has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MayBind {
    /// Every program may.
    Everybody,
    /// The port needs privilege, and this program has it.
    Privileged(BindPrivilege),
    /// The port needs privilege.
    No,
    /// Whether it needs privilege is not known, and this program has none.
    Unknown,
}

/// Whether the kernel hands a port out as a source port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandedOut {
    /// To whoever asks for a port, or connects without one.
    Yes,
    /// It lies among those, and is kept back.
    KeptBack,
    /// Never.
    No,
    /// The system does not tell.
    Unknown,
}

impl PortRules {
    /// Rules as the system tells them: spans of ports by their first and last.
    #[must_use]
    pub fn new(
        border: Border,
        privilege: BindPrivilege,
        source_ports: Option<(u16, u16)>,
        kept_back: &[(u16, u16)],
    ) -> Self {
        let span = |&(first, last): &(u16, u16)| Span { first, last };
        let kept_back = kept_back.iter().map(span).collect();
        Self { border, privilege, source_ports: source_ports.as_ref().map(span), kept_back }
    }

    /// Whether this program may bind a port, if nobody has it.
    #[must_use]
    pub fn may_bind(&self, port: u16) -> MayBind {
        // Whoever binds port 0 gets one that needs none.
        let needs = match self.border {
            _ if port == 0 => Some(false),
            Border::At(from) => Some(port < from),
            Border::Nowhere => Some(false),
            Border::Unknown => None,
        };
        match (needs, self.privilege) {
            (Some(false), _) => MayBind::Everybody,
            (Some(true), BindPrivilege::None) => MayBind::No,
            (None, BindPrivilege::None) => MayBind::Unknown,
            (_, privilege) => MayBind::Privileged(privilege),
        }
    }

    /// The ports that are handed out: the source ports without what is kept back.
    #[must_use]
    pub fn all_handed_out(&self) -> Vec<Span> {
        let Some(ports) = self.source_ports else { return Vec::new() };
        let mut handed_out = Vec::new();
        let mut next = u32::from(ports.first);
        let mut add = |first: u32, end: u32| {
            if let (Ok(first), Some(Ok(last))) =
                (u16::try_from(first), end.checked_sub(1).map(u16::try_from))
                && first <= last
            {
                handed_out.push(Span { first, last });
            }
        };
        for kept in self.kept_back.iter().filter(|kept| kept.overlaps(ports)) {
            add(next, u32::from(kept.first));
            next = u32::from(kept.last) + 1;
        }
        add(next, u32::from(ports.last) + 1);
        handed_out
    }

    /// Whether the kernel hands a port out.
    #[must_use]
    pub fn handed_out(&self, port: u16) -> HandedOut {
        match self.source_ports {
            None => HandedOut::Unknown,
            Some(ports) if !ports.holds(port) => HandedOut::No,
            _ if self.kept_back.iter().any(|ports| ports.holds(port)) => HandedOut::KeptBack,
            Some(_) => HandedOut::Yes,
        }
    }
}

/// The sockets that have one of the ports in question as their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortUse {
    /// Each of them: in the order of ports, those that listen first.
    pub users: Vec<PortUser>,
    /// What could not be seen, each in a sentence.
    pub unseen: Vec<String>,
}

/// A socket that has a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortUser {
    /// The socket.
    pub socket: MachineSocket,
    /// The programs that hold it, as far as the system tells.
    pub programs: Vec<SocketProgram>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_below_the_border_needs_privilege() {
        let mut rules = PortRules { border: Border::At(1024), ..PortRules::default() };
        assert_eq!(rules.may_bind(1023), MayBind::No);
        assert_eq!(rules.may_bind(1024), MayBind::Everybody);
        assert_eq!(rules.may_bind(0), MayBind::Everybody);
        rules.privilege = BindPrivilege::Root;
        assert_eq!(rules.may_bind(80), MayBind::Privileged(BindPrivilege::Root));
        rules.border = Border::Unknown;
        assert_eq!(rules.may_bind(80), MayBind::Privileged(BindPrivilege::Root));
        rules.privilege = BindPrivilege::None;
        assert_eq!(rules.may_bind(80), MayBind::Unknown);
        rules.border = Border::Nowhere;
        assert_eq!(rules.may_bind(80), MayBind::Everybody);
    }

    #[test]
    fn what_is_kept_back_is_not_handed_out() {
        let rules = PortRules {
            source_ports: Some(Span { first: 32768, last: 60999 }),
            kept_back: vec![Span::one(40_000), Span { first: 50_000, last: 50_010 }],
            ..PortRules::default()
        };
        for (port, expected) in [
            (32767, HandedOut::No),
            (32768, HandedOut::Yes),
            (40_000, HandedOut::KeptBack),
            (50_005, HandedOut::KeptBack),
            (50_011, HandedOut::Yes),
            (61_000, HandedOut::No),
        ] {
            assert_eq!(rules.handed_out(port), expected, "{port}");
        }
        let mut counted = 0;
        for span in rules.all_handed_out() {
            assert!(span.ports().all(|port| rules.handed_out(port) == HandedOut::Yes), "{span}");
            counted += span.ports().count();
        }
        let expected = (0..=u16::MAX).filter(|port| rules.handed_out(*port) == HandedOut::Yes);
        assert_eq!(counted, expected.count());
        assert_eq!(PortRules::default().handed_out(40_000), HandedOut::Unknown);
    }
}
