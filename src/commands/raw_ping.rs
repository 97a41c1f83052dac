//! `netlab raw-ping`: arguments to a ping.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::address::Wanted;
use super::names;
use super::packets::Wanted as Packets;
use crate::cli::{Format, Look, MtuDiscovery, RawPing};
use crate::console;
use crate::endpoint::Networks;
use crate::error::{Exit, Failure, Program, Usage};
use crate::event::Pace;
use crate::raw::ping::{Config, Ended, Ping, Target, Telling};
use crate::render::style::Style;
use crate::render::text::Subject;

/// Faster than that is a load, which is for one's own machines.
const GENTLE: Duration = Duration::from_millis(10);
/// A later reply is late, unless another time was asked for.
const TIMEOUT: Duration = Duration::from_secs(1);
/// So long a system asks in vain who has an address (three times, a second apart), and a little more.
const LINGER: Duration = Duration::from_millis(3300);
/// Of so many hosts it is worth waiting for what became of each.
const FEW: usize = 16;
/// Probes with each hop limit, at most.
const PROBES_OF_A_HOP_AT_MOST: u32 = 100;
/// A flood, or what may be as fast, that was given no other end.
const FLOOD_ENDS: Duration = Duration::from_secs(10);
/// Probes with each hop limit of a path, unless another count was asked for.
const PROBES_OF_A_HOP: u32 = 3;
/// Between probes to different hosts that are not in this machine's own networks.
const GAP: Duration = Duration::from_millis(1);

/// Sends probes, and says what became of each.
///
/// # Errors
///
/// [`Failure`] when an argument does not fit, a name stands for nothing, this program may not have a
/// socket for it, or there is no way to any host.
pub(super) fn run(args: &RawPing, look: &Look, style: Style) -> Result<Exit, Failure> {
    let (source, interface) = source(args)?;
    let networks = Networks::now();
    let targets: Vec<Target> = args
        .hosts
        .iter()
        .map(|host| target(args, host, source, &networks))
        .collect::<Result<_, _>>()?;
    let near = targets.iter().all(|target| !target.many && networks.are_near(target.address.ip()));
    if !near {
        may_load(args, &targets, &networks)?;
    }
    fits_together(args, &targets)?;
    let asked = targets.iter().map(|target| target.address.ip());
    let packets = Packets::of_icmp(&args.packets, Program::RawPing, asked);
    let config = config(args, look, targets, near, (source, interface));
    let shown = (args.lines.timestamps, args.lines.numeric);
    let run = names::begin(Subject::Ping, shown, packets, look, style)?;
    let opened = Ping::open(config, &run.journal);
    let (ping, input) = opened.inspect_err(|_| run.journal.flush())?;
    console::statuses(input.clone());
    let talking = run.listen_for_interrupts(input);
    let Ended { answered } = ping.run()?;
    talking.end()?;
    // Ctrl-C is how a ping without a count ends: no error, and no exit code of its own.
    Ok(if answered { Exit::Done } else { Exit::No })
}

fn config(
    args: &RawPing,
    look: &Look,
    targets: Vec<Target>,
    near: bool,
    (source, interface): (Option<IpAddr>, Option<String>),
) -> Config {
    let pace = match (args.rate.flood, args.rate.adaptive) {
        (true, _) => Pace::Flood,
        (_, true) => Pace::Adaptive,
        _ => Pace::Interval,
    };
    let endless = args.count.is_none() && args.deadline.is_none();
    let ends_by_itself = endless && pace != Pace::Interval;
    // A flood's hundred thousand lines help nobody; programs want every probe.
    let silent = args.lines.quiet || pace == Pace::Flood;
    let each = !silent || look.format == Format::Json || look.record.is_some();
    let (mut run, mut identifier) = ([0; 4], [0; 2]);
    // Without randomness every run has the same numbers, and only strays of an earlier one suffer.
    let _ = getrandom::fill(&mut run).and_then(|()| getrandom::fill(&mut identifier));
    Config {
        count: if args.sight.path { args.count.or(Some(PROBES_OF_A_HOP)) } else { args.count },
        pace,
        interval: args.interval,
        gap: if near { Duration::ZERO } else { GAP },
        size: args.packet.size.into(),
        pattern: args.packet.pattern.as_ref().map(|pattern| pattern.0.clone()),
        ttl: args.packet.ttl,
        timeout: args.timeout.unwrap_or(TIMEOUT),
        deadline: args.deadline.or(ends_by_itself.then_some(FLOOD_ENDS)),
        ends_by_itself,
        linger: if args.timeout.is_none() && targets.len() <= FEW {
            LINGER
        } else {
            Duration::ZERO
        },
        dont_fragment: args.packet.mtu_discovery.map(|how| how == MtuDiscovery::Do),
        path: args.sight.path.then_some(args.sight.max_hops),
        source,
        interface,
        dissect: args.sight.dissect,
        telling: Telling { quiet: args.lines.quiet, each, live: silent },
        run: u32::from_be_bytes(run),
        identifier: u16::from_be_bytes(identifier),
        targets,
    }
}

