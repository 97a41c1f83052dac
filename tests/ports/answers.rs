//! Good questions.

use serde_json::{Value, json};

use crate::{classify, object, objects, text};

fn names(port: &Value) -> Vec<&str> {
    let services = port["services"].as_array().expect("a list");
    services.iter().map(|service| service["name"].as_str().expect("a name")).collect()
}

#[test]
fn a_port_has_a_range_with_both_its_names_and_its_bounds() {
    for (what, range, iana, first, last) in [
        ("0", "well-known", "System Ports", 0, 1023),
        ("1023", "well-known", "System Ports", 0, 1023),
        ("1024", "registered", "User Ports", 1024, 49151),
        ("49151", "registered", "User Ports", 1024, 49151),
        ("49152", "dynamic", "Dynamic or Private Ports", 49152, 65535),
        ("65535", "dynamic", "Dynamic or Private Ports", 49152, 65535),
    ] {
        let port = object(what);
        assert_eq!((&port["range"], &port["range_iana"]), (&json!(range), &json!(iana)), "{what}");
        assert_eq!((&port["range_first"], &port["range_last"]), (&json!(first), &json!(last)));
        let page = text(&classify(&[what]));
        assert!(page.contains(&format!("{range}, {first} to {last}; IANA: {iana}")), "{page}");
    }
}

#[test]
fn the_services_are_those_of_the_registry() {
    assert_eq!(names(&object("80/tcp")), ["http", "www", "www-http"]);
    assert_eq!(names(&object("80")), ["http", "www", "www-http", "http"]);
    assert_eq!(names(&object("80/sctp")), ["http"]);
    assert_eq!(names(&object("465/UDP")), ["igmpv3lite"]);
    let x11 = object("6010");
    let service = &x11["services"][0];
    assert_eq!((&service["first"], &service["last"]), (&json!(6000), &json!(6063)));
    assert_eq!(service["description"], "X Window System");
    assert_eq!(service["unauthorized_use"], "Known Unauthorized Use on port 6003");
    for (what, standing) in [
        ("1023", "reserved"),
        ("4", "unassigned"),
        ("57", "private use"),
        ("54321", "dynamic"),
        ("80/dccp", "unlisted"),
        ("22", "assigned"),
    ] {
        assert_eq!(object(what)["standing"], standing, "{what}");
    }
}

#[test]
fn a_use_that_nobody_registered_is_marked() {
    let port = object("25565");
    assert_eq!(port["standing"], "unassigned");
    assert_eq!(port["unregistered"][0]["name"], "minecraft");
    assert!(text(&classify(&["25565"])).contains("Not IANA's"));
    assert_eq!(object("51820/tcp")["unregistered"], json!([]));
    assert_eq!(object("wireguard")["port"], 51820);
}

#[test]
fn names_lead_to_ports() {
    for (name, port) in
        [("https", 443), ("HTTPS", 443), ("www", 80), ("ssh/tcp", 22), ("cl/1", 172)]
    {
        assert_eq!(object(name)["port"], port, "{name}");
    }
    assert!(text(&classify(&["https"])).contains("-- Port 443 (https) --"));
    let x11 = objects(&classify(&["x11", "--format", "json"]));
    assert_eq!(x11.len(), 64);
    assert_eq!((&x11[0]["port"], &x11[63]["port"]), (&json!(6000), &json!(6063)));
    let nowhere = object("xul-http");
    assert_eq!((&nowhere["event"], &nowhere["first"]), (&json!("service"), &Value::Null));
    assert!(text(&classify(&["xul-http"])).contains("registered without a port"));
}

