//! From the words of the command line to addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use crate::cli;
use crate::error::{Failure, Usage};

/// What was said about where to go, or from where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// `-4`.
    pub v4: bool,
    /// `-6`.
    pub v6: bool,
    /// `--bind`.
    pub bind: Option<IpAddr>,
}

impl From<&cli::Own> for Wanted {
    fn from(words: &cli::Own) -> Self {
        Self { v4: words.v4, v6: words.v6, bind: words.bind }
    }
}

impl From<&cli::From> for Wanted {
    fn from(words: &cli::From) -> Self {
        Self { v4: words.v4, v6: words.v6, bind: words.bind }
    }
}

impl Wanted {
    /// The address for a server to take: the one that was named, or all of a family. `command` is
    /// the server's, for whoever has to be told better.
    ///
    /// # Errors
    ///
    /// [`Usage`] when the address is of another family than asked for.
    pub(super) fn own(self, command: &str, port: u16) -> Result<SocketAddr, Failure> {
        let all: IpAddr =
            if self.v6 { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
        let ip = self.bind.unwrap_or(all);
        let fits = match ip {
            IpAddr::V4(_) => self.v4 || !self.v6,
            IpAddr::V6(_) => self.v6 || !self.v4,
        };
        if !fits {
            return Err(Usage {
                what: "address of the family that -4 or -6 asks for",
                value: ip.to_string(),
                rule: "-4 takes addresses like 10.0.73.221, -6 addresses like fe80::1".into(),
                causes: vec!["the option does not belong to the address".into()],
                command: format!("netlab {command} {port} --bind {ip}"),
            }
            .into());
        }
        Ok(SocketAddr::new(ip, port))
    }

    /// Whether a server takes both families on one socket.
    pub(super) fn is_dual_stack(self) -> bool {
        self.v4 && self.v6 || self.bind == Some(Ipv6Addr::UNSPECIFIED.into()) && !self.v6
    }

    /// The other side's addresses. What is an address already is not looked up.
    ///
    /// # Errors
    ///
    /// [`Failure::NameNotFound`] when there is none of the wanted family, [`Usage`] when it is not the
    /// one of `--bind`.
    pub(super) fn resolve(self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
        let family = match (self.v4, self.v6) {
            (true, _) => Some("IPv4"),
            (_, true) => Some("IPv6"),
            _ => None,
        };
        let wanted = |address: &SocketAddr| match family {
            Some("IPv4") => address.is_ipv4(),
            Some(_) => address.is_ipv6(),
            None => self.bind.is_none_or(|source| source.is_ipv4() == address.is_ipv4()),
        };
        let not_found = || Failure::NameNotFound { host: host.to_owned(), family };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if bare.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && bare.parse::<IpAddr>().is_err()
        {
            // Resolvers take 10.0.73 for 10.0.0.73, which is never what was meant.
            return Err(not_found());
        }
        let addresses: Vec<SocketAddr> = match bare.parse::<IpAddr>() {
            Ok(ip) => vec![SocketAddr::new(ip, port)],
            Err(_) => (bare, port).to_socket_addrs().map_err(|_| not_found())?.collect(),
        };
        let mut found: Vec<SocketAddr> = Vec::new();
        for address in addresses.into_iter().filter(wanted) {
            if !found.contains(&address) {
                found.push(address);
            }
        }
        match (found.is_empty(), self.bind) {
            (false, _) => Ok(found),
            (true, Some(own)) if family.is_none() => Err(Usage {
                what: "address of the same family as --bind",
                value: host.to_owned(),
                rule: format!("both ends are IPv4, or both are IPv6; --bind says {own}"),
                causes: vec!["an IPv4 socket reaches IPv4 addresses only".into()],
                command: "the same command without --bind".into(),
            }
            .into()),
            (true, _) => Err(not_found()),
        }
    }

    /// What a client binds before it goes to `other`, if anything was asked for.
    ///
    /// # Errors
    ///
    /// [`Usage`] when the port is none.
    pub(super) fn source(
        self,
        command: &str,
        port: Option<&str>,
        other: Option<&SocketAddr>,
    ) -> Result<Option<SocketAddr>, Failure> {
        let number = match port {
            Some(port) => Usage::port(port, &format!("{command} HOST PORT --source-port 54321"))?,
            None => 0,
        };
        if self.bind.is_none() && port.is_none() {
            return Ok(None);
        }
        let any: IpAddr = match other {
            Some(SocketAddr::V6(_)) => Ipv6Addr::UNSPECIFIED.into(),
            _ => Ipv4Addr::UNSPECIFIED.into(),
        };
        Ok(Some(SocketAddr::new(self.bind.unwrap_or(any), number)))
    }
}

/// The port of the other side, which cannot be 0.
///
/// # Errors
///
/// [`Usage`] with the value and the rule. `verb` is the call that needs the port.
pub(super) fn other_port(command: &str, verb: &str, text: &str) -> Result<u16, Failure> {
    let port = Usage::port(text, &format!("{command} HOST 6000"))?;
    if port == 0 {
        return Err(Usage {
            what: "port of a server",
            value: text.to_owned(),
            rule: format!(
                "port 0 asks the system to choose one, which only bind can; {verb} needs the port \
                 that the server really has"
            ),
            causes: vec!["the server was started with port 0: it prints the port it got".into()],
            command: format!("netlab {command} HOST 6000"),
        }
        .into());
    }
    Ok(port)
}
