//! From addresses to a connection.

use std::sync::mpsc::sync_channel;

use super::Config;
use crate::error::{CallError, Failure};
use crate::event::{
    Call, ClientSetup, ConnectEx, Journal, Kind, Note, OsError, Outcome, SafeText, State, errno,
};
use crate::socket::{Connecting, Socket, Stream};

/// What came of connecting.
#[derive(Debug)]
pub enum Connection {
    /// The handshake is done.
    Established(Stream),
    /// `connect_ex` answered with an error number.
    Number(i32),
}

/// Connects to the first of the server's addresses that answers.
///
/// # Errors
///
/// [`Failure::Call`] with the call that failed for the last address.
pub fn connect(config: &Config, journal: &Journal) -> Result<Connection, Failure> {
    let mut servers = config.servers.iter().copied().peekable();
    loop {
        let Some(server) = servers.next() else {
            return Err(Failure::NameNotFound { host: config.host.clone(), family: None });
        };
        let (socket, attempt) = begin(config, journal, server)?;
        match (attempt, servers.peek()) {
            (Ok(stream), _) => {
                if config.connect_ex {
                    journal.emit(Kind::ConnectEx(ConnectEx { server, number: 0 }));
                }
                return Ok(Connection::Established(stream));
            }
            (Err(error), Some(&next)) => {
                let failed = Call {
                    socket,
                    operation: error.operation,
                    outcome: Outcome::Failed(error.os()),
                    took: std::time::Duration::ZERO,
                    state: State::Closed,
                };
                journal.emit(Kind::Note(Note::TryingNext { failed, next }));
            }
            (Err(error), None) if config.connect_ex => {
                let number = number(error.os());
                journal.emit(Kind::ConnectEx(ConnectEx { server, number }));
                return Ok(Connection::Number(number));
            }
            (Err(error), None) => return Err(error.into()),
        }
    }
}

type Attempt = (crate::event::SocketId, Result<Stream, CallError>);

/// One address: socket, options, bind if a source is wanted, connect.
fn begin(
    config: &Config,
    journal: &Journal,
    server: std::net::SocketAddr,
) -> Result<Attempt, Failure> {
    let socket = Socket::stream(journal, server)?;
    let id = socket.id();
    if config.nodelay {
        socket.set_nodelay(true)?;
    }
    if let Some(source) = config.source {
        // The port of a connection that ended a moment ago may be taken again.
        if crate::socket::BIND_REUSES_TIME_WAIT && source.port() != 0 {
            socket.set_reuse_address(true)?;
        }
        socket.bind(source)?;
    }
    // After these calls, so that a record has them when somebody interrupts the wait that follows.
    journal.emit(Kind::Connecting(ClientSetup {
        host: SafeText::new(config.host.as_bytes()),
        server,
        source: config.source,
        dialog: config.dialog.name(),
        framing: config.framing.name(),
        buffer: config.buffer,
        nodelay: config.nodelay,
        timeout: config.timeout,
        connect_ex: config.connect_ex,
    }));
    journal.flush();
    let (tell, returned) = sync_channel(1);
    let connecting = socket.connect(server, config.connect_ex, move || {
        let _ = tell.send(());
    })?;
    let result = match returned.recv_timeout(config.timeout) {
        Ok(()) => Connecting::finish(connecting),
        Err(_) => Err(connecting.give_up()),
    };
    Ok((id, result))
}

/// The number that `connect_ex` gives for an error: this system's, or that of ETIMEDOUT when it was
/// netlab that stopped waiting.
fn number(error: OsError) -> i32 {
    error.number.or_else(|| errno::find(error)?.here()).unwrap_or(-1)
}
