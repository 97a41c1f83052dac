//! What a partner's name means, when it means no machine.

use std::net::{Ipv4Addr, SocketAddr};

use crate::doctor::addresses::shown;
use crate::doctor::{Finding, Level};

const WHY: &str = "A socket is connected to an address. A name has to be looked up first, and nothing \
                   is sent to anybody before that.";
const ASK: &str = "give the address that netlab doctor shows on your partner's machine";

/// Whether an address can be that of one other machine, or of this one.
pub(super) fn is_one_host(address: SocketAddr) -> bool {
    let ip = address.ip();
    !ip.is_unspecified() && !ip.is_multicast()
}

fn found(name: &str, what: &str) -> Finding {
    let text = format!("partner {}: {what}", shown(name));
    Finding::new("partner", Level::Fail, text, WHY).matter("no address of the partner")
}

/// The name means nothing.
pub(super) fn unknown(name: &str) -> Finding {
    let finding = found(name, "no address is known for that name");
    let digits = name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if digits && name.contains('.') {
        return finding.detail(fault_of(name)).remedy(ASK);
    }
    if let Some((ip, port)) = name.rsplit_once(':')
        && ip.parse::<Ipv4Addr>().is_ok()
        && port.parse::<u16>().is_ok()
    {
        return finding
            .detail("address and port are two options")
            .remedy(format!("netlab doctor --peer {ip} --port {port}"));
    }
    finding
        .detail("a misprint, or a name that only another network knows; an address needs no name")
        .remedy(ASK)
}

/// What is wrong with an IPv4 address.
fn fault_of(address: &str) -> String {
    let numbers: Vec<&str> = address.split('.').collect();
    let rule = "an IPv4 address is four numbers from 0 to 255 with dots between them";
    if numbers.len() != 4 || numbers.contains(&"") {
        return rule.to_owned();
    }
    let too_large = |number: &&&str| number.parse::<u8>().is_err();
    match numbers.iter().find(too_large) {
        Some(number) => format!("{} is above 255: {rule}", shown(number)),
        None => format!("{rule}, and none of them begins with 0"),
    }
}

/// Nobody says what the name means.
pub(super) fn slow(name: &str) -> Finding {
    found(name, "no name server says in time which address that is").remedy(ASK)
}

/// The name means something, but no machine.
pub(super) fn no_host(name: &str) -> Finding {
    found(name, "that is not the address of one machine")
        .detail(
            "0.0.0.0 means \"all my addresses\" to a server; broadcast and multicast are groups",
        )
        .remedy(ASK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_everybody_or_nobody_is_no_partner() {
        let one = |text: &str| is_one_host(text.parse().expect("an address"));
        assert!(one("10.0.73.221:1") && one("[fe80::1]:1") && one("127.0.0.1:1"));
        for none in ["0.0.0.0:1", "[::]:1", "224.0.0.1:1", "[ff02::1]:1"] {
            assert!(!one(none), "{none}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_address_is_said() {
        for (name, fault) in [
            ("10.77.1.300", "300 is above 255"),
            ("10.77.1.99999999999999999999", "is above 255"),
            ("10.77.2", "four numbers"),
            ("10.77..2", "four numbers"),
            ("10.77.1.007", "begins with 0"),
            ("nobody.lab", "misprint"),
        ] {
            let details = unknown(name).details.join(" ");
            assert!(details.contains(fault), "{name}: {details}");
        }
        let told = unknown("10.77.2.2:6000");
        assert_eq!(told.remedy.as_deref(), Some("netlab doctor --peer 10.77.2.2 --port 6000"));
        let long = unknown(&"a".repeat(70_000));
        assert!(long.text.len() < 120, "{}", long.text.len());
    }
}
