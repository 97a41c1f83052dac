//! The words of `netlab subnet`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::whole;

pub(super) const SUBNET_EXAMPLES: &str = "\
Examples:
  netlab subnet 10.0.56.23/17                     one network, and its bits
  netlab subnet 10.0.56.23 255.255.128.0          the same, with a mask
  netlab subnet 2001:db8::/48 10.0.0.6/31         several, of both families
  netlab subnet 10.0.56.23/17 --with 10.0.73.221  directly, or by way of a router?
  netlab subnet 10.0.56.23/17 --explain           every step of the arithmetic
  netlab subnet --format json < networks.txt      one network a line, for programs
  netlab subnet plan --help                       many networks in one: VLSM
  netlab subnet check --help                      is a plan right?
  netlab subnet picture --help                    who is connected with whom

Exit codes: 0 done, 1 the plan does not fit or is wrong, 2 wrong usage.";

const PLAN_EXAMPLES: &str = "\
Examples:
  netlab subnet plan 10.106.192.0/20 Hostel=546 CS_Lab=271 Library=186
  netlab subnet plan 10.106.192.0/20 requirements.md --growth 20%
  netlab subnet plan 192.168.7.0/24 A=50 B=20 --link A-B --link-prefix 31
  netlab subnet plan 2001:db8::/48 A=50 B=20 --links 1
  netlab subnet plan 10.106.192.0/20 requirements.md --format markdown > plan.md
  netlab subnet check plan.md

requirements.md is a table, in Markdown or CSV, with the columns name and hosts. A column router (or
site) says which networks share a router. A second table with the columns from and to (or one column
link, as in A-B) has the links; a router that only joins others needs no row of its own:

  Site,   LAN,     Hosts         From,  To
  Labs,   CS_Lab,  271           Main,  Labs
  Labs,   EE_Lab,  111           Main,  Hostel
  Hostel, Hostel,  546

Hosts are the hosts: each network gets one address more, for its gateway.

Exit codes: 0 done, 1 it does not fit, 2 wrong usage.";

const CHECK_EXAMPLES: &str = "\
Examples:
  netlab subnet check plan.md
  netlab subnet check plan.csv --base 10.106.192.0/20 --growth 20%
  netlab subnet plan 10.0.0.0/24 A=50 B=20 --format markdown | netlab subnet check -

The file has a table, in Markdown or CSV, with the columns name and network, and any of: hosts,
prefix, mask, first host, last host, range, broadcast, usable, gateway. A second table with the
columns device, interface, address and connected to has the interfaces. A line such as
Base: 10.106.192.0/20 says what was divided.

Exit codes: 0 nothing is wrong, 1 something is, 2 the file cannot be read.";

const PICTURE_EXAMPLES: &str = "\
Examples:
  netlab subnet picture plan.md                     who is connected with whom
  netlab subnet picture plan.md --svg campus.svg    to be looked at in a browser
  netlab subnet picture plan.md --mermaid           for a Markdown page
  netlab subnet picture plan.md --format markdown   the same, in a page";

/// `netlab subnet`.
#[derive(Args, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub struct Subnet {
    /// Something else than looking at one network.
    #[command(subcommand)]
    pub action: Option<SubnetAction>,
    /// An address with a prefix length or a mask; without any, one a line of the standard input.
    #[arg(value_name = "NETWORK")]
    pub networks: Vec<String>,
    /// Another host: is it in the same subnet, or behind a router?
    #[arg(long, value_name = "ADDRESS[/PREFIX]")]
    pub with: Option<String>,
}

/// What else `netlab subnet` does.
#[derive(Clone, Debug, Subcommand)]
pub enum SubnetAction {
    /// Many networks of different sizes in one (VLSM): the biggest first.
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(SubnetPlan),
    /// Is somebody's plan right? Every fault, and the next free block that would do.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(SubnetCheck),
    /// The topology of a plan: who is connected with whom.
    #[command(after_help = PICTURE_EXAMPLES)]
    Picture(SubnetPicture),
}

/// `netlab subnet plan`.
#[derive(Args, Clone, Debug)]
pub struct SubnetPlan {
    /// The network to divide, such as 10.106.192.0/20.
    #[arg(value_name = "BASE")]
    pub base: String,
    /// How many hosts each network has, or a file with a table of that; `-` is the standard input.
    #[arg(value_name = "NAME=HOSTS|FILE")]
    pub wants: Vec<String>,
    /// Room to grow: so much more of everything, such as 20%.
    #[arg(long, value_name = "PERCENT", default_value = "0", value_parser = percent, allow_negative_numbers = true)]
    pub growth: u32,
    /// Networks for so many links between routers.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = whole(0, 1000_u16), allow_negative_numbers = true)]
    pub links: u16,
    /// A network for the link between two sites, or routers without a site; may be given again.
    #[arg(long, value_name = "A-B")]
    pub link: Vec<String>,
    /// The numbers of hosts have the gateway among them; else it gets one address more.
    #[arg(long)]
    pub gateway_counted: bool,
    /// How large a link is: 30 or 31; in IPv6 64 or 127 [default: 30, in IPv6 64].
    #[arg(long, value_name = "BITS", value_parser = link_prefix, allow_negative_numbers = true)]
    pub link_prefix: Option<u8>,
}

/// `netlab subnet check`.
#[derive(Args, Clone, Debug)]
pub struct SubnetCheck {
    /// The plan: Markdown or CSV; `-` is the standard input.
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// The network that was divided [default: what the file says].
    #[arg(long, value_name = "NETWORK")]
    pub base: Option<String>,
    /// Room to grow that every network should have: a warning where it has not.
    #[arg(long, value_name = "PERCENT", default_value = "0", value_parser = percent, allow_negative_numbers = true)]
    pub growth: u32,
    /// The numbers of hosts have the gateway among them; else it needs one address more.
    #[arg(long)]
    pub gateway_counted: bool,
}

/// `netlab subnet picture`.
#[derive(Args, Clone, Debug)]
pub struct SubnetPicture {
    /// The plan: Markdown or CSV; `-` is the standard input.
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// Draw it into this file as SVG, which every browser shows; `-` is the standard output.
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// The text of a Mermaid diagram, which many Markdown readers draw.
    #[arg(long, conflicts_with = "svg")]
    pub mermaid: bool,
}

/// `20%` or `20`.
fn percent(text: &str) -> Result<u32, String> {
    let text = text.trim();
    match text.strip_suffix('%').unwrap_or(text).trim_end().parse() {
        Ok(percent) if percent <= 1000 => Ok(percent),
        _ => Err("a whole number from 0 to 1000, such as 20%".to_owned()),
    }
}

/// What a link between two routers may have.
fn link_prefix(text: &str) -> Result<u8, String> {
    match text.trim_start_matches('/').parse() {
        Ok(bits) if [30, 31, 64, 127].contains(&bits) => Ok(bits),
        _ => Err("30 or 31; in IPv6 64 or 127".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_read() {
        assert_eq!((percent("20%"), percent("0")), (Ok(20), Ok(0)));
        for wrong in ["-1", "1.5", "", "%", "20%%", "1001"] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }
}
