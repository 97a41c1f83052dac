//! The calls of a step in a list: each with why it is made.

use std::time::Duration;

use super::Page;
use crate::event::{Call, Direction, Event, Kind, Operation, Outcome};
use crate::render::setup;
use crate::render::style::{Ink, Markup};

/// A list of more calls than these is shortened; so many of the first and of the last are told.
const MANY: usize = 150;
const FIRST: usize = 60;
const LAST: usize = 30;

impl Page {
    /// Every call, or what those are for that are made for the first time, or nothing.
    pub(super) fn calls(&mut self, mut happened: Vec<(Option<String>, Event)>) -> Vec<String> {
        happened.sort_by_key(|(_, event)| order(event));
        let mut lines = match (self.all, self.reasons) {
            (true, _) => self.every_call(&happened),
            (false, true) => self.first_calls(&happened),
            (false, false) => Vec::new(),
        };
        if self.style.markup == Markup::Markdown && !lines.is_empty() {
            lines.insert(0, "```text".to_owned());
            lines.push("```\n".to_owned());
        } else if self.all && !lines.is_empty() {
            lines.insert(0, setup::heading(&self.style, "All calls, and why"));
        }
        lines
    }

    /// What each call is for, when it is made for the first time.
    fn first_calls(&mut self, happened: &[(Option<String>, Event)]) -> Vec<String> {
        let style = self.style;
        let mut reasons = Vec::new();
        for (end, event) in happened {
            let Kind::Call(call) = &event.kind else { continue };
            if super::is_vain(event) || matches!(call.operation, Operation::Poll(_)) {
                continue;
            }
            let (_, why) = self.words(end.as_deref().unwrap_or_default(), call);
            if let Some(why) = why {
                let name = match call.operation {
                    Operation::SetOption(name, _) => name,
                    _ => call.operation.name(),
                };
                let end = end.as_deref().unwrap_or_default();
                reasons.push((format!("{end} {} {name}", call.socket), why));
            }
        }
        let width = reasons.iter().map(|(whose, _)| whose.len()).max().unwrap_or(0) + 2;
        let mut lines: Vec<String> = reasons
            .iter()
            .map(|(whose, why)| {
                let text = style.paragraph(&format!("    {whose:<width$}"), width + 4, why);
                style.paint(Ink::Dim, &text)
            })
            .collect();
        if !lines.is_empty() && style.markup == Markup::Plain {
            lines.insert(0, String::new());
        }
        lines
    }

    fn every_call(&mut self, happened: &[(Option<String>, Event)]) -> Vec<String> {
        let style = self.style;
        let width = happened.iter().filter_map(|(end, _)| end.as_ref().map(String::len)).max();
        let width = width.unwrap_or(0).max(6);
        let margin = 3 + width + 5;
        let remark = |text: &str| {
            let text = style.paragraph(&" ".repeat(margin), margin, text);
            style.paint(Ink::Dim, &text)
        };
        let mut lines = Vec::new();
        // No call has that name.
        if self.told.insert("where".to_owned()) {
            lines.push(remark("Why a call is made is said where it is made first."));
        }
        let left_out = if happened.len() > MANY { happened.len() - FIRST - LAST } else { 0 };
        for (place, (end, event)) in happened.iter().enumerate() {
            if left_out > 0 && (FIRST..FIRST + left_out).contains(&place) {
                if place == FIRST {
                    lines.push(remark(&format!("... {left_out} more; --record keeps all ...")));
                }
                continue;
            }
            let name = end.as_deref().unwrap_or_default();
            match &event.kind {
                Kind::Call(call) => {
                    let (words, why) = self.words(name, call);
                    let first = format!("   {name:<width$} {:<2} ", call.socket.to_string());
                    let fits = first.len() + words.chars().count() <= style.width;
                    let line =
                        if fits { first + &words } else { style.paragraph(&first, margin, &words) };
                    lines.push(line);
                    lines.extend(why.as_deref().map(remark));
                }
                Kind::Recognised(recognised) => {
                    let because = recognised.because;
                    lines.push(remark(&format!("to the {name} the other is a netlab: {because}")));
                }
                Kind::Message(message) if message.direction == Direction::Received => {
                    let said = format!("{}: {}", message.from, message.text);
                    let said = style.paint(Ink::Good, &said);
                    lines.push(format!("   {name:<width$}    shows  {said}"));
                }
                Kind::Message(message) => {
                    let said = style.paint(Ink::Name, message.text.as_str());
                    lines.push(format!("   {name:<width$}    types  {said}"));
                }
                _ => {}
            }
        }
        lines
    }

    /// A call of that end in words, and what it is for if that was not told yet.
    fn words(&mut self, end: &str, call: &Call) -> (String, Option<String>) {
        let place = self.explainers.iter().position(|(name, _)| name == end).unwrap_or_else(|| {
            self.explainers.push((end.to_owned(), super::Explainer::default()));
            self.explainers.len() - 1
        });
        let (words, why) = self.explainers[place].1.words(&self.style, call);
        let subject = match call.operation {
            Operation::SetOption(name, _) => name.to_owned(),
            // What is said of these depends on how they ended.
            _ if matches!(call.outcome, Outcome::Failed(_)) => {
                format!("{} {}", call.operation.name(), call.outcome)
            }
            Operation::Recv(_) if call.outcome == Outcome::Value(0) => "end".to_owned(),
            Operation::Close => call.state.name().to_owned(),
            _ => call.operation.name().to_owned(),
        };
        let new = !why.is_empty() && self.told.insert(subject);
        (words, new.then_some(why))
    }
}

/// A call that makes something happen at the other end counts from when it was made, for it may
/// return after what it made happen.
fn order(event: &Event) -> Duration {
    match &event.kind {
        Kind::Call(call) => match call.operation {
            Operation::Send(_)
            | Operation::SendTo(..)
            | Operation::Connect(_)
            | Operation::Shutdown(_) => event.at.saturating_sub(call.took),
            _ => event.at,
        },
        _ => event.at,
    }
}
