//! The wedge: why a partner works with us, why the customer cares, and what would have to be true. Plain data.

use jiff::civil::Date;

/// The specific reason a partner in a cell works with us, and why the customer cares.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct Wedge {
    /// Why the partner works with us.
    pub partner: String,
    /// Why the customer cares.
    pub customer: String,
    /// What would have to be true, as written.
    pub conditions: Vec<Condition>,
}

/// One thing that would have to be true for the wedge to work.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct Condition {
    /// What would have to be true.
    pub says: String,
    /// How sure we are, 0 to 1.
    pub belief: Option<f64>,
    /// How it is tested; empty when missing.
    pub test: String,
    /// By when it is tested.
    pub by: Option<Date>,
}

impl Wedge {
    /// The conditions, the least believed first; those without a belief before all others.
    pub fn least_believed_first(&self) -> Vec<&Condition> {
        let mut conditions: Vec<&Condition> = self.conditions.iter().collect();
        conditions.sort_by(|a, b| a.belief.unwrap_or(-1.0).total_cmp(&b.belief.unwrap_or(-1.0)));
        conditions
    }
}
