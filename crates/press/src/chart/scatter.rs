//! The evidence for cells: what 100 team hours are expected to bring against how many targets can be reached.
//! Draws; weighs nothing.

use maud::Markup;

use super::Frame;
use crate::{numbers::Unit, tag::State};

/// Cells on two scales.
#[derive(Debug, Clone, PartialEq)]
pub struct Scatter {
    /// The words around it.
    pub frame: Frame,
    /// Across, with ranges: "Expected pipeline per 100 team hours".
    pub x: Axis,
    /// Up: "Reachable targets".
    pub y: Axis,
    /// The cells.
    pub points: Vec<Point>,
}

/// What a scale measures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// Its words.
    pub label: String,
    /// How values are written.
    pub unit: Unit,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// "Enterprise × technology".
    pub name: String,
    /// Its page.
    pub href: Option<String>,
    /// Its state, drawn as the state's glyph.
    pub state: State,
    /// Across: the estimate.
    pub x: f64,
    /// Lower end of its range.
    pub x_low: f64,
    /// Upper end of its range.
    pub x_high: f64,
    /// Up.
    pub y: f64,
    /// How many rows the estimate rests on.
    pub n: u64,
}

/// The cells as a drawing with its table.
pub fn draw(scatter: &Scatter) -> Markup {
    todo!()
}
