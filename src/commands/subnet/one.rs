//! `netlab subnet NETWORK...`, and with another host.

use std::io::IsTerminal;
use std::net::IpAddr;
use std::path::Path;

use serde_json::Value;

use super::refused;
use crate::cli::{Look, Subnet};
use crate::commands::report::{self, Report};
use crate::error::{Exit, Failure, Usage};
use crate::render::style::Style;
use crate::render::subnet::{json, one};
use crate::subnet::pair::Pair;
use crate::subnet::{Asked, Misread, read};

const EXAMPLE: &str = "netlab subnet 10.0.56.23/17";

/// Networks, each with what was asked about it.
struct Answer {
    networks: Vec<Asked>,
    pairs: Vec<Pair>,
    explain: bool,
}

impl Report for Answer {
    fn page(&self, style: &Style) -> Vec<String> {
        if self.pairs.is_empty() {
            self.networks.iter().flat_map(|asked| one::page(style, *asked, self.explain)).collect()
        } else {
            self.pairs.iter().flat_map(|pair| one::pair_page(style, pair, self.explain)).collect()
        }
    }

    fn lines(&self) -> Vec<Value> {
        let networks = self.networks.iter().map(|asked| json::subnet(*asked));
        networks.chain(self.pairs.iter().map(json::pair)).collect()
    }
}

/// Shows networks.
pub(super) fn run(args: &Subnet, look: &Look, style: &Style) -> Result<Exit, Failure> {
    let (networks, refusal) =
        if args.networks.is_empty() { lines()? } else { (words(&args.networks)?, None) };
    let mut pairs = Vec::new();
    if let Some(with) = &args.with {
        let (address, prefix) = other(with)?;
        for asked in &networks {
            let pair = Pair::new(*asked, address, prefix);
            pairs.push(pair.map_err(|misread| refused(misread, EXAMPLE_PAIR))?);
        }
    }
    report::show(&Answer { networks, pairs, explain: look.explain }, look, style)?;
    // What can be answered is answered; then it is said what cannot.
    refusal.map_or(Ok(Exit::Done), |usage| Err(usage.into()))
}

const EXAMPLE_PAIR: &str = "netlab subnet 10.0.56.23/17 --with 10.0.73.221";

fn words(words: &[String]) -> Result<Vec<Asked>, Usage> {
    read::networks(words.iter().map(String::as_str)).map_err(|misread| refused(misread, EXAMPLE))
}

/// One network a line of the standard input; empty lines and remarks behind `#` say nothing.
fn lines() -> Result<(Vec<Asked>, Option<Usage>), Usage> {
    let nothing = |cause: &str| {
        let rule = "a network is an address with a prefix length; several are possible";
        refused(Misread::new("network", "nothing", rule, cause), EXAMPLE)
    };
    if std::io::stdin().is_terminal() {
        return Err(nothing("no network was given"));
    }
    let bytes = super::contents(Path::new("-"), "list of networks", EXAMPLE)?;
    let text = String::from_utf8_lossy(&bytes);
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default();
        match read::networks(line.split_whitespace()) {
            Ok(networks) => found.extend(networks),
            Err(misread) => {
                let cause = format!("line {} of the standard input: {}", at + 1, misread.cause);
                wrong.push(refused(Misread { cause, ..misread }, EXAMPLE));
            }
        }
    }
    let more = wrong.len().saturating_sub(1);
    let mut refusal = wrong.into_iter().next();
    if let Some(usage) = refusal.as_mut().filter(|_| more > 0) {
        usage.causes.push(format!("{more} more of its lines cannot be read either"));
    }
    match refusal {
        Some(usage) if found.is_empty() => Err(usage),
        None if found.is_empty() => {
            Err(nothing("no network was given, and the standard input has none"))
        }
        refusal => Ok((found, refusal)),
    }
}

/// The other host: an address, and the prefix length that it has itself, if it says so.
fn other(text: &str) -> Result<(IpAddr, Option<u8>), Usage> {
    let found = if text.contains('/') {
        read::network(text).map(|asked| (asked.address, Some(asked.network.prefix())))
    } else {
        read::address(text).map(|address| (address, None))
    };
    found.map_err(|misread| refused(misread, EXAMPLE_PAIR))
}
