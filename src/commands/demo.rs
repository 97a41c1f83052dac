//! demo
use crate::cli::{Demo, Look};
use crate::error::{Exit, Failure};
use crate::render::style::Style;
pub(super) fn run(_a: &Demo, _l: &Look, _s: Style) -> Result<Exit, Failure> { Ok(Exit::Done) }
