//! The room `cause`, told of runs that were made up: which call made which packet go.

mod datagrams;
mod ends;
mod facts;
mod numbers;
mod streams;
mod taken;

use std::net::SocketAddr;
use std::time::Duration;

use netlab::cause::{Answer, Book, By, CallFact, Carries, PacketFact, TcpFact};
use netlab::event::flag::{ACK, FIN, PSH, RST, SYN};

/// The client's address and the server's.
const C: &str = "127.0.0.1:40000";
const S: &str = "127.0.0.1:6000";
/// First sequence numbers: the server's stream crosses 2^32 soon.
const CLIENT: u32 = 1000;
const SERVER: u32 = u32::MAX - 3;

fn at(us: u64) -> Duration {
    Duration::from_micros(us)
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// A run: a book, and the clock of what is made up.
struct Run {
    book: Book,
    own: bool,
}

impl Run {
    fn new() -> Self {
        Self { book: Book::new(), own: true }
    }

    /// A call that took from one microsecond to another, as a record has it: `client A send(6) = 6`.
    fn call(&mut self, from: u64, to: u64, written: &str) -> usize {
        let mut words = written.splitn(3, ' ');
        let [end, socket, text] = [(); 3].map(|()| words.next().expect("end, socket, text"));
        self.book.call(&CallFact::written(Some(end), socket, text, at(from), at(to)))
    }

    fn packet(&mut self, us: u64, from: &str, to: &str, carries: Carries) -> Answer {
        self.book.packet(&PacketFact {
            at: at(us),
            own: self.own,
            source: address(from),
            destination: address(to),
            carries,
        })
    }

    fn tcp(&mut self, us: u64, from: &str, to: &str, segment: TcpFact) -> Answer {
        self.packet(us, from, to, Carries::Tcp(segment))
    }

    /// A segment of the client: offset of its first byte from the stream's first, bytes; and the
    /// offset of the server's that it expects.
    fn client(&mut self, us: u64, flags: u8, offset: i32, bytes: u32, heard: u32) -> Answer {
        self.tcp(us, C, S, segment(flags, (CLIENT, offset), bytes, (SERVER, heard)))
    }

    fn server(&mut self, us: u64, flags: u8, offset: i32, bytes: u32, heard: u32) -> Answer {
        self.tcp(us, S, C, segment(flags, (SERVER, offset), bytes, (CLIENT, heard)))
    }

    /// A server listens, a client connects, and the handshake crosses the wire. Places of the calls
    /// are 0 to 6; `connect` is 4.
    fn connected() -> Self {
        let mut run = Self::new();
        run.call(0, 1, "server A socket(AF_INET, SOCK_STREAM) = 0");
        run.call(2, 3, "server A bind(127.0.0.1:6000) = 0");
        run.call(4, 5, "server A listen(5) = 0");
        run.call(6, 7, "client A socket(AF_INET, SOCK_STREAM) = 0");
        run.call(10, 40, "client A connect(127.0.0.1:6000) = 0");
        run.call(50, 51, "client A getsockname() = 127.0.0.1:40000");
        run.call(8, 60, "server A accept() = B from 127.0.0.1:40000");
        assert_eq!(run.client(12, SYN, -1, 0, 0), calls(&[4]));
        assert_eq!(run.server(14, SYN | ACK, -1, 0, 0), Answer::Kernel("answers for listen"));
        assert_eq!(run.client(16, ACK, 0, 0, 0), Answer::Kernel("completes the handshake"));
        run
    }
}

fn segment(flags: u8, (first, offset): (u32, i32), bytes: u32, heard: (u32, u32)) -> TcpFact {
    TcpFact {
        flags,
        sequence: first.wrapping_add(1).wrapping_add_signed(offset),
        acknowledgment: heard.0.wrapping_add(1).wrapping_add(heard.1),
        window: 512,
        payload: bytes,
    }
}

fn calls(places: &[usize]) -> Answer {
    Answer::Calls(places.iter().map(|&place| By::Call(place)).collect())
}

fn kernel(why: &'static str) -> Answer {
    Answer::Kernel(why)
}
