//! Another program's run in JSON.

use serde_json::{Value, json};

use super::{nanoseconds, outcome};
use crate::event::{Answer, SafeText, TraceEvent, TracedCall};

pub(super) fn fields(event: &TraceEvent) -> (&'static str, Value) {
    let program = match event {
        TraceEvent::Call(traced) => return ("call", call(traced)),
        TraceEvent::Started(start) => json!({
            "program": "started", "pid": start.pid,
            "command": start.command.iter().map(SafeText::as_str).collect::<Vec<_>>(),
            "user": start.user.as_ref().map(SafeText::as_str),
        }),
        TraceEvent::Signal(name) => json!({ "program": "signal", "signal": name }),
        TraceEvent::Ended(end) => json!({
            "program": "ended", "code": end.code, "signal": end.signal,
            "closes": end.closes.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "calls": end.calls,
        }),
        TraceEvent::NotKept(calls) => json!({ "program": "not_kept", "calls": calls }),
    };
    ("program", program)
}

fn call(call: &TracedCall) -> Value {
    let (result, error) = match &call.answer {
        Answer::Known(known) => outcome(known),
        Answer::Error(name) => (json!(-1), Some(json!({ "name": name, "number": null }))),
        Answer::Interrupted => {
            (Value::Null, Some(json!({ "name": "interrupted", "number": null })))
        }
        Answer::Never => (Value::Null, Some(json!({ "name": "never returned", "number": null }))),
    };
    json!({
        "socket": call.socket.to_string(),
        "call": call.name,
        "text": format!("{} = {}", call.text, call.answer),
        "result": result,
        "error": error,
        "took_ns": nanoseconds(call.took),
        "state": call.state.name(),
        "system_call": call.system_call,
        "thread": call.thread,
    })
}
