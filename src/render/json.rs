//! # Events as JSON Lines: the machine format
//!
//! One JSON object a line, UTF-8. It is a contract: within a format version, events and fields are
//! only added, never changed or removed, so a reader must ignore what it does not know. The same
//! lines are written by `--format json` (to the standard output) and by `--record FILE`, with one
//! difference: a record keeps no text of messages, only their length and digest.
//!
//! The first line is the header:
//!
//! ```json
//! {"event":"header","format":1,"netlab":"0.1.0","run":"5f0c…","host":"JS-PC","os":"linux",
//!  "command":["tcp-server","6000"],"started_unix_ns":1795268220000000000}
//! ```
//!
//! Every other line begins with `event` and `t_ns`, nanoseconds since the run began on the
//! machine's monotonic clock.
//!
//! | event | fields |
//! | --- | --- |
//! | `host` | `name`, `addresses` (`ip`, `interface`, `reach`), `source_ports` |
//! | `listening` | `socket`, `ip`, `port` and the server's options |
//! | `connecting` | `host`, `ip`, `port`, `source` and the client's options |
//! | `connect_ex` | `ip`, `port`, `number` |
//! | `bound` | a datagram server: `socket`, `ip`, `port`, `dual_stack`, `buffer`, `impairments` (`drop`, `duplicate`, `reorder`, `corrupt` from 0 to 1, `delay_ns`, `jitter_ns`, `seed` or null), `max_rate`, `groups` |
//! | `sending` | a datagram client: `host`, `ip`, `port`, `source`, `connect`, `cast` (`unicast`, `broadcast`, `multicast`), `timeout_ns`, `buffer`, `ttl`, `dont_fragment`; of a burst `count`, `interval_ns`, `size`, `window`, `run` |
//! | `peer` | `socket`, `ip`, `port`: a datagram server has heard somebody for the first time |
//! | `datagram` | `socket`, `direction`, `ip`, `port`, `bytes`, `digest` (of the text that is shown, at most 256 bytes of it; null where there is none, as in a burst), `fate` (`fine`, `dropped`, `over rate`, `guarded`; at a client `late`, `duplicate`, `reordered`, `corrupted`, `truncated`, `merged`, `foreign`, `other`), `round_trip_ns`, `sequence`, `on_purpose` (`duplicated`, `held_back`, `corrupted`, `delay_ns`), and outside records `text` |
//! | `progress`, `report` | what became of a client's datagrams: `sent`, `received`, `outstanding`, `lost`, `duplicated`, `reordered`, `corrupted`, `late`, `foreign`, `merged`, `truncated`, `refused`, `bytes_sent`, `bytes_received`, `sending_ns`, `duration_ns`, `rtt_ns` (`min`, `avg`, `p50`, `p90`, `p99`, `max`, `mdev`: the standard deviation), `jitter_ns`, `histogram` (`from_ns`, `to_ns`, `count`), `responders` (`ip`, `port`, `count`) |
//! | `server_report` | what a datagram server has done: `datagrams_received`, `datagrams_sent`, `bytes_received`, `bytes_sent`, `peers`, and how many were `dropped`, `duplicated`, `reordered`, `corrupted`, `delayed`, `over_rate`, `queue_full`, `guarded`, `truncated`, `send_errors`, `receive_errors`, `unreachable` |
//! | `pinging` | a ping: `sockets` (`socket`, `family` 4 or 6, `privilege` (`root`, `CAP_NET_RAW`, `administrator`, `ping socket`), `group_range`, `identifier`, `clock` (`kernel`, `program`), `filtered`), `hosts` (`name`, `ip`, `source_ip`), `count`, `pace` (`interval`, `flood`, `adaptive`), `interval_ns`, `size`, `pattern` (hex), `ttl`, `timeout_ns`, `deadline_ns`, `dont_fragment`, `path` (the most hops), `quiet`, `given_back` (`nothing`, `capabilities`, `user id`, `kept`) |
//! | `probe`, `lost` | an echo request that was sent, and one that nobody answered in time: `socket`, `host` (its place in `hosts`, from 0), `ip`, `sequence` (16 bits, on the wire), `number` (from 1), `bytes`, `ttl` (null: the system's) |
//! | `reply` | all of `probe`, and `from`, `reply_bytes`, `hop_limit`, `round_trip_ns`, `clock`, `arrived_unix_ns`, `fate` (`fine`, `late`, `duplicate`, `corrupted` with `at`, `sent`, `came`, `wrong length` with `sent`, `came`, `wrong checksum` with `on_the_wire`, `computed`) |
//! | `icmp_error` | all of `probe`, and `from`, `trouble` (the words on the screen), `type`, `code`, `mtu`, `pointer`, `gateway` (null where the error has none), `after_ns`, `arrived_unix_ns` |
//! | `unsent` | all of `probe`, and `call` (as in the event), `mtu` |
//! | `dissection` | a packet: `direction`, `what`, `witness` (`transmitted`, `handed over`, `received`, `received in part`), `headers` (`name`, `source`, `offset`, `fields` (`name`, `offset_bits`, `bits`, `value`: a number, an address, hex, or null, `meaning`), `checksum` (`covers`, `pseudo_header`, `words`, `place`, `sum`, `folded`, `computed`, `on_the_wire`, `right`) or null), `payload` (hex), `payload_length` |
//! | `hop` | one hop of the way: `host`, `ttl`, `answers` (`from`, `round_trip_ns`, `answer`: `reply`, `silence`, or the words of an error) |
//! | `name` | `ip`, `name`: an address has a name |
//! | `ping_progress`, `ping_status`, `ping_report` | `hosts` (`name`, `ip`, `sent`, `received`, `late`, `lost`, `outstanding`, `duplicated`, `corrupted`, `reordered`, `errors`, `unsent`, `rtt_ns`, `jitter_ns`, `histogram`, as in `report`), `others` (not for this run: `replies`, `requests`, `errors`, `other`, `malformed`, `forged`, and `overflowed`), `duration_ns` |
//! | `listening_raw` | a raw socket hears everything: `sockets` (as in `pinging`), `source`, `count`, `hex`, `given_back` |
//! | `heard` | an ICMP message: `socket`, `family`, `from`, `to`, `type`, `code`, `bytes`, `hop_limit`, `identifier`, `sequence`, `error` (`trouble`, `quote` (`source`, `destination`, `protocol`, `identifier`, `sequence`, `source_port`, `destination_port`) or null) or null, `fault`, `arrived_unix_ns`, `packet` (hex, or null) |
//! | `listen_report` | `kinds` (`family`, `type`, `count`), `malformed`, `overflowed`, `duration_ns` |
//! | `icmp_remark` | `remark`, and what it is about |
//! | `remark` | `remark`, and what it is about |
//! | `call` | `socket`, `call`, `text` (as in `bind(0.0.0.0:6000) = 0`), `result` (a number, an address, a socket, or a datagram's `bytes` and `peer`), `error` (`name`, `number`) or null, `took_ns`, `state` (the last that this side's calls have led to: after FIN-WAIT-1 the kernel goes on by itself) |
//! | `endpoints` | `rows`: `socket`, `role`, `who`, `protocol`, `state`, `source_ip`, `source_port`, `source_range`, `destination_ip`, `destination_port`, `destination_range`; for ICMP, which has no ports, ports and ranges are null, and `identifier` and `sequence` stand in for them |
//! | `capturing` | packets are captured from now on: `filter`, `buffer`, `link`, `file`, `remark` (what there is to know of this system's packets, or null) |
//! | `capture_refused` | they are not: `error` (`name`, `number`) or null |
//! | `packet` | a packet of this run's own sockets; `t_ns` is when it crossed the interface: `number`, `captured_unix_ns`, `interface`, `direction` (`sent`, `received`, `local`), `socket` (or null), `protocol` (`tcp`, `udp`, `icmp`, `icmpv6`, `fragment`, `arp`, or a number), `source_ip`, `source_port`, `destination_ip`, `destination_port` (ports are null where there are none), `length` (bytes of the IP packet), `hop_limit`, `payload`; of TCP `flags` (names), `sequence`, `acknowledgment`, `relative_sequence`, `relative_acknowledgment`, `window`, `window_shift`, `window_bytes` (null where the beginning was not seen), `again`, `options` (`name`, and `value`); of ICMP `type`, `code`, `words`, `identifier`, `sequence`, `about` (`protocol`, `source_ip`, `source_port`, `destination_ip`, `destination_port`) or null; of a fragment `offset`, `more`; of ARP `operation`, `sender_mac`, `target_mac`; and `cause` (`by`: `calls` with `calls` (`end`, `socket`, `text`), `kernel` with `why`, `peer`, `unknown`) |
//! | `capture_report` | `packets`, `others`, `twice`, `dropped`, `written` (packets in the file, or null) |
//! | `demo` | the first event of a demo: `name`, `title`, `about` |
//! | `step`, `fact`, `table`, `curtain` | what a demo says: `title`; `name`, `value`, `words`; `title`, `head`, `rows`; `saw`, `card`, `next` |
//! | `program` | a program that `netlab trace` watches; `program` says what: `started` (`pid`, `command`, `user` or null), `signal` (`signal`), `ended` (`code` or null, `signal` or null, `closes`: sockets that were still open, `calls`: how many were watched, also on files), `not_kept` (`calls`). Its calls are `call` events which have also `system_call` (as in `recvfrom`, where `call` is `recv`) and `thread`; the result of a call that a signal broke off or that never returned is null, and its error has no number: `interrupted`, `never returned` |
//! | `untold` | calls of a demo without an event of their own: `whose` end, `socket`, `call`, `count`, `answer` of each (`name`, `number`; null: one that has not returned), `since_ns` |
//! | `hindrance` | what this machine does not let a demo do: `about` (one word), `what`, `knows`, `causes`, `try`, `error` (`name`, `number`) or null |
//! | `joined`, `half_closed`, `stalled` | `socket`, `name`, `ip`, `port` |
//! | `left` | the same, `reason`, and `error` or `after_ns` where the reason has one |
//! | `message` | `socket` (null: to the whole room), `direction`, `from`, `bytes`, `digest` (the first 16 hex digits of the text's SHA-256), `announcement`, and outside records `text` |
//! | `segmentation` | `socket`, `bytes`, `messages`, `kept` |
//! | `frame` | `socket`, `direction`, `header` (hex), `type`, `length` |
//! | `recognised` | `socket`, `dialect`, `because` |
//! | `turn` | `mine` |
//! | `note` | `note`, and what it is about |
//! | `socket` | a socket of this machine (`netlab endpoints`): `transport`, `protocol` (a raw socket's number, or null), `family` (4 or 6), `state`, `source_ip`, `source_port`, `source_range`, `destination_ip`, `destination_port`, `destination_range` (ports are null for raw and ping sockets; ranges also where there is no port or no other side), `receive_queue`, `send_queue` (for LISTEN: connections that wait for accept, and how many may), `exposure` (`this host` or `network`), `programs` (`pid`, `name`), `user`, `interface`, `identifier` (of a ping socket), `dual_stack` (an IPv6 socket that takes IPv4 as well, where the system tells), and with `--resolve` `source_name`, `destination_name` |
//! | `socket_count` | `total`, `protocols` (`transport`, `protocol`, `family`, `count`), `states`, `source_ranges`, `destination_ranges` |
//! | `unseen` | `what`: what could not be looked at, in a sentence |
//! | `state_explained`, `source_explained` | `state`, `meaning`, `who_acts`; `what`: where the sockets were read |
//! | `watching`, `socket_change` | `sockets`, `pause_ns`; `t_ns`, `change` (`new`, `state` or `gone`), `was` (the state before, or null), and the fields of `socket` |
//! | `error` | the last line of a run that failed, without `t_ns`: the five parts `what`, `knows`, `causes`, `try`, `errno`, and `number`, `exit_code` |
//! | `end` | `reason` |
//!
//! A demo runs both ends in one program; there every event says whose it is (`end`: `server` or
//! `client`, `client 2`, and where it runs two conversations `tcp-server`, `tcp-client`,
//! `udp-server`, `udp-client`). What the demo itself says, and endpoints of both sides in one table,
//! have no `end`.
//!
//! Sockets are named by their label (`A`, `B`, …), which means one socket for the whole run.

