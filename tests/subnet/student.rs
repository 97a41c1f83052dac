//! Files and command lines as students write them, and what they hear.

use super::{objects, said, subnet};

/// Several networks on one router, and a core router without any.
const CAMPUS: &str = "# Campus\n\n| Site | LAN | Hosts |\n|---|---|---|\n| Labs | CS_Lab | 271 |\n\
    | Labs | EE_Lab | 111 |\n| Hostel | Hostel | 546 |\n| Admin | Admin | 36 |\n\n\
    | From | To |\n|---|---|\n| Main | Labs |\n| Main | Hostel |\n| Main | Admin |\n| Labs | Admin |\n";

/// A text in one line.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn checked(file: &str, code: i32, words: &[&str]) {
    let (found, text) = said(&["check", "-"], file);
    assert_eq!(found, code, "{text}");
    for word in words {
        assert!(flat(&text).contains(word), "{word:?} in\n{text}");
    }
}

#[test]
fn a_campus_with_a_core_router_goes_from_its_needs_to_its_picture() {
    let by_router = CAMPUS.replace("| Site |", "| Router |").replace("| Labs | ", "| R-Labs | ");
    for needs in [CAMPUS, &by_router] {
        let (code, plan) = said(&["plan", "10.106.192.0/20", "-", "--format", "markdown"], needs);
        assert_eq!(code, 0, "{plan}");
        assert!(plan.contains("R-Main serves no network"), "{plan}");
        checked(&plan, 0, &["0 wrong, 0 warn, 0 note"]);
        let nodes = objects(&["picture", "-"], &plan, "node");
        let kinds = |kind: &str| nodes.iter().filter(|node| node["kind"] == kind).count();
        assert_eq!((kinds("router"), kinds("network")), (4, 4), "{nodes:?}");
        let edges = objects(&["picture", "-"], &plan, "edge");
        assert_eq!(edges.len(), 8, "{edges:?}");
        let svg = subnet(&["picture", "-", "--svg", "-"], plan.as_bytes()).stdout;
        let svg = String::from_utf8(svg).expect("UTF-8");
        assert_eq!(svg.matches("class=\"router\"").count(), 4, "{svg}");
        assert!(svg.contains(">G0/0 10.106.19") && svg.contains("/30</text>"), "{svg}");
        let (_, mermaid) = said(&["picture", "-", "--mermaid"], &plan);
        assert!(mermaid.contains("((\"R-Main\"))") && mermaid.contains("G0/1 10."), "{mermaid}");
        // A plan is planned again from its own tables.
        let (code, again) = said(&["plan", "10.106.192.0/20", "-"], &plan);
        assert_eq!(code, 0, "{again}");
    }
}

#[test]
fn the_gateway_is_one_address_more() {
    let row = |arguments: &[&str]| objects(arguments, "", "plan_row")[0].clone();
    assert_eq!(row(&["plan", "10.0.0.0/23", "A=126"])["prefix"], 24);
    assert_eq!(row(&["plan", "10.0.0.0/23", "A=126"])["with_gateway"], 127);
    assert_eq!(row(&["plan", "10.0.0.0/23", "A=125"])["prefix"], 25);
    assert_eq!(row(&["plan", "10.0.0.0/23", "A=126", "--gateway-counted"])["prefix"], 25);
    // A link has two ends and no gateway.
    let rows =
        objects(&["plan", "192.168.10.0/24", "Lab=100", "Office=50", "Link=2"], "", "plan_row");
    assert_eq!((&rows[2]["name"], &rows[2]["prefix"]), (&"Link".into(), &30.into()));
    let full = "Base: 10.0.0.0/24\nName,Hosts,Network\nA,126,10.0.0.0/25\n";
    checked(full, 1, &["126 usable addresses, 126 hosts and a gateway need 127: a /24 has 254"]);
    let (code, text) = said(&["check", "-", "--gateway-counted"], full);
    assert_eq!(code, 0, "{text}");
    let plan = ["plan", "10.0.0.0/24", "A=126", "B=2", "--gateway-counted", "--format", "markdown"];
    let (_, plan) = said(&plan, "");
    checked(&plan, 0, &["The plan is right"]);
}

