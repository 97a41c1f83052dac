//! `netlab endpoints`: this machine's sockets, at once or live.

mod asked;
mod watch;

use std::collections::HashMap;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use super::report::written;
use super::run;
use crate::cli::{Endpoints, Format, Look};
use crate::endpoint::{self, Filter, Names, Query, Snapshot, SortBy};
use crate::error::{Exit, Failure, STANDARD_OUTPUT};
use crate::event::{MachineSocket, Row, Rows, SafeText, Sockets};
use crate::render::json::Json;
use crate::render::output::Output;
use crate::render::sockets::table::Table;
use crate::render::sockets::{Known, count, csv, explain, json, markdown, names, table};
use crate::render::style::{DEFAULT_WIDTH, Ink, Style};

/// So long the names of addresses are waited for.
const NAMES: Duration = Duration::from_millis(1800);

/// What was asked for.
struct Asked {
    filter: Filter,
    query: Query,
    sort: SortBy,
    reverse: bool,
}

/// What was found.
#[derive(Default)]
struct Found {
    sockets: Sockets,
    snapshot: Snapshot,
    /// What could not be seen, each in a sentence.
    unseen: Vec<String>,
}

impl Found {
    /// Looks, and keeps what fits. What an earlier look has found out about programs is used again.
    fn look(asked: &Asked, earlier: Option<&Snapshot>) -> Result<Self, Failure> {
        let mut snapshot = match earlier {
            Some(earlier) => endpoint::snapshot_after(&asked.query, earlier)?,
            None => endpoint::snapshot(&asked.query)?,
        };
        let mut sockets = std::mem::take(&mut snapshot.sockets);
        let mut unseen = std::mem::take(&mut snapshot.unseen);
        let filter = &asked.filter;
        if filter.needs_programs() {
            // Any of these might fit, if its programs showed.
            sockets.retain(|socket| filter.fits_socket(socket));
            unseen.extend(snapshot.programs_unseen(sockets.iter()));
        }
        if !filter.is_empty() {
            sockets
                .retain(|socket| filter.fits(&Row { socket, programs: snapshot.programs(socket) }));
        }
        if !filter.needs_programs() {
            unseen.extend(snapshot.programs_unseen(sockets.iter()));
        }
        Ok(Self { sockets, snapshot, unseen })
    }
}

/// Lists sockets, or watches them.
///
/// # Errors
///
/// [`Failure`] when the words do not fit, the system tells nothing, or the record cannot be written.
pub(super) fn run(args: &Endpoints, look: &Look, style: Style) -> Result<Exit, Failure> {
    let asked = asked::read(args)?;
    if let Some(pause) = args.watch {
        return watch::run(&asked, pause, look, style);
    }
    let found = Found::look(&asked, None)?;
    let record = record(look)?;
    if args.shown.count {
        return counted(&asked, &found, look, &style, record);
    }
    listed(&asked, &found, args.shown.resolve, look, style, record)
}

/// The record, when there is to be one.
fn record(look: &Look) -> Result<Option<Json>, Failure> {
    if look.record.is_none() {
        return Ok(None);
    }
    run::record(look)
}

/// Ends the record, and says whether it is whole.
fn kept(look: &Look, record: Option<Json>) -> Result<(), Failure> {
    match (record, &look.record) {
        (Some(record), Some(path)) => written(&path.display().to_string(), record.finish()),
        _ => Ok(()),
    }
}

/// All of them, in their order.
fn listed(
    asked: &Asked,
    found: &Found,
    resolve: bool,
    look: &Look,
    style: Style,
    mut record: Option<Json>,
) -> Result<Exit, Failure> {
    let holders = |socket: &MachineSocket| found.snapshot.programs(socket);
    let places = endpoint::sorted(&found.sockets, &holders, asked.sort, asked.reverse);
    let rows = Rows { sockets: &found.sockets, places: &places, holders: &holders };
    let known = known(&found.sockets, resolve);
    if let Some(record) = &mut record {
        let mut line = String::new();
        rows.each(|row| {
            line.clear();
            json::socket(&mut line, row, &known);
            record.written(&line);
        });
        unseen(found).for_each(|line| record.line(&line));
    }
    // Who looks at the screen gets the answer, also when it cannot be kept.
    let kept = kept(look, record);
    let mut out = Output::stdout();
    if found.sockets.is_empty() {
        return kept.and(nothing(out, asked, found, look, &style));
    }
    write_rows(&mut out, asked, &known, rows, look, &style);
    kept.and(rest(out, &known, found, look, &style))?;
    Ok(Exit::Done)
}

/// The rows, in the format that was asked for.
fn write_rows(
    out: &mut Output,
    asked: &Asked,
    known: &Known,
    rows: Rows,
    look: &Look,
    style: &Style,
) {
    match look.format {
        Format::Text => {
            let page = page_width(style);
            let mut table = Table::new(style, page, known, rows);
            if !asked.query.programs {
                table = table.without_programs();
            }
            table::write(out, &table, rows);
            if page.is_some() {
                below(out, style, rows.sockets, look.explain);
            }
        }
        Format::Markdown => markdown::write(out, known, rows),
        Format::Csv => csv::write(out, known, rows),
        Format::Json => {
            let mut line = String::new();
            rows.each(|row| {
                line.clear();
                json::socket(&mut line, row, known);
                out.line(&line);
            });
        }
    }
}

/// What comes after the rows.
fn rest(
    mut out: Output,
    known: &Known,
    found: &Found,
    look: &Look,
    style: &Style,
) -> Result<(), Failure> {
    let people = matches!(look.format, Format::Text | Format::Markdown);
    if people && known.resolved {
        names(&mut out, style, known);
    }
    if look.explain {
        let tally = endpoint::count(&found.sockets);
        if people {
            let source_ports = endpoint::limits::source_ports();
            explain::page(&mut out, style, &tally, &found.sockets, source_ports);
        } else if look.format == Format::Json {
            for line in explain::lines(&tally) {
                out.line(&line.to_string());
            }
        }
    }
    say_unseen(out, found, look, style)
}

