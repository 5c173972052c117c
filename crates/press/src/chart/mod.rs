//! The drawings, each with its table. Pure: data in, markup out. Colours are custom properties of the style sheet,
//! so that light, dark and print follow.
//!
//! Line drawings ([`fan`], [`scatter`], [`curve`]) are one SVG with a table behind "Show as table". Row drawings
//! ([`bars`], [`funnel`], [`interval`], [`cohorts`], [`stages`], [`timeline`], [`capacity`], [`plans`], [`waterfall`], [`tornado`]) are
//! tables with a drawing in each row: what a drawing shows, the text beside it says, so that it reads aloud, wraps on a telephone
//! and prints.

use maud::{Markup, html};

pub mod bars;
pub mod capacity;
pub mod cohorts;
pub mod curve;
pub mod fan;
pub mod funnel;
pub mod interval;
pub mod plans;
pub mod scatter;
pub mod stages;
pub mod timeline;
pub mod tornado;
pub mod waterfall;

mod plot;
#[cfg(test)]
mod tests;

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

    /// An `id` within the frame.
    fn id(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    /// A reference to a paint server of the frame.
    fn paint(&self, name: &str) -> String {
        format!("url(#{}-{name})", self.prefix)
    }

    /// A drawing with its table folded away.
    fn drawing(&self, svg: &Markup, table: &Markup) -> Markup {
        html! {
            figure.chart {
                p.finding { (self.finding) }
                (self.scroll("drawing", svg))
                figcaption {
                    (self.note_line())
                    details { summary { "Show as table" } (self.scroll("table", table)) }
                }
            }
        }
    }

    /// A table that is its own drawing.
    fn drawn_table(&self, table: &Markup) -> Markup {
        html! {
            figure.chart {
                p.finding { (self.finding) }
                (self.scroll("table", table))
                @if self.note.is_some() || self.csv_href.is_some() { figcaption { (self.note_line()) } }
            }
        }
    }

    /// What stands in the place of a drawing that has nothing to draw.
    fn nothing_yet(&self, what_it_waits_for: &str) -> Markup {
        html! { figure.chart { p.finding { (self.finding) } p.dim { "There is nothing to draw yet: " (what_it_waits_for) "." } } }
    }

    fn note_line(&self) -> Markup {
        html! {
            @if self.note.is_some() || self.csv_href.is_some() {
                p {
                    @if let Some(note) = &self.note { (note) " " }
                    @if let Some(href) = &self.csv_href { a href=(href) { "Rows as CSV" } }
                }
            }
        }
    }

    fn scroll(&self, kind: &str, inner: &Markup) -> Markup {
        html! { div.scroll role="region" tabindex="0" aria-label={ (self.finding) ", " (kind) } { (inner) } }
    }
}

/// A name, linked when there is something behind it.
fn linked(name: &str, href: Option<&str>) -> Markup {
    html! { @if let Some(href) = href { a href=(href) { (name) } } @else { (name) } }
}

/// The hatch that says "not settled": stale facts, targets still open.
fn hatch(id: &str, colour: &str) -> Markup {
    html! {
        pattern id=(id) width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
            path d="M1 0V6" stroke=(colour) stroke-width="2" {}
        }
    }
}
