//! The traced layer when nobody looks, beside plain `socket2`: one connection over the loopback, one
//! thread, `send` at one end and `recv` at the other; and a server's part of short connections, from
//! `accept` to `close`. (The client's `connect` is plain in both: netlab waits for it in a thread of its
//! own, so that Ctrl-C ends the wait, and that is no cost of looking.)
//!
//! Both do the same system calls. They take turns in short stretches, each goes first as often as the
//! other, and the medians of all stretches are compared: what else the machine does hits both. How far
//! two halves of the same program's stretches are apart says how much of a difference means nothing.

use std::hint::black_box;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use netlab::event::Journal;
use netlab::socket::{Listener, Socket, Stream};
use socket2::{Domain, Type};

use crate::report::{Table, cell, median};

/// Of both programs each.
const STRETCHES: usize = 200;
/// Pairs of `send` and `recv` in a stretch.
const TALKS: u32 = 2_000;
/// Connections in a stretch.
const CONNECTIONS: u32 = 20;
/// Bytes in each `send`.
const BYTES: usize = 64;

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

pub fn run() -> io::Result<()> {
    let (traced, plain) = (Traced::new()?, Plain::new()?);
    let talks = turns(|| traced.talk(), || plain.talk(), TALKS)?;
    let connections = turns(|| traced.connections(), || plain.connections(), CONNECTIONS)?;
    let mut table =
        Table::new(&["call", "netlab ns", "socket2 ns", "ratio", "socket2, 2nd half / 1st"]);
    for (what, [traced, plain]) in
        [("send, recv: 64 bytes", talks), ("accept, recv, close", connections)]
    {
        let (first, second) = plain.split_at(plain.len() / 2);
        let ratio = |one: &[f64], two: &[f64]| Some(median(one)? / median(two)?);
        table.row(vec![
            what.to_owned(),
            cell(median(&traced), 0),
            cell(median(&plain), 0),
            cell(ratio(&traced, &plain), 3),
            cell(ratio(second, first), 3),
        ]);
    }
    table.print(&format!(
        "trace_cost: the traced layer when nobody looks, medians of {STRETCHES} stretches of each"
    ));
    Ok(())
}

/// Nanoseconds for each of what a stretch does, stretch by stretch: netlab's, and plain ones.
fn turns(
    traced: impl Fn() -> io::Result<()>,
    plain: impl Fn() -> io::Result<()>,
    in_each: u32,
) -> io::Result<[Vec<f64>; 2]> {
    let took = |work: &dyn Fn() -> io::Result<()>| -> io::Result<f64> {
        let began = Instant::now();
        work()?;
        let took: Duration = began.elapsed();
        Ok(took.as_secs_f64() * 1e9 / f64::from(in_each))
    };
    let mut all = [Vec::new(), Vec::new()];
    // The first of each finds nothing in the caches.
    traced()?;
    plain()?;
    for stretch in 0..STRETCHES {
        if stretch % 2 == 0 {
            all[0].push(took(&traced)?);
            all[1].push(took(&plain)?);
        } else {
            all[1].push(took(&plain)?);
            all[0].push(took(&traced)?);
        }
    }
    Ok(all)
}

/// By way of netlab.
struct Traced {
    listener: Listener,
    address: SocketAddr,
    ends: (Stream, Stream),
}

impl Traced {
    fn new() -> io::Result<Self> {
        let journal = Journal::silent();
        let socket = Socket::stream(&journal, ANY).map_err(io::Error::other)?;
        socket.bind(ANY).map_err(io::Error::other)?;
        let listener = socket.listen(16).map_err(io::Error::other)?;
        let address = listener.local_address().map_err(io::Error::other)?;
        let socket = Socket::stream(&journal, address).map_err(io::Error::other)?;
        let connecting = socket.connect(address, false, || ()).map_err(io::Error::other)?;
        let client = connecting.finish().map_err(io::Error::other)?;
        let ends = (client, listener.accept()?);
        Ok(Self { listener, address, ends })
    }

    fn talk(&self) -> io::Result<()> {
        let (mut room, bytes) = ([0; BYTES], [7; BYTES]);
        for _ in 0..TALKS {
            black_box(self.ends.0.send(black_box(&bytes))?);
            black_box(self.ends.1.recv(black_box(&mut room))?);
        }
        Ok(())
    }

    fn connections(&self) -> io::Result<()> {
        for _ in 0..CONNECTIONS {
            let client = plain(self.address)?;
            let server = self.listener.accept()?;
            client.send(b"one")?;
            black_box(server.recv(&mut [0; BYTES])?);
            drop(client);
            black_box(server.recv(&mut [0; BYTES])?);
        }
        Ok(())
    }
}

fn plain(server: SocketAddr) -> io::Result<socket2::Socket> {
    let client = socket2::Socket::new(Domain::IPV4, Type::STREAM, None)?;
    client.connect(&server.into())?;
    Ok(client)
}

/// The same without netlab.
struct Plain {
    listener: socket2::Socket,
    address: SocketAddr,
    ends: (socket2::Socket, socket2::Socket),
}

impl Plain {
    fn new() -> io::Result<Self> {
        let listener = socket2::Socket::new(Domain::IPV4, Type::STREAM, None)?;
        listener.bind(&ANY.into())?;
        listener.listen(16)?;
        let address = listener.local_addr()?.as_socket().ok_or(io::ErrorKind::InvalidData)?;
        let client = plain(address)?;
        let ends = (client, listener.accept()?.0);
        Ok(Self { listener, address, ends })
    }

    fn talk(&self) -> io::Result<()> {
        use std::io::Read as _;
        let (mut room, bytes) = ([0; BYTES], [7; BYTES]);
        for _ in 0..TALKS {
            black_box(self.ends.0.send(black_box(&bytes))?);
            black_box((&self.ends.1).read(black_box(&mut room))?);
        }
        Ok(())
    }

    fn connections(&self) -> io::Result<()> {
        use std::io::Read as _;
        for _ in 0..CONNECTIONS {
            let client = plain(self.address)?;
            let (server, _) = self.listener.accept()?;
            client.send(b"one")?;
            black_box((&server).read(&mut [0; BYTES])?);
            drop(client);
            black_box((&server).read(&mut [0; BYTES])?);
        }
        Ok(())
    }
}
