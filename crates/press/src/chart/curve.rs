//! Cumulative incidence: by which day how many had won, told apart by group. Draws; estimates nothing.

use maud::Markup;

use super::Frame;

/// At most this many lines are drawn; the table holds all.
pub const LINES_DRAWN_MOST: usize = 4;

/// Curves over days.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The words around it.
    pub frame: Frame,
    /// "Days since the opportunity was opened".
    pub x_label: String,
    /// "Won".
    pub y_label: String,
    /// In the order of their importance.
    pub lines: Vec<Line>,
    /// The window that a conversion is counted within, in days.
    pub within_days: Option<f64>,
}

/// One group's curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// "With a partner".
    pub name: String,
    /// How many rows it rests on.
    pub n: u64,
    /// Day, and the share (a fraction of 1) that had got there by then; in order of day.
    pub points: Vec<(f64, f64)>,
}

/// The curves as a drawing with its table.
pub fn draw(curve: &Curve) -> Markup {
    todo!()
}
