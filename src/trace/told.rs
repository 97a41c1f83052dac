//! Everything put together: calls of all programs and the packets between them, on one clock.

use std::sync::Arc;
use std::time::Duration;

use super::attempts::{self, Origin, Search};
use super::book::Happened;
use super::late;
use super::packets::{Kept, Owners};
use super::run::Ran;
use super::sockets::Sockets;
use super::watched::Watched;
use super::{End, Plan, Program, Traced};
use crate::cause::{Book, CallFact, Deed, PacketFact};
use crate::event::flag::{FIN, RST};
use crate::event::{
    CaptureEvent, CaptureReport, Cause, Content, Departure, Endpoint, Event, Kind, ProgramEnd,
    ProgramStart, SafeText, SocketId, TraceEvent,
};

/// What the whole run has in common.
pub(super) struct Frame<'a> {
    /// The time of day when it began.
    pub zero: Duration,
    pub user: Option<&'a str>,
    pub link: bool,
}

/// An event with its end, before everything is in order.
pub(super) type Item = (Option<String>, Event);

/// Tells what happened.
pub(super) fn told(plan: &Plan, ran: Ran, kept: Option<Kept>, frame: &Frame<'_>) -> Traced {
    let mut traced = Traced { interrupted: ran.interrupted, ..Traced::default() };
    let mut facts = Vec::new();
    let mut items = Vec::new();
    let mut rows = Vec::new();
    let owners = Owners::of(ran.programs.iter().flat_map(|it| it.book.sockets.all()), frame.link);
    let searches = searches(plan, &ran);
    let mut last = Duration::ZERO;
    for (program, mut watched) in plan.programs.iter().zip(ran.programs) {
        traced.strange += watched.reader.strange;
        let end = end_of(program, &watched);
        traced.ends.push(end.clone());
        last = last.max(watched.book.ended_at);
        rows.push((program.name.clone(), watched.book.rows()));
        of_program(program, &mut watched, end, frame, &mut items, &mut facts);
    }
    let ended = last.saturating_sub(frame.zero);
    let report = kept.map(|kept| {
        let (report, uncertain) = packets(kept, (owners, searches), facts, frame, &mut items);
        traced.uncertain = uncertain;
        report
    });
    late::behind_their_answers(&mut items);
    items.sort_by_key(|(_, event)| event.at);
    for (end, rows) in rows.into_iter().filter(|(_, rows): &(_, Vec<Endpoint>)| !rows.is_empty()) {
        items.push((Some(end), Event { at: ended, kind: Kind::Endpoints(rows) }));
    }
    if let Some(report) = report {
        items.push((None, Event { at: ended, kind: CaptureEvent::Ended(report).into() }));
    }
    let how = if traced.interrupted { Departure::Interrupted } else { Departure::Left };
    items.push((None, Event { at: ended, kind: Kind::End(how) }));
    traced.events = items;
    traced
}

fn end_of(program: &Program, watched: &Watched) -> End {
    let (code, signal) = match &watched.book.end {
        Some(Ok(code)) => (Some(*code), None),
        Some(Err(signal)) => (None, Some(signal.clone())),
        None => (watched.status.and_then(|status| status.code()), None),
    };
    End {
        name: program.name.clone(),
        code,
        signal,
        sockets: watched.book.sockets.all().len(),
        calls: watched.book.calls,
    }
}

/// The events of one program, and its calls as facts for the causes of packets.
fn of_program(
    program: &Program,
    watched: &mut Watched,
    end: End,
    frame: &Frame<'_>,
    items: &mut Vec<Item>,
    facts: &mut Vec<CallFact>,
) {
    let name = Some(program.name.as_str());
    let at = |unix: Duration| unix.saturating_sub(frame.zero);
    let mut tell = |at: Duration, kind: Kind| {
        items.push((name.map(str::to_owned), Event { at, kind }));
    };
    let happened = std::mem::take(&mut watched.book.happened);
    let first = happened.first().map_or(watched.book.ended_at, |first| first.at);
    let command = program.words.iter().map(|word| SafeText::new(word.as_encoded_bytes()));
    let start = ProgramStart {
        pid: watched.book.first.unwrap_or(0),
        command: command.collect(),
        user: frame.user.map(|user| SafeText::new(user.as_bytes())),
    };
    tell(at(watched.book.began_at.unwrap_or(first)), TraceEvent::Started(start).into());
    for Happened { at: returned, kind, deed, local } in happened {
        let returned = at(returned);
        if let Kind::Trace(TraceEvent::Call(call)) = &kind {
            let fact = CallFact {
                end: name.map(Into::into),
                socket: call.socket.to_string(),
                deed,
                text: format!("{} = {}", call.text, call.answer),
                begin: returned.saturating_sub(call.took),
                returned,
            };
            let beside = local.map(|local| CallFact {
                deed: Deed::Local(local),
                text: String::new(),
                ..fact.clone()
            });
            facts.push(fact);
            facts.extend(beside);
        }
        tell(returned, kind);
    }
    let ended_at = at(watched.book.ended_at);
    if watched.book.not_kept > 0 {
        tell(ended_at, TraceEvent::NotKept(watched.book.not_kept).into());
    }
    let closes = std::mem::take(&mut watched.book.left);
    let ended = ProgramEnd { code: end.code, signal: end.signal, closes, calls: end.calls };
    tell(ended_at, TraceEvent::Ended(ended).into());
}

