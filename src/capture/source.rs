//! Where frames come from on macOS and the BSDs: one thread for each interface, and a queue.
//!
//! ```text
//!   lo0 ──▶ tap ─▶ thread: decode, filter ─┐
//!   en0 ──▶ tap ─▶ thread: decode, filter ─┴─▶ queue (8 MiB) ─▶ engine
//! ```
//!
//! It does what the packet socket does on Linux, and knows less: no time but that of reading, no count
//! of what the kernel has dropped. Type-checked for macOS and never run there; what is not the device's
//! was run on Linux, with the channel that pnet has for it.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::sieve::lets_through;
use crate::socket::{Alarm, CaptureFilter, Hardware, Sighting, Way};
use crate::wire::{self, Decoded, Interface, Link, Tap};

/// A thread looks so often whether it is still wanted.
const LOOK: Duration = Duration::from_millis(50);
/// So many bytes may wait for the engine.
const ROOM: usize = 8 << 20;

#[derive(Debug, Default)]
struct Queue {
    state: Mutex<State>,
    stop: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<(Sighting, Vec<u8>)>,
    bytes: usize,
    dropped: u64,
    /// Wakes the engine, once it has waited.
    alarm: Option<Alarm>,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, sighting: Sighting, frame: &[u8]) {
        let mut state = self.state();
        if state.bytes + frame.len() > ROOM {
            state.dropped += 1;
            return;
        }
        state.bytes += frame.len();
        state.frames.push_back((sighting, frame.to_vec()));
        if let (1, Some(alarm)) = (state.frames.len(), &state.alarm) {
            alarm.ring();
        }
    }
}

/// What sees packets. It has the methods of a packet socket.
#[derive(Debug)]
pub(super) struct Source {
    queue: Arc<Queue>,
    threads: Vec<JoinHandle<()>>,
}

impl Source {
    /// Listens to the interfaces that the packets can cross.
    pub(super) fn open(filter: &CaptureFilter) -> io::Result<Self> {
        let mut source = Self { queue: Arc::default(), threads: Vec::new() };
        let mut refused = None;
        for interface in relevant(wire::interfaces(), &filter.hosts) {
            match interface.tap(LOOK) {
                Ok(tap) => source.listen(tap, filter.clone())?,
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(error),
                // One that has gone meanwhile, or that nobody can listen to.
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        match refused {
            Some(error) if source.threads.is_empty() => Err(error),
            _ => Ok(source),
        }
    }

    fn listen(&mut self, tap: Tap, filter: CaptureFilter) -> io::Result<()> {
        let queue = Arc::clone(&self.queue);
        let thread = thread::Builder::new().name("tap".into());
        self.threads.push(thread.spawn(move || listen(tap, &filter, &queue))?);
        Ok(())
    }

    pub(super) const fn buffer(&self) -> usize {
        self.threads.len() * Tap::BUFFER
    }

    #[expect(clippy::unnecessary_wraps, reason = "as that of a packet socket")]
    pub(super) fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<Sighting>> {
        let mut state = self.queue.state();
        let Some((mut sighting, frame)) = state.frames.pop_front() else { return Ok(None) };
        state.bytes -= frame.len();
        drop(state);
        sighting.kept = frame.len().min(buffer.len());
        buffer[..sighting.kept].copy_from_slice(&frame[..sighting.kept]);
        Ok(Some(sighting))
    }

    pub(super) fn wait(&self, alarm: &Alarm, limit: Option<Duration>) -> io::Result<()> {
        let mut state = self.queue.state();
        if !state.frames.is_empty() {
            return Ok(());
        }
        state.alarm.get_or_insert_with(|| alarm.clone());
        drop(state);
        alarm.wait(limit)
    }

    /// What did not fit into the queue. What the kernel dropped before, nobody tells.
    pub(super) fn dropped(&mut self) -> u64 {
        self.queue.state().dropped
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.queue.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// What goes to this machine's own addresses crosses the loopback, whatever interface they are of.
fn relevant(all: Vec<Interface>, hosts: &[IpAddr]) -> Vec<Interface> {
    let own = |ip: &IpAddr| ip.is_loopback() || all.iter().any(|interface| interface.has(*ip));
    let inside = !hosts.is_empty() && hosts.iter().all(own);
    // A server is bound to an address of its own, and its clients come from outside.
    let outside = |one: &Interface| hosts.iter().any(|ip| !ip.is_loopback() && one.has(*ip));
    let kept: Vec<bool> =
        all.iter().map(|one| !inside || one.is_loopback() || outside(one)).collect();
    all.into_iter().zip(kept).filter_map(|(one, kept)| kept.then_some(one)).collect()
}

fn listen(mut tap: Tap, filter: &CaptureFilter, queue: &Queue) {
    let (interface, address) = (tap.index(), tap.address());
    while !queue.stop.load(Ordering::Relaxed) {
        let (link, frame) = match tap.next() {
            Ok(Some(seen)) => seen,
            Ok(None) => continue,
            // The interface has gone.
            Err(_) => return,
        };
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let Ok(packet) = wire::frame(link, frame, frame.len()) else { continue };
        if lets_through(filter, &packet) {
            let sighting = Sighting {
                kept: frame.len(),
                length: frame.len(),
                unix,
                interface,
                hardware: if link == Link::Ip { Hardware::None } else { Hardware::Ethernet },
                way: way(&packet, address),
            };
            queue.put(sighting, frame);
        }
    }
}

/// Which way a packet went, as far as its addresses tell.
fn way(packet: &Decoded, own: Option<[u8; 6]>) -> Way {
    let to_many = packet.destination.ip().is_multicast();
    match packet.link {
        Some([source, _]) if Some(source) == own => Way::Out,
        Some([_, destination]) if destination[0] & 1 == 1 => Way::InToMany,
        None if to_many => Way::InToMany,
        _ => Way::In,
    }
}
