//! `buffers`: how much fits between `send` and `recv`, and who waits when it is full.
//!
//! ```text
//!   send ─▶ ┌─────────────┐  segments  ┌────────────────┐ ─▶ recv (does not call)
//!           │ send buffer │ ─────────▶ │ receive buffer │
//!           └─────────────┘ ◀───────── └────────────────┘
//!                             window 0: nothing more, please
//! ```
//!
//! How much that is differs between systems, and from run to run: Linux lets both buffers grow when a
//! connection could use more.

use std::net::SocketAddr;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use super::ends::{must, nanoseconds, time};
use super::kernel;
use super::list::Scene;
use super::pair::{Pair, captured_with, number, pair, thousands};
use super::stage::{Curtain, Stage, joined, too_long};
use crate::error::Failure;
use crate::event::flag::RST;
use crate::event::{Captured, Content, Operation};
use crate::socket::Stream;

pub(super) const SCENE: Scene = Scene {
    name: "buffers",
    line: "how much fits before send waits, while the receiver has read nothing",
    title: "Buffers: send is not receive",
    about: "A client sends and sends, and the server reads nothing. The bytes wait in two buffers of \
            the kernel, until both are full; then send waits, until the server reads.",
    play,
};

/// Bytes of one `send`.
const CHUNK: usize = 65_536;
/// More than any system keeps; who takes more has no limit that could be shown.
const MOST: usize = 64 * 1024 * 1024;
/// What was sent may move from the first buffer into the second for a moment after `send` said that
/// there is no room: it is full when there is still none after so long.
const SETTLE: Duration = Duration::from_millis(60);
/// So long the server goes on doing something else while `send` waits.
const BUSY: Duration = Duration::from_millis(200);

fn play(stage: &mut Stage) -> Result<Curtain, Failure> {
    stage.step("A connection, and the buffers that it has before anything was sent");
    let Pair { listener, server, client, client_address } = pair(stage)?;
    sizes(stage, &client, &server, ["send_buffer_before", "receive_buffer_before"])?;
    stage
        .step("The client sends without waiting, until there is no room; the server reads nothing");
    must(Operation::SetOption("O_NONBLOCK", 1), client.set_nonblocking(true))?;
    let fitted = fill(&client)?;
    let words = format!("{} bytes fitted, and the server has read 0", thousands(fitted));
    stage.fact("bytes_before_send_waited", fitted, words);
    sizes(stage, &client, &server, ["send_buffer_full", "receive_buffer_full"])?;
    where_they_wait(stage, client_address, client.peer());
    tell_window(stage, &server)?;
    stage.step("The next send may wait: it does, until the server reads");
    must(Operation::SetOption("O_NONBLOCK", 0), client.set_nonblocking(false))?;
    let (tell_ready, ready) = channel();
    let sending = stage.spawn("client", move || {
        let _ = tell_ready.send(());
        let sent = must(Operation::Send(CHUNK), client.send(&vec![b'x'; CHUNK]));
        // Nothing more comes: the server reads to the end.
        sent.map(|sent| (client, sent))
    })?;
    let _ = ready.recv();
    thread::sleep(BUSY);
    let read = drain(&server, fitted)?;
    let (client, more) = joined(sending)??;
    let (call, _) = stage.last_call("client", "send").ok_or_else(too_long)?;
    let words =
        format!("send waited {} for room, and then took {}", time(call.took), thousands(more));
    stage.fact("send_waited_ns", nanoseconds(call.took), words);
    must(Operation::Shutdown("SHUT_WR"), client.shutdown_write())?;
    let read = read + drain(&server, usize::MAX)?;
    let sent = fitted + more;
    let words = format!("{} bytes were sent, {} were read", thousands(sent), thousands(read));
    stage.fact("bytes_sent_and_read", vec![number(sent), number(read)], words);
    drop(server);
    // Reading to the end, so that the state that is shown is the kernel's.
    let _ = client.recv(&mut [0; 1]);
    drop((client, listener));
    Ok(curtain(fitted, call.took))
}

