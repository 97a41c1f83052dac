//! `netlab trace`: a program that netlab did not write, run and drawn.

mod kept;

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::sync::Arc;

use self::kept::Kept;
use super::report::written;
use super::run;
use crate::capture::{self, CaptureFilter, CapturePlan, Opened, Whom};
use crate::cli::{Format, Look, Trace, WhoReads};
use crate::console;
use crate::endpoint;
use crate::error::{self, Exit, Failure, STANDARD_OUTPUT, TraceFault, Usage};
use crate::event::{CaptureEvent, CaptureRefused, Event, Kind, OsError};
use crate::render::failure;
use crate::render::json::{Header, Json};
use crate::render::output::Output;
use crate::render::passed::Passed;
use crate::render::style::Style;
use crate::render::trace::{self as page, Shape, Told};
use crate::socket;
use crate::timeline::Options;
use crate::trace::{self, Desk, Notice, Plan, Program, Strace, Traced, Watch};

/// Runs and draws.
///
/// # Errors
///
/// [`Failure`] when there is no such program, it cannot be watched, or the picture cannot be written.
pub(super) fn run(args: &Trace, look: &Look, style: Style) -> Result<Exit, Failure> {
    if !cfg!(target_os = "linux") {
        return Err(TraceFault::NotHere.into());
    }
    let plan = plan(args, look)?;
    kept::check(args, look, &plan)?;
    let strace = Strace::find().ok_or(TraceFault::NoStrace)?;
    let user = trace::invoking_user();
    let (opened, refused) = open(args);
    // Only what captures needs it, and that is open.
    socket::renounce_raw();
    let setup = opened.as_ref().map(Opened::setup);
    if let Some(refused) = refused.filter(|_| args.packets.are_wanted()) {
        refusal(refused, &style);
    }
    let host = endpoint::host(None);
    let header = run::header();
    let kept = Kept::open(args, look, setup.as_ref())?;
    let names: Vec<String> = plan.programs.iter().map(|program| program.name.clone()).collect();
    let passed = Arc::new(Passed::new(&style, &names, look.format != Format::Text));
    let desk = Desk::default();
    console::every_interrupt(desk.interrupt());
    let shown = Arc::clone(&passed);
    let watch = Watch {
        strace: &strace,
        user: user.as_deref(),
        capture: opened,
        shown: Arc::new(move |place, bytes: &[u8]| shown.pass(place, bytes)),
        notice: &|notice| tell(notice, &plan),
    };
    let mut traced = trace::watch(&plan, desk, watch)?;
    passed.end();
    if let Some(refused) = refused {
        let at = std::time::Duration::ZERO;
        let kind = CaptureEvent::Refused(refused).into();
        traced.events.insert(0, (None, Event { at, kind }));
    }
    let kind = Kind::Host(host);
    traced.events.insert(0, (None, Event { at: std::time::Duration::ZERO, kind }));
    let options = Options { fold: args.fold, all: args.all, ..Options::default() };
    // What is on the screen is in the record; who looks at the screen gets the picture, whatever
    // became of the files.
    let mut failures = kept.fill(&traced, &options);
    failures.extend(show(look, style, &traced.events, options, &header).err());
    remarks(&plan, &traced);
    let Some(last) = failures.pop() else { return Ok(exit(&traced)) };
    for failure in failures {
        let told = failure.explain(&error::Facts::default());
        Output::stderr().line(&failure::text(&style, &told));
    }
    Err(last)
}

/// What is to be run, with everything checked that can be checked before.
fn plan(args: &Trace, look: &Look) -> Result<Plan, Usage> {
    let text = look.format == Format::Text;
    let output = if text { trace::Output::Through } else { trace::Output::ToErrors };
    let programs = if let (Some(server), Some(client)) = (&args.server, &args.client) {
        let two = [("server", server), ("client", client)];
        two.map(|(name, command)| one_of_two(args, name, command))
            .into_iter()
            .collect::<Result<Vec<_>, Usage>>()?
    } else {
        let words = args.program.clone();
        vec![Program { name: name(&words), words, reads_input: true, output }]
    };
    for program in &programs {
        let file = program.words.first().map_or(OsStr::new(""), OsString::as_os_str);
        if trace::in_path(file).is_none() {
            return Err(no_program(file));
        }
    }
    Ok(Plan { programs, grace: args.grace })
}

fn one_of_two(args: &Trace, name: &'static str, command: &str) -> Result<Program, Usage> {
    let words = trace::split(command).map_err(|rule| no_words(name, command, rule))?;
    let reads = match args.input {
        WhoReads::Server => "server",
        WhoReads::Client => "client",
    };
    Ok(Program {
        name: name.to_owned(),
        words: words.into_iter().map(OsString::from).collect(),
        reads_input: name == reads,
        output: trace::Output::Prefixed,
    })
}

