//! Before the first probe: sockets, privilege, and who sends from where.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use super::dissect::Dissecting;
use super::judge::Judge;
use super::{Config, Ping, Target};
use crate::error::{CallError, Failure};
use crate::event::{
    EchoIds, Endpoint, IcmpEvent, IcmpRemark, Journal, Kind, Operation, PingHost, PingSetup,
    Privilege, Role, SafeText, State,
};
use crate::input::InputSender;
use crate::raw::book::Book;
use crate::raw::data::Data;
use crate::raw::door::{self, Purpose, Wanted};
use crate::raw::keyboard::Keyboard;
use crate::raw::link::Link;
use crate::raw::pace::Timetable;
use crate::socket::{self, DatagramSocket};

/// Bytes of an ICMP header.
const ICMP_HEADER: usize = 8;
/// Hosts that are looked at more closely before the first probe: where probes to them leave from.
const LOOKED_AT: usize = 8;
/// Hosts that get a column in the endpoint table.
const COLUMNS: usize = 2;

impl Ping {
    /// Opens the sockets, gives back the privilege that they needed, and says how it is set up.
    ///
    /// It has to be called before the program starts a thread: on Linux each thread has privileges of
    /// its own.
    ///
    /// # Errors
    ///
    /// [`Failure::NoRawSocket`] when this program may have neither a raw nor a ping socket,
    /// [`Failure::Call`] when the system refuses an option that was asked for, or when there is no way
    /// to any of the hosts.
    pub fn open(config: Config, journal: &Journal) -> Result<(Self, InputSender), Failure> {
        let mut links = links(&config, journal)?;
        for link in &mut links {
            link.identify(config.identifier)?;
        }
        let sources = sources(&config, journal);
        let given_back = socket::give_back();
        let sources = sources?;
        let setup = setup(&config, &links, &sources, given_back);
        journal.emit(IcmpEvent::Pinging(setup));
        journal.emit(Kind::Endpoints(rows(&config, &links, &sources)));
        for remark in remarks(&config, &links, &sources) {
            journal.emit(IcmpEvent::Remark(remark));
        }
        let (keyboard, input) =
            Keyboard::new().map_err(|error| CallError::new(Operation::Poll(links.len()), error))?;
        let data = Data::new(config.run, config.size, config.pattern.as_deref());
        let names = config
            .targets
            .iter()
            .map(|target| (SafeText::new(target.name.as_bytes()), target.address.ip()));
        let book = Book::new(names, config.timeout);
        let judge = Judge::new(&config.targets, data, config.size + ICMP_HEADER, book, journal)
            .with_ttl(config.ttl);
        let hosts = config.targets.len();
        // With a deadline it goes on until so many have been answered: as ping has it.
        let rounds = config.count.filter(|_| config.deadline.is_none());
        let timetable = Timetable::new(config.pace, config.interval, config.gap, hosts, rounds);
        let dissecting =
            config.dissect.then(|| Dissecting::new(&config.targets, &sources, config.ttl));
        let ping = Self {
            config,
            links,
            judge,
            timetable,
            keyboard,
            journal: journal.clone(),
            began: Instant::now(),
            dissecting,
            answers: Vec::new(),
            data: Vec::new(),
            message: Vec::new(),
            hold: Duration::ZERO,
            heard: None,
            told: Duration::ZERO,
            lines: 0,
            lingering: false,
            failed: false,
        };
        Ok((ping, input))
    }
}

/// A socket for each family among the hosts.
fn links(config: &Config, journal: &Journal) -> Result<Vec<Link>, Failure> {
    let mut links = Vec::new();
    for v6 in [false, true] {
        let targets = config.targets.iter().filter(|target| target.address.is_ipv6() == v6);
        let targets: Vec<&Target> = targets.collect();
        let Some(first) = targets.first() else { continue };
        let open = door::open(
            journal,
            &Wanted {
                v6,
                purpose: if config.dissect { Purpose::Dissect } else { Purpose::Ping },
                source: config.source.map(|source| own_address(source, first.address)),
                interface: config.interface.clone(),
            },
        )?;
        if let Some(hops) = config.ttl {
            for groups in [false, true] {
                if targets.iter().any(|target| target.address.ip().is_multicast() == groups) {
                    open.socket.set_hop_limit(hops, groups)?;
                }
            }
        }
        if let Some(forbid) = config.dont_fragment {
            open.socket.set_dont_fragment(forbid)?;
        }
        if !v6 && targets.iter().any(|target| target.many) {
            open.socket.set_broadcast()?;
        }
        links.push(Link::new(open));
    }
    Ok(links)
}

/// An address of this machine, with the scope of the host where it needs one.
fn own_address(source: IpAddr, host: SocketAddr) -> SocketAddr {
    match (source, host) {
        (IpAddr::V6(own), SocketAddr::V6(host)) if own.is_unicast_link_local() => {
            std::net::SocketAddrV6::new(own, 0, 0, host.scope_id()).into()
        }
        _ => SocketAddr::new(source, 0),
    }
}

