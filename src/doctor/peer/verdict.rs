//! What the answers of a partner mean, taken together: one sentence, and one thing to do.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::echo::EchoAnswer;
use crate::doctor::{Finding, Level};
use crate::endpoint::Way;
use crate::error::CallError;
use crate::event::{OsError, Trouble};

const WHY: &str = "Refused means: the machine is there, and its system says that nobody listens. \
                   Silence means: something swallowed the packet, and nobody says what.";
const WHY_WAY: &str = "A neighbour in the same network is reached directly; everybody else by a router, \
                       which may have rules of its own.";

/// What `connect` said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tcp {
    /// A server is there.
    Connected(Duration),
    /// RST: the machine is there, and nobody listens.
    Refused(Duration),
    /// The connection was broken off.
    Reset,
    /// Nothing came, for so long.
    Silent(Duration),
    /// The system, or a router, said that it cannot be.
    Failed(OsError),
}

impl Tcp {
    /// From the error of `connect`, which took so long.
    pub fn of(error: &CallError, took: Duration) -> Self {
        let os = error.os();
        match os.name().as_str() {
            "ECONNREFUSED" => Self::Refused(took),
            "ECONNRESET" | "ECONNABORTED" => Self::Reset,
            "ETIMEDOUT" => Self::Silent(took),
            _ => Self::Failed(os),
        }
    }

    /// Whether the other machine itself has answered.
    pub const fn is_alive(&self) -> bool {
        matches!(self, Self::Connected(_) | Self::Refused(_) | Self::Reset)
    }

    fn words(&self, port: u16) -> String {
        match self {
            Self::Connected(took) => format!("TCP port {port}: connected in {}", time(*took)),
            Self::Refused(took) => format!("TCP port {port}: refused after {}", time(*took)),
            Self::Reset => format!("TCP port {port}: reset"),
            Self::Silent(took) => format!("TCP port {port}: no answer in {}", time(*took)),
            Self::Failed(error) => format!("TCP port {port}: {}", error.name()),
        }
    }
}

/// What is known of the router on the way; of a neighbour's network, the one that is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Router {
    /// There was no reason to ask it.
    NotAsked,
    /// There is none, or the system does not tell; or this program may send no echo.
    Unaskable,
    /// It is the partner.
    IsPartner,
    /// It was asked, and has not answered.
    Silent(IpAddr),
    /// It answers.
    Answers(IpAddr),
}

/// All that is known of one address of the partner.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    /// As the user named it, with the address.
    pub name: String,
    /// Address and lab port.
    pub address: SocketAddr,
    /// No router between.
    pub near: bool,
    /// It is this machine.
    pub own: bool,
    pub tcp: Tcp,
    pub echo: EchoAnswer,
    pub router: Router,
    /// How packets get there.
    pub way: Way,
    /// The interface in whose network it is.
    pub link: Option<String>,
}

impl Evidence {
    /// The other machine, or its system, has answered.
    const fn is_heard(&self) -> bool {
        self.tcp.is_alive() || matches!(self.echo, EchoAnswer::Reply(_))
    }

    /// No router is between, so this machine asks the network for the owner of the address.
    const fn is_direct(&self) -> bool {
        self.near || matches!(self.way, Way::Interface(_))
    }

    /// Of several addresses, the one worth most is the one to use.
    pub const fn worth(&self) -> u8 {
        match (self.tcp, self.echo) {
            (Tcp::Connected(_), _) => 4,
            (Tcp::Refused(_), _) => 3,
            (Tcp::Reset, _) => 2,
            (_, EchoAnswer::Reply(_)) => 1,
            _ => 0,
        }
    }
}

/// How packets get to the partner.
pub(super) fn way(evidence: &Evidence) -> Finding {
    let name = &evidence.name;
    let found = |level, text| Finding::new("way", level, text, WHY_WAY);
    if evidence.own {
        return found(Level::Warn, format!("{name} is this very machine: no packet leaves it"))
            .remedy("ask your partner for the address that netlab doctor shows over there")
            .matter("the partner named is this machine");
    }
    let text = match (evidence.near, &evidence.way) {
        (true, _) => format!("{name} is in a network of this machine: no router between"),
        (false, Way::Router(router, _)) => {
            let router = router.ip();
            format!("{name} is in another network: packets go by the router {router}")
        }
        (false, Way::Interface(interface)) => {
            format!(
                "packets for {name} leave by {interface}, and this machine knows no router there"
            )
        }
        (false, Way::Nowhere) if !evidence.is_heard() => {
            let text = format!("{name} is in another network, and no route leads there");
            return found(Level::Fail, text)
                .detail("this machine reaches its own networks, and others by a router: it knows none there")
                .remedy(
                    "connect both machines to the same network: one Wi-Fi, or one phone hotspot",
                )
                .matter("no way to the partner");
        }
        (false, _) => format!("{name} is in another network: packets go by a router"),
    };
    found(Level::Ok, text)
}

