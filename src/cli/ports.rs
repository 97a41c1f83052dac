//! The words of `netlab classify-port`.

use clap::Args;

pub(super) const CLASSIFY_EXAMPLES: &str = "\
Examples:
  netlab classify-port 6000            a picture: where it lies, and what this machine does with it
  netlab classify-port 80/tcp          with one protocol only: tcp, udp, sctp or dccp
  netlab classify-port https x11       by name: IANA's, or what everybody says (dns, rdp)
  netlab classify-port 6000-6063 8080  a table: ranges, or several at once
  netlab classify-port --search mail   services with a word in their name or description
  netlab classify-port 22 --explain    and who assigns ports, and where each fact was read
  netlab classify-port < ports.txt     one a line; # begins a comment

Exit codes: 0 done; 1 nothing was found with --search; 2 wrong usage, also of one
line of the input.";

/// `netlab classify-port`.
#[derive(Args, Clone, Debug)]
pub struct ClassifyPort {
    /// Ports (6000), with a protocol (80/tcp), ranges (6000-6063), or names of services (https, dns)
    /// [default: one a line from the standard input].
    #[arg(value_name = "WHAT", allow_negative_numbers = true)]
    pub what: Vec<String>,
    /// Services that have all of these words in their name or description.
    #[arg(short, long, value_name = "WORD", num_args = 1.., allow_negative_numbers = true, conflicts_with = "what")]
    pub search: Vec<String>,
    /// Show everything that --search finds, not only the first 40.
    #[arg(long, requires = "search")]
    pub all: bool,
}
