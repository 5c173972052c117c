//! The funnel of a bet: how many targets reached each step, and how many may still. Draws; counts nothing.

use maud::Markup;

use super::Frame;
use crate::numbers::Rate;

/// Steps of a motion over one set of targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Funnel {
    /// The words around it.
    pub frame: Frame,
    /// What enters the first step, in the plural: "target accounts".
    pub of: String,
    /// Share of belief that each range holds, in percent: 80 or 95.
    pub range_percent: u8,
    /// In order. Every bar is drawn against what entered the first.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// "Introduced".
    pub name: String,
    /// How many came into the step.
    pub entered: u64,
    /// How many reached what it asks.
    pub reached: u64,
    /// How many have not, and still may.
    pub open: u64,
    /// The step's rate, with the counts that it was computed from.
    pub rate: Option<Rate>,
    /// The rows behind the step.
    pub href: Option<String>,
}

/// The funnel as a table with a bar in each row.
pub fn draw(funnel: &Funnel) -> Markup {
    todo!()
}
