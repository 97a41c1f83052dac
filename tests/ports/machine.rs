//! What this machine does with a port, in a network namespace whose rules are known.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::tools::{missing, output, unprivileged};
use crate::{support, text};

/// The program under test, where everybody may run it.
fn for_everybody() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let netlab = folder.path().join("netlab");
    fs::copy(env!("CARGO_BIN_EXE_netlab"), &netlab).expect("there is room");
    for path in [folder.path(), &netlab] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is mine");
    }
    (folder, netlab)
}

/// Runs netlab with `--format json` in a network namespace of its own, after these commands; with
/// `options` of setpriv.
fn here(setup: &str, options: &[&str], what: &str) -> Value {
    let (_folder, netlab) = for_everybody();
    let mut command = Command::new("unshare");
    let script = format!("{setup}\nexec setpriv \"$@\"");
    command.args(["-n", "sh", "-e", "-c", &script, "sh"]).args(options);
    command.arg(&netlab).args(["classify-port", what, "--format", "json"]);
    let line = output(&mut command);
    let object: Value = serde_json::from_str(&line).expect("an object");
    object["here"].clone()
}

/// An ordinary user.
const NOBODY: [&str; 4] = ["--reuid=65534", "--regid=65534", "--clear-groups", "--"];

#[test]
fn who_may_bind_depends_on_the_port_the_border_and_the_program() {
    let test = "who may bind";
    if unprivileged(test) || missing(test, &["unshare", "setpriv"]) {
        return;
    }
    let root = here("", &["--"], "80");
    assert_eq!((&root["may_bind"], &root["privilege"]), (&json!(true), &json!("root")));
    for (port, may) in [("80", false), ("1023", false), ("1024", true), ("0", true)] {
        let nobody = here("", &NOBODY, port);
        assert_eq!(
            (&nobody["may_bind"], &nobody["privilege"]),
            (&json!(may), &Value::Null),
            "{port}"
        );
    }
    let lower = "echo 80 > /proc/sys/net/ipv4/ip_unprivileged_port_start";
    assert_eq!(here(lower, &NOBODY, "80")["may_bind"], true);
    assert_eq!(here(lower, &NOBODY, "79")["may_bind"], false);
    let service = ["--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service"];
    let allowed = here("", &[&service[..], &NOBODY].concat(), "80");
    assert_eq!(allowed["privilege"], "CAP_NET_BIND_SERVICE");
    assert_eq!(allowed["may_bind"], true);
}

#[test]
fn source_ports_are_those_of_the_kernel_without_what_it_keeps_back() {
    let test = "source ports";
    if unprivileged(test) || missing(test, &["unshare", "setpriv"]) {
        return;
    }
    let setup = "echo '40000 45000' > /proc/sys/net/ipv4/ip_local_port_range
                 echo 41000,42000-42010 > /proc/sys/net/ipv4/ip_local_reserved_ports";
    for (port, handed_out) in
        [("39999", false), ("40000", true), ("41000", false), ("42005", false), ("45000", true)]
    {
        let found = here(setup, &["--"], port);
        assert_eq!(found["source_port"], handed_out, "{port}");
        assert_eq!(found["source_ports"], json!([40000, 45000]));
    }
    // A list of 3.6 kB: the kernel gives it once, as much as one read has room for.
    let setup = "seq -s, 40001 2 41199 > /proc/sys/net/ipv4/ip_local_reserved_ports
                 echo '40000 60998' > /proc/sys/net/ipv4/ip_local_port_range";
    for (port, handed_out) in [("40000", true), ("40001", false), ("41199", false), ("41201", true)]
    {
        assert_eq!(here(setup, &["--"], port)["source_port"], handed_out, "{port}");
    }
}

/// Root of another user namespace than the network's is nobody there.
#[test]
fn root_of_a_namespace_is_believed_when_the_kernel_does() {
    let test = "root of a namespace";
    if unprivileged(test) || missing(test, &["unshare"]) {
        return;
    }
    let run = |options: &[&str]| {
        let mut command = Command::new("unshare");
        // The network namespace is one where the border is known.
        command.args(["-n", "unshare"]).args(options).arg(env!("CARGO_BIN_EXE_netlab"));
        command.args(["classify-port", "81", "--format", "json"]).output().expect("it starts")
    };
    let foreign = run(&["-r"]);
    if !foreign.status.success() {
        return support::skip(test, "no user namespaces");
    }
    let of = |text: &str| serde_json::from_str::<Value>(text).expect("an object");
    assert_eq!(of(&text(&foreign))["here"]["may_bind"], false);
    assert_eq!(of(&text(&run(&["-r", "-n"])))["here"]["may_bind"], true);
}

/// What `nobody` is told while root listens on 7100 and `nobody` on 7101.
fn told(arguments: &[&str]) -> String {
    let (_folder, netlab) = for_everybody();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ports/python/two_users.py");
    let mut command = Command::new("unshare");
    let setup = "ip link set lo up && exec python3 \"$@\"";
    command.args(["-n", "sh", "-c", setup, "sh", script]);
    output(command.arg(netlab).arg("classify-port").args(arguments))
}

#[test]
fn what_is_said_of_sockets_is_about_those_that_were_asked_for() {
    let test = "sockets of two users";
    if unprivileged(test) || missing(test, &["unshare", "setpriv", "ip", "python3"]) {
        return;
    }
    let own = told(&["7101", "22"]);
    assert!(own.contains("python3") && !own.contains("Not seen"), "{own}");
    let other = told(&["7100", "22"]);
    assert!(other.contains("not shown") && other.contains("The program of 1 socket"), "{other}");
    // With another protocol they are others' ports.
    let udp = told(&["7100/udp", "7101/udp"]);
    assert!(udp.contains("no UDP socket here has one") && !udp.contains("LISTEN"), "{udp}");
    let sctp = told(&["7100/sctp", "7101/dccp"]);
    assert!(sctp.contains("not known: netlab sees no sctp"), "{sctp}");
    // Which of them need privilege.
    let low = told(&["80", "81", "7100"]);
    assert!(low.contains("all but 80-81: ports below 1024 need root"), "{low}");
    assert!(told(&["80", "81"]).contains("none of them: ports below 1024"));
}
