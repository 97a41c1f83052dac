//! The words of `udp-server` and `udp-client`.

use std::net::IpAddr;
use std::time::Duration;

use clap::Args;

use super::{From, Own, Packets, seconds};

pub(super) const UDP_SERVER_EXAMPLES: &str = "\
Examples:
  netlab udp-server                          echo on port 6000, on every address
  netlab udp-server 6000 --explain           and show every socket call
  netlab udp-server --packets --explain      and the packets between the calls
  netlab udp-server --drop 20% --seed 7      lose a fifth, the same ones for everybody
  netlab udp-server --delay 100±20           answer 80 to 120 ms later
  netlab udp-server --reorder 10% --duplicate 5% --corrupt 1%
  netlab udp-server --buffer 5               take 5 bytes of each datagram: the rest is lost
  netlab udp-server --join 239.255.0.1       hear a multicast group too

While it runs: /who shows the peers it has heard, /stats the figures, exit ends.
Partners may use netlab, nc -u, ncat -u, socat or any program with a UDP socket.
What --drop and its like do is netlab's doing, and it says so; without them nothing is impaired.

Exit codes: 0 done, 2 wrong usage, 3 the system or the network refused, 4 not permitted,
130 interrupted with Ctrl-C.";

pub(super) const UDP_CLIENT_EXAMPLES: &str = "\
Examples:
  netlab udp-client 10.0.73.221                      type a line, see it come back
  netlab udp-client localhost 6000 --explain         and show every socket call
  netlab udp-client 10.0.73.221 --packets --link     the packets, and how the address is resolved
  netlab udp-client 10.0.73.221 < lines.txt          lines from a file
  netlab udp-client 10.0.73.221 --count 100          a burst: what was lost, late, overtaken?
  netlab udp-client 10.0.73.221 --count 100000 --interval 0 --window 64
  netlab udp-client 127.0.0.1 9 --connect            a closed port, and how one hears of it
  netlab udp-client 10.0.255.255 --broadcast --count 3
  netlab udp-client 239.255.0.1 --count 3            everybody who has joined the group

Exit codes: 0 done, 1 nothing came back, 2 wrong usage, 3 the system or the network refused,
4 not permitted, 130 interrupted with Ctrl-C.";

/// `netlab udp-server`.
#[derive(Args, Clone, Debug)]
pub struct UdpServer {
    /// Port to bind, 0 to 65535; 0 lets the system choose a free one.
    #[arg(default_value = "6000")]
    pub port: String,
    /// Where to bind.
    #[command(flatten)]
    pub own: Own,
    /// Bytes of a datagram that are taken at most; the rest of a longer one is lost.
    #[arg(long, value_name = "BYTES", default_value_t = 65535, value_parser = clap::value_parser!(u32).range(1..=65535))]
    pub buffer: u32,
    /// Join this multicast group, too; may be given several times.
    #[arg(long, value_name = "GROUP", value_parser = group)]
    pub join: Vec<IpAddr>,
    /// Join on the interface with this address [default: the system chooses].
    #[arg(long, value_name = "ADDRESS", requires = "join")]
    pub interface: Option<IpAddr>,
    /// Answer at most so many datagrams a second.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_rate: Option<u32>,
    /// What is done to datagrams on purpose.
    #[command(flatten)]
    pub impair: Impair,
    /// What is captured.
    #[command(flatten)]
    pub packets: Packets,
}

