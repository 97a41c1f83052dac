//! `netlab udp-client`: arguments to a client of the echo.

use std::net::SocketAddr;

use super::address::{Wanted, other_port};
use super::packets::Wanted as Packets;
use super::run::{self, Manner, Run};
use super::udp_server::interface;
use crate::cli::{Look, UdpClient};
use crate::datagram::client::{Client, Config, Ended};
use crate::datagram::{header, longest};
use crate::error::{Exit, Failure, Program, Usage};
use crate::event::{BurstSetup, DatagramEvent, Remark, SafeText};
use crate::render::style::Style;
use crate::render::text::Subject;

/// The window of a burst that goes as fast as it can.
const WINDOW: usize = 32;

/// Sends lines or a burst, and says what became of it.
///
/// # Errors
///
/// [`Failure`] when an argument does not fit, the name stands for nothing, or the system refuses a
/// call.
pub(super) fn run(args: &UdpClient, look: &Look, style: Style) -> Result<Exit, Failure> {
    let port = other_port("udp-client", "sendto", &args.port)?;
    let wanted = Wanted::from(&args.from);
    let addresses = wanted.resolve(&args.host, port)?;
    // Nothing tells which of several addresses listens. Servers listen on IPv4 unless told otherwise.
    let ipv4 = addresses.iter().find(|address| address.is_ipv4());
    let Some(&server) = ipv4.or(addresses.first()) else {
        return Err(Failure::NameNotFound { host: args.host.clone(), family: None });
    };
    if args.connect && server.ip().is_multicast() {
        return Err(Usage {
            what: "address that --connect can name",
            value: server.ip().to_string(),
            rule:
                "a connected socket hears its peer only, and nobody answers with a group's address"
                    .into(),
            causes: vec!["a group has many members: its client must hear them all".into()],
            command: format!("netlab udp-client {} {port}", args.host),
        }
        .into());
    }
    let source = wanted.source("udp-client", args.from.source_port.as_deref(), Some(&server))?;
    let config = Config {
        host: args.host.clone(),
        server,
        source,
        connect: args.connect,
        timeout: args.timeout,
        buffer: args.buffer as usize,
        broadcast: args.broadcast,
        ttl: args.ttl,
        dont_fragment: args.dont_fragment,
        interface: interface(args.interface, server.is_ipv4())?,
        burst: burst(args, &server)?,
    };
    let reads = config.burst.is_none();
    let manner = Manner {
        subject: Subject::EchoClient,
        name: None,
        prompt: Some("udp"),
        reads,
        timestamps: false,
        packets: Packets::of_client(&args.packets, Program::UdpClient, &[server]),
    };
    let run = run::begin(&manner, look, style)?;
    say_which_family(&run, &args.host, server, &addresses);
    let opened = Client::open(&config, &run.journal);
    let (client, input) = opened.inspect_err(|_| run.journal.flush())?;
    let talking = if reads { run.listen(input) } else { run.listen_for_interrupts(input) };
    let Ended { how, unanswered } = client.run()?;
    Ok(match talking.finish(&how)? {
        Exit::Done if unanswered => Exit::No,
        exit => exit,
    })
}

fn say_which_family(run: &Run, host: &str, taken: SocketAddr, all: &[SocketAddr]) {
    if let Some(other) = all.iter().find(|address| address.is_ipv4() != taken.is_ipv4()) {
        run.journal.emit(DatagramEvent::Remark(Remark::TwoFamilies {
            host: SafeText::new(host.as_bytes()),
            taken: taken.ip(),
            other: other.ip(),
        }));
    }
}

/// The burst that was asked for, if one was.
fn burst(args: &UdpClient, server: &SocketAddr) -> Result<Option<BurstSetup>, Failure> {
    let Some(count) = args.burst.count else { return Ok(None) };
    let size = size(&args.burst.size, longest(server))?;
    let mut run = [0; 4];
    // Without randomness every run has the same number, and only strays of an earlier one suffer.
    let _ = getrandom::fill(&mut run);
    let default = args.burst.interval.is_zero().then_some(WINDOW);
    Ok(Some(BurstSetup {
        count,
        interval: args.burst.interval,
        size,
        window: args.burst.window.map(|window| window as usize).or(default),
        run: u32::from_be_bytes(run),
    }))
}

fn size(text: &str, most: usize) -> Result<usize, Failure> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<usize>() {
        Ok(size) if digits && (header::LENGTH..=most).contains(&size) => Ok(size),
        result => {
            let least = header::LENGTH;
            let cause = match result {
                Ok(size) if size > most => {
                    "a datagram is sent whole or not at all, and the length field of its header \
                     has 16 bits, which count the headers too"
                }
                Ok(_) if digits => {
                    "each datagram of a burst carries a header of 20 bytes with its sequence \
                     number; a typed line may have any length, also 0"
                }
                _ => "something else stands where the number of bytes should be",
            };
            Err(Usage {
                what: "size of a datagram of a burst",
                value: text.to_owned(),
                rule: format!("a whole number of bytes from {least} to {most}"),
                causes: vec![cause.into()],
                command: format!("netlab udp-client HOST PORT --count 10 --size {most}"),
            }
            .into())
        }
    }
}
