//! # The time line as a page for a browser
//!
//! One file: HTML, a style sheet and SVG. It fetches nothing and runs no script, so it can be handed
//! in, mailed, printed and read in ten years.
//!
//! ```text
//!  rows ─▶ moments ─▶ plan ─▶ shapes ─▶ parts of SVG ┐
//!                     where    boxes,                 ├─▶ page
//!                     all      arrows,   head, sheets,│
//!                     stands   poles     tables ──────┘
//! ```
//!
//! | file | what |
//! | --- | --- |
//! | `moments` | what lasts has a beginning and an end |
//! | `places`, `plan` | where everything stands: from left to right, from top to bottom |
//! | `boxes`, `lives` | the words beside the poles; the poles: sockets, and their states |
//! | `cut`, `shared` | of what is too long or too many: what is drawn, and what stands for the rest |
//! | `draw`, `arrows`, `svg` | shapes, packets, the picture in parts that fit a sheet of paper |
//! | `head`, `legend`, `table`, `details` | above the picture, under it, and the fields of each row |
//! | `summary`, `text` | a row in one line; text made harmless |
//! | `palette`, `style.css` | colours whose contrast is tested; everything else about looks |
//!
//! How it works without a script: every call and packet is a link to `#r12`, and the style sheet shows
//! the sheet with that name (`:target`) over the picture, on a phone at its lower edge. It closes by a
//! link to a name that does not exist, so nothing moves.

mod arrows;
mod boxes;
mod cut;
mod details;
mod draw;
mod head;
mod legend;
mod lives;
mod moments;
mod palette;
mod places;
mod plan;
mod shared;
mod summary;
mod svg;
mod table;
mod text;

use crate::timeline::Picture;
use cut::Cut;
use svg::Drawn;
use text::esc;

/// How everything looks, but for the colours.
const STYLE: &str = include_str!("style.css");

/// Bytes of a page, which a browser can bear and a mail can carry.
const MOST: usize = 4_800_000;

/// Rows that are always drawn, whatever they take.
const FEWEST: usize = 200;

/// The page of a picture. The same picture gives the same page, byte for byte.
#[must_use]
pub fn page(picture: &Picture) -> String {
    let calls = cut::calls(picture);
    let mut rows = cut::ROWS.min(picture.rows.len());
    loop {
        let cut = Cut::of(picture, &calls, rows);
        let around = Around::of(picture, &cut);
        let least = rows <= FEWEST;
        let (drawing, length) = match svg::picture(&cut, if least { usize::MAX } else { MOST }) {
            Drawn::Nothing => return around.with("", NOTHING),
            Drawn::Whole(drawing) => {
                let length = drawing.len();
                (drawing, length)
            }
            Drawn::TooLong(length) => (String::new(), length),
        };
        if least || around.length() + length <= MOST {
            return around.with(&legend::legend(picture, &drawing), &drawing);
        }
        // As many rows as have room, and a few less: they need not be the short ones.
        let room = MOST.saturating_sub(around.length() - around.sheets);
        let share = room.saturating_mul(19) / 20;
        rows = (rows.saturating_mul(share) / (length + around.sheets)).clamp(FEWEST, rows - 1);
    }
}

const HINT: &str = "<p class=\"hint\"><span class=\"slide\">The picture is wider than this page: \
    slide it sideways. </span><span>Choose a call or a packet to see its fields.</span></p>\
    <figure tabindex=\"0\" role=\"region\" aria-label=\"The picture\">";

const NOTHING: &str =
    "<p class=\"none\">Nothing happened that could be drawn: no call, no packet.</p>";

/// All of a page but its picture and legend.
#[derive(Debug)]
struct Around {
    before: String,
    after: String,
    /// Bytes of the rows' sheets in it.
    sheets: usize,
}

impl Around {
    fn of(picture: &Picture, cut: &Cut) -> Self {
        let (sheets, fields) = details::sheets(cut);
        let before = [
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"generator\" content=\"netlab ",
            env!("CARGO_PKG_VERSION"),
            "\">\n<title>",
            &esc(&picture.title),
            "</title>\n<style>\n",
            &palette::variables(),
            STYLE,
            "</style>\n</head>\n<body>\n",
            &head::sources(picture),
            "<main>\n",
            &head::first(picture),
            &head::endpoints(picture),
            &head::remarks(picture, cut, fields),
            "<section id=\"picture\"><h2>Calls, states and packets on one time line</h2>",
        ]
        .concat();
        let after = [
            "</figure></section>\n",
            &table::facts(picture),
            &table::tables(picture),
            &head::curtain(picture),
            &table::rows(picture, cut),
            "</main>\n<section class=\"sheets\" aria-label=\"The fields of each row\">\n",
            &sheets,
            "</section>\n<footer>Drawn by netlab ",
            env!("CARGO_PKG_VERSION"),
            " from a real run.</footer>\n</body>\n</html>\n",
        ]
        .concat();
        Self { before, after, sheets: sheets.len() }
    }

    fn length(&self) -> usize {
        self.before.len() + self.after.len()
    }

    fn with(self, legend: &str, drawing: &str) -> String {
        [&self.before, legend, HINT, drawing, &self.after].concat()
    }
}
