//! What is no port, as an error in five parts.

use std::io;

use super::meant::{self, Meant};
use crate::error::Usage;
use crate::port::asked::{self, Asked, Fault};
use crate::port::{registry, uses};

/// The rule of ports.
const RULE: &str = "a port is 16 bits wide: a whole number from 0 to 65535";

/// Reads a question.
///
/// # Errors
///
/// [`Usage`], with what may have been meant.
pub(super) fn read(text: &str) -> Result<Asked, Usage> {
    asked::read(text).map_err(|fault| {
        match meant::by(text) {
            Some(Meant { cause, command }) => {
                let rule = "a port is 16 bits wide: a whole number from 0 to 65535, with /tcp behind it \
                            if it is about TCP only";
                Usage { what: "port", value: text.to_owned(), rule: rule.into(), causes: vec![cause], command }
            }
            None => usage(&fault),
        }
    })
}

/// The error.
pub(in crate::commands) fn usage(fault: &Fault) -> Usage {
    let command = "netlab classify-port 6000".to_owned();
    match fault {
        Fault::Empty => Usage {
            what: "port",
            value: String::new(),
            rule: format!("{RULE}; a range such as 6000-6063, or a name such as https"),
            causes: vec!["the port was left empty, or a variable of the shell is".into()],
            command,
        },
        Fault::Port(part) => match Usage::port(part, "classify-port 6000") {
            Err(usage) => usage,
            // It would have been read.
            Ok(_) => unknown(part),
        },
        Fault::Backwards(first, last) => Usage {
            what: "range of ports",
            value: format!("{first}-{last}"),
            rule:
                "a range is its first port, a hyphen and its last, which is not below the first; \
                   ports are 16 bits wide: 0 to 65535"
                    .into(),
            causes: vec!["the two ends changed places".into()],
            command: format!("netlab classify-port {last}-{first}"),
        },
        Fault::Protocol(word) => Usage {
            what: "protocol with ports",
            value: word.clone(),
            rule: "behind the slash stands tcp, udp, sctp or dccp: these have ports of 16 bits"
                .into(),
            causes: vec![if word.to_lowercase().starts_with("icmp") {
                "ICMP has no ports: it is for machines, not for programs".into()
            } else {
                "a misprint".into()
            }],
            command: "netlab classify-port 80/tcp".into(),
        },
        Fault::Name(name) => unknown(name),
    }
}

/// A name that no service has.
fn unknown(name: &str) -> Usage {
    let near = registry::nearest(name);
    let (cause, command) = if let Some(found) = uses::about(name).next() {
        let port = found.ports.first;
        (format!("{port} is used for it: {}", found.description), port.to_string())
    } else if let Some(first) = near.first() {
        (format!("a misprint: the nearest names are {}", near.join(", ")), (*first).to_owned())
    } else {
        let cause = "no such name is known; a word of a description may lead to the service";
        (cause.to_owned(), "--search web".to_owned())
    };
    Usage {
        what: "port, or a service that is known",
        value: name.to_owned(),
        rule: format!("{RULE}; a name is one of IANA's, or of netlab's own short list"),
        causes: vec![cause],
        command: format!("netlab classify-port {command}"),
    }
}

/// Nobody asked anything.
pub(super) fn nothing() -> Usage {
    Usage { causes: vec!["no port was given".into()], ..usage(&Fault::Empty) }
}

/// Every service has an empty word in its name.
pub(super) fn no_word() -> Usage {
    Usage {
        what: "word to search for",
        value: String::new(),
        rule: "--search takes one or more words, or parts of words".into(),
        causes: vec!["the word was left empty, or a variable of the shell is".into()],
        command: "netlab classify-port --search mail".into(),
    }
}

/// The input broke off.
pub(super) fn unreadable(error: &io::Error) -> Usage {
    Usage {
        what: "list of ports",
        value: "the standard input".into(),
        rule: format!("it has to be readable to its end; the system says: {error}"),
        causes: vec!["a folder stands where a file should be".into()],
        command: "netlab classify-port < ports.txt".into(),
    }
}