mod capture;
mod demo;
pub(super) mod figures;
mod note;
mod talk;
mod traced;

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::datagram::json as datagram;
use super::icmp::json as icmp;
use super::output::Output;
use crate::event::{
    Call, ClientSetup, EchoIds, Endpoint, Event, Host, Kind, OsError, Outcome, Peer, ServerSetup,
    Sink,
};

use crate::port::Range;

/// The version of the format.
pub const FORMAT: u32 = 1;

/// What the header says.
#[derive(Clone, Debug)]
pub struct Header {
    /// A number nobody else has: 16 hex digits.
    pub run: String,
    /// The host name.
    pub host: String,
    /// The command and its arguments.
    pub command: Vec<String>,
    /// When the run began, as time since 1970 in UTC.
    pub started: Duration,
}

/// Writes events as JSON Lines.
#[derive(Debug)]
pub struct Json {
    out: Output,
    texts: bool,
}

impl Json {
    /// Writes the header, then events; with `texts`, what was said too.
    #[must_use]
    pub fn new(mut out: Output, header: &Header, texts: bool) -> Self {
        out.line(&self::header(header).to_string());
        Self { out, texts }
    }
}

/// The header, as it stands in a record.
pub(crate) fn header(header: &Header) -> Value {
    json!({
        "event": "header",
        "format": FORMAT,
        "netlab": env!("CARGO_PKG_VERSION"),
        "run": header.run,
        "host": header.host,
        "os": std::env::consts::OS,
        "command": header.command,
        "started_unix_ns": nanoseconds(header.started),
    })
}

