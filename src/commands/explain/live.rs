//! What a card tells of the machine it is read on. Only what a card asks for is looked up.

use std::cell::OnceCell;
use std::net::{IpAddr, ToSocketAddrs};

use crate::card::Wanted;
use crate::endpoint::{self, Query, Snapshot, limits};
use crate::event::errno::{ALL, RESOLVER};
use crate::event::{Host, Reach, SafeText, State};
use crate::socket;

/// What has been looked up so far.
#[derive(Default)]
pub(super) struct Live {
    host: OnceCell<Host>,
    sockets: OnceCell<Option<Snapshot>>,
}

impl Live {
    /// The value of a placeholder; none where this machine does not tell.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let text = match Wanted::of(name)? {
            Wanted::Host => self.host().name.to_string(),
            Wanted::Address => self.partner()?.to_string(),
            Wanted::Addresses => self.addresses()?,
            Wanted::SourcePorts => {
                let (first, last) = self.host().source_ports?;
                format!("{first} to {last}")
            }
            Wanted::UnprivilegedFrom => limits::unprivileged_from()?.to_string(),
            Wanted::PingGroups => match socket::ping_group_range()? {
                (first, last) if first > last => "no group".to_owned(),
                (first, last) => format!("groups {first} to {last}"),
            },
            Wanted::Descriptors => socket::raise_descriptor_limit()?.to_string(),
            Wanted::BacklogLimit => limits::backlog()?.to_string(),
            Wanted::SendBuffer => format!("{} bytes", socket::fresh_buffers()?.0),
            Wanted::ReceiveBuffer => format!("{} bytes", socket::fresh_buffers()?.1),
            Wanted::TimeWaitCount => self.count(State::TimeWait)?,
            Wanted::ListeningCount => self.count(State::Listen)?,
            Wanted::EstablishedCount => self.count(State::Established)?,
            Wanted::Localhost => localhost()?,
            Wanted::Binary => std::env::current_exe().ok()?.display().to_string(),
            Wanted::Os => os().to_owned(),
            Wanted::Errno(name) => numbers(name)?,
        };
        Some(harmless(&text))
    }

    fn host(&self) -> &Host {
        self.host.get_or_init(|| endpoint::host(None))
    }

    fn partner(&self) -> Option<IpAddr> {
        let addresses = &self.host().addresses;
        addresses.iter().find(|address| address.reach == Reach::Partner).map(|address| address.ip)
    }

    fn addresses(&self) -> Option<String> {
        let shown = self.host().addresses.iter().filter(|own| own.reach != Reach::LinkLocal);
        let list: Vec<String> = shown.map(|address| address.ip.to_string()).collect();
        (!list.is_empty()).then(|| list.join(", "))
    }

    /// How many of this machine's TCP sockets are in that state.
    fn count(&self, state: State) -> Option<String> {
        let query = Query { tcp: true, udp: false, raw: false, port: None, programs: false };
        let snapshot = self.sockets.get_or_init(|| endpoint::snapshot(&query).ok());
        let sockets = &snapshot.as_ref()?.sockets;
        Some(sockets.iter().filter(|socket| socket.state == state).count().to_string())
    }
}

/// The addresses that the name stands for here, in the order in which a client tries them.
fn localhost() -> Option<String> {
    let mut found: Vec<String> = Vec::new();
    for address in ("localhost", 0).to_socket_addrs().ok()? {
        let ip = address.ip().to_string();
        if !found.contains(&ip) {
            found.push(ip);
        }
    }
    (!found.is_empty()).then(|| found.join(" and "))
}

const fn os() -> &'static str {
    if cfg!(windows) {
        "Windows"
    } else if cfg!(target_os = "macos") {
        "macOS"
    } else if cfg!(target_os = "linux") {
        "Linux"
    } else {
        "this system"
    }
}

/// The numbers of an error: `Linux 111, macOS 61, Windows 10061`.
fn numbers(name: &str) -> Option<String> {
    let row = ALL.iter().chain(&RESOLVER).find(|row| row.name == name)?;
    let windows = row.windows.map_or_else(|| "none".to_owned(), |number| number.to_string());
    Some(format!("Linux {}, macOS {}, Windows {windows}", row.linux, row.macos))
}

/// Text of this machine, such as its name, without what Markdown or a terminal would obey.
fn harmless(text: &str) -> String {
    let obeyed = |c: char| "*`|<>[]{}".contains(c);
    SafeText::new(text.as_bytes()).as_str().replace(obeyed, "?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_this_machine_is_one_line_of_words() {
        let live = Live::default();
        for name in ["host", "os", "binary", "errno ECONNREFUSED", "source-ports", "localhost"] {
            let value = live.value(name).expect(name);
            assert!(!value.is_empty() && !value.contains('\n'), "{name}: {value:?}");
        }
        assert_eq!(live.value("errno ENODEV").as_deref(), Some("Linux 19, macOS 19, Windows none"));
        assert_eq!(live.value("errno ENOSUCH"), None);
        assert_eq!(live.value("nonsense"), None);
    }

    #[test]
    fn a_name_cannot_be_markdown() {
        assert_eq!(harmless("a*b`c|d\x1b[0m"), "a?b?c?d^??0m");
    }
}
