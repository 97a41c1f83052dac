//! What everybody calls a service that IANA lists under another name.
//!
//! Nobody says `domain` and everybody says DNS; what was registered as `ms-wbt-server` is Remote
//! Desktop. These names are netlab's own, written by hand. Where IANA has the same name for something
//! else (`sftp` is 115, `irc` is 194), both are told.

use super::registry::{Protocols, Span};
use super::uses::{BOTH, TCP, UDP, Use};

/// In the order of their ports.
pub(super) const EVERYDAY: [Use; 38] = [
    name(22, TCP, "sftp", "files over SSH, as it is meant today"),
    name(25, TCP, "mail", "mail on its way from server to server: SMTP"),
    name(25, TCP, "email", "mail on its way from server to server: SMTP"),
    name(53, BOTH, "dns", "asks for the addresses of names"),
    name(67, UDP, "dhcp", "the server's side: gives addresses away"),
    name(68, UDP, "dhcp", "the client's side: gets an address"),
    name(80, TCP, "web", "pages, without encryption"),
    name(110, TCP, "mail", "mail is fetched: POP3"),
    name(137, UDP, "netbios", "names of Windows machines"),
    name(139, TCP, "netbios", "sessions: what SMB ran over before 445"),
    name(143, TCP, "mail", "mail is read on its server: IMAP"),
    name(443, TCP, "web", "pages, encrypted"),
    name(443, UDP, "quic", "what HTTP/3 runs over"),
    name(443, UDP, "http3", "HTTP over QUIC"),
    name(445, TCP, "smb", "shared folders and printers of Windows"),
    name(445, TCP, "samba", "SMB for other systems"),
    name(465, TCP, "mail", "mail is sent, encrypted from the start"),
    name(520, UDP, "rip", "routers tell each other their ways"),
    name(587, TCP, "mail", "mail is handed in by whoever wrote it"),
    name(631, TCP, "cups", "printing"),
    name(853, TCP, "dot", "DNS over TLS"),
    name(993, TCP, "mail", "IMAP, encrypted"),
    name(995, TCP, "mail", "POP3, encrypted"),
    name(1433, TCP, "mssql", "Microsoft SQL Server"),
    name(1900, UDP, "upnp", "devices at home find each other"),
    name(3389, BOTH, "rdp", "Remote Desktop of Windows"),
    name(5222, TCP, "xmpp", "chat: client to server"),
    name(5222, TCP, "jabber", "chat, by its older name: client to server"),
    name(5269, TCP, "xmpp", "chat: server to server"),
    name(5353, UDP, "bonjour", "mDNS, by Apple's name"),
    name(5432, TCP, "postgres", "PostgreSQL, a database"),
    name(5900, TCP, "vnc", "somebody else's screen"),
    name(6667, TCP, "irc", "chat, where servers have it today"),
    name(6697, TCP, "irc", "chat, encrypted"),
    name(8080, TCP, "web", "the usual second port for pages"),
    name(9100, TCP, "jetdirect", "network printers"),
    name(11_211, BOTH, "memcached", "keeps values in memory"),
    name(27_017, TCP, "mongo", "MongoDB, a database"),
];

const fn name(
    port: u16,
    protocols: Protocols,
    name: &'static str,
    description: &'static str,
) -> Use {
    Use { ports: Span::one(port), protocols, name, description, is_everyday: true }
}
