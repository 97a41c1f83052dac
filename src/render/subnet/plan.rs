//! A plan: its networks, its interfaces, what is free. In Markdown the tables can be checked again.

use comfy_table::{ColumnConstraint, Table};
use unicode_width::UnicodeWidthStr;

use super::super::setup::{banner, heading, indent, setting};
use super::super::style::{Ink, Markup, Style};
use super::super::table;
use super::{cell, name, several, steps};
use crate::subnet::network::Network;
use crate::subnet::plan::{Plan, PlanRow};

/// Free blocks that are listed.
const FREE_SHOWN: usize = 16;

/// A plan.
#[must_use]
pub fn page(style: &Style, plan: &Plan, moved: Option<&str>, explain: bool) -> Vec<String> {
    let mut lines = vec![banner(style, &format!("Plan for {}", plan.base)), String::new()];
    lines.extend(summary(style, plan, moved));
    if !plan.rows.is_empty() {
        lines.push(heading(style, "Networks, the biggest first"));
        lines.push(networks(style, plan).to_string());
    }
    if !plan.interfaces.is_empty() {
        lines.push(heading(style, "Addresses and links"));
        lines.push(interfaces(style, plan).to_string());
    }
    lines.extend(unplaced(style, plan));
    lines.extend(remarks(style, plan));
    lines.push(heading(style, "Free"));
    lines.extend(free(style, &plan.free));
    if explain {
        lines.push(heading(style, "Step by step"));
        lines.extend(steps::plan(style, plan));
    }
    lines
}

/// Routers that nobody asked for, links that join nothing, networks that no link leads to.
fn remarks(style: &Style, plan: &Plan) -> Vec<String> {
    let mut texts = Vec::new();
    for router in &plan.core {
        texts.push(format!("{} serves no network: it only joins others.", name(router)));
    }
    let loose = plan.rows.iter().filter(|row| row.link && row.ends.is_none());
    let loose: Vec<String> = loose.map(|row| name(&row.name)).collect();
    if !loose.is_empty() {
        texts.push(format!(
            "Nobody said what {} is to join, so its two addresses are in no table and no picture: \
             --link A-B names the ends.",
            loose.join(", ")
        ));
    }
    let mut lines = Vec::new();
    if !texts.is_empty() {
        lines.push(heading(style, "Remarks"));
        lines.extend(texts.iter().map(|t| style.paragraph(indent(style), indent(style).len(), t)));
    }
    if !plan.apart.is_empty() {
        lines.push(heading(style, "Not connected"));
        let names: Vec<String> = plan.apart.iter().map(|site| name(site)).collect();
        let text = format!(
            "No link leads to {}. Every site has to be reachable by the links, so netlab subnet check \
             would call this plan wrong: one more --link, or a row in the table of links.",
            names.join(", ")
        );
        let text = style.paint(Ink::Bad, &text);
        lines.push(style.paragraph(indent(style), indent(style).len(), &text));
    }
    lines
}

fn summary(style: &Style, plan: &Plan, moved: Option<&str>) -> Vec<String> {
    let mut lines = Vec::new();
    let range = format!("{} to {}", plan.base.address(), plan.base.end());
    if style.markup == Markup::Markdown {
        lines.push(format!("Base: {} ({range})", plan.base));
    } else {
        lines.push(setting(style, "Base", &plan.base.to_string(), &range));
    }
    if let Some(written) = moved {
        let text = format!(
            "{} has host bits that are not 0. A /{} begins at a multiple of its own size, and the one \
             that this address is in begins at {}: that was divided.",
            name(written),
            plan.base.prefix(),
            plan.base.address()
        );
        lines.push(style.paragraph(indent(style), indent(style).len(), &text));
    }
    if plan.growth.percent() > 0 {
        let brackets = style.markup == Markup::Plain && plan.base.is_v4();
        let meaning = if brackets {
            "hosts with growth are in brackets"
        } else {
            "a part of a host is a host"
        };
        lines.push(setting(style, "Growth", &format!("{} %", plan.growth.percent()), meaning));
    }
    if plan.base.is_v4() && plan.rows.iter().any(|row| !row.link) {
        let (value, meaning) = if plan.gateway_counted {
            ("counted", "the numbers of hosts have it among them")
        } else {
            ("one more", "address in each network, beside its hosts")
        };
        lines.push(setting(style, "Gateway", value, meaning));
    }
    let size = plan.base.size().map_or_else(|| "2^128".to_owned(), |size| amount(plan.base, size));
    let used = format!("{} of {size} addresses", amount(plan.base, plan.total));
    if plan.unplaced.is_empty() {
        lines.push(setting(style, "Used", &used, ""));
    }
    lines
}

