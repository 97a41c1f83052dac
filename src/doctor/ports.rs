//! Are the lab's ports free? `bind` knows.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Instant;

use super::calls::Notebook;
use super::{Finding, Level};
use crate::endpoint;
use crate::error::{CallError, Facts, Failure, Program};
use crate::event::{Journal, OsError, SafeText};
use crate::socket::{BIND_REUSES_TIME_WAIT, DatagramSocket, Socket};

const WHY: &str = "One port, one owner: bind gives a port to the first who asks. TCP and UDP each have \
                   their own 65,536.";

/// What a protocol's `bind` said.
struct Tried {
    protocol: &'static str,
    refused: Option<Refused>,
}

/// Why a port cannot be had.
struct Refused {
    os: OsError,
    facts: Facts,
    /// IPv4 can have it.
    only_v6: bool,
}

/// Whether a port can be had, TCP and UDP, on every address, as a server would take it.
pub(super) fn port(
    began: Instant,
    port: u16,
    named: bool,
    source_ports: Option<(u16, u16)>,
) -> Finding {
    let (journal, notebook) = Notebook::new(began);
    let tried = [
        tried("TCP", Program::TcpServer, port, &|address| tcp(&journal, address)),
        tried("UDP", Program::UdpServer, port, &|address| udp(&journal, address)),
    ];
    let mut finding = told(port, named, &tried);
    let handed_out = source_ports.filter(|&(first, last)| (first..=last).contains(&port));
    if let Some((first, last)) = handed_out {
        finding.notes.push(format!(
            "inside {first}-{last}, which the kernel hands out as source ports: another connection \
             may have it at any moment"
        ));
    }
    finding.port = Some(port);
    finding.calls = notebook.take();
    finding
}

fn tcp(journal: &Journal, address: SocketAddr) -> Result<(), CallError> {
    let socket = Socket::stream(journal, address)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    if BIND_REUSES_TIME_WAIT {
        socket.set_reuse_address(true)?;
    }
    socket.bind(address)
}

fn udp(journal: &Journal, address: SocketAddr) -> Result<(), CallError> {
    let socket = DatagramSocket::new(journal, address)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(address)
}

/// Asks for a port in IPv4, and when that is granted, in IPv6: two families are two times 65,536.
fn tried(
    protocol: &'static str,
    program: Program,
    port: u16,
    bind: &dyn Fn(SocketAddr) -> Result<(), CallError>,
) -> Tried {
    let families = [Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()];
    let refused = families.into_iter().find_map(|any: IpAddr| {
        let error = bind(SocketAddr::new(any, port)).err()?;
        let os = error.os();
        // A machine without IPv6 misses nothing that another program could have.
        if any.is_ipv6() && os.kind != ErrorKind::AddrInUse {
            return None;
        }
        let facts = endpoint::facts(&Failure::Call(error), program);
        Some(Refused { os, facts, only_v6: any.is_ipv6() })
    });
    Tried { protocol, refused }
}

fn told(port: u16, named: bool, tried: &[Tried; 2]) -> Finding {
    let refused: Vec<(&str, &Refused)> = tried
        .iter()
        .filter_map(|tried| tried.refused.as_ref().map(|refused| (tried.protocol, refused)))
        .collect();
    let [first, ..] = refused[..] else {
        let text = format!("port {port} is free, TCP and UDP");
        return Finding::new("port", Level::Ok, text, WHY).matter(format!("port {port}"));
    };
    // Another program on one of the handouts' ports is no reason to stop: there are others. Nor is
    // one that leaves IPv4 to everybody.
    let only_v6 = refused.iter().all(|(_, refused)| refused.only_v6);
    let bad = if named && !only_v6 { Level::Fail } else { Level::Warn };
    let own = refused.iter().all(|(_, refused)| is_netlab(&refused.facts));
    let level = if own { Level::Ok } else { bad };
    let mut finding = Finding::new("port", level, sentence(port, first), WHY)
        .matter(format!("port {port} is taken"));
    if let Some(second) = refused.get(1) {
        finding = finding.detail(sentence(port, *second));
    } else {
        let other = if first.0 == "TCP" { "UDP" } else { "TCP" };
        finding = finding.detail(format!("port {port}/{} is free", other.to_lowercase()));
    }
    if only_v6 {
        finding = finding.detail("for IPv4 it is free: netlab's servers take it, unless with -6");
    }
    finding.details.extend(hint(port, &first.1.os).map(str::to_owned));
    if own {
        return finding.detail("that is your own netlab: fine, if it is meant to run");
    }
    finding.remedy(remedy(port, first))
}

fn is_netlab(facts: &Facts) -> bool {
    let program = facts.owner.as_ref().and_then(|owner| owner.program.as_ref());
    program.is_some_and(|(_, name)| name == "netlab")
}

