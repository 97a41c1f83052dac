//! The programs that take part, and how each is asked for the same.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::process::Command;

use crate::lab::Place;
use crate::printed;
use crate::report::note;
use crate::run::run;

use Contestant::{Fping, Netlab, Ping};

/// A program that sends echo requests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Contestant {
    /// The program under test.
    Netlab,
    /// The ping of iputils.
    Ping,
    /// The ping for many hosts.
    Fping,
}

impl Display for Contestant {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Netlab => "netlab raw-ping",
            Ping => "ping",
            Fping => "fping",
        })
    }
}

impl Contestant {
    /// Probes to one host with a pause between them, a line for each reply.
    pub fn paced(self, place: Place, interval_ms: usize, count: usize) -> Command {
        let mut command = self.command();
        let (count, period) = (count.to_string(), interval_ms.to_string());
        let seconds = format!("{}.{:03}", interval_ms / 1000, interval_ms % 1000);
        command.args(match self {
            Netlab | Ping => ["-n", "-c", &count, "-i", &seconds],
            // Its -i is the pause between any two packets, 10 ms unless it is told otherwise.
            Fping => ["-c", &count, "-p", &period, "-i0"],
        });
        command.arg(place.address());
        command
    }

    /// Probes without a pause, and only a summary.
    pub fn flood(self, place: Place, count: usize) -> Command {
        let mut command = self.command();
        let count = count.to_string();
        match self {
            Netlab => command.args(["--flood", "-n", "-q", "-c", &count]),
            Ping => command.args(["-f", "-n", "-q", "-c", &count]),
            Fping => command.args(["-p0", "-i0", "-t500", "-q", "-c", &count]),
        };
        command.arg(place.address());
        command
    }

    /// One probe to each of many hosts, and only a summary. The pause between two packets, in
    /// milliseconds, is for fping; ping takes one host.
    pub fn sweep(self, pause_ms: Option<usize>, hosts: &[String]) -> Command {
        let mut command = self.command();
        match self {
            Netlab | Ping => command.args(["-n", "-q", "-c", "1"]),
            Fping => command.args(["-q", "-c1"]),
        };
        if let Some(pause) = pause_ms {
            command.arg(format!("-i{pause}"));
        }
        command.args(hosts);
        command
    }

    fn command(self) -> Command {
        match self {
            Netlab => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_netlab"));
                command.arg("raw-ping");
                command
            }
            Ping => Command::new("ping"),
            Fping => Command::new("fping"),
        }
    }

    /// Sends three probes, which also wakes the way to the far host; says what is missing.
    fn try_out(self) -> io::Result<()> {
        for place in Place::ALL {
            let probes = run(self.paced(place, 10, 3))?;
            printed::round_trips(self, &probes, 3)?;
        }
        Ok(())
    }
}

/// The programs that work on this machine; the others are named once, with the reason.
pub fn available() -> Vec<Contestant> {
    let works = |contestant: &Contestant| match contestant.try_out() {
        Ok(()) => true,
        Err(error) => {
            note(&format!("LEFT OUT: {contestant} gave no round trips ({error})"));
            false
        }
    };
    [Netlab, Ping, Fping].into_iter().filter(works).collect()
}