/// A number of addresses, as a person reads it.
fn amount(network: Network, number: u128) -> String {
    if network.is_v4() || number < 1 << 20 {
        return number.to_string();
    }
    let bits = number.ilog2();
    if number.is_power_of_two() {
        format!("2^{bits}")
    } else {
        format!("{} times 2^64", number >> 64)
    }
}

fn networks(style: &Style, plan: &Plan) -> Table {
    let mut table = table::empty(style);
    if style.markup == Markup::Markdown {
        let mut header = vec![
            "Name",
            "Hosts",
            "With growth",
            "With gateway",
            "Size",
            "Usable",
            "Network",
            "Prefix",
            "Mask",
            "First host",
            "Last host",
            "Broadcast",
            "Gateway",
        ];
        if plan.gateway_counted {
            // Then the numbers of hosts are no numbers of hosts.
            header.drain(1..3);
        }
        if plan.has_routers {
            header.push("Router");
        }
        table.set_header(header);
        for row in &plan.rows {
            let mut cells = whole(style, row);
            if plan.gateway_counted {
                cells.drain(1..3);
            }
            if plan.has_routers {
                cells
                    .push(row.router.as_deref().map_or_else(|| "-".to_owned(), |r| cell(style, r)));
            }
            table.add_row(cells);
        }
    } else if let Some(rows) = wide(style, plan) {
        table.set_header(WIDE);
        for row in rows {
            table.add_row(row);
        }
    } else if plan.base.is_v4() && style.width >= NARROW {
        table.set_header([
            "Name\nhosts of usable",
            "Network\nmask",
            "First host\nlast host",
            "Broadcast\ngateway",
        ]);
        for row in &plan.rows {
            let net = row.network;
            table.add_row([
                format!("{}\n{} of {}", cell(style, &row.name), grown(row), net.usable()),
                format!("{net}\n{}", net.mask()),
                format!("{}\n{}", net.first_host(), net.last_host()),
                format!("{}\n{}", optional(net.broadcast()), optional(row.gateway())),
            ]);
        }
        whole_addresses(&mut table, 1..4);
    } else if plan.base.is_v4() {
        table.set_header(["Name\nhosts of usable", "Network\nbroadcast", "Gateway"]);
        for row in &plan.rows {
            let net = row.network;
            table.add_row([
                format!("{}\n{} of {}", cell(style, &row.name), grown(row), net.usable()),
                format!("{net}\n{}", optional(net.broadcast())),
                optional(row.gateway()),
            ]);
        }
        whole_addresses(&mut table, 1..3);
    } else {
        table.set_header(["Name", "Hosts", "Network", "Gateway"]);
        for row in &plan.rows {
            let network = row.network.to_string();
            table.add_row([cell(style, &row.name), grown(row), network, optional(row.gateway())]);
        }
    }
    table
}

/// Columns of a page on which a network has two short lines.
const NARROW: usize = 76;

/// Columns where each network has one line.
const WIDE: [&str; 7] =
    ["Name", "Hosts", "Network", "Mask", "First host\n(gateway)", "Last host", "Broadcast"];

/// A line for each network, where the page is wide enough for them.
fn wide(style: &Style, plan: &Plan) -> Option<Vec<Vec<String>>> {
    let rows: Vec<Vec<String>> = plan
        .rows
        .iter()
        .map(|row| {
            let net = row.network;
            vec![
                cell(style, &row.name),
                grown(row),
                net.to_string(),
                net.mask().to_string(),
                net.first_host().to_string(),
                net.last_host().to_string(),
                optional(net.broadcast()),
            ]
        })
        .collect();
    let width = |at: usize| {
        let header = WIDE[at].lines().next().unwrap_or_default().width();
        rows.iter().map(|row| row[at].width()).max().unwrap_or(0).max(header)
    };
    let whole = (0..WIDE.len()).map(|at| width(at) + 3).sum::<usize>() + 1;
    // The usual page has the table that everybody knows.
    let fits = plan.base.is_v4() && style.width > 90 && whole <= style.width;
    fits.then_some(rows)
}

