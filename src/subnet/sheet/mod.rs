//! Tables that somebody wrote: a plan, requirements, addresses, links. In Markdown or CSV, with the
//! columns that they have, under the names that people give them.
//!
//! The reader forgives how a table is written: line endings, byte order marks, tabs, `;` for `,`,
//! spaces that do not break, curly quotes, backticks, bold, alignment, upper and lower case, missing
//! cells at the end of a row. It does not forgive what a cell means: that is for [`check`](super::check).
//!
//! What a table is for is seen by its columns:
//!
//! | table | has at least |
//! | --- | --- |
//! | subnets | a network |
//! | requirements | a name and hosts |
//! | interfaces | an address, and a device, an interface or what it is connected to |
//! | links | from and to, or a link `A-B` |

mod cells;
mod columns;

use std::collections::{BTreeMap, BTreeSet};

use super::network::Network;
use super::read::{self, Asked, Misread};
pub use cells::clean;
pub use columns::Column;

/// Rows of a file that are read, of all tables together.
pub const MOST_ROWS: usize = 10_000;

/// A row of a table: what stands in its columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The line of the file, from 1.
    pub line: usize,
    /// Cells behind the last column of the header.
    pub surplus: usize,
    cells: BTreeMap<Column, String>,
    /// Columns of the table in which nothing stands here, not even a dash.
    empty: BTreeSet<Column>,
}

impl Row {
    /// What stands in a column, if anything does.
    #[must_use]
    pub fn get(&self, column: Column) -> Option<&str> {
        self.cells.get(&column).map(String::as_str)
    }

    /// Whether the table has the column, and this row has nothing in it. A dash says that there is
    /// nothing; that is something.
    #[must_use]
    pub fn is_empty(&self, column: Column) -> bool {
        self.empty.contains(&column)
    }

    /// Lets two columns change places.
    pub fn swap(&mut self, one: Column, other: Column) {
        let (a, b) = (self.cells.remove(&one), self.cells.remove(&other));
        self.cells.extend(a.map(|cell| (other, cell)));
        self.cells.extend(b.map(|cell| (one, cell)));
    }
}

/// A file with tables.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// A line such as `Base: 10.106.192.0/20`.
    pub base: Option<Network>,
    /// What is wrong with that line.
    pub base_fault: Option<String>,
    /// Lines with the sum of the others, which are no networks.
    pub totals: Vec<usize>,
    /// Rows of tables with networks.
    pub subnets: Vec<Row>,
    /// Rows of tables with names and hosts, and no networks.
    pub wants: Vec<Row>,
    /// Rows of tables with interfaces and their addresses.
    pub ends: Vec<Row>,
    /// Rows of tables with links.
    pub links: Vec<Row>,
    /// Tables whose columns say nothing: the line of each, and its header.
    pub unknown: Vec<(usize, String)>,
}

/// A file that cannot be read as tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The line it fails at, from 1; none when there is no line to show.
    pub line: Option<usize>,
    /// That line.
    pub text: String,
    /// What is missing.
    pub why: String,
}

