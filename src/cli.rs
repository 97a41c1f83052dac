//! The words of the command line: types, and how each word is read. Doc comments here are the help
//! texts.

mod datagram;
mod demo;
mod doctor;
mod endpoints;
mod explain;
mod packets;
mod parse;
mod ports;
mod raw;
mod stream;
mod subnet;
mod timeline;
mod trace;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub use datagram::{Delay, UdpClient, UdpServer};
use datagram::{UDP_CLIENT_EXAMPLES, UDP_SERVER_EXAMPLES};
use demo::DEMO_EXAMPLES;
pub use demo::Demo;
use doctor::DOCTOR_EXAMPLES;
pub use doctor::Doctor;
use endpoints::ENDPOINTS_EXAMPLES;
pub use endpoints::{
    Endpoints, Family, Order, RangeName, Shown, SocketKinds, SortName, WhichSockets,
};
use explain::EXPLAIN_EXAMPLES;
pub use explain::Explain;
pub use packets::Packets;
pub use parse::{Refusal, parse};
use ports::CLASSIFY_EXAMPLES;
pub use ports::ClassifyPort;
pub use raw::{MtuDiscovery, RawListen, RawPing};
use raw::{RAW_LISTEN_EXAMPLES, RAW_PING_EXAMPLES};
use stream::{CLIENT_EXAMPLES, SERVER_EXAMPLES};
pub use stream::{Chat, Dialog, Framing, Serve, TcpClient, TcpServer};
use subnet::SUBNET_EXAMPLES;
pub use subnet::{Subnet, SubnetAction, SubnetCheck, SubnetPicture, SubnetPlan};
use timeline::TIMELINE_EXAMPLES;
pub use timeline::{Timeline, WhichSocket};
use trace::TRACE_EXAMPLES;
pub use trace::{Trace, WhoReads};

/// See what a socket does: the call, the endpoint and the packet, from one real run.
#[derive(Debug, Parser)]
#[command(name = "netlab", version, max_term_width = 100, disable_help_flag = true)]
#[command(after_help = EXAMPLES)]
pub struct Cli {
    /// What to do; nothing prints a short guide.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How it looks, for every command.
    #[command(flatten)]
    pub look: Look,
}

/// How things look, and what is shown and kept of a run.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Every command")]
pub struct Look {
    /// Show every socket call as it is made, and why; with a command that looks, where its answer
    /// comes from and what it means.
    #[arg(long, global = true)]
    pub explain: bool,
    /// Write the run to FILE as JSON Lines: calls, endpoints, lengths and digests, no message texts;
    /// with a command that looks, its answer.
    #[arg(long, global = true, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// What the standard output is for: people, programs, a worksheet; csv for `endpoints` only.
    #[arg(long, global = true, value_enum, default_value_t)]
    pub format: Format,
    /// Colours. `auto`: in a terminal, unless the variable `NO_COLOR` says no.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
    /// Only ASCII characters, for terminals that show others wrongly.
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Print this help.
    #[arg(short, long, global = true, action = ArgAction::HelpShort)]
    pub help: Option<bool>,
}

