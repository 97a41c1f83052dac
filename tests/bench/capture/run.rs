//! The rates, one after the other.
#![expect(clippy::expect_used, reason = "a bench that cannot run has nothing to say")]

use std::fs::File;
use std::io::BufWriter;
use std::time::{Duration, Instant};

use netlab::capture::{self, CaptureFilter, CapturePlan, Outlet};
use netlab::event::{CaptureEvent, CaptureReport, Event, Journal, Kind, Sink, Wants};
use netlab::render::json::{Header, Json};
use netlab::render::output::Output;
use netlab::wire::pcapng::{About, Packet, Pcapng};

use crate::flow::{self, Flow};
use crate::{latency, tcpdump};

/// How long each rate is kept.
const LONG: Duration = Duration::from_secs(3);

/// A record and a file of packets.
struct Written {
    record: Json,
    packets: Pcapng<BufWriter<File>>,
}

impl Outlet for Written {
    fn event(&mut self, _: Option<&str>, event: &Event) {
        self.record.event(event);
        if let Kind::Capture(CaptureEvent::Packet(packet)) = &event.kind {
            let written = self.packets.packet(&Packet::of(packet, "bench"));
            written.expect("the disk has room");
        }
    }

    fn flush(&mut self) {
        self.record.flush();
    }
}

/// Prints a line for each rate.
#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
pub fn run() {
    if let Some((median, longest)) = latency::held() {
        let [median, longest] = [median, longest].map(|held| held.as_secs_f64() * 1e3);
        println!("an event is held {median:.1} ms (median), {longest:.1} ms (longest of 100)\n");
    }
    println!("a flow over the loopback, captured by the program that sends it\n");
    println!("  packets/s   captured     lost  processor | tcpdump: lost  processor  ratio");
    for rate in [20_000, 50_000, 100_000] {
        let Some((flow, report, spent)) = captured(rate) else {
            println!("SKIPPED: captures need root");
            return;
        };
        let share = |spent: Duration| 100.0 * spent.as_secs_f64() / flow.took.as_secs_f64();
        let theirs = tcpdump::beside(|| Flow::run(rate, LONG, &Journal::silent()));
        let beside = theirs.map_or_else(
            || "not installed".to_owned(),
            |theirs| {
                let ratio = spent.as_secs_f64() / theirs.spent.as_secs_f64().max(0.001);
                let (lost, part) = (theirs.lost, share(theirs.spent));
                format!("{lost:>13} {part:>8.1} % {ratio:>6.1}")
            },
        );
        let per_second = f64::from(u32::try_from(flow.sent).unwrap_or(0)) / flow.took.as_secs_f64();
        println!(
            "  {per_second:>9.0} {:>10} {:>8} {:>8.1} % | {beside}",
            report.packets,
            report.dropped,
            share(spent),
        );
        let account = report.packets + report.dropped;
        assert_eq!(
            account, flow.sent,
            "what was sent is captured, or its loss is told: {report:?}"
        );
    }
}

/// Runs the flow and captures it. What the capture's thread took of a processor comes last.
fn captured(rate: u64) -> Option<(Flow, CaptureReport, Duration)> {
    let folder = tempfile::tempdir().expect("a folder");
    let header = Header {
        run: "0".into(),
        host: "bench".into(),
        command: Vec::new(),
        started: Duration::ZERO,
    };
    let file = |name: &str| File::create(folder.path().join(name)).expect("a file");
    let record = Json::new(Output::stream(file("record.jsonl")), &header, false);
    let out = BufWriter::new(file("packets.pcapng"));
    let packets = Pcapng::new(out, &About::default()).expect("a file");
    let filter = CaptureFilter { udp: true, ..CaptureFilter::default() };
    let plan = CapturePlan { filter, whole: true, ..CapturePlan::default() };
    let opened = capture::open(plan).ok()?;
    let began = Instant::now();
    let capture = opened.begin(began, Box::new(Written { record, packets })).expect("a thread");
    let journal = Journal::since(began, Wants { calls: true }, vec![capture.lane(None)]);
    let flow = Flow::run(rate, LONG, &journal);
    let spent = flow::spent_by("capture");
    Some((flow, capture.finish(), spent))
}
