//! `netlab subnet plan`.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;

use super::{refused, wants};
use crate::cli::{Look, SubnetPlan};
use crate::commands::report::{self, Report};
use crate::error::{Exit, Failure, Usage};
use crate::render::style::Style;
use crate::render::subnet::{json, plan as page};
use crate::subnet::Misread;
use crate::subnet::check;
use crate::subnet::need::{self, Growth, Link};
use crate::subnet::plan::{self, Order, Plan};
use crate::subnet::site::Sites;

pub(super) const EXAMPLE: &str =
    "netlab subnet plan 10.106.192.0/20 Hostel=546 CS_Lab=271 Library=186";

struct Answer {
    plan: Plan,
    /// The base as it was given, where that was not its first address.
    moved: Option<String>,
    explain: bool,
}

impl Report for Answer {
    fn page(&self, style: &Style) -> Vec<String> {
        page::page(style, &self.plan, self.moved.as_deref(), self.explain)
    }

    fn lines(&self) -> Vec<Value> {
        json::plan(&self.plan)
    }
}

/// Makes a plan.
pub(super) fn run(args: &SubnetPlan, look: &Look, style: &Style) -> Result<Exit, Failure> {
    let order = order(args)?;
    let (_, moved) = super::base(&args.base, EXAMPLE)?;
    let plan = plan::plan(&order);
    let fits = plan.unplaced.is_empty() && plan.apart.is_empty();
    let moved = moved.then(|| args.base.clone());
    report::show(&Answer { plan, moved, explain: look.explain }, look, style)?;
    Ok(if fits { Exit::Done } else { Exit::No })
}

fn order(args: &SubnetPlan) -> Result<Order, Usage> {
    let (base, _) = super::base(&args.base, EXAMPLE)?;
    let mut order = Order {
        base,
        needs: Vec::new(),
        links: Vec::new(),
        growth: Growth::new(args.growth),
        link_prefix: link_prefix(args.link_prefix, base.is_v4())?,
        gateway_counted: args.gateway_counted,
    };
    let mut links = Vec::new();
    for word in &args.wants {
        if word.contains('=') || !is_file(word) {
            let need = need::need(word).map_err(|misread| unread(args, word, misread))?;
            order.needs.push(need);
        } else {
            let sheet = super::sheet(Path::new(word), "file of requirements", EXAMPLE)?;
            wants::from_sheet(&sheet, word, &mut order, &mut links)?;
        }
    }
    let mut names: HashSet<String> = HashSet::new();
    for need in &order.needs {
        if !names.insert(check::key(&need.name)) {
            let rule = "every network has a name of its own; Hall and hall are one";
            let misread = Misread::new("new name", &need.name, rule, "it was given twice");
            return Err(refused(misread, EXAMPLE));
        }
    }
    wants::links_among_needs(&mut order, &mut links);
    let sites = Sites::new(&order.needs);
    for link in &args.link {
        let known = |name: &str| sites.find(name).is_some();
        let Some((one, two)) = need::cut(link, known) else {
            let cause = "there is no sign between two names, or there are several";
            return Err(refused(Misread::new("link", link, wants::LINK, cause), EXAMPLE_LINK));
        };
        links.push((one.to_owned(), two.to_owned()));
    }
    wants::add_links(&mut order, &sites, links)?;
    let numbered = (1..=args.links).map(|n| Link { name: format!("Link {n}"), ends: None });
    order.links.extend(numbered);
    if order.needs.is_empty() && order.links.is_empty() {
        let rule = "a plan has networks, each a name and how many hosts: NAME=HOSTS, or a file";
        let command = format!("netlab subnet plan {} Hostel=546 Library=186", args.base);
        return Err(refused(Misread::new("plan", &args.base, rule, "nothing is wanted"), &command));
    }
    Ok(order)
}

/// A requirement that cannot be read: the command to try is this one, with that word as it should be.
fn unread(args: &SubnetPlan, word: &str, misread: Misread) -> Usage {
    if word == "%" {
        let rule = "a requirement is a name, = and how many hosts, such as Library=186";
        let cause = "it belongs to --growth: 20% is one word, without a space";
        return refused(Misread::new("requirement", word, rule, cause), EXAMPLE);
    }
    // `A:500` and `A 500` have another sign where the = should be.
    let sign = word.find('=').or_else(|| word.find([':', ' ']));
    let name = sign.map_or(word, |at| &word[..at]);
    let name = Some(name.trim()).filter(|name| !name.is_empty());
    let digits: String = word
        .chars()
        .skip(sign.map_or(usize::MAX, |at| word[..at].chars().count()))
        .filter(char::is_ascii_digit)
        .collect();
    let hosts = Some(digits).filter(|digits| need::hosts(digits).is_ok());
    let mended = format!("{}={}", name.unwrap_or("Library"), hosts.as_deref().unwrap_or("186"));
    let words = args.wants.iter().map(|other| if other == word { &mended } else { other });
    let words: Vec<String> = words.map(|word| quoted(word)).collect();
    refused(misread, &format!("netlab subnet plan {} {}", args.base, words.join(" ")))
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    if word.contains(|c: char| !c.is_alphanumeric() && !matches!(c, '=' | '_' | '-' | '.' | '/')) {
        format!("'{}'", word.replace('\'', ""))
    } else {
        word.to_owned()
    }
}

pub(super) const EXAMPLE_LINK: &str = "netlab subnet plan 10.0.0.0/24 A=50 B=20 --link A-B";

/// Whether a word is the name of a file rather than a requirement that lost its `=`.
fn is_file(word: &str) -> bool {
    let path = Path::new(word);
    word == "-" || path.exists() || path.extension().is_some()
}

/// How large a link is, in this family.
fn link_prefix(given: Option<u8>, v4: bool) -> Result<u8, Usage> {
    let (most, default) = if v4 { (31, 30) } else { (127, 64) };
    let bits = given.unwrap_or(default);
    if [most, default].contains(&bits) {
        return Ok(bits);
    }
    let rule = format!("a link is a /{default} or a /{most} in this family");
    let cause = "the number belongs to the other family";
    Err(refused(Misread::new("prefix of a link", &bits.to_string(), &rule, cause), EXAMPLE_LINK))
}
