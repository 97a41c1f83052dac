//! Answers, records and pictures that could not be written.

use std::io::{self, ErrorKind};

use super::{Exit, Explained};
use crate::event::OsError;
use crate::event::errno;

/// How a failure calls the standard output, which has no path.
pub const STANDARD_OUTPUT: &str = "the standard output";

/// A file that could not be written.
pub(super) fn explain(path: &str, error: &io::Error) -> Explained {
    let (what, cause) = match error.kind() {
        ErrorKind::NotFound => ("there is no such folder", "the folder has to exist first"),
        ErrorKind::PermissionDenied => ("not permitted", "the folder belongs to somebody else"),
        ErrorKind::StorageFull => ("no space left", "the disk or the user's share of it is full"),
        ErrorKind::IsADirectory => ("it is a folder", "name a file inside it"),
        _ => ("the system refused", "the disk or the folder is not writable"),
    };
    let os = OsError::from(error);
    let folder =
        std::path::Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.map_or_else(|| "this folder".to_owned(), |f| f.display().to_string());
    let output = path == STANDARD_OUTPUT;
    Explained {
        what: if output {
            format!("writing to {path} failed: {what}")
        } else {
            format!("writing {path:?} failed: {what}")
        },
        knows: vec![if output {
            "not all of the answer was written".to_owned()
        } else {
            format!("it was to be written in {folder}")
        }],
        causes: vec![cause.to_owned()],
        command: "the same command with another file".to_owned(),
        errno: errno::find(os).copied(),
        number: os.number,
        exit: match error.kind() {
            ErrorKind::PermissionDenied => Exit::NotPermitted,
            _ => Exit::Refused,
        },
    }
}
