//! A run as a person reads it.

use std::collections::HashSet;
use std::net::IpAddr;
use std::time::Duration;

use super::explain::Explainer;
use super::icmp::{Drawing, IcmpPage};
use super::output::Output;
use super::packet::PacketPage;
use super::style::{Ink, Markup, Style};
use super::{datagram, explain, note, setup, table, talk};
use crate::event::{
    Call, CaptureEvent, DatagramEvent, Direction, Endpoint, Event, Host, IcmpEvent, Kind, Pace,
    Reach, Role, Sink,
};

/// Which program the page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A chat server.
    Server,
    /// A chat client.
    Client,
    /// A datagram echo server.
    EchoServer,
    /// A client of one.
    EchoClient,
    /// A ping.
    Ping,
    /// A raw socket that hears everything.
    Listener,
}

/// After so many endpoint tables in a row, arrivals get a line each: a room that fills with a
/// hundred clients is not drawn a hundred times.
const TABLES: usize = 3;

/// Draws a run as text or Markdown.
#[derive(Debug)]
pub struct Text {
    out: Output,
    style: Style,
    subject: Subject,
    /// Whether somebody types at a terminal: then their own lines are on the screen already.
    typed: bool,
    /// Whether a line may be overwritten by the next.
    live: bool,
    /// Datagrams of a burst; none when lines are sent.
    burst: Option<u32>,
    partner: Option<IpAddr>,
    source_ports: Option<(u16, u16)>,
    tables: usize,
    /// The next table is about somebody who has just come.
    arriving: bool,
    /// What is said once.
    said: HashSet<&'static str>,
    explainer: Explainer,
    icmp: IcmpPage,
    packets: PacketPage,
    /// What the capture has seen, which comes after the end of the talk.
    last: Vec<String>,
    /// That packets are refused, until it is sure that everything else is not.
    refusal: Vec<String>,
}

impl Text {
    /// A page about `subject`. With `typed`, hints on what can be typed are shown.
    #[must_use]
    pub fn new(out: Output, style: Style, subject: Subject, typed: bool) -> Self {
        Self {
            out,
            style,
            subject,
            typed,
            live: false,
            burst: None,
            partner: None,
            source_ports: None,
            tables: 0,
            arriving: false,
            said: HashSet::new(),
            explainer: Explainer::default(),
            icmp: IcmpPage::default(),
            packets: PacketPage::default(),
            last: Vec::new(),
            refusal: Vec::new(),
        }
    }

    /// How far a long burst is, is shown in a line that is overwritten: for terminals only.
    #[must_use]
    pub fn live(self, live: bool) -> Self {
        Self { live, ..self }
    }

    /// Lines about probes begin with the time of day: seconds since 1970 in UTC.
    #[must_use]
    pub fn timestamps(mut self, timestamps: bool) -> Self {
        self.icmp.timestamps = timestamps;
        self
    }

    /// How packets are drawn.
    #[must_use]
    pub fn packets(self, packets: PacketPage) -> Self {
        let many = self.subject != Subject::Client;
        Self { packets: packets.of_many(many), ..self }
    }

    fn begin(&mut self, host: &Host) {
        let (title, section) = match self.subject {
            Subject::Server => ("netlab: TCP chat server, a stream socket", "Server information"),
            Subject::Client => ("netlab: TCP chat client, a stream socket", "Client information"),
            Subject::EchoServer => {
                ("netlab: UDP echo server, a datagram socket", "Server information")
            }
            Subject::EchoClient => {
                ("netlab: UDP echo client, a datagram socket", "Client information")
            }
            Subject::Ping => ("netlab: ICMP ping, a socket without a port", "Host information"),
            Subject::Listener => {
                ("netlab: every ICMP message that arrives, a raw socket", "Host information")
            }
        };
        self.out.line(&setup::banner(&self.style, title));
        self.out.line(&setup::heading(&self.style, section));
        for line in setup::host(&self.style, host) {
            self.out.line(&line);
        }
        let opening = self.packets.opening(&self.style);
        self.lines(opening);
        let partner = host.addresses.iter().find(|address| address.reach == Reach::Partner);
        self.partner = partner.map(|address| address.ip);
        self.source_ports = host.source_ports;
    }

