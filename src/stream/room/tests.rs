use std::sync::{Arc, Mutex};

use super::outbox::{CHOKED, FULL};
use super::*;
use crate::event::{Event, Sink, Wants};

/// A room without sockets, on a clock of the test's own.
struct Scene {
    room: Room<&'static str>,
    now: Instant,
    told: Arc<Mutex<Vec<Kind>>>,
}

struct Ear(Arc<Mutex<Vec<Kind>>>);

impl Sink for Ear {
    fn event(&mut self, event: &Event) {
        self.0.lock().expect("no test panics while it holds it").push(event.kind.clone());
    }
}

const PATIENCE: Duration = Duration::from_secs(5);

impl Scene {
    fn new(change: impl FnOnce(&mut Rules)) -> Self {
        let mut rules = Rules {
            name: "HOST".into(),
            framing: Framing::Auto,
            dialog: Rule::Full,
            patience: PATIENCE,
            timeout: None,
            max_clients: None,
        };
        change(&mut rules);
        let told = Arc::new(Mutex::new(Vec::new()));
        let journal = Journal::new(Wants::default(), vec![Box::new(Ear(Arc::clone(&told)))]);
        let now = Instant::now();
        let local = SocketAddr::from(([127, 0, 0, 1], 6000));
        Self { room: Room::new(rules, journal, SocketId(0), local, now), now, told }
    }

    fn enter(&mut self, handle: &'static str) -> usize {
        let port = 50_000 + u16::try_from(self.room.keys().len()).expect("few");
        let peer = SocketAddr::from(([127, 0, 0, 1], port));
        let local = SocketAddr::from(([127, 0, 0, 1], 6000));
        self.room.enter(handle, SocketId(1), local, peer, self.now).expect("there is room")
    }

    fn hear(&mut self, key: usize, bytes: &[u8]) {
        self.room.hear(key, bytes, self.now);
    }

    /// What a member is sent now, all of it.
    fn take(&mut self, key: usize) -> String {
        let (mut all, mut scratch) = (Vec::new(), Vec::new());
        loop {
            let offer = match self.room.sending(key, &mut scratch) {
                Some((_, offer)) => offer.to_vec(),
                None => return String::from_utf8(all).expect("text"),
            };
            self.room.sent(key, offer.len(), self.now);
            all.extend(offer);
        }
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
        // A server ticks again when something is still due; one thing of a member at a time is.
        for _ in 0..5 {
            self.room.tick(self.now);
        }
    }

    /// Lets go of everybody who has to leave, and gives their handles.
    fn parted(&mut self) -> Vec<&'static str> {
        let mut parted = Vec::new();
        while let Some(handle) = self.room.next_parted(self.now) {
            parted.push(handle);
        }
        self.room.resume(self.now);
        parted
    }

    fn departures(&self) -> Vec<Departure> {
        let told = self.told.lock().expect("no test panics while it holds it");
        let left = told.iter().filter_map(|kind| match kind {
            Kind::Left(_, how) => Some(how.clone()),
            _ => None,
        });
        left.collect()
    }
}

/// More than an outbox holds before it is full.
fn flood() -> Vec<u8> {
    b"sixty-three bytes of somebody's words, and a line feed behind.\n".repeat(FULL / 60)
}

#[test]
fn everybody_else_hears_a_line_with_its_speaker_s_name() {
    let mut scene = Scene::new(|_| {});
    let (a, b, c) = (scene.enter("a"), scene.enter("b"), scene.enter("c"));
    scene.wait(Duration::from_millis(50));
    scene.hear(a, b"\0JS-PC\n");
    assert_eq!(scene.take(a), "\0HOST\n", "a netlab is told who it talks to");
    scene.hear(a, b"Hello!\nyou\n");
    assert_eq!(scene.take(b), "JS-PC: Hello!\nJS-PC: you\n");
    assert_eq!(scene.take(c), "JS-PC: Hello!\nJS-PC: you\n");
    assert_eq!(scene.take(a), "");
}

