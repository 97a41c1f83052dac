//! What this machine does with ports.

use super::{Here, Sides, fact};
use crate::event::{
    BindPrivilege, Border, HandedOut, MayBind, PortRules, PortUse, PortUser, SafeText, Side, State,
    Transport,
};
use crate::port::registry::{Protocol, Span};
use crate::port::{Classified, PortSet, Range};
use crate::render::setup::heading;
use crate::render::style::{Markup, Style};
use crate::render::table;

/// Sockets that are shown of one port, or of many.
const SHOWN: usize = 12;

/// The command that shows what Windows keeps back for others.
const EXCLUDED: &str = "netsh interface ipv4 show excludedportrange protocol=tcp";

/// What it does with one port.
pub(super) fn one(style: &Style, port: &Classified, here: &Here) -> Vec<String> {
    let number = port.port;
    let mut lines = vec![
        fact(style, "May I bind", &may_bind(here.rules, number)),
        fact(style, "Source port", &handed_out(here.rules, number)),
    ];
    if cfg!(windows) {
        let text = format!("Windows may keep it back for virtual machines: {EXCLUDED}");
        lines.push(fact(style, "Excluded", &text));
    }
    if number != 0 {
        lines.extend(in_use(style, here.usage, port.protocol));
    }
    lines
}

fn may_bind(rules: &PortRules, port: u16) -> String {
    match rules.may_bind(port) {
        _ if port == 0 => "yes: and gets another one, which the system chooses".to_owned(),
        MayBind::Everybody => format!("yes: {}", everybody(rules)),
        MayBind::Privileged(privilege) => {
            format!("yes, {}: {}", by(privilege), border(rules))
        }
        MayBind::No => format!("no: {}", needs(rules)),
        MayBind::Unknown => UNKNOWN.to_owned(),
    }
}

/// What a Linux without `/proc/sys` leaves open.
const UNKNOWN: &str = "not known: the system did not tell which ports need privilege";

fn everybody(rules: &PortRules) -> String {
    match rules.border {
        Border::At(0) => "here every program may bind every port".to_owned(),
        Border::At(from) => format!("every program may, from {from} on"),
        // Only root may on one address alone.
        _ if cfg!(target_os = "macos") => {
            "every program may, on all addresses at once; below 1024 only root on a single one"
                .to_owned()
        }
        _ => "here every program may bind every port".to_owned(),
    }
}

fn by(privilege: BindPrivilege) -> &'static str {
    match privilege {
        BindPrivilege::Root => "as root",
        _ => "by CAP_NET_BIND_SERVICE",
    }
}

fn border(rules: &PortRules) -> String {
    match rules.border {
        Border::At(from) => format!("ports below {from} need privilege"),
        _ => "whether it takes that is not known".to_owned(),
    }
}

fn needs(rules: &PortRules) -> String {
    match rules.border {
        Border::At(from) => format!("ports below {from} need root or CAP_NET_BIND_SERVICE"),
        _ => UNKNOWN.to_owned(),
    }
}

/// The same for many ports: which of them.
fn may_bind_many(rules: &PortRules, asked: &PortSet) -> String {
    // Nobody has port 0.
    let ports = || asked.spans().flat_map(Span::ports).filter(|port| *port != 0);
    let refused = ports().filter(|port| rules.may_bind(*port) == MayBind::No);
    let mut below = PortSet::default();
    refused.for_each(|port| below.add(Span::one(port)));
    let lowest = ports().next().unwrap_or_default();
    match rules.may_bind(lowest) {
        MayBind::Everybody => "each of them: no privilege is needed".to_owned(),
        MayBind::Privileged(privilege) => {
            format!("each of them, {}: {}", by(privilege), border(rules))
        }
        MayBind::Unknown => UNKNOWN.to_owned(),
        MayBind::No if below.count_in(Span { first: 1, last: u16::MAX }) == ports().count() => {
            format!("none of them: {}", needs(rules))
        }
        MayBind::No => format!("all but {}: {}", few(&below), needs(rules)),
    }
}

/// Spans that are named one by one.
const NAMED: usize = 6;

/// Ports in words: `22, 80, 6000-6063`.
fn few(ports: &PortSet) -> String {
    let mut names: Vec<String> = ports.spans().take(NAMED).map(|span| span.to_string()).collect();
    if ports.spans().nth(NAMED).is_some() {
        names.push("others".to_owned());
    }
    names.join(", ")
}

fn handed_out(rules: &PortRules, port: u16) -> String {
    let range = rules
        .source_ports
        .map_or_else(String::new, |ports| format!("{} to {}", ports.first, ports.last));
    match rules.handed_out(port) {
        HandedOut::Yes if Range::of(port) == Range::Registered => format!(
            "yes: this system hands out {range}. Its range is its own and overlaps IANA's registered \
             one: any client here may get this number"
        ),
        HandedOut::Yes => format!("yes: this system hands out {range}, to any client"),
        HandedOut::KeptBack => format!("no: it is kept back from {range}, which are handed out"),
        HandedOut::No => format!("no: this system hands out {range}"),
        HandedOut::Unknown => "not known here".to_owned(),
    }
}

