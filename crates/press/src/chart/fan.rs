//! The forecast fan: what happened, then the median and the 50% and 80% bands up to a date. Draws; simulates nothing.

use jiff::civil::Date;
use maud::Markup;

use super::Frame;
use crate::numbers::Unit;

/// A measure to date and its forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Fan {
    /// The words around it.
    pub frame: Frame,
    /// What is measured: "Opportunities".
    pub measure: String,
    /// How values are written.
    pub unit: Unit,
    /// What happened, in order of date, in the unit's values.
    pub actual: Vec<(Date, f64)>,
    /// What is forecast, in order of date; begins where the actual ends.
    pub forecast: Vec<Quantiles>,
    /// Lines to hold the forecast against: a gate's threshold, the outcome's target.
    pub thresholds: Vec<Threshold>,
    /// Decisions on the way, drawn as numbered marks on the date axis.
    pub decisions: Vec<Decision>,
    /// When facts are stale: the day from which nothing has been imported.
    pub stale_since: Option<Date>,
}

/// Quantiles of the forecast on one day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantiles {
    /// The day.
    pub date: Date,
    /// Lower end of the 80% band.
    pub p10: f64,
    /// Lower end of the 50% band.
    pub p25: f64,
    /// Median.
    pub p50: f64,
    /// Upper end of the 50% band.
    pub p75: f64,
    /// Upper end of the 80% band.
    pub p90: f64,
}

/// A dashed line.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// "Scale at 12".
    pub label: String,
    /// Its height.
    pub value: f64,
}

/// A decision on the date axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The day.
    pub date: Date,
    /// The key to the list of decisions.
    pub number: u32,
    /// What was decided.
    pub says: String,
}

/// The fan at page width.
pub fn draw(fan: &Fan) -> Markup {
    todo!()
}

/// The fan at column width, for the one page: fewer labels, the same text size.
pub fn draw_small(fan: &Fan) -> Markup {
    todo!()
}
