//! What to say about each error: decided by the call and the error's kind and number.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{CallError, Exit, Explained, Facts, Owner, datagram, ports, raw};
use crate::event::{Operation, OsError, errno};

/// Puts a failed call into the five parts.
pub(super) fn call(failed: &CallError, facts: &Facts) -> Explained {
    let os = failed.os();
    let errno = errno::find(os).copied();
    let name = errno.map_or("", |row| row.name);
    let mut told = Told::default();
    let protocol = facts.program.protocol();
    let (udp, icmp) = (protocol == "udp", protocol == "icmp");
    match (name, &failed.operation) {
        _ if udp && datagram::call(name, failed, &mut told) => {}
        _ if icmp && raw::call(name, failed, facts, &mut told) => {}
        _ if !icmp && ports::call(name, &failed.operation, facts, &mut told) => {}
        ("EADDRINUSE", Operation::Bind(address)) => address_in_use(*address, facts, &mut told),
        ("EACCES" | "EPERM", Operation::Bind(address)) => bind_denied(*address, facts, &mut told),
        ("EACCES" | "EPERM", _) => denied(&mut told),
        ("EADDRNOTAVAIL" | "EINVAL", Operation::Bind(address)) => {
            not_my_address(*address, facts, &mut told);
        }
        ("EADDRINUSE" | "EADDRNOTAVAIL", _) => pair_in_use(facts, &mut told),
        ("ECONNREFUSED", _) => refused(failed.operation.address(), &mut told),
        ("ETIMEDOUT", _) => timed_out(failed.operation.address(), &mut told),
        ("EHOSTUNREACH" | "ENETUNREACH" | "ENETDOWN", _) => {
            unreachable(name, failed.operation.address(), &mut told);
        }
        ("ECONNRESET" | "ECONNABORTED", _) => reset(&mut told),
        ("EPIPE", _) => broken_pipe(&mut told),
        ("EMFILE" | "ENFILE", _) => too_many_files(facts, &mut told),
        ("EAFNOSUPPORT", _) => no_such_family(facts, &mut told),
        _ => other(&mut told),
    }
    Explained {
        what: what_happened(failed, os),
        knows: told.knows,
        causes: told.causes,
        command: told.command,
        errno,
        number: os.number,
        exit: match name {
            "EACCES" | "EPERM" => Exit::NotPermitted,
            _ => Exit::Refused,
        },
    }
}

/// Parts two to four, while they are put together.
#[derive(Default)]
pub(super) struct Told {
    knows: Vec<String>,
    causes: Vec<String>,
    command: String,
}

impl Told {
    pub(super) fn know(&mut self, fact: impl Into<String>) {
        self.knows.push(fact.into());
    }

    pub(super) fn cause(&mut self, cause: impl Into<String>) {
        self.causes.push(cause.into());
    }

    pub(super) fn suggest(&mut self, command: impl Into<String>) {
        self.command = command.into();
    }
}

fn what_happened(failed: &CallError, os: OsError) -> String {
    let words = match errno::name(os) {
        Some("EADDRINUSE") => "the address is already in use",
        Some("EACCES" | "EPERM") => "not permitted",
        Some("EADDRNOTAVAIL") => "this machine cannot use that address",
        Some("ECONNREFUSED") => "connection refused",
        Some("ETIMEDOUT") => "no answer in time",
        Some("EHOSTUNREACH") => "the host cannot be reached",
        Some("ENETUNREACH") => "there is no way to that network",
        Some("ENETDOWN") => "the network is down",
        Some("ECONNRESET") => "the connection was reset by the other side",
        Some("ECONNABORTED") => "the connection was aborted",
        Some("EPIPE") => "the other side has closed: nobody is there to read",
        Some("EMFILE" | "ENFILE") => "no file descriptors left",
        Some("EAFNOSUPPORT") => "this system does not have that address family",
        Some("EMSGSIZE") => "too long for one datagram on this way",
        Some("ENODEV") => "no interface leads there",
        Some("EINVAL") => "the system did not accept the arguments",
        _ => "the system refused",
    };
    match failed.peer {
        Some(peer) => format!("{} with {peer} failed: {words}", failed.operation),
        None => format!("{} failed: {words}", failed.operation),
    }
}

const ONE_OWNER: &str = "another program uses this port: one port, one owner";

