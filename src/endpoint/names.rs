//! The names of addresses, asked in the background: a name server that does not answer keeps nobody
//! waiting.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::event::SafeText;

/// Addresses that are asked for at most: who sends from a thousand addresses gets no names.
const MOST: usize = 512;

/// Asks for names, one after the other, in a thread of its own.
#[derive(Debug, Default)]
pub struct Names {
    thread: Option<(Sender<IpAddr>, Receiver<Found>)>,
    /// What was asked: none until there is an answer, or when there is no name.
    asked: HashMap<IpAddr, State>,
}

type Found = (IpAddr, Option<SafeText>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Asked,
    Answered,
}

impl Names {
    /// Asks for the name of an address, once.
    pub fn ask(&mut self, ip: IpAddr) {
        if self.asked.len() >= MOST || self.asked.contains_key(&ip) {
            return;
        }
        if self.thread.is_none() {
            self.thread = start();
        }
        if let Some((ask, _)) = &self.thread
            && ask.send(ip).is_ok()
        {
            self.asked.insert(ip, State::Asked);
        }
    }

    /// Names that were found since the last time.
    pub fn found(&mut self) -> Vec<(IpAddr, SafeText)> {
        let mut names = Vec::new();
        while let Some(found) = self.thread.as_ref().and_then(|(_, found)| found.try_recv().ok()) {
            names.extend(self.note(found));
        }
        names
    }

    /// The same, but waits for those of these addresses that were asked for, at most so long.
    pub fn wait_for(&mut self, addresses: &[IpAddr], most: Duration) -> Vec<(IpAddr, SafeText)> {
        let end = Instant::now() + most;
        let mut names = self.found();
        while addresses.iter().any(|ip| self.asked.get(ip) == Some(&State::Asked)) {
            let left = end.saturating_duration_since(Instant::now());
            let next = self.thread.as_ref().and_then(|(_, found)| found.recv_timeout(left).ok());
            let Some(found) = next else { break };
            names.extend(self.note(found));
        }
        names
    }

    fn note(&mut self, (ip, name): Found) -> Option<(IpAddr, SafeText)> {
        self.asked.insert(ip, State::Answered);
        name.map(|name| (ip, name))
    }
}

fn start() -> Option<(Sender<IpAddr>, Receiver<Found>)> {
    let (ask, asked) = channel::<IpAddr>();
    let (tell, found) = channel();
    let work = move || {
        for ip in asked {
            // Without a name the resolver gives the address back.
            let name = dns_lookup::lookup_addr(&ip).ok().filter(|name| *name != ip.to_string());
            let name = name.map(|name| SafeText::new(name.as_bytes()));
            if tell.send((ip, name)).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("names".into()).spawn(work).ok()?;
    Some((ask, found))
}
