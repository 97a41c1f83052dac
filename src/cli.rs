//! The words of the command line: types, and how each word is read. Doc comments here are the help
//! texts.

mod datagram;
mod raw;
mod stream;

use std::error::Error as _;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue};
use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};

pub use datagram::{Delay, UdpClient, UdpServer};
use datagram::{UDP_CLIENT_EXAMPLES, UDP_SERVER_EXAMPLES};
pub use raw::{MtuDiscovery, RawListen, RawPing};
use raw::{RAW_LISTEN_EXAMPLES, RAW_PING_EXAMPLES};
use stream::{CLIENT_EXAMPLES, SERVER_EXAMPLES};
pub use stream::{Chat, Dialog, Framing, Serve, TcpClient, TcpServer};

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

/// Why there is no command to run.
#[derive(Debug)]
pub enum Refusal {
    /// Help was asked for and shown, or a mistake was shown: the exit code is 0 or 2.
    Shown(ExitCode),
    /// A value does not fit its option or argument.
    Value {
        /// The option or argument, as help has it.
        argument: String,
        /// The value, as it was given.
        value: String,
        /// The rule it breaks.
        rule: String,
        /// The command that tells more.
        help: String,
    },
}

/// Reads the command line. Help is shown here, and mistakes in how words are put together.
///
/// # Errors
///
/// [`Refusal`] when there is nothing to run.
pub fn parse() -> Result<Cli, Refusal> {
    Cli::try_parse().map_err(|error| {
        refused_value(&error).unwrap_or_else(|| {
            // When even that cannot be written, the exit code still tells.
            let _ = error.print();
            Refusal::Shown(ExitCode::from(if error.use_stderr() { 2 } else { 0 }))
        })
    })
}

/// A value that was read and does not fit.
fn refused_value(error: &clap::Error) -> Option<Refusal> {
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) if !word.is_empty() => Some(word.clone()),
        _ => None,
    };
    let (argument, value) = (word(ContextKind::InvalidArg)?, word(ContextKind::InvalidValue)?);
    let rule = match (error.get(ContextKind::ValidValue), error.source()) {
        (Some(ContextValue::Strings(words)), _) => format!("one of: {}", words.join(", ")),
        // A range of numbers, as a person writes it.
        (_, Some(rule)) => rule.to_string().replace("..=", " to "),
        _ => return None,
    };
    Some(Refusal::Value { argument, value, rule, help: help() })
}

/// The command that tells more about the one on the command line.
fn help() -> String {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let cli = Cli::command();
    let command = words.into_iter().find(|word| cli.find_subcommand(word).is_some());
    command.map_or_else(|| "netlab --help".to_owned(), |name| format!("netlab {name} --help"))
}

/// How things look, and what is shown and kept of a run.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Every command")]
pub struct Look {
    /// Show every socket call as it is made, and why.
    #[arg(long, global = true)]
    pub explain: bool,
    /// Write the run to FILE as JSON Lines: calls, endpoints, lengths and digests, no message texts.
    #[arg(long, global = true, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// What the standard output is for: people, programs, or a worksheet.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Colours. `auto`: in a terminal, unless the variable `NO_COLOR` says no.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// Only ASCII characters, for terminals that show others wrongly.
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Print this help.
    #[arg(short, long, global = true, action = ArgAction::HelpShort)]
    pub help: Option<bool>,
}

/// `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// Events as JSON Lines, for programs.
    Json,
    /// For a worksheet or report.
    Markdown,
}

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// In a terminal.
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
    /// Both ends in one terminal, on loopback: no partner, no privilege.
    #[command(after_help = DEMO_EXAMPLES)]
    Demo(Demo),
}

const EXAMPLES: &str = "\
Examples:
  netlab demo stream                 start here: both ends of a chat, in this terminal
  netlab tcp-server                  a chat server on port 6000; it prints what to tell your partner
  netlab tcp-client 10.0.73.221      your partner's side
  netlab udp-server                  an echo server for datagrams on port 6000
  netlab udp-client 10.0.73.221      what you type comes back, or does not
  netlab raw-ping 10.0.73.221        is it there? ICMP, without any port
  netlab tcp-client --help           what a command can do, with examples";

const DEMO_EXAMPLES: &str = "\
Examples:
  netlab demo stream           a chat over TCP: the calls of both sides, their endpoints, their ports
  netlab demo datagram         the same lines over TCP and over UDP that loses some, side by side
  netlab demo raw              one ICMP echo: built, sent, taken apart, matched
  netlab demo stream --ascii   the first one in ASCII characters";

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

/// `netlab demo`.
#[derive(Args, Clone, Debug)]
pub struct Demo {
    /// Which one.
    #[arg(value_enum)]
    pub name: DemoName,
}

/// The demos.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DemoName {
    /// A chat over TCP: calls, endpoints and ports of both sides.
    Stream,
    /// The same lines over TCP and over UDP with losses, side by side.
    Datagram,
    /// One ICMP echo: built, sent, taken apart, matched.
    Raw,
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
