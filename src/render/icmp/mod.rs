//! ICMP as a person reads it, and as programs do.
//!
//! A page about ICMP remembers more than others: names of routers come when they come, and what an
//! error means is said once. So it has a state of its own, [`IcmpPage`].

pub(super) mod dissect;
mod dissect_json;
pub(super) mod explain;
pub(super) mod json;
mod listen;
mod path;
mod remark;
mod report;
mod setup;
mod talk;
#[cfg(test)]
mod tests;
mod trouble;

use std::collections::HashSet;
use std::mem::{Discriminant, discriminant};
use std::net::IpAddr;
use std::time::Duration;

use self::path::{Names, Ways};
use self::report::Circumstances;
use super::style::{Ink, Markup, Style};
use crate::event::{
    Clock, FLOOD_LINES, Heard, Hop, HopAnswer, IcmpEvent, IcmpRemark, Pace, PingHost, PingReport,
    PingSetup, Probe, ProbeError, Reply, ReplyFate, Trouble, Unsent,
};

/// What an event puts on the page.
#[derive(Debug)]
pub(super) enum Drawing {
    /// A section with its title.
    Section(&'static str, Vec<String>),
    /// Lines.
    Lines(Vec<String>),
    /// A line that the next one takes the place of, for terminals.
    Live(String),
}

/// Messages of a second that are shown.
const READABLE: u32 = 100;

/// A page about ICMP.
#[derive(Debug, Default)]
pub(super) struct IcmpPage {
    /// Whether each line begins with the time of day (`-D`).
    pub timestamps: bool,
    names: Names,
    ways: Ways,
    setup: Option<PingSetup>,
    /// What stands between the configuration and the first line: drawn after the endpoint table.
    opening: Option<Vec<String>>,
    /// Lines in a flood about what is not usual.
    flooded: u64,
    /// The second in which messages are heard, and how many of them were in it.
    heard: (u64, u32),
    /// Errors that were explained.
    troubles: HashSet<Discriminant<Trouble>>,
    /// Errors of `sendto` that were explained, by name.
    failures: HashSet<String>,
    /// Addresses of this machine among the hosts.
    own: HashSet<IpAddr>,
    /// Whose clock told when replies came.
    clock: Option<Clock>,
}

impl IcmpPage {
    /// Draws an event.
    pub(super) fn draw(&mut self, style: &Style, event: &IcmpEvent) -> Drawing {
        Drawing::Lines(match event {
            IcmpEvent::Pinging(setup) => {
                let lines = setup::ping(style, setup);
                // The titles of a path stand before its hops.
                self.opening = setup.path.is_none().then(|| talk::titles(style, setup));
                self.setup = Some(setup.clone());
                return Drawing::Section("Ping configuration", lines);
            }
            IcmpEvent::ListeningRaw(config) => {
                let waiting = style.paragraph("", 0, "Waiting for ICMP messages; Ctrl-C ends...");
                self.opening = Some(vec![format!("\n{waiting}\n")]);
                return Drawing::Section("Listener configuration", setup::listener(style, config));
            }
            IcmpEvent::Progress(report) => return Drawing::Live(report::progress(report)),
            // What leaves is seen by what comes back.
            IcmpEvent::Sent(_) => Vec::new(),
            IcmpEvent::Name(address, name) => {
                self.names.learn(*address, name);
                Vec::new()
            }
            IcmpEvent::Remark(remark) => self.remark(style, remark),
            IcmpEvent::Status(report) => vec![apart(style, report::status(style, report))],
            _ => {
                let mut lines = self.open();
                lines.extend(self.news(style, event));
                lines
            }
        })
    }

    /// What stands before the first line, once.
    pub(super) fn open(&mut self) -> Vec<String> {
        self.opening.take().unwrap_or_default()
    }

