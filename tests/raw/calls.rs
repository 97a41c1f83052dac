//! strace as the judge of `--explain`: the calls that netlab tells are those that the system sees.
#![cfg(test)]

use std::path::Path;

use crate::network::{Host, Network, SERVER, SERVER_OF_IPV6, has_ipv6};
use crate::ran::Ran;
use crate::strace::{parts, whole_calls};
use crate::support::Program;
use crate::tools::missing;

/// The calls that netlab tells of, but `close`, told when its object has gone, and `ppoll`, which is
/// about no endpoint.
const TRACED: &str = "trace=socket,setsockopt,getsockopt,bind,connect,getsockname,sendto,recvfrom,\
                      sendmsg,recvmsg";

/// Options whose value is no number to strace.
const WITHOUT_NUMBER: [&str; 4] =
    ["ICMP_FILTER", "ICMP6_FILTER", "SO_TIMESTAMPING", "SO_BINDTODEVICE"];

/// Runs netlab on the client below strace. The tracer is the grandchild, so that the child is netlab
/// itself and goes when the test does; the pipes end when both have ended.
#[track_caller]
fn traced(network: &Network, log: &Path, arguments: &[&str]) -> Ran {
    let log = log.display().to_string();
    let own = ["-D", "-f", "-qq", "-s", "1", "-e", TRACED, "-e", "signal=none", "-o", &log];
    let all = [&own[..], &[env!("CARGO_BIN_EXE_netlab")], arguments].concat();
    Ran::of(Program::start(&mut network.on(Host::Client, "strace", &all)))
}

/// The calls on Internet sockets in strace's log, in netlab's words and in the order in which they
/// returned.
#[track_caller]
fn calls_of_strace(log: &Path) -> Vec<String> {
    let mut sockets = Vec::new();
    let calls = whole_calls(log);
    calls.iter().filter_map(|whole| in_netlabs_words(whole, &mut sockets)).collect()
}

/// One call, such as `A sendto(64, 10.77.2.2) = 64`. None for sockets of other families.
#[track_caller]
fn in_netlabs_words(whole: &str, sockets: &mut Vec<Option<String>>) -> Option<String> {
    let (name, arguments, result) = parts(whole);
    let words: Vec<_> = arguments.split(", ").collect();
    if name == "socket" {
        // A number that is used again is another socket.
        for known in sockets.iter_mut().filter(|known| known.as_ref() == Some(&result)) {
            *known = None;
        }
        if !matches!(words[0], "AF_INET" | "AF_INET6") {
            return None;
        }
        let kind = words[1].split('|').next().expect("a type");
        let protocol = if words[2].starts_with("IPPROTO_ICMP") {
            format!(", {}", words[2])
        } else {
            String::new()
        };
        if result.starts_with('-') {
            return Some(format!("? socket({}, {kind}{protocol}) = {result}", words[0]));
        }
        sockets.push(Some(result));
        let label = label(sockets.len() - 1);
        return Some(format!("{label} socket({}, {kind}{protocol}) = {label}", words[0]));
    }
    let at = sockets.iter().position(|known| known.as_deref() == Some(words[0]))?;
    let text = match name {
        "setsockopt" => {
            let option = words[2].trim_end_matches("_OLD").trim_end_matches("_NEW");
            // A number that strace has no name for.
            let filter = (words[1], option) == ("SOL_ICMPV6", "1");
            let option = if filter { "ICMP6_FILTER" } else { option };
            let value = words[3].trim_matches(['[', ']']);
            if WITHOUT_NUMBER.contains(&option) {
                format!("setsockopt({option}) = {result}")
            } else {
                format!("setsockopt({option}, {value}) = {result}")
            }
        }
        "getsockopt" => {
            format!("getsockopt({}) = {}", words[2], words[3].trim_matches(['[', ']']))
        }
        "bind" | "connect" => format!("{name}({}) = {result}", address(arguments, true)?),
        "getsockname" => format!("getsockname() = {}", address(arguments, true)?),
        "sendto" => format!("sendto({}, {}) = {result}", words[2], address(arguments, false)?),
        "recvmsg" => {
            // Of a call that failed, strace shows nothing.
            let room = arguments
                .split_once("iov_len=")
                .and_then(|(_, rest)| rest.split(['}', ',']).next());
            let room = room.unwrap_or("65536");
            // What follows the header are the flags.
            if words.last().is_some_and(|flags| flags.contains("MSG_ERRQUEUE")) {
                format!("recvmsg({room}, MSG_ERRQUEUE) = {result}")
            } else {
                let from = address(arguments, false).filter(|_| !result.starts_with('-'));
                let from = from.map_or(String::new(), |from| format!(" from {from}"));
                format!("recvmsg({room}) = {result}{from}")
            }
        }
        other => format!("{other}, which netlab does not know: {whole}"),
    };
    Some(format!("{} {text}", label(at)))
}