fn curtain(fitted: usize, waited: Duration) -> Curtain {
    Curtain {
        saw: [
            format!(
                "send took {} bytes although recv had taken 0: that send returned says that the \
                 kernel has the bytes, not that anybody read them.",
                thousands(fitted)
            ),
            format!(
                "When both buffers are full the sender waits for the reader, here {}: nothing is \
                 lost, and a slow reader slows the sender down.",
                time(waited)
            ),
        ],
        card: "buffers",
        next: vec![
            "netlab demo blocking                     (four ways to wait)".into(),
            "netlab demo buffers --explain            (and why each call is made)".into(),
            "sudo netlab demo buffers --packets       (the window that closes)".into(),
        ],
    }
}

/// Says how large both buffers are now, by the kernel's own account.
fn sizes(
    stage: &Stage,
    client: &Stream,
    server: &Stream,
    [sends, receives]: [&'static str; 2],
) -> Result<(), Failure> {
    let send = must(Operation::GetOption("SO_SNDBUF"), client.send_buffer())?;
    let receive = must(Operation::GetOption("SO_RCVBUF"), server.receive_buffer())?;
    stage.fact(sends, send, format!("the client's send buffer: {} bytes", thousands(send)));
    let words = format!("the server's receive buffer: {} bytes", thousands(receive));
    stage.fact(receives, receive, words);
    Ok(())
}

/// Sends until there is no room any more. How many bytes were taken.
fn fill(client: &Stream) -> Result<usize, Failure> {
    let (mut total, mut at_last) = (0, None);
    let chunk = vec![b'x'; CHUNK];
    while total < MOST {
        match client.send(&chunk) {
            Ok(taken) => total += taken,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                if at_last == Some(total) {
                    break;
                }
                at_last = Some(total);
                thread::sleep(SETTLE);
            }
            other => {
                must(Operation::Send(CHUNK), other)?;
            }
        }
    }
    Ok(total)
}

/// Where the kernel's table has the bytes: unread at the server, or not acknowledged at the client.
fn where_they_wait(stage: &Stage, own: SocketAddr, peer: SocketAddr) {
    let queues = |here, there| kernel::between(here, there).and_then(|it| it.queues);
    let (Some(sender), Some(receiver)) = (queues(own, peer), queues(peer, own)) else {
        return;
    };
    let (here, there) = (sender.send, receiver.receive);
    let words = format!(
        "the kernel's table: {} bytes of the client are not acknowledged, {} wait at the server for \
         recv",
        thousands(here),
        thousands(there)
    );
    stage.fact("bytes_waiting", vec![i64::from(here), i64::from(there)], words);
}

/// What the wire said, when packets are captured.
fn tell_window(stage: &Stage, server: &Stream) -> Result<(), Failure> {
    let own = server.local_address()?;
    let peer = server.peer();
    let closed = |packet: &Captured| {
        let zero =
            matches!(&packet.content, Content::Tcp(it) if it.window == 0 && it.flags & RST == 0);
        zero && packet.source == own && packet.destination == peer
    };
    if let Some(packets) = captured_with(stage, closed)
        && let Some(packet) = packets.iter().find(|packet| closed(packet))
    {
        let words = format!(
            "on the wire: packet {} of the server says window 0, which is \"no more, please\"",
            packet.number
        );
        stage.fact("window_zero", true, words);
    }
    Ok(())
}

/// Receives so many bytes, or to the end.
fn drain(server: &Stream, bytes: usize) -> Result<usize, Failure> {
    let mut total = 0;
    let mut buffer = vec![0; CHUNK];
    while total < bytes {
        let room = buffer.len().min(bytes - total);
        let came = server.recv(buffer.get_mut(..room).unwrap_or_default());
        match must(Operation::Recv(room), came)? {
            0 => break,
            came => total += came,
        }
    }
    Ok(total)
}