    /// What comes from the network, and what became of it.
    fn news(&mut self, style: &Style, event: &IcmpEvent) -> Vec<String> {
        match event {
            IcmpEvent::Reply(reply) => self.reply(style, reply),
            IcmpEvent::Lost(probe, at) => self.lost(style, probe, *at),
            IcmpEvent::Error(error) => self.error(style, error),
            IcmpEvent::Unsent(unsent) => self.unsent(style, unsent),
            IcmpEvent::Dissected(dissection) => dissect::dissection(style, dissection),
            IcmpEvent::Hop(hop) => self.hop(style, hop),
            IcmpEvent::Heard(heard) => self.heard(style, heard),
            IcmpEvent::Report(report) => self.report(style, report),
            IcmpEvent::ListenReport(report) => listen::report(style, report),
            _ => Vec::new(),
        }
    }

    fn quiet(&self) -> bool {
        self.setup.as_ref().is_some_and(|setup| setup.quiet)
    }

    /// Whether a line is not shown: none in a quiet run, and in a flood none about what is usual and
    /// only the first of the others.
    fn hides(&mut self, usual: bool) -> bool {
        let flood = self.setup.as_ref().is_some_and(|setup| setup.pace == Pace::Flood);
        if !flood {
            return self.quiet();
        }
        self.flooded += u64::from(!usual);
        usual || self.quiet() || self.flooded > FLOOD_LINES
    }

    fn several(&self) -> bool {
        self.setup.as_ref().is_some_and(|setup| setup.hosts.len() > 1)
    }

    fn timeout(&self) -> Duration {
        self.setup.as_ref().map_or(Duration::ZERO, |setup| setup.timeout)
    }

    /// The time of day, where it is wanted.
    fn stamp(&self, time: Duration) -> String {
        if self.timestamps { talk::stamp(time) } else { String::new() }
    }

    fn reply(&mut self, style: &Style, reply: &Reply) -> Vec<String> {
        self.clock = Some(reply.clock);
        if self.hides(reply.fate == ReplyFate::Fine) {
            return Vec::new();
        }
        vec![talk::reply(style, &self.stamp(reply.arrived), reply, self.timeout())]
    }

    fn lost(&mut self, style: &Style, probe: &Probe, at: Duration) -> Vec<String> {
        if self.hides(false) {
            return Vec::new();
        }
        vec![talk::lost(style, &self.stamp(at), probe, self.timeout())]
    }

    /// An error, and for the first of its kind what it means. A quiet run shows only those.
    fn error(&mut self, style: &Style, error: &ProbeError) -> Vec<String> {
        let explained = self.explain(style, error.from, error.trouble, error.probe.host);
        if self.hides(false) && explained.is_none() {
            return Vec::new();
        }
        let stamp = self.stamp(error.arrived);
        let who = self.names.of(error.from);
        let mut lines = vec![talk::error(style, &stamp, error, &who, self.several())];
        lines.extend(explained);
        lines
    }

    /// What an error means, who says such a thing and what to try, once for each kind.
    fn explain(
        &mut self,
        style: &Style,
        from: IpAddr,
        trouble: Trouble,
        host: usize,
    ) -> Option<String> {
        if !self.troubles.insert(discriminant(&trouble)) {
            return None;
        }
        let host = self.setup.as_ref().and_then(|setup| setup.hosts.get(host));
        let witness = trouble::Witness {
            who: self.names.of(from),
            own: host.is_some_and(|host| host.source == Some(from)),
            destination: host.map_or(from, |host| host.address),
            port: None,
            path: self.setup.as_ref().is_some_and(|setup| setup.path.is_some()),
        };
        let (meaning, advice) =
            (trouble::meaning(trouble, &witness), trouble::advice(trouble, &witness));
        Some(aside(style, format!("{meaning} {advice}").trim_end()))
    }

