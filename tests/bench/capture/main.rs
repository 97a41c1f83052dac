//! Does the capture keep up with a flow of the program's own? `cargo bench --bench capture`, as root.
//!
//! A thread sends datagrams over the loopback at a fixed rate to another thread; every packet is
//! captured, put among the calls, explained, and written to a record and a pcapng file. Beside it,
//! where it is installed, `tcpdump -w` sees the same flow. Both have the same two processors as the
//! flow itself.
//!
//! Linux only. Without `--bench`, which cargo gives, nothing is measured: `cargo test --all-targets`
//! starts benches too, with a debug build.

#[cfg(target_os = "linux")]
mod flow;
#[cfg(target_os = "linux")]
mod latency;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod tcpdump;

fn main() {
    #[cfg(target_os = "linux")]
    if std::env::args().any(|word| word == "--bench") {
        run::run();
    }
}
