//! From lines to what happened: calls with labels, states and messages.

use std::net::SocketAddr;
use std::time::Duration;

use super::argument::{self, Protocol, Seen, descriptor};
use super::calls::{self, Act, Words};
use super::effects::{answer, deed};
use super::line::{Line, RawCall, What};
use super::sockets::{Attempt, Socket, Sockets};
use crate::cause::Deed;
use crate::event::{
    Answer, Direction, Endpoint, Kind, Message, Outcome, SafeText, SocketId, State, TraceEvent,
    TracedCall,
};

/// The most calls of a program that are kept. What comes later is counted.
const CALLS: usize = 500_000;

/// Something that happened in a program.
#[derive(Debug)]
pub(super) struct Happened {
    /// Time since 1970. For a call: when it returned.
    pub at: Duration,
    pub kind: Kind,
    /// What a call means for the packets on the wire.
    pub deed: Deed,
    /// The endpoint of its socket, where it was learned beside the call.
    pub local: Option<SocketAddr>,
}

/// A program's calls, one after the other.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub sockets: Sockets,
    pub happened: Vec<Happened>,
    /// Calls that were watched, also on files.
    pub calls: u64,
    /// Calls for which there was no room.
    pub not_kept: u64,
    /// Its first thread: the program itself.
    pub first: Option<u32>,
    /// Threads that have begun and not ended.
    pub alive: Vec<u32>,
    /// How the first ended: a number, or a signal.
    pub end: Option<Result<i32, String>>,
    /// When the first line came.
    pub began_at: Option<Duration>,
    /// When the last of them ended.
    pub ended_at: Duration,
    /// Sockets that the kernel closed because their program had ended.
    pub left: Vec<SocketId>,
    /// It listens, or waits for datagrams.
    pub is_ready: bool,
    /// Signals that came to it: how many SIGINT.
    pub interrupts: u64,
    /// The latest time of a line.
    pub now: Duration,
    /// Lines of children whose parent is not known yet.
    pub waiting: Vec<Line>,
}

impl Book {
    /// What a line says has happened.
    pub(super) fn happens(&mut self, line: &Line) {
        match &line.what {
            What::Begun(call) => {
                if let Some(shares) = calls::fork(call) {
                    self.sockets.forks(line.thread, shares);
                }
                self.begins(line, call);
            }
            What::Call(call) => {
                self.calls += 1;
                self.call(line, call);
            }
            What::Signal(name) => {
                self.interrupts += u64::from(name == "SIGINT");
                // What a timer, a child or a broken pipe says is the program's own business.
                if matches!(name.as_str(), "SIGINT" | "SIGTERM" | "SIGPIPE" | "SIGHUP") {
                    self.tell(line.at, TraceEvent::Signal(name.clone()).into());
                }
            }
            What::Exited(code) => self.ended(line, Ok(*code)),
            What::Killed(signal) => self.ended(line, Err(signal.clone())),
        }
    }

    /// The endpoint table.
    pub(super) fn rows(&self) -> Vec<Endpoint> {
        self.sockets.rows()
    }

    fn ended(&mut self, line: &Line, how: Result<i32, String>) {
        self.alive.retain(|thread| *thread != line.thread);
        self.ended_at = line.at;
        let left = self.sockets.ended(line.thread);
        self.left.extend(left.into_iter().map(Sockets::label));
        if self.first == Some(line.thread) {
            self.end = Some(how);
        }
    }

    /// A connect that waits has its address already: its packets are on the wire.
    fn begins(&mut self, line: &Line, call: &RawCall) {
        if call.name == "connect"
            && let Some(at) =
                descriptor(call.argument(0)).and_then(|it| self.sockets.find(line.thread, it))
            && let Some(to) = argument::address(call.argument(1))
            && let Some(socket) = self.sockets.get_mut(at)
        {
            socket.tries(Attempt { to, begun: line.at, returned: None }, true);
        }
    }

    fn tell(&mut self, at: Duration, kind: Kind) {
        self.happened.push(Happened { at, kind, deed: Deed::Nothing, local: None });
    }

