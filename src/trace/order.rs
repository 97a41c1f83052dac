//! In which order lines are taken: as time goes by, and a child's behind its parent's `fork`.
//!
//! ```text
//!   2772 clone(child_stack=NULL, <unfinished ...>     two children are on their way;
//!   2773 clone(child_stack=NULL, <unfinished ...>
//!   2790 close(4) = 0                                 whose is this one? It waits, until
//!   2772 <... clone resumed>...) = 2790               its parent names it
//! ```
//!
//! The lines of one `strace` come in the order in which things happened. The time in them is the time
//! of day, which can be set back meanwhile: then what comes later happens no earlier than what came.

use std::time::Duration;

use super::book::Book;
use super::calls;
use super::line::{Line, What};

/// The most lines that wait for a parent. Then it is guessed.
const WAITING: usize = 10_000;

impl Book {
    /// Takes a line.
    pub(super) fn take(&mut self, mut line: Line) {
        self.in_time(&mut line);
        if self.first.is_none() {
            (self.first, self.began_at) = (Some(line.thread), Some(line.at));
        }
        if !self.alive.contains(&line.thread) {
            self.alive.push(line.thread);
        }
        if self.sockets.is_anybodys(line.thread) {
            self.waiting.push(line);
            if self.waiting.len() >= WAITING {
                self.finish();
            }
            return;
        }
        let settles = match &line.what {
            What::Call(call) => calls::fork(call).is_some(),
            What::Exited(_) | What::Killed(_) => true,
            What::Begun(_) | What::Signal(_) => false,
        };
        self.happens(&line);
        if settles && !self.waiting.is_empty() {
            for line in std::mem::take(&mut self.waiting) {
                if self.sockets.is_anybodys(line.thread) {
                    self.waiting.push(line);
                } else {
                    self.happens(&line);
                }
            }
        }
    }

    /// Nothing comes any more that could name a parent.
    pub(super) fn finish(&mut self) {
        for line in std::mem::take(&mut self.waiting) {
            self.happens(&line);
        }
    }

    /// Moves a line that would be earlier than the one before it. A call that never returned has only the
    /// time when it began.
    fn in_time(&mut self, line: &mut Line) {
        let took = match &line.what {
            What::Begun(_) => return,
            What::Call(call) if call.result.starts_with('?') && call.took.is_zero() => return,
            What::Call(call) => call.took,
            What::Signal(_) | What::Exited(_) | What::Killed(_) => Duration::ZERO,
        };
        let end = line.at.saturating_add(took);
        line.at = line.at.saturating_add(self.now.saturating_sub(end));
        self.now = self.now.max(end);
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::Reader;
    use super::*;
    use crate::event::{Kind, TraceEvent};

    /// The calls of these lines, with their labels: `A close() = 0`.
    fn calls(lines: &[&str]) -> (Book, Vec<String>) {
        let (mut reader, mut book) = (Reader::default(), Book::default());
        lines.iter().filter_map(|line| reader.read(line)).for_each(|line| book.take(line));
        book.finish();
        let calls = book.happened.iter().filter_map(|it| match &it.kind {
            Kind::Trace(TraceEvent::Call(call)) => Some(format!("{} {}", call.socket, call.text)),
            _ => None,
        });
        let calls = calls.collect();
        (book, calls)
    }

    /// Two processes make a child at once, and the children speak before their parents' calls return.
    #[test]
    fn a_child_has_the_sockets_of_its_own_parent() {
        let lines = [
            "10 1.0 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3<TCP:[7]> <0.1>",
            "10 1.2 fork() = 20 <0.1>",
            // From here on 3 is another socket in the child.
            "20 1.4 close(3<TCP:[7]>) = 0 <0.01>",
            "20 1.5 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3<TCP:[8]> <0.1>",
            "10 2.0 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>",
            "20 2.1 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>",
            "30 2.2 shutdown(3, SHUT_WR) = 0 <0.01>",
            "31 2.3 shutdown(3, SHUT_RD) = 0 <0.01>",
            "10 2.4 <... clone resumed>) = 30 <0.4>",
            "20 2.5 <... clone resumed>) = 31 <0.4>",
        ];
        let (book, calls) = calls(&lines);
        assert!(calls.contains(&"A shutdown(SHUT_WR)".to_owned()), "{calls:?}");
        assert!(calls.contains(&"B shutdown(SHUT_RD)".to_owned()), "{calls:?}");
        assert_eq!((book.alive, book.waiting.len()), (vec![10, 20, 30, 31], 0));
    }

    #[test]
    fn a_parent_that_never_names_its_child_keeps_nobody_waiting() {
        let (book, calls) = calls(&[
            "10 1.0 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3<TCP:[7]> <0.1>",
            "10 1.2 clone(child_stack=NULL, flags=CLONE_FILES, <unfinished ...>",
            "11 1.2 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 4<TCP:[8]> <0.1>",
            "10 1.3 vfork( <unfinished ...>",
            "11 1.3 vfork( <unfinished ...>",
            "12 1.4 shutdown(3, SHUT_WR) = 0 <0.01>",
            "10 1.5 +++ killed by SIGKILL +++",
            "11 1.6 +++ killed by SIGKILL +++",
        ]);
        assert!(calls.contains(&"A shutdown(SHUT_WR)".to_owned()), "{calls:?}");
        assert_eq!(book.waiting.len(), 0);
    }

    #[test]
    fn a_clock_that_is_set_back_changes_no_order() {
        let (book, _) = calls(&[
            "10 5000.0 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3<TCP:[7]> <0.1>",
            "10 1000.0 listen(3<TCP:[7]>, 5) = 0 <0.1>",
            "10 1000.5 shutdown(3<TCP:[7]>, SHUT_WR) = 0 <0.1>",
            "10 1001.0 +++ exited with 0 +++",
        ]);
        let times: Vec<Duration> = book.happened.iter().map(|it| it.at).collect();
        assert!(times.is_sorted() && times.len() == 3, "{times:?}");
        assert!(book.ended_at >= times[2], "{:?}", book.ended_at);
    }
}
