//! The same scenes with packets: what they say of the wire is what tshark reads.
#![cfg(test)]

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::bytes::numbers;
use crate::played::Played;
use crate::support::netlab;
use crate::tools::{missing, output, unprivileged};

/// Plays a demo with its packets: what it tells, and the file for tshark in that folder. None without
/// privilege.
fn captured(test: &str, name: &str, folder: &Path) -> Option<Played> {
    if missing(test, &["tshark"]) || unprivileged(test) {
        return None;
    }
    let file = folder.join("run.pcapng");
    let mut command = netlab();
    command.args(["demo", name, "--packets", "--format", "json", "--write"]).arg(&file);
    let played = Played::of(&output(&mut command));
    assert!(played.all("packet").count() > 0, "{name}");
    Some(played)
}

/// Fields of the packets that fit a filter, a line each.
#[track_caller]
fn tshark(folder: &Path, filter: &str, fields: &[&str]) -> Vec<String> {
    let mut command = Command::new("tshark");
    command.arg("-r").arg(folder.join("run.pcapng")).args(["-Y", filter, "-T", "fields"]);
    for field in fields {
        command.args(["-e", field]);
    }
    output(&mut command).lines().map(str::to_owned).collect()
}

#[test]
fn layers_are_read_from_the_packets() {
    let folder = tempfile::tempdir().expect("a folder");
    let test = "layers_are_read_from_the_packets";
    let Some(played) = captured(test, "layers", folder.path()) else { return };
    assert_eq!(*played.fact("captured"), true);
    assert_eq!(*played.fact("link_addresses_zero"), true);
    let seen = |filter: &str, fields: &[&str]| -> Vec<i64> {
        let lines = tshark(folder.path(), filter, fields);
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines[0].split('\t').map(|field| field.parse().expect("a number")).collect()
    };
    let [frame, ip, tcp, letters] =
        seen("tcp.len == 6", &["frame.len", "ip.hdr_len", "tcp.hdr_len", "tcp.len"])[..]
    else {
        panic!("four numbers")
    };
    let told = numbers(&played, "tcp_link_network_transport_text");
    assert_eq!(told, [frame - ip - tcp - letters, ip, tcp, letters]);
    let [frame, ip, udp] = seen("udp", &["frame.len", "ip.hdr_len", "udp.length"])[..] else {
        panic!("three numbers")
    };
    let told = numbers(&played, "udp_link_network_transport_text");
    assert_eq!(told, [frame - ip - udp, ip, 8, udp - 8]);
}

#[test]
fn a_report_of_icmp_goes_back_to_who_had_sent() {
    if unprivileged("a_report_of_icmp_goes_back_to_who_had_sent") {
        return;
    }
    let page = output(netlab().args(["demo", "refused", "--packets"]));
    let reports: Vec<&str> = page.lines().filter(|line| line.contains("── port ")).collect();
    assert_eq!(reports.len(), 2, "{page}");
    assert!(reports.iter().all(|line| line.contains('◀') && !line.contains('▶')), "{reports:#?}");
}

#[test]
fn a_full_receiver_closes_its_window() {
    let folder = tempfile::tempdir().expect("a folder");
    let test = "a_full_receiver_closes_its_window";
    let Some(played) = captured(test, "buffers", folder.path()) else { return };
    assert_eq!(*played.fact("window_zero"), true);
    let closed = tshark(
        folder.path(),
        "tcp.window_size_value == 0 && tcp.flags.reset == 0",
        &["frame.number"],
    );
    assert!(!closed.is_empty());
    let bytes = tshark(folder.path(), "tcp.len > 0 && !tcp.analysis.retransmission", &["tcp.len"]);
    let sum: i64 = bytes.iter().filter_map(|bytes| bytes.parse::<i64>().ok()).sum();
    let sent = numbers(&played, "bytes_sent_and_read")[0];
    assert!(sum >= sent, "{sum} on the wire, {sent} sent");
}

#[test]
fn who_finds_no_place_sends_its_syn_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let test = "who_finds_no_place_sends_its_syn_again";
    let Some(played) = captured(test, "backlog", folder.path()) else { return };
    // Those who were let in at once have asked for their address before.
    let inside = usize::try_from(played.number("connected_before_accept")).expect("a few");
    let asked = played.calls("clients", "getsockname");
    let own = asked[inside]["result"].as_str().expect("an address");
    let port = own.rsplit(':').next().expect("a port");
    let filter = format!("tcp.srcport == {port} && tcp.flags.syn == 1 && tcp.flags.ack == 0");
    let sent = tshark(folder.path(), &filter, &["frame.number"]).len();
    assert_eq!(played.number("syn_sent"), i64::try_from(sent).expect("few"));
    assert!(sent >= 2, "{sent}");
    let answers = format!("tcp.dstport == {port} && tcp.flags.syn == 1 && tcp.flags.ack == 1");
    assert_eq!(tshark(folder.path(), &answers, &["frame.number"]).len(), 1);
}

#[test]
fn a_closed_port_answers_on_the_wire() {
    let folder = tempfile::tempdir().expect("a folder");
    let test = "a_closed_port_answers_on_the_wire";
    let Some(played) = captured(test, "refused", folder.path()) else { return };
    assert_eq!(*played.fact("closed_reset"), true);
    assert_eq!(*played.fact("udp_icmp"), json!([3, 3]));
    let closed = played.calls("server", "getsockname")[0]["result"].as_str().expect("an address");
    let port = closed.rsplit(':').next().expect("a port");
    let resets = format!("tcp.srcport == {port} && tcp.flags.reset == 1");
    assert_eq!(tshark(folder.path(), &resets, &["frame.number"]).len(), 1);
    let icmp = tshark(folder.path(), "icmp", &["icmp.type", "icmp.code"]);
    assert!(!icmp.is_empty() && icmp.iter().all(|line| line == "3\t3"), "{icmp:?}");
}
