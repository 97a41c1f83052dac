//! Answers, as they come: to the screen, to programs, to a record.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::cli::{Format, Look};
use crate::commands::report::written;
use crate::commands::run;
use crate::endpoint;
use crate::error::{Failure, STANDARD_OUTPUT};
use crate::event::{PortRules, PortUse};
use crate::port::Classified;
use crate::port::asked::Asked;
use crate::port::registry::{Protocol, Span};
use crate::render::classify::{self, Here, Rows, Sides};
use crate::render::json::Json;
use crate::render::output::Output;
use crate::render::style::Style;

/// What was seen of the machine's sockets is good for so long.
const FRESH: Duration = Duration::from_secs(1);

/// So many ports are looked up one by one.
const FEW: u32 = 4;

/// Where answers go.
pub(super) struct Answer {
    out: Output,
    record: Option<Json>,
    format: Format,
    explain: bool,
    style: Style,
    rows: Rows,
    rules: PortRules,
    /// Every port that was asked about.
    asked: Sides,
    /// These are all that there will be.
    known: bool,
    /// Nobody reads any more.
    closed: Arc<AtomicBool>,
    /// The sockets of many ports, and when they were looked up.
    seen: Option<(Instant, Option<PortUse>)>,
}

impl Answer {
    /// Nothing is answered yet.
    ///
    /// # Errors
    ///
    /// [`Failure::File`] when the record cannot be written.
    pub(super) fn new(look: &Look, style: Style) -> Result<Self, Failure> {
        let record = match &look.record {
            Some(_) => run::record(look)?,
            None => None,
        };
        let closed = Arc::new(AtomicBool::new(false));
        let mut out = Output::stdout();
        let tell = Arc::clone(&closed);
        out.when_closed(Box::new(move || tell.store(true, Ordering::Relaxed)));
        Ok(Self {
            out,
            record,
            format: look.format,
            explain: look.explain,
            style,
            rows: Rows::new(style),
            rules: endpoint::port_rules(),
            asked: Sides::default(),
            known: false,
            closed,
            seen: None,
        })
    }

    /// Answers what stands on the command line: one port is a picture, more are a table.
    pub(super) fn arguments(&mut self, asked: &[Asked]) {
        self.known = true;
        let spans: Vec<(&Asked, Span)> = asked
            .iter()
            .flat_map(|asked| asked.spans().into_iter().map(move |s| (asked, s)))
            .collect();
        match (asked, &spans[..], self.wants_text()) {
            ([asked], [(_, span)], true) if span.first == span.last => {
                self.picture(asked, span.first);
                return self.record_only(asked);
            }
            ([asked], [], true) => {
                let lines = classify::portless(&self.style, &asked.portless());
                self.texts(&lines);
                return self.record_only(asked);
            }
            _ => {}
        }
        for (asked, span) in &spans {
            self.asked.add(*span, asked.protocol);
        }
        for asked in asked {
            self.one_of_many(asked);
        }
        self.machine();
    }

    /// What a page has told, for programs.
    fn record_only(&mut self, asked: &Asked) {
        if self.record.is_some() {
            self.objects(asked);
        }
    }

    /// Answers one question of many.
    pub(super) fn one_of_many(&mut self, asked: &Asked) {
        if self.wants_objects() {
            self.objects(asked);
        }
        if !self.wants_text() {
            return;
        }
        let spans = asked.spans();
        let mut lines = Vec::new();
        for span in &spans {
            self.asked.add(*span, asked.protocol);
            lines.extend(self.rows.ports(*span, asked.protocol));
        }
        lines.extend(self.rows.services(asked.portless().into_iter()));
        self.texts(&lines);
    }

