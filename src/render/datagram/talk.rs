//! Datagrams that come and go, a line each.

use std::net::SocketAddr;

use crate::event::{Datagram, Fate, Loop, OnPurpose};
use crate::render::explain::duration;
use crate::render::style::{Ink, Style};

/// Somebody was heard for the first time.
pub(in crate::render) fn peer(style: &Style, peer: SocketAddr) -> String {
    let text = format!(
        "First datagram of {} from port {}: no connection, it just arrived",
        peer.ip().to_canonical(),
        peer.port()
    );
    style.paint(Ink::Good, &text)
}

/// A datagram at the server.
pub(in crate::render) fn at_server(style: &Style, datagram: &Datagram) -> String {
    let (ink, what) = match datagram.fate {
        Fate::Dropped => (Ink::Warn, "dropped on purpose (--drop)".to_owned()),
        Fate::OverRate => (Ink::Warn, "not answered (--max-rate)".to_owned()),
        Fate::Guarded(Loop::ServicePort(port)) => {
            (Ink::Warn, format!("not answered: port {port} answers everything"))
        }
        Fate::Guarded(Loop::Copies(_)) => (Ink::Warn, "not answered: perhaps an echo".to_owned()),
        Fate::Truncated => (Ink::Warn, "its beginning echoed".to_owned()),
        _ => echoed(&datagram.on_purpose),
    };
    line(style, datagram, ink, &format!("{}, {what}", bytes(datagram.bytes)))
}

/// How it was echoed, so that both windows can be compared.
fn echoed(on_purpose: &OnPurpose) -> (Ink, String) {
    let mut how = Vec::new();
    if on_purpose.duplicated {
        how.push("twice".to_owned());
    }
    if on_purpose.corrupted {
        how.push("one bit turned over".to_owned());
    }
    if on_purpose.held_back {
        how.push("held back".to_owned());
    }
    if !on_purpose.delay.is_zero() {
        how.push(format!("{} later", duration(on_purpose.delay)));
    }
    if how.is_empty() {
        return (Ink::Dim, "echoed".to_owned());
    }
    (Ink::Warn, format!("echoed on purpose: {}", how.join(", ")))
}

/// A datagram that came back to the client.
pub(in crate::render) fn at_client(style: &Style, datagram: &Datagram) -> String {
    let (ink, what) = match datagram.fate {
        Fate::Late => (Ink::Warn, "late"),
        Fate::Duplicate => (Ink::Warn, "a second copy"),
        Fate::Reordered => (Ink::Warn, "overtaken on the way"),
        Fate::Corrupted => (Ink::Bad, "other bytes than were sent"),
        Fate::Truncated => (Ink::Warn, "cut"),
        Fate::Merged => (Ink::Warn, "several replies glued into one datagram"),
        Fate::Foreign => (Ink::Warn, "not a reply: from elsewhere, or of another run"),
        Fate::Other if datagram.round_trip.is_some() => (Ink::Dim, "not what was sent"),
        Fate::Other => (Ink::Dim, "not asked for"),
        _ => (Ink::Dim, ""),
    };
    let mut words = vec![bytes(datagram.bytes)];
    words.extend(datagram.round_trip.map(duration));
    if !what.is_empty() {
        words.push(what.to_owned());
    }
    match datagram.sequence {
        None => line(style, datagram, ink, &words.join(", ")),
        Some(sequence) => {
            let text = format!("sequence {sequence}: {}", words.join(", "));
            let peer = style.paint(Ink::Name, &datagram.peer.to_string());
            format!("{peer}  {}", style.paint(ink, &style.plain(&text)))
        }
    }
}

/// What was said, by whom, and a remark. Of some datagrams there is nothing to read.
fn line(style: &Style, datagram: &Datagram, ink: Ink, remark: &str) -> String {
    let peer = style.paint(Ink::Name, &datagram.peer.to_string());
    let remark = style.paint(ink, &style.plain(&format!("[{remark}]")));
    if datagram.text.as_str().is_empty() {
        return format!("{peer}: {remark}");
    }
    format!("{peer}: {}  {remark}", datagram.text)
}

fn bytes(count: usize) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}
