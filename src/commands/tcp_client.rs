//! `netlab tcp-client`: arguments to a chat client.

use super::address::{Wanted, other_port};
use super::packets::Wanted as Packets;
use super::run::{self, Manner};
use crate::cli::{Look, TcpClient};
use crate::error::{Exit, Failure, Program};
use crate::render::style::Style;
use crate::render::text::Subject;
use crate::stream::client::{self, Client, Config, Connection};

/// Connects, talks, and ends when either side does.
///
/// # Errors
///
/// [`Failure`] when an argument does not fit, the name stands for nothing, or the system refuses a
/// call.
pub(super) fn run(args: &TcpClient, look: &Look, style: Style) -> Result<Exit, Failure> {
    let port = other_port("tcp-client", "connect", &args.port)?;
    let wanted = Wanted::from(&args.from);
    let servers = wanted.resolve(&args.host, port)?;
    let source = wanted.source("tcp-client", args.from.source_port.as_deref(), servers.first())?;
    let name = args.chat.name.as_deref();
    let manner = Manner {
        subject: Subject::Client,
        name,
        prompt: None,
        reads: true,
        timestamps: false,
        packets: Packets::of_client(&args.packets, Program::TcpClient, &servers),
    };
    let run = run::begin(&manner, look, style)?;
    let config = Config {
        host: args.host.clone(),
        source,
        servers,
        name: run.host.name.to_string(),
        dialog: args.chat.dialog.into(),
        framing: args.chat.framing.into(),
        buffer: args.chat.buffer as usize,
        nodelay: args.chat.nodelay,
        timeout: args.timeout,
        connect_ex: args.connect_ex,
        linger: args.linger,
    };
    let journal = run.journal.clone();
    let connected = client::connect(&config, &journal);
    journal.flush();
    let stream = match connected? {
        Connection::Established(stream) => stream,
        Connection::Number(_) => return run.end().map(|()| Exit::No),
    };
    let (client, input) = Client::new(config, journal.clone(), stream)?;
    let talking = run.listen(input);
    let how = client.run()?;
    talking.finish(&how)
}
