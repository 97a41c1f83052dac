//! What became of the probes: a block for each host, then what concerns them all.

use std::fmt::Write as _;

use super::talk::{FEW, figures, milliseconds};
use crate::event::{Clock, HostReport, Others, PingReport};
use crate::render::explain::duration;
use crate::render::figures::{histogram, share};
use crate::render::setup::{heading, indent};
use crate::render::style::{Ink, Markup, Style};
use crate::render::table;

/// Replies from which on it is worth showing how they are spread.
const WORTH_A_HISTOGRAM: u64 = 10;

/// What the report needs to know of the run beside its figures.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstances {
    /// Whose clock told when replies came; none when none came.
    pub clock: Option<Clock>,
    /// Everybody who was asked is this machine itself.
    pub own: bool,
    /// The deadline came before the last probe.
    pub time_up: bool,
}

/// Rows of a table of hosts at most.
const ROWS: usize = 40;

/// The account of a ping.
pub(super) fn report(style: &Style, report: &PingReport, how: Circumstances) -> Vec<String> {
    let mut lines = Vec::new();
    if report.hosts.len() > FEW {
        lines.extend(overview(style, report));
    } else {
        for host in &report.hosts {
            lines.extend(block(style, host, report));
        }
    }
    lines.extend(circumstances(style, report, how));
    let all = sum(&report.hosts);
    let verdict = if how.time_up && all.lost + all.unsent + all.corrupted == 0 && all.received > 0 {
        "The time was up before the last probe: what was sent was answered, whole and in time."
    } else {
        verdict(&all)
    };
    let verdict = style.paragraph(indent(style), 2, verdict);
    lines.push(format!("\n{}", style.paint(Ink::Heading, &verdict)));
    lines
}

/// What is to be said beside the figures.
pub(super) fn circumstances(style: &Style, report: &PingReport, how: Circumstances) -> Vec<String> {
    let mut texts = Vec::new();
    texts.extend(others(&report.others));
    texts.extend(how.clock.map(clock));
    if how.own && how.clock.is_some() {
        texts.push(
            "Nothing left this machine, so these round trips are not a network's: they are mostly \
             the time until the processor turned to it."
                .to_owned(),
        );
    }
    let mut lines = Vec::new();
    if !texts.is_empty() {
        lines.push(String::new());
    }
    for text in texts {
        let text = style.paragraph(first(style), 2, &text);
        lines.push(style.paint(Ink::Dim, &text));
    }
    if report.others.overflowed > 0 {
        let text = format!(
            "The kernel threw {} messages away because the receive buffer was full. Replies may \
             have been among them: what is lost here may have come.",
            report.others.overflowed
        );
        lines.push(style.paint(Ink::Warn, &style.paragraph(first(style), 2, &text)));
    }
    lines
}

/// Before a line of the report.
fn first(style: &Style) -> &'static str {
    if style.markup == Markup::Markdown { "- " } else { "  " }
}

/// The statistics of one host, in the form of the ping that everybody knows.
fn block(style: &Style, host: &HostReport, report: &PingReport) -> Vec<String> {
    let title = format!("{} ping statistics", host.name);
    let title = match style.markup {
        Markup::Plain => format!("\n{}", style.paint(Ink::Heading, &format!("--- {title} ---"))),
        Markup::Markdown => heading(style, &title),
    };
    let counts = format!("{}, time {}", counts(host), duration(report.duration));
    let ink = if host.lost + host.corrupted + host.unsent > 0 { Ink::Warn } else { Ink::Good };
    // As ping has it: from the first column on.
    let item = first(style).trim_start();
    let counts = figures(style, item, &style.plain(&counts));
    let mut lines = vec![title, style.paint(ink, &counts)];
    if let Some(times) = &host.round_trip {
        let [min, avg, max, mdev] = [times.min, times.avg, times.max, times.mdev].map(milliseconds);
        let [p50, p99] = [times.p50, times.p99].map(milliseconds);
        let text = format!("round trip min/avg/max/mdev = {min}/{avg}/{max}/{mdev} ms");
        lines.push(figures(style, item, &text));
        // A single round trip is all of them.
        if host.received + host.late > 1 {
            let text =
                format!("p50 {p50} ms, p99 {p99} ms: half of them, and 99 in 100, took no longer");
            lines.push(figures(style, item, &text));
        }
        if host.received + host.late >= WORTH_A_HISTOGRAM && host.histogram.len() > 1 {
            lines.extend(histogram(style, &host.histogram));
        }
    }
    lines
}

