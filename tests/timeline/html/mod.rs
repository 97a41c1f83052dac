//! The time line as a page: what stands in it, and how a real browser shows it.

mod browser;
mod command;
mod large;
mod page;
mod pictures;
pub mod strict;

use crate::picture::built;
use crate::{parts, support};
