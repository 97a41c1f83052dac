//! Systems without a packet socket. macOS has a device for each interface instead (`man 4 bpf`), which
//! the room `capture` reads through `wire`; Windows has nothing of the kind without a driver.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use crate::socket::capture::{CaptureFilter, Sighting};
use crate::socket::wait::Alarm;

/// There is none.
#[derive(Debug)]
pub(in crate::socket) struct Inner(Infallible);

impl Inner {
    pub(in crate::socket) fn open(_: &CaptureFilter) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(in crate::socket) const fn buffer(&self) -> usize {
        match self.0 {}
    }

    pub(in crate::socket) const fn receive(
        &mut self,
        _: &mut [u8],
    ) -> io::Result<Option<Sighting>> {
        match self.0 {}
    }

    pub(in crate::socket) const fn wait(&self, _: &Alarm, _: Option<Duration>) -> io::Result<()> {
        match self.0 {}
    }

    pub(in crate::socket) const fn dropped(&mut self) -> u64 {
        match self.0 {}
    }
}