#[test]
fn everyday_names_lead_to_the_registered_ones() {
    for (name, port, registered) in [
        ("dns", 53, "domain"),
        ("smb", 445, "microsoft-ds"),
        ("RDP", 3389, "ms-wbt-server"),
        ("vnc", 5900, "rfb"),
        ("postgres", 5432, "postgresql"),
    ] {
        // Two of them are IANA's as well, for something without a port.
        let object = &objects(&classify(&[name, "--format", "json"]))[0];
        assert_eq!(object["port"], port, "{name}");
        let everyday = object["everyday"].as_array().expect("a list");
        assert!(everyday.iter().any(|other| other["name"] == name.to_lowercase()), "{object}");
        let page = text(&classify(&[name]));
        assert!(page.contains(&format!("-- Port {port} ({registered}) --")), "{page}");
        assert!(page.contains("not IANA's name"), "{page}");
    }
    let ports = |name| {
        let found = objects(&classify(&[name, "--format", "json"]));
        found.iter().map(|object| object["port"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ports("dhcp"), [json!(67), json!(68)]);
    assert_eq!(ports("quic/udp"), [json!(443)]);
    // What IANA means by the name is told as well.
    assert_eq!(ports("sftp"), [json!(22), json!(115)]);
    assert_eq!(ports("irc"), [json!(194), json!(6667), json!(6697)]);
    assert!(text(&classify(&["smb"])).contains("without a port: Server Message Block"));
    let found = text(&classify(&["--search", "dns"]));
    assert!(found.lines().nth(1).expect("a row").contains("53 "), "{found}");
    assert!(found.contains("-: registered without a port"), "{found}");
    let found = text(&classify(&["--search", "dhcp"]));
    assert!(found.contains("  67 ") && found.contains("  68 "), "{found}");
}

#[test]
fn a_remark_says_what_it_is_about() {
    let page = text(&classify(&["80"]));
    assert!(page.contains("of www, www-http: This is a duplicate"), "{page}");
    let page = text(&classify(&["6000"]));
    assert!(page.contains("of 6000-6063: Known Unauthorized Use on port 6003"), "{page}");
    let page = text(&classify(&["54321"]));
    assert!(page.contains("54321 dynamic: assigned to nobody"), "{page}");
}

#[test]
fn columns_stand_below_each_other() {
    let page = text(&classify(&["9", "22", "19132"]));
    let header = page.lines().next().expect("a header");
    for (title, cells) in [("Service", ["discard", "ssh", "bedrock"])] {
        let column = header.find(title).expect(title);
        for cell in cells {
            let line = page.lines().find(|line| line.contains(cell)).expect(cell);
            assert_eq!(line.find(cell), Some(column), "{page}");
        }
    }
}

#[test]
fn a_name_without_a_port_has_its_row_beside_a_port() {
    let page = text(&classify(&["xul-http", "9"]));
    assert!(page.contains("xul-http") && page.contains("discard"), "{page}");
}

#[test]
fn several_questions_are_one_table() {
    let page = text(&classify(&["22", "6000-6010", "https", "54321", "5000/tcp"]));
    for line in ["  22          well-known", "  6000-6010   registered", "(6000-6063)", "  443  "] {
        assert!(page.contains(line), "{line:?} in\n{page}");
    }
    assert!(
        page.contains("54321       dynamic    -            -               assigned to nobody")
    );
    assert_eq!(page.matches("[This machine]").count(), 1);
    let objects = objects(&classify(&["22", "6000-6010", "https", "--format", "json"]));
    assert_eq!(objects.len(), 1 + 11 + 1);
    assert!(objects.iter().all(|object| object["event"] == "port"));
}

#[test]
fn a_search_finds_all_words_in_any_order_and_shows_some() {
    let found = objects(&classify(&["--search", "WINDOW", "system", "--format", "json"]));
    assert!(found.iter().any(|service| service["name"] == "x11"));
    let last = &found[found.len() - 1];
    assert_eq!((&last["event"], &last["count"]), (&json!("found"), &json!(found.len() - 1)));
    let some = text(&classify(&["--search", "server"]));
    assert!(some.contains("40 of them shown"), "{some}");
    let all = text(&classify(&["--search", "server", "--all"]));
    assert!(all.lines().count() > 3 * some.lines().count());
    let own = text(&classify(&["--search", "minecraft"]));
    assert!(own.contains("not IANA's"), "{own}");
    let nothing = classify(&["--search", "no-such-thing"]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(text(&nothing).contains("No service has"));
}

#[test]
fn date_and_source_are_told() {
    let page = text(&classify(&["6000"]));
    assert!(page.contains("Names: IANA's registry, newest change 20"), "{page}");
    let registry = &object("6000")["registry"];
    assert!(registry["source"].as_str().expect("a source").starts_with("IANA"));
    assert!(page.contains(registry["newest_change"].as_str().expect("a date")));
}

#[test]
fn port_0_has_its_own_explanation() {
    let page = text(&classify(&["0"]));
    for words in ["bind", "getsockname", "reserved", "chooses"] {
        assert!(page.contains(words), "{words} in\n{page}");
    }
}

#[test]
fn explain_says_why_and_where_it_was_read() {
    let page = text(&classify(&["6000", "--explain"]));
    for words in ["RFC 6335", "ip_local_port_range", "iana.org/assignments"] {
        assert!(page.contains(words), "{words} in\n{page}");
    }
    assert!(text(&classify(&["6000"])).lines().count() < 24);
}

#[test]
fn a_record_has_the_objects() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("record");
    let path = path.display().to_string();
    let page = classify(&["22", "80", "--record", &path]);
    assert!(text(&page).contains("ssh"));
    let record = std::fs::read_to_string(&path).expect("a record");
    let events: Vec<Value> =
        record.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!(events.len(), 3);
    assert_eq!((&events[0]["event"], &events[2]["port"]), (&json!("header"), &json!(80)));
}