fn optional(address: Option<std::net::IpAddr>) -> String {
    address.map_or_else(|| "-".to_owned(), |ip| ip.to_string())
}

/// A long name goes on in the next line; an address never does.
fn whole_addresses(table: &mut Table, columns: std::ops::Range<usize>) {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
}

/// How many hosts, and how many when they have grown.
fn grown(row: &PlanRow) -> String {
    if row.needed == row.hosts {
        row.hosts.to_string()
    } else {
        format!("{} ({})", row.hosts, row.needed)
    }
}

/// A row with everything.
fn whole(style: &Style, row: &PlanRow) -> Vec<String> {
    let net = row.network;
    let count = |number: Option<u128>| number.map_or_else(|| "-".to_owned(), |n| n.to_string());
    vec![
        cell(style, &row.name),
        row.hosts.to_string(),
        row.needed.to_string(),
        row.addresses.to_string(),
        count(net.size()),
        count(Some(net.usable())),
        net.address().to_string(),
        format!("/{}", net.prefix()),
        if net.is_v4() { net.mask().to_string() } else { "-".to_owned() },
        net.first_host().to_string(),
        net.last_host().to_string(),
        optional(net.broadcast()),
        optional(row.gateway()),
    ]
}

fn interfaces(style: &Style, plan: &Plan) -> Table {
    let mut table = table::empty(style);
    table.set_header(["Device", "Interface", "Address", "Connected to"]);
    for end in &plan.interfaces {
        table.add_row([
            cell(style, &end.device),
            end.name.clone(),
            format!("{}/{}", end.address, end.network.prefix()),
            cell(style, &end.to),
        ]);
    }
    table
}

/// What found no room, by how much, and what would do.
fn unplaced(style: &Style, plan: &Plan) -> Vec<String> {
    if plan.unplaced.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![heading(style, "No room")];
    for row in &plan.unplaced {
        let n = row.host_bits;
        let text = if n > plan.base.bits() {
            format!("{}: {} hosts are more than IPv4 has addresses", name(&row.name), row.needed)
        } else {
            let addresses = amount(plan.base, 1_u128.checked_shl(n.into()).unwrap_or(u128::MAX));
            let prefix = plan.base.bits() - n;
            format!(
                "{}: {} hosts need a /{prefix}, {addresses} addresses",
                name(&row.name),
                row.needed
            )
        };
        lines.push(style.paragraph(indent(style), 4, &style.paint(Ink::Bad, &text)));
    }
    if let Some(size) = plan.base.size() {
        let text = if plan.total > size {
            format!(
                "All together need {} addresses, {} has {}: {} too many.",
                amount(plan.base, plan.total),
                plan.base,
                amount(plan.base, size),
                amount(plan.base, plan.total - size)
            )
        } else {
            format!("All together need {} addresses.", amount(plan.base, plan.total))
        };
        lines.push(style.paragraph(indent(style), indent(style).len(), &text));
    }
    let text = match plan.wanted {
        Some(base) => format!("A base that would do is a /{}, such as {base}.", base.prefix()),
        None => "No base of this family would do.".to_owned(),
    };
    lines.push(style.paragraph(indent(style), indent(style).len(), &text));
    lines
}

/// Free blocks.
pub(super) fn free(style: &Style, blocks: &[Network]) -> Vec<String> {
    let sign = if style.markup == Markup::Markdown { "- " } else { "  " };
    if blocks.is_empty() {
        return vec![format!("{sign}nothing: every address is in a network")];
    }
    let mut lines: Vec<String> = blocks
        .iter()
        .take(FREE_SHOWN)
        .map(|net| {
            let size = net.size().map_or_else(|| "2^128".to_owned(), |size| amount(*net, size));
            let plural = if size == "1" { "address" } else { "addresses" };
            format!("{sign}{:<18} {size} {plural}, to {}", net.to_string(), net.end())
        })
        .collect();
    if blocks.len() > FREE_SHOWN {
        let more = several(blocks.len() - FREE_SHOWN, "block more", "blocks more");
        lines.push(format!("{sign}and {more}"));
    }
    lines
}
