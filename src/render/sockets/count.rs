//! How many sockets there are: by protocol, by state, by range.

use super::csv;
use crate::event::{SocketTally, Transport, protocol_name};
use crate::port::Range;
use crate::render::output::Output;
use crate::render::style::{Ink, Markup, Style};

/// What is counted, and the counts, by what.
type Part = (&'static str, Vec<(String, usize)>);

fn parts(tally: &SocketTally) -> Vec<Part> {
    let protocols = tally.protocols.iter().map(|((transport, family), count)| {
        let name = match transport {
            Transport::Raw(number) => {
                let name = protocol_name(*number).map_or(String::new(), |name| format!("({name})"));
                format!("raw/{number}{name}")
            }
            transport => transport.name().to_owned(),
        };
        (format!("{name}, IPv{family}"), *count)
    });
    let states = tally.states.iter().map(|(state, count)| (state.name().to_owned(), *count));
    let ranges = |counts: &[usize; 4]| {
        let names = Range::ALL.map(|range| {
            let (first, last) = range.bounds();
            format!("{range} ({first}-{last})")
        });
        let names = names.into_iter().chain(["no port".to_owned()]);
        names.zip(*counts).filter(|(_, count)| *count > 0).collect()
    };
    vec![
        ("protocol", protocols.collect()),
        ("state", states.collect()),
        ("source port", ranges(&tally.sources)),
        ("destination port", ranges(&tally.destinations)),
    ]
}

/// As text or Markdown.
pub fn page(out: &mut Output, style: &Style, tally: &SocketTally) {
    let parts = parts(tally);
    if style.markup == Markup::Markdown {
        out.line("| By | What | Sockets |\n| --- | --- | ---: |");
        for (by, counts) in &parts {
            for (what, count) in counts {
                out.line(&format!("| {by} | {what} | {count} |"));
            }
        }
        out.line(&format!("| all | | {} |", tally.total));
        return;
    }
    let names = parts.iter().flat_map(|(_, counts)| counts).map(|(what, _)| what.len());
    let width = names.max().unwrap_or_default();
    for (by, counts) in &parts {
        out.line(&style.paint(Ink::Heading, &format!("By {by}")));
        for (what, count) in counts {
            out.line(&format!("  {what:<width$}  {count:>6}"));
        }
    }
    let all = format!("{:<width$}  {:>6}", "All", tally.total, width = width + 2);
    out.line(&style.paint(Ink::Heading, &all));
}

/// For a spreadsheet.
pub fn records(out: &mut Output, tally: &SocketTally) {
    out.line("by,what,count\r");
    for (by, counts) in parts(tally) {
        for (what, count) in counts {
            let mut line = String::new();
            csv::field(&mut line, by);
            csv::field(&mut line, &what);
            out.line(&format!("{line}{count}\r"));
        }
    }
    out.line(&format!("all,,{}\r", tally.total));
}
