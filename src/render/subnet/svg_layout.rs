//! Where boxes and lines go: a tree from left to right, one for each part that is connected.
//!
//! ```text
//!   ┌──────┐   G0/1 10.0.9.1     10.0.9.2 G0/0  ┌───────┐
//!   │ Main ├─┬──────────────────────────────────┤ Lab   │
//!   └──────┘ │           10.0.9.0/30            └───────┘
//!            └─ …
//! ```
//!
//! The router with most neighbours stands left; what is one link further stands one column further
//! right. So every line ends in a run of its own, beside its box, and the words of both ends have room
//! above it. What closes a circle joins boxes of one column or of two beside each other (that is so in
//! every tree of shortest ways): such a line has a lane of its own before the runs, and one more run.

use std::collections::{HashMap, VecDeque};

use crate::subnet::topology::{Kind, Topology};

/// A point of the drawing.
pub(super) type Point = (f64, f64);

/// Space between two boxes of a column, and between lines that stand side by side.
const GAP: f64 = 22.0;
const LANE: f64 = 12.0;
/// Height of a run with its words above and below.
pub(super) const RUN: f64 = 40.0;

/// A box: its left upper corner and its size.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Place {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// A line: its corners, the run beside a box, and which edge it is.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub edge: usize,
    pub corners: Vec<Point>,
    /// From left to right, for the words.
    pub run: (Point, Point),
    /// Whether the words of the edge's first end stand left; none when only one end's do.
    pub near: Option<usize>,
    /// Which end stands at the box.
    pub far: usize,
}

/// The places of a drawing.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub boxes: Vec<Place>,
    pub lines: Vec<Line>,
    pub width: f64,
    pub height: f64,
}

/// Nodes as a tree.
#[derive(Default)]
struct Tree {
    depth: Vec<usize>,
    children: Vec<Vec<usize>>,
    roots: Vec<usize>,
    /// Lines that end at the left side of each box, in order: the edge, and the other end.
    runs: Vec<Vec<(usize, usize)>>,
}

/// Places boxes of these sizes; runs are as wide as the words of each edge.
pub(super) fn place(topology: &Topology, sizes: &[(f64, f64)], words: &[f64]) -> Layout {
    let tree = tree(topology);
    let columns = tree.depth.iter().max().map_or(0, |deepest| deepest + 1);
    let lanes = lanes(topology, &tree);
    // How wide each column is, and the channel before it.
    let (mut widths, mut channels) = (vec![0.0_f64; columns], vec![0.0_f64; columns]);
    for (at, depth) in tree.depth.iter().enumerate() {
        widths[*depth] = widths[*depth].max(sizes[at].0);
        for (edge, _) in &tree.runs[at] {
            let lanes = small(lanes.counts.get(depth).copied().unwrap_or(0)) * LANE;
            channels[*depth] = channels[*depth].max(words[*edge] + lanes + 3.0 * LANE);
        }
    }
    let mut left = vec![0.0; columns];
    let mut x = 0.0;
    for column in 0..columns {
        x += channels[column];
        left[column] = x;
        x += widths[column];
    }
    let mut layout =
        Layout { boxes: vec![Place::default(); sizes.len()], width: x, ..Layout::default() };
    for (at, (width, height)) in sizes.iter().enumerate() {
        let height = height.max(small(tree.runs[at].len()) * RUN);
        layout.boxes[at] = Place { x: left[tree.depth[at]], y: 0.0, width: *width, height };
    }
    layout.height = rows(&tree, &mut layout.boxes);
    let frame = Frame { left: &left, channels: &channels, lanes: &lanes };
    for at in 0..sizes.len() {
        frame.lines(topology, &tree, at, &mut layout);
    }
    layout
}

