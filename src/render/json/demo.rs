//! What a demo says, in JSON.

use serde_json::{Value, json};

use crate::event::{DemoEvent, FactValue};

pub(super) fn fields(event: &DemoEvent) -> (&'static str, Value) {
    match event {
        DemoEvent::Title { name, title, about } => {
            ("demo", json!({ "name": name, "title": title, "about": about }))
        }
        DemoEvent::Step(title) => ("step", json!({ "title": title })),
        DemoEvent::Fact { name, value, words } => {
            ("fact", json!({ "name": name, "value": fact(value), "words": words }))
        }
        DemoEvent::Table { title, head, rows } => {
            ("table", json!({ "title": title, "head": head, "rows": rows }))
        }
        DemoEvent::Untold(calls) => (
            "untold",
            json!({
                "whose": calls.end, "socket": calls.socket.to_string(), "call": calls.call,
                "count": calls.count, "answer": calls.answer.map(super::error),
                "since_ns": u64::try_from(calls.since.as_nanos()).unwrap_or(u64::MAX),
            }),
        ),
        DemoEvent::Hindrance { about, what, knows, causes, command, error } => (
            "hindrance",
            json!({
                "about": about, "what": what, "knows": knows, "causes": causes, "try": command,
                "error": error.map(super::error),
            }),
        ),
        DemoEvent::Curtain { saw, card, next } => {
            ("curtain", json!({ "saw": saw, "card": card, "next": next }))
        }
    }
}

fn fact(value: &FactValue) -> Value {
    match value {
        FactValue::Number(number) => json!(number),
        FactValue::Truth(truth) => json!(truth),
        FactValue::Text(text) => json!(text),
        FactValue::Numbers(numbers) => json!(numbers),
        FactValue::Texts(texts) => json!(texts),
    }
}
