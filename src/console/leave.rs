//! The way out after Ctrl-C, when an orderly end takes long.
//!
//! ```text
//!   Ctrl-C ─▶ the run ends in order ────────────────────────────────▶ over
//!                 │ 1.5 s: still at it?
//!                 ├─ something moves: it is left alone, and that is said once
//!                 └─ nothing moves, or Ctrl-C again: over, and what is lost is said
//! ```
//!
//! What moves is what everybody says: events that are handed on ([`watch_backlog`]), anything else that
//! gets on ([`moved`]), work that has no steps ([`work`]). What is lost is what is owed ([`owe`]).

use std::fs;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

/// An orderly end in which nothing moves has so long. It may wait for somebody who does not read what
/// is printed.
const STILL: Duration = Duration::from_millis(1500);
/// The last words have so long; whoever reads them may have stopped reading.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// How far a run is with what has happened: events that were handed on, and those that wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Events that were shown and recorded.
    pub told: u64,
    /// Events that still have to be.
    pub waiting: u64,
}

type Look = Box<dyn Fn() -> Backlog + Send + Sync>;

static BACKLOG: OnceLock<Look> = OnceLock::new();

/// Says where the end of this run can see whether something moves. One program has one run: a second
/// one changes nothing.
pub fn watch_backlog(look: impl Fn() -> Backlog + Send + Sync + 'static) {
    let _ = BACKLOG.set(Box::new(look));
}

/// Whatever else got on.
static MOVED: AtomicU64 = AtomicU64::new(0);
/// Work that is going on.
static WORK: AtomicUsize = AtomicUsize::new(0);
/// Files that are not whole yet.
static OWED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Says that the run got on with something.
pub fn moved() {
    MOVED.fetch_add(1, Ordering::Relaxed);
}

/// Work that is done in one piece and ends by itself, such as drawing: until this is dropped.
#[derive(Debug)]
pub struct Work(());

/// Begins such work.
#[must_use]
pub fn work() -> Work {
    WORK.fetch_add(1, Ordering::Relaxed);
    Work(())
}

impl Drop for Work {
    fn drop(&mut self) {
        WORK.fetch_sub(1, Ordering::Relaxed);
        moved();
    }
}

/// A file that is not whole until this is dropped.
#[derive(Debug)]
pub struct Owed(String);

/// Promises a file.
#[must_use]
pub fn owe(path: &str) -> Owed {
    OWED.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
    Owed(path.to_owned())
}

impl Drop for Owed {
    fn drop(&mut self) {
        let mut owed = OWED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = owed.iter().position(|path| *path == self.0) {
            owed.swap_remove(place);
        }
    }
}

/// What can be seen of an end.
#[derive(Clone, Copy)]
struct Seen {
    backlog: Backlog,
    working: bool,
}

fn look() -> Seen {
    let mut backlog = BACKLOG.get().map(|look| look()).unwrap_or_default();
    backlog.told = backlog.told.wrapping_add(MOVED.load(Ordering::Relaxed));
    Seen { backlog, working: WORK.load(Ordering::Relaxed) > 0 }
}

/// Ends the program if its orderly end stands still.
pub(super) fn anyway() {
    let watch = || {
        until_still(look, || thread::sleep(STILL), say);
        now();
    };
    let _ = thread::Builder::new().name("watchdog".into()).spawn(watch);
}

/// Comes back when nothing has moved between two looks. That the end takes long is said once.
fn until_still(look: impl Fn() -> Seen, mut pause: impl FnMut(), mut say: impl FnMut(String)) {
    let mut last = look();
    let mut said = false;
    loop {
        pause();
        let now = look();
        if now.backlog.told == last.backlog.told && !now.working {
            return;
        }
        let waiting = now.backlog.waiting;
        if !said && (waiting > 0 || now.working) {
            said = true;
            say(if now.working {
                "the page is still being drawn; Ctrl-C again leaves it out".to_owned()
            } else {
                format!("{waiting} events still have to be written; Ctrl-C again leaves them out")
            });
        }
        last = now;
    }
}

/// Ends the program, whatever it is doing, and says what is lost by that.
#[expect(clippy::disallowed_methods, reason = "whoever should end in order has not done so")]
pub(super) fn now() -> ! {
    let waiting = look().backlog.waiting;
    let owed = OWED.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(words) = lost(waiting, &owed) {
        say(words);
    }
    std::process::exit(130)
}

/// What is not written, in a line.
fn lost(waiting: u64, owed: &[String]) -> Option<String> {
    let files: Vec<String> = owed.iter().map(|path| as_it_is(path)).collect();
    match (waiting, files.join(", ")) {
        (0, files) if files.is_empty() => None,
        (0, files) => Some(format!("ended at once: not whole: {files}")),
        (_, files) if files.is_empty() => Some(format!("{waiting} events were not written")),
        (_, files) => Some(format!("{waiting} events were not written: not whole: {files}")),
    }
}

/// A file's name, and whether it has anything in it.
fn as_it_is(path: &str) -> String {
    let empty = fs::metadata(path).is_ok_and(|it| it.is_file() && it.len() == 0);
    format!("{path:?}{}", if empty { " (empty)" } else { "" })
}

fn say(words: String) {
    let (done, said) = channel();
    let work = move || {
        let _ = writeln!(io::stderr(), "netlab: {words}");
        let _ = done.send(());
    };
    if thread::Builder::new().spawn(work).is_ok() {
        let _ = said.recv_timeout(LAST_WORDS);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn seen(told: u64, waiting: u64, working: bool) -> Seen {
        Seen { backlog: Backlog { told, waiting }, working }
    }

    #[test]
    fn an_end_in_which_something_moves_is_left_alone() {
        let (told, pauses, words) = (Cell::new(0), Cell::new(0), Cell::new(0));
        let look = || seen(told.get(), 1000 - told.get(), false);
        // It moves for ten looks, and then no more.
        let pause = || {
            pauses.set(pauses.get() + 1);
            told.set((told.get() + 10).min(100));
        };
        until_still(look, pause, |_| words.set(words.get() + 1));
        assert_eq!((pauses.get(), words.get()), (11, 1));
    }

    #[test]
    fn work_in_one_piece_is_waited_for() {
        let (pauses, words) = (Cell::new(0), Cell::new(0));
        let look = || seen(7, 0, pauses.get() < 5);
        let pause = || pauses.set(pauses.get() + 1);
        until_still(look, pause, |said| {
            words.set(words.get() + 1);
            assert!(said.contains("drawn"), "{said}");
        });
        assert_eq!((pauses.get(), words.get()), (5, 1));
    }

    #[test]
    fn what_is_lost_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let [empty, begun] = ["page.html", "run.jsonl"].map(|it| folder.path().join(it));
        fs::write(&empty, "").expect("a file");
        fs::write(&begun, "{}").expect("a file");
        let owed = [empty, begun].map(|path| path.display().to_string());
        assert_eq!(lost(0, &[]), None);
        let words = lost(3, &owed).expect("words");
        assert!(words.starts_with("3 events were not written"), "{words}");
        assert!(words.contains("page.html\" (empty), \""), "{words}");
        assert!(words.ends_with("run.jsonl\""), "{words}");
    }

    #[test]
    fn who_keeps_a_promise_owes_nothing() {
        let path = "a file of this test";
        let is_owed = || {
            let owed = OWED.lock().unwrap_or_else(PoisonError::into_inner);
            owed.iter().any(|it| it == path)
        };
        let promise = owe(path);
        assert!(is_owed());
        drop(promise);
        assert!(!is_owed());
    }
}
