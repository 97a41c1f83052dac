//! Is the partner there?
//!
//! Two questions go out at the same time, for they are answered by different parts of the partner's
//! machine: an ICMP echo by its kernel, if no firewall forbids it; `connect` to the lab port by the
//! kernel too, but for a server ("yes") or in place of one ("refused"). When both meet silence, the
//! router on the way is asked: if it answers, this machine's own network works, and something between the
//! two machines, or on the partner's, swallows packets.
//!
//! ```text
//!   0 s    SYN ───▶ port 6000      SYN-ACK: a server         RST: alive, nobody listens
//!          echo ──▶                reply: alive
//!   1 s    nothing yet? echo ────▶ the router on the way, or in the partner's network
//!   3.1 s  ARP has asked three times in vain: nobody there has that address
//!   3.5 s  enough
//! ```

mod echo;
mod name;
mod verdict;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::mpsc::{Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

pub(super) use echo::Echo;
use echo::{EchoAnswer, Whose};
use verdict::{Evidence, Router, Tcp};

use super::addresses::{is_own, named};
use super::calls::{self, Notebook, TracedCall};
use super::{Finding, Partner};
use crate::endpoint::{self, Networks, Way};
use crate::error::{CallError, Failure};
use crate::event::{Host, Journal};
use crate::socket::{Connecting, Socket};

/// So long anything about the partner may take. A system asks in vain for some 3.1 s who has an
/// address, and then it says so.
const PATIENCE: Duration = Duration::from_millis(3500);
/// After so much silence the router is asked.
const SILENCE: Duration = Duration::from_secs(1);
/// When TCP has its answer, so long is waited for the echo.
const COURTESY: Duration = Duration::from_millis(600);
/// Addresses of one name that are tried.
const ADDRESSES: usize = 4;

/// What the threads report.
#[derive(Debug)]
pub(super) enum News {
    /// What the name means.
    Resolved(Result<Vec<SocketAddr>, Failure>),
    /// `connect` to that address has returned.
    Connected(usize),
    /// What was heard of an echo.
    Echo(Whose, IpAddr, EchoAnswer),
}

/// The partner is being asked.
pub(super) struct Asking {
    name: String,
    port: u16,
    /// When the name was known.
    asked: Instant,
    echo: Option<Echo>,
    tell: Sender<super::News>,
    journal: Journal,
    notebook: Notebook,
    tries: Vec<Try>,
    /// Addresses of the name beyond those.
    untried: usize,
    router: Router,
    networks: Networks,
}

/// What is known of one address.
struct Try {
    address: SocketAddr,
    connecting: Option<Connecting>,
    tcp: Option<Tcp>,
    echo: EchoAnswer,
}

impl Try {
    /// Both questions have been answered.
    fn is_answered(&self) -> bool {
        self.tcp.is_some() && self.echo != EchoAnswer::Silence
    }
}

impl Asking {
    /// Begins: looks the name up, in a thread of its own.
    pub fn begin(
        partner: Partner,
        began: Instant,
        echo: Option<Echo>,
        tell: &Sender<super::News>,
    ) -> Self {
        let (journal, notebook) = Notebook::new(began);
        let told = tell.clone();
        let resolve = partner.resolve;
        let look_up = move || {
            // Whoever has stopped waiting does not listen.
            let _ = told.send(super::News::Peer(News::Resolved(resolve())));
        };
        // Without this thread the name is never known, and that is what will be said.
        let _ = thread::Builder::new().name("partner's name".into()).spawn(look_up);
        Self {
            name: partner.name,
            port: partner.port,
            asked: Instant::now(),
            echo,
            tell: tell.clone(),
            journal,
            notebook,
            tries: Vec::new(),
            untried: 0,
            router: Router::NotAsked,
            networks: Networks::now(),
        }
    }