#[test]
fn who_greets_late_reads_what_was_said_before_in_its_own_way() {
    let mut scene = Scene::new(|_| {});
    let (speaker, frames, silent) =
        (scene.enter("speaker"), scene.enter("frames"), scene.enter("silent"));
    scene.hear(speaker, b"\0A\nearly\n");
    assert_eq!(scene.take(frames), "", "it may be about to say how it speaks");
    scene.hear(frames, b"\x01\0\0\x01F");
    assert_eq!(scene.take(frames), "\u{1}\0\0\u{4}HOST\u{2}\0\0\u{8}A: early");
    scene.wait(Duration::from_millis(50));
    assert_eq!(scene.take(silent), "A: early\n");
}

#[test]
fn two_of_one_name_can_be_told_apart() {
    let mut scene = Scene::new(|_| {});
    let (a, b, c) = (scene.enter("a"), scene.enter("b"), scene.enter("c"));
    scene.wait(Duration::from_millis(50));
    scene.hear(a, b"\0PC\n");
    scene.hear(b, b"\0PC\none\n");
    scene.hear(a, b"two\n");
    assert_eq!(scene.take(c), "PC-2: one\nPC: two\n");
}

#[test]
fn a_handout_client_gets_bare_text_with_a_border_only_between_two_messages() {
    let mut scene = Scene::new(|_| {});
    let python = scene.enter("python");
    scene.hear(python, b"JS-PC");
    scene.wait(Duration::from_millis(100));
    scene.hear(python, b"Hi");
    scene.wait(Duration::from_millis(100));
    scene.room.say("Hello", scene.now);
    scene.room.say("and again", scene.now);
    assert_eq!(scene.take(python), "HOST: Hello\nHOST: and again");
    scene.hear(python, b"Good");
    scene.room.say("fine", scene.now);
    assert_eq!(scene.take(python), "HOST: fine");
}

#[test]
fn a_full_outbox_makes_the_speaker_wait_and_nobody_else() {
    let mut scene = Scene::new(|_| {});
    let (speaker, slow, other) =
        (scene.enter("speaker"), scene.enter("slow"), scene.enter("other"));
    scene.wait(Duration::from_millis(50));
    scene.hear(speaker, &flood());
    assert!(!scene.room.may_be_heard(speaker));
    assert!(scene.room.may_be_heard(other), "who did not fill it may still speak");
    scene.take(other);
    assert!(!scene.room.may_be_heard(speaker), "the slow one has taken nothing");
    scene.take(slow);
    assert!(scene.room.may_be_heard(speaker));
}

#[test]
fn memory_is_bounded_whoever_speaks() {
    let mut scene = Scene::new(|_| {});
    scene.enter("slow");
    let speakers: Vec<usize> = (0..50).map(|_| scene.enter("speaker")).collect();
    scene.wait(Duration::from_millis(50));
    let bytes = flood();
    let mut queued = 0;
    for key in speakers.iter().cycle().take(1000) {
        if scene.room.may_be_heard(*key) {
            scene.hear(*key, &bytes);
            queued += bytes.len();
        }
    }
    assert!(queued < CHOKED + 50 * bytes.len() / 8, "{queued} bytes");
}

#[test]
fn who_takes_nothing_is_dropped_when_the_patience_is_over_and_not_before() {
    let mut scene = Scene::new(|_| {});
    let (speaker, slow) = (scene.enter("speaker"), scene.enter("slow"));
    scene.wait(Duration::from_millis(50));
    scene.hear(speaker, &flood());
    scene.wait(PATIENCE * 999 / 1000);
    assert_eq!(scene.parted(), Vec::<&str>::new());
    scene.wait(PATIENCE / 1000);
    assert_eq!(scene.parted(), ["slow"]);
    assert!(matches!(scene.departures()[..], [Departure::TookNothing(_)]));
    assert!(scene.room.may_be_heard(speaker));
    let _ = slow;
}

