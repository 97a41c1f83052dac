//! Many ports: a row for each line of the registry, as it comes.

use crate::port::Range;
use crate::port::registry::{self, Entry, Protocol, Protocols, Span};
use crate::port::uses::{self, Use};
use crate::render::setup::indent;
use crate::render::style::{Ink, Markup, Style};

/// Columns of the ports, the range, the protocols and the name.
const WIDTHS: [usize; 4] = [11, 10, 12, 15];

/// Writes rows. They come one by one, so the columns have their widths before the first.
#[derive(Debug)]
pub struct Rows {
    style: Style,
    begun: bool,
    /// A row had no port.
    portless: bool,
}

/// A row.
struct Row {
    ports: Option<Span>,
    protocols: Protocols,
    name: &'static str,
    description: String,
}

impl From<Entry> for Row {
    fn from(entry: Entry) -> Self {
        let mut description = entry.description.to_owned();
        if !entry.unauthorized.is_empty() {
            description = format!("{description} [{}]", entry.unauthorized);
        }
        Self { ports: entry.ports, protocols: entry.protocols, name: entry.name, description }
    }
}

impl From<&Use> for Row {
    fn from(found: &Use) -> Self {
        let protocol = found.protocols.each().next().unwrap_or(Protocol::Tcp);
        let registered = registry::service(found.ports.first, protocol);
        let whose = match registered.filter(|_| found.is_everyday) {
            Some(name) => format!("not IANA's name ({name})"),
            None => "not IANA's".to_owned(),
        };
        let description = format!("{whose}: {}", found.description);
        Self { ports: Some(found.ports), protocols: found.protocols, name: found.name, description }
    }
}

impl Rows {
    /// A table without rows.
    #[must_use]
    pub const fn new(style: Style) -> Self {
        Self { style, begun: false, portless: false }
    }

    /// What is known of these ports, with this protocol only.
    pub fn ports(&mut self, asked: Span, protocol: Option<Protocol>) -> Vec<String> {
        let entries = registry::within(asked).filter(|entry| entry.is_for(protocol));
        let own = uses::within(asked).filter(|found| found.is_for(protocol));
        let mut rows: Vec<Row> = entries.map(Row::from).chain(own.map(Row::from)).collect();
        let registered = rows.iter().any(|row| row.ports.is_some());
        let (first, last) = Range::Dynamic.bounds();
        if asked.last >= first {
            let ports = Span { first: asked.first.max(first), last: asked.last.min(last) };
            rows.push(Row::of_nobody(ports, "assigned to nobody, ever".to_owned()));
        } else if !registered {
            let protocol = protocol.map_or("it", Protocol::name);
            rows.push(Row::of_nobody(asked, format!("IANA lists nothing with {protocol}")));
        }
        for row in &mut rows {
            row.keep_to(asked);
        }
        rows.sort_by_key(|row| row.ports.map(|ports| ports.first));
        self.lines(rows)
    }

    /// These services.
    pub fn services(&mut self, entries: impl Iterator<Item = Entry>) -> Vec<String> {
        self.lines(entries.map(Row::from).collect())
    }

    /// These uses.
    pub fn uses<'a>(&mut self, found: impl Iterator<Item = &'a Use>) -> Vec<String> {
        self.lines(found.map(Row::from).collect())
    }

    fn lines(&mut self, rows: Vec<Row>) -> Vec<String> {
        let mut lines = Vec::with_capacity(rows.len() + 2);
        if !rows.is_empty() && !std::mem::replace(&mut self.begun, true) {
            lines.extend(self.header());
        }
        let mut before = None;
        for row in rows {
            self.portless |= row.ports.is_none();
            let same = row.ports.is_some() && row.ports == before;
            before = row.ports;
            lines.push(self.line(&row, same));
        }
        lines
    }

    /// What has to be said below the rows.
    #[must_use]
    pub fn footnote(&self) -> Option<String> {
        let text = "-: registered without a port. Programs find such a service by asking (DNS-SD), or \
                    it is no more.";
        let text = self.style.paragraph(indent(&self.style), 2, text);
        self.portless.then(|| format!("\n{}", self.style.paint(Ink::Dim, &text)))
    }

    fn header(&self) -> Vec<String> {
        let titles = ["Port", "Range", "Protocols", "Service"];
        if self.style.markup == Markup::Markdown {
            let line = format!("| {} | Description |", titles.join(" | "));
            return vec![line, "| --- | --- | --- | --- | --- |".to_owned()];
        }
        let columns = titles.iter().zip(WIDTHS).map(|(title, width)| format!("{title:<width$} "));
        let line = format!("  {}Description", columns.collect::<String>());
        vec![self.style.paint(Ink::Heading, &line)]
    }

    fn line(&self, row: &Row, same: bool) -> String {
        let range = row.ports.map_or("", |ports| Range::of(ports.first).name());
        let ports = row.ports.map_or_else(|| "-".to_owned(), |ports| ports.to_string());
        let dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
        let protocols = dash(row.protocols.join(","));
        let name = dash(row.name.to_owned());
        if self.style.markup == Markup::Markdown {
            let description = row.description.replace('|', "\\|");
            return format!("| {ports} | {range} | {protocols} | {name} | {description} |");
        }
        let protocols = if protocols.len() > WIDTHS[2] { "all four".to_owned() } else { protocols };
        let (ports, range) = if same { (String::new(), "") } else { (ports, range) };
        let [a, b, c, d] = WIDTHS;
        let first = format!(
            "  {} {range:<b$} {protocols:<c$} {} ",
            self.style.paint(Ink::Value, &format!("{ports:<a$}")),
            self.style.paint(Ink::Name, &format!("{name:<d$}")),
        );
        let indent = 2 + WIDTHS.iter().map(|width| width + 1).sum::<usize>();
        if row.description.is_empty() {
            return first.trim_end().to_owned();
        }
        let rest = " ".repeat(indent);
        // Some words are longer than the column.
        let options = textwrap::Options::new(self.style.width.max(indent + 20))
            .initial_indent(&first)
            .subsequent_indent(&rest);
        textwrap::fill(&row.description, options)
    }
}

impl Row {
    /// Of a wider span, only what was asked about; the whole of it is told behind.
    fn keep_to(&mut self, asked: Span) {
        let Some(whole) = self.ports else { return };
        let first = whole.first.max(asked.first);
        let kept = Span { first, last: whole.last.min(asked.last) };
        if kept != whole {
            self.ports = Some(kept);
            self.description = format!("{} ({whole})", self.description);
        }
    }

    const fn of_nobody(ports: Span, description: String) -> Self {
        Self { ports: Some(ports), protocols: Protocols::NONE, name: "", description }
    }
}