    /// Waits for the answers, and says what they mean. None when Ctrl-C came first.
    pub fn finish(mut self, host: &Host, news: &Receiver<super::News>) -> Option<Vec<Finding>> {
        let mut resolved = false;
        while let Some(left) = self.left(resolved) {
            match news.recv_timeout(left) {
                Ok(super::News::Interrupt) => return None,
                Ok(super::News::Peer(News::Resolved(result))) => match result {
                    Ok(addresses) => {
                        resolved = true;
                        self.ask(addresses);
                    }
                    Err(_) => return Some(vec![name::unknown(&self.name)]),
                },
                Ok(super::News::Peer(News::Connected(at))) => self.connected(at),
                Ok(super::News::Peer(News::Echo(whose, ip, answer))) => {
                    self.heard(whose, ip, answer);
                }
                // It is time for something.
                Err(_) => {}
            }
            if resolved && self.asked.elapsed() >= SILENCE && self.is_silent() {
                self.ask_router();
            }
        }
        if !resolved {
            return Some(vec![name::slow(&self.name)]);
        }
        Some(self.conclude(host))
    }

    /// How long to wait for news; none when there is nothing more to wait for.
    fn left(&self, resolved: bool) -> Option<Duration> {
        let passed = self.asked.elapsed();
        if resolved && self.tries.iter().all(Try::is_answered) {
            return None;
        }
        let end = if resolved && self.is_settled() {
            COURTESY
        } else if resolved && passed < SILENCE {
            SILENCE
        } else {
            PATIENCE
        };
        end.checked_sub(passed).filter(|left| !left.is_zero())
    }

    /// TCP has its answer: from one address a good one, or from all of them a bad one.
    fn is_settled(&self) -> bool {
        let alive = |attempt: &Try| attempt.tcp.as_ref().is_some_and(Tcp::is_alive);
        self.tries.iter().any(alive) || self.tries.iter().all(|attempt| attempt.tcp.is_some())
    }

    /// Nobody has said anything.
    fn is_silent(&self) -> bool {
        let quiet = [EchoAnswer::Silence, EchoAnswer::Impossible];
        self.tries.iter().all(|attempt| attempt.tcp.is_none() && quiet.contains(&attempt.echo))
    }

    fn ask(&mut self, addresses: Vec<SocketAddr>) {
        self.asked = Instant::now();
        let usable = addresses.into_iter().filter(|address| {
            name::is_one_host(*address) && !self.networks.have_as_broadcast(address.ip())
        });
        let mut addresses: Vec<SocketAddr> = usable.collect();
        self.untried = addresses.len().saturating_sub(ADDRESSES);
        addresses.truncate(ADDRESSES);
        let silent = if self.echo.is_some() { EchoAnswer::Silence } else { EchoAnswer::Impossible };
        for (at, address) in addresses.iter().copied().enumerate() {
            let address = SocketAddr::new(address.ip(), self.port).with_scope_of(address);
            let (connecting, tcp) = match self.connect(at, address) {
                Ok(connecting) => (Some(connecting), None),
                Err(error) => (None, Some(Tcp::of(&error, Duration::ZERO))),
            };
            self.tries.push(Try { address, connecting, tcp, echo: silent });
        }
        if let Some(echo) = &self.echo
            && !addresses.is_empty()
        {
            echo.ask(Whose::Partner, &addresses);
        }
    }

    fn connect(&self, at: usize, address: SocketAddr) -> Result<Connecting, CallError> {
        let tell = self.tell.clone();
        let done = move || {
            let _ = tell.send(super::News::Peer(News::Connected(at)));
        };
        Socket::stream(&self.journal, address)?.connect(address, false, done)
    }

    fn connected(&mut self, at: usize) {
        let took = self.asked.elapsed();
        let Some(attempt) = self.tries.get_mut(at) else { return };
        let Some(connecting) = attempt.connecting.take() else { return };
        attempt.tcp = Some(match connecting.finish() {
            // It is closed at once: a server sees a client come and go.
            Ok(_stream) => Tcp::Connected(took),
            Err(error) => Tcp::of(&error, took),
        });
    }

    fn heard(&mut self, whose: Whose, ip: IpAddr, answer: EchoAnswer) {
        if whose == Whose::Router {
            if let (Router::Silent(router), EchoAnswer::Reply(_)) = (self.router, answer) {
                self.router = Router::Answers(router);
            }
            return;
        }
        for attempt in self.tries.iter_mut().filter(|attempt| attempt.address.ip() == ip) {
            if !matches!(attempt.echo, EchoAnswer::Reply(_)) {
                attempt.echo = answer;
            }
        }
    }

