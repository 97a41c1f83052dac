//! `demo raw`: one echo, with whatever socket this user may have.
#![cfg(test)]

use serde_json::Value;

use crate::network::{Host, Network};
use crate::privilege::{EVERYBODY, Folder, NO_GROUP, as_nobody, run};
use crate::ran::{number, word};
use crate::tools::missing;

#[test]
fn the_demo_works_with_every_privilege() {
    const TEST: &str = "the_demo_works_with_every_privilege";
    if missing(TEST, &["setpriv"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "demo") else { return };
    let folder = Folder::new();
    let path = folder.netlab.as_str();
    for (range, nobody, words) in [
        (NO_GROUP, false, "raw socket"),
        (EVERYBODY, true, "ping socket"),
        (NO_GROUP, true, "setcap cap_net_raw"),
    ] {
        network.sysctl(Host::Client, &[range]);
        let command = |more: &[&str]| {
            let all = [&[path, "demo", "raw"], more].concat();
            if nobody {
                as_nobody(&network, &all)
            } else {
                network.on(Host::Client, path, &all[1..])
            }
        };
        let output = run(&mut command(&[]));
        let page = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(output.status.code(), Some(0), "{range} {page}");
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(page.contains(words), "{words:?} in {page}");
        // The packet is shown in every case, sent or not.
        for field in ["Type", "Code", "Checksum", "Identifier", "Sequence"] {
            assert!(page.contains(field), "{field} in {page}");
        }
        let output = run(&mut command(&["--format", "json"]));
        assert_eq!(output.status.code(), Some(0), "{range} {output:?}");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let events: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let of = |name: &str| events.iter().filter(|event| event["event"] == name).count();
        let sent = usize::from(words != "setcap cap_net_raw");
        assert_eq!(of("reply"), sent, "{text}");
        assert_eq!(of("dissection"), 1 + sent, "{text}");
        if let Some(reply) = events.iter().find(|event| event["event"] == "reply") {
            assert_eq!((word(reply, "fate"), number(reply, "sequence")), ("fine", 1));
        }
        let output = run(&mut command(&["--explain"]));
        let page = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(output.status.code(), Some(0), "{page}");
        assert!(page.contains("socket("), "{page}");
    }
}
