//! Echoes to the partner and to the router, each by a ping of its own.
//!
//! The pings are the ones of `raw-ping`. Each waits in a thread that keeps the privilege to open its
//! socket until it is told whom to ask, and then gives it back; the program has given it up by then.

use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::PATIENCE;
use crate::doctor::calls::Notebook;
use crate::error::Failure;
use crate::event::{Event, IcmpEvent, Journal, Kind, OsError, Outcome, Pace, Sink, Trouble};
use crate::raw::ping::{Config, Ping, Target, Telling};

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::doctor) enum Whose {
    /// The partner, at all its addresses.
    Partner,
    /// The router on the way.
    Router,
}

/// What came of an echo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::doctor) enum EchoAnswer {
    /// A reply, after so long.
    Reply(Duration),
    /// An ICMP error, and who sent it.
    Trouble(Trouble, IpAddr),
    /// It could not be sent.
    Unsent(OsError),
    /// Nothing.
    Silence,
    /// This program may have no socket for it.
    Impossible,
}

/// Two pings that wait for somebody to ask.
#[derive(Debug)]
pub(in crate::doctor) struct Echo {
    partner: Asker,
    router: Asker,
}

#[derive(Debug)]
struct Asker {
    whom: Sender<Vec<Target>>,
    notebook: Notebook,
}

impl Echo {
    /// Starts both threads. What they hear is told.
    pub fn start(
        began: Instant,
        (run, identifier): (u32, u16),
        tell: &Sender<super::super::News>,
    ) -> Self {
        let asker = |whose, identifier| {
            let (whom, told) = channel();
            let notebook = Notebook::default();
            let ear = Ear { whose, tell: tell.clone() };
            let journal = notebook.journal(began, vec![Box::new(ear)]);
            let tell = tell.clone();
            let ask = move || {
                if let Ok(targets) = told.recv() {
                    ask(targets, &journal, (run, identifier), &|ip, answer| {
                        let news = super::News::Echo(whose, ip, answer);
                        let _ = tell.send(super::super::News::Peer(news));
                    });
                }
            };
            // Without the thread nobody is asked, and silence is what comes.
            let _ = thread::Builder::new().name("echo".into()).spawn(ask);
            Asker { whom, notebook }
        };
        Self {
            partner: asker(Whose::Partner, identifier),
            router: asker(Whose::Router, identifier ^ 1),
        }
    }

    /// Asks somebody, at all these addresses.
    pub fn ask(&self, whose: Whose, addresses: &[SocketAddr]) {
        let asker = if whose == Whose::Partner { &self.partner } else { &self.router };
        let target = |address: &SocketAddr| {
            let mut address = *address;
            address.set_port(0);
            Target { name: address.ip().to_string(), address, many: false }
        };
        let _ = asker.whom.send(addresses.iter().map(target).collect());
    }

    /// What was called.
    pub fn notebooks(&self) -> impl Iterator<Item = &Notebook> {
        [&self.partner.notebook, &self.router.notebook].into_iter()
    }
}

/// Pings until somebody answers, or it is time.
fn ask(
    targets: Vec<Target>,
    journal: &Journal,
    (run, identifier): (u32, u16),
    tell: &dyn Fn(IpAddr, EchoAnswer),
) {
    let addresses: Vec<IpAddr> = targets.iter().map(|target| target.address.ip()).collect();
    match Ping::open(config(targets, run, identifier), journal) {
        Ok((ping, _keyboard)) => {
            // What it has to tell, it tells as it goes.
            let _ = ping.run();
        }
        // There is no way to any of them.
        Err(Failure::Call(error)) => {
            for ip in addresses {
                tell(ip, EchoAnswer::Unsent(error.os()));
            }
        }
        Err(_) => addresses.into_iter().for_each(|ip| tell(ip, EchoAnswer::Impossible)),
    }
}

/// A probe a second until one is answered, as `ping -c 1 -w 3.5`.
fn config(targets: Vec<Target>, run: u32, identifier: u16) -> Config {
    Config {
        targets,
        count: Some(1),
        pace: Pace::Interval,
        interval: Duration::from_secs(1),
        gap: Duration::ZERO,
        size: 56,
        pattern: None,
        ttl: None,
        timeout: PATIENCE,
        deadline: Some(PATIENCE),
        linger: Duration::ZERO,
        ends_by_itself: false,
        dont_fragment: None,
        path: None,
        source: None,
        interface: None,
        dissect: false,
        telling: Telling { quiet: false, each: true, live: false },
        run,
        identifier,
    }
}

/// Hears what a ping tells, and passes on what matters.
struct Ear {
    whose: Whose,
    tell: Sender<super::super::News>,
}

impl Sink for Ear {
    fn event(&mut self, event: &Event) {
        let Kind::Icmp(event) = &event.kind else { return };
        let (ip, answer) = match event {
            IcmpEvent::Reply(reply) => {
                (reply.probe.destination, EchoAnswer::Reply(reply.round_trip))
            }
            IcmpEvent::Error(error) => {
                (error.probe.destination, EchoAnswer::Trouble(error.trouble, error.from))
            }
            IcmpEvent::Unsent(unsent) => match unsent.call.outcome {
                Outcome::Failed(error) => (unsent.probe.destination, EchoAnswer::Unsent(error)),
                _ => return,
            },
            _ => return,
        };
        let news = super::News::Echo(self.whose, ip, answer);
        let _ = self.tell.send(super::super::News::Peer(news));
    }
}
