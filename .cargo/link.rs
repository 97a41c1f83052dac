//! What the linker is asked for beyond what Rust asks: the build script.
//!
//! A Rust program for Linux loads the library `libgcc_s` whenever it starts, to be able to go back
//! up the stack should it panic. To look for that library, map it and bind it takes a sixth of a
//! millisecond, of the one that a short command takes in all. The C compiler that links has the
//! same code as an archive, `libgcc_eh`, which programs of any licence may take along (the GCC
//! Runtime Library Exception): where there is one, the program does, and loads only the C library.
//!
//! And it is told in which order code is to stand in the program, so that what every start runs is
//! together: `.cargo/start.ld` says why, and which code that is.
//!
//! Where it is not so, or nobody has tried, nothing changes.

#![expect(
    clippy::print_stdout,
    reason = "a build script tells cargo what it has found by printing"
)]

use std::env::{var, var_os};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Stdio};

/// The order of the code.
const ORDER: &str = ".cargo/start.ld";

fn main() {
    println!("cargo::rerun-if-changed=.cargo/link.rs");
    // With its whole path: in a folder that was moved, the linker would look for it in the old place.
    let folder = var("CARGO_MANIFEST_DIR");
    let order = folder.map_or_else(|_| ORDER.to_owned(), |folder| format!("{folder}/{ORDER}"));
    println!("cargo::rerun-if-changed={order}");
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    let linker = var_os("RUSTC_LINKER").unwrap_or_else(|| OsString::from("cc"));
    if tried() && has_archive(&linker) {
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
        if !has_choice() {
            println!("cargo::rustc-link-arg-bins=-T{order}");
        }
    }
}

/// Whether the program is built for a system on which this has been tried.
fn tried() -> bool {
    let is = |name, wanted| var(name).is_ok_and(|value| value == wanted);
    is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && is("CARGO_CFG_TARGET_ARCH", "x86_64")
}

/// Whether the program that links knows where the archive is. A C compiler that does not know
/// answers with the bare name.
fn has_archive(linker: &OsStr) -> bool {
    let mut ask = Command::new(linker);
    ask.arg("-print-file-name=libgcc_eh.a").stdin(Stdio::null());
    ask.output().is_ok_and(|answer| {
        let path = String::from_utf8_lossy(&answer.stdout).trim_end().to_owned();
        answer.status.success() && Path::new(&path).is_absolute() && Path::new(&path).is_file()
    })
}

/// Whether whoever builds has chosen another linker. Those that come with Rust and with the C
/// compiler read the order; some others stop at it.
fn has_choice() -> bool {
    let chosen = |flags: String| flags.contains("fuse-ld") || flags.contains("linker");
    var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(chosen)
}
