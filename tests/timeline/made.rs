//! Records made by hand, line by line as the contract has them.

use netlab::timeline::{Options, Picture, Record};
use serde_json::{Value, json};

/// A record that is being written.
pub struct Made {
    pub lines: Vec<Value>,
}

/// A segment: flags, sequence and acknowledgment relative to the beginning, bytes.
pub type Segment<'a> = (&'a [&'a str], u32, u32, u32);

impl Made {
    pub fn new(host: &str, command: &str, started: u64) -> Self {
        let command: Vec<&str> = command.split(' ').collect();
        let header = json!({
            "event": "header", "format": 1, "netlab": "0.1.0", "run": "00", "host": host,
            "os": "linux", "command": command, "started_unix_ns": started,
        });
        Self { lines: vec![header] }
    }

    /// A call that returned at a time after it had taken so long, both in microseconds.
    pub fn call(&mut self, at: u64, took: u64, end: &str, socket: &str, text: &str, state: &str) {
        let (call, result) = text.split_once(" = ").expect("a result");
        let name = call.split('(').next();
        let error = result.strip_prefix("-1 ").map(|name| json!({ "name": name, "number": 1 }));
        let told = match (name, result.split_once(" from ")) {
            (Some("accept"), Some((socket, peer))) => json!({ "socket": socket, "peer": peer }),
            (_, Some((bytes, peer))) => {
                json!({ "bytes": bytes.parse::<u64>().expect("bytes"), "peer": peer })
            }
            (Some("socket"), None) => json!({ "socket": result }),
            (_, None) if error.is_some() => json!(-1),
            (_, None) => result.parse::<i64>().map_or(json!(result), |number| json!(number)),
        };
        let mut line = json!({
            "event": "call", "t_ns": at * 1000, "end": end, "socket": socket, "call": name,
            "text": text, "result": told, "error": error, "took_ns": took * 1000, "state": state,
        });
        if end.is_empty() {
            line.as_object_mut().expect("an object").remove("end");
        }
        self.lines.push(line);
    }

    pub fn segment(
        &mut self,
        at: u64,
        way: &str,
        ports: (u16, u16),
        segment: Segment,
        cause: &Value,
    ) {
        let (flags, sequence, acknowledgment, payload) = segment;
        let number = self.lines.iter().filter(|line| line["event"] == "packet").count() + 1;
        // The client's first number is 4294967290, so that it goes round; the server's is 70000.
        let (own, other) =
            if ports.0 == 6000 { (70_000, 4_294_967_290) } else { (4_294_967_290, 70_000_u32) };
        self.lines.push(json!({
            "event": "packet", "t_ns": at * 1000, "number": number, "captured_unix_ns": at * 1000,
            "interface": "eth0", "direction": way, "socket": null, "protocol": "tcp",
            "source_ip": "10.0.0.1", "source_port": ports.0,
            "destination_ip": "10.0.0.1", "destination_port": ports.1,
            "length": 40 + payload, "hop_limit": 64, "payload": payload, "flags": flags,
            "sequence": sequence.wrapping_add(own),
            "acknowledgment": acknowledgment.wrapping_add(other),
            "relative_sequence": sequence, "relative_acknowledgment": acknowledgment,
            "window": 512, "window_shift": 7, "window_bytes": 65536, "again": false, "options": [],
            "cause": cause,
        }));
    }

    pub fn event(&mut self, at: u64, event: &str, fields: Value) {
        let mut line = json!({ "event": event, "t_ns": at * 1000 });
        let Value::Object(fields) = fields else { panic!("fields") };
        line.as_object_mut().expect("an object").extend(fields);
        self.lines.push(line);
    }

    pub fn record(&self) -> Record {
        Record::of(self.lines.clone()).expect("a record")
    }

    pub fn picture(&self) -> Picture {
        Picture::of(&[self.record()], &Options { fold: 0, ..Options::default() })
    }
}
