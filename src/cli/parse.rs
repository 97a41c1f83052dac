//! From the words of the command line to a command, or to what is wrong with them.

use std::env::args_os;
use std::error::Error as _;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{Args, CommandFactory, FromArgMatches, Parser};

use super::{
    ClassifyPort, Cli, Command, Demo, Doctor, Endpoints, Explain, Look, RawListen, RawPing, Subnet,
    TcpClient, TcpServer, Timeline, Trace, UdpClient, UdpServer, explain,
};

/// Why there is no command to run.
#[derive(Debug)]
pub enum Refusal {
    /// Help was asked for and shown, or a mistake was shown: the exit code is 0 or 2.
    Shown(ExitCode),
    /// A value does not fit its option or argument.
    Value {
        /// The option or argument, as help has it.
        argument: String,
        /// The value, as it was given.
        value: String,
        /// The rule it breaks.
        rule: String,
        /// The command that tells more.
        help: String,
    },
}

/// Reads the command line. Help is shown here, and mistakes in how words are put together.
///
/// # Errors
///
/// [`Refusal`] when there is nothing to run.
pub fn parse() -> Result<Cli, Refusal> {
    let words: Vec<OsString> = args_os().map(explain::unbracketed).collect();
    if let Some(cli) = only_words(&words).or_else(|| one_command(words.clone())) {
        return Ok(cli);
    }
    Cli::try_parse_from(words).map_err(|error| {
        refused_value(&error).unwrap_or_else(|| {
            // When even that cannot be written, the exit code still tells.
            let _ = error.print();
            Refusal::Shown(ExitCode::from(if error.use_stderr() { 2 } else { 0 }))
        })
    })
}

/// The command line of a command that takes whatever words there are, when there is no option among
/// them: they are its arguments as they stand.
///
/// Such a command looks something up and is done. To describe and read even its few options would be
/// a tenth of its whole run.
fn only_words(words: &[OsString]) -> Option<Cli> {
    let plain =
        |word: &OsString| word.to_str().filter(|word| !word.starts_with('-')).map(String::from);
    let mut words = words.iter().skip(1).map(plain);
    let name = words.next()??;
    let words = words.collect::<Option<Vec<String>>>();
    let command = match name.as_str() {
        "classify-port" => {
            Command::ClassifyPort(ClassifyPort { what: words?, search: Vec::new(), all: false })
        }
        "explain" => Command::Explain(Explain { words: words? }),
        _ => return None,
    };
    Some(Cli { command: Some(command), look: Look::default() })
}

/// The command line when its first word is a command and the rest is as that command wants it.
///
/// To describe every option of every command takes longer than most commands take to answer, so
/// only the one is described. Whoever asks for help or made a mistake gets nothing here: what they
/// are told comes from the whole description.
fn one_command(words: Vec<OsString>) -> Option<Cli> {
    let word = words.get(1)?;
    let (name, describe) = ARGUMENTS.into_iter().find(|(name, _)| word == name)?;
    let command = Look::augment_args(clap::Command::new("netlab").disable_help_flag(true))
        .subcommand(describe(clap::Command::new(name)));
    let mut matches = command.try_get_matches_from(words).ok()?;
    Cli::from_arg_matches_mut(&mut matches).ok()
}

/// Adds arguments to the description of a command.
type Describe = fn(clap::Command) -> clap::Command;

/// Every command with what describes its arguments.
const ARGUMENTS: [(&str, Describe); 14] = [
    ("tcp-server", TcpServer::augment_args),
    ("tcp-client", TcpClient::augment_args),
    ("udp-server", UdpServer::augment_args),
    ("udp-client", UdpClient::augment_args),
    ("raw-ping", RawPing::augment_args),
    ("raw-listen", RawListen::augment_args),
    ("classify-port", ClassifyPort::augment_args),
    ("endpoints", Endpoints::augment_args),
    ("doctor", Doctor::augment_args),
    ("subnet", Subnet::augment_args),
    ("timeline", Timeline::augment_args),
    ("trace", Trace::augment_args),
    ("explain", Explain::augment_args),
    ("demo", Demo::augment_args),
];

/// A value that was read and does not fit.
fn refused_value(error: &clap::Error) -> Option<Refusal> {
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) if !word.is_empty() => Some(word.clone()),
        _ => None,
    };
    let (argument, value) = (word(ContextKind::InvalidArg)?, word(ContextKind::InvalidValue)?);
    let rule = match (error.get(ContextKind::ValidValue), error.source()) {
        (Some(ContextValue::Strings(words)), _) => format!("one of: {}", words.join(", ")),
        // A range of numbers, as a person writes it.
        (_, Some(rule)) => rule.to_string().replace("..=", " to "),
        _ => return None,
    };
    Some(Refusal::Value { argument, value, rule, help: help() })
}

/// The command that tells more about the one on the command line.
fn help() -> String {
    let words = args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let cli = Cli::command();
    let command = words.into_iter().find(|word| cli.find_subcommand(word).is_some());
    command.map_or_else(|| "netlab --help".to_owned(), |name| format!("netlab {name} --help"))
}

#[cfg(test)]
mod tests {
    use clap::builder::Resettable;

    use super::*;

    #[test]
    fn every_command_can_be_read_alone() {
        let all = Cli::command();
        let names: Vec<&str> = all.get_subcommands().map(clap::Command::get_name).collect();
        assert_eq!(names, ARGUMENTS.map(|(name, _)| name));
        // Without its place in the list of commands, and without what only help says.
        let bare = |command: clap::Command| {
            let command = command.display_order(0).about(Resettable::Reset);
            format!("{:?}", command.after_help(Resettable::Reset))
        };
        for (name, describe) in ARGUMENTS {
            let whole = all.find_subcommand(name).cloned().expect(name);
            assert!(bare(describe(clap::Command::new(name))) == bare(whole), "{name}");
        }
    }

    #[test]
    fn a_command_read_alone_is_what_the_whole_would_be() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        for line in [
            "netlab demo",
            "netlab demo stream",
            "netlab demo --ascii stream --format json --record x.jsonl",
            "netlab tcp-client 10.0.73.221 6000 --color=never --explain",
            "netlab udp-client ::1 -6",
            "netlab raw-ping 127.0.0.1",
        ] {
            let whole = Cli::try_parse_from(words(line)).expect(line);
            let alone = one_command(words(line)).expect(line);
            assert_eq!(format!("{alone:?}"), format!("{whole:?}"));
        }
        for line in [
            "netlab classify-port",
            "netlab classify-port 22",
            "netlab classify-port help 80/tcp  6000-6063",
            "netlab explain",
            "netlab explain tcp vs udp",
        ] {
            let whole = Cli::try_parse_from(words(line)).expect(line);
            let read = only_words(&words(line)).expect(line);
            assert_eq!(format!("{read:?}"), format!("{whole:?}"));
        }
        for line in [
            "netlab",
            "netlab --explain explain tcp",
            "netlab classify-port 22 --explain",
            "netlab classify-port -5",
            "netlab explain -",
            "netlab explain -- tcp",
            "netlab demo stream",
        ] {
            assert!(only_words(&words(line)).is_none(), "{line}");
        }
        for line in [
            "netlab",
            "netlab --version",
            "netlab --ascii demo stream",
            "netlab demo --help",
            "netlab demo -h",
            "netlab demo --version",
            "netlab demo --pace slow",
            "netlab help demo",
            "netlab tpc-server",
            "netlab tcp-client 10.0.73.221 --nonsense",
        ] {
            assert!(one_command(words(line)).is_none(), "{line}");
        }
    }
}