    fn call(&mut self, line: &Line, call: &RawCall) {
        let thread = line.thread;
        if let Some(shares) = calls::fork(call) {
            let child = call.number().and_then(|number| u32::try_from(number).ok());
            let new = self.sockets.forked(thread, shares, child);
            // It lives, also if it never makes a call that is watched.
            self.alive.extend(child.filter(|child| new && !self.alive.contains(child)));
            return;
        }
        match call.name.as_str() {
            "execve" | "execveat" if call.number() == Some(0) => self.sockets.executed(thread),
            "socket" => self.socket(line, call),
            "dup" | "dup2" | "dup3" | "fcntl" | "fcntl64" if self.duplicate(thread, call) => {}
            "epoll_ctl" => self.watch(thread, call),
            name => match calls::poll(name) {
                Some(name) => self.poll(line, call, name),
                None => self.on_socket(line, call),
            },
        }
    }

    fn socket(&mut self, line: &Line, call: &RawCall) {
        let Some((text, protocol, v6)) = calls::socket(call) else { return };
        let made = descriptor(&call.result).filter(|_| call.error().is_none());
        let (label, answer, state, deed) = match made {
            Some(made) => {
                let socket = Socket::new(protocol, v6);
                let state = socket.state;
                let until_exec = call.argument(1).contains("SOCK_CLOEXEC");
                let at = self.sockets.add(line.thread, made.number, until_exec, socket);
                let Some(at) = at else { return };
                let label = Sockets::label(at);
                let answer = Answer::Known(Outcome::Socket(label, None));
                (label, answer, state, Deed::Made(protocol == Protocol::Tcp))
            }
            None => (self.sockets.upcoming(), answer(call, None), State::Closed, Deed::Nothing),
        };
        self.told(line, call, (label, state, None), "socket", text, answer, deed);
    }

    /// Whether it was a call that gives a descriptor a second number.
    fn duplicate(&mut self, thread: u32, call: &RawCall) -> bool {
        let command = call.argument(1);
        let is_dup = !call.name.starts_with("fcntl") || command.starts_with("F_DUPFD");
        if !is_dup {
            if command == "F_SETFD" {
                return true;
            }
            return false;
        }
        if let (Some(old), Some(new)) = (descriptor(call.argument(0)), call.number())
            && let Ok(new) = i32::try_from(new)
        {
            let until_exec = call.arguments.iter().any(|it| it.contains("CLOEXEC"));
            self.sockets.duplicate(thread, old.number, new, until_exec);
        }
        true
    }

    fn watch(&mut self, thread: u32, call: &RawCall) {
        let (Some(epoll), Some(of)) = (descriptor(call.argument(0)), descriptor(call.argument(2)))
        else {
            return;
        };
        if let Some(at) = self.sockets.find(thread, of) {
            let wanted = call.argument(1) != "EPOLL_CTL_DEL";
            self.sockets.watch(thread, epoll.number, at, wanted);
        }
    }

    fn poll(&mut self, line: &Line, call: &RawCall, name: &'static str) {
        let mut sockets = Vec::new();
        if name.starts_with("epoll") {
            let Some(epoll) = descriptor(call.argument(0)) else { return };
            sockets = self.sockets.watched(line.thread, epoll.number);
        } else {
            for argument in &call.arguments {
                for it in argument::descriptors(argument) {
                    sockets.extend(self.sockets.find(line.thread, it));
                }
            }
            sockets.sort_unstable();
            sockets.dedup();
        }
        let Some((first, socket)) =
            sockets.first().and_then(|at| Some((*at, self.sockets.get(*at)?)))
        else {
            return;
        };
        let its = (Sockets::label(first), socket.state, socket.local);
        let many = if sockets.len() == 1 { "" } else { "s" };
        let text = format!("{name}({} socket{many})", sockets.len());
        self.told(line, call, its, name, text, answer(call, None), Deed::Nothing);
    }