    /// What this machine does with all that was asked about.
    pub(super) fn machine(&mut self) {
        if !self.wants_text() {
            return;
        }
        let note = self.rows.footnote();
        self.texts(note.as_slice());
        if self.asked.all.is_empty() {
            return;
        }
        let asked = std::mem::take(&mut self.asked);
        let mut spans = asked.all.spans();
        let only = match (spans.next(), spans.next()) {
            (Some(span), None) if span.first == span.last => Some(span.first),
            _ => None,
        };
        let usage = endpoint::port_use(only, |socket| asked.has(socket)).ok();
        let here = Here { rules: &self.rules, usage: usage.as_ref() };
        let lines = classify::machine(&self.style, &asked, &here);
        self.texts(&lines);
        self.out.line(&classify::source(&self.style));
    }

    fn picture(&mut self, asked: &Asked, port: u16) {
        let usage = Self::users(port);
        let here = Here { rules: &self.rules, usage: usage.as_ref() };
        let port = Classified::new(port, asked.protocol);
        let lines = classify::page(&self.style, &asked.text, &port, &asked.portless(), &here);
        self.texts(&lines);
    }

    /// An object for each port.
    fn objects(&mut self, asked: &Asked) {
        let spans = asked.spans();
        for port in spans.iter().flat_map(|span| span.ports()) {
            self.port(&asked.text, port, asked.protocol);
            if self.is_closed() {
                return;
            }
        }
        for entry in asked.portless() {
            self.object(&classify::nowhere(&asked.text, &entry));
        }
    }

    fn port(&mut self, asked: &str, port: u16, protocol: Option<Protocol>) {
        let few = self.known && self.asked.all.count() <= FEW;
        let own = if few { Self::users(port) } else { None };
        if !few {
            self.look_again();
        }
        let seen = self.seen.as_ref().and_then(|(_, usage)| usage.as_ref());
        let here = Here { rules: &self.rules, usage: if few { own.as_ref() } else { seen } };
        let object = classify::port(asked, &Classified::new(port, protocol), &here);
        self.object(&object);
    }

    /// Who has a port. Nobody has port 0.
    fn users(port: u16) -> Option<PortUse> {
        if port == 0 {
            return Some(PortUse::default());
        }
        endpoint::port_use(Some(port), |socket| socket.source.port == port).ok()
    }

    /// Looks the sockets of many ports up: those that were asked about, or of a stream of lines all.
    fn look_again(&mut self) {
        if self.seen.as_ref().is_some_and(|(at, _)| at.elapsed() < FRESH) {
            return;
        }
        let asked = &self.asked;
        let all = !self.known;
        let usage = endpoint::port_use(None, |socket| all || asked.has(socket)).ok();
        self.seen = Some((Instant::now(), usage));
    }

    /// Whether anybody wants objects.
    pub(super) fn wants_objects(&self) -> bool {
        self.format == Format::Json || self.record.is_some()
    }

    /// Whether people read along.
    pub(super) fn wants_text(&self) -> bool {
        self.format != Format::Json
    }

    /// Whether nobody reads any more.
    pub(super) fn is_closed(&self) -> bool {
        self.record.is_none() && self.closed.load(Ordering::Relaxed)
    }

    /// Lines for people.
    pub(super) fn texts(&mut self, lines: &[String]) {
        for line in lines {
            self.out.line(line);
        }
    }

    /// A line for programs.
    pub(super) fn object(&mut self, object: &serde_json::Value) {
        if self.format == Format::Json {
            self.out.line(&object.to_string());
        }
        if let Some(record) = &mut self.record {
            record.line(object);
        }
    }

    /// Writes what was taken.
    pub(super) fn flush(&mut self) {
        self.out.flush();
        if let Some(record) = &mut self.record {
            crate::event::Sink::flush(record);
        }
    }

    /// The end: with `--explain`, why.
    ///
    /// # Errors
    ///
    /// [`Failure::File`] when not everything could be written.
    pub(super) fn finish(mut self, look: &Look) -> Result<(), Failure> {
        if self.explain && self.wants_text() {
            self.texts(&classify::why(&self.style));
        }
        let kept = match (self.record, &look.record) {
            (Some(record), Some(path)) => written(&path.display().to_string(), record.finish()),
            _ => Ok(()),
        };
        // Who looks at the screen gets the answer, also when it cannot be kept.
        kept.and(written(STANDARD_OUTPUT, self.out.finish()))
    }
}
