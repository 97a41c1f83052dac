//! # Commands: arguments to a room, events to a renderer
//!
//! One thin file for each command. It reads the arguments, opens the journal with the sinks that
//! were asked for, starts the room, and turns what comes of it into an exit code.

mod address;
mod classify_port;
mod demo;
mod doctor;
mod endpoints;
mod explain;
mod fate;
mod files;
mod guide;
mod names;
mod packets;
mod raw_listen;
mod raw_ping;
mod report;
mod run;
mod subnet;
mod tcp_client;
mod tcp_server;
mod timeline;
mod trace;
mod udp_client;
mod udp_server;

use std::fs::OpenOptions;
use std::io::IsTerminal;
use std::path::Path;

use crate::cli::{Cli, Color, Command, Format, Look};
use crate::endpoint;
use crate::error::{Exit, Facts, Failure, Program, Usage};
use crate::render::failure;
use crate::render::output::Output;
use crate::render::style::{DEFAULT_WIDTH, Markup, Style};
use crate::socket;

/// Does what the command line says. The result is the exit code; whatever there is to say has been
/// said.
#[must_use]
pub fn execute(cli: Cli) -> Exit {
    let style = style(&cli.look);
    style.apply_to_process();
    let program = match cli.command {
        Some(Command::TcpClient(_)) => Program::TcpClient,
        Some(Command::UdpServer(_)) => Program::UdpServer,
        Some(Command::UdpClient(_)) => Program::UdpClient,
        Some(Command::RawPing(_)) => Program::RawPing,
        Some(Command::RawListen(_)) => Program::RawListen,
        Some(Command::Trace(_)) => Program::Trace,
        Some(
            Command::ClassifyPort(_)
            | Command::Endpoints(_)
            | Command::Doctor(_)
            | Command::Subnet(_)
            | Command::Timeline(_)
            | Command::Explain(_),
        ) => Program::Looking,
        Some(Command::Demo(_)) => Program::Demo,
        _ => Program::TcpServer,
    };
    if socket::is_set_user_id() {
        return report(&Failure::SetUserId, program, &Look { record: None, ..cli.look }, &style);
    }
    if cli.look.format == Format::Csv && !matches!(cli.command, Some(Command::Endpoints(_))) {
        return report(&no_rows().into(), program, &cli.look, &style);
    }
    let wants_raw = match &cli.command {
        Some(Command::RawPing(_) | Command::RawListen(_) | Command::Doctor(_)) => true,
        Some(Command::Demo(args)) => demo::needs_privilege(args),
        // Given back as soon as the capture is open.
        Some(Command::TcpServer(args)) => args.packets.are_wanted(),
        Some(Command::TcpClient(args)) => args.packets.are_wanted(),
        Some(Command::UdpServer(args)) => args.packets.are_wanted(),
        Some(Command::UdpClient(args)) => args.packets.are_wanted(),
        Some(Command::Trace(args)) => !args.no_packets,
        _ => false,
    };
    if !wants_raw {
        socket::renounce_raw();
    }
    let result = match cli.command {
        None => Ok(guide::print(&style)),
        Some(Command::TcpServer(args)) => tcp_server::run(&args, &cli.look, style),
        Some(Command::TcpClient(args)) => tcp_client::run(&args, &cli.look, style),
        Some(Command::UdpServer(args)) => udp_server::run(&args, &cli.look, style),
        Some(Command::UdpClient(args)) => udp_client::run(&args, &cli.look, style),
        Some(Command::RawPing(args)) => raw_ping::run(&args, &cli.look, style),
        Some(Command::RawListen(args)) => raw_listen::run(&args, &cli.look, style),
        Some(Command::ClassifyPort(args)) => classify_port::run(&args, &cli.look, style),
        Some(Command::Endpoints(args)) => endpoints::run(&args, &cli.look, style),
        Some(Command::Doctor(args)) => doctor::run(&args, &cli.look, style),
        Some(Command::Subnet(args)) => subnet::run(&args, &cli.look, style),
        Some(Command::Timeline(args)) => timeline::run(&args, &cli.look, style),
        Some(Command::Trace(args)) => trace::run(&args, &cli.look, style),
        Some(Command::Explain(args)) => explain::run(&args, &cli.look, style),
        Some(Command::Demo(args)) => demo::run(&args, &cli.look, style),
    };
    result.unwrap_or_else(|failure| report(&failure, program, &cli.look, &style))
}

/// Only one command has rows.
fn no_rows() -> Usage {
    Usage {
        what: "format that this command can write",
        value: "csv".into(),
        rule: "csv is for tables of one row for each thing: netlab endpoints writes it".into(),
        causes: vec!["the option belongs to another command".into()],
        command: "the same command with --format json".into(),
    }
}

/// Tells of a value on the command line that does not fit, in the five parts of every error.
#[must_use]
pub fn refuse(argument: &str, value: String, rule: &str, help: String) -> Exit {
    let usage = Usage {
        what: "value that fits",
        value,
        rule: format!("{argument}: {rule}"),
        causes: vec!["a misprint, or a value that belongs to another option".into()],
        command: help,
    };
    // What could not be read as a whole is looked for word by word.
    let has = |word: &str| std::env::args_os().any(|given| given == word);
    let look = Look {
        explain: false,
        record: None,
        format: if has("json") || has("--format=json") { Format::Json } else { Format::Text },
        color: if has("never") { Color::Never } else { Color::Auto },
        ascii: has("--ascii"),
        help: None,
    };
    let style = style(&look);
    style.apply_to_process();
    report(&usage.into(), Program::TcpServer, &look, &style)
}

/// Shows a failure where it belongs: people read the standard error, programs the events.
fn report(failure: &Failure, program: Program, look: &Look, style: &Style) -> Exit {
    let explained = failure.explain(&endpoint::facts(failure, program));
    let line = failure::json(&explained).to_string();
    if look.format == Format::Json {
        Output::stdout().line(&line);
    }
    let style = Style { colour: style.colour && std::io::stderr().is_terminal(), ..*style };
    let mut told = Output::stderr();
    told.line(&failure::text(&style, &explained));
    // Words that did not fit have begun no record: a file of that name is somebody's, or an older one.
    if let Some(path) = &look.record
        && explained.exit != Exit::Usage
        && let Err(unkept) = keep(&line, path)
        && !is_about(failure, path)
    {
        let unkept = unkept.explain(&Facts::default());
        told.line(&failure::remark(&style, "record", &unkept));
    }
    explained.exit
}

/// Writes the failure of a run behind what its record has of it.
fn keep(line: &str, path: &Path) -> Result<(), Failure> {
    // A run that made no record has failed before there was anything to record.
    let Ok(record) = OpenOptions::new().append(true).open(path) else { return Ok(()) };
    let mut record = Output::stream(record);
    record.line(line);
    report::written(&path.display().to_string(), record.finish())
}

/// Whether it is that file which could not be written.
fn is_about(failure: &Failure, file: &Path) -> bool {
    matches!(failure, Failure::File { path, .. } if Path::new(path) == file)
}

/// Decides once how things look, from options, environment and terminal.
fn style(look: &Look) -> Style {
    let terminal = std::io::stdout().is_terminal();
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    let colour = match look.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && !refused && !dumb && look.format == Format::Text,
    };
    let width = terminal_size::terminal_size().map_or(DEFAULT_WIDTH, |(width, _)| width.0.into());
    Style {
        colour,
        ascii: look.ascii,
        width: width.clamp(40, 120),
        markup: if look.format == Format::Markdown { Markup::Markdown } else { Markup::Plain },
    }
}