/// Who has it.
fn in_use(style: &Style, usage: Option<&PortUse>, protocol: Option<Protocol>) -> Vec<String> {
    let Some(usage) = usage else {
        return vec![fact(style, "In use", "not known: the system did not tell")];
    };
    let users: Vec<&PortUser> = usage.users.iter().filter(|user| speaks(user, protocol)).collect();
    let what = match protocol {
        Some(protocol @ (Protocol::Sctp | Protocol::Dccp)) => {
            return vec![fact(
                style,
                "In use",
                &format!("not known: netlab sees no {protocol} sockets"),
            )];
        }
        Some(protocol) => protocol.name(),
        None => "TCP or UDP",
    };
    let mut lines = if users.is_empty() {
        vec![fact(style, "In use", &format!("no: no {what} socket here has it"))]
    } else {
        let sockets = if users.len() == 1 { "socket has it" } else { "sockets have it" };
        let mut lines = vec![fact(style, "In use", &format!("yes: {} {sockets}", users.len()))];
        let ports = Span::one(users[0].socket.source.port).to_string();
        lines.extend(sockets_table(style, &users, &format!(" --port {ports}")));
        lines
    };
    lines.extend(usage.unseen.iter().map(|text| fact(style, "Not seen", text)));
    lines
}

/// Whether a socket speaks the protocol that was asked about.
pub(super) fn speaks(user: &PortUser, protocol: Option<Protocol>) -> bool {
    match user.socket.transport {
        Transport::Tcp => protocol.is_none_or(|protocol| protocol == Protocol::Tcp),
        Transport::Udp => protocol.is_none_or(|protocol| protocol == Protocol::Udp),
        Transport::Icmp | Transport::Raw(_) => false,
    }
}

pub(super) const fn transport(user: &PortUser) -> &'static str {
    match user.socket.transport {
        Transport::Udp => "udp",
        _ => "tcp",
    }
}

/// Sockets, and with which words `netlab endpoints` shows all of them.
fn sockets_table(style: &Style, users: &[&PortUser], all: &str) -> Vec<String> {
    let mut table = table::empty(style);
    table.set_header(["Protocol", "State", "Address here", "Peer", "Program"]);
    for user in users.iter().take(SHOWN) {
        let socket = &user.socket;
        let peer = if socket.destination.port == 0 {
            "-".to_owned()
        } else {
            endpoint(&socket.destination)
        };
        table.add_row([
            transport(user).to_owned(),
            socket.state.name().to_owned(),
            endpoint(&socket.source),
            peer,
            programs(style, user),
        ]);
    }
    let mut lines = vec![table.to_string()];
    if style.markup == Markup::Markdown {
        lines.insert(0, String::new());
        lines.push(String::new());
    }
    if users.len() > SHOWN {
        let text = format!("{} others: netlab endpoints{all}", users.len() - SHOWN);
        lines.push(fact(style, "And", &text));
    }
    lines
}

fn endpoint(side: &Side) -> String {
    std::net::SocketAddr::new(side.ip, side.port).to_string()
}

fn programs(style: &Style, user: &PortUser) -> String {
    let name = |name: &SafeText| match style.markup {
        Markup::Markdown => table::cell_text(name),
        Markup::Plain => name.as_str().replace('\t', " "),
    };
    let names =
        user.programs.iter().map(|program| format!("{} ({})", name(&program.name), program.pid));
    let names = names.collect::<Vec<_>>().join(", ");
    let nobody = user.socket.key == 0;
    match (names.is_empty(), user.socket.state) {
        (false, _) => names,
        (true, State::SynReceived) if nobody => "nobody yet".to_owned(),
        (true, State::TimeWait) => "nobody any more".to_owned(),
        (true, _) if nobody => "nobody any more".to_owned(),
        (true, _) => "not shown".to_owned(),
    }
}

/// What it does with many ports; none of its sockets speaks anything but TCP and UDP.
#[must_use]
pub fn machine(style: &Style, asked: &Sides, here: &Here) -> Vec<String> {
    let ports = &asked.all;
    let mut lines = vec![heading(style, "This machine")];
    let rules = here.rules;
    lines.push(fact(style, "May I bind", &may_bind_many(rules, ports)));
    if let Some(span) = rules.source_ports {
        let among: usize = rules.all_handed_out().iter().map(|span| ports.count_in(*span)).sum();
        let count = match among {
            0 => "none of these".to_owned(),
            all if u32::try_from(all) == Ok(ports.count()) => "all of these".to_owned(),
            some => format!("{some} of these"),
        };
        let kept = if rules.kept_back.is_empty() { "" } else { ", without what is kept back" };
        let text = format!("{} to {} are handed out{kept}: {count}", span.first, span.last);
        lines.push(fact(style, "Source ports", &text));
    }
    if cfg!(windows) {
        lines.push(fact(style, "Excluded", EXCLUDED));
    }
    let Some(usage) = here.usage else {
        lines.push(fact(style, "In use", "not known: the system did not tell"));
        return lines;
    };
    let users: Vec<&PortUser> = usage.users.iter().collect();
    let protocols = match (asked.tcp.is_empty(), asked.udp.is_empty()) {
        (false, true) => "TCP",
        (true, false) => "UDP",
        _ => "TCP or UDP",
    };
    if asked.tcp.is_empty() && asked.udp.is_empty() {
        let text = "not known: netlab sees no sctp and no dccp sockets";
        lines.push(fact(style, "In use", text));
    } else if users.is_empty() {
        let text = format!("none of them: no {protocols} socket here has one");
        lines.push(fact(style, "In use", &text));
    } else {
        let sockets =
            if users.len() == 1 { "1 socket" } else { &format!("{} sockets", users.len()) };
        lines.push(fact(style, "In use", sockets));
        let all: Vec<String> = ports.spans().map(|span| format!(" --port {span}")).collect();
        let all = if all.len() > NAMED { String::new() } else { all.concat() };
        lines.extend(sockets_table(style, &users, &all));
    }
    lines.extend(usage.unseen.iter().map(|text| fact(style, "Not seen", text)));
    lines
}
