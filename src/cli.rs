//! The words of the command line: types, and how each word is read. Doc comments here are the help
//! texts.

mod datagram;

use std::error::Error as _;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue};
use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};

pub use datagram::{Delay, UdpClient, UdpServer};
use datagram::{UDP_CLIENT_EXAMPLES, UDP_SERVER_EXAMPLES};

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
  netlab tcp-client --help           what a command can do, with examples";

const SERVER_EXAMPLES: &str = "\
Examples:
  netlab tcp-server                      listen on port 6000, on every address
  netlab tcp-server 6000 --explain       and show every socket call
  netlab tcp-server --serve one          one client at a time, as in the handout
  netlab tcp-server --bind 127.0.0.1     only for programs on this machine
  netlab tcp-server -4 -6                IPv6 and IPv4 on one socket (dual stack)
  netlab tcp-server --framing length     messages with a header of four bytes

While it runs: a line you type goes to everybody, /who shows the endpoint table, exit ends.
Partners may use netlab, nc, ncat, socat, telnet or the handouts' Python programs.

Exit codes: 0 done, 2 wrong usage, 3 the system or the network refused, 4 not permitted,
130 interrupted with Ctrl-C.";

const CLIENT_EXAMPLES: &str = "\
Examples:
  netlab tcp-client 10.0.73.221                       connect to port 6000
  netlab tcp-client localhost 6000 --explain          and show every socket call
  netlab tcp-client 10.0.73.221 --source-port 54321   bind the client's port first
  netlab tcp-client 127.0.0.1 9 --connect-ex          the error number instead of an error
  netlab tcp-client 10.0.73.221 < questions.txt       lines from a file
  netlab tcp-client 10.0.73.221 5000 --dialog half    strict turns, as in the handouts

Leave with exit or bye, Ctrl-D or Ctrl-C.
The server may be netlab, nc, ncat, socat or one of the handouts' Python programs.

Exit codes: 0 done, 1 --connect-ex got an error number, 2 wrong usage, 3 the system or the network
refused, 4 not permitted, 130 interrupted with Ctrl-C.";

const DEMO_EXAMPLES: &str = "\
Examples:
  netlab demo stream           a chat over TCP: the calls of both sides, their endpoints, their ports
  netlab demo datagram         the same lines over TCP and over UDP that loses some, side by side
  netlab demo stream --ascii   the first one in ASCII characters";

/// `netlab tcp-server`.
#[derive(Args, Clone, Debug)]
pub struct TcpServer {
    /// Port to listen on, 0 to 65535; 0 lets the system choose a free one.
    #[arg(default_value = "6000")]
    pub port: String,
    /// Where to listen.
    #[command(flatten)]
    pub own: Own,
    /// Connections that may wait for accept: the argument of listen. No limit on clients.
    #[arg(long, value_name = "N", default_value_t = 4096, value_parser = clap::value_parser!(i32).range(0..=65535))]
    pub backlog: i32,
    /// How to wait for clients: one at a time, two threads for each, or one loop for all.
    #[arg(long, value_enum, default_value_t = Serve::Events, value_name = "HOW")]
    pub serve: Serve,
    /// End when the first client has left.
    #[arg(long)]
    pub once: bool,
    /// Clients at a time; more are turned away.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_clients: Option<u32>,
    /// Drop a client that says nothing for so long.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// Drop a client that takes nothing for so long while others wait for it.
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub patience: Duration,
    /// What both sides have in common.
    #[command(flatten)]
    pub chat: Chat,
}

/// `netlab tcp-client`.
#[derive(Args, Clone, Debug)]
pub struct TcpClient {
    /// The server: an address such as 10.0.73.221, or a name.
    pub host: String,
    /// The server's port, 1 to 65535.
    #[arg(default_value = "6000")]
    pub port: String,
    /// Where to send from.
    #[command(flatten)]
    pub from: From,
    /// How long connect may take.
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub timeout: Duration,
    /// Print the error number of connect instead of failing, as Python's `connect_ex` does.
    #[arg(long)]
    pub connect_ex: bool,
    /// When lines come from a pipe or file: leave when nothing has come for so long after its end.
    #[arg(long, value_name = "SECONDS", default_value = "6", value_parser = seconds)]
    pub linger: Duration,
    /// What both sides have in common.
    #[command(flatten)]
    pub chat: Chat,
}

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

/// What server and client have in common.
#[derive(Args, Clone, Debug)]
pub struct Chat {
    /// The name the others see [default: this machine's host name].
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Who may speak when: strict turns, or anybody at any time.
    #[arg(long, value_enum, default_value_t = Dialog::Full, value_name = "HOW")]
    pub dialog: Dialog,
    /// How messages are told apart: find out, one recv each, a line feed, or a length header.
    #[arg(long, value_enum, default_value_t = Framing::Auto, value_name = "HOW")]
    pub framing: Framing,
    /// Bytes that one recv takes at most. The handouts use 2048 and 1024.
    #[arg(long, value_name = "BYTES", default_value_t = 65536, value_parser = clap::value_parser!(u32).range(1..=16_777_216))]
    pub buffer: u32,
    /// Send small pieces at once (`TCP_NODELAY`) instead of collecting them.
    #[arg(long)]
    pub nodelay: bool,
}

/// `--serve`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Serve {
    /// One client at a time; the next waits in the backlog (the handouts).
    One,
    /// Two threads for each client.
    Threads,
    /// One thread that waits for all clients at once.
    Events,
}

/// `--dialog`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Dialog {
    /// Half duplex: strict turns; the client begins (the handouts).
    Half,
    /// Full duplex: anybody at any time.
    Full,
}

/// `--framing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Framing {
    /// Find out what the other program does.
    Auto,
    /// One recv is one message (the handouts): wrong on purpose.
    None,
    /// A line feed ends a message.
    Line,
    /// A header of four bytes says how long the message is.
    Length,
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
}

/// Seconds, with or without a fraction.
fn seconds(text: &str) -> Result<Duration, String> {
    let rule = "seconds are a number from 0 to 86400, such as 5 or 0.5";
    match text.parse::<f64>() {
        Ok(number) if (0.0..=86_400.0).contains(&number) => Ok(Duration::from_secs_f64(number)),
        _ => Err(rule.to_owned()),
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
