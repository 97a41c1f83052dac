//! The measure of all others: receive a datagram, send it back, and nothing else.
//!
//! Two system calls a datagram are what a server with one socket and one thread pays at the
//! least; whatever netlab needs beyond them is the price of what it knows about its peers.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};

/// The argument that turns the benchmark's own binary into this server.
pub const ARGUMENT: &str = "--loop-server";

/// Serves until it is killed.
pub fn serve(port: u16) -> io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, port))?;
    let mut buffer = vec![0; 65_535];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer)?;
        socket.send_to(&buffer[..length], peer)?;
    }
}
