//! Ranges: what a person believes, as the 10% and 90% points of an unknown number, and the distributions fitted to them.

use serde::{Deserialize, Serialize};

/// An 80% range: one chance in ten below `low`, one in ten above `high`. In the unit of what it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// The 10% point.
    pub low: f64,
    /// The 90% point.
    pub high: f64,
}

impl Range {
    /// A range as given; see [`Range::is_upright`].
    pub const fn new(low: f64, high: f64) -> Self {
        Self { low, high }
    }

    /// Both ends finite, and low not above high.
    pub fn is_upright(self) -> bool {
        self.low.is_finite() && self.high.is_finite() && self.low <= self.high
    }

    /// The Beta distribution `(a, b)` whose 10% and 90% points are `low` and `high` (fractions). `None` unless
    /// `0 < low < high < 1`.
    pub fn beta(self) -> Option<(f64, f64)> {
        todo!()
    }

    /// The log-normal distribution `(mu, sigma)` of the natural logarithm whose 10% and 90% points are `low` and `high`.
    /// `None` unless `0 < low < high`.
    pub fn log_normal(self) -> Option<(f64, f64)> {
        todo!()
    }
}
