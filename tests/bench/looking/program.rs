//! What takes part, and how it is started.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// A program with its words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Program {
    /// How tables call it.
    pub name: &'static str,
    words: &'static [&'static str],
}

impl Program {
    /// A program of the system.
    pub const fn new(name: &'static str, words: &'static [&'static str]) -> Self {
        Self { name, words }
    }

    /// The command; its first word `netlab` is the one that was just built.
    pub fn command(self) -> Command {
        let (program, words) = self.words.split_first().unwrap_or((&"true", &[]));
        let mut command = match *program {
            "netlab" => Command::new(installed()),
            program => Command::new(program),
        };
        command.args(words).env("LC_ALL", "C").env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        command
    }
}

/// netlab as it is when it is installed: a file that was copied in one piece.
///
/// The linker writes its file here and there, a page at a time, and so the system keeps it in memory;
/// a start from such pages takes a sixth longer than from those of a copy. All other programs here
/// have been installed too.
fn installed() -> PathBuf {
    static COPY: OnceLock<PathBuf> = OnceLock::new();
    let copy = || {
        let built = PathBuf::from(env!("CARGO_BIN_EXE_netlab"));
        let copy = built.with_file_name("netlab-installed-for-benchmarks");
        let fresh = std::fs::remove_file(&copy).or_else(|why| match why.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(why),
        });
        if fresh.and_then(|()| std::fs::copy(&built, &copy)).is_ok() { copy } else { built }
    };
    COPY.get_or_init(copy).clone()
}

impl Display for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}
