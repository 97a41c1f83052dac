//! A packet taken apart, drawn: each header as the RFCs draw it, its fields as a table, its checksum
//! worked out.

mod picture;
mod sum;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use crate::event::{Checksum, Dissection, Field, FieldValue, Header, Witness};
use crate::render::setup::{heading, indent};
use crate::render::style::{Ink, Markup, Style};
use crate::render::table;

/// Draws a packet header by header.
pub(in crate::render) fn dissection(style: &Style, dissection: &Dissection) -> Vec<String> {
    dissection_of(style, dissection, |_| true)
}

/// The same, with the tables and sums of only those headers that are wanted `whole`; of the others the
/// picture is drawn.
pub(in crate::render) fn dissection_of(
    style: &Style,
    dissection: &Dissection,
    whole: impl Fn(&Header) -> bool,
) -> Vec<String> {
    let title = format!("{}: {}", direction(dissection), dissection.what);
    let mut lines = vec![heading(style, &title)];
    let how = style.paragraph(indent(style), indent(style).len(), came(dissection.witness));
    lines.push(style.paint(Ink::Dim, &how));
    for header in &dissection.headers {
        lines.extend(draw(style, header, dissection.witness, whole(header)));
    }
    lines.extend(payload(style, dissection));
    lines
}

/// Whether a checksum is 0 because the kernel fills it in after netlab has handed the bytes over.
pub(in crate::render) fn left_to_the_kernel(sum: &Checksum, witness: Witness) -> bool {
    matches!(witness, Witness::HandedOver | Witness::Built) && sum.on_the_wire == 0
}

fn direction(dissection: &Dissection) -> &'static str {
    match dissection.direction {
        _ if dissection.witness == Witness::Built => "Not sent",
        crate::event::Direction::Sent => "Sent",
        crate::event::Direction::Received => "Received",
    }
}

const fn came(witness: Witness) -> &'static str {
    match witness {
        Witness::Transmitted => "These are the bytes that left: the kernel gave a copy back.",
        Witness::HandedOver => {
            "These are the bytes that netlab handed over. The kernel puts the IP header before \
             them, and netlab does not see it."
        }
        Witness::Built => {
            "These are the bytes that netlab has built. Nothing was sent, so there is no whole IP \
             header yet."
        }
        Witness::Received => "These are the bytes that came, with their IP header.",
        Witness::ReceivedInPart => {
            "These are the bytes that came. The kernel keeps the IP header and tells single fields \
             of it."
        }
    }
}

fn draw(style: &Style, header: &Header, witness: Witness, whole: bool) -> Vec<String> {
    let length = header.fields.iter().map(|field| field.bits).sum::<usize>() / 8;
    let last = header.offset + length.saturating_sub(1);
    let about = format!("{length} bytes: {} to {last} of the packet", header.offset);
    let source = style.plain(header.source);
    let mut lines = match style.markup {
        Markup::Plain => {
            let about = style.paint(Ink::Dim, &format!("({about}; {})", ascii(style, &source)));
            vec![String::new(), format!("{} {about}", style.paint(Ink::Heading, header.name))]
        }
        Markup::Markdown => {
            vec![format!("\n### {}\n", header.name), format!("{about}; {}.", ascii(style, &source))]
        }
    };
    lines.extend(fenced(style, picture::rows(style, header)));
    if !whole {
        return lines;
    }
    lines.push(fields(style, header));
    if let Some(sum) = &header.checksum {
        lines.push(sum::title(style, sum));
        lines.extend(fenced(style, sum::work(style, sum, left_to_the_kernel(sum, witness))));
    }
    lines
}

/// The section sign has no ASCII form of its own.
fn ascii(style: &Style, text: &str) -> String {
    if style.ascii { text.replace('§', "section") } else { text.to_owned() }
}

/// Lines whose columns matter: Markdown would join them.
fn fenced(style: &Style, lines: Vec<String>) -> Vec<String> {
    if style.markup == Markup::Plain {
        return lines;
    }
    let opening = std::iter::once("\n```text".to_owned());
    opening.chain(lines).chain(std::iter::once("```".to_owned())).collect()
}

