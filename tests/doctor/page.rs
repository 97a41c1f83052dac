//! What stands on the page: 80 columns, ASCII, Markdown, JSON, and the calls.
#![cfg(test)]

use std::io::Write;
use std::process::{Command, Stdio};

use crate::examined::Examined;
use crate::network::{Network, SERVER, SILENT};
use crate::tools::missing;

#[test]
fn a_page_is_calm_and_fits() {
    let Some(network) = Network::new("page", "page") else { return };
    for flags in [&[][..], &["--ascii"], &["--explain"], &["--ascii", "--explain"]] {
        for peer in [SERVER, SILENT] {
            let found = Examined::text(&network, &[&["--peer", peer], flags].concat());
            let found = found.ends_with(i32::from(peer == SILENT));
            let text = found.lines.join("\n");
            let calls = text.contains("socket(AF_INET");
            assert_eq!(calls, flags.contains(&"--explain"), "{text}");
            assert_eq!(text.contains("Why: "), calls, "{text}");
            assert!(text.is_ascii() || !flags.contains(&"--ascii"), "{text}");
            assert!(!text.contains('\u{1b}'), "{text}");
            for line in &found.lines {
                assert!(line.chars().count() <= 80, "{line}");
                // Every finding begins in the same column.
                let label = ["ok", "warn", "FAIL"].iter().any(|label| {
                    line.strip_prefix(' ').is_some_and(|rest| {
                        rest.split(' ').next() == Some(label)
                            && rest.as_bytes().get(5) == Some(&b' ')
                            && rest.as_bytes().get(6) != Some(&b' ')
                    })
                });
                let plain = [' ', '-'].iter().any(|first| line.starts_with(*first));
                assert!(label || plain || line.is_empty() || line.contains("ready"), "{line:?}");
            }
            let last = found.lines.last().map(String::as_str).unwrap_or_default();
            let verdict =
                if peer == SILENT { "not ready yet: the partner is not reached" } else { "ready" };
            assert!(last.starts_with(verdict), "{last}");
        }
    }
}

/// On a healthy machine the title is still there when the verdict comes: 24 lines.
#[test]
fn a_page_fits_a_terminal() {
    const TEST: &str = "a_page_fits_a_terminal";
    let Some(network) = Network::new(TEST, "short") else { return };
    for arguments in [&[][..], &["--peer", SERVER]] {
        let found = Examined::text(&network, arguments).ends_with(0);
        let lines: Vec<&str> = found.lines.iter().map(String::as_str).collect();
        assert!(lines.len() < 24, "{}", lines.join("\n"));
        let ports = lines.iter().filter(|line| line.contains("port 6000") && line.contains("free"));
        assert_eq!(ports.count(), 0, "{}", lines.join("\n"));
        let all = " ok    ports 6000, 5000 and 54321 are free, TCP and UDP";
        assert!(lines.contains(&all), "{}", lines.join("\n"));
    }
    let found = Examined::text(&network, &["--explain"]).ends_with(0);
    for port in ["6000", "5000", "54321"] {
        let line = format!(" ok    port {port} is free, TCP and UDP");
        assert!(found.lines.contains(&line), "{}", found.lines.join("\n"));
    }
    if crate::tools::missing(TEST, &["setpriv"]) {
        return;
    }
    let user = crate::privilege::Ordinary::new();
    let found = Examined::of(&mut user.run_as(&network, &["doctor", "--peer", SERVER]));
    let found = found.ends_with(0);
    assert!(found.lines.len() < 24, "{}", found.lines.join("\n"));
}

#[test]
fn colours_are_for_those_who_ask() {
    let Some(network) = Network::new("colours", "colours") else { return };
    let found = Examined::text(&network, &["--color", "always"]).ends_with(0);
    let text = found.lines.join("\n");
    assert!(text.contains("\u{1b}[32m ok"), "{text}");
}

#[test]
fn a_worksheet_gets_a_table() {
    let Some(network) = Network::new("worksheet", "worksheet") else { return };
    let found = Examined::text(&network, &["--format", "markdown", "--peer", SERVER]).ends_with(0);
    let rows: Vec<&String> = found.lines.iter().filter(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 10, "{:#?}", found.lines);
    for row in &rows {
        assert_eq!(row.replace("\\|", "").matches('|').count(), 4, "{row}");
    }
    assert!(rows.iter().any(|row| row.starts_with("| ok | partner 10.77.2.2 is alive")));
    let found = Examined::text(&network, &["--format", "markdown", "--explain"]).ends_with(0);
    let fences = found.lines.iter().filter(|line| line.starts_with("```")).count();
    assert!(fences > 4 && fences.is_multiple_of(2), "{:#?}", found.lines);
}

/// Python reads what programs get, and looks at every call's label.
#[test]
fn python_reads_every_check() {
    const TEST: &str = "python_reads_every_check";
    if missing(TEST, &["python3"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "json") else { return };
    let found = Examined::events(&network, &["--peer", SERVER]).ends_with(0);
    let code = "import json, sys\n\
        lines = [json.loads(line) for line in sys.stdin]\n\
        checks = [line for line in lines if line['event'] == 'check']\n\
        assert lines[-1]['event'] == 'doctor' and len(checks) == len(lines) - 1\n\
        made = []\n\
        for check in checks:\n\
        \x20   assert check['level'] in ('ok', 'warn', 'fail') and check['text'] and check['why']\n\
        \x20   assert (check['level'] == 'ok') != bool(check['remedy']), check\n\
        \x20   assert check['level'] == 'ok' or not check['next'], check\n\
        \x20   assert (check['name'] == 'port') == bool(check['port']), check\n\
        \x20   for call in check['calls']:\n\
        \x20       if call['call'] == 'socket' and not call['error']: made.append(call['socket'])\n\
        \x20       assert call['socket'] in made or call['error'], call\n\
        assert len(made) == len(set(made)) > 8, made\n\
        print(*sorted({check['name'] for check in checks}))";
    let mut python = Command::new("python3")
        .args(["-c", code])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut input = python.stdin.take().expect("a pipe");
    input.write_all((found.lines.join("\n") + "\n").as_bytes()).expect("it reads");
    drop(input);
    let done = python.wait_with_output().expect("it ends");
    let names = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{}", found.lines.join("\n"));
    for name in
        ["addresses", "capture", "console", "localhost", "machine", "partner", "port", "way"]
    {
        assert!(names.contains(name), "{name} in {names}");
    }
}
