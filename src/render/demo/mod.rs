//! The page of a demo: a title, steps with what happened in each, facts, tables, and what there was
//! to see.
//!
//! ```text
//!   -- The handshake: who answers connect? --          Title
//!
//!   1  The server listens                              Step
//!      ● A listen(4) = 0 → LISTEN                      what happened in it: the time line
//!      → connect returned after 84 µs                  Fact
//!
//!   [What you saw]                                     Curtain
//! ```
//!
//! A step is drawn when the next one begins: only then everything in it can be put in order. The page
//! gives lines and prints nothing, so that whoever prints can take his time.
//!
//! | file | what |
//! | --- | --- |
//! | `strip` | the part of the time line that belongs to a step |
//! | `untold` | calls without an event of their own, as rows |
//! | `tidy` | Markdown with one empty line where there has to be one |
//! | `fold` | a step in which too much happens |
//! | `calls` | its calls in a list, with why each is made |
//! | `tables` | its tables: its own, endpoints with their ports, packets field by field |
//! | `list` | the list of all demos |

mod calls;
mod fold;
mod list;
mod strip;
mod tables;
mod tidy;
mod untold;

use std::collections::HashSet;
use std::time::Duration;

pub use fold::ELSEWHERE;
use fold::Room;
pub use list::list;
use strip::{Manner, Piece, Strip};
use tidy::Tidy;

use super::explain::Explainer;
use super::style::{Ink, Markup, Style};
use super::timeline::clean;
use super::{failure, setup};
use crate::error::{Exit, Explained};
use crate::event::{DemoEvent, Event, IcmpEvent, Kind, Outcome, errno};
use crate::timeline::Picture;

/// Draws a demo.
#[derive(Debug)]
pub struct Page {
    style: Style,
    /// The ports that this kernel hands out.
    source_ports: Option<(u16, u16)>,
    /// Every call in a list, each with why it is made.
    all: bool,
    /// Say what calls are for, each once.
    reasons: bool,
    /// Leave out calls in vain: a server that waits for many clients at once makes them on purpose.
    hides_vain: bool,
    steps: usize,
    strip: Strip,
    /// What happened in this step: for the list of calls.
    happened: Vec<(Option<String>, Event)>,
    /// Tables of this step that stand behind what happened in it.
    behind: Vec<String>,
    /// What each call is for has been said once.
    told: HashSet<String>,
    tidy: Tidy,
    /// One for each end: all call their first socket A.
    explainers: Vec<(String, Explainer)>,
}

impl Page {
    /// An empty page. `source_ports` are those that this kernel hands out, where that is known.
    #[must_use]
    pub fn new(style: Style, source_ports: Option<(u16, u16)>) -> Self {
        Self {
            style,
            source_ports,
            all: false,
            reasons: false,
            hides_vain: false,
            steps: 0,
            strip: Strip::new(
                style,
                Manner { all: false, brief: false, explain: false, room: Room::USUAL },
            ),
            happened: Vec::new(),
            behind: Vec::new(),
            told: HashSet::new(),
            tidy: Tidy::default(),
            explainers: Vec::new(),
        }
    }

    /// With what each call is for, once.
    #[must_use]
    pub const fn with_reasons(mut self, reasons: bool) -> Self {
        self.reasons = reasons;
        self
    }

    /// Without calls in vain (EAGAIN), unless every call is asked for: a server that waits for many
    /// clients at once makes them on purpose, and they are not the story.
    #[must_use]
    pub const fn without_vain(mut self, hide: bool) -> Self {
        self.hides_vain = hide;
        self
    }

    /// With every call in a list, and what each is for, once.
    #[must_use]
    pub fn with_all(mut self, all: bool) -> Self {
        self.all = all;
        let room = if all { Room::AMPLE } else { Room::USUAL };
        self.strip.set_manner(|manner| (manner.room, manner.explain) = (room, all));
        self
    }

    /// With `poll`: where a demo is about waiting, that is how a program waits.
    #[must_use]
    pub fn with_polls(mut self, polls: bool) -> Self {
        self.strip.set_manner(|manner| manner.all = polls);
        self
    }

