//! The control bits of a TCP segment, byte 13 of its header
//! ([RFC 9293 § 3.1](https://www.rfc-editor.org/rfc/rfc9293#section-3.1)).

/// No more bytes come from this side.
pub const FIN: u8 = 1;
/// A connection begins.
pub const SYN: u8 = 2;
/// There is no such connection, or there is none any more.
pub const RST: u8 = 4;
/// Hand these bytes to the program at once.
pub const PSH: u8 = 8;
/// The acknowledgment number counts.
pub const ACK: u8 = 16;

/// All eight by name, in the order of their use.
pub const NAMES: [(u8, &str); 8] = [
    (SYN, "SYN"),
    (FIN, "FIN"),
    (RST, "RST"),
    (PSH, "PSH"),
    (ACK, "ACK"),
    (32, "URG"),
    (64, "ECE"),
    (128, "CWR"),
];
