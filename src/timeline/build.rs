//! All of it put together.

use std::collections::HashSet;
use std::time::Duration;

use super::assemble::Build;
use super::clock::align;
use super::datagrams;
use super::entry::What;
use super::flow::{Link, calls, conducts, links};
use super::lanes::{Lanes, SocketAt};
use super::long::shortened;
use super::meet::strangers;
use super::model::{Alignment, Demo, Lane, Picture};
use super::pairs::Pairs;
use super::record::Record;
use super::talk::Talk;
use super::wire::{Pack, causes, packs};

/// What a picture is to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How often something may repeat itself before it is folded; 0: nothing is folded.
    pub fold: usize,
    /// Where the rows are to be found that are folded because there are too many, in words for whoever
    /// reads the picture; none: only what repeats itself is folded.
    pub rest: Option<&'static str>,
    /// Show also what netlab does for itself: polls, calls in vain (EAGAIN), questions for options.
    pub all: bool,
    /// Only this socket, by its label, of the lane of that name or of any.
    pub socket: Option<(Option<String>, String)>,
    /// Only what happened from then on, on the picture's clock.
    pub from: Option<Duration>,
    /// Only what happened up to then.
    pub to: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            fold: 8,
            rest: Some("--fold never shows all"),
            all: false,
            socket: None,
            from: None,
            to: None,
        }
    }
}

impl Picture {
    /// Draws records of one run as one picture. Clocks of several are brought together with that of
    /// the first.
    #[must_use]
    pub fn of(records: &[Record], options: &Options) -> Self {
        let lanes = Lanes::of(records);
        let talk = Talk::of(records);
        let conducts = conducts(records, &lanes);
        let bytes = |at: SocketAt| conducts.get(&at).map_or((0, 0), |its| (its.sent, its.received));
        let pairs = Pairs::of(&lanes, bytes);
        let mut packs = packs(records, &lanes, &conducts);
        causes(records, &lanes, &conducts, &mut packs);
        let mut links = links(records, &pairs, &conducts);
        links.extend(datagrams::links(records, &lanes, &talk.digests));
        let mut picture = Self {
            title: title(records),
            sources: records.iter().map(|record| record.source.clone()).collect(),
            demo: demo(records),
            ..Self::default()
        };
        remarks(records, &pairs, &mut picture.remarks);
        picture.first = strangers(records, &lanes, &pairs, &links, &packs);
        let (shifts, doubt) = picture.shifts(records, &links, &packs);
        let quiet = !options.all && picture.demo.is_none();
        let askers = if quiet { askers(records, &lanes) } else { HashSet::new() };
        let build = Build {
            records,
            lanes: &lanes,
            conducts: &conducts,
            packs: &packs,
            pairs: &pairs,
            shifts,
            doubt,
            askers,
        };
        build.rows(options, &links, &talk, &mut picture);
        picture.lanes = build.lanes(options);
        if let Some(rest) = options.rest.filter(|_| options.fold > 0) {
            picture.rows = shortened(std::mem::take(&mut picture.rows), &picture.lanes, rest);
        }
        picture.outside_of_time(options);
        picture
    }

    /// What has to be added to the times of each record, and by how much that may be wrong.
    fn shifts(&mut self, records: &[Record], links: &[Link], packs: &[Pack]) -> (Vec<i64>, i64) {
        let mut doubt = 0;
        let mut shifts = vec![None; records.len().max(1)];
        shifts[0] = Some(0_i64);
        // Each is aligned to one that is aligned already, and with which it has most in common: two
        // clients know each other only by their server.
        while shifts.contains(&None) {
            let mut best: Option<(usize, i64, Alignment, Vec<String>)> = None;
            for second in (0..shifts.len()).filter(|place| shifts[*place].is_none()) {
                for (place, known) in shifts.iter().enumerate() {
                    let Some(known) = known else { continue };
                    let (alignment, remarks) = align(records, (place, second), links, packs);
                    let rank = |its: &Alignment| (its.pairs > 0, its.bounded, its.pairs);
                    if best.as_ref().is_none_or(|(.., best, _)| rank(&alignment) > rank(best)) {
                        let shift = known.saturating_add(alignment.offset_ns);
                        best = Some((second, shift, alignment, remarks));
                    }
                }
            }
            let Some((second, shift, alignment, remarks)) = best else { break };
            shifts[second] = Some(shift);
            doubt = doubt.max(i64::try_from(alignment.uncertainty_ns).unwrap_or(i64::MAX));
            self.remarks.extend(remarks);
            if self.alignment.is_none() {
                self.alignment = Some(alignment);
            } else {
                self.remarks.push(format!(
                    "the clock of record {}: {}",
                    second + 1,
                    told(&alignment)
                ));
            }
        }
        let shifts: Vec<i64> = shifts.into_iter().map(|shift| shift.unwrap_or(0)).collect();
        let first = shifts.iter().copied().take(records.len()).min().unwrap_or(0);
        (shifts.iter().map(|shift| shift.saturating_sub(first)).collect(), doubt)
    }
}

impl Picture {
    /// Says it when nothing lies in the time that was asked for.
    fn outside_of_time(&mut self, options: &Options) {
        let asked = options.from.is_some() || options.to.is_some();
        if let Some((first, last)) = self.span.filter(|_| asked && self.rows.is_empty()) {
            let seconds = |time: Duration| format!("{:.6} s", time.as_secs_f64());
            let between = match (options.from, options.to) {
                (Some(from), Some(to)) => {
                    format!("between {} and {}", seconds(from), seconds(to))
                }
                (Some(from), None) => format!("from {} on", seconds(from)),
                (None, to) => format!("up to {}", seconds(to.unwrap_or_default())),
            };
            self.first.push(format!(
                "Nothing happened {between}: the picture goes from {} to {}. A plain number is \
                 seconds; with its unit it is 386ms or 0.4s.",
                seconds(first),
                seconds(last)
            ));
        }
    }
}

