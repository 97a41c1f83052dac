//! One network, and two hosts.

use std::net::IpAddr;

use super::super::setup::{heading, setting};
use super::super::style::{Ink, Markup, Style};
use super::{bits, steps};
use crate::subnet::pair::Pair;
use crate::subnet::reach::{self, Use};
use crate::subnet::{Asked, Network};

/// Columns of the names of the rows of a picture.
const LABEL: usize = 13;

/// One network.
#[must_use]
pub fn page(style: &Style, asked: Asked, explain: bool) -> Vec<String> {
    let network = asked.network;
    let mut lines = vec![heading(style, &format!("{}/{}", asked.address, network.prefix()))];
    lines.extend(facts(style, network));
    lines.extend(remark(asked).map(|text| setting(style, "Remark", &text, "")));
    lines.extend(picture(style, asked));
    if explain {
        lines.push(heading(style, "Step by step"));
        lines.extend(steps::network(style, asked));
    }
    lines
}

/// A value and its meaning, in columns of their own.
fn fact(style: &Style, label: &str, value: &str, meaning: &str) -> String {
    if style.markup == Markup::Plain && !meaning.is_empty() {
        return setting(style, label, &format!("{value:<15}"), meaning);
    }
    setting(style, label, value, meaning)
}

fn facts(style: &Style, network: Network) -> Vec<String> {
    let text = |address: IpAddr| address.to_string();
    let host_bits = network.host_bits();
    let mut lines = vec![fact(style, "Network", &network.to_string(), "")];
    if network.is_v4() {
        let wildcard = format!("wildcard mask {}", network.wildcard());
        lines.push(fact(style, "Mask", &text(network.mask()), &wildcard));
        lines.push(match network.broadcast() {
            Some(broadcast) => fact(style, "Broadcast", &text(broadcast), ""),
            None if host_bits == 1 => {
                fact(style, "Broadcast", "none", "two hosts need none: a link (RFC 3021)")
            }
            None => fact(style, "Broadcast", "none", "it is one host"),
        });
    } else {
        lines.push(setting(style, "Broadcast", "none", "IPv6 has multicast instead"));
        if !network.begins_with_a_host() {
            let meaning = "the subnet-router anycast address: no host has it (RFC 4291)";
            lines.push(setting(style, "Routers", &text(network.address()), meaning));
        }
    }
    if reach::uses(network).iter().any(|found| found.name == "multicast") && network.is_v4() {
        // Groups, no hosts: nothing but the range is true of them.
        lines.truncate(2);
        let size = network.size().unwrap_or_default().to_string();
        lines.push(fact(style, "Groups", &size, "of hosts; no address of one host is here"));
        lines.extend(uses(style, &reach::uses(network)));
        return lines;
    }
    let first = if network.is_v4() { "First host" } else { "First" };
    lines.push(fact(style, first, &text(network.first_host()), ""));
    lines.push(fact(
        style,
        if network.is_v4() { "Last host" } else { "Last" },
        &text(network.last_host()),
        "",
    ));
    let (usable, how) = count(network);
    lines.push(fact(style, "Hosts", &usable, &how));
    lines.extend(uses(style, &reach::uses(network)));
    lines
}

/// How many hosts, and why.
fn count(network: Network) -> (String, String) {
    let n = network.host_bits();
    if !network.is_v4() && n > 1 {
        return (format!("2^{n} - 1"), format!("{n} host bits, without the routers' address"));
    }
    let how = match n {
        0 => "2^0: no host bit at all".to_owned(),
        1 => "2^1: both addresses are hosts".to_owned(),
        n => format!("2^{n} - 2: without network and broadcast"),
    };
    (network.usable().to_string(), how)
}

fn uses(style: &Style, uses: &[Use]) -> Vec<String> {
    let several = uses.len() > 1;
    uses.iter()
        .enumerate()
        .map(|(at, found)| {
            let label = if at == 0 { "Use" } else { "" };
            let part = if several { "in part: " } else { "" };
            let text = format!("{part}{}, {}: {}", found.range, found.source, found.meaning);
            fact(style, label, found.name, &text)
        })
        .collect()
}

/// What an address is that no host may have.
#[must_use]
pub fn remark(asked: Asked) -> Option<String> {
    let Asked { address, network } = asked;
    if reach::uses(network).iter().any(|found| found.name == "multicast") {
        return None;
    }
    if Some(address) == network.broadcast() {
        return Some(format!(
            "{address} is the broadcast address of this network: no host may have it"
        ));
    }
    (address == network.address() && network.is_v4() && !network.begins_with_a_host())
        .then(|| format!("{address} is the network itself: no host may have it"))
}

/// The bits.
fn picture(style: &Style, asked: Asked) -> Vec<String> {
    let network = asked.network;
    let legend =
        format!("n: {} network bits, h: {} host bits", network.prefix(), network.host_bits());
    let mut rows = vec![(
        if network.is_v4() { "which bits" } else { "which digits" },
        bits::owners(style, network),
        String::new(),
    )];
    let mut row = |label, address: IpAddr| {
        let text = if network.is_v4() { address.to_string() } else { String::new() };
        rows.push((label, bits::address(style, address, network.prefix()), text));
    };
    row("address", asked.address);
    if network.is_v4() {
        row("mask", network.mask());
    }
    row("network", network.address());
    match network.broadcast() {
        Some(broadcast) => row("broadcast", broadcast),
        None => row("last", network.end()),
    }
    let mut notes = vec![legend];
    notes.extend(bits::cut_digit(network, asked.address));
    drawing(style, &rows, &notes)
}

