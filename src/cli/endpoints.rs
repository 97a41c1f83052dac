//! The words of `netlab endpoints`.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::seconds;

pub(super) const ENDPOINTS_EXAMPLES: &str = "\
Examples:
  netlab endpoints --listening              who waits on this machine, and who can reach it
  netlab endpoints --port 6000              everything that has to do with port 6000
  netlab endpoints --port 6000 --watch 0.2  the same, live: handshake, talk, end
  netlab endpoints --tcp --explain          and what each state means, and who has to act
  netlab endpoints --state CLOSE-WAIT       whose program has forgotten to close?
  netlab endpoints --port https,53/udp      names and protocols, as classify-port has them
  netlab endpoints --host 10.0.0.0/8 -4     by the address of either side
  netlab endpoints firefox 443              words that must all occur in a row
  netlab endpoints --count                  how many, by protocol, state and range
  netlab endpoints --format csv             for a spreadsheet

One row for each socket of this machine. In a pipe every row is one line, however
long it is; in a terminal rows that do not fit take two lines or more, and no
address is ever cut.

Exit codes: 0 done, 1 no socket fits what was asked for, 2 wrong usage,
3 the system tells nothing, 130 interrupted with Ctrl-C.";

/// `netlab endpoints`.
#[derive(Args, Clone, Debug)]
pub struct Endpoints {
    /// Words that must all occur in a row: of a program, an address, a port, a state, a service.
    #[arg(value_name = "WORD")]
    pub words: Vec<String>,
    /// Which sockets, by what they speak.
    #[command(flatten)]
    pub kind: SocketKinds,
    /// Which sockets, by what they do.
    #[command(flatten)]
    pub which: WhichSockets,
    /// What is shown of them.
    #[command(flatten)]
    pub shown: Shown,
    /// Look again and again, and mark what is new, what changed and what is gone, until Ctrl-C.
    ///
    /// What begins and ends between two looks is not seen: a handshake on one machine takes less than
    /// a millisecond.
    #[arg(
        long,
        value_name = "SECONDS",
        num_args = 0..=1,
        default_missing_value = "1",
        value_parser = pause,
        allow_negative_numbers = true,
        conflicts_with_all = ["resolve", "count"]
    )]
    pub watch: Option<Duration>,
}

/// Which sockets, by what they speak.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Which sockets")]
pub struct SocketKinds {
    /// Stream sockets.
    #[arg(short, long)]
    pub tcp: bool,
    /// Datagram sockets.
    #[arg(short, long)]
    pub udp: bool,
    /// Raw sockets and ping sockets.
    #[arg(short = 'w', long)]
    pub raw: bool,
    /// IPv4 or IPv6.
    #[command(flatten)]
    pub family: Family,
}

/// IPv4 or IPv6.
#[derive(Args, Clone, Copy, Debug)]
pub struct Family {
    /// IPv4 only: also IPv6 sockets that take IPv4 as well, or talk with an IPv4 address.
    #[arg(short = '4', conflicts_with = "v6")]
    pub v4: bool,
    /// IPv6 only.
    #[arg(short = '6')]
    pub v6: bool,
}

/// Which sockets, by what they do.
#[derive(Args, Clone, Debug)]
pub struct WhichSockets {
    /// Those that wait for anybody: LISTEN, and UNCONNECTED datagram and raw sockets.
    #[arg(short, long)]
    pub listening: bool,
    /// Those that talk with somebody: ESTABLISHED, and CONNECTED datagram and raw sockets.
    #[arg(short, long)]
    pub established: bool,
    /// In this state, by any of its names: TIME-WAIT, `time_wait`, estab; several with commas.
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    pub state: Vec<String>,
    /// With this port on either side: 6000, 6000-6063, 53/udp, https; several with commas.
    #[arg(short, long, value_name = "PORT", value_delimiter = ',', allow_hyphen_values = true)]
    pub port: Vec<String>,
    /// With this address on either side: 10.0.73.221, 10.0.0.0/8, `fe80::/10`; several with commas.
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    pub host: Vec<String>,
    /// Held by the process with this number; several with commas.
    #[arg(
        long,
        value_name = "PID",
        value_delimiter = ',',
        value_parser = pid,
        allow_negative_numbers = true
    )]
    pub pid: Vec<u32>,
    /// With a port of this range on either side; several with commas.
    #[arg(long, value_enum, value_name = "RANGE", value_delimiter = ',')]
    pub range: Vec<RangeName>,
}

/// What is shown of sockets.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "What is shown")]
pub struct Shown {
    /// In which order.
    #[command(flatten)]
    pub order: Order,
    /// Do not find out which programs hold them: that takes longer than all the rest.
    #[arg(long, conflicts_with = "pid")]
    pub no_programs: bool,
    /// Ask for the names of addresses, for at most two seconds.
    #[arg(long)]
    pub resolve: bool,
    /// Only how many there are: by protocol, by state, by range.
    #[arg(long, conflicts_with = "resolve")]
    pub count: bool,
}

/// In which order.
#[derive(Args, Clone, Copy, Debug)]
pub struct Order {
    /// In which order.
    #[arg(long, value_enum, value_name = "COLUMN", default_value_t = SortName::Protocol)]
    pub sort: SortName,
    /// The other way round.
    #[arg(long)]
    pub reverse: bool,
}

/// `--range`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RangeName {
    /// 0 to 1023, the system ports.
    WellKnown,
    /// 1024 to 49151, the user ports.
    Registered,
    /// 49152 to 65535, the private ports.
    Dynamic,
}

/// `--sort`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SortName {
    /// Protocol, then state, then port.
    Protocol,
    /// The order of a connection's life.
    State,
    /// The port of this side.
    Port,
    /// The port of the other side.
    DestinationPort,
    /// The address of this side.
    Source,
    /// The address of the other side.
    Destination,
    /// The name of the program.
    Program,
    /// The number of the process.
    Pid,
    /// What waits in it, most first.
    Queue,
}

/// The number of a process.
fn pid(text: &str) -> Result<u32, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| digits && *number > 0);
    number.ok_or_else(|| {
        "the number of a process is a whole number from 1 on; the column Program shows it behind \
         the name, and a name is looked for without --pid"
            .to_owned()
    })
}

/// From one look to the next.
fn pause(text: &str) -> Result<Duration, String> {
    match seconds(text) {
        Ok(time) if time >= Duration::from_millis(100) => Ok(time),
        _ => Err("seconds from one look to the next are a number from 0.1 to 86400".to_owned()),
    }
}