#[test]
fn what_a_plan_says_is_accepted_by_check() {
    for words in [
        &["A=50", "B=20", "--link", "A-B"][..],
        &["Base=5", "Name=6", "A-B=9", "x|y=3", "<b>=4", "101=7", "Link=2", "[a](b)=3"],
        &["A=50", "B=20", "--links", "3"],
        &["A=1,000", "B=5", "--link", "A-Core", "--link", "Core-B", "--link-prefix", "31"],
        &["A=5", "B=5", "--link", "A-B", "--link", "B-A", "--link", "A-B"],
    ] {
        for base in ["10.0.0.0/16", "2001:db8::/48"] {
            if base.contains(':') && words.contains(&"31") {
                continue;
            }
            let mut all = vec!["plan", base];
            all.extend(words);
            all.extend(["--format", "markdown"]);
            let (code, plan) = said(&all, "");
            assert_eq!(code, 0, "{plan}");
            let (code, text) = said(&["check", "-"], &plan);
            assert_eq!(code, 0, "{plan}\n{text}");
            assert!(!text.contains("  warn"), "{plan}\n{text}");
        }
    }
}

#[test]
fn a_plan_with_an_island_says_so() {
    let (code, text) = said(&["plan", "10.0.0.0/24", "A=5", "B=5", "C=5", "--link", "A-B"], "");
    assert_eq!((code, flat(&text).contains("No link leads to C.")), (1, true), "{text}");
    let (code, text) = said(&["plan", "10.0.0.0/24", "Hostel=5", "B=5", "--link", "Hostl-B"], "");
    assert_eq!((code, flat(&text).contains("\"hostel\" is")), (2, true), "{text}");
    let (_, text) = said(&["plan", "10.0.0.0/24", "A=5", "B=5", "--links", "2"], "");
    assert!(flat(&text).contains("Nobody said what Link 1, Link 2"), "{text}");
}

#[test]
fn nothing_that_was_not_checked_is_right() {
    for file in [
        "Name,Network,Hosts\nA,100,10.106.192.0/25\nB,50,10.106.192.128/26\n",
        "Name;Hosts;Network\nA;10.106.192.0/25;100\nB;10.106.192.128/26;50\n",
    ] {
        checked(file, 1, &["the columns network and hosts look swapped"]);
    }
    checked("Name,Hosts\nA,5\n", 1, &["nothing was checked"]);
    let letter = "Dear Sir, here is my network, hosts\nI hope, it is, right\n";
    let (code, text) = said(&["check", "-"], letter);
    assert!(code > 0, "{text}");
    let (_, json) = said(&["plan", "10.0.0.0/24", "A=5", "--format", "json"], "");
    for command in ["check", "picture"] {
        let (code, text) = said(&[command, "-"], &json);
        assert_eq!((code, flat(&text).contains("this is JSON")), (2, true), "{text}");
    }
    let bare = "Name,Network\nA,10.0.0.0/26\nB,10.0.0.64/26\n";
    checked(
        bare,
        0,
        &["no number of hosts for A, B", "no table of interfaces", "no links are named"],
    );
    checked("Base: 10.106.192.0/33\nName,Network\nA,10.0.0.0/26\n", 1, &["/33\" cannot be read"]);
    checked("Name,Hosts,Network\nA,5,10.0.0.0/29\nB\nC,5,10.0.0.8/29\n", 1, &["wrong B"]);
}