fn label(at: usize) -> char {
    ('A'..='Z').nth(at).expect("a few sockets")
}

/// The first address in a call's arguments, as netlab writes it.
fn address(arguments: &str, with_port: bool) -> Option<String> {
    let between = |start: &str, end: &str| {
        let rest = arguments.split_once(start)?.1;
        Some(rest.split_once(end)?.0.to_owned())
    };
    let port = between("htons(", ")")?;
    match between("inet_addr(\"", "\"") {
        Some(ip) if with_port => Some(format!("{ip}:{port}")),
        Some(ip) => Some(ip),
        None => {
            let ip = between("AF_INET6, \"", "\"")?;
            Some(if with_port { format!("[{ip}]:{port}") } else { ip })
        }
    }
}

/// The calls among netlab's own events, but those that strace was not asked for.
#[track_caller]
fn calls_of_netlab(ran: &Ran) -> Vec<String> {
    let told = ran.all("call").into_iter().map(|call| {
        let word = |field: &str| call[field].as_str().expect("words").to_owned();
        [word("socket"), word("text")]
    });
    asked(told)
}

/// The same among the lines of `--explain`: `0.000191  A  socket(…) = A  UNCONNECTED`.
#[track_caller]
fn calls_of_page(ran: &Ran) -> Vec<String> {
    let told = ran.lines.iter().filter_map(|line| {
        let mut cells = line.trim().split("  ");
        cells.next()?.parse::<f64>().ok()?;
        let label = cells.next().filter(|label| label.len() == 1 && *label >= "A")?;
        Some([label.to_owned(), cells.next()?.to_owned()])
    });
    asked(told)
}

/// Labels and texts of calls, but for those that strace was not asked for.
#[track_caller]
fn asked(told: impl Iterator<Item = [String; 2]>) -> Vec<String> {
    let asked = told.filter(|[_, text]| !text.starts_with("close(") && !text.starts_with("poll("));
    let same = asked.map(|[socket, mut text]| {
        for option in WITHOUT_NUMBER {
            if let Some(rest) = text.strip_prefix(&format!("setsockopt({option}, ")) {
                let result = rest.split_once(')').expect("a value").1;
                text = format!("setsockopt({option}){result}");
            }
        }
        format!("{socket} {text}")
    });
    same.collect()
}

/// What was sent and asked for is one order, what was received another: the first is netlab's, the
/// second the network's.
fn apart(calls: &[String]) -> (Vec<&String>, Vec<&String>) {
    calls.iter().partition(|call| call[2..].starts_with("recv"))
}

/// A run below strace: both tell of the same calls, in the same order, with the same results.
#[track_caller]
fn judged(network: &Network, arguments: &[&str], expected: &[&str]) -> Ran {
    let ran = same_calls(network, &[arguments, &["-n", "--format", "json"]].concat(), expected);
    network.forget_ways();
    same_calls(network, &[arguments, &["-n", "--explain"]].concat(), expected);
    network.forget_ways();
    ran
}

#[track_caller]
fn same_calls(network: &Network, arguments: &[&str], expected: &[&str]) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let ran = traced(network, &log, arguments);
    let page = arguments.contains(&"--explain");
    let told = if page { calls_of_page(&ran) } else { calls_of_netlab(&ran) };
    let seen = calls_of_strace(&log);
    for beginning in expected {
        let there = seen.iter().any(|call| call[2..].starts_with(beginning));
        assert!(there, "no {beginning} in {seen:#?}");
    }
    let ((told_recv, told_other), (seen_recv, seen_other)) = (apart(&told), apart(&seen));
    assert_eq!(told_recv, seen_recv, "what was received");
    assert_eq!(told_other, seen_other, "the other calls");
    ran
}