    /// Without the calls that only prepare sockets; how many there were is said at the end.
    #[must_use]
    pub fn without_preparing(mut self, brief: bool) -> Self {
        self.strip.set_manner(|manner| manner.brief = brief);
        self
    }

    /// With little room for each step, where the steps are much alike.
    #[must_use]
    pub fn with_short_steps(mut self, short: bool) -> Self {
        if short {
            self.strip.set_manner(|manner| manner.room = Room::NARROW);
        }
        self
    }

    /// Something happened at an end, or the narrator says something (no end): the lines that can be
    /// drawn now.
    #[must_use]
    pub fn event(&mut self, end: Option<&str>, event: &Event) -> Vec<String> {
        let lines = self.drawn(end, event);
        self.tidied(lines)
    }

    fn tidied(&mut self, lines: Vec<String>) -> Vec<String> {
        match self.style.markup {
            Markup::Markdown => self.tidy.lines(&lines),
            Markup::Plain => lines,
        }
    }

    fn drawn(&mut self, end: Option<&str>, event: &Event) -> Vec<String> {
        let style = self.style;
        let mut lines = Vec::new();
        match (&event.kind, end) {
            (Kind::Demo(DemoEvent::Title { title, about, .. }), _) => {
                let about = style.paragraph("", 0, &clean(&style, about));
                lines.extend([setup::banner(&style, &clean(&style, title)), about]);
            }
            (Kind::Demo(DemoEvent::Step(title)), _) => {
                lines = self.rest();
                lines.push(self.step(title));
            }
            (Kind::Demo(DemoEvent::Curtain { saw, card, next }), _) => {
                lines = self.rest();
                lines.extend(self.curtain(saw, card, next));
                return lines;
            }
            (Kind::Demo(said @ DemoEvent::Hindrance { .. }), _) => {
                let drawn = self.hindrance(said);
                self.behind.push(drawn);
            }
            (Kind::Endpoints(rows), None) => {
                self.behind.extend(tables::endpoints(&style, rows, self.source_ports));
            }
            (Kind::Icmp(IcmpEvent::Dissected(packet)), _) => {
                self.behind.extend(tables::packet(&style, packet, self.all));
            }
            (Kind::Call(_) | Kind::Message(_) | Kind::Recognised(_), _) => {
                self.happened.push((end.map(str::to_owned), event.clone()));
            }
            _ => {}
        }
        if !(self.hides_vain && is_vain(event)) {
            self.strip.event(end, event);
        }
        lines
    }

    /// The whole demo so far as one picture, for other ways to draw it than this page. None before
    /// anything has happened.
    #[must_use]
    pub fn picture(&self) -> Option<Picture> {
        self.strip.picture()
    }

    /// Draws what has happened since the last step began.
    #[must_use]
    pub fn finish(&mut self) -> Vec<String> {
        let lines = self.rest();
        self.tidied(lines)
    }

    fn rest(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        for piece in self.strip.cut() {
            match piece {
                Piece::Drawn(drawn) if self.style.markup == Markup::Markdown => {
                    lines.push("```text".to_owned());
                    lines.extend(drawn);
                    lines.push("```\n".to_owned());
                }
                Piece::Drawn(drawn) => lines.extend(drawn),
                Piece::Fact(words) => lines.push(self.fact(&words)),
                Piece::Table(table) => {
                    lines.extend(tables::table(
                        &self.style,
                        &table.title,
                        &table.head,
                        &table.rows,
                    ));
                }
            }
        }
        let happened = std::mem::take(&mut self.happened);
        lines.extend(self.calls(happened));
        lines.append(&mut self.behind);
        lines
    }

    fn step(&mut self, title: &str) -> String {
        let style = &self.style;
        let title = &clean(style, title);
        self.steps += 1;
        match style.markup {
            Markup::Markdown => format!("\n## {}. {}\n", self.steps, title),
            Markup::Plain => {
                let first = format!("{}  ", self.steps);
                let title = style.paragraph(&first, first.len(), title);
                format!("\n{}", style.paint(Ink::Heading, &title))
            }
        }
    }

