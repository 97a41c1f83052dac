//! `netlab doctor`: is this machine ready for the lab?

use std::net::IpAddr;

use serde_json::{Value, json};

use super::address::Wanted;
use super::report::{self, Report};
use crate::cli::{self, Look};
use crate::console;
use crate::doctor::{Config, Console, Doctor, Examination, Partner};
use crate::error::{Exit, Failure, Usage};
use crate::render::doctor as render;
use crate::render::style::Style;

/// The handouts' ports: the chat's, the socket lab's, and the one that a client sends from.
const PORTS: [u16; 3] = [6000, 5000, 54321];

/// Looks at everything that a lab needs, and says what to mend.
///
/// # Errors
///
/// [`Failure`] when a port is none, or the record cannot be written.
pub(super) fn run(args: &cli::Doctor, look: &Look, style: Style) -> Result<Exit, Failure> {
    no_strays(args)?;
    let ports = ports(&args.port)?;
    let partner = partner(args, ports.first().copied().unwrap_or(PORTS[0]))?;
    let (mut run, mut identifier) = ([0; 4], [0; 2]);
    // Without randomness every run has the same numbers, and only strays of an earlier one suffer.
    let _ = getrandom::fill(&mut run).and_then(|()| getrandom::fill(&mut identifier));
    let config = Config {
        console: self::console(look),
        ports,
        ports_named: !args.port.is_empty(),
        partner,
        run: u32::from_be_bytes(run),
        identifier: u16::from_be_bytes(identifier),
    };
    let (doctor, input) = Doctor::open(config);
    console::interrupts(&input);
    let found = doctor.run();
    let page = Page { found: &found, explain: look.explain };
    report::show(&page, look, &style)?;
    Ok(match (found.interrupted, found.is_ready()) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Done,
        (false, false) => Exit::No,
    })
}

/// A word without an option: the one that was meant is proposed.
fn no_strays(args: &cli::Doctor) -> Result<(), Failure> {
    let Some(word) = args.stray.first() else { return Ok(()) };
    let is_port = word.parse::<u16>().is_ok();
    let option = if is_port { "--port" } else { "--peer" };
    // Only what a shell takes as one harmless word is proposed.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:%".contains(&byte);
    let value = if word.bytes().all(plain) { word.as_str() } else { "10.0.73.221" };
    Err(Usage {
        what: "word that doctor knows",
        value: word.clone(),
        rule: "doctor looks at this machine; whatever else it shall look at has an option: --peer \
               for the partner, --port for the lab's ports"
            .into(),
        causes: vec![format!("{option} was left out")],
        command: format!("netlab doctor {option} {value}"),
    }
    .into())
}

/// The ports that were named, each once, or the handouts'.
fn ports(words: &[String]) -> Result<Vec<u16>, Failure> {
    if words.is_empty() {
        return Ok(PORTS.to_vec());
    }
    let good: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| word.parse::<u16>().is_ok_and(|port| port != 0))
        .collect();
    let mut ports = Vec::new();
    for word in words {
        let port = Usage::port(word, "doctor --port 6000").map_err(|usage| meant(usage, &good))?;
        if port == 0 {
            return Err(Usage {
                what: "port that can be looked at",
                value: word.clone(),
                rule: "port 0 asks the system to choose one: it is never taken, and never a \
                       server's"
                    .into(),
                causes: vec!["it stands where the lab's port should be".into()],
                command: "netlab doctor --port 6000".into(),
            }
            .into());
        }
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    Ok(ports)
}

/// What was meant by a word that is no port; the others that were named stay.
fn meant(usage: Usage, good: &[&str]) -> Usage {
    let word = usage.value.as_str();
    let number = |text: &str| text.parse::<u16>().ok();
    let (cause, command) = match word.split_once('-').map(|(a, b)| (number(a), number(b))) {
        Some((Some(first), Some(last))) => (
            "a range: doctor tries the ports of one lab, one by one".to_owned(),
            format!("netlab doctor --port {first} {last}"),
        ),
        _ if word.parse::<IpAddr>().is_ok() => (
            "an address: the partner has an option of its own".to_owned(),
            format!("netlab doctor --peer {word}"),
        ),
        _ if good.is_empty() => return usage,
        _ => return Usage { command: format!("netlab doctor --port {}", good.join(" ")), ..usage },
    };
    Usage { causes: vec![cause], command, ..usage }
}

fn partner(args: &cli::Doctor, port: u16) -> Result<Option<Partner>, Failure> {
    let Some(name) = args.peer.as_deref().map(str::trim) else { return Ok(None) };
    if name.is_empty() {
        return Err(Usage {
            what: "address or name of a machine",
            value: name.to_owned(),
            rule: "--peer takes an address like 10.0.73.221, or a name".into(),
            causes: vec!["it was left empty".into()],
            command: "netlab doctor --peer 10.0.73.221".into(),
        }
        .into());
    }
    let (name, host) = (name.to_owned(), name.to_owned());
    let any = Wanted { v4: false, v6: false, bind: None };
    let resolve = Box::new(move || any.resolve(&host, port));
    Ok(Some(Partner { name, port, resolve }))
}

/// How netlab writes, and where: the environment is asked here and nowhere else.
fn console(look: &Look) -> Console {
    let words = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter();
    let mut words = words.filter_map(std::env::var_os).filter(|word| !word.is_empty());
    Console {
        locale: words.next().map(|word| word.to_string_lossy().into_owned()),
        columns: terminal_size::terminal_size().map(|(width, _)| width.0),
        ascii: look.ascii,
    }
}

/// What was found, to be shown.
struct Page<'a> {
    found: &'a Examination,
    explain: bool,
}

impl Report for Page<'_> {
    fn page(&self, style: &Style) -> Vec<String> {
        render::page(style, self.found, self.explain)
    }

    fn lines(&self) -> Vec<Value> {
        let mut lines: Vec<Value> = self.found.findings.iter().map(render::json).collect();
        lines.push(json!({
            "event": "doctor",
            "ready": self.found.is_ready(),
            "interrupted": self.found.interrupted,
            "summary": self.found.summary(),
        }));
        lines
    }
}