    fn configure(&mut self, section: &str, lines: Vec<String>) {
        // A second address that is tried needs no second title.
        if self.said.insert("section") {
            self.out.line(&setup::heading(&self.style, section));
        }
        for line in lines {
            self.out.line(&line);
        }
    }

    fn hint(&mut self, hint: &str) {
        if self.typed {
            let hint = self.style.paragraph("  ", 2, hint);
            self.out.line(&self.style.paint(Ink::Dim, &hint));
        }
    }

    fn lines(&mut self, lines: Vec<String>) {
        for line in lines {
            self.out.line(&line);
        }
    }

    /// Draws an event of datagram sockets.
    fn datagram(&mut self, event: &DatagramEvent) {
        let (style, closed) = (self.style, self.packets.closed_ports());
        let line = match event {
            DatagramEvent::Bound(config) => {
                let lines = datagram::setup::server(&style, config, self.partner);
                self.configure("Server configuration", lines);
                self.hint("/who shows the endpoints, /stats the figures; exit ends.");
                String::new()
            }
            DatagramEvent::Sending(config) => {
                self.burst = config.burst.map(|burst| burst.count);
                let lines = datagram::setup::client(&style, config);
                self.configure("Client configuration", lines);
                if config.burst.is_none() {
                    self.hint(
                        "Each line you type is one datagram: a message of its own, that arrives \
                         whole or not at all. /help lists the commands.",
                    );
                }
                String::new()
            }
            DatagramEvent::Peer(_, peer) => {
                self.arriving = true;
                datagram::talk::peer(&style, *peer)
            }
            // What was typed stands on the screen; what came from a pipe stands in the pipe.
            DatagramEvent::Passed(datagram) if datagram.direction == Direction::Sent => return,
            DatagramEvent::Passed(datagram) if self.subject == Subject::EchoServer => {
                datagram::talk::at_server(&style, datagram)
            }
            DatagramEvent::Passed(datagram) => datagram::talk::at_client(&style, datagram),
            DatagramEvent::Progress(report) => {
                if self.live {
                    let line = datagram::report::progress(report, self.burst);
                    self.transient(&line);
                }
                return;
            }
            DatagramEvent::Report(report) => {
                let lines = match self.burst {
                    Some(_) => datagram::report::burst(&style, report, closed),
                    None => datagram::report::talk(&style, report, closed),
                };
                self.lines(lines);
                return;
            }
            DatagramEvent::EchoReport(report) => {
                self.lines(datagram::report::server(&style, report));
                return;
            }
            DatagramEvent::Remark(remark) => datagram::remark::remark(&style, remark, closed > 0),
        };
        self.out.line(&line);
    }

    /// Draws an event of the capture.
    fn capture(&mut self, at: Duration, event: &CaptureEvent) {
        let lines = self.packets.draw(&self.style, at, event);
        match (event, self.subject) {
            // A talk has a last word, and this is none.
            (CaptureEvent::Ended(_), Subject::Server | Subject::Client) => self.last = lines,
            // If ICMP is refused too, it is for the same reason, and that is told then.
            (CaptureEvent::Refused(_), Subject::Ping | Subject::Listener) => self.refusal = lines,
            _ => self.lines(lines),
        }
    }

    /// A call, or the beginning of one.
    fn call(&mut self, at: Duration, call: &Call) -> String {
        let time = self.packets.pending().time_of(call, at);
        if self.packets.pending().takes(call, at) {
            return Explainer::made(&self.style, time, call);
        }
        self.explainer.call(&self.style, time, call)
    }

    /// Draws an event of ICMP.
    fn icmp(&mut self, event: &IcmpEvent) {
        let refusal = std::mem::take(&mut self.refusal);
        self.lines(refusal);
        if let IcmpEvent::Pinging(setup) = event
            && setup.pace == Pace::Flood
        {
            self.packets.fold();
        }
        match self.icmp.draw(&self.style, event) {
            Drawing::Section(title, lines) => self.configure(title, lines),
            Drawing::Lines(lines) => self.lines(lines),
            Drawing::Live(line) if self.live => self.transient(&line),
            Drawing::Live(_) => {}
        }
    }

    /// A line that the next one takes the place of must not be wider than the page.
    fn transient(&mut self, line: &str) {
        self.out.transient(&line.chars().take(self.style.width - 1).collect::<String>());
    }