/// `port 6000/tcp is taken by python3 (process 4711), bound to 0.0.0.0:6000`.
fn sentence(port: u16, (protocol, refused): (&str, &Refused)) -> String {
    let Refused { os, facts, .. } = refused;
    let port = format!("port {port}/{}", protocol.to_lowercase());
    match (os.kind, &facts.owner) {
        (ErrorKind::AddrInUse, Some(owner)) => match &owner.program {
            Some((pid, name)) => {
                let name = SafeText::new(name.as_bytes());
                format!("{port} is taken by {name} (process {pid}), bound to {}", owner.local)
            }
            None => format!(
                "{port} is taken by a program that this user may not see, bound to {}",
                owner.local
            ),
        },
        (ErrorKind::AddrInUse, None) => {
            format!("{port} is taken; this system does not say by whom")
        }
        (ErrorKind::PermissionDenied, _) => format!("{port} may not be bound: {}", os.name()),
        _ => format!("{port} cannot be had: bind says {}", os.name()),
    }
}

/// What is known of ports on systems where one cannot look.
fn hint(port: u16, os: &OsError) -> Option<&'static str> {
    if cfg!(target_os = "macos") && matches!(port, 5000 | 7000) {
        return Some(
            "macOS: AirPlay Receiver listens on 5000 and 7000; System Settings, General, AirDrop & \
             Handoff switches it off",
        );
    }
    if cfg!(windows) && os.kind == ErrorKind::PermissionDenied {
        return Some(
            "Windows keeps ranges for virtual machines, to administrators too: netsh interface ipv4 \
             show excludedportrange protocol=tcp",
        );
    }
    None
}

fn remedy(port: u16, (protocol, refused): (&str, &Refused)) -> String {
    let Refused { os, facts, .. } = refused;
    if os.kind == ErrorKind::PermissionDenied {
        let first = facts.unprivileged_from.unwrap_or(1024);
        return format!("use a port from {first} up, such as 6000: below, only the system binds");
    }
    let other = if port < 65_000 { port + 1 } else { 6000 };
    let command = format!("netlab {}-server {other}", protocol.to_lowercase());
    let end = match facts.owner.as_ref().and_then(|owner| owner.program.as_ref()) {
        Some((pid, _)) => format!("end process {pid}, or "),
        None => String::new(),
    };
    format!("{end}take another port, and tell your partner: {command}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Owner;

    fn taken(protocol: &'static str, kind: ErrorKind, program: Option<(u32, &str)>) -> Tried {
        let owner = Owner {
            local: ([0, 0, 0, 0], 6000).into(),
            program: program.map(|(pid, name)| (pid, name.to_owned())),
        };
        let facts = Facts { owner: Some(owner), looked: true, ..Facts::default() };
        let os = OsError { kind, number: None };
        Tried { protocol, refused: Some(Refused { os, facts, only_v6: false }) }
    }

    fn free(protocol: &'static str) -> Tried {
        Tried { protocol, refused: None }
    }

    #[test]
    fn a_taken_port_names_its_owner_and_another_port() {
        let python = taken("TCP", ErrorKind::AddrInUse, Some((7, "python\u{1b}3")));
        let found = told(6000, false, &[python, free("UDP")]);
        assert_eq!(found.level, Level::Warn);
        assert_eq!(
            found.text,
            "port 6000/tcp is taken by python^[3 (process 7), bound to 0.0.0.0:6000"
        );
        assert_eq!(found.details, ["port 6000/udp is free"]);
        let remedy = found.remedy.expect("there is something to do");
        assert!(remedy.contains("process 7") && remedy.contains("tcp-server 6001"), "{remedy}");
    }

    #[test]
    fn a_port_that_was_asked_for_by_name_has_to_be_free() {
        let tried = || [free("TCP"), taken("UDP", ErrorKind::AddrInUse, None)];
        assert_eq!(told(6000, true, &tried()).level, Level::Fail);
        let found = told(6000, false, &tried());
        assert!(found.text.starts_with("port 6000/udp is taken by a program"), "{found:?}");
        let denied = [taken("TCP", ErrorKind::PermissionDenied, None), free("UDP")];
        let found = told(80, true, &denied);
        assert!(found.remedy.is_some_and(|remedy| remedy.contains("from 1024 up")));
    }

    #[test]
    fn a_port_that_only_ipv6_misses_is_no_reason_to_stop() {
        let mut python = taken("TCP", ErrorKind::AddrInUse, Some((7, "python3")));
        python.refused.iter_mut().for_each(|refused| refused.only_v6 = true);
        let found = told(6000, true, &[python, free("UDP")]);
        assert_eq!(found.level, Level::Warn);
        assert!(found.details.iter().any(|detail| detail.contains("IPv4")), "{found:?}");
    }

    #[test]
    fn ones_own_server_is_no_trouble() {
        let netlab = || taken("TCP", ErrorKind::AddrInUse, Some((7, "netlab")));
        assert_eq!(told(6000, true, &[netlab(), free("UDP")]).level, Level::Ok);
        let other = taken("UDP", ErrorKind::AddrInUse, Some((8, "ncat")));
        assert_eq!(told(6000, true, &[netlab(), other]).level, Level::Fail);
        assert_eq!(told(6000, false, &[free("TCP"), free("UDP")]).level, Level::Ok);
    }
}
