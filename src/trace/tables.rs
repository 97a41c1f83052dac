//! Who holds which socket: tables of descriptors, as the kernel has them.
//!
//! Threads share a table, a child gets a copy, `execve` closes what was marked for it. How many
//! descriptors mean a socket is counted, for each `close` asks whether it was the last.

use std::collections::{HashMap, HashSet};

/// A table of descriptors, and the sockets in it by their places.
#[derive(Clone, Debug, Default)]
struct Table {
    sockets: HashMap<i32, usize>,
    /// Descriptors that `execve` closes.
    until_exec: HashSet<i32>,
    /// What an epoll descriptor waits for.
    watched: HashMap<i32, HashSet<usize>>,
}

/// The tables of a program and its children.
#[derive(Debug, Default)]
pub(super) struct Tables {
    by_number: HashMap<u32, Table>,
    /// The table of each thread, by a number of its own, and how many threads have a table.
    of_thread: HashMap<u32, u32>,
    threads: HashMap<u32, usize>,
    made: u32,
    /// Threads that are making a child, and whether it will share their table.
    forking: Vec<(u32, bool)>,
    /// Threads that ended while somebody was making a child: perhaps it.
    gone: HashSet<u32>,
    /// How many descriptors mean a socket, by its place.
    holders: HashMap<usize, usize>,
}

impl Tables {
    fn table(&mut self, thread: u32) -> &mut Table {
        let key = self.of_thread.get(&thread).copied().unwrap_or_else(|| {
            // A child's first line may come before its parent's call has returned.
            let parent = self.forking.pop();
            self.begin(thread, parent)
        });
        self.by_number.entry(key).or_default()
    }

    fn begin(&mut self, thread: u32, parent: Option<(u32, bool)>) -> u32 {
        let its = parent.and_then(|(parent, shares)| Some((*self.of_thread.get(&parent)?, shares)));
        let key = match its {
            Some((key, true)) => key,
            other => {
                self.made += 1;
                let copy = other.and_then(|(key, _)| self.by_number.get(&key)).cloned();
                let copy = copy.unwrap_or_default();
                for at in copy.sockets.values() {
                    *self.holders.entry(*at).or_default() += 1;
                }
                self.by_number.insert(self.made, copy);
                self.made
            }
        };
        self.of_thread.insert(thread, key);
        *self.threads.entry(key).or_default() += 1;
        key
    }

    /// Whether a thread is new, and may be the child of more than one that is making one.
    pub(super) fn is_anybodys(&self, thread: u32) -> bool {
        self.forking.len() > 1 && !self.of_thread.contains_key(&thread)
    }

    /// A thread is about to make a child.
    pub(super) fn forks(&mut self, thread: u32, shares: bool) {
        self.table(thread);
        self.forking.push((thread, shares));
    }

    /// A thread has made a child, or could not. Whether it is one that has said nothing yet.
    pub(super) fn forked(&mut self, thread: u32, shares: bool, child: Option<u32>) -> bool {
        self.table(thread);
        let pending = self.forking.iter().position(|(parent, _)| *parent == thread);
        if let Some(pending) = pending {
            self.forking.remove(pending);
        }
        let known = |child: &u32| self.of_thread.contains_key(child) || self.gone.contains(child);
        let new = child.filter(|child| !known(child));
        if let Some(child) = new {
            self.begin(child, Some((thread, shares)));
        }
        if self.forking.is_empty() {
            self.gone.clear();
        }
        new.is_some()
    }

    /// A thread runs another program now.
    pub(super) fn executed(&mut self, thread: u32) {
        for number in std::mem::take(&mut self.table(thread).until_exec) {
            self.let_go(thread, number);
        }
    }

    /// A thread has ended; the places of sockets that nobody holds any more.
    pub(super) fn ended(&mut self, thread: u32) -> Vec<usize> {
        self.forking.retain(|(parent, _)| *parent != thread);
        if !self.forking.is_empty() {
            self.gone.insert(thread);
        }
        let Some(key) = self.of_thread.remove(&thread) else { return Vec::new() };
        if let Some(others) = self.threads.get_mut(&key).filter(|threads| **threads > 1) {
            *others -= 1;
            return Vec::new();
        }
        self.threads.remove(&key);
        let table = self.by_number.remove(&key).unwrap_or_default();
        let mut left: Vec<usize> = table.sockets.into_values().collect();
        for at in &left {
            self.fewer(*at);
        }
        left.sort_unstable();
        left.dedup();
        left.retain(|at| !self.is_held(*at));
        left
    }

    /// Whether somebody holds a socket.
    pub(super) fn is_held(&self, at: usize) -> bool {
        self.holders.contains_key(&at)
    }

    fn fewer(&mut self, at: usize) {
        match self.holders.get_mut(&at).filter(|count| **count > 1) {
            Some(count) => *count -= 1,
            None => drop(self.holders.remove(&at)),
        }
    }

    /// The socket that a descriptor means.
    pub(super) fn held(&mut self, thread: u32, number: i32) -> Option<usize> {
        self.table(thread).sockets.get(&number).copied()
    }

    /// A descriptor means this socket from now on, whatever it meant before.
    pub(super) fn hold(&mut self, thread: u32, number: i32, at: usize, until_exec: bool) {
        *self.holders.entry(at).or_default() += 1;
        let table = self.table(thread);
        let before = table.sockets.insert(number, at);
        table.until_exec.remove(&number);
        if until_exec {
            table.until_exec.insert(number);
        }
        if let Some(before) = before {
            self.fewer(before);
        }
    }

    /// A descriptor means nothing any more.
    pub(super) fn let_go(&mut self, thread: u32, number: i32) {
        let table = self.table(thread);
        table.until_exec.remove(&number);
        let before = table.sockets.remove(&number);
        if let Some(before) = before {
            self.fewer(before);
        }
    }

    /// `epoll_ctl`: waits for a socket from now on, or no more.
    pub(super) fn watch(&mut self, thread: u32, epoll: i32, at: usize, wanted: bool) {
        let watched = self.table(thread).watched.entry(epoll).or_default();
        if wanted {
            watched.insert(at);
        } else {
            watched.remove(&at);
        }
    }

    /// What an epoll descriptor waits for.
    pub(super) fn watched(&mut self, thread: u32, epoll: i32) -> Vec<usize> {
        self.table(thread).watched.get(&epoll).into_iter().flatten().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the kernel would say: how many descriptors of all tables mean a socket.
    fn counted(tables: &Tables, at: usize) -> usize {
        tables.by_number.values().flat_map(|it| it.sockets.values()).filter(|it| **it == at).count()
    }

    #[test]
    fn holders_are_counted_as_tables_have_them() {
        // A generator of numbers: as long as it is the same, a failure comes again.
        let mut state = 6000_u64;
        let mut random = |below: u32| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            u32::try_from(state >> 33).unwrap_or(0) % below
        };
        let mut tables = Tables::default();
        for _ in 0..20_000 {
            let thread = random(6);
            let number = i32::try_from(random(5)).expect("small");
            match random(8) {
                0 | 1 => tables.hold(thread, number, random(7) as usize, random(3) == 0),
                2 | 3 => tables.let_go(thread, number),
                4 => tables.forks(thread, random(2) == 0),
                5 => {
                    tables.forked(thread, random(2) == 0, Some(random(6)));
                }
                6 => tables.executed(thread),
                _ => drop(tables.ended(thread)),
            }
            for at in 0..7 {
                let count = counted(&tables, at);
                assert_eq!(tables.holders.get(&at).copied().unwrap_or(0), count);
                assert_eq!(tables.is_held(at), count > 0);
            }
        }
    }
}
