//! `blocking`: four ways to wait for the same six bytes, and what each costs.
//!
//! ```text
//!   blocking      recv ........................ bytes      asleep: no processor time
//!   with a limit  recv ............ EAGAIN                 asleep, and then free to do other things
//!   non-blocking  recv EAGAIN recv EAGAIN recv … bytes     awake: a processor is busy with asking
//!   poll          poll ........................ recv       asleep, for any number of sockets
//! ```
//!
//! The processor time is this thread's own. Windows does not tell it to a program like this one: there
//! the column is empty. Windows also has another name for the end of a limit (ETIMEDOUT).

use std::thread;
use std::time::{Duration, Instant};

use super::ends::{in_words, must, nanoseconds, time};
use super::list::Scene;
use super::pair::{Pair, pair, thousands};
use super::stage::{Curtain, FUSE, Stage, joined, too_long};
use crate::error::Failure;
use crate::event::{Kind, Operation, OsError, Outcome, Untold};
use crate::socket::{Poller, Stream, thread_cpu_time};

pub(super) const SCENE: Scene = Scene {
    name: "blocking",
    line: "blocking, with a limit, non-blocking, poll: who waits, and what it costs",
    title: "Blocking: who waits, and what does waiting cost?",
    about: "A server says nothing for a while, and a client waits for it in four ways. Each wait is \
            timed twice: by the clock on the wall and by the processor's.",
    play,
};

/// So long the server says nothing.
const SILENCE: Duration = Duration::from_millis(400);
/// So long the client waits when it has a limit.
const LIMIT: Duration = Duration::from_millis(250);
const TEXT: &[u8] = b"Hello!";

/// A wait: what it is called, how many calls it took, how long, and the processor's time.
struct Wait {
    name: &'static str,
    calls: u64,
    waited: Duration,
    cpu: Option<Duration>,
    came: String,
}

fn play(stage: &mut Stage) -> Result<Curtain, Failure> {
    stage.step("A connection");
    let Pair { listener, server, client, .. } = pair(stage)?;
    stage.step("Blocking: recv returns when there is something");
    let (server, mut blocking) = while_silent(stage, server, |_| blocking(&client))?;
    blocking.waited = last_recv(stage)?;
    facts(stage, &blocking, ["blocking_waited_ns", "blocking_cpu_ns"]);
    stage.step("With a limit (SO_RCVTIMEO): recv returns in any case");
    let (mut limited, error) = limited(&client)?;
    limited.waited = last_recv(stage)?;
    facts(stage, &limited, ["limit_waited_ns", "limit_cpu_ns"]);
    if let Some(error) = error {
        let words = format!("recv gave up: {}. The connection is as it was", in_words(error));
        stage.fact("limit_error", error.name(), words);
    }
    tell_limit(stage);
    stage
        .step("Non-blocking (Python: setblocking(False)): recv says at once that there is nothing");
    must(Operation::SetOption("O_NONBLOCK", 1), client.set_nonblocking(true))?;
    let (server, busy) = while_silent(stage, server, |_| busy(&client))?;
    facts(stage, &busy, ["busy_waited_ns", "busy_cpu_ns"]);
    tell_loop(stage, busy.calls);
    let words = format!(
        "recv was called {} times, and all but the last said EAGAIN: it would block",
        thousands(busy.calls)
    );
    stage.fact("busy_calls", i64::try_from(busy.calls).unwrap_or(i64::MAX), words);
    stage.step("Asleep in poll until there is something, then recv");
    let (server, polled) = while_silent(stage, server, |_| polled(client))?;
    facts(stage, &polled, ["poll_waited_ns", "poll_cpu_ns"]);
    // Reading to the end, so that the state that is shown is the kernel's.
    let _ = server.recv(&mut [0; 1]);
    drop((server, listener));
    let all = [blocking, limited, busy, polled];
    let head = ["Way to wait", "Calls", "Waited", "Processor", "Came back with"];
    stage.table("What each wait cost", &head, all.iter().map(row).collect());
    Ok(curtain(&all))
}

fn curtain([blocking, _, busy, _]: &[Wait; 4]) -> Curtain {
    let cost = |wait: &Wait| wait.cpu.map_or("an unknown time".to_owned(), time);
    Curtain {
        saw: [
            format!(
                "A program that waits in recv sleeps: {} by the clock cost {} of the processor, and \
                 nothing is broken.",
                time(blocking.waited),
                cost(blocking)
            ),
            format!(
                "A loop that asks again and again made {} calls and burnt {}; poll waits for many \
                 sockets and sleeps meanwhile.",
                thousands(busy.calls),
                cost(busy)
            ),
        ],
        card: "blocking",
        next: vec![
            "netlab demo clients                      (one, threads, events: who waits?)".into(),
            "netlab demo buffers                      (send can wait, too)".into(),
            "netlab tcp-server --serve events --explain".into(),
        ],
    }
}

