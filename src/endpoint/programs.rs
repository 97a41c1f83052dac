//! Which programs hold which sockets.
//!
//! A socket is held by every program that has a descriptor of it. Mostly that is one; a server that
//! forks shares its listening socket with its children. So there are few different *sets* of
//! programs, however many sockets there are, and each socket needs only the number of its set:
//!
//! ```text
//!   sockets, by key          sets
//!   4711 ── 0 ────────────▶  0  [nginx 812]
//!   4712 ── 2 ─────────┐     1  [nginx 813]
//!   4720 ── 1 ───────┐ └──▶  2  [nginx 812, nginx 813]
//!                    └────▶  1
//! ```

use std::collections::HashMap;
use std::time::Instant;

use crate::event::SocketProgram;

/// The programs of many sockets, and when they were looked up.
#[derive(Clone, Debug)]
pub(super) struct Programs {
    sets: Vec<Box<[SocketProgram]>>,
    /// A socket's key and its set's number, by key.
    set_of: Vec<(u32, u32)>,
    /// The keys that were looked for, found or not, by number.
    looked_for: Vec<u32>,
    when: Instant,
    /// Why no program was seen, if that is so.
    fault: Option<String>,
}

impl Programs {
    /// From what was looked for (sorted), the programs that hold any of it, and pairs of a socket's
    /// key and its program's place in the list.
    pub(super) fn new(
        looked_for: Vec<u32>,
        programs: Vec<SocketProgram>,
        mut held: Vec<(u32, u32)>,
    ) -> Self {
        // A program may hold a socket by two descriptors.
        held.sort_unstable();
        held.dedup();
        let mut sets: Vec<Box<[SocketProgram]>> = Vec::with_capacity(programs.len());
        let mut shared: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut set_of = Vec::new();
        sets.extend(programs.into_iter().map(|program| Box::from([program])));
        for holders in held.chunk_by(|one, next| one.0 == next.0) {
            let set = if let [(_, program)] = holders {
                *program
            } else {
                let members: Vec<u32> = holders.iter().map(|(_, program)| *program).collect();
                *shared.entry(members).or_insert_with_key(|members| {
                    let number = u32::try_from(sets.len()).unwrap_or(u32::MAX);
                    sets.push(joined(&sets, members));
                    number
                })
            };
            set_of.push((holders[0].0, set));
        }
        Self { sets, set_of, looked_for, when: Instant::now(), fault: None }
    }

    /// With the reason why no program was seen.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "Linux has them apart"))]
    pub(super) fn failed(self, fault: String) -> Self {
        Self { fault: Some(fault), ..self }
    }

    /// Why no program was seen; none when they were.
    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// The programs that hold the socket with that key.
    pub(super) fn of(&self, key: u32) -> &[SocketProgram] {
        let found = self.set_of.binary_search_by_key(&key, |(key, _)| *key);
        found.ok().and_then(|at| self.sets.get(self.set_of[at].1 as usize)).map_or(&[], |set| set)
    }

    /// Whether that socket was there already when these were looked up.
    pub(super) fn looked_for(&self, key: u32) -> bool {
        self.looked_for.binary_search(&key).is_ok()
    }

    /// When they were looked up.
    pub(super) const fn when(&self) -> Instant {
        self.when
    }
}

/// One set of several programs. Each has a set of its own at its place.
fn joined(sets: &[Box<[SocketProgram]>], members: &[u32]) -> Box<[SocketProgram]> {
    let own = members.iter().filter_map(|member| sets.get(*member as usize)?.first());
    own.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::SafeText;

    fn program(pid: u32) -> SocketProgram {
        SocketProgram { pid, name: SafeText::new(b"a") }
    }

    #[test]
    fn a_socket_may_have_several_programs_and_a_program_several_sockets() {
        let held = vec![(7, 1), (5, 0), (7, 0), (9, 1), (8, 0), (8, 1), (5, 0)];
        let all = Programs::new(vec![5, 6, 7, 8, 9], vec![program(10), program(11)], held);
        let pids = |key| all.of(key).iter().map(|program| program.pid).collect::<Vec<_>>();
        assert_eq!((pids(5), pids(9)), (vec![10], vec![11]));
        assert_eq!((pids(7), pids(8)), (vec![10, 11], vec![10, 11]));
        assert_eq!((pids(6), pids(1)), (vec![], vec![]));
        assert_eq!(all.sets.len(), 3, "sockets that are shared alike share their set");
        assert!(all.looked_for(6) && !all.looked_for(1));
    }
}
