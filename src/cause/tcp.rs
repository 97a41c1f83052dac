//! Segments: whose bytes they carry, and what the kernel sends by itself.

use std::time::Duration;

use super::answer::{Answer, By, UnderWay, why};
use super::book::Book;
use super::fact::{Address, PacketFact, TcpFact, address};
use super::sockets::SLACK;
use super::stream::{Ack, Flow, Sight};
use crate::event::flag::ACK;

/// A run that goes on forgets finished connections when there are so many directions of them, and then
/// those that have been silent for longest.
const FLOWS: usize = 16_384;
/// How long after its packet a `close` may be told: it is said when it is done.
const CLOSING: Duration = Duration::from_millis(100);

impl Book {
    pub(super) fn tcp(&mut self, fact: &PacketFact, segment: &TcpFact) -> Answer {
        let key = (address(fact.source), address(fact.destination));
        let mut back = self.flows.remove(&(key.1, key.0));
        let mut flow = self.flows.remove(&key).unwrap_or_default();
        if flow.is_over(segment) {
            flow = Flow::default();
            // A SYN,ACK is the answer to a SYN of the connection that begins, so `back` is new.
            if segment.flags & ACK == 0 {
                back = None;
            }
        }
        let sight = flow.take(segment, back.as_ref());
        let answer = self.judge(fact, key, &mut flow, back.as_ref(), sight);
        self.forget_flows();
        self.segments += 1;
        flow.touched = self.segments;
        self.flows.insert(key, flow);
        if let Some(mut back) = back {
            back.touched = self.segments;
            self.flows.insert((key.1, key.0), back);
        }
        answer
    }

    fn forget_flows(&mut self) {
        if self.flows.len() <= FLOWS {
            return;
        }
        self.flows.retain(|_, flow| flow.fin.is_none() && !flow.reset);
        if self.flows.len() > FLOWS / 4 * 3 {
            let mut times: Vec<u64> = self.flows.values().map(|flow| flow.touched).collect();
            let middle = times.len() / 2;
            let (_, middle, _) = times.select_nth_unstable(middle);
            let middle = *middle;
            self.flows.retain(|_, flow| flow.touched > middle);
        }
    }

    fn judge(
        &mut self,
        fact: &PacketFact,
        key: (Address, Address),
        flow: &mut Flow,
        back: Option<&Flow>,
        sight: Sight,
    ) -> Answer {
        match sight {
            Sight::SynAck => Answer::Kernel(why::ANSWERS_FOR_LISTEN),
            Sight::SynBoth => Answer::Kernel(why::ANSWERS_SYN),
            Sight::KeepAlive => Answer::Kernel(why::KEEP_ALIVE),
            Sight::Probe => Answer::Kernel(why::PROBES),
            Sight::Ack(ack) => Answer::Kernel(match ack {
                Ack::Handshake => why::COMPLETES,
                Ack::Plain => why::ACKNOWLEDGES,
                Ack::Repeated => why::ACKNOWLEDGES_AGAIN,
                Ack::Room => why::ROOM,
                Ack::NoRoom => why::ROOM_NONE,
                Ack::End => why::ACKNOWLEDGES_END,
            }),
            Sight::SynAgain => {
                let socket = self.owner(fact, key, flow).filter(|_| flow.asked());
                let socket = socket.and_then(|index| self.sockets.get(index));
                let place = socket.and_then(|socket| socket.connect_at(fact.at));
                Answer::Again(place.into_iter().collect())
            }
            Sight::Again(from, to, end) => {
                let socket = self.owner(fact, key, flow).and_then(|i| self.sockets.get(i));
                let Some(socket) = socket.filter(|_| flow.whole) else {
                    return Answer::Again(Vec::new());
                };
                let ended = socket.ended.filter(|_| end).map(|(place, _)| place);
                Answer::Again(socket.carrying(from, to).into_iter().chain(ended).collect())
            }
            Sight::Syn => self.syn(fact, key, flow),
            Sight::Data(from, to, end) => self.data(fact, key, flow, (from, to, end)),
            Sight::Reset => self.reset(fact, key, flow, back),
        }
    }

