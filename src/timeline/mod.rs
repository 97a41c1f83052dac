//! # The three layers on one time line
//!
//! Records of one or both sides become one picture: the calls of each program in its lane, the
//! packets between them, the states of their sockets, on one clock.
//!
//! ```text
//!   record ──▶ Record ─┐
//!                      ├─▶ who talked to whom ─▶ one clock ─▶ order ─▶ folding ─▶ Picture ─▶ render
//!   record ──▶ Record ─┘
//! ```
//!
//! Pure: it reads lines of JSON (the record's contract is in `render::json`) and gives rows. What
//! was not recorded is not in the picture, and the picture says what is missing.
//!
//! | file | what |
//! | --- | --- |
//! | `model` | the picture: lanes and rows |
//! | `record`, `fault`, `entry`, `packet`, `clean` | lines of a record, read and made harmless |
//! | `lanes` | the programs, and their sockets' endpoints |
//! | `pairs` | which two sockets are the two ends of one conversation |
//! | `meet` | whether the records have to do with each other at all |
//! | `flow`, `datagrams` | which call's bytes another call took |
//! | `talk` | which message a call carried |
//! | `wire` | packets: seen once or twice, what made them go |
//! | `owners` | whose they are |
//! | `told_calls` | the calls that a record itself names as a cause |
//! | `clock` | two clocks become one |
//! | `order` | cause before effect |
//! | `states`, `side` | what packets and calls did to each socket's state, and by which numbers |
//! | `hearsay` | what calls alone prove of it |
//! | `assemble`, `rows`, `zoom`, `fold` | rows, of which some are wanted, and long runs are folded |
//! | `long`, `whose`, `counted` | of very many conversations the first and the last, the others counted |
//! | `build` | all of it put together |

mod assemble;
mod build;
mod clean;
mod clock;
mod counted;
mod datagrams;
mod entry;
mod fault;
mod flow;
mod fold;
mod hearsay;
mod lanes;
mod long;
mod meet;
mod model;
mod order;
mod owners;
mod packet;
mod pairs;
mod record;
mod remarks;
mod rows;
mod side;
mod states;
mod talk;
mod texts;
mod told_calls;
mod whose;
mod wire;
mod zoom;

pub use build::Options;
pub use counted::in_one;
pub use fault::{Fault, RecordError};
pub use model::{
    Alignment, Call, CallError, Cause, Demo, Fact, Fold, FoldPart, Lane, Message, Packet, Picture,
    Place, Row, RowKind, Socket, Source, StateChange, Step, Table,
};
pub use record::Record;
