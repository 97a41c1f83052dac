//! An address bit by bit, or in IPv6 digit by digit, with a bar where the prefix ends:
//!
//! ```text
//!   which bits  nnnnnnnn.nnnnnnnn.n|hhhhhhh.hhhhhhhh    n network bit, h host bit
//!   address     00001010.00000000.0|0111000.00010111
//! ```

use std::net::IpAddr;

use super::super::style::{Ink, Style};
use crate::subnet::Network;

/// Bits in a cell of the picture: one, or the four of a hexadecimal digit.
const fn cell_bits(v4: bool) -> u8 {
    if v4 { 1 } else { 4 }
}

/// The cells of an address.
fn cells(address: IpAddr) -> Vec<char> {
    match address {
        IpAddr::V4(v4) => v4
            .octets()
            .iter()
            .flat_map(|octet| format!("{octet:08b}").chars().collect::<Vec<_>>())
            .collect(),
        IpAddr::V6(v6) => v6
            .segments()
            .iter()
            .flat_map(|group| format!("{group:04x}").chars().collect::<Vec<_>>())
            .collect(),
    }
}

/// Puts cells together: groups, and the bar.
fn line(style: &Style, cells: &[char], prefix: u8, v4: bool, plain: bool) -> String {
    let (group, separator) = if v4 { (8, '.') } else { (4, ':') };
    let bar = usize::from(prefix.div_ceil(cell_bits(v4)));
    let sign = |sign| if plain { ' ' } else { sign };
    let (mut left, mut right) = (String::new(), String::new());
    for (at, cell) in cells.iter().enumerate() {
        let side = if at < bar { &mut left } else { &mut right };
        if at > 0 && at != bar && at.is_multiple_of(group) {
            side.push(sign(separator));
        }
        side.push(*cell);
    }
    let bar = sign('|').to_string();
    if plain {
        return format!("{left}{bar}{right}");
    }
    format!("{}{bar}{}", style.paint(Ink::Value, &left), style.paint(Ink::Warn, &right))
}

/// An address in the picture of a network.
#[must_use]
pub fn address(style: &Style, address: IpAddr, prefix: u8) -> String {
    line(style, &cells(address), prefix, address.is_ipv4(), false)
}

/// Which bits are whose: `n` network, `h` host, `x` a digit that the prefix cuts.
#[must_use]
pub fn owners(style: &Style, network: Network) -> String {
    let (v4, prefix) = (network.is_v4(), network.prefix());
    let width = cell_bits(v4);
    let letters: Vec<char> = (0..network.bits() / width)
        .map(|cell| match (cell * width, (cell + 1) * width) {
            (_, end) if end <= prefix => 'n',
            (begin, _) if begin >= prefix => 'h',
            _ => 'x',
        })
        .collect();
    line(style, &letters, prefix, v4, false)
}

/// A mark below one bit, counted from 1.
#[must_use]
pub fn mark(style: &Style, network: Network, bit: u8) -> String {
    let v4 = network.is_v4();
    let at = usize::from((bit - 1) / cell_bits(v4));
    let count = usize::from(network.bits() / cell_bits(v4));
    let cells: Vec<char> = (0..count).map(|cell| if cell == at { '^' } else { ' ' }).collect();
    line(style, &cells, network.prefix(), v4, true).trim_end().to_owned()
}

/// The digit that a prefix cuts, in bits: `8 = 10|00`.
#[must_use]
pub fn cut_digit(network: Network, address: IpAddr) -> Option<String> {
    let inside = network.prefix() % 4;
    if network.is_v4() || inside == 0 {
        return None;
    }
    let place = network.prefix() / 4;
    let digit = cells(address).get(usize::from(place)).copied()?;
    let bits = format!("{:04b}", digit.to_digit(16)?);
    let (left, right) = bits.split_at(usize::from(inside));
    Some(format!(
        "x: the prefix cuts digit {}, which is {digit} = {left}|{right} in bits",
        place + 1
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subnet::read;

    #[test]
    fn the_bar_stands_where_the_prefix_ends() {
        let style = Style::default();
        let shown = |text: &str| {
            let asked = read::network(text).expect(text);
            let rows = [
                address(&style, asked.address, asked.network.prefix()),
                owners(&style, asked.network),
            ];
            assert_eq!(rows[0].find('|'), rows[1].find('|'));
            rows.join(" ")
        };
        assert_eq!(
            shown("10.0.56.23/17"),
            "00001010.00000000.0|0111000.00010111 nnnnnnnn.nnnnnnnn.n|hhhhhhh.hhhhhhhh"
        );
        assert!(shown("10.0.56.23/0").starts_with("|00001010."));
        assert!(shown("10.0.56.23/32").contains("00010111| "));
        assert!(shown("10.0.56.23/24").contains("nnnnnnnn|hhhhhhhh"));
        assert!(shown("2001:db8::/48").starts_with("2001:0db8:0000|0000:"));
        assert!(shown("2001:db8::/50").ends_with("nnnn:nnnn:nnnn:x|hhh:hhhh:hhhh:hhhh:hhhh"));
    }

    #[test]
    fn the_mark_is_below_its_bit() {
        let asked = read::network("10.0.56.23/17").expect("a network");
        let mark = mark(&Style::default(), asked.network, 18);
        assert_eq!(mark.find('^'), Some(20));
    }
}
