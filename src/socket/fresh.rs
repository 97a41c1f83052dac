//! Sockets that are made to be asked one thing and closed at once. They belong to no run, so they are
//! no events.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};

/// The buffers of a fresh TCP socket in bytes: what it takes before `send` has to wait, and what may
/// wait for `recv`. Both grow on most systems when a connection could use more. `man 7 tcp`.
#[must_use]
pub fn fresh_buffers() -> Option<(usize, usize)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).ok()?;
    Some((socket.send_buffer_size().ok()?, socket.recv_buffer_size().ok()?))
}

/// True when nobody on this machine has the port, in TCP or UDP, on whatever address: the kernel gave
/// all of it to a fresh socket, which was closed before anybody could have reached it.
///
/// False says nothing: somebody has it, or this program may not bind it, or (anywhere but on Linux)
/// `bind` is no witness, for other systems give a port away twice where the addresses differ.
///
/// To ask so is a hundred times faster than to have the kernel go through all its connections.
#[must_use]
pub fn is_vacant(port: u16) -> bool {
    cfg!(target_os = "linux") && [Type::STREAM, Type::DGRAM].iter().all(|kind| binds(*kind, port))
}

/// Whether every address of both families is to be had, without `SO_REUSEADDR`: what is in TIME-WAIT
/// is somebody's still.
fn binds(kind: Type, port: u16) -> bool {
    let Ok(both) = Socket::new(Domain::IPV6, kind, None) else {
        // A machine without IPv6.
        let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        return Socket::new(Domain::IPV4, kind, None).is_ok_and(|v4| v4.bind(&any.into()).is_ok());
    };
    let any = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    both.set_only_v6(false).and_then(|()| both.bind(&any.into())).is_ok()
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, TcpListener, TcpStream, UdpSocket};

    use super::*;

    /// Whoever has a port, on whatever address and in whatever state, has it.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_port_that_somebody_has_is_not_vacant() {
        let free = |address: SocketAddr| is_vacant(address.port());
        for own in [IpAddr::from([127, 0, 0, 1]), Ipv6Addr::LOCALHOST.into()] {
            let listener = TcpListener::bind((own, 0)).expect("a free port");
            let address = listener.local_addr().expect("an address");
            assert!(!free(address), "{address} listens");
            let client = TcpStream::connect(address).expect("a listener");
            let (server, _) = listener.accept().expect("a client");
            drop(listener);
            assert!(!free(address), "{address} is connected");
            assert!(!free(client.local_addr().expect("an address")), "so is its client");
            drop(server);
            drop(client);
            assert!(!free(address), "{address} is in TIME-WAIT");
            let datagrams = UdpSocket::bind((own, 0)).expect("a free port");
            let address = datagrams.local_addr().expect("an address");
            assert!(!free(address), "{address} takes datagrams");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_port_that_was_given_back_is_vacant() {
        // Others on this machine take ports too: one of many will do.
        let mut tries = (0..50).map(|_| {
            let socket = UdpSocket::bind(("127.0.0.1", 0)).expect("a free port");
            socket.local_addr().expect("an address").port()
        });
        assert!(tries.any(is_vacant));
    }
}
