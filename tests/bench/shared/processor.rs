//! Processor time of a server, as the system counts it.

use std::fs::{read_dir, read_to_string};
use std::io;

use crate::report::float;

/// What `/proc` counts processor time in: Linux fixes it for programs, whatever its own clock.
pub const TICKS_PER_SECOND: f64 = 100.0;

/// Processor seconds, user and system, of a process, its threads and its descendants.
pub fn cpu_seconds(root: u32) -> io::Result<f64> {
    let mut family = vec![root];
    let mut ticks = 0;
    // Parents are looked for among those found so far, so a pass per generation is needed;
    // a server here has at most one generation of children.
    for _ in 0..2 {
        ticks = 0;
        for entry in read_dir("/proc")?.flatten() {
            let Some(id) = entry.file_name().to_str().and_then(|n| n.parse().ok()) else {
                continue;
            };
            // A process may end while the list is read.
            let Some((parent, used)) = stat(id) else {
                continue;
            };
            if family.contains(&id) {
                ticks += used;
            } else if family.contains(&parent) {
                family.push(id);
                ticks += used;
            }
        }
    }
    Ok(float(ticks) / TICKS_PER_SECOND)
}

/// The parent of a process and the ticks the process has used.
fn stat(id: u32) -> Option<(u32, usize)> {
    let text = read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The second field is the program's name in parentheses and may contain blanks.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<usize>().ok();
    let parent = fields.get(1)?.parse().ok()?;
    Some((parent, number(11)? + number(12)?))
}
