//! `--serve threads` and `--serve one`: calls that wait.
//!
//! Each client has two threads. One waits in `recv`; the other waits until there is something for
//! the client and then in `send`, so that a client that does not read holds up nobody but itself.
//! With `one`, the thread that accepts is also the one that receives: it accepts nobody else until
//! its client has left, as in the handouts.
//!
//! ```text
//!   accepting ──▶ receiving (one for each client) ──┐
//!   operator ───────────────────────────────────────┼──▶ room ──▶ sending (one for each client)
//!   clock ──────────────────────────────────────────┘
//! ```

use std::io;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::events::{is_out_of_descriptors, is_passing, tell_out_of_descriptors};
use super::{Config, Serve, full_sentence, operate};
use crate::event::{Departure, Journal, OsError, SocketId};
use crate::input::Input;
use crate::socket::{Listener, Stream};
use crate::stream::dialog::Rule;
use crate::stream::room::Room;

/// Stack of a client's thread in bytes: they do little, and there may be thousands.
const STACK: usize = 128 * 1024;

/// How long what is queued has to be sent when the server ends.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How long the threads of the clients have to come home when the server ends.
const HOMECOMING: Duration = Duration::from_secs(1);

/// When descriptors or threads have run out, `accept` is tried again after so long.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);

/// A member's socket, and the bell that wakes its sending thread.
pub(super) struct Client {
    stream: Arc<Stream>,
    bell: SyncSender<()>,
}

/// What all threads share.
struct Shared {
    config: Config,
    journal: Journal,
    listening: SocketId,
    room: Mutex<Room<Client>>,
    /// Rung when the room has changed: a deadline, or somebody may speak again.
    changed: Condvar,
    end: Sender<Departure>,
}

