//! The beginning of a run: this machine, and how its socket is configured.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::style::{Ink, Markup, Style};
use crate::event::{ClientSetup, ConnectEx, Host, HostAddress, Reach, ServerSetup};
use crate::port::Range;

/// Columns of the names of settings.
const LABEL: usize = 13;

/// A section's title.
pub(super) fn heading(style: &Style, text: &str) -> String {
    match style.markup {
        Markup::Plain => format!("\n{}", style.paint(Ink::Heading, &format!("[{text}]"))),
        Markup::Markdown => format!("\n## {text}\n"),
    }
}

/// The first line.
pub(super) fn banner(style: &Style, text: &str) -> String {
    match style.markup {
        Markup::Plain => style.paint(Ink::Heading, &format!("-- {text} --")),
        Markup::Markdown => format!("# {text}"),
    }
}

/// Before a sentence in a section.
pub(super) fn indent(style: &Style) -> &'static str {
    if style.markup == Markup::Markdown { "" } else { "  " }
}

/// A name, a value and what it means.
pub(super) fn setting(style: &Style, label: &str, value: &str, meaning: &str) -> String {
    if style.markup == Markup::Markdown {
        let meaning = if meaning.is_empty() { String::new() } else { format!(" ({meaning})") };
        return format!("- {label}: {value}{meaning}");
    }
    let first = format!("  {label:<LABEL$}");
    let text = if meaning.is_empty() { value.to_owned() } else { format!("{value:<8} {meaning}") };
    style.paragraph(&first, LABEL + 11, &text)
}

/// Name and addresses of this machine.
pub(super) fn host(style: &Style, host: &Host) -> Vec<String> {
    let mut lines = vec![setting(style, "Host name", host.name.as_str(), "")];
    let shown = |address: &&HostAddress| address.reach != Reach::LinkLocal;
    let width = |f: fn(&HostAddress) -> usize| host.addresses.iter().filter(shown).map(f).max();
    let ip_width = width(|a| a.ip.to_string().len()).unwrap_or(0);
    let name_width = width(|a| a.interface.as_str().chars().count()).unwrap_or(0);
    let mut label = "IP addresses";
    for address in host.addresses.iter().filter(shown) {
        let (ip, interface) = (address.ip.to_string(), address.interface.as_str());
        let text = format!("{ip:<ip_width$}  {interface:<name_width$}  {}", host.in_words(address));
        let ink = if address.reach == Reach::Partner { Ink::Good } else { Ink::Dim };
        lines.push(if style.markup == Markup::Markdown {
            format!("- {ip} ({interface}): {}", host.in_words(address))
        } else {
            format!("  {label:<LABEL$}{}", style.paint(ink, text.trim_end()))
        });
        label = "";
    }
    lines
}

/// The server's configuration. `partner` is the address to give away, where there is one.
pub(super) fn server(style: &Style, setup: &ServerSetup, partner: Option<IpAddr>) -> Vec<String> {
    let (ip, port) = (setup.local.ip(), setup.local.port());
    let mut lines = vec![
        format!(
            "{}Server listening on {} port {}",
            indent(style),
            style.paint(Ink::Value, &ip.to_string()),
            style.paint(Ink::Value, &port.to_string())
        ),
        setting(style, "Port", &port.to_string(), &range_in_words(port)),
        setting(
            style,
            "Reach",
            &reach_of(setup.local, setup.dual_stack, partner, ("tcp-client", "\"refused\"")),
            "",
        ),
        setting(
            style,
            "Backlog",
            &setup.backlog.to_string(),
            "connections may wait for accept; it is no limit on clients",
        ),
        setting(style, "Serve", setup.serve, serve(setup.serve)),
        setting(style, "Dialog", setup.dialog, dialog(setup.dialog)),
        setting(style, "Framing", setup.framing, framing(setup.framing)),
        setting(style, "Buffer", &setup.buffer.to_string(), "bytes that one recv takes at most"),
        setting(
            style,
            "Patience",
            &seconds(setup.patience),
            "until a client that takes nothing while others wait is dropped",
        ),
    ];
    if setup.once {
        lines.push(setting(style, "Once", "yes", "the server ends when its client has left"));
    }
    if let Some(limit) = setup.max_clients {
        let meaning = "clients at a time; more are turned away";
        lines.push(setting(style, "Max clients", &limit.to_string(), meaning));
    }
    if setup.nodelay {
        lines.push(setting(style, "No delay", "yes", "small pieces leave at once (TCP_NODELAY)"));
    }
    if let Some(limit) = setup.timeout {
        let meaning = "of silence, then a client is dropped";
        lines.push(setting(style, "Timeout", &seconds(limit), meaning));
    }
    lines
}