impl Sink for Json {
    fn event(&mut self, event: &Event) {
        self.event_of(None, event);
    }

    fn flush(&mut self) {
        self.out.flush();
    }
}

impl Json {
    /// Writes what failed, in its five parts.
    pub fn failure(&mut self, error: &crate::error::Explained) {
        self.out.line(&super::failure::json(error).to_string());
    }

    /// Writes what a command that looks has found.
    pub fn line(&mut self, found: &Value) {
        self.out.line(&found.to_string());
    }

    /// Writes the rest, and says whether all of it was written.
    ///
    /// # Errors
    ///
    /// As [`Output::finish`].
    pub fn finish(self) -> std::io::Result<()> {
        self.out.finish()
    }

    /// Writes a line that is JSON already: some things are too many to be built as values first.
    pub fn written(&mut self, line: &str) {
        self.out.line(line);
    }

    /// Hands on what was written, so that a record that is still going on can be read.
    pub fn pass_on(&mut self) {
        self.out.flush();
    }

    /// Writes an event of one end of a run that has two.
    pub fn event_of(&mut self, end: Option<&str>, event: &Event) {
        self.out.line(&value_of(end, event, self.texts).to_string());
    }
}

/// An event as it stands in a record, of an end of a run that has several; with `texts`, what was
/// said too.
pub(crate) fn value_of(end: Option<&str>, event: &Event, texts: bool) -> Value {
    let (name, fields) = fields(&event.kind, texts);
    let mut line = Map::new();
    line.insert("event".into(), name.into());
    line.insert("t_ns".into(), nanoseconds(event.at));
    if let Some(end) = end {
        line.insert("end".into(), end.into());
    }
    if let Value::Object(fields) = fields {
        line.extend(fields);
    }
    Value::Object(line)
}

