//! The search over plans: candidates, common luck, successive halving. Must not say what the result means.

use super::fluid::Fluid;
use crate::luck::Luck;
use crate::simulate::{Model, Path, Plan, Program, Rule, Share, Strata, mean, run};
use rayon::prelude::*;

/// Paths that every candidate starts with. On common luck 32 lose 0.09% of value when they pick the best of ten.
const FIRST_PATHS: u32 = 32;
/// Paths that a search ends with.
pub(super) const SEARCH_PATHS: u32 = 128;
/// Fresh paths that every plan shown is simulated on.
pub(super) const PATHS: u32 = 512;
/// Plans that are kept to the end at least.
const FINALISTS: usize = 3;
/// How many at once are tried, besides what the formula says and all of them.
const AT_ONCE: [usize; 4] = [1, 2, 3, 4];
/// Orders of each number at once that are tried, and how many are grown to find them.
const ORDERS: usize = 2;
pub(super) const WIDTH: usize = 8;

/// A plan with its value at the horizon on each path so far.
pub(super) struct Trial {
    pub(super) plan: Plan,
    /// Set when the plan must be shown whatever it brings.
    pub(super) kept: bool,
    pub(super) values: Vec<f64>,
}

/// Simulates the plans that must be shown and all candidates on the same paths, drops the worse half of the
/// candidates, doubles the paths, and so on to `last` paths (successive halving: Karnin, Koren & Somekh 2013). What comes
/// back has been simulated on all of them: the plans to show first, in the order given, then the finalists.
pub(super) fn search(model: &Model, shown: Vec<Plan>, candidates: Vec<Plan>, seed: u64, last: u32) -> Vec<Trial> {
    let strata = Strata::new(model, seed, last);
    let trial = |plan, kept| Trial {
        plan,
        kept,
        values: Vec::new(),
    };
    let mut trials: Vec<Trial> = shown.into_iter().map(|plan| trial(plan, true)).collect();
    for plan in candidates {
        if trials.iter().all(|other| other.plan != plan) {
            trials.push(trial(plan, false));
        }
    }
    let (mut from, mut to) = (0, FIRST_PATHS.min(last));
    loop {
        go_on(model, &mut trials, &strata, from..to);
        if to == last {
            return trials;
        }
        halve(&mut trials);
        (from, to) = (to, (2 * to).min(last));
    }
}

/// Simulates what a search has left on paths that it has not seen: the mean of a plan that was chosen for its mean on the
/// old ones would flatter it.
pub(super) fn anew(model: &Model, trials: &mut [Trial], seed: u64) {
    trials.iter_mut().for_each(|trial| trial.values.clear());
    let strata = Strata::new(model, Luck::new(seed).bits(), PATHS);
    go_on(model, trials, &strata, 0..PATHS);
}

fn go_on(model: &Model, trials: &mut [Trial], strata: &Strata, paths: std::ops::Range<u32>) {
    let plans: Vec<&Plan> = trials.iter().map(|trial| &trial.plan).collect();
    let values: Vec<Vec<f64>> = paths
        .into_par_iter()
        .map(|number| {
            let path = Path::new(model, strata, number);
            plans.iter().map(|plan| run(model, &path, plan).total()).collect()
        })
        .collect();
    for path in values {
        for (trial, value) in trials.iter_mut().zip(path) {
            trial.values.push(value);
        }
    }
}

/// Keeps the better half, the plans that must be shown, and the best of each number at once, so that what one more at
/// once costs can be read off.
fn halve(trials: &mut Vec<Trial>) {
    let means: Vec<f64> = trials.iter().map(|trial| mean(&trial.values)).collect();
    let mut ranked: Vec<usize> = (0..trials.len()).filter(|&at| !trials[at].kept).collect();
    ranked.sort_by(|&a, &b| means[b].total_cmp(&means[a]).then(a.cmp(&b)));
    let half = ranked.len().div_ceil(2).max(FINALISTS);
    let mut stays: Vec<bool> = trials.iter().map(|trial| trial.kept).collect();
    let mut counts = Vec::new();
    for (rank, &at) in ranked.iter().enumerate() {
        let at_once = trials[at].plan.at_once;
        let first_of_its_count = !counts.contains(&at_once);
        if first_of_its_count {
            counts.push(at_once);
        }
        stays[at] = rank < half || first_of_its_count;
    }
    let mut stays = stays.into_iter();
    trials.retain(|_| stays.next().unwrap_or(false));
}

/// The candidates: for each number at once the orders that bring most by the flow, each by every rule that makes a
/// difference, and the index rule, which makes its own order.
pub(super) fn candidates(program: &Program, order: &[usize], k_formula: usize) -> Vec<Plan> {
    let any_gate = program.bets.iter().any(|bet| bet.gate.is_some());
    let mut counts: Vec<usize> = AT_ONCE.into_iter().chain([k_formula, order.len()]).collect();
    counts.retain(|&k| k <= order.len());
    counts.sort_unstable();
    counts.dedup();
    let fluid = Fluid::of_beliefs(program, 0.0);
    let plan = |order: &[usize], at_once, rule| Plan {
        order: order.to_vec(),
        at_once,
        rule,
        share: Share::InOrder,
    };
    let mut plans = Vec::new();
    for at_once in counts {
        let found = fluid.orders(at_once, WIDTH).into_iter().take(ORDERS);
        let orders: Vec<Vec<usize>> = found
            .map(|(value, found)| complete(&fluid, value, found, order, at_once))
            .collect();
        for near in orders {
            plans.push(plan(&near, at_once, Rule::Open));
            if any_gate {
                plans.push(plan(&with_rest(&near, order), at_once, Rule::Gated));
            }
        }
        plans.push(plan(order, at_once, Rule::Index));
    }
    plans
}

/// The order with the bets that it leaves out behind it, unless they would cost more than they bring.
fn complete(fluid: &Fluid, value: f64, found: Vec<usize>, order: &[usize], at_once: usize) -> Vec<usize> {
    let longer = with_rest(&found, order);
    if fluid.value(&longer, at_once) >= value {
        longer
    } else {
        found
    }
}

fn with_rest(first: &[usize], order: &[usize]) -> Vec<usize> {
    let rest = order.iter().filter(|bet| !first.contains(bet));
    first.iter().chain(rest).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::{candidates, with_rest};
    use crate::simulate::Rule;
    use crate::simulate::fixtures::{DEFAULT, world};

    #[test]
    fn candidates_are_of_every_count_and_rule() {
        let mut program = world(DEFAULT, 1);
        let plans = candidates(&program, &[0, 1, 2, 3, 4, 5], 5);
        for at_once in [1, 2, 3, 4, 5, 6] {
            let with = |rule| {
                plans
                    .iter()
                    .filter(|plan| plan.at_once == at_once && plan.rule == rule)
                    .count()
            };
            assert_eq!([Rule::Open, Rule::Gated, Rule::Index].map(with), [2, 0, 1]);
        }
        program.bets.truncate(2);
        assert!(candidates(&program, &[0, 1], 1).iter().all(|plan| plan.at_once <= 2));
        assert_eq!(with_rest(&[2], &[0, 1, 2]), [2, 0, 1]);
    }
}
