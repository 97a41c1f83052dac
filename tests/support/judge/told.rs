//! The calls that a record tells of.

use std::collections::HashMap;

use serde_json::Value;

use super::{Calls, Made};

/// The calls among events, with sockets told apart by end and label.
#[track_caller]
pub fn told<'a>(events: impl IntoIterator<Item = &'a Value>) -> Calls {
    // By end and label; and whether one was made, or refused.
    let mut sockets = HashMap::<_, (usize, bool)>::new();
    let mut calls = Calls::new();
    let mut new = 0;
    let mut begin = |sockets: &mut HashMap<_, _>, owner, made| {
        new += 1;
        // One that was refused has the label of the next.
        let before = sockets.insert(owner, (new, made));
        assert!(!before.is_some_and(|(_, made)| made), "one label for two sockets");
        new
    };
    for event in events {
        // Waiting for several sockets is a call on none of them.
        if event["event"] != "call" || event["call"] == "poll" {
            continue;
        }
        let word =
            |field: &str| event[field].as_str().unwrap_or_else(|| panic!("{field}: {event}"));
        let owner = |label: &str| (event["end"].as_str().map(str::to_owned), label.to_owned());
        if event["call"] == "socket" {
            begin(&mut sockets, owner(word("socket")), event["error"].is_null());
        }
        let socket = sockets.get(&owner(word("socket")));
        let socket = socket.unwrap_or_else(|| panic!("nobody made this socket: {event}")).0;
        calls.push(Made { thread: 0, socket, text: words(event, word("text")) });
        if let Some(label) = accepted(event) {
            let socket = begin(&mut sockets, owner(label), true);
            let peer = event["result"]["peer"].as_str().expect("an address");
            calls.push(Made { thread: 0, socket, text: format!("accepted from {peer}") });
        }
    }
    calls
}

fn accepted(event: &Value) -> Option<&str> {
    (event["call"] == "accept").then(|| event["result"]["socket"].as_str())?
}

/// Without labels, and without what strace cannot show.
fn words(event: &Value, text: &str) -> String {
    let (call, result) = text.split_once(" = ").unwrap_or_else(|| panic!("a result: {text}"));
    let failed = result.starts_with('-');
    match event["call"].as_str() {
        Some("socket") if !failed => call.to_owned(),
        Some("accept") if !failed => {
            format!("accept() = {}", event["result"]["peer"].as_str().expect("an address"))
        }
        Some("connect_ex") => text.replacen("connect_ex", "connect", 1),
        // Of a call that failed strace shows no size.
        Some("recvmsg") if failed && !call.contains("MSG_ERRQUEUE") => {
            format!("recvmsg() = {result}")
        }
        Some("recvmsg") if failed => format!("recvmsg(MSG_ERRQUEUE) = {result}"),
        Some("setsockopt") => {
            let (option, _) = call["setsockopt(".len()..].split_once(',').expect("a value");
            if super::seen::WITHOUT_VALUE.contains(&option) {
                format!("setsockopt({option}) = {result}")
            } else {
                text.to_owned()
            }
        }
        _ => text.to_owned(),
    }
}

#[test]
#[should_panic(expected = "one label for two sockets")]
fn a_label_is_one_sockets() {
    let call = |text: &str, error: Value| {
        serde_json::json!({ "event": "call", "end": "client", "socket": "A", "call": "socket",
                            "text": text, "error": error })
    };
    let refused = call("socket(AF_INET, SOCK_RAW) = -1 EPERM", serde_json::json!({ "number": 1 }));
    let made = call("socket(AF_INET, SOCK_DGRAM) = A", Value::Null);
    assert_eq!(told([&refused, &made]).len(), 2);
    told([&made, &made]);
}
