//! What became of the datagrams: figures, and a small histogram.

use std::time::Duration;

use crate::event::{EchoReport, Report, RoundTrip};
use crate::render::explain::duration;
use crate::render::figures::{figure, histogram, row, share};
use crate::render::setup::{heading, indent};
use crate::render::style::{Ink, Style};

/// What a capture has seen and a socket without a peer has not.
pub(super) const CLOSED: &str = "The capture has seen why: \"port unreachable\" came back, so that machine is there, and nobody \
     has bound the port. This socket was not told, because it has no peer: --connect gives it one";

/// The live line while a long burst runs.
pub(in crate::render) fn progress(report: &Report, count: Option<u32>) -> String {
    let of = count.map_or(String::new(), |count| format!(" of {count}"));
    let rest = list(&[
        ("lost", report.lost),
        ("late", report.late),
        ("duplicated", report.duplicated),
        ("reordered", report.reordered),
        ("corrupted", report.corrupted),
    ]);
    format!(
        "{:.1} s: {} sent{of}, {} came back, {} open, {rest}",
        report.duration.as_secs_f64(),
        report.sent,
        report.received,
        report.outstanding
    )
}

/// Counts in words. The lost are always told, of the others those that there are.
fn list(counts: &[(&str, u64)]) -> String {
    let told = counts.iter().filter(|(name, count)| *count > 0 || *name == "lost");
    told.map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
}

/// The account of a burst, of which a capture has seen so many to end at a closed port.
pub(in crate::render) fn burst(style: &Style, report: &Report, closed: u64) -> Vec<String> {
    let mut lines = vec![heading(style, "Report")];
    let rate = rate(report.sent, report.sending);
    let time = match report.sent {
        // From the first to the last is no time at all.
        0 | 1 => format!("with {} bytes", report.bytes_sent),
        _ => format!("in {}{rate}", duration(report.sending)),
    };
    lines.push(row(style, "Sent", report.sent, &time, Ink::Dim));
    let of_sent = |n: u64| share(n, report.sent);
    let in_time = format!("{}: answered in time, and whole", of_sent(report.received));
    lines.push(row(style, "Received", report.received, &in_time, Ink::Good));
    let never = format!("{}: never answered", of_sent(report.lost));
    let ink = if report.lost > 0 { Ink::Warn } else { Ink::Dim };
    lines.push(row(style, "Lost", report.lost, &never, ink));
    for (label, count, meaning) in [
        ("Late", report.late, "answered, but after the timeout"),
        ("Corrupted", report.corrupted, "came back with other bytes than were sent"),
        ("Duplicated", report.duplicated, "further copies of what was received already"),
        ("Reordered", report.reordered, "of those received: a later one was faster"),
    ] {
        let ink = if count > 0 { Ink::Warn } else { Ink::Dim };
        lines.push(row(style, label, count, meaning, ink));
    }
    let seldom = [
        ("Truncated", report.truncated, "came back with their end missing"),
        ("Open", report.outstanding, "not answered yet when it ended"),
        ("Glued", report.merged, "came several in one datagram: that server keeps no borders"),
        ("Foreign", report.foreign, "are no replies: from elsewhere, or not of this run"),
        ("Refused", report.refused, "times \"port unreachable\" came back"),
    ];
    for (label, count, meaning) in seldom {
        if count > 0 {
            lines.push(row(style, label, count, meaning, Ink::Warn));
        }
    }
    if closed > report.refused {
        let meaning =
            "times \"port unreachable\" came back: seen by the capture, not by the socket";
        lines.push(row(style, "Unreachable", closed, meaning, Ink::Warn));
    }
    if report.responders.len() > 1 {
        lines.push(figure(style, "Answered by", &format!("{} endpoints", report.responders.len())));
        for (responder, count) in &report.responders {
            lines.push(figure(style, "", &format!("{responder}: {count}")));
        }
    }
    if let Some(round_trip) = &report.round_trip {
        if report.received + report.late > 1 {
            lines.extend(figures(style, round_trip));
        } else {
            let text = format!("{}: a single one", duration(round_trip.min));
            lines.push(figure(style, "Round trip", &text));
        }
        lines.extend(histogram(style, &report.histogram));
    }
    lines.push(verdict(style, report, closed));
    lines
}

