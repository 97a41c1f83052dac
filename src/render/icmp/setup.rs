//! How a ping, or a listener, is set up: only what matters.

use super::talk::sizes;
use crate::event::{
    Clock, GivenBack, ListenSetup, Pace, PingHost, PingSetup, PingSocket, Privilege,
};
use crate::render::setup::{indent, seconds, setting};
use crate::render::style::{Ink, Style};

/// Hosts that get a row each.
const HOSTS: usize = 8;

/// The configuration of a ping.
pub(super) fn ping(style: &Style, setup: &PingSetup) -> Vec<String> {
    let mut lines = hosts(style, &setup.hosts);
    lines.extend(sockets(style, &setup.sockets, setup.given_back));
    lines.extend(identifiers(style, &setup.sockets));
    lines.extend(reception(style, &setup.sockets));
    let sizes = sizes(setup.size, &setup.hosts).replace("the ", "");
    let sizes = sizes.split_once(' ').map_or("", |(_, rest)| rest);
    lines.push(setting(style, "Size", &setup.size.to_string(), sizes));
    if let Some(pattern) = &setup.pattern {
        let meaning = "fills the data, again and again";
        lines.push(setting(style, "Pattern", &crate::render::json::hex(pattern), meaning));
    }
    if let Some(ttl) = setup.ttl.filter(|_| setup.path.is_none()) {
        let meaning = "routers take 1 each; at 0 the packet is thrown away";
        lines.push(setting(style, "TTL", &ttl.to_string(), meaning));
    }
    match setup.dont_fragment {
        Some(true) => {
            let meaning = "DF: nobody may cut a probe; too large is an error";
            lines.push(setting(style, "Fragments", "no", meaning));
        }
        Some(false) => {
            let meaning = "everybody on the way may cut a probe";
            lines.push(setting(style, "Fragments", "yes", meaning));
        }
        None => {}
    }
    lines.extend(pace(style, setup));
    lines
}

/// Whom it asks.
fn hosts(style: &Style, hosts: &[PingHost]) -> Vec<String> {
    if let [host] = hosts {
        let ip = host.address.to_string();
        let from = host.source.map_or(String::new(), |ip| {
            format!(", from {}", style.paint(Ink::Value, &ip.to_string()))
        });
        let mut lines = vec![format!(
            "{}Ping set to ask IP address {}{from}",
            indent(style),
            style.paint(Ink::Value, &ip)
        )];
        if host.name.as_str() != ip {
            lines.push(setting(style, "Host name", host.name.as_str(), &format!("is {ip}")));
        }
        return lines;
    }
    let mut lines = vec![format!("{}Ping set to ask {} hosts at once", indent(style), hosts.len())];
    for host in hosts.iter().take(HOSTS) {
        let ip = host.address.to_string();
        let from = host.source.map_or(String::new(), |source| format!(", from {source}"));
        let text =
            if host.name.as_str() == ip { ip } else { format!("{} is {ip}", host.name) } + &from;
        lines.push(setting(style, "Host", &text, ""));
    }
    if hosts.len() > HOSTS {
        lines.push(setting(style, "", &format!("and {} more", hosts.len() - HOSTS), ""));
    }
    lines
}

/// ` (IPv6)`, where there are sockets of both families.
fn family(socket: &PingSocket, sockets: &[PingSocket]) -> &'static str {
    match (sockets.len(), socket.v6) {
        (0 | 1, _) => "",
        (_, false) => "IPv4: ",
        (_, true) => "IPv6: ",
    }
}

/// What kind of sockets they are, and why it may have them.
fn sockets(style: &Style, sockets: &[PingSocket], given_back: GivenBack) -> Vec<String> {
    let mut lines = Vec::new();
    let same = sockets.windows(2).all(|pair| pair[0].privilege == pair[1].privilege);
    for socket in sockets.iter().take(if same { 1 } else { sockets.len() }) {
        let (value, meaning) = privilege(socket.privilege);
        let family = if same { "" } else { family(socket, sockets) };
        lines.push(setting(style, "Socket", value, &format!("{family}{meaning}")));
    }
    match given_back {
        GivenBack::Nothing => {}
        GivenBack::Capabilities => {
            let meaning = "capabilities, for good: only opening sockets took one";
            lines.push(setting(style, "Given back", "all", meaning));
        }
        GivenBack::Kept => {
            let meaning = "this system has no way to give the privilege back";
            lines.push(setting(style, "Given back", "nothing", meaning));
        }
    }
    lines
}