/// `--format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// Events as JSON Lines, for programs.
    Json,
    /// For a worksheet or report.
    Markdown,
    /// For a spreadsheet: `endpoints` only.
    Csv,
}

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// In a terminal.
    #[default]
    Auto,
    /// Always, in pipes too.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Chat server on a stream socket (TCP): bind, listen, accept.
    #[command(after_help = SERVER_EXAMPLES)]
    TcpServer(TcpServer),
    /// Chat client on a stream socket (TCP): connect, send, recv.
    #[command(after_help = CLIENT_EXAMPLES)]
    TcpClient(TcpClient),
    /// Echo server on a datagram socket (UDP): bind, recvfrom, sendto.
    #[command(after_help = UDP_SERVER_EXAMPLES)]
    UdpServer(UdpServer),
    /// Echo client on a datagram socket (UDP): sendto, recvfrom, and what became of it.
    #[command(after_help = UDP_CLIENT_EXAMPLES)]
    UdpClient(UdpClient),
    /// Ping on a raw socket (ICMP): sendto, recvmsg, and every field of the packet.
    #[command(after_help = RAW_PING_EXAMPLES)]
    RawPing(RawPing),
    /// Every ICMP message that this machine receives: a raw socket has no port.
    #[command(after_help = RAW_LISTEN_EXAMPLES)]
    RawListen(RawListen),
    /// What a port number is: its range, its services, and what this machine does with it.
    #[command(after_help = CLASSIFY_EXAMPLES)]
    ClassifyPort(ClassifyPort),
    /// This machine's sockets as one endpoint table, live on request.
    #[command(after_help = ENDPOINTS_EXAMPLES)]
    Endpoints(Endpoints),
    /// Can this machine do the lab, and which address do I tell my partner?
    #[command(after_help = DOCTOR_EXAMPLES)]
    Doctor(Doctor),
    /// Subnetting: one network, two hosts, a plan for many networks, a check of somebody's plan.
    #[command(after_help = SUBNET_EXAMPLES)]
    Subnet(Subnet),
    /// Recorded runs of one or both sides as one picture: calls, packets and states in lanes.
    #[command(after_help = TIMELINE_EXAMPLES)]
    Timeline(Timeline),
    /// A program of your own, run and drawn: its calls, endpoints and packets in lanes (Linux).
    #[command(after_help = TRACE_EXAMPLES)]
    Trace(Trace),
    /// A card of at most 20 lines about a word, an error or a call.
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(Explain),
    /// Both ends in one terminal, on loopback: no partner, no privilege.
    #[command(after_help = DEMO_EXAMPLES)]
    Demo(Demo),
}

const EXAMPLES: &str = "\
Examples:
  netlab demo stream                 start here: both ends of a chat, in this terminal
  netlab demo list                   the other demos
  netlab tcp-server                  a chat server on port 6000; it prints what to tell your partner
  netlab tcp-client 10.0.73.221      your partner's side
  netlab udp-server                  an echo server for datagrams on port 6000
  netlab udp-client 10.0.73.221      what you type comes back, or does not
  netlab raw-ping 10.0.73.221        is it there? ICMP, without any port
  netlab tcp-client --help           what a command can do, with examples";

/// The address that a server takes.
#[derive(Args, Clone, Debug)]
pub struct Own {
    /// Take this address of this machine only [default: every address].
    #[arg(long, value_name = "ADDRESS")]
    pub bind: Option<IpAddr>,
    /// IPv4 only (the default); with -6, both on one socket.
    #[arg(short = '4')]
    pub v4: bool,
    /// IPv6 only; with -4, both on one socket (dual stack).
    #[arg(short = '6')]
    pub v6: bool,
}

/// The endpoint that a client sends from.
#[derive(Args, Clone, Debug)]
pub struct From {
    /// Send from this port: bind it first [default: the system chooses].
    #[arg(long, value_name = "PORT")]
    pub source_port: Option<String>,
    /// Send from this address of this machine [default: the system chooses].
    #[arg(long, value_name = "ADDRESS")]
    pub bind: Option<IpAddr>,
    /// IPv4 only.
    #[arg(short = '4', conflicts_with = "v6")]
    pub v4: bool,
    /// IPv6 only.
    #[arg(short = '6')]
    pub v6: bool,
}

/// Seconds, with or without a fraction.
fn seconds(text: &str) -> Result<Duration, String> {
    let rule = "seconds are a number from 0 to 86400, such as 5 or 0.5";
    match text.parse::<f64>() {
        Ok(number) if (0.0..=86_400.0).contains(&number) => Ok(Duration::from_secs_f64(number)),
        _ => Err(rule.to_owned()),
    }
}

/// A whole number in these bounds, both included.
fn whole<N>(least: N, most: N) -> impl Fn(&str) -> Result<N, String> + Clone + Send + Sync
where
    N: std::str::FromStr + PartialOrd + std::fmt::Display + Copy + Send + Sync,
{
    move |text: &str| match text.parse::<N>() {
        Ok(number) if least <= number && number <= most => Ok(number),
        _ => Err(format!("a whole number from {least} to {most}")),
    }
}

/// The same, but not none.
fn some_seconds(text: &str) -> Result<Duration, String> {
    match seconds(text) {
        Ok(time) if time >= Duration::from_millis(1) => Ok(time),
        _ => Err("seconds are a number from 0.001 to 86400, such as 1 or 0.2".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_words_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn seconds_are_a_number() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["-1", "1e9", "NaN", "inf", "5s", ""] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
