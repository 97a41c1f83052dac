//! What becomes of a file that a run writes beside what it shows.
//!
//! ```text
//!   events ─▶ record, packets ─▶ Watched ─▶ the file
//!                                   │ why not all of it was written
//!                                   ▼
//!                 at the end:     Fate ─▶ five parts and an exit code
//! ```
//!
//! Who writes is deep below the journal and goes on when the disk is full: what is on the screen is worth
//! more than what is kept. So it is remembered here, and asked for when the run is over.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::console::{self, Owed};
use crate::error::Failure;

/// The first thing that went wrong.
type Failed = Arc<Mutex<Option<io::Error>>>;

/// A file whose fate is known.
#[derive(Debug)]
pub(super) struct Watched {
    file: File,
    failed: Failed,
}

/// What became of a file, for who asks at the end.
#[derive(Debug)]
pub(super) struct Fate {
    path: String,
    failed: Failed,
    /// Whoever ends the program before the run has ended says that this file is not whole.
    _owed: Owed,
}

/// Makes a file; what was in one of that name is gone.
///
/// # Errors
///
/// [`Failure::File`].
pub(super) fn create(path: &Path) -> Result<(Watched, Fate), Failure> {
    let path = path.display().to_string();
    match File::create(&path) {
        Ok(file) => {
            let failed = Failed::default();
            let owed = console::owe(&path);
            let watched = Watched { file, failed: Arc::clone(&failed) };
            Ok((watched, Fate { path, failed, _owed: owed }))
        }
        Err(error) => Err(Failure::File { path, error }),
    }
}

impl Fate {
    /// Whether everything was written.
    ///
    /// # Errors
    ///
    /// [`Failure::File`] when it was not.
    pub(super) fn tell(self) -> Result<(), Failure> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner).take();
        failed.map_or(Ok(()), |error| Err(Failure::File { path: self.path, error }))
    }
}

impl Watched {
    fn heed<T>(&self, result: io::Result<T>) -> io::Result<T> {
        // Something moves: a run that is to end is given time for it.
        console::moved();
        let Err(error) = result else { return result };
        let kind = error.kind();
        if kind == ErrorKind::Interrupted {
            return Err(error);
        }
        // Whoever writes needs to know no more than that; the system's own error is told at the end.
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.get_or_insert(error);
        Err(kind.into())
    }
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes);
        self.heed(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.file.flush();
        self.heed(flushed)
    }
}
