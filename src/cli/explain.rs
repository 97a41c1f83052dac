//! The words of `netlab explain`.

use std::ffi::OsString;

use clap::Args;

pub(super) const EXPLAIN_EXAMPLES: &str = "\
Examples:
  netlab explain                                what groups of cards there are
  netlab explain all                            every card there is
  netlab explain bind                           a call
  netlab explain ECONNREFUSED                   an error by its name
  netlab explain 10061                          by its number, of whatever system
  netlab explain \"[Errno 98] Address already in use\"
  netlab explain \"a bytes-like object is required, not 'str'\"
  netlab explain tcp vs udp
  netlab explain \"s.bind(('', 6000))\"           the call in a line of code
  python3 server.py 2>&1 | netlab explain -     what another program says
  netlab explain listen --explain               and where the facts come from
  netlab explain listen --format markdown       for a worksheet

Exit codes: 0 there is such a card; 1 there is none, and the nearest are named.";

/// A word of the command line, without the bracket behind a negative number: in Python's
/// `[Errno -2] Name or service not known`, pasted as it is, `-2]` would be taken for options.
pub(super) fn unbracketed(word: OsString) -> OsString {
    let number = word.to_str().and_then(|word| word.strip_suffix([':', ','])).or(word.to_str());
    let number = number.and_then(|word| word.strip_suffix(']'));
    let digits = number.and_then(|number| number.strip_prefix('-'));
    match (number, digits) {
        (Some(number), Some(digits)) if digits.parse::<u32>().is_ok() => number.into(),
        _ => word,
    }
}

/// `netlab explain`.
#[derive(Args, Clone, Debug)]
pub struct Explain {
    /// A word, the name or number of an error, a call, or the line that was on your screen; `-`
    /// reads it from the standard input. Without words: what there is.
    #[arg(value_name = "WORD|CODE|CALL", allow_negative_numbers = true)]
    pub words: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_negative_number_loses_its_bracket() {
        for (word, read) in [("-2]", "-2"), ("-3]:", "-3"), ("-2", "-2"), ("98]", "98]")] {
            assert_eq!(unbracketed(word.into()), read, "{word}");
        }
        for word in ["-a]", "-]", "--x]", "]", "", "-2]]", "- 2]"] {
            assert_eq!(unbracketed(word.into()), word);
        }
    }
}
