//! What differs between operating systems. Nothing outside this folder asks which one it is.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub use unix::{BIND_REUSES_TIME_WAIT, SHORT_READ_DRAINS, raise_descriptor_limit};
#[cfg(windows)]
pub use windows::{BIND_REUSES_TIME_WAIT, SHORT_READ_DRAINS, raise_descriptor_limit};
