//! The list of demos.

use crate::render::setup;
use crate::render::style::{Ink, Markup, Style};

/// The tour's line, and a line for each demo: its name and what it shows.
#[must_use]
pub fn list(style: &Style, tour: &str, demos: &[(&str, &str)]) -> Vec<String> {
    let row = |name: &str, line: &str| match style.markup {
        Markup::Markdown => format!("- `netlab demo {name}`: {}", style.plain(line)),
        Markup::Plain => {
            let width = demos.iter().map(|(name, _)| name.len()).max().unwrap_or(0) + 2;
            let first = format!("  {name:<width$}");
            let text = style.paragraph(&first, width + 2, line);
            // The name alone is coloured, after the lines were broken.
            let painted = style.paint(Ink::Value, name);
            text.replacen(name, &painted, usize::from(!name.is_empty()))
        }
    };
    let about = "Short plays on real sockets: both ends in this terminal, on loopback, in less than 20 \
                 seconds, without privilege. Run one with: netlab demo NAME";
    let mut lines = vec![setup::banner(style, "netlab demo"), style.paragraph("", 0, about)];
    lines.push(String::new());
    lines.push(match style.markup {
        Markup::Markdown => {
            format!("- `netlab demo tour`, or `netlab demo`: {}", style.plain(tour))
        }
        Markup::Plain => row("tour", &format!("{tour}; netlab demo alone plays it")),
    });
    lines.extend(demos.iter().map(|(name, line)| row(name, line)));
    let more = "--explain says why each call is made; --pace 1 waits a second after each line, for a \
                projector; --format markdown is for a report, --format json for programs.";
    lines.push(String::new());
    lines.push(style.paragraph("", 0, more));
    lines
}
