//! A cause in a few words, for a comment in a capture file.

use crate::event::{CallOf, Cause};

/// How many calls are named in words: a segment of 64 KB can carry tens of thousands.
const NAMED: usize = 8;

/// A cause in words, in English, on one line: `A send(6) = 6, client`, `no call: the kernel
/// acknowledges`. Of a run with one end, the end has no name.
///
/// ```
/// use netlab::cause::words;
/// use netlab::event::Cause;
/// assert_eq!(words(&Cause::Kernel("acknowledges")), "no call: the kernel acknowledges");
/// ```
#[must_use]
pub fn words(cause: &Cause) -> String {
    match cause {
        Cause::Calls(calls) => {
            let named: Vec<String> = calls.iter().take(NAMED).map(call).collect();
            let more = calls.len().saturating_sub(NAMED);
            let named = named.join("; ");
            if more == 0 { named } else { format!("{named}; and {more} more calls") }
        }
        Cause::Kernel(why) => format!("no call: the kernel {why}"),
        Cause::Peer => "a call of the other side, which this run does not see".to_owned(),
        Cause::Unknown => "not known which call".to_owned(),
    }
}

fn call(call: &CallOf) -> String {
    let end = call.end.as_ref().map_or_else(String::new, |end| format!(", {end}"));
    let under_way = if call.place == usize::MAX { ", under way" } else { "" };
    format!("{} {}{under_way}{end}", call.socket, call.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(end: Option<&str>, text: &str, place: usize) -> CallOf {
        let end = end.map(str::to_owned);
        CallOf { end, socket: "A".into(), text: text.into(), place }
    }

    #[test]
    fn calls_are_named_and_many_are_counted() {
        let one = Cause::Calls(vec![of(Some("client"), "send(6) = 6", 0)]);
        assert_eq!(words(&one), "A send(6) = 6, client");
        let two = Cause::Calls(vec![of(None, "send(6) = 6", 0), of(None, "send(…)", usize::MAX)]);
        assert_eq!(words(&two), "A send(6) = 6; A send(…), under way");
        let many = Cause::Calls(vec![of(None, "send(1) = 1", 0); 1000]);
        assert!(words(&many).ends_with("A send(1) = 1; and 992 more calls"));
        assert_eq!(words(&Cause::Unknown), "not known which call");
    }
}
