//! Sequencing: how many bets at once, in which order, by which rule, and what that buys against doing everything at
//! once. Must not simulate by itself: it asks `simulate`.

use crate::simulate::{Plan, Program, ProgramError, Rule};
use serde::Serialize;

/// One plan's result, compared on the same luck as every other plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanResult {
    /// What people call it, where it has a name.
    pub name: Option<&'static str>,
    /// Positions of bets, the first to open first.
    pub order: Vec<usize>,
    /// Most live bets in a week.
    pub at_once: usize,
    /// When a bet stops.
    pub rule: Rule,
    /// Mean value by the horizon.
    pub mean: f64,
    /// This plan minus the best one.
    pub vs_best: Difference,
    /// Share of paths that reach the program's target.
    pub p_target: Option<f64>,
    /// Mean of the worst fifth of paths.
    pub cvar20: f64,
}

/// A paired difference of means with its 95% interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    /// The mean difference.
    pub difference: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Plans side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sequenced {
    /// The seed; the same seed gives the same bytes.
    pub seed: u64,
    /// Paths that every plan shown was simulated on.
    pub paths: u32,
    /// How many bets at once give the most productive hours; the smallest on ties.
    pub k_formula: usize,
    /// Productive hours a week with 1, 2, … live bets.
    pub hours_by_k: Vec<f64>,
    /// The index of each bet, value per hour, in the program's order.
    pub index: Vec<f64>,
    /// The plans, best mean first.
    pub plans: Vec<PlanResult>,
    /// Position in `plans` of the best.
    pub best: usize,
    /// Position in `plans` of everything at once.
    pub spread: usize,
    /// Position in `plans` of one at a time.
    pub one_at_a_time: usize,
    /// Position in `plans` of the leader's own plan, where one was given.
    pub own: Option<usize>,
    /// What focus buys here, or that it does not, in one sentence.
    pub says: String,
}

/// Compares plans for a program, the leader's own among them.
///
/// # Errors
/// When the program or the leader's plan is out of its limits.
pub fn sequence(_program: &Program, _own: Option<&Plan>, _seed: u64) -> Result<Sequenced, ProgramError> {
    todo!()
}

/// Productive hours a week with 1, 2, … bets live, the bets in this order.
#[must_use]
pub fn hours_by_k(_program: &Program, _order: &[usize]) -> Vec<f64> {
    todo!()
}

/// The index of a bet: the sure return on an hour at which one would be as glad to take it as to go on with the bet.
#[must_use]
pub fn index(_mu: f64, _sigma: f64, _usable_hours: f64, _set_up_hours: f64, _learning_hours: f64) -> f64 {
    todo!()
}
