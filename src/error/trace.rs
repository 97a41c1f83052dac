//! Why another program cannot be watched.

use std::io;

use super::{Exit, Explained};
use crate::event::{OsError, errno};

/// What does not let netlab watch a program.
#[derive(Debug)]
pub enum TraceFault {
    /// This is not Linux.
    NotHere,
    /// There is no `strace`.
    NoStrace,
    /// The system lets nobody watch, in the words of `strace`.
    NotAllowed(String),
    /// `strace` saw nothing, and says why.
    Silent(String),
    /// The system refused something that is needed for it.
    System(&'static str, io::Error),
}

/// The fault in its five parts.
pub(super) fn explain(fault: &TraceFault) -> Explained {
    let told = |what: &str, exit| Explained {
        what: what.to_owned(),
        knows: Vec::new(),
        causes: Vec::new(),
        command: String::new(),
        errno: None,
        number: None,
        exit,
    };
    match fault {
        TraceFault::NotHere => Explained {
            knows: vec![
                "netlab trace watches a program by way of strace, which only Linux has".into(),
                "netlab's own programs tell of their calls on every system: record both sides, and \
                 netlab timeline draws them"
                    .into(),
            ],
            causes: vec![format!("this system is {}", std::env::consts::OS)],
            command: "netlab demo stream".to_owned(),
            ..told("a program of yours cannot be watched on this system", Exit::Refused)
        },
        TraceFault::NoStrace => Explained {
            knows: vec![
                "the calls of another program are seen by strace, and there is no program of that name \
                 in PATH"
                    .into(),
                "with another package manager: sudo dnf install strace, sudo pacman -S strace".into(),
            ],
            causes: vec![
                "it is not installed: most systems leave that to whoever needs it".into(),
                "PATH does not name the folder that it is in".into(),
            ],
            command: "sudo apt-get install strace".to_owned(),
            ..told("strace was not found", Exit::Refused)
        },
        TraceFault::NotAllowed(words) => not_allowed(words),
        TraceFault::Silent(words) => Explained {
            knows: vec![words.clone(), "the program was not started, or not watched".into()],
            causes: vec![
                "the program cannot be started: not by this user, or not on this machine".into(),
                "this strace is too old for what netlab asks of it: 5.0 or later is needed".into(),
            ],
            command: "strace -V".to_owned(),
            ..told("strace has seen nothing", Exit::Refused)
        },
        TraceFault::System(what, error) => {
            let os = OsError::from(error);
            Explained {
                knows: vec![format!("what failed: {what}")],
                causes: vec![
                    "no file descriptors, processes or memory are left".into(),
                    "the folder for temporary files is not writable (TMPDIR)".into(),
                ],
                command: "ulimit -n -u; df /tmp".to_owned(),
                errno: errno::find(os).copied(),
                number: os.number,
                ..told(
                    &format!("the program could not be started under strace: {}", os.name()),
                    Exit::Refused,
                )
            }
        }
    }
}

fn not_allowed(words: &str) -> Explained {
    Explained {
        what: "this system lets no program watch another: ptrace is not permitted".to_owned(),
        knows: vec![
            words.to_owned(),
            "whoever watches a program sees all that it does, so systems and containers can forbid it"
                .into(),
        ],
        causes: vec![
            "this is a container without the capability: docker run --cap-add=SYS_PTRACE".into(),
            "the setting kernel.yama.ptrace_scope is 2 (only root) or 3 (nobody)".into(),
            "another program watches this one already, such as a debugger".into(),
        ],
        command: "sysctl kernel.yama.ptrace_scope".to_owned(),
        errno: errno::ALL.iter().find(|row| row.name == "EPERM").copied(),
        number: None,
        exit: Exit::NotPermitted,
    }
}
