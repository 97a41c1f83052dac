//! Scenes about bytes: borders, buffers, ports, layers. What they state is what their calls say.
#![cfg(test)]

use std::collections::HashSet;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::namespace::alone;
use crate::played::{Played, Who, play};
use crate::support::netlab;
use crate::tools::{missing, output};

/// Plays a demo as both, and judges each.
#[track_caller]
pub fn both(name: &str, judge: impl Fn(&Played)) {
    for who in [Who::Me, Who::Nobody] {
        judge(&play(name, who));
    }
}

/// The numbers of a fact.
#[track_caller]
pub fn numbers(played: &Played, name: &str) -> Vec<i64> {
    let list = played.fact(name).as_array().unwrap_or_else(|| panic!("{name} is a list"));
    list.iter().map(|number| number.as_i64().expect("a number")).collect()
}

/// The results of an end's calls of that name, those that gave a number.
pub fn results(played: &Played, end: &str, name: &str) -> Vec<i64> {
    let calls = played.calls(end, name).into_iter().filter(|call| call["error"].is_null());
    calls.filter_map(|call| call["result"].as_i64()).collect()
}

#[test]
fn two_sends_are_one_recv_and_framing_finds_the_border_again() {
    both("byte-stream", |played| {
        for (fact, value) in [
            ("none_bytes_per_send", json!([5, 6])),
            ("none_bytes_per_recv", json!([11])),
            ("none_messages", json!(["JS-PCHello!"])),
            ("line_bytes_per_send", json!([6, 7])),
            ("line_bytes_per_recv", json!([13])),
            ("line_messages", json!(["JS-PC", "Hello!"])),
            ("length_bytes_per_send", json!([9, 10])),
            ("length_bytes_per_recv", json!([19])),
            ("length_headers", json!(["01 00 00 05", "02 00 00 06"])),
            ("length_messages", json!(["JS-PC", "Hello!"])),
            ("cut_bytes_per_recv", json!([2, 2, 2, 1])),
            ("pieces_that_are_no_text", json!(2)),
            ("text_put_together", json!(["h\u{e9}llo"])),
        ] {
            assert_eq!(*played.fact(fact), value, "{fact}");
        }
        assert_eq!(results(played, "client", "send"), [5, 6, 6, 7, 9, 10, 7]);
        assert_eq!(results(played, "server", "recv"), [11, 13, 19, 2, 2, 2, 1, 0]);
    });
}

/// The lengths and headers of the last way are those of the protocol, as Python reads them.
#[test]
fn python_reads_the_record_and_finds_the_same() {
    const TEST: &str = "python_reads_the_record_and_finds_the_same";
    const SCRIPT: &str = "import json, struct, sys\n\
        lines = [json.loads(line) for line in open(sys.argv[1], encoding='utf-8')]\n\
        facts = {line['name']: line['value'] for line in lines if line['event'] == 'fact'}\n\
        sent = facts['length_bytes_per_send']\n\
        for size, header in zip(sent, facts['length_headers']):\n\
        \x20   assert struct.unpack('>I', bytes.fromhex(header))[0] & 0xffffff == size - 4\n\
        assert sum(sent) == sum(facts['length_bytes_per_recv'])\n\
        try:\n\
        \x20   'h\\u00e9llo'.encode()[:facts['cut_bytes_per_recv'][0]].decode()\n\
        except UnicodeDecodeError as error:\n\
        \x20   print(error.reason)\n";
    if missing(TEST, &["python3"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let record = folder.path().join("run.jsonl");
    let page = output(netlab().args(["demo", "byte-stream", "--record"]).arg(&record));
    let said = output(Command::new("python3").args(["-c", SCRIPT]).arg(&record));
    let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&format!("UnicodeDecodeError, {}", said.trim())), "{said} in {page}");
}

#[test]
fn what_fits_before_send_waits_is_counted_to_the_byte() {
    both("buffers", |played| {
        let fitted = played.number("bytes_before_send_waited");
        assert!(fitted > 10_000, "{fitted}");
        let [sent, read] = numbers(played, "bytes_sent_and_read")[..] else {
            panic!("two numbers")
        };
        assert_eq!(sent, read);
        assert_eq!(results(played, "client", "send").iter().sum::<i64>(), sent);
        assert_eq!(results(played, "server", "recv").iter().sum::<i64>(), read);
        let waits = numbers(played, "bytes_waiting");
        assert_eq!(waits.iter().sum::<i64>(), fitted, "sender and receiver have it all: {waits:?}");
        assert!(waits[1] > 0 && waits[1] <= played.number("receive_buffer_full"), "{waits:?}");
        assert!(played.number("send_waited_ns") >= 150_000_000, "it waited for the reader");
        // Nothing was read before the last send began.
        let sends = played.calls("client", "send");
        let full = sends.iter().filter(|call| call["error"]["name"] == "EAGAIN").count();
        assert!(full >= 2, "{full}");
        let last = sends.last().expect("a send");
        let begun =
            last["t_ns"].as_u64().expect("a time") - last["took_ns"].as_u64().expect("a time");
        let first = &played.calls("server", "recv")[0]["t_ns"];
        assert!(first.as_u64().expect("a time") > begun);
        let sizes: Vec<&Value> =
            played.calls("client", "getsockopt").iter().map(|call| &call["result"]).collect();
        let told = ["send_buffer_before", "send_buffer_full"].map(|name| played.fact(name));
        assert_eq!(sizes, told);
    });
}

