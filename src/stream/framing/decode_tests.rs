use std::time::{Duration, Instant};

use super::*;

/// A decoder on a clock of the test's own, and what it gave.
struct Listener {
    decoder: Decoder,
    now: Instant,
    heard: Vec<String>,
}

impl Listener {
    fn new(framing: Framing, side: Side) -> Self {
        let now = Instant::now();
        Self { decoder: Decoder::new(framing, side, now), now, heard: Vec::new() }
    }

    fn server() -> Self {
        Self::new(Framing::Auto, Side::Server)
    }

    fn feed(mut self, bytes: &[u8]) -> Self {
        self.decoder.feed(bytes, self.now, &mut |unit| self.heard.push(show(unit)));
        self
    }

    fn after(mut self, time: Duration) -> Self {
        self.now += time;
        self.decoder.quiet(self.now, &mut |unit| self.heard.push(show(unit)));
        self
    }

    fn end(mut self) -> Vec<String> {
        self.decoder.end(&mut |unit| self.heard.push(show(unit)));
        self.heard
    }
}

fn show(unit: Unit<'_>) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match unit {
        Unit::Name(name) => format!("name {}", text(name)),
        Unit::PresumedName(name) => format!("presumably {}", text(name)),
        Unit::Text(said) => text(said),
        Unit::Piece(said) => format!("piece of {}", said.len()),
        Unit::Header(header) => format!("{header:02x?}"),
        Unit::Announcement(said) => format!("announced {}", text(said)),
        Unit::Leave => "leave".into(),
        Unit::Malformed(fault) => fault.into(),
    }
}

#[test]
fn a_netlab_is_known_by_its_nul_even_when_everything_comes_at_once() {
    let whole = b"\0JS-PC\nHello\n\nyou\n\0\n";
    assert_eq!(Listener::server().feed(whole).end(), ["name JS-PC", "Hello", "", "you", "leave"]);
}

#[test]
fn every_cut_of_a_netlabs_bytes_gives_the_same_messages() {
    let whole = b"\0JS-PC\nHello\ncaf\xc3\xa9\n\0*[B has joined]\n\0\n";
    for cut in 0..=whole.len() {
        let mut heard = Listener::server().feed(&whole[..cut]).feed(&whole[cut..]).end();
        // A cut inside the name gives its beginning first, and then all of it.
        heard.retain(|unit| !unit.starts_with("name") || unit == "name JS-PC");
        heard.dedup();
        assert_eq!(
            heard,
            ["name JS-PC", "Hello", "café", "announced [B has joined]", "leave"],
            "cut at {cut}"
        );
    }
}

#[test]
fn a_silent_netlab_has_its_name_before_its_first_line() {
    let listener = Listener::server().feed(b"\0JS-PC");
    assert_eq!(listener.heard, ["name JS-PC"]);
    assert_eq!(listener.decoder.dialect(), Dialect::Netlab);
}

#[test]
fn the_handouts_client_gives_its_host_name_and_then_bare_text() {
    let heard = Listener::server()
        .feed(b"JS-PC")
        .after(QUIET)
        .feed(b"Hello!")
        .after(Duration::from_secs(3))
        .feed(b"Good")
        .feed(b"bye!")
        .after(QUIET)
        .end();
    assert_eq!(heard, ["presumably JS-PC", "Hello!", "Goodbye!"]);
}

#[test]
fn a_late_word_or_a_sentence_is_no_name() {
    let late = Listener::server().after(INTRODUCTION).feed(b"Hi").after(QUIET).end();
    assert_eq!(late, ["Hi"]);
    let sentence = Listener::server().feed(b"How are you?").after(QUIET).end();
    assert_eq!(sentence, ["How are you?"]);
    let client = Listener::new(Framing::Auto, Side::Client).feed(b"Hi").after(QUIET).end();
    assert_eq!(client, ["Hi"]);
}

#[test]
fn lines_of_nc_and_telnet() {
    let heard = Listener::server().feed(b"one\ntwo\r\nthr").feed(b"ee\nrest").end();
    assert_eq!(heard, ["one", "two", "three", "rest"]);
}

#[test]
fn half_a_character_waits_for_its_other_half() {
    let listener = Listener::server().after(INTRODUCTION).feed(b"caf\xc3").after(QUIET);
    assert_eq!(listener.heard, Vec::<String>::new());
    assert_eq!(listener.feed(b"\xa9").after(QUIET).end(), ["café"]);
}

#[test]
fn two_bare_messages_that_arrive_as_one_are_told_apart_by_their_border() {
    let client = Listener::new(Framing::Auto, Side::Client);
    assert_eq!(client.feed(b"S: one\nS: two").end(), ["S: one", "S: two"]);
}

#[test]
fn framing_none_has_no_borders_and_shows_it() {
    let none = || Listener::new(Framing::None, Side::Server);
    assert_eq!(none().feed(b"JS-PC").feed(b"Hello!").end(), ["name JS-PC", "Hello!"]);
    assert_eq!(none().feed(b"JS-PCHello!").end(), ["name JS-PCHello!"]);
}

#[test]
fn frames_survive_every_cut() {
    let whole = b"\x01\0\0\x02JS\x02\0\0\x03a\nb\x02\0\0\0\x04\0\0\0";
    for cut in 0..=whole.len() {
        let heard = Listener::server().feed(&whole[..cut]).feed(&whole[cut..]).end();
        assert_eq!(
            heard,
            [
                "[01, 00, 00, 02]",
                "name JS",
                "[02, 00, 00, 03]",
                "a\nb",
                "[02, 00, 00, 00]",
                "",
                "[04, 00, 00, 00]",
                "leave",
            ],
            "cut at {cut}"
        );
    }
}

#[test]
fn a_frame_that_breaks_the_rules_is_named() {
    let length = || Listener::new(Framing::Length, Side::Server);
    assert!(length().feed(b"GET / HTTP/1.1\r\n").end()[0].contains("type that does not exist"));
    assert!(
        length().feed(b"\x02\xff\xff\xff").end()[0].contains("more bytes than a message may have")
    );
    assert!(length().feed(b"\x02\0\0\x09half").end()[0].contains("ended inside"));
}

#[test]
fn a_megabyte_without_a_line_feed_comes_in_pieces_and_is_not_kept() {
    let mut listener = Listener::server().feed(b"x\n");
    for _ in 0..16 {
        listener = listener.feed(&vec![b'a'; 65_536]);
        assert!(listener.decoder.held() <= MAX_LINE);
    }
    let heard = listener.feed(b"\n").end();
    let bytes: usize = heard[1..heard.len() - 1]
        .iter()
        .filter_map(|unit| unit.strip_prefix("piece of ")?.parse::<usize>().ok())
        .sum();
    assert_eq!(bytes + heard[heard.len() - 1].len(), 16 * 65_536);
}

#[test]
fn random_bytes_in_random_pieces_never_panic_and_are_never_kept_for_long() {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    for framing in [Framing::Auto, Framing::None, Framing::Line, Framing::Length] {
        for _ in 0..500 {
            let mut listener = Listener::new(framing, Side::Server);
            for _ in 0..20 {
                let length = random() % 64;
                // Bytes that mean something are made frequent.
                let bytes: Vec<u8> = (0..length)
                    .map(|_| b"\0\x01\x02\n\r*\xc3\xa9ab"[(random() % 10) as usize])
                    .collect();
                listener = listener.feed(&bytes);
                if random() % 4 == 0 {
                    listener = listener.after(QUIET);
                }
                assert!(listener.decoder.held() <= MAX_LINE.max(MAX_RELAYED + 4));
            }
            listener.end();
        }
    }
}
