//! Properties: a plan that was made is right, whatever it is made from; and no file, however damaged,
//! makes the reader fail in any other way than by saying so.

use std::fmt::Write as _;

use netlab::subnet::check::{Grade, check};
use netlab::subnet::need::{Growth, Link, Need};
use netlab::subnet::plan::{Order, Plan, plan};
use netlab::subnet::sheet::Sheet;
use netlab::subnet::{Network, read};

use super::campus_file;

/// Numbers that look random and are the same each time.
struct Chance(fastrand::Rng);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    fn below(&mut self, end: usize) -> usize {
        self.0.usize(..end.max(1))
    }

    fn order(&mut self) -> Order {
        let v4 = self.0.u8(..4) > 0;
        let base = if v4 {
            let prefix = self.0.u8(8..27);
            Network::new(std::net::Ipv4Addr::from(self.0.u32(..)).into(), prefix)
        } else {
            let prefix = self.0.u8(40..62);
            Network::new(std::net::Ipv6Addr::from(self.0.u128(..)).into(), prefix)
        };
        let base = base.expect("a prefix that fits");
        let most = 1_u64 << base.host_bits().min(30).saturating_sub(2);
        let count = self.below(20) + 1;
        let needs: Vec<Need> = (0..count)
            .map(|n| Need {
                name: format!("Site {n}"),
                hosts: self.0.u64(1..=most) >> self.0.u8(..9) | 1,
                router: None,
            })
            .collect();
        let links = (1..count)
            .map(|n| {
                let (one, two) = (needs[self.below(n)].name.clone(), needs[n].name.clone());
                Link { name: format!("{one}-{two}"), ends: Some((one, two)) }
            })
            .collect();
        let link_prefix = match (v4, self.0.bool()) {
            (true, true) => 30,
            (true, false) => 31,
            (false, true) => 64,
            (false, false) => 127,
        };
        Order {
            base,
            needs,
            links,
            growth: Growth::new(self.0.u32(..50)),
            link_prefix,
            gateway_counted: false,
        }
    }
}

/// A plan as somebody would write it down.
fn written(plan: &Plan) -> String {
    let mut text =
        format!("Base: {}\n\n| Name | Hosts | Network | Gateway |\n|---|---|---|---|\n", plan.base);
    for row in &plan.rows {
        let gateway = row.gateway().map_or_else(String::new, |ip| ip.to_string());
        let _ = writeln!(text, "| {} | {} | {} | {gateway} |", row.name, row.hosts, row.network);
    }
    if !plan.interfaces.is_empty() {
        text.push_str("\n| Device | Interface | Address | Connected to |\n|---|---|---|---|\n");
    }
    for end in &plan.interfaces {
        let (device, name, ip, bits) = (&end.device, &end.name, end.address, end.network.prefix());
        let _ = writeln!(text, "| {device} | {name} | {ip}/{bits} | {} |", end.to);
    }
    text
}

#[test]
fn a_plan_never_overlaps_never_leaves_its_base_and_is_right() {
    let mut chance = Chance::new(11);
    let mut whole = 0;
    for _ in 0..300 {
        let order = chance.order();
        let made = plan(&order);
        assert_eq!(made.rows.len() + made.unplaced.len(), order.needs.len() + order.links.len());
        let mut blocks: Vec<Network> = made.rows.iter().map(|row| row.network).collect();
        assert!(blocks.iter().all(|block| order.base.covers(*block)));
        blocks.extend(&made.free);
        blocks.sort_unstable();
        assert!(blocks.windows(2).all(|two| !two[0].overlaps(two[1])), "{blocks:?}");
        if !made.unplaced.is_empty() {
            assert!(order.base.size().is_none_or(|size| made.total > size), "{made:?}");
            continue;
        }
        whole += 1;
        let text = written(&made);
        let sheet = Sheet::read(text.as_bytes()).expect("a plan");
        let checked = check(&sheet, None, order.growth);
        let faults: Vec<_> = checked
            .rows
            .iter()
            .chain(&checked.ends)
            .flat_map(|verdict| &verdict.faults)
            .chain(&checked.whole)
            .filter(|fault| fault.grade == Grade::Wrong)
            .collect();
        assert!(faults.is_empty(), "{faults:?}\n{text}");
        assert_eq!(checked.free, made.free);
    }
    assert!(whole > 50, "only {whole} plans fitted");
}

#[test]
fn damaged_plans_are_read_or_refused() {
    let mut chance = Chance::new(13);
    let campus = std::fs::read(campus_file("plan.md")).expect("the plan");
    let by_hand = std::fs::read(campus_file("by_hand.csv")).expect("the plan");
    let pieces: [&[u8]; 16] = [
        b"|",
        b"\n",
        b"\r",
        b";",
        b",",
        b"\t",
        b"/33",
        b"255.255.255.0",
        b"::",
        b"-",
        b"\"",
        b"0",
        b"10.0.0.0/8",
        "\u{a0}–“".as_bytes(),
        b"\xff\xfe",
        b"| Network | Hosts |\n|---|---|\n",
    ];
    let mut read = 0;
    for round in 0..500 {
        let mut bytes = if round % 2 == 0 { campus.clone() } else { by_hand.clone() };
        for _ in 0..=chance.below(12) {
            let at = chance.below(bytes.len());
            let end = (at + chance.below(30)).min(bytes.len());
            match chance.below(4) {
                0 => {
                    drop(bytes.splice(at..end, pieces[chance.below(pieces.len())].iter().copied()));
                }
                1 => bytes.truncate(end),
                2 => {
                    let copy = bytes[at..end].to_vec();
                    let to = chance.below(bytes.len());
                    bytes.splice(to..to, copy);
                }
                _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = chance.0.u8(..)),
            }
        }
        if let Ok(sheet) = Sheet::read(&bytes) {
            read += 1;
            let base = read::network("10.106.192.0/20").expect("a base").network;
            let checked = check(&sheet, chance.0.bool().then_some(base), Growth::new(20));
            let svg = netlab::render::subnet::svg::draw(&checked.topology);
            assert!(svg.ends_with("</svg>\n"));
            let style = netlab::render::Style::default();
            let page = netlab::render::subnet::check::page(&style, &checked, "plan", true);
            assert!(page.iter().all(|line| !line.contains('\u{1b}')));
        }
    }
    assert!(read > 150, "only {read} could be read");
}

#[test]
fn noise_is_read_or_refused() {
    let mut chance = Chance::new(17);
    let letters =
        "|-:,;\t \n\r\"'`*_./0123456789abcdefNameHostsNetworkAddressDevice“–\u{a0}\u{feff}";
    let letters: Vec<char> = letters.chars().collect();
    for _ in 0..2000 {
        let text: String =
            (0..chance.below(300)).map(|_| letters[chance.below(letters.len())]).collect();
        let text = if chance.0.bool() { format!("Name,Network\n{text}") } else { text };
        if let Ok(sheet) = Sheet::read(text.as_bytes()) {
            let _ = check(&sheet, None, Growth::default());
        }
        let _ = read::network(&text);
        let _ = read::networks(text.split_whitespace());
    }
}
