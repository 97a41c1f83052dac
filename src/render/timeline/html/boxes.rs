//! The words beside the poles: what stands in the box of a call, a state, a message.

use super::moments::Part;
use super::places::WORD_COLUMNS;
use super::text::{clean, columns, duration, lines};
use crate::timeline::{Call, Message, RowKind, StateChange};

/// A piece of a line, with the class that gives it its look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub class: &'static str,
    pub text: String,
}

/// What a box looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// A call.
    Call,
    /// A call that failed.
    Failed,
    /// The return of a call that is told above.
    Return,
    /// No call: a state, a message, a remark.
    Told,
}

/// A box of words.
#[derive(Clone, Debug)]
pub(super) struct Words {
    pub lane: usize,
    /// The socket on whose pole it stands.
    pub socket: String,
    pub look: Look,
    pub lines: Vec<Vec<Run>>,
    /// The state that stands in its last line, and behind how many columns: it gets a sample of its
    /// colour there.
    pub state: Option<(String, usize)>,
}

impl Words {
    /// Units from its upper to its lower edge.
    pub(super) fn height(&self) -> i32 {
        let lines = i32::try_from(self.lines.len()).unwrap_or(1);
        lines * LINE + 8
    }

    /// The widest line, in columns.
    pub(super) fn columns(&self) -> usize {
        let line = |line: &Vec<Run>| line.iter().map(|run| columns(&run.text)).sum();
        self.lines.iter().map(line).max().unwrap_or(0)
    }
}

/// Units from one line to the next.
pub(super) const LINE: i32 = 16;

/// Lines of what was said; more stands in the fields.
const SAID: usize = 5;

/// The words of a row; none for what has no place beside a pole. `name`: of the lane, where a side
/// has several.
pub(super) fn words(kind: &RowKind, part: Part, name: Option<&str>) -> Option<Words> {
    let lane = name.map(|name| format!("{} ", short(name)));
    Some(match kind {
        RowKind::Call(call) => called(call, part, lane),
        RowKind::State(at, change) => {
            let mut told = Words::told(*at, &change.socket);
            told.state(lane, change, "");
            told
        }
        RowKind::Message(message) => {
            let mut told = Words::told(message.lane, "");
            told.put("said", &(lane.unwrap_or_default() + &said(message)), SAID);
            told
        }
        RowKind::Remark(at, text) => {
            let mut told = Words::told(*at, "");
            let lane = lane.map(|name| format!("{}: ", name.trim_end()));
            told.put("soft", &(lane.unwrap_or_default() + text), SAID);
            told
        }
        _ => return None,
    })
}

fn short(name: &str) -> String {
    lines(name, WORD_COLUMNS / 2, 1).into_iter().next().unwrap_or_default()
}

fn said(message: &Message) -> String {
    let way = if message.sent { "says" } else { "hears from" };
    match (message.who.is_empty(), message.sent) {
        (true, true) => format!("says: {}", message.text),
        (true, false) => format!("hears: {}", message.text),
        (false, true) => format!("{} {way}: {}", message.who, message.text),
        (false, false) => format!("{way} {}: {}", message.who, message.text),
    }
}

fn called(call: &Call, part: Part, lane: Option<String>) -> Words {
    let failed = part != Part::Begin && call.error.is_some();
    let look = match (failed, part) {
        (true, _) => Look::Failed,
        (false, Part::End) => Look::Return,
        _ => Look::Call,
    };
    let mut out = Words::told(call.lane, &call.socket);
    out.look = look;
    let took = duration(call.end.saturating_sub(call.begin));
    match part {
        Part::Begin => out.call(lane, &call.socket, &call.text, None),
        Part::Whole => out.call(lane, &call.socket, &call.text, Some(&result(call))),
        Part::End => out.call(lane, &call.socket, &call.name, Some(&result(call))),
    }
    if part != Part::Begin
        && let Some(carries) = &call.carries
    {
        out.put("said", carries, SAID);
    }
    match (call.waited, part) {
        (true, Part::Begin | Part::Whole) => out.put("wait", &format!("waits {took}"), 1),
        (true, Part::End) => out.put("wait", &format!("waited {took}"), 1),
        _ => {}
    }
    if let Some(state) = &call.state
        && shows_state(call, part)
    {
        out.state(None, state, &call.socket);
    }
    out
}

