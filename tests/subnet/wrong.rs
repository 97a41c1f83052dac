//! Wrong plans, and what is said of each.

use super::{objects, said};

/// A plan of three networks and their interfaces, right in every row.
const RIGHT: &str = "\
Base: 10.0.0.0/24

| Name | Hosts | Network | Mask | First host | Last host | Broadcast | Gateway |
|---|---|---|---|---|---|---|---|
| Lab | 50 | 10.0.0.0/26 | 255.255.255.192 | 10.0.0.1 | 10.0.0.62 | 10.0.0.63 | 10.0.0.1 |
| Hall | 20 | 10.0.0.64/27 | 255.255.255.224 | 10.0.0.65 | 10.0.0.94 | 10.0.0.95 | 10.0.0.65 |
| Lab-Hall | 2 | 10.0.0.96/30 | 255.255.255.252 | 10.0.0.97 | 10.0.0.98 | 10.0.0.99 | - |

| Device | Interface | Address | Connected to |
|---|---|---|---|
| R-Lab | G0/0 | 10.0.0.1/26 | Lab |
| R-Lab | G0/1 | 10.0.0.97/30 | R-Hall |
| R-Hall | G0/0 | 10.0.0.65/27 | Hall |
| R-Hall | G0/1 | 10.0.0.98/30 | R-Lab |
";

/// Changes one thing in the plan that is right, and looks for what is said.
#[track_caller]
fn wrong(from: &str, to: &str, kind: &str, words: &[&str]) {
    assert!(RIGHT.contains(from), "{from}");
    let plan = RIGHT.replace(from, to);
    let (code, text) = said(&["check", "-"], &plan);
    // Words may stand in two lines.
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(code, 1, "{text}");
    for word in words {
        assert!(flat.contains(word), "{word:?} in\n{text}");
    }
    let kinds: Vec<String> = objects(&["check", "-"], &plan, "check")
        .iter()
        .flat_map(|check| check["faults"].as_array().expect("faults").clone())
        .filter(|fault| fault["grade"] == "wrong")
        .map(|fault| fault["kind"].as_str().expect("a kind").to_owned())
        .collect();
    assert!(kinds.iter().any(|found| found == kind), "{kind} in {kinds:?}\n{text}");
}

#[test]
fn the_plan_is_right_before_it_is_changed() {
    let (code, text) = said(&["check", "-"], RIGHT);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("7 ok, 0 wrong, 0 warn, 0 note"), "{text}");
}

#[test]
fn each_fault_of_a_network_has_its_words() {
    wrong(
        "10.0.0.64/27",
        "10.0.0.80/27",
        "misaligned",
        &["you wrote 10.0.0.80/27", "multiples of 32 in the fourth octet", "inside 10.0.0.64/27"],
    );
    wrong(
        "10.0.0.64/27",
        "10.0.1.64/27",
        "outside",
        &[
            "10.0.1.64/27 is outside the base 10.0.0.0/24 (10.0.0.0 to 10.0.0.255)",
            "Next free: 10.0.0.64/27",
        ],
    );
    wrong(
        "10.0.0.64/27",
        "10.0.0.32/27",
        "overlap",
        &["10.0.0.32/27 overlaps with Lab (10.0.0.0 to 10.0.0.63)", "Next free: 10.0.0.64/27"],
    );
    wrong(
        "| Hall | 20 |",
        "| Hall | 40 |",
        "too small",
        &[
            "/27 has 30 usable addresses, 40 hosts and a gateway need 41: a /26 has 62",
            "Next free: 10.0.0.128/26",
        ],
    );
    wrong("| Hall | 20 |", "| Lab | 20 |", "duplicate name", &["line 5 has the same name"]);
    wrong("10.0.0.64/27", "10.0.0.640/27", "unreadable", &["640 is larger than 255"]);
    wrong("| Hall | 20 |", "| Hall | many |", "unreadable", &["hosts \"many\""]);
    wrong("10.0.0.64/27", "2001:db8::/64", "outside", &["another family than the base"]);
}

