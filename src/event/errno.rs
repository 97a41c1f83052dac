//! Error names and their numbers on three systems.
//!
//! The same mistake has the same POSIX name everywhere and a different number on each system: a
//! refused connection is 111 on Linux, 61 on macOS and 10061 on Windows (where the names begin
//! with `WSA`). Sources: `errno.h` of Linux and of macOS, and the Windows Sockets error codes.

use std::io::ErrorKind;

use super::OsError;

/// One error: its POSIX name, its portable kind and its number on each system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno {
    /// The POSIX name, such as `ECONNREFUSED`.
    pub name: &'static str,
    /// The kind that Rust's standard library gives it, where it has one of its own.
    pub kind: Option<ErrorKind>,
    /// `errno` on Linux.
    pub linux: i32,
    /// `errno` on macOS.
    pub macos: i32,
    /// The code of `WSAGetLastError` on Windows, where there is one.
    pub windows: Option<i32>,
    /// The layer of the OSI model whose business it is.
    pub layer: u8,
}

const fn row(
    name: &'static str,
    kind: Option<ErrorKind>,
    numbers: (i32, i32, i32),
    layer: u8,
) -> Errno {
    let (linux, macos, windows) = numbers;
    let windows = if windows == 0 { None } else { Some(windows) };
    Errno { name, kind, linux, macos, windows, layer }
}

/// Every error that a socket call of netlab can meet.
pub const ALL: [Errno; 36] = {
    use ErrorKind as K;
    [
        row("EACCES", Some(K::PermissionDenied), (13, 13, 10013), 4),
        row("EADDRINUSE", Some(K::AddrInUse), (98, 48, 10048), 4),
        row("EADDRNOTAVAIL", Some(K::AddrNotAvailable), (99, 49, 10049), 3),
        row("EAFNOSUPPORT", None, (97, 47, 10047), 3),
        row("EAGAIN", Some(K::WouldBlock), (11, 35, 10035), 4),
        row("EALREADY", None, (114, 37, 10037), 4),
        row("EBADF", None, (9, 9, 10009), 4),
        row("ECONNABORTED", Some(K::ConnectionAborted), (103, 53, 10053), 4),
        row("ECONNREFUSED", Some(K::ConnectionRefused), (111, 61, 10061), 4),
        row("ECONNRESET", Some(K::ConnectionReset), (104, 54, 10054), 4),
        row("EDESTADDRREQ", None, (89, 39, 10039), 4),
        row("EHOSTUNREACH", Some(K::HostUnreachable), (113, 65, 10065), 3),
        row("EINPROGRESS", None, (115, 36, 10036), 4),
        row("EINTR", Some(K::Interrupted), (4, 4, 10004), 4),
        // Files are the application's business. Windows counts them apart from sockets.
        row("ENOENT", Some(K::NotFound), (2, 2, 2), 7),
        row("EISDIR", Some(K::IsADirectory), (21, 21, 0), 7),
        row("ENOSPC", Some(K::StorageFull), (28, 28, 112), 7),
        row("EROFS", Some(K::ReadOnlyFilesystem), (30, 30, 19), 7),
        row("EINVAL", Some(K::InvalidInput), (22, 22, 10022), 4),
        row("EISCONN", None, (106, 56, 10056), 4),
        row("EMFILE", None, (24, 24, 10024), 4),
        row("EMSGSIZE", None, (90, 40, 10040), 4),
        row("ENODEV", None, (19, 19, 0), 3),
        row("ENETDOWN", Some(K::NetworkDown), (100, 50, 10050), 3),
        row("ENETUNREACH", Some(K::NetworkUnreachable), (101, 51, 10051), 3),
        row("ENFILE", None, (23, 23, 0), 4),
        row("ENOBUFS", None, (105, 55, 10055), 4),
        row("ENOMEM", Some(K::OutOfMemory), (12, 12, 8), 4),
        row("ENOTCONN", Some(K::NotConnected), (107, 57, 10057), 4),
        row("ENOTSOCK", None, (88, 38, 10038), 4),
        row("EOPNOTSUPP", None, (95, 102, 10045), 4),
        // Windows says "permission denied" (10013) where POSIX distinguishes EACCES and EPERM.
        row("EPERM", None, (1, 1, 10013), 4),
        // Windows reports a write after the end as WSAESHUTDOWN.
        row("EPIPE", Some(K::BrokenPipe), (32, 32, 10058), 4),
        row("EPROTONOSUPPORT", None, (93, 43, 10043), 4),
        row("ESHUTDOWN", None, (108, 58, 10058), 4),
        row("ETIMEDOUT", Some(K::TimedOut), (110, 60, 10060), 4),
    ]
};