/// `5 sent, 4 received, 1 lost (20 %)`, and what else there was.
fn counts(host: &HostReport) -> String {
    let mut text = format!(
        "{} sent, {} received, {} lost ({})",
        host.sent,
        host.received,
        host.lost,
        share(host.lost, host.sent)
    );
    for (count, one, many) in [
        (host.late, "late", "late"),
        (host.duplicated, "duplicate", "duplicates"),
        (host.corrupted, "corrupted", "corrupted"),
        (host.reordered, "out of order", "out of order"),
        (host.errors, "ICMP error", "ICMP errors"),
        (host.unsent, "not sent", "not sent"),
        (host.outstanding, "still open", "still open"),
    ] {
        if count > 0 {
            // Writing to a String cannot fail.
            let _ = write!(text, ", {count} {}", if count == 1 { one } else { many });
        }
    }
    text
}

/// Several hosts: a row for each; of very many, for those that did not answer every probe.
fn overview(style: &Style, report: &PingReport) -> Vec<String> {
    let many = report.hosts.len() > ROWS;
    let whole =
        |host: &&HostReport| host.received == host.sent && host.corrupted + host.unsent == 0;
    let rows = report.hosts.iter().filter(|host| !many || !whole(host));
    let rows: Vec<&HostReport> = rows.take(ROWS).collect();
    let mut lines = vec![heading(style, "Ping statistics")];
    if !rows.is_empty() {
        lines.extend([hosts(style, &rows), String::new()]);
    }
    if many {
        let answered = report.hosts.iter().filter(whole).count();
        let others = report.hosts.len() - answered;
        let shown = if others > rows.len() {
            format!(", of which {} are shown", rows.len())
        } else {
            String::new()
        };
        let text = format!("{answered} hosts answered every probe, {others} did not{shown}.");
        lines.push(style.paragraph(first(style), 2, &text));
    }
    let text = format!("{}, time {}", counts(&sum(&report.hosts)), duration(report.duration));
    lines.push(style.paragraph(first(style), 2, &format!("Together: {text}. Times in ms.")));
    lines
}

/// The table of hosts.
fn hosts(style: &Style, hosts: &[&HostReport]) -> String {
    let mut table = table::empty(style);
    table.set_header(["Host", "sent", "received", "lost", "min", "avg", "p99", "max"]);
    for host in hosts {
        let name = match host.address {
            Some(ip) if ip.to_string() != host.name.as_str() => format!("{} ({ip})", host.name),
            _ => host.name.to_string(),
        };
        let times = host.round_trip.map_or_else(
            || ["-", "-", "-", "-"].map(str::to_owned),
            |f| [f.min, f.avg, f.p99, f.max].map(milliseconds),
        );
        let counts =
            [host.sent.to_string(), host.received.to_string(), share(host.lost, host.sent)];
        table.add_row(std::iter::once(name).chain(counts).chain(times));
    }
    table.to_string()
}

/// The counts of all hosts together.
fn sum(hosts: &[HostReport]) -> HostReport {
    let add = |count: fn(&HostReport) -> u64| hosts.iter().map(count).sum();
    HostReport {
        sent: add(|host| host.sent),
        received: add(|host| host.received),
        late: add(|host| host.late),
        lost: add(|host| host.lost),
        outstanding: add(|host| host.outstanding),
        duplicated: add(|host| host.duplicated),
        corrupted: add(|host| host.corrupted),
        reordered: add(|host| host.reordered),
        errors: add(|host| host.errors),
        unsent: add(|host| host.unsent),
        ..HostReport::default()
    }
}

/// What came and was not for this run.
fn others(others: &Others) -> Option<String> {
    let total = others.total();
    if total == 0 {
        return None;
    }
    let kinds = [
        (others.replies, "echo replies to other programs"),
        (others.requests, "echo requests"),
        (others.errors, "errors about other packets"),
        (others.other, "of other types"),
        (others.malformed, "malformed"),
        (others.forged, "with our identifier that answered nothing we asked"),
    ];
    let kinds = kinds.iter().filter(|(count, _)| *count > 0);
    let kinds: Vec<String> = kinds.map(|(count, name)| format!("{name} {count}")).collect();
    let names = if others.errors > 0 {
        " Questions for the names of addresses may be among those packets: -n asks none."
    } else {
        ""
    };
    Some(format!(
        "Not for this run: every raw ICMP socket gets a copy of every ICMP message. {total} came \
         that {} not ours: {}.{names}",
        if total == 1 { "was" } else { "were" },
        kinds.join(", ")
    ))
}

