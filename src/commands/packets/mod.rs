//! `--packets`, `--write`, `--link`: what is captured beside a run, and what is said if it may not be.
//!
//! ```text
//!   arguments ─▶ Wanted ─▶ a packet socket ─┬─▶ journal ─▶ capture ─▶ file, record, page
//!                                           └─▶ refused: five parts, and the run goes on
//! ```

mod file;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Instant;

use self::file::Kept;
use super::fate::{self, Fate, Watched};
use super::files::{self, Written};
use crate::capture::{self, Capture, CaptureFilter, CapturePlan, Opened, Outlet};
use crate::cli::{Look, Packets};
use crate::console::{self, Backlog};
use crate::endpoint;
use crate::error::{CallError, Explained, Failure, Program, Usage};
use crate::event::{
    CaptureEvent, CaptureRefused, CaptureSetup, Event, Journal, Operation, OsError, Sink, Wants,
};
use crate::socket;

/// What a command wants to see of its packets.
pub(super) struct Wanted<'a> {
    args: &'a Packets,
    filter: CaptureFilter,
    program: Program,
}

impl<'a> Wanted<'a> {
    /// The packets of a server: by its port, and its address if it has only one.
    pub(super) fn of_server(args: &'a Packets, program: Program, own: SocketAddr) -> Self {
        let own_ip = own.ip();
        let ips = if own_ip.is_unspecified() { Vec::new() } else { vec![own_ip] };
        Self::of_port(args, program, own.port(), hosts(ips.into_iter()))
    }

    /// The packets of a client: by the server's port and its addresses.
    pub(super) fn of_client(args: &'a Packets, program: Program, servers: &[SocketAddr]) -> Self {
        let port = servers.first().map_or(0, SocketAddr::port);
        Self::of_port(args, program, port, hosts(servers.iter().map(SocketAddr::ip)))
    }

    /// ICMP: of these hosts, or of all where there are none.
    pub(super) fn of_icmp(
        args: &'a Packets,
        program: Program,
        all: impl Iterator<Item = IpAddr>,
    ) -> Self {
        let filter = CaptureFilter {
            icmp: true,
            hosts: hosts(all),
            link: args.link,
            ..CaptureFilter::default()
        };
        Self { args, filter, program }
    }

    /// Everything between the ends of a demo: they are all here.
    pub(super) fn of_demo(args: &'a Packets) -> Self {
        let filter = CaptureFilter {
            tcp: true,
            udp: true,
            icmp: true,
            hosts: vec![Ipv4Addr::LOCALHOST.into()],
            link: args.link,
            ..CaptureFilter::default()
        };
        Self { args, filter, program: Program::Demo }
    }

    fn of_port(args: &'a Packets, program: Program, port: u16, hosts: Vec<IpAddr>) -> Self {
        let tcp = program.protocol() == "tcp";
        let filter = CaptureFilter {
            tcp,
            udp: !tcp,
            // Which port the system will choose, nobody knows yet.
            ports: if port == 0 { Vec::new() } else { vec![port] },
            hosts,
            link: args.link,
            ..CaptureFilter::default()
        };
        Self { args, filter, program }
    }

    /// The same in Wireshark's words, for who has to use that instead.
    fn for_wireshark(&self) -> String {
        let protocol = self.program.protocol();
        match self.filter.ports.first() {
            None if self.program == Program::Demo => "ip.addr == 127.0.0.1".to_owned(),
            Some(port) => format!("{protocol}.port == {port}"),
            None if protocol == "icmp" => "icmp or icmpv6".to_owned(),
            None => protocol.to_owned(),
        }
    }