/// Whether the partner is there: the answers of its best address, and in a line each the others.
pub(super) fn partner(best: &Evidence, others: &[Evidence]) -> Finding {
    let port = best.address.port();
    let finding = conclusion(best);
    let matter = match finding.level {
        Level::Fail => "the partner is not reached",
        _ => "the partner breaks connections off",
    };
    let mut finding = finding.matter(matter);
    finding.details.insert(0, format!("{}; {}", echo(best.echo), best.tcp.words(port)));
    if let Some(router) = router(best) {
        finding.details.insert(1, router);
    }
    for other in others {
        let ip = other.address.ip();
        finding = finding.detail(format!("{ip}: {}; {}", echo(other.echo), other.tcp.words(port)));
    }
    finding
}

fn conclusion(evidence: &Evidence) -> Finding {
    let (name, port) = (&evidence.name, evidence.address.port());
    let found = |level, text: String| Finding::new("partner", level, text, WHY);
    let ip = evidence.address.ip();
    match (evidence.tcp, evidence.echo) {
        (Tcp::Connected(_), _) if evidence.own => {
            found(Level::Ok, format!("a program on this machine listens on port {port}"))
                .next(format!("in a second terminal: netlab tcp-client {ip} {port}"))
        }
        (Tcp::Refused(_), _) if evidence.own => {
            found(Level::Ok, format!("nobody on this machine listens on port {port} yet"))
                .next(format!("in a second terminal: netlab tcp-server {port}"))
        }
        (Tcp::Connected(_), _) => {
            found(Level::Ok, format!("partner {name} is there, and listens on port {port}"))
                .next(format!("netlab tcp-client {ip} {port}"))
        }
        (Tcp::Refused(_), _) => {
            let text = format!("partner {name} is alive; nobody listens on port {port} yet");
            found(Level::Ok, text).next(format!("your partner starts: netlab tcp-server {port}"))
        }
        (Tcp::Reset, _) => {
            let text =
                format!("partner {name} is alive, but breaks connections to port {port} off");
            found(Level::Warn, text).remedy(
                "look over there which program has the port: netlab endpoints --port ".to_owned()
                    + &port.to_string(),
            )
        }
        (Tcp::Failed(error), _) => failed(evidence, error),
        (Tcp::Silent(_), EchoAnswer::Reply(_)) => {
            let text = format!("partner {name} is alive, but TCP port {port} stays silent");
            found(Level::Fail, text)
                .detail(
                    "a firewall over there drops the packets (Windows does so while nobody listens); \
                     or a server is busy with others, and its queue is full: this knock, too, takes a \
                     place in it",
                )
                .remedy(format!(
                    "your partner ends what runs on port {port}, starts netlab tcp-server {port} and \
                     lets it through the firewall (private and public networks); then ask again"
                ))
        }
        (Tcp::Silent(_), EchoAnswer::Trouble(trouble, from)) => troubled(evidence, trouble, from),
        (Tcp::Silent(_), _) => silent(evidence),
    }
}

/// `connect` was refused by this system or by a router.
fn failed(evidence: &Evidence, error: OsError) -> Finding {
    let (name, port) = (&evidence.name, evidence.address.port());
    let found = |text: String| Finding::new("partner", Level::Fail, text, WHY);
    match (error.name().as_str(), evidence.echo) {
        (_, EchoAnswer::Trouble(trouble, from)) => troubled(evidence, trouble, from),
        ("EHOSTUNREACH" | "EHOSTDOWN", _) if evidence.is_direct() => nobody(evidence),
        ("EINVAL" | "EADDRNOTAVAIL", _) if is_link_local(evidence.address) => found(format!(
            "partner {name}: the address does not say on which link"
        ))
        .remedy(format!(
            "name this machine's interface behind a %: --peer {}%INTERFACE",
            evidence.address.ip()
        )),
        // Without any address of that family there is none to send from, either.
        ("EHOSTUNREACH" | "ENETUNREACH" | "EADDRNOTAVAIL", _)
            if !matches!(evidence.way, Way::Router(..)) =>
        {
            found(format!("partner {name}: this machine knows no way there"))
                .remedy("connect to the network; then look at the address lines above again")
        }
        ("EHOSTUNREACH" | "ENETUNREACH", _) => {
            found(format!("partner {name}: no way there, says this machine or a router"))
                .remedy("compare the address with the one that netlab doctor shows over there")
        }
        ("EACCES" | "EPERM", _) => {
            found(format!("partner {name}: this machine itself forbids it (port {port})"))
                .remedy("a firewall rule or a route of this machine says so: look at those first")
        }
        (error, _) => found(format!("partner {name}: connect says {error}"))
            .remedy(format!("netlab explain {error}")),
    }
}

