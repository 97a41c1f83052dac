//! Peers that want to do harm to a server: it answers what it got, shows nothing that a terminal
//! obeys, takes no more memory than it should, and is there for the next one.
#![cfg(test)]

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::lab::{
    self, ask, datagram, events, figure, is_alive, leave, passer_by, port_of, server, socket,
    start_server,
};
use crate::net::{self, Random};
use crate::support::{has, netlab, skip};

/// Datagrams of every kind that somebody may think of.
fn odd_datagrams() -> Vec<(String, Vec<u8>)> {
    let mut random = Random(0x1357_9bdf_0246_8ace);
    let whole = datagram(&[1, 2, 3, 4], 5, 64);
    let mut all: Vec<(String, Vec<u8>)> = vec![
        ("nothing".into(), Vec::new()),
        ("one byte".into(), vec![0]),
        ("a line feed".into(), b"\n".to_vec()),
        ("CR LF".into(), b"\r\n".to_vec()),
        ("the longest".into(), random.bytes(65_507)),
        ("the longest, of escape sequences".into(), b"\x1b[2J\x1b]0;x\x07".repeat(6_000)),
        ("a long character cut at the 256th byte".into(), "a".repeat(255).into_bytes()),
        ("a whole header".into(), whole.clone()),
        ("half a header".into(), whole[..10].to_vec()),
        ("a header that announces more".into(), whole[..30].to_vec()),
        ("a header that announces 0".into(), [&whole[..12], &[0; 20]].concat()),
        ("two glued".into(), whole.repeat(2)),
        ("only the magic".into(), b"nlab".to_vec()),
        ("the magic and escapes".into(), b"nlab\x1b]0;owned\x07\x1b[31m".to_vec()),
        ("a command".into(), b"exit".to_vec()),
    ];
    all[6].1.extend_from_slice("\u{1f642}\u{1f642}".as_bytes());
    all.extend(net::nasty_texts().into_iter().map(|(what, bytes)| (what.to_owned(), bytes)));
    for round in 0..100 {
        let length = (random.next() % 2_000) as usize;
        all.push((format!("random bytes {round}"), random.bytes(length)));
    }
    all
}

#[test]
fn odd_datagrams_come_back_byte_for_byte_and_no_screen_obeys_them() {
    for options in [&[][..], &["--ascii"], &["--explain"], &["--format", "markdown"]] {
        let (server, port) = server(options);
        let mut count = 0;
        for (what, bytes) in odd_datagrams() {
            // Somebody new each time, so that everything that is shown of peers is shown.
            let answer = ask(&socket(), port, &bytes);
            assert!(answer == bytes, "{what}: {} bytes came back, changed", answer.len());
            count += 1;
        }
        is_alive(port, "odd datagrams");
        let lines = leave(server);
        let all = lines.join("\n");
        assert!(all.contains("echoed"), "{options:?}: something is shown");
        if options != ["--format", "markdown"] {
            assert_eq!(figure(&lines, "Received"), count + 1, "{options:?}: {all}");
        }
    }
}

#[test]
fn odd_datagrams_are_json_a_line_each() {
    let (server, port) = server(&["--format", "json"]);
    let odd = odd_datagrams();
    // They all stay, so that no port is handed out twice.
    let peers: Vec<_> = odd.iter().map(|_| socket()).collect();
    for (own, (_, bytes)) in peers.iter().zip(&odd) {
        ask(own, port, bytes);
    }
    let lines = leave(server);
    let all = events(&lines);
    let shown: Vec<_> = all.iter().filter(|event| event["event"] == "datagram").collect();
    let report = all.iter().rev().find(|event| event["event"] == "server_report");
    let counted = &report.expect("a report at the end")["datagrams_received"];
    assert_eq!(counted, odd.len(), "all of them are counted");
    assert_eq!(shown.len(), odd.len(), "each of them is told: {:?}", lines.iter().rev().take(4));
    for (event, (what, bytes)) in shown.iter().zip(&odd) {
        assert_eq!(event["bytes"], bytes.len(), "{what}: {event}");
    }
    assert_eq!(all.iter().filter(|event| event["event"] == "peer").count(), odd.len());
}

