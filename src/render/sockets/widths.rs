//! How wide the columns of a table have to be.

use super::Known;
use super::cells::{self, Which};
use crate::event::{Row, Transport};

/// The columns that cells take.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Widths {
    pub(super) protocol: usize,
    pub(super) state: usize,
    pub(super) source: usize,
    pub(super) destination: usize,
    pub(super) queues: usize,
    pub(super) programs: usize,
    /// The widest address that is not too long for its column on a narrow page.
    pub(super) narrow: usize,
}

impl Widths {
    /// Room for the headings.
    pub(super) const HEADINGS: Self = Self {
        protocol: 5,
        state: 5,
        source: 6,
        destination: 11,
        queues: 6,
        programs: 7,
        narrow: 11,
    };

    /// Makes room for a row. On a narrow page no address has more columns than `most`.
    pub(super) fn make_room(
        &mut self,
        scratch: &mut String,
        row: &Row,
        known: &Known,
        most: usize,
    ) {
        let socket = row.socket;
        let protocol = match socket.transport {
            Transport::Tcp | Transport::Udp | Transport::Icmp => 0,
            Transport::Raw(_) => {
                scratch.clear();
                cells::protocol(scratch, socket);
                scratch.len()
            }
        };
        self.protocol = self.protocol.max(protocol);
        self.state = self.state.max(socket.state.name().len());
        let source = cells::side_width(scratch, socket, Which::Source, known);
        self.source = self.source.max(source);
        let destination = cells::side_width(scratch, socket, Which::Destination, known);
        self.destination = self.destination.max(destination);
        for width in [source, destination] {
            if width <= most {
                self.narrow = self.narrow.max(width);
            }
        }
        self.queues = self.queues.max(cells::queues_width(socket));
        self.programs = self.programs.max(cells::programs_width(row));
    }
}
