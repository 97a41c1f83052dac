//! A command line in one word, taken apart as a shell does it, without a shell.
//!
//! ```text
//!   python3 "my chat.py" --name 'JS PC'     four words
//! ```
//!
//! Quotation marks hold words together and a backslash takes the meaning from the next character,
//! as in POSIX's [shell language, § 2.2](https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02).
//! There are no variables, no patterns, no pipes: the words go to the program as they are.

/// The words of a command line.
///
/// # Errors
///
/// The rule that it breaks: a quotation mark is open, or there are no words.
pub fn split(text: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next().ok_or("a quotation mark ' is not closed")? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next().ok_or("a quotation mark \" is not closed")? {
                        '"' => break,
                        '\\' => match characters.next().ok_or("a backslash stands at the end")? {
                            c @ ('"' | '\\' | '$' | '`') => word.push(c),
                            c => word.extend(['\\', c]),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => {
                let next = characters.next().ok_or("a backslash stands at the end")?;
                word.get_or_insert_default().push(next);
            }
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if words.is_empty() { Err("there is no word in it") } else { Ok(words) }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_are_split_as_a_shell_does() {
        let words = |text| split(text).map(|words| words.join("|"));
        assert_eq!(words("python3 server.py  6000"), Ok("python3|server.py|6000".into()));
        assert_eq!(words(r#"a "b c" 'd "e' f\ g"h"i ''"#), Ok(r#"a|b c|d "e|f ghi|"#.into()));
        assert_eq!(words(r#""a\"b\n" 'a\b' $HOME; |"#), Ok(r#"a"b\n|a\b|$HOME;||"#.into()));
        for wrong in ["", "  ", "'a", "\"a", "a\\"] {
            assert!(split(wrong).is_err(), "{wrong}");
        }
    }
}