/// The table of a header's fields.
fn fields(style: &Style, header: &Header) -> String {
    let mut table = table::empty(style);
    table.set_header(["Byte", "Bits", "Field", "Value", "Meaning"]);
    for field in &header.fields {
        table.add_row([
            place(field),
            field.bits.to_string(),
            field.name.to_owned(),
            value(style, field),
            style.plain(&field.meaning),
        ]);
    }
    let gap = if style.markup == Markup::Markdown { "\n" } else { "" };
    format!("{gap}{table}")
}

/// Where a field begins: the byte, and the bit in it where that is not the first.
fn place(field: &Field) -> String {
    match (field.offset / 8, field.offset % 8) {
        (byte, 0) => byte.to_string(),
        (byte, bit) => format!("{byte}.{bit}"),
    }
}

/// The value, decimal and hexadecimal.
fn value(style: &Style, field: &Field) -> String {
    match &field.value {
        FieldValue::Number(number) if field.bits == 1 => number.to_string(),
        FieldValue::Number(number) => {
            format!("{number} = {}", hexadecimal(*number, field.bits))
        }
        FieldValue::Address(IpAddr::V4(address)) => format!("{address}"),
        FieldValue::Address(IpAddr::V6(address)) => format!("{address}"),
        FieldValue::Bytes(bytes) => {
            // The picture has them all.
            let shown = hex(bytes.get(..4).unwrap_or(bytes), " ");
            let more = if bytes.len() > 4 { " …" } else { "" };
            style.plain(&format!("{shown}{more}"))
        }
        FieldValue::Unseen => "?".to_owned(),
    }
}

/// As many digits as the field has: four bits each.
fn hexadecimal(number: u64, bits: usize) -> String {
    format!("0x{number:0width$x}", width = bits.div_ceil(4))
}

/// Bytes in two digits each.
pub(super) fn hex(bytes: &[u8], between: &str) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.join(between)
}

/// What follows the last header, as bytes and letters.
fn payload(style: &Style, dissection: &Dissection) -> Vec<String> {
    let length = dissection.payload_length;
    if length == 0 {
        return Vec::new();
    }
    let unit = if length == 1 { "byte" } else { "bytes" };
    let shown = dissection.payload.len();
    let more = if shown < length { format!(", the first {shown} of them") } else { String::new() };
    let about = format!("({length} {unit} behind the headers{more})");
    let mut lines = match style.markup {
        Markup::Plain => vec![
            String::new(),
            format!("{} {}", style.paint(Ink::Heading, "Data"), style.paint(Ink::Dim, &about)),
        ],
        Markup::Markdown => vec![format!("\n### Data\n"), about],
    };
    lines.extend(fenced(style, dump(style, &dissection.payload)));
    let marked = dissection.witness != Witness::Built && length >= 8;
    if marked && matches!(dissection.what, "echo request" | "echo reply") {
        let mark = "Bytes 0 to 7 are netlab's mark: four of a random number of this run, two for the \
                    host, two for the upper half of the probe's number.";
        let indent = if style.markup == Markup::Markdown { "" } else { "  " };
        lines.push(style.paint(Ink::Dim, &style.paragraph(indent, 2, mark)));
    }
    lines
}

/// Sixteen bytes a row: where they are, what they are, and the letters among them.
fn dump(style: &Style, bytes: &[u8]) -> Vec<String> {
    let row = |(at, row): (usize, &[u8])| {
        let letter = |byte: &u8| {
            if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' }
        };
        let letters: String = row.iter().map(letter).collect();
        let hex = style.paint(Ink::Value, &format!("{:<47}", hex(row, " ")));
        format!("{:5}  {hex}  {}", at * 16, style.paint(Ink::Dim, &letters))
    };
    bytes.chunks(16).enumerate().map(row).collect()
}
