//! Networks as people write them: `10.0.56.23/17`, `10.0.56.23/255.255.128.0`,
//! `10.0.56.23 255.255.128.0`, `2001:db8::/48`; and what is wrong where it is none.

use std::net::{IpAddr, Ipv4Addr};

use super::network::Network;

/// What was asked about: an address, and the network that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The address as it was given.
    pub address: IpAddr,
    /// Its network.
    pub network: Network,
}

/// Something that could not be read, and the rule that it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    /// What it should have been.
    pub what: &'static str,
    /// What it was.
    pub value: String,
    /// The rule.
    pub rule: String,
    /// What probably happened.
    pub cause: String,
}

impl Misread {
    /// One with everything.
    #[must_use]
    pub fn new(what: &'static str, value: &str, rule: &str, cause: &str) -> Self {
        Self { what, value: value.to_owned(), rule: rule.to_owned(), cause: cause.to_owned() }
    }
}

const FORMS: &str = "a network is an address, a slash and the number of network bits, such as \
    10.0.56.23/17 or 2001:db8::/48; for IPv4 a mask such as 255.255.128.0 will do as well";

/// Networks from words. A bare address takes the word behind it as its mask.
///
/// # Errors
///
/// [`Misread`] for the first one that is none.
pub fn networks<'a>(words: impl Iterator<Item = &'a str>) -> Result<Vec<Asked>, Misread> {
    let mut words = words.peekable();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        match words.peek() {
            Some(mask) if !word.contains('/') && !mask.contains('/') => {
                found.push(network(&format!("{word}/{mask}"))?);
                words.next();
            }
            // `10.0.0.0 /8`, as some type it.
            Some(bits) if !word.contains('/') && bits.starts_with('/') => {
                found.push(network(&format!("{word}{bits}"))?);
                words.next();
            }
            _ => found.push(network(word)?),
        }
    }
    Ok(found)
}

/// One network.
///
/// # Errors
///
/// [`Misread`] when it is none.
pub fn network(text: &str) -> Result<Asked, Misread> {
    let text = text.trim();
    let Some((left, right)) = text.split_once('/') else {
        let cause = match text.parse::<IpAddr>() {
            Ok(_) => "the prefix length is missing: the address alone does not say which network",
            Err(_) => "something else stands where the network should be",
        };
        return Err(Misread::new("network", text, FORMS, cause));
    };
    let (left, right) = (left.trim(), right.trim());
    let address = address(left).map_err(|misread| Misread { value: text.to_owned(), ..misread })?;
    let bits = prefix(right, address.is_ipv4())
        .map_err(|misread| Misread { value: text.to_owned(), ..misread })?;
    Network::new(address, bits)
        .map(|network| Asked { address, network })
        .ok_or_else(|| Misread::new("network", text, FORMS, "the prefix is too long"))
}

/// A prefix length, or for IPv4 a mask.
///
/// # Errors
///
/// [`Misread`] when it is neither.
pub fn prefix(text: &str, v4: bool) -> Result<u8, Misread> {
    let text = text.trim().trim_start_matches('/');
    let most = if v4 { 32 } else { 128 };
    let family = if v4 { "IPv4" } else { "IPv6" };
    let rule = format!("an {family} address has {most} bits: its prefix length is 0 to {most}");
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return match text.parse() {
            Ok(bits) if bits <= most => Ok(bits),
            _ => Err(Misread::new("network", text, &rule, "the prefix length is too large")),
        };
    }
    match text.parse::<Ipv4Addr>() {
        Ok(mask) if v4 => mask_bits(mask),
        Ok(_) => Err(Misread::new("network", text, &rule, "IPv6 has no masks in dotted form")),
        Err(_) if v4 && text.contains('.') => address(text).map(|_| 0).map_err(|misread| Misread {
            rule: format!("a mask is four numbers, such as 255.255.128.0: {}", misread.rule),
            ..misread
        }),
        Err(_) => {
            let cause = if text.is_empty() {
                "nothing stands behind the slash"
            } else if text.starts_with('-') {
                "a prefix length is not negative"
            } else {
                "letters or signs stand where the number should be"
            };
            Err(Misread::new("network", text, &rule, cause))
        }
    }
}

