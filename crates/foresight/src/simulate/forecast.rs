//! The forecast: many paths under one plan, reduced to a fan and a total. Must not depend on the number of threads.

use super::program::{Plan, Program, ProgramError};
use serde::Serialize;

/// Quantiles over paths of what has arrived by the end of a week.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FanWeek {
    /// Weeks from now; 0 is now.
    pub week: u32,
    /// One path in ten is at or below this.
    pub p10: f64,
    /// One path in four.
    pub p25: f64,
    /// The middle path.
    pub p50: f64,
    /// Three paths in four.
    pub p75: f64,
    /// Nine paths in ten.
    pub p90: f64,
}

/// What has arrived by the horizon.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Total {
    /// Mean over paths.
    pub mean: f64,
    /// One path in ten is at or below this.
    pub p10: f64,
    /// One path in four.
    pub p25: f64,
    /// The middle path.
    pub p50: f64,
    /// Three paths in four.
    pub p75: f64,
    /// Nine paths in ten.
    pub p90: f64,
    /// What should be reached, where the program says so.
    pub target: Option<f64>,
    /// Share of paths that reach the target.
    pub p_target: Option<f64>,
    /// Mean of the worst fifth of paths (Rockafellar & Uryasev 2000).
    pub cvar20: f64,
}

/// Means over paths for one bet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PerBet {
    /// Its name.
    pub name: String,
    /// Value by the horizon.
    pub value: f64,
    /// Accounts that arrived at the step that counts as value.
    pub wins: f64,
    /// Targets worked.
    pub targets_worked: f64,
    /// Team hours: overhead, set-up and targets.
    pub hours: f64,
    /// Share of paths in which it runs at all.
    pub p_runs: f64,
    /// Mean week of opening over the paths in which it runs.
    pub start_week: Option<f64>,
}

/// What a program may bring under a plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forecast {
    /// The seed; the same seed gives the same bytes.
    pub seed: u64,
    /// Paths drawn.
    pub paths: u32,
    /// The horizon, weeks.
    pub weeks: u32,
    /// At the horizon.
    pub outcome: Total,
    /// Week by week, from 0 to the horizon.
    pub fan: Vec<FanWeek>,
    /// Bet by bet, in the program's order.
    pub bets: Vec<PerBet>,
}

/// Forecasts a program under a plan.
///
/// # Errors
/// When the program, the plan or the number of paths is out of its limits.
pub fn simulate(_program: &Program, _plan: &Plan, _seed: u64, _paths: u32) -> Result<Forecast, ProgramError> {
    todo!()
}