#[test]
fn a_trickle_does_not_save_for_ever_and_a_steady_reader_is_never_dropped() {
    for (bytes, expected) in [(10, vec!["reader"]), (FULL / 2, vec![])] {
        let mut scene = Scene::new(|_| {});
        let (speaker, reader) = (scene.enter("speaker"), scene.enter("reader"));
        scene.wait(Duration::from_millis(50));
        let mut dropped = Vec::new();
        for _ in 0..20 {
            if scene.room.may_be_heard(speaker) {
                scene.hear(speaker, &flood());
            }
            scene.wait(PATIENCE / 2);
            let left = scene.room.sending(reader, &mut Vec::new()).map_or(0, |(_, o)| o.len());
            let mut rest = bytes;
            while rest > 0 && left > 0 && dropped.is_empty() {
                let Some(offer) = scene.room.sending(reader, &mut Vec::new()).map(|(_, o)| o.len())
                else {
                    break;
                };
                let part = offer.min(rest);
                scene.room.sent(reader, part, scene.now);
                rest -= part;
            }
            dropped.extend(scene.parted());
        }
        assert_eq!(dropped, expected, "{bytes} bytes at a time");
    }
}

#[test]
fn a_silent_member_is_dropped_only_when_there_is_a_time_limit() {
    for (timeout, expected) in [(None, vec![]), (Some(Duration::from_secs(2)), vec!["quiet"])] {
        let mut scene = Scene::new(|rules| rules.timeout = timeout);
        scene.enter("quiet");
        for _ in 0..3 {
            scene.wait(Duration::from_secs(1));
        }
        assert_eq!(scene.parted(), expected);
    }
}

#[test]
fn who_leaves_goes_when_everything_has_been_sent() {
    let mut scene = Scene::new(|_| {});
    let (a, b) = (scene.enter("a"), scene.enter("b"));
    scene.hear(a, b"\0JS-PC\n");
    scene.hear(b, b"\0KS-PC\nfor you\n");
    scene.hear(a, b"\0\n");
    scene.room.finish(a, scene.now);
    assert_eq!(scene.parted(), Vec::<&str>::new(), "something is still to be sent");
    assert!(scene.take(a).contains("KS-PC: for you\n"));
    assert_eq!(scene.parted(), ["a"]);
    assert_eq!(scene.departures(), [Departure::PeerClosed]);
}

#[test]
fn who_ends_only_one_half_goes_on_hearing_the_others() {
    let mut scene = Scene::new(|_| {});
    let (a, b) = (scene.enter("a"), scene.enter("b"));
    scene.wait(Duration::from_millis(50));
    scene.hear(a, b"last words\n");
    scene.room.finish(a, scene.now);
    scene.wait(Duration::from_millis(100));
    assert_eq!(scene.room.next_doubtful(), Some(a), "it may be gone altogether");
    scene.room.listens_on(a);
    scene.take(a);
    scene.hear(b, b"still there?\n");
    assert!(scene.take(a).ends_with("still there?\n"));
    assert_eq!(scene.parted(), Vec::<&str>::new());
}

#[test]
fn turns_alternate_and_what_is_said_out_of_turn_is_kept() {
    let mut scene = Scene::new(|rules| rules.dialog = Rule::Half);
    let a = scene.enter("a");
    scene.room.say("too early", scene.now);
    assert_eq!(scene.take(a), "");
    scene.hear(a, b"I begin\n");
    assert_eq!(scene.take(a), "HOST: too early\n");
}

#[test]
fn a_room_of_one_turns_the_second_away() {
    let mut scene = Scene::new(|rules| rules.max_clients = Some(1));
    scene.enter("first");
    let address = SocketAddr::from(([127, 0, 0, 1], 1));
    let answer = scene.room.enter("second", SocketId(2), address, address, scene.now);
    assert_eq!(answer, Err(("second", 1)));
}

#[test]
fn nothing_is_due_for_ever() {
    let mut scene = Scene::new(|rules| rules.timeout = Some(Duration::from_secs(1)));
    for _ in 0..10 {
        scene.enter("somebody");
    }
    let mut ticks = 0;
    while let Some(due) = scene.room.next_deadline() {
        scene.now = scene.now.max(due);
        scene.room.tick(scene.now);
        scene.parted();
        ticks += 1;
        assert!(ticks < 100, "the same deadline comes again and again");
    }
    assert!(scene.room.is_empty());
}
