//! What tcpdump saw meanwhile, and what tshark says of it and of netlab's own files.
#![cfg(test)]

use std::fs;
use std::path::Path;
use std::process::Command;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::Program;
use crate::tools::{output, poll};

/// What is sent when everything has been seen.
const LAST: &str = "that was all of it";
/// To nobody: the error that comes back is no part of what is judged.
const LAST_PORT: &str = "9";

/// A capture beside netlab's.
pub struct Judge {
    tcpdump: Program,
    folder: TempDir,
    /// Sends the last packet, from where the others were sent.
    last: Command,
}

impl Judge {
    /// Begins on the loopback of this thread's network; when this returns, it sees everything.
    #[track_caller]
    pub fn here() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let tcpdump = Command::new("tcpdump");
        Self::start(folder, tcpdump, "lo", Command::new("python3"), "127.0.0.1")
    }

    /// The same on the interface that `tcpdump` and `python` are to use.
    #[track_caller]
    pub fn start(
        folder: TempDir,
        mut tcpdump: Command,
        interface: &str,
        mut python: Command,
        to: &str,
    ) -> Self {
        let path = folder.path().join("run.pcap").display().to_string();
        tcpdump.args(["-U", "--immediate-mode", "-n", "-Z", "root", "-B", "8192"]);
        tcpdump.args(["-i", interface, "-w", &path]);
        let mut tcpdump = Program::start(&mut tcpdump);
        tcpdump.until("listening on");
        let send = format!(
            "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'{LAST}', \
             ('{to}', {LAST_PORT}))"
        );
        python.args(["-c", &send]);
        Self { tcpdump, folder, last: python }
    }

    /// Ends it when it has seen everything that was sent up to now; gives the file.
    #[track_caller]
    pub fn end(mut self) -> Seen {
        output(&mut self.last);
        let path = self.folder.path().join("run.pcap");
        poll(String::new, |_| {
            let seen = fs::read(&path).unwrap_or_default();
            seen.windows(LAST.len()).any(|bytes| bytes == LAST.as_bytes()).then_some(())
        });
        let number = i32::try_from(self.tcpdump.child.id()).expect("a process number");
        kill(Pid::from_raw(number), Signal::SIGINT).expect("it runs");
        let (_, lines) = self.tcpdump.finish();
        assert!(lines.iter().any(|line| line == "0 packets dropped by kernel"), "{lines:?}");
        Seen { folder: self.folder }
    }
}

/// What it saw.
pub struct Seen {
    folder: TempDir,
}

impl Seen {
    /// These fields of every packet that fits a display filter.
    #[track_caller]
    pub fn fields(&self, filter: &str, fields: &[&str]) -> Vec<Vec<String>> {
        let filter = format!("({filter}) and not udp.port == {LAST_PORT}");
        fields_of(&self.folder.path().join("run.pcap"), &filter, fields)
    }
}

/// What tshark says of a file: these fields of every packet that fits a display filter.
#[track_caller]
pub fn fields_of(file: &Path, filter: &str, fields: &[&str]) -> Vec<Vec<String>> {
    let mut tshark = Command::new("tshark");
    tshark.args(["-n", "-r"]).arg(file).args(["-Y", filter, "-T", "fields"]);
    tshark.args(["-E", "occurrence=f", "-E", "separator=/t"]);
    for field in fields {
        tshark.args(["-e", field]);
    }
    let text = output(&mut tshark);
    text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// What is compared of TCP: see [`tcp_row`].
pub const TCP: [&str; 12] = [
    "ip.src",
    "tcp.srcport",
    "ip.dst",
    "tcp.dstport",
    "tcp.flags",
    "tcp.seq_raw",
    "tcp.ack_raw",
    "tcp.seq",
    "tcp.ack",
    "tcp.len",
    "tcp.window_size_value",
    "tcp.window_size",
];

/// The same of a packet in a record.
#[track_caller]
pub fn tcp_row(packet: &Value) -> Vec<String> {
    let number = |field: &str| packet[field].as_u64().unwrap_or(0).to_string();
    let text = |field: &str| packet[field].as_str().unwrap_or_default().to_owned();
    vec![
        text("source_ip"),
        number("source_port"),
        text("destination_ip"),
        number("destination_port"),
        format!("{:#06x}", flags(packet)),
        number("sequence"),
        number("acknowledgment"),
        number("relative_sequence"),
        number("relative_acknowledgment"),
        number("payload"),
        number("window"),
        number("window_bytes"),
    ]
}

/// The flags as the number that they are on the wire.
#[track_caller]
fn flags(packet: &Value) -> u8 {
    let names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];
    let flags = packet["flags"].as_array().unwrap_or_else(|| panic!("flags in {packet:#}"));
    flags.iter().fold(0, |all, flag| {
        let at = names.iter().position(|name| flag == name);
        all | 1 << at.unwrap_or_else(|| panic!("a flag: {flag}"))
    })
}
