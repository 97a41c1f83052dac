//! What was not checked, because the file does not say it. Silence is not "right".

use super::{Entry, Fault};
use crate::subnet::need;
use crate::subnet::sheet::Sheet;
use crate::subnet::topology::Topology;

/// Says what was not checked.
pub(super) fn notes(sheet: &Sheet, entries: &[Entry], topology: &Topology, whole: &mut Vec<Fault>) {
    if entries.is_empty() && sheet.ends.is_empty() {
        let wanted = sheet.wants.len();
        let text = if wanted > 0 {
            format!(
                "nothing was checked: the file says what is wanted ({wanted} rows) and names no \
                 network; netlab subnet plan BASE FILE makes a plan of it"
            )
        } else {
            "nothing was checked: the file has no row with a network".to_owned()
        };
        whole.push(Fault::wrong("nothing", text));
        return;
    }
    let mut note = |text: String| whole.push(Fault::note("not checked", text));
    let sites = || entries.iter().filter(|entry| !entry.verdict.link);
    let unknown = sites().filter(|entry| entry.verdict.hosts.is_none() && entry.full.is_none());
    let unknown: Vec<&str> = unknown.map(|entry| entry.verdict.name.as_str()).collect();
    if !unknown.is_empty() {
        note(format!(
            "no number of hosts for {}: whether they are large enough was not checked",
            some(&unknown)
        ));
    }
    if sheet.ends.is_empty() {
        note(
            "there is no table of interfaces (device, interface, address, connected to): the \
             addresses of the routers were not checked"
                .to_owned(),
        );
    }
    if !topology.is_linked() && sites().count() > 1 {
        note("no links are named: whether every site can be reached was not checked".to_owned());
    }
    // One that names its routers and has no interface is told about in its own row.
    let told = |entry: &Entry| entry.joins && !sheet.ends.is_empty();
    let loose = entries
        .iter()
        .filter(|entry| entry.verdict.link && need::is_link(&entry.verdict.name) && !told(entry));
    let served = |entry: &Entry| {
        entry.verdict.network.is_some_and(|net| {
            sheet.ends.iter().any(|row| {
                row.get(crate::subnet::sheet::Column::Address)
                    .and_then(super::row::first_address)
                    .is_some_and(|address| net.contains(address))
            })
        })
    };
    let loose: Vec<&str> =
        loose.filter(|entry| !served(entry)).map(|entry| entry.verdict.name.as_str()).collect();
    if !loose.is_empty() {
        note(format!("nothing says which routers {} joins: that was not checked", some(&loose)));
    }
}

/// Some names, and how many more.
fn some(names: &[&str]) -> String {
    const NAMED: usize = 3;
    let first = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
