//! A flow of datagrams at a fixed rate.
#![expect(clippy::expect_used, reason = "a bench that cannot run has nothing to say")]

use std::fs;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use netlab::event::Journal;
use netlab::socket::DatagramSocket;

/// What a flow was.
pub struct Flow {
    pub sent: u64,
    pub took: Duration,
}

impl Flow {
    /// Sends so many datagrams a second for so long, from one socket to another.
    pub fn run(rate: u64, long: Duration, journal: &Journal) -> Self {
        let any: SocketAddr = "127.0.0.1:0".parse().expect("an address");
        let server = DatagramSocket::new(journal, any).expect("a socket");
        server.bind(any).expect("a free port");
        let to = server.local_address().expect("an address");
        let client = DatagramSocket::new(journal, to).expect("a socket");
        let receive = move || {
            let mut buffer = [0; 2048];
            while server.recv_from(&mut buffer).is_ok_and(|(bytes, _)| bytes > 1) {}
        };
        let receiver = thread::Builder::new().spawn(receive).expect("a thread");
        let began = Instant::now();
        let mut sent = 0;
        while began.elapsed() < long {
            let due = u64::try_from(began.elapsed().as_micros()).unwrap_or(0) * rate / 1_000_000;
            while sent < due {
                client.send_to(&[7; 64], to).expect("it is sent");
                sent += 1;
            }
            thread::sleep(Duration::from_micros(200));
        }
        let took = began.elapsed();
        // The last one ends the receiver. It may be lost where the socket is full.
        while !receiver.is_finished() {
            client.send_to(&[0], to).expect("it is sent");
            sent += 1;
            thread::sleep(Duration::from_millis(1));
        }
        receiver.join().expect("it received");
        Self { sent, took }
    }
}

/// What threads of this name have taken of a processor, to a hundredth of a second.
pub fn spent_by(name: &str) -> Duration {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let spent = tasks.filter_map(|task| {
        let text = fs::read_to_string(task.path().join("stat")).ok()?;
        spent(&text, Some(name))
    });
    spent.sum()
}

/// The time in a line of `/proc/PID/stat`: user's and system's, in hundredths.
pub fn spent(stat: &str, name: Option<&str>) -> Option<Duration> {
    let (front, rest) = stat.rsplit_once(") ")?;
    let (_, thread) = front.split_once('(')?;
    if name.is_some_and(|name| name != thread) {
        return None;
    }
    let mut fields = rest.split(' ').skip(11).map(str::parse::<u64>);
    Some(Duration::from_millis(10 * (fields.next()?.ok()? + fields.next()?.ok()?)))
}