fn address_in_use(address: SocketAddr, facts: &Facts, told: &mut Told) {
    let (port, protocol) = (address.port(), facts.program.protocol());
    match &facts.owner {
        Some(Owner { local, program: Some((pid, name)) }) => {
            told.know(format!("{local}/{protocol} belongs to {name} (process {pid})"));
            told.cause("a server you started earlier is still running");
            told.cause(ONE_OWNER);
        }
        Some(Owner { local, program: None }) => {
            told.know(format!("{local}/{protocol} is bound, in a program of another user"));
            told.cause(ONE_OWNER);
        }
        None if facts.time_wait > 0 => {
            told.know(format!(
                "no program owns {port}/{protocol}, but {} of its connections {} in TIME-WAIT",
                facts.time_wait,
                if facts.time_wait == 1 { "is" } else { "are" }
            ));
            told.cause(
                "the last server closed first, without SO_REUSEADDR: the system keeps its side of \
                 the connection for about a minute",
            );
        }
        None if facts.looked => {
            told.know(format!("no program that netlab may see owns {port}/{protocol}"));
            told.cause("the owner has just gone, or is in another user's session");
        }
        None => {
            told.cause(ONE_OWNER);
            told.cause("on macOS, AirPlay Receiver has 5000 and 7000");
        }
    }
    if address.ip().is_unspecified() && facts.owner.as_ref().is_some_and(|o| o.local != address) {
        told.know(format!("{} stands for every address, that one too", address.ip()));
    }
    if facts.program.is_client() {
        told.causes.insert(0, "another client of this machine was given that port".to_owned());
        told.causes.truncate(3);
        told.suggest(format!(
            "netlab {}-client HOST PORT    (without --source-port)",
            facts.program.protocol()
        ));
    } else {
        told.suggest(format!("netlab {protocol}-server {}", another_port(port)));
    }
}

/// A port to propose: the next one above the range that needs privilege.
fn another_port(port: u16) -> u16 {
    if port < 1024 || port == u16::MAX { 6001 } else { port + 1 }
}

fn pair_in_use(facts: &Facts, told: &mut Told) {
    ports::range(facts, told);
    told.cause(
        "the same four numbers are still in TIME-WAIT from the last connection: this side closed \
         first",
    );
    told.cause("another connection of this machine has that source port and that destination");
    told.suggest("netlab tcp-client HOST PORT    (no --source-port: the system picks a free one)");
}

fn bind_denied(address: SocketAddr, facts: &Facts, told: &mut Told) {
    let port = address.port();
    let limit = facts.unprivileged_from.unwrap_or(1024);
    if port < limit {
        told.know(format!("ports 0 to {} are for system services here", limit.saturating_sub(1)));
        told.cause(format!("an ordinary program may not bind {port}"));
        told.suggest(format!("netlab {}-server 6000", facts.program.protocol()));
    } else {
        told.know(format!("{port} is above {}, so privilege is not the reason", limit - 1));
        told.cause(
            "Windows has excluded the port for virtual machines (Hyper-V, WSL, Docker); being \
             administrator does not help",
        );
        told.cause("a security program forbids listening");
        told.suggest(if cfg!(windows) {
            let protocol = facts.program.protocol();
            format!("netsh interface ipv4 show excludedportrange protocol={protocol}")
        } else {
            format!("netlab {}-server {}", facts.program.protocol(), another_port(port))
        });
    }
}

fn denied(told: &mut Told) {
    told.cause("a firewall on this machine forbids it");
    told.cause("the address is a broadcast address: TCP has one peer, never many");
    told.suggest("netlab tcp-client HOST PORT    (another host)");
}

fn not_my_address(address: SocketAddr, facts: &Facts, told: &mut Told) {
    told.know(format!("bind names one of YOUR addresses, and {} is none of them", address.ip()));
    if !facts.addresses.is_empty() {
        let own: Vec<_> = facts.addresses.iter().map(ToString::to_string).collect();
        told.know(format!("yours: {}", own.join(", ")));
    }
    told.cause("it is your partner's address: a server binds its own");
    told.cause("the address has changed: another network, a VPN that is gone");
    told.cause("a typing mistake");
    let any = if address.is_ipv4() { "0.0.0.0" } else { "::" };
    told.suggest(if facts.program.is_client() {
        format!("netlab {}-client HOST PORT    (without --bind)", facts.program.protocol())
    } else {
        format!(
            "netlab {}-server {} --bind {any}    (every address)",
            facts.program.protocol(),
            address.port()
        )
    });
}

fn refused(address: Option<SocketAddr>, told: &mut Told) {
    let Some(address) = address else {
        told.cause("the other side closed the port");
        told.suggest("netlab tcp-server");
        return;
    };
    let (ip, port) = (address.ip(), address.port());
    if ip.is_loopback() {
        told.know(format!(
            "{ip} is this machine; it answered at once: nobody listens on {port}/tcp here"
        ));
    } else {
        told.know(format!("{ip} answered, and at once: the network between you works"));
        told.know(format!("it takes no connections on {port}/tcp"));
    }
    told.cause("the server is not running yet, or has ended");
    told.cause(format!("it listens on another port than {port}"));
    told.cause(if ip.is_loopback() {
        "it listens on another address of this machine only"
    } else {
        "it listens on another address only, such as 127.0.0.1"
    });
    told.suggest(format!("netlab tcp-server {port}    (on {ip})"));
}

