//! Programs for the tests of this room: the default of the design's gym, and dials to turn. Tests only.

use super::program::{Bet, DealValue, Program, Step};
use crate::luck::Luck;
use crate::special::{logistic, logit, normal_quantile};

pub(crate) const STAGE_MEANS: [f64; 4] = [0.45, 0.55, 0.40, 0.25];
pub(crate) const STAGE_DELAYS: [f64; 4] = [3.0, 3.0, 5.0, 12.0];

/// How worlds differ from the default one.
#[derive(Clone, Copy)]
pub(crate) struct Dials {
    pub(crate) weeks: u32,
    pub(crate) hours: f64,
    pub(crate) tax: f64,
    pub(crate) overhead: f64,
    pub(crate) set_up: f64,
    pub(crate) targets: u32,
    pub(crate) targets_per_week: f64,
    /// Standard deviation of a stage's log-odds from bet to bet.
    pub(crate) sigma: f64,
    /// Share of that which is known beforehand, as a correlation.
    pub(crate) rho: f64,
}

pub(crate) const DEFAULT: Dials = Dials {
    weeks: 104,
    hours: 90.0,
    tax: 0.05,
    overhead: 4.0,
    set_up: 240.0,
    targets: 300,
    targets_per_week: 12.0,
    sigma: 0.6,
    rho: 0.5,
};

/// Six bets as the team sees them beforehand: what is known moves the mean of a prior, what is not is its width.
pub(crate) fn world(dials: Dials, seed: u64) -> Program {
    let normal = |bet: u64, what: u64| normal_quantile(Luck::new(seed).at(bet).at(what).uniform());
    let bet = |number: u64| {
        let steps = (0..STAGE_MEANS.len()).map(|step| {
            let mean = logistic(logit(STAGE_MEANS[step]) + dials.rho * dials.sigma * normal(number, step as u64));
            let unknown = dials.sigma.powi(2) * (1.0 - dials.rho.powi(2));
            let strength = 1.0 / (mean * (1.0 - mean) * unknown);
            Step {
                name: None,
                prior: (mean * strength, (1.0 - mean) * strength),
                delay_weeks: STAGE_DELAYS[step],
            }
        });
        Bet {
            name: String::new(),
            set_up_hours: dials.set_up,
            hours_per_target: 6.0,
            weekly_overhead_hours: dials.overhead,
            targets: dials.targets,
            targets_per_week: dials.targets_per_week,
            deal_value: DealValue {
                mean: (0.4 * normal(number, 100)).exp(),
                sd: 0.0,
            },
            steps: steps.collect(),
            gate: None,
            value_at: None,
            after: None,
            overdispersion: None,
            started: None,
        }
    };
    Program {
        weeks: dials.weeks,
        hours_per_week: dials.hours,
        switching_tax: dials.tax,
        target: None,
        bets: (0..6).map(bet).collect(),
    }
}
