//! What a check once passed over in silence, and says now.

use super::{objects, said};

/// Two sites and the link between them, right in every row.
const RIGHT: &str = "\
| Name | Hosts | Network | Broadcast |
|---|---|---|---|
| Lab | 50 | 10.0.0.0/26 | 10.0.0.63 |
| Hall | 20 | 10.0.0.64/27 | 10.0.0.95 |
| Lab-Hall | 2 | 10.0.0.96/30 | 10.0.0.99 |

| Device | Interface | Address | Connected to |
|---|---|---|---|
| R-Lab | G0/0 | 10.0.0.1/26 | Lab |
| R-Lab | G0/1 | 10.0.0.97/30 | R-Hall |
| R-Hall | G0/0 | 10.0.0.65/27 | Hall |
| R-Hall | G0/1 | 10.0.0.98/30 | R-Lab |
";

/// The plan with some of its text replaced.
#[track_caller]
fn with(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(RIGHT.to_owned(), |plan, (from, to)| {
        assert!(plan.contains(from), "{from:?} in\n{plan}");
        plan.replace(from, to)
    })
}

/// Checks a plan, and looks for what is said.
#[track_caller]
fn checked(plan: &str, code: i32, words: &[&str]) {
    let (found, text) = said(&["check", "-"], plan);
    assert_eq!(found, code, "{text}");
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(flat.contains(word), "{word:?} in\n{text}");
    }
}

#[test]
fn a_link_without_interfaces_joins_nobody() {
    let first = "| R-Lab | G0/1 | 10.0.0.97/30 | R-Hall |\n";
    let second = "| R-Hall | G0/1 | 10.0.0.98/30 | R-Lab |\n";
    let plan = with(&[(first, ""), (second, "")]);
    checked(&plan, 1, &["no interface is in Lab-Hall, 10.0.0.96/30"]);
    // Three edges before: two networks and the link.
    assert_eq!(objects(&["picture", "-"], RIGHT, "edge").len(), 3);
    assert_eq!(objects(&["picture", "-"], &plan, "edge").len(), 2);
    let spare =
        with(&[("\n\n| Device", "\n| Spare | 2 | 10.0.0.100/30 | 10.0.0.103 |\n\n| Device")]);
    checked(&spare, 0, &["warn Spare", "no interface is in Spare", "1 warn"]);
}

#[test]
fn a_name_that_is_in_no_table_is_told() {
    let lab = "10.0.0.1/26 | Lab |";
    let plan = with(&[(lab, "10.0.0.1/26 | Chem_Lab |")]);
    let words = ["called Chem_Lab: it is taken for a switch; 10.0.0.1 is in Lab", "1 warn"];
    checked(&plan, 0, &words);
    let hall = "10.0.0.65/27 | Hall |";
    let near = with(&[
        (hall, "10.0.0.65/27 | Hal |"),
        ("Hall | 20", "Halle | 20"),
        ("| Hal |", "| Hale |"),
    ]);
    checked(&near, 0, &["Did you mean Halle?", "1 warn"]);
    checked(&with(&[(lab, "10.0.0.1/26 | Office |")]), 0, &["called Office", "0 warn, 2 note"]);
    for quiet in ["SW-1", "Lab LAN", "Core switch"] {
        let plan = with(&[(lab, &format!("10.0.0.1/26 | {quiet} |"))]);
        checked(&plan, 0, &["0 warn, 1 note"]);
    }
}

#[test]
fn an_empty_cell_is_told() {
    let row = "| R-Lab | G0/0 | 10.0.0.1/26 | Lab |";
    for (to, word) in [
        ("|  | G0/0 | 10.0.0.1/26 | Lab |", "nothing stands under device:"),
        ("| R-Lab | | 10.0.0.1/26 | Lab |", "nothing stands under interface:"),
        ("| R-Lab | G0/0 | 10.0.0.1/26 | |", "nothing stands under connected to:"),
        ("| R-Lab | G0/0 | 10.0.0.1/26 |", "nothing stands under connected to:"),
    ] {
        let (_, text) = said(&["check", "-"], &with(&[(row, to)]));
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(word) && flat.contains("1 warn"), "{word:?} in\n{text}");
    }
    // A dash says that there is nothing, and a loopback has no cable.
    checked(&with(&[(row, "| R-Lab | G0/0 | 10.0.0.1/26 | - |")]), 0, &["0 warn"]);
    let loopback = format!("{RIGHT}| R-Lab | Lo0 | 10.9.9.9/32 | |\n");
    checked(&loopback, 0, &["0 warn"]);
}

#[test]
fn a_plan_with_warnings_is_not_simply_right() {
    let office = with(&[("10.0.0.1/26 | Lab |", "10.0.0.1/26 | |")]);
    checked(&office, 0, &["The plan is right, with 1 warning."]);
    let misspelt = with(&[("10.0.0.97/30 | R-Hall", "10.0.0.97/30 | R_Hall")]);
    checked(&misspelt, 1, &["Did you mean R-Hall?"]);
}

#[test]
fn a_sign_in_the_place_of_another_is_mended() {
    for word in ["A:500", "A 500"] {
        let (code, text) = said(&["plan", "10.106.192.0/20", word], "");
        assert_eq!((code, text.contains("10.106.192.0/20 A=500")), (2, true), "{text}");
    }
}