impl Build<'_> {
    /// The lanes, with the sockets that have something to do with what was asked for.
    fn lanes(&self, options: &Options) -> Vec<Lane> {
        let mut lanes = self.lanes.all.clone();
        let wanted = |at: SocketAt| {
            options.socket.as_ref().is_none_or(|(whose, label)| {
                self.lanes.get(at).label == *label
                    && whose.as_ref().is_none_or(|name| self.lanes.all[at.0].name == *name)
            })
        };
        let all: Vec<SocketAt> = self.lanes.sockets().map(|(at, ..)| at).collect();
        let meets = |at: SocketAt| {
            let its = self.lanes.get(at);
            all.iter().filter(|other| wanted(**other) && other.0 != at.0).any(|other| {
                let other = self.lanes.get(*other);
                its.local.is_some()
                    && other.remote.map(|r| r.port()) == its.local.map(|l| l.port())
                    && (its.remote.is_none()
                        || its.remote.map(|r| r.port()) == other.local.map(|l| l.port()))
                    || its.remote.is_some() && its.remote == other.local && !its.listens
            })
        };
        let asked = options.socket.is_some() && all.iter().any(|at| wanted(*at));
        for (place, lane) in lanes.iter_mut().enumerate() {
            let mut at = 0..;
            lane.sockets.retain(|_| {
                let at = (place, at.next().unwrap_or(0));
                !self.askers.contains(&at) && (!asked || wanted(at) || meets(at))
            });
        }
        lanes
    }
}

/// Datagram sockets by which a program only asks the kernel which way it would send: it connects one,
/// asks for its name and closes it.
fn askers(records: &[Record], lanes: &Lanes) -> HashSet<SocketAt> {
    let mut connected = HashSet::new();
    let mut busy = HashSet::new();
    for (_, lane, call) in calls(records, lanes) {
        let Some(at) = lanes.socket(lane, &call.socket) else { continue };
        match &*call.name {
            "connect" if lanes.get(at).protocol == "udp" => {
                connected.insert(at);
            }
            "socket" | "getsockname" | "close" | "setsockopt" => {}
            _ => {
                busy.insert(at);
            }
        }
    }
    // A program that does nothing else is drawn.
    connected
        .into_iter()
        .filter(|at| !busy.contains(at) && busy.iter().any(|other| other.0 == at.0))
        .collect()
}

fn told(alignment: &Alignment) -> String {
    format!(
        "{} µs were added, by {}; this may be wrong by {} µs",
        alignment.offset_ns / 1000,
        alignment.basis,
        alignment.uncertainty_ns / 1000 + 1
    )
}

fn title(records: &[Record]) -> String {
    let demo =
        records.iter().flat_map(|record| &record.entries).take(2000).find_map(|entry| match &entry
            .what
        {
            What::Title([_, title, _]) => Some(title.to_string()),
            _ => None,
        });
    let commands = || {
        let of = |record: &Record| format!("netlab {}", record.source.command.join(" "));
        records.iter().map(of).collect::<Vec<_>>().join(" · ")
    };
    demo.unwrap_or_else(commands)
}

fn demo(records: &[Record]) -> Option<Demo> {
    let mut demo: Option<Demo> = None;
    for entry in records.iter().flat_map(|record| &record.entries) {
        match &entry.what {
            What::Title([name, title, about]) => {
                let known = demo.get_or_insert_default();
                known.name = name.to_string();
                known.title = title.to_string();
                known.about = about.to_string();
            }
            What::Curtain(curtain) => {
                let known = demo.get_or_insert_default();
                (known.saw, known.card, known.next) = (**curtain).clone();
            }
            _ => {}
        }
    }
    demo
}

fn remarks(records: &[Record], pairs: &Pairs, to: &mut Vec<String>) {
    let mut without = Vec::new();
    for (place, record) in records.iter().enumerate() {
        let whose =
            if records.len() > 1 { format!("record {}: ", place + 1) } else { String::new() };
        to.extend(record.remarks.iter().map(|remark| format!("{whose}{remark}")));
        let mut told = record.source.captured;
        for entry in &record.entries {
            match &entry.what {
                What::Refused(error) => {
                    told = true;
                    let why = error.as_ref().map(|name| format!(": {name}")).unwrap_or_default();
                    to.push(format!("{whose}the system did not let packets be captured{why}"));
                }
                What::Captured([_, _, _, dropped]) if *dropped > 0 => to.push(format!(
                    "{whose}the kernel dropped {dropped} packets that were not captured in time: \
                     those of this run among them are missing here"
                )),
                _ => {}
            }
        }
        if !told {
            without.push(place + 1);
        }
    }
    let made = match &without[..] {
        [] => None,
        _ if records.len() == 1 && records[0].source.is_trace() => {
            Some("no packets were captured: --no-packets was asked for".to_owned())
        }
        _ if records.len() == 1 => {
            Some("no packets were captured: the record was made without --packets".to_owned())
        }
        all if all.len() == records.len() => {
            Some("no packets were captured: the records were made without --packets".to_owned())
        }
        some => {
            let name =
                |place: &usize| format!("record {place} ({})", records[place - 1].source.file);
            let names: Vec<String> = some.iter().map(name).collect();
            Some(format!(
                "made without --packets: {}. The packets here are those that the other side captured",
                names.join(", ")
            ))
        }
    };
    to.extend(made);
    if pairs.translated > 0 {
        to.push(format!(
            "{} connections have other addresses on the two sides, as behind a router that \
             translates them; they were matched by port, order and bytes",
            pairs.translated
        ));
    }
}
