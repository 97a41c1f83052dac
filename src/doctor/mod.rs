//! # Ready for the lab?
//!
//! A lab with sockets mostly fails before the first socket: the partner was given the address of a
//! virtual adapter, the port has an owner, the Wi-Fi keeps its clients apart. This room looks at all
//! of that in a few seconds, and says of each thing whether it is ok, and if not, what to do.
//!
//! ```text
//!   at once                              then, with a partner, side by side: 3.5 s at most,
//!                                        and as long again for a name that nobody knows
//!   ──────────────────────────────────   ────────────────────────────────────────────────────
//!   machine, console, addresses,         its name ─┬▶ TCP connect to the lab port ─┐
//!   localhost, the lab's ports (bind),             ├▶ ICMP echo ───────────────────┼▶ one answer
//!   firewall, raw sockets, capture                 └▶ silence? echo to the router ─┘
//! ```
//!
//! What is found out by trying is tried for real, with the calls that the lab will make: a port is
//! free when `bind` takes it. Nobody on the network is asked but the partner, and the router
//! on the way when the partner is silent; the only name that is looked up is the partner's.
//!
//! | module | job |
//! | --- | --- |
//! | `calls` | the calls of each check, kept beside it |
//! | `machine` | who this is, and how its console writes |
//! | `addresses` | the one address for a partner, and why not the others; `localhost` |
//! | `ports` | are the lab's ports free, and if not, whose are they? |
//! | `firewall` | signs of one |
//! | `privilege` | raw sockets, packet capture |
//! | `peer` | is the partner there, and what does its answer mean? |

mod addresses;
mod calls;
mod firewall;
mod machine;
mod peer;
mod ports;
mod privilege;

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

pub use calls::TracedCall;
pub use machine::Console;

use crate::endpoint;
use crate::error::Failure;
use crate::event::Host;
use crate::input::{self, Input, InputSender};
use crate::socket;

/// How good a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// As it should be.
    Ok,
    /// The lab works, with care.
    Warn,
    /// The lab will not work before this is mended.
    Fail,
}

impl Level {
    /// One word, as it is shown: only what has to be mended is loud.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "FAIL",
        }
    }
}

/// What one check has found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which check, in a word or two for programs.
    pub name: &'static str,
    /// How good it is.
    pub level: Level,
    /// What was found, in one sentence.
    pub text: String,
    /// What else one has to know of it.
    pub details: Vec<String>,
    /// What else there is to know of it, for those who want everything explained.
    pub notes: Vec<String>,
    /// What mends it, where it is not as it should be.
    pub remedy: Option<String>,
    /// What to do next, where it is.
    pub next: Option<String>,
    /// What the matter is in a few words, for the summary.
    pub matter: String,
    /// The port that it is about.
    pub port: Option<u16>,
    /// Why a lab needs it: the lesson behind the check.
    pub why: &'static str,
    /// The socket calls that it took.
    pub calls: Vec<TracedCall>,
}

impl Finding {
    fn new(name: &'static str, level: Level, text: impl Into<String>, why: &'static str) -> Self {
        Self {
            name,
            level,
            text: text.into(),
            details: Vec::new(),
            notes: Vec::new(),
            remedy: None,
            next: None,
            matter: name.replace('_', " "),
            port: None,
            why,
            calls: Vec::new(),
        }
    }

    fn detail(mut self, text: impl Into<String>) -> Self {
        self.details.push(text.into());
        self
    }

    fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    fn next(mut self, text: impl Into<String>) -> Self {
        self.next = Some(text.into());
        self
    }

    fn remedy(mut self, text: impl Into<String>) -> Self {
        self.remedy = Some(text.into());
        self
    }

    fn matter(mut self, text: impl Into<String>) -> Self {
        self.matter = text.into();
        self
    }
}

/// The partner to look for.
pub struct Partner {
    /// As the user named it.
    pub name: String,
    /// The port to knock at.
    pub port: u16,
    /// Looks the name up. It may take its time: it is called in a thread of its own.
    pub resolve: Box<dyn FnOnce() -> Result<Vec<SocketAddr>, Failure> + Send>,
}

impl std::fmt::Debug for Partner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Partner({} {})", self.name, self.port)
    }
}

/// What to look at.
#[derive(Debug)]
pub struct Config {
    /// How netlab writes, and where.
    pub console: Console,
    /// The ports that shall be free.
    pub ports: Vec<u16>,
    /// Whether the user named them: then one that is taken is no small matter.
    pub ports_named: bool,
    /// Whom to look for.
    pub partner: Option<Partner>,
    /// A random number: which run its probes belong to.
    pub run: u32,
    /// A random number: the identifier of its probes.
    pub identifier: u16,
}

/// What was found.
#[derive(Debug)]
pub struct Examination {
    /// One for each check, in the order in which they are shown.
    pub findings: Vec<Finding>,
    /// Ctrl-C came before the last answer.
    pub interrupted: bool,
}

