//! Charts, the one-page strategy, the review pre-read, the board page and days for a calendar: plain structs in, HTML, SVG,
//! Markdown and text out.
//! No clock, no file, no network, and no other room: whoever knows the facts fills the structs.
//!
//! People look rather than read, so funnels, grids, fans and timelines are drawn, and every drawing has its table.
//! Nothing here can fail: a value that is not a number is written "not known" and left out of the drawing.
//!
//! Markup carries no `style` attribute and no script, so that it can be served under `default-src 'none'`.
//! The one exception is a whole [`one_page::document`] or [`pre_read::document`], which is a file and brings its style sheet along.

pub mod board;
pub mod calendar;
pub mod chart;
pub mod numbers;
pub mod one_page;
pub mod pre_read;
pub mod qr;
pub mod tag;

mod document;
mod prose;

pub use prose::ended;

/// The style sheet of the product, the same text that the pages link to.
pub const STYLE_SHEET: &str = include_str!("../../web/assets/beachhead.css");