impl Sheet {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when there is no table in it, or far too much.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let text = cells::decode(bytes);
        if let Some(unreadable) = json(&text) {
            return Err(unreadable);
        }
        let found = cells::tables(&text);
        let rows: usize = found.tables.iter().map(|table| table.rows.len()).sum();
        if rows > MOST_ROWS {
            let why = format!("{rows} rows are too many: at most {MOST_ROWS} are read");
            return Err(Unreadable { line: None, text: String::new(), why });
        }
        let mut sheet = Self::default();
        // Of several lines that say "network address", each is about another network.
        let only = found.given.first().filter(|_| found.given.len() == 1);
        if let Some((line, text)) = found.base.as_ref().or(only) {
            sheet.read_base(*line, text);
        }
        for (line, text) in &found.more {
            sheet.second_base(*line, text);
        }
        for table in &found.tables {
            sheet.add(table);
        }
        let filled = [&sheet.subnets, &sheet.wants, &sheet.ends, &sheet.links];
        if filled.iter().all(|rows| rows.is_empty()) {
            return Err(nothing(&text, &found));
        }
        Ok(sheet)
    }

    fn read_base(&mut self, line: usize, text: &str) {
        match base(text) {
            Some(Ok(asked)) => {
                self.base = Some(asked.network);
                if asked.address != asked.network.address() {
                    self.base_fault = Some(format!(
                        "line {line}: the base {}/{} has host bits that are not 0; it is taken to be \
                         {}",
                        asked.address,
                        asked.network.prefix(),
                        asked.network
                    ));
                }
            }
            Some(Err(misread)) => {
                self.base_fault = Some(format!(
                    "line {line}: the base {:?} cannot be read: {}; {}",
                    misread.value, misread.cause, misread.rule
                ));
            }
            None => {}
        }
    }

    /// A base after the first one is told about, unless it is the same.
    fn second_base(&mut self, line: usize, text: &str) {
        if base(text).is_none_or(|read| read.ok().map(|asked| asked.network) == self.base) {
            return;
        }
        let second = format!("line {line}: a second base was left out: {text}");
        self.base_fault = Some(match self.base_fault.take() {
            Some(first) => format!("{first}; {second}"),
            None => second,
        });
    }

    fn add(&mut self, table: &cells::Table) {
        use Column::{Address, ConnectedTo, Device, From, Grown, Hosts, Interface, Link, Name, To};
        let columns = columns::resolve(table);
        let has = |column| columns.contains(&Some(column));
        let rows = if has(Address) && (has(Device) || has(Interface) || has(ConnectedTo)) {
            &mut self.ends
        } else if has(Column::Network) {
            &mut self.subnets
        } else if has(Name) && (has(Hosts) || has(Grown) || has(Column::Full)) {
            &mut self.wants
        } else if (has(From) && has(To))
            || has(Link)
            || has(ConnectedTo) && (has(Name) || has(Device))
        {
            &mut self.links
        } else {
            self.unknown.push((table.line, table.header.join(" | ")));
            return;
        };
        let all = table.rows.iter().map(|(line, cells)| row(*line, cells, &columns));
        let (sums, others): (Vec<Row>, Vec<Row>) = all.partition(is_total);
        rows.extend(others);
        self.totals.extend(sums.iter().map(|row| row.line));
    }
}

/// Whether a row is the sum of the others: it says so, has a number, and no network or address.
fn is_total(row: &Row) -> bool {
    let places = [Column::Network, Column::Address, Column::From, Column::To, Column::Link];
    let name = row.get(Column::Name).unwrap_or_default().to_lowercase();
    let sums = ["total", "totals", "sum", "grand total", "total hosts", "overall"];
    sums.contains(&name.trim_end_matches([':', ' ']))
        && places.into_iter().all(|column| row.get(column).is_none())
        && row.get(Column::ConnectedTo).is_none()
}

fn row(line: usize, cells: &[String], columns: &[Option<Column>]) -> Row {
    let mut row = Row { line, ..Row::default() };
    for (cell, column) in cells.iter().zip(columns) {
        if let Some(column) = column
            && !is_blank(cell)
        {
            row.cells.insert(*column, cell.clone());
        }
    }
    let empty = |at: usize| cells.get(at).is_none_or(String::is_empty);
    row.empty = columns
        .iter()
        .enumerate()
        .filter_map(|(at, column)| column.filter(|_| empty(at)))
        .collect();
    row.surplus = cells.iter().skip(columns.len()).filter(|cell| !cell.is_empty()).count();
    row
}

/// The signs that people put where nothing is to be said.
#[must_use]
pub fn is_blank(cell: &str) -> bool {
    let nothing = ["", "-", "--", "–", "—", "n/a", "na", "none", "?"];
    nothing.contains(&cell.to_lowercase().as_str())
}

/// The network on a line that says what the base is, or what is wrong with it.
fn base(line: &str) -> Option<Result<Asked, Misread>> {
    let separators =
        |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '(' | ')' | ':' | '=');
    // IPv6 has colons of its own: first with them, then without.
    let words = line.split(|c: char| separators(c) && c != ':').chain(line.split(separators));
    let words =
        words.filter(|word| word.contains('/') && word.contains(|c: char| c.is_ascii_digit()));
    let mut first = None;
    for word in words {
        match read::network(word.trim_matches(['.', '`', '*'])) {
            Ok(asked) => return Some(Ok(asked)),
            Err(misread) => first = first.or(Some(misread)),
        }
    }
    let colons = |c: char| separators(c) && c != ':';
    let apart = address_and_mask(line.split(colons));
    apart.or_else(|| address_and_mask(line.split(separators))).or(first.map(Err))
}

