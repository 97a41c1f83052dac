//! What a record says that is neither a call nor a packet, in words.

use serde_json::Value;

use super::clean::clean;

/// A remark's words; none for what has no place in a picture.
pub(super) fn words(event: &str, value: &Value) -> Option<String> {
    let text = |name: &str| clean(value[name].as_str().unwrap_or(""));
    let socket = || value["socket"].as_str().map(|label| format!(" (socket {})", clean(label)));
    let who = |what: &str| Some(format!("{} {what}{}", text("name"), socket().unwrap_or_default()));
    match event {
        "joined" => who("joined"),
        "half_closed" => who("ended its half and still listens"),
        "stalled" => who("does not read: the others wait"),
        "left" => Some(format!(
            "{} left{}: {}",
            text("name"),
            socket().unwrap_or_default(),
            reason(value)
        )),
        "end" => Some(format!("the run ended: {}", reason(value))),
        "error" => Some(format!("the run failed: {}", text("what"))),
        "connect_ex" => Some(format!("connect_ex gave {}", value["number"].as_i64()?)),
        "note" => note(value),
        "remark" => datagrams(value),
        "recognised" => {
            Some(format!("the other program speaks {}: {}", text("dialect"), text("because")))
        }
        "program" => program(value),
        "lost" => Some(format!("nobody answered request {}", value["number"].as_u64()?)),
        "icmp_error" => Some(format!(
            "{} says of request {}: {}",
            text("from"),
            number(value, "number"),
            text("trouble")
        )),
        _ => None,
    }
}

/// How somebody left, and with what error.
fn reason(value: &Value) -> String {
    let reason = clean(value["reason"].as_str().unwrap_or("?"));
    match value["error"]["name"].as_str() {
        Some(error) => format!("{reason} ({})", clean(error)),
        None => reason,
    }
}

/// What became of a program that was watched.
fn program(value: &Value) -> Option<String> {
    let text = |name: &str| value[name].as_str().map(clean);
    let left = value["closes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let left: Vec<String> = left.iter().take(8).filter_map(Value::as_str).map(clean).collect();
    let closes = match left.as_slice() {
        [] => String::new(),
        [one] => format!("; the kernel closes its socket {one}"),
        many => format!("; the kernel closes its sockets {}", many.join(", ")),
    };
    Some(match value["program"].as_str()? {
        "started" => "the program starts".to_owned(),
        "signal" => format!("a signal comes: {}", text("signal")?),
        "ended" => match (value["code"].as_i64(), text("signal")) {
            (_, Some(signal)) => format!("the program is ended by {signal}{closes}"),
            (Some(code), None) => format!("the program ends: exit code {code}{closes}"),
            (None, None) => format!("the program ends{closes}"),
        },
        "not_kept" => format!("{} more calls are not kept", number(value, "calls")),
        _ => return None,
    })
}

fn note(value: &Value) -> Option<String> {
    let text = |name: &str| clean(value[name].as_str().unwrap_or(""));
    Some(match value["note"].as_str()? {
        "input ended" => "the input has ended".to_owned(),
        "nothing to send" => "an empty line: 0 bytes cannot be sent".to_owned(),
        "waiting long" => "both sides may be waiting for each other".to_owned(),
        "name taken" => format!("{} is taken: {} is given", text("asked"), text("given")),
        "renamed" => format!("{} is now {}", text("old"), text("new")),
        "long line" => format!("a long line of {} is passed on in pieces", text("from")),
        "trying next" => format!("the next address is tried: {}", text("next")),
        "turned away" => format!("{} is turned away: the room is full", text("peer")),
        "out of descriptors" => "no file descriptors are left: new clients wait".to_owned(),
        _ => return None,
    })
}

fn datagrams(value: &Value) -> Option<String> {
    let text = |name: &str| clean(value[name].as_str().unwrap_or(""));
    Some(match value["remark"].as_str()? {
        "silence" => {
            let waited = value["after_ns"].as_u64().unwrap_or(0) / 1_000_000;
            format!("no reply in {waited} ms")
        }
        "unreachable" => format!("port unreachable came back{}", from(value)),
        "cut" => format!(
            "a datagram of {} bytes was longer than the buffer: {} were taken",
            number(value, "length"),
            number(value, "taken")
        ),
        "guarded" => format!("{} is not answered any more", text("peer")),
        "not shown" => {
            format!("{} more datagrams are not told one by one", number(value, "datagrams"))
        }
        _ => return None,
    })
}

fn from(value: &Value) -> String {
    value["peer"].as_str().map(|peer| format!(" for {}", clean(peer))).unwrap_or_default()
}

fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or(0)
}