pub(super) fn range_in_words(port: u16) -> String {
    let range = Range::of(port);
    let (first, last) = range.bounds();
    format!("{range}: {first} to {last}")
}

/// Who can reach a server, and what a partner has to type: `client` is the command. `refused` is
/// what a partner gets who cannot.
pub(super) fn reach_of(
    local: SocketAddr,
    dual_stack: bool,
    partner: Option<IpAddr>,
    (client, refused): (&str, &str),
) -> String {
    let (ip, port) = (local.ip(), local.port());
    if ip.is_loopback() {
        return format!("only programs on this machine: a partner gets {refused}");
    }
    let dual = if dual_stack { "    (by IPv6 too; IPv4 shows as ::ffff:a.b.c.d)" } else { "" };
    let own = if ip.is_unspecified() { partner } else { Some(ip) };
    match own {
        Some(own) => format!("your partner runs: netlab {client} {own} {port}{dual}"),
        None => format!("every address of this machine.{dual}"),
    }
}

const fn serve(word: &str) -> &'static str {
    match word.as_bytes() {
        b"one" => "client at a time; the next waits in the backlog until it leaves",
        b"threads" => "two for each client: one waits in recv, one in send",
        _ => "one thread waits for all clients at once",
    }
}

const fn dialog(word: &str) -> &'static str {
    match word.as_bytes() {
        b"half" => "strict turns: speak, then wait for an answer; the client begins",
        _ => "everybody may speak at any time",
    }
}

const fn framing(word: &str) -> &'static str {
    match word.as_bytes() {
        b"none" => "one recv is one message, as in the handout: wrong on purpose",
        b"line" => "a line feed ends a message",
        b"length" => "a header of 4 bytes says how long a message is",
        _ => "finds out how the other program ends its messages",
    }
}

/// The client's configuration, before it connects.
pub(super) fn client(style: &Style, setup: &ClientSetup) -> Vec<String> {
    let (ip, port) = (setup.server.ip().to_string(), setup.server.port());
    let mut lines = vec![
        format!(
            "{}Client set to contact server with IP address {} on port {}",
            indent(style),
            style.paint(Ink::Value, &ip),
            style.paint(Ink::Value, &port.to_string())
        ),
        setting(style, "Server port", &port.to_string(), &range_in_words(port)),
    ];
    if setup.host.as_str() != ip {
        lines.push(setting(style, "Server name", setup.host.as_str(), &format!("is {ip}")));
    }
    if let Some(source) = setup.source {
        lines.push(setting(style, "Source", &source_in_words(source), "bound before connect"));
    }
    lines.extend([
        setting(style, "Timeout", &seconds(setup.timeout), "for connect, then netlab gives up"),
        setting(style, "Dialog", setup.dialog, dialog(setup.dialog)),
        setting(style, "Framing", setup.framing, framing(setup.framing)),
        setting(style, "Buffer", &setup.buffer.to_string(), "bytes that one recv takes at most"),
    ]);
    if setup.nodelay {
        lines.push(setting(style, "No delay", "yes", "small pieces leave at once (TCP_NODELAY)"));
    }
    if setup.connect_ex {
        let meaning = "connect_ex: the error number instead of an error";
        lines.push(setting(style, "Connect", "ex", meaning));
    }
    lines
}

pub(super) fn source_in_words(source: SocketAddr) -> String {
    match (source.ip().is_unspecified(), source.port()) {
        (true, port) => format!("port {port}"),
        (false, 0) => source.ip().to_string(),
        (false, _) => source.to_string(),
    }
}

/// `connect_ex(127.0.0.1:6000) = 111`.
pub(super) fn connect_ex(style: &Style, answer: &ConnectEx) -> String {
    let meaning = match answer.number {
        0 => "0: connected".to_owned(),
        number => {
            let error = std::io::Error::from_raw_os_error(number);
            let name = crate::event::OsError::from(&error).name();
            format!("{number}: {name}; connect would have raised an error")
        }
    };
    let call = format!("connect_ex({}) = {}", answer.server, answer.number);
    format!("{}\n  {meaning}", style.paint(Ink::Value, &call))
}

pub(super) fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds.fract() == 0.0 { format!("{seconds:.0} s") } else { format!("{seconds} s") }
}
