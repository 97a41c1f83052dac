//! What this machine and this process have, on Linux, macOS and other descendants of BSD.

use std::fs;
use std::net::{IpAddr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::RawFd;

use nix::ifaddrs::getifaddrs;
use nix::net::if_::if_indextoname;
use nix::sys::socket::{SockaddrStorage, getsockname};

/// The folder with the numbers of this process's descriptors (`man 5 proc`, `man 4 fd`).
const DESCRIPTORS: &str = if cfg!(target_os = "linux") { "/proc/self/fd" } else { "/dev/fd" };

pub(in crate::socket) fn interface_name(index: u32) -> Option<String> {
    if_indextoname(index).ok().map(|name| name.to_string_lossy().into_owned())
}

pub(in crate::socket) fn own_addresses() -> Vec<IpAddr> {
    let Ok(addresses) = getifaddrs() else { return Vec::new() };
    addresses.filter_map(|one| endpoint(&one.address?)).map(|address| address.ip()).collect()
}

pub(in crate::socket) fn open_endpoints() -> Vec<SocketAddr> {
    let Ok(open) = fs::read_dir(DESCRIPTORS) else { return Vec::new() };
    let numbers = open.flatten().filter_map(|one| one.file_name().to_str()?.parse::<RawFd>().ok());
    numbers
        .filter_map(|number| getsockname::<SockaddrStorage>(number).ok())
        .filter_map(|name| endpoint(&name))
        .filter(|address| address.port() != 0)
        .collect()
}

fn endpoint(address: &SockaddrStorage) -> Option<SocketAddr> {
    if let Some(v4) = address.as_sockaddr_in() {
        return Some(SocketAddrV4::from(*v4).into());
    }
    address.as_sockaddr_in6().map(|v6| SocketAddrV6::from(*v6).into())
}
