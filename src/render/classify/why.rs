//! `--explain`: what a port is, who assigns it, where each fact was read.

use crate::port::registry;
use crate::render::setup::{heading, indent};
use crate::render::style::{Ink, Markup, Style};

/// What a port is, and who assigns it.
const WHY: [&str; 4] = [
    "A port is a number of 16 bits in the header of TCP and UDP. The address brings a packet to the \
     machine, the port to one of its sockets. TCP and UDP count their ports apart: 53/tcp and 53/udp \
     are two ports.",
    "IANA keeps the list of who uses which number, by the rules of RFC 6335. It assigns System Ports \
     (0 to 1023) and User Ports (1024 to 49151) on request, and none of the others. A port and a name \
     are an agreement: nothing makes a program keep to it.",
    "Who may bind a port, and which ports clients get as source ports, is the system's own affair. \
     Linux begins well inside the registered range, unless told otherwise; macOS and Windows keep to \
     the dynamic one. What this machine does stands above.",
    "A port is free for tcp when no socket has it; another program that wants it gets EADDRINUSE. \
     That a service is registered for a port does not mean that it runs here, and the other way \
     round.",
];

/// What was read, and where.
const READ: [(&str, &str); 5] = [
    ("services", "in this program, made from the registry"),
    ("privilege", "/proc/sys/net/ipv4/ip_unprivileged_port_start, capget, bind"),
    ("source ports", "/proc/sys/net/ipv4/ip_local_port_range"),
    ("kept back", "/proc/sys/net/ipv4/ip_local_reserved_ports"),
    ("sockets", "netlink (sock_diag), programs in /proc/*/fd"),
];

/// The same for systems without these files.
const READ_ELSEWHERE: [(&str, &str); 4] = [
    ("services", "in this program, made from the registry"),
    ("privilege", "the rule of this system, not looked up"),
    ("source ports", "the default of this system, not looked up"),
    ("sockets", "the system's own list of sockets"),
];

/// The section.
#[must_use]
pub fn why(style: &Style) -> Vec<String> {
    let mut lines = vec![heading(style, "Why")];
    for text in WHY {
        lines.push(style.paragraph(indent(style), 2, text));
        if style.markup == Markup::Markdown {
            lines.push(String::new());
        }
    }
    lines.push(heading(style, "Where it was read"));
    let read: &[(&str, &str)] = if cfg!(target_os = "linux") { &READ } else { &READ_ELSEWHERE };
    lines.extend(read.iter().map(|(what, place)| super::fact(style, what, place)));
    let registry = format!("{} ({})", registry::ADDRESS, registry::newest_change());
    lines.push(match style.markup {
        Markup::Markdown => {
            format!("- registry: <{}> ({})", registry::ADDRESS, registry::newest_change())
        }
        // An address is never broken.
        Markup::Plain => format!("  registry\n    {}", style.paint(Ink::Value, &registry)),
    });
    lines
}
