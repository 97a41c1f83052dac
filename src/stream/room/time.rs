//! What happens in the room when nothing happens: deadlines.

use std::time::Instant;

use super::Room;
use super::member::{Due, Half};
use crate::event::{Departure, Kind, Note};
use crate::stream::dialog::LONG_WAIT;

impl<S> Room<S> {
    /// When [`tick`](Self::tick) has something to do.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        let members = self.alarms.first().map(|(at, _)| *at);
        let operator = self.dialog.deadline().filter(|_| !self.members.is_empty());
        [members, operator, self.announcements.due()].into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Instant) {
        // Those that are due now, and not what they set anew: somebody who is to be let go stays
        // due until the server has closed the connection.
        let later = self.alarms.split_off(&(now, usize::MAX));
        for (_, key) in std::mem::replace(&mut self.alarms, later) {
            self.ring(key, now);
        }
        if !self.members.is_empty() && self.dialog.waited_long(now) {
            self.journal.emit(Kind::Note(Note::WaitingLong(LONG_WAIT)));
        }
        self.announce(now);
    }

    /// An alarm may be early, for deadlines move: it looks what is really due.
    fn ring(&mut self, key: usize, now: Instant) {
        let Some(member) = self.members.get_mut(key) else {
            return;
        };
        member.alarm = None;
        let due = member.next_due(self.rules.patience, self.rules.timeout);
        if let Some((at, due)) = due
            && at <= now
        {
            self.happen(key, due, now);
        }
        self.set_alarm(key);
    }

    fn happen(&mut self, key: usize, due: Due, now: Instant) {
        let Some(member) = self.members.get_mut(key) else {
            return;
        };
        match due {
            Due::Quiet => self.quiet(key, now),
            Due::Early => self.catch_up(key, now),
            Due::Introduction => self.join_by_address(key, now),
            Due::Half => {
                // Once is enough; the answer comes by `fail` or `listens_on`.
                member.half = Half::Doubtful(now);
                self.doubtful.push(key);
            }
            Due::Stalled => {
                if let Some(full) = &mut member.full {
                    full.told = true;
                }
                let slow = member.identity();
                self.announcements.stalled(slow.name.clone());
                self.journal.emit(Kind::Stalled(slow));
            }
            Due::TookNothing => {
                let waited = member.full.map_or(self.rules.patience, |full| now - full.since);
                self.part(key, Departure::TookNothing(waited));
            }
            Due::SaidNothing => {
                let silent = now - member.heard;
                self.part(key, Departure::SaidNothing(silent));
            }
        }
    }

    /// Puts a member's next deadline into the list, unless an earlier alarm is there already.
    pub(super) fn set_alarm(&mut self, key: usize) {
        let Some(member) = self.members.get_mut(key) else {
            return;
        };
        let Some((at, _)) = member.next_due(self.rules.patience, self.rules.timeout) else {
            return;
        };
        match member.alarm {
            Some(alarm) if alarm <= at => {}
            alarm => {
                if let Some(alarm) = alarm {
                    self.alarms.remove(&(alarm, key));
                }
                member.alarm = Some(at);
                self.alarms.insert((at, key));
            }
        }
    }
}