const ENDS: &str = "Name,Hosts,Network\nLAN A,50,10.0.0.0/26\nLAN B,20,10.0.0.64/27\n\
    A-B,2,10.0.0.96/30\n\nDevice,Interface,Address,Connected to\n\
    R-A,G0/0,10.0.0.1/26,SW-Office\nR-A,G0/1,10.0.0.97/30,R-B\nR-B,G0/0,10.0.0.65/27,LAN B\n\
    R-B,G0/1,10.0.0.98/30,R-A\nPC1,NIC,10.0.0.2/26,SW-Office\nSW-Office,VLAN1,10.0.0.3/26,R-A\n";

#[test]
fn faults_of_interfaces_are_told_where_they_are() {
    checked(ENDS, 0, &["0 wrong, 0 warn"]);
    let change = |from: &str, to: &str| {
        assert!(ENDS.contains(from), "{from}");
        ENDS.replace(from, to)
    };
    let twice = change("R-A,G0/1,", "R-A,G0/0,");
    checked(&twice, 1, &["R-A G0/0 has two addresses: line 7 gives it 10.0.0.1"]);
    let swapped = change("R-B,G0/0,10.0.0.65/27,", "10.0.0.65/27,G0/0,R-B,");
    checked(&swapped, 1, &["device look swapped", "1 wrong", "R-A G0/1"]);
    let unknown = change("10.0.0.97/30,R-B", "10.0.0.97/30,R-Z");
    checked(
        &unknown,
        1,
        &["R-Z has no row in this table; R-B is at the other end", "1 wrong, 0 warn"],
    );
    let bare = change("10.0.0.2/26", "10.0.0.2");
    checked(&bare, 0, &["no prefix length or mask beside the address"]);
    let nodes = objects(&["picture", "-"], ENDS, "node");
    let kind = |title: &str| {
        nodes.iter().find(|node| node["title"] == title).map(|node| node["kind"].clone())
    };
    for (title, word) in [("PC1", "host"), ("SW-Office", "switch"), ("R-A", "router")] {
        assert_eq!(kind(title), Some(word.into()), "{title}");
    }
}

#[test]
fn overlaps_are_told_on_both_sides_and_in_any_depth() {
    let two = "Base: 10.0.0.0/24\nName,Hosts,Network\nA,5,10.0.0.0/26\nB,5,10.0.0.32/27\n";
    checked(two, 1, &["10.0.0.0/26 shares addresses with B", "10.0.0.32/27 overlaps with A"]);
    let nested = "Base: 10.0.0.0/16\nname,network\nA,10.0.0.0/20\nE,10.0.0.0/24\nB,10.0.0.0/21\n\
        C,10.0.0.0/22\nD,10.0.0.0/23\n";
    checked(nested, 1, &["wrong E", "wrong B", "wrong C", "wrong D"]);
    let tight = "Name,Hosts,Network\nA,50,10.0.0.0/26\nB,100,10.0.0.0/26\n";
    let (_, text) = said(&["check", "-"], tight);
    assert!(!text.contains("any more"), "{text}");
    let v6 = "Name,Hosts,Network\nA,50,2001:db8::/126\n";
    checked(v6, 1, &["3 addresses for hosts, 50 are needed"]);
}

#[test]
fn cells_are_read_as_people_write_them() {
    let right = "| Name | Hosts | Network | Mask | Range | Gateway |\n|---|---|---|---|---|---|\n\
        | A | 50 (PCs) | 10.0.0.0/26 (Lab) | 255.255.255.192 (/26) | 10.0.0.1...10.0.0.62 | R1:10.0.0.1 |\n\
        | Base camp | 20 | 10.0.0.64/27 | /27 (255.255.255.224) | - | - |\n";
    checked(right, 0, &["2 ok, 0 wrong, 0 warn"]);
    let wrong =
        right.replace("10.0.0.62", "10.0.0.70 (hosts)").replace("R1:10.0.0.1", "(10.0.0.63)");
    checked(&wrong, 1, &["last host of 10.0.0.0/26 is 10.0.0.62", "10.0.0.63 is the broadcast"]);
    let links = "| Link | Cable |\n|---|---|\n| CS-Lab - EE-Lab | fibre |\n";
    let one = "| Link |\n|---|\n| CS-Lab<-->EE-Lab |\n";
    for links in [links, one] {
        let needs =
            format!("| Name | Hosts |\n|---|---|\n| CS-Lab | 5 |\n| EE-Lab | 6 |\n\n{links}");
        let rows = objects(&["plan", "10.0.0.0/24", "-"], &needs, "plan_row");
        assert_eq!(rows[2]["name"], "CS-Lab-EE-Lab", "{rows:?}");
    }
}

