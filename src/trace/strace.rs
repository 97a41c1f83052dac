//! The installed `strace`: where it is, what it is asked for.
//!
//! | option | for |
//! | --- | --- |
//! | `-f` | threads and children too |
//! | `-ttt`, `-T` (with nanoseconds where it can) | when a call was made, and how long it took |
//! | `-yy` | what a descriptor is: protocol and endpoints |
//! | `-s 256` | so much of what was sent and received |
//! | `-e trace=...` | calls on sockets, and what makes, shares and closes descriptors |
//! | `-u USER` | the program gets the user's rights, not root's |
//!
//! `man 1 strace`. With `-o` it lets Ctrl-C pass to the program and stays itself.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is watched. A question mark: not every machine has it.
const CALLS: &str = "trace=%network,read,readv,write,writev,close,?sendfile,?sendfile64,?poll,?ppoll,\
    ?select,?pselect6,?epoll_ctl,?epoll_wait,?epoll_pwait,?epoll_pwait2,?fcntl,?fcntl64,?ioctl,?dup,\
    ?dup2,?dup3,?fork,?vfork,?clone,?clone3,?execve,?execveat";

/// So many bytes of what is sent or received are looked at.
const TEXT: &str = "256";

/// The `strace` of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strace {
    path: PathBuf,
    /// Whether it writes nanoseconds: from version 5.7 on.
    fine: bool,
}

impl Strace {
    /// Looks it up; none where it is not installed.
    #[must_use]
    pub fn find() -> Option<Self> {
        let path = in_path(OsStr::new("strace"))?;
        let output = Command::new(&path).arg("-V").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout);
        Some(Self { path, fine: version(&text).is_some_and(|version| version >= (5, 7)) })
    }

    /// The command that runs a program under its eyes, and writes what it sees to `out`.
    pub(super) fn command<'a>(
        &self,
        out: &Path,
        user: Option<&str>,
        words: impl IntoIterator<Item = &'a OsStr>,
    ) -> Command {
        let mut command = Command::new(&self.path);
        command.args(["-f", "-q", "-yy", "-s", TEXT, "-e", CALLS]);
        if self.fine {
            command.args(["--absolute-timestamps=unix,ns", "--syscall-times=ns"]);
        } else {
            command.args(["-ttt", "-T"]);
        }
        if let Some(user) = user {
            command.args(["-u", user]);
        }
        command.arg("-o").arg(out).arg("--").args(words);
        command
    }

    /// Why it cannot watch anything here, in its own words; none if it can.
    pub(super) fn trouble(&self) -> Option<String> {
        let output = Command::new(&self.path).args(["-qq", "-o", "/dev/null", "true"]).output();
        match output {
            Ok(output) if output.status.success() => None,
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stderr);
                Some(text.lines().next().unwrap_or("strace: no reason given").to_owned())
            }
            Err(error) => Some(format!("strace: {}", error.kind())),
        }
    }
}

/// `strace -- version 6.1`.
fn version(text: &str) -> Option<(u32, u32)> {
    let (_, rest) = text.lines().next()?.split_once("version ")?;
    let mut numbers = rest.split(['.', '-', ' ']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// The file of a program: a path as it is, a name as the shell looks it up.
#[must_use]
pub fn in_path(program: &OsStr) -> Option<PathBuf> {
    if program.is_empty() {
        return None;
    }
    let path = Path::new(program);
    if path.components().count() > 1 || program.as_encoded_bytes().contains(&b'/') {
        return is_program(path).then(|| path.to_owned());
    }
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| is_program(path))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_are_read() {
        assert_eq!(version("strace -- version 6.1\nCopyright"), Some((6, 1)));
        assert_eq!(version("strace -- version 5.10.0.7.abcd"), Some((5, 10)));
        assert_eq!(version("what"), None);
    }
}