    fn endpoints(&mut self, endpoints: &[Endpoint]) {
        if self.subject == Subject::Listener {
            self.packets.hears_with(endpoints);
        }
        let alone = matches!(endpoints, [Endpoint { role: Role::Bound, .. }]);
        if alone && self.said.insert("bound") {
            // Everything that is in it has just been said. With the first peer there is more.
            return;
        }
        if std::mem::take(&mut self.arriving) {
            self.tables += 1;
            let enough = if self.subject == Subject::EchoServer { 1 } else { TABLES };
            if self.tables > enough
                && let Some(e) = endpoints.last()
            {
                let text = format!(
                    "[socket {}: {} → {}; /who shows all endpoints]",
                    e.socket, e.source, e.destination
                );
                return self.out.line(&self.style.paint(Ink::Dim, &self.style.plain(&text)));
            }
        }
        if self.style.markup == Markup::Markdown {
            // A table needs air around it.
            self.out.line("");
        }
        self.out.line(&table::endpoints(&self.style, endpoints));
        if let Some(remark) = table::kernel_range(endpoints, self.source_ports)
            && self.said.insert("kernel range")
        {
            let remark = self.style.paragraph("", 0, &remark);
            self.out.line(&self.style.paint(Ink::Dim, &remark));
        }
        if self.typed
            && self.subject == Subject::Client
            && endpoints.first().is_some_and(|e| e.role == Role::Connected)
        {
            let hint = "Type a line to say it. /help lists the commands; leave with exit.";
            self.out.line(&self.style.paint(Ink::Dim, hint));
        }
        if self.style.markup == Markup::Markdown {
            self.out.line("");
        }
        let opening = self.icmp.open();
        self.lines(opening);
    }
}

impl Sink for Text {
    fn event(&mut self, event: &Event) {
        let (style, at) = (self.style, event.at);
        for (at, call) in self.packets.pending().due(event) {
            let line = self.explainer.returned(&style, at, &call);
            self.out.line(&line);
        }
        let line = match &event.kind {
            Kind::Host(host) => return self.begin(host),
            Kind::Datagram(event) => return self.datagram(event),
            Kind::Icmp(event) => return self.icmp(event),
            Kind::Listening(config) => {
                let lines = setup::server(&style, config, self.partner);
                self.configure("Server configuration", lines);
                self.hint(
                    "A line you type goes to everybody. /who shows the endpoints, /help more; exit \
                     ends.",
                );
                return self.out.line("\nWaiting for a client...\n");
            }
            Kind::Connecting(config) => {
                let lines = setup::client(&style, config);
                self.configure("Client configuration", lines);
                String::new()
            }
            Kind::Endpoints(endpoints) => return self.endpoints(endpoints),
            Kind::ConnectEx(answer) => setup::connect_ex(&style, answer),
            Kind::Call(call) => self.call(at, call),
            Kind::Segmentation(cut) => match explain::segmentation(&style, cut) {
                Some(line) => line,
                None => return,
            },
            Kind::Frame(frame) => explain::frame(&style, frame),
            Kind::Recognised(recognised) => explain::recognised(&style, recognised),
            Kind::Joined(member) => {
                self.arriving = true;
                talk::joined(&style, member)
            }
            Kind::Left(member, how) => talk::left(&style, member, how),
            Kind::HalfClosed(member) => talk::half_closed(&style, member),
            Kind::Stalled(member) => talk::stalled(&style, member),
            // What was typed stands on the screen; what came from a pipe stands in the pipe.
            Kind::Message(message) if message.direction == Direction::Sent => return,
            Kind::Message(message) => talk::message(&style, message),
            Kind::Turn { mine } => talk::turn(&style, *mine),
            Kind::Note(remark) => note::note(&style, remark),
            Kind::Capture(event) => return self.capture(at, event),
            Kind::Demo(_) | Kind::Trace(_) => return,
            Kind::End(how) => {
                self.out.leave_editor();
                match self.subject {
                    Subject::Server => talk::server_end(&style, how),
                    Subject::Client => talk::client_end(&style, how),
                    // The figures are the last word.
                    Subject::EchoServer
                    | Subject::EchoClient
                    | Subject::Ping
                    | Subject::Listener => return,
                }
            }
        };
        self.out.line(&line);
    }

    fn flush(&mut self) {
        let last = std::mem::take(&mut self.last);
        self.lines(last);
        self.out.flush();
    }
}
