//! Markdown with one empty line where there has to be one, and never two.
//!
//! What a page consists of begins and ends as it likes. Between a list and a block of text Markdown
//! wants an empty line, and before a heading.

/// What stands above the next line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Above {
    /// Nothing, or an empty line.
    #[default]
    Empty,
    List,
    Table,
    Text,
}

/// The state between two lines.
#[derive(Debug, Default)]
pub(super) struct Tidy {
    above: Above,
    /// In a block of text, where every line is as it is.
    block: bool,
}

impl Tidy {
    /// The same lines, with the empty ones that have to be.
    pub(super) fn lines(&mut self, lines: &[String]) -> Vec<String> {
        let mut out = Vec::new();
        for line in lines.iter().flat_map(|text| text.split('\n')) {
            self.line(line, &mut out);
        }
        out
    }

    fn line(&mut self, line: &str, out: &mut Vec<String>) {
        let fence = line.starts_with("```");
        if self.block {
            self.block = !fence;
            self.above = Above::Text;
            return out.push(line.to_owned());
        }
        let now = match line {
            "" => Above::Empty,
            _ if line.starts_with("- ") => Above::List,
            // What a list's last line goes on with.
            _ if line.starts_with("  ") && self.above == Above::List => Above::List,
            _ if line.starts_with('|') => Above::Table,
            _ => Above::Text,
        };
        let apart = now != self.above || fence || line.starts_with('#');
        match (self.above, now) {
            (Above::Empty, Above::Empty) => return,
            (Above::Empty, _) | (_, Above::Empty) => {}
            _ if apart => out.push(String::new()),
            _ => {}
        }
        self.block = fence;
        self.above = now;
        out.push(line.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_apart_by_one_empty_line() {
        let lines = [
            "- a",
            "  more",
            "- b",
            "```text",
            "",
            "",
            "x",
            "```",
            "\n\n## T\n",
            "\ntext",
            "| a |",
        ];
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let expected = [
            "- a", "  more", "- b", "", "```text", "", "", "x", "```", "", "## T", "", "text", "",
            "| a |",
        ];
        assert_eq!(Tidy::default().lines(&lines), expected);
    }
}