/// Rows of a picture, as they stand: in Markdown as a block of code.
fn drawing(style: &Style, rows: &[(&str, String, String)], notes: &[String]) -> Vec<String> {
    let fence = (style.markup == Markup::Markdown).then(|| "```".to_owned());
    let mut lines = vec![String::new()];
    lines.extend(fence.clone().map(|fence| format!("{fence}text")));
    for (label, bits, text) in rows {
        lines.push(format!("  {label:<LABEL$}{bits}  {text}").trim_end().to_owned());
    }
    for note in notes {
        let note = format!("  {}{note}", " ".repeat(LABEL));
        lines.push(style.paint(Ink::Dim, &note));
    }
    lines.extend(fence);
    lines
}

/// Two hosts.
#[must_use]
pub fn pair_page(style: &Style, pair: &Pair, explain: bool) -> Vec<String> {
    let title = format!("{} and {}", pair.this.address, pair.other.address);
    let mut lines = vec![heading(style, &title)];
    let mut sides = vec![(pair.this, pair.other, pair.there())];
    if pair.this.address != pair.other.address {
        sides.push((pair.other, pair.this, pair.back()));
    }
    for (me, them, direct) in sides {
        lines.push(style.paragraph("  ", 4, &side(style, me, them, direct)));
    }
    let hosts = [pair.this, pair.other].into_iter().all(|side| Pair::no_host(side).is_none());
    if pair.this.address == pair.other.address {
        let text = "Both are one address: a host reaches itself without any link, and two hosts of one \
            network never have the same.";
        lines.push(style.paragraph("  ", 4, text));
    } else if hosts {
        lines.push(style.paragraph("  ", 4, &verdict(pair)));
    }
    let longest = format!("{} leading bits", pair.common);
    let meaning = match pair.first_difference() {
        Some(_) => format!("one subnet with /{} or shorter", pair.common),
        None => "they are the same address".to_owned(),
    };
    lines.push(setting(style, "In common", &longest, &meaning));
    lines.extend(pair_picture(style, pair));
    if explain {
        lines.push(heading(style, "Step by step"));
        lines.extend(steps::pair(style, pair));
    }
    lines
}

/// How one side sends to the other.
fn side(style: &Style, me: Asked, them: Asked, direct: bool) -> String {
    if let Some(what) = Pair::no_host(me) {
        return format!(
            "{} sends nothing: it is {what} of {}, which no host may have",
            me.address, me.network
        );
    }
    if let Some(what) = Pair::no_host(them).filter(|_| direct) {
        return format!("{} is in {} too, and is {what} there: no host", them.address, me.network);
    }
    let (word, ink, why) = if direct {
        ("directly", Ink::Good, format!("{} is in {} too", them.address, me.network))
    } else {
        ("by a router", Ink::Warn, format!("{} is not in {}", them.address, me.network))
    };
    format!("{} sends {}: {why}", me.address, style.paint(ink, word))
}

/// What follows for the two.
fn verdict(pair: &Pair) -> String {
    let (mine, theirs) = (pair.this.network, pair.other.network);
    match (pair.there(), pair.back()) {
        (true, true) if mine == theirs => format!("Same subnet: {mine}. No router is needed."),
        (false, false) if mine.prefix() == theirs.prefix() => {
            format!("Different subnets, {mine} and {theirs}: a router has to be between them.")
        }
        (true, true) => format!(
            "The prefixes differ, {mine} and {theirs}. Each side decides by its own, and both find \
             the other on their link: it works, and not for every other host."
        ),
        (false, false) => format!(
            "The prefixes differ, {mine} and {theirs}. Each side decides by its own, and both go by \
             way of a router."
        ),
        (there, _) => {
            let (direct, routed) =
                if there { (pair.this, pair.other) } else { (pair.other, pair.this) };
            format!(
                "The prefixes differ, {mine} and {theirs}, and each side decides by its own: {} \
                 looks for the other on its own link, {} sends to its router. At least one of the \
                 two masks is wrong.",
                direct.address, routed.address
            )
        }
    }
}

fn pair_picture(style: &Style, pair: &Pair) -> Vec<String> {
    let network = pair.this.network;
    let prefix = network.prefix();
    let short = |address: IpAddr| if network.is_v4() { address.to_string() } else { String::new() };
    let mut rows = vec![("which bits", bits::owners(style, network), String::new())];
    for (label, asked) in [("this side", pair.this), ("other side", pair.other)] {
        rows.push((label, bits::address(style, asked.address, prefix), short(asked.address)));
    }
    let mut notes = Vec::new();
    if let Some(bit) = pair.first_difference() {
        rows.push(("", bits::mark(style, network, bit), String::new()));
        let place = if bit <= prefix { "not one subnet" } else { "one subnet" };
        notes.push(format!("bit {bit}, marked ^, differs first; with /{prefix} {place}"));
    }
    if pair.own_prefix && pair.other.network.prefix() != prefix {
        notes.push(format!(
            "the bar is this side's /{prefix}; the other side has /{}",
            pair.other.network.prefix()
        ));
    }
    drawing(style, &rows, &notes)
}