/// A call that lasts shows its state where it changes: a connect has sent its SYN at its beginning.
pub(super) fn shows_state(call: &Call, part: Part) -> bool {
    let early = call.state.as_ref().is_some_and(|state| state.to == "SYN-SENT");
    match part {
        Part::Whole => true,
        Part::Begin => early,
        Part::End => !early,
    }
}

/// `-1 ECONNREFUSED (111)`.
pub(super) fn result(call: &Call) -> String {
    let mut text = call.result.clone();
    if let Some(error) = &call.error {
        if !text.contains(&error.name) {
            text = format!("{text} {}", error.name);
        }
        if let Some(number) = error.number {
            text = format!("{text} ({number})");
        }
    }
    clean(text.trim())
}

impl Words {
    fn told(lane: usize, socket: &str) -> Self {
        let socket = socket.to_owned();
        Self { lane, socket, look: Look::Told, lines: Vec::new(), state: None }
    }

    /// Text in lines of its own.
    fn put(&mut self, class: &'static str, text: &str, most: usize) {
        let lines = lines(text, WORD_COLUMNS, most);
        self.lines.extend(lines.into_iter().map(|text| vec![Run { class, text }]));
    }

    /// `client 3  A connect(127.0.0.1:6000) = 0`.
    fn call(&mut self, lane: Option<String>, socket: &str, text: &str, result: Option<&str>) {
        let failed = self.look == Look::Failed;
        let class = if failed { "bad" } else { "result" };
        let mut first = Vec::new();
        let mut used = 0;
        let mut push = |first: &mut Vec<Run>, class, text: String| {
            used += columns(&text);
            first.push(Run { class, text });
            used
        };
        if let Some(lane) = lane {
            push(&mut first, "lane", lane);
        }
        if !socket.is_empty() {
            push(&mut first, "socket", format!("{} ", clean(socket)));
        }
        let indent = push(&mut first, "", String::new());
        let mut rest = lines(text, WORD_COLUMNS.saturating_sub(indent).max(12), 6).into_iter();
        let text = rest.next().unwrap_or_default();
        let mut used = push(&mut first, "call", text);
        self.lines.push(first);
        for text in rest {
            used = columns(&text) + 2;
            self.lines.push(vec![Run { class: "call", text: format!("\u{a0}\u{a0}{text}") }]);
        }
        let Some(result) = result.filter(|result| !result.is_empty()) else { return };
        let sign = if failed { "✗ " } else { "" };
        let text = format!("= {sign}{result}");
        if used + 1 + columns(&text) <= WORD_COLUMNS {
            if let Some(last) = self.lines.last_mut() {
                last.push(Run { class, text: format!(" {text}") });
            }
        } else {
            for text in lines(&text, WORD_COLUMNS - 2, 4) {
                let text = format!("\u{a0}\u{a0}{text}");
                self.lines.push(vec![Run { class, text }]);
            }
        }
    }

    /// `■ B → ESTABLISHED`.
    fn state(&mut self, lane: Option<String>, change: &StateChange, said: &str) {
        let socket = clean(&change.socket);
        let whose = if change.socket == said { String::new() } else { format!("{socket} ") };
        let text = format!("\u{a0}\u{a0}{whose}→ {}", clean(&change.to));
        let lane = lane.unwrap_or_default();
        let before = columns(&lane);
        let text = lines(&text, WORD_COLUMNS - before, 1).into_iter().next().unwrap_or_default();
        let mut runs = vec![Run { class: "state", text }];
        if before > 0 {
            runs.insert(0, Run { class: "lane", text: lane });
        }
        self.lines.push(runs);
        self.state = Some((change.to.clone(), before));
    }
}
