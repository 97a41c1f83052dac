//! The words about packets that every networking command shares.

use std::path::PathBuf;

use clap::Args;

/// What is captured of a run, beside its calls.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Packets")]
pub struct Packets {
    /// Show the packets of this command's own sockets where they happen among the calls. Capturing
    /// needs privilege; without it the command says how to get it, and runs all the same.
    #[arg(long)]
    pub packets: bool,
    /// Write these packets to FILE for Wireshark, each with a comment: which call made it go. Shows
    /// them only with --packets. Read it with: wireshark FILE, or tshark -r FILE.
    #[arg(long, value_name = "FILE.pcapng")]
    pub write: Option<PathBuf>,
    /// One layer down as well: the link layer's addresses, and how a neighbour's is asked for (ARP,
    /// neighbour discovery). Means --packets, unless there is --write.
    #[arg(long)]
    pub link: bool,
}

impl Packets {
    /// Whether anything is captured at all.
    #[must_use]
    pub const fn are_wanted(&self) -> bool {
        self.packets || self.link || self.write.is_some()
    }

    /// Whether packets are shown, and not only written to a file.
    #[must_use]
    pub const fn are_shown(&self) -> bool {
        self.packets || (self.link && self.write.is_none())
    }
}
