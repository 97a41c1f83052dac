//! Pages: 80 columns, ASCII where that is asked for, the same in a pipe.

use super::{campus_file, objects, said};

#[test]
fn pages_are_80_columns_wide_and_ascii_when_asked() {
    let plan = campus_file("plan.md");
    let needs = campus_file("requirements.md");
    let long = "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/49";
    for arguments in [
        &["10.0.56.23/17", "192.168.0.77/31", "10.0.0.1/32", "0.0.0.0/0", "2001:db8::/48", long][..],
        &["10.0.56.23/18", "--with", "10.0.73.221"],
        &["10.0.56.23/16", "--with", "10.0.73.221/18"],
        &["2001:db8::1/64", "--with", "2001:db8:0:1::1"],
        &["plan", "10.106.192.0/20", &needs, "--growth", "20%"],
        &["plan", "10.0.0.0/24", "A=200", "B=100"],
        &["check", &plan],
        &["picture", &plan],
    ] {
        let mut all = arguments.to_vec();
        all.extend(["--ascii", "--explain"]);
        let (_, text) = said(&all, "");
        assert!(text.is_ascii(), "{text}");
        for line in text.lines() {
            assert!(line.len() <= 80 || line.contains("ffff:ffff"), "{}: {line}", line.len());
        }
    }
}

#[test]
fn a_plan_far_down_its_folders_is_named_by_its_last_part() {
    let folder = tempfile::tempdir().expect("a folder");
    let deep = folder.path().join("one-more-folder-of-a-long-name/".repeat(4));
    std::fs::create_dir_all(&deep).expect("folders");
    let plan = deep.join("plan.md");
    std::fs::copy(campus_file("plan.md"), &plan).expect("a copy");
    let (_, text) = said(&["check", plan.to_str().expect("UTF-8")], "");
    let title = text.lines().next().expect("a title");
    assert_eq!(title, "-- Check of plan.md, base 10.106.192.0/20 --");
}

#[test]
fn the_two_addresses_of_the_handout_share_17_bits() {
    for (prefix, words, same) in [
        ("17", "Same subnet: 10.0.0.0/17", true),
        ("18", "Different subnets, 10.0.0.0/18 and 10.0.64.0/18", false),
    ] {
        let network = format!("10.0.56.23/{prefix}");
        let arguments = [network.as_str(), "--with", "10.0.73.221"];
        let (code, text) = said(&arguments, "");
        assert_eq!(code, 0);
        assert!(text.contains(words) && text.contains("17 leading bits"), "{text}");
        let pair = &objects(&arguments, "", "pair")[0];
        assert_eq!((&pair["common_bits"], &pair["same_subnet"]), (&17.into(), &same.into()));
        assert_eq!(pair["first_difference"], 18);
    }
}

#[test]
fn each_side_decides_for_itself() {
    let (_, text) = said(&["10.0.56.23/16", "--with", "10.0.73.221/18"], "");
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.contains(
            "10.0.56.23 looks for the other on its own link, 10.0.73.221 sends to its router"
        ),
        "{text}"
    );
}

#[test]
fn the_kinds_of_addresses_are_told() {
    for (network, name) in [
        ("10.0.0.0/8", "private"),
        ("192.0.2.0/24", "documentation"),
        ("127.0.0.1/8", "loopback"),
        ("169.254.7.7/16", "link-local"),
        ("224.0.0.5/32", "multicast"),
        ("8.8.8.8/32", "public"),
        ("fe80::1/64", "link-local"),
    ] {
        let found = &objects(&[network], "", "subnet")[0];
        assert_eq!(found["uses"][0]["name"], name, "{network}");
    }
}