/// A number of boxes; there are never so many that a float could not say it.
fn small(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// The shortest ways from the middle of each part.
fn tree(topology: &Topology) -> Tree {
    let count = topology.nodes.len();
    let mut edges: Vec<Vec<(usize, usize)>> = vec![Vec::new(); count];
    for (at, edge) in topology.edges.iter().enumerate() {
        edges[edge.from].push((at, edge.to));
        edges[edge.to].push((at, edge.from));
    }
    let mut tree = Tree {
        depth: vec![usize::MAX; count],
        children: vec![Vec::new(); count],
        runs: vec![Vec::new(); count],
        ..Tree::default()
    };
    let mut parent = vec![None; count];
    for part in topology.parts() {
        let router = |at: usize| topology.nodes[at].kind == Kind::Router;
        let rank = |at: usize| {
            let routers = edges[at].iter().filter(|(_, to)| router(*to)).count();
            (router(at), routers, edges[at].len())
        };
        // Of equals the first counts.
        let mut sorted = part;
        sorted.sort_unstable();
        let Some(root) = sorted.iter().rev().copied().max_by_key(|at| rank(*at)) else { continue };
        tree.roots.push(root);
        tree.depth[root] = 0;
        let mut next = VecDeque::from([root]);
        while let Some(at) = next.pop_front() {
            // What hangs on a router alone stands before the routers behind it.
            let mut around = edges[at].clone();
            around.sort_by_key(|(edge, to)| (router(*to), *edge));
            for (edge, to) in around {
                if tree.depth[to] == usize::MAX {
                    tree.depth[to] = tree.depth[at] + 1;
                    tree.children[at].push(to);
                    tree.runs[to].push((edge, at));
                    parent[to] = Some(edge);
                    next.push_back(to);
                }
            }
        }
    }
    for (at, edge) in topology.edges.iter().enumerate() {
        let (from, to) = (edge.from, edge.to);
        if parent[from] == Some(at) || parent[to] == Some(at) {
            continue;
        }
        if tree.depth[from] == tree.depth[to] {
            tree.runs[from].push((at, to));
            tree.runs[to].push((at, from));
        } else {
            let (near, far) =
                if tree.depth[from] < tree.depth[to] { (from, to) } else { (to, from) };
            tree.runs[far].push((at, near));
        }
    }
    tree
}

/// The lanes of lines that close a circle: which one, and how many a channel has.
#[derive(Default)]
struct Lanes {
    of: HashMap<usize, usize>,
    counts: HashMap<usize, usize>,
}

fn lanes(topology: &Topology, tree: &Tree) -> Lanes {
    let mut lanes = Lanes::default();
    for (at, runs) in tree.runs.iter().enumerate() {
        let first = usize::from(!tree.roots.contains(&at));
        for (edge, _) in runs.iter().skip(first) {
            let edge_of = &topology.edges[*edge];
            let column = tree.depth[edge_of.from].max(tree.depth[edge_of.to]);
            let count = lanes.counts.entry(column).or_insert(0);
            lanes.of.entry(*edge).or_insert_with(|| {
                *count += 1;
                *count
            });
        }
    }
    lanes
}

/// Places boxes below each other. Each box and everything behind it have a strip of their own, so that
/// no box and no line reaches into another's.
fn rows(tree: &Tree, boxes: &mut [Place]) -> f64 {
    let mut order: Vec<usize> = Vec::new();
    let mut next = tree.roots.clone();
    while let Some(at) = next.pop() {
        order.push(at);
        next.extend(&tree.children[at]);
    }
    let mut strips: Vec<f64> = boxes.iter().map(|place| place.height).collect();
    let behind = |strips: &[f64], at: usize| {
        let children = &tree.children[at];
        let gaps = small(children.len().saturating_sub(1)) * GAP;
        children.iter().map(|child| strips[*child]).sum::<f64>() + gaps
    };
    // Children stand behind their parents in the order, so from its end all are known.
    for at in order.iter().rev() {
        strips[*at] = strips[*at].max(behind(&strips, *at));
    }
    let mut tops = vec![0.0; boxes.len()];
    let mut bottom = 0.0;
    for root in &tree.roots {
        tops[*root] = bottom;
        bottom += strips[*root] + 2.0 * GAP;
    }
    for at in order {
        boxes[at].y = tops[at] + (strips[at] - boxes[at].height) / 2.0;
        let mut top = tops[at] + (strips[at] - behind(&strips, at)) / 2.0;
        for child in &tree.children[at] {
            tops[*child] = top;
            top += strips[*child] + GAP;
        }
    }
    bottom - 2.0 * GAP
}

struct Frame<'a> {
    left: &'a [f64],
    channels: &'a [f64],
    lanes: &'a Lanes,
}

impl Frame<'_> {
    /// The lines that end at the left side of a box.
    fn lines(&self, topology: &Topology, tree: &Tree, at: usize, layout: &mut Layout) {
        let here = layout.boxes[at];
        let depth = tree.depth[at];
        let count = small(tree.runs[at].len());
        let begin = self.left[depth] - self.channels[depth];
        let words = begin + small(self.lanes.counts.get(&depth).copied().unwrap_or(0) + 2) * LANE;
        for (number, (edge, other)) in tree.runs[at].iter().enumerate() {
            let y = here.y + here.height / 2.0 + (small(number) - (count - 1.0) / 2.0) * RUN;
            let there = layout.boxes[*other];
            let lane = begin + LANE * small(1 + self.lanes.of.get(edge).copied().unwrap_or(0));
            let run = ((words, y), (here.x, y));
            let far = usize::from(topology.edges[*edge].to == at);
            let shallow = tree.depth[*other] < depth;
            let corners = if shallow {
                let out = there.y + there.height / 2.0;
                // Lines that close a circle leave beside the others.
                let out = out + small(self.lanes.of.get(edge).copied().unwrap_or(0).min(4)) * 5.0;
                vec![(there.x + there.width, out), (lane, out), (lane, y), (here.x, y)]
            } else {
                vec![(lane, y), (here.x, y)]
            };
            let near = shallow.then_some(1 - far);
            layout.lines.push(Line { edge: *edge, corners, run, near, far });
        }
        // Both ends of a line within a column are known now: the lane joins them.
        if at + 1 == layout.boxes.len() {
            join(layout);
        }
    }
}

