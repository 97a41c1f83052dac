//! What is wanted of a plan: names, hosts, room to grow, links between sites.

use super::read::Misread;
use super::sheet;
use super::site;

/// One network that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Its name.
    pub name: String,
    /// How many hosts. The gateway is one address more, unless the order says that it is counted.
    pub hosts: u64,
    /// The router that serves it; without one a router of its own.
    pub router: Option<String>,
}

impl Need {
    /// The router that serves it.
    #[must_use]
    pub fn serving(&self) -> String {
        self.router.clone().unwrap_or_else(|| site::router(&self.name))
    }
}

/// A link between two routers, from one site to another. A link that names no sites has a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its name: `A-B` or `Link 1`.
    pub name: String,
    /// The two sites.
    pub ends: Option<(String, String)>,
}

/// Everybody in IPv4.
pub const MOST_HOSTS: u64 = 4_294_967_294;

/// How much larger everything may become, in hundredths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Growth(u32);

impl Growth {
    /// So many hundredths.
    #[must_use]
    pub const fn new(percent: u32) -> Self {
        Self(percent)
    }

    /// In hundredths.
    #[must_use]
    pub fn percent(self) -> u32 {
        self.0
    }

    /// So many hosts, when they have grown. A part of a host is a host.
    #[must_use]
    pub fn of(self, hosts: u64) -> u64 {
        let more = u128::from(hosts) * u128::from(self.0);
        hosts.saturating_add(u64::try_from(more.div_ceil(100)).unwrap_or(u64::MAX))
    }
}

/// The host bits that so many hosts need: the fewest n with 2^n - 2 of at least so many.
#[must_use]
pub fn host_bits(hosts: u64) -> u8 {
    let addresses = u128::from(hosts.max(1)) + 2;
    u8::try_from(addresses.next_power_of_two().trailing_zeros()).unwrap_or(u8::MAX)
}

/// Reads `NAME=HOSTS`.
///
/// # Errors
///
/// [`Misread`] when it is not that.
pub fn need(text: &str) -> Result<Need, Misread> {
    let rule = "a requirement is a name, = and how many hosts, such as Library=186";
    let Some((name, count)) = text.split_once('=') else {
        let cause = "there is no = in it, and no file of that name";
        return Err(Misread::new("requirement", text, rule, cause));
    };
    // As a table would give it back.
    let name = sheet::clean(name);
    if sheet::is_blank(&name) {
        return Err(Misread::new("requirement", text, rule, "the name is missing"));
    }
    match hosts(count) {
        Ok(hosts) => Ok(Need { name, hosts, router: None }),
        Err(misread) => Err(Misread { value: text.to_owned(), ..misread }),
    }
}

/// Reads how many hosts.
///
/// # Errors
///
/// [`Misread`] when that is no number from 1 to the most.
pub fn hosts(text: &str) -> Result<u64, Misread> {
    let rule = format!("hosts are a whole number from 1 to {MOST_HOSTS}: all of IPv4 has no more");
    let text = text.trim();
    // Signs that people put between thousands.
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | '\'' | ' ')).collect();
    let cause = match digits.parse::<i128>() {
        Ok(number) if (1..=i128::from(MOST_HOSTS)).contains(&number) && !text.starts_with('+') => {
            return Ok(u64::try_from(number).unwrap_or(MOST_HOSTS));
        }
        Ok(0) => "a network for nobody needs no addresses: leave it out",
        Ok(number) if number < 0 => "there are no fewer hosts than none",
        Ok(_) => "the number is too large",
        Err(_) if text.is_empty() => "the number is missing",
        Err(_) if text.contains('.') && text.bytes().all(|b| b.is_ascii_digit() || b == b'.') => {
            "a point is not allowed: it may part thousands or begin a fraction"
        }
        Err(_) if text.starts_with(['~', '<', '>', '≈']) => {
            "a sign stands before the number: the plan needs one number, the most there will be"
        }
        Err(_) => "something else stands where the number should be",
    };
    Err(Misread::new("number of hosts", text, &rule, cause))
}