    /// Opens what captures, and the file. Nothing of the run has happened yet; afterwards a command
    /// without raw sockets has no privilege that it could misuse.
    ///
    /// # Errors
    ///
    /// [`Failure`] when the file does not fit or cannot be written. That packets may not be captured
    /// is none.
    pub(super) fn open(&self, look: &Look) -> Result<Option<Prepared>, Failure> {
        if !self.args.are_wanted() {
            return Ok(None);
        }
        let (record, packets) = (look.record.as_deref(), self.args.write.as_deref());
        files::each_its_own(&[(Written::Record, record), (Written::Packets, packets)])?;
        if let Some(path) = self.args.write.as_deref().filter(|path| is_page(path)) {
            return Err(no_file(path).into());
        }
        let plan = CapturePlan {
            filter: self.filter.clone(),
            whole: self.args.write.is_some(),
            file: self
                .args
                .write
                .as_ref()
                .filter(|path| stays(path))
                .map(|p| p.display().to_string()),
            ..CapturePlan::default()
        };
        let opened = capture::open(plan);
        // A demo may have ICMP in it: it gives up by itself what its scene does not need.
        if !matches!(self.program, Program::RawPing | Program::RawListen | Program::Demo) {
            socket::renounce_raw();
        }
        let shown = self.args.are_shown();
        Ok(Some(match opened {
            Err(error) => Prepared { opened: Err(self.refused(&error)), file: None, shown },
            Ok(opened) => {
                let file = self.args.write.as_deref().map(fate::create).transpose()?;
                Prepared { opened: Ok(opened), file, shown }
            }
        }))
    }

    /// What to say when the system refuses.
    fn refused(&self, error: &io::Error) -> (CaptureRefused, Explained) {
        let error = (error.kind() != io::ErrorKind::Unsupported).then(|| OsError::from(error));
        let failure = Failure::NoCapture { error, filter: self.for_wireshark() };
        let mut told = failure.explain(&endpoint::facts(&failure, self.program));
        if let Some(path) = &self.args.write {
            told.knows.push(format!("{} is not written: there are no packets", path.display()));
        }
        (CaptureRefused { error }, told)
    }
}

/// Each address once; none at all if one of them is a group's or everybody's: others answer for it.
/// Whoever talks to no address in particular talks to the loopback (`man 7 ip`, `INADDR_ANY`), and
/// that is what packets carry.
fn hosts(all: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let networks = endpoint::Networks::now();
    let mut hosts: Vec<IpAddr> = all.map(|ip| met(ip.to_canonical())).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let crowd = |ip: &IpAddr| ip.is_multicast() || networks.have_as_broadcast(*ip);
    if hosts.iter().any(crowd) { Vec::new() } else { hosts }
}

/// The address that packets carry which are sent to that one.
const fn met(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        _ => ip,
    }
}

/// Whether two paths lead to the same ordinary file, or will when they are written: also over links,
/// to what is not there yet as well, and when one file has two names.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| -> Option<PathBuf> {
        let mut path = path.to_owned();
        // As many links as Linux follows (path_resolution(7)).
        for _ in 0..40 {
            if let Ok(found) = path.canonicalize() {
                return found.is_file().then_some(found);
            }
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
            match path.read_link() {
                Ok(target) => path = folder.join(target),
                Err(_) => return Some(folder.join(path.file_name()?)),
            }
        }
        None
    };
    let Some((one, other)) = place(one).zip(place(other)) else { return false };
    one == other || identity(&one).is_some_and(|file| identity(&other) == Some(file))
}

/// The number of a file that is there, and of what it is on: all its names have the same.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    path.metadata().ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(not(unix))]
const fn identity(_path: &Path) -> Option<(u64, u64)> {
    None
}

/// Whether it is where the page goes, or what other programs mean by that.
pub(super) fn is_page(path: &Path) -> bool {
    let names = ["-", "/dev/stdout", "/dev/stderr", "/dev/fd/1", "/dev/fd/2"];
    names.iter().any(|name| path == Path::new(name))
}

/// Whether there will be something to look at afterwards: not in `/dev/null` or a pipe.
fn stays(path: &Path) -> bool {
    path.metadata().map_or(true, |it| it.is_file())
}

fn no_file(path: &Path) -> Usage {
    Usage {
        what: "file for packets",
        value: path.display().to_string(),
        rule: "packets are written into a file, and what is shown goes to the standard output"
            .into(),
        causes: vec!["--write names the standard output or the standard error".into()],
        command: "the same command with --write run.pcapng".into(),
    }
}

