//! Estimates with their ranges, one row each: a dot, a bar and the words. Draws; estimates nothing.

use maud::Markup;

use super::Frame;
use crate::numbers::Unit;

/// Rows of estimates on one scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Intervals {
    /// The words around it.
    pub frame: Frame,
    /// What a row is: "Cell".
    pub of: String,
    /// What is estimated: "Win rate".
    pub measure: String,
    /// How values are written.
    pub unit: Unit,
    /// A line through all rows, such as no difference at 0, or the rate of all.
    pub reference: Option<Reference>,
    /// In the order shown.
    pub rows: Vec<Row>,
}

/// A line that rows are held against.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// "No difference", "All cells".
    pub label: String,
    /// Where it stands on the scale.
    pub value: f64,
}

/// One estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// "Enterprise × technology".
    pub name: String,
    /// The rows behind it.
    pub href: Option<String>,
    /// The estimate.
    pub value: f64,
    /// Lower end of the range.
    pub low: f64,
    /// Upper end of the range.
    pub high: f64,
    /// What it rests on.
    pub sample: Sample,
    /// Whether the range leaves the question open; drawn grey and said.
    pub inconclusive: bool,
}

/// How much an estimate rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    /// "12 of 50".
    Of {
        /// How many did.
        reached: u64,
        /// Of how many.
        of: u64,
    },
    /// "n 240".
    N(u64),
}

/// The rows as a table with a dot and a range in each.
pub fn draw(intervals: &Intervals) -> Markup {
    todo!()
}
