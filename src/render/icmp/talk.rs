//! Probes and what came back, a line each, in the form of the ping that everybody knows.

use std::net::IpAddr;
use std::time::Duration;

use super::trouble;
use crate::event::{Outcome, PingHost, PingSetup, Probe, ProbeError, Reply, ReplyFate, Unsent};
use crate::render::setup::seconds;
use crate::render::style::{Ink, Markup, Style};

/// Hosts that are told one by one; more of them are summed up.
pub(super) const FEW: usize = 3;

/// Bytes of the ICMP header.
const ICMP: usize = 8;

/// Bytes of an IP header without options, of which a probe has none.
const fn ip_header(address: IpAddr) -> usize {
    if address.is_ipv6() { 40 } else { 20 }
}

/// One of many lines of the same kind, never broken, so that each can be searched for and compared.
/// In Markdown it is an item of a list, else they would flow into one paragraph.
pub(super) fn item(style: &Style, ink: Option<Ink>, text: &str) -> String {
    let first = if style.markup == Markup::Markdown { "- " } else { "" };
    let line = format!("{first}{}", style.plain(text));
    ink.map_or_else(|| line.clone(), |ink| style.paint(ink, &line))
}

/// `0.034`: milliseconds as ping has them.
pub(super) fn milliseconds(time: Duration) -> String {
    let microseconds = time.as_micros();
    format!("{}.{:03}", microseconds / 1_000, microseconds % 1_000)
}

/// `[1795268220.000123] `: seconds since 1970 in UTC.
pub(super) fn stamp(time: Duration) -> String {
    format!("[{}.{:06}] ", time.as_secs(), time.subsec_micros())
}

/// A line of figures; where it is too long it is broken behind a comma, so that no figure is.
pub(super) fn figures(style: &Style, first: &str, text: &str) -> String {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    for part in text.split_inclusive(", ") {
        if (line.clone() + part).trim_end().chars().count() > style.width && line.len() > 4 {
            let full = std::mem::replace(&mut line, "    ".to_owned());
            lines.push(full.trim_end().to_owned());
        }
        line.push_str(part);
    }
    lines.push(line);
    lines.join("\n")
}

/// `56 bytes of data, 64 with the ICMP header, 84 with the IP header`.
pub(super) fn sizes(size: usize, hosts: &[PingHost]) -> String {
    let message = size + ICMP;
    let has = |v6: bool| hosts.iter().any(|host| host.address.is_ipv6() == v6);
    let whole = match (has(false), has(true)) {
        (true, true) => format!("{} with the IP header (IPv6: {})", message + 20, message + 40),
        (_, true) => format!("{} with the IPv6 header", message + 40),
        _ => format!("{} with the IP header", message + 20),
    };
    format!("{size} bytes of data, {message} with the ICMP header, {whole}")
}

/// `PING gate (10.77.2.2): 56 bytes of data, …`, for each host, or for all where they are many.
pub(super) fn titles(style: &Style, setup: &PingSetup) -> Vec<String> {
    let mut lines = vec![String::new()];
    let list = setup.hosts.len() > 1 && style.markup == Markup::Markdown;
    let first = if list { "- " } else { "" };
    if setup.hosts.len() > FEW {
        let sizes = sizes(setup.size, &setup.hosts);
        let text = format!("PING {} hosts: {sizes}", setup.hosts.len());
        lines.push(figures(style, "", &text));
    } else {
        lines.extend(setup.hosts.iter().map(|host| {
            let sizes = sizes(setup.size, std::slice::from_ref(host));
            figures(style, first, &format!("PING {} ({}): {sizes}", host.name, host.address))
        }));
    }
    if style.markup == Markup::Markdown {
        lines.push(String::new());
    }
    lines
}

/// `64 bytes from 10.77.2.2: icmp_seq=1 ttl=63 time=0.034 ms`.
pub(super) fn reply(style: &Style, stamp: &str, reply: &Reply, timeout: Duration) -> String {
    let ttl = reply.hop_limit.map_or(String::new(), |ttl| format!(" ttl={ttl}"));
    let (ink, fate) = fate(reply.fate, timeout);
    let mut text = format!(
        "{stamp}{} bytes from {}: icmp_seq={}{ttl} time={} ms",
        reply.bytes,
        reply.from,
        reply.probe.sequence,
        milliseconds(reply.round_trip)
    );
    if !fate.is_empty() {
        text.push(' ');
        text.push_str(&fate);
    }
    item(style, ink, &text)
}

fn fate(fate: ReplyFate, timeout: Duration) -> (Option<Ink>, String) {
    match fate {
        ReplyFate::Fine => (None, String::new()),
        ReplyFate::Duplicate => (Some(Ink::Warn), "(DUP!)".into()),
        ReplyFate::Late => {
            (Some(Ink::Warn), format!("(late: its time was up after {})", seconds(timeout)))
        }
        ReplyFate::Corrupted { at, sent, came } => (
            Some(Ink::Bad),
            format!("(CORRUPTED: byte {at} of the data is {came:#04x} and was {sent:#04x})"),
        ),
        ReplyFate::WrongChecksum { on_the_wire, computed } => (
            Some(Ink::Bad),
            format!("(WRONG CHECKSUM: {on_the_wire:#06x}, its bytes make {computed:#06x})"),
        ),
        ReplyFate::WrongLength { sent, came } if came < sent => {
            (Some(Ink::Bad), format!("(WRONG LENGTH: {came} of {sent} bytes of data came back)"))
        }
        ReplyFate::WrongLength { sent, came } => (
            Some(Ink::Bad),
            format!("(WRONG LENGTH: {came} bytes of data came back, {sent} were sent)"),
        ),
    }
}

