//! `netlab tcp-server`: arguments to a chat server.

use super::address::Wanted;
use super::packets::Wanted as Packets;
use super::run::{self, Manner};
use crate::cli::{Look, Serve, TcpServer};
use crate::error::{Exit, Failure, Program, Usage};
use crate::render::style::Style;
use crate::render::text::Subject;
use crate::socket;
use crate::stream::server::{self, Config, Server};

/// Listens, keeps the room, and ends when the operator does.
///
/// # Errors
///
/// [`Failure`] when the port is none, or the system refuses a call.
pub(super) fn run(args: &TcpServer, look: &Look, style: Style) -> Result<Exit, Failure> {
    let port = Usage::port(&args.port, "tcp-server 6000")?;
    let wanted = Wanted::from(&args.own);
    let address = wanted.own("tcp-server", port)?;
    let name = args.chat.name.as_deref();
    let manner = Manner {
        subject: Subject::Server,
        name,
        prompt: None,
        reads: true,
        timestamps: false,
        packets: Packets::of_server(&args.packets, Program::TcpServer, address),
    };
    let run = run::begin(&manner, look, style)?;
    // Thousands of clients need thousands of descriptors.
    let _ = socket::raise_descriptor_limit();
    let config = Config {
        address,
        dual_stack: wanted.is_dual_stack(),
        name: run.host.name.to_string(),
        backlog: args.backlog,
        serve: args.serve.into(),
        dialog: args.chat.dialog.into(),
        framing: args.chat.framing.into(),
        buffer: args.chat.buffer as usize,
        once: args.once,
        max_clients: args.max_clients.map(|n| n as usize),
        nodelay: args.chat.nodelay,
        timeout: args.timeout,
        patience: args.patience,
    };
    let opened = Server::open(config, run.journal.clone());
    let (server, input) = opened.inspect_err(|_| run.journal.flush())?;
    let talking = run.listen(input);
    let how = server.run()?;
    talking.finish(&how)
}

impl From<Serve> for server::Serve {
    fn from(word: Serve) -> Self {
        match word {
            Serve::One => Self::One,
            Serve::Threads => Self::Threads,
            Serve::Events => Self::Events,
        }
    }
}
