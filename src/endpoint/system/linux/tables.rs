//! All the tables that were asked for: each by netlink, or else from its file.

use std::io::{self, ErrorKind};

use super::kind::{KINDS, Kind, PINGS};
use super::netlink::Netlink;
use super::rows;
use crate::endpoint::Query;
use crate::endpoint::system::Listing;
use crate::error::{CallError, Failure};
use crate::event::Operation;

/// The sockets of this network namespace.
pub(crate) fn sockets(query: Query) -> Result<Listing, Failure> {
    list(query, Netlink::open())
}

pub(super) fn list(query: Query, netlink: io::Result<Netlink>) -> Result<Listing, Failure> {
    let (mut netlink, mut refusal) = match netlink {
        Ok(netlink) => (Some(netlink), None),
        Err(error) => (None, Some(error)),
    };
    let mut listing = Listing::default();
    let (mut whole, mut from_file, mut told) = (true, false, false);
    let mut asked = query;
    if query.tcp
        && let Some(both) = &mut netlink
    {
        match both.dump_tcp(query, &mut listing.sockets) {
            Ok(all) => (told, whole, asked.tcp) = (true, all, false),
            // Family by family, then.
            Err(_) => netlink = Netlink::open().ok(),
        }
    }
    for kind in KINDS.iter().filter(|kind| kind.is_wanted(asked)) {
        match dump(netlink.as_mut(), kind, query, &mut listing) {
            Ok(all) => (told, whole) = (true, whole & all),
            Err(error) => {
                if netlink.is_some() {
                    // Part of an answer may be left in it. If the next one cannot be opened, that
                    // is as good as a refusal.
                    refusal = Some(error);
                    netlink = Netlink::open().ok();
                }
                if rows::read(kind, query, &mut listing.sockets).is_ok() {
                    told = true;
                    from_file |= kind.is_tcp();
                }
            }
        }
    }
    if PINGS[0].is_wanted(query) {
        rows::pings(&mut listing.sockets);
    }
    if let (false, Some(error)) = (told, refusal) {
        let socket = Operation::Socket { domain: "AF_NETLINK", kind: "SOCK_DGRAM" };
        return Err(CallError::new(socket, error).into());
    }
    listing.unseen.extend((!whole).then(|| CHANGED.to_owned()));
    listing.unseen.extend(from_file.then(|| FROM_FILE.to_owned()));
    Ok(listing)
}

/// One table by netlink, where there is any.
fn dump(
    netlink: Option<&mut Netlink>,
    kind: &Kind,
    query: Query,
    listing: &mut Listing,
) -> io::Result<bool> {
    let netlink = netlink.ok_or(ErrorKind::Unsupported)?;
    netlink.dump(kind, query, &mut listing.sockets)
}

const CHANGED: &str =
    "The sockets changed while they were listed: one may be missing, or there twice.";
const FROM_FILE: &str = "Read from /proc/net, for netlink is refused here: what is bound and does \
                         not listen yet, and the queues of those that listen, do not show.";
