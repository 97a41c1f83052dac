//! Linux: named pipes, signals, users.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::sys::signal::{self, Signal};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, Uid, User, geteuid, mkfifo};

use super::Request;

/// Makes a folder that nobody else can look into.
pub(in crate::trace) fn private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(folder)
}

/// Makes a named pipe: `man 7 fifo`.
pub(in crate::trace) fn pipe_file(path: &Path) -> io::Result<()> {
    mkfifo(path, Mode::S_IRUSR | Mode::S_IWUSR).map_err(io::Error::from)
}

/// The program gets a process group of its own: Ctrl-C of the terminal does not reach it.
pub(in crate::trace) fn own_group(command: &mut Command) {
    command.process_group(0);
}

const fn number(request: Request) -> Signal {
    match request {
        Request::Interrupt => Signal::SIGINT,
        Request::Terminate => Signal::SIGTERM,
        Request::Kill => Signal::SIGKILL,
    }
}

/// Sends a signal to a process. One that has ended needs none.
pub(in crate::trace) fn signal(process: u32, request: Request) {
    if let Some(process) = i32::try_from(process).ok().filter(|process| *process > 1) {
        let _ = signal::kill(Pid::from_raw(process), number(request));
    }
}

/// Sends a signal to everybody in a process group.
pub(in crate::trace) fn signal_group(group: u32, request: Request) {
    if let Some(group) = i32::try_from(group).ok().filter(|group| *group > 1) {
        let _ = signal::killpg(Pid::from_raw(group), number(request));
    }
}

/// The user who became root by `sudo`.
pub(in crate::trace) fn invoking_user() -> Option<String> {
    if !geteuid().is_root() {
        return None;
    }
    let number = std::env::var("SUDO_UID").ok()?.parse().ok()?;
    let user = User::from_uid(Uid::from_raw(number)).ok()??;
    (!user.uid.is_root()).then_some(user.name)
}
