//! What a start costs: a short command must not wait for libraries that it has no use for.
#![cfg(test)]

use std::process::Command;

use crate::support::netlab;
use crate::tools::output;

/// The mathematics of the C library are a library of their own, and so is what goes back up the stack
/// after a panic: each would be looked for, mapped and bound at every start.
#[test]
#[cfg(all(target_env = "gnu", target_arch = "x86_64"))]
fn the_program_loads_the_c_library_and_no_other() {
    // The loader lists what it would load, and starts nothing (man 8 ld.so).
    let told = output(netlab().env("LD_TRACE_LOADED_OBJECTS", "1"));
    let names: Vec<&str> = told.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let libraries = names.iter().filter(|name| !name.starts_with("linux-vdso"));
    let libraries: Vec<_> = libraries.filter(|name| !name.contains("ld-linux")).collect();
    let has_archive = output(Command::new("cc").arg("-print-file-name=libgcc_eh.a")).contains('/');
    let gcc = (!has_archive).then_some(&"libgcc_s.so.1");
    assert_eq!(libraries, gcc.into_iter().chain([&"libc.so.6"]).collect::<Vec<_>>(), "{told}");
}