    /// The partner is silent: is anybody there at all?
    fn ask_router(&mut self) {
        if self.router != Router::NotAsked || self.tries.is_empty() {
            return;
        }
        self.router = match (self.router_on_the_way(), &self.echo) {
            (None, _) | (Some(_), None) => Router::Unaskable,
            // The partner is the router: it has been asked.
            (Some(router), _) if self.tries.iter().any(|t| t.address.ip() == router.ip()) => {
                Router::IsPartner
            }
            (Some(router), Some(echo)) => {
                echo.ask(Whose::Router, &[router]);
                Router::Silent(router.ip())
            }
        };
    }

    /// The router whose answer says something about the way to the partner: the one that packets for
    /// it go to. Between neighbours there is none; then the default router, if it is a neighbour of the
    /// two: one on another link proves nothing.
    fn router_on_the_way(&self) -> Option<SocketAddr> {
        let v4 = self.tries.iter().find(|attempt| attempt.address.is_ipv4());
        let partner = v4.or(self.tries.first())?.address;
        if !self.networks.are_near(partner.ip()) {
            return match endpoint::way_to(partner.ip()) {
                Way::Router(router, _) => Some(router),
                _ => None,
            };
        }
        let any: IpAddr = match partner {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        match endpoint::way_to(any) {
            Way::Router(router, interface) if self.link(partner).as_ref() == Some(&interface) => {
                Some(router)
            }
            _ => None,
        }
    }

    /// The interface in whose network an address is.
    fn link(&self, address: SocketAddr) -> Option<String> {
        match address {
            SocketAddr::V6(v6) if v6.scope_id() != 0 => {
                Some(endpoint::interface_name(v6.scope_id()).to_string())
            }
            _ => self.networks.interface_of(address.ip()).map(str::to_owned),
        }
    }

    fn conclude(mut self, host: &Host) -> Vec<Finding> {
        let waited = self.asked.elapsed();
        for attempt in &mut self.tries {
            if let Some(connecting) = attempt.connecting.take() {
                attempt.tcp = Some(Tcp::of(&connecting.give_up(), waited));
            }
        }
        let evidence = |attempt: &Try| self.evidence(attempt, host, waited);
        let mut all: Vec<Evidence> = self.tries.iter().map(evidence).collect();
        // The best of several addresses is the one to use; the order of the others is kept.
        all.sort_by_key(|evidence| std::cmp::Reverse(evidence.worth()));
        let Some((best, others)) = all.split_first() else {
            return vec![name::no_host(&self.name)];
        };
        let mut partner = verdict::partner(best, others);
        if self.untried > 0 {
            partner = partner.detail(format!(
                "the name has {} more addresses, which were not tried",
                self.untried
            ));
        }
        partner.calls = self.calls();
        vec![verdict::way(best), partner]
    }

    fn evidence(&self, attempt: &Try, host: &Host, waited: Duration) -> Evidence {
        let ip = attempt.address.ip();
        let way = endpoint::way_to(ip);
        let link = match (&way, self.link(attempt.address)) {
            (Way::Interface(interface), None) => Some(interface.clone()),
            (_, link) => link,
        };
        Evidence {
            name: named(&self.name, ip),
            address: attempt.address,
            near: self.networks.are_near(ip),
            own: is_own(host, ip),
            tcp: attempt.tcp.unwrap_or(Tcp::Silent(waited)),
            echo: attempt.echo,
            router: self.router,
            way,
            link,
        }
    }

    /// The calls of all threads, in the order of their times.
    fn calls(&self) -> Vec<TracedCall> {
        let mut all = self.notebook.take();
        for notebook in self.echo.iter().flat_map(Echo::notebooks) {
            calls::append(&mut all, notebook.take());
        }
        all.sort_by_key(|traced| traced.at);
        all
    }
}

/// An address of one link keeps the number of that link.
trait WithScope {
    fn with_scope_of(self, other: Self) -> Self;
}

impl WithScope for SocketAddr {
    fn with_scope_of(mut self, other: Self) -> Self {
        if let (Self::V6(own), Self::V6(other)) = (&mut self, other) {
            own.set_scope_id(other.scope_id());
        }
        self
    }
}
