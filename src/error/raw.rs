//! What to say about errors of ICMP sockets where it differs from the others.

use super::advice::Told;
use super::{CallError, Exit, Explained, Facts, Program};
use crate::event::{Operation, errno};

/// Tells what is known of a failed call. False when it is as with every socket.
pub(super) fn call(name: &str, failed: &CallError, facts: &Facts, told: &mut Told) -> bool {
    match (name, &failed.operation) {
        ("ENODEV" | "EADDRNOTAVAIL", Operation::SetInterface(..)) => {
            told.know("-I names an address of this machine, or one of its network interfaces");
            told.cause(
                "there is no interface of that name: a typing mistake, or another system's name",
            );
            told.suggest(interfaces());
        }
        ("EADDRNOTAVAIL" | "EINVAL", Operation::Bind(address)) => {
            told.know(format!("{} is no address of this machine", address.ip()));
            if !facts.addresses.is_empty() {
                let own: Vec<_> = facts.addresses.iter().map(ToString::to_string).collect();
                told.know(format!("its addresses are {}", own.join(", ")));
            }
            told.cause(if facts.program == Program::RawListen {
                "it is another machine's address: -I is where messages come to"
            } else {
                "it is the other machine's address: -I is where probes leave from"
            });
            told.cause("a typing mistake");
            told.suggest("the same command without -I");
        }
        ("EACCES" | "EPERM", _) => {
            told.know("nothing was sent: this machine itself forbids it");
            told.cause("a route of this machine says so (prohibit), or a firewall");
            told.cause("the address is a broadcast address of a network that netlab does not know");
            told.suggest("the same command with --explain, to see the calls before this one");
        }
        _ => return false,
    }
    true
}

const fn interfaces() -> &'static str {
    if cfg!(target_os = "linux") {
        "ip -brief address"
    } else if cfg!(windows) {
        "ipconfig"
    } else {
        "ifconfig"
    }
}

/// This program may have neither a raw socket nor a ping socket.
pub(super) fn no_socket(raw: &CallError, ping: Option<&CallError>, facts: &Facts) -> Explained {
    let os = raw.os();
    let what = match ping {
        Some(ping) => format!("{} and {} failed: not permitted", raw.operation, ping.operation),
        None => format!("{} failed: not permitted", raw.operation),
    };
    let binary = facts.binary.as_deref().unwrap_or("netlab");
    let command = if facts.program == Program::RawListen { "raw-listen" } else { "raw-ping HOST" };
    let mut knows = vec![
        "a raw socket can write any packet and read everybody's, so every system reserves it"
            .to_owned(),
    ];
    let (causes, command) = if cfg!(target_os = "linux") {
        knows.push("here it is for root, and for programs with the capability CAP_NET_RAW".into());
        if ping.is_some() {
            knows.push(ping_groups(facts.ping_groups));
        }
        linux(binary, command, ping.is_some())
    } else if cfg!(windows) {
        knows.push("here it is for administrators".to_owned());
        (
            vec!["this terminal was not started as administrator".to_owned()],
            "in the Start menu: Terminal, right click, \"Run as administrator\"; then again"
                .to_owned(),
        )
    } else {
        knows.push("here it is for root".to_owned());
        (vec!["netlab was started without sudo".to_owned()], format!("sudo {binary} {command}"))
    };
    Explained {
        what,
        knows,
        causes,
        command,
        errno: errno::find(os).copied(),
        number: os.number,
        exit: Exit::NotPermitted,
    }
}

/// Another user's rights, for everything that this program does.
pub(super) fn set_user_id(facts: &Facts) -> Explained {
    let binary = quoted(facts.binary.as_deref().unwrap_or("netlab"));
    Explained {
        what: "netlab does not run as a set-user-ID or set-group-ID program".to_owned(),
        knows: vec![
            "with another user's rights it would also write that user's files (--record)".into(),
            "a raw socket needs one capability, and nothing else of root".into(),
        ],
        causes: vec!["its file was made so (chmod u+s or g+s), as ping once was".into()],
        command: format!("sudo chmod ug-s {binary} && sudo setcap cap_net_raw+ep {binary}"),
        errno: None,
        number: None,
        exit: Exit::NotPermitted,
    }
}

fn ping_groups(range: Option<(u32, u32)>) -> String {
    match range {
        Some((first, last)) if first > last => format!(
            "a ping socket would do, but net.ipv4.ping_group_range is \"{first} {last}\": for no group \
             at all"
        ),
        Some((first, last)) => format!(
            "a ping socket would do, but it is for the groups {first} to {last} \
             (net.ipv4.ping_group_range), and you are in none of them"
        ),
        None => "a ping socket would do, but this system has none".to_owned(),
    }
}

fn linux(binary: &str, command: &str, ping: bool) -> (Vec<String>, String) {
    let mut causes = ungranted(&format!("{binary} {command}")).to_vec();
    if ping {
        let all = "sudo sysctl net.ipv4.ping_group_range=\"0 2147483647\"";
        causes.insert(1, format!("or let everybody ping, until the next start: {all}"));
    }
    (causes, grant(binary))
}

/// Gives the file the one capability that raw sockets and captures need (Linux).
pub(super) fn grant(binary: &str) -> String {
    format!("sudo setcap cap_net_raw+ep {}", quoted(binary))
}

/// Why a program on Linux has no capability, with the command that needs one.
pub(super) fn ungranted(command: &str) -> [String; 2] {
    [
        format!(
            "netlab has no capability: the command below gives it one, once for this file (a new build \
             is a new file). For a single run: sudo {command}"
        ),
        "the file lies where capabilities do not count (nosuid, some network drives), or in a \
         container without them"
            .to_owned(),
    ]
}

/// A path as a shell takes it.
pub(super) fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if path.chars().all(plain) {
        return path.to_owned();
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_to_a_shell() {
        assert_eq!(quoted("/usr/bin/netlab"), "/usr/bin/netlab");
        assert_eq!(quoted("/home/a b/it's"), r"'/home/a b/it'\''s'");
    }
}
