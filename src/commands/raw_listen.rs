//! `netlab raw-listen`: arguments to a listener.

use std::net::{IpAddr, SocketAddr, SocketAddrV6};

use super::names;
use super::packets::Wanted as Packets;
use crate::cli::{Look, RawListen};
use crate::console;
use crate::endpoint;
use crate::error::{Exit, Failure, Program, Usage};
use crate::raw::listen::{Config, Families, Listener};
use crate::render::style::Style;
use crate::render::text::Subject;

/// Shows every ICMP message that arrives.
///
/// # Errors
///
/// [`Failure`] when this program may not have a raw socket, or `-I` does not fit.
pub(super) fn run(args: &RawListen, look: &Look, style: Style) -> Result<Exit, Failure> {
    let of_source = |v4: bool| args.source.is_none_or(|source| source.is_ipv4() == v4);
    let (v4, v6) = (!args.v6 && of_source(true), !args.v4 && of_source(false));
    if !v4 && !v6 {
        return Err(Usage {
            what: "address of the family that -4 or -6 asks for",
            value: args.source.map_or(String::new(), |source| source.to_string()),
            rule: "-4 takes addresses like 10.0.73.221, -6 addresses like fe80::1".into(),
            causes: vec!["the option does not belong to the address".into()],
            command: "the same command without -4 or -6".into(),
        }
        .into());
    }
    let packets = Packets::of_icmp(&args.packets, Program::RawListen, args.source.into_iter());
    let shown = (args.lines.timestamps, args.lines.numeric);
    let run = names::begin(Subject::Listener, shown, packets, look, style)?;
    let config = Config {
        families: match (v4, v6) {
            (true, true) => Families::Both,
            (_, false) => Families::V4,
            (false, true) => Families::V6,
        },
        source: args.source.map(scoped),
        count: args.count,
        deadline: args.deadline,
        hex: args.lines.hex,
    };
    let opened = Listener::open(config, &run.journal);
    let (listener, input) = opened.inspect_err(|_| run.journal.flush())?;
    console::statuses(input.clone());
    let talking = run.listen_for_interrupts(input);
    let how = listener.run()?;
    talking.finish(&how)
}

/// An address of this machine, a link-local one with its interface.
fn scoped(ip: IpAddr) -> SocketAddr {
    match ip {
        IpAddr::V6(v6) if v6.is_unicast_link_local() => {
            SocketAddrV6::new(v6, 0, 0, endpoint::interface_index(ip).unwrap_or(0)).into()
        }
        _ => SocketAddr::new(ip, 0),
    }
}
