//! The reader of `lsof`: on lines as a Mac writes them, and on what `lsof` says here.

use super::*;

const MAC: &str = "p812\ncPython\nu501\nf3\ntIPv4\nd0x8f2a01c2b7e3f119\nPTCP\nn127.0.0.1:6000\n\
    TST=LISTEN\nTQR=0\nTQS=0\nf4\ntIPv4\nd0x8f2a01c2b7e3f220\nPTCP\n\
    n127.0.0.1:6000->127.0.0.1:50211\nTST=FIN_WAIT_2\nTQR=7\nTQS=0\n\
    p813\ncPy\u{1b}thon\nu501\nf3\ntIPv4\nd0x8f2a01c2b7e3f119\nPTCP\nn127.0.0.1:6000\nTST=LISTEN\n\
    p90\ncmDNSResponder\nu65\nf9\ntIPv6\nd0x8f2a01c2b7e30001\nPUDP\nn*:5353\n\
    f10\ntIPv6\nd0x8f2a01c2b7e30002\nPUDP\nn[fe80:4::1]:123->[fe80:4::2]:123\n\
    f11\ntIPv4\nd0x8f2a01c2b7e30003\nPICMP\nn*:*\n\
    f12\ntunix\nd0x8f2a01c2b7e30004\nn/var/run/mDNSResponder\n";

#[test]
fn what_a_mac_writes_is_read() {
    let listing = read(MAC.as_bytes(), Query::ALL);
    let row = |s: &MachineSocket| {
        let (source, destination) = (s.source, s.destination);
        let (from, to) = (source.port, destination.port);
        format!("{:?} {} {} {from} {} {to}", s.transport, s.state, source.ip, destination.ip)
    };
    let rows: Vec<String> = listing.sockets.iter().map(|socket| row(&socket)).collect();
    assert_eq!(
        rows,
        [
            "Tcp LISTEN 127.0.0.1 6000 0.0.0.0 0",
            "Tcp FIN-WAIT-2 127.0.0.1 6000 127.0.0.1 50211",
            "Udp UNCONNECTED :: 5353 :: 0",
            "Udp CONNECTED fe80:4::1 123 fe80:4::2 123",
            "Raw(1) UNCONNECTED 0.0.0.0 0 0.0.0.0 0",
        ]
    );
    let sockets: Vec<_> = listing.sockets.iter().collect();
    let [door, accepted, ..] = &sockets[..] else { panic!("there are five") };
    assert_eq!((door.queues, door.user), (None, Some(501)));
    assert_eq!(accepted.queues, Some(Queues { receive: 7, send: 0 }));
    let programs = listing.programs.expect("they come with the sockets");
    let of = |socket: &MachineSocket| -> Vec<String> {
        programs.of(socket.key).iter().map(|p| format!("{} {}", p.pid, p.name)).collect()
    };
    assert_eq!(of(door), ["812 Python", "813 Py^[thon"], "it is shared, and made safe to show");
    assert_eq!(of(accepted), ["812 Python"]);

    let with_port = read(MAC.as_bytes(), Query { port: Some(50211), ..Query::ALL });
    assert_eq!(with_port.sockets.len(), 1);
    let udp = read(MAC.as_bytes(), Query { tcp: false, raw: false, ..Query::ALL });
    assert_eq!(udp.sockets.len(), 2);
}

#[test]
fn lines_cut_anywhere_are_survived() {
    for end in 0..MAC.len() {
        assert!(read(&MAC.as_bytes()[..end], Query::ALL).sockets.len() <= 6);
        assert!(read(&MAC.as_bytes()[end..], Query::ALL).sockets.len() <= 6);
    }
}

/// On Linux, where `lsof` has the same form, the kernel is the judge.
#[cfg(target_os = "linux")]
#[test]
fn lsof_here_tells_what_the_kernel_tells() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let client = std::net::TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    let own = std::process::id().to_string();
    let mut lsof = Command::new("lsof");
    lsof.args(["-nP", "-i", "-a", "-p", &own, "-FpcuftdPnT"]).stderr(Stdio::null());
    // Without lsof there is nothing to compare.
    let Ok(done) = lsof.output() else { return };
    let query = Query { port: Some(port), udp: false, ..Query::ALL };
    let listing = read(&done.stdout, query);
    let kernel = crate::endpoint::snapshot(&query).expect("netlink or /proc");
    assert_eq!(listing.sockets.len(), 2, "{:?}", listing.sockets);
    let programs = listing.programs.expect("they come with the sockets");
    for socket in listing.sockets.iter() {
        let same = kernel.sockets.iter().find(|known| known.key == socket.key).expect("the inode");
        let queues = same.queues.filter(|_| same.state != State::Listen);
        assert_eq!(socket, MachineSocket { queues, ..same });
        assert_eq!(programs.of(socket.key)[0].pid, kernel.programs(&same)[0].pid);
    }
    drop(client);
}
