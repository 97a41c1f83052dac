//! Resident memory of a server, as the system counts it.

use std::fs::read_to_string;
use std::io;

/// Resident memory in KiB.
pub fn resident_kib(id: u32) -> io::Result<usize> {
    let status = read_to_string(format!("/proc/{id}/status"))?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .ok_or_else(|| io::Error::other("the server is gone"))
}
