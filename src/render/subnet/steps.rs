//! The arithmetic of subnets, step by step.

use std::net::IpAddr;

use super::super::style::{Markup, Style};
use crate::subnet::pair::Pair;
use crate::subnet::plan::Plan;
use crate::subnet::{Asked, Network};

/// A numbered step.
fn step(style: &Style, number: usize, text: &str) -> String {
    let first = if style.markup == Markup::Markdown {
        format!("{number}. ")
    } else {
        format!("  {number}. ")
    };
    style.paragraph(&first, first.len(), text)
}

fn numbered(style: &Style, texts: &[String]) -> Vec<String> {
    texts.iter().enumerate().map(|(at, text)| step(style, at + 1, text)).collect()
}

fn octets(address: IpAddr) -> [u8; 4] {
    match address {
        IpAddr::V4(v4) => v4.octets(),
        IpAddr::V6(_) => [0; 4],
    }
}

/// One network.
#[must_use]
pub fn network(style: &Style, asked: Asked) -> Vec<String> {
    let texts = if asked.network.is_v4() { v4(asked) } else { v6(asked) };
    numbered(style, &texts)
}

fn v4(asked: Asked) -> Vec<String> {
    let Asked { address, network } = asked;
    let (prefix, bits) = (network.prefix(), network.host_bits());
    let mut texts = vec![
        format!(
            "The prefix is /{prefix}: a mask of {prefix} ones and {bits} zeros, which is {}.",
            network.mask()
        ),
        format!("Address AND mask is the network: {}.", and(address, network)),
        format!(
            "The wildcard mask is the mask turned over: {}. Network OR wildcard has all host bits 1: \
             {}.",
            network.wildcard(),
            network.end()
        ),
    ];
    texts.push(match bits {
        0 => "No host bit: 2^0 = 1 address, one host.".to_owned(),
        1 => "One host bit: 2^1 = 2 addresses. On a link between two routers both are hosts (RFC \
              3021)."
            .to_owned(),
        n => format!(
            "{n} host bits: 2^{n} = {} addresses. All host bits 0 is the network, all host bits 1 is \
             the broadcast; 2^{n} - 2 = {} are left for hosts.",
            1_u128 << n,
            network.usable()
        ),
    });
    if prefix > 0 && prefix < 32 {
        let at = usize::from((prefix - 1) / 8);
        let mask = octets(network.mask())[at];
        let step = 256 - u16::from(mask);
        let name = ["first", "second", "third", "fourth"][at];
        texts.push(format!(
            "Without bits: 256 - {mask} = {step}, so networks of this size begin at multiples of \
             {step} in the {name} octet. {} is the last of them that is not above {}.",
            octets(network.address())[at],
            octets(address)[at]
        ));
    }
    texts
}

/// `10 AND 255 = 10, …`.
fn and(address: IpAddr, network: Network) -> String {
    let (address, mask) = (octets(address), octets(network.mask()));
    let parts: Vec<String> = address
        .iter()
        .zip(mask)
        .map(|(octet, mask)| match mask {
            0 | 255 => format!("{octet} AND {mask} = {}", octet & mask),
            _ => format!("{octet} AND {mask} = {:08b} AND {mask:08b} = {}", octet, octet & mask),
        })
        .collect();
    parts.join(", ")
}

fn v6(asked: Asked) -> Vec<String> {
    let network = asked.network;
    let (prefix, bits) = (network.prefix(), network.host_bits());
    let mut texts = vec![
        format!(
            "The prefix is /{prefix}: a hexadecimal digit has 4 bits, so {} whole digits are the \
             network's{}.",
            prefix / 4,
            match prefix % 4 {
                0 => String::new(),
                more => format!(", and {more} of the 4 bits of the next"),
            }
        ),
        format!("Every bit behind them is 0 in the network: {}.", network.address()),
        format!("Every bit behind them is 1 in its last address: {}.", network.end()),
    ];
    if bits > 1 {
        texts.push(format!(
            "{bits} host bits: 2^{bits} addresses. There is no broadcast to take off; the address \
             with all host bits 0 belongs to the routers (RFC 4291, section 2.6.1)."
        ));
    }
    if prefix < 64 {
        texts.push(format!(
            "Hosts make their own addresses in 64 bits, so a network for hosts is a /64. Here are \
             2^{} of them.",
            64 - prefix
        ));
    }
    texts
}

/// Two hosts.
#[must_use]
pub fn pair(style: &Style, pair: &Pair) -> Vec<String> {
    let mut texts = Vec::new();
    for (me, them) in [(pair.this, pair.other), (pair.other, pair.this)] {
        let (mine, prefix) = (me.network, me.network.prefix());
        let Some(theirs) = mine.around(them.address) else { continue };
        let sign = if mine == theirs { "equal: directly" } else { "not equal: to the router" };
        texts.push(format!(
            "{} knows its own /{prefix} and nothing of the other's. Under that mask it is in {}, the \
             other in {}: {sign}.",
            me.address,
            mine.address(),
            theirs.address()
        ));
    }
    texts.push(match pair.first_difference() {
        Some(bit) => format!(
            "Reading both from the left, bit {bit} is the first that differs. So /{} is the longest \
             prefix with which they are in one subnet.",
            pair.common
        ),
        None => "Both have the same address, which two hosts of one network never may.".to_owned(),
    });
    texts.push(
        "Directly means: ask the link for the other's hardware address (ARP, in IPv6 neighbour \
         discovery), then send to it. By a router means: the same for the gateway's address."
            .to_owned(),
    );
    numbered(style, &texts)
}

/// A plan.
#[must_use]
pub fn plan(style: &Style, plan: &Plan) -> Vec<String> {
    let mut texts = Vec::new();
    if plan.base.is_v4() {
        texts.push(
            "n host bits are 2^n addresses, and 2^n - 2 of them for hosts: the first is the network, \
             the last the broadcast. Each network gets the fewest host bits that are enough."
                .to_owned(),
        );
    } else {
        texts.push(
            "Every network with hosts is a /64, however few they are: hosts make the 64 bits of \
             their part themselves (RFC 4291, section 2.5.1)."
                .to_owned(),
        );
    }
    for row in plan.rows.iter().filter(|row| !row.link && row.network.is_v4()) {
        let n = row.network.host_bits();
        let fewer = (1_u128 << (n - 1)) - 2;
        texts.push(format!(
            "{}: {} hosts{}. 2^{} - 2 = {fewer} {}, 2^{n} - 2 = {} {}: {n} host bits, 32 - {n} = \
             /{}.",
            super::name(&row.name),
            row.needed,
            if plan.gateway_counted {
                ", the gateway among them".to_owned()
            } else {
                format!(" and a gateway are {}", row.addresses)
            },
            n - 1,
            if n == 2 { "are none" } else { "are too few" },
            row.network.usable(),
            "are enough",
            row.network.prefix()
        ));
    }
    texts.push(
        "The biggest come first. A block begins at a multiple of its own size; behind a larger block \
         every smaller one may begin at once, so there are no gaps. The other way round there are."
            .to_owned(),
    );
    texts.push(
        "The suggested gateway is the first host of each network: easy to remember.".to_owned(),
    );
    numbered(style, &texts)
}
