//! How a capture begins, why there is none, and what it has seen at its end.

use super::super::failure;
use super::super::setup::setting;
use super::super::style::{Ink, Markup, Style};
use crate::error::Explained;
use crate::event::{CaptureRefused, CaptureReport, CaptureSetup};

/// What is captured, where somebody wants to know.
pub(super) fn began(style: &Style, setup: &CaptureSetup, explain: bool) -> Vec<String> {
    if !explain {
        return Vec::new();
    }
    let link = if setup.link { ", and how addresses of the link layer are found" } else { "" };
    let text = format!("captured by the filter \"{}\"{link}", setup.filter);
    if style.markup == Markup::Markdown {
        return vec![setting(style, "Packets", &text, "")];
    }
    vec![style.paragraph("  Packets      ", 15, &text)]
}

/// No packets: what was refused, what goes on, and how to get them.
pub(super) fn refused(
    style: &Style,
    refused: &CaptureRefused,
    told: Option<&Explained>,
) -> Vec<String> {
    let Some(told) = told else {
        let name = refused.error.map_or_else(|| "not on this system".to_owned(), |e| e.name());
        return vec![style.paint(Ink::Warn, &format!("packets none: {name}"))];
    };
    let text = failure::remark(style, "packets", told);
    if style.markup == Markup::Markdown {
        return vec![format!("\n```text\n{text}\n```\n")];
    }
    vec![String::new(), text]
}

/// The figures of the end, and what can be done with the file.
pub(super) fn ended(
    style: &Style,
    report: &CaptureReport,
    setup: Option<&CaptureSetup>,
    explain: bool,
) -> Vec<String> {
    let file = setup.and_then(|setup| setup.file.as_deref());
    let remark = setup.and_then(|setup| setup.remark);
    let mut lines = Vec::new();
    let count = packets(report.packets);
    if report.dropped > 0 {
        let text = format!(
            "{count} captured, and {} LOST: they came faster than this program could take them, so \
             what is shown is not everything",
            packets(report.dropped)
        );
        lines.push(style.paint(Ink::Bad, &style.paragraph("", 2, &text)));
    } else {
        // Where the system does not tell what was lost, nobody may say that nothing was.
        let text = match remark {
            None => format!("{count} captured, none lost."),
            Some(remark) => format!("{count} captured; {remark}."),
        };
        lines.push(style.paint(Ink::Dim, &style.paragraph("", 2, &text)));
    }
    if explain && (report.others > 0 || report.twice > 0) {
        let mut parts = Vec::new();
        if report.twice > 0 {
            parts.push(format!("{} seen twice on the way", packets(report.twice)));
        }
        if report.others > 0 {
            parts.push(format!("{} of somebody else's", packets(report.others)));
        }
        let text = format!("Not shown: {}.", parts.join(", "));
        lines.push(style.paint(Ink::Dim, &style.paragraph("", 2, &text)));
    }
    if let Some(file) = file.filter(|_| report.written.is_some()) {
        let file = crate::event::SafeText::new(file.as_bytes());
        let name = quoted(file.as_str());
        let (graphic, plain) = (format!("wireshark {name}"), format!("tshark -r {name}"));
        let one = 2 + graphic.chars().count() + 8 + plain.chars().count() <= style.width;
        let between = if one { "    or: " } else { "\n  or: " };
        lines.push(format!("Written to {file}; look at it with"));
        lines.push(format!("  {}{between}{plain}", style.paint(Ink::Value, &graphic)));
    }
    lines.insert(0, String::new());
    lines
}

/// A file's name as a shell takes it.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    if name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', r"'\''"))
    }
}

fn packets(count: u64) -> String {
    if count == 1 { "1 packet".to_owned() } else { format!("{count} packets") }
}