pub(super) fn nanoseconds(time: Duration) -> Value {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).into()
}

fn fields(kind: &Kind, texts: bool) -> (&'static str, Value) {
    match kind {
        Kind::Host(h) => ("host", host(h)),
        Kind::Listening(setup) => ("listening", server(setup)),
        Kind::Connecting(setup) => ("connecting", client(setup)),
        Kind::ConnectEx(answer) => (
            "connect_ex",
            json!({
                "ip": answer.server.ip(), "port": answer.server.port(), "number": answer.number,
            }),
        ),
        Kind::Call(c) => ("call", call(c)),
        Kind::Datagram(event) => datagram::fields(event, texts),
        Kind::Icmp(event) => icmp::fields(event),
        Kind::Capture(event) => capture::fields(event),
        Kind::Demo(event) => demo::fields(event),
        Kind::Trace(event) => traced::fields(event),
        Kind::Endpoints(rows) => {
            ("endpoints", json!({ "rows": rows.iter().map(endpoint).collect::<Vec<_>>() }))
        }
        Kind::Joined(m) => ("joined", talk::member(m)),
        Kind::Left(m, how) => {
            let mut fields = talk::member(m);
            talk::departure(how, &mut fields);
            ("left", fields)
        }
        Kind::HalfClosed(m) => ("half_closed", talk::member(m)),
        Kind::Stalled(m) => ("stalled", talk::member(m)),
        Kind::Message(m) => ("message", talk::message(m, texts)),
        Kind::Segmentation(s) => (
            "segmentation",
            json!({
                "socket": s.socket.to_string(), "bytes": s.bytes, "messages": s.messages,
                "kept": s.kept,
            }),
        ),
        Kind::Frame(f) => (
            "frame",
            json!({
                "socket": f.socket.to_string(), "direction": f.direction.name(),
                "header": hex(&f.header), "type": f.meaning, "length": f.length,
            }),
        ),
        Kind::Recognised(r) => (
            "recognised",
            json!({ "socket": r.socket.to_string(), "dialect": r.dialect, "because": r.because }),
        ),
        Kind::Turn { mine } => ("turn", json!({ "mine": mine })),
        Kind::Note(n) => ("note", note::note(n)),
        Kind::End(how) => {
            let mut fields = json!({});
            talk::departure(how, &mut fields);
            ("end", fields)
        }
    }
}

