//! A line of `strace -f -ttt -T`, and calls that were written in two pieces.
//!
//! ```text
//!   2772  1795351152.441158249 listen(3<TCP:[127.0.0.1:6000]>, 4) = 0 <0.000013620>
//!   2772  1795351152.441463835 accept4(3<TCP:[...]>,  <unfinished ...>      begun, and
//!   2777  1795351153.089735705 recvfrom(...) = 5 <0.000033791>              meanwhile others
//!   2772  1795351153.088400000 <... accept4 resumed>{...}, [16], 0) = 4<...> <0.646969027>
//!   2777  1795351153.090882765 +++ exited with 0 +++
//! ```
//!
//! The first number is the thread, the second the time of day when the call was made, the last how
//! long it took. Lines may be cut, mixed up or made up: nothing here panics, and what cannot be read
//! is counted and passed over.

use std::collections::HashMap;
use std::time::Duration;

use super::argument::arguments;

/// The most threads whose calls may be under way at a time.
const THREADS: usize = 4096;

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The process or thread.
    pub thread: u32,
    /// Time since 1970 in UTC. For a call: when it was made.
    pub at: Duration,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A call returned.
    Call(RawCall),
    /// A call begins, and other threads' lines come before it returns.
    Begun(RawCall),
    /// A signal came: `SIGINT`.
    Signal(String),
    /// The thread ended with a number.
    Exited(i32),
    /// A signal ended it.
    Killed(String),
}

/// A call as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RawCall {
    pub name: String,
    pub arguments: Vec<String>,
    /// What stands behind the equals sign: `5`, `4<TCP:[...]>`, `-1 EAGAIN (...)`, `?`. Empty for a
    /// call that has not returned.
    pub result: String,
    pub took: Duration,
}

impl RawCall {
    /// An argument by its place; empty where there is none.
    pub(super) fn argument(&self, place: usize) -> &str {
        self.arguments.get(place).map_or("", String::as_str)
    }

    /// The number that it gave, if it gave one that is not an error.
    pub(super) fn number(&self) -> Option<i64> {
        let digits = self.result.bytes().take_while(u8::is_ascii_digit).count();
        self.result.get(..digits)?.parse().ok()
    }

    /// The name of its error. A call that a signal broke off is told as the program gets to know it.
    pub(super) fn error(&self) -> Option<&str> {
        if let Some(rest) = self.result.strip_prefix("-1 ") {
            return rest.split([' ', '(']).next().filter(|name| !name.is_empty());
        }
        self.result.starts_with("? ERESTART").then_some("EINTR")
    }
}

/// Reads lines, and remembers calls that are under way.
#[derive(Debug, Default)]
pub(super) struct Reader {
    begun: HashMap<u32, (Duration, String)>,
    /// Lines that could not be read.
    pub strange: u64,
}

impl Reader {
    /// Reads a line; none for one that says nothing that counts.
    pub(super) fn read(&mut self, line: &str) -> Option<Line> {
        let read = self.line(line.trim_end());
        self.strange += u64::from(read.is_err());
        read.ok()?
    }

    /// None for what can be passed over.
    fn line(&mut self, line: &str) -> Result<Option<Line>, Strange> {
        let (thread, rest) = line.split_once(' ').ok_or(Strange)?;
        let thread: u32 = thread.parse()?;
        let (time, rest) = rest.trim_start().split_once(' ').ok_or(Strange)?;
        let (at, rest) = (seconds(time).ok_or(Strange)?, rest.trim_start());
        let told = |what| Ok(Some(Line { thread, at, what }));
        if let Some(words) = rest.strip_prefix("+++ ") {
            self.begun.remove(&thread);
            let words = words.strip_suffix(" +++").unwrap_or(words);
            if let Some(code) = words.strip_prefix("exited with ") {
                return told(What::Exited(code.trim().parse()?));
            }
            if let Some(signal) = words.strip_prefix("killed by ") {
                let signal = signal.split(' ').next().unwrap_or_default();
                return told(What::Killed(signal.to_owned()));
            }
            return Ok(None);
        }
        if let Some(words) = rest.strip_prefix("--- ") {
            let signal = words.split(' ').next().unwrap_or_default();
            let is_name = signal.starts_with("SIG") && signal.len() < 20;
            return if is_name { told(What::Signal(signal.to_owned())) } else { Ok(None) };
        }
        if let Some(words) = rest.strip_prefix("<... ") {
            let (name, end) = words.split_once(" resumed>").ok_or(Strange)?;
            let (at, begin) = self.begun.remove(&thread).ok_or(Strange)?;
            if begin.split('(').next() != Some(name) {
                return Err(Strange);
            }
            let call = call(&format!("{begin}{end}")).ok_or(Strange)?;
            return Ok(Some(Line { thread, at, what: What::Call(call) }));
        }
        if let Some(begin) = rest.strip_suffix("<unfinished ...>") {
            // `<unfinished ...>) = ?` has no such end: that call never returns.
            let begin = begin.trim_end();
            if self.begun.len() < THREADS || self.begun.contains_key(&thread) {
                self.begun.insert(thread, (at, begin.to_owned()));
            }
            let (name, text) = begin.split_once('(').ok_or(Strange)?;
            let open = format!("{})", text.trim_end_matches([',', ' ']));
            let arguments = arguments(&open).map(|(parts, _)| owned(&parts)).unwrap_or_default();
            let name = name.to_owned();
            return told(What::Begun(RawCall { name, arguments, ..RawCall::default() }));
        }
        told(What::Call(call(rest).ok_or(Strange)?))
    }
}

