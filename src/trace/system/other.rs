//! Systems without `strace`: nothing is ever run here.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::Command;

use super::Request;

pub(in crate::trace) fn private(_folder: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

pub(in crate::trace) fn pipe_file(_path: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

pub(in crate::trace) fn own_group(_command: &mut Command) {}

pub(in crate::trace) fn signal(_process: u32, _request: Request) {}

pub(in crate::trace) fn signal_group(_group: u32, _request: Request) {}

pub(in crate::trace) fn invoking_user() -> Option<String> {
    None
}