/// What a program is called in the picture: its script, where an interpreter runs one.
fn name(words: &[OsString]) -> String {
    let file = |word: &OsString| {
        let name = Path::new(word).file_name().unwrap_or(word);
        name.to_string_lossy().chars().filter(|c| !c.is_control()).take(24).collect()
    };
    let is_script = |word: &&OsString| {
        let extension = Path::new(word).extension().and_then(OsStr::to_str);
        matches!(extension, Some("py" | "pl" | "rb" | "js" | "sh" | "lua" | "php"))
    };
    let script = words.iter().skip(1).find(is_script).or(words.first());
    script.map(file).filter(|name: &String| !name.is_empty()).unwrap_or_else(|| "program".into())
}

fn no_words(name: &str, command: &str, rule: &str) -> Usage {
    Usage {
        what: "command",
        value: command.to_owned(),
        rule: format!("--{name}: {rule}"),
        causes: vec!["a quotation mark too few, or one too many".into()],
        command: "netlab trace --server 'python3 server.py' --client 'python3 client.py'".into(),
    }
}

fn no_program(file: &OsStr) -> Usage {
    Usage {
        what: "program of this machine",
        value: file.to_string_lossy().into_owned(),
        rule: "it is looked for in the folders of PATH, and a path with a slash as it is; the file has \
               to be executable"
            .into(),
        causes: vec![
            "a misprint, or it is not installed".into(),
            "a Python file is run by python3: netlab trace -- python3 chat.py".into(),
            "a word of the shell (cd, alias) is no program".into(),
        ],
        command: "netlab trace -- python3 chat.py".into(),
    }
}

/// Opens what captures, if it may.
fn open(args: &Trace) -> (Option<Opened>, Option<CaptureRefused>) {
    if args.no_packets {
        return (None, None);
    }
    let plan = CapturePlan {
        filter: CaptureFilter {
            tcp: true,
            udp: true,
            icmp: true,
            link: args.packets.link,
            ..CaptureFilter::default()
        },
        whom: Whom::Anybody,
        whole: args.packets.write.is_some(),
        file: args.packets.write.as_ref().map(|path| path.display().to_string()),
        ..CapturePlan::default()
    };
    match capture::open(plan) {
        Ok(opened) => (Some(opened), None),
        Err(error) => {
            let known = error.kind() != io::ErrorKind::Unsupported;
            (None, Some(CaptureRefused { error: known.then(|| OsError::from(&error)) }))
        }
    }
}

/// Why there will be no packets, for who asked for them.
fn refusal(refused: CaptureRefused, style: &Style) {
    let failure = Failure::NoCapture { error: refused.error, filter: "tcp or udp".to_owned() };
    let told = failure.explain(&endpoint::facts(&failure, error::Program::Trace));
    Output::stderr().line(&failure::remark(style, "packets", &told));
}

fn tell(notice: Notice, plan: &Plan) {
    let text = match notice {
        Notice::NotListening => {
            "netlab: the server does not listen yet; the client waits for that. Ctrl-C ends."
                .to_owned()
        }
        Notice::Others(place) => {
            let name = plan.programs.get(place).map_or("the program", |program| &program.name);
            format!("netlab: {name} has ended; others that it started go on. Ctrl-C ends them.")
        }
    };
    Output::stderr().line(&text);
}

/// Shows the picture, or the events.
fn show(
    look: &Look,
    style: Style,
    events: &[Told],
    options: Options,
    header: &Header,
) -> Result<(), Failure> {
    if look.format == Format::Json {
        let mut out = Json::new(Output::stdout(), header, true);
        for (end, event) in events {
            out.event_of(end.as_deref(), event);
        }
        return written(STANDARD_OUTPUT, out.finish());
    }
    let shape = Shape { options, explain: look.explain };
    let mut out = Output::stdout();
    if look.format == Format::Text {
        out.line("");
    }
    for line in page::page(&style, events, &shape) {
        out.line(&line);
    }
    written(STANDARD_OUTPUT, out.finish())
}

/// What is missing, on the standard error.
fn remarks(plan: &Plan, traced: &Traced) {
    let mut out = Output::stderr();
    for program in plan.programs.iter().skip(traced.ends.len()) {
        out.line(&format!(
            "netlab: the {} was not started: the server had ended, and had not listened.",
            program.name
        ));
    }
    for end in traced.ends.iter().filter(|end| end.sockets == 0) {
        let calls = if end.calls == 1 { "call" } else { "calls" };
        out.line(&format!(
            "netlab: {} made no socket of the internet. It made {} {calls} that were watched, on files, \
             pipes and processes, and ended{}.",
            end.name,
            end.calls,
            end.code.map_or_else(String::new, |code| format!(" with exit code {code}"))
        ));
    }
    if traced.uncertain > 0 {
        let count = traced.uncertain;
        let connects =
            if count == 1 { "one connect" } else { &format!("{count} calls of connect") };
        out.line(&format!(
            "netlab: it is not certain which SYN went out for {connects}: somebody else tried the\n\
             same address at the same time."
        ));
    }
    if traced.strange > 0 {
        out.line(&format!("netlab: {} lines of strace were not understood.", traced.strange));
    }
}

fn exit(traced: &Traced) -> Exit {
    if traced.interrupted {
        Exit::Interrupted
    } else if traced.ends.iter().all(|end| end.sockets == 0) {
        Exit::No
    } else {
        Exit::Done
    }
}
