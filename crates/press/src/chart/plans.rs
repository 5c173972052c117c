//! Plans side by side, each with its difference to the best on the same simulated paths. Draws; simulates nothing.

use maud::Markup;

use super::Frame;
use crate::numbers::Unit;

/// Plans that were compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Plans {
    /// The words around it.
    pub frame: Frame,
    /// What is expected of a plan: "Enterprise pipeline by 31 Jan 2027".
    pub measure: String,
    /// How values are written.
    pub unit: Unit,
    /// How many simulated paths every plan was run on.
    pub paths: u64,
    /// In the order shown.
    pub plans: Vec<Plan>,
}

/// What kind of plan it is; the two named ends are always recognisable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Every bet from the first day.
    EverythingAtOnce,
    /// One bet after another.
    OneAtATime,
    /// Anything else, such as what the search found.
    Other,
}

/// One plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What it does: "HRIS co-sell, then Identity co-sell".
    pub name: String,
    /// Which kind.
    pub kind: Kind,
    /// Expected value.
    pub mean: f64,
    /// This plan less the best, on the same paths; none for the best itself.
    pub against_best: Option<Difference>,
    /// Chance of the outcome's target, a fraction of 1.
    pub chance_of_target: Option<f64>,
}

/// A paired difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Mean of the differences.
    pub value: f64,
    /// Lower end of its range.
    pub low: f64,
    /// Upper end of its range.
    pub high: f64,
}

/// The plans as a table with a bar in each row.
pub fn draw(plans: &Plans) -> Markup {
    todo!()
}