fn privilege(privilege: Privilege) -> (&'static str, String) {
    match privilege {
        Privilege::Root => ("raw", "permitted because this process is root's".into()),
        Privilege::Capability => {
            ("raw", "permitted by the capability CAP_NET_RAW; root is not needed".into())
        }
        Privilege::Administrator => {
            ("raw", "permitted to this user (to administrators, on most systems)".into())
        }
        Privilege::PingSocket(Some((first, last))) => (
            "ping",
            format!(
                "echoes only. A raw socket is not permitted; this one is, to the groups {first} \
                 to {last} (net.ipv4.ping_group_range)"
            ),
        ),
        Privilege::PingSocket(None) => {
            ("ping", "echoes only. A raw socket is not permitted; this one is, to everybody".into())
        }
    }
}

fn identifiers(style: &Style, sockets: &[PingSocket]) -> Vec<String> {
    let mut meaning = "stands where TCP and UDP have a port";
    let mut lines = Vec::new();
    for socket in sockets {
        let family = family(socket, sockets);
        let text = match meaning {
            "" => format!("{family}{}", socket.identifier),
            meaning => format!("{family}{}; {meaning}", socket.identifier),
        };
        let value = format!("{:#06x}", socket.identifier);
        lines.push(setting(style, "Identifier", &value, &text));
        meaning = "";
    }
    lines
}

/// Who looks at what arrives, and when.
fn reception(style: &Style, sockets: &[PingSocket]) -> Vec<String> {
    let mut lines = Vec::new();
    if sockets.iter().any(|socket| socket.filtered) {
        let meaning = "no echo requests: on loopback our own would come";
        lines.push(setting(style, "Filter", "kernel", meaning));
    }
    let same = sockets.windows(2).all(|pair| pair[0].clock == pair[1].clock);
    for socket in sockets.iter().take(if same { 1 } else { sockets.len() }) {
        let meaning = match socket.clock {
            Clock::Kernel => "notes when a reply arrives; waking up is not counted",
            Clock::Program => "looks when recvmsg returns; waking up is counted, too",
        };
        let family = if same { "" } else { family(socket, sockets) };
        lines.push(setting(style, "Clock", socket.clock.name(), &format!("{family}{meaning}")));
    }
    lines
}

/// When probes leave, and when it ends.
fn pace(style: &Style, setup: &PingSetup) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(hops) = setup.path {
        let meaning = "hops at most; TTL 1, 2, 3, ... makes each router answer";
        lines.push(setting(style, "Path", &hops.to_string(), meaning));
    }
    lines.push(match setup.count {
        Some(count) => {
            let whom =
                if setup.path.is_some() { "probes to each hop" } else { "probes to each host" };
            setting(style, "Count", &count.to_string(), whom)
        }
        None if cfg!(unix) => {
            setting(style, "Count", "no end", "Ctrl-C ends it; Ctrl-\\ shows the figures so far")
        }
        None => setting(style, "Count", "no end", "Ctrl-C ends it"),
    });
    lines.push(match setup.pace {
        Pace::Interval if setup.path.is_some() => {
            setting(style, "Pace", "5 ms", "from one probe of a hop to the next")
        }
        Pace::Interval => {
            setting(style, "Pace", &seconds(setup.interval), "from one probe to the next")
        }
        Pace::Flood => {
            let meaning = "the next when the reply has come, and at least 100 a second";
            setting(style, "Pace", "flood", meaning)
        }
        Pace::Adaptive => {
            let meaning = "the next when the reply has come, never two at a time";
            setting(style, "Pace", "adaptive", meaning)
        }
    });
    lines.push(setting(style, "Timeout", &seconds(setup.timeout), "a later reply counts as late"));
    if let Some(deadline) = setup.deadline {
        lines.push(setting(style, "Deadline", &seconds(deadline), "for the whole run"));
    }
    if setup.quiet {
        lines.push(setting(style, "Quiet", "yes", "no line for each reply; figures at the end"));
    }
    lines
}

/// The configuration of a listener.
pub(super) fn listener(style: &Style, setup: &ListenSetup) -> Vec<String> {
    let families = match (
        setup.sockets.iter().any(|socket| !socket.v6),
        setup.sockets.iter().any(|socket| socket.v6),
    ) {
        (true, true) => "ICMP and ICMPv6, a socket for each",
        (false, true) => "ICMPv6 only",
        _ => "ICMP of IPv4 only",
    };
    let mut lines = vec![format!("{}Listener set to hear {families}", indent(style))];
    lines.extend(sockets(style, &setup.sockets, setup.given_back));
    let meaning = "the kernel passes on everything, whomever it is for";
    lines.push(setting(style, "Filter", "none", meaning));
    if let Some(source) = &setup.source {
        lines.push(setting(style, "Only", source.as_str(), "what comes for it, or by it"));
    }
    if let Some(count) = setup.count {
        lines.push(setting(style, "Count", &count.to_string(), "messages, then it ends"));
    }
    lines
}