/// Sends as fast as it can from several sockets until it is told to stop. Gives how many.
struct Flood {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Flood {
    fn start(port: u16, datagrams: Vec<Vec<u8>>) -> Self {
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let all = Arc::new(datagrams);
        let thread = |_| {
            let (stop, sent, all) = (Arc::clone(&stop), Arc::clone(&sent), Arc::clone(&all));
            let work = move || {
                let (mut own, mut count) = (passer_by(), 0);
                while !stop.load(Ordering::Relaxed) {
                    for bytes in all.iter() {
                        // A socket whose answers nobody takes refuses nothing.
                        let to = (Ipv4Addr::LOCALHOST, port);
                        sent.fetch_add(own.send_to(bytes, to).is_ok().into(), Ordering::Relaxed);
                        count += 1;
                        if count % 50 == 0 {
                            own = passer_by();
                        }
                    }
                }
            };
            thread::Builder::new().spawn(work).expect("a thread")
        };
        let threads = (0..2).map(thread).collect();
        Self { stop, sent, threads }
    }

    fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().expect("it floods");
        }
        self.sent.load(Ordering::Relaxed)
    }
}

/// Three seconds of a flood, by the clock.
fn flooded(options: &[&str], lines_a_second: usize) {
    const SECONDS: u64 = 3;
    let (mut server, port) = server(options);
    is_alive(port, "nothing");
    let before = net::memory(&server.child);
    let mut random = Random(99);
    let flood = Flood::start(port, (0..20).map(|n| random.bytes(n * 30)).collect());
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(SECONDS) {
        thread::park_timeout(Duration::from_millis(50));
    }
    let sent = flood.end();
    is_alive(port, "a flood");
    assert!(sent > 20_000, "{sent} datagrams in {SECONDS} s are no flood");
    let most = net::peak_memory(&server.child);
    // 4,096 peers, half a megabyte of records, buffers; not a copy of the flood.
    assert!(most < before + 12 * 1024, "{options:?}: from {before} kB to {most} kB, {sent} sent");
    server.type_line("/who");
    let lines = leave(server);
    let came = figure(&lines, "Received");
    assert!(came > 1_000 && came <= sent + 100, "{came} of {sent}");
    let seconds = usize::try_from(began.elapsed().as_secs()).expect("a few") + 2;
    let limit = lines_a_second * seconds + 300;
    assert!(lines.len() < limit, "{options:?}: {} lines, limit {limit}", lines.len());
    let told = lines.iter().any(|line| line.contains("not shown one by one"));
    assert!(told, "nobody is told of what is not shown");
}

#[test]
fn a_flood_fills_neither_the_screen_nor_the_memory() {
    // Ten are shown in a second, each with the table of a new peer at most.
    flooded(&[], 10 * 18);
}

#[test]
fn a_flood_with_answers_that_leave_later_fills_neither_the_screen_nor_the_memory() {
    const LIMIT_KB: u64 = 90 * 1024;
    let (mut server, port) = server(&["--delay", "60000"]);
    let flood = Flood::start(port, vec![vec![0; 60_000]]);
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(1) {
        thread::park_timeout(Duration::from_millis(50));
    }
    let sent = flood.end();
    assert!(sent > 2_000, "{sent} large datagrams are no flood");
    net::wait_until("the queue is full", || {
        let own = passer_by();
        own.send_to(&vec![0; 60_000], (Ipv4Addr::LOCALHOST, port)).expect("it is sent");
        // What it answered not at all it counts from the first one on; the help comes behind that.
        server.type_line("/stats");
        server.type_line("/help");
        server.until_any(&["Queue full", "end the server"]).contains("Queue full")
    });
    assert!(net::memory(&server.child) > 60 * 1024, "it has kept much");
    let most = net::peak_memory(&server.child);
    assert!(most < LIMIT_KB, "{most} kB");
    let began = Instant::now();
    let lines = leave(server);
    assert!(began.elapsed() < Duration::from_secs(5), "it waits for answers that nobody needs");
    assert!(figure(&lines, "Queue full") > 0, "{}", lines.join("\n"));
}

