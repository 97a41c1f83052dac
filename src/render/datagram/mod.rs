//! Datagrams as a person reads them: how the run is set up, what comes and goes, what became of it.

pub(super) mod explain;
pub(super) mod json;
pub(super) mod remark;
pub(super) mod report;
pub(super) mod setup;
pub(super) mod talk;