#[test]
fn what_cannot_send_does_not() {
    let (_, text) = said(&["10.106.192.5/20", "--with", "10.106.207.255"], "");
    assert!(text.contains("10.106.207.255 sends nothing: it is the broadcast address"), "{text}");
    let (_, text) = said(&["10.106.192.5/20", "--with", "10.106.192.5"], "");
    assert_eq!(text.matches("sends directly").count(), 1, "{text}");
    let (_, text) = said(&["224.0.0.1/4"], "");
    assert!(!text.contains("First host") && text.contains("Groups"), "{text}");
}

#[test]
fn numbers_and_words_that_slip() {
    for (arguments, words) in [
        (&["A=1.000"][..], "a point is not allowed"),
        (&["A=~50"], "a sign stands before the number"),
        (&["A=5", "--growth", "20", "%"], "it belongs to --growth"),
        (&["A=5", "B=x"], "plan 10.0.0.0/24 A=5 B=186"),
        (&["Hall=5", "hall=6"], "given twice"),
    ] {
        let mut all = vec!["plan", "10.0.0.0/24"];
        all.extend(arguments);
        let (code, text) = said(&all, "");
        assert_eq!((code, flat(&text).contains(words)), (2, true), "{words}: {text}");
    }
    let (code, text) = said(&[], "10.0.0.0/8\nnonsense\n10.0.0.0/99\n");
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("255.0.0.0") && flat(&text).contains("1 more of its lines"), "{text}");
}

#[test]
fn a_drawing_is_not_written_over_its_plan() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plan.csv");
    std::fs::write(&path, ENDS).expect("a file");
    let path = path.to_str().expect("UTF-8");
    let (code, text) = said(&["picture", path, "--svg", path], "");
    assert_eq!(code, 2, "{text}");
    assert_eq!(std::fs::read_to_string(path).expect("the plan"), ENDS);
    let island = format!("{ENDS}\nName,Hosts,Network\nShed,5,10.0.0.128/28\n");
    let svg = subnet(&["picture", "-", "--svg", "-"], island.as_bytes()).stdout;
    let svg = String::from_utf8(svg).expect("UTF-8");
    assert!(
        svg.contains("Shed is not connected with LAN A.") && svg.contains("lan apart"),
        "{svg}"
    );
}

#[test]
fn a_page_has_the_table_that_fits() {
    use netlab::render::subnet::plan::page;
    use netlab::subnet::need::{Growth, need};
    use netlab::subnet::plan::{Order, plan};
    let order = Order {
        base: netlab::subnet::read::network("10.106.192.0/20").expect("a base").network,
        needs: ["Hostel=546", "CS_Lab=271"].map(|text| need(text).expect("a need")).to_vec(),
        links: Vec::new(),
        growth: Growth::default(),
        link_prefix: 30,
        gateway_counted: false,
    };
    for (width, line) in [(60, "CS_Lab"), (80, "CS_Lab"), (120, "10.106.197.254 ┆ 10.106.197.255")]
    {
        let style = netlab::render::Style { width, ..netlab::render::Style::default() };
        let text = page(&style, &plan(&order), None, false).join("\n");
        assert!(text.lines().any(|l| l.contains("CS_Lab") && l.contains(line)), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
    }
}
