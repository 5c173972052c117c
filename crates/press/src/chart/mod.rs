//! The drawings, each with its table. Pure: data in, markup out. Colours are custom properties of the style sheet,
//! so that light, dark and print follow.
//!
//! Line drawings ([`fan`], [`scatter`], [`curve`]) are one SVG with a table behind "Show as table". Row drawings
//! ([`funnel`], [`interval`], [`timeline`], [`capacity`], [`plans`]) are tables with a drawing in each row: what a
//! drawing shows, the text beside it says, so that it reads aloud, wraps on a telephone and prints.

pub mod capacity;
pub mod curve;
pub mod fan;
pub mod funnel;
pub mod interval;
pub mod plans;
pub mod scatter;
pub mod timeline;

/// The words around a drawing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frame {
    /// Beginning of every `id` inside; unique on its page: letters, digits, hyphens, beginning with a letter.
    pub prefix: String,
    /// The finding in words: "Half of simulations land between 9 and 13".
    pub finding: String,
    /// What was assumed, from how many rows, as of when.
    pub note: Option<String>,
    /// Where the same rows are had as CSV.
    pub csv_href: Option<String>,
}

impl Frame {
    /// A frame with a finding and nothing else.
    pub fn new(prefix: impl Into<String>, finding: impl Into<String>) -> Self {
        Self {
            prefix: prefix.into(),
            finding: finding.into(),
            ..Self::default()
        }
    }
}
