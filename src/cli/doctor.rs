//! The words of `netlab doctor`.

use clap::Args;

pub(super) const DOCTOR_EXAMPLES: &str = "\
Examples:
  netlab doctor                          can this machine do the lab?
  netlab doctor --peer 10.0.73.221       and is my partner there?
  netlab doctor --peer 10.0.73.221 --port 5000 54321
                                         other ports; the first is the one to knock at over there
  netlab doctor --explain                every socket call of the checks, and why they are made

Nothing is asked of the network but the partner, and the router on the way when the partner is
silent. A server over there sees a client that comes and goes.

Exit codes: 0 ready (warnings may remain), 1 something fails, 2 wrong usage,
130 interrupted with Ctrl-C.";

/// `netlab doctor`.
#[derive(Args, Clone, Debug)]
pub struct Doctor {
    /// Also look for the partner at this address or name: an ICMP echo, and TCP to the lab port.
    #[arg(long, value_name = "HOST")]
    pub peer: Option<String>,
    /// The lab's ports. Each has to be free here, TCP and UDP; the first is knocked at over there
    /// [default: 6000 5000 54321, the handouts' ports].
    #[arg(
        long,
        value_name = "PORT",
        num_args = 1..,
        value_delimiter = ',',
        allow_negative_numbers = true
    )]
    pub port: Vec<String>,
    /// What stands there without an option: answered with the option that was meant.
    #[arg(hide = true, allow_negative_numbers = true)]
    pub stray: Vec<String>,
}