/// What could not be seen: programs read it among the rows, people below them.
fn say_unseen(mut out: Output, found: &Found, look: &Look, style: &Style) -> Result<(), Failure> {
    if look.format == Format::Json {
        unseen(found).for_each(|line| out.line(&line.to_string()));
    }
    // What was found comes first, on whatever screen both are on.
    let whole = written(STANDARD_OUTPUT, out.finish());
    if look.format != Format::Json {
        let mut told = Output::stderr();
        for sentence in &found.unseen {
            told.line(&style.paragraph("note    ", 8, sentence));
        }
    }
    whole
}

fn unseen(found: &Found) -> impl Iterator<Item = serde_json::Value> {
    found.unseen.iter().map(|sentence| json::unseen(sentence))
}

/// Only how many there are.
fn counted(
    asked: &Asked,
    found: &Found,
    look: &Look,
    style: &Style,
    mut record: Option<Json>,
) -> Result<Exit, Failure> {
    let tally = endpoint::count(&found.sockets);
    if let Some(record) = &mut record {
        record.line(&json::tally(&tally));
        unseen(found).for_each(|line| record.line(&line));
    }
    let kept = kept(look, record);
    let mut out = Output::stdout();
    match look.format {
        Format::Json => out.line(&json::tally(&tally).to_string()),
        Format::Csv => count::records(&mut out, &tally),
        _ if found.sockets.is_empty() => {
            return kept.and(nothing(out, asked, found, look, style));
        }
        Format::Text | Format::Markdown => count::page(&mut out, style, &tally),
    }
    kept.and(rest(out, &Known::default(), found, look, style))?;
    Ok(answer(asked, found))
}

/// The answer is no when something was looked for and is not there.
fn answer(asked: &Asked, found: &Found) -> Exit {
    if found.sockets.is_empty() && !asked.filter.is_empty() { Exit::No } else { Exit::Done }
}

/// Says that there is no row.
fn nothing(
    mut out: Output,
    asked: &Asked,
    found: &Found,
    look: &Look,
    style: &Style,
) -> Result<Exit, Failure> {
    let text = if asked.filter.is_empty() {
        "There is no socket in this network namespace: no program here talks or waits."
    } else {
        "No socket here fits what you ask for. Without the options, netlab endpoints lists them all."
    };
    let mut text = style.paragraph("", 0, text);
    if !asked.query.programs && !asked.filter.words.is_empty() {
        let more =
            "Programs were not looked for (--no-programs), so no word can be the name of one.";
        text = format!("{text}\n{}", style.paragraph("", 0, more));
    }
    match look.format {
        Format::Text | Format::Markdown => out.line(&text),
        Format::Csv => {
            csv::header(&mut out, "");
            Output::stderr().line(&text);
        }
        Format::Json => Output::stderr().line(&text),
    }
    say_unseen(out, found, look, style)?;
    Ok(answer(asked, found))
}

/// In a terminal, what the table means; a pipe has only the table.
fn below(out: &mut Output, style: &Style, sockets: &Sockets, explained: bool) {
    out.line("");
    let count = sockets.len();
    let noun = if count == 1 { "socket" } else { "sockets" };
    let both = sockets.iter().find(|socket| socket.dual_stack).map_or(String::new(), |socket| {
        format!(" {}46: IPv6 that takes IPv4, too.", socket.transport.name())
    });
    let more = if explained { "" } else { " --explain tells more, and what each state means." };
    let text = format!(
        "{count} {noun}. Reach: host = only programs on this machine, network = whoever can send \
         to it.{both} Queues, received / sent: tcp bytes that wait, and 1 for a SYN or FIN; udp \
         memory; LISTEN connections / at most.{more}"
    );
    out.line(&style.paint(Ink::Dim, &style.paragraph("", 0, &text)));
}

/// The columns of the page; none in a pipe, where a row is a line.
fn page_width(style: &Style) -> Option<usize> {
    let size = || terminal_size::terminal_size_of(io::stdout());
    let width = || size().map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0));
    // The page of a very wide terminal is as wide as the terminal: a row should be a line.
    io::stdout().is_terminal().then(|| style.width.max(width()))
}

/// The names of interfaces and, when asked for, of addresses.
fn known(sockets: &Sockets, resolve: bool) -> Known {
    let mut known = Known { resolved: resolve, ..Known::default() };
    add_interfaces(&mut known, sockets);
    if resolve {
        let all = sockets.iter().flat_map(|socket| [socket.source.ip, socket.destination.ip]);
        let mut addresses: Vec<_> = all.filter(|ip| !ip.is_unspecified()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        known.names = found_names(&addresses);
    }
    known
}

/// Asks for names in the background, and takes those that come in time.
fn found_names(addresses: &[std::net::IpAddr]) -> HashMap<std::net::IpAddr, SafeText> {
    let end = Instant::now() + NAMES;
    let mut names = Names::default();
    for ip in addresses {
        names.ask(*ip);
    }
    names.wait_for(addresses, end.saturating_duration_since(Instant::now())).into_iter().collect()
}

/// Adds the names of interfaces that sockets are bound to.
fn add_interfaces(known: &mut Known, sockets: &Sockets) {
    for socket in sockets.iter().filter(|socket| socket.interface != 0) {
        if known.interfaces.iter().all(|(index, _)| *index != socket.interface) {
            let name = endpoint::interface_name(socket.interface);
            known.interfaces.push((socket.interface, name));
        }
    }
}
