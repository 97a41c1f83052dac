//! macOS and Windows. Written from their documentation and type-checked; never run here.

use std::net::IpAddr;

use crate::endpoint::surroundings::{FirewallSigns, Way};

pub(in crate::endpoint) fn system_name() -> String {
    let name = match std::env::consts::OS {
        "macos" => "macOS",
        "windows" => "Windows",
        other => other,
    };
    format!("{name} ({})", std::env::consts::ARCH)
}

/// Both keep their routes behind interfaces that netlab does not use.
pub(in crate::endpoint) const fn way_to(_ip: IpAddr) -> Way {
    Way::Untold
}

/// Both tell only to programs of their own (`socketfilterfw`, `netsh`).
pub(in crate::endpoint) const fn firewall_signs() -> Option<FirewallSigns> {
    None
}

/// On Windows `localhost` and the own name are the resolver's own business, not the file's.
pub(in crate::endpoint) fn hosts_file() -> Option<String> {
    if cfg!(windows) {
        return None;
    }
    let bytes = std::fs::read("/etc/hosts").ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
