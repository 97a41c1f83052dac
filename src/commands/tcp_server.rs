//! `netlab tcp-server`: arguments to a chat server.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::run;
use crate::cli::{Look, Serve, TcpServer};
use crate::error::{Exit, Failure, Usage};
use crate::render::style::Style;
use crate::render::text::Subject;
use crate::socket;
use crate::stream::server::{self, Config, Server};

/// Listens, keeps the room, and ends when the operator does.
///
/// # Errors
///
/// [`Failure`] when the port is none, or the system refuses a call.
pub(super) fn run(args: &TcpServer, look: &Look, style: Style) -> Result<Exit, Failure> {
    let port = Usage::port(&args.port, "tcp-server 6000")?;
    let address = address(args, port)?;
    let run = run::begin(Subject::Server, &args.chat, look, style)?;
    // Thousands of clients need thousands of descriptors.
    let _ = socket::raise_descriptor_limit();
    let config = Config {
        address,
        dual_stack: args.v4 && args.v6
            || args.bind == Some(Ipv6Addr::UNSPECIFIED.into()) && !args.v6,
        name: run.host.name.to_string(),
        backlog: args.backlog,
        serve: args.serve.into(),
        dialog: args.chat.dialog.into(),
        framing: args.chat.framing.into(),
        buffer: args.chat.buffer as usize,
        once: args.once,
        max_clients: args.max_clients.map(|n| n as usize),
        nodelay: args.chat.nodelay,
        timeout: args.timeout,
        patience: args.patience,
    };
    let opened = Server::open(config, run.journal.clone());
    let (server, input) = opened.inspect_err(|_| run.journal.flush())?;
    let talking = run.listen(input);
    let how = server.run()?;
    Ok(talking.finish(&how))
}

/// The address to listen on: the one that was named, or all of a family.
fn address(args: &TcpServer, port: u16) -> Result<SocketAddr, Failure> {
    let all: IpAddr =
        if args.v6 { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
    let ip = args.bind.unwrap_or(all);
    let fits = match ip {
        IpAddr::V4(_) => args.v4 || !args.v6,
        IpAddr::V6(_) => args.v6 || !args.v4,
    };
    if !fits {
        return Err(Usage {
            what: "address of the family that -4 or -6 asks for",
            value: ip.to_string(),
            rule: "-4 takes addresses like 10.0.73.221, -6 addresses like fe80::1".into(),
            causes: vec!["the option does not belong to the address".into()],
            command: format!("netlab tcp-server {port} --bind {ip}"),
        }
        .into());
    }
    Ok(SocketAddr::new(ip, port))
}

impl From<Serve> for server::Serve {
    fn from(word: Serve) -> Self {
        match word {
            Serve::One => Self::One,
            Serve::Threads => Self::Threads,
            Serve::Events => Self::Events,
        }
    }
}
