//! Which program holds a socket: `/proc/PID/fd` has a link for each descriptor, and that of a socket
//! says `socket:[INODE]`. There is no way round: Linux knows a descriptor's socket, and nowhere a
//! socket's descriptors.
//!
//! Other users' processes do not show theirs, except to root.

use std::fs;
use std::os::unix::ffi::OsStrExt;

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open, readlinkat};
use nix::sys::stat::Mode;
use nix::unistd::{dup, geteuid};

use crate::endpoint::programs::Programs;
use crate::event::SocketProgram;

/// Looks for the programs that hold the sockets with these inodes (sorted). All processes are seen,
/// also when every inode has its program: a second one may share it.
pub(crate) fn programs(wanted: Vec<u32>) -> Programs {
    let (mut programs, mut held) = (Vec::new(), Vec::new());
    let walked = if wanted.is_empty() { Ok(()) } else { walk(&wanted, &mut programs, &mut held) };
    let found = Programs::new(wanted, programs, held);
    match walked {
        Ok(()) => found,
        Err(error) => found.failed(format!("/proc, where they are found, does not open ({error})")),
    }
}

const FOLDER: OFlag = OFlag::O_DIRECTORY.union(OFlag::O_CLOEXEC);

fn walk(
    wanted: &[u32],
    programs: &mut Vec<SocketProgram>,
    held: &mut Vec<(u32, u32)>,
) -> nix::Result<()> {
    let mut any = false;
    for process in Dir::open("/proc", FOLDER, Mode::empty())?.iter().flatten() {
        let Some(pid) = number(process.file_name().to_bytes()) else { continue };
        any = true;
        let place = u32::try_from(programs.len()).unwrap_or(u32::MAX);
        let before = held.len();
        // A process that has ended since, or is somebody else's, holds nothing that is seen.
        let _ = sockets_of(pid, |inode| {
            if wanted.binary_search(&inode).is_ok() {
                held.push((inode, place));
            }
        });
        if held.len() > before {
            let name = fs::read(format!("/proc/{pid}/comm")).unwrap_or_default();
            programs.push(SocketProgram::new(pid, name.trim_ascii_end()));
        }
    }
    // An empty folder is no process list: netlab itself would be in it.
    if any { Ok(()) } else { Err(Errno::ENOENT) }
}

/// Tells the inode of every socket that a process holds. The links are read relative to their
/// folder: that takes two thirds of the time of reading them by their whole paths.
fn sockets_of(pid: u32, mut tell: impl FnMut(u32)) -> nix::Result<()> {
    let folder = open(format!("/proc/{pid}/fd").as_str(), FOLDER, Mode::empty())?;
    let mut descriptors = Dir::from_fd(dup(&folder)?)?;
    for descriptor in descriptors.iter().flatten() {
        // "." and ".." are no links.
        let Ok(target) = readlinkat(&folder, descriptor.file_name()) else { continue };
        let inode = target.as_bytes().strip_prefix(b"socket:[");
        if let Some(inode) = inode.and_then(|inode| number(inode.strip_suffix(b"]")?)) {
            tell(inode);
        }
    }
    Ok(())
}

fn number(digits: &[u8]) -> Option<u32> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// What to say about sockets that are held by somebody who was not seen: at least one. A program
/// may also have closed its socket between the two looks, at the sockets and at the programs.
pub(crate) fn programs_unseen(sockets: usize) -> String {
    let (programs, they) = if sockets == 1 {
        ("The program of 1 socket does not show:".to_owned(), "it is")
    } else {
        (format!("The programs of {sockets} sockets do not show:"), "they are")
    };
    let whose = match (geteuid().is_root(), is_whole(&users())) {
        (false, _) => "another user's (with sudo they show)",
        (true, true) => "in a container, or the kernel's own",
        (true, false) => "not in this user namespace, whose root netlab is and of no more",
    };
    format!("{programs} {they} {whose}; or the socket was closed while netlab looked.")
}

/// Which users of the machine are users here (`man 7 user_namespaces`).
fn users() -> String {
    fs::read_to_string("/proc/self/uid_map").unwrap_or_default()
}

/// Whether all users are themselves: then root is the machine's root. So it is where the kernel has
/// no such namespaces, and no such file.
fn is_whole(map: &str) -> bool {
    let numbers: Vec<&str> = map.split_whitespace().collect();
    numbers.is_empty() || numbers == ["0", "0", "4294967295"]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_of_a_user_namespace_is_not_the_machines_root() {
        assert!(is_whole("         0          0 4294967295\n") && is_whole(""));
        assert!(!is_whole("         0          0          1\n"));
        assert!(!is_whole("0 100000 65536\n"));
    }
}
