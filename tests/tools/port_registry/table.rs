//! The tables that netlab carries, made from IANA's rows.

use netlab::port::registry::{Protocol, Protocols, Span};

use crate::rows::Row;

/// The two texts.
pub struct Tables {
    pub ports: String,
    pub names: String,
}

/// A line: rows that differ only in their protocol.
struct Line<'a> {
    row: &'a Row,
    protocols: Vec<Protocol>,
}

/// Makes both tables.
pub fn make(rows: &[Row]) -> Tables {
    let newest = rows.iter().map(|row| row.changed.as_str()).max().unwrap_or_default();
    let head = |what: &str| {
        format!(
            "# newest change {newest}\n\
             # {what}\n\
             # Source: IANA, https://www.iana.org/assignments/service-names-port-numbers; CC0 1.0.\n\
             # Made by: cargo run --example port-registry -- FILE.csv\n"
        )
    };
    let mut tables = Tables {
        ports: head("ports, protocols, name, description, unauthorized use, note"),
        names: head("services without a port: nothing, protocols, name, description"),
    };
    let mut sorted: Vec<&Row> = rows.iter().collect();
    // A stable sort: what has the same port stays in IANA's order.
    sorted.sort_by_key(|row| row.ports.map(|ports| (ports.first, ports.last)));
    for group in
        sorted.chunk_by(|a, b| a.ports == b.ports && (a.ports.is_some() || a.name == b.name))
    {
        for line in lines(group) {
            let text = written(&line);
            let table =
                if line.row.ports.is_some() { &mut tables.ports } else { &mut tables.names };
            table.push_str(&text);
            table.push('\n');
        }
    }
    tables
}

/// The lines of one port, or of one name without a port.
fn lines<'a>(rows: &[&'a Row]) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = Vec::new();
    for row in rows {
        let same = lines.iter().position(|line| same_but_for_protocol(line.row, row));
        // A later line with this protocol has to stay behind it: the order of names tells.
        let overtakes = |at: usize| {
            let later = lines[at + 1..].iter().flat_map(|line| &line.protocols);
            later.copied().any(|protocol| Some(protocol) == row.protocol)
        };
        match (same, row.protocol) {
            (Some(at), Some(protocol)) if !overtakes(at) => lines[at].protocols.push(protocol),
            _ => lines.push(Line { row, protocols: row.protocol.into_iter().collect() }),
        }
    }
    lines
}

fn same_but_for_protocol(a: &Row, b: &Row) -> bool {
    let parts = |row: &'_ Row| {
        [&row.name, &row.description, &row.unauthorized, &row.note].map(String::clone)
    };
    a.protocol.is_some() && a.protocol != b.protocol && parts(a) == parts(b)
}

fn written(line: &Line) -> String {
    let protocols = line.protocols.iter().copied().fold(Protocols::NONE, Protocols::with);
    let row = line.row;
    let fields = [
        &row.ports.as_ref().map_or_else(String::new, Span::to_string),
        &protocols.join(","),
        &row.name,
        &row.description,
        &row.unauthorized,
        &row.note,
    ];
    fields.map(String::as_str).join("\t").trim_end().to_owned()
}
