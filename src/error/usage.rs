//! Bad input: a clear error that names the value and the rule.

use super::{Exit, Explained};

/// A value of the command line that does not fit, and the rule it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// What the value was for, such as `port`.
    pub what: &'static str,
    /// The value as it was given.
    pub value: String,
    /// The rule it breaks.
    pub rule: String,
    /// Likely causes, the most likely first.
    pub causes: Vec<String>,
    /// One command to try.
    pub command: String,
}

impl Usage {
    /// Reads a port: a whole number from 0 to 65,535.
    ///
    /// # Errors
    ///
    /// [`Usage`], with the value and the rule of 16 bits, for anything else.
    pub fn port(value: &str, command: &str) -> Result<u16, Self> {
        let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
        if digits && let Ok(port) = value.parse() {
            return Ok(port);
        }
        let rule = "a port is 16 bits wide: a whole number from 0 to 65535".to_owned();
        Err(Self {
            what: "port",
            value: value.to_owned(),
            rule,
            causes: port_causes(value, digits),
            command: format!("netlab {command}"),
        })
    }

    /// The five parts.
    #[must_use]
    pub fn explain(&self) -> Explained {
        let article = if self.what.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        Explained {
            what: format!("{:?} is not {article} {}", self.value, self.what),
            knows: vec![self.rule.clone()],
            causes: self.causes.clone(),
            command: self.command.clone(),
            errno: None,
            number: None,
            exit: Exit::Usage,
        }
    }
}

fn port_causes(value: &str, digits: bool) -> Vec<String> {
    if digits {
        let bits = value.parse::<u128>().map_or(129, |n| 128 - n.leading_zeros());
        return vec![format!("the number is too large: it would need {bits} bits or more")];
    }
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let alike = |b: u8| b.is_ascii_digit() || b"OolI".contains(&b);
    let hexadecimal = value.strip_prefix("0x").or_else(|| value.strip_prefix("0X"));
    if value.is_empty() {
        vec!["the port was left empty".to_owned()]
    } else if value.strip_prefix('-').is_some_and(|rest| rest.parse::<u64>().is_ok()) {
        vec!["ports are not negative".to_owned()]
    } else if let Some(port) = hexadecimal.and_then(|hex| u16::from_str_radix(hex, 16).ok()) {
        vec![format!("hexadecimal: it is {port} in decimal")]
    } else if value.starts_with(|c: char| c.is_ascii_digit()) && value.bytes().all(alike) {
        vec!["letters that look like digits: O for 0, l for 1".to_owned()]
    } else if letters > 0 && value.bytes().any(|b| b.is_ascii_digit()) {
        vec!["more stands there than digits".to_owned()]
    } else if value.contains(':') {
        vec!["address and port are two arguments, with a space between them".to_owned()]
    } else {
        vec!["something else stands where the port should be".to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_sixteen_bits() {
        let port = |text| Usage::port(text, "tcp-server 6000");
        assert_eq!(port("0"), Ok(0));
        assert_eq!(port("65535"), Ok(65535));
        for wrong in ["65536", "70000", "-1", "6OOO", "", "+80", " 80", "80/xyz", "１２"] {
            let usage = port(wrong).expect_err(wrong);
            let explained = usage.explain();
            assert!(explained.what.contains(wrong), "{explained:?}");
            assert_eq!(explained.exit, Exit::Usage);
            assert_eq!(explained.causes.len(), 1);
        }
        let long = "9".repeat(100);
        assert!(port(&long).is_err());
    }
}
