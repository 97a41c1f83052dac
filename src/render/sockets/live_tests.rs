//! Pictures for windows of all sizes.

use super::*;

use crate::event::{Queues, Sockets, State};

/// A screen with eight rows in it, and a change.
fn picture(size: Size, unseen: &[String]) -> (Vec<String>, usize) {
    let end = |port| Side { ip: [10, 0, 56, 23].into(), port };
    let socket = |port| MachineSocket {
        transport: Transport::Tcp,
        state: State::Established,
        source: end(port),
        destination: end(6000),
        queues: Some(Queues { receive: 0, send: 0 }),
        interface: 0,
        user: None,
        key: 1,
        dual_stack: false,
    };
    let sockets: Sockets = (50_000..50_008).map(socket).collect();
    let places: Vec<u32> = sockets.places().map(|(place, _)| place).collect();
    let rows = Rows { sockets: &sockets, places: &places, holders: &|_| &[] };
    let (known, marks) = (Known::default(), HashMap::new());
    let mut live = Live::new(Style::default());
    for socket in sockets.iter() {
        let row = Row { socket: &socket, programs: &[] };
        let change = Change::State(State::SynSent);
        live.note(Duration::from_millis(1234), change, &row, &known);
    }
    let frame = Frame {
        rows,
        marks: &marks,
        count: 8,
        pause: Duration::from_secs(1),
        known: &known,
        programs: true,
        unseen,
        explain: true,
    };
    let style = Style { width: size.columns, ..Style::default() };
    let table = Table::new(&style, Some(size.columns), &known, rows).marked();
    let lines = live.picture(&style, size, &frame, &table);
    let height = lines.iter().map(|line| screen_lines(line, size.columns)).sum();
    (lines, height)
}

#[test]
fn no_window_is_too_small() {
    let unseen = ["The programs of 8 sockets do not show: one cannot know.".to_owned()];
    for columns in [20, 40, 60, 80, 132] {
        for rows in 2..40 {
            let (lines, height) = picture(Size { columns, rows }, &unseen);
            assert!(height < rows.max(3), "{columns}x{rows}: {lines:#?}");
            assert!(lines[0].starts_with("8 sockets"), "{columns}x{rows}: {lines:#?}");
        }
    }
}

#[test]
fn a_small_window_shows_rows_rather_than_what_was() {
    let unseen = ["The programs of 8 sockets do not show: one cannot know.".to_owned()];
    let (lines, _) = picture(Size { columns: 60, rows: 15 }, &unseen);
    assert!(lines.iter().filter(|line| line.contains("tcp")).count() >= 2, "{lines:#?}");
    assert!(lines.iter().any(|line| line.starts_with("and ")), "{lines:#?}");
    let (lines, _) = picture(Size { columns: 80, rows: 5 }, &unseen);
    assert!(lines.iter().any(|line| line.contains("ESTABLISHED")), "{lines:#?}");
    let (lines, _) = picture(Size { columns: 120, rows: 40 }, &unseen);
    let told = lines.iter().filter(|line| line.contains(" ~ tcp SYN-SENT")).count();
    assert_eq!(told, TOLD, "{lines:#?}");
    assert!(lines.iter().any(|line| line.starts_with("note    The programs of 8")));
    assert!(lines.iter().any(|line| line.contains("Who has to act")));
}

#[test]
fn a_long_line_takes_several_of_the_screen() {
    assert_eq!(screen_lines("", 80), 1);
    assert_eq!(screen_lines(&"x".repeat(80), 80), 1);
    assert_eq!(screen_lines(&"x".repeat(81), 80), 2);
    assert_eq!(screen_lines(&format!("\x1b[32m{}\x1b[0m\ny", "x".repeat(80)), 80), 2);
}
