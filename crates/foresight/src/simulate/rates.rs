//! The rates of one path: which part of each belief it draws from, and how partners differ about it. Must not know
//! accounts.

use super::model::{BetModel, Model, count, whole};
use crate::belief::Belief;
use crate::limits;
use crate::luck::Luck;
use crate::special::{logistic, logit};
use rayon::prelude::*;

/// Latin hypercube strata: each parameter's draws fall once into each of `paths` equal slices (McKay, Beckman &
/// Conover 1979).
pub(crate) struct Strata {
    luck: Luck,
    paths: u32,
    /// One permutation of the paths for each parameter, bet by bet and step by step.
    slices: Vec<Vec<Vec<u32>>>,
}

// Coordinates of luck below a seed.
const SHUFFLES: u64 = 0;
const PATHS: u64 = 1;

impl Strata {
    pub(crate) fn new(model: &Model, seed: u64, paths: u32) -> Self {
        let luck = Luck::new(seed);
        let of_bet = |(bet, model): (usize, &BetModel)| {
            let luck = luck.at(SHUFFLES).at(bet as u64);
            (0..model.rates.len())
                .map(|step| shuffled(luck.at(step as u64), paths))
                .collect()
        };
        Self {
            luck: luck.at(PATHS),
            paths,
            slices: model.bets.par_iter().enumerate().map(of_bet).collect(),
        }
    }

    /// The luck of one path.
    pub(super) fn luck(&self, path: u32) -> Luck {
        self.luck.at(u64::from(path))
    }

    /// Where in a belief a path draws from, `within` its slice: both shares of 1.
    pub(super) fn part(&self, bet: usize, step: usize, path: u32, within: f64) -> f64 {
        (f64::from(self.slices[bet][step][path as usize]) + within) / f64::from(self.paths)
    }
}

/// The numbers below `n` in an order of luck (Fisher & Yates).
fn shuffled(luck: Luck, n: u32) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n).collect();
    for last in (1..order.len()).rev() {
        let other = whole(luck.at(last as u64).uniform() * f64::from(count(last + 1))) as usize;
        order.swap(last, other.min(last));
    }
    order
}

/// How many partners a bet's accounts come from, and how their rates lie about the bet's at each step. None where they
/// do not differ.
#[derive(Default)]
pub(super) struct Partners {
    count: u32,
    /// For each step, which of the spreads is its.
    steps: Vec<usize>,
    spreads: Vec<Spread>,
}

impl Partners {
    /// So many partners, with this correlation between two accounts of the same at each step.
    pub(super) fn new(count: u32, correlations: impl Iterator<Item = f64>) -> Self {
        let (mut steps, mut spreads, mut seen) = (Vec::new(), Vec::new(), Vec::new());
        for correlation in correlations {
            let found = seen.iter().position(|other| *other == correlation);
            steps.push(found.unwrap_or_else(|| {
                seen.push(correlation);
                spreads.push(Spread::new(correlation));
                spreads.len() - 1
            }));
        }
        Self { count, steps, spreads }
    }

    /// Each partner's own rates at each step, about the bet's, row by row; the bet's alone where partners do not differ.
    pub(super) fn rows(&self, rates: &[f64], luck: Luck, rows: &mut Vec<f64>) {
        if self.count == 0 {
            rows.extend(rates);
        }
        for partner in 0..self.count {
            let luck = luck.at(u64::from(partner));
            for (step, (&rate, &spread)) in rates.iter().zip(&self.steps).enumerate() {
                rows.push(self.spreads[spread].own(rate, luck.at(step as u64).uniform()));
            }
        }
    }
}

/// The rates of partners about a bet's own: `Beta(p s, (1 - p) s)` for a strength s, tabulated over p.
#[derive(Default)]
struct Spread {
    /// The bet's rate of each table, ascending; empty where partners do not differ.
    rates: Vec<f64>,
    beliefs: Vec<Belief>,
}

impl Spread {
    fn new(correlation: f64) -> Self {
        let strength = (1.0 - correlation) / correlation;
        let least = limits::PRIOR.0 / strength;
        // Without correlation the strength is infinite; with nothing but correlation no rate has a table.
        if !(strength < limits::PRIOR.1 && least < 0.5) {
            return Self::default();
        }
        let lowest = logit(least);
        let width = -2.0 * lowest;
        let tables = whole((width / TABLE_STEP).ceil()).max(1);
        let rates: Vec<f64> = (0..=tables)
            .map(|table| logistic(lowest + width * f64::from(table) / f64::from(tables)))
            .collect();
        let beliefs = rates
            .iter()
            .map(|rate| Belief::from_prior(rate * strength, (1.0 - rate) * strength))
            .collect();
        Self { rates, beliefs }
    }

    /// A partner's own rate, for a uniform number. Straight lines between tables keep the mean at the bet's rate. So
    /// close to 0 or 1 that there is no table, partners are alike.
    fn own(&self, rate: f64, u: f64) -> f64 {
        let above = self.rates.partition_point(|&table| table <= rate);
        if above == 0 || above == self.rates.len() {
            return rate;
        }
        let (low, high) = (self.rates[above - 1], self.rates[above]);
        let part = (rate - low) / (high - low);
        let (below, above) = (self.beliefs[above - 1].quantile(u), self.beliefs[above].quantile(u));
        (below + (above - below) * part).clamp(0.0, 1.0)
    }
}

/// Log-odds from one table to the next.
const TABLE_STEP: f64 = 0.5;