impl Examination {
    /// How many findings are of that level.
    #[must_use]
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }

    /// Whether the lab can begin.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.count(Level::Fail) == 0 && !self.interrupted
    }

    /// The verdict in one line.
    #[must_use]
    pub fn summary(&self) -> String {
        let matters = |level| {
            let found = self.findings.iter().filter(|finding| finding.level == level);
            found.map(|finding| finding.matter.as_str()).collect::<Vec<_>>().join(", ")
        };
        if self.interrupted {
            return "interrupted: not everything was looked at".to_owned();
        }
        let (failures, warnings) = (matters(Level::Fail), matters(Level::Warn));
        let counted = match self.count(Level::Warn) {
            1 => "one warning".to_owned(),
            count => format!("{count} warnings"),
        };
        match (failures.as_str(), warnings.as_str()) {
            ("", "") => "ready: everything is as it should be".to_owned(),
            ("", _) => format!("ready, with {counted}: {warnings}"),
            (_, "") => format!("not ready yet: {failures}"),
            _ => format!("not ready yet: {failures}; and {counted}: {warnings}"),
        }
    }
}

/// Something that a thread of this room reports.
#[derive(Debug)]
enum News {
    /// Ctrl-C.
    Interrupt,
    /// Of the partner.
    Peer(peer::News),
}

/// A doctor who has looked at this machine, and is ready to look for the partner.
#[derive(Debug)]
pub struct Doctor {
    findings: Vec<Finding>,
    partner: Option<Partner>,
    host: Host,
    began: Instant,
    news: (Sender<News>, Receiver<News>),
    echo: Option<peer::Echo>,
    _inputs: Receiver<Input>,
}

impl Doctor {
    /// Looks at this machine, which takes no time, and prepares to look for the partner.
    ///
    /// Privilege is used here: to try raw sockets, and to see whose program has a port. Then it is
    /// given back. So it has to be called before the program starts another thread: on Linux each
    /// thread has privileges of its own.
    #[must_use]
    pub fn open(config: Config) -> (Self, InputSender) {
        let began = Instant::now();
        let news = channel();
        let host = endpoint::host(None);
        let (findings, icmp) = this_machine(&config, &host, began);
        let seeds = (config.run, config.identifier);
        let asks = icmp && config.partner.is_some();
        let echo = asks.then(|| peer::Echo::start(began, seeds, &news.0));
        let _ = socket::give_back();
        let tell = news.0.clone();
        let interrupt = move || {
            // Nobody listens any more: then it is over anyway.
            let _ = tell.send(News::Interrupt);
        };
        let (sender, inputs) = input::queue(|| {}, interrupt);
        let partner = config.partner;
        (Self { findings, partner, host, began, news, echo, _inputs: inputs }, sender)
    }

    /// Looks for the partner, if there is one to look for.
    #[must_use]
    pub fn run(self) -> Examination {
        let Self { mut findings, partner, host, began, news, echo, _inputs } = self;
        let mut interrupted = false;
        if let Some(partner) = partner {
            match peer::Asking::begin(partner, began, echo, &news.0).finish(&host, &news.1) {
                Some(found) => findings.extend(found),
                None => interrupted = true,
            }
        }
        calls::label(&mut findings);
        Examination { findings, interrupted }
    }
}

/// Everything that can be told without a partner; and whether echoes may be sent.
fn this_machine(config: &Config, host: &Host, began: Instant) -> (Vec<Finding>, bool) {
    let mut findings =
        vec![machine::machine(host), machine::console(&config.console), addresses::addresses(host)];
    findings.extend(addresses::host_name(host));
    findings.push(addresses::localhost(began));
    for port in &config.ports {
        findings.push(ports::port(began, *port, config.ports_named, host.source_ports));
    }
    findings.extend(firewall::firewall(config.ports.first().copied()));
    let (raw, icmp) = privilege::raw_sockets(began);
    findings.push(raw);
    findings.extend(privilege::capture(began));
    findings.extend(machine::descriptors());
    (findings, icmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(levels: &[Level]) -> Examination {
        let finding = |level: &Level| {
            Finding::new("a", *level, "b", "c").matter(format!("{} thing", level.name()))
        };
        Examination { findings: levels.iter().map(finding).collect(), interrupted: false }
    }

    #[test]
    fn only_what_fails_keeps_from_the_lab() {
        use Level::{Fail, Ok, Warn};
        assert_eq!(found(&[Ok]).summary(), "ready: everything is as it should be");
        assert_eq!(found(&[Ok, Warn]).summary(), "ready, with one warning: warn thing");
        assert_eq!(found(&[Fail, Ok]).summary(), "not ready yet: FAIL thing");
        let all = found(&[Fail, Warn, Ok, Warn]);
        assert_eq!(
            all.summary(),
            "not ready yet: FAIL thing; and 2 warnings: warn thing, warn thing"
        );
        assert!(!all.is_ready() && found(&[Warn]).is_ready());
        let stopped = Examination { interrupted: true, ..found(&[Ok]) };
        assert!(!stopped.is_ready() && stopped.summary().starts_with("interrupted"));
    }
}
