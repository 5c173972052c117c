//! The catalogue of measures: which are business results and which are partner activity. Computes nothing.

use crate::words::words;

words! {
    /// What a measure is counted in.
    pub enum Unit {
        /// Units of the program's currency.
        Money = "money",
        /// A fraction of one.
        Share = "share",
        /// Days.
        Days = "days",
        /// A whole number of things.
        Count = "count",
    }
}

words! {
    /// Whether a measure may be the outcome.
    pub enum MeasureKind {
        /// A business result: may be the outcome.
        Business = "business result",
        /// Partner activity: a leading indicator at most.
        Activity = "activity",
    }
}

/// One measure of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// How it is written, such as `sourced-pipeline`.
    pub key: &'static str,
    /// Its plain name.
    pub name: &'static str,
    /// What it is, in a sentence that the facts can compute.
    pub definition: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// Business result or activity.
    pub kind: MeasureKind,
    /// Whether less is better, as with a cycle time.
    pub less_is_better: bool,
    /// The step of a motion whose count feeds it, when there is one.
    pub fed_by: Option<&'static str>,
}

/// Every measure, business results first.
pub const CATALOGUE: &[Measure] = &[];

impl Measure {
    /// The measure of a key.
    pub fn by_key(key: &str) -> Option<&'static Measure> {
        CATALOGUE.iter().find(|measure| measure.key == key)
    }
}
