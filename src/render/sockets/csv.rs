//! Rows for a spreadsheet: comma-separated values
//! ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)), a header and a record for each socket, ended
//! by CR LF.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and would compute
//! what somebody has called a program. Such a cell gets an apostrophe before it.

use std::fmt::Write as _;

use super::{Known, cells};
use crate::event::{Exposure, Row, Rows, Transport};
use crate::render::output::Output;

/// The columns.
const COLUMNS: &str = "transport,protocol,family,state,source_ip,source_port,source_range,\
                       destination_ip,destination_port,destination_range,receive_queue,send_queue,\
                       exposure,pid,program,user,interface,identifier,dual_stack,source_name,\
                       destination_name";

/// The header, and a record after the other.
pub fn write(out: &mut Output, known: &Known, rows: Rows) {
    header(out, "");
    let mut line = String::new();
    rows.each(|row| {
        line.clear();
        record(&mut line, row, known);
        out.line(&line);
    });
}

/// The header, with more columns before the usual ones.
pub fn header(out: &mut Output, before: &str) {
    out.line(&format!("{before}{COLUMNS}\r"));
}

/// A record, with the CR that ends it.
pub fn record(line: &mut String, row: &Row, known: &Known) {
    let socket = row.socket;
    let ports = socket.transport.has_ports();
    let number = match socket.transport {
        Transport::Raw(number) => Some(number),
        _ => None,
    };
    field(line, socket.transport.name());
    optional(line, number);
    let _ = write!(line, "{},{},", socket.family(), socket.state);
    for (side, range) in
        [(socket.source, socket.source_range()), (socket.destination, socket.destination_range())]
    {
        let _ = write!(line, "{},", side.ip);
        optional(line, ports.then_some(side.port));
        field(line, range.map_or("", crate::port::Range::name));
    }
    optional(line, socket.queues.map(|queues| queues.receive));
    optional(line, socket.queues.map(|queues| queues.send));
    field(line, exposure(socket.exposure()));
    let pids: Vec<String> = row.programs.iter().map(|program| program.pid.to_string()).collect();
    let names: Vec<&str> = row.programs.iter().map(|program| program.name.as_str()).collect();
    field(line, &pids.join(";"));
    field(line, &names.join(";"));
    optional(line, socket.user);
    field(line, known.interface(socket.interface).unwrap_or_default());
    optional(line, (socket.transport == Transport::Icmp).then_some(socket.source.port));
    field(line, if socket.dual_stack { "true" } else { "false" });
    for ip in [socket.source.ip, socket.destination.ip] {
        field(line, known.names.get(&ip).map_or("", |name| name.as_str()));
    }
    // The last comma.
    line.pop();
    line.push('\r');
}

/// Who can reach a socket, in words.
pub(super) const fn exposure(exposure: Exposure) -> &'static str {
    match exposure {
        Exposure::ThisHost => "this host",
        Exposure::Network => "network",
    }
}

fn optional<N: Into<u32>>(line: &mut String, number: Option<N>) {
    if let Some(number) = number {
        cells::number(line, number.into());
    }
    line.push(',');
}

/// A field with its comma: in quotes where it has to be, and never a formula.
pub fn field(line: &mut String, text: &str) {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t']) { "'" } else { "" };
    if text.contains([',', '"', '\r', '\n']) {
        let _ = write!(line, "\"{guard}{}\",", text.replace('"', "\"\""));
    } else {
        line.push_str(guard);
        line.push_str(text);
        line.push(',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_quoted_and_is_no_formula() {
        let of = |text| {
            let mut line = String::new();
            field(&mut line, text);
            line
        };
        assert_eq!(of("nginx"), "nginx,");
        assert_eq!(of("a,b"), "\"a,b\",");
        assert_eq!(of("say \"hi\""), "\"say \"\"hi\"\"\",");
        assert_eq!(of("=1+1"), "'=1+1,");
        assert_eq!(of("@x,y"), "\"'@x,y\",");
    }
}