fn timed_out(address: Option<SocketAddr>, told: &mut Told) {
    told.know("no answer at all. \"Refused\" would mean that the host is there; silence does not");
    told.cause("a firewall on the other machine drops the packets");
    told.cause("the Wi-Fi keeps its clients apart, as guest networks do");
    told.cause("wrong address, or the machine is asleep");
    match address {
        Some(address) => told.suggest(format!("ping {}", address.ip())),
        None => told.suggest("ping HOST"),
    }
}

fn unreachable(name: &str, address: Option<SocketAddr>, told: &mut Told) {
    if name == "EHOSTUNREACH" {
        told.know("the last router, or this machine itself, found nobody at that address");
        told.cause("no machine has that address: a typing mistake, or it is switched off");
        told.cause("it is in another network, behind a router that does not let you in");
    } else {
        told.know("this machine has no route to that network, so nothing was sent");
        told.cause("the network is not connected: cable, Wi-Fi, VPN");
        if address.is_none_or(|address| address.is_ipv6()) {
            told.cause("an IPv6 address on a network that has only IPv4");
        }
    }
    told.suggest(if cfg!(windows) {
        "route print"
    } else if cfg!(target_os = "macos") {
        "netstat -rn"
    } else {
        "ip route"
    });
}

fn reset(told: &mut Told) {
    told.know("the other side's system sent RST: it has dropped the connection");
    told.cause("the other program ended without reading everything that had come");
    told.cause("something was sent to it after it had closed");
    told.cause("a firewall between you cut the connection");
    told.suggest("netlab tcp-client HOST PORT    (to connect again)");
}

fn broken_pipe(told: &mut Told) {
    told.know(
        "send hands bytes to this system, it does not deliver them: the first send after the other \
         side closed succeeds, its answer (RST) makes the next one fail",
    );
    told.cause("the other program has ended");
    told.suggest("netlab tcp-client HOST PORT    (to connect again)");
}

fn too_many_files(facts: &Facts, told: &mut Told) {
    if let Some(limit) = facts.descriptors {
        told.know(format!("this program may have {limit} files and sockets open"));
    }
    told.know("every connection is a socket, and every socket a file descriptor");
    told.cause("more connections than the limit allows");
    told.suggest("ulimit -n 20000    (then start netlab again in the same shell)");
}

fn no_such_family(facts: &Facts, told: &mut Told) {
    told.cause("IPv6 is switched off on this machine");
    told.suggest(format!("netlab {}-server -4", facts.program.protocol()));
}

fn other(told: &mut Told) {
    told.cause("calls in an order that the socket API does not allow");
    told.cause("a limit of this system");
    told.suggest("the same command again with --explain, to see the calls before this one");
}

/// Bytes that break the rules of the framing.
pub(super) fn framing(peer: SocketAddr, fault: &str) -> Explained {
    Explained {
        what: format!("reading messages of {peer} failed: {fault}"),
        knows: vec![
            "with length framing every message begins with four bytes: a type, 1 to 4, and a length"
                .into(),
        ],
        causes: vec![
            "the two sides run with different --framing".into(),
            "the other program speaks another protocol on this port".into(),
        ],
        command: format!("netlab tcp-client {} {} --framing auto", peer.ip(), peer.port()),
        errno: None,
        number: None,
        exit: Exit::Refused,
    }
}

/// A name that stands for no address.
pub(super) fn name_not_found(host: &str, family: Option<&'static str>, facts: &Facts) -> Explained {
    let mut told = Told::default();
    let icmp = facts.program.protocol() == "icmp";
    if let (Some(family), Ok(_)) = (family, host.parse::<IpAddr>()) {
        told.cause(format!("it is an address, and not one of {family}: try without the option"));
    } else if let Some(family) = family {
        told.know(format!("only {family} addresses were wanted"));
        told.cause(format!("the host has no {family} address: try without the option"));
    }
    told.know("nothing was sent: a name is not an address, and the network needs an address");
    if host.parse::<IpAddr>().is_err()
        && host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        told.cause("an IPv4 address is four numbers from 0 to 255 with dots between them");
    } else if icmp && host.rsplit_once(':').is_some_and(|(ip, _)| ip.parse::<Ipv4Addr>().is_ok()) {
        told.cause("ICMP has no ports: only the address is wanted");
    } else if host.contains(':') && !icmp {
        told.cause("address and port are two arguments, with a space between them");
    }
    told.cause("a typing mistake in the name");
    told.cause("the name is known in another network only (names of a home router, .local)");
    told.cause("this machine has no working DNS at the moment");
    told.causes.truncate(3);
    Explained {
        what: format!("looking up {host:?} failed: no such host name"),
        knows: told.knows,
        causes: told.causes,
        command: if icmp {
            "netlab raw-ping 10.0.73.221    (the host's address)".to_owned()
        } else {
            let protocol = facts.program.protocol();
            format!("netlab {protocol}-client 10.0.73.221 6000    (the server's address)")
        },
        errno: Some(errno::NO_NAME),
        number: None,
        exit: Exit::Refused,
    }
}