fn host(host: &Host) -> Value {
    let addresses = host.addresses.iter().map(|address| {
        json!({
            "ip": address.ip, "interface": address.interface.as_str(),
            "reach": address.reach.name(),
        })
    });
    json!({
        "name": host.name.as_str(),
        "addresses": addresses.collect::<Vec<_>>(),
        "source_ports": host.source_ports.map(|(first, last)| [first, last]),
    })
}

fn server(setup: &ServerSetup) -> Value {
    json!({
        "socket": setup.socket.to_string(),
        "ip": setup.local.ip(), "port": setup.local.port(),
        "dual_stack": setup.dual_stack, "backlog": setup.backlog, "serve": setup.serve,
        "dialog": setup.dialog, "framing": setup.framing, "buffer": setup.buffer,
        "once": setup.once, "max_clients": setup.max_clients, "nodelay": setup.nodelay,
        "timeout_ns": setup.timeout.map(nanoseconds), "patience_ns": nanoseconds(setup.patience),
    })
}

fn client(setup: &ClientSetup) -> Value {
    json!({
        "host": setup.host.as_str(),
        "ip": setup.server.ip(), "port": setup.server.port(),
        "source": setup.source.map(|source| source.to_string()),
        "dialog": setup.dialog, "framing": setup.framing, "buffer": setup.buffer,
        "nodelay": setup.nodelay, "timeout_ns": nanoseconds(setup.timeout),
        "connect_ex": setup.connect_ex,
    })
}

pub(super) fn call(call: &Call) -> Value {
    let (result, failed) = outcome(&call.outcome);
    json!({
        "socket": call.socket.to_string(),
        "call": call.operation.name(),
        "text": format!("{} = {}", call.operation, call.outcome),
        "result": result,
        "error": failed,
        "took_ns": nanoseconds(call.took),
        "state": call.state.name(),
    })
}

/// The result, and the error if there was one.
fn outcome(outcome: &Outcome) -> (Value, Option<Value>) {
    match outcome {
        Outcome::Value(value) => (json!(value), None),
        Outcome::Address(address) => (json!(address.to_string()), None),
        Outcome::From(bytes, peer) => {
            (json!({ "bytes": bytes, "peer": Peer(*peer).to_string() }), None)
        }
        Outcome::Socket(id, None) => (json!({ "socket": id.to_string() }), None),
        Outcome::Socket(id, Some(peer)) => {
            (json!({ "socket": id.to_string(), "peer": peer.to_string() }), None)
        }
        Outcome::Failed(e) => (json!(-1), Some(error(*e))),
    }
}

fn error(error: OsError) -> Value {
    json!({ "name": error.name(), "number": error.number })
}

/// Where the protocol has no ports, there is none to classify.
fn endpoint(row: &Endpoint) -> Value {
    let ported = row.echo.is_none();
    let mut fields = json!({
        "socket": row.socket.to_string(),
        "role": row.role.name(),
        "who": row.who.as_ref().map(crate::event::SafeText::as_str),
        "protocol": row.protocol,
        "state": row.state.name(),
        "source_ip": row.source.ip(),
        "source_port": ported.then(|| row.source.port()),
        "source_range": ported.then(|| row.source_range().name()),
        "destination_ip": row.destination.ip(),
        "destination_port": ported.then(|| row.destination.port()),
        "destination_range": row.destination_range().filter(|_| ported).map(Range::name),
    });
    if let Some(EchoIds { identifier, sequence }) = row.echo {
        fields["identifier"] = identifier.into();
        fields["sequence"] = sequence.into();
    }
    fields
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
