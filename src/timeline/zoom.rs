//! What of a picture is drawn: what was asked for, long runs folded.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::assemble::Build;
use super::build::Options;
use super::entry::What;
use super::flow::{Link, line_at};
use super::fold::{Like, Stretch, fold};
use super::lanes::{SocketAt, Spot};
use super::model::Row;
use super::rows::{Material, Piece, PieceKind, givers};

impl Build<'_> {
    /// Whether a row was asked for.
    pub(super) fn wanted(&self, piece: &Piece, options: &Options) -> bool {
        let nanoseconds = |time: Duration| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
        if options.from.is_some_and(|from| piece.at < nanoseconds(from))
            || options.to.is_some_and(|to| piece.at > nanoseconds(to))
        {
            return false;
        }
        let Some((whose, label)) = &options.socket else { return true };
        let is = |at: SocketAt| {
            self.lanes.get(at).label == *label
                && whose.as_ref().is_none_or(|name| self.lanes.all[at.0].name == *name)
        };
        let named = |at: usize, socket: &str| {
            socket == label && whose.as_ref().is_none_or(|name| self.lanes.all[at].name == *name)
        };
        match &piece.kind {
            PieceKind::Call(spot, ..) | PieceKind::Tale(spot) => {
                let line = line_at(self.records, *spot);
                let at = self.lanes.lane(spot.record as usize, line.end);
                match (&line.what, at) {
                    (What::Call(call), Some(at)) => named(at, &call.socket),
                    (What::Message(said), Some(at)) => {
                        said.socket.as_ref().is_none_or(|socket| named(at, socket))
                    }
                    // Remarks of another program, or of another socket.
                    (What::Remark(words), Some(at)) => {
                        let of = words.split_once("(socket ").and_then(|(_, r)| r.split_once(')'));
                        whose.as_ref().is_none_or(|name| self.lanes.all[at].name == *name)
                            && of.is_none_or(|(socket, _)| socket == label)
                    }
                    _ => true,
                }
            }
            PieceKind::State(at, change) => named(*at, &change.socket),
            PieceKind::Packet(place) => {
                let pack = &self.packs[*place];
                pack.from_socket.is_some_and(is) || pack.to_socket.is_some_and(is)
            }
        }
    }
}

/// Folds long runs and draws what is left.
pub(super) fn draw(
    pieces: &[Piece],
    material: &Material,
    limit: usize,
    links: &[Link],
) -> Vec<Row> {
    let like = |piece: &Piece| Like {
        same: material.matter(piece).map(|matter| {
            let mut hasher = DefaultHasher::new();
            (matter.what, matter.socket, matter.lane).hash(&mut hasher);
            if let PieceKind::Packet(place) = &piece.kind {
                let pack = &material.packs[*place];
                (pack.from_socket, pack.to_socket).hash(&mut hasher);
            }
            hasher.finish()
        }),
    };
    let likes: Vec<Like> = pieces.iter().map(like).collect();
    let stretches = fold(&likes, limit);
    let drawn: HashSet<Spot> = stretches
        .iter()
        .filter_map(|stretch| match *stretch {
            Stretch::Row(at) => match pieces[at].kind {
                PieceKind::Call(spot, ..) => Some(spot),
                _ => None,
            },
            Stretch::Folded(..) => None,
        })
        .collect();
    let givers = givers(links, &drawn);
    let row = |stretch: &Stretch| match *stretch {
        Stretch::Row(at) => material.row(&pieces[at], &givers),
        Stretch::Folded(from, to) => Some(material.folded(&pieces[from..to])),
    };
    stretches.iter().filter_map(row).collect()
}