/// `No reply to icmp_seq=5 from 10.77.2.2 within 1 s`.
pub(super) fn lost(style: &Style, stamp: &str, probe: &Probe, timeout: Duration) -> String {
    let text = format!(
        "{stamp}No reply to icmp_seq={} from {} within {}",
        probe.sequence,
        probe.destination,
        seconds(timeout)
    );
    item(style, Some(Ink::Warn), &text)
}

/// `From 10.77.1.1 icmp_seq=1 Time to live exceeded`. With several hosts also about which of them.
pub(super) fn error(
    style: &Style,
    stamp: &str,
    error: &ProbeError,
    who: &str,
    several: bool,
) -> String {
    let words = trouble::words(error.trouble, error.from.is_ipv6());
    let about = about(&error.probe, several);
    let text = format!("{stamp}From {who} icmp_seq={} {words}{about}", error.probe.sequence);
    item(style, Some(Ink::Warn), &text)
}

fn about(probe: &Probe, several: bool) -> String {
    if several { format!(" (to {})", probe.destination) } else { String::new() }
}

/// `sendto failed for icmp_seq=2: message too long for the way, mtu = 1300`.
pub(super) fn unsent(style: &Style, stamp: &str, unsent: &Unsent, several: bool) -> String {
    let error = error_name(unsent);
    let why = match error.as_str() {
        "EMSGSIZE" => {
            let mtu = unsent.mtu.map_or(String::new(), |mtu| format!(", mtu = {mtu}"));
            format!("message too long for the way{mtu}")
        }
        "ENETUNREACH" => "no route to that network (ENETUNREACH)".into(),
        "EHOSTUNREACH" => "no way to that host (EHOSTUNREACH)".into(),
        "EPERM" => "a firewall rule of this machine forbids it (EPERM)".into(),
        "EACCES" => "not permitted to send there (EACCES)".into(),
        "ENOBUFS" | "EAGAIN" => format!("no room left to send from ({error})"),
        _ => error,
    };
    let about = about(&unsent.probe, several);
    let call = unsent.call.operation.name();
    let text = format!("{stamp}{call} failed for icmp_seq={}{about}: {why}", unsent.probe.sequence);
    item(style, Some(Ink::Bad), &text)
}

/// The name of what went wrong.
pub(super) fn error_name(unsent: &Unsent) -> String {
    match &unsent.call.outcome {
        Outcome::Failed(error) => error.name(),
        other => other.to_string(),
    }
}

/// What that means and what to try, for the first of its kind.
pub(super) fn unsent_meaning(unsent: &Unsent) -> Option<String> {
    let destination = unsent.probe.destination;
    Some(match error_name(unsent).as_str() {
        "EMSGSIZE" => {
            let headers = ip_header(destination) + ICMP;
            let fits = unsent.mtu.and_then(|mtu| mtu.checked_sub(headers));
            let fits = fits.map_or(String::new(), |size| format!(" -s {size} would fit;"));
            format!(
                "This machine knows that the way takes no packet so large, from its own interface or \
                 from an ICMP error of the last ten minutes, and nobody may cut it: nothing was \
                 sent.{fits} with -M dont it is cut into fragments."
            )
        }
        "ENETUNREACH" | "EHOSTUNREACH" => format!(
            "Nothing left this machine: its routing table, or a neighbour that does not answer, \
             stands in the way. See the way it would take: ip route get {destination}"
        ),
        "EPERM" => "The packet was thrown away before it left. See the rules: sudo nft list \
                    ruleset"
            .into(),
        "EACCES" => format!(
            "A route of this machine forbids it (ip route get {destination}), or it is a broadcast \
             address."
        ),
        "ENOBUFS" | "EAGAIN" => {
            "Packets leave slower than they are handed over: a longer -i helps.".into()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_the_digits_of_ping() {
        let shown = |ns| milliseconds(Duration::from_nanos(ns));
        assert_eq!([shown(34_999), shown(1_203_123_456), shown(0)], ["0.034", "1203.123", "0.000"]);
        assert_eq!(stamp(Duration::from_micros(1_000_042)), "[1.000042] ");
    }

    #[test]
    fn a_line_of_figures_is_broken_behind_a_comma() {
        let narrow = Style { width: 20, ..Style::default() };
        assert_eq!(figures(&narrow, "- ", "12 sent, 10 received"), "- 12 sent,\n    10 received");
        assert_eq!(figures(&narrow, "", "12 sent, 10 rec'd"), "12 sent, 10 rec'd");
    }

    #[test]
    fn what_is_wrong_with_a_reply_is_said_in_bytes() {
        let words = |f| fate(f, Duration::from_secs(1)).1;
        assert_eq!(
            words(ReplyFate::Corrupted { at: 17, sent: 0x19, came: 0x41 }),
            "(CORRUPTED: byte 17 of the data is 0x41 and was 0x19)"
        );
        assert_eq!(
            words(ReplyFate::WrongLength { sent: 56, came: 28 }),
            "(WRONG LENGTH: 28 of 56 bytes of data came back)"
        );
        assert_eq!(
            words(ReplyFate::WrongChecksum { on_the_wire: 0x12, computed: 0x4321 }),
            "(WRONG CHECKSUM: 0x0012, its bytes make 0x4321)"
        );
        assert_eq!(words(ReplyFate::Late), "(late: its time was up after 1 s)");
    }
}
