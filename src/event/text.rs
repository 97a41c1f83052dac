//! Text that came from somebody else, made safe to show.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// Text in which no control character is left: it can be written to any terminal.
///
/// What comes from the network is hostile until shown otherwise. An escape sequence can retitle a
/// window, move the cursor over earlier lines or make a terminal answer as if somebody had typed.
/// So bytes become text here and nowhere else, by these rules:
///
/// | in | out |
/// | --- | --- |
/// | UTF-8 letters, signs, emoji | as they are |
/// | tab | as it is |
/// | control characters 0x00 to 0x1f and 0x7f | caret notation: `^[` for ESC, `^G` for BEL |
/// | C1 controls, directional overrides, line separators, invisible characters | `<U+009B>` |
/// | bytes that are not UTF-8 | `\xff`, byte by byte |
///
/// ```
/// use netlab::event::SafeText;
/// assert_eq!(SafeText::new("café 你".as_bytes()).as_str(), "café 你");
/// assert_eq!(SafeText::new(b"\x1b[31mred").as_str(), "^[[31mred");
/// assert_eq!(SafeText::new(b"caf\xc3").as_str(), "caf\\xc3");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SafeText(Box<str>);

impl SafeText {
    /// Makes `bytes` safe.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(safe(bytes).into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The rules of [`SafeText`], without a copy when there is nothing to mend.
#[must_use]
pub fn safe(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(is_unsafe) => Cow::Borrowed(text),
        _ => Cow::Owned(mend(bytes)),
    }
}

/// Whether a character may act on a terminal instead of being shown by it.
fn is_unsafe(c: char) -> bool {
    match c {
        '\t' => false,
        // C0, DEL and C1. Then separators of lines and paragraphs, marks and overrides of writing
        // direction: they can make a line read as something it is not.
        '\0'..='\x1f'
        | '\x7f'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'
        | '\u{2060}'
        | '\u{feff}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => true,
        _ => false,
    }
}

fn mend(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if !is_unsafe(c) {
                out.push(c);
            } else if c.is_ascii() {
                // ESC (0x1b) is ^[: the key with Ctrl held that types it.
                out.push('^');
                out.push(char::from(c as u8 ^ 0x40));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(out, "<U+{:04X}>", c as u32);
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        for byte in 0..=255_u8 {
            let shown = safe(&[b'a', byte, b'z']).into_owned();
            assert!(
                shown.chars().all(|c| c == '\t' || !c.is_control()),
                "byte {byte:#04x} became {shown:?}"
            );
        }
    }

    #[test]
    fn clean_text_is_not_copied() {
        assert!(matches!(safe("grüße\t你好 🙂".as_bytes()), Cow::Borrowed(_)));
    }

    #[test]
    fn a_c1_control_and_an_override_are_named() {
        assert_eq!(safe("\u{9b}31m\u{202e}x".as_bytes()), "<U+009B>31m<U+202E>x");
    }
}
