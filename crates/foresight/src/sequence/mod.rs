//! Sequencing: how many bets at once, in which order, by which rule, and what that buys against doing everything at
//! once. Must not simulate by itself: it asks `simulate`.

pub(crate) mod fluid;
mod index;
mod says;
mod search;
#[cfg(test)]
mod tests;

pub use index::index;

use crate::error::ForesightError;
use crate::simulate::{Model, Plan, Program, Rule, Share, mean, share_reaching, worst_fifth};
use fluid::Fluid;
use search::{PATHS, SEARCH_PATHS, Trial};
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
    /// How hours are shared.
    pub share: Share,
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
    /// Paths that every plan shown was simulated on; the search that chose them has not seen these.
    pub paths: u32,
    /// How many bets at once give the most productive hours; the smallest on ties.
    pub k_formula: usize,
    /// Productive hours a week with 1, 2, … live bets, in the order of the index.
    pub hours_by_k: Vec<f64>,
    /// The index of each bet now, value per hour, in the program's order.
    pub index: Vec<f64>,
    /// The plans, best mean first.
    pub plans: Vec<PlanResult>,
    /// Position in `plans` of the best.
    pub best: usize,
    /// Position in `plans` of everything at once: all set up in parallel, equal shares of the hours.
    pub spread: usize,
    /// Position in `plans` of one at a time, in the order of the index.
    pub one_at_a_time: usize,
    /// Position in `plans` of the leader's own plan, where one was given.
    pub own: Option<usize>,
    /// Positions of the bets to run until the next review, the first to be served first, when one plans anew at each.
    pub until_review: Vec<usize>,
    /// What focus buys here, or that it does not, in one sentence.
    pub says: String,
}

impl Sequenced {
    /// What focus buys here, or that it does not, with amounts written this way; `says` has them as plain numbers.
    #[must_use]
    pub fn says_in(&self, program: &Program, amount: &dyn Fn(f64) -> String) -> String {
        says::says(program, self, amount)
    }
}

const SPREAD: usize = 0;
const ONE_AT_A_TIME: usize = 1;
const OWN: usize = 2;
const NAMES: [&str; 3] = ["everything at once", "one at a time", "your own plan"];

/// Compares plans for a program, the leader's own among them.
///
/// # Errors
/// When the program or the leader's plan is out of its limits.
pub fn sequence(program: &Program, own: Option<&Plan>, seed: u64) -> Result<Sequenced, ForesightError> {
    program.check()?;
    own.map_or(Ok(()), |plan| plan.check(program))?;
    let model = Model::new(program);
    let order = model.order_now();
    let hours_by_k = hours_by_k(program, &order);
    let k_formula = most_hours(&hours_by_k);
    let candidates = search::candidates(program, &order, k_formula);
    let plan = |at_once, share| Plan {
        order: order.clone(),
        at_once,
        rule: Rule::Open,
        share,
    };
    let mut shown = vec![plan(order.len(), Share::Equal), plan(1, Share::InOrder)];
    shown.extend(own.cloned());
    let mut trials = search::search(&model, shown, candidates, seed, SEARCH_PATHS);
    search::anew(&model, &mut trials, seed);

    let means: Vec<f64> = trials.iter().map(|trial| mean(&trial.values)).collect();
    let mut ranked: Vec<usize> = (0..trials.len()).collect();
    ranked.sort_by(|&a, &b| means[b].total_cmp(&means[a]).then(a.cmp(&b)));
    let place = |trial: usize| ranked.iter().position(|&at| at == trial).unwrap_or(0);
    let named = |at: usize| {
        if at < 2 + usize::from(own.is_some()) {
            NAMES.get(at).copied()
        } else {
            None
        }
    };
    let best = &trials[ranked[0]];
    let plans: Vec<_> = ranked
        .iter()
        .map(|&at| result(&trials[at], best, named(at), program.target))
        .collect();
    let mut sequenced = Sequenced {
        seed,
        paths: PATHS,
        k_formula,
        hours_by_k,
        index: model.index_now(),
        plans,
        best: 0,
        spread: place(SPREAD),
        one_at_a_time: place(ONE_AT_A_TIME),
        own: own.map(|_| place(OWN)),
        until_review: now(program),
        says: String::new(),
    };
    sequenced.says = sequenced.says_in(program, &says::round);
    Ok(sequenced)
}

