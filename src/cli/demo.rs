//! The words of `netlab demo`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{Packets, seconds};

pub(super) const DEMO_EXAMPLES: &str = "\
Examples:
  netlab demo                        the three socket types, one after the other
  netlab demo list                   every demo, with a line each
  netlab demo stream                 a chat over TCP: calls, endpoints, ports
  netlab demo handshake --explain    with every call, and why it is made
  netlab demo close --pace 1         a second after each line, for a projector
  sudo netlab demo close --packets   with every packet between the calls
  netlab demo close --html c.html    one picture for a browser
  netlab demo stream --ascii         in ASCII characters
  netlab demo calls --format markdown > calls.md

Every demo runs both ends in this terminal, on loopback, in less than 20 seconds, without privilege. \
--pace slows what is told, not the sockets: they are closed long before the last line.

Exit codes: 0 done, also when the demo said what this machine does not let it do and went on; 2 no \
demo of that name; 3 or 4 this machine refused what the demo cannot go on without; 130 interrupted.";

/// `netlab demo`.
#[derive(Args, Clone, Debug)]
pub struct Demo {
    /// Which one: `netlab demo list` names them [default: the tour of the three socket types].
    #[arg(value_name = "NAME|list")]
    pub name: Option<String>,
    /// Wait so long after each line of the story, less and less in a long one: for a projector. The
    /// sockets do not wait.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "0")]
    pub pace: Duration,
    /// Write the whole demo to FILE as a page for a browser: one picture, and every field of it.
    #[arg(long, value_name = "FILE.html")]
    pub html: Option<PathBuf>,
    /// The packets between the calls.
    #[command(flatten)]
    pub packets: Packets,
}
