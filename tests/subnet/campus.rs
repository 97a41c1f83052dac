//! The campus, from what it needs to its picture, as a student does it.

use super::{campus_file, objects, said, subnet};

#[test]
fn requirements_become_a_plan_that_is_right() {
    let (code, plan) = said(
        &[
            "plan",
            "10.106.192.0/20",
            &campus_file("requirements.md"),
            "--growth",
            "20%",
            "--format",
            "markdown",
        ],
        "",
    );
    assert_eq!(code, 0, "{plan}");
    let kept = std::fs::read_to_string(campus_file("plan.md")).expect("the plan");
    assert_eq!(plan, kept, "the plan of the worked example");
    let (code, text) = said(&["check", "-"], &plan);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("The plan is right. 25 ok, 0 wrong, 0 warn, 0 note."), "{text}");
    let (code, text) = said(&["check", "-", "--growth", "20%"], &plan);
    assert_eq!((code, text.contains("0 warn")), (0, true), "{text}");
}

#[test]
fn another_plan_is_right_too() {
    let file = campus_file("by_hand.csv");
    let (code, text) = said(&["check", &file, "--base", "10.106.192.0/20"], "");
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("5 ok, 0 wrong, 0 warn"), "{text}");
}

#[test]
fn the_plan_is_drawn() {
    let plan = campus_file("plan.md");
    let nodes = objects(&["picture", &plan], "", "node");
    let edges = objects(&["picture", &plan], "", "edge");
    assert_eq!((nodes.len(), edges.len()), (10, 10));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("campus.svg");
    let path = path.to_str().expect("UTF-8");
    let (code, text) = said(&["picture", &plan, "--svg", path], "");
    assert_eq!(code, 0, "{text}");
    let svg = std::fs::read_to_string(path).expect("a drawing");
    for word in
        ["Hostel", "10.106.192.0/22", "546 hosts", "prefers-color-scheme", "G0/0 10.106.200.1"]
    {
        assert!(svg.contains(word), "{word}");
    }
    assert_eq!(svg.matches("class=\"lan\"").count(), 5);
    assert_eq!(svg.matches("class=\"router\"").count(), 5);
    // Two cables close a circle; one of them joins two boxes of one column.
    assert!(svg.matches("class=\"line\"").count() >= 10);
    let (_, mermaid) = said(&["picture", &plan, "--mermaid"], "");
    assert!(mermaid.starts_with("graph LR\n    n0(\"Hostel<br/>"), "{mermaid}");
    assert_eq!(mermaid.matches(" ---|").count(), 10);
    let (_, page) = said(&["picture", &plan, "--format", "markdown"], "");
    assert!(page.contains("```mermaid\ngraph LR"), "{page}");
}

#[test]
fn names_of_others_stay_text_in_a_drawing() {
    let plan = "| Name | Hosts | Network |\n|---|---|---|\n\
        | <script>alert(1)</script> & \"Co\" | 5 | 10.0.0.0/29 |\n| \u{1b}[31mred | 5 | 10.0.0.8/29 |\n";
    let output = subnet(&["picture", "-", "--svg", "-"], plan.as_bytes());
    let svg = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(svg.contains("&lt;script&gt;") && !svg.contains("<script"), "{svg}");
    assert!(
        svg.contains("&amp;</text>") && svg.contains("&quot;Co&quot;") && !svg.contains('\u{1b}'),
        "{svg}"
    );
    let (_, mermaid) = said(&["picture", "-", "--mermaid"], plan);
    assert!(mermaid.contains("#60;script#62;"), "{mermaid}");
}

#[test]
fn a_plan_for_ipv6_is_a_64_each() {
    let wants = ["plan", "2001:db8:7::/48", "A=5000", "B=2", "--link", "A-B"];
    let rows = objects(&wants, "", "plan_row");
    let networks: Vec<&str> = rows.iter().filter_map(|row| row["cidr"].as_str()).collect();
    assert_eq!(networks, ["2001:db8:7::/64", "2001:db8:7:1::/64", "2001:db8:7:2::/64"]);
    let mut all = wants.to_vec();
    all.extend(["--format", "markdown"]);
    let (_, plan) = said(&all, "");
    let (code, text) = said(&["check", "-"], &plan);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains(" 0 wrong, 0 warn, 0 note"), "{text}");
}