/// Writes the packets among these events, of a run that is over.
///
/// # Errors
///
/// [`Failure::File`] when not all could be written.
pub(super) fn write<'a>(
    (file, fate): (Watched, Fate),
    setup: &CaptureSetup,
    events: impl Iterator<Item = &'a Event>,
) -> Result<(), Failure> {
    file::write(file, setup, events);
    fate.tell()
}

/// Makes the file for packets of a run that has not begun.
///
/// # Errors
///
/// [`Failure`] when it cannot be made, or is none.
pub(super) fn create(path: &Path) -> Result<(Watched, Fate), Failure> {
    if is_page(path) {
        return Err(no_file(path).into());
    }
    fate::create(path)
}

/// What captures, before the run begins; or why nothing does.
pub(super) struct Prepared {
    opened: Result<Opened, (CaptureRefused, Explained)>,
    file: Option<(Watched, Fate)>,
    shown: bool,
}

impl Prepared {
    /// What a page says where packets are refused.
    pub(super) fn refusal(&self) -> Option<Explained> {
        self.opened.as_ref().err().map(|(_, told)| told.clone())
    }

    /// Whether packets are shown, and not only kept.
    pub(super) const fn are_shown(&self) -> bool {
        self.shown
    }

    /// Makes the journal, with the capture between it and those who take events.
    ///
    /// # Errors
    ///
    /// [`Failure`] when this machine has no thread left.
    pub(super) fn begin(
        self,
        sinks: Vec<Box<dyn Sink>>,
        greet: impl FnOnce(&Journal),
    ) -> Result<(Journal, Option<Capturing>), Failure> {
        let began = Instant::now();
        let wants = Wants { calls: true };
        let opened = match self.opened {
            Ok(opened) => opened,
            Err((refused, _)) => {
                let journal = Journal::since(began, wants, sinks);
                greet(&journal);
                journal.emit(CaptureEvent::Refused(refused));
                return Ok((journal, None));
            }
        };
        let capturing = start(opened, self.file, began, Box::new(sinks))?;
        let journal = Journal::since(began, wants, vec![capturing.lane(None)]);
        greet(&journal);
        Ok((journal, Some(capturing)))
    }

    /// The same for a run that has a journal for each of its ends: each gets a lane of the capture. Or
    /// why there is none.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub(super) fn begin_among(
        self,
        began: Instant,
        next: Box<dyn Outlet>,
    ) -> Result<Result<Capturing, (CaptureRefused, Explained)>, Failure> {
        match self.opened {
            Ok(opened) => start(opened, self.file, began, next).map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        }
    }
}

/// Begins to capture, and to write into the file, before whoever takes what happens.
fn start(
    opened: Opened,
    file: Option<(Watched, Fate)>,
    began: Instant,
    next: Box<dyn Outlet>,
) -> Result<Capturing, Failure> {
    let (file, fate) = file.unzip();
    let next = match file {
        Some(file) => Box::new(Kept::new(file, &opened.setup(), next)),
        None => next,
    };
    let capture = opened.begin(began, next).map_err(|error| {
        CallError::new(Operation::Socket { domain: "AF_PACKET", kind: "SOCK_RAW" }, error)
    })?;
    let progress = capture.progress();
    console::watch_backlog(move || {
        let (told, waiting) = progress();
        Backlog { told, waiting }
    });
    Ok(Capturing { capture, fate })
}

/// A capture that goes on beside the run. Dropping it hands on what it still holds.
pub(super) struct Capturing {
    capture: Capture,
    fate: Option<Fate>,
}

impl Capturing {
    /// The sink for the journal of an end, or of a run that has but one (none).
    pub(super) fn lane(&self, end: Option<&str>) -> Box<dyn Sink> {
        self.capture.lane(end)
    }

    /// Ends it when the run has.
    ///
    /// # Errors
    ///
    /// [`Failure::File`] when not all packets were written.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let _ = self.capture.finish();
        self.fate.map_or(Ok(()), Fate::tell)
    }
}
