//! `netlab udp-server`: arguments to an echo server.

use std::net::IpAddr;

use super::address::Wanted;
use super::packets::Wanted as Packets;
use super::run::{self, Manner};
use crate::cli::{Look, UdpServer};
use crate::datagram::server::{Config, Server};
use crate::endpoint;
use crate::error::{Exit, Failure, Program, Usage};
use crate::event::Impairments;
use crate::render::style::Style;
use crate::render::text::Subject;
use crate::socket::Interface;

/// Binds, answers, and ends when the operator does.
///
/// # Errors
///
/// [`Failure`] when an argument does not fit, or the system refuses a call.
pub(super) fn run(args: &UdpServer, look: &Look, style: Style) -> Result<Exit, Failure> {
    let port = Usage::port(&args.port, "udp-server 6000")?;
    let wanted = Wanted::from(&args.own);
    let address = wanted.own("udp-server", port)?;
    if let Some(stranger) = args.join.iter().find(|group| group.is_ipv4() != address.is_ipv4()) {
        return Err(Usage {
            what: "group of the family that the socket has",
            value: stranger.to_string(),
            rule: "an IPv4 socket joins IPv4 groups, an IPv6 socket (-6) those that begin with ff"
                .into(),
            causes: vec!["-6 is missing, or is one too many".into()],
            command: format!(
                "netlab udp-server {}--join {stranger}",
                if stranger.is_ipv6() { "-6 " } else { "" }
            ),
        }
        .into());
    }
    if let Some(own) = args.own.bind.filter(|own| !own.is_unspecified() && !args.join.is_empty()) {
        return Err(Usage {
            what: "address that hears a group",
            value: own.to_string(),
            rule:
                "a socket bound to one address hears nothing that is sent to another, and a group \
                   is another"
                    .into(),
            causes: vec!["--bind was meant to choose the interface".into()],
            command: format!("netlab udp-server --join {} --interface {own}", args.join[0]),
        }
        .into());
    }
    let config = Config {
        address,
        dual_stack: wanted.is_dual_stack(),
        buffer: args.buffer as usize,
        impairments: impairments(args),
        max_rate: args.max_rate,
        groups: args.join.clone(),
        interface: interface(args.interface, address.is_ipv4())?,
    };
    let manner = Manner {
        subject: Subject::EchoServer,
        name: None,
        prompt: Some("udp"),
        reads: true,
        timestamps: false,
        packets: Packets::of_server(&args.packets, Program::UdpServer, address),
    };
    let run = run::begin(&manner, look, style)?;
    let opened = Server::open(config, run.journal.clone());
    let (server, input) = opened.inspect_err(|_| run.journal.flush())?;
    let talking = run.listen(input);
    let how = server.run()?;
    talking.finish(&how)
}

fn impairments(args: &UdpServer) -> Impairments {
    let impair = &args.impair;
    let mut random = [0; 4];
    // Without randomness the seed is 0, which is as good a number as any.
    let _ = getrandom::fill(&mut random);
    // Short enough to be read out to a class.
    let chosen = u64::from(u32::from_be_bytes(random) % 10_000);
    Impairments {
        drop: impair.drop,
        duplicate: impair.duplicate,
        reorder: impair.reorder,
        corrupt: impair.corrupt,
        delay: impair.delay.by,
        jitter: impair.delay.jitter,
        seed: impair.seed.unwrap_or(chosen),
    }
}

/// The interface that has this address.
///
/// # Errors
///
/// [`Usage`] when no interface of this machine has it, or it is of another family than the socket.
pub(super) fn interface(
    address: Option<IpAddr>,
    wants_v4: bool,
) -> Result<Option<Interface>, Failure> {
    let Some(ip) = address else { return Ok(None) };
    if ip.is_ipv4() != wants_v4 {
        return Err(Usage {
            what: "address of the family that the socket has",
            value: ip.to_string(),
            rule: "IPv4 groups go by an interface's IPv4 address, IPv6 groups by one of IPv6"
                .into(),
            causes: vec!["an interface has addresses of both families".into()],
            command: "the same command with the interface's other address".into(),
        }
        .into());
    }
    let v4 = match ip {
        IpAddr::V4(v4) => Some(v4),
        IpAddr::V6(_) => None,
    };
    let Some(index) = endpoint::interface_index(ip) else {
        let own = endpoint::host(None).addresses;
        let own: Vec<String> = own.iter().map(|address| address.ip.to_string()).collect();
        return Err(Usage {
            what: "address of one of this machine's interfaces",
            value: ip.to_string(),
            rule: format!("--interface names one of YOUR addresses: {}", own.join(", ")),
            causes: vec!["it is your partner's address, or the group's".into()],
            command: "the same command with one of those".into(),
        }
        .into());
    };
    Ok(Some(Interface { v4, index }))
}
