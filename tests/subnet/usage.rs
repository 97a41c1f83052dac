//! Bad input: five parts, exit code 2.

use super::{said, subnet};

#[test]
fn bad_input_names_the_value_and_the_rule() {
    for (arguments, words) in [
        (&["10.0.0.1/33"][..], "0 to 32"),
        (&["10.0.0.256/24"], "256 is larger than 255"),
        (&["10.0.0/24"], "four numbers"),
        (&["10.0.0.1"], "the prefix length is missing"),
        (&["10.0.0.1", "255.0.255.0"], "ones, then zeros, without a gap"),
        (&["10.0.0.1/0.0.0.255"], "the mask is 255.255.255.0"),
        (&["2001:db8::/129"], "0 to 128"),
        (&["10.0.0.1/24", "--with", "2001:db8::1"], "one family"),
        (&["10.0.0.1/24", "--with", "10.0.0.999"], "999"),
        (&["plan", "10.0.0.0/24", "A=0"], "from 1 to"),
        (&["plan", "10.0.0.0/24", "A=-5"], "fewer hosts than none"),
        (&["plan", "10.0.0.0/24", "A=5000000000"], "too large"),
        (&["plan", "10.0.0.0/24", "A=x"], "something else"),
        (&["plan", "10.0.0.0/24", "=5"], "the name is missing"),
        (&["plan", "10.0.0.0/24", "Lab"], "there is no ="),
        (&["plan", "10.0.0.0/24", "A=5", "A=6"], "given twice"),
        (&["plan", "10.0.0.0/24", "A=5", "--link", "A"], "no sign between two names"),
        (&["plan", "10.0.0.0/24", "A=5", "--link", "A-A"], "the same router"),
        (&["plan", "10.0.0.0/24", "A=5", "--link-prefix", "64"], "other family"),
        (&["plan", "10.0.0.0/24", "A=5", "--growth", "-5"], "0 to 1000"),
        (&["plan", "10.0.0.0/24"], "nothing is wanted"),
        (&["check", "no-such-file.md"], "there is no such file"),
        (&["check", "."], "it is a folder"),
    ] {
        let (code, text) = said(arguments, "");
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(code, 2, "{arguments:?}: {text}");
        for part in ["error", "known", "likely", "try", words] {
            assert!(flat.contains(part), "{arguments:?}: {part:?} in {text}");
        }
    }
}

#[test]
fn a_bad_line_is_named() {
    let (code, text) = said(&[], "10.0.0.0/8\n# a remark\n10.0.0.0/99\n");
    assert_eq!((code, text.contains("line 3 of the standard")), (2, true), "{text}");
    let (code, text) = said(&[], "\n");
    assert_eq!(code, 2, "{text}");
}

#[test]
fn a_file_that_is_no_plan_shows_its_line() {
    for (file, words) in [
        ("", "it is empty"),
        ("\nDear all,\nthe plan follows.\n", "line 2, \"Dear all,\""),
        (
            "| Colour | Size of room |\n|---|---|\n| red | big |\n",
            "line 1, \"Colour | Size of room\"",
        ),
        ("Name,Hosts\n", "no rows"),
    ] {
        let (code, text) = said(&["check", "-"], file);
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(code, 2, "{text}");
        assert!(flat.contains(words), "{words}: {text}");
    }
    let rows = format!("Name,Network\n{}", "A,10.0.0.0/8\n".repeat(10_001));
    let (code, text) = said(&["check", "-"], &rows);
    assert_eq!((code, text.contains("10001 rows are too many")), (2, true), "{text}");
    let large = subnet(&["check", "-"], &vec![b'x'; (1 << 20) + 1]);
    assert_eq!(large.status.code(), Some(2));
}

#[test]
fn as_many_rows_as_are_read_take_no_long_time() {
    let rows: Vec<String> =
        (0..10_000).map(|n| format!("N{n},5,10.0.{}.{}/29", n / 32 % 256, n % 32 * 8)).collect();
    let rows = rows.join("\n");
    let (code, text) = said(&["check", "-"], &format!("Name,Hosts,Network\n{rows}"));
    assert_eq!(code, 1, "overlaps, from the 8193rd on");
    assert!(text.contains("N8192"));
}

#[test]
fn no_record_and_no_drawing_takes_the_place_of_what_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plan.md");
    let plan = "Name,Hosts,Network\nA,5,10.0.0.0/28\n";
    std::fs::write(&path, plan).expect("a file");
    let file = path.display().to_string();
    for arguments in [
        &["check", &file, "--record", &file][..],
        &["picture", &file, "--record", &file],
        &["picture", &file, "--svg", &file],
        &["plan", "10.0.0.0/24", &file, "--record", &file],
    ] {
        let (code, text) = said(arguments, "");
        assert_eq!(code, 2, "{text}");
        assert!(text.contains("a file of its own"), "{text}");
        assert_eq!(std::fs::read_to_string(&path).expect("it is there"), plan);
    }
}
