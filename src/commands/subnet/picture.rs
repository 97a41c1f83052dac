//! `netlab subnet picture`.

use std::path::Path;

use serde_json::Value;

use super::EXAMPLE_PLAN;
use crate::cli::{Format, Look, SubnetPicture};
use crate::commands::report::{self, Report};
use crate::error::{Exit, Failure, STANDARD_OUTPUT, Usage};
use crate::render::output::Output;
use crate::render::style::Style;
use crate::render::subnet::{json, svg, topology as page};
use crate::subnet::check;
use crate::subnet::need::Growth;
use crate::subnet::topology::Topology;

struct Answer {
    topology: Topology,
    mermaid: bool,
    explain: bool,
    /// Where the drawing is.
    drawn: Option<String>,
}

impl Report for Answer {
    fn page(&self, style: &Style) -> Vec<String> {
        if self.mermaid {
            page::mermaid(&self.topology)
        } else {
            page::page(style, &self.topology, self.drawn.as_deref(), self.explain)
        }
    }

    fn lines(&self) -> Vec<Value> {
        json::topology(&self.topology)
    }
}

/// Draws the topology of a plan.
pub(super) fn run(args: &SubnetPicture, look: &Look, style: &Style) -> Result<Exit, Failure> {
    let sheet = super::sheet(&args.plan, "plan that netlab can read", EXAMPLE_PLAN)?;
    let topology = check::check(&sheet, None, Growth::default()).topology;
    let mut drawn = None;
    if let Some(path) = &args.svg {
        let refused = |rule: &str, cause: &str| Usage {
            what: "file for a drawing",
            value: path.display().to_string(),
            rule: rule.to_owned(),
            causes: vec![cause.to_owned()],
            command: "netlab subnet picture plan.md --svg campus.svg".to_owned(),
        };
        if path != Path::new("-") && super::same(path, &args.plan) {
            let rule = "a drawing is written into a file of its own";
            return Err(refused(rule, "this is the plan itself, which would be gone").into());
        }
        if path == Path::new("-") && (look.record.is_some() || look.format != Format::Text) {
            let rule = "--svg - writes the drawing and nothing else: no --format, no --record";
            return Err(refused(rule, "two answers on one standard output").into());
        }
        let drawing = svg::draw(&topology);
        if path == Path::new("-") {
            let mut out = Output::stdout();
            out.line(drawing.trim_end());
            report::written(STANDARD_OUTPUT, out.finish())?;
            return Ok(Exit::Done);
        }
        std::fs::write(path, drawing)
            .map_err(|error| Failure::File { path: path.display().to_string(), error })?;
        drawn = Some(path.display().to_string());
    }
    let answer = Answer { topology, mermaid: args.mermaid, explain: look.explain, drawn };
    report::show(&answer, look, style)?;
    Ok(Exit::Done)
}