/// Lets the server say nothing for a while and then something, while the client waits for it.
fn while_silent(
    stage: &Stage,
    server: Stream,
    wait: impl FnOnce(&Stage) -> Result<Wait, Failure>,
) -> Result<(Stream, Wait), Failure> {
    let speaking = stage.spawn("server", move || {
        thread::sleep(SILENCE);
        let sent = must(Operation::Send(TEXT.len()), server.send(TEXT));
        sent.map(|_| server)
    })?;
    let waited = wait(stage);
    let server = joined(speaking)??;
    Ok((server, waited?))
}

/// How long the client's latest recv took.
fn last_recv(stage: &Stage) -> Result<Duration, Failure> {
    Ok(stage.last_call("client", "recv").ok_or_else(too_long)?.0.took)
}

/// Why a limit is over a little later than it says.
fn tell_limit(stage: &Stage) {
    let words = format!(
        "the limit was {}, and recv came back a little later: the kernel counts a limit in \
         ticks of its clock (1 to 10 ms each) and, the longer it is, in steps of several ticks (on \
         Linux up to an eighth of it); then the program has to be given a processor",
        time(LIMIT)
    );
    stage.fact("limit_ns", nanoseconds(LIMIT), words);
}

/// Tells of the loop's calls that are no events: all between the first, which found nothing, and the
/// last.
fn tell_loop(stage: &Stage, calls: u64) {
    let mut first = None;
    stage.look_back(|end, event| {
        if let Kind::Call(call) = &event.kind
            && end == Some("client")
            && let (Operation::Recv(_), Outcome::Failed(error)) = (call.operation, &call.outcome)
        {
            first = Some((call.socket, *error, event.at));
        }
    });
    if let Some((socket, error, at)) = first {
        let count = calls.saturating_sub(2);
        let call = "recv(64)".to_owned();
        stage.untold(Untold {
            end: "client".into(),
            socket,
            call,
            count,
            answer: Some(error),
            since: at,
        });
    }
}

/// Times a wait by both clocks.
fn timed<T>(
    name: &'static str,
    wait: impl FnOnce() -> Result<(T, u64, String), Failure>,
) -> Result<(Wait, T), Failure> {
    let (began, cpu) = (Instant::now(), thread_cpu_time());
    let (value, calls, came) = wait()?;
    let used = thread_cpu_time().zip(cpu).map(|(now, before)| now.saturating_sub(before));
    let wait = Wait { name, calls, waited: began.elapsed(), cpu: used, came };
    Ok((wait, value))
}

fn bytes(count: usize) -> String {
    format!("{count} bytes")
}

fn blocking(client: &Stream) -> Result<Wait, Failure> {
    let wait = timed("blocking", || {
        let came = must(Operation::Recv(64), client.recv(&mut [0; 64]))?;
        Ok(((), 1, bytes(came)))
    });
    wait.map(|(wait, ())| wait)
}

/// Waits with a limit while nobody says anything, and gives the error.
fn limited(client: &Stream) -> Result<(Wait, Option<OsError>), Failure> {
    let option = Operation::SetOption("SO_RCVTIMEO", 0);
    must(option, client.set_receive_timeout(Some(LIMIT)))?;
    let wait = timed("with a limit", || match client.recv(&mut [0; 64]) {
        Ok(came) => Ok((None, 1, bytes(came))),
        Err(error) => {
            let error = OsError::from(&error);
            Ok((Some(error), 1, error.name()))
        }
    })?;
    must(option, client.set_receive_timeout(None))?;
    Ok(wait)
}

fn busy(client: &Stream) -> Result<Wait, Failure> {
    let wait = timed("non-blocking loop", || {
        let busy = client.recv_busily(&mut [0; 64], FUSE);
        let came = must(Operation::Recv(64), busy.result)?;
        Ok(((), busy.calls, bytes(came)))
    });
    wait.map(|(wait, ())| wait)
}

fn polled(client: Stream) -> Result<Wait, Failure> {
    let operation = Operation::Poll(1);
    let (mut poller, _waker) = must(operation, Poller::new())?;
    let mut client = must(operation, client.watched())?;
    must(operation, poller.watch_arrivals(&mut client, 0))?;
    let wait = timed("poll, then recv", || {
        let mut calls = 1;
        // An interruption is no change.
        while !must(operation, poller.wait_for(&client, FUSE))? && calls < 8 {
            calls += 1;
        }
        let came = must(Operation::Recv(64), client.recv(&mut [0; 64]))?;
        Ok(((), calls + 1, bytes(came)))
    });
    poller.forget(&mut client);
    wait.map(|(wait, ())| wait)
}

fn facts(stage: &Stage, wait: &Wait, [waited, cpu]: [&'static str; 2]) {
    let words = format!("{}: came back after {} with {}", wait.name, time(wait.waited), wait.came);
    stage.fact(waited, nanoseconds(wait.waited), words);
    if let Some(used) = wait.cpu {
        let percent = used.as_secs_f64() / wait.waited.as_secs_f64().max(1e-9) * 100.0;
        let words = format!("processor time of the thread: {} ({percent:.1}%)", time(used));
        stage.fact(cpu, nanoseconds(used), words);
    }
}

fn row(wait: &Wait) -> Vec<String> {
    vec![
        wait.name.to_owned(),
        thousands(wait.calls),
        time(wait.waited),
        wait.cpu.map_or("not told here".to_owned(), time),
        wait.came.clone(),
    ]
}
