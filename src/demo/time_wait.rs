//! `time-wait`: an address in use that no program uses.
//!
//! ```text
//!   server closes first ──▶ its side of the connection: TIME-WAIT, about a minute
//!   server starts again: bind ──▶ EADDRINUSE, although nobody owns the port
//!   both runs with SO_REUSEADDR ──▶ bind = 0
//! ```

use std::net::SocketAddr;

use super::ends::{self, ANY, in_words, must};
use super::kernel;
use super::list::Scene;
use super::stage::{Curtain, Stage};
use crate::error::{CallError, Failure};
use crate::event::{Journal, MachineSocket, Operation, State};
use crate::socket::{Listener, Socket};

pub(super) const SCENE: Scene = Scene {
    name: "time-wait",
    line: "the address is in use and nobody uses it; SO_REUSEADDR before bind",
    title: "TIME-WAIT: an address in use without an owner",
    about: "A server closes first, ends, and is started again at once, as everybody does who changes a \
            line and tries again. First without SO_REUSEADDR, then with it.",
    play,
};

fn play(stage: &mut Stage) -> Result<Curtain, Failure> {
    let (server, client) = (stage.journal("server"), stage.journal("client"));
    stage.step("A server without SO_REUSEADDR serves a client, and closes first");
    let address = serve(&server, &client, false)?;
    kept(stage, address, "time_wait_sockets", "programs_that_own_them");

    stage.step("It starts again: the same port");
    let without = bound(stage, &server, address, false, "bind_without")?;
    stage.step("Again, now with SO_REUSEADDR: the earlier run had not set it");
    bound(stage, &server, address, true, "bind_with_now_only")?;

    stage.step("The same from the beginning, with SO_REUSEADDR in every run");
    let address = serve(&server, &client, true)?;
    kept(stage, address, "time_wait_sockets_again", "programs_that_own_them_again");
    stage.step("It starts again: the same port");
    let with = bound(stage, &server, address, true, "bind_with")?;
    Ok(Curtain {
        saw: [
            format!(
                "Who closes first keeps the connection in TIME-WAIT: no program owns it, and bind \
                 without SO_REUSEADDR answers {without}."
            ),
            format!(
                "With SO_REUSEADDR before bind in every run, bind answers {with}; the other cure is to \
                 let the client close first."
            ),
        ],
        card: "time-wait",
        next: vec![
            "netlab endpoints --state TIME-WAIT    (still here, for about a minute)".into(),
            "netlab explain SO_REUSEADDR           (what it does on other systems)".into(),
            "netlab demo close                     (who gets TIME-WAIT, and why)".into(),
        ],
    })
}

/// A server's whole life: it serves one client and closes first. Where it was.
fn serve(server: &Journal, client: &Journal, reuse: bool) -> Result<SocketAddr, Failure> {
    let (listener, address) = open(server, ANY, reuse)?;
    let (stream, _) = ends::connected(client, address)?;
    let accepted = must(Operation::Accept, listener.accept())?;
    must(Operation::Send(8), accepted.send(b"Goodbye."))?;
    drop(accepted);
    ends::recv_all(&stream, 9)?;
    drop(stream);
    drop(listener);
    Ok(address)
}

fn open(
    server: &Journal,
    address: SocketAddr,
    reuse: bool,
) -> Result<(Listener, SocketAddr), CallError> {
    let socket = Socket::stream(server, address)?;
    if reuse {
        socket.set_reuse_address(true)?;
    }
    socket.bind(address)?;
    let listener = socket.listen(4)?;
    let address = listener.local_address()?;
    Ok((listener, address))
}

/// What the kernel keeps of that port, and whose it is.
fn kept(stage: &Stage, address: SocketAddr, count: &'static str, owners: &'static str) {
    let Some(found) = kernel::sockets(address.port(), true) else { return };
    let own = |socket: &MachineSocket| socket.source.port == address.port();
    let sockets: Vec<MachineSocket> = found.sockets.iter().filter(own).collect();
    let rows = sockets.iter().map(|socket| {
        let program = found.programs(socket).first();
        vec![
            socket.state.name().to_owned(),
            SocketAddr::new(socket.source.ip, socket.source.port).to_string(),
            SocketAddr::new(socket.destination.ip, socket.destination.port).to_string(),
            program.map_or_else(|| "none".to_owned(), |program| program.name.to_string()),
        ]
    });
    let head = ["State", "Source", "Destination", "Program"];
    stage.table("The kernel's table of that port", &head, rows.collect());
    let waiting = sockets.iter().filter(|socket| socket.state == State::TimeWait).count();
    let owned = sockets.iter().filter(|socket| !found.programs(socket).is_empty()).count();
    let port = address.port();
    let words = format!("{waiting} connection of port {port} is in TIME-WAIT; the server is gone");
    stage.fact(count, waiting, words);
    stage.fact(owners, owned, format!("{owned} programs own a socket with that port"));
}

/// Tries to take the port again. What `bind` answered.
fn bound(
    stage: &Stage,
    server: &Journal,
    address: SocketAddr,
    reuse: bool,
    fact: &'static str,
) -> Result<String, Failure> {
    let option = if reuse { "with" } else { "without" };
    match open(server, address, reuse) {
        Ok((listener, local)) => {
            let words =
                format!("bind {option} SO_REUSEADDR: 0, the server listens on {local} again");
            stage.fact(fact, "0", words);
            drop(listener);
            Ok("0".to_owned())
        }
        Err(error) if matches!(error.operation, Operation::Bind(_)) => {
            let os = error.os();
            let words = format!("bind {option} SO_REUSEADDR: {}", in_words(os));
            stage.fact(fact, os.name(), words);
            Ok(os.name())
        }
        Err(error) => Err(error.into()),
    }
}
