//! The words of `tcp-server` and `tcp-client`.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{From, Own, Packets, seconds};

pub(super) const SERVER_EXAMPLES: &str = "\
Examples:
  netlab tcp-server                      listen on port 6000, on every address
  netlab tcp-server 6000 --explain       and show every socket call
  netlab tcp-server --packets --explain  and the packets between the calls
  netlab tcp-server --serve one          one client at a time, as in the handout
  netlab tcp-server --bind 127.0.0.1     only for programs on this machine
  netlab tcp-server -4 -6                IPv6 and IPv4 on one socket (dual stack)
  netlab tcp-server --framing length     messages with a header of four bytes

While it runs: a line you type goes to everybody, /who shows the endpoint table, exit ends.
Partners may use netlab, nc, ncat, socat, telnet or the handouts' Python programs.

Exit codes: 0 done, 2 wrong usage, 3 the system or the network refused, 4 not permitted,
130 interrupted with Ctrl-C.";

pub(super) const CLIENT_EXAMPLES: &str = "\
Examples:
  netlab tcp-client 10.0.73.221                       connect to port 6000
  netlab tcp-client localhost 6000 --explain          and show every socket call
  netlab tcp-client 10.0.73.221 --packets --explain   and the packets between the calls
  netlab tcp-client 10.0.73.221 --write chat.pcapng   the packets for Wireshark, with the calls
  netlab tcp-client 10.0.73.221 --source-port 54321   bind the client's port first
  netlab tcp-client 127.0.0.1 9 --connect-ex          the error number instead of an error
  netlab tcp-client 10.0.73.221 < questions.txt       lines from a file
  netlab tcp-client 10.0.73.221 5000 --dialog half    strict turns, as in the handouts

Leave with exit or bye, Ctrl-D or Ctrl-C.
The server may be netlab, nc, ncat, socat or one of the handouts' Python programs.

Exit codes: 0 done, 1 --connect-ex got an error number, 2 wrong usage, 3 the system or the network
refused, 4 not permitted, 130 interrupted with Ctrl-C.";

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
    /// What is captured.
    #[command(flatten)]
    pub packets: Packets,
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
    /// What is captured.
    #[command(flatten)]
    pub packets: Packets,
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
