//! The input of a simulation: a program as plain data, the plans for it, and what is wrong with either. Must not simulate.

use super::stand_in::Belief;
use serde::{Deserialize, Serialize};

/// Most bets in a program.
pub const MAX_BETS: usize = 50;
/// Most steps in the motion of one bet.
pub const MAX_STEPS: usize = 12;
/// Longest horizon, weeks: ten years.
pub const MAX_WEEKS: u32 = 520;
/// Most targets in a program, all bets together, those in flight included.
pub const MAX_TARGETS: u64 = 200_000;
/// Most paths in a forecast.
pub const MAX_PATHS: u32 = 20_000;

/// A team, its horizon and the bets it may run. Also the file of `beachhead sequence --program`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// The horizon, weeks from now.
    pub weeks: u32,
    /// Hours that the whole team has in a week.
    pub hours_per_week: f64,
    /// Share of the team's hours lost to switching for each live bet beyond the first (Weinberg's rule of thumb: 0.2).
    #[serde(default)]
    pub switching_tax: f64,
    /// What the outcome should reach by the horizon, in the unit of `deal_value`.
    #[serde(default)]
    pub target: Option<f64>,
    /// The bets, in any order; plans name them by position.
    #[serde(rename = "bet")]
    pub bets: Vec<Bet>,
}

/// One bet: what it costs, how many targets it has, and what is believed of its steps.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bet {
    /// What people call it; "bet 1" and so on when empty.
    #[serde(default)]
    pub name: String,
    /// Team hours before the first target can be worked.
    #[serde(default)]
    pub set_up_hours: f64,
    /// Team hours to work one target.
    pub hours_per_target: f64,
    /// Team hours that go each week to a live bet, whatever it does.
    #[serde(default)]
    pub weekly_overhead_hours: f64,
    /// Named targets that can be reached at all.
    pub targets: u32,
    /// Most targets that the route can absorb in a week.
    pub targets_per_week: f64,
    /// What one deal is worth.
    pub deal_value: DealValue,
    /// The motion, in order; the last step is won.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
    /// The gate, where the bet has one.
    #[serde(default)]
    pub gate: Option<Gate>,
    /// Position of the step whose arrival counts as value; the last one (won) unless said. An outcome measured in
    /// pipeline counts at the opportunity step.
    #[serde(default)]
    pub value_at: Option<usize>,
    /// Position of the bet whose gate must be met before this one may open.
    #[serde(default)]
    pub after: Option<usize>,
    /// Where a bet that is running already stands.
    #[serde(skip)]
    pub started: Option<Running>,
}

/// The value of one deal: log-normal from deal to deal, in units of the currency (or 1 and 0 to count deals).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DealValue {
    /// Mean of one deal.
    pub mean: f64,
    /// Standard deviation from one deal to the next.
    #[serde(default)]
    pub sd: f64,
}

/// One step of a motion.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
    /// Beta(a, b) of the share of entrants that convert.
    pub prior: (f64, f64),
    /// Mean weeks from entering the step to converting; gamma with shape 2.
    pub delay_weeks: f64,
}

/// A gate: at least `need` accounts past `step` by a week, judged on a least number of worked targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Position of the step that is counted.
    pub step: usize,
    /// Accounts that must have converted.
    pub need: u32,
    /// When it is judged, weeks after the bet's start.
    pub week_after_start: u32,
    /// Not judged before this many targets have been worked.
    #[serde(default)]
    pub at_least_targets: u32,
}

/// Where a running bet stands at week 0.
#[derive(Debug, Clone)]
pub struct Running {
    /// Weeks since its start.
    pub weeks_running: u32,
    /// Set-up hours still to do.
    pub set_up_hours_left: f64,
    /// Targets not yet worked.
    pub targets_left: u32,
    /// Accounts that have converted at the gate's step already.
    pub gate_have: u32,
    /// For each step, the accounts in it now as (weeks since they entered it, count).
    pub in_flight: Vec<Vec<(u32, u64)>>,
    /// What is believed of each step after the evidence so far; takes the place of the priors.
    pub beliefs: Vec<Belief>,
}

/// What makes a bet stop or give way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rule {
    /// Nothing: a bet runs until its targets are worked.
    Open,
    /// A missed gate retires the bet.
    Gated,
    /// At each review the bets with the highest index run, the others are parked.
    Index,
}

/// How live bets share the week's hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Share {
    /// The first in order is served first: targets, then set-ups.
    #[default]
    InOrder,
    /// Everything live gets an equal part, set-ups included.
    Equal,
}

/// In which order, how many at once, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Positions of bets, the first to open first. A bet left out never runs.
    pub order: Vec<usize>,
    /// Most live bets in a week.
    pub at_once: usize,
    /// When a bet stops.
    pub rule: Rule,
    /// How hours are shared.
    #[serde(skip)]
    pub share: Share,
}

/// What is wrong with a program or a plan: where, what, and how to mend it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProgramError {
    /// A number of the program itself.
    #[error("{field} is {found}: {mend}")]
    Program {
        /// The field.
        field: &'static str,
        /// What it holds.
        found: String,
        /// How to mend it.
        mend: &'static str,
    },
    /// A number of one bet.
    #[error("{bet}: {field} is {found}: {mend}")]
    Bet {
        /// Which bet, by position from 1 and name.
        bet: String,
        /// The field, with the step's position from 1 where it belongs to one.
        field: String,
        /// What it holds.
        found: String,
        /// How to mend it.
        mend: &'static str,
    },
    /// A plan that does not fit its program.
    #[error("plan: {what}: {mend}")]
    Plan {
        /// What is wrong.
        what: String,
        /// How to mend it.
        mend: &'static str,
    },
}
