//! The dials of the gym (numbers.md 1(e) and 2): what the made-up programs look like. Must not draw luck.

use serde::{Deserialize, Serialize};

use crate::overdispersion::Overdispersion;

/// A population of made-up programs. Also the file of `beachhead gym --setting`; a dial that is left out stands at the
/// default program of numbers.md section 2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Setting {
    /// Bets that a program may choose from.
    pub bets: usize,
    /// The horizon, weeks.
    pub weeks: u32,
    /// Team hours a week.
    pub hours_per_week: f64,
    /// Hours that one target takes.
    pub hours_per_target: f64,
    /// Hours a week that each live bet takes, whatever it does.
    pub weekly_overhead_hours: f64,
    /// Share of the team's hours lost for each live bet beyond the first.
    pub switching_tax: f64,
    /// Mean hours of a set-up.
    pub set_up_hours: f64,
    /// Targets of each bet.
    pub targets: u32,
    /// Targets a week that one route can absorb.
    pub targets_per_week: f64,
    /// The population's mean conversion of each step; the last step is won.
    pub step_rates: Vec<f64>,
    /// Mean weeks of each step.
    pub delay_weeks: Vec<f64>,
    /// Standard deviation between bets of the log-odds of each step's conversion.
    pub spread: f64,
    /// How much the priors know: the correlation of what is believed of a bet's log-odds with the truth. 0 knows only
    /// the population, 1 knows the bet.
    pub prior_strength: f64,
    /// Standard deviation between bets of the log of a deal's value. It is known beforehand.
    pub deal_value_spread: f64,
    /// Standard deviation between bets, in log-odds of each step, of a belief that is wrong and not known to be.
    pub prior_bias: f64,
    /// The last target's chances as a multiple of the first's, falling evenly in between: 1 where targets are alike,
    /// less where the best accounts are worked first. Nobody but the truth knows it.
    pub decay: f64,
    /// The share of its full conversion that a route starts with; it grows to all of it over the first 26 weeks.
    pub ramp: f64,
    /// What the delays are believed to be, as a multiple of what they are.
    pub believed_delay: f64,
    /// How much accounts of the same partner resemble each other.
    pub overdispersion: Overdispersion,
    /// Wins by the horizon that the program is asked for.
    pub target_wins: u32,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            bets: 6,
            weeks: 104,
            hours_per_week: 90.0,
            hours_per_target: 6.0,
            weekly_overhead_hours: 4.0,
            switching_tax: 0.05,
            set_up_hours: 240.0,
            targets: 300,
            targets_per_week: 12.0,
            step_rates: vec![0.45, 0.55, 0.40, 0.25],
            delay_weeks: vec![3.0, 3.0, 5.0, 12.0],
            spread: 0.6,
            prior_strength: 0.5,
            deal_value_spread: 0.4,
            prior_bias: 0.0,
            decay: 1.0,
            ramp: 1.0,
            believed_delay: 1.0,
            overdispersion: Overdispersion::default(),
            target_wins: 30,
        }
    }
}
