//! Tables as people head them: what is a name, a base, a total, and what only looks like one.

use super::{objects, said};

#[track_caller]
fn checked(file: &str, code: i32, words: &[&str]) {
    let (found, text) = said(&["check", "-"], file);
    assert_eq!(found, code, "{text}");
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(flat.contains(word), "{word:?} in\n{text}");
    }
}

#[test]
fn the_number_of_a_vlan_is_not_the_name() {
    let plan = "Base: 10.0.0.0/24\n\n| VLAN | Name | Hosts | Network | Gateway |\n|--|--|--|--|--|\n\
        | 10 | Staff | 50 | 10.0.0.0/26 | 10.0.0.1 |\n| 20 | Guest | 20 | 10.0.0.64/27 | 10.0.0.65 |\n\n\
        | From | To |\n|--|--|\n| Staff | Guest |\n";
    checked(plan, 0, &["ok Staff", "ok Guest", "0 wrong, 0 warn"]);
    checked(&plan.replace("| Name |", "| Department |"), 0, &["ok Staff"]);
    let wrong = plan.replace("| Staff | Guest |", "| Staff | Lab |");
    let (_, text) = said(&["check", "-"], &wrong);
    assert!(!text.contains("20 is not connected"), "{text}");
    checked(
        &plan.replace("Name", "Why").replace("| Staff | Guest |", "| 10 | 20 |"),
        0,
        &["ok 10"],
    );
}

#[test]
fn an_ipv6_network_that_is_too_small_gets_one_that_is_not() {
    let plan = |network: &str| {
        format!("Base: 2001:db8::/48\nName,Hosts,Network\nA,50,{network}\nB,5,2001:db8:0:9::/64\n")
    };
    let small = plan("2001:db8::/123");
    checked(&small, 1, &["too small", "Next free: 2001:db8"][1..]);
    let rows = objects(&["check", "-"], &small, "check");
    let fix = rows[0]["next_free"].as_str().expect("a network that would do");
    assert!(fix.ends_with("/64"), "{fix}");
    checked(&plan(fix), 0, &["0 wrong, 0 warn"]);
}

#[test]
fn a_link_local_gateway_is_a_gateway() {
    let plan = "Base: 2001:db8::/48\nName,Hosts,Network,Gateway\nA,50,2001:db8::/64,fe80::1\n\
        B,50,2001:db8:0:1::/64,fe80::1\n";
    checked(plan, 0, &["2 ok, 0 wrong, 0 warn"]);
    let ends = "\nDevice,Interface,Address,Connected to\nR1,G0/0,2001:db8::1/64,A\nR1,G0/0,fe80::1/64,A\n\
        R1,G0/1,2001:db8:0:1::1/64,B\nR1,G0/1,fe80::1/64,B\n";
    checked(&format!("{plan}{ends}"), 0, &["0 wrong, 0 warn"]);
    // In IPv4 it is an address like others.
    let old = "Base: 10.0.0.0/24\nName,Hosts,Network,Gateway\nA,50,10.0.0.0/26,fe80::1\n";
    checked(old, 1, &["the gateway fe80::1 is outside 10.0.0.0/26"]);
}