/// `-I`: an address of this machine, or the name of an interface.
fn source(args: &RawPing) -> Result<(Option<IpAddr>, Option<String>), Failure> {
    let Some(text) = &args.packet.source else { return Ok((None, None)) };
    // What is behind a % is the interface of a link-local address; the host names it too.
    match text.split('%').next().unwrap_or_default().parse::<IpAddr>() {
        Ok(ip) => Ok((Some(ip), None)),
        // What looks like an address and is none is no interface either.
        Err(_) if text.is_empty() || text.bytes().all(|b| b.is_ascii_digit() || b == b'.') => {
            Err(Usage {
                what: "address, and not an interface",
                value: text.clone(),
                rule: "-I takes an address of this machine, or the name of a network interface"
                    .into(),
                causes: vec![
                    "an IPv4 address is four numbers from 0 to 255 with dots between".into(),
                ],
                command: "the same command without -I".into(),
            }
            .into())
        }
        Err(_) => {
            let interfaces = Networks::interfaces();
            if !interfaces.is_empty() && !interfaces.contains(text) {
                return Err(Usage {
                    what: "address or network interface of this machine",
                    value: text.clone(),
                    rule: format!("its interfaces are {}", interfaces.join(", ")),
                    causes: vec!["a typing mistake, or another system's name for it".into()],
                    command: "the same command without -I".into(),
                }
                .into());
            }
            Ok((None, Some(text.clone())))
        }
    }
}

/// A host, by the first of its addresses.
fn target(
    args: &RawPing,
    host: &str,
    source: Option<IpAddr>,
    networks: &Networks,
) -> Result<Target, Failure> {
    let wanted = Wanted { v4: args.v4, v6: args.v6, bind: None };
    let addresses = wanted.resolve(host, 0)?;
    let fits = |address: &&SocketAddr| source.is_none_or(|own| own.is_ipv4() == address.is_ipv4());
    let Some(address) = addresses.iter().find(fits) else {
        let own = source.map_or(String::new(), |own| own.to_string());
        return Err(Usage {
            what: "host of the family that -I has",
            value: host.to_owned(),
            rule: format!("both ends are IPv4, or both are IPv6; -I says {own}"),
            causes: vec!["an IPv4 packet reaches IPv4 addresses only".into()],
            command: "the same command without -I".into(),
        }
        .into());
    };
    let mut address = real(*address);
    let ip = address.ip();
    if let (SocketAddr::V6(v6), Some(name)) = (&mut address, &args.packet.source)
        && v6.scope_id() == 0
        && let Some(index) = Networks::index(name.rsplit('%').next().unwrap_or_default())
    {
        v6.set_scope_id(index);
    }
    if needs_scope(address) {
        return Err(Usage {
            what: "address that tells where to go",
            value: host.to_owned(),
            rule:
                "an address of fe80::/10 or ff02::/16 is good on one link, and every link has the \
                   same: the interface has to be named behind a %"
                    .into(),
            causes: vec!["it was copied without its end".into()],
            command: format!("netlab raw-ping {ip}%INTERFACE    (such as {ip}%eth0)"),
        }
        .into());
    }
    let many = ip.is_multicast() || networks.have_as_broadcast(ip);
    Ok(Target { name: host.to_owned(), address, many })
}

