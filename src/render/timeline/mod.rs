//! # The time line, drawn
//!
//! A [`Picture`](crate::timeline::Picture) has lanes and rows; this module draws them: as text with a
//! line for each socket, as Markdown with a Mermaid diagram, and as JSON.
//!
//! ```text
//!       ms  client                              server
//!           A 10.0.56.23:54321                  A 0.0.0.0:6000 listens
//!    0.041  │                                   ● A accept()  waits 0.6 ms
//!    0.430  ● A connect(10.0.73.221:6000)       ┃
//!    0.433  ├────────────── SYN ───────────────▶┃
//!    0.452  │◀──────────── SYN,ACK ─────────────┨
//!    0.461  ├────────────── ACK ───────────────▶┃
//!    0.470  ● A connect = 0  → ESTABLISHED      ┃
//!    0.641  │                                   ● A accept = B from 10.0.56.23:54321
//! ```
//!
//! | file | what |
//! | --- | --- |
//! | `page`, `markdown`, `mermaid`, `json` | a whole picture: for a terminal, for a worksheet, for programs |
//! | `lanes` | the picture as it grows: one row of the time line after the other |
//! | `draw`, `told` | calls and packets; everything else |
//! | `marks` | what takes time gets a beginning and an end |
//! | `layout`, `lines`, `canvas`, `words` | where things stand, which sockets live, a row, texts |

mod canvas;
mod draw;
pub mod html;
pub mod json;
mod lanes;
mod layout;
mod lines;
mod markdown;
mod marks;
mod mermaid;
mod page;
mod told;
mod words;

pub use lanes::{Detail, Lanes};
pub use mermaid::mermaid;
pub use page::page;
pub(super) use words::clean;
