//! The kernel's settings, under `/proc/sys` (`man 5 proc`).

use std::fs::File;
use std::io::Read;

/// Most settings are a few numbers.
const USUAL: usize = 512;
/// The longest list of ports: every second one, with its comma.
const LONGEST: usize = 256 * 1024;

/// A setting, read in one piece: of a list of ports the kernel gives what one `read` has room for, and
/// nothing to the next.
pub(super) fn read(name: &str) -> Option<String> {
    let path = format!("/proc/sys/{name}");
    let read = |buffer: &mut [u8]| {
        let length = File::open(&path).and_then(|mut file| file.read(buffer)).ok()?;
        let whole = length + 8 < buffer.len();
        Some((whole, String::from_utf8_lossy(&buffer[..length]).into_owned()))
    };
    match read(&mut [0; USUAL])? {
        (true, text) => Some(text),
        (false, _) => read(&mut vec![0; LONGEST]).map(|(_, text)| text),
    }
}

/// A setting of two numbers.
pub(super) fn pair(name: &str) -> Option<(u16, u16)> {
    let text = read(name)?;
    let mut numbers = text.split_whitespace().map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The ports that the kernel hands out to nobody who has not asked for them:
/// `net.ipv4.ip_local_reserved_ports`.
pub(crate) fn kept_back_ports() -> Vec<(u16, u16)> {
    read("net/ipv4/ip_local_reserved_ports").map_or_else(Vec::new, |text| spans(&text))
}

/// `8080,9000-9010`.
fn spans(list: &str) -> Vec<(u16, u16)> {
    let parts = list.trim().split(',').map(|part| part.split_once('-').unwrap_or((part, part)));
    parts.filter_map(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_ports_is_numbers_and_spans() {
        assert_eq!(spans("\n"), []);
        assert_eq!(spans("8080,9000-9010\n"), [(8080, 8080), (9000, 9010)]);
    }

    #[test]
    fn this_kernel_has_settings() {
        let (first, last) = pair("net/ipv4/ip_local_port_range").expect("Linux has it");
        assert!(first <= last);
        assert_eq!(read("net/ipv4/no_such_setting"), None);
    }
}
