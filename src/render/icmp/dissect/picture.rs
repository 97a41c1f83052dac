//! A header as the RFCs draw it: 32 bits in a row, two columns for each bit. Every cell has the
//! field's name and what is in it.

use std::net::IpAddr;

use crate::event::{Field, FieldValue, Header};
use crate::render::style::{Ink, Style};

/// Columns before the frame: where the row begins, in bytes from the beginning of the header.
const MARGIN: usize = 5;
/// Bits of a row.
const ROW: usize = 32;
/// The most rows of a field that are drawn: as many as IPv4 options have.
const QUADS: usize = 10;

/// The bits of a row, counted.
const TENS: &str = " 0                   1                   2                   3";
const ONES: &str = " 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1";

/// Ruler, rows and frames of a header.
pub(super) fn rows(style: &Style, header: &Header) -> Vec<String> {
    let mut lines = ruler(style);
    lines.push(frame(style));
    let mut rest = header.fields.as_slice();
    while let Some(first) = rest.first() {
        let row = first.offset / ROW;
        if first.bits > ROW {
            lines.extend(block(style, first));
            rest = &rest[1..];
        } else {
            let count = rest.iter().take_while(|field| field.offset / ROW == row).count();
            let (fields, behind) = rest.split_at(count);
            lines.extend(cells(style, row * 4, fields));
            rest = behind;
        }
        lines.push(frame(style));
    }
    lines
}

fn ruler(style: &Style) -> Vec<String> {
    let line = |text: &str| style.paint(Ink::Dim, &format!("{:MARGIN$}{text}", ""));
    vec![line(TENS), line(ONES)]
}

fn frame(style: &Style) -> String {
    style.paint(Ink::Dim, &format!("{:MARGIN$}{}+", "", "+-".repeat(ROW)))
}

/// A row of fields: a line of names, a line of values.
fn cells(style: &Style, byte: usize, fields: &[Field]) -> [String; 2] {
    let bar = style.paint(Ink::Dim, "|");
    let mut names = style.paint(Ink::Dim, &format!("{byte:>4} |"));
    let mut values = format!("{:MARGIN$}{bar}", "");
    for field in fields {
        let width = field.bits * 2 - 1;
        names.push_str(&style.paint(Ink::Name, &centred(&name(field, width), width)));
        let text = centred(&value(field, width), width);
        values.push_str(&style.paint(ink(field), &text));
        names.push_str(&bar);
        values.push_str(&bar);
    }
    [names, values]
}

/// A field of several rows, such as an address of IPv6: its name, then its bytes, four in a row.
fn block(style: &Style, field: &Field) -> Vec<String> {
    let width = ROW * 2 - 1;
    let bar = style.paint(Ink::Dim, "|");
    let first = style.paint(Ink::Dim, &format!("{:>4} |", field.offset / 8));
    let (title, bytes) = match &field.value {
        FieldValue::Address(address) => {
            let bytes = match address {
                IpAddr::V4(address) => address.octets().to_vec(),
                IpAddr::V6(address) => address.octets().to_vec(),
            };
            (format!("{}: {address}", field.name), bytes)
        }
        FieldValue::Bytes(bytes) => (field.name.to_owned(), bytes.clone()),
        FieldValue::Number(number) => (format!("{}: {number}", field.name), Vec::new()),
        FieldValue::Unseen => (format!("{}: ?", field.name), Vec::new()),
    };
    let mut lines =
        vec![format!("{first}{}{bar}", style.paint(Ink::Name, &centred(&title, width)))];
    let mut line = |ink, text: &str| {
        let text = style.paint(ink, &centred(text, width));
        lines.push(format!("{:MARGIN$}{bar}{text}{bar}", ""));
    };
    let mut quads = bytes.chunks(ROW / 8);
    for quad in quads.by_ref().take(QUADS) {
        // As addresses are written: in groups of 16 bits.
        let groups: Vec<String> = quad.chunks(2).map(|group| super::hex(group, "")).collect();
        line(Ink::Value, &groups.join(&" ".repeat(ROW - 4)));
    }
    if quads.len() > 0 {
        line(Ink::Dim, "... and more");
    }
    if bytes.is_empty() {
        (0..field.bits / ROW).for_each(|_| line(Ink::Dim, "?"));
    }
    lines
}

fn ink(field: &Field) -> Ink {
    if field.value == FieldValue::Unseen { Ink::Dim } else { Ink::Value }
}

/// The name, or as much of it as fits: the table has it whole.
fn name(field: &Field, width: usize) -> String {
    let short = match field.name {
        name if name.len() <= width => name,
        "Version" => "Ver",
        "Fragment Offset" => "Frag. Offset",
        name => name,
    };
    short.chars().take(width).collect()
}

/// The value as it fits: decimal, and hexadecimal where there is room.
fn value(field: &Field, width: usize) -> String {
    match &field.value {
        FieldValue::Number(number) => {
            let both = format!("{number} = {}", super::hexadecimal(*number, field.bits));
            let decimal = number.to_string();
            match field.bits {
                16.. if both.len() <= width => both,
                _ if decimal.len() <= width => decimal,
                _ => "#".repeat(width),
            }
        }
        FieldValue::Address(address) => address.to_string(),
        FieldValue::Bytes(bytes) => super::hex(bytes, ""),
        FieldValue::Unseen => "?".to_owned(),
    }
}

fn centred(text: &str, width: usize) -> String {
    format!("{text:^width$}")
}
