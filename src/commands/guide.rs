//! What `netlab` alone prints: a short guide to its commands.

use crate::error::Exit;
use crate::render::output::Output;
use crate::render::style::{Ink, Style};

const GUIDE: [(&str, &[(&str, &str)]); 4] = [
    (
        "Sockets",
        &[
            ("tcp-server [PORT]", "stream socket: chat server (port 6000)"),
            ("tcp-client HOST [PORT]", "stream socket: chat client"),
            ("udp-server [PORT]", "datagram socket: echo server (port 6000)"),
            ("udp-client HOST [PORT]", "datagram socket: echo client, or a counted burst"),
            ("raw-ping HOST...", "raw socket: ICMP ping, and every field of the packet"),
            ("raw-listen", "raw socket: every ICMP message that arrives"),
        ],
    ),
    (
        "Looking",
        &[
            ("doctor", "ready for the lab? which address to tell a partner"),
            ("classify-port WHAT...", "what a port is, and what this machine does with it"),
            ("endpoints", "this machine's sockets as one endpoint table, or live"),
            ("subnet NETWORK", "networks: one, two hosts, a plan, a plan's check"),
            ("timeline RECORD...", "recorded runs of both sides as one picture"),
            ("trace -- PROGRAM", "your own program, drawn: its calls and its packets"),
        ],
    ),
    (
        "Learning",
        &[
            ("explain [WORD]", "a card about a word, a call, an error or its number"),
            ("demo stream", "both ends of a chat in this terminal: start here"),
            ("demo", "the three socket types, one after the other"),
            ("demo list", "all demos: handshake, close, buffers, backlog, ..."),
        ],
    ),
    (
        "With every command",
        &[
            ("--explain", "show each socket call as it is made, and why"),
            ("--record FILE", "keep the run as JSON Lines"),
            ("--help", "what the command can do, with examples"),
        ],
    ),
];

/// Prints the guide.
pub(super) fn print(style: &Style) -> Exit {
    let mut out = Output::stdout();
    out.line(&style.paint(Ink::Heading, "netlab: see what a socket does"));
    for (title, rows) in GUIDE {
        out.line(&format!("\n{}", style.paint(Ink::Heading, title)));
        for (words, meaning) in rows {
            let words = style.paint(Ink::Value, &format!("{words:<24}"));
            out.line(&format!("  {words}{meaning}"));
        }
    }
    out.line("\nTwo laptops: netlab tcp-server on one, netlab tcp-client ADDRESS on the other.");
    Exit::Done
}
