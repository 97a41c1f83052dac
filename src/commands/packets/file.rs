//! The file for Wireshark: every packet on its way, with the call that made it go.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::capture::Outlet;
use crate::cause;
use crate::commands::fate::Watched;
use crate::event::{CaptureEvent, CaptureReport, CaptureSetup, Event, Kind};
use crate::wire::pcapng::{About, Packet, Pcapng};

/// Writes packets on their way to those who show them.
pub(super) struct Kept {
    /// None once something could not be written.
    file: Option<Pcapng<Watched>>,
    written: u64,
    next: Box<dyn Outlet>,
}

impl Kept {
    /// Before who takes events. That the disk is full is told at the end.
    pub(super) fn new(file: Watched, setup: &CaptureSetup, next: Box<dyn Outlet>) -> Self {
        let words = std::env::args_os().skip(1);
        let words: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
        let about = About {
            hardware: std::env::consts::ARCH.to_owned(),
            system: std::env::consts::OS.to_owned(),
            application: concat!("netlab ", env!("CARGO_PKG_VERSION")).to_owned(),
            command: format!("netlab {}", words.join(" ")),
            filter: setup.filter.clone(),
            longest: 0,
        };
        Self { file: Pcapng::new(file, &about).ok(), written: 0, next }
    }

    fn write(&mut self, write: impl FnOnce(&mut Pcapng<Watched>) -> io::Result<()>) -> bool {
        match self.file.as_mut().map(write) {
            Some(Ok(())) => true,
            Some(Err(_)) => {
                self.file = None;
                false
            }
            None => false,
        }
    }

    /// The report, with how many packets are in the file.
    fn finish(&mut self, report: &CaptureReport) -> CaptureReport {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let whole = self.write(|file| file.finish(now, report.dropped));
        CaptureReport { written: whole.then_some(self.written), ..*report }
    }
}

/// Writes packets whose run is over, each with its cause.
pub(super) fn write<'a>(
    file: Watched,
    setup: &CaptureSetup,
    events: impl Iterator<Item = &'a Event>,
) {
    let mut kept = Kept::new(file, setup, Box::new(Vec::new()));
    events.for_each(|event| kept.event(None, event));
    Outlet::flush(&mut kept);
}

impl Outlet for Kept {
    fn event(&mut self, end: Option<&str>, event: &Event) {
        match &event.kind {
            Kind::Capture(CaptureEvent::Packet(packet)) => {
                let comment = cause::words(&packet.cause);
                if self.write(|file| file.packet(&Packet::of(packet, &comment))) {
                    self.written += 1;
                }
            }
            Kind::Capture(CaptureEvent::Ended(report)) => {
                let kind = CaptureEvent::Ended(self.finish(report)).into();
                return self.next.event(end, &Event { at: event.at, kind });
            }
            _ => {}
        }
        self.next.event(end, event);
    }

    fn flush(&mut self) {
        self.write(Pcapng::flush);
        self.next.flush();
    }
}
