//! A demo: both ends of a conversation, step by step, on one page.

use std::collections::HashSet;
use std::time::Duration;

use super::explain::Explainer;
use super::output::Output;
use super::style::{Ink, Style};
use super::{ports, setup, table};
use crate::event::{Direction, Endpoint, Event, Kind, Operation, Outcome};

/// One end of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The server.
    Server,
    /// The client.
    Client,
}

impl End {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }
}

/// Columns before the words below a call.
const MARGIN: usize = 14;

/// Draws a demo.
#[derive(Debug)]
pub struct Tour {
    out: Output,
    style: Style,
    /// Show calls that the story does not need, too: waiting, and trying in vain.
    all: bool,
    /// What happened in this step and is not drawn yet.
    step: Vec<(End, Event)>,
    steps: usize,
    /// What each call is for has been said once.
    told: HashSet<String>,
    /// One for each end: both call their first socket A.
    explainers: [Explainer; 2],
}

impl Tour {
    /// A page with a title and what it is about.
    #[must_use]
    pub fn new(mut out: Output, style: Style, all: bool, title: &str, about: &str) -> Self {
        out.line(&setup::banner(&style, title));
        out.line(&style.paragraph("", 0, about));
        Self {
            out,
            style,
            all,
            step: Vec::new(),
            steps: 0,
            told: HashSet::new(),
            explainers: [Explainer::default(), Explainer::default()],
        }
    }

    /// Something happened at one end.
    pub fn event(&mut self, end: End, event: &Event) {
        if matches!(event.kind, Kind::Call(_) | Kind::Message(_) | Kind::Recognised(_)) {
            self.step.push((end, event.clone()));
        }
    }

    /// Draws what has happened since the last step, under a title.
    pub fn step(&mut self, title: &str) {
        self.steps += 1;
        let title = format!("\n{}  {title}", self.steps);
        self.out.line(&self.style.paint(Ink::Heading, &title));
        let mut step = std::mem::take(&mut self.step);
        step.sort_by_key(|(_, event)| order(event));
        for (end, event) in step {
            self.draw(end, &event);
        }
        self.out.flush();
    }

    fn draw(&mut self, end: End, event: &Event) {
        let name = end.name();
        match &event.kind {
            Kind::Call(call) => {
                let in_vain = matches!(&call.outcome, Outcome::Failed(e) if e.name() == "EAGAIN");
                let waiting = matches!(call.operation, Operation::Poll(_));
                if (in_vain || waiting) && !self.all {
                    return;
                }
                let (words, why) = self.explainers[end as usize].words(&self.style, call);
                self.out.line(&format!("   {name} {:<2} {words}", call.socket.to_string()));
                let subject = match call.operation {
                    Operation::SetOption(name, _) => name,
                    // What is said of these depends on how they ended.
                    Operation::Recv(_) if call.outcome == Outcome::Value(0) => "end",
                    Operation::Close => call.state.name(),
                    _ => call.operation.name(),
                };
                if self.told.insert(subject.to_owned()) {
                    self.remark(&why);
                }
            }
            Kind::Recognised(recognised) => {
                let text = format!("to the {name} the other is a netlab: {}", recognised.because);
                self.remark(&text);
            }
            Kind::Message(message) if message.direction == Direction::Received => {
                let said = format!("{}: {}", message.from, message.text);
                self.out
                    .line(&format!("   {name}    shows  {}", self.style.paint(Ink::Good, &said)));
            }
            Kind::Message(message) => {
                self.out.line(&format!(
                    "   {name}    types  {}",
                    self.style.paint(Ink::Name, message.text.as_str())
                ));
            }
            _ => {}
        }
    }

    fn remark(&mut self, text: &str) {
        let indent = " ".repeat(MARGIN);
        let text = self.style.paragraph(&indent, MARGIN, text);
        self.out.line(&self.style.paint(Ink::Dim, &text));
    }

    /// The endpoint table of both ends, and the classified ports.
    pub fn endpoints(&mut self, endpoints: &[Endpoint], marked: &[(u16, String)], kernel: &str) {
        let style = self.style;
        self.out.line(&setup::heading(&style, "The endpoints of this connection"));
        self.out.line(&table::endpoints(&style, endpoints));
        self.out.line(&setup::heading(&style, "Their ports, classified"));
        for line in ports::bar(&style, marked, None) {
            self.out.line(&line);
        }
        if !kernel.is_empty() {
            self.out.line(&style.paint(Ink::Dim, &style.paragraph("  ", 2, kernel)));
        }
        self.out.flush();
    }

    /// What there was to see, and what to do next.
    pub fn end(&mut self, saw: &[&str], next: &[&str]) {
        self.out.line(&setup::heading(&self.style, "What you saw"));
        for text in saw {
            self.out.line(&self.style.paragraph("  ", 2, text));
        }
        self.out.line(&setup::heading(&self.style, "Next"));
        for command in next {
            self.out.line(&format!("  {}", self.style.paint(Ink::Value, command)));
        }
        self.out.flush();
    }
}

/// A call that makes something happen at the other end counts from when it was made, for it may
/// return after what it made happen.
fn order(event: &Event) -> Duration {
    match &event.kind {
        Kind::Call(call) => match call.operation {
            Operation::Send(_) | Operation::Connect(_) | Operation::Shutdown(_) => {
                event.at.saturating_sub(call.took)
            }
            _ => event.at,
        },
        _ => event.at,
    }
}
