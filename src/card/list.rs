//! The cards by name. A test keeps this list and the folder `text` in step.

use super::Card;

/// Cards that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// One word for it, to ask for its list.
    pub name: &'static str,
    /// What they are about.
    pub title: &'static str,
    /// Slug and text of each.
    pub(super) texts: &'static [(&'static str, &'static str)],
}

impl Group {
    /// Its cards, in order.
    pub fn cards(&self) -> impl Iterator<Item = Card> + use<> {
        self.texts.iter().map(|(slug, text)| Card::new(slug, text))
    }
}

/// The named files of the folder `text`.
macro_rules! texts {
    ($($slug:literal)*) => {
        &[$(($slug, include_str!(concat!("text/", $slug, ".md")))),*]
    };
}

/// All of them, in the order to read them.
pub const GROUPS: &[Group] = &[
    Group {
        name: "basics",
        title: "Ports, endpoints, sockets",
        texts: texts![
            "port" "socket" "port-versus-socket" "endpoint" "source-and-destination"
            "listening-socket" "socket-types" "stream-socket" "datagram-socket" "raw-socket" "port-ranges" "well-known-port" "registered-port" "dynamic-port"
            "port-zero" "address-family" "kernel" "client-server" "multiple-clients" "handout"
        ],
    },
    Group {
        name: "protocols",
        title: "Protocols",
        texts: texts![
            "tcp" "udp" "tcp-vs-udp" "icmp" "dns" "dhcp" "http" "tls" "header" "byte-order" "checksum" "encapsulation" "ack" "reset" "retransmission" "timeout"
            "loss-and-order" "nagle" "keepalive" "round-trip-time" "jitter" "ttl"
            "mtu" "capture" "packets" "tcp-flags" "delayed-ack" "pcapng" "timeline" "digest" "netstat"
        ],
    },
    Group {
        name: "connections",
        title: "TCP connections and their states",
        texts: texts![
            "handshake" "states" "state-listen" "state-syn-sent" "state-syn-received"
            "state-established" "state-fin-wait" "state-close-wait" "state-last-ack"
            "state-closing" "time-wait" "half-close" "reuseaddr"
        ],
    },
    Group {
        name: "programs",
        title: "Programs",
        texts: texts![
            "blocking" "buffers" "backlog" "framing" "concurrency" "file-descriptor"
            "privilege" "full-duplex" "half-duplex" "exit-words"
        ],
    },
    Group {
        name: "model",
        title: "Layers and sessions",
        texts: texts![
            "osi-layers" "tcp-ip-model" "dialog" "session" "synchronization" "session-protocols"
        ],
    },
    Group {
        name: "networks",
        title: "Addresses and networks",
        texts: texts![
            "ip-address" "ipv6" "localhost" "loopback" "wildcard-address" "private-address" "link-local" "virtual-adapter" "host-name" "subnet" "prefix"
            "vlsm" "mac-address" "ethernet" "switch" "gateway" "unicast" "broadcast" "multicast" "nat" "firewall" "wifi-isolation"
        ],
    },
    Group {
        name: "calls",
        title: "Calls",
        texts: texts![
            "call-socket" "call-bind" "call-listen" "call-accept" "call-connect" "call-connect-ex"
            "call-send" "call-recv" "call-sendto" "call-recvfrom" "call-shutdown" "call-close"
            "call-setsockopt" "call-getsockname" "call-gethostname" "call-select"
        ],
    },
    Group {
        name: "errors",
        title: "Errors by name",
        texts: texts![
            "eacces" "eaddrinuse" "eaddrnotavail" "eafnosupport" "eagain" "eai-noname" "eai-again" "ebadf"
            "econnaborted" "econnrefused" "econnreset" "edestaddrreq" "ehostunreach" "einprogress"
            "eintr" "einval" "eisconn" "emfile" "emsgsize" "enetunreach" "enobufs" "enodev"
            "enotconn" "eopnotsupp" "eperm" "epipe" "etimedout" "record-file"
        ],
    },
    Group {
        name: "trouble",
        title: "What goes wrong in the lab",
        texts: texts![
            "no-owner" "wildcard-clash" "excluded-port" "refused-from-partner" "firewall-cancel"
            "localhost-refused" "connect-any" "recv-not-send"
            "empty-recv" "deadlock" "second-client" "udp-reset" "udp-silence"
            "truncated-datagram" "windows-raw" "wrong-order" "bad-port" "listen-4"
            "antivirus"
        ],
    },
    Group {
        name: "python",
        title: "Mistakes in Python programs",
        texts: texts![
            "address-pair" "accept-pair" "bytes" "str-not-bytes" "unicode-decode" "name-error"
            "socket-py" "input-ends" "handout-syntax"
        ],
    },
];
