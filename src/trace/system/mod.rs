//! What `trace` needs of the operating system: a way for lines, signals, the user behind `sudo`.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(super) use linux::{invoking_user, own_group, pipe_file, private, signal, signal_group};
#[cfg(not(target_os = "linux"))]
pub(super) use other::{invoking_user, own_group, pipe_file, private, signal, signal_group};

/// A way to end a program, from the politest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// SIGINT: what Ctrl-C sends.
    Interrupt,
    /// SIGTERM: please end.
    Terminate,
    /// SIGKILL: the program is not asked.
    Kill,
}
