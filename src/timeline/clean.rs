//! Text of a record, made harmless: a record may come from anybody.

use serde_json::Value;

/// The longest text that is taken from a record, in characters.
const LONGEST: usize = 400;

/// The same text without what moves a cursor, hides letters or turns their order round, and not
/// longer than 400 characters.
pub(super) fn clean(text: &str) -> String {
    if text.len() <= LONGEST && !text.chars().any(hides) {
        return text.to_owned();
    }
    let mut kept = String::with_capacity(text.len().min(2 * LONGEST));
    for (place, letter) in text.chars().enumerate() {
        if place == LONGEST {
            kept.push('…');
            break;
        }
        if hides(letter) {
            kept.extend(letter.escape_unicode());
        } else {
            kept.push(letter);
        }
    }
    kept
}

/// The same for every text in a value, and for the names of its fields.
pub(super) fn clean_value(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(clean(&text)),
        Value::Array(values) => values.into_iter().map(clean_value).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (clean(&name), clean_value(value))).collect()
        }
        other => other,
    }
}

/// Letters that do something to a page instead of standing on it.
fn hides(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}'
                | '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_moves_a_cursor_is_written_out() {
        assert_eq!(clean("Grüße"), "Grüße");
        assert_eq!(clean("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\u{a}");
        assert_eq!(clean("\u{202e}x"), "\\u{202e}x");
        assert_eq!(clean(&"é".repeat(1000)).chars().count(), 401);
        let value = json!({ "a\u{7}": ["\u{1b}", 1, { "b": "\r" }] });
        let told = clean_value(value).to_string();
        assert_eq!(told, r#"{"a\\u{7}":["\\u{1b}",1,{"b":"\\u{d}"}]}"#);
    }
}