#[test]
fn each_fault_of_a_column_has_its_words() {
    wrong("255.255.255.224", "255.255.255.240", "mask", &["network says /27, the mask says /28"]);
    wrong("255.255.255.224", "255.0.255.224", "unreadable", &["ones, then zeros"]);
    wrong(
        "| 10.0.0.94 |",
        "| 10.0.0.95 |",
        "last host",
        &["the last host of 10.0.0.64/27 is 10.0.0.94, not 10.0.0.95 (10.0.0.95 is the broadcast"],
    );
    wrong(
        "| 10.0.0.65 | 10.0.0.94",
        "| 10.0.0.64 | 10.0.0.94",
        "first host",
        &["the first host of 10.0.0.64/27 is 10.0.0.65, not 10.0.0.64"],
    );
    wrong(
        "| 10.0.0.95 | 10.0.0.65 |",
        "| 10.0.0.95 | 10.0.0.95 |",
        "gateway",
        &["the gateway 10.0.0.95 is the broadcast address of 10.0.0.64/27"],
    );
    wrong(
        "| 10.0.0.95 | 10.0.0.65 |",
        "| 10.0.0.95 | 10.0.0.1 |",
        "gateway outside",
        &["the gateway 10.0.0.1 is outside 10.0.0.64/27"],
    );
    wrong(
        "| 10.0.0.95 | 10.0.0.65 |",
        "| 10.0.0.95 | 10.0.0.65, 10.0.0.66 |",
        "gateways",
        &["2 gateways", "a subnet has one"],
    );
    wrong(
        "Network | Mask | First host |",
        "First host | Mask | Network |",
        "swapped",
        &["the columns network and first host look swapped in 3 rows, lines 5 to 7"],
    );
    wrong(
        "Last host | Broadcast",
        "Broadcast | Last host",
        "swapped",
        &["the columns last host and broadcast look swapped"],
    );
}

#[test]
fn each_fault_of_an_interface_has_its_words() {
    wrong("10.0.0.98/30", "10.0.0.101/30", "no network", &["10.0.0.101 is in none of the planned"]);
    wrong("10.0.0.98/30", "10.0.0.97/30", "duplicate address", &["10.0.0.97 is given twice"]);
    wrong("10.0.0.98/30", "10.0.0.99/30", "no host", &["10.0.0.99 is the broadcast address"]);
    wrong("10.0.0.98/30", "10.0.0.96/30", "no host", &["10.0.0.96 is the network address itself"]);
    wrong("10.0.0.98/30", "10.0.0.98/29", "mask", &["10.0.0.98/29: the plan has 10.0.0.96/30"]);
    wrong("10.0.0.98/30", "10.0.0.70/27", "two networks", &["are not in one network"]);
    wrong(
        "10.0.0.65/27 | Hall",
        "10.0.0.65/27 | Lab",
        "other network",
        &["10.0.0.65 is not in Lab, which is 10.0.0.0/26"],
    );
    wrong(
        "| R-Hall | G0/0 | 10.0.0.65/27 | Hall |\n",
        "",
        "no gateway",
        &["no interface has the gateway's address 10.0.0.65"],
    );
    wrong(
        "| R-Hall | G0/0 | 10.0.0.65/27",
        "| R-Hall | G0/0 | 10.0.0.66/27",
        "gateways",
        &["the gateway is to be 10.0.0.65, and the router has 10.0.0.66"],
    );
    let island = "| Hall | 20 | 10.0.0.64/27 |";
    let more = format!("| Shed | 5 | 10.0.0.128/29 | | | | | |\n{island}");
    wrong(island, &more, "unreachable", &["Shed is not connected with Lab"]);
}

#[test]
fn what_works_and_could_be_better_is_no_fault() {
    let plan = RIGHT.replace("| Hall | 20 |", "| Hall | 5 |");
    let (code, text) = said(&["check", "-"], &plan);
    assert_eq!(code, 0, "{text}");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("/27 works (30 usable); 5 hosts and a gateway have enough with /29"),
        "{text}"
    );
    let (code, text) = said(&["check", "-", "--growth", "60%"], RIGHT);
    assert_eq!(code, 0, "{text}");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("holds 50 hosts and a gateway, but not 80"), "{text}");
}

#[test]
fn all_suggestions_together_are_a_plan_that_is_right() {
    let plan = "Base: 10.0.0.0/24\nName,Hosts,Network\n\
        A,50,10.0.0.0/28\nB,20,10.0.0.0/27\nC,100,10.0.9.0/25\nD,5,10.0.0.13/29\nE,,10.0.0.0/30\n";
    let checks = objects(&["check", "-"], plan, "check");
    let rows: Vec<String> = checks
        .iter()
        .filter(|check| check["of"] == "subnet")
        .map(|check| {
            let network = check["next_free"].as_str().or(check["network"].as_str());
            let hosts = check["hosts"].as_u64().unwrap_or(2);
            format!(
                "{},{hosts},{}",
                check["name"].as_str().expect("a name"),
                network.expect("a network")
            )
        })
        .collect();
    let mended = format!("Base: 10.0.0.0/24\nName,Hosts,Network\n{}\n", rows.join("\n"));
    let (code, text) = said(&["check", "-"], &mended);
    assert_eq!(code, 0, "{mended}{text}");
}

#[test]
fn what_no_row_has_is_missed() {
    let plan = "| Name | Hosts |\n|---|---|\n| Lab | 50 |\n| Hall | 20 |\n\n\
        | Name | Network |\n|---|---|\n| lab | 10.0.0.0/26 |\n";
    let (code, text) = said(&["check", "-", "--base", "10.0.0.0/25"], plan);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("no row of the plan has that name"), "{text}");
    assert!(text.contains("Next free: 10.0.0.64/27"), "{text}");
}