/// Somebody on the way has said what is wrong.
fn troubled(evidence: &Evidence, trouble: Trouble, from: IpAddr) -> Finding {
    let name = &evidence.name;
    let found = |text: String| Finding::new("partner", Level::Fail, text, WHY);
    match trouble {
        Trouble::HostUnreachable if evidence.is_direct() => nobody(evidence),
        Trouble::HostUnreachable => {
            found(format!("partner {name}: the router {from} finds nobody at that address"))
                .remedy("compare the address with the one that netlab doctor shows over there")
        }
        Trouble::NetworkUnreachable => {
            found(format!("partner {name}: {from} knows no way to that network"))
                .remedy("compare the address with the one that netlab doctor shows over there")
        }
        Trouble::Prohibited(_) => found(format!("partner {name}: {from} forbids it"))
            .remedy("the network has a rule against it: use one phone hotspot for both laptops"),
        _ => silent(evidence),
    }
}

/// What to do about an address that may be a wrong one.
const COMPARE: &str = "compare the address with the one that netlab doctor shows over there; if it is \
                       right, use one phone hotspot for both laptops";

/// This machine has asked the network for the address's owner, and there is none.
fn nobody(evidence: &Evidence) -> Finding {
    let name = &evidence.name;
    let text = match &evidence.link {
        Some(link) => format!("partner {name}: nobody on {link} has that address"),
        None => format!("partner {name}: nobody has that address"),
    };
    Finding::new("partner", Level::Fail, text, WHY)
        .detail(
            "this machine asked that network whose it is (ARP; neighbor discovery in IPv6), and \
             nobody said a word: a misprint, a laptop asleep or in another network, or a Wi-Fi that \
             keeps its clients apart",
        )
        .remedy(COMPARE)
}

/// Nobody has said anything.
fn silent(evidence: &Evidence) -> Finding {
    let name = &evidence.name;
    let found = |text: String| Finding::new("partner", Level::Fail, text, WHY);
    match evidence.router {
        Router::Answers(_) => found(format!("partner {name}: no answer, but the router answers"))
            .detail(
                "usual reasons in a classroom: the Wi-Fi keeps its clients apart, a firewall question \
                 was answered \"Cancel\", or the address is another machine's",
            )
            .remedy(COMPARE),
        Router::Silent(_) => {
            found(format!("partner {name}: no answer, and none from the router either"))
                .detail("so it may be this machine's own network; but some routers answer nobody")
                .remedy(
                    "connect this machine to the network again, then repeat; else one phone hotspot",
                )
        }
        _ => found(format!("partner {name}: no answer at all"))
            .detail(
                "usual reasons: a firewall over there, a Wi-Fi that keeps its clients apart, a wrong \
                 address, a laptop asleep",
            )
            .remedy(COMPARE),
    }
}

fn echo(answer: EchoAnswer) -> String {
    match answer {
        EchoAnswer::Reply(took) => format!("ICMP echo: reply in {}", time(took)),
        EchoAnswer::Trouble(trouble, from) => format!("ICMP echo: {} says {}", from, word(trouble)),
        EchoAnswer::Unsent(error) => format!("ICMP echo: not sent ({})", error.name()),
        EchoAnswer::Silence => "ICMP echo: no reply".to_owned(),
        EchoAnswer::Impossible => "ICMP echo: not permitted here, so TCP alone decides".to_owned(),
    }
}

const fn word(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::NetworkUnreachable => "network unreachable",
        Trouble::HostUnreachable => "host unreachable",
        Trouble::Prohibited(_) => "prohibited",
        Trouble::TimeExceeded => "hop limit reached 0",
        _ => "an error",
    }
}

fn router(evidence: &Evidence) -> Option<String> {
    match evidence.router {
        Router::Answers(ip) => Some(format!("the router {ip} answers an echo")),
        Router::Silent(ip) => Some(format!("the router {ip} does not answer an echo")),
        Router::NotAsked | Router::Unaskable | Router::IsPartner => None,
    }
}

fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 1.0 { format!("{:.2} ms", seconds * 1e3) } else { format!("{seconds:.1} s") }
}

const fn is_link_local(address: SocketAddr) -> bool {
    matches!(address, SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() && v6.scope_id() == 0)
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