/// Joins the two runs of each line within a column by its lane.
fn join(layout: &mut Layout) {
    let mut first: HashMap<usize, Point> = HashMap::new();
    for line in &mut layout.lines {
        if line.corners.len() == 2 {
            match first.get(&line.edge) {
                Some(corner) => line.corners.insert(0, *corner),
                None => drop(first.insert(line.edge, line.corners[0])),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subnet::topology::{Edge, Node};

    /// Routers, networks and links that look random and are the same for the same seed.
    fn topology(count: usize, seed: usize) -> Topology {
        let spread = |n: usize| (n * 7919 + seed * 104_729) % 1009;
        let kind = |at: usize| if spread(at) % 3 == 0 { Kind::Lan } else { Kind::Router };
        let nodes = (0..count).map(|at| Node { kind: kind(at), ..Node::default() }).collect();
        let edge = |from: usize, to: usize| Edge {
            from,
            to,
            label: String::new(),
            ends: [String::new(), String::new()],
        };
        let mut edges: Vec<Edge> =
            (1..count).map(|to| edge(if seed == 0 { 0 } else { spread(to) % to }, to)).collect();
        let more = (0..seed).map(|n| (spread(n + 50) % count, spread(n + 90) % count));
        edges.extend(more.filter(|(from, to)| from != to).map(|(from, to)| edge(from, to)));
        if seed == 3 {
            edges.remove(0);
        }
        Topology { nodes, edges }
    }

    #[test]
    fn boxes_share_no_space_and_lines_pass_them_by() {
        for (count, seed) in (2..=24).flat_map(|count| (0..8).map(move |seed| (count, seed))) {
            let topology = topology(count, seed);
            let sizes: Vec<_> = (0..count).map(|at| (90.0 + small(at), 40.0)).collect();
            let layout = place(&topology, &sizes, &vec![200.0; topology.edges.len()]);
            let name = format!("{count} boxes, {seed}");
            for (at, one) in layout.boxes.iter().enumerate() {
                assert!(one.x >= 0.0 && one.x + one.width <= layout.width, "{name}");
                assert!(one.y >= 0.0 && one.y + one.height <= layout.height + 0.1, "{name}");
                for other in &layout.boxes[..at] {
                    let beside = one.x + one.width < other.x || other.x + other.width < one.x;
                    let below = one.y + one.height < other.y || other.y + other.height < one.y;
                    assert!(beside || below, "{name}: {one:?} {other:?}");
                }
            }
            for line in &layout.lines {
                for two in line.corners.windows(2) {
                    crossed(&topology, &layout, line.edge, two, &name);
                }
                let (from, to) = line.run;
                assert!(to.0 - from.0 >= 199.0, "{name}: {line:?}");
            }
            // Every edge has a line, and the runs are at different heights where they share a column.
            assert!((0..topology.edges.len()).all(|e| layout.lines.iter().any(|l| l.edge == e)));
            for (at, one) in layout.lines.iter().enumerate() {
                for other in &layout.lines[..at] {
                    let same = (one.run.0.0 - other.run.0.0).abs() < 1.0;
                    assert!(!same || (one.run.0.1 - other.run.0.1).abs() >= RUN - 0.1, "{name}");
                }
            }
        }
    }

    fn crossed(topology: &Topology, layout: &Layout, edge: usize, two: &[Point], name: &str) {
        let ends = [topology.edges[edge].from, topology.edges[edge].to];
        for (at, place) in layout.boxes.iter().enumerate().filter(|(at, _)| !ends.contains(at)) {
            let (low, high) = (two[0].0.min(two[1].0), two[0].0.max(two[1].0));
            let (top, bottom) = (two[0].1.min(two[1].1), two[0].1.max(two[1].1));
            let inside = high > place.x
                && low < place.x + place.width
                && bottom > place.y
                && top < place.y + place.height;
            assert!(!inside, "{name}: a line crosses box {at}");
        }
    }
}