/// An address, and somewhere behind it a mask or `/24`; without them the address alone is no network.
fn address_and_mask<'a>(
    mut words: impl Iterator<Item = &'a str>,
) -> Option<Result<Asked, Misread>> {
    let address = words.find(|word| word.contains(['.', ':']) && read::address(word).is_ok())?;
    let mask = words.find(|word| word.starts_with('/') || word.starts_with("255."));
    Some(match mask {
        Some(mask) => read::network(&format!("{address}/{}", mask.trim_start_matches('/'))),
        None => read::network(address),
    })
}

/// What programs write for programs is no table.
fn json(text: &str) -> Option<Unreadable> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let begins = line.starts_with("{\"") || line == "{" || line.starts_with("[{") || line == "[";
    begins.then(|| Unreadable {
        line: Some(1),
        text: line.chars().take(40).collect(),
        why: "this is JSON, which is for programs: write the plan with --format markdown"
            .to_owned(),
    })
}

/// What to say of a file in which no table could be used.
fn nothing(text: &str, found: &cells::Found) -> Unreadable {
    if let Some(table) = found.tables.first() {
        let known: Vec<&str> =
            columns::resolve(table).into_iter().flatten().map(Column::name).collect();
        let why = if table.rows.is_empty() {
            "the table has a header and no rows".to_owned()
        } else if known.is_empty() {
            "none of the columns has a name that netlab knows".to_owned()
        } else {
            format!("only these columns were recognised: {}", known.join(", "))
        };
        return Unreadable { line: Some(table.line), text: table.header.join(" | "), why };
    }
    let first = text.lines().enumerate().find(|(_, line)| !line.trim().is_empty());
    match first {
        Some((at, line)) => Unreadable {
            line: Some(at + 1),
            text: line.trim().chars().take(60).collect(),
            why: "this is where it begins, and no line of it is the header of a table".to_owned(),
        },
        None => Unreadable { line: None, text: String::new(), why: "it is empty".to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_and_csv_are_the_same_table() {
        let markdown = "# Plan\n\nBase: `10.0.0.0/20`\n\n| **Name** | Hosts | Network ID |\r\n|:--|--:|---|\r\n\
            | `Lab` | 50 | 10.0.0.0/26 |\r\n| “Hall”\u{a0} | 20 | 10.0.0.64/27\u{a0}|\r\n";
        let comma = "\u{feff}Base,10.0.0.0/20\nNAME,hosts,\"Subnet address\"\nLab,50,10.0.0.0/26\n\"Hall\",20,10.0.0.64/27\n";
        let semicolon = comma.replace(',', ";").replace('\n', "\r\n");
        let tab = comma.replace(',', "\t");
        for text in [markdown, comma, &semicolon, &tab] {
            let sheet = Sheet::read(text.as_bytes()).expect("a table");
            assert_eq!(sheet.base.map(|base| base.to_string()).as_deref(), Some("10.0.0.0/20"));
            let rows: Vec<_> = sheet
                .subnets
                .iter()
                .map(|row| [Column::Name, Column::Hosts, Column::Network].map(|c| row.get(c)))
                .collect();
            let cells = [
                [Some("Lab"), Some("50"), Some("10.0.0.0/26")],
                [Some("Hall"), Some("20"), Some("10.0.0.64/27")],
            ];
            assert_eq!(rows, cells, "{text}");
        }
    }

    #[test]
    fn what_is_no_table_shows_its_line() {
        let refused = |text: &str| Sheet::read(text.as_bytes()).expect_err(text);
        assert_eq!(refused("").line, None);
        assert_eq!(refused("\n\nhello, world\n").line, Some(3));
        assert_eq!(refused("a\n\n| x | y |\n|---|---|\n| 1 | 2 |\n").line, Some(3));
    }
}