fn clock(clock: Clock) -> String {
    let option = if cfg!(target_os = "macos") { "SO_TIMESTAMP" } else { "SO_TIMESTAMPNS" };
    match clock {
        Clock::Kernel => format!("The time of an arrival is the kernel's ({option})."),
        Clock::Program => "The time of an arrival is this program's, read when recvmsg returned: \
                           how long it took to wake up is in it."
            .to_owned(),
    }
}

/// What it means, in a sentence.
fn verdict(all: &HostReport) -> &'static str {
    if all.sent == 0 && all.unsent > 0 {
        "Nothing was sent: this machine refused it, see above."
    } else if all.sent == 0 {
        "Nothing was sent, so nothing is known."
    } else if all.received + all.late + all.corrupted == 0 {
        if all.errors > 0 {
            "No reply, but word of why: ICMP errors came, see above."
        } else if all.outstanding == all.sent {
            "It was ended before a reply could come."
        } else {
            "No reply. That does not prove that nobody is there: the way there or back may be \
             broken, the machine may be off, or a firewall drops echo requests without a word. \
             --path shows how far packets come."
        }
    } else if all.lost > 0 && all.errors >= all.lost {
        "Some were not answered, and ICMP errors say why: see above."
    } else if all.lost > 0 {
        "Some were not answered. Lost on the way there or on the way back: a ping cannot tell \
         which, it only sees the round trip."
    } else if all.unsent > 0 {
        "What was sent was answered; some probes never left this machine, see above."
    } else if all.corrupted > 0 {
        "Replies came back changed. Checksums on the way are meant to stop that: look at the \
         machines at both ends."
    } else if all.late + all.duplicated + all.reordered > 0 {
        "Nothing was lost, and yet it was not all in time, once and in order: see above. ICMP \
         promises none of that."
    } else if all.outstanding > 0 {
        "It was ended before everything could be answered; what is answered came whole and in time."
    } else {
        "Every probe was answered: once, whole and in time."
    }
}

/// How far it is, in one line.
pub(super) fn status(style: &Style, report: &PingReport) -> String {
    let text = line(report);
    style.paint(Ink::Value, &text)
}

/// The same while it runs, in a line that the next one takes the place of.
pub(super) fn progress(report: &PingReport) -> String {
    format!("{:.1} s: {}", report.duration.as_secs_f64(), line(report))
}

fn line(report: &PingReport) -> String {
    let counts = counts(&sum(&report.hosts));
    match report.hosts.as_slice() {
        [HostReport { round_trip: Some(figures), .. }] => {
            let [min, avg, max] = [figures.min, figures.avg, figures.max].map(milliseconds);
            format!("{counts}, min/avg/max = {min}/{avg}/{max} ms")
        }
        [_] => counts,
        hosts => format!("{} hosts: {counts}", hosts.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_happen_is_not_told() {
        let mut host = HostReport { sent: 5, received: 4, lost: 1, ..HostReport::default() };
        assert_eq!(counts(&host), "5 sent, 4 received, 1 lost (20 %)");
        host.duplicated = 1;
        host.errors = 2;
        assert_eq!(counts(&host), "5 sent, 4 received, 1 lost (20 %), 1 duplicate, 2 ICMP errors");
    }

    #[test]
    fn copies_of_other_programs_messages_are_explained_in_words() {
        assert_eq!(others(&Others::default()), None);
        let text = others(&Others { replies: 10, requests: 2, ..Others::default() });
        let text = text.unwrap_or_default();
        assert!(
            text.contains("12 came that were not ours: echo replies to other programs 10"),
            "{text}"
        );
        assert!(text.ends_with("echo requests 2."), "{text}");
    }

    #[test]
    fn silence_and_word_of_why_are_told_apart() {
        let silent = HostReport { sent: 3, lost: 3, ..HostReport::default() };
        assert!(verdict(&silent).contains("--path"));
        let told = HostReport { errors: 1, ..silent };
        assert!(verdict(&told).contains("ICMP errors"));
    }
}
