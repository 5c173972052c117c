//! The forecast: many paths under one plan, reduced to a fan and a total. Must not depend on the number of threads.

use super::fate::Path;
use super::model::{Model, count};
use super::program::{Plan, Program};
use super::rates::Strata;
use super::team::{BetStory, Story, run};
use crate::error::ForesightError;
use crate::limits;
use rayon::prelude::*;
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

/// Forecasts a program under a plan; a thousand paths are plenty for a fan.
///
/// # Errors
/// When the program, the plan or the number of paths is out of its limits.
pub fn simulate(program: &Program, plan: &Plan, seed: u64, paths: u32) -> Result<Forecast, ForesightError> {
    program.check()?;
    plan.check(program)?;
    if paths == 0 {
        return Err(ForesightError::invalid(
            "paths",
            "is 0",
            "ask for at least one path, such as 1000",
        ));
    }
    ForesightError::at_most("paths", u64::from(paths), limits::PATHS)?;
    let stories = each_path(program, plan, seed, paths, |story| story);
    let fan = (0..=program.weeks)
        .into_par_iter()
        .map(|week| fan_week(&stories, week))
        .collect();
    let bets = (0..program.bets.len())
        .map(|bet| per_bet(program.bets[bet].called(bet), bet, &stories))
        .collect();
    let outcome = total(&at_week(&stories, program.weeks), program.target);
    Ok(Forecast {
        seed,
        paths,
        weeks: program.weeks,
        outcome,
        fan,
        bets,
    })
}

/// Value by the horizon on each path; program and plan have been checked.
pub(crate) fn totals(program: &Program, plan: &Plan, seed: u64, paths: u32) -> Vec<f64> {
    each_path(program, plan, seed, paths, |story| story.total())
}

fn each_path<T: Send>(program: &Program, plan: &Plan, seed: u64, paths: u32, of: impl Fn(Story) -> T + Sync) -> Vec<T> {
    let model = Model::new(program);
    let strata = Strata::new(&model, seed, paths);
    (0..paths)
        .into_par_iter()
        .map_init(
            || Path::new(&model, &strata, 0),
            |path, number| {
                path.turn_to(&strata, number);
                of(run(&model, path, plan))
            },
        )
        .collect()
}

/// What has arrived by a week on each path, ascending.
fn at_week(stories: &[Story], week: u32) -> Vec<f64> {
    let mut values: Vec<f64> = stories.iter().map(|story| story.value[week as usize]).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

fn fan_week(stories: &[Story], week: u32) -> FanWeek {
    let mut values: Vec<f64> = stories.iter().map(|story| story.value[week as usize]).collect();
    let [p10, p25, p50, p75, p90] = quantiles(&mut values);
    FanWeek {
        week,
        p10,
        p25,
        p50,
        p75,
        p90,
    }
}

/// The quantiles of a fan, as [`quantile`] would have them, without ordering what lies between.
fn quantiles(values: &mut [f64]) -> [f64; 5] {
    let last = values.len() - 1;
    let mut from = 0;
    [0.1, 0.25, 0.5, 0.75, 0.9].map(|p| {
        let place = p * f64::from(count(last));
        let left = super::model::whole(place) as usize;
        // The same place again is already in order.
        if left >= from {
            values[from..].select_nth_unstable_by(left - from, f64::total_cmp);
            from = left + 1;
        }
        let right = values[left + 1..].iter().copied().fold(f64::INFINITY, f64::min);
        let right = if left == last { values[left] } else { right };
        values[left] + (right - values[left]) * (place - place.floor())
    })
}

fn total(values: &[f64], target: Option<f64>) -> Total {
    let [p10, p25, p50, p75, p90] = [0.1, 0.25, 0.5, 0.75, 0.9].map(|p| quantile(values, p));
    let p_target = target.map(|target| share_reaching(values, target));
    Total {
        mean: mean(values),
        p10,
        p25,
        p50,
        p75,
        p90,
        target,
        p_target,
        cvar20: worst_fifth(values),
    }
}

fn per_bet(name: String, bet: usize, stories: &[Story]) -> PerBet {
    let average =
        |of: fn(&BetStory) -> f64| mean(&stories.iter().map(|story| of(&story.bets[bet])).collect::<Vec<_>>());
    let opened: Vec<f64> = stories
        .iter()
        .filter_map(|story| story.bets[bet].opened)
        .map(|week| f64::from(count(week)))
        .collect();
    PerBet {
        name,
        value: average(|bet| bet.value),
        wins: average(|bet| f64::from(bet.wins)),
        targets_worked: average(|bet| bet.worked),
        hours: average(|bet| bet.hours),
        p_runs: f64::from(count(opened.len())) / f64::from(count(stories.len())),
        start_week: (!opened.is_empty()).then(|| mean(&opened)),
    }
}

/// The mean; the values are added in the order given.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / f64::from(count(values.len().max(1)))
}

/// The share of values at or above a target.
pub(crate) fn share_reaching(values: &[f64], target: f64) -> f64 {
    let reaching = values.iter().filter(|&&value| value >= target).count();
    f64::from(count(reaching)) / f64::from(count(values.len().max(1)))
}

/// The mean of the lowest fifth of ascending values, the value at the edge counted in part (Rockafellar & Uryasev
/// 2000).
pub(crate) fn worst_fifth(ascending: &[f64]) -> f64 {
    let share = 0.2 * f64::from(count(ascending.len()));
    let mut left = share;
    let mut sum = 0.0;
    for value in ascending {
        let part = left.min(1.0);
        sum += part * value;
        left -= part;
        if left <= 0.0 {
            break;
        }
    }
    sum / share
}

/// A quantile of ascending values, straight lines between order statistics (type 7 of Hyndman & Fan 1996).
pub(crate) fn quantile(ascending: &[f64], p: f64) -> f64 {
    let place = p * f64::from(count(ascending.len() - 1));
    let left = super::model::whole(place) as usize;
    let right = (left + 1).min(ascending.len() - 1);
    ascending[left] + (ascending[right] - ascending[left]) * (place - place.floor())
}