#[test]
fn strace_sees_the_calls_of_a_ping() {
    const TEST: &str = "strace_sees_the_calls_of_a_ping";
    if missing(TEST, &["strace"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "strace") else { return };
    let quick = ["-c", "3", "-i", "0.02", "-W", "0.3"];
    let expected = [
        "socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)",
        "setsockopt(SO_TIMESTAMPNS, 1) = 0",
        "setsockopt(IP_TTL, 9) = 0",
        "sendto(64, 10.77.2.2) = 64",
        "recvmsg(65536) = 84 from 10.77.2.2",
    ];
    judged(&network, &[&["raw-ping", SERVER, "-t", "9"], &quick[..]].concat(), &expected);
    let expected = ["setsockopt(IP_TTL, 1) = 0", "recvmsg(65536) = 112 from 10.77.1.1"];
    judged(&network, &[&["raw-ping", SERVER, "-t", "1"], &quick[..]].concat(), &expected);
    let expected = [
        "bind(10.77.1.12:0) = 0",
        "setsockopt(IP_MTU_DISCOVER, 2) = 0",
        "sendto(1408, 10.77.2.2) = -1 EMSGSIZE",
    ];
    let flags = ["-M", "do", "-s", "1400", "-I", "10.77.1.12"];
    judged(&network, &[&["raw-ping", SERVER], &quick[..], &flags].concat(), &expected);
    judged(&network, &[&["raw-ping", SERVER, "-I", "eth0", "--dissect"], &quick[..]].concat(), &[]);
    if has_ipv6() {
        let expected = [
            "socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)",
            "setsockopt(IPV6_UNICAST_HOPS, 9) = 0",
            "sendto(64, fd77:2::2) = 64",
            "recvmsg(65536) = 64 from fd77:2::2",
        ];
        let both = ["raw-ping", SERVER, SERVER_OF_IPV6, "-t", "9"];
        judged(&network, &[&both, &quick[..]].concat(), &expected);
    }
}

#[test]
fn strace_sees_the_calls_of_a_path_and_of_a_listener() {
    const TEST: &str = "strace_sees_the_calls_of_a_path_and_of_a_listener";
    if missing(TEST, &["strace"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "strace2") else { return };
    let expected = ["setsockopt(IP_TTL, 1) = 0", "setsockopt(IP_TTL, 2) = 0"];
    judged(&network, &["raw-ping", SERVER, "--path", "-W", "0.3"], &expected).ends_with(0);
    let ran = judged(&network, &["raw-listen", "-w", "0.1"], &["socket(AF_INET, SOCK_RAW"]);
    ran.ends_with(0);
}

#[test]
fn strace_sees_the_calls_of_a_ping_socket() {
    const TEST: &str = "strace_sees_the_calls_of_a_ping_socket";
    if missing(TEST, &["strace", "setpriv"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "strace3") else { return };
    let folder = crate::privilege::Folder::new();
    network.sysctl(Host::Client, &["net.ipv4.ping_group_range=0 2147483647"]);
    let log = folder.path("log");
    let own =
        ["strace", "-D", "-f", "-qq", "-s", "1", "-e", TRACED, "-e", "signal=none", "-o", &log];
    let flags = ["raw-ping", SERVER, "-n", "-c", "2", "-i", "0.02", "--format", "json"];
    let all = [&own[..], &[&folder.netlab], &flags].concat();
    let ran =
        Ran::of(Program::start(&mut crate::privilege::as_nobody(&network, &all))).ends_with(0);
    let (seen, told) = (calls_of_strace(Path::new(&log)), calls_of_netlab(&ran));
    // A raw socket was tried, or not; the ping socket is what everything else is about.
    let of_socket = |calls: &[String]| -> Vec<String> {
        calls
            .iter()
            .filter(|call| !call.starts_with('?') && !call.contains("EPERM"))
            .cloned()
            .collect()
    };
    let (seen, told) = (of_socket(&seen), of_socket(&told));
    assert!(seen.iter().any(|call| call.contains("SOCK_DGRAM, IPPROTO_ICMP")), "{seen:#?}");
    assert_eq!(apart(&told), apart(&seen));
}

/// Where the kernel notes no times, the program's own clock stands in, and that is said.
#[test]
fn without_the_kernels_times_the_programs_clock_is_used_and_named() {
    const TEST: &str = "without_the_kernels_times_the_programs_clock_is_used_and_named";
    if missing(TEST, &["strace"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "clock") else { return };
    // The second option is the one that asks for them.
    let refusal = "inject=setsockopt:error=ENOPROTOOPT:when=2";
    let below = ["-D", "-f", "-qq", "-e", "trace=setsockopt", "-e", refusal, "-o", "/dev/null"];
    let run = |flags: &[&str]| {
        let netlab =
            [env!("CARGO_BIN_EXE_netlab"), "raw-ping", SERVER, "-n", "-c", "2", "-i", "0.02"];
        let all = [&below[..], &netlab, flags].concat();
        Ran::of(Program::start(&mut network.on(Host::Client, "strace", &all))).ends_with(0)
    };
    let ran = run(&["--format", "json"]);
    assert_eq!(ran.only("pinging")["sockets"][0]["clock"], "program");
    for reply in ran.all("reply") {
        assert_eq!((&reply["clock"], &reply["fate"]), (&"program".into(), &"fine".into()));
        assert!(reply["round_trip_ns"].as_u64().is_some_and(|ns| ns > 0), "{reply:#}");
    }
    let page = run(&[]);
    page.line("Clock        program");
    page.line("The time of an arrival is this program's");
}