/// The address that probes to each host leave from. `connect` on a datagram socket asks the routing
/// table and sends nothing.
fn sources(config: &Config, journal: &Journal) -> Result<Vec<Option<IpAddr>>, Failure> {
    if let Some(source) = config.source {
        return Ok(vec![Some(source); config.targets.len()]);
    }
    let mut sources = vec![None; config.targets.len()];
    let mut refusal = None;
    for (source, target) in sources.iter_mut().zip(&config.targets).take(LOOKED_AT) {
        if target.many {
            continue;
        }
        match route(journal, target, config.interface.as_deref()) {
            Ok(address) => *source = Some(address),
            Err(error) => refusal = Some(error),
        }
    }
    match refusal {
        // Not a single way: nothing would ever be sent.
        Some(error) if sources.iter().all(Option::is_none) && config.targets.len() <= LOOKED_AT => {
            Err(error.into())
        }
        _ => Ok(sources),
    }
}

/// A port for asking about routes: nothing is sent to it.
const ANY_PORT: u16 = 1025;

fn route(journal: &Journal, target: &Target, interface: Option<&str>) -> Result<IpAddr, CallError> {
    Ok(connected(journal, target.address, interface)?.local_address()?.ip())
}

fn connected(
    journal: &Journal,
    host: SocketAddr,
    interface: Option<&str>,
) -> Result<DatagramSocket, CallError> {
    let mut address = host;
    address.set_port(ANY_PORT);
    let asking = DatagramSocket::new(journal, address)?;
    if let Some(interface) = interface {
        asking.bind_interface(interface)?;
    }
    asking.connect(address)?;
    Ok(asking)
}

/// The largest packet that the way to a host is known to take.
pub(super) fn mtu(journal: &Journal, host: SocketAddr) -> Option<usize> {
    connected(journal, host, None).ok()?.path_mtu()
}

fn setup(
    config: &Config,
    links: &[Link],
    sources: &[Option<IpAddr>],
    given_back: crate::event::GivenBack,
) -> PingSetup {
    let hosts = config.targets.iter().zip(sources).map(|(target, source)| PingHost {
        name: SafeText::new(target.name.as_bytes()),
        address: target.address.ip(),
        source: *source,
    });
    PingSetup {
        sockets: links.iter().map(|link| *link.about()).collect(),
        hosts: hosts.collect(),
        count: config.count,
        pace: config.pace,
        interval: config.interval,
        size: config.size,
        pattern: config.pattern.clone(),
        ttl: config.ttl,
        timeout: config.timeout,
        deadline: config.deadline,
        dont_fragment: config.dont_fragment,
        path: config.path,
        quiet: config.telling.quiet,
        given_back,
    }
}

/// A column for each socket and one for the first probe to each of a few hosts.
fn rows(config: &Config, links: &[Link], sources: &[Option<IpAddr>]) -> Vec<Endpoint> {
    let mut rows = Vec::new();
    for link in links {
        let about = link.about();
        let nobody = SocketAddr::new(door::unspecified(about.v6), 0);
        let row = |role, source, destination, sequence| Endpoint {
            socket: about.socket,
            role,
            who: None,
            protocol: if about.v6 { "ICMPv6" } else { "ICMP" },
            state: State::Unconnected,
            source,
            destination,
            echo: Some(EchoIds { identifier: Some(about.identifier), sequence }),
        };
        let own = config.source.map_or(nobody, |source| SocketAddr::new(source, 0));
        rows.push(row(Role::Raw, own, nobody, None));
        let mine = config.targets.iter().zip(sources);
        let mine = mine.filter(|(target, _)| target.address.is_ipv6() == about.v6);
        for (target, source) in mine.take(COLUMNS) {
            let source = source.map_or(nobody, |source| SocketAddr::new(source, 0));
            rows.push(row(Role::Probe, source, target.address, Some(1)));
        }
    }
    rows
}

/// What is worth saying before the first probe.
fn remarks(config: &Config, links: &[Link], sources: &[Option<IpAddr>]) -> Vec<IcmpRemark> {
    let mut remarks = Vec::new();
    if links.iter().any(|link| matches!(link.about().privilege, Privilege::PingSocket(_))) {
        remarks.push(IcmpRemark::PingSocketInstead);
    }
    for (target, source) in config.targets.iter().zip(sources) {
        let address = target.address.ip();
        if target.many {
            remarks.push(IcmpRemark::ManyAnswer(address));
        } else if address.is_loopback() || *source == Some(address) {
            remarks.push(if cfg!(windows) {
                IcmpRemark::OwnAddressUnseen(address)
            } else {
                IcmpRemark::OwnAddress(address)
            });
        }
    }
    remarks.truncate(4);
    if let Some(deadline) = config.deadline.filter(|_| config.ends_by_itself) {
        remarks.push(IcmpRemark::FloodEnds(deadline));
    }
    remarks
}
