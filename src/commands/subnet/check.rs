//! `netlab subnet check`.

use serde_json::Value;

use super::EXAMPLE_PLAN;
use crate::cli::{Look, SubnetCheck};
use crate::commands::report::{self, Report};
use crate::error::{Exit, Failure};
use crate::render::style::Style;
use crate::render::subnet::{check as page, json};
use crate::subnet::check::{self, Checked};
use crate::subnet::need::Growth;

struct Answer {
    checked: Checked,
    file: String,
    explain: bool,
}

impl Report for Answer {
    fn page(&self, style: &Style) -> Vec<String> {
        page::page(style, &self.checked, &self.file, self.explain)
    }

    fn lines(&self) -> Vec<Value> {
        json::check(&self.checked)
    }
}

/// Checks a plan.
pub(super) fn run(args: &SubnetCheck, look: &Look, style: &Style) -> Result<Exit, Failure> {
    let base = args.base.as_deref().map(|text| super::base(text, "netlab subnet check --help"));
    let base = base.transpose()?.map(|(base, _)| base);
    let sheet = super::sheet(&args.plan, "plan that netlab can read", EXAMPLE_PLAN)?;
    let checked =
        check::check_counted(&sheet, base, Growth::new(args.growth), args.gateway_counted);
    let right = checked.is_right();
    let file = args.plan.display().to_string();
    report::show(&Answer { checked, file, explain: look.explain }, look, style)?;
    Ok(if right { Exit::Done } else { Exit::No })
}