/// The account of a talk: one line.
pub(in crate::render) fn talk(style: &Style, report: &Report, closed: u64) -> Vec<String> {
    let how = [
        ("late", report.late),
        ("cut", report.truncated),
        ("overtaken", report.reordered),
        ("glued", report.merged),
    ];
    let how: Vec<String> =
        how.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{n} {name}")).collect();
    let how = if how.is_empty() { String::new() } else { format!(" ({})", how.join(", ")) };
    let rest = list(&[
        ("lost", report.lost),
        ("open", report.outstanding),
        ("more copies", report.duplicated),
        ("that nobody asked for", report.foreign),
        ("times \"port unreachable\"", report.refused),
    ]);
    let times = report.round_trip.map_or(String::new(), |figures| {
        let [min, avg, max] = [figures.min, figures.avg, figures.max].map(duration);
        format!("; round trip {min} at least, {avg} on average, {max} at most")
    });
    let came = report.received + report.late + report.truncated;
    let text = format!("{} sent, {came} came back{how}, {rest}{times}", report.sent);
    let mut lines = vec![String::new(), style.paragraph("", 0, &text)];
    if closed > report.refused {
        let times = if closed == 1 { "once".to_owned() } else { format!("{closed} times") };
        let text = format!(
            "\"port unreachable\" came back {times}, as the capture has seen. The socket was not told."
        );
        lines.push(style.paragraph("", 0, &text));
    }
    lines
}

/// What a server has done.
pub(in crate::render) fn server(style: &Style, report: &EchoReport) -> Vec<String> {
    let mut lines = vec![heading(style, "What this server has done")];
    let came = format!("with {} bytes, from {}", report.bytes_received, peers(report.peers));
    lines.push(row(style, "Received", report.received, &came, Ink::Dim));
    let went = format!("with {} bytes", report.bytes_sent);
    lines.push(row(style, "Sent", report.sent, &went, Ink::Dim));
    for (label, count, meaning) in [
        ("Dropped", report.dropped, "on purpose"),
        ("Duplicated", report.duplicated, "on purpose"),
        ("Held back", report.reordered, "on purpose"),
        ("Corrupted", report.corrupted, "on purpose"),
        ("Delayed", report.delayed, "on purpose"),
        ("Over rate", report.over_rate, "not answered: --max-rate"),
        ("Queue full", report.queue_full, "not answered: too many delayed answers waited"),
        ("Guarded", report.guarded, "not answered: perhaps echoes of echoes"),
        ("Truncated", report.truncated, "longer than the buffer: the rest was lost"),
        ("Unsendable", report.send_errors, "answers that the system refused to send"),
        ("Failed", report.receive_errors, "calls to recvfrom"),
        ("Unreachable", report.unreachable, "answers that met a closed port"),
    ] {
        if count > 0 {
            lines.push(row(style, label, count, meaning, Ink::Warn));
        }
    }
    lines
}

fn peers(count: u64) -> String {
    if count == 1 { "1 peer".to_owned() } else { format!("{count} peers") }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn rate(count: u64, time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 0.001 {
        return String::new();
    }
    format!(": {:.0} a second", count as f64 / seconds)
}

fn figures(style: &Style, round_trip: &RoundTrip) -> [String; 4] {
    let [min, avg, max] = [round_trip.min, round_trip.avg, round_trip.max].map(duration);
    let [p50, p90, p99] = [round_trip.p50, round_trip.p90, round_trip.p99].map(duration);
    [
        figure(style, "Round trip", &format!("min {min}, avg {avg}, max {max}")),
        figure(style, "", &format!("p50 {p50}, p90 {p90}, p99 {p99}")),
        figure(style, "", "(p99: 99 of 100 took at most so long)"),
        figure(
            style,
            "Jitter",
            &format!("{}: from one to the next (RFC 3550)", duration(round_trip.jitter)),
        ),
    ]
}

/// What it means, in a sentence.
fn verdict(style: &Style, report: &Report, closed: u64) -> String {
    let seen = format!("No reply came. {CLOSED}.");
    let text = if report.received + report.late + report.corrupted + report.truncated == 0 {
        if report.refused > 0 {
            "Nothing came back: that machine is there, but nobody has bound the port."
        } else if closed > 0 {
            seen.as_str()
        } else {
            "Nothing came back. With UDP that has four causes: the datagrams were lost, the replies \
             were lost, nobody has bound that port, or the address is wrong or a firewall drops \
             them. The sender cannot know which."
        }
    } else if report.lost > 0 {
        "What was lost is lost: UDP sends nothing again. A program that needs it has to ask anew."
    } else if report.outstanding > 0 {
        "It was ended before everything could be answered."
    } else if report.duplicated
        + report.reordered
        + report.corrupted
        + report.truncated
        + report.merged
        + report.late
        > 0
    {
        "Nothing was lost, and yet it was not all in time, in order, once or whole: see above. With \
         UDP that is the program's business."
    } else {
        "Everything came back, once and in order. UDP did not promise that; this network did it."
    };
    let text = style.paragraph(indent(style), 2, text);
    format!("\n{}", style.paint(Ink::Heading, &text))
}