/// What to run until the next review by whoever plans anew at each: the best order and number at once by the flow, when
/// every bet brings one standard deviation more than believed. Optimism about what is not known yet is what makes it
/// worth a try, and it fades as evidence comes in (Lai & Robbins 1985). In the gym this beats the index (docs/gym.md).
pub(crate) fn until_review(program: &Program) -> Plan {
    Fluid::of_beliefs(program, OPTIMISM).best(MOST_AT_ONCE, search::WIDTH)
}

/// The bets that are live from now until the next review.
fn now(program: &Program) -> Vec<usize> {
    let plan = until_review(program);
    let opens = |bet: &usize| program.waits_for(*bet).is_none();
    plan.order.into_iter().filter(opens).take(plan.at_once).collect()
}

/// Standard deviations; results are flat from 0.5 to 2.
const OPTIMISM: f64 = 1.0;
/// More at once than this are not tried when planning anew.
const MOST_AT_ONCE: usize = 6;

/// The best plan that a search on so many paths finds.
pub(crate) fn best_plan(model: &Model, seed: u64, paths: u32) -> Plan {
    let order = model.order_now();
    let k_formula = most_hours(&hours_by_k(model.program(), &order));
    let candidates = search::candidates(model.program(), &order, k_formula);
    let trials = search::search(model, Vec::new(), candidates, seed, paths);
    let best = trials
        .into_iter()
        .max_by(|a, b| mean(&a.values).total_cmp(&mean(&b.values)));
    best.map_or_else(
        || Plan {
            order,
            at_once: k_formula,
            rule: Rule::Open,
            share: Share::InOrder,
        },
        |best| best.plan,
    )
}

/// Productive hours a week with 1, 2, … bets live, the bets in this order:
/// `H(k) = min( sum of a e , C (1 - tau (k - 1)) - sum of m )`, a accounts a week that a route absorbs, e hours an
/// account, C team hours, tau the switching tax, m the weekly overhead. Never below zero.
#[must_use]
pub fn hours_by_k(program: &Program, order: &[usize]) -> Vec<f64> {
    let (mut absorbed, mut overhead) = (0.0, 0.0);
    let hours = order.iter().enumerate().map(|(before, &bet)| {
        let bet = &program.bets[bet];
        absorbed += bet.targets_per_week * bet.hours_per_target;
        overhead += bet.weekly_overhead_hours;
        (program.taxed_hours(before + 1) - overhead).min(absorbed).max(0.0)
    });
    hours.collect()
}

/// How many at once give the most hours; the smallest on ties, rounding apart.
pub(crate) fn most_hours(hours_by_k: &[f64]) -> usize {
    let most = hours_by_k.iter().copied().fold(0.0, f64::max);
    1 + hours_by_k
        .iter()
        .position(|&hours| hours >= most * (1.0 - 1e-9))
        .unwrap_or(0)
}

fn result(trial: &Trial, best: &Trial, name: Option<&'static str>, target: Option<f64>) -> PlanResult {
    let mut ascending = trial.values.clone();
    ascending.sort_unstable_by(f64::total_cmp);
    PlanResult {
        name,
        order: trial.plan.order.clone(),
        at_once: trial.plan.at_once,
        rule: trial.plan.rule,
        share: trial.plan.share,
        mean: mean(&trial.values),
        vs_best: paired(&trial.values, &best.values),
        p_target: target.map(|target| share_reaching(&ascending, target)),
        cvar20: worst_fifth(&ascending),
    }
}

/// The paired difference on common luck.
fn paired(values: &[f64], others: &[f64]) -> Difference {
    let differences: Vec<f64> = values.iter().zip(others).map(|(a, b)| a - b).collect();
    let difference = mean(&differences);
    let variance = mean(&differences.iter().map(|d| (d - difference).powi(2)).collect::<Vec<_>>());
    let margin = 1.96 * (variance / f64::from(PATHS - 1)).sqrt();
    Difference {
        difference,
        low: difference - margin,
        high: difference + margin,
    }
}
