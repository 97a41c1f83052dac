//! The words of `raw-ping` and `raw-listen`.

use std::net::IpAddr;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Packets, some_seconds, whole};

pub(super) const RAW_PING_EXAMPLES: &str = "\
Examples:
  netlab raw-ping 10.0.73.221                  one probe a second until Ctrl-C
  netlab raw-ping 10.0.73.221 -c 4 --dissect   and every field of two packets
  netlab raw-ping 10.0.73.221 -c 4 --explain   and every socket call
  netlab raw-ping 10.0.73.221 --packets --link the packets, and the question for the hardware address
  netlab raw-ping 10.0.73.221 --path           every router on the way
  netlab raw-ping ::1 127.0.0.1 -c 3           several hosts, both families
  netlab raw-ping 10.0.73.221 -M do -s 1473    larger than an Ethernet packet, and not to be cut
  netlab raw-ping 10.0.73.221 -t 1             the first router says that it died there
  netlab raw-ping 127.0.0.1 --flood -c 100000  how fast can it go?

A raw socket needs privilege. On Linux, once for this file:
  sudo setcap cap_net_raw+ep FILE              netlab says which, when it may not ping
Without it netlab uses a ping socket where the system allows one, and says what differs.
Ctrl-C prints the summary, Ctrl-\\ one line about how far it is.

Exit codes are ping's: 0 every host has replied; 1 not every one has (with -c
and -w: not to every probe); 2 everything else.";

pub(super) const RAW_LISTEN_EXAMPLES: &str = "\
Examples:
  netlab raw-listen                    every ICMP message that this machine receives
  netlab raw-listen --hex -c 2         two of them, with their bytes
  netlab raw-listen -4 -I 10.0.73.221  IPv4 only, and only what came to this address
  netlab raw-listen --write icmp.pcapng  and keep them for Wireshark

Run it beside netlab raw-ping, or beside ping: a raw socket has no port, so it hears everything.

Exit codes: 0 done, 2 wrong usage, 3 the system refused, 4 not permitted,
130 interrupted with Ctrl-C.";

/// `netlab raw-ping`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct RawPing {
    /// Whom to ask: addresses such as 10.0.73.221 or `fe80::1%eth0`, or names.
    #[arg(required = true, value_name = "HOST")]
    pub hosts: Vec<String>,
    /// IPv4 only.
    #[arg(short = '4', conflicts_with = "v6")]
    pub v4: bool,
    /// IPv6 only.
    #[arg(short = '6')]
    pub v6: bool,
    /// Probes to each host [default: until Ctrl-C]; with -w, answers.
    #[arg(short, long, value_name = "N", value_parser = whole(1, u32::MAX), allow_negative_numbers = true)]
    pub count: Option<u32>,
    /// From one probe to the next to the same host, 0.001 or more.
    #[arg(short, long, value_name = "SECONDS", default_value = "1", value_parser = some_seconds, allow_negative_numbers = true)]
    pub interval: Duration,
    /// A reply after this time is late, and its probe is told as lost [default: 1, and at the end up to
    /// 3.3 when nothing has come: so long a router may look for the host].
    #[arg(short = 'W', long, value_name = "SECONDS", value_parser = some_seconds, allow_negative_numbers = true)]
    pub timeout: Option<Duration>,
    /// The whole run takes no longer.
    #[arg(short = 'w', long, value_name = "SECONDS", value_parser = some_seconds, allow_negative_numbers = true)]
    pub deadline: Option<Duration>,
    /// What the packet is like.
    #[command(flatten)]
    pub packet: Packet,
    /// How fast probes go.
    #[command(flatten)]
    pub rate: Rate,
    /// What is looked at.
    #[command(flatten)]
    pub sight: Sight,
    /// What each line says.
    #[command(flatten)]
    pub lines: Lines,
    /// What is captured.
    #[command(flatten)]
    pub packets: Packets,
}

/// What a probe is like.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "The packet")]
pub struct Packet {
    /// Bytes of data behind the ICMP header of 8 bytes, 0 to 65507.
    #[arg(short, long, value_name = "BYTES", default_value_t = 56, value_parser = whole(0, 65507_u16), allow_negative_numbers = true)]
    pub size: u16,
    /// The hop limit: router number N throws the packet away. 1 to 255 [default: the system's]; with
    /// --path where to begin.
    #[arg(short, long, value_name = "N", value_parser = whole(1, u8::MAX), allow_negative_numbers = true)]
    pub ttl: Option<u8>,
    /// May it be cut into fragments?
    #[arg(short = 'M', long, value_enum, value_name = "HOW")]
    pub mtu_discovery: Option<MtuDiscovery>,
    /// Fill the data with these bytes, 1 to 16 of them in hexadecimal, such as ff00.
    #[arg(long, value_name = "HEX", value_parser = pattern)]
    pub pattern: Option<Pattern>,
    /// Leave from this address of this machine, or by this network interface.
    #[arg(short = 'I', long, value_name = "ADDRESS|INTERFACE")]
    pub source: Option<String>,
}

