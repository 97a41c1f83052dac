//! Names for the addresses of a run: whoever sends an error, whoever is on the way.

use std::net::IpAddr;
use std::time::Duration;

use super::packets;
use super::run::{self, Manner, Run};
use crate::cli::Look;
use crate::endpoint::Names;
use crate::error::Failure;
use crate::event::{Event, HopAnswer, IcmpEvent, Kind, Sink};
use crate::render::style::Style;
use crate::render::text::Subject;

/// Begins a run that reads no lines and shows addresses: with their names, unless `numeric`.
///
/// # Errors
///
/// [`Failure::File`] when the record cannot be written.
pub(super) fn begin(
    subject: Subject,
    (timestamps, numeric): (bool, bool),
    packets: packets::Wanted,
    look: &Look,
    style: Style,
) -> Result<Run, Failure> {
    let manner = Manner { subject, name: None, prompt: None, reads: false, timestamps, packets };
    run::begin_with(&manner, look, style, |sinks| {
        if numeric { sinks } else { vec![Box::new(Named { sinks, names: Names::default() })] }
    })
}

/// So long a hop's line waits for the name of a router. No probe is under way meanwhile.
const PATIENCE: Duration = Duration::from_millis(300);

/// Puts names between the journal and its sinks, as events of their own.
struct Named {
    sinks: Vec<Box<dyn Sink>>,
    names: Names,
}

impl Named {
    /// Asks for the names of the addresses in an event.
    fn ask(&mut self, kind: &Kind) -> Vec<(IpAddr, crate::event::SafeText)> {
        match kind {
            Kind::Icmp(IcmpEvent::Error(error)) => self.names.ask(error.from),
            Kind::Icmp(IcmpEvent::Heard(heard)) => self.names.ask(heard.from),
            Kind::Icmp(IcmpEvent::Hop(hop)) => {
                let addresses: Vec<IpAddr> = hop
                    .answers
                    .iter()
                    .filter_map(|answer| match answer {
                        HopAnswer::Reply(from, _) | HopAnswer::Error(from, ..) => Some(*from),
                        HopAnswer::Silence => None,
                    })
                    .collect();
                for ip in &addresses {
                    self.names.ask(*ip);
                }
                return self.names.wait_for(&addresses, PATIENCE);
            }
            _ => {}
        }
        self.names.found()
    }
}

impl Sink for Named {
    fn event(&mut self, event: &Event) {
        for (ip, name) in self.ask(&event.kind) {
            let named = Event { at: event.at, kind: IcmpEvent::Name(ip, name).into() };
            for sink in &mut self.sinks {
                sink.event(&named);
            }
        }
        for sink in &mut self.sinks {
            sink.event(event);
        }
    }

    fn flush(&mut self) {
        for sink in &mut self.sinks {
            sink.flush();
        }
    }
}