/// The ones of a mask, which must all come first.
fn mask_bits(mask: Ipv4Addr) -> Result<u8, Misread> {
    let bits = u32::from(mask);
    let ones = bits.leading_ones();
    if bits.count_ones() == ones {
        return Ok(u8::try_from(ones).unwrap_or(32));
    }
    let picture: Vec<String> = mask.octets().iter().map(|octet| format!("{octet:08b}")).collect();
    let rule = format!(
        "a mask is ones, then zeros, without a gap (RFC 4632); {mask} is {}",
        picture.join(".")
    );
    let cause = if (!bits).leading_ones() == (!bits).count_ones() {
        format!("this is a wildcard mask; the mask is {}", Ipv4Addr::from(!bits))
    } else {
        let octet = "the octets of a mask are 0, 128, 192, 224, 240, 248, 252, 254 or 255";
        format!("a misprint: {octet}, and behind the first that is not 255 all are 0")
    };
    Err(Misread { what: "mask", value: mask.to_string(), rule, cause })
}

/// One address.
///
/// # Errors
///
/// [`Misread`] when it is none.
pub fn address(text: &str) -> Result<IpAddr, Misread> {
    let text = text.trim();
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let (rule, cause) = if text.contains(':') {
        let rule = "an IPv6 address is 8 groups of up to 4 hexadecimal digits with colons between \
            them; :: stands once for groups of zeros";
        (rule, v6_cause(text))
    } else {
        let rule = "an IPv4 address is four numbers from 0 to 255 with points between them";
        (rule, v4_cause(text))
    };
    Err(Misread::new("address", text, rule, &cause))
}

fn v6_cause(text: &str) -> String {
    let digits = |group: &str| group.len() <= 4 && group.bytes().all(|b| b.is_ascii_hexdigit());
    if text.contains('%') {
        "leave out what is behind the %: it names an interface, not a bit of the address".into()
    } else if text.matches("::").count() > 1 {
        ":: stands twice; then nobody knows how many zeros each means".into()
    } else if let Some(group) = text.split(':').find(|group| !digits(group)) {
        format!("{group:?} is no group of up to 4 hexadecimal digits")
    } else {
        "there are too many groups, or too few".into()
    }
}

fn v4_cause(text: &str) -> String {
    let parts: Vec<&str> = text.split('.').collect();
    let digits = |part: &&&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if text.is_empty() {
        return "it was left empty".into();
    }
    if let Some(part) = parts.iter().find(|part| !digits(part)) {
        return if part.is_empty() {
            "a number is missing beside a point".into()
        } else if parts.len() == 1 {
            "something else stands where the address should be".into()
        } else {
            format!("{part:?} is no number")
        };
    }
    if parts.len() != 4 {
        return format!("it has {} of the four numbers", parts.len());
    }
    match parts.iter().find(|part| part.parse::<u8>().is_err()) {
        Some(part) => format!("{part} is larger than 255: 8 bits cannot hold it"),
        None => "a number begins with 0; some programs read that in base 8, so netlab does not \
            guess"
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_are_one() {
        let asked = network("10.0.56.23/17").expect("a network");
        assert_eq!(asked.network.to_string(), "10.0.0.0/17");
        assert_eq!(network("10.0.56.23/255.255.128.0"), Ok(asked));
        for words in [["10.0.56.23", "255.255.128.0"], ["10.0.56.23", "/17"]] {
            assert_eq!(networks(words.into_iter()), Ok(vec![asked]));
        }
    }

    #[test]
    fn what_is_no_network_is_told_why() {
        for (wrong, word) in [
            ("10.0.0.1/33", "too large"),
            ("10.0.0.256/24", "256"),
            ("10.0.0/24", "3 of the four"),
            ("10.0.0.1", "missing"),
            ("10.0.0.1/", "nothing"),
            ("10.0.0.1/-1", "negative"),
            ("10.0.0.1/255.0.255.0", "misprint"),
            ("10.0.0.1/0.0.0.255", "wildcard"),
            ("10.0.0.1/255.255.256.0", "256"),
            ("010.0.0.1/8", "base 8"),
            ("10.O.0.1/8", "\"O\""),
            ("2001:db8::1::/48", "twice"),
            ("2001:db8::/129", "too large"),
            ("2001:db8::/255.0.0.0", "dotted"),
            ("fe80::1%eth0/64", "interface"),
            ("", "something else"),
            ("/", "empty"),
            ("10.0.0.1/1/2", "letters"),
        ] {
            let misread = network(wrong).expect_err(wrong);
            assert!(misread.cause.contains(word), "{wrong}: {misread:?}");
        }
    }
}