#[test]
fn thousands_of_peers_do_not_stay_for_ever() {
    const PEERS: u32 = 10_000;
    for options in [&[][..], &["--format", "json"]] {
        let (mut server, port) = server(options);
        let before = net::memory(&server.child);
        for peer in 0..PEERS {
            // 127.0.0.0/8 has sixteen million addresses.
            let [_, b, c, d] = (peer + 2).to_be_bytes();
            let own = UdpSocket::bind((Ipv4Addr::new(127, b, c, d), 0)).expect("a free port");
            own.set_read_timeout(Some(crate::support::FUSE)).expect("a fuse");
            assert_eq!(ask(&own, port, b"I am new"), b"I am new", "peer {peer}");
        }
        let most = net::peak_memory(&server.child);
        assert!(most < before + 8 * 1024, "{options:?}: from {before} kB to {most} kB");
        server.type_line("/who");
        server.type_line("/stats");
        let lines = leave(server);
        if options.is_empty() {
            assert_eq!(figure(&lines, "Received"), u64::from(PEERS));
            let all = lines.join("\n");
            assert!(all.contains(&format!("from {PEERS} peers")), "{}", lines.len());
            assert!(lines.len() < 5_000, "{} lines", lines.len());
        } else {
            let all = events(&lines);
            let forgotten = all.iter().filter(|event| event["remark"] == "forgotten").count();
            assert!((1..=5).contains(&forgotten), "forgotten {forgotten} times");
            let reports = all.iter().filter(|event| event["event"] == "server_report");
            assert!(reports.clone().count() == 2, "one for /stats, one at the end");
            for report in reports {
                assert_eq!(report["peers"], PEERS, "{report}");
            }
        }
    }
}

#[test]
fn a_thousand_clients_that_vanish_do_not_end_a_server() {
    for options in [&[][..], &["--delay", "20"], &["--explain"]] {
        let (server, port) = server(options);
        for n in 0..1_000_u32 {
            passer_by().send_to(&n.to_be_bytes(), (Ipv4Addr::LOCALHOST, port)).expect("it is sent");
            if n % 100 == 0 {
                is_alive(port, "some who vanished");
            }
        }
        is_alive(port, "a thousand who vanished");
        leave(server);
    }
}

#[test]
fn errors_of_recvfrom_do_not_end_a_server() {
    if !has("strace") {
        return skip("errors_of_recvfrom_do_not_end_a_server", "no strace");
    }
    for (error, told) in
        [("ECONNREFUSED", true), ("ECONNRESET", true), ("ENOMEM", true), ("EINTR", false)]
    {
        let mut command = std::process::Command::new("strace");
        command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=recvfrom"]);
        command.args(["-e", &format!("inject=recvfrom:error={error}:when=2+2")]);
        command.arg(netlab().get_program());
        let (mut server, port) = start_server(&mut command, &["0", "--bind", "127.0.0.1"], &[]);
        let own = socket();
        for n in 0..20_u32 {
            assert_eq!(ask(&own, port, &n.to_be_bytes()), n.to_be_bytes(), "{error}");
        }
        server.type_line("/stats");
        let lines = leave(server);
        let all = lines.join("\n");
        assert_eq!(all.contains("[recvfrom(65535) = -1 "), told, "{error}: {all}");
        assert_eq!(figure(&lines, "Received"), 20, "{error}: {all}");
        assert!(!all.contains("Unsendable"), "{error}: all answers were sent: {all}");
    }
}

#[test]
fn somebody_who_says_the_same_forty_thousand_times_gets_every_answer() {
    let (server, port) = server(&[]);
    let own = socket();
    own.connect((Ipv4Addr::LOCALHOST, port)).expect("a peer");
    let mut answer = [0; 100];
    for n in 0..40_000 {
        own.send(&[b'='; 64]).expect("it is sent");
        let length = own.recv(&mut answer).unwrap_or_else(|why| panic!("answer {n}: {why}"));
        assert_eq!(length, 64);
    }
    assert_ne!(port_of(&own), port);
    let lines = leave(server);
    assert_eq!(figure(&lines, "Sent"), 40_000);
    assert_eq!(lab::figure(&lines, "Received"), 40_000);
}
