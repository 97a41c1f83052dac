//! Makes netlab's tables of ports from IANA's registry, or compares them with it.
//!
//! ```text
//! cargo run --example port-registry -- FILE.csv           rewrite the tables, print what changed
//! cargo run --example port-registry -- --check FILE.csv   look every row up, exit 1 on a difference
//! ```
//!
//! FILE.csv is what
//! <https://www.iana.org/assignments/service-names-port-numbers/service-names-port-numbers.csv>
//! gives. After a rewrite, `--check` needs the program built anew, which `cargo run` does.
#![expect(clippy::print_stdout, reason = "a tool at the command line")]
#![expect(clippy::print_stderr, reason = "a tool at the command line")]

mod check;
mod csv;
mod rows;
mod table;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

use table::Tables;

const USAGE: &str = "cargo run --example port-registry -- [--check] FILE.csv
FILE.csv: https://www.iana.org/assignments/service-names-port-numbers/service-names-port-numbers.csv";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (check, file) = match &arguments[..] {
        [file] if !file.starts_with('-') => (false, file),
        [option, file] if option == "--check" => (true, file),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let rows = match fs::read_to_string(file).map_err(|error| error.to_string()) {
        Ok(text) => rows::read(&text),
        Err(error) => Err(error),
    };
    match rows {
        Err(error) => {
            eprintln!("{file}: {error}");
            ExitCode::from(2)
        }
        Ok(rows) if check => checked(&rows),
        Ok(rows) => match rewrite(&table::make(&rows)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("the tables could not be written: {error}");
                ExitCode::from(2)
            }
        },
    }
}

/// Prints every row that netlab answers otherwise.
fn checked(rows: &[rows::Row]) -> ExitCode {
    let differences = check::differences(rows);
    for difference in &differences {
        println!("{difference}");
    }
    println!("{} rows, {} differences", rows.len(), differences.len());
    ExitCode::from(u8::from(!differences.is_empty()))
}

/// Where netlab's tables lie.
fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/port/registry").join(name)
}

/// Writes the tables and prints what changed.
fn rewrite(tables: &Tables) -> io::Result<()> {
    for (name, text) in [("registry.tsv", &tables.ports), ("names.tsv", &tables.names)] {
        // The first time there is nothing to compare with.
        let old = fs::read_to_string(place(name)).unwrap_or_default();
        let (before, after): (HashSet<_>, HashSet<_>) =
            (old.lines().collect(), text.lines().collect());
        old.lines().filter(|line| !after.contains(line)).for_each(|line| println!("- {line}"));
        text.lines().filter(|line| !before.contains(line)).for_each(|line| println!("+ {line}"));
        println!("{name}: {} lines, before {}", text.lines().count(), old.lines().count());
        fs::write(place(name), text)?;
    }
    Ok(())
}
