//! A server process: started on a processor of its own, found by connecting, ended by its id.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio, id};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// How long a server may take to listen before the benchmark gives up on it.
const START_LIMIT: Duration = Duration::from_secs(5);

/// A running server; dropping it kills the process and waits for its end.
pub struct Server {
    /// The process.
    pub process: Child,
    /// The port on which it listens.
    pub port: u16,
}

impl Server {
    /// Starts `command`, which is to listen on `port` of 127.0.0.1, on the servers' processor.
    ///
    /// Its output goes to the null device: terminals and pipes would be measured with it.
    pub fn start(mut command: Command, port: u16) -> io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = spawn_apart(&mut command)?;
        Ok(Self { process, port })
    }

    /// Connects to the server as soon as it listens.
    ///
    /// It tries without a pause: a pause would be the resolution of every start that is timed.
    pub fn connect(&mut self) -> io::Result<TcpStream> {
        let started = Instant::now();
        loop {
            match TcpStream::connect(address(self.port)) {
                Ok(stream) => return Ok(stream),
                Err(error) if error.kind() != ErrorKind::ConnectionRefused => return Err(error),
                Err(error) if started.elapsed() > START_LIMIT => return Err(error),
                Err(_) => {}
            }
            if let Some(status) = self.process.try_wait()? {
                return Err(io::Error::other(format!("the server ended with {status}")));
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when the process is gone already, which is what they are for.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Spawns a process on the servers' processor and stays on the other one.
///
/// A child inherits the affinity of its parent, so the parent moves over for the moment of the
/// spawn: the child never runs elsewhere, and neither do threads it starts.
pub fn spawn_apart(command: &mut Command) -> io::Result<Child> {
    let (server, load) = processors();
    pin(server)?;
    let child = command.spawn();
    pin(load)?;
    child
}

/// A port of 127.0.0.1 that is free now.
///
/// It is taken from below the range from which the system takes the ports of connecting sockets:
/// a socket that keeps connecting to a free port of that range ends up connected to itself.
pub fn free_port() -> io::Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(id() % 100).map_err(io::Error::other)? * 100;
    for _ in 0..10_000 {
        let port = 20_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        if TcpListener::bind(address(port)).is_ok() {
            return Ok(port);
        }
    }
    Err(io::Error::other("no free port between 20000 and 29999"))
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// The processor of the servers and the processor of the load: the first two this process may
/// use, or twice the same where there is only one.
pub fn processors() -> (usize, usize) {
    static FOUND: OnceLock<(usize, usize)> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let allowed = sched_getaffinity(Pid::from_raw(0)).unwrap_or_default();
        let mut usable = (0..CpuSet::count()).filter(|&cpu| allowed.is_set(cpu).unwrap_or(false));
        let server = usable.next().unwrap_or(0);
        (server, usable.next().unwrap_or(server))
    })
}

fn pin(processor: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(processor)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &set)?)
}
