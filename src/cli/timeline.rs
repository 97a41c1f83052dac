//! The words of `netlab timeline`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

pub(super) const TIMELINE_EXAMPLES: &str = "\
Examples:
  netlab tcp-server --record server.jsonl --packets     in one terminal
  netlab tcp-client 127.0.0.1 --record client.jsonl     in another
  netlab timeline client.jsonl server.jsonl             both, and the wire
  netlab timeline client.jsonl                          one side alone
  netlab timeline client.jsonl server.jsonl --explain   numbers and causes
  netlab timeline client.jsonl --socket client:A --from 1.5s --to 3s
  netlab timeline client1.jsonl client2.jsonl server.jsonl
  netlab timeline client.jsonl server.jsonl --format markdown > timeline.md
  netlab timeline client.jsonl server.jsonl --html picture.html
  netlab timeline client.jsonl --fold never | less -S
  netlab demo handshake --format json | netlab timeline -

The two records may come from two machines: their clocks are brought together by what must come \
before what, and the picture says how far that can be trusted.

Exit codes: 0 drawn, 1 nothing happened in the time asked for, 2 a file is no record, 3 the picture \
cannot be written.";

/// `netlab timeline`.
#[derive(Args, Clone, Debug)]
pub struct Timeline {
    /// A record, and the other side's, or a server's and its clients' (8 at most); `-` is the standard
    /// input.
    #[arg(value_name = "RECORD", required = true)]
    pub records: Vec<PathBuf>,
    /// What repeats itself more often than this is folded into one row: a number, or `never`.
    /// Of a picture that is still very long, the first and the last conversations are drawn and the
    /// others counted; `never` draws them too.
    #[arg(long, value_name = "N|never", default_value = "8", value_parser = fold, allow_negative_numbers = true)]
    pub fold: usize,
    /// Only this socket: A, or with its program as in client:A.
    #[arg(long, value_name = "LABEL", value_parser = socket)]
    pub socket: Option<WhichSocket>,
    /// Only what happened from then on, on the clock of the picture: 386ms, 0.4s; a plain number is
    /// seconds.
    #[arg(long, value_name = "TIME", value_parser = moment, allow_negative_numbers = true)]
    pub from: Option<Duration>,
    /// Only what happened up to then.
    #[arg(long, value_name = "TIME", value_parser = moment, allow_negative_numbers = true)]
    pub to: Option<Duration>,
    /// Draw the picture into FILE, a page for a browser: one file with everything in it, to be looked
    /// at, printed or handed in.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Every call: also what netlab does for itself (a poll that does not wait, trying in vain, asking
    /// for options, filters, waking a thread).
    #[arg(long)]
    pub all: bool,
}

/// A socket of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhichSocket {
    /// The lane's name; none: of any lane.
    pub lane: Option<String>,
    /// The label.
    pub label: String,
}

/// `8`, or `never`, which is 0.
pub(super) fn fold(text: &str) -> Result<usize, String> {
    if text == "never" {
        return Ok(0);
    }
    match text.parse() {
        Ok(number @ 1..=1_000_000) => Ok(number),
        _ => Err("a whole number from 1 to 1000000, or never".to_owned()),
    }
}

/// `386ms`, `0.4s`, `250us`; a plain number is seconds.
fn moment(text: &str) -> Result<Duration, String> {
    let rule = "a time is 386ms, 0.4s or 250us; a plain number is seconds, from 0 to 86400";
    let text = text.trim();
    let units = [("ms", 1e3), ("us", 1e6), ("µs", 1e6), ("s", 1.0)];
    let known = units.iter().find_map(|(unit, part)| Some((text.strip_suffix(unit)?, *part)));
    let (number, part) = known.unwrap_or((text, 1.0));
    match number.trim_end().parse::<f64>().map(|number| number / part) {
        Ok(number) if (0.0..=86_400.0).contains(&number) => Ok(Duration::from_secs_f64(number)),
        _ => Err(rule.to_owned()),
    }
}

/// `A`, or `client:A`.
fn socket(text: &str) -> Result<WhichSocket, String> {
    let (lane, label) = match text.rsplit_once(':') {
        Some((lane, label)) => (Some(lane), label),
        None => (None, text),
    };
    let letters = !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphabetic());
    if !letters || label.len() > 7 || lane == Some("") {
        return Err("a socket has letters: A, B, ... or with its program client:A".to_owned());
    }
    Ok(WhichSocket { lane: lane.map(str::to_owned), label: label.to_ascii_uppercase() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_units() {
        let micros = |text| moment(text).map(|time| time.as_micros());
        assert_eq!(micros("386ms"), Ok(386_000));
        assert_eq!(micros("0.4s"), Ok(400_000));
        assert_eq!(micros("250 us"), Ok(250));
        assert_eq!(micros("1.5"), Ok(1_500_000));
        for wrong in ["", "ms", "-1ms", "1h", "nans", "inf", "1e9s"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn folds_and_sockets_are_read() {
        assert_eq!((fold("never"), fold("3")), (Ok(0), Ok(3)));
        for wrong in ["0", "-1", "", "always", "1e3"] {
            assert!(fold(wrong).is_err(), "{wrong}");
        }
        let read = |text| socket(text).map(|s| (s.lane, s.label));
        assert_eq!(read("b"), Ok((None, "B".to_owned())));
        assert_eq!(read("client 2:A"), Ok((Some("client 2".to_owned()), "A".to_owned())));
        for wrong in ["", "1", "client:", ":A", "A B"] {
            assert!(socket(wrong).is_err(), "{wrong}");
        }
    }
}
