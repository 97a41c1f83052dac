//! `netlab tcp-client`: arguments to a chat client.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use super::run;
use crate::cli::{Look, TcpClient};
use crate::error::{Exit, Failure, Usage};
use crate::render::style::Style;
use crate::render::text::Subject;
use crate::stream::client::{self, Client, Config, Connection};

/// Connects, talks, and ends when either side does.
///
/// # Errors
///
/// [`Failure`] when an argument does not fit, the name stands for nothing, or the system refuses a
/// call.
pub(super) fn run(args: &TcpClient, look: &Look, style: Style) -> Result<Exit, Failure> {
    let port = server_port(&args.port)?;
    let source_port = match &args.source_port {
        Some(port) => Usage::port(port, "tcp-client HOST PORT --source-port 54321")?,
        None => 0,
    };
    let servers = resolve(args, port)?;
    let run = run::begin(Subject::Client, &args.chat, look, style)?;
    let config = Config {
        host: args.host.clone(),
        source: source(args, source_port, &servers),
        servers,
        name: run.host.name.to_string(),
        dialog: args.chat.dialog.into(),
        framing: args.chat.framing.into(),
        buffer: args.chat.buffer as usize,
        nodelay: args.chat.nodelay,
        timeout: args.timeout,
        connect_ex: args.connect_ex,
        linger: args.linger,
    };
    let journal = run.journal.clone();
    let connected = client::connect(&config, &journal);
    journal.flush();
    let stream = match connected? {
        Connection::Established(stream) => stream,
        Connection::Number(_) => return Ok(Exit::No),
    };
    let (client, input) = Client::new(config, journal.clone(), stream)?;
    let talking = run.listen(input);
    let how = client.run()?;
    Ok(talking.finish(&how))
}

fn server_port(text: &str) -> Result<u16, Failure> {
    let port = Usage::port(text, "tcp-client HOST 6000")?;
    if port == 0 {
        return Err(Usage {
            what: "port to connect to",
            value: text.to_owned(),
            rule: "port 0 asks the system to choose one, which only bind can; connect needs the \
                   port that the server really has"
                .into(),
            causes: vec!["the server was started with port 0: it prints the port it got".into()],
            command: "netlab tcp-client HOST 6000".into(),
        }
        .into());
    }
    Ok(port)
}

/// The server's addresses. What is an address already is not looked up.
fn resolve(args: &TcpClient, port: u16) -> Result<Vec<SocketAddr>, Failure> {
    let family = match (args.v4, args.v6) {
        (true, _) => Some("IPv4"),
        (_, true) => Some("IPv6"),
        _ => None,
    };
    let wanted = |address: &SocketAddr| match family {
        Some("IPv4") => address.is_ipv4(),
        Some(_) => address.is_ipv6(),
        None => args.bind.is_none_or(|source| source.is_ipv4() == address.is_ipv4()),
    };
    let not_found = || Failure::NameNotFound { host: args.host.clone(), family };
    let bare = args.host.trim_start_matches('[').trim_end_matches(']');
    let addresses: Vec<SocketAddr> = match bare.parse::<IpAddr>() {
        Ok(ip) => vec![SocketAddr::new(ip, port)],
        Err(_) => (bare, port).to_socket_addrs().map_err(|_| not_found())?.collect(),
    };
    let mut servers: Vec<SocketAddr> = Vec::new();
    for address in addresses.into_iter().filter(wanted) {
        if !servers.contains(&address) {
            servers.push(address);
        }
    }
    if servers.is_empty() { Err(not_found()) } else { Ok(servers) }
}

/// What to bind before connecting, if anything was asked for.
fn source(args: &TcpClient, port: u16, servers: &[SocketAddr]) -> Option<SocketAddr> {
    if args.bind.is_none() && args.source_port.is_none() {
        return None;
    }
    let any: IpAddr = match servers.first() {
        Some(SocketAddr::V6(_)) => Ipv6Addr::UNSPECIFIED.into(),
        _ => Ipv4Addr::UNSPECIFIED.into(),
    };
    Some(SocketAddr::new(args.bind.unwrap_or(any), port))
}
