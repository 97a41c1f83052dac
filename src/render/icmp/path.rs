//! The way to a host, a line for each hop.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::IpAddr;

use super::talk::{figures, item, milliseconds, sizes};
use super::trouble;
use crate::event::{Hop, HopAnswer, IcmpRemark, PingSetup, SafeText, Trouble};
use crate::render::setup::indent;
use crate::render::style::{Ink, Markup, Style};

/// Names of addresses.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<IpAddr, SafeText>);

impl Names {
    /// So many are remembered at most: what is on a network may make up names.
    const MOST: usize = 4096;

    /// An address has a name.
    pub(super) fn learn(&mut self, address: IpAddr, name: &SafeText) {
        if self.0.len() < Self::MOST {
            self.0.insert(address, name.clone());
        }
    }

    /// `gate (10.77.1.1)`, or the address where it has no name.
    pub(super) fn of(&self, address: IpAddr) -> String {
        match self.0.get(&address) {
            Some(name) => format!("{name} ({address})"),
            None => address.to_string(),
        }
    }
}

/// How far the way to each host is known.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// For each host: the hop where it answered, or the last that was tried.
    hops: HashMap<usize, (bool, u8)>,
    /// Somebody kept silent.
    silence: bool,
    /// The host of the last line.
    shown: Option<usize>,
}

impl Ways {
    /// A line for a hop; before it one that tells the host, when that has changed.
    pub(super) fn hop(
        &mut self,
        style: &Style,
        hop: &Hop,
        names: &Names,
        setup: Option<&PingSetup>,
    ) -> Vec<String> {
        let mut lines = Vec::new();
        if self.shown.replace(hop.host) != Some(hop.host)
            && let Some(setup) = setup
        {
            lines.extend(title(style, setup, hop.host));
        }
        self.silence |= hop.answers.contains(&HopAnswer::Silence);
        let reached = hop.answers.iter().any(|answer| matches!(answer, HopAnswer::Reply(..)));
        let known = self.hops.entry(hop.host).or_insert((reached, hop.ttl));
        if !known.0 {
            *known = (reached, hop.ttl);
        }
        lines.push(line(style, hop, names, reached));
        lines
    }

    /// What there is to say in the end: one sentence for each host.
    pub(super) fn verdict(&self, style: &Style, setup: &PingSetup) -> Vec<String> {
        let mut lines = Vec::new();
        for (host, target) in setup.hosts.iter().enumerate() {
            let ip = target.address;
            let text = match self.hops.get(&host) {
                Some((true, 1)) => format!("{ip} is 1 hop away: no router stands between."),
                Some((true, 2)) => format!("{ip} is 2 hops away: 1 router passes packets on."),
                Some((true, hops)) => {
                    format!("{ip} is {hops} hops away: {} routers pass packets on.", hops - 1)
                }
                Some((false, hops)) => {
                    let stars = if self.silence {
                        " Who keeps silent is shown as *: a router that sends no errors, or has \
                         just sent enough of them, or the target."
                    } else {
                        ""
                    };
                    format!("{ip} was not reached; the last hop that was tried is {hops}.{stars}")
                }
                None => format!("Nothing is known of the way to {ip}."),
            };
            lines.push(style.paint(Ink::Heading, &style.paragraph(indent(style), 2, &text)));
        }
        lines
    }
}

fn title(style: &Style, setup: &PingSetup, host: usize) -> Vec<String> {
    let Some(host) = setup.hosts.get(host) else {
        return Vec::new();
    };
    let hops = setup.path.unwrap_or(u8::MAX);
    let sizes = sizes(setup.size, std::slice::from_ref(host));
    let hops = if hops == 1 { "1 hop".to_owned() } else { format!("{hops} hops") };
    let text = format!("PATH to {} ({}), {hops} at most: {sizes}", host.name, host.address);
    let mut lines = vec![String::new(), figures(style, "", &text)];
    if style.markup == Markup::Markdown {
        lines.push(String::new());
    }
    lines
}

/// ` 2  gate (10.77.1.1)  0.034 ms  0.031 ms  *`.
fn line(style: &Style, hop: &Hop, names: &Names, reached: bool) -> String {
    let silence = if style.markup == Markup::Markdown { "  (no answer)" } else { "  *" };
    let mut text = String::new();
    let mut last = None;
    let mut words = Vec::new();
    for answer in &hop.answers {
        let (from, time, trouble) = match *answer {
            HopAnswer::Reply(from, time) => (from, time, None),
            HopAnswer::Error(from, time, trouble) => (from, time, Some(trouble)),
            HopAnswer::Silence => {
                text.push_str(silence);
                continue;
            }
        };
        // The same address is not repeated, as traceroute has it.
        if last.replace(from) != Some(from) {
            let _ = write!(text, "  {}", names.of(from));
        }
        let _ = write!(text, "  {} ms", milliseconds(time));
        let trouble = trouble.filter(|trouble| *trouble != Trouble::TimeExceeded);
        let told = trouble.map(|trouble| trouble::words(trouble, from.is_ipv6()));
        words.extend(told.filter(|told| !words.contains(told)));
    }
    for told in words {
        let _ = write!(text, "  {told}");
    }
    if reached {
        text.push_str("  the target");
    }
    let ink = match (reached, last) {
        (true, _) => Some(Ink::Good),
        (false, None) => Some(Ink::Dim),
        _ => None,
    };
    let wide = if style.markup == Markup::Markdown { 0 } else { 2 };
    item(style, ink, &format!("{:>wide$}{text}", hop.ttl))
}

/// Why a way ends without its target.
pub(super) fn ends(remark: &IcmpRemark) -> String {
    match remark {
        IcmpRemark::PathEnds { ttl, silent: 0 } => {
            format!(
                "the search ends at hop {ttl}, without the target: the line of that hop says why"
            )
        }
        IcmpRemark::PathEnds { ttl, silent } => format!(
            "the search ends at hop {ttl}: nobody has answered for {silent} hops in a row. The target \
             is off, has no way back, or a firewall swallows one of the two messages"
        ),
        _ => String::new(),
    }
}