/// A line that says nothing to who knows strace.
struct Strange;

impl From<std::num::ParseIntError> for Strange {
    fn from(_: std::num::ParseIntError) -> Self {
        Self
    }
}

fn owned(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}

/// `name(arguments) = result <seconds>`.
fn call(text: &str) -> Option<RawCall> {
    let (name, rest) = text.split_once('(')?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.is_empty() || !name.bytes().all(is_name) {
        return None;
    }
    // A call that never returned: `recvfrom(4<...>, <unfinished ...>) = ?`.
    let never = rest.strip_suffix("<unfinished ...>) = ?");
    let never = never.map(|begin| format!("{}) = ?", begin.trim_end_matches([',', ' '])));
    let (parts, behind) = arguments(never.as_deref().unwrap_or(rest))?;
    let result = behind.trim_start().strip_prefix('=')?.trim();
    let (result, took) = match result.rsplit_once(" <") {
        Some((before, time)) => match time.strip_suffix('>').and_then(seconds) {
            Some(took) => (before.trim_end(), took),
            None => (result, Duration::ZERO),
        },
        None => (result, Duration::ZERO),
    };
    let (name, result) = (name.to_owned(), result.to_owned());
    Some(RawCall { name, arguments: owned(&parts), result, took })
}

/// `1795351152.441158249`: seconds with six or nine digits behind the point.
fn seconds(text: &str) -> Option<Duration> {
    let (whole, part) = text.split_once('.')?;
    if part.is_empty() || part.len() > 9 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanoseconds: u32 = format!("{part:0<9}").parse().ok()?;
    // Ten thousand years: far from the end of numbers.
    let whole: u64 = whole.parse().ok().filter(|seconds| *seconds < 315_360_000_000)?;
    Some(Duration::new(whole, nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&str; 9] = [
        "2772  1795351152.440137246 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3<TCP:[19931117]> <0.000084856>",
        "2772  1795351152.441463 accept4(3<TCP:[127.0.0.1:16000]>,  <unfinished ...>",
        r#"2777  1795351153.089735705 recvfrom(4<TCP:[127.0.0.1:16000->127.0.0.1:50510]>, "a\"<unfinished ...>", 2048, 0, NULL, NULL) = 5 <0.000033791>"#,
        r#"2772  1795351153.089735705 <... accept4 resumed>{sa_family=AF_INET, sin_port=htons(5), sin_addr=inet_addr("127.0.0.1")}, [16], SOCK_CLOEXEC) = 4<TCP:[127.0.0.1:16000->127.0.0.1:5]> <0.646969027>"#,
        r#"2772  1795351153.09 connect(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr("127.0.0.1")}, 16) = -1 ECONNREFUSED (Connection refused) <0.000072889>"#,
        "2772  1795351153.10 --- SIGINT {si_signo=SIGINT, si_code=SI_KERNEL} ---",
        "2772  1795351153.11 recvfrom(4<TCP:[1]>, <unfinished ...>) = ?",
        "2777  1795351153.12 +++ exited with 3 +++",
        "2772  1795351153.13 +++ killed by SIGKILL +++",
    ];

    #[test]
    fn calls_in_two_pieces_are_one() {
        let mut reader = Reader::default();
        let lines: Vec<Line> = LINES.iter().filter_map(|line| reader.read(line)).collect();
        assert_eq!((lines.len(), reader.strange), (9, 0));
        let What::Begun(begun) = &lines[1].what else { panic!("{:?}", lines[1]) };
        assert_eq!((begun.name.as_str(), begun.arguments.len()), ("accept4", 1));
        let What::Call(accept) = &lines[3].what else { panic!("{:?}", lines[3]) };
        assert_eq!(accept.arguments.len(), 4, "{accept:?}");
        assert_eq!((lines[3].at, accept.took), (lines[1].at, Duration::from_nanos(646_969_027)));
        let What::Call(connect) = &lines[4].what else { panic!("{:?}", lines[4]) };
        assert_eq!((connect.error(), connect.number()), (Some("ECONNREFUSED"), None));
        assert_eq!(lines[5].what, What::Signal("SIGINT".into()));
        let What::Call(never) = &lines[6].what else { panic!("{:?}", lines[6]) };
        assert_eq!((never.result.as_str(), never.argument(0)), ("?", "4<TCP:[1]>"));
        assert_eq!(lines[7].what, What::Exited(3));
        assert_eq!(lines[8].what, What::Killed("SIGKILL".into()));
    }

    #[test]
    fn mutated_lines_are_read_or_passed_over() {
        // A generator of numbers: as long as it is the same, a failure comes again.
        let mut state = 6000_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(state >> 33).unwrap_or(0) % below.max(1)
        };
        let (mut reader, mut book) = (Reader::default(), super::super::book::Book::default());
        let mut read = 0_u32;
        for round in 0..60_000 {
            let mut line = LINES[round % LINES.len()].as_bytes().to_vec();
            for _ in 0..random(6) {
                let Some(last) = line.len().checked_sub(1) else { break };
                let at = random(last + 1);
                match random(4) {
                    0 => line[at] = u8::try_from(random(256)).unwrap_or(0),
                    1 => drop(line.remove(at)),
                    2 => line.insert(at, b"<>()[]{}\",\\=- ?0"[random(16)]),
                    _ => line.truncate(at.max(1)),
                }
            }
            if let Some(line) = reader.read(&String::from_utf8_lossy(&line)) {
                read += 1;
                book.take(line);
            }
        }
        assert!(read > 10_000, "{read}");
        assert!(!book.rows().is_empty());
    }
}
