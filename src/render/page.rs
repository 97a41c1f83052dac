//! The page of a demo: a title, what happens, why, and what to try next.

use super::explain::{self, Explainer};
use super::output::Output;
use super::style::{Ink, Style};
use super::{failure, setup};
use crate::error::Explained;
use crate::event::Call;

/// The page of a demo.
#[derive(Debug)]
pub struct Page {
    pub(super) out: Output,
    pub(super) style: Style,
}

impl Page {
    /// A page with a title and what it is about.
    #[must_use]
    pub fn new(mut out: Output, style: Style, title: &str, about: &str) -> Self {
        out.line(&setup::banner(&style, title));
        out.line(&style.paragraph("", 0, about));
        Self { out, style }
    }

    /// The calls of one conversation, each with the end that made it.
    pub fn calls(&mut self, title: &str, calls: &[(&str, Call)]) {
        self.out.line(&setup::heading(&self.style, title));
        for (end, call) in calls {
            let words = explain::what(&self.style, call);
            self.out.line(&format!("  {end} {:<2} {words}", call.socket.to_string()));
        }
    }

    /// The calls of one program, each with why it is made.
    pub fn explained_calls(&mut self, title: &str, calls: &[Call]) {
        self.out.line(&setup::heading(&self.style, title));
        let mut explainer = Explainer::default();
        for call in calls {
            let (words, why) = explainer.words(&self.style, call);
            self.out.line(&format!("  {:<2} {words}", call.socket.to_string()));
            let why = self.style.paragraph("       ", 7, &why);
            self.out.line(&self.style.paint(Ink::Dim, &why));
        }
    }

    /// A title and some paragraphs.
    pub fn section(&mut self, title: &str, paragraphs: &[String]) {
        self.out.line(&setup::heading(&self.style, title));
        for text in paragraphs {
            self.out.line(&self.style.paragraph("  ", 2, text));
        }
    }

    /// What failed, in its five parts.
    pub fn failure(&mut self, title: &str, error: &Explained) {
        self.out.line(&setup::heading(&self.style, title));
        self.out.line(&failure::text(&self.style, error));
    }

    /// Why it was so, and what to do next.
    pub fn end(&mut self, why: &[String], next: &[&str]) {
        self.out.line(&setup::heading(&self.style, "Why"));
        for text in why {
            self.out.line(&self.style.paragraph("  ", 2, text));
        }
        self.out.line(&setup::heading(&self.style, "Next"));
        for command in next {
            self.out.line(&format!("  {}", self.style.paint(Ink::Value, command)));
        }
        self.out.flush();
    }
}
