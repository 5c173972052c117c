//! The proof: indicators that say early and late whether a bet works, and the gate that settles it. Plain data.

use crate::words::words;
use jiff::civil::Date;

words! {
    /// How soon an indicator moves.
    pub enum IndicatorKind {
        /// In weeks.
        Leading = "leading",
        /// In quarters.
        Lagging = "lagging",
    }
}

/// A measure with a target and a date.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Indicator {
    /// Leading or lagging.
    pub kind: IndicatorKind,
    /// A measure of the catalogue or a step of the bet's motion.
    pub measure: String,
    /// Where it shall stand, in the measure's unit.
    pub target: Option<f64>,
    /// The day by which.
    pub by: Option<Date>,
}

/// A question with a measure, a threshold, a date and a least number of observations, fixed at signature.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct Gate {
    /// The question it answers.
    pub question: String,
    /// A step of the bet's motion or a measure of the catalogue.
    pub measure: String,
    /// Scale at this many, or more.
    pub scale_if: Option<f64>,
    /// Retire at this many, or fewer.
    pub retire_if: Option<f64>,
    /// The day on which it is judged.
    pub by: Option<Date>,
    /// Least number of targets worked before it can be judged.
    pub at_least_targets: u32,
    /// Name of the bet that passing it unlocks; empty when none.
    pub passes_to: String,
}