/// Whether an address means nothing without an interface, and has none.
fn needs_scope(address: SocketAddr) -> bool {
    match address {
        SocketAddr::V6(v6) => {
            let multicast_here = v6.ip().segments()[0] & 0xff0f == 0xff02;
            v6.scope_id() == 0 && (v6.ip().is_unicast_link_local() || multicast_here)
        }
        SocketAddr::V4(_) => false,
    }
}

/// The address that packets really have: 0.0.0.0 as a destination is this machine, and IPv4 in the
/// clothes of IPv6 travels as IPv4.
fn real(address: SocketAddr) -> SocketAddr {
    let ip = address.ip().to_canonical();
    match ip {
        IpAddr::V4(v4) if v4.is_unspecified() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0),
        IpAddr::V6(v6) if v6.is_unspecified() => SocketAddr::new(Ipv6Addr::LOCALHOST.into(), 0),
        IpAddr::V4(_) => SocketAddr::new(ip, 0),
        // With its scope.
        IpAddr::V6(_) => address,
    }
}

/// How often the address occurs that occurs most often.
fn most_often(targets: &[Target]) -> u32 {
    let mut counts = HashMap::new();
    for target in targets {
        *counts.entry(target.address.ip()).or_insert(0_u32) += 1;
    }
    counts.into_values().max().unwrap_or(1)
}

/// Hosts at most: so many have a number in the mark of a probe.
const HOSTS: usize = 1 << 16;

/// What no single option can tell.
fn fits_together(args: &RawPing, targets: &[Target]) -> Result<(), Failure> {
    if targets.len() > HOSTS {
        return Err(Usage {
            what: "number of hosts for one run",
            value: targets.len().to_string(),
            rule: format!("each probe says which host it is for, in 16 bits: at most {HOSTS}"),
            causes: vec!["a whole network was named".into()],
            command: "the same command for a part of them".into(),
        }
        .into());
    }
    if args.packet.size < 8 && most_often(targets) > 1 {
        return Err(Usage {
            what: "size of data that tells the same address from itself",
            value: args.packet.size.to_string(),
            rule: "with less than 8 bytes of data a reply is known by its sender only, so each address \
                   can be asked once"
                .into(),
            causes: vec!["the same address was named twice".into()],
            command: "the same command with -s 8".into(),
        }
        .into());
    }
    if args.sight.path && args.packet.ttl.is_some_and(|ttl| ttl > args.sight.max_hops) {
        return Err(Usage {
            what: "last hop behind the first one",
            value: args.sight.max_hops.to_string(),
            rule: "with --path, -t is where to begin and --max-hops where to end".into(),
            causes: vec!["the two were exchanged".into()],
            command: "the same command without -t".into(),
        }
        .into());
    }
    let count = args.count.filter(|count| args.sight.path && *count > PROBES_OF_A_HOP_AT_MOST);
    count.map_or(Ok(()), |count| {
        Err(Usage {
            what: "number of probes of a hop",
            value: count.to_string(),
            rule: format!("with --path, -c is for each hop: 1 to {PROBES_OF_A_HOP_AT_MOST}"),
            causes: vec!["without --path it is for the whole run".into()],
            command: "the same command with -c 3".into(),
        }
        .into())
    })
}

/// Whether hosts that are not this machine's or its neighbours' may be loaded.
fn may_load(args: &RawPing, targets: &[Target], networks: &Networks) -> Result<(), Failure> {
    let word = match (args.rate.flood, args.rate.adaptive) {
        (true, _) => "--flood",
        (_, true) => "--adaptive",
        _ if args.sight.path => return Ok(()),
        _ if args.interval < GENTLE => "an interval below 0.01 s",
        _ if args.interval < GENTLE * most_often(targets) => "the same address so often",
        _ => return Ok(()),
    };
    let far = targets.iter().find(|t| t.many || !networks.are_near(t.address.ip()));
    let Some(far) = far.filter(|_| !args.rate.confirm) else { return Ok(()) };
    Err(Usage {
        what: "host that may be loaded without asking",
        value: far.name.clone(),
        rule: format!("{word} is for this machine and for those in its own networks"),
        causes: vec![if far.many {
            "the address is a broadcast address or a group: everybody would answer".into()
        } else {
            "a flood at somebody else's host is an attack, or looks like one".into()
        }],
        command: format!(
            "netlab raw-ping {} -i 0.2    (or --confirm, if its owner agrees)",
            far.name
        ),
    }
    .into())
}
