//! The lines of packets on a page, read.
#![cfg(test)]

use serde_json::Value;

/// A line about a TCP segment.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    pub sent: bool,
    pub flags: String,
    pub sequence: u64,
    pub acknowledgment: Option<u64>,
    pub window: u64,
    pub length: u64,
    pub again: bool,
}

/// The segments on a page.
#[track_caller]
pub fn segments(page: &[String]) -> Vec<Line> {
    page.iter().filter(|line| arrow(line).is_some()).map(|line| read(line)).collect()
}

/// The lines about packets on a page, whatever they carry.
pub fn packets(page: &[String]) -> Vec<&str> {
    page.iter().filter(|line| arrow(line).is_some()).map(String::as_str).collect()
}

fn arrow(line: &str) -> Option<bool> {
    let time = line.split_whitespace().next().is_some_and(|word| word.parse::<f64>().is_ok());
    let has = |signs: [&str; 2]| signs.iter().any(|sign| line.contains(sign));
    match (time, has(["──▶", "-->"]), has(["◀──", "<--"])) {
        (true, true, false) => Some(true),
        (true, false, true) => Some(false),
        _ => None,
    }
}

#[track_caller]
fn read(line: &str) -> Line {
    let words: Vec<&str> = line.split_whitespace().collect();
    let after = |name: &str| {
        let at = words.iter().position(|word| *word == name)?;
        Some(words.get(at + 1)?.parse().unwrap_or_else(|_| panic!("{name} in {line}")))
    };
    let arrows = ["──▶", "◀──", "-->", "<--"];
    let at = words.iter().position(|word| arrows.contains(word)).expect("an arrow");
    Line {
        sent: arrow(line) == Some(true),
        flags: words[at + 1].to_owned(),
        sequence: after("seq").unwrap_or_else(|| panic!("seq in {line}")),
        acknowledgment: after("ack"),
        window: after("win").unwrap_or_else(|| panic!("win in {line}")),
        length: after("len").unwrap_or_else(|| panic!("len in {line}")),
        again: words.contains(&"again"),
    }
}

/// The line that belongs to a packet of the record.
#[track_caller]
pub fn expected(packet: &Value) -> Line {
    let number = |field: &str| packet[field].as_u64();
    let flags: Vec<&str> =
        packet["flags"].as_array().expect("flags").iter().filter_map(Value::as_str).collect();
    Line {
        sent: packet["direction"] != "received",
        flags: flags.join(","),
        sequence: number("relative_sequence").or(number("sequence")).expect("a number"),
        acknowledgment: flags
            .contains(&"ACK")
            .then(|| number("relative_acknowledgment").or(number("acknowledgment")))
            .flatten(),
        window: number("window_bytes").or(number("window")).expect("a window"),
        length: number("payload").expect("a length"),
        again: packet["again"] == true,
    }
}
