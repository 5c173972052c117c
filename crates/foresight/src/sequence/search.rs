//! The search over plans: candidates, common luck, successive halving. Must not say what the result means.

use crate::simulate::{Model, Path, Plan, Rule, Share, Strata, mean, run};
use rayon::prelude::*;

/// Paths that every candidate starts with. On common luck 32 lose 0.09% of value when they pick the best of ten.
const FIRST_PATHS: u32 = 32;
/// Paths that every plan shown has been simulated on.
pub(super) const PATHS: u32 = 512;
/// Plans that are kept to the end at least.
const FINALISTS: usize = 3;
/// How many at once are tried, besides what the formula says and all of them.
const AT_ONCE: [usize; 4] = [1, 2, 3, 4];
/// Bets at the head of the order that change places.
const HEAD: usize = 4;

/// A plan with its value at the horizon on each path so far.
pub(super) struct Trial {
    pub(super) plan: Plan,
    /// Set when the plan must be shown whatever it brings.
    pub(super) kept: bool,
    pub(super) values: Vec<f64>,
}

/// Simulates the plans that must be shown and all candidates on the same paths, drops the worse half of the
/// candidates, doubles the paths, and so on (successive halving: Karnin, Koren & Somekh 2013). What comes back has
/// been simulated on all paths: the plans to show first, in the order given, then the finalists.
pub(super) fn search(model: &Model, shown: Vec<Plan>, candidates: Vec<Plan>, seed: u64) -> Vec<Trial> {
    let strata = Strata::new(model, seed, PATHS);
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
    let (mut from, mut to) = (0, FIRST_PATHS);
    loop {
        let paths: Vec<Vec<f64>> = (from..to)
            .into_par_iter()
            .map(|number| {
                let path = Path::new(model, &strata, number);
                trials
                    .iter()
                    .map(|trial| run(model, &path, &trial.plan).total())
                    .collect()
            })
            .collect();
        for path in paths {
            for (trial, value) in trials.iter_mut().zip(path) {
                trial.values.push(value);
            }
        }
        if to == PATHS {
            return trials;
        }
        halve(&mut trials);
        (from, to) = (to, 2 * to);
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

/// The candidates: the index order and its near orders, each with so many at once and by each rule that makes a
/// difference.
pub(super) fn candidates(order: &[usize], k_formula: usize, any_gate: bool) -> Vec<Plan> {
    let mut counts: Vec<usize> = AT_ONCE.into_iter().chain([k_formula, order.len()]).collect();
    counts.retain(|&k| k <= order.len());
    counts.sort_unstable();
    counts.dedup();
    let plan = |order: &[usize], at_once, rule| Plan {
        order: order.to_vec(),
        at_once,
        rule,
        share: Share::InOrder,
    };
    let mut plans = Vec::new();
    for at_once in counts {
        for near in near_orders(order) {
            plans.push(plan(&near, at_once, Rule::Open));
            if any_gate {
                plans.push(plan(&near, at_once, Rule::Gated));
            }
        }
        // The index rule makes its own order.
        plans.push(plan(order, at_once, Rule::Index));
    }
    plans
}

/// The order itself, and every swap and every move within its head.
fn near_orders(order: &[usize]) -> Vec<Vec<usize>> {
    let head = order.len().min(HEAD);
    let mut orders = vec![order.to_vec()];
    for from in 0..head {
        for to in 0..head {
            let mut moved = order.to_vec();
            let bet = moved.remove(from);
            moved.insert(to, bet);
            let mut swapped = order.to_vec();
            swapped.swap(from, to);
            for near in [moved, swapped] {
                if !orders.contains(&near) {
                    orders.push(near);
                }
            }
        }
    }
    orders
}

#[cfg(test)]
mod tests {
    use super::{candidates, near_orders};
    use crate::simulate::Rule;

    #[test]
    fn near_orders_are_the_swaps_and_moves_of_the_first_four() {
        let orders = near_orders(&[5, 4, 3, 2, 1, 0]);
        // Itself, 6 swaps of which 3 are of neighbours, and 9 moves of which 6 (3 each way) are those swaps again.
        assert_eq!(orders.len(), 13);
        assert_eq!(orders[0], [5, 4, 3, 2, 1, 0]);
        assert!(orders.iter().all(|order| order[4..] == [1, 0]));
        assert_eq!(near_orders(&[0]), [[0]]);
    }

    #[test]
    fn candidates_are_of_every_count_and_rule_once() {
        let plans = candidates(&[0, 1, 2, 3, 4, 5], 5, true);
        assert_eq!(plans.len(), 6 * (13 * 2 + 1));
        assert!(
            candidates(&[0, 1], 1, false)
                .iter()
                .all(|plan| plan.rule != Rule::Gated && plan.at_once <= 2)
        );
    }
}