    /// Whose socket a direction is. It is looked for again only when more is known than last time.
    fn owner(
        &mut self,
        fact: &PacketFact,
        key: (Address, Address),
        flow: &mut Flow,
    ) -> Option<usize> {
        if flow.socket.is_none() && flow.tried != Some(self.sockets.learned) {
            flow.socket = self.sockets.stream(key.0, key.1, fact.at);
            if let Some(index) = flow.socket
                && self.sockets.get(index).is_some_and(|socket| socket.local.is_none())
            {
                self.sockets.learn_local(index, key.0);
            }
            flow.tried = Some(self.sockets.learned);
        }
        flow.socket
    }

    fn syn(&mut self, fact: &PacketFact, key: (Address, Address), flow: &mut Flow) -> Answer {
        let socket = self.owner(fact, key, flow).and_then(|index| self.sockets.get(index));
        if let Some(place) = socket.and_then(|socket| socket.connect_at(fact.at)) {
            return Answer::one(place);
        }
        if !fact.own {
            return Answer::Peer;
        }
        if self.calls.is_empty() {
            // Nobody tells of calls at all.
            return Answer::Unknown;
        }
        // A SYN is always of a connect: this one has not returned.
        let socket = self.sockets.may_connect(fact.at);
        Answer::Calls(vec![By::UnderWay(UnderWay {
            end: socket.and_then(|socket| socket.end.as_deref()).map(str::to_owned),
            socket: socket.map(|socket| socket.label.clone()),
            text: format!("connect({})", fact.destination),
        })])
    }

    fn data(
        &mut self,
        fact: &PacketFact,
        key: (Address, Address),
        flow: &mut Flow,
        (from, to, end): (u64, u64, bool),
    ) -> Answer {
        let socket = self.owner(fact, key, flow).and_then(|index| self.sockets.get(index));
        let Some(socket) = socket else {
            return if fact.own { Answer::Unknown } else { Answer::Peer };
        };
        let mut calls = Vec::new();
        if from < to {
            if !flow.whole {
                return Answer::Unknown;
            }
            calls.extend(socket.carrying(from, to).into_iter().map(By::Call));
            if to > socket.sent && socket.closed.is_none() {
                calls.push(By::UnderWay(UnderWay {
                    end: socket.end.as_deref().map(str::to_owned),
                    socket: Some(socket.label.clone()),
                    text: "send(…)".to_owned(),
                }));
            }
        }
        if end && let Some((place, close)) = socket.ended {
            flow.fin_by_close = Some(close);
            calls.push(By::Call(place));
        }
        if calls.is_empty() { Answer::Unknown } else { Answer::Calls(calls) }
    }

    fn reset(
        &mut self,
        fact: &PacketFact,
        key: (Address, Address),
        flow: &mut Flow,
        back: Option<&Flow>,
    ) -> Answer {
        if back.is_some_and(Flow::asked) && !flow.asked() && !flow.answered() {
            return Answer::Kernel(why::NOBODY_LISTENS);
        }
        let Some(socket) = self.owner(fact, key, flow).and_then(|i| self.sockets.get(i)) else {
            return self.reset_of_listener(fact, key.0);
        };
        let Some((place, returned)) = socket.closed else {
            return Answer::Unknown;
        };
        match flow.fin_by_close {
            _ if returned > fact.at + CLOSING => Answer::Unknown,
            // The close has sent its FIN: what came afterwards finds nobody.
            Some(true) => Answer::Kernel(why::NO_READER),
            // It ended its half and went on listening, and now it is given back with bytes unread,
            // or bytes came long after that.
            Some(false) if fact.at > returned + SLACK => Answer::Kernel(why::NO_READER),
            _ => Answer::one(place),
        }
    }

    /// Connections that nobody accepted end with the socket that listened.
    fn reset_of_listener(&self, fact: &PacketFact, here: Address) -> Answer {
        let listener = self.sockets.listener(here, fact.at);
        match listener.and_then(|listener| listener.closed) {
            Some((place, returned)) if returned <= fact.at + CLOSING => Answer::one(place),
            Some(_) => Answer::Unknown,
            None if fact.own => Answer::Unknown,
            None => Answer::Peer,
        }
    }
}