    /// What was measured, as a sentence.
    fn fact(&self, words: &str) -> String {
        let style = &self.style;
        let words = &clean(style, words);
        if style.markup == Markup::Markdown {
            return format!("- {words}");
        }
        let arrow = style.plain("→");
        let indent = 3 + arrow.chars().count();
        let text = style.paragraph(&format!("  {arrow} "), indent, words);
        style.paint(Ink::Good, &text)
    }

    fn hindrance(&self, said: &DemoEvent) -> String {
        let DemoEvent::Hindrance { about, what, knows, causes, command, error } = said else {
            return String::new();
        };
        let explained = Explained {
            what: what.clone(),
            knows: knows.clone(),
            causes: causes.clone(),
            command: command.clone(),
            errno: error.and_then(errno::find).copied(),
            number: error.and_then(|error| error.number),
            exit: Exit::NotPermitted,
        };
        let text = failure::remark(&self.style, about, &explained);
        match self.style.markup {
            Markup::Markdown => format!("\n```text\n{text}\n```\n"),
            Markup::Plain => format!("\n{text}"),
        }
    }

    fn curtain(&self, saw: &[String; 2], card: &str, next: &[String]) -> Vec<String> {
        let style = &self.style;
        let mut lines = Vec::new();
        if self.strip.left_out > 0 {
            let text = format!(
                "Not drawn: {} rows of calls that only prepare sockets (setsockopt, getsockname) and of \
                 how one netlab knew the other. --explain has them.",
                self.strip.left_out
            );
            lines.push(String::new());
            lines.push(style.paint(Ink::Dim, &style.paragraph("", 0, &text)));
        }
        lines.push(setup::heading(style, "What you saw"));
        let bullet = if style.markup == Markup::Markdown { "- " } else { "  " };
        lines.extend(saw.iter().map(|text| style.paragraph(bullet, 2, &clean(style, text))));
        let command = |text: &str| match style.markup {
            Markup::Markdown => format!("    {text}"),
            Markup::Plain => format!("  {}", style.paint(Ink::Value, text)),
        };
        lines.push(setup::heading(style, "Read next"));
        lines.push(command(&format!("netlab explain {card}")));
        if !next.is_empty() {
            lines.push(setup::heading(style, "Next"));
            let next: Vec<String> = next.iter().map(|text| clean(style, text)).collect();
            lines.extend(aligned(&next, style.width).iter().map(|text| command(text)));
        }
        lines
    }
}

/// Commands with what each shows, one below the other; a remark that finds no room stands in a line
/// of its own.
fn aligned(next: &[String], width: usize) -> Vec<String> {
    let parts = |text: &str| match text.split_once("  ") {
        Some((command, remark)) => (command.to_owned(), remark.trim().to_owned()),
        None => (text.to_owned(), String::new()),
    };
    let parts: Vec<(String, String)> = next.iter().map(|text| parts(text)).collect();
    let told = parts.iter().filter(|(_, remark)| !remark.is_empty());
    let column = told.clone().map(|(command, _)| command.len()).max().unwrap_or(0) + 2;
    let fits = told.clone().all(|(_, remark)| column + remark.chars().count() + 4 <= width);
    let line = |(command, remark): &(String, String)| match (remark.is_empty(), fits) {
        (true, _) => vec![command.clone()],
        (false, true) => vec![format!("{command:<column$}{remark}")],
        (false, false) => vec![command.clone(), format!("  {remark}")],
    };
    parts.iter().flat_map(line).collect()
}

/// Longer than a call takes that does not wait.
const AT_ONCE: Duration = Duration::from_millis(1);

/// A call that found nothing yet, and did not wait: a wait that a limit ended is another matter.
fn is_vain(event: &Event) -> bool {
    matches!(&event.kind, Kind::Call(call) if call.took < AT_ONCE
        && matches!(&call.outcome, Outcome::Failed(error) if error.name() == "EAGAIN"))
}
