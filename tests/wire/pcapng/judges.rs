//! What tshark and capinfos read.

use std::path::PathBuf;
use std::process::Command;

use netlab::wire::pcapng::Packet;
use tempfile::TempDir;

use super::support::{has, skip};
use super::{ethernet, packet, udp, written};

struct File {
    folder: TempDir,
}

impl File {
    fn new(packets: &[Packet<'_>]) -> Self {
        let file = Self { folder: TempDir::new().expect("a folder") };
        std::fs::write(file.path(), written(packets)).expect("it is written");
        file
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("run.pcapng")
    }

    /// A judge's lines about the file.
    fn asked(&self, judge: &str, arguments: &[&str]) -> Vec<String> {
        let path = self.path();
        let mut command = Command::new(judge);
        if judge == "tshark" {
            command.arg("-r");
        }
        let output = command.arg(path).args(arguments).output().expect("it runs");
        assert!(output.status.success(), "{judge}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
    }

    fn fields(&self, fields: &[&str]) -> Vec<Vec<String>> {
        let mut arguments = vec!["-n", "-T", "fields"];
        arguments.extend(fields.iter().flat_map(|field| ["-e", field]));
        let lines = self.asked("tshark", &arguments);
        lines.iter().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
    }
}

fn judged(test: &str, judge: &str) -> bool {
    if !has(judge) {
        skip(test, &format!("{judge} is not installed"));
    }
    has(judge)
}

#[test]
fn tshark_reads_every_field() {
    if !judged("tshark_reads_every_field", "tshark") {
        return;
    }
    let plain = udp(&ethernet(&[8, 0]));
    let tagged = udp(&ethernet(&[0x81, 0, 0, 42, 8, 0]));
    let bare = udp(&[]);
    let quoted = "A sendto(5, 10.0.0.2:7) = 5, \"client\" grüße 你好";
    let file = File::new(&[
        Packet { outbound: Some(true), ..packet(&plain) },
        Packet { interface: "eth0.42", outbound: Some(false), comment: quoted, ..packet(&tagged) },
        Packet { interface: "tun0", link_type: 101, comment: "a\nb", ..packet(&bare) },
        // Cut behind the header of UDP, of a datagram with 1400 bytes more.
        Packet { length: 1447, comment: "", ..packet(&plain[..42]) },
    ]);
    let fields = [
        "frame.time_epoch",
        "frame.interface_name",
        "frame.len",
        "frame.cap_len",
        "frame.packet_flags_direction",
        "frame.comment",
        "udp.srcport",
        "vlan.id",
    ];
    let read = file.fields(&fields);
    let time = "1795268220.123456789";
    let expected = [
        [time, "lo", "47", "47", "0x00000002", "netlab: A send(6) = 6, client", "5000", ""],
        [time, "eth0.42", "51", "51", "0x00000001", &format!("netlab: {quoted}"), "5000", "42"],
        [time, "tun0", "33", "33", "", "netlab: a^Jb", "5000", ""],
        [time, "lo", "1447", "42", "", "", "5000", ""],
    ];
    assert_eq!(read, expected);
}

#[test]
fn tshark_reads_json_of_it() {
    if !judged("tshark_reads_json_of_it", "tshark") {
        return;
    }
    let plain = udp(&ethernet(&[8, 0]));
    let file = File::new(&[packet(&plain)]);
    let text = file.asked("tshark", &["-n", "-T", "json"]).join("\n");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let layers = &json[0]["_source"]["layers"];
    assert_eq!(layers["udp"]["udp.dstport"], "7");
    assert_eq!(layers["frame"]["frame.len"], "47");
}

#[test]
fn capinfos_reads_what_the_file_says_of_itself() {
    if !judged("capinfos_reads_what_the_file_says_of_itself", "capinfos") {
        return;
    }
    let plain = udp(&ethernet(&[8, 0]));
    let file = File::new(&[packet(&plain), Packet { interface: "eth0", ..packet(&plain) }]);
    let text = file.asked("capinfos", &[]).join("\n");
    for said in [
        "pcapng",
        "Capture hardware:    x86_64",
        "Capture oper-sys:    linux",
        "Capture application: netlab 0.1.0",
        "Capture comment:     netlab tcp-server 6000 --write \"a b.pcapng\"",
        "Name = lo",
        "Name = eth0",
        "nanoseconds (9)",
        "Filter string = tcp port 6000",
        "Number of packets = 1",
        "Capture length = 65535",
        "Number of stat entries = 1",
    ] {
        assert!(text.contains(said), "{said:?} in\n{text}");
    }
}

#[test]
fn a_file_without_a_packet_is_a_file() {
    if !judged("a_file_without_a_packet_is_a_file", "tshark") {
        return;
    }
    assert!(File::new(&[]).asked("tshark", &[]).is_empty());
}
