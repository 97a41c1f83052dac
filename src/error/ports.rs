//! What to say when no source port is left: the kernel hands them out of a range, and it was all taken.

use super::Facts;
use super::advice::Told;
use crate::event::Operation;

/// With fewer source ports than that, somebody has made the range small: then it is the likely reason.
const FEW: u32 = 1024;

/// Tells of source ports, where that is what the call failed for. False where it is something else.
pub(super) fn call(name: &str, operation: &Operation, facts: &Facts, told: &mut Told) -> bool {
    match (name, operation) {
        // Nobody owns port 0: it asks for any.
        ("EADDRINUSE", Operation::Bind(address)) if address.port() == 0 => {
            told.know("port 0 asks the kernel for a free port of its own choice");
            range(facts, told);
            told.cause(
                "every port of that range is taken: by sockets that are bound, or TIME-WAIT",
            );
        }
        ("EADDRNOTAVAIL", Operation::Connect(address)) if facts.few_source_ports(FEW) => {
            range(facts, told);
            told.cause(format!(
                "every port of that range has a connection to {address} already, also in TIME-WAIT"
            ));
            told.cause("with --source-port: the same four numbers are still in TIME-WAIT");
        }
        _ => return false,
    }
    told.cause("somebody has made the range small, or keeps ports of it back");
    told.suggest(if cfg!(target_os = "linux") {
        "sysctl net.ipv4.ip_local_port_range net.ipv4.ip_local_reserved_ports"
    } else if cfg!(windows) {
        "netsh int ipv4 show dynamicport tcp"
    } else {
        "sysctl net.inet.ip.portrange.first net.inet.ip.portrange.last"
    });
    true
}

/// The range, for who did not ask for a port of his own.
pub(super) fn range(facts: &Facts, told: &mut Told) {
    if let Some((first, last)) = facts.source_ports {
        let count = u32::from(last.saturating_sub(first)) + 1;
        let ports = if count == 1 { "port" } else { "ports" };
        told.know(format!(
            "source ports are taken from {first} to {last} here: {count} {ports}, and each may have \
             one connection to the same destination"
        ));
    }
}

impl Facts {
    fn few_source_ports(&self, limit: u32) -> bool {
        self.source_ports.is_some_and(|(first, last)| u32::from(last.saturating_sub(first)) < limit)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::super::{CallError, Failure};
    use super::*;
    use crate::event::{OsError, errno};

    fn explained(name: &str, operation: Operation, range: Option<(u16, u16)>) -> String {
        let row = errno::ALL.iter().find(|row| row.name == name).expect("a name");
        let number = if cfg!(target_os = "linux") {
            row.linux
        } else if cfg!(windows) {
            row.windows.expect("a number")
        } else {
            row.macos
        };
        let error = io::Error::from_raw_os_error(number);
        assert_eq!(OsError::from(&error).name(), name);
        let failure = Failure::Call(CallError::new(operation, error));
        let told =
            failure.explain(&Facts { source_ports: range, looked: true, ..Facts::default() });
        assert!(told.causes.len() <= 3 && !told.command.is_empty(), "{told:?}");
        [told.knows, told.causes].concat().join("\n")
    }

    #[test]
    fn who_asks_for_any_port_is_told_of_the_range() {
        let any = Operation::Bind(([127, 0, 0, 1], 0).into());
        let text = explained("EADDRINUSE", any, Some((40_000, 40_002)));
        assert!(text.contains("from 40000 to 40002 here: 3 ports"), "{text}");
        assert!(!text.contains("0/tcp") && !text.contains("owner"), "{text}");
        // One port that was asked for is another matter.
        let one = Operation::Bind(([127, 0, 0, 1], 6000).into());
        assert!(explained("EADDRINUSE", one, Some((40_000, 40_002))).contains("6000/tcp"));
    }

    #[test]
    fn a_small_range_is_the_likely_reason_and_a_large_one_is_told() {
        let to = || Operation::Connect(([127, 0, 0, 1], 6000).into());
        let small = explained("EADDRNOTAVAIL", to(), Some((40_000, 40_002)));
        assert!(small.contains("from 40000 to 40002 here: 3 ports"), "{small}");
        assert!(small.contains("connection to 127.0.0.1:6000 already"), "{small}");
        let large = explained("EADDRNOTAVAIL", to(), Some((32_768, 60_999)));
        assert!(
            large.contains("28232 ports") && large.contains("the same four numbers"),
            "{large}"
        );
        assert!(explained("EADDRNOTAVAIL", to(), None).contains("TIME-WAIT"));
    }
}