    fn on_socket(&mut self, line: &Line, call: &RawCall) {
        let Some(of) = descriptor(call.argument(0)) else { return };
        let Some(at) = self.sockets.find(line.thread, of) else { return };
        let Some(words) = calls::words(call) else { return };
        let ok = call.error().is_none() && call.number().is_some();
        let mut peer = None;
        let mut given = None;
        match &words.act {
            Act::Accept if ok => {
                let Some(made) = descriptor(&call.result) else { return };
                peer = argument::address(call.argument(1));
                if let Seen::Internet(_, _, remote) = made.what {
                    peer = peer.or(remote);
                }
                let Some(listener) = self.sockets.get(at) else { return };
                let socket = Socket::accepted(listener, peer);
                let until_exec = call.argument(3).contains("SOCK_CLOEXEC");
                given = self.sockets.add(line.thread, made.number, until_exec, socket);
                if given.is_some() {
                    self.sockets.find(line.thread, made);
                }
            }
            Act::OwnName | Act::PeerName if ok => peer = argument::address(call.argument(1)),
            Act::Receive(from, ..) if ok => peer = *from,
            _ => {}
        }
        let answer = match (&words.act, peer) {
            (Act::Accept, _) if ok => {
                let Some(given) = given else { return };
                Answer::Known(Outcome::Socket(Sockets::label(given), peer))
            }
            (Act::OwnName | Act::PeerName, Some(address)) => {
                Answer::Known(Outcome::Address(address))
            }
            (Act::GetOption(_, value), _) if ok => answer(call, *value),
            (Act::Receive(..), Some(from)) => {
                let bytes = usize::try_from(call.number().unwrap_or(0)).unwrap_or(0);
                Answer::Known(Outcome::From(bytes, from))
            }
            _ => answer(call, None),
        };
        self.consequences(line, (of.number, at), &words, call, peer);
        let Some(socket) = self.sockets.get(at) else { return };
        let its = (Sockets::label(at), socket.state, socket.local);
        let deed = deed(&words, call, peer, given, socket);
        self.said(line, its.0, &words, call, |book| {
            book.told(line, call, its, words.name, words.text.clone(), answer, deed);
        });
    }

    /// Puts the message that a call carried beside it: before one that sends, behind one that takes.
    fn said(
        &mut self,
        line: &Line,
        label: SocketId,
        words: &Words,
        call: &RawCall,
        tell: impl FnOnce(&mut Self),
    ) {
        let (text, direction) = match &words.act {
            Act::Send(_, Some(text)) => (text, Direction::Sent),
            Act::Receive(_, Some(text), _, false) => (text, Direction::Received),
            _ => return tell(self),
        };
        let bytes = call.number().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(0);
        // Of a long one not all is there: then nothing is said of it.
        let said = text.0.get(..bytes).filter(|_| bytes > 0 && self.happened.len() < CALLS);
        let message = said.map(|said| {
            Kind::Message(Message {
                socket: Some(label),
                direction,
                from: SafeText::default(),
                text: SafeText::new(said),
                bytes,
                announcement: false,
            })
        });
        let at = line.at + call.took;
        let before = direction == Direction::Sent;
        if let Some(message) = message.clone().filter(|_| before) {
            self.tell(at, message);
        }
        tell(self);
        if let Some(message) = message.filter(|_| !before) {
            self.tell(at, message);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "they are the fields of an event")]
    fn told(
        &mut self,
        line: &Line,
        call: &RawCall,
        (socket, state, local): (SocketId, State, Option<SocketAddr>),
        name: &'static str,
        text: String,
        answer: Answer,
        deed: Deed,
    ) {
        if self.happened.len() >= CALLS {
            self.not_kept += 1;
            return;
        }
        let kind = TraceEvent::Call(TracedCall {
            socket,
            name,
            system_call: call.name.clone(),
            thread: line.thread,
            text,
            answer,
            took: call.took,
            state,
        });
        self.happened.push(Happened { at: line.at + call.took, kind: kind.into(), deed, local });
    }
}
