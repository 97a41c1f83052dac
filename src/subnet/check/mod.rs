//! Is a plan right? Any correct plan is, whatever its order and whatever it leaves free: rules are
//! checked, never equality with one solution.
//!
//! ```text
//!   a row by itself   can it be read? does the network begin where it may? do the columns agree?
//!   a row in the plan inside the base? shared with nobody? large enough?
//!   the interfaces    in a planned network? two ends of a link in one? one gateway each?
//!   the whole         is every site connected with every other?
//! ```
//!
//! A row that has no right place gets the next free block that would do; all these blocks together,
//! and the rows that are right, are a plan that is right.

mod columns;
mod ends;
mod joined;
mod links;
mod place;
mod row;
mod swapped;
mod unchecked;

use std::collections::HashMap;
use std::net::IpAddr;

use super::need::Growth;
use super::network::Network;
use super::sheet::{Row, Sheet};
use super::topology::Topology;
pub(super) use ends::{End, Places, read_end};
pub(super) use joined::{device, is_switch};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Right.
    Ok,
    /// Worth knowing.
    Note,
    /// It works, and could be better.
    Warn,
    /// It will not work.
    Wrong,
}

impl Grade {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Wrong => "wrong",
        }
    }
}

/// One thing to say about a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// How bad it is.
    pub grade: Grade,
    /// Which kind, in a word for programs: `misaligned`, `overlap`.
    pub kind: &'static str,
    /// What is so.
    pub text: String,
    /// The rule it breaks, where that is worth a sentence.
    pub rule: Option<&'static str>,
}

impl Fault {
    pub(super) fn wrong(kind: &'static str, text: String) -> Self {
        Self { grade: Grade::Wrong, kind, text, rule: None }
    }

    pub(super) fn warn(kind: &'static str, text: String) -> Self {
        Self { grade: Grade::Warn, kind, text, rule: None }
    }

    pub(super) fn note(kind: &'static str, text: String) -> Self {
        Self { grade: Grade::Note, kind, text, rule: None }
    }

    pub(super) fn because(self, rule: &'static str) -> Self {
        Self { rule: Some(rule), ..self }
    }
}

/// What a row of the plan is, and what is said about it.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The line of the file; none for what should be in it and is not.
    pub line: Option<usize>,
    /// The name of the network, or the interface.
    pub name: String,
    /// The network that was meant.
    pub network: Option<Network>,
    /// The address of an interface.
    pub address: Option<IpAddr>,
    /// How many hosts it is for.
    pub hosts: Option<u64>,
    /// What there is to say.
    pub faults: Vec<Fault>,
    /// The next free block that would do.
    pub fix: Option<Network>,
    /// Whether it is a link between routers.
    pub link: bool,
}

impl Verdict {
    /// The worst of what is said.
    #[must_use]
    pub fn grade(&self) -> Grade {
        self.faults.iter().map(|fault| fault.grade).max().unwrap_or(Grade::Ok)
    }

    fn is_wrong(&self) -> bool {
        self.grade() == Grade::Wrong
    }
}

/// A plan that was checked.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The network that was divided.
    pub base: Option<Network>,
    /// Whether somebody has said so; else it is the smallest network around all rows.
    pub base_is_given: bool,
    /// The networks.
    pub rows: Vec<Verdict>,
    /// The interfaces.
    pub ends: Vec<Verdict>,
    /// What concerns no single row.
    pub whole: Vec<Fault>,
    /// What the rows that are right leave free, and the suggestions too.
    pub free: Vec<Network>,
    /// Who is connected with whom.
    pub topology: Topology,
}

impl Checked {
    /// How many things are of a grade.
    #[must_use]
    pub fn count(&self, grade: Grade) -> usize {
        let verdicts = self.rows.iter().chain(&self.ends).map(Verdict::grade);
        verdicts.chain(self.whole.iter().map(|fault| fault.grade)).filter(|g| *g == grade).count()
    }

    /// Whether something was checked, and nothing is wrong.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.count(Grade::Wrong) == 0 && !(self.rows.is_empty() && self.ends.is_empty())
    }
}

/// A row while it is being checked.
#[derive(Clone, Debug)]
struct Entry {
    verdict: Verdict,
    row: Row,
    /// How many hosts with growth.
    needed: Option<u64>,
    /// How many addresses hosts and gateway take, where the row says that itself.
    full: Option<u64>,
    /// Addresses beside those of the hosts: the gateway's.
    beside: u64,
    /// Whether its name joins two others: `A-B`.
    joins: bool,
    /// Whether it must move: it is outside, in somebody else's way, or too small.
    moves: bool,
}