/// Impairments of `netlab udp-server`.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Done on purpose (off by default, and said at the start)")]
pub struct Impair {
    /// Do not answer this share of the datagrams, such as 20%.
    #[arg(long, value_name = "PERCENT", default_value = "0", hide_default_value = true, value_parser = share)]
    pub drop: f64,
    /// Answer this share twice.
    #[arg(long, value_name = "PERCENT", default_value = "0", hide_default_value = true, value_parser = share)]
    pub duplicate: f64,
    /// Hold this share of the answers back until the next one has gone.
    #[arg(long, value_name = "PERCENT", default_value = "0", hide_default_value = true, value_parser = share)]
    pub reorder: f64,
    /// Turn one bit over in this share of the answers.
    #[arg(long, value_name = "PERCENT", default_value = "0", hide_default_value = true, value_parser = share)]
    pub corrupt: f64,
    /// Answer so much later, perhaps give or take: 100, 100±20 or 100+-20.
    #[arg(long, value_name = "MS[±J]", default_value = "0", hide_default_value = true, value_parser = delay)]
    pub delay: Delay,
    /// The same number, the same fates for every client [default: another one each time].
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

/// `netlab udp-client`.
#[derive(Args, Clone, Debug)]
pub struct UdpClient {
    /// The server: an address such as 10.0.73.221, a name, a multicast group.
    pub host: String,
    /// The server's port, 1 to 65535.
    #[arg(default_value = "6000")]
    pub port: String,
    /// Give the socket a peer with connect: then a closed port is heard of.
    #[arg(long)]
    pub connect: bool,
    /// Where to send from.
    #[command(flatten)]
    pub from: From,
    /// A reply after this time is late.
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    pub timeout: Duration,
    /// Bytes of a datagram that are taken at most; the rest of a longer one is lost.
    #[arg(long, value_name = "BYTES", default_value_t = 65535, value_parser = clap::value_parser!(u32).range(1..=65535))]
    pub buffer: u32,
    /// The address is a broadcast address: send to everybody on this network segment.
    #[arg(long, conflicts_with = "connect")]
    pub broadcast: bool,
    /// Routers that may pass a datagram on [default: the system's; 1 for multicast].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    pub ttl: Option<u8>,
    /// Nobody may cut a datagram into fragments: too large for the way is an error.
    #[arg(long)]
    pub dont_fragment: bool,
    /// Send multicast by the interface with this address [default: the system chooses].
    #[arg(long, value_name = "ADDRESS")]
    pub interface: Option<IpAddr>,
    /// A counted burst instead of lines.
    #[command(flatten)]
    pub burst: Burst,
    /// What is captured.
    #[command(flatten)]
    pub packets: Packets,
}

/// A burst of `netlab udp-client`.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "A counted burst instead of lines")]
pub struct Burst {
    /// Send so many datagrams and give account of them, 1 to 10000000.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub count: Option<u32>,
    /// From one datagram to the next; 0: as fast as the window allows.
    #[arg(long, value_name = "SECONDS", default_value = "0.01", value_parser = seconds, requires = "count")]
    pub interval: Duration,
    /// Bytes of each datagram, 20 to 65507 (65527 with IPv6).
    #[arg(long, value_name = "BYTES", default_value = "64", requires = "count")]
    pub size: String,
    /// Unanswered datagrams at a time [default: no limit; 32 with --interval 0].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), requires = "count")]
    pub window: Option<u32>,
}

/// A delay and how much it varies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    /// How much later.
    pub by: Duration,
    /// Give or take so much.
    pub jitter: Duration,
}

/// A share: `20%`, `20`, `0.5%`.
fn share(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim();
    match number.parse::<f64>() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent / 100.0),
        _ => Err("a share is per cent, from 0 to 100, such as 20%".to_owned()),
    }
}

/// Milliseconds, with or without a variation: `100`, `100±20`, `100+-20`.
fn delay(text: &str) -> Result<Delay, String> {
    let rule = "a delay is milliseconds from 0 to 60000, such as 100, or 100±20 (also 100+-20) \
                where the second number is not larger than the first";
    let milliseconds = |text: &str| match text.trim().trim_end_matches("ms").trim().parse::<f64>() {
        Ok(number) if (0.0..=60_000.0).contains(&number) => Ok(number),
        _ => Err(rule.to_owned()),
    };
    let parts = ["±", "+-", "+/-"].iter().find_map(|sign| text.split_once(sign));
    let (by, jitter) = match parts {
        Some((by, jitter)) => (milliseconds(by)?, milliseconds(jitter)?),
        None => (milliseconds(text)?, 0.0),
    };
    if jitter > by {
        return Err(rule.to_owned());
    }
    let [by, jitter] = [by, jitter].map(|ms| Duration::from_secs_f64(ms / 1000.0));
    Ok(Delay { by, jitter })
}

/// A multicast group: 224.0.0.0 to 239.255.255.255, or `ff00::/8`.
fn group(text: &str) -> Result<IpAddr, String> {
    match text.parse::<IpAddr>() {
        Ok(ip) if ip.is_multicast() => Ok(ip),
        _ => Err("a group is an address from 224.0.0.0 to 239.255.255.255, or one that begins \
                  with ff in IPv6; 239.255.0.1 is free for your own network"
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_per_cent() {
        assert_eq!(share("20%"), Ok(0.2));
        assert_eq!(share("20"), Ok(0.2));
        assert_eq!(share("0.5 %"), Ok(0.005));
        for wrong in ["101", "-1%", "NaN", "", "%", "20%%", "a fifth"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn delays_are_milliseconds_give_or_take() {
        let of = |by, jitter| {
            let [by, jitter] = [by, jitter].map(Duration::from_millis);
            Ok(Delay { by, jitter })
        };
        assert_eq!(delay("100"), of(100, 0));
        for same in ["100±20", "100+-20", "100+/-20", "100 ± 20", "100ms±20ms"] {
            assert_eq!(delay(same), of(100, 20), "{same}");
        }
        for wrong in ["-1", "20±30", "60001", "1e9", "±5", "5±", "fast"] {
            assert!(delay(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn groups_are_multicast_addresses() {
        assert!(group("239.255.0.1").is_ok() && group("ff02::1").is_ok());
        assert!(group("10.0.0.1").is_err() && group("::1").is_err() && group("all").is_err());
    }
}
