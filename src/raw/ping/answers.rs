//! What arrives: taken from the sockets, judged, and told.

use std::io::{self, ErrorKind};
use std::time::Duration;

use super::Ping;
use super::judge::Answer;
use crate::event::{Call, IcmpEvent, IcmpRemark, Operation, OsError, Outcome, ReplyFate, State};
use crate::raw::link::Report;
use crate::socket::Inbox;

/// Messages that are taken from a socket before somebody looks whether a probe is due: whoever floods
/// this socket does not stop the probes.
const AT_ONCE: usize = 256;

impl Ping {
    /// Takes what has arrived, and tells of it. Returns how many answers there were.
    pub(super) fn hear(&mut self) -> usize {
        let answers = self.take();
        let count = answers.len();
        for &answer in &answers {
            self.tell(answer);
        }
        self.answers = answers;
        self.answers.clear();
        count
    }

    /// Takes what has arrived. The answers to our probes among it are handed over, and their list is
    /// to be given back.
    pub(super) fn take(&mut self) -> Vec<Answer> {
        for link in 0..self.links.len() {
            self.take_from(link);
            if self.links[link].is_told() {
                self.take_told(link);
            }
        }
        std::mem::take(&mut self.answers)
    }

    fn take_from(&mut self, link: usize) {
        for _ in 0..AT_ONCE {
            let about = *self.links[link].about();
            let received = self.links[link].receive();
            let now = self.began.elapsed();
            let error = match received {
                Ok(came) => {
                    let Some(answer) = self.judge.hear(&about, &came, now) else { continue };
                    if let Some(dissecting) = &mut self.dissecting {
                        dissecting.received(&answer, &came);
                    }
                    self.answers.push(answer);
                    self.heard = Some(now);
                    if !self.judge.book.has_open() {
                        // All that was asked has been answered. To look for more would cost a call for
                        // each probe of a flood; whatever else has come is still there next time.
                        return;
                    }
                    continue;
                }
                Err(error) => error,
            };
            match error.kind() {
                ErrorKind::WouldBlock => return,
                // On a ping socket errors about earlier probes announce themselves so.
                _ if self.links[link].is_told() => self.take_told(link),
                _ => return self.receive_failed(link, &error),
            }
        }
    }

    /// Takes what the system has to tell about probes that were sent: errors on a ping socket, copies
    /// of what left for a dissection.
    pub(super) fn take_told(&mut self, link: usize) {
        for _ in 0..AT_ONCE {
            let about = *self.links[link].about();
            let report = self.links[link].report();
            let now = self.began.elapsed();
            match report {
                Ok(Report::Left(frame)) => {
                    if let Some(dissecting) = &mut self.dissecting {
                        dissecting.left(frame);
                    }
                }
                Ok(Report::Trouble(told)) => {
                    self.answers.extend(self.judge.told(&about, &told, now));
                }
                Ok(Report::Nothing) => {}
                Err(_) => return,
            }
        }
    }

    /// The first time that a call fails otherwise than by having nothing, it is said.
    fn receive_failed(&mut self, link: usize, error: &io::Error) {
        if std::mem::replace(&mut self.failed, true) {
            return;
        }
        let call = Call {
            socket: self.links[link].about().socket,
            operation: Operation::RecvMsg(Inbox::BYTES),
            outcome: Outcome::Failed(OsError::from(error)),
            took: Duration::ZERO,
            state: State::Unconnected,
        };
        self.journal.emit(IcmpEvent::Remark(IcmpRemark::CallFailed(call)));
    }

    /// Tells of an answer, when it is one worth a line.
    fn tell(&mut self, answer: Answer) {
        let (host, event, usual) = match answer {
            Answer::Reply(reply) => {
                (reply.probe.host, IcmpEvent::Reply(reply), reply.fate == ReplyFate::Fine)
            }
            Answer::Error(error) => (error.probe.host, IcmpEvent::Error(error), false),
        };
        let told = self.config.telling.each && usual || !usual && self.may_tell();
        self.dissect_request(host);
        if told {
            self.journal.emit(event);
        }
        self.dissect_answer(host);
    }
}