/// Names are the same whatever their case, and with any sign for a space.
#[must_use]
pub fn key(name: &str) -> String {
    name.to_lowercase().split([' ', '_']).collect::<Vec<_>>().join(" ")
}

/// Checks a plan. A base and a growth that are given here count; else what the file says.
#[must_use]
pub fn check(sheet: &Sheet, base: Option<Network>, growth: Growth) -> Checked {
    check_counted(sheet, base, growth, false)
}

/// The same; the numbers of hosts may have the gateway among them.
#[must_use]
pub fn check_counted(
    sheet: &Sheet,
    base: Option<Network>,
    growth: Growth,
    gateway_counted: bool,
) -> Checked {
    let mut whole = Vec::new();
    let mut entries: Vec<Entry> = sheet.subnets.iter().map(row::read).collect();
    swapped::report(&entries, &mut whole);
    requirements(sheet, &mut entries);
    links::find(sheet, &mut entries);
    for entry in &mut entries {
        // A link has two ends, however large the sites become.
        let hosts = entry.verdict.hosts.filter(|_| !entry.verdict.link);
        entry.needed = entry.needed.max(hosts.map(|hosts| growth.of(hosts)));
        entry.beside = u64::from(!gateway_counted && !entry.verdict.link);
        row::size(entry);
    }
    let base_argument = base;
    let given = base.or(sheet.base);
    let base = given.or_else(|| place::around(&entries));
    place::duplicates(&mut entries);
    place::outside(&mut entries, given);
    place::overlaps(&mut entries);
    let free = place::suggest(&mut entries, base, given.is_some());
    if let Some(text) = sheet.base_fault.clone().filter(|_| base_argument.is_none()) {
        let fault = if given.is_some() { Fault::warn } else { Fault::wrong };
        whole.push(fault("base", text));
    }
    for line in &sheet.totals {
        let text = format!("line {line} was left out: it is the total of the others");
        whole.push(Fault::note("total", text));
    }
    for (line, header) in &sheet.unknown {
        let text = format!("the table at line {line} was left out: {header}");
        whole.push(Fault::note("unknown table", text));
    }
    if given.is_none() && sheet.base_fault.is_none() && !entries.is_empty() {
        let text = "no base was given, so nothing can be outside it: --base, or a line in the file \
            such as Base: 10.106.192.0/20";
        whole.push(Fault::note("no base", text.to_owned()));
    }
    let topology =
        Topology::new(sheet, &entries.iter().map(|e| e.verdict.clone()).collect::<Vec<_>>());
    let ends = ends::check(sheet, &mut entries, given);
    whole.extend(topology.unreachable().into_iter().map(|(name, other)| {
        let text = format!("{name} is not connected with {other}: no link leads there");
        Fault::wrong("unreachable", text)
            .because("every site is reachable from every other by the links of the plan")
    }));
    unchecked::notes(sheet, &entries, &topology, &mut whole);
    let rows = entries.into_iter().map(|entry| entry.verdict).collect();
    Checked { base, base_is_given: given.is_some(), rows, ends, whole, free, topology }
}

/// Requirements of a table of their own: hosts for the rows of the same name, and rows for what has
/// none.
fn requirements(sheet: &Sheet, entries: &mut Vec<Entry>) {
    let mut places: HashMap<String, usize> = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        places.entry(key(&entry.verdict.name)).or_insert(at);
    }
    for want in &sheet.wants {
        let mut wanted = row::read_want(want);
        if let Some(at) = places.get(&key(&wanted.verdict.name)) {
            let entry = &mut entries[*at];
            if let (Some(here), Some(there)) = (entry.verdict.hosts, wanted.verdict.hosts)
                && here != there
            {
                let text = format!(
                    "the plan says {here} hosts, the requirements in line {} say {there}",
                    want.line
                );
                entry.verdict.faults.push(Fault::wrong("hosts", text));
            }
            entry.verdict.hosts = wanted.verdict.hosts.max(entry.verdict.hosts);
            entry.needed = wanted.needed.max(entry.needed);
            entry.full = wanted.full.max(entry.full);
            entry.verdict.faults.append(&mut wanted.verdict.faults);
        } else if !sheet.subnets.is_empty() {
            let text =
                format!("line {} asks for it, and no row of the plan has that name", want.line);
            wanted.verdict.line = None;
            wanted.verdict.faults.push(Fault::wrong("missing", text));
            wanted.moves = true;
            places.insert(key(&wanted.verdict.name), entries.len());
            entries.push(wanted);
        }
    }
}