    fn unsent(&mut self, style: &Style, unsent: &Unsent) -> Vec<String> {
        let first = self.failures.insert(talk::error_name(unsent));
        if self.hides(false) && !first {
            return Vec::new();
        }
        let mut lines = vec![talk::unsent(style, &self.stamp(unsent.at), unsent, self.several())];
        lines
            .extend(talk::unsent_meaning(unsent).filter(|_| first).map(|text| aside(style, &text)));
        lines
    }

    fn hop(&mut self, style: &Style, hop: &Hop) -> Vec<String> {
        let mut lines = self.ways.hop(style, hop, &self.names, self.setup.as_ref());
        for answer in &hop.answers {
            // Routers that say "time exceeded" are what a path is made of: the configuration has it.
            if let HopAnswer::Error(from, _, trouble) = *answer
                && trouble != Trouble::TimeExceeded
            {
                lines.extend(self.explain(style, from, trouble, hop.host));
            }
        }
        lines
    }

    /// A message that `raw-listen` heard, unless there are more than anybody could read: records have
    /// them all, and so has the sum in the end.
    fn heard(&mut self, style: &Style, heard: &Heard) -> Vec<String> {
        let second = heard.arrived.as_secs();
        let before = if self.heard.0 == second { self.heard.1 } else { 0 };
        self.heard = (second, before.saturating_add(1));
        if before == READABLE {
            let text = "[more than a hundred in this second: the others are counted, not shown]";
            return vec![apart(style, style.paint(Ink::Dim, text))];
        } else if before > READABLE {
            return Vec::new();
        }
        let mut lines = listen::heard(style, &self.stamp(heard.arrived), heard, &self.names);
        if let Some((trouble, quote)) = heard.error
            && self.troubles.insert(discriminant(&trouble))
        {
            let witness = trouble::Witness {
                who: self.names.of(heard.from),
                own: heard.to == Some(heard.from),
                destination: quote.map_or(heard.from, |quote| quote.destination),
                port: quote.and_then(|quote| quote.ports).map(|(_, port)| port),
                path: false,
            };
            lines.push(aside(style, &trouble::meaning(trouble, &witness)));
        }
        lines
    }

    fn remark(&mut self, style: &Style, remark: &IcmpRemark) -> Vec<String> {
        if let IcmpRemark::OwnAddress(ip) = remark {
            self.own.insert(*ip);
        }
        remark::remark(style, remark).map(|line| apart(style, line)).into_iter().collect()
    }

    fn report(&self, style: &Style, report: &PingReport) -> Vec<String> {
        let own = |host: &PingHost| host.address.is_loopback() || self.own.contains(&host.address);
        let asked = self.setup.as_ref().filter(|setup| setup.deadline.is_some());
        let asked = asked.and_then(|setup| setup.count);
        let sent_all = |count| report.hosts.iter().all(|host| host.sent >= u64::from(count));
        let answered = report.hosts.iter().any(|host| host.received + host.late > 0);
        let told = self.setup.iter().flat_map(|setup| &setup.sockets).map(|socket| socket.clock);
        let how = Circumstances {
            clock: self.clock.or_else(|| told.into_iter().next().filter(|_| answered)),
            time_up: asked.is_some_and(|count| !sent_all(count)),
            own: self.setup.as_ref().is_some_and(|setup| setup.hosts.iter().all(own)),
        };
        match &self.setup {
            Some(setup) if setup.path.is_some() => {
                let mut lines = vec![String::new()];
                lines.extend(self.ways.verdict(style, setup));
                lines.extend(report::circumstances(style, report, how));
                lines
            }
            _ => report::report(style, report, how),
        }
    }
}

/// A line that belongs to no list: in Markdown an empty line keeps it from the item before.
fn apart(style: &Style, line: String) -> String {
    if style.markup == Markup::Markdown { format!("\n{line}\n") } else { line }
}

/// A remark below a line: what it means.
fn aside(style: &Style, text: &str) -> String {
    let first = if style.markup == Markup::Markdown { "  " } else { "    " };
    style.paint(Ink::Dim, &style.paragraph(first, first.len(), text))
}