/// The names by which two sites are joined, in any of the ways that people write a link.
const JOINTS: [&str; 13] =
    ["<-->", "<->", "-->", "--", "->", " - ", " – ", "–", "—", "→", "↔", " to ", "-"];

/// Reads `A-B` as a link between two of these names, whatever they look like.
pub fn ends<'a>(text: &str, names: impl Fn(&str) -> Option<&'a str>) -> Option<(&'a str, &'a str)> {
    // The second link between the same two is called `A-B (2)`.
    let text = text
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once(" ("))
        .map_or(text, |(text, _)| text);
    JOINTS.iter().find_map(|joint| {
        text.match_indices(joint).find_map(|(at, _)| {
            let (one, other) = (text.get(..at)?, text.get(at + joint.len()..)?);
            Some((names(one.trim())?, names(other.trim())?))
        })
    })
}

/// Cuts `A-B` where both of the two are known, or one; else at the only sign of its kind.
pub fn cut(text: &str, known: impl Fn(&str) -> bool) -> Option<(&str, &str)> {
    let cuts = |joint: &'static str| {
        let parts = text.match_indices(joint);
        let parts =
            parts.filter_map(|(at, joint)| text.get(..at).zip(text.get(at + joint.len()..)));
        parts
            .map(|(one, two)| (one.trim(), two.trim()))
            .filter(|(one, two)| !one.is_empty() && !two.is_empty())
    };
    let all = || JOINTS.into_iter().flat_map(cuts);
    let both = all().find(|(one, two)| known(one) && known(two));
    let either = || all().find(|(one, two)| known(one) || known(two));
    // The signs that say more come first: a dash may be inside a name.
    let only = || {
        let joint = JOINTS.into_iter().find(|joint| cuts(joint).next().is_some())?;
        cuts(joint).next().filter(|_| cuts(joint).count() == 1)
    };
    both.or_else(either).or_else(only)
}

/// Whether a name is that of a link.
#[must_use]
pub fn is_link(name: &str) -> bool {
    let words = name.to_lowercase();
    let mut words = words.split(|c: char| !c.is_alphabetic());
    words.any(|word| ["link", "wan", "serial", "p2p", "backbone"].contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_need_bits() {
        for (hosts, bits) in [(1, 2), (2, 2), (3, 3), (6, 3), (7, 4), (254, 8), (255, 9)] {
            assert_eq!(host_bits(hosts), bits, "{hosts}");
        }
        assert_eq!(host_bits(MOST_HOSTS), 32);
        assert_eq!(host_bits(u64::MAX), 65);
    }

    #[test]
    fn growth_rounds_up() {
        let growth = Growth::new(20);
        assert_eq!((growth.of(5), growth.of(6), growth.of(36)), (6, 8, 44));
        assert_eq!(Growth::new(1000).of(u64::MAX), u64::MAX);
    }

    #[test]
    fn requirements_are_read() {
        assert_eq!(
            need("EE Lab = 111"),
            Ok(Need { name: "EE Lab".into(), hosts: 111, router: None })
        );
        for wrong in ["Lab", "Lab=", "=5", "Lab=0", "Lab=-5", "Lab=5000000000", "Lab=x", "a=b=3"] {
            assert!(need(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_link_is_found_between_names_with_dashes() {
        let names = ["A", "B-C", "C"];
        let find = |text: &str| names.iter().copied().find(|name| *name == text);
        assert_eq!(ends("A-B-C", find), Some(("A", "B-C")));
        assert_eq!(ends("B-C - C", find), Some(("B-C", "C")));
        assert_eq!(ends("A to C", find), Some(("A", "C")));
        assert_eq!(ends("A-C (2)", find), Some(("A", "C")));
        assert_eq!(ends("A-D", find), None);
        let known = |name: &str| names.contains(&name);
        assert_eq!(cut("A-D-E", known), Some(("A", "D-E")));
        assert_eq!(cut("X-Y - Z-Y", known), Some(("X-Y", "Z-Y")));
        assert_eq!(cut("CS-Lab<-->EE-Lab", known), Some(("CS-Lab", "EE-Lab")));
        assert_eq!(cut("X-Y-Z", known), None);
    }
}