/// An end and a socket of it.
type Whose = (Arc<str>, SocketId);

/// The calls of `connect` of which it has to be found out from where they went.
fn searches(plan: &Plan, ran: &Ran) -> Vec<Search<Whose>> {
    let of_program = |(program, watched): (&Program, &Watched)| {
        let end: Arc<str> = program.name.as_str().into();
        let sockets = watched.book.sockets.all().iter().enumerate();
        let searches = sockets
            .flat_map(|(at, socket)| attempts::of(&(Arc::clone(&end), Sockets::label(at)), socket));
        searches.collect::<Vec<_>>()
    };
    plan.programs.iter().zip(&ran.programs).flat_map(of_program).collect()
}

/// What a SYN told: the address that the socket had for that call.
fn sent_from(origin: &Origin<Whose>, frame: &Frame<'_>) -> CallFact {
    let search = &origin.search;
    let at = |unix: Duration| unix.saturating_sub(frame.zero);
    let (end, socket) = &search.whose;
    let begin = at(search.attempt.begun);
    CallFact {
        end: Some(Arc::clone(end)),
        socket: socket.to_string(),
        deed: Deed::Local(origin.from),
        text: String::new(),
        begin,
        returned: search.attempt.returned.map_or(begin, |(returned, _)| at(returned)),
    }
}

/// The packets of the programs, each with what made it go; and how many SYNs are not certain.
fn packets(
    mut kept: Kept,
    (mut owners, searches): (Owners, Vec<Search<Whose>>),
    mut facts: Vec<CallFact>,
    frame: &Frame<'_>,
    items: &mut Vec<Item>,
) -> (CaptureReport, usize) {
    kept.packets.sort_by_key(|packet| packet.unix);
    let found = attempts::found(searches, &attempts::first(&kept.packets), |from, to| {
        owners.have_stream(from, to)
    });
    for origin in found.all {
        facts.push(sent_from(&origin, frame));
        owners.add_for_a_time(origin.from, origin.search.to(), origin.span);
    }
    let mut book = Book::new();
    // A local address that was learned late belongs to the calls before it too; the sort keeps the
    // order of equals.
    facts.sort_by_key(|fact| fact.returned);
    for fact in &facts {
        book.call(fact);
    }
    if let Some(setup) = kept.setup {
        items.push((None, Event { at: Duration::ZERO, kind: CaptureEvent::Began(setup).into() }));
    }
    let seen = kept.packets.len() as u64;
    let packets: Vec<_> = kept.packets.into_iter().filter(|it| owners.have(it)).collect();
    let count = packets.len() as u64;
    for (number, mut packet) in (1..).zip(packets) {
        let at = packet.unix.saturating_sub(frame.zero);
        packet.number = number;
        let answer = book.packet(&PacketFact::of(&packet, at));
        packet.cause = book.cause(&answer);
        if let (Cause::Unknown, Content::Tcp(segment)) = (&packet.cause, &packet.content)
            && segment.flags & (FIN | RST) != 0
        {
            packet.cause = Cause::Kernel("closes what an ended program left open");
        }
        items.push((None, Event { at, kind: CaptureEvent::Packet(Box::new(packet)).into() }));
    }
    let report = CaptureReport {
        packets: count,
        others: kept.report.others + (seen - count),
        dropped: kept.report.dropped + kept.lost,
        ..kept.report
    };
    (report, found.uncertain)
}