/// How fast probes go.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "The rate")]
pub struct Rate {
    /// The next probe when the reply has come, and at least a hundred a second. Without -c or -w it
    /// ends after ten seconds.
    #[arg(long, conflicts_with_all = ["interval", "adaptive"])]
    pub flood: bool,
    /// The next probe when the reply has come, or its time is up: never more than one unanswered.
    /// Without -c or -w it ends after ten seconds, too.
    #[arg(long, conflicts_with = "interval")]
    pub adaptive: bool,
    /// I may load this host: needed for --flood, --adaptive and intervals below 0.01 s when it is
    /// neither this machine nor in one of its networks.
    #[arg(long)]
    pub confirm: bool,
}

/// What is looked at.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "A closer look")]
pub struct Sight {
    /// The first request and the first reply, field by field, and their checksums worked out.
    #[arg(long)]
    pub dissect: bool,
    /// The routers on the way: probes with hop limit 1, 2, 3 and so on, three of each (-c changes that).
    #[arg(long, conflicts_with_all = ["flood", "adaptive", "interval"])]
    pub path: bool,
    /// Go no further than this with --path.
    #[arg(long, value_name = "N", default_value_t = 30, requires = "path", value_parser = whole(1, u8::MAX), allow_negative_numbers = true)]
    pub max_hops: u8,
}

/// What each line says.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "The lines")]
pub struct Lines {
    /// No line for each probe: the first error of each kind and the summary only.
    #[arg(short, long)]
    pub quiet: bool,
    /// Begin each line with the time of day, in seconds since 1970.
    #[arg(short = 'D', long)]
    pub timestamps: bool,
    /// Addresses only: look up no names of routers.
    #[arg(short, long)]
    pub numeric: bool,
}

/// `-M`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MtuDiscovery {
    /// Don't fragment: too large for the way is an error.
    Do,
    /// Everybody on the way may cut it.
    Dont,
}

/// Bytes to fill the data with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(pub Vec<u8>);

/// Hexadecimal digits, two for each byte.
fn pattern(text: &str) -> Result<Pattern, String> {
    let rule = "1 to 16 bytes, two hexadecimal digits each, such as ff or 00ff00ff";
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    match digits {
        Some(digits) if (2..=32).contains(&digits.len()) && digits.len().is_multiple_of(2) => {
            let byte = |pair: &[u32]| u8::try_from(pair[0] * 16 + pair[1]).unwrap_or(u8::MAX);
            Ok(Pattern(digits.chunks_exact(2).map(byte).collect()))
        }
        _ => Err(rule.to_owned()),
    }
}

/// An address of this machine.
fn own_address(text: &str) -> Result<IpAddr, String> {
    // What is behind a % is found again by the address.
    text.split('%')
        .next()
        .unwrap_or_default()
        .parse()
        .map_err(|_| "an address of this machine; an interface will not do here".to_owned())
}

/// `netlab raw-listen`.
#[derive(Args, Clone, Debug)]
#[command(args_override_self = true)]
pub struct RawListen {
    /// IPv4 only.
    #[arg(short = '4', conflicts_with = "v6")]
    pub v4: bool,
    /// IPv6 only.
    #[arg(short = '6')]
    pub v6: bool,
    /// End after so many messages.
    #[arg(short, long, value_name = "N", value_parser = whole(1, u64::MAX), allow_negative_numbers = true)]
    pub count: Option<u64>,
    /// End after so long.
    #[arg(short = 'w', long, value_name = "SECONDS", value_parser = some_seconds, allow_negative_numbers = true)]
    pub deadline: Option<Duration>,
    /// Only what came to this address of this machine.
    #[arg(short = 'I', long, value_name = "ADDRESS", value_parser = own_address)]
    pub source: Option<IpAddr>,
    /// What each line says.
    #[command(flatten)]
    pub lines: HeardLines,
    /// What is captured.
    #[command(flatten)]
    pub packets: Packets,
}

/// What each line of `raw-listen` says.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "The lines")]
pub struct HeardLines {
    /// The bytes of each packet, in hexadecimal.
    #[arg(long)]
    pub hex: bool,
    /// Begin each line with the time of day, in seconds since 1970.
    #[arg(short = 'D', long)]
    pub timestamps: bool,
    /// Addresses only: look up no names.
    #[arg(short, long)]
    pub numeric: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_whole_bytes() {
        assert_eq!(pattern("00fF"), Ok(Pattern(vec![0x00, 0xff])));
        assert_eq!(pattern(&"ab".repeat(16)).map(|pattern| pattern.0.len()), Ok(16));
        for wrong in ["", "f", "fff", "xy", "0xff", &"ab".repeat(17), "ｆｆ"] {
            assert!(pattern(wrong).is_err(), "{wrong}");
        }
    }
}
