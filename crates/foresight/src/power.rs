//! Whether a gate, before it is signed, can tell a bet that works from one that does not. Must not see evidence.

use serde::{Deserialize, Serialize};

use crate::error::ForesightError;
use crate::judge::Gate;

/// One step as planned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedStep {
    /// The step's name.
    #[serde(default)]
    pub name: Option<String>,
    /// The belief in its conversion, as the two parameters of a beta distribution.
    pub prior: (f64, f64),
    /// The mean delay of the accounts that convert, in weeks.
    pub delay_weeks: f64,
}

/// A gate and what is planned up to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatePlan {
    /// The gate.
    pub gate: Gate,
    /// The steps in order.
    #[serde(rename = "step", alias = "steps")]
    pub steps: Vec<PlannedStep>,
    /// Targets that enter the first step in each week from the start.
    pub planned_per_week: Vec<f64>,
}

/// What a gate can tell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outlook {
    /// The chance that the gate is right about a bet that is as likely to work as not. Under 0.8: finding S11.
    pub tells: f64,
    /// The share of the measure's final events that can have come by the gate's date. Under 0.5: finding S12.
    pub arrived: f64,
    /// What would make the gate able to tell, found by trying; none where it can already, or where nothing tried helps.
    pub better: Option<String>,
}

/// Looks at a gate before it is signed.
///
/// # Errors
/// A plan that cannot be: the error says where, what and how to mend it.
pub fn gate_outlook(plan: &GatePlan) -> Result<Outlook, ForesightError> {
    let _ = plan;
    todo!()
}
