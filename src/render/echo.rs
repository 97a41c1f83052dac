//! A demo: an echo request and its reply, taken apart and matched.

use super::icmp::dissect;
use super::page::Page;
use super::style::{Ink, Markup};
use super::{setup, table};
use crate::event::{Dissection, FieldValue};

/// How a reply has to stand to its request.
#[derive(Clone, Copy)]
enum Rule {
    /// The same value.
    Same,
    /// The value that answers it.
    Answers(&'static str),
    /// The other one's destination is this one's source, and the other way round.
    Turned(&'static str),
}

/// What tells a reply that is ours from all others.
const RULES: [(&str, Rule); 5] = [
    ("Source Address", Rule::Turned("Destination Address")),
    ("Destination Address", Rule::Turned("Source Address")),
    ("Type", Rule::Answers("0 answers 8")),
    ("Identifier", Rule::Same),
    ("Sequence Number", Rule::Same),
];

impl Page {
    /// A packet, field by field.
    pub fn packet(&mut self, packet: &Dissection) {
        for line in dissect::dissection(&self.style, packet) {
            self.out.line(&line);
        }
    }

    /// Request and reply beside each other, and whether they belong together.
    pub fn matching(&mut self, request: &Dissection, reply: &Dissection) {
        let rows = rows(request, reply);
        let mut table = table::empty(&self.style);
        table.set_header(["Field", "Request", "Reply", "Is it mine?"]);
        for row in &rows {
            let verdict = if row.fits { row.words } else { "no" };
            table.add_row([row.name, &row.asked, &row.came, verdict]);
        }
        self.out.line(&setup::heading(&self.style, "Matched: is it mine?"));
        let apart = self.style.markup == Markup::Markdown;
        let lines = [String::new(), table.to_string(), String::new()];
        for line in lines.iter().filter(|line| apart || !line.is_empty()) {
            self.out.line(line);
        }
        let (ink, text) = if rows.iter().all(|row| row.fits) {
            (Ink::Good, "Everything fits: this reply answers that request.")
        } else {
            (Ink::Warn, "It does not all fit: this reply answers something else.")
        };
        self.out.line(&self.style.paint(ink, &self.style.paragraph("  ", 2, text)));
        self.out.flush();
    }
}

/// One field of both packets.
struct Matched {
    name: &'static str,
    asked: String,
    came: String,
    fits: bool,
    words: &'static str,
}

fn rows(request: &Dissection, reply: &Dissection) -> Vec<Matched> {
    let shown = |value: Option<String>| value.unwrap_or_else(|| "?".to_owned());
    let mut rows: Vec<Matched> = RULES
        .iter()
        .map(|&(name, rule)| {
            let (asked, came) = (value(request, name), value(reply, name));
            let (fits, words) = match rule {
                Rule::Same => (asked == came, "the same"),
                Rule::Answers(words) => {
                    (asked.as_deref() == Some("8") && came.as_deref() == Some("0"), words)
                }
                Rule::Turned(other) => {
                    (came.is_some() && came == value(request, other), "turned round")
                }
            };
            Matched { name, asked: shown(asked), came: shown(came), fits, words }
        })
        .collect();
    let bytes = |packet: &Dissection| format!("{} bytes", packet.payload_length);
    rows.push(Matched {
        name: "Data",
        asked: bytes(request),
        came: bytes(reply),
        fits: request.payload == reply.payload && request.payload_length == reply.payload_length,
        words: "the same, byte for byte",
    });
    rows
}

/// What is in a field of a packet's outermost headers.
fn value(packet: &Dissection, name: &str) -> Option<String> {
    let mut fields = packet.headers.iter().flat_map(|header| &header.fields);
    match &fields.find(|field| field.name == name)?.value {
        FieldValue::Number(number) => Some(number.to_string()),
        FieldValue::Address(ip) => Some(ip.to_string()),
        FieldValue::Bytes(_) | FieldValue::Unseen => None,
    }
}