/// A host name that stands for no address. The resolver has numbers of its own: `EAI_NONAME` of
/// `getaddrinfo`, on Windows `WSAHOST_NOT_FOUND`.
pub const NO_NAME: Errno = row("EAI_NONAME", None, (-2, 8, 11001), 7);

/// What else the resolver says: the name server did not answer (`WSATRY_AGAIN`), answered that it
/// will not (`WSANO_RECOVERY`), or knows the name and no address of it (`WSANO_DATA`).
pub const RESOLVER: [Errno; 4] = [
    NO_NAME,
    row("EAI_AGAIN", None, (-3, 2, 11002), 7),
    row("EAI_FAIL", None, (-4, 4, 11003), 7),
    row("EAI_NODATA", None, (-5, 7, 11004), 7),
];

/// Windows has further numbers for these: a path that leads nowhere, and access to a file.
pub const WINDOWS_TOO: [(i32, &str); 2] = [(3, "ENOENT"), (5, "EACCES")];

impl Errno {
    /// Whether that number is this error's on Windows.
    #[must_use]
    pub fn is_on_windows(&self, number: i32) -> bool {
        self.windows == Some(number) || WINDOWS_TOO.contains(&(number, self.name))
    }

    /// The number on the system that this program was built for.
    #[must_use]
    pub const fn here(&self) -> Option<i32> {
        if cfg!(windows) {
            self.windows
        } else if cfg!(any(target_os = "macos", target_os = "ios")) {
            Some(self.macos)
        } else {
            Some(self.linux)
        }
    }
}

/// Looks an error up: by its number on this system first, by its kind if it has no number.
#[must_use]
pub fn find(error: OsError) -> Option<&'static Errno> {
    match error.number {
        Some(number) if cfg!(windows) => ALL.iter().find(|row| row.is_on_windows(number)),
        Some(number) => ALL.iter().find(|row| row.here() == Some(number)),
        None => ALL.iter().find(|row| row.kind == Some(error.kind)),
    }
}

/// The POSIX name of an error, where it has one here.
#[must_use]
pub fn name(error: OsError) -> Option<&'static str> {
    find(error).map(|row| row.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    /// The standard library decides kinds from the system's numbers: it is the judge of the table's
    /// column for the system the test runs on.
    #[test]
    fn numbers_and_kinds_agree_with_the_standard_library() {
        for row in ALL {
            let Some(number) = row.here() else { continue };
            let error = OsError::from(&io::Error::from_raw_os_error(number));
            if let Some(kind) = row.kind {
                assert_eq!(error.kind, kind, "{}", row.name);
            }
            // On Windows these two have the numbers of EACCES and EPIPE.
            if !cfg!(windows) || !["EPERM", "ESHUTDOWN"].contains(&row.name) {
                assert_eq!(name(error), Some(row.name));
            }
        }
    }

    #[test]
    fn an_error_without_a_number_is_known_by_its_kind() {
        let error = OsError::from(&io::Error::from(ErrorKind::TimedOut));
        assert_eq!(error.name(), "ETIMEDOUT");
    }
}
