//! Signs of a firewall. What it lets through shows only when a partner knocks.

use super::{Finding, Level};
use crate::endpoint::{self, FirewallSigns};
use crate::socket::{self, Allowed};

const WHY: &str = "A firewall that drops a packet says nothing: the partner sees a timeout, not a \
                   refusal. Refused would mean reachable.";

/// What can be told of a firewall without privilege. The remedy opens that port.
pub(super) fn firewall(port: Option<u16>) -> Option<Finding> {
    if cfg!(windows) {
        let text =
            "the first server makes Windows ask: allow netlab for private and public networks";
        return Some(found(Level::Ok, text.to_owned()).detail(
            "answered \"Cancel\", it never asks again: Settings, Firewall, Allow an app, netlab",
        ));
    }
    if cfg!(target_os = "macos") {
        let text = "macOS may ask whether netlab may accept incoming connections: Allow";
        return Some(found(Level::Ok, text.to_owned()).detail(
            "later: System Settings, Network, Firewall, Options; newer versions also ask whether it \
             may find devices on the local network",
        ));
    }
    let sudo = if socket::allowed() == Allowed::Root { "" } else { "sudo " };
    endpoint::firewall_signs().map(|signs| told(&signs, port.unwrap_or(6000), sudo))
}

fn found(level: Level, text: String) -> Finding {
    Finding::new("firewall", level, text, WHY)
}

fn told(signs: &FirewallSigns, port: u16, sudo: &str) -> Finding {
    if let Some(manager) = signs.managers.first() {
        let remedy = match *manager {
            "ufw" => {
                format!("{sudo}ufw allow {port}   (and back: {sudo}ufw delete allow {port})")
            }
            "firewalld" => {
                format!("{sudo}firewall-cmd --add-port={port}/tcp --add-port={port}/udp")
            }
            _ => format!("look what it lets in: {sudo}nft list ruleset"),
        };
        return found(
            Level::Warn,
            format!("the firewall {manager} is switched on: partners may be kept out"),
        )
        .remedy(remedy)
        .matter("a firewall is on");
    }
    match (signs.rules, signs.filter) {
        (None, _) => found(
            Level::Ok,
            "no sign of a firewall; not even nft or iptables is installed here".into(),
        ),
        (Some(rules), false) => {
            found(Level::Ok, format!("no sign of a firewall; to be certain: {sudo}{rules}"))
        }
        (Some(rules), true) => found(
            Level::Ok,
            format!("no firewall program is switched on; to be certain: {sudo}{rules}"),
        )
        .note("the kernel's packet filter is loaded: firewalls use it, and so do containers"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manager_is_a_warning_and_a_loaded_filter_is_not() {
        let signs = |managers: &[&'static str], filter| FirewallSigns {
            managers: managers.to_vec(),
            filter,
            rules: Some("nft list ruleset"),
        };
        let ufw = told(&signs(&["ufw"], true), 5000, "sudo ");
        assert_eq!(ufw.level, Level::Warn);
        assert!(ufw.remedy.is_some_and(|r| r.starts_with("sudo ufw allow 5000 ")));
        assert_eq!(told(&signs(&["firewalld"], false), 6000, "").level, Level::Warn);
        assert_eq!(told(&signs(&[], true), 6000, "").notes.len(), 1);
    }

    /// Root is not told to become root, and nobody to run what is not there.
    #[test]
    fn how_to_be_certain_is_said_to_those_who_can() {
        let signs = |rules| FirewallSigns { rules, ..FirewallSigns::default() };
        let found = told(&signs(Some("iptables -S")), 6000, "");
        assert!(found.text.ends_with("to be certain: iptables -S"), "{found:?}");
        let found = told(&signs(Some("nft list ruleset")), 6000, "sudo ");
        assert!(found.text.ends_with("to be certain: sudo nft list ruleset"), "{found:?}");
        let found = told(&signs(None), 6000, "");
        assert!(found.level == Level::Ok && found.text.contains("not even nft"), "{found:?}");
    }
}