#[test]
fn a_base_is_read_in_the_forms_that_people_write() {
    let plan = "\nName,Hosts,Network\nA,50,10.9.0.0/26\n";
    for base in [
        "Base: 10.0.0.0 255.255.255.0",
        "Base: 10.0.0.0 (mask 255.255.255.0)",
        "Base = 10.0.0.0 /24",
        "Base:10.0.0.0 /24",
        "Given network address = 10.0.0.0/24",
        "**Network address:** 10.0.0.0/24",
    ] {
        let file = format!("{base}\n{plan}");
        checked(&file, 1, &["10.9.0.0/26 is outside the base 10.0.0.0/24"]);
        checked(&file.replace("10.9", "10.0"), 0, &["0 wrong, 0 warn"]);
    }
    for base in ["Base: 10.0.0.0 - 10.0.0.255", "Base: 10.0.0.0"] {
        checked(&format!("{base}\n{plan}"), 1, &["line 1: the base", "prefix length is missing"]);
    }
    let two = format!("Base: 10.9.0.0/24\nBase: 10.0.0.0/24\n{plan}");
    checked(&two, 0, &["line 2: a second base was left out: Base: 10.0.0.0/24"]);
    let same = format!("Base: 10.9.0.0/24\nBase: 10.9.0.0/24\n{plan}");
    checked(&same, 0, &["0 wrong, 0 warn"]);
    let prose = format!("Base and/or so on\nBase: 10.9.0.0/24\n{plan}");
    checked(&prose, 0, &["0 wrong, 0 warn"]);
    // A list of networks in prose is no base.
    let list = format!("Network address: 10.1.0.0/26\nNetwork address: 10.2.0.0/27\n{plan}");
    checked(&list, 0, &["no base was given"]);
}

#[test]
fn a_total_is_no_network() {
    let plan = "Base: 10.0.0.0/24\n\n| Name | Hosts | Network |\n|--|--|--|\n| A | 20 | 10.0.0.0/27 |\n\
        | Total | 20 | |\n";
    checked(plan, 0, &["line 6 was left out: it is the total of the others", "0 wrong"]);
    // A network may be called so.
    checked(&plan.replace("20 | |", "20 | 10.0.0.32/27 |"), 0, &["ok Total"]);
    let rows = objects(&["plan", "10.0.0.0/24", "-"], "Name,Hosts\nA,50\nTotal,50\n", "plan_row");
    assert_eq!(rows.len(), 1, "{rows:?}");
    let rows = objects(&["plan", "10.0.0.0/24", "Total=50"], "", "plan_row");
    assert_eq!(rows.len(), 1, "{rows:?}");
}

const LAN: &str = "Base: 10.0.0.0/24\nName,Hosts,Network,Gateway\nA,50,10.0.0.0/26,10.0.0.1\n\n\
    Device,Interface,Address\n";

#[test]
fn the_way_to_a_provider_is_not_wrong() {
    let plan = format!("{LAN}R1,G0/0,10.0.0.1/26\nR1,S0/0/0,203.0.113.2/30\n");
    checked(&plan, 0, &["203.0.113.2 is outside the base", "0 wrong, 1 warn"]);
    let inside = plan.replace("203.0.113.2/30", "10.0.0.130/30");
    checked(&inside, 1, &["10.0.0.130 is in none of the planned networks"]);
    let lost = plan.replace("10.0.0.1/26", "10.9.0.1/26");
    checked(&lost, 1, &["no interface has the gateway's address 10.0.0.1"]);
}

#[test]
fn a_table_of_hosts_has_no_gateway() {
    let plan = format!("{LAN}PC1,NIC,10.0.0.2/26\nPC2,NIC,10.0.0.3/26\n");
    checked(&plan, 0, &["no interface of a router is in the table", "0 wrong, 0 warn"]);
    let router = format!("{plan}R1,G0/0,10.0.0.4/26\n");
    checked(&router, 1, &["no interface has the gateway's address 10.0.0.1"]);
}

#[test]
fn hosts_are_neither_the_network_nor_the_broadcast_address() {
    let plan = "Base: 10.0.0.0/24\nName,Hosts,Network,Range\n\
        A,50,10.0.0.128/26,10.0.0.128 - 10.0.0.191\n";
    checked(plan, 0, &["0 wrong, 0 warn"]);
    for header in ["Usable range", "Host range", "Usable IP range", "Range of hosts"] {
        let plan = plan.replace("Range", header);
        checked(&plan, 1, &["first host of 10.0.0.128/26 is 10.0.0.129", "is 10.0.0.190"]);
        checked(&plan.replace("128 - 10.0.0.191", "129 - 10.0.0.190"), 0, &["0 wrong, 0 warn"]);
    }
}