fn port(address: &Value) -> i64 {
    let text = address.as_str().expect("an address");
    text.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
}

#[test]
fn a_thousand_source_ports_are_sorted_by_range() {
    both("ports", judge_ports);
}

#[track_caller]
fn judge_ports(played: &Played) {
    let names = played.calls("client", "getsockname");
    let ports: Vec<i64> = names.iter().map(|call| port(&call["result"])).collect();
    let [connects, open] = numbers(played, "connects_and_open_at_once")[..] else {
        panic!("two numbers")
    };
    assert_eq!((connects, ports.len()), (1000, 1000));
    assert!((1..=1000).contains(&open));
    let of = |from: i64, to: i64| {
        ports.iter().filter(|port| (from..=to).contains(*port)).count().try_into().expect("few")
    };
    let counted: [i64; 3] = [of(0, 1023), of(1024, 49_151), of(49_152, 65_535)];
    assert_eq!(numbers(played, "well_known_registered_dynamic"), counted);
    let low_high = [ports.iter().min(), ports.iter().max()].map(|port| *port.expect("a port"));
    assert_eq!(numbers(played, "lowest_and_highest"), low_high);
    assert_eq!(played.number("ports_twice"), 0);
    let most = usize::try_from(open).expect("few");
    let first: HashSet<&i64> = ports.iter().take(most).collect();
    assert_eq!(first.len(), most, "none twice among those that were open together");
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").expect("Linux");
    let range: Vec<i64> = range.split_whitespace().filter_map(|port| port.parse().ok()).collect();
    assert_eq!(numbers(played, "kernel_range"), range);
    let inside = low_high[0] >= range[0] && low_high[1] <= range[1];
    assert_eq!(*played.fact("all_in_kernel_range"), inside);
    assert!(inside, "{low_high:?}");
}

/// With room for few sockets the same thousand come in groups.
#[test]
fn with_few_descriptors_the_thousand_come_in_groups() {
    let line =
        format!("ulimit -n 256 && exec {:?} demo ports --format json", netlab().get_program());
    let done = Command::new("sh").args(["-c", &line]).stdin(Stdio::null()).output();
    let done = done.expect("it starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let played = Played::of(&String::from_utf8(done.stdout).expect("UTF-8"));
    judge_ports(&played);
    assert_eq!(numbers(&played, "connects_and_open_at_once"), [1000, 100]);
}

#[test]
fn what_the_thousand_leave_behind_is_what_ss_counts() {
    const TEST: &str = "what_the_thousand_leave_behind_is_what_ss_counts";
    if missing(TEST, &["ss", "ip"]) {
        return;
    }
    alone();
    let played = play("ports", Who::Me);
    let server = port(&played.calls("server", "getsockname")[0]["result"]);
    let filter = format!("dport = :{server}");
    let left = output(Command::new("ss").args(["-Htan", "state", "time-wait", &filter]));
    let left = i64::try_from(left.lines().count()).expect("few");
    assert_eq!(played.number("left_in_time_wait"), left);
    assert_eq!(left, 1000);
}

#[test]
fn without_a_capture_layers_are_worked_out_and_it_is_said() {
    both("layers", |played| {
        assert_eq!((played.number("tcp_received"), played.number("udp_received")), (6, 6));
        assert_eq!(*played.fact("captured"), false);
        assert_eq!(numbers(played, "tcp_link_network_transport_text"), [14, 20, 20, 6]);
        assert_eq!(numbers(played, "udp_link_network_transport_text"), [14, 20, 8, 6]);
        let table = played.all("table").next().expect("a table");
        let rows = table["rows"].as_array().expect("rows");
        let sum = |column: usize| -> u64 {
            let cell = |row: &Value| row[column].as_str().and_then(|cell| cell.parse::<u64>().ok());
            rows[..4].iter().map(|row| cell(row).expect("a number")).sum()
        };
        assert_eq!(rows[4][3], sum(3).to_string());
        assert_eq!(rows[4][4], sum(4).to_string());
        let words = played.all("fact").find(|fact| fact["name"] == "captured").expect("a fact");
        assert!(words["words"].as_str().is_some_and(|words| words.contains("not captured")));
    });
}