/// Serves until the operator ends it.
pub(super) fn run(
    config: Config,
    journal: Journal,
    listener: Listener,
    input: Receiver<Input>,
    (end, ended): (Sender<Departure>, Receiver<Departure>),
    room: Room<Client>,
) -> Departure {
    let listening = listener.id();
    let (room, changed) = (Mutex::new(room), Condvar::new());
    let shared = Arc::new(Shared { config, journal, listening, room, changed, end });
    // Every client's threads hold a sender; when all are dropped, all of them have ended. The
    // accepting thread, which may wait for ever, only borrows it.
    let (alive, all_home) = channel::<()>();
    let alive = Arc::new(alive);
    let lent = Arc::downgrade(&alive);
    start(&shared, "accept", move |shared| accept_loop(shared, &listener, &lent));
    start(&shared, "operator", move |shared| operator_loop(shared, &input));
    start(&shared, "clock", clock_loop);
    let how = ended.recv().unwrap_or(Departure::Left);
    {
        let mut room = shared.room();
        // The last words first.
        let limit = Instant::now() + LAST_WORDS;
        while how != Departure::Interrupted
            && room.has_something_to_send()
            && Instant::now() < limit
        {
            let wait = shared.changed.wait_timeout(room, limit - Instant::now());
            room = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        for key in room.keys() {
            if let Some(client) = room.handle(key) {
                let _ = client.stream.shutdown_both();
            }
        }
        room.close();
        shared.changed.notify_all();
    }
    drop(alive);
    // Nothing is ever sent: this waits for the end of the threads, or of the patience with them.
    let _ = all_home.recv_timeout(HOMECOMING);
    how
}

/// Starts a thread that lives as long as the server.
fn start(shared: &Arc<Shared>, name: &str, work: impl FnOnce(&Arc<Shared>) + Send + 'static) {
    let mine = Arc::clone(shared);
    let thread = thread::Builder::new().name(name.into()).spawn(move || work(&mine));
    if thread.is_err() {
        let _ = shared.end.send(Departure::Left);
    }
}

impl Shared {
    fn room(&self) -> MutexGuard<'_, Room<Client>> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// After every change of the room: wakes who has something to send, closes who has to leave.
    fn settle(&self, room: &mut Room<Client>) {
        let now = Instant::now();
        while let Some(key) = room.next_doubtful() {
            match room.handle(key).map(|client| client.stream.pending_error()) {
                Some(Ok(None)) => room.listens_on(key),
                Some(Ok(Some(error)) | Err(error)) => room.fail(key, OsError::from(&error)),
                None => {}
            }
        }
        while let Some(client) = room.next_parted(now) {
            // Its threads wait in recv and send; this ends both calls.
            let _ = client.stream.shutdown_both();
        }
        while let Some(key) = room.next_dirty() {
            if let Some(client) = room.handle(key) {
                // A bell that is ringing already will do.
                let _ = client.bell.try_send(());
            }
        }
        room.resume(now);
        self.changed.notify_all();
        self.journal.flush();
        if self.config.once && room.served() > 0 && room.is_empty() {
            let _ = self.end.send(Departure::Served);
        }
    }
}

fn accept_loop(shared: &Arc<Shared>, listener: &Listener, alive: &Weak<Sender<()>>) {
    let mut out_of_descriptors = false;
    loop {
        let stream = match listener.accept() {
            Ok(stream) => {
                out_of_descriptors = false;
                stream
            }
            Err(error) if is_passing(&error) => continue,
            Err(error) if is_out_of_descriptors(&error) => {
                if !std::mem::replace(&mut out_of_descriptors, true) {
                    tell_out_of_descriptors(&shared.journal, shared.listening, &error);
                    shared.journal.flush();
                }
                thread::park_timeout(ACCEPT_AGAIN);
                continue;
            }
            // man 2 accept: errors of the network of the client-to-be; the next one may do.
            Err(_) => {
                thread::park_timeout(ACCEPT_AGAIN);
                continue;
            }
        };
        let Some((key, stream, bell)) = admit(shared, stream) else {
            continue;
        };
        // None: the server is ending.
        let Some(alive) = alive.upgrade().map(|alive| Sender::clone(&alive)) else { return };
        let id = stream.id();
        // Dropped in the other order: who is home has closed its socket, and said so.
        let sending = (alive.clone(), Arc::clone(shared), Arc::clone(&stream));
        let sender = thread::Builder::new().name(format!("send {id}")).stack_size(STACK);
        let started = sender.spawn(move || {
            let (_alive, shared, stream) = sending;
            send_loop(&shared, key, &stream, &bell);
        });
        if let Err(error) = started {
            let mut room = shared.room();
            room.fail(key, OsError::from(&error));
            shared.settle(&mut room);
            continue;
        }
        if shared.config.serve == Serve::One {
            receive_loop(shared, key, &stream);
            drop(stream);
            drop(alive);
            continue;
        }
        let receiving = (alive, Arc::clone(shared), stream);
        let receiver = thread::Builder::new().name(format!("recv {id}")).stack_size(STACK);
        let started = receiver.spawn(move || {
            let (_alive, shared, stream) = receiving;
            receive_loop(&shared, key, &stream);
        });
        if let Err(error) = started {
            let mut room = shared.room();
            room.fail(key, OsError::from(&error));
            shared.settle(&mut room);
        }
    }
}

/// Lets a client into the room.
fn admit(shared: &Shared, stream: Stream) -> Option<(usize, Arc<Stream>, Receiver<()>)> {
    let (id, peer, now) = (stream.id(), stream.peer(), Instant::now());
    let local = stream.local_address().ok()?;
    if shared.config.nodelay {
        let _ = stream.set_nodelay(true);
    }
    let stream = Arc::new(stream);
    let (bell, rung) = sync_channel(1);
    let client = Client { stream: Arc::clone(&stream), bell };
    let mut room = shared.room();
    match room.enter(client, id, local, peer, now) {
        Ok(key) => {
            shared.settle(&mut room);
            Some((key, stream, rung))
        }
        Err((client, limit)) => {
            let _ = client.stream.send(full_sentence(limit).as_bytes());
            None
        }
    }
}

/// True while the key belongs to this socket: keys are given again after somebody has left.
fn is_member(room: &Room<Client>, key: usize, id: SocketId) -> bool {
    room.handle(key).is_some_and(|client| client.stream.id() == id)
}

fn receive_loop(shared: &Shared, key: usize, stream: &Stream) {
    let mut buffer = vec![0; shared.config.buffer];
    loop {
        let mut room = shared.room();
        while is_member(&room, key, stream.id()) && !room.may_be_heard(key) {
            room = shared.changed.wait(room).unwrap_or_else(PoisonError::into_inner);
        }
        drop(room);
        let received = stream.recv(&mut buffer);
        let (mut room, now) = (shared.room(), Instant::now());
        if !is_member(&room, key, stream.id()) {
            return;
        }
        match received {
            Ok(0) => room.finish(key, now),
            Ok(bytes) => room.hear(key, &buffer[..bytes], now),
            Err(ref error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(ref error) => room.fail(key, OsError::from(error)),
        }
        shared.settle(&mut room);
        if matches!(received, Ok(0)) {
            // The end is not told twice. With `one`, the next client is accepted once this one has
            // left altogether.
            while is_member(&room, key, stream.id()) {
                room = shared.changed.wait(room).unwrap_or_else(PoisonError::into_inner);
            }
            return;
        }
    }
}

fn send_loop(shared: &Shared, key: usize, stream: &Stream, bell: &Receiver<()>) {
    let (mut scratch, mut offer) = (Vec::new(), Vec::new());
    while bell.recv().is_ok() {
        loop {
            {
                let room = shared.room();
                if !is_member(&room, key, stream.id()) {
                    return;
                }
                let Some((_, bytes)) = room.sending(key, &mut scratch) else {
                    break;
                };
                offer.clear();
                offer.extend_from_slice(bytes);
            }
            let sent = stream.send(&offer);
            let (mut room, now) = (shared.room(), Instant::now());
            if !is_member(&room, key, stream.id()) {
                return;
            }
            match sent {
                Ok(bytes) => {
                    room.sent(key, bytes, now);
                }
                Err(ref error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(ref error) => room.fail(key, OsError::from(error)),
            }
            shared.settle(&mut room);
        }
    }
}

fn operator_loop(shared: &Arc<Shared>, input: &Receiver<Input>) {
    let turns = shared.config.dialog == Rule::Half;
    while let Ok(input) = input.recv() {
        let mut room = shared.room();
        while !room.may_operator_speak() {
            room = shared.changed.wait(room).unwrap_or_else(PoisonError::into_inner);
        }
        let end = operate(&mut room, &shared.journal, input, turns);
        shared.settle(&mut room);
        if let Some(how) = end {
            let _ = shared.end.send(how);
            return;
        }
    }
}

/// Does what is due when it is due.
fn clock_loop(shared: &Arc<Shared>) {
    let mut room = shared.room();
    while !room.is_closed() {
        let now = Instant::now();
        room = match room.next_deadline() {
            Some(due) if due <= now => {
                room.tick(now);
                shared.settle(&mut room);
                room
            }
            Some(due) => {
                let wait = shared.changed.wait_timeout(room, due - now);
                wait.unwrap_or_else(PoisonError::into_inner).0
            }
            None => shared.changed.wait(room).unwrap_or_else(PoisonError::into_inner),
        };
    }
}
